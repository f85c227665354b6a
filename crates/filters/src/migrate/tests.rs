//! Tables of every age, whole and damaged, brought over to both databases.

use super::{Migration, Plan, Problem, Report, Tables, Told, staging};
use crate::hits::Hits;
use crate::hits::list::{Log, Question};
use crate::hits::visible::Sight;
use crate::life::{Filters, InForce};
use crate::model::{FilterKey, State};
use crate::save::FilterSettings;
use crate::snapshot::tests::Wikis;
use serde_json::{Value, json};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use wikiward_farm::{Principal, SystemClock, SystemEntropy, Viewer, WikiId};
use wikiward_store::foreign::Foreign;
use wikiward_store::{Database, Keyring, OpenOptions, Store};

mod sources;

use sources::{NEW, OLD};

struct Nothing;

impl InForce for Nothing {
    fn refresh(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {})
    }
}

struct Farm {
    store: Store,
    filters: Filters,
    hits: Hits,
    folder: tempfile::TempDir,
}

fn wiki() -> WikiId {
    "enwiki".parse().unwrap()
}

impl Farm {
    async fn on(database: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = Database::Sqlite(folder.path().join("wikiward.db"));
        let database = database.map_or(file, Database::Postgres);
        let store = Store::open(&database, &OpenOptions::default(), Arc::new(SystemClock)).await.unwrap();
        let (entropy, clock) = (Arc::new(SystemEntropy), Arc::new(SystemClock));
        let wikis = Arc::new(Wikis::default());
        let settings = FilterSettings::default();
        let filters = Filters::new(store.clone(), Arc::new(Nothing), wikis, entropy.clone(), settings);
        let hits = Hits::new(store.clone(), &Keyring::new(&[5; 32]), entropy, clock);
        Self { store, filters, hits, folder }
    }

    /// One on each database that is there.
    async fn each() -> Vec<Self> {
        let mut all = vec![Self::on(None).await];
        if let Some(url) = wikiward_testkit::postgres::fresh_database() {
            all.push(Self::on(Some(url)).await);
        }
        all
    }

    /// Brings a dump over; the report, and what was told of.
    async fn bring(&self, dump: &str, is_central: bool, is_dry_run: bool) -> (Report, Vec<Problem>) {
        let staged = self.folder.path().join("staged.db");
        let _ = std::fs::remove_file(&staged);
        staging::stage(|| Ok(dump.as_bytes()), &staged, "", &mut |_, _| {}).await.unwrap();
        let mut tables = Tables::open(Foreign::sqlite(&staged, "").await.unwrap()).await.unwrap();
        let plan = Plan { wiki: wiki(), is_central, is_dry_run };
        let migration = Migration::new(&self.filters, &self.hits, Principal::Operator, plan).unwrap();
        let mut problems = Vec::new();
        let mut tell = |told| {
            if let Told::Met(problem) = told {
                problems.push(problem);
            }
        };
        let report = migration.run(&mut tables, &mut tell).await.unwrap();
        tables.close().await;
        assert!(report.is_whole(), "{report:?}");
        (report, problems)
    }

    /// Hits of the wiki as its operator sees them, by their old numbers.
    async fn hits(&self) -> Vec<(i64, Value)> {
        let viewer = Viewer::operator();
        let registry = self.filters.registry().await.unwrap();
        let sight = Sight::under(&viewer, &wiki(), crate::hits::RestrictedRows::Omit, &registry);
        let log = Log::Wiki(wiki());
        let question = Question {
            log: log.clone(),
            selection: crate::hits::list::Selection::default(),
            after: None,
            is_ascending: true,
            limit: wikiward_farm::Limit::default(),
        };
        let page = self.hits.list(&question, &sight, &viewer).await.unwrap();
        let mut all = Vec::new();
        for row in page.items {
            let one = self.hits.one(&log, row.key.hit_id, &sight, &viewer).await.unwrap().unwrap();
            let details =
                self.hits.private_details(&log, row.key.hit_id, &sight, &viewer, "test", false).await.unwrap().unwrap();
            let full = row.full.as_ref().unwrap();
            let variables = one.variables.map(|variables| variables.values);
            all.push((
                full.legacy_id.unwrap(),
                json!({
                    "filter": full.filter.gid(), "version": full.version.0, "actor": row.actor_name, "type": row.actor_type,
                    "title": row.target_title, "decision": row.decision, "taken": row.taken, "rev": full.rev_id,
                    "address": details.address, "variables": variables,
                }),
            ));
        }
        all.sort_by_key(|(id, _)| *id);
        all
    }
}

fn told(problems: &[Problem]) -> Vec<String> {
    let mut told: Vec<String> = problems
        .iter()
        .map(|it| {
            format!("{} {} {} {}", it.table.trim_start_matches("abuse_filter"), it.id, it.cause.code(), it.detail)
        })
        .collect();
    told.sort();
    told
}

#[tokio::test]
async fn tables_of_old_versions_come_over_and_each_bad_row_is_told() {
    for farm in Farm::each().await {
        let (dry, dry_problems) = farm.bring(OLD, false, true).await;
        let (report, problems) = farm.bring(OLD, false, false).await;
        assert_eq!(
            (&dry.tables, &dry.here_after, &dry.problems),
            (&report.tables, &report.here_after, &report.problems)
        );
        assert_eq!(told(&dry_problems), told(&problems));
        let wanted = [
            " 2 group_replaced strange",
            " 2 unknown_consequence explode",
            " 3 bad_syntax ",
            " 4 made_local ",
            " 6 bad_value af_timestamp",
            " 7 not_utf8 ",
            "_action 99 no_filter 99",
            "_history 21 bad_actions ",
            "_history 22 bad_value afh_timestamp",
            "_history 31 no_filter 98",
            "_log 10 dump_external ",
            "_log 11 dump_object ",
            "_log 12 dump_missing ",
            "_log 13 no_filter 98",
            "_log 14 no_farm_filter 5",
            "_log 16 bad_value afl_timestamp",
        ];
        assert_eq!(told(&problems), wanted);
        let log = report.tables["abuse_filter_log"];
        assert_eq!((log.source, log.now, log.mirrored, log.refused), (11, 7, 1, 3));

        let mut conn = farm.store.reader().await.unwrap();
        let key = |number| FilterKey { wiki: wiki(), number: crate::model::FilterNumber(number) };
        let mut filters = Vec::new();
        for number in 1..=7 {
            let filter = crate::life::records::one(&mut conn, &key(number)).await.unwrap();
            filters.push(
                filter.map(|it| (it.draft.state, it.version.0, it.draft.privacy.bits(), it.draft.group, it.hits)),
            );
        }
        let group = || "default".to_owned();
        let wanted = [
            Some((State::Enabled, 3, 0, group(), 40)),
            // Its group is not registered here.
            Some((State::Disabled, 1, 1, group(), 0)),
            Some((State::Disabled, 1, 0, group(), 0)),
            Some((State::Deleted, 1, 1, group(), 0)),
            // Its history is not what it is now.
            Some((State::Enabled, 2, 0, group(), 0)),
            None,
            Some((State::Enabled, 1, 0, group(), 0)),
        ];
        assert_eq!(filters, wanted);
        assert_eq!(report.versions_added, 3);
        let guard = crate::brake::records::guard_of(&mut conn, &key(1), &wiki()).await.unwrap().unwrap();
        assert!(guard.latched().destructive && !guard.latched().obstructive, "the brake was on");
        let version =
            crate::life::records::one_version(&mut conn, &key(1), crate::model::Version(2)).await.unwrap().unwrap();
        assert_eq!(
            (version.edited_by.key.as_str(), version.edited_by.name.as_str(), version.edited_at.to_string().as_str()),
            ("wiki:enwiki:5", "Ed", "2020-02-01T00:00:00Z")
        );
        assert_eq!(version.draft.actions.0["throttle"], ["1", "3,60", "user"]);
        assert_eq!(
            (version.changed_fields, version.draft.privacy.bits()),
            (vec!["rules".to_owned(), "privacy".to_owned()], 1)
        );
        drop(conn);

        let hits = farm.hits().await;
        let ids: Vec<i64> = hits.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids, [8, 9, 10, 11, 12, 15, 17]);
        let hit = |id| hits.iter().find(|(it, _)| *it == id).unwrap().1.clone();
        let wanted = json!({
            "filter": "1", "version": 1, "actor": "192.0.2.9", "type": "ip", "title": "Foo bar", "decision": "refuse",
            "taken": ["disallow", "tag"], "rev": null, "address": "192.0.2.9",
            "variables": {"page_title": "Foo bar", "user_name": "192.0.2.9", "new_size": 5},
        });
        assert_eq!(hit(8), wanted);
        assert_eq!(
            (&hit(9)["version"], &hit(9)["variables"]),
            (&json!(3), &json!({"action": "edit", "added_lines": ["a"]}))
        );
        assert_eq!((&hit(9)["rev"], &hit(9)["type"], &hit(9)["address"]), (&json!(77), &json!("named"), &json!(null)));
        assert_eq!(hit(10)["variables"], json!(null));
        assert_eq!((&hit(15)["type"], &hit(15)["actor"]), (&json!("unknown"), &json!("Wanted name")));

        // Nothing twice; what was refused is tried again, and told again.
        let (again, problems_again) = farm.bring(OLD, false, false).await;
        assert!(again.is_unchanged() && again.here_after == report.here_after, "{again:?}");
        assert_eq!(again.problems, report.problems);
        let lost: Vec<String> = told(&problems).into_iter().filter(|it| again_told(it)).collect();
        assert_eq!(told(&problems_again), lost);
    }
}

/// What a second run tells again: rows that are not here.
fn again_told(line: &str) -> bool {
    ["bad_value", "no_filter", "no_farm_filter"].iter().any(|cause| line.contains(cause))
        && !line.starts_with("_history 22")
}

#[tokio::test]
async fn tables_of_new_versions_come_over_with_farm_wide_filters_and_protected_values() {
    for farm in Farm::each().await {
        let (report, problems) = farm.bring(NEW, true, false).await;
        assert_eq!(told(&problems), Vec::<String>::new());
        assert_eq!(report.tables["abuse_filter_log"].now, 4);
        let mut conn = farm.store.reader().await.unwrap();
        let farm_wide = FilterKey { wiki: WikiId::farm(), number: crate::model::FilterNumber(2) };
        let filter = crate::life::records::one(&mut conn, &farm_wide).await.unwrap().unwrap();
        assert_eq!((filter.edited_by.name.as_str(), filter.edited_by.number), ("Steward", Some(9)));
        let protected = FilterKey { wiki: wiki(), number: crate::model::FilterNumber(1) };
        let filter = crate::life::records::one(&mut conn, &protected).await.unwrap().unwrap();
        assert_eq!(
            (filter.draft.privacy.bits(), filter.uses_protected.as_slice()),
            (2, &["user_unnamed_ip".to_owned()][..])
        );
        drop(conn);
        let hits = farm.hits().await;
        let hit = |id: i64| hits.iter().find(|(it, _)| *it == id).unwrap().1.clone();
        // The value stood with the address; in the dump there was only a mark.
        assert_eq!(hit(1)["variables"], json!({"action": "edit", "user_unnamed_ip": "192.0.2.7"}));
        assert_eq!((&hit(1)["address"], &hit(1)["type"]), (&json!("192.0.2.7"), &json!("temp")));
        // Older rows have it only as the address of the request.
        assert_eq!(hit(2)["variables"], json!({"action": "edit", "user_unnamed_ip": "2001:db8::9"}));
        // Its filter does not read it.
        assert_eq!((&hit(3)["filter"], &hit(3)["variables"]), (&json!("global-2"), &json!({"action": "edit"})));
        assert_eq!(hit(4)["filter"], "global-2");
        let clear = |bytes: &[u8]| bytes.windows(9).any(|part| part == b"192.0.2.7");
        if farm.store.is_sqlite() {
            farm.store.close().await;
            let file = std::fs::read(farm.folder.path().join("wikiward.db")).unwrap();
            assert!(!clear(&file), "no address lies in the database in the clear");
        }
    }
}

#[tokio::test]
async fn what_stood_in_the_way_is_brought_over_when_it_is_gone() {
    let farm = Farm::on(None).await;
    // The wiki's own log tells of a farm-wide filter that is not here yet.
    let (first, _) = farm.bring(OLD, false, false).await;
    assert_eq!(first.problems["abuse_filter_log"]["no_farm_filter"], 1);
    let mut tx = farm.store.begin().await.unwrap();
    let one = FilterKey { wiki: wiki(), number: crate::model::FilterNumber(1) };
    let mut filter = crate::life::records::one(&mut tx, &one).await.unwrap().unwrap();
    filter.key = FilterKey { wiki: WikiId::farm(), number: crate::model::FilterNumber(5) };
    crate::life::records::insert(&mut tx, &filter).await.unwrap();
    tx.commit().await.unwrap();
    let (second, _) = farm.bring(OLD, false, false).await;
    assert_eq!((second.tables["abuse_filter_log"].now, second.tables["abuse_filter_log"].refused), (1, 2));
    assert_eq!(second.problems["abuse_filter_log"].get("no_farm_filter"), None);
    let (third, _) = farm.bring(OLD, false, false).await;
    assert!(third.is_unchanged() && third.is_whole());
}

#[tokio::test]
async fn a_number_that_is_taken_here_is_not_taken_over() {
    let farm = Farm::on(None).await;
    let mut tx = farm.store.begin().await.unwrap();
    let other = Farm::on(None).await;
    other.bring(NEW, true, false).await;
    let one = FilterKey { wiki: wiki(), number: crate::model::FilterNumber(1) };
    let filter = crate::life::records::one(&mut other.store.reader().await.unwrap(), &one).await.unwrap().unwrap();
    crate::life::records::insert(&mut tx, &filter).await.unwrap();
    tx.commit().await.unwrap();
    let (report, problems) = farm.bring(OLD, false, false).await;
    assert!(told(&problems).contains(&" 1 number_taken ".to_owned()));
    assert_eq!(report.tables["abuse_filter"].refused, 2);
    assert_eq!(report.tables["abuse_filter_history"].refused, 6);
    let kept = crate::life::records::one(&mut farm.store.reader().await.unwrap(), &one).await.unwrap().unwrap();
    assert_eq!(kept.draft, filter.draft);
}

#[tokio::test]
async fn what_are_no_tables_of_abusefilter_is_told() {
    let farm = Farm::on(None).await;
    for (dump, wanted) in [
        ("CREATE TABLE t (a int);", "abuse_filter is not there"),
        ("CREATE TABLE abuse_filter (af_id int, af_pattern blob);", "abuse_filter.af_timestamp is not there"),
    ] {
        let staged = farm.folder.path().join("other.db");
        let _ = std::fs::remove_file(&staged);
        staging::stage(|| Ok(dump.as_bytes()), &staged, "", &mut |_, _| {}).await.unwrap();
        let error = Tables::open(Foreign::sqlite(&staged, "").await.unwrap()).await.unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{error}");
    }
    let plan = Plan { wiki: "nowiki".parse().unwrap(), is_central: false, is_dry_run: false };
    let unknown = Migration::new(&farm.filters, &farm.hits, Principal::Operator, plan).unwrap_err();
    assert_eq!(unknown.to_string(), "there is no wiki `nowiki` here. Add it with `wikiward wiki add`");
}
