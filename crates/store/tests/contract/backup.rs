use crate::{Fresh, open};
use std::io::Cursor;
use wikiward_farm::{AuditEntry, Clock as _, Principal, SystemClock, WikiId};
use wikiward_store::audit::Verification;
use wikiward_store::backup::{BackupError, backup, restore};
use wikiward_store::{Database, sql};

async fn fill(fresh: &Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    for number in 0..1_500_i64 {
        tx.execute(sql!(
            "INSERT INTO idempotency_keys (caller, request_key, digest, status, headers, body, at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            format!("caller {number}"),
            "k",
            vec![7_u8; 32],
            number,
            "naïve \u{1F600}",
            vec![0_u8, 255],
            number,
        ))
        .await
        .unwrap();
    }
    tx.execute(sql!(
        "INSERT INTO accounts (name, name_key, version, is_disabled, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6)",
        "First",
        "first",
        1_i64,
        true,
        1_i64,
        1_i64,
    ))
    .await
    .unwrap();
    tx.audit(&AuditEntry {
        at: SystemClock.now(),
        by: Principal::Operator,
        wiki: WikiId::farm(),
        action: "wiki.create",
        subject: "wiki:enwiki".into(),
        reason: String::new(),
        details: serde_json::Value::Null,
    })
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

async fn written(fresh: &Fresh) -> Vec<u8> {
    let mut file = Vec::new();
    backup(&fresh.store, &mut file).await.unwrap();
    file
}

pub(crate) async fn a_backup_restores_everything_on_either_database(fresh: Fresh) {
    fill(&fresh).await;
    let file = written(&fresh).await;
    let mut others = vec![crate::sqlite().await];
    others.extend(crate::postgres().await);
    for other in others {
        restore(&other.store, Cursor::new(&file)).await.unwrap();
        let mut conn = other.store.reader().await.unwrap();
        let rows = conn.rows("SELECT status, headers, body FROM idempotency_keys ORDER BY status").await.unwrap();
        assert_eq!(rows.len(), 1_500);
        assert_eq!(rows[1_499].get::<i64>(0).unwrap(), 1_499);
        assert_eq!(rows[0].get::<String>(1).unwrap(), "naïve \u{1F600}");
        assert_eq!(rows[0].get::<Vec<u8>>(2).unwrap(), [0, 255]);
        assert_eq!(other.store.verify_audit().await.unwrap(), Verification::Whole { entries: 1 });
        // Numbers that the database gives go on after those restored.
        let mut tx = other.store.begin().await.unwrap();
        let row = tx
            .one(sql!(
                "INSERT INTO accounts (name, name_key, version, is_disabled, created_at, updated_at) \
                 VALUES ($1, 'second', 1, false, 1, 1) RETURNING account_id",
                "Second",
            ))
            .await
            .unwrap();
        assert_eq!(row.get::<i64>(0).unwrap(), 2);
    }
}

pub(crate) async fn a_restore_never_writes_over_what_is_there(fresh: Fresh) {
    fill(&fresh).await;
    let file = written(&fresh).await;
    let refused = restore(&fresh.store, Cursor::new(&file)).await;
    assert!(matches!(refused, Err(BackupError::NotEmpty { .. })), "{refused:?}");
}

pub(crate) async fn a_damaged_backup_is_refused_and_leaves_nothing(fresh: Fresh) {
    fill(&fresh).await;
    let file = written(&fresh).await;
    for damaged in [&file[..file.len() / 2], &file[..file.len() - 1], b"no backup at all", b""] {
        let Database::Sqlite(_) = &fresh.database else { break };
        let other = crate::sqlite().await;
        let refused = restore(&other.store, Cursor::new(damaged)).await;
        assert!(matches!(refused, Err(BackupError::Damaged { .. })), "{refused:?}");
        let mut conn = open(&other.database).await.reader().await.unwrap();
        assert!(conn.rows("SELECT 1 FROM idempotency_keys").await.unwrap().is_empty());
    }
    // A byte that a disk changed, anywhere after the six that only say how it is packed: never restored as if nothing were.
    if matches!(&fresh.database, Database::Sqlite(_)) {
        let other = crate::sqlite().await;
        for place in (6..file.len()).step_by(7) {
            let mut changed = file.clone();
            changed[place] ^= 0x55;
            let refused = restore(&other.store, Cursor::new(&changed)).await;
            assert!(refused.is_err(), "byte {place}: {refused:?}");
        }
        restore(&other.store, Cursor::new(&file)).await.unwrap();
    }
}
