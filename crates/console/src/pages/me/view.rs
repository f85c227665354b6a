//! What the page about oneself looks like.

use super::Me;
use crate::html::{self as h, Field, Weight, text_field};
use crate::page::Page;
use crate::pages::accounts::{samples::session, sessions};
use crate::pages::acts::{self, Wrongs, wiki_markup};
use crate::pages::rights::words;
use crate::pages::sample::{Sample, SampleRights};
use crate::visit::{Tone, Visitor};
use maud::{Markup, html};
use wikiward_farm::right::RightSet;
use wikiward_farm::{Principal, WikiId};

/// The page.
pub(super) fn page(visitor: &Visitor, me: &Me) -> Page {
    let text = visitor.text;
    let who = match &visitor.viewer.principal {
        Principal::WikiUser { wiki, .. } => text.rich("me-of-wiki", &[wiki_markup(text, wiki)]),
        _ => html! { (text.say("me-of-service")) },
    };
    let others = me.sessions.len() > 1;
    let content = html! {
        (me.wrongs.shown(text))
        @if visitor.viewer.is_blocked() { (h::message(Tone::Warning, html! { (text.say("me-blocked")) })) }
        (h::facts(&[(text.say("me-name"), h::foreign(visitor.name())), (text.say("me-from"), who)]))
        (h::section("rights", &text.say("me-rights"), rights(visitor)))
        (h::section("sessions", &text.say("me-sessions"), html! {
            p { (text.say("me-sessions-help")) }
            (sessions::table(visitor, &me.sessions, "/me/sessions"))
            @if others { (h::form(visitor, "/me/end-others", h::button(Weight::Normal, &text.say("me-end-others")))) }
        }))
        @if me.has_password { (h::section("change-password", &text.say("me-password"), password_form(visitor, &me.wrongs))) }
    };
    Page::new(text.say("me-title"), content)
}

fn rights(visitor: &Visitor) -> Markup {
    let text = visitor.text;
    let everywhere = visitor.viewer.rights_on(&WikiId::farm());
    let more = |wiki: &WikiId| words::without(visitor.viewer.rights_on(wiki), everywhere);
    let wikis: Vec<(&WikiId, RightSet)> = visitor
        .viewer
        .granted()
        .wikis()
        .map(|(wiki, _)| (wiki, more(wiki)))
        .filter(|(_, rights)| *rights != RightSet::NONE)
        .collect();
    html! {
        h3 { (text.say("accounts-everywhere")) }
        (words::list(text, everywhere))
        @for (wiki, rights) in wikis {
            h3 { (text.rich("me-also-on", &[wiki_markup(text, wiki)])) }
            (words::list(text, rights))
        }
    }
}

fn password_form(visitor: &Visitor, wrongs: &Wrongs) -> Markup {
    let text = visitor.text;
    let field = |name: &'static str, label: String, help: Option<String>, autocomplete: &'static str| {
        text_field(&Field {
            name,
            label: &label,
            help,
            wrong: wrongs.at(name),
            kind: Some("password"),
            autocomplete: Some(autocomplete),
            is_required: true,
            ..Field::default()
        })
    };
    h::form(
        visitor,
        "/me/password",
        html! {
            p { (text.say("me-password-help")) }
            (field("present", text.say("me-present"), None, "current-password"))
            (field("password", text.say("me-new"), Some(text.say("sign-in-password-help")), "new-password"))
            (field("again", text.say("sign-in-password-again"), None, "new-password"))
            (h::button(Weight::Primary, &text.say("me-change")))
        },
    )
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |page, state, rights, make| Sample { page, state, rights, make };
    vec![
        sample("me", "one", SampleRights::Editor, |visitor| page(visitor, &Me::default())),
        sample("me", "many", SampleRights::Steward, |visitor| {
            let sessions = vec![session("sample"), session("other")];
            page(visitor, &Me { sessions, has_password: true, ..Me::default() })
        }),
        sample("me", "error", SampleRights::Editor, |visitor| {
            let wrongs = Wrongs::one("present", visitor.text.say("me-wrong-present"));
            page(visitor, &Me { has_password: true, wrongs, ..Me::default() })
        }),
        sample("me/ask others", "one", SampleRights::Editor, |visitor| {
            acts::ask(visitor, &sessions::others_question(visitor.text, 2))
        }),
    ]
}
