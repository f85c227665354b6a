//! What the pages about tokens look like.

use super::{List, Typed, may_for_farm, revoke_path};
use crate::html::{self as h, Column, Field, Weight, checkbox, text_field};
use crate::page::Page;
use crate::pages::acts::{self, Question, Wrongs, wiki_choice, wiki_markup, with_query};
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::{Timestamp, WikiId};
use wikiward_people::{Scope, Token, Wrong};

/// Key of what a scope lets a program do.
fn scope_key(scope: Scope) -> &'static str {
    match scope {
        Scope::Evaluate => "tokens-scope-evaluate",
        Scope::Events => "tokens-scope-events",
        Scope::GroupsWrite => "tokens-scope-groups",
        Scope::VerdictFull => "tokens-scope-verdict",
        Scope::Actor => "tokens-scope-actor",
    }
}

/// What is wrong with a token, where its words are its own.
pub(super) fn wrongs(text: Text, wrong: &[Wrong]) -> Wrongs {
    let (own, others): (Vec<Wrong>, Vec<Wrong>) =
        wrong.iter().cloned().partition(|it| it.code == "no_scope" || it.code == "too_many");
    let mut wrongs = Wrongs::said(text, &others);
    for wrong in own {
        let key = if wrong.code == "no_scope" { "tokens-wrong-scopes" } else { "tokens-wrong-many" };
        wrongs.add(wrong.field, text.say(key));
    }
    wrongs
}

fn state(text: Text, token: &Token, now: Timestamp) -> Markup {
    if let Some(at) = token.revoked_at {
        return html! { (h::chip("deleted", &text.say("tokens-state-revoked"))) " " span.ww-small { (text.time(at)) } };
    }
    if token.expires_at.is_some_and(|at| at <= now) {
        return h::chip("disabled", &text.say("tokens-state-ended"));
    }
    html! {
        (h::chip("enabled", &text.say("tokens-state-good")))
        @if let Some(at) = token.expires_at { " " span.ww-small { (text.rich("tokens-until", &[h::moment(at)])) } }
    }
}

/// The list, and the form for a new token.
pub(super) fn list(visitor: &Visitor, list: &List) -> Page {
    let text = visitor.text;
    let columns = [
        text.say("tokens-label"),
        text.say("tokens-wiki"),
        text.say("tokens-scopes"),
        text.say("tokens-state"),
        text.say("tokens-used"),
        text.say("tokens-made"),
        text.say("tokens-act"),
    ];
    let row = |token: &Token| {
        vec![
            html! { (h::foreign(&token.label)) br; code.ww-code.ww-small.ww-muted { (token.id) } },
            wiki_markup(text, &token.wiki),
            html! { @for (place, scope) in token.scopes.iter().enumerate() { @if place > 0 { br; } code.ww-code title=(text.say(scope_key(scope))) { (scope.name()) } } },
            state(text, token, list.now),
            html! { @match token.last_used_at { Some(at) => (text.time(at)), None => (text.say("tokens-never")) } },
            html! { (text.time(token.created_at)) br; code.ww-code.ww-small { (token.created_by) } },
            html! { @if token.revoked_at.is_none() { a href=(revoke_path(&token.id)) { (text.say("tokens-revoke")) span.ww-hidden { ": " (h::foreign(&token.label)) } } } },
        ]
    };
    let rows: Vec<Vec<Markup>> = list.tokens.iter().map(row).collect();
    let label = text.say("tokens-wiki");
    let choice = Field { name: "wiki", label: &label, value: &list.wiki, ..Field::default() };
    let page = |cursor: &str| with_query(paths::TOKENS, &[("wiki", &list.wiki), ("cursor", cursor)]);
    let content = html! {
        (list.wrongs.shown(text))
        p.ww-lead { (text.say("tokens-lead")) }
        form.ww-filterbar.ww-filterbar--line method="get" action=(paths::TOKENS) {
            (wiki_choice_as(visitor, "of", &choice))
            div.ww-actions { (h::button(Weight::Normal, &text.say("acts-show"))) }
        }
        @if rows.is_empty() { (h::empty(&text.say("tokens-none"))) }
        @else { (h::table(&text.say("tokens-title"), &columns.map(Column::text), &rows)) }
        (h::pager(text, list.is_later.then(|| page("")).as_deref(), list.next.as_deref().map(page).as_deref()))
        (h::section("new", &text.say("tokens-new"), new(visitor, &list.typed, &list.wrongs)))
    };
    Page::new(text.say("tokens-title"), content)
        .actions(html! { a.cdx-button.cdx-button--fake-button.cdx-button--fake-button--enabled href="#new" { (text.say("tokens-new")) } })
}

/// The choice that narrows the list: its id differs from that of the form's own choice.
fn wiki_choice_as(visitor: &Visitor, id: &str, field: &Field<'_>) -> Markup {
    let text = visitor.text;
    html! {
        div.cdx-field {
            div.cdx-label { label.cdx-label__label for=(id) { span.cdx-label__label__text { (field.label) } } }
            div.cdx-field__control {
                select.cdx-select id=(id) name=(field.name) {
                    option value="" { (text.say("tokens-all")) }
                    @for (wiki, label) in visitor.wikis.iter() { option value=(wiki.as_str()) selected[wiki.as_str() == field.value] { (label) " (" (wiki.as_str()) ")" } }
                }
            }
        }
    }
}

fn new(visitor: &Visitor, typed: &Typed, wrongs: &Wrongs) -> Markup {
    let text = visitor.text;
    let (label, wiki, day) = (text.say("tokens-label"), text.say("tokens-wiki"), text.say("tokens-expires"));
    let label = Field {
        name: "label",
        label: &label,
        value: &typed.label,
        help: Some(text.say("tokens-label-help")),
        wrong: wrongs.at("label"),
        letters_max: Some(200),
        is_required: true,
        ..Field::default()
    };
    let wiki = Field { name: "wiki", label: &wiki, value: &typed.wiki, wrong: wrongs.at("wiki"), ..Field::default() };
    let day = Field {
        name: "expires_at",
        label: &day,
        value: &typed.expires_at,
        help: Some(text.say("tokens-expires-help")),
        wrong: wrongs.at("expires_at"),
        kind: Some("date"),
        ..Field::default()
    };
    let first = may_for_farm(visitor).then(|| ("farm", text.say("shell-whole-farm")));
    let scope = |scope: &Scope| {
        let label = html! { (text.say(scope_key(*scope))) " " code.ww-code.ww-muted { (scope.name()) } };
        checkbox("scope", scope.name(), &label, typed.scopes.iter().any(|name| name == scope.name()))
    };
    h::form(
        visitor,
        paths::TOKENS,
        html! {
            (text_field(&label))
            (wiki_choice(visitor, &wiki, first))
            fieldset.cdx-field id="scopes" tabindex="-1" {
                legend.cdx-label { span.cdx-label__label { span.cdx-label__label__text { (text.say("tokens-scopes")) } } }
                div.cdx-field__control { @for one in Scope::ALL { (scope(one)) } }
                @if let Some(wrong) = wrongs.at("scopes") { (h::message(Tone::Wrong, html! { (wrong) })) }
            }
            (text_field(&day))
            (h::button(Weight::Primary, &text.say("tokens-make")))
        },
    )
}

/// The page with the secret of a new token.
pub(super) fn made(visitor: &Visitor, token: &Token, secret: &str) -> Page {
    let text = visitor.text;
    let scopes = token.scopes.names().join(", ");
    let content = html! {
        (acts::secret(text, secret))
        p { (text.say("tokens-made-help")) }
        (h::facts(&[
            (text.say("tokens-label"), h::foreign(&token.label)),
            (text.say("tokens-wiki"), wiki_markup(text, &token.wiki)),
            (text.say("tokens-scopes"), html! { code.ww-code { (scopes) } }),
            (text.say("tokens-expires"), html! { @match token.expires_at { Some(at) => (text.time(at)), None => (text.say("tokens-never")) } }),
        ]))
        p { (h::link_button(Weight::Normal, paths::TOKENS, &text.say("tokens-back"))) }
    };
    Page::new(text.say("tokens-made-title"), content)
}

/// Asks before a token is revoked.
pub(super) fn question(text: Text, token: &Token, reason: &str, wrongs: Wrongs) -> Question {
    let used = match token.last_used_at {
        Some(at) => text.rich("tokens-ask-used", &[h::moment(at)]),
        None => html! { (text.say("tokens-ask-unused")) },
    };
    Question {
        title: text.with("tokens-ask", args![&token.label]),
        happens: vec![
            text.rich("tokens-ask-ends", &[wiki_markup(text, &token.wiki)]),
            used,
            html! { (text.say("tokens-ask-who")) },
        ],
        undo: text.say("tokens-ask-undo"),
        action: revoke_path(&token.id),
        button: text.say("tokens-revoke"),
        back: paths::TOKENS.into(),
        reason: Some(reason.to_owned()),
        wrongs,
        ..Question::default()
    }
}

/// The pages in their states.
pub(crate) fn samples() -> Vec<Sample> {
    fn token(label: &str, wiki: &str, revoked: bool) -> Token {
        let at = Timestamp::constant(1_790_000_000, 0);
        Token {
            id: "01k5n0".into(),
            wiki: wiki.parse().unwrap_or_else(|_| WikiId::farm()),
            label: label.into(),
            scopes: [Scope::Evaluate, Scope::Actor].into_iter().collect(),
            created_at: at,
            created_by: "account:1".into(),
            expires_at: None,
            revoked_at: revoked.then_some(at),
            revoked_by: None,
            last_used_at: revoked.then_some(at),
        }
    }
    let sample = |page, state, make| Sample { page, state, rights: SampleRights::Steward, make };
    vec![
        sample("tokens/list", "empty", |visitor| list(visitor, &List::default())),
        sample("tokens/list", "one", |visitor| {
            list(visitor, &List { tokens: vec![token("MediaWiki", "enwiki", false)], ..List::default() })
        }),
        sample("tokens/list", "many, long, right-to-left", |visitor| {
            let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft ".repeat(2);
            let tokens =
                vec![token("برنامج", "arwiki", false), token(&long, "*", true), token("<b>\u{202e}x", "*", false)];
            list(visitor, &List { tokens, is_later: true, next: Some("c".into()), ..List::default() })
        }),
        sample("tokens/list", "error", |visitor| {
            let typed = Typed { label: String::new(), wiki: "enwiki".into(), ..Typed::default() };
            let wrongs = Wrongs::one("scopes", visitor.text.say("tokens-wrong-scopes"));
            list(visitor, &List { typed, wrongs, ..List::default() })
        }),
        sample("tokens/made", "one", |visitor| made(visitor, &token("MediaWiki", "enwiki", false), "ww_s_example")),
        sample("tokens/ask", "one", |visitor| {
            acts::ask(visitor, &question(visitor.text, &token("MediaWiki", "enwiki", true), "", Wrongs::default()))
        }),
    ]
}
