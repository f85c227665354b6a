//! What the form of an opt-out looks like.

use crate::args;
use crate::html::{self as h, Field, Weight, checkbox, text_field};
use crate::page::Page;
use crate::pages::acts::Wrongs;
use crate::pages::filters::Tabs;
use crate::pages::sample::{Sample, SampleRights};
use crate::paths;
use crate::visit::Visitor;
use maud::{Markup, html};
use std::collections::BTreeSet;
use wikiward_farm::WikiId;

/// The form.
#[derive(Debug, Clone)]
pub(super) struct Choosing {
    pub(super) wiki: WikiId,
    pub(super) gid: String,
    pub(super) name: String,
    /// Consequences of the filter: names for programs and for people.
    pub(super) consequences: Vec<(String, String)>,
    /// `on`, `off`, `log` or `without`.
    pub(super) mode: String,
    /// Consequences that are left out.
    pub(super) without: BTreeSet<String>,
    pub(super) reason: String,
    pub(super) wrongs: Wrongs,
    pub(super) tabs: Tabs,
}

const MODES: [(&str, &str, &str); 4] = [
    ("on", "filters-optout-on", "filters-optout-on-help"),
    ("without", "filters-optout-without", "filters-optout-without-help"),
    ("log", "filters-optout-log", "filters-optout-log-help"),
    ("off", "filters-optout-off", "filters-optout-off-help"),
];

pub(super) fn page(visitor: &Visitor, choosing: &Choosing) -> Page {
    let text = visitor.text;
    let action = format!("{}/optout", paths::filter(&choosing.wiki, &choosing.gid));
    let reason = Field {
        name: "reason",
        label: &text.say("filters-reason"),
        value: &choosing.reason,
        wrong: choosing.wrongs.at("reason"),
        help: Some(text.say("filters-optout-reason-help")),
        letters_max: Some(500),
        ..Field::default()
    };
    let content = html! {
        (choosing.tabs.show(text, &choosing.wiki, &choosing.gid, "optout"))
        (choosing.wrongs.shown(text))
        p { (text.rich("filters-optout-help", &[h::foreign(&choosing.name), html! { (choosing.wiki) }])) }
        (h::form(visitor, &action, html! {
            fieldset.cdx-field id="without" tabindex="-1" {
                legend.cdx-label { span.cdx-label__label__text { (text.say("filters-optout-mode")) } }
                @for (mode, name, help) in MODES {
                    @if mode != "without" || !choosing.consequences.is_empty() {
                        div.ww-choice {
                            (radio(mode, &text.say(name), choosing.mode == mode))
                            div.ww-choice-more {
                                p.ww-muted { (text.say(help)) }
                                @if mode == "without" {
                                    @for (name, label) in &choosing.consequences { (checkbox("without", name, &html! { (label) }, choosing.without.contains(name))) }
                                }
                            }
                        }
                    }
                }
            }
            (text_field(&reason))
            div.ww-actions { (h::button(Weight::Primary, &text.say("filters-optout-save"))) }
        }))
    };
    Page::new(text.with("filters-optout-title", args![&choosing.gid, choosing.wiki.as_str()]), content)
        .on(&choosing.wiki)
}

fn radio(value: &str, label: &str, is_chosen: bool) -> Markup {
    let id = format!("mode-{value}");
    html! {
        div.cdx-radio { div.cdx-radio__wrapper {
            input.cdx-radio__input type="radio" id=(id) name="mode" value=(value) checked[is_chosen];
            span.cdx-radio__icon {}
            div.cdx-radio__label.cdx-label { label.cdx-label__label for=(id) { span.cdx-label__label__text { (label) } } }
        } }
    }
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |state, make| Sample { page: "filters/optout", state, rights: SampleRights::Editor, make };
    vec![
        sample("one", |visitor| page(visitor, &choosing(visitor, "on"))),
        sample("error", |visitor| {
            let wrongs = Wrongs::one("without", visitor.text.say("filters-optout-none"));
            page(visitor, &Choosing { wrongs, ..choosing(visitor, "without") })
        }),
    ]
}

fn choosing(visitor: &Visitor, mode: &str) -> Choosing {
    Choosing {
        wiki: visitor.wikis.first().map_or_else(WikiId::farm, |(wiki, _)| wiki.clone()),
        gid: "global-17".into(),
        name: "<b>مرشح".into(),
        consequences: vec![("warn".into(), "Warn".into()), ("block".into(), "Block".into())],
        mode: mode.into(),
        without: BTreeSet::new(),
        reason: String::new(),
        wrongs: Wrongs::default(),
        tabs: Tabs::FARM_WIDE,
    }
}
