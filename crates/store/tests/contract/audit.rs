use crate::Fresh;
use wikiward_farm::{AuditEntry, Clock as _, Limit, Principal, SystemClock, WikiId};
use wikiward_store::audit::{Question, Verification};
use wikiward_store::sql;

async fn entries(fresh: &Fresh, wikis: &[&str]) {
    for (number, wiki) in wikis.iter().enumerate() {
        let entry = AuditEntry {
            at: SystemClock.now(),
            by: Principal::Operator,
            wiki: wiki.parse::<WikiId>().unwrap(),
            action: "filter.save",
            subject: format!("filter:{number}"),
            reason: "because".into(),
            details: serde_json::json!({"version": number}),
        };
        let mut tx = fresh.store.begin().await.unwrap();
        tx.audit(&entry).await.unwrap();
        tx.commit().await.unwrap();
    }
}

async fn tamper(fresh: &Fresh, statement: &'static str) -> Verification {
    let mut tx = fresh.store.begin().await.unwrap();
    tx.execute(sql!(statement)).await.unwrap();
    tx.commit().await.unwrap();
    fresh.store.verify_audit().await.unwrap()
}

pub(crate) async fn the_chain_is_whole_until_somebody_touches_it(fresh: Fresh) {
    assert_eq!(fresh.store.verify_audit().await.unwrap(), Verification::Whole { entries: 0 });
    entries(&fresh, &["enwiki", "dewiki", "enwiki", "*"]).await;
    assert_eq!(fresh.store.verify_audit().await.unwrap(), Verification::Whole { entries: 4 });
    let gone = tamper(&fresh, "DELETE FROM audit_log WHERE seq = 4").await;
    assert_eq!(gone, Verification::Short { found: 3, wanted: 4 });
    let changed = tamper(&fresh, "UPDATE audit_log SET reason = 'none' WHERE seq = 2").await;
    assert_eq!(changed, Verification::Broken { seq: 2 });
    let removed = tamper(&fresh, "DELETE FROM audit_log WHERE seq = 1").await;
    assert_eq!(removed, Verification::Broken { seq: 2 });
}

pub(crate) async fn entries_are_listed_newest_first_in_full_pages(fresh: Fresh) {
    entries(&fresh, &["enwiki", "dewiki", "enwiki", "dewiki", "enwiki"]).await;
    let mut question = Question { wiki: Some("enwiki".into()), limit: Limit::new(2).unwrap(), ..Question::default() };
    let first = fresh.store.audit_entries(&question).await.unwrap();
    assert_eq!(first.items.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [5, 3]);
    question.before = first.next;
    let second = fresh.store.audit_entries(&question).await.unwrap();
    assert_eq!(second.items.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1]);
    assert_eq!(second.next, None);
}
