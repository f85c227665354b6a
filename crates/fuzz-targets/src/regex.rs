//! Patterns: every way of asking gives PCRE2's answer.

use wikiward_rules::Release;
use wikiward_rules::budget::Meter;
use wikiward_rules::regex::{Failure, Mode, Pattern, Scratch, Subject};

/// Work for one question.
const WORK_MAX: u64 = 20_000_000;

/// Longest result of a replacement.
const OUT_BYTES_MAX: usize = 1 << 20;

/// Matches a pattern, which is the first line of the input, against the rest.
///
/// Finding a place always asks PCRE2; whether there is a match may be answered otherwise. Both must agree, and counting
/// and replacing with them.
///
/// # Panics
/// If they do not.
pub fn regex(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let pattern = input.get(..end).unwrap_or_default();
    let subject = input.get(end + 1..).unwrap_or_default();
    for mode in [Mode::Perl, Mode::PerlCaseless, Mode::Like] {
        match Pattern::compile(pattern, mode, Release::Newest) {
            Ok(compiled) => check(&compiled, subject),
            Err(error) => assert!(error.offset <= pattern.len(), "{error:?}"),
        }
    }
}

fn check(pattern: &Pattern, bytes: &[u8]) {
    let subject = Subject::new(bytes);
    let mut scratch = Scratch::new();
    let found = pattern.find_at(subject, 0, &mut scratch, &mut meter());
    let is_match = pattern.is_match(subject, &mut scratch, &mut meter());
    let count = pattern.count(subject, &mut scratch, &mut meter());
    let captures = pattern.captures(subject, &mut scratch, &mut meter());
    let replaced = pattern.replace_all(subject, b"<$0>", OUT_BYTES_MAX, &mut scratch, &mut meter());
    if let Ok(found) = &found {
        assert!(found.as_ref().is_none_or(|range| range.end <= bytes.len()), "{found:?} in {}", bytes.len());
        agree("is_match", is_match, &found.is_some());
        agree("count", count.as_ref().map(|count| *count > 0).map_err(|failure| *failure), &found.is_some());
        let first = captures.map(|captures| captures.and_then(|groups| groups.into_iter().next().flatten()));
        agree("captures", first, found);
    }
    if let (Ok(count), Ok(replaced)) = (count, replaced) {
        assert_eq!(replaced.len(), bytes.len() + 2 * count, "each match of {count} gains two brackets");
    }
    if let Some(required) = pattern.requirement()
        && !required.caseless
        && matches!(found, Ok(Some(_)))
    {
        let holds = |text: &Vec<u8>| bytes.windows(text.len()).any(|window| window == text);
        assert!(required.any_of.iter().any(holds), "a match without any of {required:?}");
    }
}

fn meter() -> Meter<'static> {
    Meter::new(WORK_MAX, None)
}

/// An answer may fail for a limit that the other way did not reach, but never differ.
fn agree<T: PartialEq + std::fmt::Debug>(what: &str, answer: Result<T, Failure>, expected: &T) {
    match answer {
        Ok(answer) => assert_eq!(&answer, expected, "{what}"),
        Err(failure) => assert_ne!(failure, Failure::InvalidUtf8, "{what}"),
    }
}
