//! What happens to filters beside saves.

use super::records;
use crate::model::{FilterKey, Privacy};
use serde_json::Value;
use wikiward_farm::{Entropy, Id, Principal, Timestamp};
use wikiward_store::{Conn, StoreError};

/// Something that happened to a filter.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterEvent {
    /// Names it; sorts by time.
    pub id: Id,
    /// When.
    pub at: Timestamp,
    /// Who: [`Principal::key`].
    pub by_key: String,
    /// Who, for people.
    pub by_name: String,
    /// What, such as `optout.set`.
    pub kind: String,
    /// Why, as a word.
    pub reason_code: String,
    /// Why, in words.
    pub reason: String,
    /// What belongs to it.
    pub details: Value,
}

/// An event to be written.
#[derive(Debug, Clone)]
pub struct NewEvent<'e> {
    /// The filter.
    pub key: &'e FilterKey,
    /// Its privacy now.
    pub privacy: Privacy,
    /// Who.
    pub by: &'e Principal,
    /// What, such as `optout.set`, `export`, `autodisable`.
    pub kind: &'static str,
    /// Why, as a word; may be empty.
    pub reason_code: &'static str,
    /// Why, in words; may be empty.
    pub reason: &'e str,
    /// What belongs to it. Never secrets, addresses or protected values.
    pub details: Value,
}

/// Writes an event into the filter's history.
///
/// # Errors
/// [`StoreError`] as the database answers.
pub async fn append(
    conn: &mut Conn,
    event: &NewEvent<'_>,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Id, StoreError> {
    let id = Id::new(now, entropy);
    records::insert_event(conn, event, id, now).await?;
    Ok(id)
}

/// Details of a filter's events of one kind since `since`, oldest first.
///
/// # Errors
/// [`StoreError`] as the database answers.
pub async fn of_kind(conn: &mut Conn, key: &FilterKey, kind: &str, since: Timestamp) -> Result<Vec<Value>, StoreError> {
    records::events_of(conn, key, kind, since).await
}
