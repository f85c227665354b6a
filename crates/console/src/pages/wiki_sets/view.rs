//! What the pages about sets of wikis look like.

use super::{List, Shown, Typed, path};
use crate::html::{self as h, Column, Field, Weight, fold, text_area, text_field};
use crate::page::Page;
use crate::pages::acts::{self, Question, Wrongs, with_query};
use crate::pages::sample::{Sample, SampleRights};
use crate::pages::wikis::{manages, path as wiki_path};
use crate::text::Text;
use crate::visit::Visitor;
use crate::{args, paths};
use maud::{Markup, html};
use std::sync::Arc;
use wikiward_farm::{Timestamp, WikiId};
use wikiward_people::{SetDraft, WikiSet};

/// Wikis of a set that are shown before the rest is folded away.
const SHOWN_MAX: usize = 20;

fn members(text: Text, wikis: &[WikiId]) -> Markup {
    let links = |wikis: &[WikiId]| html! { @for wiki in wikis { a.ww-code href=(wiki_path(wiki)) { (wiki) } " " } };
    let (first, rest) = wikis.split_at_checked(SHOWN_MAX).unwrap_or((wikis, &[]));
    html! {
        @if wikis.is_empty() { span.ww-muted { (text.say("wiki-sets-no-wikis")) } }
        (links(first))
        @if !rest.is_empty() { (fold(html! { (text.with("wiki-sets-more", args![rest.len()])) }, links(rest), false)) }
    }
}

/// The list, and the form for a new set.
pub(super) fn list(visitor: &Visitor, list: &List) -> Page {
    let text = visitor.text;
    let columns = ["wiki-sets-label", "wiki-sets-name", "wiki-sets-wikis"];
    let row = |shown: &Shown| {
        vec![
            html! { a href=(path(&shown.set.id)) { (h::foreign(&shown.set.draft.label)) } },
            html! { code.ww-code { (shown.set.id) } },
            members(text, &shown.wikis),
        ]
    };
    let rows: Vec<Vec<Markup>> = list.sets.iter().map(row).collect();
    let page = |cursor: &str| with_query(paths::WIKI_SETS, &[("cursor", cursor)]);
    let content = html! {
        (list.wrongs.shown(text))
        p.ww-lead { (text.say("wiki-sets-lead")) }
        @if rows.is_empty() { (h::empty(&text.say("wiki-sets-none"))) }
        @else { (h::table(&text.say("wiki-sets-title"), &columns.map(|key| Column::text(text.say(key))), &rows)) }
        (h::pager(text, list.is_later.then(|| page("")).as_deref(), list.next.as_deref().map(page).as_deref()))
        @if manages(visitor) {
            (h::section("new", &text.say("wiki-sets-new"), h::form(visitor, paths::WIKI_SETS, html! {
                (fields(text, &list.typed, &list.wrongs, true))
                (h::button(Weight::Primary, &text.say("wiki-sets-add")))
            })))
        }
    };
    Page::new(text.say("wiki-sets-title"), content)
}

fn fields(text: Text, typed: &Typed, wrongs: &Wrongs, is_new: bool) -> Markup {
    let (name, label, wikis) = (text.say("wiki-sets-name"), text.say("wiki-sets-label"), text.say("wiki-sets-wikis"));
    let name = Field {
        name: "wiki",
        label: &name,
        value: &typed.set,
        help: Some(text.say("wiki-sets-name-help")),
        wrong: wrongs.at("wiki"),
        is_code: true,
        is_required: true,
        ..Field::default()
    };
    let label = Field {
        name: "label",
        label: &label,
        value: &typed.label,
        wrong: wrongs.at("label"),
        is_required: true,
        ..Field::default()
    };
    let wikis = Field {
        name: "wikis",
        label: &wikis,
        value: &typed.wikis,
        help: Some(text.say("wiki-sets-wikis-help")),
        wrong: wrongs.at("wikis"),
        is_code: true,
        ..Field::default()
    };
    html! {
        @if is_new { (text_field(&name)) }
        (text_field(&label))
        (text_area(&wikis, 8))
    }
}

/// One set.
pub(super) fn one(visitor: &Visitor, shown: &Shown, typed: &Typed, wrongs: &Wrongs) -> Page {
    let (text, set) = (visitor.text, &shown.set);
    let content = html! {
        (wrongs.shown(text))
        (h::facts(&[
            (text.say("wiki-sets-name"), html! { code.ww-code { "set:" (set.id) } }),
            (text.say("wiki-sets-made"), text.time(set.created_at)),
            (text.say("wiki-sets-wikis"), members(text, &shown.wikis)),
        ]))
        @if manages(visitor) {
            (h::section("change", &text.say("wiki-sets-change"), h::form(visitor, &path(&set.id), html! {
                input type="hidden" name="version" value=(set.version);
                (fields(text, typed, wrongs, false))
                div.ww-actions {
                    (h::button(Weight::Primary, &text.say("wiki-sets-save")))
                    (h::link_button(Weight::Quiet, &format!("{}/remove", path(&set.id)), &text.say("wiki-sets-remove")))
                }
            })))
        }
    };
    Page::new(set.draft.label.clone(), content)
}

/// Asks before a set is removed.
pub(super) fn removing(text: Text, shown: &Shown) -> Question {
    let set = &shown.set;
    Question {
        title: text.with("wiki-sets-ask", args![&set.draft.label]),
        happens: vec![
            html! { (text.with("wiki-sets-ask-filters", args![format!("set:{}", set.id)])) },
            html! { (text.say("wiki-sets-ask-wikis")) },
            html! { (text.say("wiki-sets-ask-who")) },
        ],
        undo: text.say("wiki-sets-ask-undo"),
        action: format!("{}/remove", path(&set.id)),
        fields: vec![("version".into(), set.version.to_string())],
        button: text.say("wiki-sets-remove"),
        back: path(&set.id),
        ..Question::default()
    }
}

/// The pages in their states.
pub(crate) fn samples() -> Vec<Sample> {
    /// A set; none if its name cannot be one.
    fn set(name: &str, label: &str, wikis: usize) -> Option<Shown> {
        let wikis: Vec<WikiId> = (0..wikis).filter_map(|number| format!("wiki{number}").parse().ok()).collect();
        let draft = SetDraft { label: label.into(), wikis: wikis.iter().cloned().collect() };
        let created_at = Timestamp::constant(1_790_000_000, 0);
        Some(Shown { set: Arc::new(WikiSet { id: name.parse().ok()?, version: 1, draft, created_at }), wikis })
    }
    /// A page about a set.
    fn about(visitor: &Visitor, make: impl Fn(&Shown) -> Page) -> Page {
        set("small", "Small wikis", 3).map_or_else(|| list(visitor, &List::default()), |shown| make(&shown))
    }
    let sample = |page, state, rights, make| Sample { page, state, rights, make };
    vec![
        sample("wiki-sets/list", "empty", SampleRights::Everybody, |visitor| list(visitor, &List::default())),
        sample("wiki-sets/list", "many, long, right-to-left", SampleRights::Steward, |visitor| {
            let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
            let sets = [set("a", long, 30), set("b", "ويكيات صغيرة", 0), set("c", "<b>\u{202e}", 1)];
            list(
                visitor,
                &List { sets: sets.into_iter().flatten().collect(), next: Some("c".into()), ..List::default() },
            )
        }),
        sample("wiki-sets/list", "error", SampleRights::Steward, |visitor| {
            let wrongs = Wrongs::one("wikis", visitor.text.say("acts-wrong-wiki"));
            let typed = Typed { set: "a".into(), label: "<b>".into(), wikis: "nowiki".into() };
            list(visitor, &List { typed, wrongs, ..List::default() })
        }),
        sample("wiki-sets/one", "one", SampleRights::Steward, |visitor| {
            about(visitor, |shown| one(visitor, shown, &shown.typed(), &Wrongs::default()))
        }),
        sample("wiki-sets/one", "no right to change", SampleRights::Editor, |visitor| {
            about(visitor, |shown| one(visitor, shown, &shown.typed(), &Wrongs::default()))
        }),
        sample("wiki-sets/ask", "one", SampleRights::Steward, |visitor| {
            about(visitor, |shown| acts::ask(visitor, &removing(visitor.text, shown)))
        }),
    ]
}
