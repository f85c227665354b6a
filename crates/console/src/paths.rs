//! Addresses of pages. The farm itself, `*` as a wiki, is written `farm`.

use crate::visit::encoded;
use wikiward_farm::WikiId;

/// The word for a wiki in addresses.
pub fn wiki_word(wiki: &WikiId) -> &str {
    if wiki.is_farm() { "farm" } else { wiki.as_str() }
}

/// The wiki that `word` means in an address.
pub fn wiki_of(word: &str) -> Option<WikiId> {
    if word == "farm" { Some(WikiId::farm()) } else { word.parse().ok().filter(|wiki: &WikiId| !wiki.is_farm()) }
}

/// The start page.
pub const START: &str = "/";

/// The form to sign in with.
pub const SIGN_IN: &str = "/sign-in";

/// The form to sign in with, and where to go on then.
pub fn sign_in(then: &str) -> String {
    if then == START { SIGN_IN.into() } else { format!("{SIGN_IN}?then={}", encoded(then)) }
}

/// The page behind a link that works once.
pub fn welcome(secret: &str) -> String {
    format!("/welcome/{}", encoded(secret))
}

/// The filters of a wiki.
pub fn filters(wiki: &WikiId) -> String {
    format!("/w/{}/filters", wiki_word(wiki))
}

/// What was saved lately of the filters of a wiki.
pub fn filter_changes(wiki: &WikiId) -> String {
    format!("{}/history", filters(wiki))
}

/// The form for a new filter.
pub fn new_filter(wiki: &WikiId) -> String {
    format!("/w/{}/filters/new", wiki_word(wiki))
}

/// One filter, by its name on the wiki (`17`, `global-17`).
pub fn filter(wiki: &WikiId, gid: &str) -> String {
    format!("/w/{}/filters/{}", wiki_word(wiki), encoded(gid))
}

/// The history of a filter.
pub fn filter_history(wiki: &WikiId, gid: &str) -> String {
    format!("{}/history", filter(wiki, gid))
}

/// Backtests of the person on a wiki.
pub fn backtests(wiki: &WikiId) -> String {
    format!("/w/{}/backtests", wiki_word(wiki))
}

/// One backtest.
pub fn backtest(wiki: &WikiId, id: &str) -> String {
    format!("{}/{id}", backtests(wiki))
}

/// The emergency brake of a filter.
pub fn filter_brake(wiki: &WikiId, gid: &str) -> String {
    format!("{}/brake", filter(wiki, gid))
}

/// The form that prepares to hold the brake of a filter.
pub fn filter_hold(wiki: &WikiId, gid: &str) -> String {
    format!("{}/brake/hold", filter(wiki, gid))
}

/// The form that confirms a hold.
pub fn filter_hold_confirm(wiki: &WikiId, gid: &str) -> String {
    format!("{}/brake/hold/confirm", filter(wiki, gid))
}

/// Undoing what a filter did.
pub fn filter_reverts(wiki: &WikiId, gid: &str) -> String {
    format!("{}/reverts", filter(wiki, gid))
}

/// One job that undoes what a filter did.
pub fn filter_revert(wiki: &WikiId, gid: &str, job: &str) -> String {
    format!("{}/{}", filter_reverts(wiki, gid), encoded(job))
}

/// Which part of a filter's rule decides.
pub fn filter_deciding(wiki: &WikiId, gid: &str) -> String {
    format!("{}/deciding", filter(wiki, gid))
}

/// The candidates of a filter.
pub fn filter_candidates(wiki: &WikiId, gid: &str) -> String {
    format!("{}/candidates", filter(wiki, gid))
}

/// The tests kept with a filter.
pub fn filter_tests(wiki: &WikiId, gid: &str) -> String {
    format!("{}/tests", filter(wiki, gid))
}

/// The difference between two versions of a filter; each is a number, `prev` or `cur`.
pub fn filter_diff(wiki: &WikiId, gid: &str, from: &str, to: &str) -> String {
    format!("{}/diff?from={}&to={}", filter(wiki, gid), encoded(from), encoded(to))
}

/// The hits of a wiki.
pub fn hits(wiki: &WikiId) -> String {
    format!("/w/{}/hits", wiki_word(wiki))
}

/// The hits of a filter on a wiki.
pub fn hits_of(wiki: &WikiId, gid: &str) -> String {
    format!("{}?filter={}", hits(wiki), encoded(gid))
}

/// One hit.
pub fn hit(wiki: &WikiId, id: &str) -> String {
    format!("/w/{}/hits/{}", wiki_word(wiki), encoded(id))
}

/// The actions of a wiki that are kept.
pub fn actions(wiki: &WikiId) -> String {
    format!("/w/{}/actions", wiki_word(wiki))
}

/// One action that is kept, by its evaluation.
pub fn action(wiki: &WikiId, id: &str) -> String {
    format!("{}/{}", actions(wiki), encoded(id))
}

/// The groups of filters, as a wiki has them.
pub fn groups(wiki: &WikiId) -> String {
    format!("/w/{}/groups", wiki_word(wiki))
}

/// One group of filters.
pub fn group(wiki: &WikiId, name: &str) -> String {
    format!("/w/{}/groups/{}", wiki_word(wiki), encoded(name))
}

/// How much work the filters of a wiki are.
pub fn profile(wiki: &WikiId) -> String {
    format!("/w/{}/profile", wiki_word(wiki))
}

/// The external domains that nobody may link to on a wiki.
pub fn domains(wiki: &WikiId) -> String {
    format!("/w/{}/domains", wiki_word(wiki))
}

/// Attempts to link to them.
pub fn domain_attempts(wiki: &WikiId) -> String {
    format!("{}/attempts", domains(wiki))
}

/// Holds of automatic promotion on a wiki.
pub fn promotion(wiki: &WikiId) -> String {
    format!("/w/{}/promotion", wiki_word(wiki))
}

/// The wikis of the farm.
pub const WIKIS: &str = "/wikis";
/// The sets of wikis.
pub const WIKI_SETS: &str = "/wiki-sets";
/// The accounts of the service.
pub const ACCOUNTS: &str = "/accounts";
/// The rights of the wikis' groups.
pub const RIGHTS: &str = "/rights";
/// The service tokens.
pub const TOKENS: &str = "/tokens";
/// The audit log.
pub const AUDIT: &str = "/audit";
/// What one should hear of.
pub const NOTICES: &str = "/notices";
/// The state of the service.
pub const HEALTH: &str = "/health";
/// The messages that refused people read.
pub const MESSAGES: &str = "/messages";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_what_they_are_given_and_nothing_else() {
        let wiki: WikiId = "enwiki".parse().unwrap();
        assert_eq!(filter(&wiki, "global-17"), "/w/enwiki/filters/global-17");
        assert_eq!(filter(&WikiId::farm(), "a/../b?c"), "/w/farm/filters/a%2F..%2Fb%3Fc");
        assert_eq!(wiki_of("farm"), Some(WikiId::farm()));
        assert_eq!(wiki_of("*"), None);
        assert_eq!(wiki_of("en wiki"), None);
        assert_eq!(sign_in("/w/enwiki/filters?state=a b"), "/sign-in?then=%2Fw%2Fenwiki%2Ffilters%3Fstate%3Da%20b");
    }
}
