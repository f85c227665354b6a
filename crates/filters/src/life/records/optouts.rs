//! Rows of opt-outs.

use super::{corrupt, list};
use crate::life::optout::{OptOut, OptOutMode};
use crate::model::{Editor, FilterNumber};
use serde_json::json;
use wikiward_farm::{Timestamp, WikiId};
use wikiward_store::{Conn, StoreError, sql};

const OPTOUT: &str = "SELECT mode, consequences FROM filter_optouts WHERE wiki = $1 AND filter_id = $2";
const PUT_OPTOUT: &str = "INSERT INTO filter_optouts (wiki, filter_id, mode, consequences, at, by_key, by_name, reason) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (wiki, filter_id) DO UPDATE SET mode = excluded.mode, \
    consequences = excluded.consequences, at = excluded.at, by_key = excluded.by_key, by_name = excluded.by_name, \
    reason = excluded.reason";
const DELETE_OPTOUT: &str = "DELETE FROM filter_optouts WHERE wiki = $1 AND filter_id = $2";

pub(crate) async fn optout(conn: &mut Conn, wiki: &WikiId, number: FilterNumber) -> Result<Option<OptOut>, StoreError> {
    let Some(row) = conn.row(sql!(OPTOUT, wiki, number.0)).await? else { return Ok(None) };
    let mode = OptOutMode::find(&row.get::<String>(0)?).ok_or_else(|| corrupt("optouts.mode"))?;
    Ok(Some(OptOut { mode, consequences: list(&row, 1, "optouts.consequences")? }))
}

/// Who chose an opt-out, when and why.
pub(crate) struct Chosen<'c> {
    pub(crate) at: Timestamp,
    pub(crate) by: Editor,
    pub(crate) reason: &'c str,
}

pub(crate) async fn put_optout(
    conn: &mut Conn,
    wiki: &WikiId,
    number: FilterNumber,
    optout: Option<&OptOut>,
    chosen: &Chosen<'_>,
) -> Result<u64, StoreError> {
    let Some(optout) = optout else { return conn.execute(sql!(DELETE_OPTOUT, wiki, number.0)).await };
    let consequences = json!(optout.consequences).to_string();
    let (key, name) = (chosen.by.key.as_str(), chosen.by.name.as_str());
    let mode = optout.mode.name();
    conn.execute(sql!(PUT_OPTOUT, wiki, number.0, mode, consequences, chosen.at, key, name, chosen.reason)).await
}
