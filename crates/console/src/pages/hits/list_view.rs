//! What the list of hits looks like.

use super::archived::may_look;
use super::search::{Search, Wrong, described, field_time};
use super::{values, words};
use crate::html::{self as h, Choice, Column, Field, Weight};
use crate::page::Page;
use crate::pages::filters::wiki_name;
use crate::text::Text;
use crate::visit::{Tone, Visitor, wiki_label};
use crate::{args, paths};
use maud::{Markup, html};
use std::borrow::Cow;
use wikiward_farm::{Right, Timestamp, WikiId};
use wikiward_filters::hits::list::HitRow;
use wikiward_filters::model::Consequence;

/// Most letters of names and titles that stand in a cell; longer ones are folded.
const LETTERS_MAX: usize = 80;

/// The list as it is shown.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) wiki: WikiId,
    pub(super) search: Search,
    pub(super) wrong: Vec<Wrong>,
    pub(super) rows: Vec<Row>,
    /// Names of the groups that can be searched for.
    pub(super) groups: Vec<String>,
    /// Address of the next page.
    pub(super) next: Option<String>,
    /// Whether this is not the first page.
    pub(super) is_later: bool,
    /// Whether the person may search by address here.
    pub(super) may_see_addresses: bool,
    /// Whether the person may see hits that were hidden.
    pub(super) may_see_hidden: bool,
}

impl List {
    /// An empty list.
    pub(super) fn new(visitor: &Visitor, wiki: &WikiId, search: Search) -> Self {
        Self {
            wiki: wiki.clone(),
            search,
            wrong: Vec::new(),
            rows: Vec::new(),
            groups: vec!["default".into()],
            next: None,
            is_later: false,
            may_see_addresses: visitor.may(Right::PrivateDetails, wiki) && !wiki.is_farm(),
            may_see_hidden: visitor.may(Right::HiddenLog, wiki),
        }
    }
}

/// A hit, as far as it is shown in a list.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Its id; none of a redacted one.
    pub(super) id: Option<String>,
    pub(super) at: Timestamp,
    pub(super) wiki: WikiId,
    pub(super) kind: String,
    pub(super) actor: String,
    pub(super) actor_type: String,
    pub(super) ns: i64,
    pub(super) title: String,
    /// How the filter is named on the wiki; none of a redacted one.
    pub(super) gid: Option<String>,
    pub(super) filter_name: String,
    pub(super) taken: Vec<String>,
    pub(super) has_withheld: bool,
    /// What became of it; none of a redacted one.
    pub(super) outcome: Option<String>,
    pub(super) is_hidden: bool,
}

impl From<HitRow> for Row {
    fn from(row: HitRow) -> Self {
        let full = row.full;
        Self {
            id: full.as_ref().map(|_| row.key.hit_id.to_string()),
            at: row.key.at,
            wiki: row.wiki,
            kind: row.kind,
            actor: row.actor_name,
            actor_type: row.actor_type,
            ns: row.target_ns,
            title: row.target_title,
            gid: full.as_ref().map(|full| full.filter.gid()),
            filter_name: row.filter_name,
            taken: row.taken,
            has_withheld: full.as_ref().is_some_and(|full| !full.withheld.is_empty()),
            is_hidden: full.as_ref().is_some_and(|full| full.restriction.is_hidden),
            outcome: full.map(|full| full.outcome),
        }
    }
}

/// The page with the search and the list.
pub(super) fn page(visitor: &Visitor, list: &List) -> Page {
    let text = visitor.text;
    let content = html! {
        @if list.wiki.is_farm() { p.ww-muted { (text.say("hits-farm-help")) } }
        (code_form(text, list))
        (search_form(visitor, list))
        (h::found(html! {
            @if list.wrong.is_empty() { (results(text, list)) }
            @else { (h::message(Tone::Wrong, html! { (text.say("hits-wrong")) })) }
        }))
    };
    let actions = html! {
        @if may_look(visitor, &list.wiki) {
            (h::link_button(Weight::Normal, &paths::actions(&list.wiki), &text.say("hits-archived-button")))
        }
    };
    Page::new(text.with("hits-title-of", args![wiki_name(text, &list.wiki)]), content).on(&list.wiki).actions(actions)
}

fn results(text: Text, list: &List) -> Markup {
    let is_missing = !list.search.code.is_empty() && list.rows.is_empty();
    let first = list.search.path(&list.wiki, None);
    html! {
        @if is_missing { (h::message(Tone::Notice, html! { (text.say("hits-code-missing")) })) }
        @else if list.rows.is_empty() { (nothing(text, list)) }
        @else {
            (table(text, list))
            (h::pager(text, list.is_later.then_some(first.as_str()), list.next.as_deref()))
        }
    }
}

/// What stands there instead of a list: why, and what to do.
fn nothing(text: Text, list: &List) -> Markup {
    let fields = described(text, &list.search);
    html! {
        @if fields.is_empty() {
            div.ww-empty { p { (text.say("hits-none")) } p { (text.say("hits-none-help")) } }
        } @else {
            div.ww-empty {
                p { (text.say("hits-none-found")) }
                p { (text.with("hits-none-found-help", args![text.list(fields.into_iter().map(Cow::from))])) }
                p { a href=(paths::hits(&list.wiki)) { (text.say("hits-show-all")) } }
            }
        }
    }
}

fn code_form(text: Text, list: &List) -> Markup {
    let field = Field {
        name: "code",
        label: &text.say("hits-code"),
        value: &list.search.code,
        help: Some(text.say("hits-code-help")),
        autocomplete: Some("off"),
        letters_max: Some(40),
        is_code: true,
        ..Field::default()
    };
    html! {
        form.ww-filterbar.ww-filterbar--line method="get" action=(paths::hits(&list.wiki)) {
            (h::text_field(&field))
            div.ww-actions { (h::button(Weight::Normal, &text.say("hits-code-go"))) }
        }
    }
}

fn search_form(visitor: &Visitor, list: &List) -> Markup {
    let text = visitor.text;
    let search = &list.search;
    let wrong = |name: &str| list.wrong.iter().find(|(field, _)| *field == name).map(|(_, key)| text.say(key));
    let plain = |name: &'static str, label: &'static str, help: Option<&'static str>, is_code: bool| {
        h::text_field(&Field {
            name,
            label: &text.say(label),
            value: search.get(name),
            help: help.map(|help| text.say(help)),
            wrong: wrong(name),
            autocomplete: Some("off"),
            is_code,
            ..Field::default()
        })
    };
    let time = |name: &'static str, label: &'static str| {
        h::text_field(&Field {
            name,
            label: &text.say(label),
            value: &field_time(search.get(name)),
            wrong: wrong(name),
            // What is no time would be dropped by such a field, and with it what was typed.
            kind: wrong(name).is_none().then_some("datetime-local"),
            ..Field::default()
        })
    };
    html! {
        form.ww-filterbar method="get" action=(h::leads_to_found(&paths::hits(&list.wiki))) role="search" aria-label=(text.say("hits-search")) {
            (plain("filter", "hits-filter", None, true))
            (plain("actor", "hits-actor", None, false))
            @if list.wiki.is_farm() { (wiki_choice(visitor, search)) }
            details.ww-fold.ww-wide.ww-fold--phone open[search.has_place()] {
                summary { (text.say("hits-place")) }
                div.ww-filterbar {
                    (plain("target", "hits-target", None, false))
                    (time("from", "hits-from"))
                    (time("to", "hits-to"))
                }
            }
            details.ww-fold.ww-wide open[search.has_more()] {
                summary { (text.say("hits-more")) }
                div.ww-filterbar {
                    (choices(text, list))
                    (plain("ns", "hits-namespace", None, true))
                    @if list.may_see_addresses { (plain("address", "hits-address", Some("hits-address-help"), true)) }
                }
            }
            div.ww-actions {
                (h::button(Weight::Primary, &text.say("hits-search")))
                @if !search.is_empty() { a href=(paths::hits(&list.wiki)) { (text.say("hits-show-all")) } }
            }
        }
    }
}

/// The fields with given values.
fn choices(text: Text, list: &List) -> Markup {
    let search = &list.search;
    let select = |name: &'static str, label: &'static str, known: Vec<Choice>| {
        let value = search.get(name);
        let mut choices = vec![Choice::new("", text.say("hits-any"))];
        let is_known = value.is_empty() || known.iter().any(|choice| choice.value == value);
        choices.extend(known);
        // What an address selects stays selected, known here or not.
        choices.extend((!is_known).then(|| Choice::new(value, value)));
        h::select(&Field { name, label: &text.say(label), value, ..Field::default() }, &choices)
    };
    let consequences = Consequence::ALL.iter().map(|it| it.name());
    html! {
        (select("group", "hits-group", list.groups.iter().map(|name| Choice::new(name, name)).collect()))
        (select("kind", "hits-kind", words::KINDS.iter().map(|name| Choice::new(*name, words::kind(text, name))).collect()))
        (select("taken", "hits-taken", consequences.map(|name| Choice::new(name, words::taken(text, name))).collect()))
        (select("outcome", "hits-outcome", words::OUTCOMES.iter().map(|name| Choice::new(*name, words::outcome(text, name))).collect()))
        @if list.may_see_hidden {
            (select("visibility", "hits-visibility", vec![
                Choice::new("normal", text.say("hits-visibility-normal")), Choice::new("hidden", text.say("hits-visibility-hidden")),
            ]))
        }
    }
}

fn wiki_choice(visitor: &Visitor, search: &Search) -> Markup {
    let text = visitor.text;
    let all = std::iter::once(Choice::new("", text.say("hits-any")));
    let wikis = visitor.wikis.iter().map(|(id, label)| Choice::new(id.as_str(), wiki_label(id, label)));
    let field = Field { name: "wiki", label: &text.say("hits-wiki"), value: search.get("wiki"), ..Field::default() };
    h::select(&field, &all.chain(wikis).collect::<Vec<_>>())
}

fn table(text: Text, list: &List) -> Markup {
    let mut columns = vec![
        Column::text(text.say("hits-column-time")),
        Column::text(text.say("hits-column-actor")),
        Column::text(text.say("hits-column-kind")),
        Column::text(text.say("hits-column-page")),
        Column::text(text.say("hits-column-filter")),
        Column::text(text.say("hits-column-taken")),
        Column::text(text.say("hits-column-outcome")),
    ];
    if list.wiki.is_farm() {
        columns.insert(1, Column::text(text.say("hits-wiki")));
    }
    let rows: Vec<Vec<Markup>> = list.rows.iter().map(|row| cells(text, list, row)).collect();
    h::table(&text.say("hits-caption"), &columns, &rows)
}

fn cells(text: Text, list: &List, row: &Row) -> Vec<Markup> {
    let time = match &row.id {
        Some(id) => html! { a href=(paths::hit(&list.wiki, id)) { (text.time(row.at)) } },
        None => text.time(row.at),
    };
    let actor = html! {
        (values::short(text, &row.actor, LETTERS_MAX, Search::only(&list.wiki, "actor", &row.actor).as_deref()))
        @if let Some(kind) = words::actor_type(text, &row.actor_type) { " " span.ww-muted { "(" (kind) ")" } }
    };
    let filter = html! {
        @match &row.gid {
            Some(gid) => { (values::short(text, &format!("{gid}: {}", row.filter_name), LETTERS_MAX, Some(&paths::filter(&list.wiki, gid)))) }
            None => { (values::short(text, &row.filter_name, LETTERS_MAX, None)) }
        }
    };
    let taken = html! {
        (words::taken_chips(text, &row.taken))
        @if row.has_withheld { " " span.ww-chip.ww-chip--warn { (text.say("hits-withheld")) } }
    };
    let outcome = html! {
        @if let Some(outcome) = &row.outcome { (words::outcome_chip(text, outcome)) }
        @if row.is_hidden { " " span.ww-chip.ww-chip--warn { (text.say("hits-is-hidden")) } }
        @if row.id.is_none() { span.ww-muted { (text.say("hits-redacted")) } }
    };
    let mut cells = vec![
        time,
        actor,
        html! { (words::kind(text, &row.kind)) },
        title(text, row.ns, &row.title),
        filter,
        taken,
        outcome,
    ];
    if list.wiki.is_farm() {
        cells.insert(1, html! { bdi { (row.wiki.as_str()) } });
    }
    cells
}

/// The title of a page, with the number of its namespace if that is another one than that of articles.
pub(super) fn title(text: Text, ns: i64, title: &str) -> Markup {
    html! {
        (values::short(text, title, LETTERS_MAX, None))
        @if ns != 0 { " " span.ww-muted { (text.with("hits-in-namespace", args![ns.to_string()])) } }
    }
}
