//! What pages may use.

use axum::extract::FromRef;
use std::sync::Arc;
use wikiward_farm::{Checkup, Clock, Entropy};
use wikiward_filters::backtest::Backtests;
use wikiward_filters::hits::{HitWriter, Hits};
use wikiward_filters::judge::Judge;
use wikiward_filters::life::Filters;
use wikiward_people::People;
use wikiward_store::{Sealer, Store};

/// The services behind the pages. Handlers take the ones they use as `State<…>`.
#[derive(Debug, Clone)]
pub struct Console {
    /// The database: for the audit log and health.
    pub store: Store,
    /// Wikis, tokens, accounts, sessions.
    pub people: Arc<People>,
    /// Filters, their history, their groups.
    pub filters: Filters,
    /// Hits, and what people do with them.
    pub hits: Hits,
    /// Rules tried on stored actions.
    pub backtests: Backtests,
    /// Writes hits; here, says how many wait.
    pub writer: HitWriter,
    /// Judges actions; here, tries rules.
    pub judge: Arc<Judge>,
    /// How the service does.
    pub checkup: Arc<dyn Checkup>,
    /// Seals and signs what browsers keep for the console.
    pub sealer: Sealer,
    /// Whether browsers come over TLS only, so that cookies are marked so.
    pub is_secure: bool,
    /// Address at which people reach the console, without a slash at its end: for links that are handed on.
    pub public_url: String,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

macro_rules! parts {
    ($($field:ident: $type:ty,)+) => {
        $(impl FromRef<Console> for $type {
            fn from_ref(console: &Console) -> Self { console.$field.clone() }
        })+
    };
}

parts! {
    store: Store,
    people: Arc<People>,
    filters: Filters,
    hits: Hits,
    judge: Arc<Judge>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}
