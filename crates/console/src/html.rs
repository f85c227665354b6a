//! Pieces of pages, in Codex's markup. Each is a function from plain values to markup.
#![expect(clippy::needless_pass_by_value, reason = "pieces are made in the call that takes them")]

pub mod chart;
mod field;
mod table;
mod timeline;

pub use chart::{Bar, sparkline};
pub use field::{Choice, Field, checkbox, hidden_fields, select, text_area, text_field};
pub use table::{Column, pager, table};
pub use timeline::{Shape, Timeline, timeline};

use crate::form::TOKEN;
use crate::visit::{Tone, Visitor};
use maud::{Markup, html};
use wikiward_farm::Timestamp;

/// A box that says something.
pub fn message(tone: Tone, content: Markup) -> Markup {
    let (class, role) = match tone {
        Tone::Done => ("cdx-message--success", "status"),
        Tone::Notice => ("cdx-message--notice", "status"),
        Tone::Warning => ("cdx-message--warning", "status"),
        Tone::Wrong => ("cdx-message--error", "alert"),
    };
    html! {
        div.cdx-message.cdx-message--block.(class) role=(role) {
            span.cdx-message__icon {}
            div.cdx-message__content { (content) }
        }
    }
}

/// What is wrong with a form, above it. The keyboard begins there; each remark leads to its field, whose id stands with it
/// (empty where it is about none).
pub fn wrongs(lead: &str, remarks: &[(String, Markup)]) -> Markup {
    refusal(html! {
        p { strong { (lead) } }
        ul {
            @for (field, remark) in remarks {
                li { @if field.is_empty() { (remark) } @else { a href=(format!("#{field}")) { (remark) } } }
            }
        }
    })
}

/// Why a form was refused, above it. The keyboard begins there, with scripts and without; a page has one.
pub fn refusal(content: Markup) -> Markup {
    html! {
        div.cdx-message.cdx-message--block.cdx-message--error role="alert" tabindex="-1" autofocus {
            span.cdx-message__icon {}
            div.cdx-message__content { (content) }
        }
    }
}

/// Text that a person or a program outside wrote: shown as it is, in its own direction. Characters that change how other
/// text looks, and those that cannot be seen, are shown by their numbers.
pub fn foreign(text: &str) -> Markup {
    html! { bdi.ww-bidi { (visible(text)) } }
}

/// The text with characters that hide or reorder others made visible.
pub fn visible(text: &str) -> Markup {
    let mut pieces: Vec<Result<&str, char>> = Vec::new();
    let mut begin = 0;
    for (at, letter) in text.char_indices() {
        if is_treacherous(letter) {
            pieces.push(Ok(text.get(begin..at).unwrap_or_default()));
            pieces.push(Err(letter));
            begin = at + letter.len_utf8();
        }
    }
    pieces.push(Ok(text.get(begin..).unwrap_or_default()));
    html! {
        @for piece in pieces {
            @match piece {
                Ok(plain) => { (plain) }
                Err(letter) => { span.ww-control { (format!("⟨U+{:04X}⟩", u32::from(letter))) } }
            }
        }
    }
}

/// Whether a character is a control, changes the direction of others, or has no width.
fn is_treacherous(letter: char) -> bool {
    (letter.is_control() && !matches!(letter, '\n' | '\t' | '\r'))
        || matches!(letter,
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}' | '\u{fff9}'..='\u{fffb}')
}

/// A sentence whose words between backticks are code. A backtick without another one stands for itself.
pub fn with_code(text: &str) -> Markup {
    let mut rest = text;
    let mut pieces: Vec<(&str, Option<&str>)> = Vec::new();
    while let Some((plain, (code, after))) = rest.split_once('`').and_then(|(it, on)| Some((it, on.split_once('`')?))) {
        pieces.push((plain, Some(code)));
        rest = after;
    }
    pieces.push((rest, None));
    html! {
        @for (plain, code) in pieces {
            (visible(plain))
            @if let Some(code) = code { code.ww-code dir="ltr" { (visible(code)) } }
        }
    }
}

/// What a program says of somebody's text, in a direction of its own, words between backticks as code.
pub fn remark(text: &str) -> Markup {
    html! { bdi.ww-bidi { (with_code(text)) } }
}

/// A form that changes something, with the token that binds it to the browser.
pub fn form(visitor: &Visitor, action: &str, content: Markup) -> Markup {
    html! {
        form.ww-form method="post" action=(action) {
            (token(visitor))
            (content)
        }
    }
}

/// The hidden field that binds a form to the browser.
pub fn token(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name=(TOKEN) value=(visitor.csrf); }
}

/// How much a button asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// The one thing that the form is for.
    Primary,
    /// One of several.
    Normal,
    /// Something that destroys or takes away.
    Destructive,
    /// Hardly any.
    Quiet,
}

impl Weight {
    const fn classes(self) -> &'static str {
        match self {
            Self::Primary => "cdx-button--action-progressive cdx-button--weight-primary",
            Self::Normal => "cdx-button--weight-normal",
            Self::Destructive => "cdx-button--action-destructive cdx-button--weight-primary",
            Self::Quiet => "cdx-button--weight-quiet",
        }
    }
}

/// A button that sends its form.
pub fn button(weight: Weight, label: &str) -> Markup {
    html! { button.cdx-button.(weight.classes()) { (label) } }
}

/// A button that sends its form with a name and a value.
pub fn button_named(weight: Weight, name: &str, value: &str, label: &str) -> Markup {
    html! { button.cdx-button.(weight.classes()) name=(name) value=(value) { (label) } }
}

/// A link that looks like a button.
pub fn link_button(weight: Weight, href: &str, label: &str) -> Markup {
    html! {
        a.cdx-button.cdx-button--fake-button.cdx-button--fake-button--enabled.(weight.classes()) href=(href) { (label) }
    }
}

/// A time as an element that scripts leave as it is: after words such as *until*, "in five minutes" is no time.
pub fn moment(at: Timestamp) -> Markup {
    html! { time datetime=(at.strftime("%Y-%m-%dT%H:%M:%SZ")) { (at.strftime("%Y-%m-%d %H:%M:%S")) " UTC" } }
}

/// A small label. `kind` is the end of its class `ww-state-…`.
pub fn chip(kind: &str, label: &str) -> Markup {
    html! { span.cdx-info-chip.ww-state.(format!("ww-state-{kind}")) { span.cdx-info-chip__text { (label) } } }
}

/// What stands where a list has nothing.
pub fn empty(text: &str) -> Markup {
    html! { p.ww-empty { (text) } }
}

/// What stands where a search finds nothing, with the way to the whole list.
pub fn empty_but(text: &str, href: &str, label: &str) -> Markup {
    html! { div.ww-empty { p { (text) } p { a href=(href) { (label) } } } }
}

/// Facts, each a name and a value.
pub fn facts(rows: &[(String, Markup)]) -> Markup {
    html! {
        dl.ww-dl { @for (name, value) in rows { div { dt { (name) } dd { (value) } } } }
    }
}

/// A number with its label, linked to where it comes from.
pub fn figure(label: &str, value: &str, href: Option<&str>) -> Markup {
    let inner = html! { span.ww-figure__value { (value) } span.ww-figure__label { (label) } };
    html! {
        @match href {
            Some(href) => a.ww-figure href=(href) { (inner) }
            None => div.ww-figure { (inner) }
        }
    }
}

/// A long text that is folded away, with a summary.
pub fn fold(summary: Markup, content: Markup, is_open: bool) -> Markup {
    html! { details.ww-fold open[is_open] { summary { (summary) } (content) } }
}

/// Id of what a search found.
const FOUND: &str = "found";

/// What a search found: its form leads there, past itself.
pub fn found(content: Markup) -> Markup {
    html! { div.ww-found id=(FOUND) { (content) } }
}

/// The address of a page whose search form leads to what it finds: for keys, and on phones, the form is a long way.
pub fn leads_to_found(path: &str) -> String {
    format!("{path}#{FOUND}")
}

/// A part of a page with a heading.
pub fn section(id: &str, title: &str, content: Markup) -> Markup {
    html! { section.ww-section aria-labelledby=(id) { h2 id=(id) { (title) } (content) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_between_backticks_are_code() {
        let code = |inner: &str| format!("<code class=\"ww-code\" dir=\"ltr\">{inner}</code>");
        let shown = |text: &str| with_code(text).into_string();
        assert_eq!(shown("no `a`, but `<b>`"), format!("no {}, but {}", code("a"), code("&lt;b&gt;")));
        assert_eq!(shown("`a`"), code("a"));
        assert_eq!(shown("one ` alone"), "one ` alone");
        assert_eq!(shown("`a` and ` alone"), format!("{} and ` alone", code("a")));
    }

    #[test]
    fn what_people_wrote_is_text_and_hides_nothing() {
        let shown = foreign("<b>a\u{202e}b\u{200b}\0</b>\n").into_string();
        assert_eq!(
            shown,
            "<bdi class=\"ww-bidi\">&lt;b&gt;a<span class=\"ww-control\">⟨U+202E⟩</span>b<span class=\"ww-control\">⟨U+200B⟩</span><span class=\"ww-control\">⟨U+0000⟩</span>&lt;/b&gt;\n</bdi>"
        );
    }
}
