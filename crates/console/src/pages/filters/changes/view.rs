//! What the list of a wiki's changes looks like.

use super::Asked;
use crate::html::{self as h, Column, Field, Weight};
use crate::page::Page;
use crate::pages::filters::history::what_changed;
use crate::pages::filters::wiki_name;
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::{Visitor, encoded};
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::clock::from_micros;
use wikiward_farm::{Right, WikiId};
use wikiward_filters::life::FilterChange;
use wikiward_filters::model::{Editor, FilterKey, FilterNumber, Origin, Version};

/// The list.
#[derive(Debug, Clone)]
pub(super) struct Changes {
    pub(super) wiki: WikiId,
    pub(super) asked: Asked,
    /// Whether what was asked for names no filter.
    pub(super) is_wrong: bool,
    pub(super) rows: Vec<FilterChange>,
    pub(super) first: Option<String>,
    pub(super) next: Option<String>,
    /// Whether farm-wide filters have a list of their own that the visitor may see.
    pub(super) has_farm: bool,
}

impl Changes {
    pub(super) fn new(visitor: &Visitor, wiki: &WikiId, asked: Asked) -> Self {
        let has_farm = !wiki.is_farm() && visitor.may(Right::View, &WikiId::farm());
        let wiki = wiki.clone();
        Self { wiki, asked, is_wrong: false, rows: Vec::new(), first: None, next: None, has_farm }
    }
}

pub(super) fn page(visitor: &Visitor, list: &Changes) -> Page {
    let text = visitor.text;
    let content = html! {
        @if list.has_farm {
            p.ww-muted { a href=(paths::filter_changes(&WikiId::farm())) { (text.say("filters-changes-farm")) } }
        }
        (search(text, list))
        (h::found(html! {
            @if list.is_wrong {}
            @else if list.rows.is_empty() { (nothing(text, list)) }
            @else { (table(text, list)) }
            (h::pager(text, list.first.as_deref(), list.next.as_deref()))
        }))
    };
    let actions = h::link_button(Weight::Normal, &paths::filters(&list.wiki), &text.say("filters-changes-back"));
    Page::new(text.with("filters-changes-title", args![wiki_name(text, &list.wiki)]), content)
        .on(&list.wiki)
        .actions(actions)
}

fn search(text: Text, list: &Changes) -> Markup {
    let path = paths::filter_changes(&list.wiki);
    let field = |name: &'static str, key: &str, value: &str, wrong: Option<String>, is_code: bool| {
        let label = text.say(key);
        h::text_field(&Field {
            name,
            label: &label,
            value,
            wrong,
            autocomplete: Some("off"),
            is_code,
            ..Field::default()
        })
    };
    let wrong = list.is_wrong.then(|| text.say("hits-wrong-filter"));
    html! {
        form.ww-filterbar role="search" method="get" action=(h::leads_to_found(&path)) {
            (field("editor", "filters-changes-editor", &list.asked.editor, None, false))
            (field("filter", "filters-changes-filter", &list.asked.filter, wrong, true))
            div.ww-actions {
                (h::button(Weight::Primary, &text.say("filters-search-button")))
                @if list.asked.is_narrowed() { a href=(path) { (text.say("filters-changes-all")) } }
            }
        }
    }
}

fn nothing(text: Text, list: &Changes) -> Markup {
    html! {
        @if list.asked.is_narrowed() {
            div.ww-empty { p { (text.say("filters-changes-none-found")) } p { (text.say("filters-changes-none-found-help")) } }
        } @else { (h::empty(&text.say("filters-changes-none"))) }
    }
}

fn table(text: Text, list: &Changes) -> Markup {
    let columns = [
        Column::text(text.say("filters-when")),
        Column::text(text.say("filters-who")),
        Column::text(text.say("filters-changes-filter")),
        Column::text(text.say("filters-version")),
        Column::text(text.say("filters-what")),
        Column::text(text.say("filters-why")),
    ];
    let rows: Vec<Vec<Markup>> = list.rows.iter().map(|change| cells(text, list, change)).collect();
    h::table(&text.say("filters-changes-caption"), &columns, &rows)
}

fn cells(text: Text, list: &Changes, change: &FilterChange) -> Vec<Markup> {
    let (wiki, gid, number) = (&list.wiki, change.key.gid(), change.version.to_string());
    let by = format!("{}?editor={}", paths::filter_changes(wiki), encoded(&change.by.name));
    let version = html! {
        @if change.version.0 > 1 {
            a href=(paths::filter_diff(wiki, &gid, "prev", &number)) {
                (number) span.ww-hidden { " – " (text.with("filters-changes-diff", args![&gid, &number])) }
            }
        } @else { (number) }
    };
    vec![
        text.time(change.at),
        html! { a href=(by) { (h::foreign(&change.by.name)) } },
        html! { a href=(paths::filter(wiki, &gid)) { (h::foreign(&format!("{gid}: {}", change.name))) } },
        version,
        what_changed(text, &change.changed_fields, change.origin),
        h::foreign(&change.reason),
    ]
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |state, rights, make| Sample { page: "filters/changes", state, rights, make };
    vec![
        sample("empty", SampleRights::Everybody, |visitor| page(visitor, &sample_list(visitor, Vec::new()))),
        sample("one", SampleRights::Everybody, |visitor| {
            page(visitor, &sample_list(visitor, vec![change(1, 1, "New accounts that add many links", "because")]))
        }),
        sample("many", SampleRights::Editor, |visitor| {
            let rows = (1..=12).rev().map(|number| change(number % 5 + 1, number, "Link spam", "a reason")).collect();
            let next = Some("/w/enwiki/filters/history?before=sealed".into());
            let first = Some("/w/enwiki/filters/history".into());
            page(visitor, &Changes { first, next, ..sample_list(visitor, rows) })
        }),
        sample("on the farm", SampleRights::Steward, |visitor| {
            let mut everywhere = change(17, 3, "Everywhere", "");
            everywhere.key.wiki = WikiId::farm();
            let list = sample_list(visitor, vec![everywhere]);
            page(visitor, &Changes { wiki: WikiId::farm(), has_farm: false, ..list })
        }),
        sample("long text, right to left", SampleRights::Editor, |visitor| {
            let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(3);
            let rows = vec![
                change(1, 2, &long, &long),
                change(2, 7, "روابط دعائية", "سبب طويل جدا"),
                change(3, 4, "<script>alert(1)</script>\u{202e}gnp.exe", "<b>\u{200b}"),
            ];
            page(visitor, &sample_list(visitor, rows))
        }),
        sample("nothing found", SampleRights::Everybody, |visitor| {
            let asked = Asked { editor: "Nobody <of> that name".into(), ..Asked::default() };
            page(visitor, &Changes { asked, ..sample_list(visitor, Vec::new()) })
        }),
        sample("error", SampleRights::Everybody, |visitor| {
            let asked = Asked { filter: "seventeen".into(), ..Asked::default() };
            page(visitor, &Changes { asked, is_wrong: true, ..sample_list(visitor, Vec::new()) })
        }),
    ]
}

fn sample_list(visitor: &Visitor, rows: Vec<FilterChange>) -> Changes {
    let wiki = "enwiki".parse().unwrap_or_else(|_| WikiId::farm());
    Changes { rows, ..Changes::new(visitor, &wiki, Asked::default()) }
}

fn change(filter: u32, version: u32, name: &str, reason: &str) -> FilterChange {
    let fields: &[&str] = if version == 1 { &["created"] } else { &["rules", "state"] };
    FilterChange {
        key: FilterKey { wiki: "enwiki".parse().unwrap_or_else(|_| WikiId::farm()), number: FilterNumber(filter) },
        name: name.into(),
        version: Version(version),
        at: from_micros(1_790_000_000_000_000 + i64::from(version) * 3_600_000_000),
        by: Editor { key: "account:1".into(), name: "Example".into(), number: None },
        reason: reason.into(),
        changed_fields: fields.iter().map(|&field| field.to_owned()).collect(),
        origin: if version == 1 { Origin::Import } else { Origin::Edit },
    }
}
