//! What importing and exporting look like.

use super::super::{said, wiki_name};
use crate::html::{self as h, Field, Weight, checkbox, text_area, text_field};
use crate::page::Page;
use crate::pages::acts::Wrongs;
use crate::pages::filters::Tabs;
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::WikiId;
use wikiward_filters::portable::Format;
use wikiward_filters::save::Finding;

/// An import: what was sent, and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Import {
    pub(super) wiki: WikiId,
    pub(super) text: String,
    pub(super) source: String,
    pub(super) drop_unknown: bool,
    pub(super) keep_enabled: bool,
    pub(super) is_atomic: bool,
    pub(super) wrongs: Wrongs,
    pub(super) outcomes: Vec<Outcome>,
}

impl Default for Import {
    fn default() -> Self {
        Self {
            wiki: WikiId::farm(),
            text: String::new(),
            source: String::new(),
            drop_unknown: false,
            keep_enabled: false,
            is_atomic: true,
            wrongs: Wrongs::default(),
            outcomes: Vec::new(),
        }
    }
}

/// What became of one text.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    Done { gid: String, name: String, warnings: Vec<Finding> },
    Refused(Vec<Finding>),
    Withheld,
}

pub(super) fn page(visitor: &Visitor, import: &Import) -> Page {
    let text = visitor.text;
    let action = format!("{}/import", paths::filters(&import.wiki));
    let content = html! {
        (import.wrongs.shown(text))
        @if !import.outcomes.is_empty() { (outcomes(text, import)) }
        (h::form(visitor, &action, html! {
            (text_area(&Field {
                name: "text",
                label: &text.say("filters-import-text"),
                value: &import.text,
                help: Some(text.say("filters-import-text-help")),
                wrong: import.wrongs.at("text"),
                is_required: true,
                is_code: true,
                ..Field::default()
            }, 12))
            (text_field(&Field {
                name: "source",
                label: &text.say("filters-import-source"),
                value: &import.source,
                wrong: import.wrongs.at("source"),
                help: Some(text.say("filters-import-source-help")),
                letters_max: Some(400),
                ..Field::default()
            }))
            (checkbox("keep_enabled", "1", &html! { (text.say("filters-import-keep-enabled")) }, import.keep_enabled))
            (checkbox("drop_unknown", "1", &html! { (text.say("filters-import-drop-unknown")) }, import.drop_unknown))
            (checkbox("atomic", "1", &html! { (text.say("filters-import-atomic")) }, import.is_atomic))
            div.ww-actions { (h::button(Weight::Primary, &text.say("filters-import"))) }
        }))
    };
    Page::new(text.with("filters-import-title", args![wiki_name(text, &import.wiki)]), content).on(&import.wiki)
}

fn outcomes(text: Text, import: &Import) -> Markup {
    let done = import.outcomes.iter().filter(|it| matches!(it, Outcome::Done { .. })).count();
    let messages = |findings: &[Finding]| html! { @if !findings.is_empty() { ul { @for it in findings { li { code { (it.field) } " " (h::remark(&said::finding(text, it))) } } } } };
    let content = html! {
            p { (text.with("filters-imported", args![done, import.outcomes.len()])) }
            ol {
                @for outcome in &import.outcomes {
                    li {
                        @match outcome {
                            Outcome::Done { gid, name, warnings } => { a href=(paths::filter(&import.wiki, gid)) { (gid) } " " (h::foreign(name)) (messages(warnings)) },
                            Outcome::Refused(findings) => { (text.say("filters-import-refused")) (messages(findings)) },
                            Outcome::Withheld => { (text.say("filters-import-withheld")) },
                        }
                    }
                }
            }
    };
    match done {
        0 => h::refusal(content),
        all if all == import.outcomes.len() => h::message(Tone::Done, content),
        _ => h::message(Tone::Warning, content),
    }
}

pub(super) fn exported(
    visitor: &Visitor,
    wiki: &WikiId,
    gid: &str,
    exported: &str,
    format: Format,
    tabs: Tabs,
) -> Page {
    let text = visitor.text;
    let path = format!("{}/export", paths::filter(wiki, gid));
    let forms = [
        ("plain", "filters-export-plain", Format::Plain),
        ("plain-1.39", "filters-export-older", Format::Plain139),
        ("extended", "filters-export-extended", Format::Extended),
    ];
    let word = forms.iter().find(|(.., it)| *it == format).map_or("plain", |(word, ..)| word);
    let content = html! {
        (tabs.show(text, wiki, gid, "export"))
        ul.ww-chips { @for (word, key, it) in forms { li { a href=(format!("{path}?format={word}")) aria-current=[(it == format).then_some("true")] { (text.say(key)) } } } }
        p { (text.say("filters-export-help")) }
        div.cdx-field {
            div.cdx-label { label.cdx-label__label for="exported" { span.cdx-label__label__text { (text.say("filters-export-text")) } } }
            div.cdx-field__control { div.cdx-text-area { textarea.cdx-text-area__textarea id="exported" rows="10" readonly dir="ltr" spellcheck="false" { "\n" (exported) } } }
        }
        p { (h::link_button(Weight::Normal, &format!("{path}?format={word}&file=1"), &text.say("filters-export-file"))) }
    };
    Page::new(text.with("filters-export-title", args![gid]), content).on(wiki)
}

/// The pages in their states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |page, state, make| Sample { page, state, rights: SampleRights::Editor, make };
    vec![
        sample("filters/import", "empty", |visitor| page(visitor, &Import::default())),
        sample("filters/import", "error", |visitor| {
            let outcomes = vec![
                Outcome::Done {
                    gid: "5".into(),
                    name: "<b>مرشح".into(),
                    warnings: vec![Finding::new("x", "data.group", "the group is not registered here")],
                },
                Outcome::Refused(vec![Finding::new("bad", "data", "this is no exported filter")]),
                Outcome::Withheld,
            ];
            page(visitor, &Import { text: "{".into(), outcomes, ..Import::default() })
        }),
        sample("filters/export", "one", |visitor| {
            exported(
                visitor,
                &WikiId::farm(),
                "5",
                "{\"row\":{\"af_pattern\":\"</textarea>\"}}",
                Format::Plain,
                Tabs::OWN,
            )
        }),
    ]
}
