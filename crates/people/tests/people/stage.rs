//! A store, a clock that is set by hand, keys of wikis.

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use wikiward_farm::right::RightSet;
use wikiward_farm::{Clock, Principal, Right, Rights, SystemEntropy, Timestamp, Viewer, WikiId};
use wikiward_people::{Password, People, PeopleSettings, PublicKey, WikiDraft};
use wikiward_store::{Database, Keyring, OpenOptions, Store};

pub(crate) const PASSWORD: &str = "quite a long password";

/// A clock that is set by hand.
#[derive(Debug)]
pub(crate) struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// One database and one node on it.
pub(crate) struct Stage {
    pub(crate) people: Arc<People>,
    pub(crate) store: Store,
    pub(crate) clock: Arc<Hands>,
    _folder: Option<tempfile::TempDir>,
}

impl Stage {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::Sqlite(folder.path().join("wikiward.db"));
        Self::on(&database, Some(folder)).await
    }

    pub(crate) async fn postgres() -> Option<Self> {
        let database = Database::Postgres(wikiward_testkit::postgres::fresh_database()?);
        Some(Self::on(&database, None).await)
    }

    async fn on(database: &Database, folder: Option<tempfile::TempDir>) -> Self {
        let clock = Arc::new(Hands(AtomicI64::new(1_800_000_000)));
        let store = Store::open(database, &OpenOptions::default(), clock.clone()).await.unwrap();
        let people = Arc::new(node(&store, PeopleSettings::default()).await);
        Self { people, store, clock, _folder: folder }
    }

    /// Another node on the same database.
    pub(crate) async fn node(&self, settings: PeopleSettings) -> People {
        node(&self.store, settings).await
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets seconds pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Adds a wiki with a key.
    pub(crate) async fn wiki(&self, name: &str) -> Signer {
        let signer = Signer::new(name);
        let id = name.parse().unwrap();
        self.people.add_wiki(&Viewer::operator(), id, signer.draft()).await.unwrap();
        signer
    }

    /// Makes an account with these rights on the farm and the usual password; its number.
    pub(crate) async fn account(&self, name: &str, rights: &[Right]) -> i64 {
        let rights = [(WikiId::farm(), rights.iter().copied().collect())].into_iter().collect();
        let draft =
            wikiward_people::AccountDraft { name: name.parse().unwrap(), rights, identity: None, is_disabled: false };
        let operator = Viewer::operator();
        let account = self.people.add_account(&operator, draft).await.unwrap();
        let link = self.people.make_password_link(&operator, account.id).await.unwrap();
        self.people.redeem(&link.secret, None, &Password::new(PASSWORD), self.now()).await.unwrap();
        account.id
    }

    /// Actions in the audit log, newest first.
    pub(crate) async fn actions(&self) -> Vec<String> {
        let question = wikiward_store::audit::Question::default();
        self.store.audit_entries(&question).await.unwrap().items.into_iter().map(|entry| entry.action).collect()
    }
}

async fn node(store: &Store, settings: PeopleSettings) -> People {
    People::open(store.clone(), &Keyring::new(&[7; 32]), Arc::new(SystemEntropy), settings).await.unwrap()
}

/// A viewer with these rights on one wiki only.
pub(crate) fn viewer(wiki: &str, rights: &[Right]) -> Viewer {
    let mut granted = Rights::farm_wide(RightSet::everybody());
    granted.grant(wiki.parse().unwrap(), rights.iter().copied().collect());
    Viewer::new(Principal::Account { id: 900, name: "Some One".parse().unwrap() }, granted, false)
}

/// A wiki's key.
pub(crate) struct Signer {
    pub(crate) wiki: String,
    key: EncodingKey,
    pub(crate) pem: String,
}

impl Signer {
    pub(crate) fn new(wiki: &str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        Self { wiki: wiki.into(), key: EncodingKey::from_ed_der(document.as_ref()), pem: pem(public.as_ref()) }
    }

    pub(crate) fn draft(&self) -> WikiDraft {
        WikiDraft {
            label: self.wiki.clone(),
            url: format!("https://{}.example/", self.wiki.replace('_', "-")),
            language: "en".into(),
            public_key: Some(PublicKey::parse(&self.pem).unwrap()),
            ..WikiDraft::default()
        }
    }

    /// Claims as a wiki makes them, with `change` over them; `null` takes one out.
    pub(crate) fn claims(&self, audience: &str, now: Timestamp, change: Value) -> Value {
        let second = now.as_second();
        let mut claims = json!({"aud": audience, "wiki": self.wiki, "user_id": 17, "name": "Ada", "groups": ["sysop"],
            "rights": [], "blocked": false, "iat": second, "exp": second + 60, "jti": "0123456789abcdef"});
        let Value::Object(change) = change else { panic!("an object") };
        for (name, value) in change {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(&name);
            } else {
                claims[name] = value;
            }
        }
        claims
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        encode(&Header::new(Algorithm::EdDSA), claims, &self.key).unwrap()
    }

    pub(crate) fn statement(&self, audience: &str, now: Timestamp, change: Value) -> String {
        self.sign(&self.claims(audience, now, change))
    }
}

/// DER as a PEM public key.
pub(crate) fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}
