//! The interface over a database of its own, and people who use it.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use serde_json::{Value, json};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use tower::Service as _;
use wikiward_api::{Cursors, Person, Program, Services};
use wikiward_farm::clock::from_micros;
use wikiward_farm::right::RightSet;
use wikiward_farm::viewer::Rights;
use wikiward_farm::{Clock, Entropy, Principal, Right, SystemEntropy, Timestamp, Viewer, WikiId, WikiSetId};
use wikiward_filters::backtest::Backtests;
use wikiward_filters::consequences::NoBrake;
use wikiward_filters::hits::{HitWriter, Hits, WriterSettings};
use wikiward_filters::judge::{Counters, Judge, Parts};
use wikiward_filters::life::{Filters, InForce};
use wikiward_filters::save::FilterSettings;
use wikiward_filters::snapshot::{SetsOf, Snapshots, WikiSettings};
use wikiward_people::{People, Scope, ServiceCaller};
use wikiward_store::{Database, Keyring, OpenOptions, Store};
pub(crate) use wikiward_testkit::answer::Answer;

/// A clock that goes on by a second with each request.
#[derive(Debug, Default)]
struct Steps(AtomicI64);

impl Clock for Steps {
    fn now(&self) -> Timestamp {
        from_micros(1_790_000_000_000_000 + self.0.load(Ordering::Relaxed))
    }
}

/// Counts how often changes were put in force.
#[derive(Debug, Default)]
pub(crate) struct Refreshed(pub(crate) AtomicUsize);

impl InForce for Refreshed {
    fn refresh(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async {})
    }
}

struct Wikis;

impl SetsOf for Wikis {
    fn sets_of(&self, wiki: &WikiId) -> Vec<WikiSetId> {
        if wiki.as_str() == "dewiki" { vec!["large".parse().unwrap()] } else { Vec::new() }
    }

    fn is_known(&self, wiki: &WikiId) -> bool {
        ["enwiki", "dewiki", "strictwiki"].contains(&wiki.as_str())
    }

    fn settings_of(&self, wiki: &WikiId) -> Option<Arc<Value>> {
        (wiki.as_str() == "strictwiki").then(|| Arc::new(json!({"enabled_actions": ["tag"]})))
    }
}

pub(crate) struct House {
    router: Router,
    steps: Arc<Steps>,
    pub(crate) store: Store,
    pub(crate) refreshed: Arc<Refreshed>,
    _folder: tempfile::TempDir,
}

/// A person with these rights everywhere, beside everybody's.
pub(crate) fn with(rights: &[Right]) -> Viewer {
    let rights = RightSet::everybody().with(rights.iter().copied().collect());
    let principal = Principal::Account { id: 5, name: "Editor".parse().unwrap() };
    Viewer::new(principal, Rights::farm_wide(rights), false)
}

pub(crate) fn everybody() -> Viewer {
    with(&[])
}

pub(crate) fn admin() -> Viewer {
    with(Right::ALL)
}

pub(crate) fn without(right: Right) -> Viewer {
    let rights: Vec<Right> = Right::ALL.iter().copied().filter(|it| *it != right).collect();
    with(&rights)
}

/// A filter to write.
pub(crate) fn filter(changes: Value) -> Value {
    let mut document = json!({"state": "disabled", "group": "default", "name": "Test", "rules": "page_id == 1"});
    document.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    document
}

/// A judge over the same database, as every interface has one; nothing here asks it.
async fn judge(store: &Store, keyring: &Keyring, clock: &Arc<dyn Clock>, entropy: &Arc<dyn Entropy>) -> Arc<Judge> {
    let snapshots = Snapshots::load(store.clone(), Arc::new(Wikis), WikiSettings::default()).await.unwrap();
    let settings = WriterSettings::default();
    Arc::new(Judge::new(Parts {
        snapshots: Arc::new(snapshots),
        journal: Arc::new(HitWriter::start(store.clone(), keyring, entropy.clone(), clock.clone(), None, settings)),
        brake: Arc::new(NoBrake),
        counters: Counters::default(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        keyring: keyring.clone(),
        store: store.clone(),
        node: "test".to_owned(),
        in_flight_max: 10,
    }))
}

impl House {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let steps = Arc::new(Steps::default());
        let clock: Arc<dyn Clock> = steps.clone();
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let database = match wikiward_testkit::postgres::chosen(folder.path()) {
            Some(url) => Database::Postgres(url),
            None => Database::Sqlite(folder.path().join("wikiward.db")),
        };
        let store = Store::open(&database, &OpenOptions::default(), clock.clone()).await.unwrap();
        let keyring = Keyring::new(&[7; 32]);
        let people = People::open(store.clone(), &keyring, entropy.clone(), wikiward_people::PeopleSettings::default());
        let refreshed = Arc::new(Refreshed::default());
        let filters =
            Filters::new(store.clone(), refreshed.clone(), Arc::new(Wikis), entropy.clone(), FilterSettings::default());
        let judge = judge(&store, &keyring, &clock, &entropy).await;
        let hits = Hits::new(store.clone(), &keyring, entropy.clone(), clock.clone());
        let api = Services {
            backtests: Backtests::new(filters.clone(), hits.clone(), judge.clone(), &keyring),
            judge,
            hits,
            store: store.clone(),
            people: Arc::new(people.await.unwrap()),
            filters,
            cursors: Cursors::new(&keyring, entropy.clone()),
            clock,
            entropy,
        };
        Self { router: wikiward_api::router(api.into()), steps, store, refreshed, _folder: folder }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        self.steps.0.fetch_add(1_000_000, Ordering::Relaxed);
        let response = self.router.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer::new(parts, &bytes)
    }

    pub(crate) async fn get(&self, viewer: &Viewer, path: &str) -> Answer {
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(Person(viewer.clone()));
        self.send(request).await
    }

    pub(crate) async fn write(
        &self,
        viewer: &Viewer,
        method: Method,
        path: &str,
        version: Option<&str>,
        body: &Value,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        if let Some(version) = version {
            request = request.header("if-match", version);
        }
        let mut request = request.body(Body::from(body.to_string())).unwrap();
        request.extensions_mut().insert(Person(viewer.clone()));
        self.send(request).await
    }

    pub(crate) async fn post(&self, viewer: &Viewer, path: &str, body: &Value) -> Answer {
        self.write(viewer, Method::POST, path, None, body).await
    }

    pub(crate) async fn put(&self, viewer: &Viewer, path: &str, version: u32, body: &Value) -> Answer {
        self.write(viewer, Method::PUT, path, Some(&format!("\"{version}\"")), body).await
    }

    pub(crate) async fn lines(&self, viewer: &Viewer, path: &str, body: &str) -> Answer {
        let request =
            Request::post(path).header("content-type", "application/x-ndjson").body(Body::from(body.to_owned()));
        let mut request = request.unwrap();
        request.extensions_mut().insert(Person(viewer.clone()));
        self.send(request).await
    }

    pub(crate) async fn program(&self, scopes: &[Scope], method: Method, path: &str, body: Option<&Value>) -> Answer {
        let caller = ServiceCaller {
            token_id: "t1".into(),
            label: "extension".into(),
            wiki: WikiId::farm(),
            scopes: scopes.iter().copied().collect(),
        };
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let mut request = request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string()))).unwrap();
        request.extensions_mut().insert(Program(caller));
        self.send(request).await
    }

    /// An answer, and how many statements it took. Asked three times: what else runs on the database now and then, and what is
    /// read only the first time, does not count.
    pub(crate) async fn asked<F: Future<Output = Answer>>(&self, ask: impl Fn() -> F) -> (Answer, u64) {
        let mut least = u64::MAX;
        let mut answer = None;
        for _ in 0..3 {
            let before = self.store.statements();
            answer = Some(ask().await);
            least = least.min(self.store.statements() - before);
        }
        (answer.unwrap(), least)
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.steps.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// Creates a filter on `enwiki`; gives its number.
    pub(crate) async fn made(&self, changes: Value) -> String {
        let answer = self.post(&admin(), "/v1/wikis/enwiki/filters", &filter(changes)).await.expect(201);
        answer.json()["filter"]["id"].as_str().unwrap().to_owned()
    }
}
