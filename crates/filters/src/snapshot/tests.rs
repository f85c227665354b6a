use super::*;
use crate::model::{Actions, Privacy, State, Tier};
use std::collections::BTreeSet;
use std::sync::Mutex;
use wikiward_farm::SystemClock;
use wikiward_store::{Database, OpenOptions};

mod records;

pub(crate) use records::{Row, age, arm, protect};

/// Wikis of a test: `large` holds `enwiki`.
#[derive(Default)]
pub(crate) struct Wikis {
    pub(crate) settings: Mutex<HashMap<WikiId, serde_json::Value>>,
    pub(crate) closed: Mutex<BTreeSet<WikiId>>,
}

impl SetsOf for Wikis {
    fn sets_of(&self, wiki: &WikiId) -> Vec<WikiSetId> {
        if wiki.as_str() == "enwiki" { vec!["large".parse().unwrap()] } else { Vec::new() }
    }

    fn is_known(&self, wiki: &WikiId) -> bool {
        wiki.as_str() != "nowiki" && !self.closed.lock().unwrap().contains(wiki)
    }

    fn settings_of(&self, wiki: &WikiId) -> Option<Arc<serde_json::Value>> {
        self.settings.lock().unwrap().get(wiki).cloned().map(Arc::new)
    }
}

/// A database of a test with filters in it.
pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) wikis: Arc<Wikis>,
    _folder: tempfile::TempDir,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::at(Arc::new(SystemClock)).await
    }

    /// One whose store has another clock.
    pub(crate) async fn at(clock: Arc<dyn wikiward_farm::Clock>) -> Self {
        Self::on(None, clock).await
    }

    /// One on this database; on a new file if none is named.
    pub(crate) async fn on(database: Option<Database>, clock: Arc<dyn wikiward_farm::Clock>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = database.unwrap_or_else(|| Database::Sqlite(folder.path().join("test.db")));
        let store = Store::open(&database, &OpenOptions::default(), clock).await.unwrap();
        Self { store, wikis: Arc::default(), _folder: folder }
    }

    /// Saves filters and announces them.
    pub(crate) async fn save(&self, rows: &[Row]) {
        let mut tx = self.store.begin().await.unwrap();
        for row in rows {
            records::put(&mut tx, row).await;
            tx.announce("filters", &format!("{}:{}", row.wiki, row.number)).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    pub(crate) async fn snapshots(&self) -> Arc<Snapshots> {
        Arc::new(Snapshots::load(self.store.clone(), self.wikis.clone(), WikiSettings::default()).await.unwrap())
    }
}

impl Row {
    /// An enabled filter of `enwiki`, of the group `default`.
    pub(crate) fn new(number: u32, rules: &str) -> Self {
        Self {
            wiki: "enwiki".into(),
            number,
            version: 1,
            state: State::Enabled,
            group: "default".into(),
            name: format!("Filter {number}"),
            rules: rules.into(),
            actions: Actions::default(),
            priority: 0,
            tier: Tier::Normal,
            privacy: Privacy::default(),
            scope: None,
        }
    }

    pub(crate) fn with(mut self, consequence: &str, params: &[&str]) -> Self {
        self.actions.0.insert(consequence.into(), params.iter().map(|it| (*it).to_owned()).collect());
        self
    }

    pub(crate) fn farm(mut self, scope: Option<&str>) -> Self {
        self.wiki = "*".into();
        self.scope = scope.map(str::to_owned);
        self
    }
}

fn wiki(name: &str) -> WikiId {
    name.parse().unwrap()
}

fn gids(snapshots: &Snapshots, name: &str) -> Vec<String> {
    let roster = snapshots.current().roster(&wiki(name), "default").unwrap();
    roster.seats.iter().map(|seat| seat.filter.gid.clone()).collect()
}

#[tokio::test]
async fn filters_run_by_priority_then_local_before_farm_then_number() {
    let farm = Fixture::new().await;
    let high = Row { priority: 5, ..Row::new(9, "1").farm(None) };
    let low = Row { priority: -1, ..Row::new(1, "1") };
    let off = Row { state: State::Disabled, ..Row::new(8, "1") };
    let other = Row { group: "newsletter".into(), ..Row::new(7, "1") };
    farm.save(&[low, Row::new(3, "1"), Row::new(2, "1"), Row::new(2, "1").farm(None), high, off, other]).await;
    let snapshots = farm.snapshots().await;
    assert_eq!(gids(&snapshots, "enwiki"), ["global-9", "2", "3", "global-2", "1"]);
    assert_eq!(gids(&snapshots, "dewiki"), ["global-9", "global-2"]);
    assert_eq!(snapshots.current().roster(&wiki("nowiki"), "default").unwrap_err(), NoRoster::UnknownWiki);
    assert_eq!(snapshots.current().roster(&wiki("enwiki"), "other").unwrap_err(), NoRoster::UnknownGroup);
}

#[tokio::test]
async fn farm_filters_keep_to_their_scope_and_wikis_may_opt_out() {
    let farm = Fixture::new().await;
    let large = Row::new(1, "1").farm(Some(r#"{"include":["set:large"],"exclude":[]}"#));
    let others = Row::new(2, "1").farm(Some(r#"{"include":[],"exclude":["enwiki"]}"#));
    farm.save(&[large, others, Row::new(3, "1").farm(None)]).await;
    let snapshots = farm.snapshots().await;
    assert_eq!(gids(&snapshots, "enwiki"), ["global-1", "global-3"]);
    assert_eq!(gids(&snapshots, "dewiki"), ["global-2", "global-3"]);
    records::opt_out(&farm.store, "enwiki", 1, "off").await;
    records::opt_out(&farm.store, "enwiki", 3, "log").await;
    snapshots.refresh().await.unwrap();
    assert_eq!(gids(&snapshots, "enwiki"), ["global-3"]);
    let roster = snapshots.current().roster(&wiki("enwiki"), "default").unwrap();
    assert_eq!(roster.seats[0].optout, Some(OptOut::LogOnly));
}

#[tokio::test]
async fn a_change_is_in_force_after_a_refresh_and_the_rest_stays_as_it_was() {
    let farm = Fixture::new().await;
    farm.save(&[Row::new(1, "page_id == 1"), Row { wiki: "dewiki".into(), ..Row::new(1, "page_id == 1") }]).await;
    let snapshots = farm.snapshots().await;
    let before = snapshots.current();
    let (enwiki, dewiki) = (wiki("enwiki"), wiki("dewiki"));
    let (en, de) = (before.roster(&enwiki, "default").unwrap(), before.roster(&dewiki, "default").unwrap());
    assert!(Arc::ptr_eq(&en.seats[0].filter.rule, &de.seats[0].filter.rule), "the same text is compiled once");
    assert!(Arc::ptr_eq(&en.parts[0].rules, &de.parts[0].rules), "the same rules are put together once");
    farm.save(&[Row { version: 2, ..Row::new(1, "page_id == 2") }, Row::new(2, "page_id == 3")]).await;
    snapshots.refresh().await.unwrap();
    let after = snapshots.current();
    assert!(after.seq() > before.seq());
    assert!(Arc::ptr_eq(&de, &after.roster(&dewiki, "default").unwrap()), "nothing changed there");
    let changed = after.roster(&enwiki, "default").unwrap();
    assert_eq!((changed.seats.len(), changed.seats[0].filter.version.0), (2, 2));
    assert_eq!(en.seats.len(), 1, "who began with the old filters keeps them");
    farm.save(&[Row { state: State::Disabled, ..Row::new(2, "page_id == 3") }]).await;
    snapshots.refresh().await.unwrap();
    assert_eq!(gids(&snapshots, "enwiki"), ["1"]);
}

#[tokio::test]
async fn a_rule_that_does_not_parse_is_left_out_and_reported() {
    let farm = Fixture::new().await;
    farm.save(&[Row::new(1, "(("), Row::new(2, "1")]).await;
    let snapshots = farm.snapshots().await;
    assert_eq!(gids(&snapshots, "enwiki"), ["2"]);
    let broken: Vec<_> = snapshots.current().broken().map(|broken| broken.key.gid()).collect();
    assert_eq!(broken, ["1"]);
    farm.save(&[Row::new(1, "1")]).await;
    snapshots.refresh().await.unwrap();
    assert_eq!(snapshots.current().broken().len(), 0);
    assert_eq!(gids(&snapshots, "enwiki"), ["1", "2"]);
}

#[tokio::test]
async fn what_is_announced_in_other_words_loads_everything() {
    let farm = Fixture::new().await;
    farm.save(&[Row::new(1, "1")]).await;
    let snapshots = farm.snapshots().await;
    let mut tx = farm.store.begin().await.unwrap();
    records::put(&mut tx, &Row::new(2, "1")).await;
    tx.announce("filters", "all").await.unwrap();
    tx.commit().await.unwrap();
    snapshots.refresh().await.unwrap();
    assert_eq!(gids(&snapshots, "enwiki"), ["1", "2"]);
    // A node that was away longer than changes are kept.
    records::forget_changes(&farm.store).await;
    farm.save(&[Row::new(3, "1")]).await;
    records::put_alone(&farm.store, &Row::new(4, "1")).await;
    snapshots.refresh().await.unwrap();
    assert_eq!(gids(&snapshots, "enwiki"), ["1", "2", "3"]);
}

#[tokio::test]
async fn settings_of_a_wiki_make_a_roster_of_its_own() {
    let farm = Fixture::new().await;
    let critical = Row { tier: Tier::Critical, ..Row::new(2, "1") };
    farm.save(&[Row::new(1, "1"), critical]).await;
    let snapshots = farm.snapshots().await;
    let roster = snapshots.current().roster(&wiki("enwiki"), "default").unwrap();
    let parts: Vec<_> = roster.parts.iter().map(|part| part.seats.clone()).collect();
    assert_eq!(parts, [vec![1], vec![0]], "critical filters go first");
    let compat = serde_json::json!({"budget_policy": "compat"});
    farm.wikis.settings.lock().unwrap().insert(wiki("enwiki"), compat);
    let mut tx = farm.store.begin().await.unwrap();
    tx.announce("people", "wiki:enwiki").await.unwrap();
    tx.commit().await.unwrap();
    snapshots.refresh().await.unwrap();
    let roster = snapshots.current().roster(&wiki("enwiki"), "default").unwrap();
    assert_eq!(roster.parts[0].seats, [0, 1]);
}
