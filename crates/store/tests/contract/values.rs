use crate::Fresh;
use wikiward_store::{Row, sql};

const INSERT: &str = "INSERT INTO idempotency_keys (caller, request_key, digest, status, headers, body, at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7)";

async fn insert(fresh: &Fresh, caller: &str, body: Vec<u8>, at: i64) -> Result<u64, wikiward_store::StoreError> {
    let mut tx = fresh.store.begin().await.unwrap();
    let touched = tx.execute(sql!(INSERT, caller, "k", vec![0_u8; 32], 200_i64, "[]", body, at)).await?;
    tx.commit().await?;
    Ok(touched)
}

async fn rows(fresh: &Fresh) -> Vec<Row> {
    let mut conn = fresh.store.reader().await.unwrap();
    conn.rows("SELECT caller, body, at FROM idempotency_keys ORDER BY caller").await.unwrap()
}

pub(crate) async fn every_kind_of_value_comes_back_as_it_went_in(fresh: Fresh) {
    let text = "naïve \u{1F600} ' \" \\ \u{202e}";
    assert_eq!(insert(&fresh, text, vec![0, 255, 0], i64::MIN).await.unwrap(), 1);
    let rows = rows(&fresh).await;
    assert_eq!(rows[0].get::<String>(0).unwrap(), text);
    assert_eq!(rows[0].get::<Vec<u8>>(1).unwrap(), [0, 255, 0]);
    assert_eq!(rows[0].get::<i64>(2).unwrap(), i64::MIN);
    let mut conn = fresh.store.reader().await.unwrap();
    let row = conn
        .one(sql!(
            "SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS DOUBLE PRECISION)",
            None::<i64>,
            None::<String>,
            0.1
        ))
        .await
        .unwrap();
    assert_eq!(row.get::<Option<i64>>(0).unwrap(), None);
    assert_eq!(row.get::<Option<String>>(1).unwrap(), None);
    assert_eq!(row.get::<f64>(2).unwrap().to_bits(), 0.1_f64.to_bits());
    assert!(row.get::<i64>(9).is_err());
}

pub(crate) async fn a_transaction_that_is_dropped_leaves_nothing(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    tx.execute(sql!(INSERT, "a", "k", vec![0_u8; 32], 200_i64, "[]", vec![0_u8], 1_i64)).await.unwrap();
    tx.announce("filters", "enwiki:1").await.unwrap();
    drop(tx);
    assert!(rows(&fresh).await.is_empty());
    assert_eq!(fresh.store.changes_since(0, 10).await.unwrap(), []);
    insert(&fresh, "b", vec![], 1).await.expect("the writer is free again");
}

pub(crate) async fn a_row_that_is_there_already_is_a_constraint(fresh: Fresh) {
    insert(&fresh, "a", vec![], 1).await.unwrap();
    assert!(insert(&fresh, "a", vec![], 2).await.unwrap_err().is_constraint());
}

pub(crate) async fn a_value_can_never_be_a_statement(fresh: Fresh) {
    let mut conn = fresh.store.reader().await.unwrap();
    let before = conn.rows("SELECT name FROM heads").await.unwrap().len();
    assert!(before > 0, "nothing to lose");
    drop(conn);
    let hostile = "x'); DELETE FROM heads; --";
    insert(&fresh, hostile, vec![], 1).await.unwrap();
    assert_eq!(rows(&fresh).await[0].get::<String>(0).unwrap(), hostile);
    let mut conn = fresh.store.reader().await.unwrap();
    assert_eq!(conn.rows("SELECT name FROM heads").await.unwrap().len(), before);
}
