//! What of jobs only shows with several at work at once, on each database.

use super::instruction::{Report, Reported, UndoResult};
use super::records::{self, Which};
use crate::hits::tests::on_both::{Fresh, on_both};
use crate::model::{FilterKey, FilterNumber};
use wikiward_farm::clock::from_micros;
use wikiward_farm::{Clock as _, Id, SystemEntropy, WikiId};
use wikiward_store::sql;

on_both! {
    of_two_reports_at_once_the_first_stands,
    jobs_that_wait_and_jobs_that_were_confirmed_are_counted,
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
