//! Rows that tests write.

use crate::model::{Actions, Privacy, State, Tier};
use wikiward_store::{Conn, Store, sql};

#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) wiki: String,
    pub(crate) number: u32,
    pub(crate) version: u32,
    pub(crate) state: State,
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) rules: String,
    pub(crate) actions: Actions,
    pub(crate) priority: i32,
    pub(crate) tier: Tier,
    pub(crate) privacy: Privacy,
    pub(crate) scope: Option<String>,
}

const PUT: &str = "INSERT INTO filters (wiki, filter_id, version, state, filter_group, name, name_key, rules, notes, actions, \
     priority, tier, privacy, scope, brake_profile, hits, maintainers, uses_vars, uses_protected, created_at, \
     created_by_name, edited_at, edited_by_key, edited_by_name, edited_by_number, aged_from) \
     VALUES ($1, $2, $3, $4, $5, $6, $13, $7, '', $8, $9, $10, $11, $12, 'standard', 0, '[]', '[]', '[]', 0, 'A', 0, 'a', 'A', \
     NULL, 0) ON CONFLICT (wiki, filter_id) DO UPDATE SET version = excluded.version, state = excluded.state, \
     rules = excluded.rules, actions = excluded.actions";

pub(crate) async fn put(conn: &mut Conn, row: &Row) {
    let actions = serde_json::to_string(&row.actions.0).unwrap();
    let (state, tier, privacy) = (row.state.name(), row.tier.name(), i64::from(row.privacy.bits()));
    let put = sql!(
        PUT,
        &row.wiki,
        row.number,
        row.version,
        state,
        &row.group,
        &row.name,
        &row.rules,
        actions,
        row.priority,
        tier,
        privacy,
        row.scope.clone(),
        row.name.as_bytes()
    );
    conn.execute(put).await.unwrap();
}

pub(crate) async fn put_alone(store: &Store, row: &Row) {
    let mut tx = store.begin().await.unwrap();
    put(&mut tx, row).await;
    tx.commit().await.unwrap();
}

pub(crate) async fn opt_out(store: &Store, wiki: &str, number: u32, mode: &str) {
    const OPT_OUT: &str = "INSERT INTO filter_optouts (wiki, filter_id, mode, consequences, at, by_key, by_name, reason) \
         VALUES ($1, $2, $3, '[]', 0, 'a', 'A', '')";
    let mut tx = store.begin().await.unwrap();
    tx.execute(sql!(OPT_OUT, wiki, number, mode)).await.unwrap();
    tx.announce("optouts", &format!("{wiki}:{number}")).await.unwrap();
    tx.commit().await.unwrap();
}

pub(crate) async fn forget_changes(store: &Store) {
    let mut tx = store.begin().await.unwrap();
    tx.execute("DELETE FROM changes").await.unwrap();
    tx.commit().await.unwrap();
}

/// A filter of `enwiki` was changed last at `at`.
pub(crate) async fn age(store: &Store, number: u32, at: wikiward_farm::Timestamp) {
    let mut tx = store.begin().await.unwrap();
    tx.execute(sql!("UPDATE filters SET aged_from = $1 WHERE wiki = 'enwiki' AND filter_id = $2", at, number))
        .await
        .unwrap();
    tx.announce("filters", &format!("enwiki:{number}")).await.unwrap();
    tx.announce("people", "wiki:enwiki").await.unwrap();
    tx.commit().await.unwrap();
}

/// The rule of a filter of `enwiki` became another one at `at`.
pub(crate) async fn arm(store: &Store, number: u32, at: wikiward_farm::Timestamp) {
    let mut tx = store.begin().await.unwrap();
    tx.execute(sql!("UPDATE filters SET armed_from = $1 WHERE wiki = 'enwiki' AND filter_id = $2", at, number))
        .await
        .unwrap();
    tx.announce("filters", &format!("enwiki:{number}")).await.unwrap();
    tx.commit().await.unwrap();
}

/// A filter of `enwiki` reads protected variables, and is protected.
pub(crate) async fn protect(store: &Store, number: u32, names: &str) {
    const PROTECT: &str =
        "UPDATE filters SET uses_protected = $1, privacy = 2 WHERE wiki = 'enwiki' AND filter_id = $2";
    let mut tx = store.begin().await.unwrap();
    tx.execute(sql!(PROTECT, names, number)).await.unwrap();
    tx.announce("filters", &format!("enwiki:{number}")).await.unwrap();
    tx.commit().await.unwrap();
}
