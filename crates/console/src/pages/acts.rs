//! What pages with forms have in common: errors at their fields, answers that say what was done, pages that ask before
//! something is taken away, and secrets that are shown once.

use crate::args;
use crate::fault::Fault;
use crate::html::{self as h, Choice, Field, Weight, hidden_fields, select, text_area};
use crate::page::Page;
use crate::pages::filters::wiki_name;
use crate::state::Console;
use crate::text::Text;
use crate::visit::{Flash, Tone, Visitor, go_to, wiki_label};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use maud::{Markup, html};
use wikiward_farm::{Limit, WikiId};
use wikiward_people::Wrong;

/// Most letters of a reason, as for reasons of changes of filters.
pub(crate) const REASON_LETTERS_MAX: u32 = 500;

/// What is wrong with a form: each a field and what to do about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wrongs(Vec<(&'static str, String)>);

impl Wrongs {
    /// One thing that is wrong.
    pub(crate) fn one(field: &'static str, message: String) -> Self {
        Self(vec![(field, message)])
    }

    /// What a service says is wrong.
    pub(crate) fn said(text: Text, wrong: &[Wrong]) -> Self {
        Self(wrong.iter().map(|wrong| (wrong.field, words(text, wrong))).collect())
    }

    /// Adds what is wrong with `field`.
    pub(crate) fn add(&mut self, field: &'static str, message: String) {
        self.0.push((field, message));
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with `field`.
    pub(crate) fn at(&self, field: &str) -> Option<String> {
        let messages: Vec<&str> =
            self.0.iter().filter(|(name, _)| *name == field).map(|(_, message)| message.as_str()).collect();
        (!messages.is_empty()).then(|| messages.join(" "))
    }

    /// All of it, to stand above the form.
    pub(crate) fn shown(&self, text: Text) -> Markup {
        let remark = |(field, message): &(&'static str, String)| (target(field).to_owned(), h::remark(message));
        let remarks: Vec<_> = self.0.iter().map(remark).collect();
        html! { @if !remarks.is_empty() { (h::wrongs(&text.say("acts-nothing-saved"), &remarks)) } }
    }
}

/// The id of the field that a remark is about; empty where the form shows none.
fn target(field: &'static str) -> &'static str {
    match field {
        "version" | "account" | "group" => "",
        "language" => "language_code",
        "identity" => "issuer",
        "right" => "rights",
        other => other,
    }
}

/// What is wrong, in the person's language; in English where a service says something that has no message here.
fn words(text: Text, wrong: &Wrong) -> String {
    let key = match wrong.code {
        "bad_name" => "acts-wrong-name",
        "bad_label" => "acts-wrong-label",
        "bad_url" => "acts-wrong-url",
        "bad_language" => "acts-wrong-language",
        "too_long" => "acts-wrong-settings-long",
        "bad_group" => "acts-wrong-groups",
        "too_many" => "acts-wrong-too-many",
        "unknown_wiki" => "acts-wrong-wiki",
        "unknown_issuer" => "acts-wrong-issuer",
        "bad_subject" => "acts-wrong-subject",
        "disabled" => "acts-wrong-disabled",
        "in_the_past" => "acts-wrong-past",
        "password_short" => "acts-wrong-password-short",
        "password_long" => "acts-wrong-password-long",
        "password_is_name" => "acts-wrong-password-name",
        "password_plain" => "acts-wrong-password-plain",
        _ => return wrong.message.clone(),
    };
    text.say(key)
}

/// An answer that goes to `path`, whose page says what was done.
pub(crate) fn done(console: &Console, path: &str, key: &str, parameters: &[&str]) -> Response {
    Flash::done(key, parameters).on(&console.sealer, console.is_secure, go_to(path))
}

/// A page that asks before something is destroyed or taken away.
#[derive(Debug, Default)]
pub(crate) struct Question {
    /// The page's title: the question.
    pub(crate) title: String,
    /// What will happen and who sees it, each a sentence.
    pub(crate) happens: Vec<Markup>,
    /// How to undo it.
    pub(crate) undo: String,
    /// Where the form goes.
    pub(crate) action: String,
    /// What the form carries along.
    pub(crate) fields: Vec<(String, String)>,
    /// What the button says.
    pub(crate) button: String,
    /// Where it is left without doing anything.
    pub(crate) back: String,
    /// What was typed as a reason, where one is asked for.
    pub(crate) reason: Option<String>,
    /// What is wrong with it.
    pub(crate) wrongs: Wrongs,
}

/// Name of the field by which a form says that the person has been asked.
pub(crate) const ASKED: &str = "asked";

/// The page that asks.
pub(crate) fn ask(visitor: &Visitor, question: &Question) -> Page {
    let text = visitor.text;
    let content = html! {
        (question.wrongs.shown(text))
        (h::section("what-happens", &text.say("acts-what-happens"), html! { ul { @for happens in &question.happens { li { (happens) } } } }))
        (h::section("how-to-undo", &text.say("acts-undo"), html! { p { (question.undo) } }))
        (h::form(visitor, &question.action, html! {
            (hidden_fields("", &question.fields))
            input type="hidden" name=(ASKED) value="1";
            @if let Some(reason) = &question.reason { (reason_field(text, reason, question.wrongs.at("reason"))) }
            div.ww-actions {
                // What led here announced a question; this is its answer.
                (h::button(Weight::Destructive, question.button.trim_end_matches(['…', ' '])))
                (h::link_button(Weight::Quiet, &question.back, &text.say("acts-cancel")))
            }
        }))
    };
    Page::new(question.title.clone(), content)
}

/// The field for a reason.
pub(crate) fn reason_field(text: Text, value: &str, wrong: Option<String>) -> Markup {
    let label = text.say("acts-reason");
    let help = Some(text.say("acts-reason-help"));
    let field = Field {
        name: "reason",
        label: &label,
        value,
        help,
        wrong,
        letters_max: Some(REASON_LETTERS_MAX),
        ..Field::default()
    };
    text_area(&field, 2)
}

/// A secret that is shown once, with a button that copies it.
pub(crate) fn secret(text: Text, value: &str) -> Markup {
    html! {
        (h::message(Tone::Warning, html! { (text.say("acts-shown-once")) }))
        p {
            code.ww-code id="secret" dir="ltr" { (value) } " "
            button.cdx-button.ww-with-script type="button" data-copy="#secret" { (text.say("acts-copy")) }
        }
    }
}

/// A choice of one of the wikis that the person may choose from. `first` stands before them: what is sent and what is read.
pub(crate) fn wiki_choice(visitor: &Visitor, field: &Field<'_>, first: Option<(&str, String)>) -> Markup {
    let first = first.map(|(value, label)| Choice::new(value, label));
    let wikis = visitor.wikis.iter().map(|(id, label)| Choice::new(id.as_str(), wiki_label(id, label)));
    select(field, &first.into_iter().chain(wikis).collect::<Vec<_>>())
}

/// The name of a wiki in a sentence or a cell.
pub(crate) fn wiki_markup(text: Text, wiki: &WikiId) -> Markup {
    html! { @if wiki.is_farm() { (wiki_name(text, wiki)) } @else { bdi.ww-code { (wiki.as_str()) } } }
}

/// That nobody gives rights beyond his own.
pub(crate) fn beyond(text: Text, wiki: &WikiId, right: wikiward_farm::Right) -> String {
    text.with("acts-beyond", args![text.say(super::rights::words::key(right)), wiki_name(text, wiki)])
}

/// The values of a page's query: names and values, in order. Names that stand twice have several values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked(crate::form::Form);

impl Asked {
    /// The first value called `name`, without spaces around it; empty if there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).trim()
    }

    /// All values called `name`.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.all(name)
    }

    /// The same; none if it is empty.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = serde_html_form::from_str(query).map_err(|_| Fault::NotFound)?;
        Ok(Self(crate::form::Form(pairs)))
    }
}

/// Rows on a page of a list.
pub(crate) fn rows() -> Limit {
    Limit::default()
}

/// An address with a query of those values that are not empty.
pub(crate) fn with_query(path: &str, values: &[(&str, &str)]) -> String {
    let pairs = values.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", crate::visit::encoded(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn what_is_wrong_stands_at_its_field_in_the_persons_language() {
        let wrong = [
            Wrong { code: "bad_label", field: "label", message: "it must".into() },
            Wrong { code: "no_such_code", field: "label", message: "as it is".into() },
        ];
        let wrongs = Wrongs::said(Text::new(Language::De), &wrong);
        let at = wrongs.at("label").unwrap();
        assert!(at.starts_with("Eine Bezeichnung hat") && at.ends_with("as it is"), "{at}");
        assert_eq!(wrongs.at("url"), None);
    }

    #[test]
    fn a_query_holds_what_was_said_only() {
        assert_eq!(with_query("/audit", &[("by", ""), ("wiki", "*"), ("to", "a b")]), "/audit?wiki=%2A&to=a%20b");
        assert_eq!(with_query("/audit", &[("by", "")]), "/audit");
    }
}
