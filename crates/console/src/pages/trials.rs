//! Trials of a filter: its tests, candidates beside it, and which part of its rule decides.

mod candidates;
mod deciding;
mod kept;
mod tests;

pub(crate) use kept::kept;

use super::sample::Sample;
use crate::page::Page;
use crate::pages::filters::Tabs;
use crate::paths;
use crate::state::Console;
use crate::text::Text;
use crate::visit::Visitor;
use axum::Router;
use axum::routing::get;
use maud::{Markup, html};
use wikiward_farm::WikiId;
use wikiward_filters::model::Filter;

pub(crate) fn routes() -> Router<Console> {
    Router::new()
        .route("/w/{wiki}/filters/{gid}/deciding", get(deciding::show))
        .route("/w/{wiki}/filters/{gid}/tests", get(tests::show).post(tests::act))
        .route("/w/{wiki}/filters/{gid}/candidates", get(candidates::show).post(candidates::act))
}

/// The pages in their states.
pub(crate) fn samples() -> Vec<Sample> {
    [deciding::samples(), tests::samples(), candidates::samples()].into_iter().flatten().collect()
}

/// The filter that a page is about, as its head shows it.
#[derive(Debug, Clone)]
struct Head {
    wiki: WikiId,
    gid: String,
    name: String,
    tabs: Tabs,
}

impl Head {
    fn new(visitor: &Visitor, wiki: &WikiId, filter: &Filter) -> Self {
        Self {
            wiki: wiki.clone(),
            gid: filter.key.gid(),
            name: filter.draft.name.clone(),
            tabs: Tabs::of(visitor, wiki, &filter.key.wiki),
        }
    }

    /// One for samples.
    fn sample(visitor: &Visitor) -> Self {
        let wiki = visitor.wikis.first().map_or_else(WikiId::farm, |(wiki, _)| wiki.clone());
        Self { wiki, gid: "17".into(), name: "<b>مرشح".into(), tabs: Tabs::OWN }
    }

    /// The page of this word.
    fn page(&self, text: Text, current: &str, content: &Markup) -> Page {
        let title = crate::args![&self.gid, &self.name];
        let title = match current {
            "tests" => text.with("trials-tests-title", title),
            "candidates" => text.with("trials-candidates-title", title),
            _ => text.with("trials-deciding-title", title),
        };
        let content = html! {
            (self.tabs.show(text, &self.wiki, &self.gid, current))
            (links(text, &self.wiki, &self.gid, current))
            (content)
        };
        Page::new(title, content).on(&self.wiki)
    }
}

/// Links to the trials of a filter; `current` is the word of the one that is shown.
pub(crate) fn links(text: Text, wiki: &WikiId, gid: &str, current: &str) -> Markup {
    let entries = [
        ("deciding", paths::filter_deciding(wiki, gid), "trials-link-deciding"),
        ("candidates", paths::filter_candidates(wiki, gid), "trials-link-candidates"),
        ("tests", paths::filter_tests(wiki, gid), "trials-link-tests"),
    ];
    html! {
        nav aria-label=(text.say("trials-links")) {
            ul.ww-chips {
                @for (word, path, key) in &entries {
                    li { a href=(path) aria-current=[(*word == current).then_some("page")] { (text.say(key)) } }
                }
            }
        }
    }
}
