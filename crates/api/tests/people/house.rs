//! The whole interface over a database in a temporary folder; everybody comes with a bearer, as over the network.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use serde_json::{Value, json};
use std::sync::Arc;
use tower::Service as _;
use wikiward_api::{Cursors, Operator, Services};
use wikiward_farm::{Clock, Entropy, SystemClock, SystemEntropy, WikiId, WikiSetId};
use wikiward_filters::backtest::Backtests;
use wikiward_filters::consequences::NoBrake;
use wikiward_filters::hits::{HitWriter, Hits, WriterSettings};
use wikiward_filters::judge::{Counters, Judge, Parts};
use wikiward_filters::life::Filters;
use wikiward_filters::save::FilterSettings;
use wikiward_filters::snapshot::{SetsOf, Snapshots, WikiSettings};
use wikiward_people::{OidcSettings, People, PeopleSettings};
use wikiward_store::{Database, Keyring, OpenOptions, Store};
use wikiward_testkit::answer::Answer;

/// An issuer at which nobody listens: port 1 of this machine.
pub(crate) const AWAY: &str = "http://127.0.0.1:1";

pub(crate) const PASSWORD: &str = "quite a long password";

struct Wikis;

impl SetsOf for Wikis {
    fn sets_of(&self, _: &WikiId) -> Vec<WikiSetId> {
        Vec::new()
    }

    fn is_known(&self, _: &WikiId) -> bool {
        true
    }
}

/// Who sends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who<'w> {
    Nobody,
    Operator,
    Bearer(&'w str),
    /// A program's token and a wiki's statement.
    Vouched(&'w str, &'w str),
}

pub(crate) struct House {
    router: Router,
    pub(crate) people: Arc<People>,
    pub(crate) store: Store,
    _folder: tempfile::TempDir,
}

impl House {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let database = match wikiward_testkit::postgres::chosen(folder.path()) {
            Some(url) => Database::Postgres(url),
            None => Database::Sqlite(folder.path().join("wikiward.db")),
        };
        let store = Store::open(&database, &OpenOptions::default(), clock.clone()).await.unwrap();
        let keyring = Keyring::new(&[7; 32]);
        let oidc = OidcSettings {
            issuer: AWAY.into(),
            client_id: "wikiward".into(),
            client_secret: None,
            redirect_url: "http://127.0.0.1:8480/back".into(),
            creates_accounts: false,
        };
        let settings = PeopleSettings { oidc: vec![oidc], ..PeopleSettings::default() };
        let people = Arc::new(People::open(store.clone(), &keyring, entropy.clone(), settings).await.unwrap());
        let snapshots = Snapshots::load(store.clone(), Arc::new(Wikis), WikiSettings::default());
        let snapshots = Arc::new(snapshots.await.unwrap());
        let settings = FilterSettings::default();
        let filters = Filters::new(store.clone(), snapshots.clone(), Arc::new(Wikis), entropy.clone(), settings);
        let settings = WriterSettings::default();
        let judge = Judge::new(Parts {
            snapshots,
            journal: Arc::new(HitWriter::start(
                store.clone(),
                &keyring,
                entropy.clone(),
                clock.clone(),
                None,
                settings,
            )),
            brake: Arc::new(NoBrake),
            counters: Counters::default(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            keyring: keyring.clone(),
            store: store.clone(),
            node: "test".into(),
            in_flight_max: 10,
        });
        let (judge, hits) = (Arc::new(judge), Hits::new(store.clone(), &keyring, entropy.clone(), clock.clone()));
        let api = Services {
            backtests: Backtests::new(filters.clone(), hits.clone(), judge.clone(), &keyring),
            store: store.clone(),
            people: people.clone(),
            filters,
            hits,
            judge,
            cursors: Cursors::new(&keyring, entropy.clone()),
            clock,
            entropy,
        };
        Self { router: wikiward_api::router(api.into()), people, store, _folder: folder }
    }

    pub(crate) async fn send(
        &self,
        who: Who<'_>,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !body.is_null() {
            request = request.header("content-type", "application/json");
        }
        request = match who {
            Who::Bearer(secret) => request.header("authorization", format!("Bearer {secret}")),
            Who::Vouched(token, statement) => {
                request.header("authorization", format!("Bearer {token}")).header("wikiward-actor", statement)
            }
            Who::Nobody | Who::Operator => request,
        };
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let mut request = request.body(Body::from(text)).unwrap();
        if matches!(who, Who::Operator) {
            request.extensions_mut().insert(Operator);
        }
        let response = self.router.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer::new(parts, &bytes)
    }

    pub(crate) async fn get(&self, who: Who<'_>, path: &str) -> Answer {
        self.send(who, Method::GET, path, &[], &Value::Null).await
    }

    pub(crate) async fn post(&self, who: Who<'_>, path: &str, body: &Value) -> Answer {
        self.send(who, Method::POST, path, &[], body).await
    }

    pub(crate) async fn put(&self, who: Who<'_>, path: &str, version: u32, body: &Value) -> Answer {
        self.send(who, Method::PUT, path, &[("if-match", &format!("\"{version}\""))], body).await
    }

    pub(crate) async fn delete(&self, who: Who<'_>, path: &str) -> Answer {
        self.send(who, Method::DELETE, path, &[], &Value::Null).await
    }

    /// Makes an account with a password; its number.
    pub(crate) async fn account(&self, name: &str, rights: &Value) -> String {
        let made = self.post(Who::Operator, "/v1/accounts", &json!({"name": name, "rights": rights})).await.expect(201);
        let id = made.text("/id");
        let path = format!("/v1/accounts/{id}/password-link");
        let link = self.post(Who::Operator, &path, &Value::Null).await.expect(201).text("/secret");
        let body = json!({"ticket": link, "password": PASSWORD});
        self.post(Who::Nobody, "/v1/sessions/redeem", &body).await.expect(201);
        id
    }

    /// Signs in; the secret.
    pub(crate) async fn sign_in(&self, name: &str) -> String {
        let body = json!({"method": "password", "name": name, "password": PASSWORD});
        self.post(Who::Nobody, "/v1/sessions", &body).await.expect(201).text("/secret")
    }

    pub(crate) async fn wiki(&self, name: &str, key: Option<&str>) {
        let body = json!({"wiki": name, "label": name, "url": format!("https://{name}.example/"), "language": "en",
            "public_key": key});
        self.post(Who::Operator, "/v1/wikis", &body).await.expect(201);
    }
}
