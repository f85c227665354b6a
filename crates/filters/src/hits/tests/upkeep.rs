//! What runs by itself.

use super::leaks::{hit, hits, question};
use super::on_both::{Fresh, on_both};
use super::wiki;
use crate::hits::list::{Log, Selection};
use crate::hits::settings::{HitSettings, RestrictedRows};
use crate::hits::steer::Verdict;
use crate::hits::visible::Sight;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use wikiward_farm::{ActorType, Clock as _, Principal, Viewer};
use wikiward_store::sql;

on_both! {
    what_expired_is_removed_and_nothing_else,
    hits_go_with_all_that_belongs_to_them,
    hits_of_a_filter_that_became_public_are_found_after_realigning,
    a_renamed_user_is_renamed_everywhere,
}

fn everything() -> (Viewer, Sight) {
    let viewer = Viewer::system();
    let sight = Sight::of(&viewer, &wiki(), RestrictedRows::Omit, |_| Vec::new());
    (viewer, sight)
}

async fn what_expired_is_removed_and_nothing_else(fresh: Fresh) {
    let writer = fresh.writer();
    writer.submit(hit("enwiki", 3, 0)).stored().await;
    writer.submit(hit("enwiki", 3, 3600)).stored().await;
    let hits = hits(&fresh);
    let settings = HitSettings::default();
    fresh.clock.advance_hours(90 * 24);
    let swept = hits.sweep(&settings, fresh.clock.now()).await.unwrap();
    assert_eq!((swept.addresses, swept.protected, swept.hits), (0, 0, 0));
    assert_eq!(swept.evaluations, 2);
    fresh.clock.advance_hours(1);
    let swept = hits.sweep(&settings, fresh.clock.now()).await.unwrap();
    assert_eq!((swept.addresses, swept.protected, swept.hits), (1, 1, 0));
    assert_eq!(fresh.number("SELECT COUNT(*) FROM hit_addresses").await, 3);
    assert_eq!(fresh.number("SELECT COUNT(*) FROM hits").await, 2);
    // The hit is still there, and says that its address is not.
    let (viewer, sight) = everything();
    let page = hits.list(&question(Selection::default()), &sight, &viewer).await.unwrap();
    let id = page.items.last().unwrap().key.hit_id;
    let one = hits.one(&Log::Wiki(wiki()), id, &sight, &viewer).await.unwrap().unwrap();
    assert_eq!(one.variables.unwrap().expired, ["user_unnamed_ip"]);
    let details = hits.private_details(&Log::Wiki(wiki()), id, &sight, &viewer, "", false).await.unwrap().unwrap();
    assert_eq!(details.address, None);
}

async fn hits_go_with_all_that_belongs_to_them(fresh: Fresh) {
    let writer = fresh.writer();
    let mut tickets = Vec::new();
    for n in 0..1200 {
        let mut record = hit("enwiki", 1, n);
        record.variables = Arc::new(BTreeMap::from([("n".into(), json!(n / 2))]));
        record.hits[0].withheld = vec!["block".into()];
        tickets.push(writer.submit(record));
    }
    for ticket in tickets {
        ticket.stored().await;
    }
    let hits = hits(&fresh);
    let (viewer, sight) = everything();
    let newest = hits.list(&question(Selection::default()), &sight, &viewer).await.unwrap().items[0].key.hit_id;
    assert!(hits.assess(&Log::Wiki(wiki()), newest, &sight, &viewer, Verdict::Unsure, "").await.unwrap());
    fresh.clock.advance_hours(24);
    let mut settings = HitSettings { hits_days: 1, ..HitSettings::default() };
    // 601 seconds after the start a day ago.
    let now = wikiward_farm::clock::from_micros(super::START + 24 * 3_600_000_000 + 601_000_000);
    let swept = hits.sweep(&settings, now).await.unwrap();
    assert_eq!((swept.hits, swept.dumps), (601, 300));
    assert_eq!(fresh.number("SELECT COUNT(*) FROM dumps").await, 300);
    settings.hits_days = 1;
    fresh.clock.advance_hours(24);
    let swept = hits.sweep(&settings, fresh.clock.now()).await.unwrap();
    assert_eq!((swept.hits, swept.dumps), (599, 300));
    for table in [
        "SELECT COUNT(*) FROM hits",
        "SELECT COUNT(*) FROM dumps",
        "SELECT COUNT(*) FROM hit_consequences",
        "SELECT COUNT(*) FROM hit_addresses",
        "SELECT COUNT(*) FROM hit_assessments",
        "SELECT COUNT(*) FROM evaluations",
    ] {
        assert_eq!(fresh.number(table).await, 0, "{table}");
    }
}

async fn hits_of_a_filter_that_became_public_are_found_after_realigning(fresh: Fresh) {
    let writer = fresh.writer();
    for n in 0..3 {
        writer.submit(hit("enwiki", 2, n)).stored().await;
    }
    writer.submit(hit("*", 2, 3)).stored().await;
    let hits = hits(&fresh);
    let viewer = crate::hits::visible::tests::viewer(&crate::hits::visible::tests::classes()[0].1);
    let sight = Sight::of(&viewer, &wiki(), RestrictedRows::Omit, |_| Vec::new());
    let seen = async || hits.list(&question(Selection::default()), &sight, &viewer).await.unwrap().items.len();
    let set = "UPDATE filters SET privacy = $3 WHERE wiki = $1 AND filter_id = $2";
    fresh.execute(sql!(set, "enwiki", 2_i64, 0_i64)).await;
    assert_eq!(hits.realign(&wiki(), 2).await.unwrap(), 3);
    assert_eq!(seen().await, 3);
    // Hidden again: gone at once, before anything is moved.
    fresh.execute(sql!(set, "enwiki", 2_i64, 1_i64)).await;
    assert_eq!(seen().await, 0);
    assert_eq!(hits.realign(&wiki(), 2).await.unwrap(), 3);
    fresh.execute(sql!(set, "*", 2_i64, 0_i64)).await;
    assert_eq!(hits.realign(&wikiward_farm::WikiId::farm(), 2).await.unwrap(), 1);
    assert_eq!(seen().await, 1);
    assert_eq!(hits.realign(&wiki(), 77).await.unwrap(), 0);
}

async fn a_renamed_user_is_renamed_everywhere(fresh: Fresh) {
    let writer = fresh.writer();
    let mut ids = Vec::new();
    for (n, name) in ["Example", "Example", "Other"].into_iter().enumerate() {
        let mut record = hit("enwiki", 3, i64::try_from(n).unwrap());
        record.actor.name = name.into();
        record.actor.kind = ActorType::Named;
        record.variables = Arc::new(BTreeMap::from([
            ("user_name".into(), json!(name)),
            ("page_recent_contributors".into(), json!(["A", name])),
        ]));
        ids.push(record.hits[0].hit_id);
        writer.submit(record).stored().await;
    }
    let (hits, log) = (hits(&fresh), Log::Wiki(wiki()));
    let (viewer, sight) = everything();
    hits.one(&log, ids[0], &sight, &viewer).await.unwrap();
    assert_eq!(hits.rename_user(&Principal::System, &wiki(), "Example", "Renamed user 1").await.unwrap(), 2);
    assert_eq!(hits.rename_user(&Principal::System, &wiki(), "Example", "Renamed user 1").await.unwrap(), 0);
    let one = hits.one(&log, ids[0], &sight, &viewer).await.unwrap().unwrap();
    assert_eq!(one.row.actor_name, "Renamed user 1");
    let values = one.variables.unwrap().values;
    assert_eq!(
        (&values["user_name"], &values["page_recent_contributors"]),
        (&json!("Renamed user 1"), &json!(["A", "Renamed user 1"]))
    );
    assert_eq!(values["user_unnamed_ip"], "203.0.113.9");
    let other = hits.one(&log, ids[2], &sight, &viewer).await.unwrap().unwrap();
    assert_eq!(other.variables.unwrap().values["user_name"], "Other");
    assert_eq!(fresh.number("SELECT COUNT(*) FROM dumps").await, 2);
    assert_eq!(fresh.number("SELECT CAST(SUM(uses) AS BIGINT) FROM dumps").await, 3);
    assert_eq!(
        fresh.texts("SELECT DISTINCT subject FROM access_log WHERE subject LIKE 'Ex%'").await,
        Vec::<String>::new()
    );
}
