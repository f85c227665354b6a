//! The quick ways to an answer, tried before PCRE2.

use super::alphabet::Alphabet;
use super::finder::Finder;
use super::linear::{Answer, Automaton};
use super::literals::{Signs, required};
use super::runs::Run;
use super::scratch::Scratch;
use super::singles::Singles;
use super::translate::{Subjects, translate, translate_spelled};
use super::tree::Node;
use crate::budget::{Exhausted, Meter};

/// Bytes that the search for texts covers in one unit of work.
const FINDER_BYTES_PER_UNIT: u64 = 8;
/// Bytes that the search for a run covers in one unit of work.
const RUN_BYTES_PER_UNIT: u64 = 2;
/// Units for a byte that is spelled anew.
const SPELL_UNITS: u64 = 2;
/// Bytes of a subject spelled anew that are kept for the next.
const SPELLED_KEPT_MAX: usize = 1024 * 1024;
/// Units for an automaton that gave up: what its states have cost.
const GIVE_UP_UNITS: u64 = 1_000_000;

/// What the quick ways say about a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Match,
    NoMatch,
    /// Only PCRE2 can tell.
    Open,
}

/// The quick ways for one pattern and one kind of subject.
pub(super) struct Plan {
    /// No subject of this kind matches.
    is_never: bool,
    finder: Option<Finder>,
    run: Option<Run>,
    /// In which subjects are spelled for the automaton.
    alphabet: Option<Alphabet>,
    automaton: Option<Automaton>,
    singles: Option<Singles>,
    is_exact: bool,
}

impl Plan {
    pub(super) const NONE: Self = Self {
        is_never: false,
        finder: None,
        run: None,
        alphabet: None,
        automaton: None,
        singles: None,
        is_exact: false,
    };

    /// `wider` gives a pattern without references that matches every ASCII subject that `node` matches.
    pub(super) fn new(node: &Node, subjects: Subjects, wider: impl FnOnce() -> Option<Node>) -> Self {
        if subjects == Subjects::Ascii && !node.can_match_ascii() {
            return Self { is_never: true, is_exact: true, ..Self::NONE };
        }
        let singles = Singles::new(node, subjects);
        // An automaton leaves a subject at once that does not begin as it must; a search would go through all of it.
        let is_anchored = node.is_anchored();
        let signs = if subjects == Subjects::Ascii { Signs::Ignored } else { Signs::Spelled };
        let literals = if is_anchored { None } else { required(node, signs) };
        let char_bytes_max = if subjects == Subjects::Ascii { 1 } else { char::MAX.len_utf8() };
        let finder = literals.and_then(|literals| Finder::new(&literals, char_bytes_max));
        if finder.as_ref().is_some_and(Finder::is_exact) {
            return Self { finder, singles, is_exact: true, ..Self::NONE };
        }
        if singles.is_some() {
            return Self { singles, is_exact: true, ..Self::NONE };
        }
        let run = if is_anchored || finder.is_some() { None } else { Run::required(node, subjects) };
        if run.as_ref().is_some_and(Run::is_exact) {
            return Self { run, is_exact: true, ..Self::NONE };
        }
        let alphabet = if subjects == Subjects::Utf8 { Alphabet::new(node) } else { None };
        if let Some(alphabet) = alphabet {
            let translation = translate_spelled(node, &alphabet);
            let automaton = Automaton::build(&translation.hir, false);
            if automaton.is_some() {
                let is_exact = translation.is_exact;
                return Self { finder, run, alphabet: Some(alphabet), automaton, is_exact, ..Self::NONE };
            }
        }
        let translation = translate(node, subjects);
        if subjects == Subjects::Ascii
            && !translation.is_exact
            && let Some(wider) = wider()
            && let Some(automaton) = Automaton::build(&translate(&wider, subjects).hir, false)
        {
            return Self { finder, run, automaton: Some(automaton), ..Self::NONE };
        }
        let is_for_tries = finder.as_ref().is_some_and(Finder::finds_starts);
        // What matches the empty string excludes nothing.
        let says_nothing = !translation.is_exact && node.chars_min() == 0;
        let automaton = if says_nothing { None } else { Automaton::build(&translation.hir, is_for_tries) };
        let is_exact = translation.is_exact && automaton.is_some();
        Self { finder, run, automaton, singles, is_exact, ..Self::NONE }
    }

    /// Whether the answer never needs PCRE2, unless the automaton gives up.
    pub(super) fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// Whether it can at least tell that there is no match.
    pub(super) fn excludes(&self) -> bool {
        self.is_never
            || self.singles.is_some()
            || self.finder.is_some()
            || self.run.is_some()
            || self.automaton.is_some()
    }

    /// # Errors
    /// [`Exhausted`] if the meter has less left than looking over the subject costs.
    pub(super) fn judge(&self, text: &str, scratch: &mut Scratch, meter: &mut Meter<'_>) -> Result<Verdict, Exhausted> {
        if self.is_never {
            return Ok(Verdict::NoMatch);
        }
        let subject = text.as_bytes();
        let bytes = subject.len() as u64;
        if let (Some(singles), None) = (&self.singles, &self.finder) {
            meter.spend(bytes / RUN_BYTES_PER_UNIT)?;
            return Ok(if singles.occur(subject) { Verdict::Match } else { Verdict::NoMatch });
        }
        let mut start = 0;
        if let Some(finder) = &self.finder {
            meter.spend(bytes / FINDER_BYTES_PER_UNIT)?;
            let Some(at) = finder.find(subject, &mut scratch.lowered) else { return Ok(Verdict::NoMatch) };
            start = at;
            if finder.is_exact() {
                return Ok(Verdict::Match);
            }
        }
        if let Some(run) = &self.run {
            meter.spend(bytes / RUN_BYTES_PER_UNIT)?;
            if !run.occurs(subject) {
                return Ok(Verdict::NoMatch);
            }
            if run.is_exact() {
                return Ok(Verdict::Match);
            }
        }
        let Some(automaton) = &self.automaton else { return Ok(Verdict::Open) };
        meter.spend(bytes)?;
        let answer = if let Some(alphabet) = &self.alphabet {
            meter.spend(bytes * SPELL_UNITS)?;
            alphabet.spell(text, &mut scratch.spelled);
            let answer = automaton.search(&scratch.spelled, 0, &mut scratch.caches);
            if scratch.spelled.capacity() > SPELLED_KEPT_MAX {
                scratch.spelled = Vec::new();
            }
            answer
        } else if let Some(finder) = self.finder.as_ref().filter(|finder| finder.finds_starts()) {
            automaton.search_at(subject, start, &mut scratch.caches, |from| finder.find_start(subject, from))
        } else {
            automaton.search(subject, text.floor_char_boundary(start), &mut scratch.caches)
        };
        match answer {
            Answer::No => Ok(Verdict::NoMatch),
            Answer::Yes if self.is_exact => Ok(Verdict::Match),
            Answer::Yes => Ok(Verdict::Open),
            Answer::GaveUp => {
                meter.spend(GIVE_UP_UNITS)?;
                Ok(Verdict::Open)
            }
        }
    }

    /// How often the pattern matches, if it is a single text or one character of a set.
    pub(super) fn count(&self, subject: &[u8]) -> Option<usize> {
        let texts = || self.finder.as_ref()?.count(subject);
        self.singles.as_ref().map(|singles| singles.count(subject)).or_else(texts)
    }
}
