//! What the pages about wikis look like.

use super::{List, Typed, manages, path};
use crate::html::{self as h, Column, Field, Weight, text_area, text_field};
use crate::page::Page;
use crate::pages::acts::{self, Question, Wrongs, with_query};
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use std::sync::Arc;
use wikiward_farm::{Right, Timestamp, WikiId};
use wikiward_people::{Wiki, WikiDraft};

fn state(text: Text, wiki: &Wiki) -> Markup {
    if wiki.is_closed {
        h::chip("disabled", &text.say("wikis-state-closed"))
    } else {
        h::chip("enabled", &text.say("wikis-state-open"))
    }
}

/// An address that a wiki gave itself: a link only if it can be nothing else.
fn address(url: &str) -> Markup {
    let is_plain = url.starts_with("https://") || url.starts_with("http://");
    html! { @if is_plain { a href=(url) rel="noreferrer" { (h::foreign(url)) } } @else { (h::foreign(url)) } }
}

/// The list, and the form for a new wiki.
pub(super) fn list(visitor: &Visitor, list: &List) -> Page {
    let text = visitor.text;
    let columns = ["wikis-label", "wikis-wiki", "wikis-language", "wikis-state", "wikis-pages"];
    let row = |wiki: &Arc<Wiki>| {
        vec![
            html! { a href=(path(&wiki.id)) { (h::foreign(&wiki.draft.label)) } },
            html! { code.ww-code { (wiki.id) } },
            html! { code.ww-code { (wiki.draft.language) } },
            state(text, wiki),
            links(visitor, &wiki.id),
        ]
    };
    let rows: Vec<Vec<Markup>> = list.wikis.iter().map(row).collect();
    let page = |cursor: &str| with_query(paths::WIKIS, &[("cursor", cursor)]);
    let content = html! {
        (list.wrongs.shown(text))
        p.ww-lead { (text.say("wikis-lead")) }
        @if rows.is_empty() { (h::empty(&text.say("wikis-none"))) }
        @else { (h::table(&text.say("wikis-title"), &columns.map(|key| Column::text(text.say(key))), &rows)) }
        (h::pager(text, list.is_later.then(|| page("")).as_deref(), list.next.as_deref().map(page).as_deref()))
        @if manages(visitor) {
            (h::section("new", &text.say("wikis-new"), h::form(visitor, paths::WIKIS, html! {
                (fields(text, &list.typed, &list.wrongs, true))
                (h::button(Weight::Primary, &text.say("wikis-add")))
            })))
        }
    };
    Page::new(text.say("wikis-title"), content)
}

fn links(visitor: &Visitor, wiki: &WikiId) -> Markup {
    let text = visitor.text;
    html! {
        @if visitor.may(Right::View, wiki) {
            a href=(paths::filters(wiki)) { (text.say("shell-filters")) } " · "
            a href=(paths::groups(wiki)) { (text.say("shell-groups")) }
        }
        @if visitor.may(Right::Log, wiki) { " · " a href=(paths::hits(wiki)) { (text.say("shell-hits")) } }
    }
}

fn fields(text: Text, typed: &Typed, wrongs: &Wrongs, is_new: bool) -> Markup {
    let labels = [
        "wikis-wiki",
        "wikis-label",
        "wikis-url",
        "wikis-language",
        "wikis-key",
        "wikis-settings",
        "wikis-farm-groups",
    ]
    .map(|key| text.say(key));
    let [wiki, label, url, language, key, settings, groups] = &labels;
    let one = |name: &'static str, label: &str, value: &str, help: Option<String>, is_code: bool, is_required: bool| {
        text_field(&Field {
            name,
            label,
            value,
            help,
            // The foot of every page has a field `language`.
            wrong: wrongs.at(if name == "language_code" { "language" } else { name }),
            is_code,
            is_required,
            ..Field::default()
        })
    };
    let several = |name: &'static str, label: &str, value: &str, help: String, rows: u32| {
        text_area(
            &Field { name, label, value, help: Some(help), wrong: wrongs.at(name), is_code: true, ..Field::default() },
            rows,
        )
    };
    html! {
        @if is_new { (one("wiki", wiki, &typed.wiki, Some(text.say("wikis-wiki-help")), true, true)) }
        (one("label", label, &typed.label, None, false, true))
        (one("url", url, &typed.url, Some(text.say("wikis-url-help")), true, true))
        (one("language_code", language, &typed.language, Some(text.say("wikis-language-help")), true, true))
        (several("public_key", key, &typed.public_key, text.say("wikis-key-help"), 5))
        (several("settings", settings, &typed.settings, text.say("wikis-settings-help"), 8))
        (several("farm_groups", groups, &typed.farm_groups, text.say("wikis-farm-groups-help"), 3))
    }
}

/// One wiki: facts for everybody, a form for who manages the farm.
pub(super) fn one(visitor: &Visitor, wiki: &Wiki, typed: &Typed, wrongs: &Wrongs) -> Page {
    let text = visitor.text;
    let own = path(&wiki.id);
    let subject = format!("wiki:{}", wiki.id);
    let mut facts = vec![
        (text.say("wikis-wiki"), html! { code.ww-code { (wiki.id) } }),
        (text.say("wikis-url"), address(&wiki.draft.url)),
        (text.say("wikis-language"), html! { code.ww-code { (wiki.draft.language) } }),
        (text.say("wikis-state"), state(text, wiki)),
        (text.say("wikis-made"), text.time(wiki.created_at)),
        (text.say("wikis-changed-at"), text.time(wiki.updated_at)),
        (text.say("wikis-pages"), links(visitor, &wiki.id)),
    ];
    if manages(visitor) {
        let algorithm = wiki.draft.public_key.as_ref().map(wikiward_people::PublicKey::algorithm);
        facts.push((
            text.say("wikis-key"),
            html! { @match algorithm { Some(name) => code.ww-code { (name) }, None => (text.say("wikis-key-none")) } },
        ));
        facts.push((
            text.say("wikis-more"),
            html! {
                a href=(with_query(paths::RIGHTS, &[("wiki", wiki.id.as_str())])) { (text.say("shell-rights")) } " "
                a href=(with_query(paths::TOKENS, &[("wiki", wiki.id.as_str())])) { (text.say("shell-tokens")) } " "
                a href=(with_query(paths::AUDIT, &[("subject", &subject)])) { (text.say("shell-audit")) }
            },
        ));
    }
    let content = html! {
        (wrongs.shown(text))
        @if wiki.is_closed { (h::message(Tone::Warning, html! { (text.say("wikis-is-closed")) })) }
        (h::facts(&facts))
        @if manages(visitor) {
            (h::section("change", &text.say("wikis-change"), h::form(visitor, &own, html! {
                input type="hidden" name="version" value=(wiki.version);
                (fields(text, typed, wrongs, false))
                (h::button(Weight::Primary, &text.say("wikis-save")))
            })))
            (h::section("close", &text.say("wikis-closing"), html! {
                @if wiki.is_closed { (h::form(visitor, &format!("{own}/open"), h::button(Weight::Normal, &text.say("wikis-open")))) }
                @else { p { (h::link_button(Weight::Normal, &format!("{own}/close"), &text.say("wikis-close"))) } }
            }))
        }
    };
    Page::new(wiki.draft.label.clone(), content).on(&wiki.id)
}

/// Asks before a wiki is closed.
pub(super) fn closing(text: Text, wiki: &Wiki) -> Question {
    Question {
        title: text.with("wikis-ask", args![&wiki.draft.label]),
        happens: ["wikis-ask-tokens", "wikis-ask-people", "wikis-ask-keeps", "wikis-ask-who"]
            .into_iter()
            .map(|key| html! { (text.say(key)) })
            .collect(),
        undo: text.say("wikis-ask-undo"),
        action: format!("{}/close", path(&wiki.id)),
        button: text.say("wikis-close"),
        back: path(&wiki.id),
        ..Question::default()
    }
}

/// The pages in their states.
pub(crate) fn samples() -> Vec<Sample> {
    fn wiki(id: &str, label: &str, is_closed: bool) -> Arc<Wiki> {
        let at = Timestamp::constant(1_790_000_000, 0);
        let settings = serde_json::json!({"enabled_actions": {"block": false}});
        Arc::new(Wiki {
            id: id.parse().unwrap_or_else(|_| WikiId::farm()),
            version: 2,
            draft: WikiDraft {
                label: label.into(),
                url: "https://wiki.example/".into(),
                language: "en".into(),
                public_key: None,
                settings: settings.as_object().cloned().unwrap_or_default(),
                farm_groups: vec!["steward".into()],
            },
            is_closed,
            created_at: at,
            updated_at: at,
        })
    }
    let sample = |page, state, rights, make| Sample { page, state, rights, make };
    vec![
        sample("wikis/list", "empty", SampleRights::Everybody, |visitor| list(visitor, &List::default())),
        sample("wikis/list", "many, long, right-to-left", SampleRights::Steward, |visitor| {
            let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(2);
            let wikis =
                vec![wiki("enwiki", &long, false), wiki("arwiki", "ويكيبيديا", true), wiki("x", "<b>\u{202e}", false)];
            list(visitor, &List { wikis, is_later: true, next: Some("c".into()), ..List::default() })
        }),
        sample("wikis/list", "error", SampleRights::Steward, |visitor| {
            let typed = Typed { wiki: "No Name".into(), settings: "{".into(), ..Typed::default() };
            let mut wrongs = Wrongs::one("wiki", visitor.text.say("acts-wrong-name"));
            wrongs.add("settings", visitor.text.with("wikis-wrong-settings", args![1_u32, 2_u32]));
            list(visitor, &List { typed, wrongs, ..List::default() })
        }),
        sample("wikis/one", "no right to change", SampleRights::Editor, |visitor| {
            let wiki = wiki("enwiki", "English Wikipedia", true);
            one(visitor, &wiki, &Typed::from(&*wiki), &Wrongs::default())
        }),
        sample("wikis/one", "one", SampleRights::Steward, |visitor| {
            let wiki = wiki("enwiki", "English Wikipedia", false);
            one(visitor, &wiki, &Typed::from(&*wiki), &Wrongs::default())
        }),
        sample("wikis/one", "error", SampleRights::Steward, |visitor| {
            let wiki = wiki("arwiki", "ويكيبيديا", false);
            let wrongs = Wrongs::one("version", visitor.text.with("acts-stale", args![3_u32]));
            one(visitor, &wiki, &Typed { label: "<b>".into(), ..Typed::from(&*wiki) }, &wrongs)
        }),
        sample("wikis/ask", "one", SampleRights::Steward, |visitor| {
            acts::ask(visitor, &closing(visitor.text, &wiki("enwiki", "English Wikipedia", false)))
        }),
    ]
}
