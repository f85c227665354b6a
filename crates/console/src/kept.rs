//! Forms that could not be carried out: what was typed comes back, to be copied or sent again. Passwords never do.

use crate::form::Form;
use crate::html::{self as h, Weight, hidden_fields};
use crate::page::Page;
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::Visitor;
use maud::{Markup, html};
use std::sync::{Arc, OnceLock};

/// Where a request's form is put when it is read, for the page that says why nothing came of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent(Arc<OnceLock<Form>>);

impl Sent {
    /// Keeps what a form of this console's own pages held.
    pub(crate) fn keep(&self, form: &Form) {
        // A request has one form.
        let _ = self.0.set(form.clone());
    }

    /// What was kept.
    pub(crate) fn form(&self) -> Option<&Form> {
        self.0.get()
    }
}

/// Fields that hold passwords.
const SECRET: [&str; 3] = ["password", "again", "present"];

/// What stands in every private key of the usual form.
const PRIVATE_KEY: &str = "PRIVATE KEY";

/// Fields that people type into, each with the key of its label.
const LABELLED: [(&str, &str); 11] = [
    ("rules", "filters-rules"),
    ("name", "filters-column-name"),
    ("notes", "filters-notes"),
    ("reason", "acts-reason"),
    ("text", "filters-import-text"),
    ("domains", "domains-lines"),
    ("user", "promotion-user"),
    ("note", "hits-note"),
    ("add-reason", "acts-reason"),
    ("private-reason", "acts-reason"),
    ("promote_reason", "acts-reason"),
];

/// Most letters of words for programs, such as the name of a group or a number: they are carried along, not shown.
const WORD_LETTERS_MAX: usize = 24;

/// Most lines that a text is shown in at once.
const LINES_MAX: usize = 16;

fn is_secret(name: &str, value: &str) -> bool {
    SECRET.contains(&name) || value.contains(PRIVATE_KEY)
}

/// The fields that pages may hold again.
pub(crate) fn without_secrets(form: &Form) -> Vec<(String, String)> {
    form.0.iter().filter(|(name, value)| !is_secret(name, value)).cloned().collect()
}

fn label(text: Text, name: &str) -> Option<String> {
    LABELLED.iter().find(|(field, _)| *field == name).map(|(_, key)| text.say(key))
}

/// Whether a field without a label of its own is something that a person wrote.
fn is_prose(value: &str) -> bool {
    let is_word = value.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.:/,+".contains(letter));
    !(value.trim().is_empty() || is_word && value.len() <= WORD_LETTERS_MAX)
}

/// What was typed, each text in a field of its own; `is_again` adds the button that sends all of it once more.
pub(crate) fn section(visitor: &Visitor, form: &Form, is_again: bool) -> Markup {
    let text = visitor.text;
    let fields = without_secrets(form);
    let is_whole = fields.len() == form.0.len();
    let shown: Vec<(String, &str)> = fields
        .iter()
        .filter_map(|(name, value)| match label(text, name) {
            Some(label) if !value.trim().is_empty() => Some((label, value.as_str())),
            None if is_prose(value) => Some((name.clone(), value.as_str())),
            _ => None,
        })
        .collect();
    let rows = |value: &str| value.lines().count().clamp(1, LINES_MAX);
    let content = html! {
        @if !shown.is_empty() { p { (text.say("shell-kept-help")) } }
        @for (place, (label, value)) in shown.iter().enumerate() {
            @let id = format!("kept-{place}");
            div.cdx-field {
                div.cdx-label { label.cdx-label__label for=(id) { span.cdx-label__label__text { (label) } } }
                div.cdx-field__control {
                    div.cdx-text-area.cdx-text-area--status-default {
                        textarea.cdx-text-area__textarea id=(id) rows=(rows(value)) readonly dir="auto" { "\n" (value) }
                    }
                }
            }
        }
        @if is_again && is_whole {
            form.ww-form method="post" action=(visitor.place) {
                (h::token(visitor))
                (hidden_fields("", &fields))
                div.ww-actions { (h::button(Weight::Primary, &text.say("shell-kept-again"))) }
            }
        }
    };
    html! { @if !shown.is_empty() || is_again && is_whole { (h::section("kept", &text.say("shell-kept"), content)) } }
}

/// The page that holds what was typed, in its states.
pub(crate) fn samples() -> Vec<Sample> {
    fn page(visitor: &Visitor, fields: &[(&str, &str)], is_again: bool) -> Page {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Page::new(visitor.text.say("shell-foreign-form"), section(visitor, &Form(fields), is_again))
    }
    let sample = |state, make| Sample { page: "kept", state, rights: SampleRights::Editor, make };
    vec![
        sample("one", |visitor| page(visitor, &[("do", "save"), ("reason", "a mistake")], false)),
        sample("many, long, right to left", |visitor| {
            let rules = "summary contains \"</textarea><script>\" &\n".repeat(30);
            let fields = [("rules", rules.as_str()), ("notes", "مرشح <b>\u{202e}"), ("other", "two words")];
            page(visitor, &fields, true)
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_and_private_keys_are_forgotten() {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let typed = [
            field("name", "Ada"),
            field("password", "correct horse"),
            field("again", "correct horse"),
            field("present", "old"),
            field("public_key", "-----BEGIN PRIVATE KEY-----\nMC4CAQ"),
            field("public_key", "-----BEGIN PUBLIC KEY-----"),
        ];
        let kept = without_secrets(&Form(typed.into()));
        assert_eq!(kept, [field("name", "Ada"), field("public_key", "-----BEGIN PUBLIC KEY-----")]);
    }

    #[test]
    fn words_for_programs_are_not_shown() {
        for word in ["", "  ", "save", "17", "global-17", "enabled", "2026-01-01T00:00"] {
            assert!(!is_prose(word), "{word}");
        }
        for prose in ["two words", "مرحبا", "a\nb", "https://example.org/a-longer-address"] {
            assert!(is_prose(prose), "{prose}");
        }
    }
}
