//! What the list of kept actions looks like, and the page of one.

use super::super::difference;
use super::super::list_view::title;
use super::super::one::Diff;
use super::super::search::field_time;
use super::super::{explain_view, values, words};
use super::list::Asked;
use super::one::{Attempt, Kept};
use crate::html::{self as h, Choice, Column, Field, Weight};
use crate::page::Page;
use crate::pages::filters::{broken, wiki_name};
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::WikiId;
use wikiward_filters::archive::{SeenHit, StoredAction};

/// Most letters of names and titles that stand in a cell; longer ones are folded.
const LETTERS_MAX: usize = 80;

/// The list.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) wiki: WikiId,
    pub(super) asked: Asked,
    /// The field that cannot be searched for.
    pub(super) wrong: Option<&'static str>,
    pub(super) rows: Vec<StoredAction>,
    pub(super) first: Option<String>,
    pub(super) next: Option<String>,
}

pub(super) fn list(visitor: &Visitor, list: &List) -> Page {
    let text = visitor.text;
    let content = html! {
        p.ww-muted { (text.say("hits-archived-lead")) }
        (search(text, list))
        (h::found(html! {
            @if list.wrong.is_some() {}
            @else if list.rows.is_empty() { (nothing(text, list)) }
            @else { (table(text, list)) }
            (h::pager(text, list.first.as_deref(), list.next.as_deref()))
        }))
    };
    let actions = h::link_button(Weight::Normal, &paths::hits(&list.wiki), &text.say("hits-back"));
    Page::new(text.with("hits-archived-title", args![wiki_name(text, &list.wiki)]), content)
        .on(&list.wiki)
        .actions(actions)
}

fn search(text: Text, list: &List) -> Markup {
    let (asked, path) = (&list.asked, paths::actions(&list.wiki));
    let wrong = |name: &str| {
        let key = if matches!(name, "from" | "to") { "hits-wrong-time" } else { "hits-archived-wrong" };
        list.wrong.filter(|field| *field == name).map(|_| text.say(key))
    };
    let field = |name: &'static str, label: &str, value: &str, kind: Option<&'static str>| {
        let label = text.say(label);
        // What is no time would be dropped by such a field, and with it what was typed.
        let kind = kind.filter(|_| wrong(name).is_none());
        h::text_field(&Field {
            name,
            label: &label,
            value,
            wrong: wrong(name),
            kind,
            autocomplete: Some("off"),
            ..Field::default()
        })
    };
    let time = Some("datetime-local");
    let known = words::KINDS.iter().map(|name| Choice::new(*name, words::kind(text, name)));
    let mut kinds: Vec<Choice> = [Choice::new("", text.say("hits-any"))].into_iter().chain(known).collect();
    if !kinds.iter().any(|choice| choice.value == asked.kind) {
        kinds.push(Choice::new(&*asked.kind, &*asked.kind));
    }
    let kind = Field {
        name: "kind",
        label: &text.say("hits-kind"),
        value: &asked.kind,
        wrong: wrong("kind"),
        ..Field::default()
    };
    html! {
        form.ww-filterbar role="search" method="get" action=(h::leads_to_found(&path)) {
            (field("user", "hits-actor", &asked.user, None))
            (field("page", "hits-target", &asked.page, None))
            details.ww-fold.ww-wide.ww-fold--phone open[[&asked.kind, &asked.from, &asked.to].iter().any(|it| !it.is_empty())] {
                summary { (text.say("hits-archived-more")) }
                div.ww-filterbar {
                    (h::select(&kind, &kinds))
                    (field("from", "hits-from", &field_time(asked.from.trim()), time))
                    (field("to", "hits-to", &field_time(asked.to.trim()), time))
                }
            }
            div.ww-actions {
                (h::button(Weight::Primary, &text.say("hits-archived-search")))
                @if asked.is_narrowed() { a href=(path) { (text.say("hits-archived-all")) } }
            }
        }
    }
}

fn nothing(text: Text, list: &List) -> Markup {
    html! {
        @if list.asked.is_narrowed() {
            div.ww-empty { p { (text.say("hits-archived-none-found")) } p { (text.say("hits-archived-none-found-help")) } }
        } @else { (h::empty(&text.say("hits-archived-none"))) }
    }
}

fn table(text: Text, list: &List) -> Markup {
    let columns = [
        "hits-column-time",
        "hits-column-actor",
        "hits-column-kind",
        "hits-column-page",
        "hits-archived-matched",
        "hits-column-outcome",
    ];
    let columns = columns.map(|key| Column::text(text.say(key)));
    let row = |action: &StoredAction| {
        vec![
            html! { a href=(paths::action(&list.wiki, &action.id.to_string())) { (text.time(action.at)) } },
            actor(text, &list.wiki, action),
            html! { (words::kind(text, &action.kind)) },
            page_of(text, action),
            matched(text, &list.wiki, &action.hits),
            words::outcome_chip(text, action.outcome.name()),
        ]
    };
    let rows: Vec<Vec<Markup>> = list.rows.iter().map(row).collect();
    h::table(&text.say("hits-archived-caption"), &columns, &rows)
}

fn actor(text: Text, wiki: &WikiId, action: &StoredAction) -> Markup {
    let name = &action.actor.name;
    let path = Asked { user: name.clone(), ..Asked::default() }.path(wiki, "");
    html! {
        @if name.is_empty() { span.ww-muted { (text.say("hits-archived-address")) } }
        @else {
            (values::short(text, name, LETTERS_MAX, Some(&path)))
            @if let Some(kind) = words::actor_type(text, action.actor.kind.name()) { " " span.ww-muted { "(" (kind) ")" } }
        }
    }
}

fn page_of(text: Text, action: &StoredAction) -> Markup {
    html! {
        @if action.target.title.is_empty() { span.ww-muted { (text.say("hits-archived-no-page")) } }
        @else { (title(text, action.target.ns, &action.target.title)) }
    }
}

/// The filters that matched, as far as they may be seen.
fn matched(text: Text, wiki: &WikiId, hits: &[SeenHit]) -> Markup {
    html! {
        @if hits.is_empty() { span.ww-muted { (text.say("hits-archived-no-filter")) } }
        @for (place, hit) in hits.iter().enumerate() {
            @if place > 0 { ", " }
            a href=(paths::hit(wiki, &hit.hit_id.to_string())) { (text.with("hits-archived-filter", args![hit.filter.gid()])) }
        }
    }
}

pub(super) fn one(visitor: &Visitor, kept: &Kept) -> Page {
    let text = visitor.text;
    let action = &kept.action;
    let wiki = &action.wiki;
    let at = text.left_to_right(&action.at.strftime("%Y-%m-%d %H:%M:%S").to_string());
    let content = html! {
        p { a href=(paths::actions(wiki)) { (text.say("hits-archived-back")) } }
        (refused(text, kept))
        (facts(text, kept))
        (h::section("try", &text.say("hits-archived-try"), try_on(visitor, kept)))
        @match &kept.difference {
            Diff::Lines(made) => (h::section("difference", &text.say("hits-diff"), difference::table(text, made))),
            Diff::TooLong => (h::section("difference", &text.say("hits-diff"), html! { p.ww-muted { (text.say("hits-diff-long")) } })),
            Diff::None => {},
        }
        (h::section("variables", &text.say("hits-variables"), variables(text, kept)))
    };
    Page::new(text.with("hits-archived-one-title", args![at]), content).on(wiki)
}

/// Why the rule was not evaluated; the keyboard begins there.
fn refused(text: Text, kept: &Kept) -> Markup {
    html! {
        @match &kept.attempt {
            Some(Attempt::Broken(found)) => (h::refusal(broken(text, &kept.rules, found))),
            Some(Attempt::Refused(why)) => (h::refusal(html! { p { a href="#rules" { (h::remark(why)) } } })),
            Some(Attempt::Done(_)) | None => {},
        }
    }
}

fn facts(text: Text, kept: &Kept) -> Markup {
    let action = &kept.action;
    let wiki = &action.wiki;
    h::facts(&[
        (text.say("hits-column-time"), text.time(action.at)),
        (text.say("hits-column-actor"), actor(text, wiki, action)),
        (text.say("hits-column-kind"), html! { (words::kind(text, &action.kind)) }),
        (text.say("hits-column-page"), page_of(text, action)),
        (text.say("hits-group"), html! { a href=(paths::group(wiki, &action.group)) { bdi { (action.group) } } }),
        (text.say("hits-decision"), html! { (words::decision(text, &action.decision)) }),
        (text.say("hits-column-outcome"), words::outcome_chip(text, action.outcome.name())),
        (text.say("hits-archived-matched"), matched(text, wiki, &action.hits)),
    ])
}

/// The form for a rule, and what the last one gave.
fn try_on(visitor: &Visitor, kept: &Kept) -> Markup {
    let (text, wiki) = (visitor.text, &kept.action.wiki);
    let field = Field {
        name: "rules",
        label: &text.say("filters-rules"),
        value: &kept.rules,
        help: Some(text.say("hits-archived-try-help")),
        is_code: true,
        ..Field::default()
    };
    html! {
        (h::form(visitor, &paths::action(wiki, &kept.action.id.to_string()), html! {
            (h::text_area(&field, 4))
            div.ww-actions { (h::button(Weight::Primary, &text.say("hits-archived-try-button"))) }
        }))
        @if let Some(Attempt::Done(made)) = &kept.attempt {
            // The keyboard goes on where the answer is.
            div.ww-section id="tried" tabindex="-1" autofocus { (explain_view::of_typed(text, made)) }
        }
    }
}

fn variables(text: Text, kept: &Kept) -> Markup {
    let columns = [Column::text(text.say("hits-variable")), Column::text(text.say("hits-value")).labelled("")];
    let matches = match &kept.attempt {
        Some(Attempt::Done(made)) => Some(&made.matches),
        _ => None,
    };
    let action = &kept.action;
    let path = paths::action(&action.wiki, &action.id.to_string());
    let whole = |name: &str| format!("{path}/variables/{}", crate::visit::encoded(name));
    let known = action.values.iter().map(|(name, value)| {
        let marks = matches.and_then(|matches| matches.get(name)).map_or(&[][..], Vec::as_slice);
        vec![html! { code.ww-code { (h::visible(name)) } }, values::value(text, value, marks, &whole(name))]
    });
    let lost = action.lost.iter().map(|name| {
        vec![
            html! { code.ww-code { (h::visible(name)) } },
            html! { span.ww-muted { (text.say("hits-archived-not-kept")) } },
        ]
    });
    let rows: Vec<Vec<Markup>> = known.chain(lost).collect();
    html! {
        @if rows.is_empty() { (h::message(Tone::Notice, html! { (text.say("hits-variables-none")) })) }
        @else { (h::table(&text.say("hits-variables"), &columns, &rows)) }
    }
}
