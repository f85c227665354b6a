//! Which pieces of three bytes a text has: enough to tell that most of what rules look for in it is not there.
//!
//! A pattern often cannot match without one of a few literals. One pass over a text notes its pieces in a table of bits;
//! a literal with a piece that is not noted does not occur. Pieces are noted without the bit that tells upper from lower
//! case, so that the same table serves both kinds of searches. What the table cannot exclude is searched for.

use super::graph::{Expr, ExprId, Graph};
use crate::regex::Requirement;
use crate::syntax::tree::MatchOp;
use crate::value::{Encoding, Text, Value};
use crate::vocabulary::functions::FunctionId;
use rustc_hash::FxHashMap;

/// Bytes of a piece.
const PIECE_BYTES: usize = 3;

/// Pieces of a literal that are looked up: those that are rarest in texts.
const LOOKED_UP: usize = 4;

/// Pieces in eight bytes.
const AT_ONCE: usize = 8 - PIECE_BYTES + 1;

/// Words of the largest table: 8 KiB, which stays in the first-level cache.
const WORDS_MAX: usize = 1_024;

/// Bits of the table for each byte of the text, up to the largest table.
const BITS_PER_BYTE: usize = 8;

/// Questions about a short text that are answered one by one before its table is made: about what the table costs.
const ASKED_BEFORE_SHORT: u32 = 12;

/// The same for a long text, where searching is quicker for each byte.
const ASKED_BEFORE_LONG: u32 = 8;

/// Bytes from which on a text counts as long.
const LONG_BYTES: usize = 4_096;

/// Fewest questions about one text in a rule set for which tables are made.
const QUESTIONS_MIN: u32 = 9;

/// Whether a text holds one of some literals.
#[derive(Debug)]
pub(super) struct Question {
    /// The string form of what is searched.
    pub(super) text: ExprId,
    /// Number of the text.
    pub(super) about: u32,
    literals: Box<[[u32; LOOKED_UP]]>,
    is_caseless: bool,
    /// Whether it says nothing about texts that are not UTF-8.
    needs_utf8: bool,
}

/// A bit for each place.
#[derive(Debug)]
struct Table(Box<[u64; WORDS_MAX]>);

impl Default for Table {
    fn default() -> Self {
        Self(Box::new([0; WORDS_MAX]))
    }
}

/// What is known of one text of the present action.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    epoch: u32,
    asked: u32,
    /// How often it was asked in the action before: a good guess for this one.
    expected: u32,
    is_noted: bool,
    /// Whether letters beyond ASCII occur that fold to `k` or `s`: then nothing is known of caseless literals.
    folds: bool,
    words: Table,
    shift: u32,
}

/// The questions of a rule set: by expression, if it is one, and the number of texts asked about.
pub(super) fn questions(graph: &mut Graph) -> (Vec<Option<Box<Question>>>, usize) {
    let ids: Vec<ExprId> = graph.ids().collect();
    let mut questions: Vec<Option<Box<Question>>> = ids.iter().map(|id| question(graph, *id).map(Box::new)).collect();
    let mut asked: FxHashMap<ExprId, u32> = FxHashMap::default();
    for question in questions.iter().flatten() {
        *asked.entry(question.text).or_default() += 1;
    }
    let mut texts: FxHashMap<ExprId, u32> = FxHashMap::default();
    for place in &mut questions {
        let Some(question) = place else { continue };
        if asked.get(&question.text).is_none_or(|asked| *asked < QUESTIONS_MIN) {
            *place = None;
            continue;
        }
        let next = u32::try_from(texts.len()).unwrap_or(u32::MAX);
        question.about = *texts.entry(question.text).or_insert(next);
    }
    questions.resize_with(graph.len(), || None);
    (questions, texts.len())
}

fn question(graph: &mut Graph, id: ExprId) -> Option<Question> {
    let node = graph.node(id);
    let literal = |id: ExprId| match graph.constant_of(id) {
        Some(Value::Str(text)) if !text.is_empty() => Some(text.bytes().to_vec()),
        _ => None,
    };
    let exactly = |any_of| Requirement { any_of, caseless: false, exact: true };
    let pattern = || node.pattern.as_ref()?.requirement().cloned();
    let (searched, needed) = match &node.expr {
        Expr::Match(MatchOp::In, needle, text) | Expr::Match(MatchOp::Contains, text, needle) => {
            (*text, exactly(vec![literal(*needle)?]))
        }
        Expr::Match(_, text, _) => (*text, pattern()?),
        Expr::Call(FunctionId::ContainsAny, operands) => {
            let (text, needles) = operands.split_first()?;
            (*text, exactly(needles.iter().map(|needle| literal(*needle)).collect::<Option<Vec<_>>>()?))
        }
        Expr::Call(function, operands) => match (function, &**operands) {
            (FunctionId::Count, [needle, text]) | (FunctionId::Strpos, [text, needle]) => {
                (*text, exactly(vec![literal(*needle)?]))
            }
            (FunctionId::Rcount, [_, text]) => (*text, pattern()?),
            _ => return None,
        },
        _ => return None,
    };
    let literals: Option<Box<[_]>> = needed.any_of.iter().map(|literal| looked_up(literal)).collect();
    let literals = literals.filter(|literals| !literals.is_empty())?;
    let needs_utf8 = !matches!(&node.expr, Expr::Match(MatchOp::In | MatchOp::Contains, ..));
    let text = graph.text(searched)?;
    Some(Question { text, about: 0, literals, is_caseless: needed.caseless, needs_utf8 })
}

/// The place of a piece in the largest possible table.
#[inline]
fn place(piece: u32) -> u32 {
    ((piece | 0x0020_2020) & 0x00ff_ffff).wrapping_mul(0x9e37_79b1)
}

fn looked_up(literal: &[u8]) -> Option<[u32; LOOKED_UP]> {
    let mut pieces: Vec<&[u8]> = literal.windows(PIECE_BYTES).collect();
    pieces.sort_by_key(|piece| piece.iter().filter(|byte| is_common(**byte)).count());
    let places: Vec<u32> = pieces.iter().take(LOOKED_UP).filter_map(|piece| Some(place(le(piece)?))).collect();
    let first = *places.first()?;
    Some(std::array::from_fn(|number| places.get(number).copied().unwrap_or(first)))
}

fn le(piece: &[u8]) -> Option<u32> {
    let [a, b, c] = *piece else { return None };
    Some(u32::from_le_bytes([a, b, c, 0]))
}

/// Whether a byte is frequent in texts of many languages.
fn is_common(byte: u8) -> bool {
    b"etaoinsrhldcu ".contains(&byte.to_ascii_lowercase()) || byte >= 0x80
}

impl Pieces {
    /// Whether `text` is known to hold none of what the question is about.
    #[inline]
    pub(super) fn exclude(&mut self, question: &Question, text: &Text, epoch: u32) -> bool {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.expected = self.asked;
            self.asked = 0;
            self.is_noted = false;
        }
        self.asked += 1;
        if !self.is_noted {
            let before = if text.len() < LONG_BYTES { ASKED_BEFORE_SHORT } else { ASKED_BEFORE_LONG };
            if self.asked.max(self.expected) <= before {
                return false;
            }
            self.note(text);
        }
        if question.is_caseless && self.folds || question.needs_utf8 && text.encoding() == Encoding::Other {
            return false;
        }
        !question.literals.iter().any(|literal| literal.iter().all(|place| self.has(*place)))
    }

    #[inline]
    fn has(&self, place: u32) -> bool {
        let bit = place >> self.shift;
        self.words.0[(bit >> 6) as usize % WORDS_MAX] >> (bit & 63) & 1 == 1
    }

    fn note(&mut self, text: &Text) {
        let bytes = text.bytes();
        self.is_noted = true;
        let bits = (bytes.len() * BITS_PER_BYTE).next_power_of_two().clamp(512, WORDS_MAX * 64);
        self.shift = 32 - bits.ilog2();
        let (shift, words) = (self.shift, &mut *self.words.0);
        words.iter_mut().take(bits / 64).for_each(|word| *word = 0);
        let mut note = |piece: u32| {
            let bit = place(piece) >> shift;
            words[(bit >> 6) as usize % WORDS_MAX] |= 1 << (bit & 63);
        };
        let mut rest = bytes;
        while let Some(chunk) = rest.first_chunk::<8>() {
            let chunk = u64::from_le_bytes(*chunk);
            for piece in 0..AT_ONCE {
                #[expect(clippy::cast_possible_truncation, reason = "the lowest bytes are wanted")]
                note((chunk >> (8 * piece)) as u32);
            }
            rest = rest.get(AT_ONCE..).unwrap_or_default();
        }
        rest.windows(PIECE_BYTES).filter_map(le).for_each(note);
        self.folds = text.encoding() != Encoding::Ascii && holds_folding(bytes);
    }
}

/// Whether U+212A (Kelvin sign) or U+017F (long s) occurs.
fn holds_folding(text: &[u8]) -> bool {
    memchr::memmem::find(text, "\u{212A}".as_bytes()).is_some()
        || memchr::memmem::find(text, "\u{17F}".as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(literals: &[&str], is_caseless: bool) -> Question {
        let literals = literals.iter().map(|literal| looked_up(literal.as_bytes()).expect("long enough")).collect();
        let text = Graph::default().literal(&crate::syntax::tree::Literal::Null).expect("room");
        Question { text, about: 0, literals, is_caseless, needs_utf8: true }
    }

    fn excludes(text: &[u8], literals: &[&str], is_caseless: bool) -> bool {
        let mut pieces = Pieces::default();
        let (text, question) = (Text::new(text), question(literals, is_caseless));
        (0..=ASKED_BEFORE_SHORT.max(ASKED_BEFORE_LONG))
            .map(|_| pieces.exclude(&question, &text, 1))
            .last()
            .unwrap_or_default()
    }

    #[test]
    fn what_occurs_is_never_excluded() {
        let text = "The quick brown fox, ein Zwölftel \u{212a}elvin; {{delete}} \\x @`";
        for start in 0..text.len() {
            for end in start + PIECE_BYTES..=text.len() {
                let (Some(literal), prefix) = (text.get(start..end), text.get(..end)) else { continue };
                assert!(!excludes(text.as_bytes(), &[literal], false), "{literal}");
                assert!(!excludes(prefix.unwrap_or(text).as_bytes(), &["zzz", literal], false), "{literal}");
                assert!(!excludes(text.as_bytes(), &[&literal.to_ascii_lowercase()], true), "{literal}");
            }
        }
    }

    #[test]
    fn what_does_not_occur_mostly_is() {
        let text = "The quick brown fox jumps over the lazy dog. ".repeat(300);
        assert!(excludes(text.as_bytes(), &["turnip", "wonder pills", "{{delete"], false));
        assert!(excludes(b"", &["abc"], true));
        assert!(excludes(b"ab", &["abc"], true));
        assert!(!excludes(b"abd", &["xyz", "abd"], true));
    }

    #[test]
    fn nothing_is_said_where_bytes_do_not_tell() {
        assert!(!excludes("\u{212a}elvin".as_bytes(), &["spam"], true));
        assert!(excludes("\u{212a}elvin".as_bytes(), &["spam"], false));
        assert!(!excludes(b"\xff", &["spam"], false));
    }
}
