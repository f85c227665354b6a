//! Matching in linear time: automata, where a pattern's meaning allows it.

use std::sync::Arc;

use regex_automata::nfa::thompson;
use regex_automata::{Input, MatchKind, dfa, hybrid};
use regex_syntax::hir::Hir;

use regex_automata::dfa::Automaton as _;

/// Bytes of an automaton that is built in full.
const FULL_BYTES_MAX: usize = 32 * 1024;
/// Bytes that building it may take.
const FULL_BUILD_BYTES_MAX: usize = 128 * 1024;
/// Bytes of the graph from which automata are built.
const GRAPH_BYTES_MAX: usize = 128 * 1024;
/// Bytes of the states that a lazily built automaton keeps.
const LAZY_BYTES_MAX: usize = 256 * 1024;
/// Lazily built automata whose states one [`Caches`] keeps.
const CACHES_MAX: usize = 32;
/// Bytes of subject that a state must have served on average, or the automaton gives up.
const BYTES_PER_STATE_MIN: usize = 32;

/// An automaton that tells whether a subject contains a match.
pub(super) enum Automaton {
    /// All states are known.
    Full(Box<dfa::dense::DFA<Vec<u32>>>),
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
    pub(super) fn build(hir: &Hir) -> Option<Self> {
        let config = thompson::Config::new()
            .nfa_size_limit(Some(GRAPH_BYTES_MAX))
            .which_captures(thompson::WhichCaptures::None)
            .utf8(false);
        let graph = thompson::NFA::compiler().configure(config).build_from_hir(hir).ok()?;
        let full = dfa::dense::Config::new()
            .start_kind(dfa::StartKind::Unanchored)
            .match_kind(MatchKind::All)
            .dfa_size_limit(Some(FULL_BYTES_MAX))
            .determinize_size_limit(Some(FULL_BUILD_BYTES_MAX));
        if let Ok(automaton) = dfa::dense::Builder::new().configure(full).build_from_nfa(&graph) {
            return Some(Self::Full(Box::new(automaton)));
        }
        let lazy = hybrid::dfa::Config::new()
            .match_kind(MatchKind::All)
            .cache_capacity(LAZY_BYTES_MAX)
            .minimum_cache_clear_count(Some(1))
            .minimum_bytes_per_state(Some(BYTES_PER_STATE_MIN));
        let automaton = hybrid::dfa::DFA::builder().configure(lazy).build_from_nfa(graph).ok()?;
        Some(Self::Lazy(Arc::new(automaton)))
    }

    /// Whether the subject contains a match.
    pub(super) fn search(&self, subject: &[u8], caches: &mut Caches) -> Answer {
        let input = Input::new(subject).earliest(true);
        let found = match self {
            Self::Full(automaton) => automaton.try_search_fwd(&input),
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
