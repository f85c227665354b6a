//! From the author's text to the pattern that PCRE2 compiles: slashes, globs, error parameters, guessed groups.

use crate::release::Release;

/// The pattern as PHP sees it between its slashes: every slash has exactly one backslash in front.
///
/// Up to 1.39 the peer collapsed runs of backslash pairs before a slash to one pair; the newest release keeps them.
pub(super) fn with_escaped_slashes(text: &[u8], release: Release) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 8);
    let mut backslashes = 0usize;
    for &byte in text {
        if byte == b'/' {
            if release == Release::V1_39 && backslashes >= 2 {
                out.truncate(out.len() - (backslashes - 2 - backslashes % 2));
            }
            if backslashes.is_multiple_of(2) {
                out.push(b'\\');
            }
        }
        backslashes = if byte == b'\\' { backslashes + 1 } else { 0 };
        out.push(byte);
    }
    out
}

/// Maps an offset of the escaped pattern to one of the author's text (newest release's escaping).
pub(super) fn offset_in_text(text: &[u8], offset: usize) -> usize {
    let (mut escaped, mut backslashes) = (0usize, 0usize);
    for (index, &byte) in text.iter().enumerate() {
        if escaped >= offset {
            return index;
        }
        escaped += if byte == b'/' && backslashes.is_multiple_of(2) { 2 } else { 1 };
        backslashes = if byte == b'\\' { backslashes + 1 } else { 0 };
    }
    text.len()
}

/// The pattern as error parameters show it: `/…/u`, or `/…/ui` if case does not count.
pub fn wrapped(text: &[u8], caseless: bool, release: Release) -> Vec<u8> {
    let mut out = vec![b'/'];
    out.extend(with_escaped_slashes(text, release));
    out.extend(if caseless { &b"/ui"[..] } else { &b"/u"[..] });
    out
}

/// The pattern of a `like` glob: anchored at both ends.
///
/// Faithful to the peer, errors included: most punctuation outside of `* ? [ ] + - .` ends up behind two backslashes.
pub(super) fn from_glob(glob: &[u8]) -> Vec<u8> {
    let escaped = crate::text::rescape(glob);
    let mut out = vec![b'^'];
    let mut rest = &*escaped;
    while let Some((&first, tail)) = rest.split_first() {
        let known: [(&[u8], &[u8]); 8] = [
            (br"\[\!", b"[^"),
            (br"\*", b".*"),
            (br"\?", b"."),
            (br"\[", b"["),
            (br"\]", b"]"),
            (br"\+", br"\+"),
            (br"\-", br"\-"),
            (br"\.", br"\."),
        ];
        if let Some((from, to)) = known.iter().find(|(from, _)| rest.starts_with(from)) {
            out.extend(*to);
            rest = rest.get(from.len()..).unwrap_or_default();
        } else {
            out.extend(if first == b'\\' { &br"\\"[..] } else { std::slice::from_ref(&first) });
            rest = tail;
        }
    }
    out.push(b'$');
    out
}

/// How many elements `get_matches` gives at least, the whole match included, guessed from the pattern's text.
///
/// The guess is part of the language: it counts parentheses in classes and comments too.
pub fn guessed_groups(pattern: &[u8], release: Release) -> usize {
    let unescaped = without(pattern, |rest| if rest.starts_with(br"\(") { 2 } else { 0 });
    let marked = without(&unescaped, |rest| match rest {
        [b'(', b'?', after @ ..] if release == Release::V1_39 || !begins_named_group(after) => 2,
        _ => 0,
    });
    let plain = without(&marked, |rest| if rest.starts_with(b"(*") { 2 } else { 0 });
    memchr::memchr_iter(b'(', &plain).count() + 1
}

/// Copies `text` without the pieces whose length `length` gives, found from left to right.
fn without(text: &[u8], length: impl Fn(&[u8]) -> usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        let skip = length(rest);
        if skip == 0 {
            out.push(first);
            rest = tail;
        } else {
            rest = rest.get(skip..).unwrap_or_default();
        }
    }
    out
}

/// Whether `<name>`, `P<name>` or `'name'` follows the question mark.
fn begins_named_group(after: &[u8]) -> bool {
    let (name, close) = match after {
        [b'<', name @ ..] | [b'P', b'<', name @ ..] => (name, b'>'),
        [b'\'', name @ ..] => (name, b'\''),
        _ => return false,
    };
    let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    name.first().is_some_and(|first| !first.is_ascii_digit() && length > 0) && name.get(length) == Some(&close)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).expect("tests use UTF-8")
    }

    #[test]
    fn every_slash_has_one_backslash_in_front() {
        for (from, newest, old) in [
            ("a/b", r"a\/b", r"a\/b"),
            (r"a\/b", r"a\/b", r"a\/b"),
            (r"a\\/b", r"a\\\/b", r"a\\\/b"),
            (r"a\\\\/b", r"a\\\\\/b", r"a\\\/b"),
            (r"a\\\\\/b", r"a\\\\\/b", r"a\\\/b"),
            ("//", r"\/\/", r"\/\/"),
        ] {
            assert_eq!(text(&with_escaped_slashes(from.as_bytes(), Release::Newest)), newest, "{from}");
            assert_eq!(text(&with_escaped_slashes(from.as_bytes(), Release::V1_39)), old, "{from} in 1.39");
        }
    }

    #[test]
    fn an_offset_behind_an_escaped_slash_is_mapped_back() {
        assert_eq!(offset_in_text(b"a/(b", 4), 3);
        assert_eq!(offset_in_text(b"a(b", 3), 3);
        assert_eq!(offset_in_text(b"", 0), 0);
    }

    #[test]
    fn globs_become_anchored_patterns_with_the_peers_faults() {
        for (glob, pattern) in [
            ("a*b", "^a.*b$"),
            ("a?b", "^a.b$"),
            ("a[!x]b", "^a[^x]b$"),
            ("a[^x]b", r"^a[\\^x]b$"),
            ("a=b", r"^a\\=b$"),
            (r"\*", r"^\\\\.*$"),
            ("a+b-c.d", r"^a\+b\-c\.d$"),
        ] {
            assert_eq!(text(&from_glob(glob.as_bytes())), pattern, "{glob}");
        }
    }

    #[test]
    fn groups_are_guessed_from_the_text() {
        for (pattern, newest, old) in [
            ("a", 1, 1),
            ("(a)(b)", 3, 3),
            (r"\((a)", 2, 2),
            ("(?:a)(b)", 2, 2),
            ("(?<n>a)(b)", 3, 2),
            ("(?P<n>a)(?'m'b)", 3, 1),
            ("(?<1>a)", 1, 1),
            ("(*COMMIT)(a)", 2, 2),
            ("[(](a)", 3, 3),
            ("(?P>x)(?<x>a)", 2, 1),
        ] {
            assert_eq!(guessed_groups(pattern.as_bytes(), Release::Newest), newest, "{pattern}");
            assert_eq!(guessed_groups(pattern.as_bytes(), Release::V1_39), old, "{pattern} in 1.39");
        }
    }
}
