//! What the pages about blocked domains look like.

use super::{List, Log};
use crate::html::{self as h, Column, Field, Weight, checkbox, text_area, text_field};
use crate::page::Page;
use crate::pages::acts::{REASON_LETTERS_MAX, Wrongs, reason_field, with_query};
use crate::pages::filters::wiki_name;
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::Visitor;
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::{Id, Timestamp, WikiId};
use wikiward_filters::domains::attempts::{Attempt, AttemptKey};
use wikiward_filters::domains::{Added, BadDomain, BlockedDomain};

/// What is wrong with a line, in the person's language.
fn wrong_key(added: Added) -> &'static str {
    match added {
        Added::Bad(BadDomain::Empty | BadDomain::NoDot) => "domains-bad-dot",
        Added::Bad(BadDomain::Port) => "domains-bad-port",
        Added::Bad(BadDomain::Path) => "domains-bad-path",
        Added::Bad(BadDomain::Wildcard) => "domains-bad-wildcard",
        Added::Bad(BadDomain::Ipv6) => "domains-bad-ipv6",
        Added::Bad(BadDomain::UserInfo | BadDomain::NotAHost) => "domains-bad-host",
        Added::LongNotes | Added::New | Added::There | Added::Twice => "domains-bad-notes",
    }
}

/// The list, and the forms that change it.
pub(super) fn list(visitor: &Visitor, list: &List) -> Page {
    let text = visitor.text;
    let path = paths::domains(&list.wiki);
    let page = |cursor: &str| with_query(&path, &[("q", &list.search), ("cursor", cursor)]);
    let label = text.say("domains-search");
    let search = Field { name: "q", label: &label, value: &list.search, is_code: true, ..Field::default() };
    let content = html! {
        @if list.wrong.is_empty() { (list.wrongs.shown(text)) }
        @else {
            (h::refusal(html! {
                p { a href="#domains" { (text.say("domains-some-wrong")) } }
                ul { @for (line, added) in &list.wrong { li { code.ww-code { (h::visible(line)) } ": " (text.say(wrong_key(*added))) } } }
            }))
        }
        p.ww-lead { (text.say(if list.wiki.is_farm() { "domains-lead-farm" } else { "domains-lead" })) }
        form.ww-filterbar.ww-filterbar--line role="search" method="get" action=(path) {
            (text_field(&search))
            div.ww-actions { (h::button(Weight::Normal, &text.say("acts-search"))) }
        }
        @if list.entries.is_empty() && !list.search.is_empty() { (h::empty_but(&text.say("domains-none-found"), &path, &text.say("domains-all"))) }
        @else if list.entries.is_empty() { (h::empty(&text.say("domains-none"))) }
        @else if list.may_change {
            (h::form(visitor, &format!("{path}/remove"), html! {
                div id="list" tabindex="-1" { (table(text, list)) }
                (reason_field(text, &list.why_removed, list.wrongs.at("reason")))
                div.ww-actions { (h::button(Weight::Destructive, &text.say("domains-remove"))) }
            }))
        } @else { (table(text, list)) }
        (h::pager(text, list.is_later.then(|| page("")).as_deref(), list.next.as_deref().map(page).as_deref()))
        @if list.may_change { (h::section("new", &text.say("domains-new"), new(visitor, list))) }
    };
    let title = text.with("domains-title", args![wiki_name(text, &list.wiki)]);
    let actions = html! {
        @if list.may_change { (h::link_button(Weight::Normal, "#new", &text.say("domains-new"))) }
        @if list.may_read_log { (h::link_button(Weight::Normal, &paths::domain_attempts(&list.wiki), &text.say("domains-to-attempts"))) }
    };
    Page::new(title, content).actions(actions).on(&list.wiki)
}

fn table(text: Text, list: &List) -> Markup {
    let columns =
        [text.say("domains-domain"), text.say("domains-notes"), text.say("domains-by"), text.say("domains-at")];
    let row = |entry: &BlockedDomain| {
        let domain = html! { code.ww-code dir="ltr" { (entry.domain) } };
        vec![
            if list.may_change {
                checkbox("domain", &entry.domain, &domain, list.ticked.contains(&entry.domain))
            } else {
                domain
            },
            h::foreign(&entry.notes),
            h::foreign(&entry.added_by),
            text.time(entry.at),
        ]
    };
    let rows: Vec<Vec<Markup>> = list.entries.iter().map(row).collect();
    h::table(&text.say("domains-table"), &columns.map(Column::text), &rows)
}

fn new(visitor: &Visitor, list: &List) -> Markup {
    let text = visitor.text;
    let label = text.say("domains-lines");
    let lines = Field {
        name: "domains",
        label: &label,
        value: &list.typed,
        wrong: list.wrongs.at("domains"),
        help: Some(text.say("domains-lines-help")),
        is_required: true,
        is_code: true,
        ..Field::default()
    };
    h::form(
        visitor,
        &paths::domains(&list.wiki),
        html! {
            (text_area(&lines, 6))
            (why_added(text, list))
            div.ww-actions { (h::button(Weight::Primary, &text.say("domains-add"))) }
        },
    )
}

/// The field for a reason to add some: there is another one on the page, to remove some.
fn why_added(text: Text, list: &List) -> Markup {
    let field = Field {
        name: "add-reason",
        label: &text.say("acts-reason"),
        value: &list.reason,
        wrong: list.wrongs.at("add-reason"),
        letters_max: Some(REASON_LETTERS_MAX),
        ..Field::default()
    };
    text_field(&field)
}

/// The log of attempts.
pub(super) fn log(visitor: &Visitor, log: &Log) -> Page {
    let text = visitor.text;
    let path = paths::domain_attempts(&log.wiki);
    let page = |cursor: &str| with_query(&path, &[("code", &log.code), ("cursor", cursor)]);
    let columns = [
        text.say("domains-when"),
        text.say("domains-user"),
        text.say("domains-page"),
        text.say("domains-domains"),
        text.say("domains-code"),
    ];
    let row = |attempt: &Attempt| {
        vec![
            text.time(attempt.key.at),
            h::foreign(&attempt.actor_name),
            h::foreign(&attempt.target_title),
            html! { @for (place, domain) in attempt.domains.iter().enumerate() { @if place > 0 { br; } code.ww-code dir="ltr" { (domain) } } },
            html! { code.ww-code { (attempt.ref_code) } },
        ]
    };
    let rows: Vec<Vec<Markup>> = log.attempts.iter().map(row).collect();
    let label = text.say("domains-code");
    let code = Field { name: "code", label: &label, value: &log.code, is_code: true, ..Field::default() };
    let content = html! {
        p.ww-lead { (text.say("domains-attempts-lead")) }
        form.ww-filterbar.ww-filterbar--line role="search" method="get" action=(path) {
            (text_field(&code))
            div.ww-actions { (h::button(Weight::Normal, &text.say("acts-search"))) }
        }
        @if rows.is_empty() && !log.code.is_empty() { (h::empty_but(&text.say("domains-no-such-code"), &path, &text.say("domains-all-attempts"))) }
        @else if rows.is_empty() { (h::empty(&text.say("domains-no-attempts"))) }
        @else { (h::table(&text.say("domains-attempts-table"), &columns.map(Column::text), &rows)) }
        (h::pager(text, log.is_later.then(|| page("")).as_deref(), log.next.as_deref().map(page).as_deref()))
    };
    let back = h::link_button(Weight::Normal, &paths::domains(&log.wiki), &text.say("domains-to-list"));
    let title = text.with("domains-attempts-title", args![wiki_name(text, &log.wiki)]);
    Page::new(title, content).actions(back).on(&log.wiki)
}

/// The pages in their states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |page, state, rights, make| Sample { page, state, rights, make };
    vec![
        sample("domains/list", "empty", SampleRights::Everybody, |visitor| list(visitor, &sampled(visitor, 0))),
        sample("domains/list", "one", SampleRights::Everybody, |visitor| list(visitor, &sampled(visitor, 1))),
        sample("domains/list", "many, long, right-to-left", SampleRights::Steward, |visitor| {
            let sampled = sampled(visitor, 5);
            list(visitor, &List { is_later: true, next: Some("c".into()), ..sampled })
        }),
        sample("domains/list", "error", SampleRights::Steward, |visitor| {
            let wrong =
                vec![("localhost".into(), Added::Bad(BadDomain::NoDot)), ("\u{202e}x".into(), Added::LongNotes)];
            list(visitor, &List { wrong, typed: "localhost".into(), ..sampled(visitor, 1) })
        }),
        sample("domains/list", "error in a reason", SampleRights::Steward, |visitor| {
            let wrongs = Wrongs::one("reason", visitor.text.say("acts-wrong-reason-long"));
            let (ticked, why_removed) = (vec!["spam1.example".into()], "no spam any more".into());
            list(visitor, &List { wrongs, ticked, why_removed, ..sampled(visitor, 2) })
        }),
        sample("domains/list", "the farm's", SampleRights::Steward, |visitor| {
            list(visitor, &List { wiki: WikiId::farm(), may_read_log: false, ..sampled(visitor, 2) })
        }),
        sample("domains/attempts", "empty", SampleRights::Steward, |visitor| log(visitor, &logged(visitor, 0))),
        sample("domains/attempts", "many, long, right-to-left", SampleRights::Steward, |visitor| {
            log(visitor, &Log { is_later: true, next: Some("c".into()), ..logged(visitor, 3) })
        }),
    ]
}

fn wiki(visitor: &Visitor) -> WikiId {
    visitor.wikis.first().map_or_else(WikiId::farm, |(wiki, _)| wiki.clone())
}

fn sampled(visitor: &Visitor, count: usize) -> List {
    let entry = |number: usize| BlockedDomain {
        domain: format!(
            "{}.example",
            if number == 3 { "a-very-long-name.".repeat(12) } else { format!("spam{number}") }
        ),
        notes: if number == 2 { "شبكة <b>".repeat(30) } else { "casino".into() },
        added_by: if number == 4 { "مستخدم".into() } else { "Editor".into() },
        at: Timestamp::constant(1_790_000_000, 0),
    };
    let is_steward = visitor.may(wikiward_farm::Right::ModifyBlockedDomains, &wiki(visitor));
    List {
        wiki: wiki(visitor),
        entries: (0..count).map(entry).collect(),
        search: String::new(),
        may_change: is_steward,
        may_read_log: is_steward,
        is_later: false,
        next: None,
        typed: String::new(),
        reason: String::new(),
        wrong: Vec::new(),
        wrongs: Wrongs::default(),
        ticked: Vec::new(),
        why_removed: String::new(),
    }
}

fn logged(visitor: &Visitor, count: u8) -> Log {
    let attempt = |number: u8| Attempt {
        key: AttemptKey { at: Timestamp::constant(1_790_000_000, 0), hit_id: Id::from_bytes([number; 16]) },
        kind: "edit".into(),
        actor_id: None,
        actor_name: if number == 1 { "<b>مستخدم\u{202e}".into() } else { "Example".into() },
        actor_type: "named".into(),
        target_ns: 0,
        target_title: "Donaudampfschifffahrt".repeat(1 + 5 * usize::from(number)),
        target_page_id: None,
        domains: (0..=number).map(|domain| format!("spam{domain}.example")).collect(),
        ref_code: "K7Q2-M4XTB".into(),
    };
    Log {
        wiki: wiki(visitor),
        attempts: (0..count).map(attempt).collect(),
        code: String::new(),
        is_later: false,
        next: None,
    }
}
