use super::stage::{Stage, viewer};
use wikiward_farm::{Limit, Right, Timestamp, Viewer, WikiId};
use wikiward_people::token::TOKENS_PER_WIKI_MAX;
use wikiward_people::{Scope, Scopes, ServiceCaller, TokenDraft, TokenError};

/// A program that may vouch for people of `wiki`.
pub(crate) fn vouching(wiki: &str) -> ServiceCaller {
    ServiceCaller { token_id: "t".into(), label: "t".into(), wiki: wiki.parse().unwrap(), scopes: Scopes::all() }
}

fn draft(wiki: &str) -> TokenDraft {
    let scopes = [Scope::Evaluate, Scope::Actor].into_iter().collect();
    TokenDraft { wiki: wiki.parse().unwrap(), label: "The extension".into(), scopes, expires_at: None }
}

pub(crate) async fn a_token_counts_until_it_is_revoked_or_expires(stage: Stage) {
    let (operator, people) = (Viewer::operator(), &stage.people);
    stage.wiki("enwiki").await;
    let made = people.make_token(&operator, draft("enwiki")).await.unwrap();
    let caller = people.service(&made.secret).unwrap();
    assert_eq!((&*caller.token_id, &*caller.label), (&*made.token.id, "The extension"));
    assert!(caller.may(Scope::Evaluate) && !caller.may(Scope::Events));
    assert!(caller.serves(&"enwiki".parse().unwrap()) && !caller.serves(&"dewiki".parse().unwrap()));
    let other = people.make_token(&operator, draft("enwiki")).await.unwrap();
    let mixed = format!("{}{}", &made.secret[..31], &other.secret[31..]);
    for bad in ["", "wws_", &made.secret[..made.secret.len() - 1], &mixed] {
        assert_eq!(people.service(bad), None, "{bad}");
    }
    people.revoke_token(&operator, &made.token.id, "lost").await.unwrap();
    assert_eq!(people.service(&made.secret), None);
    people.revoke_token(&operator, &made.token.id, "again").await.unwrap();
    let revoked = people.token(&operator, &made.token.id).await.unwrap().unwrap();
    assert_eq!(revoked.revoked_by.as_deref(), Some("operator"));
    assert_eq!(stage.actions().await.iter().filter(|action| *action == "token.revoke").count(), 1);

    let until = Timestamp::from_second(stage.now().as_second() + 10).unwrap();
    let short = people.make_token(&operator, TokenDraft { expires_at: Some(until), ..draft("*") }).await.unwrap();
    stage.pass(9);
    assert!(people.service(&short.secret).unwrap().serves(&"anywiki".parse().unwrap()));
    stage.pass(1);
    assert_eq!(people.service(&short.secret), None);
}

pub(crate) async fn a_token_of_a_closed_wiki_does_not_count(stage: Stage) {
    let operator = Viewer::operator();
    let signer = stage.wiki("enwiki").await;
    let made = stage.people.make_token(&operator, draft("enwiki")).await.unwrap();
    stage.people.change_wiki(&operator, &"enwiki".parse().unwrap(), 1, signer.draft(), true).await.unwrap();
    assert_eq!(stage.people.service(&made.secret), None);
    let refused = stage.people.make_token(&operator, draft("enwiki")).await;
    assert!(matches!(refused, Err(TokenError::Invalid(wrong)) if wrong[0].code == "unknown_wiki"));
}

pub(crate) async fn who_manages_one_wiki_sees_its_tokens_only(stage: Stage) {
    let (operator, people) = (Viewer::operator(), &stage.people);
    stage.wiki("enwiki").await;
    stage.wiki("dewiki").await;
    let own = people.make_token(&operator, draft("enwiki")).await.unwrap().token;
    let other = people.make_token(&operator, draft("dewiki")).await.unwrap().token;
    let farm = people.make_token(&operator, draft("*")).await.unwrap().token;
    let manager = viewer("enwiki", &[Right::ManageFarm]);
    let ids = |page: wikiward_farm::Page<wikiward_people::Token, String>| -> Vec<String> {
        page.items.into_iter().map(|token| token.id).collect()
    };
    assert_eq!(
        ids(people.tokens(&manager, None, None, Limit::default()).await.unwrap()),
        std::slice::from_ref(&own.id)
    );
    let mut all = ids(people.tokens(&operator, None, None, Limit::default()).await.unwrap());
    all.sort();
    let mut wanted = [own.id.clone(), other.id.clone(), farm.id.clone()];
    wanted.sort();
    assert_eq!(all, wanted);
    for hidden in [&other.id, &farm.id] {
        assert_eq!(people.token(&manager, hidden).await.unwrap(), None);
        assert!(matches!(people.revoke_token(&manager, hidden, "").await, Err(TokenError::Unknown)));
    }
    let dewiki: WikiId = "dewiki".parse().unwrap();
    let elsewhere = people.tokens(&manager, Some(&dewiki), None, Limit::default()).await;
    assert!(matches!(elsewhere, Err(TokenError::Forbidden(_))));
    let nobody = people.tokens(&people.anonymous(), None, None, Limit::default()).await;
    assert!(matches!(nobody, Err(TokenError::Forbidden(_))));
    let made = people.make_token(&manager, draft("*")).await;
    assert!(matches!(made, Err(TokenError::Forbidden(_))));
    people.make_token(&manager, draft("enwiki")).await.unwrap();
    let first = people.tokens(&operator, None, None, Limit::new(3).unwrap()).await.unwrap();
    let second = people.tokens(&operator, None, first.next.as_deref(), Limit::new(3).unwrap()).await.unwrap();
    assert_eq!((first.items.len(), second.items.len(), second.next), (3, 1, None));
}

pub(crate) async fn the_last_use_is_written_to_the_minute(stage: Stage) {
    let (operator, people) = (Viewer::operator(), &stage.people);
    let made = people.make_token(&operator, draft("*")).await.unwrap();
    let last_use = async || people.token(&operator, &made.token.id).await.unwrap().unwrap().last_used_at;
    people.service(&made.secret).unwrap();
    assert_eq!(last_use().await, None, "a use costs no write");
    people.write_touches().await.unwrap();
    assert_eq!(last_use().await, Some(stage.now()));
    stage.pass(30);
    people.service(&made.secret).unwrap();
    people.write_touches().await.unwrap();
    assert_eq!(last_use().await, Some(stage.now()));
}

pub(crate) async fn the_database_never_holds_the_secret(stage: Stage) {
    let made = stage.people.make_token(&Viewer::operator(), draft("*")).await.unwrap();
    assert!(!format!("{made:?}").contains(&made.secret));
    let mut conn = stage.store.reader().await.unwrap();
    let row = conn.one("SELECT secret_digest, label FROM service_tokens").await.unwrap();
    let digest: Vec<u8> = row.get(0).unwrap();
    assert_eq!(digest.len(), 32);
    let row = conn.one("SELECT details FROM audit_log").await.unwrap();
    let secret = made.secret.rsplit_once(&made.token.id).unwrap().1;
    assert!(!row.get::<String>(0).unwrap().contains(secret));
}

pub(crate) async fn a_wiki_has_a_bounded_number_of_tokens(stage: Stage) {
    let operator = Viewer::operator();
    for _ in 0..TOKENS_PER_WIKI_MAX {
        stage.people.make_token(&operator, draft("*")).await.unwrap();
    }
    let refused = stage.people.make_token(&operator, draft("*")).await;
    assert!(matches!(refused, Err(TokenError::Invalid(wrong)) if wrong[0].code == "too_many"));
    let empty =
        TokenDraft { scopes: Scopes::default(), label: String::new(), expires_at: Some(stage.now()), ..draft("x") };
    let Err(TokenError::Invalid(wrong)) = stage.people.make_token(&operator, empty).await else {
        panic!("it is refused")
    };
    let codes: Vec<_> = wrong.iter().map(|wrong| wrong.code).collect();
    assert_eq!(codes, ["bad_label", "unknown_wiki", "no_scope", "in_the_past"]);
}
