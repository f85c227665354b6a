//! What became of several filters.

use super::super::said;
use crate::html::{self as h, Column, Field, Weight, checkbox, text_field};
use crate::page::Page;
use crate::pages::acts::REASON_LETTERS_MAX;
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::{Right, WikiId};
use wikiward_filters::model::State as Life;
use wikiward_filters::save::Finding;

/// What became of one filter.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub(super) gid: String,
    /// The version that it had when it was looked at.
    pub(super) version: u32,
    pub(super) name: String,
    pub(super) became: Became,
}

/// What became of it.
#[derive(Debug, Clone)]
pub(super) enum Became {
    /// It was changed; what is worth a thought.
    Changed(Vec<Finding>),
    /// It was so already.
    AsItWas,
    /// Somebody saved another version since the list was made.
    ChangedMeanwhile,
    /// It cannot be changed so, and why.
    Refused(Vec<Finding>),
    /// A right is missing.
    Forbidden(Right),
}

pub(super) fn page(visitor: &Visitor, wiki: &WikiId, state: Life, reason: &str, outcomes: &[Outcome]) -> Page {
    let text = visitor.text;
    let changed = outcomes.iter().filter(|it| matches!(it.became, Became::Changed(_))).count();
    let tone = if changed == outcomes.len() && changed > 0 { Tone::Done } else { Tone::Warning };
    let counts = args![changed, outcomes.len()];
    let said = match state {
        Life::Enabled => text.with("filters-bulk-enabled", counts),
        _ => text.with("filters-bulk-disabled", counts),
    };
    let columns = [text.say("filters-column-id"), text.say("filters-column-name"), text.say("filters-bulk-became")];
    let rows: Vec<Vec<Markup>> = outcomes
        .iter()
        .map(|it| {
            vec![
                html! { a href=(paths::filter(wiki, &it.gid)) { (it.gid) } },
                h::foreign(&it.name),
                became(text, &it.became),
            ]
        })
        .collect();
    let content = html! {
        (h::message(tone, html! { (said) }))
        @if !rows.is_empty() { (h::table(&text.say("filters-bulk-title"), &columns.map(Column::text), &rows)) }
        (again(visitor, wiki, state, reason, outcomes))
        p { (h::link_button(Weight::Normal, &paths::filters(wiki), &text.say("filters-back"))) }
    };
    Page::new(text.say("filters-bulk-title"), content).on(wiki)
}

/// The form once more, for those that were not changed and may be now.
fn again(visitor: &Visitor, wiki: &WikiId, state: Life, reason: &str, outcomes: &[Outcome]) -> Markup {
    let text = visitor.text;
    let is_open = |it: &&Outcome| matches!(it.became, Became::ChangedMeanwhile | Became::Refused(_));
    let open: Vec<&Outcome> = outcomes.iter().filter(is_open).collect();
    let (act, label) = match state {
        Life::Enabled => ("enable", "filters-bulk-enable"),
        _ => ("disable", "filters-bulk-disable"),
    };
    let reason = Field {
        name: "reason",
        label: &text.say("filters-bulk-reason"),
        value: reason,
        letters_max: Some(REASON_LETTERS_MAX),
        ..Field::default()
    };
    html! {
        @if !open.is_empty() {
            (h::section("again", &text.say("filters-bulk-again"), h::form(visitor, &format!("{}/bulk", paths::filters(wiki)), html! {
                fieldset.cdx-field {
                    legend.cdx-label { span.cdx-label__label { span.cdx-label__label__text { (text.say("filters-title")) } } }
                    div.cdx-field__control {
                        @for it in open {
                            @let label = html! { (it.gid) ": " (h::foreign(&it.name)) };
                            (checkbox("filter", &format!("{}:{}", it.gid, it.version), &label, matches!(it.became, Became::Refused(_))))
                        }
                    }
                }
                (text_field(&reason))
                div.ww-actions { (h::button_named(Weight::Normal, "do", act, &text.say(label))) }
            })))
        }
    }
}

fn became(text: Text, became: &Became) -> Markup {
    match became {
        Became::Changed(warnings) => {
            html! { span.ww-good { (text.say("filters-bulk-changed")) } (messages(text, warnings)) }
        }
        Became::AsItWas => html! { (text.say("filters-bulk-as-it-was")) },
        Became::ChangedMeanwhile => html! { span.ww-bad { (text.say("filters-bulk-meanwhile")) } },
        Became::Refused(errors) => {
            html! { span.ww-bad { (text.say("filters-bulk-refused")) } (messages(text, errors)) }
        }
        Became::Forbidden(right) => html! { span.ww-bad { (text.with("filters-needs-right", args![right.name()])) } },
    }
}

fn messages(text: Text, findings: &[Finding]) -> Markup {
    html! { @if !findings.is_empty() { ul { @for finding in findings { li { (h::remark(&said::finding(text, finding))) } } } } }
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |state, make| Sample { page: "filters/bulk", state, rights: SampleRights::Editor, make };
    vec![
        sample("one", |visitor| {
            let became = Became::Changed(Vec::new());
            let outcome = Outcome { gid: "17".into(), version: 3, name: "Spam".into(), became };
            page(visitor, &WikiId::farm(), Life::Enabled, "", &[outcome])
        }),
        sample("many", |visitor| {
            let refused = Finding::new(
                "too_many_filters",
                "state",
                "the group has 1000 enabled filters; at most 1000 are allowed",
            )
            .with("1000");
            let became = [
                Became::Changed(Vec::new()),
                Became::AsItWas,
                Became::ChangedMeanwhile,
                Became::Refused(vec![refused]),
                Became::Forbidden(Right::ModifyRestricted),
            ];
            let outcomes = became.into_iter().enumerate().map(|(place, became)| Outcome {
                gid: (place + 1).to_string(),
                version: 3,
                name: "<b>مرشح".into(),
                became,
            });
            page(visitor, &WikiId::farm(), Life::Disabled, "quiet <b>", &outcomes.collect::<Vec<_>>())
        }),
    ]
}
