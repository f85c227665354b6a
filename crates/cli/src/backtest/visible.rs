//! Text of strangers, made safe to look at: nothing in it moves the cursor, turns the line round or ends the markup.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character is not seen itself but changes what is seen around it.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text on one line, hidden characters replaced by their number, as in `⟨U+202E⟩`; tabs and line ends by a space.
pub(crate) fn on_one_line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\t' | '\n' | '\r' => shown.push(' '),
            hidden if is_hidden(hidden) => {
                let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(hidden));
            }
            other => shown.push(other),
        }
    }
    Cow::Owned(shown)
}

/// At most `characters_max` characters of the text; an ellipsis stands for the rest.
pub(crate) fn cut(text: &str, characters_max: usize) -> Cow<'_, str> {
    if text.len() <= characters_max || text.chars().nth(characters_max).is_none() {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().take(characters_max.saturating_sub(1)).collect();
    Cow::Owned(kept + "…")
}

/// A number with its thousands apart, as in `1,234,567`.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A number of things, as in `1 filter` and `1,234 filters`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", number(count), if count == 1 { "" } else { "s" })
}

/// A share of a whole, as in `12.3 %`; a dash if there is no whole. A share that is not 0 never looks like 0.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
    let share = 100.0 * part as f64 / whole as f64;
    match (part, whole) {
        (_, 0) => "–".to_owned(),
        (0, _) => "0 %".to_owned(),
        _ if share < 0.01 => "<0.01 %".to_owned(),
        _ if share < 1.0 => format!("{share:.2} %"),
        _ => format!("{share:.1} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_named() {
        assert_eq!(on_one_line("plain ä 漢"), "plain ä 漢");
        assert_eq!(on_one_line("a\u{202e}b\u{1b}[31m\nc"), "a⟨U+202E⟩b⟨U+001B⟩[31m c");
    }

    #[test]
    fn numbers_are_grouped_and_shares_do_not_vanish() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(percent(1, 1_000_000), "<0.01 %");
        assert_eq!((percent(0, 5), percent(1, 200), percent(1, 8)), ("0 %".into(), "0.50 %".into(), "12.5 %".into()));
        assert_eq!(percent(0, 0), "–");
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
    }
}
