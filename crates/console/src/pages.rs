//! The pages, one module an area. Each has its views (functions from plain values to markup, with samples of every state)
//! and its handlers.

pub mod accounts;
pub(crate) mod acts;
pub mod audit;
pub mod backtests;
pub mod domains;
pub mod filters;
pub mod groups;
pub mod health;
pub mod hits;
pub mod me;
pub mod messages;
pub mod notices;
pub mod preferences;
pub mod profile;
pub mod promotion;
pub mod rights;
pub mod sample;
pub mod sign_in;
pub mod start;
pub mod tokens;
pub mod trials;
pub mod wiki_sets;
pub mod wikis;

use wikiward_farm::paging::Limit;

/// Most wikis that can be chosen from in the head of a page.
pub(crate) fn wikis_max() -> Limit {
    Limit::new(Limit::MAX.into()).unwrap_or_default()
}
