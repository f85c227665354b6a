//! The pages of one filter, as far as the visitor may use them.

use crate::paths;
use crate::text::Text;
use crate::visit::Visitor;
use maud::{Markup, html};
use wikiward_farm::{Right, WikiId};

/// Which of the pages that not everybody may use are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tabs {
    hits: bool,
    reverts: bool,
    opt_out: bool,
}

impl Tabs {
    /// Those that need no right: for samples.
    pub(crate) const NO_RIGHT: Self = Self { hits: false, reverts: false, opt_out: false };

    /// Those of a filter of the wiki that shows it, for who may use them all: for samples.
    pub(crate) const OWN: Self = Self { hits: true, reverts: true, opt_out: false };

    /// The same of a farm-wide filter: for samples.
    pub(crate) const FARM_WIDE: Self = Self { opt_out: true, ..Self::OWN };

    /// Those that `visitor` may use on `wiki` for a filter of `owner`.
    pub(crate) fn of(visitor: &Visitor, wiki: &WikiId, owner: &WikiId) -> Self {
        Self {
            hits: visitor.may(Right::Log, wiki),
            reverts: visitor.may(Right::Revert, wiki),
            opt_out: owner.is_farm() && !wiki.is_farm() && visitor.may(Right::Optout, wiki),
        }
    }

    /// `current` is the word of the page that is shown; those without a tab of their own belong to the filter's.
    pub(crate) fn show(self, text: Text, wiki: &WikiId, gid: &str, current: &str) -> Markup {
        let own = |page: &str| format!("{}/{page}", paths::filter(wiki, gid));
        let entries = [
            ("filter", paths::filter(wiki, gid), "filters-tab-filter", true),
            ("history", paths::filter_history(wiki, gid), "filters-tab-history", true),
            ("brake", paths::filter_brake(wiki, gid), "filters-tab-brake", true),
            ("reverts", paths::filter_reverts(wiki, gid), "filters-tab-reverts", self.reverts),
            ("hits", paths::hits_of(wiki, gid), "filters-tab-hits", self.hits),
            ("optout", own("optout"), "filters-tab-optout", self.opt_out),
            ("export", own("export"), "filters-tab-export", true),
        ];
        let is_inside = !entries.iter().any(|(word, ..)| *word == current);
        let mark = |word: &str| match word {
            _ if word == current => Some("page"),
            "filter" if is_inside => Some("true"),
            _ => None,
        };
        html! {
            nav.ww-tabs aria-label=(text.say("filters-tabs")) {
                ul {
                    @for (word, path, key, _) in entries.iter().filter(|(.., is_there)| *is_there) {
                        li { a href=(path) aria-current=[mark(word)] { (text.say(key)) } }
                    }
                }
            }
        }
    }
}
