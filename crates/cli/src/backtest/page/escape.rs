//! Text that may stand between tags and in attributes.

use crate::backtest::visible::is_hidden;
use std::fmt::Write as _;

/// The text as HTML. Line ends and tabs stay; other hidden characters are shown by their number.
pub(crate) fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(character),
            '\r' => {}
            hidden if is_hidden(hidden) => {
                let _ = write!(escaped, "<span class=\"hidden\">U+{:04X}</span>", u32::from(hidden));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// The text as HTML that keeps its direction of writing to itself.
pub(crate) fn isolated(content: &str) -> String {
    format!("<bdi>{}</bdi>", text(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_quotes_and_hidden_characters_lose_their_power() {
        assert_eq!(text("<a href=\"x\" onclick='y'>&"), "&lt;a href=&quot;x&quot; onclick=&#39;y&#39;&gt;&amp;");
        assert_eq!(
            text("a\u{202e}b\u{0}"),
            "a<span class=\"hidden\">U+202E</span>b<span class=\"hidden\">U+0000</span>"
        );
        assert_eq!(text("two\r\n\tlines"), "two\n\tlines");
    }
}
