//! Character references: what `ccnorm` and `sanitize` decode before anything else.
//!
//! There are two steps with different opinions. The first knows the names of HTML 4.01 and leaves whatever it does not
//! know; the second knows all names of HTML5 and replaces numbers that are no character. Neither knows a reference
//! without its semicolon.
//!
//! Rule: language specification §11, "Entity decoding".

mod html4;
mod html5;

use super::utf8;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::LazyLock;

/// No name is longer, in bytes.
const NAME_BYTES_MAX: usize = 31;
/// Two names for U+200F that MediaWiki understands besides the standard's, Hebrew and Arabic.
const ALIASES: [&str; 2] = ["רלמ", "رلم"];
const RIGHT_TO_LEFT_MARK: char = '\u{200F}';

/// Decodes once: the 252 names of HTML 4.01, and numbers of characters that HTML 4.01 allows. All else stays.
pub fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    replace(text, first_step)
}

/// Decodes as [`decode`] does, and its result once more with all names of HTML5, where numbers of anything that is no
/// character give U+FFFD.
pub fn sanitize(text: &[u8]) -> Cow<'_, [u8]> {
    match decode(text) {
        Cow::Borrowed(same) => replace(same, second_step),
        Cow::Owned(decoded) => match replace(&decoded, second_step) {
            Cow::Owned(sanitized) => Cow::Owned(sanitized),
            Cow::Borrowed(_) => Cow::Owned(decoded),
        },
    }
}

/// A reference, without `&` and `;`.
enum Reference<'a> {
    Name(&'a [u8]),
    /// Digits of a number.
    Decimal(&'a [u8]),
    /// Digits of a hexadecimal number.
    Hexadecimal(&'a [u8]),
}

/// One or two code points.
type Characters = (char, Option<char>);

/// Replaces the references that `decode` knows, in one pass.
fn replace(text: &[u8], decode: fn(&Reference<'_>) -> Option<Characters>) -> Cow<'_, [u8]> {
    let mut out = Vec::new();
    let mut copied = 0;
    for at in memchr::memchr_iter(b'&', text) {
        let rest = text.get(at + 1..).unwrap_or_default();
        let Some((reference, bytes)) = Reference::read(rest) else {
            continue;
        };
        let Some((first, second)) = decode(&reference) else {
            continue;
        };
        out.extend_from_slice(text.get(copied..at).unwrap_or_default());
        utf8::push(&mut out, first);
        if let Some(second) = second {
            utf8::push(&mut out, second);
        }
        copied = at + 1 + bytes;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.extend_from_slice(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

impl<'a> Reference<'a> {
    /// Reads what stands behind a `&`, and how many bytes it takes with its semicolon. An `&` is never part of it.
    fn read(rest: &'a [u8]) -> Option<(Self, usize)> {
        let (prefix, reference): (usize, fn(&'a [u8]) -> Self) = match rest {
            [b'#', b'x' | b'X', ..] => (2, Self::Hexadecimal),
            [b'#', ..] => (1, Self::Decimal),
            _ => (0, Self::Name),
        };
        let body = rest.get(prefix..)?;
        let end = body.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte < 0x80)?;
        let digits = body.get(..end)?;
        if digits.is_empty() || body.get(end) != Some(&b';') {
            return None;
        }
        Some((reference(digits), prefix + end + 1))
    }
}

fn first_step(reference: &Reference<'_>) -> Option<Characters> {
    let number = match reference {
        Reference::Name(name) => return HTML4.find(name),
        Reference::Decimal(digits) => number(digits, 10)?,
        // A quirk: C's reader of numbers skips a second `0x`.
        Reference::Hexadecimal([b'0', b'x' | b'X', digits @ ..]) if !digits.is_empty() => number(digits, 16)?,
        Reference::Hexadecimal(digits) => number(digits, 16)?,
    };
    let is_allowed = matches!(number,
        0x09 | 0x0A | 0x0D | 0x20..=0x7E | 0xA0..=0xD7FF | 0xE000..=0x10_FFFF);
    char::from_u32(number).filter(|_| is_allowed).map(|c| (c, None))
}

fn second_step(reference: &Reference<'_>) -> Option<Characters> {
    let number = match reference {
        Reference::Name(name) => {
            let is_alias = ALIASES.iter().any(|alias| alias.as_bytes() == *name);
            return if is_alias { Some((RIGHT_TO_LEFT_MARK, None)) } else { HTML5.find(name) };
        }
        Reference::Decimal(digits) => number(digits, 10)?,
        Reference::Hexadecimal(digits) => number(digits, 16)?,
    };
    let is_allowed = matches!(number,
        0x09 | 0x0A | 0x0D | 0x20..=0x7E | 0xA0..=0xD7FF | 0xE000..=0xFFFD | 0x1_0000..=0x10_FFFF);
    let character = char::from_u32(number).filter(|_| is_allowed);
    Some((character.unwrap_or(char::REPLACEMENT_CHARACTER), None))
}

/// The number that these digits write, or the largest there is. `None` if they are not all digits.
fn number(digits: &[u8], radix: u32) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, digit| {
        let digit = char::from(*digit).to_digit(radix)?;
        Some(number.saturating_mul(radix).saturating_add(digit))
    })
}

/// Names and what they stand for.
struct Names(FxHashMap<&'static [u8], Characters>);

static HTML4: LazyLock<Names> = LazyLock::new(|| Names::new(html4::NAMES));
static HTML5: LazyLock<Names> = LazyLock::new(|| Names::new(html5::NAMES));

impl Names {
    /// Reads `name=41` and `name=41+42`, separated by white space.
    fn new(table: &'static str) -> Self {
        let read = |entry: &'static str| {
            let (name, value) = entry.split_once('=')?;
            let mut parts = value.split('+').map(|part| u32::from_str_radix(part, 16).ok());
            let mut next = || parts.next().flatten().and_then(char::from_u32);
            Some((name.as_bytes(), (next()?, next())))
        };
        Self(table.split_ascii_whitespace().filter_map(read).collect())
    }

    fn find(&self, name: &[u8]) -> Option<Characters> {
        if name.len() > NAME_BYTES_MAX {
            return None;
        }
        self.0.get(name).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_tables_are_whole() {
        assert_eq!(HTML4.0.len(), 252);
        assert_eq!(HTML5.0.len(), 2_125);
        let longest = HTML5.0.keys().map(|name| name.len()).max();
        assert_eq!(longest, Some(NAME_BYTES_MAX));
        for (name, value) in &HTML4.0 {
            // The angle brackets are other characters since HTML5.
            if !matches!(*name, b"lang" | b"rang") {
                assert_eq!(HTML5.find(name), Some(*value));
            }
        }
    }

    #[test]
    fn the_first_step_knows_html4_and_allowed_numbers() {
        let cases = [
            ("", ""),
            ("a & b &", "a & b &"),
            ("&amp;&lt;&quot;&eacute;&Eacute;&hearts;", "&<\"éÉ♥"),
            ("&apos;&AMP;&bogus;&eacute", "&apos;&AMP;&bogus;&eacute"),
            ("&#65;&#x42;&#X43;&#0065;", "ABCA"),
            ("&#65&#x;&#;&#6 5;&#x4g;&#4a;", "&#65&#x;&#;&#6 5;&#x4g;&#4a;"),
            ("&#0;&#8;&#9;&#10;&#11;&#13;&#127;&#159;&#160;", "&#0;&#8;\t\n&#11;\r&#127;&#159;\u{a0}"),
            ("&#xD800;&#xE000;&#x10FFFF;&#x110000;", "&#xD800;\u{e000}\u{10ffff}&#x110000;"),
            ("&#99999999999999999999;", "&#99999999999999999999;"),
            ("&amp;lt;&&lt;&a&lt;", "&lt;&<&a<"),
            ("&#x0x41;&#x0x;&#x0xg;", "A&#x0x;&#x0xg;"),
            ("&רלמ;", "&רלמ;"),
        ];
        for (text, expected) in cases {
            assert_eq!(decode(text.as_bytes()), expected.as_bytes(), "{text}");
        }
    }

    #[test]
    fn sanitizing_decodes_twice_over() {
        let cases = [
            ("", ""),
            ("a & b &", "a & b &"),
            ("&amp;lt;", "<"),
            ("&amp;amp;lt;", "&lt;"),
            ("&quot;&#39;&apos;", "\"''"),
            ("&AMP;&LT;&NotEqualTilde;", "&<≂\u{338}"),
            ("&EACUTE;&bogus;&eacute", "&EACUTE;&bogus;&eacute"),
            ("&#0;&#11;&#12;&#13;&#128;", "\u{fffd}\u{fffd}\u{fffd}\r\u{fffd}"),
            ("&#xD800;&#xFFFD;&#x110000;", "\u{fffd}\u{fffd}\u{fffd}"),
            ("&#xFFFFFFFFFFFFFFFFF;&#x;&#;", "\u{fffd}&#x;&#;"),
            ("&רלמ;&رلم;&rlm;", "\u{200f}\u{200f}\u{200f}"),
            ("&#38;#65;", "A"),
        ];
        for (text, expected) in cases {
            assert_eq!(sanitize(text.as_bytes()), expected.as_bytes(), "{text}");
        }
    }

    #[test]
    fn what_does_not_change_is_borrowed() {
        for text in [b"".as_slice(), b"abc", b"a & b", b"&bogus;", b"&\xff;"] {
            assert!(matches!(sanitize(text), Cow::Borrowed(_)), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_decoded(text in r"[&#xX;0-9aglmpt\u{e9}]{0,40}") {
            let once = decode(text.as_bytes()).into_owned();
            prop_assert!(once.len() <= text.len());
            prop_assert!(std::str::from_utf8(&sanitize(text.as_bytes())).is_ok());
        }
    }
}
