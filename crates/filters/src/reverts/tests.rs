//! What of jobs only shows with several at work at once, on each database.

use super::instruction::{Report, Reported, UndoResult};
use super::records::{self, Way, Which};
use super::service::rest_to;
use crate::hits::Sight;
use crate::hits::settings::RestrictedRows;
use crate::hits::tests::on_both::{Fresh, on_both};
use crate::hits::tests::record;
use crate::model::{FilterKey, FilterNumber};
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Clock as _, Id, SystemEntropy, Timestamp, Viewer, WikiId};
use wikiward_store::sql;

on_both! {
    of_two_reports_at_once_the_first_stands,
    jobs_that_wait_and_jobs_that_were_confirmed_are_counted,
    hits_are_found_along_an_index_and_only_so_many_are_looked_at,
}

/// A row of a job that its wiki is to carry out.
async fn pending(fresh: &Fresh, job_id: Id, number: u32) {
    const INSERT: &str = "INSERT INTO revert_rows (job_id, row_number, hit_id, wiki, consequence, state, cause, note, \
        changed_at) VALUES ($1, $2, $1, 'enwiki', 'block', 'pending', '', '', 0)";
    fresh.execute(sql!(INSERT, job_id, number)).await;
}

fn says(job_id: Id, number: u32, result: UndoResult, note: &str) -> Report {
    Report { id: (job_id, number), result, cause: String::new(), note: note.into() }
}

async fn of_two_reports_at_once_the_first_stands(fresh: Fresh) {
    let now = fresh.clock.now();
    let wiki: WikiId = "enwiki".parse().unwrap();
    let job_id = Id::new(now, &SystemEntropy);
    pending(&fresh, job_id, 1).await;
    let mut first = fresh.store.begin().await.unwrap();
    let done = says(job_id, 1, UndoResult::Reverted, "first");
    assert_eq!(records::report(&mut first, &wiki, &done, now).await.unwrap(), Reported::Noted);
    let (store, other) = (fresh.store.clone(), wiki.clone());
    let second = tokio::spawn(async move {
        let mut second = store.begin().await.unwrap();
        let none = says(job_id, 1, UndoResult::NothingToDo, "second");
        let told = records::report(&mut second, &other, &none, now).await.unwrap();
        second.commit().await.unwrap();
        told
    });
    // Long enough for the second to have looked at what the first has not told yet.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    first.commit().await.unwrap();
    assert_eq!(second.await.unwrap(), Reported::Other, "the second is told what stands");
    let stands = "SELECT state || ' ' || note FROM revert_rows";
    assert_eq!(fresh.texts(stands).await, ["reverted first"]);
    let mut again = fresh.store.begin().await.unwrap();
    assert_eq!(records::report(&mut again, &wiki, &done, now).await.unwrap(), Reported::Before);
    let none = says(job_id, 2, UndoResult::Failed, "");
    assert_eq!(records::report(&mut again, &wiki, &none, now).await.unwrap(), Reported::Unknown);
}

/// A job of filter 1 of enwiki; `at` is when it was prepared and, if it was, confirmed or given up, in seconds.
async fn job(fresh: &Fresh, wiki: &str, at: i64, confirmed: bool, cancelled: bool) {
    const INSERT: &str = "INSERT INTO revert_jobs (job_id, wiki, filter_wiki, filter_id, from_at, to_at, consequences, reason, \
        is_cut, prepared_at, by_key, by_name, token_digest, confirmed_at, cancelled_at) VALUES ($1, $2, 'enwiki', 1, 0, 1, \
        '[]', 'r', FALSE, $3, 'account:1', 'A', $1, $4, $5)";
    let at = at * 1_000_000;
    let job_id = Id::new(from_micros(at), &SystemEntropy);
    let when = |did: bool| did.then_some(at);
    fresh.execute(sql!(INSERT, job_id, wiki, at, when(confirmed), when(cancelled))).await;
}

async fn jobs_that_wait_and_jobs_that_were_confirmed_are_counted(fresh: Fresh) {
    for (wiki, at, confirmed, cancelled) in [
        ("enwiki", 99, false, false),
        ("enwiki", 100, false, false),
        ("enwiki", 300, false, false),
        ("enwiki", 200, false, true),
        ("enwiki", 150, true, false),
        ("enwiki", 160, true, true),
        ("dewiki", 170, false, false),
        ("dewiki", 170, true, false),
    ] {
        job(&fresh, wiki, at, confirmed, cancelled).await;
    }
    let at = |second: i64| from_micros(second * 1_000_000);
    let wiki: WikiId = "enwiki".parse().unwrap();
    let filter = FilterKey { wiki: wiki.clone(), number: FilterNumber(1) };
    let which = Which { wiki: &wiki, filter: &filter, from: at(0), to: at(1) };
    let mut conn = fresh.store.reader().await.unwrap();
    let mut open = async |is_confirmed, since| records::open(&mut conn, &which, is_confirmed, at(since)).await.unwrap();
    assert_eq!(open(false, 100).await, (2, Some(at(100))));
    assert_eq!(open(true, 100).await, (2, Some(at(150))), "what was given up later was carried out in part");
    assert_eq!(open(true, 161).await, (0, None));
}

async fn hits_are_found_along_an_index_and_only_so_many_are_looked_at(fresh: Fresh) {
    let writer = fresh.writer();
    // Every fifth of filter 1 blocks; filter 2 does nothing else.
    for number in 0..20_u32 {
        for filter in [1, 2] {
            let mut record = record(&format!("a{filter}-{number}"), filter);
            record.at = from_micros(micros(record.at) + i64::from(number) * 1_000_000);
            let taken = if filter == 2 || number % 5 == 0 { "block" } else { "tag" };
            record.hits[0].taken = vec![taken.into()];
            writer.submit(record).stored().await;
        }
    }
    writer.close().await;
    let (wiki, farm): (WikiId, WikiId) = ("enwiki".parse().unwrap(), WikiId::farm());
    let sight = Sight::of(&Viewer::system(), &wiki, RestrictedRows::Omit, |_| Vec::new());
    let filter = FilterKey { wiki: wiki.clone(), number: FilterNumber(1) };
    let everywhere = FilterKey { wiki: farm.clone(), number: FilterNumber(1) };
    let (from, to) = (fresh.clock.now(), from_micros(micros(fresh.clock.now()) + 60_000_000));
    let which = Which { wiki: &wiki, filter: &filter, from, to };
    let on_farm = Which { wiki: &farm, filter: &everywhere, from, to };
    for (which, way, [sqlite, postgres]) in [
        (&which, Way::Filter, ["hits_filter", "hits_filter"]),
        (&which, Way::Consequence, ["SEARCH c USING PRIMARY KEY (wiki=? AND name=?", "hit_consequences_pkey"]),
        (&on_farm, Way::Filter, ["hits_farm_filter", "hits_farm_filter"]),
    ] {
        for sql in [
            records::reach_sql(which, "block", way, None, None, 5),
            records::reach_sql(which, "block", way, Some(from), Some(&sight), 5),
            records::taken_sql(which, "block", way, Some(from), &sight, 5),
        ] {
            let plan = fresh.plan(&sql).await;
            assert!(plan.contains(sqlite) || plan.contains(postgres), "{way:?}: {plan}");
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "in its order: {plan}");
        }
    }
    let mut conn = fresh.store.reader().await.unwrap();
    let at = |second: i64| from_micros(micros(from) + second * 1_000_000);
    for (way, most, found) in
        [(Way::Filter, 20, None), (Way::Filter, 19, Some(at(0))), (Way::Consequence, 23, Some(at(0)))]
    {
        let end = conn.row(records::reach_sql(&which, "block", way, None, None, most)).await.unwrap();
        assert_eq!(end.map(|row| row.get::<Timestamp>(0).unwrap()), found, "{way:?} {most}");
    }
    let mut found = async |way, after| {
        let rows = conn.rows(records::taken_sql(&which, "block", way, after, &sight, 100)).await.unwrap();
        rows.iter().map(|row| row.get::<Timestamp>(1).unwrap()).collect::<Vec<_>>()
    };
    for way in [Way::Filter, Way::Consequence] {
        assert_eq!(found(way, None).await, [at(15), at(10), at(5), at(0)], "{way:?}");
        assert_eq!(found(way, Some(at(5))).await, [at(15), at(10)], "{way:?}");
    }
    let mut taken = async |which: &Which<'_>, sight: &Sight, most| {
        let (hits, end) = records::taken(&mut conn, which, "block", sight, 100, most).await.unwrap();
        (hits.iter().map(|hit| hit.key.at).collect::<Vec<_>>(), end)
    };
    assert_eq!(taken(&which, &sight, 20).await, (vec![at(15), at(10), at(5), at(0)], None));
    // Where there are more, one asks again up to where it ended, and in the end nothing is left out and nothing twice.
    let (mut all, mut to, mut jobs) = (Vec::new(), which.to, 0);
    loop {
        let (hits, end) = taken(&Which { to, ..which }, &sight, 6).await;
        all.extend(hits);
        jobs += 1;
        let Some(next) = end.and_then(|newest| rest_to(newest, to)) else { break };
        to = next;
    }
    assert_eq!((all, jobs), (vec![at(15), at(10), at(5), at(0)], 4));
    // Where it ends says nothing of hits that may not be seen.
    fresh.execute(sql!("UPDATE hits SET is_hidden = TRUE WHERE at > $1", at(17))).await;
    let public = Sight { hidden_hits: false, ..sight.clone() };
    assert_eq!(taken(&which, &public, 6).await.1, Some(at(11)), "the seventh that may be seen");
    assert_eq!(taken(&which, &sight, 6).await.1, Some(at(13)));
}

#[test]
fn the_next_job_goes_on_where_times_that_are_told_have_it() {
    let at = from_micros;
    assert_eq!(rest_to(at(5_000_123), at(9_000_000)), Some(at(5_001_000)));
    assert_eq!(rest_to(at(5_000_000), at(9_000_000)), Some(at(5_001_000)));
    assert_eq!(rest_to(at(5_000_123), at(5_000_900)), None, "it would be the same job");
}
