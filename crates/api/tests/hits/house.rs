//! The interface over a database in a temporary folder, with hits in it, and people who ask for them.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tower::Service as _;
use wikiward_api::{Cursors, Person, Services};
use wikiward_farm::clock::from_micros;
use wikiward_farm::right::RightSet;
use wikiward_farm::viewer::Rights;
use wikiward_farm::{
    ActorType, Clock, Entropy, Id, Principal, Right, SystemEntropy, Timestamp, Viewer, WikiId, WikiSetId,
};
use wikiward_filters::backtest::Backtests;
use wikiward_filters::consequences::NoBrake;
use wikiward_filters::hits::record::{Actor, NewHit, Record, Target};
use wikiward_filters::hits::{HitWriter, Hits, Stored, WriterSettings};
use wikiward_filters::judge::{Counters, Judge, Parts};
use wikiward_filters::life::{Filters, InForce};
use wikiward_filters::model::{FilterKey, FilterNumber, Version};
use wikiward_filters::save::FilterSettings;
use wikiward_filters::snapshot::{SetsOf, Snapshots, WikiSettings};
use wikiward_people::{People, PeopleSettings};
use wikiward_store::{Bind, Database, Keyring, OpenOptions, Sql, Store, sql};
use wikiward_testkit::answer::Answer;

const START: i64 = 1_790_000_000_000_000;

/// A clock that stands until it is moved.
#[derive(Debug)]
pub(crate) struct FakeClock(AtomicI64);

impl FakeClock {
    pub(crate) fn advance_hours(&self, hours: i64) {
        self.0.fetch_add(hours * 3_600_000_000, Ordering::Relaxed);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        from_micros(self.0.load(Ordering::Relaxed))
    }
}

struct Nothing;

impl InForce for Nothing {
    fn refresh(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {})
    }
}

struct Wikis;

impl SetsOf for Wikis {
    fn sets_of(&self, _: &WikiId) -> Vec<WikiSetId> {
        Vec::new()
    }

    fn is_known(&self, wiki: &WikiId) -> bool {
        ["enwiki", "dewiki"].contains(&wiki.as_str())
    }

    fn settings_of(&self, _: &WikiId) -> Option<Arc<Value>> {
        None
    }
}

/// A person with these rights everywhere, beside everybody's.
pub(crate) fn with(rights: &[Right]) -> Viewer {
    let rights = RightSet::everybody().with(rights.iter().copied().collect());
    let principal = Principal::Account { id: 5, name: "Patroller".parse().unwrap() };
    Viewer::new(principal, Rights::farm_wide(rights), false)
}

pub(crate) struct House {
    router: Router,
    pub store: Store,
    pub clock: Arc<FakeClock>,
    writer: HitWriter,
    _folder: tempfile::TempDir,
}

/// Settings of `dewiki`, which demands reasons and shows redacted rows.
const STRICT: &str = r#"{"privatedetails_reason": true, "restricted_rows": "redact"}"#;

async fn insert_wikis(store: &Store) {
    const INSERT: &str = "INSERT INTO wikis (wiki, label, url, language, settings, farm_groups, is_closed, version, created_at, \
        updated_at) VALUES ($1, '', 'https://wiki.example', 'en', $2, '[]', $3, 1, 0, 0)";
    let mut tx = store.begin().await.unwrap();
    for (wiki, settings) in [("enwiki", "{}"), ("dewiki", STRICT)] {
        tx.execute(sql!(INSERT, wiki, settings, false)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Filters 1 public, 2 hidden, 3 protected, 4 suppressed on each wiki and on the farm.
async fn insert_filters(store: &Store) {
    const INSERT: &str = "INSERT INTO filters (wiki, filter_id, version, state, filter_group, name, name_key, rules, notes, \
        actions, priority, tier, privacy, brake_profile, hits, maintainers, uses_vars, uses_protected, created_at, \
        created_by_name, edited_at, edited_by_key, edited_by_name, aged_from) VALUES ($1, $2, 1, 'enabled', 'default', $3, $4, \
        '1', '', '{}', 0, 'normal', $5, 'standard', 0, '[]', '[]', $6, 0, 'A', 0, 'account:1', 'A', 0)";
    let mut tx = store.begin().await.unwrap();
    for wiki in ["enwiki", "dewiki", "*"] {
        for (number, privacy) in [(1_i64, 0_i64), (2, 1), (3, 2), (4, 4)] {
            let uses = if privacy == 2 { "[\"user_unnamed_ip\"]" } else { "[]" };
            let name = format!("filter {number}");
            let binds: Vec<Bind> =
                vec![wiki.into(), number.into(), (&name).into(), name.as_bytes().into(), privacy.into(), uses.into()];
            tx.execute(Sql::new(INSERT, binds)).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
}

impl House {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let steps = Arc::new(FakeClock(AtomicI64::new(START)));
        let clock: Arc<dyn Clock> = steps.clone();
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let database = match wikiward_testkit::postgres::chosen(folder.path()) {
            Some(url) => Database::Postgres(url),
            None => Database::Sqlite(folder.path().join("wikiward.db")),
        };
        let store = Store::open(&database, &OpenOptions::default(), clock.clone()).await.unwrap();
        insert_wikis(&store).await;
        insert_filters(&store).await;
        let keyring = Keyring::new(&[7; 32]);
        let people = People::open(store.clone(), &keyring, entropy.clone(), PeopleSettings::default()).await.unwrap();
        let filters =
            Filters::new(store.clone(), Arc::new(Nothing), Arc::new(Wikis), entropy.clone(), FilterSettings::default());
        let writer =
            HitWriter::start(store.clone(), &keyring, entropy.clone(), clock.clone(), None, WriterSettings::default());
        let snapshots = Snapshots::load(store.clone(), Arc::new(Wikis), WikiSettings::default()).await.unwrap();
        let judge = Judge::new(Parts {
            snapshots: Arc::new(snapshots),
            journal: Arc::new(writer.clone()),
            brake: Arc::new(NoBrake),
            counters: Counters::default(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            keyring: keyring.clone(),
            store: store.clone(),
            node: "test".to_owned(),
            in_flight_max: 10,
        });
        let (judge, hits) = (Arc::new(judge), Hits::new(store.clone(), &keyring, entropy.clone(), clock.clone()));
        let api = Services {
            backtests: Backtests::new(filters.clone(), hits.clone(), judge.clone(), &keyring),
            store: store.clone(),
            people: Arc::new(people),
            filters,
            hits,
            judge,
            cursors: Cursors::new(&keyring, entropy.clone()),
            clock,
            entropy,
        };
        Self { router: wikiward_api::router(api.into()), store, clock: steps, writer, _folder: folder }
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

    /// Stores a hit of `filter` of `owner` on `wiki`, `second` seconds after the start; gives its id.
    pub(crate) async fn hit(&self, wiki: &str, owner: &str, filter: u32, second: i64) -> String {
        let at = from_micros(START + second * 1_000_000);
        // The same hit has the same id in every house, so that answers can be compared byte for byte.
        let id =
            Id::from_bytes(((u128::try_from(at.as_millisecond()).unwrap() << 80) | u128::from(filter)).to_be_bytes());
        let record = Record {
            evaluation_id: id,
            wiki: wiki.parse().unwrap(),
            action_id: format!("{owner}{filter}-{second}"),
            at,
            kind: "edit".into(),
            actor: Actor { id: Some(7), name: "Example".into(), kind: ActorType::Named },
            target: Target { ns: 0, title: "Foo".into(), page_id: Some(12) },
            ip: Some("203.0.113.9".parse().unwrap()),
            decision: "refuse",
            answer: Arc::from(&b"{}"[..]),
            hits: vec![NewHit {
                hit_id: id,
                filter: FilterKey { wiki: owner.parse().unwrap(), number: FilterNumber(filter) },
                version: Version(1),
                taken: vec!["disallow".into()],
                withheld: Vec::new(),
                substituted: BTreeMap::new(),
                ref_code: format!("AAAA-{filter:05}"),
                uses_protected: if filter == 3 { vec!["user_unnamed_ip".into()] } else { Vec::new() },
            }],
            variables: Arc::new(BTreeMap::from([("summary".to_owned(), json!("buy now"))])),
            protected: Arc::new(BTreeMap::from([("user_unnamed_ip".to_owned(), json!("203.0.113.9"))])),
            counters: Vec::new(),
            holds: Vec::new(),
            attempt: None,
        };
        assert_eq!(self.writer.submit(record).stored().await, Stored::New);
        id.to_string()
    }

    pub(crate) async fn get(&self, viewer: &Viewer, path: &str) -> Answer {
        self.send(viewer, Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, viewer: &Viewer, path: &str, body: &Value) -> Answer {
        let request = Request::builder().method(Method::POST).uri(path).header("content-type", "application/json");
        self.send(viewer, request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn send(&self, viewer: &Viewer, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(Person(viewer.clone()));
        let response = self.router.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer::new(parts, &bytes)
    }

    pub(crate) async fn execute(&self, text: &'static str) {
        let mut tx = self.store.begin().await.unwrap();
        tx.execute(text).await.unwrap();
        tx.commit().await.unwrap();
    }
}
