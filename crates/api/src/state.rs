//! What handlers may use.

use crate::cursor::Cursors;
use axum::extract::FromRef;
use std::ops::Deref;
use std::sync::Arc;
use wikiward_farm::{Clock, Entropy};
use wikiward_filters::backtest::Backtests;
use wikiward_filters::hits::Hits;
use wikiward_filters::judge::Judge;
use wikiward_filters::life::Filters;
use wikiward_filters::profile::Profile;
use wikiward_people::People;
use wikiward_store::Store;

/// The services behind the interface. Handlers take the ones they use as `State<…>`. Cheap to clone: every layer and
/// handler that a request passes has its own.
#[derive(Debug, Clone)]
pub struct Api(Arc<Services>);

/// What [`Api`] is made of.
#[derive(Debug)]
pub struct Services {
    /// The database: for the audit log, idempotency keys and health.
    pub store: Store,
    /// Wikis, tokens, accounts, sessions.
    pub people: Arc<People>,
    /// Filters, their history, their groups.
    pub filters: Filters,
    /// Hits, and what people do with them.
    pub hits: Hits,
    /// Rules tried on stored actions.
    pub backtests: Backtests,
    /// Judges actions.
    pub judge: Arc<Judge>,
    /// Cursors of lists.
    pub cursors: Cursors,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl From<Services> for Api {
    fn from(services: Services) -> Self {
        Self(Arc::new(services))
    }
}

impl Deref for Api {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
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
    backtests: Backtests,
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
