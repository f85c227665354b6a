//! The whole interface over a database in a temporary folder.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tower::Service as _;
use wikiward_api::{Cursors, Person, Program, Services};
use wikiward_farm::right::RightSet;
use wikiward_farm::viewer::Rights;
use wikiward_farm::{
    Clock, Entropy, Principal, Right, SystemClock, SystemEntropy, Timestamp, Viewer, WikiId, WikiSetId,
};
use wikiward_filters::archive::Archiver;
use wikiward_filters::backtest::Backtests;
use wikiward_filters::brake::LiveBrake;
use wikiward_filters::hits::{HitWriter, Hits, WriterSettings};
use wikiward_filters::judge::{Counters, IN_FLIGHT_MAX, Judge, Parts};
use wikiward_filters::life::Filters;
use wikiward_filters::save::FilterSettings;
use wikiward_filters::snapshot::{SetsOf, Snapshots, WikiSettings};
use wikiward_people::{People, PeopleSettings, Scope, ServiceCaller};
use wikiward_store::{Database, Keyring, OpenOptions, Store};
pub(crate) use wikiward_testkit::answer::Answer;

/// The machine's clock, put forward at will.
#[derive(Debug, Default)]
struct Shifted(AtomicI64);

impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

struct Wikis;

impl SetsOf for Wikis {
    fn sets_of(&self, _: &WikiId) -> Vec<WikiSetId> {
        Vec::new()
    }

    fn is_known(&self, wiki: &WikiId) -> bool {
        wiki.as_str() != "nowiki"
    }
}

/// A request about an edit on `enwiki`.
pub(crate) fn body(action_id: &str, vars: Value) -> Value {
    json!({
        "wiki": "enwiki", "group": "default", "action": {"id": action_id, "kind": "edit"}, "mode": "enforce",
        "actor": {"id": 4711, "name": "Example", "type": "named", "groups": ["autopatrolled"], "edit_count": 812,
                  "age_s": 51_840_000, "blocked": false, "bot": false, "central_id": 99_123},
        "target": {"ns": 0, "title": "Foo", "page_id": 12, "rev_id": 345},
        "request": {"ip": "203.0.113.9", "session_key": "b64", "user_agent_class": "browser"},
        "vars": vars, "lazy": [], "deadline_ms": 300, "lang": "en", "stash_key": null, "skip": [],
    })
}

pub(crate) struct House {
    router: Router,
    pub(crate) judge: Arc<Judge>,
    archiver: Archiver,
    writer: HitWriter,
    folder: Arc<tempfile::TempDir>,
    shifted: Arc<Shifted>,
    brake: Arc<LiveBrake>,
    filters: Filters,
    pub(crate) store: Store,
}

impl House {
    /// With these filters of `enwiki`.
    pub(crate) async fn new(filters: &[Value]) -> Self {
        Self::of_size(IN_FLIGHT_MAX, filters).await
    }

    /// One that judges only so many actions at once.
    pub(crate) async fn of_size(in_flight_max: usize, filters: &[Value]) -> Self {
        let house = Self::open(Arc::new(tempfile::tempdir().unwrap()), in_flight_max).await;
        for filter in filters {
            let mut document = json!({"state": "disabled", "group": "default", "name": "Test", "rules": "1"});
            document.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
            house.tool("/v1/wikis/enwiki/filters", document).await.expect(201);
        }
        house
    }

    /// Another process over the same database.
    pub(crate) async fn again(&self) -> Self {
        Self::open(self.folder.clone(), IN_FLIGHT_MAX).await
    }

    async fn open(folder: Arc<tempfile::TempDir>, in_flight_max: usize) -> Self {
        let shifted = Arc::new(Shifted::default());
        let clock: Arc<dyn Clock> = shifted.clone();
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let database = match wikiward_testkit::postgres::chosen(folder.path()) {
            Some(url) => Database::Postgres(url),
            None => Database::Sqlite(folder.path().join("wikiward.db")),
        };
        let store = Store::open(&database, &OpenOptions::default(), clock.clone()).await.unwrap();
        let keyring = Keyring::new(&[7; 32]);
        let people = People::open(store.clone(), &keyring, entropy.clone(), PeopleSettings::default());
        let own = json!({"enabled_actions":
            ["throttle", "warn", "disallow", "showcaptcha", "tag", "block", "blockautopromote", "degroup"]});
        let snapshots = Snapshots::load(store.clone(), Arc::new(Wikis), WikiSettings::default().with(&own));
        let snapshots = Arc::new(snapshots.await.unwrap());
        let (settings, _) = FilterSettings::default().overridden(&own);
        let brake = LiveBrake::load(store.clone(), snapshots.clone(), &keyring, entropy.clone());
        let brake = Arc::new(brake.await.unwrap());
        let filters = Filters::new(store.clone(), snapshots.clone(), Arc::new(Wikis), entropy.clone(), settings);
        let hits = Hits::new(store.clone(), &keyring, entropy.clone(), clock.clone());
        let filters = filters.braked_by(brake.clone()).tested_on(hits.clone());
        let writer =
            HitWriter::start(store.clone(), &keyring, entropy.clone(), clock.clone(), None, WriterSettings::default());
        let archiver = Archiver::start(store.clone(), entropy.clone());
        let judge = Judge::new(Parts {
            snapshots,
            journal: Arc::new(writer.clone()),
            brake: brake.clone(),
            counters: Counters::load(&store, clock.now()).await.unwrap(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            keyring: keyring.clone(),
            store: store.clone(),
            node: "node1".into(),
            in_flight_max,
        });
        let judge = Arc::new(judge.archived_by(archiver.clone()));
        let hits = hits.beside(writer.clone()).archived_by(Some(archiver.clone()));
        let api = Services {
            backtests: Backtests::new(filters.clone(), hits.clone(), judge.clone(), &keyring),
            store: store.clone(),
            people: Arc::new(people.await.unwrap()),
            filters: filters.clone(),
            hits,
            judge: judge.clone(),
            cursors: Cursors::new(&keyring, entropy.clone()),
            clock,
            entropy,
        };
        Self {
            router: wikiward_api::router(api.into()),
            judge,
            folder,
            shifted,
            brake,
            filters,
            store,
            archiver,
            writer,
        }
    }

    /// What somebody gets who may do what `rights` say.
    pub(crate) async fn by(&self, rights: &[Right], method: &str, path: &str, body: Value) -> Answer {
        let principal = Principal::Account { id: 5, name: "Editor".parse().unwrap() };
        let viewer = Viewer::new(principal, Rights::farm_wide(rights.iter().copied().collect()), false);
        self.call(method, path, &body, |request| drop(request.extensions_mut().insert(Person(viewer)))).await
    }

    /// What somebody gets, or nobody in particular without rights, who sends a write with a key to repeat it by.
    pub(crate) async fn keyed(&self, rights: &[Right], key: &str, path: &str, body: &Value) -> Answer {
        let principal = match rights {
            [] => Principal::Service { token: String::new(), label: "anonymous".into() },
            _ => Principal::Account { id: 5, name: "Editor".parse().unwrap() },
        };
        let viewer = Viewer::new(principal, Rights::farm_wide(rights.iter().copied().collect()), false);
        self.call("POST", path, body, |request| {
            request.headers_mut().insert("idempotency-key", key.parse().unwrap());
            request.extensions_mut().insert(Person(viewer));
        })
        .await
    }

    /// What a program of a wiki gets.
    pub(crate) async fn program(&self, wiki: &str, scopes: &[Scope], method: &str, path: &str, body: Value) -> Answer {
        let caller = ServiceCaller {
            token_id: "t1".into(),
            label: "extension".into(),
            wiki: wiki.parse().unwrap(),
            scopes: scopes.iter().copied().collect(),
        };
        self.call(method, path, &body, |request| drop(request.extensions_mut().insert(Program(caller)))).await
    }

    async fn call(&self, method: &str, path: &str, body: &Value, who: impl FnOnce(&mut Request<Body>)) -> Answer {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let mut request = request.body(Body::from(text)).unwrap();
        who(&mut request);
        let response = self.router.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer::new(parts, &bytes)
    }

    async fn send(&self, path: &str, body: &Value, who: impl FnOnce(&mut Request<Body>)) -> Answer {
        let request = Request::post(path).header("content-type", "application/json");
        let mut request = request.body(Body::from(body.to_string())).unwrap();
        who(&mut request);
        let response = self.router.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer::new(parts, &bytes)
    }

    /// What a person with these rights reads.
    pub(crate) async fn read(&self, rights: &[Right], path: &str) -> Answer {
        self.read_of(5, rights, path).await
    }

    /// What one of several people with these rights reads.
    pub(crate) async fn read_of(&self, id: i64, rights: &[Right], path: &str) -> Answer {
        let name = if id == 5 { "Editor".to_owned() } else { format!("Person {id}") };
        let principal = Principal::Account { id, name: name.parse().unwrap() };
        let viewer = Viewer::new(principal, Rights::farm_wide(rights.iter().copied().collect()), false);
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(Person(viewer));
        let response = self.router.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer::new(parts, &bytes)
    }

    /// Lets everything that was judged be written; nothing is kept from then on.
    pub(crate) async fn archived(&self) {
        self.archiver.close().await;
        self.writer.close().await;
    }

    /// Lets what runs after answers run, and be written.
    pub(crate) async fn settle(&self) {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        self.judge.shadow_log().flush().await.unwrap();
        self.judge.candidate_log().flush().await.unwrap();
    }

    pub(crate) async fn post_from(&self, wiki: &str, scopes: &[Scope], path: &str, body: &Value) -> Answer {
        let caller = ServiceCaller {
            token_id: "t1".into(),
            label: "extension".into(),
            wiki: wiki.parse().unwrap(),
            scopes: scopes.iter().copied().collect(),
        };
        self.send(path, body, |request| drop(request.extensions_mut().insert(Program(caller)))).await
    }

    /// From a program of `enwiki`.
    pub(crate) async fn post(&self, scopes: &[Scope], path: &str, body: &Value) -> Answer {
        self.post_from("enwiki", scopes, path, body).await
    }

    pub(crate) async fn ask(&self, scopes: &[Scope], body: &Value) -> Answer {
        let wiki = body["wiki"].as_str().filter(|wiki| wiki.parse::<WikiId>().is_ok()).unwrap_or("enwiki");
        self.post_from(wiki, scopes, "/v1/evaluate", body).await
    }

    /// From nobody that is known.
    pub(crate) async fn nobody(&self, path: &str, body: &Value) -> Answer {
        self.send(path, body, |_| {}).await
    }

    async fn person(&self, path: &str, body: &Value, rights: RightSet) -> Answer {
        self.person_of(5, path, body, rights).await
    }

    async fn person_of(&self, id: i64, path: &str, body: &Value, rights: RightSet) -> Answer {
        let name = if id == 5 { "Editor".to_owned() } else { format!("Person {id}") };
        let principal = Principal::Account { id, name: name.parse().unwrap() };
        let viewer = Viewer::new(principal, Rights::farm_wide(rights), false);
        self.send(path, body, |request| drop(request.extensions_mut().insert(Person(viewer)))).await
    }

    /// From a person who may do everything.
    pub(crate) async fn tool(&self, path: &str, body: Value) -> Answer {
        self.person(path, &body, Right::ALL.iter().copied().collect()).await
    }

    /// From one of several people who may do everything.
    pub(crate) async fn tool_of(&self, id: i64, path: &str, body: Value) -> Answer {
        self.person_of(id, path, &body, Right::ALL.iter().copied().collect()).await
    }

    /// From a user of `wiki` who may do everything.
    pub(crate) async fn tool_of_wiki(&self, wiki: &str, id: i64, name: &str, path: &str, body: Value) -> Answer {
        let principal = Principal::WikiUser { wiki: wiki.parse().unwrap(), id, name: name.parse().unwrap() };
        let viewer = Viewer::new(principal, Rights::farm_wide(RightSet::all()), false);
        self.send(path, &body, |request| drop(request.extensions_mut().insert(Person(viewer)))).await
    }

    /// From a person with these rights, beside everybody's.
    pub(crate) async fn tool_with(&self, rights: &[Right], path: &str, body: Value) -> Answer {
        self.person(path, &body, RightSet::everybody().with(rights.iter().copied().collect())).await
    }

    /// What a person who may do everything removes.
    pub(crate) async fn remove(&self, path: &str) -> Answer {
        let principal = Principal::Account { id: 5, name: "Editor".parse().unwrap() };
        let viewer = Viewer::new(principal, Rights::farm_wide(RightSet::all()), false);
        let mut request = Request::delete(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(Person(viewer));
        let response = self.router.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer::new(parts, &bytes)
    }

    /// Has a person with these rights, beside everybody's, send a document over a version.
    pub(crate) async fn put_with(&self, rights: &[Right], path: &str, version: u32, body: Value) -> Answer {
        self.over(Request::put(path), rights, version, body).await
    }

    /// The same with another method.
    pub(crate) async fn post_over(&self, rights: &[Right], path: &str, version: u32, body: Value) -> Answer {
        self.over(Request::post(path), rights, version, body).await
    }

    /// Ends candidates whose time is over.
    pub(crate) async fn end_candidates(&self) -> usize {
        self.filters.end_due_candidates(self.shifted.now()).await.unwrap()
    }

    async fn over(&self, request: axum::http::request::Builder, rights: &[Right], version: u32, body: Value) -> Answer {
        let principal = Principal::Account { id: 5, name: "Editor".parse().unwrap() };
        let rights = RightSet::everybody().with(rights.iter().copied().collect());
        let viewer = Viewer::new(principal, Rights::farm_wide(rights), false);
        let request = request.header("content-type", "application/json");
        let request = request.header("if-match", format!("\"{version}\""));
        let mut request = request.body(Body::from(body.to_string())).unwrap();
        request.extensions_mut().insert(Person(viewer));
        let response = self.router.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.shifted.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Has what the brake did written, and time looked after.
    pub(crate) async fn brakes(&self) {
        self.brake.look_after_time(self.shifted.now());
        self.brake.flush(self.shifted.now(), false).await.unwrap();
    }

    /// From a person who may do what everybody may.
    pub(crate) async fn anybody(&self, path: &str, body: Value) -> Answer {
        self.person(path, &body, RightSet::everybody()).await
    }
}
