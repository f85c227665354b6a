//! What the page about messages looks like.

use super::{Entry, Messages, Use};
use crate::html::{self as h, Column, Field, Weight, fold};
use crate::page::Page;
use crate::pages::acts::wiki_choice;
use crate::pages::filters::state_key;
use crate::pages::groups::consequence_key;
use crate::pages::sample::{Sample, SampleRights};
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::WikiId;
use wikiward_filters::model::{Consequence, State as Life};

/// Filters that are shown before the rest is folded away.
const SHOWN_MAX: usize = 8;

/// The page.
pub(super) fn page(visitor: &Visitor, wiki: &WikiId, messages: &Messages, is_whole: bool) -> Page {
    let text = visitor.text;
    let columns = ["messages-key", "messages-when", "messages-groups", "messages-filters"];
    let row = |(key, entry): (&String, &Entry)| {
        let when = html! {
            @if entry.is_unavailable { (text.say("messages-unavailable")) }
            @for (place, consequence) in entry.when.iter().enumerate() { @if place > 0 { br; } (text.say(consequence_key(*consequence))) }
        };
        let groups =
            html! { @for group in &entry.groups { a href=(paths::group(wiki, group)) { (h::foreign(group)) } " " } };
        vec![html! { code.ww-code { (h::visible(key)) } }, when, groups, filters(visitor, wiki, &entry.filters)]
    };
    let rows: Vec<Vec<Markup>> = messages.iter().map(row).collect();
    let label = text.say("messages-wiki");
    let choice = Field { name: "wiki", label: &label, value: paths::wiki_word(wiki), ..Field::default() };
    let content = html! {
        p.ww-lead { (text.say("messages-lead")) }
        form.ww-filterbar.ww-filterbar--line method="get" action=(paths::MESSAGES) {
            (wiki_choice(visitor, &choice, Some(("farm", text.say("shell-whole-farm")))))
            div.ww-actions { (h::button(Weight::Normal, &text.say("acts-show"))) }
        }
        @if !is_whole { (h::message(Tone::Notice, html! { (text.say("messages-not-whole")) })) }
        (h::table(&text.say("messages-title"), &columns.map(|key| Column::text(text.say(key))), &rows))
        (h::section("write", &text.say("messages-write"), html! { p { (text.say("messages-write-help")) } p { (text.say("messages-parameters")) } }))
    };
    Page::new(text.say("messages-title"), content).on(wiki)
}

fn filters(visitor: &Visitor, wiki: &WikiId, filters: &[Use]) -> Markup {
    let text = visitor.text;
    let list = |filters: &[Use]| {
        html! {
            ul.ww-list {
                @for one in filters {
                    li { a href=(paths::filter(wiki, &one.gid)) { (one.gid) " " (h::foreign(&one.name)) } " " (h::chip(one.state.name(), &text.say(state_key(one.state)))) }
                }
            }
        }
    };
    let (first, rest) = filters.split_at_checked(SHOWN_MAX).unwrap_or((filters, &[]));
    html! {
        @if filters.is_empty() { span.ww-muted { (text.say("messages-no-filter")) } }
        @else { (list(first)) }
        @if !rest.is_empty() { (fold(html! { (text.with("messages-more", args![rest.len()])) }, list(rest), false)) }
    }
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    fn entry(filters: usize) -> Entry {
        let one = |number: usize| Use {
            gid: if number.is_multiple_of(2) { number.to_string() } else { format!("global-{number}") },
            name: ["Links of new accounts", "<b>\u{202e}x", "روابط الحسابات الجديدة"][number % 3].to_owned(),
            state: Life::Enabled,
        };
        Entry {
            when: [Consequence::Warn, Consequence::Disallow].into(),
            groups: ["default".to_owned(), "<i>".to_owned()].into(),
            filters: (1..=filters).map(one).collect(),
            is_unavailable: false,
        }
    }
    let sample = |page, state, make| Sample { page, state, rights: SampleRights::Editor, make };
    vec![
        sample("messages", "one", |visitor| {
            let only = Entry { is_unavailable: true, ..Entry::default() };
            page(visitor, &WikiId::farm(), &Messages::from([("wikiward-unavailable".into(), only)]), true)
        }),
        sample("messages", "many, long, right-to-left", |visitor| {
            let messages = [("abusefilter-warning", 20), ("abusefilter-disallowed", 1), ("<script>-warning", 0)];
            let messages = messages.into_iter().map(|(key, filters)| (key.to_owned(), entry(filters))).collect();
            let wiki = "arwiki".parse().unwrap_or_else(|_| WikiId::farm());
            page(visitor, &wiki, &messages, false)
        }),
    ]
}
