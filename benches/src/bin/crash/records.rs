//! What the database holds, read beside the running service.

use anyhow::Result;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use wikiward_farm::SystemClock;
use wikiward_store::{Database, OpenOptions, Store};

const ACTIONS: &str = "SELECT DISTINCT action_id FROM hits";
const DOUBLED: &str = "SELECT wiki, action_id, filter_wiki, filter_id, COUNT(*) FROM hits \
                       GROUP BY wiki, action_id, filter_wiki, filter_id HAVING COUNT(*) > 1";

/// Hits that are stored.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// Actions with a hit.
    pub(crate) actions: HashSet<String>,
    /// Actions with several hits of one filter.
    pub(crate) doubled: Vec<String>,
}

/// Reads them.
pub(crate) async fn stored(database: &Path) -> Result<Stored> {
    let database = Database::Sqlite(database.to_owned());
    let store = Store::open(&database, &OpenOptions::default(), Arc::new(SystemClock)).await?;
    let mut conn = store.snapshot().await?;
    let mut stored = Stored::default();
    for row in conn.rows(ACTIONS).await? {
        stored.actions.insert(row.get(0)?);
    }
    for row in conn.rows(DOUBLED).await? {
        let (wiki, action): (String, String) = (row.get(0)?, row.get(1)?);
        let (filter_wiki, filter, count): (String, i64, i64) = (row.get(2)?, row.get(3)?, row.get(4)?);
        stored.doubled.push(format!("{wiki} {action}: {count} hits of filter {filter_wiki}:{filter}"));
    }
    drop(conn);
    store.close().await;
    Ok(stored)
}
