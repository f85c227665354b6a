//! Matching in linear time: automata, where a pattern's meaning allows it.

use std::sync::Arc;

use regex_automata::nfa::thompson;
use regex_automata::util::prefilter::Prefilter;
use regex_automata::{Anchored, Input, MatchKind, Span, dfa, hybrid};
use regex_syntax::hir::{Hir, literal};

use regex_automata::dfa::Automaton as _;

/// Bytes of an automaton that is built in full; twice as many if it is also for matches that begin in a certain place.
const FULL_BYTES_MAX: usize = 32 * 1024;
/// Bytes that building it may take.
const FULL_BUILD_BYTES_MAX: usize = 128 * 1024;
/// Texts that matches begin with for which a search is made.
const BEGINNINGS_MAX: usize = 16;
/// The same where none of them is short, so that few places only look like one.
const LONG_BEGINNINGS_MAX: usize = 64;
/// Bytes from which on none of them counts as short.
const LONG_BEGINNING_BYTES: usize = 4;
/// Bytes of subject for each byte that may be looked at again where a match could begin.
const BYTES_PER_TRIED_BYTE: usize = 4;
/// What trying a place where a match could begin costs, in bytes looked at.
const TRY_COST: usize = 16;
/// Bytes of the graph from which automata are built.
const GRAPH_BYTES_MAX: usize = 128 * 1024;
/// Bytes of the states that a lazily built automaton keeps.
const LAZY_BYTES_MAX: usize = 256 * 1024;
/// Lazily built automata whose states one [`Caches`] keeps.
const CACHES_MAX: usize = 32;
/// Bytes of subject that a state must have served on average, or the automaton gives up.
const BYTES_PER_STATE_MIN: usize = 32;

/// An automaton that tells whether a subject contains a match.
pub(super) struct Automaton {
    states: States,
    /// Finds where matches can begin.
    beginning: Option<Prefilter>,
}

type Full = dfa::dense::DFA<Vec<u32>>;

enum States {
    /// All states are known; also, if told so, those for matches that begin in a certain place.
    Full { automaton: Box<Full>, is_for_tries: bool },
    /// States are made when they are first needed, in [`Caches`].
    Lazy(Arc<hybrid::dfa::DFA>),
}

/// What an automaton says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    /// It would be too slow: another way must be taken.
    GaveUp,
}

impl Automaton {
    /// Builds the automaton of a pattern; nothing if it would be too large.
    ///
    /// `is_for_tries` says that somebody else finds where matches can begin: see [`Automaton::search_at`].
    pub(super) fn build(hir: &Hir, is_for_tries: bool) -> Option<Self> {
        let beginning = beginning(hir);
        Some(Self { states: States::build(hir, is_for_tries || beginning.is_some())?, beginning })
    }

    /// Whether the subject contains a match that begins at one of the places that `next` gives, each at or behind the one
    /// that it is given. The first is `at`. No match begins elsewhere.
    pub(super) fn search_at(
        &self,
        subject: &[u8],
        mut at: usize,
        caches: &mut Caches,
        next: impl Fn(usize) -> Option<usize>,
    ) -> Answer {
        let States::Full { automaton, is_for_tries: true } = &self.states else {
            return self.search(subject, at, caches);
        };
        let mut tries_left = subject.len() / BYTES_PER_TRIED_BYTE;
        loop {
            match tried(automaton, subject, at, &mut tries_left) {
                Some(Answer::No) => {}
                Some(answer) => return answer,
                None => return self.states.search(subject, at, caches),
            }
            match next(at + 1) {
                Some(next) => at = next,
                None => return Answer::No,
            }
        }
    }

    /// Whether the subject contains a match that begins at `start` or behind it.
    pub(super) fn search(&self, subject: &[u8], start: usize, caches: &mut Caches) -> Answer {
        let Some(beginning) = &self.beginning else { return self.states.search(subject, start, caches) };
        // Only so much is tried that all remains linear.
        let mut tries_left = subject.len() / BYTES_PER_TRIED_BYTE;
        let mut at = start;
        while let Some(found) = beginning.find(subject, Span { start: at, end: subject.len() }) {
            at = found.start;
            let States::Full { automaton, is_for_tries: true } = &self.states else {
                return self.states.search(subject, at, caches);
            };
            match tried(automaton, subject, at, &mut tries_left) {
                Some(Answer::No) => at += 1,
                Some(answer) => return answer,
                None => return self.states.search(subject, at, caches),
            }
        }
        Answer::No
    }
}

/// Whether a match begins at `at`; nothing if telling would take more than `bytes_left`.
fn tried(automaton: &Full, subject: &[u8], at: usize, bytes_left: &mut usize) -> Option<Answer> {
    *bytes_left = bytes_left.checked_sub(TRY_COST)?;
    let input = Input::new(subject).range(at..).anchored(Anchored::Yes);
    let mut state = automaton.start_state_forward(&input).ok()?;
    for byte in subject.get(at..)? {
        state = automaton.next_state(state, *byte);
        *bytes_left = bytes_left.checked_sub(1)?;
        if automaton.is_special_state(state) {
            if automaton.is_match_state(state) {
                return Some(Answer::Yes);
            }
            if automaton.is_dead_state(state) {
                return Some(Answer::No);
            }
            if automaton.is_quit_state(state) {
                return None;
            }
        }
    }
    state = automaton.next_eoi_state(state);
    Some(if automaton.is_match_state(state) { Answer::Yes } else { Answer::No })
}

/// A quick search for the texts that matches begin with; nothing if they are many.
fn beginning(hir: &Hir) -> Option<Prefilter> {
    let mut texts = literal::Extractor::new().extract(hir);
    texts.optimize_for_prefix_by_preference();
    let shortest = texts.min_literal_len()?;
    let most = if shortest < LONG_BEGINNING_BYTES { BEGINNINGS_MAX } else { LONG_BEGINNINGS_MAX };
    let texts = texts.literals().filter(|texts| texts.len() <= most)?;
    Prefilter::new(MatchKind::LeftmostFirst, texts).filter(Prefilter::is_fast)
}

impl States {
    fn build(hir: &Hir, is_for_tries: bool) -> Option<Self> {
        let config = thompson::Config::new()
            .nfa_size_limit(Some(GRAPH_BYTES_MAX))
            .which_captures(thompson::WhichCaptures::None)
            .utf8(false);
        let graph = thompson::NFA::compiler().configure(config).build_from_hir(hir).ok()?;
        for is_for_tries in [true, false].into_iter().skip(usize::from(!is_for_tries)) {
            let start = if is_for_tries { dfa::StartKind::Both } else { dfa::StartKind::Unanchored };
            let parts = if is_for_tries { 2 } else { 1 };
            let full = dfa::dense::Config::new()
                .start_kind(start)
                .match_kind(MatchKind::All)
                .dfa_size_limit(Some(FULL_BYTES_MAX * parts))
                .determinize_size_limit(Some(FULL_BUILD_BYTES_MAX * parts));
            if let Ok(automaton) = dfa::dense::Builder::new().configure(full).build_from_nfa(&graph) {
                return Some(Self::Full { automaton: Box::new(automaton), is_for_tries });
            }
        }
        let lazy = hybrid::dfa::Config::new()
            .match_kind(MatchKind::All)
            .cache_capacity(LAZY_BYTES_MAX)
            .minimum_cache_clear_count(Some(1))
            .minimum_bytes_per_state(Some(BYTES_PER_STATE_MIN));
        let automaton = hybrid::dfa::DFA::builder().configure(lazy).build_from_nfa(graph).ok()?;
        Some(Self::Lazy(Arc::new(automaton)))
    }

    /// Whether a match begins at `start` or behind it.
    fn search(&self, subject: &[u8], start: usize, caches: &mut Caches) -> Answer {
        let input = Input::new(subject).range(start..).earliest(true);
        let found = match self {
            Self::Full { automaton, .. } => automaton.try_search_fwd(&input),
            Self::Lazy(automaton) => automaton.try_search_fwd(caches.of(automaton), &input),
        };
        match found {
            Ok(Some(_)) => Answer::Yes,
            Ok(None) => Answer::No,
            Err(_) => Answer::GaveUp,
        }
    }
}

/// States of lazily built automata: those used last, at most [`CACHES_MAX`] of [`LAZY_BYTES_MAX`] bytes each.
#[derive(Default)]
pub(super) struct Caches {
    entries: Vec<Entry>,
    clock: u64,
}

struct Entry {
    /// Held, so that its address names the automaton.
    automaton: Arc<hybrid::dfa::DFA>,
    cache: hybrid::dfa::Cache,
    used: u64,
}

impl Caches {
    fn of(&mut self, automaton: &Arc<hybrid::dfa::DFA>) -> &mut hybrid::dfa::Cache {
        self.clock += 1;
        let known = self.entries.iter().position(|entry| Arc::ptr_eq(&entry.automaton, automaton));
        let index = known.unwrap_or_else(|| {
            let entry = Entry { automaton: Arc::clone(automaton), cache: automaton.create_cache(), used: 0 };
            let oldest = (0..self.entries.len()).min_by_key(|&index| self.entries[index].used);
            if let Some(oldest) = oldest.filter(|_| self.entries.len() >= CACHES_MAX) {
                self.entries[oldest] = entry;
                oldest
            } else {
                self.entries.push(entry);
                self.entries.len() - 1
            }
        });
        let entry = &mut self.entries[index];
        entry.used = self.clock;
        &mut entry.cache
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(pattern: &str, subject: &str) -> (Answer, bool) {
        let hir = regex_syntax::parse(pattern).expect("a pattern");
        let automaton = Automaton::build(&hir, false).expect("small");
        (automaton.search(subject.as_bytes(), 0, &mut Caches::default()), automaton.beginning.is_some())
    }

    #[test]
    fn every_place_where_a_match_can_begin_is_tried() {
        for (subject, expected) in [
            ("he was not here, she was  here.", Answer::Yes),
            ("he was not here, she was  there", Answer::No),
            ("was, was, was, was, was, was, was, was here", Answer::Yes),
            ("was, was, was, was, was, was, was, was her", Answer::No),
            ("xwas here", Answer::No),
            ("was", Answer::No),
            ("", Answer::No),
        ] {
            assert_eq!(answers(r"(?-u:\b)(was\s*here|free\s*offer)(?-u:\b)", subject), (expected, true), "{subject}");
        }
    }

    #[test]
    fn long_tries_give_way_to_one_pass() {
        let subject = "was ".repeat(5_000);
        assert_eq!(answers(r"was.*here", &subject), (Answer::No, true));
        assert_eq!(answers(r"was.*here", &format!("{subject}here")), (Answer::Yes, true));
    }
}
