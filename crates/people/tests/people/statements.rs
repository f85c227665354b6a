use super::stage::{Signer, Stage, pem};
use super::tokens::vouching;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::signature::KeyPair as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use wikiward_farm::right::RightSet;
use wikiward_farm::{Right, Viewer, WikiId};
use wikiward_people::{ActorError, BadKey, PublicKey, SignInError, WikiDraft};

fn id(name: &str) -> WikiId {
    name.parse().unwrap()
}

pub(crate) async fn a_wiki_vouches_for_its_own_people(stage: Stage) {
    let signer = stage.wiki("enwiki").await;
    let statement = signer.statement("actor", stage.now(), json!({"rights": ["abusefilter-privatedetails", "edit"]}));
    for service in [vouching("enwiki"), vouching("*")] {
        let ada = stage.people.vouched(&service, &statement, stage.now()).unwrap();
        assert_eq!(ada.principal.key(), "wiki:enwiki:17");
        assert!(ada.may(Right::Modify, &id("enwiki")), "through the group");
        assert!(ada.may(Right::PrivateDetails, &id("enwiki")), "as the wiki says");
        assert!(!ada.may(Right::Modify, &id("dewiki")) && !ada.may(Right::Modify, &WikiId::farm()));
        assert!(ada.may(Right::View, &id("dewiki")), "as everybody");
    }
    let refused = stage.people.vouched(&vouching("dewiki"), &statement, stage.now());
    assert_eq!(refused.unwrap_err(), ActorError::Wiki);
    // The farm's managers name a group of the central wiki.
    let central = Signer::new("metawiki");
    let draft = WikiDraft { farm_groups: vec!["steward".into()], ..central.draft() };
    stage.people.add_wiki(&Viewer::operator(), id("metawiki"), draft).await.unwrap();
    let statement = central.statement("actor", stage.now(), json!({"groups": ["steward"]}));
    let steward = stage.people.vouched(&vouching("metawiki"), &statement, stage.now()).unwrap();
    assert!(steward.may(Right::ModifyGlobal, &WikiId::farm()) && steward.may(Right::Modify, &id("enwiki")));
    let statement = signer.statement("actor", stage.now(), json!({"groups": ["steward"]}));
    let pretender = stage.people.vouched(&vouching("enwiki"), &statement, stage.now()).unwrap();
    assert!(!pretender.may(Right::ModifyGlobal, &id("enwiki")) && !pretender.may(Right::Modify, &id("metawiki")));
}

pub(crate) async fn a_statement_with_one_thing_wrong_does_not_count(stage: Stage) {
    let signer = stage.wiki("enwiki").await;
    let (now, second) = (stage.now(), stage.now().as_second());
    let why = |statement: &str| stage.people.vouched(&vouching("enwiki"), statement, now).err();
    assert_eq!(why(&signer.statement("actor", now, json!({}))), None);
    let changes: [(Value, ActorError); 14] = [
        (json!({"aud": "sign-in"}), ActorError::Audience),
        (json!({"exp": second}), ActorError::Time),
        (json!({"exp": second + 61}), ActorError::Time),
        (json!({"iat": second + 6, "exp": second + 20}), ActorError::Time),
        (json!({"iat": second - 61, "exp": second + 1}), ActorError::Time),
        (json!({"exp": i64::MAX, "iat": i64::MIN}), ActorError::Time),
        (json!({"wiki": "dewiki"}), ActorError::Wiki),
        (json!({"wiki": "no wiki"}), ActorError::Wiki),
        (json!({"name": ""}), ActorError::Form),
        (json!({"user_id": -1}), ActorError::Form),
        (json!({"user_id": null}), ActorError::Form),
        (json!({"groups": null}), ActorError::Form),
        (json!({"blocked": null}), ActorError::Form),
        (json!({"groups": vec!["g"; 501]}), ActorError::Form),
    ];
    for (change, wanted) in changes {
        assert_eq!(why(&signer.statement("actor", now, change.clone())), Some(wanted), "{change}");
    }
    let other = Signer::new("enwiki");
    assert_eq!(why(&other.statement("actor", now, json!({}))), Some(ActorError::Signature));
    let shared = encode(
        &Header::new(Algorithm::HS256),
        &signer.claims("actor", now, json!({})),
        &EncodingKey::from_secret(signer.pem.as_bytes()),
    );
    assert_eq!(why(&shared.unwrap()), Some(ActorError::Signature), "the public key is no shared secret");
    for text in ["", "a.b.c", "....", &"x".repeat(9000)] {
        assert_eq!(why(text), Some(ActorError::Form));
    }
    // Closed, and without a key.
    let people = &stage.people;
    let statement = signer.statement("actor", now, json!({}));
    people.change_wiki(&Viewer::operator(), &id("enwiki"), 1, signer.draft(), true).await.unwrap();
    assert_eq!(why(&statement), Some(ActorError::Wiki));
    let draft = WikiDraft { public_key: None, ..signer.draft() };
    people.change_wiki(&Viewer::operator(), &id("enwiki"), 2, draft, false).await.unwrap();
    assert_eq!(why(&statement), Some(ActorError::Wiki));
}

pub(crate) async fn a_sign_in_works_once(stage: Stage) {
    let signer = stage.wiki("enwiki").await;
    let (people, now) = (&stage.people, stage.now());
    let statement = signer.statement("sign-in", now, json!({}));
    let session = people.sign_in_from_wiki(&statement, None, now).await.unwrap();
    let ada = people.session(&session.secret, now).await.unwrap().unwrap();
    assert_eq!(ada.principal.key(), "wiki:enwiki:17");
    assert!(ada.may(Right::Modify, &id("enwiki")));
    let again = people.sign_in_from_wiki(&statement, None, now).await;
    assert!(matches!(again, Err(SignInError::Statement(ActorError::Used))));
    let acting = signer.statement("actor", now, json!({"jti": "fedcba9876543210"}));
    let refused = people.sign_in_from_wiki(&acting, None, now).await;
    assert!(matches!(refused, Err(SignInError::Statement(ActorError::Audience))));
    let nameless = signer.statement("sign-in", now, json!({"jti": null}));
    let refused = people.sign_in_from_wiki(&nameless, None, now).await;
    assert!(matches!(refused, Err(SignInError::Statement(ActorError::Form))));
    // A wiki's people are asked about again after a quarter of an hour without a request.
    stage.pass(15 * 60);
    assert_eq!(people.session(&session.secret, stage.now()).await.unwrap(), None);
}

pub(crate) async fn a_blocked_person_only_looks(stage: Stage) {
    let signer = stage.wiki("enwiki").await;
    let statement = signer.statement("actor", stage.now(), json!({"blocked": true}));
    let ada = stage.people.vouched(&vouching("enwiki"), &statement, stage.now()).unwrap();
    assert_eq!(ada.rights_on(&id("enwiki")), RightSet::everybody());
}

pub(crate) async fn a_changed_group_counts_in_open_sessions(stage: Stage) {
    let signer = stage.wiki("enwiki").await;
    let statement = signer.statement("sign-in", stage.now(), json!({}));
    let session = stage.people.sign_in_from_wiki(&statement, None, stage.now()).await.unwrap();
    stage.people.set_group_rights(&Viewer::operator(), &id("enwiki"), "sysop", Some(RightSet::NONE)).await.unwrap();
    let ada = stage.people.session(&session.secret, stage.now()).await.unwrap().unwrap();
    assert!(!ada.may(Right::Modify, &id("enwiki")));
}

#[test]
fn keys_of_all_three_kinds_verify_and_others_are_refused_with_a_reason() {
    use aws_lc_rs::encoding::{Pkcs8V1Der, PublicKeyX509Der};
    use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING as P256, ECDSA_P384_SHA384_FIXED_SIGNING as P384, EcdsaKeyPair,
    };
    let ec = |algorithm| {
        let pair = EcdsaKeyPair::generate(algorithm).unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        pem(public.as_ref())
    };
    assert_eq!(PublicKey::parse(&ec(&P256)).unwrap().algorithm(), "ES256");
    assert_eq!(PublicKey::parse(&ec(&P384)).unwrap_err(), BadKey::Kind);
    assert_eq!(PublicKey::parse(&Signer::new("enwiki").pem).unwrap().algorithm(), "EdDSA");
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let rsa = PublicKey::parse(&format!("\r\n{}\n", pem(public.as_ref()))).unwrap();
    assert_eq!(rsa.algorithm(), "RS256");
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let private = pem(private.as_ref()).replace("PUBLIC", "PRIVATE");
    assert_eq!(PublicKey::parse(&private).unwrap_err(), BadKey::Private);
    let certificate = pem(public.as_ref()).replace("PUBLIC KEY", "CERTIFICATE");
    assert_eq!(PublicKey::parse(&certificate).unwrap_err(), BadKey::Certificate);
    let two = format!("{0}{0}", pem(public.as_ref()));
    for bad in ["", "ssh-ed25519 AAAA", "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----", &two] {
        assert_eq!(PublicKey::parse(bad).unwrap_err(), BadKey::Form, "{bad}");
    }
    let empty = "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----";
    assert_eq!(PublicKey::parse(empty).unwrap_err(), BadKey::Kind);
}
