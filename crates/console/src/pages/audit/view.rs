//! What the pages about the logs look like.

use super::access::{AccessList, readable};
use super::words::{ACTS, act_label, sentence};
use super::{ACCESS, List, Search, VERIFY};
use crate::html::{self as h, Choice, Column, Field, Weight, fold, select, text_field};
use crate::page::Page;
use crate::pages::acts::{wiki_choice, wiki_markup};
use crate::pages::sample::{Sample, SampleRights};
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::{Right, Timestamp, WikiId};
use wikiward_filters::hits::access::{AccessEntry, AccessKind, KeptAccess};
use wikiward_store::audit::{Kept, Verification};

/// The log, with its search.
pub(super) fn list(visitor: &Visitor, list: &List) -> Page {
    let text = visitor.text;
    let whole = visitor.may(Right::AuditLog, &WikiId::farm());
    let columns = ["audit-when", "audit-what", "audit-wiki", "audit-why", "audit-details"];
    let row = |entry: &Kept| {
        let wiki = entry.wiki.parse::<WikiId>();
        vec![
            html! { (text.time(entry.at)) br; span.ww-small.ww-muted { "#" (entry.seq) } },
            sentence(text, entry),
            html! { @if let Ok(wiki) = &wiki { (wiki_markup(text, wiki)) } },
            h::foreign(&entry.reason),
            html! { @if !is_bare(&entry.details) { (fold(html! { (text.say("audit-show-details")) span.ww-hidden { " #" (entry.seq) } }, html! { pre.ww-code dir="ltr" { (h::visible(&pretty(&entry.details))) } }, false)) } },
        ]
    };
    let rows: Vec<Vec<Markup>> = list.entries.iter().map(row).collect();
    let content = html! {
        p.ww-lead { (text.say("audit-lead")) }
        (search(visitor, &list.search, whole))
        (h::found(html! {
            @if rows.is_empty() { (h::empty(&text.say("audit-none"))) }
            @else { (h::table(&text.say("audit-title"), &columns.map(|key| Column::text(text.say(key))), &rows)) }
            (h::pager(text, list.is_later.then(|| list.search.path("")).as_deref(), list.next.as_deref().map(|next| list.search.path(next)).as_deref()))
        }))
        (h::section("export", &text.say("audit-export"), html! {
            p { (text.say("audit-export-help")) }
            pre.ww-code dir="ltr" { "wikiward audit list --limit 0 --json > audit.jsonl" }
        }))
    };
    let actions = html! {
        @if whole { (h::link_button(Weight::Normal, VERIFY, &text.say("audit-verify"))) }
        @if visitor.wikis.iter().any(|(wiki, _)| !readable(visitor, wiki).is_empty()) { (h::link_button(Weight::Normal, ACCESS, &text.say("audit-access"))) }
    };
    Page::new(text.say("audit-title"), content).actions(actions)
}

/// Whether the details say nothing.
fn is_bare(details: &str) -> bool {
    matches!(details, "" | "{}" | "null")
}

fn pretty(details: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(details).ok();
    value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| details.to_owned())
}

fn search(visitor: &Visitor, search: &Search, whole: bool) -> Markup {
    let text = visitor.text;
    let labels = ["audit-who", "audit-what", "audit-subject", "audit-wiki", "audit-from", "audit-to"];
    let [who, what, subject, wiki, from, to] = labels.map(|key| text.say(key));
    let line = |name: &'static str, label: &str, value: &str, help: Option<String>, kind: Option<&'static str>| {
        text_field(&Field { name, label, value, help, kind, ..Field::default() })
    };
    let any = Choice::new("", text.say("audit-any"));
    let acts = ACTS.iter().map(|(action, key)| Choice::new(*action, act_label(text, action, key)));
    let acts: Vec<Choice> = std::iter::once(any).chain(acts).collect();
    let action = Field { name: "action", label: &what, value: &search.action, ..Field::default() };
    let wiki = Field { name: "wiki", label: &wiki, value: &search.wiki, ..Field::default() };
    html! {
        form.ww-filterbar role="search" method="get" action=(h::leads_to_found(paths::AUDIT)) {
            (line("by", &who, &search.by, Some(text.say("audit-who-help")), None))
            (select(&action, &acts))
            details.ww-fold.ww-wide.ww-fold--phone open[search.has_more()] {
                summary { (text.say("audit-more")) }
                div.ww-filterbar {
                    (line("subject", &subject, &search.subject, Some(text.say("audit-subject-help")), None))
                    (wiki_choice(visitor, &wiki, whole.then(|| ("", text.say("audit-everything")))))
                    (line("from", &from, &search.from, None, Some("date")))
                    (line("to", &to, &search.to, None, Some("date")))
                }
            }
            div.ww-actions { (h::button(Weight::Primary, &text.say("audit-search"))) a href=(paths::AUDIT) { (text.say("audit-clear")) } }
        }
    }
}

/// Whether the log is whole.
pub(super) fn verified(visitor: &Visitor, found: &Verification) -> Page {
    let text = visitor.text;
    let (tone, said) = match found {
        Verification::Whole { entries } => (Tone::Done, text.with("audit-whole", args![*entries])),
        Verification::Broken { seq } => (Tone::Wrong, text.with("audit-broken", args![*seq])),
        Verification::Short { found, wanted } => (Tone::Wrong, text.with("audit-short", args![*found, *wanted])),
    };
    let content = html! {
        (h::message(tone, html! { (said) }))
        p { (text.say("audit-chain-help")) }
        @if tone == Tone::Wrong { p { (text.say("audit-broken-help")) } }
        p { (h::link_button(Weight::Normal, paths::AUDIT, &text.say("audit-back"))) }
    };
    Page::new(text.say("audit-verify-title"), content)
}

/// What somebody did, by its kind.
fn access_key(kind: AccessKind) -> &'static str {
    match kind {
        AccessKind::PrivateDetails => "audit-looked-address",
        AccessKind::AddressSearch => "audit-looked-search",
        AccessKind::ProtectedVars => "audit-looked-variable",
        AccessKind::Hidden => "audit-looked-hidden",
        AccessKind::Shown => "audit-looked-shown",
    }
}

/// What a kind is called where one is chosen.
fn kind_key(kind: AccessKind) -> &'static str {
    match kind {
        AccessKind::PrivateDetails => "audit-kind-address",
        AccessKind::AddressSearch => "audit-kind-search",
        AccessKind::ProtectedVars => "audit-kind-variable",
        AccessKind::Hidden => "audit-kind-hidden",
        AccessKind::Shown => "audit-kind-shown",
    }
}

/// The log of who looked at what is private.
pub(super) fn access(visitor: &Visitor, list: &AccessList) -> Page {
    let text = visitor.text;
    let columns = ["audit-when", "audit-what", "audit-why"];
    let row = |kept: &KeptAccess| {
        let entry = &kept.entry;
        let whom = html! {
            (h::foreign(&entry.subject))
            @if let Some(id) = entry.hit_id { " (" a href=(paths::hit(&list.wiki, &id.to_string())) { (text.say("audit-hit")) } ")" }
        };
        let arguments = [h::foreign(&entry.by_name), whom, html! { code.ww-code { (h::visible(&entry.variable)) } }];
        vec![text.time(kept.at), text.rich(access_key(entry.kind), &arguments), h::foreign(&entry.reason)]
    };
    let rows: Vec<Vec<Markup>> = list.entries.iter().map(row).collect();
    let (wiki, what) = (text.say("audit-wiki"), text.say("audit-what"));
    let wiki = Field { name: "wiki", label: &wiki, value: paths::wiki_word(&list.wiki), ..Field::default() };
    let kind = Field { name: "kind", label: &what, value: list.kind.map_or("", AccessKind::name), ..Field::default() };
    let any = Choice::new("", text.say("audit-any"));
    let kinds = list.readable.iter().map(|kind| Choice::new(kind.name(), text.say(kind_key(*kind))));
    let kinds: Vec<Choice> = std::iter::once(any).chain(kinds).collect();
    let content = html! {
        p.ww-lead { (text.say("audit-access-lead")) }
        form.ww-filterbar method="get" action=(ACCESS) {
            (wiki_choice(visitor, &wiki, None))
            (select(&kind, &kinds))
            div.ww-actions { (h::button(Weight::Normal, &text.say("acts-show"))) }
        }
        @if rows.is_empty() { (h::empty(&text.say("audit-access-none"))) }
        @else { (h::table(&text.say("audit-access"), &columns.map(|key| Column::text(text.say(key))), &rows)) }
        (h::pager(text, list.is_later.then(|| list.path("")).as_deref(), list.next.as_deref().map(|next| list.path(next)).as_deref()))
    };
    Page::new(text.say("audit-access"), content)
}

/// The pages in their states.
pub(crate) fn samples() -> Vec<Sample> {
    const AT: Timestamp = Timestamp::constant(1_790_000_000, 0);
    fn kept(seq: i64, by: &str, action: &str, subject: &str, details: &str) -> Kept {
        Kept {
            seq,
            at: AT,
            by_key: "account:1".into(),
            by_name: by.into(),
            wiki: if seq % 2 == 0 { "enwiki".into() } else { "*".into() },
            action: action.into(),
            subject: subject.into(),
            reason: if seq % 3 == 0 { "<b>why\u{202e}</b>".into() } else { String::new() },
            details: details.into(),
            digest: Vec::new(),
        }
    }
    fn looked(kind: AccessKind, by: &str) -> Option<KeptAccess> {
        let entry = AccessEntry {
            kind,
            wiki: "enwiki".parse().ok()?,
            by_key: "account:1".into(),
            by_name: by.into(),
            subject: "~2026-1".into(),
            hit_id: None,
            variable: "user_unnamed_ip".into(),
            reason: "abuse".into(),
        };
        Some(KeptAccess { entry_id: "01k5n000000000000000000000".parse().ok()?, at: AT, entry })
    }
    fn access_list(entries: Vec<KeptAccess>) -> AccessList {
        let (wiki, readable) = (WikiId::farm(), AccessKind::ALL.to_vec());
        AccessList { wiki, kind: None, readable, entries, is_later: false, next: None }
    }
    let sample = |page, state, make| Sample { page, state, rights: SampleRights::Steward, make };
    vec![
        sample("audit/list", "empty", |visitor| list(visitor, &List::default())),
        sample("audit/list", "many, long, right-to-left", |visitor| {
            let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
            let entries = vec![
                kept(6, long, "filter.save", "filter:17", r#"{"version":[1,2]}"#),
                kept(5, "مدير", "account.change", "account:3", r#"{"rights":[{},{"*":["<b>"]}]}"#),
                kept(4, "<script>", "no.such.act", "thing:\u{202e}<i>", "not json <b>"),
                kept(3, "x", "token.revoke", "token:01k5n0", "{}"),
            ];
            let search = Search { by: "<x>".into(), action: "filter.save".into(), ..Search::default() };
            list(visitor, &List { entries, search, is_later: true, next: Some("c".into()) })
        }),
        sample("audit/verify", "one", |visitor| verified(visitor, &Verification::Whole { entries: 1_234 })),
        sample("audit/verify", "error", |visitor| verified(visitor, &Verification::Broken { seq: 17 })),
        sample("audit/verify", "short", |visitor| verified(visitor, &Verification::Short { found: 1, wanted: 2 })),
        sample("audit/access", "empty", |visitor| access(visitor, &access_list(Vec::new()))),
        sample("audit/access", "many", |visitor| {
            let entries = AccessKind::ALL.into_iter().filter_map(|kind| looked(kind, "<b>مدير")).collect();
            access(visitor, &AccessList { next: Some("c".into()), ..access_list(entries) })
        }),
    ]
}
