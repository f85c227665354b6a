//! Looking for texts in a subject at about the speed of memory.

use aho_corasick::{AhoCorasick, packed};
use memchr::memmem;

use super::literals::Literals;

/// Bytes that are put into lower case at a time: they stay in the first-level cache.
const LOWERED_AT_ONCE: usize = 8 * 1024;
/// Texts for which the vectorised search is built; beyond it the automaton is faster.
const PACKED_MAX: usize = 64;

/// A search for any of some texts.
pub(super) struct Finder {
    search: Search,
    lowered: bool,
    is_exact: bool,
    longest: usize,
    /// Most bytes of a match before the text in it; none if it can be any number.
    before_max: Option<usize>,
}

enum Search {
    One(memmem::Finder<'static>),
    Some(packed::Searcher),
    Many(AhoCorasick),
}

impl Finder {
    /// A search in subjects whose characters have at most `char_bytes_max` bytes.
    pub(super) fn new(literals: &Literals, char_bytes_max: usize) -> Option<Self> {
        let texts = &literals.any_of;
        let packed = || packed::Config::new().builder().extend(texts).build();
        let search = if let [text] = texts.as_slice() {
            Search::One(memmem::Finder::new(text).into_owned())
        } else if let Some(searcher) = (texts.len() <= PACKED_MAX).then(packed).flatten() {
            Search::Some(searcher)
        } else {
            Search::Many(AhoCorasick::new(texts).ok()?)
        };
        let longest = texts.iter().map(Vec::len).max()?;
        let before_max = literals.chars_before_max.and_then(|chars| chars.checked_mul(char_bytes_max));
        Some(Self { search, lowered: literals.lowered, is_exact: literals.is_exact, longest, before_max })
    }

    /// Whether finding a text is all that a match needs.
    pub(super) fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// Whether [`Finder::find_start`] tells where matches can begin.
    pub(super) fn finds_starts(&self) -> bool {
        !self.lowered && self.before_max == Some(0) && matches!(self.search, Search::One(_) | Search::Some(_))
    }

    /// The first place at or behind `start` where a match can begin, if [`Finder::finds_starts`].
    pub(super) fn find_start(&self, subject: &[u8], start: usize) -> Option<usize> {
        Some(start + self.find_in(subject.get(start..)?)?)
    }

    /// Whether the subject contains one of the texts, and then before which place no match begins. `buffer` is working
    /// space.
    pub(super) fn find(&self, subject: &[u8], buffer: &mut Vec<u8>) -> Option<usize> {
        let at = if self.lowered { self.find_lowered(subject, buffer)? } else { self.find_in(subject)? };
        Some(self.before_max.map_or(0, |before| at.saturating_sub(before)))
    }

    fn find_lowered(&self, subject: &[u8], buffer: &mut Vec<u8>) -> Option<usize> {
        let mut rest = subject;
        loop {
            let chunk = rest.get(..LOWERED_AT_ONCE).unwrap_or(rest);
            buffer.clear();
            buffer.extend_from_slice(chunk);
            buffer.make_ascii_lowercase();
            if let Some(at) = self.find_in(buffer) {
                return Some(subject.len() - rest.len() + at);
            }
            if chunk.len() == rest.len() {
                return None;
            }
            // A text may lie across the border; none is longer than some dozen bytes.
            rest = rest.get(LOWERED_AT_ONCE - self.longest..).unwrap_or_default();
        }
    }

    /// How often a single text occurs, none overlapping another; nothing if this search is for something else.
    pub(super) fn count(&self, subject: &[u8]) -> Option<usize> {
        match &self.search {
            Search::One(finder) if self.is_exact && !self.lowered => Some(finder.find_iter(subject).count()),
            _ => None,
        }
    }

    /// Where the first text begins, or a place before it.
    fn find_in(&self, bytes: &[u8]) -> Option<usize> {
        match &self.search {
            Search::One(finder) => finder.find(bytes),
            Search::Some(searcher) => searcher.find(bytes).map(|found| found.start()),
            // It finds the text that ends first; a longer one may begin before it.
            Search::Many(automaton) => automaton.find(bytes).map(|found| found.end().saturating_sub(self.longest)),
        }
    }
}
