//! What of jobs only shows with several at work at once, on each database.

use super::instruction::{Report, Reported, UndoResult};
use super::records;
use crate::hits::tests::on_both::{Fresh, on_both};
use wikiward_farm::{Clock as _, Id, SystemEntropy, WikiId};
use wikiward_store::sql;

on_both! {
    of_two_reports_at_once_the_first_stands,
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
