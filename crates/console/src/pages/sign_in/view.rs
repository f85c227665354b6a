//! What the pages of signing in look like.

use super::SignIn;
use crate::html::{self as h, Field, Weight, hidden_fields, text_field};
use crate::page::Page;
use crate::pages::acts::Wrongs;
use crate::pages::sample::{Sample, SampleRights};
use crate::visit::{Tone, Visitor};
use maud::{Markup, html};

/// The form to sign in with.
pub(super) fn page(visitor: &Visitor, sign_in: &SignIn) -> Page {
    let text = visitor.text;
    let name = Field {
        name: "name",
        label: &text.say("sign-in-name"),
        value: &sign_in.name,
        autocomplete: Some("username"),
        is_required: true,
        ..Field::default()
    };
    let content = html! {
        @if let Some(wrong) = &sign_in.wrong { (h::refusal(html! { p { (wrong) } })) }
        @if !sign_in.kept.is_empty() { (h::message(Tone::Notice, html! { (text.say("sign-in-form-waits")) })) }
        (h::form(visitor, "/sign-in", html! {
            input type="hidden" name="then" value=(sign_in.then);
            (hidden_fields("kept.", &sign_in.kept))
            (text_field(&name))
            (password("password", &text.say("sign-in-password"), None, None, "current-password"))
            div.ww-actions { (h::button(Weight::Primary, &text.say("sign-in-button"))) }
        }))
        @if !sign_in.issuers.is_empty() { (other_ways(visitor, &sign_in.issuers)) }
        p.ww-muted { (text.say("sign-in-from-wiki-help")) }
    };
    Page::new(text.say("sign-in-title"), content)
}

fn other_ways(visitor: &Visitor, issuers: &[String]) -> Markup {
    let text = visitor.text;
    h::section(
        "other-ways",
        &text.say("sign-in-other-ways"),
        html! {
            @for issuer in issuers {
                (h::form(visitor, "/sign-in/oidc", html! {
                    input type="hidden" name="issuer" value=(issuer);
                    button.cdx-button.cdx-button--weight-normal { (text.rich("sign-in-with", &[h::foreign(issuer)])) }
                }))
            }
        },
    )
}

fn password(name: &str, label: &str, help: Option<String>, wrong: Option<String>, autocomplete: &str) -> Markup {
    text_field(&Field {
        name,
        label,
        help,
        wrong,
        kind: Some("password"),
        autocomplete: Some(autocomplete),
        is_required: true,
        ..Field::default()
    })
}

/// A form that waited is sent with a click, now that somebody is signed in. `token` is the new session's.
pub(super) fn waiting(visitor: &Visitor, token: &str, then: &str, kept: &[(String, String)]) -> Page {
    let text = visitor.text;
    let content = html! {
        p { (text.say("sign-in-waits")) }
        form.ww-form method="post" action=(then) {
            input type="hidden" name=(crate::form::TOKEN) value=(token);
            (hidden_fields("", kept))
            div.ww-actions { (h::button(Weight::Primary, &text.say("sign-in-send-now"))) }
        }
    };
    Page::new(text.say("sign-in-back-title"), content)
}

/// The page that a wiki's link opens.
pub(super) fn from_wiki(visitor: &Visitor, statement: &str, then: &str) -> Page {
    let text = visitor.text;
    let content = html! {
        p { (text.say("sign-in-wiki-help")) }
        (h::form(visitor, "/sign-in/wiki", html! {
            input type="hidden" name="statement" value=(statement);
            input type="hidden" name="then" value=(then);
            div.ww-actions { (h::button(Weight::Primary, &text.say("sign-in-wiki-button"))) }
        }))
    };
    Page::new(text.say("sign-in-title"), content)
}

/// The page from which the browser goes to another service.
pub(super) fn leaving(visitor: &Visitor, url: &str) -> Page {
    let text = visitor.text;
    let host = url.split('/').nth(2).unwrap_or_default();
    let content = html! {
        p { (text.rich("sign-in-leaving", &[html! { strong { (h::foreign(host)) } }])) }
        p { (h::link_button(Weight::Primary, url, &text.say("sign-in-go-there"))) }
    };
    Page::new(text.say("sign-in-title"), content)
}

/// The page behind a link that works once.
pub(super) fn welcome(visitor: &Visitor, name: &str, wrongs: &Wrongs) -> Page {
    let text = visitor.text;
    let name = Field {
        name: "name",
        label: &text.say("sign-in-name"),
        value: name,
        help: Some(text.say("sign-in-name-help")),
        wrong: wrongs.at("name"),
        autocomplete: Some("username"),
        ..Field::default()
    };
    let content = html! {
        (wrongs.shown(text))
        p { (text.say("sign-in-welcome-help")) }
        form.ww-form method="post" {
            (h::token(visitor))
            (text_field(&name))
            (password("password", &text.say("sign-in-password"), Some(text.say("sign-in-password-help")), wrongs.at("password"), "new-password"))
            (password("again", &text.say("sign-in-password-again"), None, wrongs.at("again"), "new-password"))
            div.ww-actions { (h::button(Weight::Primary, &text.say("sign-in-go-on"))) }
        }
    };
    Page::new(text.say("sign-in-welcome"), content)
}

/// The pages in their states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |page, state, make| Sample { page, state, rights: SampleRights::Everybody, make };
    vec![
        sample("sign-in", "empty", |visitor| page(visitor, &SignIn { then: "/".into(), ..SignIn::default() })),
        sample("sign-in", "error", |visitor| {
            let wrong = Some(visitor.text.say("sign-in-wrong"));
            page(visitor, &SignIn { name: "Example".into(), then: "/".into(), wrong, ..SignIn::default() })
        }),
        sample("sign-in", "form waits, other ways", |visitor| {
            let kept = vec![("rules".into(), "1".into())];
            let issuers = vec!["https://id.example".into()];
            page(visitor, &SignIn { then: "/".into(), issuers, kept, ..SignIn::default() })
        }),
        sample("sign-in/back", "one", |visitor| waiting(visitor, "t", "/", &[("rules".into(), "\n<b>1".into())])),
        sample("sign-in/wiki", "one", |visitor| from_wiki(visitor, "a.b.c", "/")),
        sample("sign-in/leaving", "one", |visitor| leaving(visitor, "https://id.example/authorize?x=1")),
        sample("welcome", "empty", |visitor| welcome(visitor, "", &Wrongs::default())),
        sample("welcome", "error", |visitor| {
            welcome(visitor, "Ex", &Wrongs::one("again", visitor.text.say("sign-in-passwords-differ")))
        }),
    ]
}
