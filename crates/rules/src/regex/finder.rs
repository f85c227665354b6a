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
}

enum Search {
    One(memmem::Finder<'static>),
    Some(packed::Searcher),
    Many(AhoCorasick),
}

impl Finder {
    pub(super) fn new(literals: &Literals) -> Option<Self> {
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
        Some(Self { search, lowered: literals.lowered, is_exact: literals.is_exact, longest })
    }

    /// Whether finding a text is all that a match needs.
    pub(super) fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// Whether the subject contains one of the texts. `buffer` is working space.
    pub(super) fn finds(&self, subject: &[u8], buffer: &mut Vec<u8>) -> bool {
        if !self.lowered {
            return self.finds_in(subject);
        }
        let mut rest = subject;
        loop {
            let chunk = rest.get(..LOWERED_AT_ONCE).unwrap_or(rest);
            buffer.clear();
            buffer.extend_from_slice(chunk);
            buffer.make_ascii_lowercase();
            if self.finds_in(buffer) {
                return true;
            }
            if chunk.len() == rest.len() {
                return false;
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

    fn finds_in(&self, bytes: &[u8]) -> bool {
        match &self.search {
            Search::One(finder) => finder.find(bytes).is_some(),
            Search::Some(searcher) => searcher.find(bytes).is_some(),
            Search::Many(automaton) => automaton.is_match(bytes),
        }
    }
}
