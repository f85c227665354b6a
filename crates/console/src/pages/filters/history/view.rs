//! What a history looks like.

use super::super::compare;
use crate::html::{self as h};
use crate::page::Page;
use crate::pages::filters::Tabs;
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::Visitor;
use crate::{args, paths};
use maud::{Markup, html};
use serde_json::json;
use wikiward_farm::clock::from_micros;
use wikiward_farm::{Id, WikiId};
use wikiward_filters::life::HistoryItem;
use wikiward_filters::life::events::FilterEvent;
use wikiward_filters::model::{Editor, Origin, Version};

/// One page of a history.
#[derive(Debug, Clone)]
pub(super) struct History {
    pub(super) wiki: WikiId,
    pub(super) gid: String,
    pub(super) name: String,
    pub(super) items: Vec<HistoryItem>,
    /// The version in force.
    pub(super) current: Option<Version>,
    pub(super) first: Option<String>,
    pub(super) next: Option<String>,
    pub(super) may_restore: bool,
    pub(super) tabs: Tabs,
}

pub(super) fn page(visitor: &Visitor, history: &History) -> Page {
    let text = visitor.text;
    let History { wiki, gid, .. } = history;
    let saved = history.items.iter().filter_map(|item| match item {
        HistoryItem::Saved { version, .. } => Some(version.0),
        HistoryItem::Event(_) => None,
    });
    let saved: Vec<u32> = saved.collect();
    // The two newest are compared if nothing else is chosen.
    let (to, from) = (saved.first().copied(), saved.get(1).copied());
    let content = html! {
        (history.tabs.show(text, wiki, gid, "history"))
        @if history.items.is_empty() { (h::empty(&text.say("filters-history-none"))) }
        @else if saved.len() > 1 {
            form method="get" action=(format!("{}/diff", paths::filter(wiki, gid))) {
                div.ww-actions { button.cdx-button { (text.say("filters-compare")) } }
                (table(text, history, from, to, true))
                div.ww-actions { button.cdx-button { (text.say("filters-compare")) } }
            }
        } @else { (table(text, history, None, None, false)) }
        (h::pager(text, history.first.as_deref(), history.next.as_deref()))
    };
    Page::new(text.with("filters-history-title", args![gid, &history.name]), content).on(wiki)
}

fn table(text: Text, history: &History, from: Option<u32>, to: Option<u32>, compares: bool) -> Markup {
    let title = text.say("filters-tab-history");
    html! {
        div.ww-table-wrap role="group" aria-label=(title) tabindex="0" {
            table.cdx-table__table.ww-table-stack {
                caption.ww-hidden { (title) }
                thead { tr {
                    @if compares { th scope="col" { (text.say("filters-compare-from")) } th scope="col" { (text.say("filters-compare-to")) } }
                    th scope="col" { (text.say("filters-version")) }
                    th scope="col" { (text.say("filters-when")) }
                    th scope="col" { (text.say("filters-who")) }
                    th scope="col" { (text.say("filters-what")) }
                    th scope="col" { (text.say("filters-why")) }
                } }
                tbody {
                    @for item in &history.items {
                        @match item {
                            HistoryItem::Saved { .. } => (saved(text, history, item, from, to, compares)),
                            HistoryItem::Event(event) => (happened(text, event, compares)),
                        }
                    }
                }
            }
        }
    }
}

fn saved(
    text: Text,
    history: &History,
    item: &HistoryItem,
    from: Option<u32>,
    to: Option<u32>,
    compares: bool,
) -> Markup {
    let HistoryItem::Saved { version, at, by, reason, changed_fields, origin } = item else { return html! {} };
    let History { wiki, gid, .. } = history;
    let number = version.to_string();
    // The newest version is in force: there is nothing to bring back.
    let is_current = history.current == Some(*version);
    let choose = |name: &str, key: &str, is_chosen: bool| {
        html! {
            input.cdx-radio__input type="radio" name=(name) value=(number) checked[is_chosen] aria-label=(text.with(key, args![&number]));
            span.cdx-radio__icon {}
        }
    };
    html! {
        tr {
            @if compares {
                td.ww-cell-check data-label=(text.say("filters-compare-from")) { span.cdx-radio { (choose("from", "filters-compare-from-one", from == Some(version.0))) } }
                td.ww-cell-check data-label=(text.say("filters-compare-to")) { span.cdx-radio { (choose("to", "filters-compare-to-one", to == Some(version.0))) } }
            }
            th scope="row" data-label=(text.say("filters-version")) {
                @if version.0 > 1 { a href=(paths::filter_diff(wiki, gid, "prev", &number)) { (number) } } @else { (number) }
            }
            td data-label=(text.say("filters-when")) { (text.time(*at)) }
            td data-label=(text.say("filters-who")) { (h::foreign(&by.name)) }
            td data-label=(text.say("filters-what")) {
                (what_changed(text, changed_fields, *origin))
                @if history.may_restore && !is_current { " " a.ww-small href=(format!("{}?from_version={number}", paths::filter(wiki, gid))) { (text.say("filters-restore")) } }
            }
            td data-label=(text.say("filters-why")) { (h::foreign(reason)) }
        }
    }
}

/// What a version changed, in words, and where it comes from if nobody typed it.
pub(in crate::pages::filters) fn what_changed(text: Text, fields: &[String], origin: Origin) -> Markup {
    html! {
        (text.list(fields.iter().map(|field| compare::field_name(text, field).into())))
        @if let Some(key) = origin_key(origin) { " " span.ww-chip { (text.say(key)) } }
    }
}

fn happened(text: Text, event: &FilterEvent, compares: bool) -> Markup {
    let details = event.details.as_object().filter(|members| !members.is_empty());
    html! {
        tr {
            @if compares { td {} td {} }
            th scope="row" data-label=(text.say("filters-version")) { "–" }
            td data-label=(text.say("filters-when")) { (text.time(event.at)) }
            td data-label=(text.say("filters-who")) { (h::foreign(&event.by_name)) }
            td data-label=(text.say("filters-what")) {
                @match event_key(&event.kind) { Some(key) => (text.say(key)), None => code { (event.kind) } }
                @if let Some(details) = details {
                    " " span.ww-muted.ww-small {
                        @for (name, value) in details { (name) ": " (h::foreign(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))) " " }
                    }
                }
            }
            td data-label=(text.say("filters-why")) { (h::foreign(&event.reason)) }
        }
    }
}

fn origin_key(origin: Origin) -> Option<&'static str> {
    match origin {
        Origin::Edit => None,
        Origin::Import => Some("filters-origin-import"),
        Origin::Migration => Some("filters-origin-migration"),
        Origin::Promote => Some("filters-origin-promote"),
    }
}

fn event_key(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "optout.set" => "filters-event-optout-set",
        "optout.clear" => "filters-event-optout-clear",
        "autodisable" => "filters-event-autodisable",
        "export" => "filters-event-export",
        "brake.latch" => "filters-event-brake-latch",
        "brake.alert" => "filters-event-brake-alert",
        "brake.recovering" => "filters-event-brake-recovering",
        "brake.reactivate" => "filters-event-brake-reactivate",
        "brake.clear" => "filters-event-brake-clear",
        "revert.run" => "filters-event-revert-run",
        "revert.cancel" => "filters-event-revert-cancel",
        "autopromote.restore" => "filters-event-promotion",
        "hold.start" => "filters-event-hold-start",
        "hold.end" => "filters-event-hold-end",
        "hold.expire" => "filters-event-hold-expire",
        "brake.caps" => "filters-event-brake-caps",
        "lockdown.start" => "filters-event-lockdown-start",
        "lockdown.end" | "lockdown.expire" => "filters-event-lockdown-end",
        _ => return None,
    })
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |state, make| Sample { page: "filters/history", state, rights: SampleRights::Editor, make };
    vec![
        sample("one", |visitor| page(visitor, &sample_history(vec![version(1, "because")]))),
        sample("many", |visitor| {
            let mut items: Vec<HistoryItem> = (1..=12).rev().map(|number| version(number, "a reason")).collect();
            items.insert(2, event("optout.set"));
            items.insert(5, event("something.else"));
            let next = Some("/w/farm/filters/17/history?before=sealed".into());
            page(visitor, &History { next, ..sample_history(items) })
        }),
        sample("long text, right to left", |visitor| {
            page(visitor, &sample_history(vec![version(2, &"سبب طويل جدا <b>".repeat(30)), version(1, "\u{202e}")]))
        }),
    ]
}

fn sample_history(items: Vec<HistoryItem>) -> History {
    History {
        wiki: WikiId::farm(),
        gid: "17".into(),
        name: "New accounts <i>".into(),
        current: items.iter().find_map(|item| match item {
            HistoryItem::Saved { version, .. } => Some(*version),
            HistoryItem::Event(_) => None,
        }),
        items,
        first: None,
        next: None,
        may_restore: true,
        tabs: Tabs::OWN,
    }
}

fn version(number: u32, reason: &str) -> HistoryItem {
    let changed = if number == 1 { vec!["created".to_owned()] } else { vec!["rules".to_owned(), "state".to_owned()] };
    HistoryItem::Saved {
        version: Version(number),
        at: from_micros(1_790_000_000_000_000 + i64::from(number) * 3_600_000_000),
        by: Editor { key: "account:1".into(), name: "Example".into(), number: None },
        reason: reason.into(),
        changed_fields: changed,
        origin: if number == 1 { Origin::Import } else { Origin::Edit },
    }
}

fn event(kind: &str) -> HistoryItem {
    HistoryItem::Event(FilterEvent {
        id: Id::from_bytes([7; 16]),
        at: from_micros(1_790_000_000_000_000),
        by_key: "account:2".into(),
        by_name: "Somebody".into(),
        kind: kind.into(),
        reason_code: String::new(),
        reason: "not here".into(),
        details: json!({"wiki": "enwiki", "mode": "off"}),
    })
}
