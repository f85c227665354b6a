//! Where the PCRE2 that is built in refuses what the reference's PCRE2, 10.42, takes.

use std::borrow::Cow;

/// A pattern for PCRE2, and where it is longer than what it was made of.
pub(super) struct Bridged<'p> {
    /// The pattern.
    pub(super) pattern: Cow<'p, [u8]>,
    /// Where two digits were put in: offsets in the pattern, ascending.
    digits_at: Vec<usize>,
}

impl Bridged<'_> {
    /// An offset in the pattern as one of the text that it was made of.
    pub(super) fn offset_before(&self, offset: usize) -> usize {
        let added = self.digits_at.iter().take_while(|at| **at < offset).count() * 2;
        offset.saturating_sub(added)
    }
}

/// Writes `\x` without digits, which is NUL up to 10.42 and an error later, as `\x00`.
pub(super) fn bridged(pattern: &[u8]) -> Bridged<'_> {
    let mut bridged = Bridged { pattern: Cow::Borrowed(pattern), digits_at: Vec::new() };
    if memchr::memmem::find(pattern, br"\x").is_none() {
        return bridged;
    }
    let (mut out, mut rest) = (Vec::with_capacity(pattern.len() + 2), pattern);
    while let Some(&first) = rest.first() {
        let length = match rest {
            // Quoted: nothing in it is an escape. A comment may hold a `\Q` that quotes nothing; then too little is
            // bridged, never too much.
            [b'\\', b'Q', quoted @ ..] => memchr::memmem::find(quoted, br"\E").map_or(rest.len(), |end| end + 4),
            // `\c\` is a control character.
            [b'\\', b'c', ..] => 3,
            [b'\\', ..] => 2,
            _ => memchr::memchr(b'\\', rest).unwrap_or(rest.len()),
        };
        let (taken, behind) = rest.split_at(length.min(rest.len()));
        out.extend_from_slice(taken);
        let is_complete = behind.first().is_some_and(|next| next.is_ascii_hexdigit() || *next == b'{');
        if first == b'\\' && taken == br"\x" && !is_complete {
            bridged.digits_at.push(out.len());
            out.extend_from_slice(b"00");
        }
        rest = behind;
    }
    bridged.pattern = Cow::Owned(out);
    bridged
}

#[cfg(test)]
mod tests {
    use super::super::{Mode, Pattern, Scratch, Subject};
    use super::*;
    use crate::budget::Meter;
    use crate::release::Release;

    #[test]
    fn an_escape_without_digits_is_nul() {
        for (from, to) in [
            (r"a\x", r"a\x00"),
            (r"\xg\x", r"\x00g\x00"),
            (r"[\x-a]", r"[\x00-a]"),
            (r"\x1\x41\x{41}\x{", r"\x1\x41\x{41}\x{"),
            (r"\\x\\\x", r"\\x\\\x00"),
            (r"\Q\x\E\x", r"\Q\x\E\x00"),
            (r"\Q\x", r"\Q\x"),
            (r"\c\x\x", r"\c\x\x00"),
            (r"(?#\Q)\x", r"(?#\Q)\x"),
            (r"\x\", r"\x00\"),
            (r"é\xé", r"é\x00é"),
        ] {
            assert_eq!(String::from_utf8_lossy(&bridged(from.as_bytes()).pattern), to, "{from}");
        }
    }

    #[test]
    fn patterns_with_it_compile_and_match_nul() {
        let pattern = Pattern::compile(br"^[\x]\x$", Mode::Perl, Release::Newest).expect("taken");
        let is_match = |subject: &str| {
            pattern.is_match(Subject::text(subject, true), &mut Scratch::new(), &mut Meter::unlimited())
        };
        assert_eq!((is_match("\0\0"), is_match("x\0")), (Ok(true), Ok(false)));
        let error = Pattern::compile(br"\x/(", Mode::Perl, Release::Newest).expect_err("a bracket is open");
        assert_eq!(error.offset, 4);
    }

    #[test]
    fn offsets_are_those_of_the_text() {
        let bridged = bridged(br"\x(\x(");
        let offsets = [0, 2, 4, 5, 7, 9, 10].map(|offset| bridged.offset_before(offset));
        assert_eq!(offsets, [0, 2, 2, 3, 5, 5, 6]);
    }
}
