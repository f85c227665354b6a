//! PHP's replacement syntax.

use std::ops::Range;

/// A replacement, taken apart.
pub(super) struct Replacement<'r>(Vec<Piece<'r>>);

enum Piece<'r> {
    Text(&'r [u8]),
    Group(usize),
}

impl<'r> Replacement<'r> {
    /// Takes `$n`, `${n}` and `\n` (one or two digits) as groups; a backslash in front of a backslash or in front of a
    /// dollar sign makes that one literal.
    pub(super) fn parse(text: &'r [u8]) -> Self {
        let mut pieces = Vec::new();
        let (mut plain, mut at) = (0, 0);
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let (piece, length, skip) = match rest {
                [b'\\', b'\\' | b'$', ..] => (None, 2, 1),
                [b'\\' | b'$', digits @ ..] if let Some((group, length)) = reference(rest, digits) => {
                    (Some(Piece::Group(group)), length, length)
                }
                _ => {
                    at += 1;
                    continue;
                }
            };
            pieces.push(Piece::Text(text.get(plain..at).unwrap_or_default()));
            pieces.extend(piece);
            plain = at + skip;
            at += length;
        }
        pieces.push(Piece::Text(text.get(plain..).unwrap_or_default()));
        Self(pieces)
    }

    /// Appends the replacement of one match.
    pub(super) fn append(&self, subject: &[u8], group: impl Fn(usize) -> Option<Range<usize>>, out: &mut Vec<u8>) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text),
                Piece::Group(number) => {
                    let text = group(*number).and_then(|range| subject.get(range));
                    out.extend_from_slice(text.unwrap_or_default());
                }
            }
        }
    }
}

/// A group's number and the length of the reference in bytes.
fn reference(text: &[u8], behind: &[u8]) -> Option<(usize, usize)> {
    let is_braced = text.first() == Some(&b'$') && behind.first() == Some(&b'{');
    let digits = behind.get(usize::from(is_braced)..)?;
    let count = digits.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
    let number = digits.get(..count)?.iter().fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
    let is_closed = !is_braced || digits.get(count) == Some(&b'}');
    (count > 0 && is_closed).then_some((number, 1 + count + 2 * usize::from(is_braced)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_become_groups_and_everything_else_stays() {
        for (replacement, expected) in [
            ("-", "-"),
            ("$0", "ab"),
            ("[$1]", "[a]"),
            (r"\1\2", "a"),
            ("${1}2", "a2"),
            ("$12", ""),
            ("$012", "a2"),
            (r"\$0", "$0"),
            (r"\\0", r"\0"),
            (r"\\\0", r"\ab"),
            ("$", "$"),
            ("$x${a}${1", "$x${a}${1"),
            (r"\", r"\"),
            (r"\a", r"\a"),
            ("$100", "0"),
        ] {
            let mut out = Vec::new();
            let groups = [0..2, 0..1];
            Replacement::parse(replacement.as_bytes()).append(b"ab", |group| groups.get(group).cloned(), &mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected, "{replacement}");
        }
    }
}
