//! What people read: messages in MediaWiki's form, one folder an area, one file a language.
//!
//! `$1` stands for the first parameter, `{{PLURAL:$1|one|many}}` chooses by a number as the language does, with `0=none` for
//! a number of its own, `{{GENDER:$1|he|she|they}}` takes its last form: the service does not know.

mod catalogue;
pub mod checkup;
mod language;
pub mod lint;
mod message;
mod rule_error;
pub mod words;

pub use catalogue::{AREAS, Catalogue};
pub use language::Language;
pub use message::{Argument, Message, MessageError};
pub use rule_error::rule_error;

use jiff::Timestamp;
use maud::{Markup, PreEscaped, html};
use std::borrow::Cow;

/// Arguments of a message, as [`Text::say`] takes them.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($crate::text::Argument::from($value)),*] };
}

/// Says things in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// The language.
    pub language: Language,
    is_stretched: bool,
}

impl Text {
    /// Texts in `language`.
    pub const fn new(language: Language) -> Self {
        Self { language, is_stretched: false }
    }

    /// The same with every text made longer, to see whether pages bear it.
    #[must_use]
    pub const fn stretched(self) -> Self {
        Self { is_stretched: true, ..self }
    }

    /// The message `key`, without parameters.
    pub fn say(self, key: &str) -> String {
        self.with(key, &[])
    }

    /// The message `key` with its parameters; the key itself in brackets if there is no such message.
    pub fn with(self, key: &str, arguments: &[Argument<'_>]) -> String {
        let text = match Catalogue::shipped().find(self.language, key) {
            Some(message) => message.text(self.language, arguments),
            None => format!("⧼{key}⧽"),
        };
        if self.is_stretched { stretched(&text) } else { text }
    }

    /// The message `key` with parameters that are markup, such as links. The message's own text is escaped.
    pub fn rich(self, key: &str, arguments: &[Markup]) -> Markup {
        let Some(message) = Catalogue::shipped().find(self.language, key) else {
            return html! { "⧼" (key) "⧽" };
        };
        let pieces = message.pieces(self.language, arguments.len());
        html! {
            @for piece in pieces {
                @match piece {
                    Ok(text) => { (text) }
                    Err(place) => { (arguments.get(place).cloned().unwrap_or(PreEscaped(String::new()))) }
                }
            }
        }
    }

    /// A whole number as the language groups its digits.
    pub fn number(self, number: i64) -> String {
        grouped(number, self.language.group_separator())
    }

    /// A number with `digits` after the point.
    pub fn decimal(self, number: f64, digits: usize) -> String {
        let text = format!("{number:.digits$}");
        let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
        let whole = whole.parse().map_or_else(|_| whole.to_owned(), |whole| self.number(whole));
        if rest.is_empty() { whole } else { format!("{whole}{}{rest}", self.language.decimal_separator()) }
    }

    /// A time as an element: exact in its text, machine-readable beside it. Times are UTC.
    pub fn time(self, at: Timestamp) -> Markup {
        html! { time datetime=(at.strftime("%Y-%m-%dT%H:%M:%SZ")) data-relative="" { (at.strftime("%Y-%m-%d %H:%M:%S")) " UTC" } }
    }

    /// What is read from left to right in every language, such as a date in digits, for the middle of a sentence: in one that
    /// runs from right to left it is set apart.
    pub fn left_to_right(self, text: &str) -> String {
        if self.language.direction() == "rtl" { format!("\u{2066}{text}\u{2069}") } else { text.to_owned() }
    }

    /// Words joined as a list: `a, b, c`.
    pub fn list<'a>(self, words: impl IntoIterator<Item = Cow<'a, str>>) -> String {
        words.into_iter().collect::<Vec<_>>().join(self.language.list_separator())
    }
}

fn grouped(number: i64, separator: &str) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::from(if number < 0 { "−" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push_str(separator);
        }
        out.push(digit);
    }
    out
}

fn stretched(text: &str) -> String {
    let letters = text.chars().count();
    let more: String = "~".repeat(letters.div_ceil(2).max(1));
    format!("[{text} {more}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_keep_their_order_in_every_language() {
        assert_eq!(Text::new(Language::De).left_to_right("2026-09-21"), "2026-09-21");
        assert_eq!(Text::new(Language::Ar).left_to_right("2026-09-21"), "\u{2066}2026-09-21\u{2069}");
    }

    #[test]
    fn numbers_are_grouped_as_the_language_does() {
        let (english, german) = (Text::new(Language::En), Text::new(Language::De));
        assert_eq!(english.number(1_234_567), "1,234,567");
        assert_eq!(german.number(-1_234), "−1.234");
        assert_eq!(english.number(12), "12");
        assert_eq!(german.decimal(1_234.567, 1), "1.234,6");
        assert_eq!(english.decimal(0.5, 0), "0");
    }

    #[test]
    fn a_key_without_a_message_shows_itself() {
        assert_eq!(Text::new(Language::Ar).say("no-such-message"), "⧼no-such-message⧽");
    }
}
