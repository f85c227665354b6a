//! What the list of filters looks like.

use super::super::{privacy_names, state_chip, state_key, wiki_name};
use super::{Asked, Bulk};
use crate::html::{self as h, Choice, Field, Weight, select, text_field};
use crate::page::Page;
use crate::pages::acts::Wrongs;
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::clock::from_micros;
use wikiward_farm::{Right, Timestamp, WikiId};
use wikiward_filters::life::Sort;
use wikiward_filters::model::{Privacy, State as Life};

/// The list.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a right of its own")]
pub(super) struct List {
    pub(super) wiki: WikiId,
    pub(super) asked: Asked,
    pub(super) rows: Vec<Row>,
    pub(super) groups: Vec<Choice>,
    pub(super) consequences: Vec<Choice>,
    pub(super) first: Option<String>,
    pub(super) next: Option<String>,
    /// Why nothing could be searched for.
    pub(super) wrong: Option<String>,
    pub(super) shows_hits: bool,
    pub(super) sorts_hits: bool,
    pub(super) may_create: bool,
    pub(super) may_bulk: bool,
    /// What was sent to change several, and refused.
    pub(super) bulk: Bulk,
}

/// A line of the list.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) gid: String,
    pub(super) version: u32,
    pub(super) name: String,
    pub(super) state: Life,
    /// Whether it is braked, and whether its brake is held.
    pub(super) brake: (bool, bool),
    pub(super) group: String,
    pub(super) consequences: Vec<String>,
    pub(super) privacy: Privacy,
    /// For who may see it.
    pub(super) hits: Option<u64>,
    pub(super) edited_at: Timestamp,
    pub(super) edited_by: String,
    pub(super) may_change: bool,
}

/// Name of the form that changes several filters; boxes in the table belong to it.
pub(in crate::pages::filters) const BULK: &str = "bulk";

pub(super) fn page(visitor: &Visitor, list: &List) -> Page {
    let text = visitor.text;
    let content = html! {
        (list.bulk.wrongs.shown(text))
        (chooser(text, list))
        (h::found(html! {
            @if let Some(wrong) = &list.wrong { (h::message(Tone::Wrong, html! { (text.say("filters-search-wrong")) " " (h::foreign(wrong)) })) }
            @else if list.rows.is_empty() { (nothing(text, list)) }
            @else if list.may_bulk {
                form id=(BULK) tabindex="-1" method="post" action=(format!("{}/bulk", paths::filters(&list.wiki))) {
                    (h::token(visitor))
                    (table(text, list))
                    (bulk(text, list))
                }
            } @else { (table(text, list)) }
            (h::pager(text, list.first.as_deref(), list.next.as_deref()))
        }))
    };
    let actions = html! {
        @if list.may_create {
            (h::link_button(Weight::Primary, &paths::new_filter(&list.wiki), &text.say("filters-new")))
            (h::link_button(Weight::Normal, &format!("{}/import", paths::filters(&list.wiki)), &text.say("filters-import")))
        }
        (h::link_button(Weight::Normal, &paths::filter_changes(&list.wiki), &text.say("filters-changes-button")))
    };
    Page::new(text.with("filters-title-of", args![wiki_name(text, &list.wiki)]), content)
        .on(&list.wiki)
        .actions(actions)
}

fn nothing(text: Text, list: &List) -> Markup {
    let asked = &list.asked;
    let is_narrowed =
        [&asked.q, &asked.state, &asked.group, &asked.consequence, &asked.privacy].iter().any(|it| !it.is_empty());
    html! {
        @if is_narrowed || list.first.is_some() {
            div.ww-empty { p { (text.say("filters-none-found")) } p { a href=(paths::filters(&list.wiki)) { (text.say("filters-all")) } } }
        } @else if list.may_create { div.ww-empty { p { (text.say("filters-none")) } p { (text.say("filters-none-next")) } } }
        @else { (h::empty(&text.say("filters-none"))) }
    }
}

fn chooser(text: Text, list: &List) -> Markup {
    let asked = &list.asked;
    let any = || vec![Choice::new("", text.say("filters-any"))];
    let states = Life::ALL.iter().map(|state| Choice::new(state.name(), text.say(state_key(*state))));
    let states: Vec<Choice> =
        [Choice::new("", text.say("filters-any-but-deleted"))].into_iter().chain(states).collect();
    let modes = [("plain", "filters-mode-plain"), ("regex", "filters-mode-regex"), ("regex_i", "filters-mode-regex-i")];
    let privacy = [
        ("public", "filters-privacy-public"),
        ("hidden", "filters-privacy-hidden"),
        ("protected", "filters-privacy-protected"),
        ("suppressed", "filters-privacy-suppressed"),
    ];
    let whose = [("", "filters-whose-local"), ("farm", "filters-whose-farm"), ("all", "filters-whose-all")];
    let choices =
        |words: &[(&str, &str)]| words.iter().map(|(word, key)| Choice::new(*word, text.say(key))).collect::<Vec<_>>();
    let with_any = |more: &[Choice]| any().into_iter().chain(more.iter().cloned()).collect::<Vec<_>>();
    let one = |name: &str, key: &str, value: &str, choices: &[Choice]| {
        select(&Field { name, label: &text.say(key), value, ..Field::default() }, choices)
    };
    let search = Field {
        name: "q",
        label: &text.say("filters-search"),
        value: &asked.q,
        kind: Some("search"),
        letters_max: Some(1_000),
        is_code: true,
        ..Field::default()
    };
    let narrowing = [&asked.mode, &asked.state, &asked.group, &asked.consequence, &asked.privacy, &asked.whose];
    let has_more = narrowing.iter().any(|it| !it.is_empty() && *it != "plain");
    html! {
        form.ww-filterbar role="search" method="get" action=(h::leads_to_found(&paths::filters(&list.wiki))) {
            div.ww-double { (text_field(&search)) }
            details.ww-fold.ww-wide.ww-fold--phone open[has_more] {
                summary { (text.say("filters-more-fields")) }
                div.ww-filterbar {
            (one("mode", "filters-mode", &asked.mode, &choices(&modes)))
            (one("state", "filters-column-state", &asked.state, &states))
            (one("group", "filters-column-group", &asked.group, &with_any(&list.groups)))
            (one("consequence", "filters-column-consequences", &asked.consequence, &with_any(&list.consequences)))
            (one("privacy", "filters-column-privacy", &asked.privacy, &with_any(&choices(&privacy))))
            @if !list.wiki.is_farm() { (one("whose", "filters-whose", &asked.whose, &choices(&whose))) }
                }
            }
            @if !asked.sort.is_empty() { input type="hidden" name="sort" value=(asked.sort); }
            @if !asked.dir.is_empty() { input type="hidden" name="dir" value=(asked.dir); }
            div.ww-actions { (h::button(Weight::Primary, &text.say("filters-search-button"))) }
        }
    }
}

fn heading(text: Text, list: &List, by: Sort, key: &str) -> Markup {
    let asked = &list.asked;
    let is_by_it = asked.sort == by.name() || asked.sort.is_empty() && by == Sort::Id;
    let sorted = is_by_it.then_some(if asked.dir == "desc" { "descending" } else { "ascending" });
    let class = (by == Sort::Hits).then_some("ww-cell-num");
    html! {
        th scope="col" aria-sort=[sorted] class=[class] {
            a href=(asked.sorted(&list.wiki, by)) {
                (text.say(key))
            }
        }
    }
}

fn table(text: Text, list: &List) -> Markup {
    let caption = text.say("filters-title");
    html! {
        div.ww-table-wrap role="group" aria-label=(caption) tabindex="0" {
            table.cdx-table__table.ww-table-stack data-select-table="" {
                caption.ww-hidden { (caption) }
                thead {
                    tr {
                        @if list.may_bulk { td.ww-cell-check { (select_all(text)) } }
                        (heading(text, list, Sort::Id, "filters-column-id"))
                        (heading(text, list, Sort::Name, "filters-column-name"))
                        th scope="col" { (text.say("filters-column-state")) }
                        th scope="col" { (text.say("filters-column-group")) }
                        th scope="col" { (text.say("filters-column-consequences")) }
                        th scope="col" { (text.say("filters-column-privacy")) }
                        @if list.sorts_hits { (heading(text, list, Sort::Hits, "filters-column-hits")) }
                        @else if list.shows_hits { th.ww-cell-num scope="col" { (text.say("filters-column-hits")) } }
                        (heading(text, list, Sort::Edited, "filters-column-edited"))
                    }
                }
                tbody { @for row in &list.rows { (line(text, list, row)) } }
            }
        }
    }
}

fn line(text: Text, list: &List, row: &Row) -> Markup {
    let href = paths::filter(&list.wiki, &row.gid);
    let privacy = privacy_names(text, row.privacy);
    html! {
        tr data-href=(href) {
            @if list.may_bulk {
                td.ww-cell-check data-label=(text.say("filters-select")) {
                    @if row.may_change { (tick(&list.bulk.ticked, &format!("{}:{}", row.gid, row.version), &text.with("filters-select-one", args![&row.gid]))) }
                }
            }
            td.ww-num data-label=(text.say("filters-column-id")) { (row.gid) }
            th scope="row" data-label=(text.say("filters-column-name")) { a href=(href) { (h::foreign(&row.name)) } }
            td data-label=(text.say("filters-column-state")) {
                (state_chip(text, row.state))
                @if row.brake.0 { " " a href=(paths::filter_brake(&list.wiki, &row.gid)) { (h::chip("braked", &text.say("filters-braked"))) } }
                @if row.brake.1 { " " (h::chip("held", &text.say("filters-held"))) }
            }
            td data-label=(text.say("filters-column-group")) { (h::foreign(&row.group)) }
            td data-label=(text.say("filters-column-consequences")) {
                @if row.consequences.is_empty() { span.ww-muted { (text.say("filters-no-consequence")) } }
                @else { (text.list(row.consequences.iter().map(Into::into))) }
            }
            td data-label=(text.say("filters-column-privacy")) {
                @if privacy.is_empty() { span.ww-muted { (text.say("filters-privacy-public")) } }
                @for name in &privacy { span.ww-chip { (name) } " " }
            }
            @if list.shows_hits {
                td.ww-cell-num data-label=(text.say("filters-column-hits")) {
                    @if let Some(hits) = row.hits { a href=(paths::hits_of(&list.wiki, &row.gid)) { (text.number(i64::try_from(hits).unwrap_or(i64::MAX))) } }
                }
            }
            td data-label=(text.say("filters-column-edited")) { (text.time(row.edited_at)) br; (h::foreign(&row.edited_by)) }
        }
    }
}

fn tick(ticked: &[String], value: &str, label: &str) -> Markup {
    let id = format!("filter-{value}");
    html! {
        div.cdx-checkbox { div.cdx-checkbox__wrapper {
            input.cdx-checkbox__input type="checkbox" id=(id) name="filter" value=(value) checked[ticked.iter().any(|it| it == value)];
            span.cdx-checkbox__icon {}
            div.cdx-checkbox__label.cdx-label { label.cdx-label__label for=(id) { span.ww-hidden { (label) } } }
        } }
    }
}

fn select_all(text: Text) -> Markup {
    html! {
        div.cdx-checkbox.ww-with-script { div.cdx-checkbox__wrapper {
            input.cdx-checkbox__input type="checkbox" id="select-all" data-select-all="";
            span.cdx-checkbox__icon {}
            div.cdx-checkbox__label.cdx-label { label.cdx-label__label for="select-all" { span.ww-hidden { (text.say("filters-select-all")) } } }
        } }
    }
}

fn bulk(text: Text, list: &List) -> Markup {
    let reason = Field {
        name: "reason",
        label: &text.say("filters-bulk-reason"),
        value: &list.bulk.reason,
        wrong: list.bulk.wrongs.at("reason"),
        letters_max: Some(500),
        ..Field::default()
    };
    let path = list.asked.path(&list.wiki, &list.asked.after);
    html! {
        @if let Some((_, query)) = path.split_once('?') { input type="hidden" name="list" value=(query); }
        div.ww-bulk {
            (text_field(&reason))
            button.cdx-button name="do" value="enable" { (text.say("filters-bulk-enable")) }
            button.cdx-button.cdx-button--action-destructive name="do" value="disable" { (text.say("filters-bulk-disable")) }
        }
        p.ww-muted.ww-small { (text.say("filters-bulk-help")) }
    }
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |state, rights, make| Sample { page: "filters/list", state, rights, make };
    vec![
        sample("empty", SampleRights::Editor, |visitor| page(visitor, &sample_list(visitor, Vec::new()))),
        sample("one", SampleRights::Everybody, |visitor| {
            let row = Row { hits: None, may_change: false, ..sample_row(1, "New accounts that add many links") };
            let list = List {
                sorts_hits: false,
                shows_hits: false,
                may_bulk: false,
                may_create: false,
                ..sample_list(visitor, vec![row])
            };
            page(visitor, &list)
        }),
        sample("many", SampleRights::Editor, |visitor| {
            let rows = (1..=12).map(|number| sample_row(number, &format!("Filter number {number}"))).collect();
            let list = List { next: Some("/w/enwiki/filters?after=sealed".into()), ..sample_list(visitor, rows) };
            page(visitor, &list)
        }),
        sample("long text, right to left", SampleRights::Steward, |visitor| {
            let rows = vec![
                sample_row(
                    1,
                    &"Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(3),
                ),
                sample_row(2, "مرشح الروابط الطويلة جدا"),
                sample_row(3, "<script>alert(1)</script>\u{202e}gnp.exe\u{200b}"),
            ];
            page(visitor, &sample_list(visitor, rows))
        }),
        sample("error", SampleRights::Editor, |visitor| {
            let asked = Asked { q: "(".into(), mode: "regex".into(), ..Asked::default() };
            let wrong = Some("missing closing parenthesis (byte 1 of the pattern)".into());
            page(visitor, &List { asked, wrong, ..sample_list(visitor, Vec::new()) })
        }),
        sample("error in bulk", SampleRights::Editor, |visitor| {
            let rows = (1..=3).map(|number| sample_row(number, &format!("Filter number {number}"))).collect();
            let reason = "for the night".to_owned();
            let wrongs = Wrongs::one(BULK, visitor.text.say("filters-bulk-nothing"));
            page(visitor, &List { bulk: Bulk { reason, wrongs, ..Bulk::default() }, ..sample_list(visitor, rows) })
        }),
        sample("nothing found", SampleRights::Editor, |visitor| {
            let asked = Asked { q: "no such word".into(), ..Asked::default() };
            page(visitor, &List { asked, ..sample_list(visitor, Vec::new()) })
        }),
    ]
}

fn sample_list(visitor: &Visitor, rows: Vec<Row>) -> List {
    let wiki: WikiId = visitor.wikis.get(1).map_or_else(WikiId::farm, |(wiki, _)| wiki.clone());
    List {
        may_create: visitor.may(Right::Modify, &wiki),
        may_bulk: visitor.may(Right::Modify, &wiki),
        shows_hits: visitor.may(Right::LogDetail, &wiki),
        sorts_hits: visitor.may(Right::LogDetail, &wiki),
        asked: Asked::default(),
        rows,
        groups: vec![Choice::new("default", "Edits"), Choice::new("newsletter", "Newsletters")],
        consequences: vec![Choice::new("warn", visitor.text.say("filters-action-warn"))],
        first: None,
        next: None,
        wrong: None,
        bulk: Bulk::default(),
        wiki,
    }
}

fn sample_row(number: u32, name: &str) -> Row {
    let states = [Life::Enabled, Life::Disabled, Life::Shadow, Life::Draft];
    Row {
        brake: (number == 2, number == 3),
        gid: number.to_string(),
        version: 3,
        name: name.into(),
        state: states.get(number as usize % 4).copied().unwrap_or(Life::Draft),
        group: "default".into(),
        consequences: if number.is_multiple_of(3) { Vec::new() } else { vec!["Warn".into(), "Tag".into()] },
        privacy: Privacy { is_hidden: number.is_multiple_of(5), ..Privacy::default() },
        hits: Some(u64::from(number) * 1_234),
        edited_at: from_micros(1_790_000_000_000_000 - i64::from(number) * 86_400_000_000),
        edited_by: "Example".into(),
        may_change: true,
    }
}
