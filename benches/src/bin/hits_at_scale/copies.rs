//! Filling a database with many hits in minutes: some go through the writer that the service uses, the others are copies of
//! them at later times, made inside the database while its secondary indexes are away.

use wikiward_store::{Sql, Store, StoreError, sql};

/// Tables whose secondary indexes are left away while they are filled.
const FILLED: [&str; 3] = ["hits", "hit_addresses", "evaluations"];

const INDEXES: &str = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = $1";

/// The id of a copy: the time of the copy in front, as in every id, and what was random of the first one behind it.
macro_rules! moved_id {
    () => {
        "unhex(printf('%012x', (at + $1) / 1000) || substr(hex(hit_id), 13))"
    };
}

const HITS: &str = concat!(
    "INSERT INTO hits (hit_id, evaluation_id, wiki, audience, filter_wiki, filter_id, filter_version, filter_group, at, \
     action_id, kind, actor_id, actor_name, actor_type, target_ns, target_title, target_page_id, decision, taken, withheld, \
     substituted, dump, ip_sealed, protected_sealed, protected_names, outcome, is_hidden, revision_state, ref_code) SELECT ",
    moved_id!(),
    ", ",
    moved_id!(),
    ", wiki, audience, filter_wiki, filter_id, filter_version, filter_group, at + $1, action_id || '.' || $2, kind, \
     actor_id, actor_name, actor_type, target_ns, target_title, target_page_id, decision, taken, withheld, substituted, \
     unhex(substr(hex(dump), 1, 48) || printf('%016x', $2)), ip_sealed, protected_sealed, protected_names, outcome, \
     is_hidden, revision_state, printf('%03X', $2) || substr(ref_code, 4) FROM hits WHERE at < $3 ORDER BY hit_id"
);
const DUMPS: &str = "INSERT INTO dumps (digest, body, uses, at) SELECT unhex(substr(hex(digest), 1, 48) || \
    printf('%016x', $2)), body, uses, at + $1 FROM dumps WHERE at < $3 ORDER BY digest";
const CONSEQUENCES: &str = concat!(
    "INSERT INTO hit_consequences (wiki, name, at, hit_id) SELECT wiki, name, at + $1, ",
    moved_id!(),
    " FROM hit_consequences WHERE at < $2 ORDER BY wiki, name, at"
);
const ADDRESSES: &str = concat!(
    "INSERT INTO hit_addresses (digest, at, hit_id) SELECT digest, at + $1, ",
    moved_id!(),
    " FROM hit_addresses WHERE at < $2 ORDER BY digest, at"
);
/// Only the evaluations of a day are kept.
const FORGET: &str = "DELETE FROM evaluations";
const EVALUATIONS: &str = "INSERT INTO evaluations (evaluation_id, wiki, action_id, at, answer) SELECT evaluation_id, wiki, \
    action_id, at, CAST('{\"decision\":\"refuse\"}' AS BLOB) FROM hits WHERE at >= $1";
const HITS_OF_FILTERS: &str = "UPDATE filters SET hits = hits * $1";
const DAY: i64 = 86_400_000_000;

/// Makes `copies` of every hit that is there, each `span` microseconds after the one before; the first ones lie before
/// `end`.
pub(crate) async fn copy(store: &Store, copies: i64, span: i64, end: i64) -> Result<(), StoreError> {
    let mut indexes: Vec<(String, String)> = Vec::new();
    let mut tx = store.begin().await?;
    for table in FILLED {
        for row in tx.rows(sql!(INDEXES, table)).await? {
            indexes.push((row.get(0)?, row.get(1)?));
        }
    }
    for (name, _) in &indexes {
        tx.execute(leaked(format!("DROP INDEX {name}"))).await?;
    }
    tx.execute(FORGET).await?;
    tx.commit().await?;
    for copy in 1..=copies {
        let later = copy * span;
        // One transaction a copy: the disk is flushed once.
        let mut tx = store.begin().await?;
        tx.execute(sql!(DUMPS, later, copy, end)).await?;
        tx.execute(sql!(CONSEQUENCES, later, end)).await?;
        tx.execute(sql!(ADDRESSES, later, end)).await?;
        tx.execute(sql!(HITS, later, copy, end)).await?;
        tx.commit().await?;
        println!("  {copy} of {copies} copies");
    }
    let mut tx = store.begin().await?;
    tx.execute(sql!(HITS_OF_FILTERS, copies + 1)).await?;
    tx.execute(sql!(EVALUATIONS, end + copies * span - DAY)).await?;
    tx.commit().await?;
    for (name, text) in indexes {
        let mut tx = store.begin().await?;
        tx.execute(leaked(text)).await?;
        tx.commit().await?;
        println!("  {name}");
    }
    Ok(())
}

/// Statements are made of static texts; a measurement may leak a few.
fn leaked(text: String) -> Sql {
    Sql::from(&*Box::leak(text.into_boxed_str()))
}
