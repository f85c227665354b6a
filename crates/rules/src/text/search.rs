//! Finding bytes in bytes: `in`, `contains`, `contains_any`, `contains_all`, `count`, `str_replace`.

use memchr::memmem;

/// Whether `haystack` contains `needle`. False if either is empty.
///
/// Rule: language specification §9, `in`.
pub fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    match needle {
        [] => false,
        [byte] => memchr::memchr(*byte, haystack).is_some(),
        _ => memmem::find(haystack, needle).is_some(),
    }
}

/// Whether some needle is in `haystack`. Empty needles do not count, and nothing is in an empty haystack.
pub fn contains_any<'n>(haystack: &[u8], needles: impl IntoIterator<Item = &'n [u8]>) -> bool {
    needles.into_iter().any(|needle| contains(haystack, needle))
}

/// Whether all needles that are not empty are in `haystack`; false if it is empty, true if no needle counts.
pub fn contains_all<'n>(haystack: &[u8], needles: impl IntoIterator<Item = &'n [u8]>) -> bool {
    !haystack.is_empty() && needles.into_iter().all(|needle| needle.is_empty() || contains(haystack, needle))
}

/// Number of occurrences that do not overlap; 0 for an empty needle.
pub fn count(haystack: &[u8], needle: &[u8]) -> usize {
    match needle {
        [] => 0,
        [byte] => memchr::memchr_iter(*byte, haystack).count(),
        _ => memmem::find_iter(haystack, needle).count(),
    }
}

/// The result would be larger than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("replacing would give more than {bytes_max} bytes")]
pub struct TooLarge {
    /// The limit.
    pub bytes_max: usize,
}

/// Bytes for each occurrence of a byte below which they are looked at one by one.
const DENSE: usize = 8;

/// Replaces every occurrence of `search`, from left to right; an empty `search` replaces nothing.
///
/// # Errors
/// [`TooLarge`] if the result would have more than `bytes_max` bytes. It is noticed before memory is taken.
pub fn str_replace(text: &[u8], search: &[u8], replacement: &[u8], bytes_max: usize) -> Result<Vec<u8>, TooLarge> {
    let finder = memmem::Finder::new(search);
    let occurrences = count(text, search);
    let removed = occurrences.saturating_mul(search.len());
    let added = occurrences.saturating_mul(replacement.len());
    let bytes = text.len().saturating_sub(removed).saturating_add(added);
    if bytes > bytes_max {
        return Err(TooLarge { bytes_max });
    }
    let mut out = Vec::with_capacity(bytes);
    let mut rest = text;
    if let ([searched], true) = (search, occurrences > text.len() / DENSE) {
        for byte in text {
            if byte == searched { out.extend_from_slice(replacement) } else { out.push(*byte) }
        }
        return Ok(out);
    }
    if occurrences > 0 {
        while let Some(at) = finder.find(rest) {
            out.extend_from_slice(rest.get(..at).unwrap_or_default());
            out.extend_from_slice(replacement);
            rest = rest.get(at + search.len()..).unwrap_or_default();
        }
    }
    out.extend_from_slice(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_contains_the_empty_text() {
        assert!(contains(b"abc", b"bc"));
        assert!(contains(b"abc", b"b"));
        assert!(!contains(b"abc", b""));
        assert!(!contains(b"", b""));
        assert!(!contains(b"", b"a"));
    }

    #[test]
    fn empty_needles_are_skipped() {
        type Case = (&'static [u8], &'static [&'static [u8]], bool, bool);
        let cases: [Case; 7] = [
            (b"abc", &[b"x", b"b"], true, false),
            (b"abc", &[b"a", b"b"], true, true),
            (b"abc", &[b"", b"b"], true, true),
            (b"a", &[b""], false, true),
            (b"", &[b""], false, false),
            (b"", &[b"a"], false, false),
            (b"a", &[b"x"], false, false),
        ];
        for (haystack, needles, any, all) in cases {
            assert_eq!(contains_any(haystack, needles.iter().copied()), any, "{needles:?}");
            assert_eq!(contains_all(haystack, needles.iter().copied()), all, "{needles:?}");
        }
    }

    #[test]
    fn occurrences_do_not_overlap() {
        assert_eq!(count(b"aaaa", b"aa"), 2);
        assert_eq!(count(b"aaa", b"a"), 3);
        assert_eq!(count(b"aaa", b""), 0);
        assert_eq!(count(b"", b"a"), 0);
    }

    #[test]
    fn all_occurrences_are_replaced_in_one_pass() {
        type Case = [&'static [u8]; 4];
        let cases: [Case; 6] = [
            [b"abcabc", b"b", b"X", b"aXcaXc"],
            [b"aaa", b"aa", b"a", b"aa"],
            [b"abc", b"", b"X", b"abc"],
            [b"abc", b"abc", b"", b""],
            [b"", b"a", b"b", b""],
            [b"\xff\xff", b"\xff", b"a", b"aa"],
        ];
        for [text, search, replacement, expected] in cases {
            assert_eq!(str_replace(text, search, replacement, 100).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn the_limit_is_of_the_result() {
        assert!(str_replace(b"aaaa", b"a", b"bbb", 12).is_ok());
        let error = str_replace(b"aaaa", b"a", b"bbb", 11).unwrap_err();
        assert_eq!(error, TooLarge { bytes_max: 11 });
    }

    proptest! {
        #[test]
        fn replacing_agrees_with_the_standard_library(
            text in "[abc]{0,40}|[a-z]{0,40}", search in "[abc]{1,3}", replacement in "[abx]{0,4}"
        ) {
            let out = str_replace(text.as_bytes(), search.as_bytes(), replacement.as_bytes(), 1 << 20);
            prop_assert_eq!(out, Ok(text.replace(&search, &replacement).into_bytes()));
            prop_assert_eq!(count(text.as_bytes(), search.as_bytes()), text.matches(&search).count());
        }
    }
}
