//! What handlers may use.

use crate::cursor::Cursors;
use axum::extract::FromRef;
use std::sync::Arc;
use wikiward_farm::{Clock, Entropy};
use wikiward_filters::hits::Hits;
use wikiward_filters::judge::Judge;
use wikiward_filters::life::Filters;
use wikiward_filters::profile::Profile;
use wikiward_people::People;
use wikiward_store::Store;

/// The services behind the interface. Handlers take the ones they use as `State<…>`.
#[derive(Debug, Clone)]
pub struct Api {
    /// The database: for the audit log, idempotency keys and health.
    pub store: Store,
    /// Wikis, tokens, accounts, sessions.
    pub people: Arc<People>,
    /// Filters, their history, their groups.
    pub filters: Filters,
    /// Hits, and what people do with them.
    pub hits: Hits,
    /// Judges actions.
    pub judge: Arc<Judge>,
    /// Cursors of lists.
    pub cursors: Cursors,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

macro_rules! parts {
    ($($field:ident: $type:ty,)+) => {
        $(impl FromRef<Api> for $type {
            fn from_ref(api: &Api) -> Self { api.$field.clone() }
        })+
    };
}

parts! {
    store: Store,
    people: Arc<People>,
    filters: Filters,
    hits: Hits,
    judge: Arc<Judge>,
    cursors: Cursors,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl FromRef<Api> for Arc<Profile> {
    fn from_ref(api: &Api) -> Self {
        api.judge.profile().clone()
    }
}
