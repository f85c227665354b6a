//! One pass over a text for all rules that look for something in it.
//!
//! A pattern often cannot match without one of a few literals. When many rules ask about one text, a single pass finds
//! which literals occur, and patterns without any of theirs need not be tried.

use super::graph::{Expr, ExprId, Graph};
use crate::regex::Requirement;
use crate::syntax::tree::MatchOp;
use crate::value::{Encoding, Text, Value};
use crate::vocabulary::functions::FunctionId;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use rustc_hash::FxHashMap;

/// Fewest questions about one text for which a pass is prepared.
const SLOTS_MIN: usize = 16;

/// Questions that are answered one by one before the pass is made: about what the pass costs.
const ASKED_BEFORE: u32 = 8;

/// Shortest literal that a pass looks for: shorter ones occur in nearly every text.
const LITERAL_BYTES_MIN: usize = 3;

/// Bytes of literals up to which the pass may use the fastest automaton, which is also the largest.
const FAST_BYTES_MAX: usize = 6_000;

/// A question about a text: its place in the text's scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) scan: u32,
    number: u32,
    /// Whether finding a literal is the answer, not only a hint.
    is_exact: bool,
    is_caseless: bool,
}

#[derive(Debug)]
struct Pass {
    automaton: AhoCorasick,
    /// By literal: the questions that it bears on.
    slots: Vec<Vec<u32>>,
}

/// The passes over one text.
#[derive(Debug)]
pub(super) struct Scan {
    cased: Option<Pass>,
    caseless: Option<Pass>,
    slots: usize,
}

/// What is known of one text of the present action.
#[derive(Debug, Default)]
pub(super) struct Found {
    epoch: u32,
    asked: u32,
    is_scanned: bool,
    /// Whether letters beyond ASCII occur that fold to `k` or `s`: then the caseless pass proves nothing.
    folds: bool,
    bits: Vec<u64>,
}

/// What a scan says of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    Unknown,
}

#[derive(Default)]
struct Literals {
    cased: FxHashMap<Vec<u8>, Vec<u32>>,
    caseless: FxHashMap<Vec<u8>, Vec<u32>>,
    slots: u32,
}

/// Prepares the passes: by expression its slot, and the scans.
pub(super) fn prepare(graph: &Graph) -> (Vec<Option<Slot>>, Vec<Scan>) {
    let mut slots = vec![None; graph.len()];
    let mut texts: FxHashMap<ExprId, (u32, Literals)> = FxHashMap::default();
    for (node, slot) in graph.nodes().iter().zip(&mut slots) {
        let Some((text, requirement)) = question(graph, &node.expr, node.pattern.as_deref()) else { continue };
        if requirement.any_of.iter().any(|literal| literal.len() < LITERAL_BYTES_MIN) {
            continue;
        }
        let next = u32::try_from(texts.len()).unwrap_or(u32::MAX);
        let (scan, literals) = texts.entry(text).or_insert_with(|| (next, Literals::default()));
        *slot = Some(Slot {
            scan: *scan,
            number: literals.slots,
            is_exact: requirement.exact,
            is_caseless: requirement.caseless,
        });
        let table = if requirement.caseless { &mut literals.caseless } else { &mut literals.cased };
        for literal in requirement.any_of {
            table.entry(literal).or_default().push(literals.slots);
        }
        literals.slots += 1;
    }
    let mut texts: Vec<(u32, Literals)> = texts.into_values().collect();
    texts.sort_by_key(|(scan, _)| *scan);
    let scans = texts.into_iter().map(|(_, literals)| Scan::new(literals)).collect();
    (slots, scans)
}

/// The text that an expression asks about and the literals of which one must occur.
fn question(graph: &Graph, expr: &Expr, pattern: Option<&crate::regex::Pattern>) -> Option<(ExprId, Requirement)> {
    let literal = |id: ExprId| match graph.constant_of(id) {
        Some(Value::Str(text)) => Some(text.bytes().to_vec()),
        _ => None,
    };
    let exactly = |any_of| Requirement { any_of, caseless: false, exact: true };
    match expr {
        Expr::Match(MatchOp::In, needle, text) | Expr::Match(MatchOp::Contains, text, needle) => {
            Some((*text, exactly(vec![literal(*needle)?])))
        }
        Expr::Match(_, text, _) => Some((*text, pattern?.requirement()?.clone())),
        Expr::Call(FunctionId::ContainsAny, operands) => {
            let (text, needles) = operands.split_first()?;
            let mut any_of = needles.iter().map(|needle| literal(*needle)).collect::<Option<Vec<_>>>()?;
            any_of.retain(|needle| !needle.is_empty());
            (!any_of.is_empty()).then(|| (*text, exactly(any_of)))
        }
        _ => None,
    }
}

impl Scan {
    fn new(literals: Literals) -> Self {
        let slots = literals.slots as usize;
        Self {
            cased: Pass::new(literals.cased, false, slots),
            caseless: Pass::new(literals.caseless, true, slots),
            slots,
        }
    }
}

impl Pass {
    fn new(literals: FxHashMap<Vec<u8>, Vec<u32>>, caseless: bool, slots: usize) -> Option<Self> {
        if literals.is_empty() || slots < SLOTS_MIN {
            return None;
        }
        let bytes: usize = literals.keys().map(Vec::len).sum();
        let kind = (bytes <= FAST_BYTES_MAX).then_some(AhoCorasickKind::DFA);
        let (patterns, slots): (Vec<_>, Vec<_>) = literals.into_iter().unzip();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(caseless)
            .prefilter(false)
            .kind(kind)
            .build(patterns)
            .ok()?;
        Some(Self { automaton, slots })
    }

    fn run(&self, text: &[u8], bits: &mut [u64]) {
        let mut seen = vec![false; self.slots.len()];
        for found in self.automaton.find_overlapping_iter(text) {
            let literal = found.pattern().as_usize();
            let Some(seen) = seen.get_mut(literal) else { continue };
            if std::mem::replace(seen, true) {
                continue;
            }
            for slot in self.slots.get(literal).into_iter().flatten() {
                if let Some(word) = bits.get_mut(*slot as usize / 64) {
                    *word |= 1 << (slot % 64);
                }
            }
        }
    }
}

impl Found {
    /// What is known of a question about `text`; makes the pass when enough has been asked.
    pub(super) fn answer(&mut self, scan: &Scan, slot: Slot, text: &Text, epoch: u32) -> Answer {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.asked = 0;
            self.is_scanned = false;
        }
        if !self.is_scanned {
            self.asked += 1;
            if self.asked <= ASKED_BEFORE || scan.slots < SLOTS_MIN {
                return Answer::Unknown;
            }
            self.make_pass(scan, text);
        }
        let is_found =
            self.bits.get(slot.number as usize / 64).is_some_and(|word| word & (1 << (slot.number % 64)) != 0);
        match (is_found, slot.is_exact) {
            _ if slot.is_caseless && self.folds => Answer::Unknown,
            (false, _) => Answer::No,
            (true, true) => Answer::Yes,
            (true, false) => Answer::Unknown,
        }
    }

    fn make_pass(&mut self, scan: &Scan, text: &Text) {
        self.is_scanned = true;
        self.bits.clear();
        self.bits.resize(scan.slots.div_ceil(64), 0);
        if let Some(pass) = &scan.cased {
            pass.run(text.bytes(), &mut self.bits);
        }
        self.folds = text.encoding() != Encoding::Ascii && holds_folding(text.bytes());
        if let Some(pass) = &scan.caseless
            && !self.folds
        {
            pass.run(text.bytes(), &mut self.bits);
        }
    }
}

/// Whether U+212A (Kelvin sign) or U+017F (long s) occurs.
fn holds_folding(text: &[u8]) -> bool {
    memchr::memmem::find(text, "\u{212A}".as_bytes()).is_some()
        || memchr::memmem::find(text, "\u{17F}".as_bytes()).is_some()
}
