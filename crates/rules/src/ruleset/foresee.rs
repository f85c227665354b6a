//! What a text cannot hold, told from the one that it is made from.
//!
//! `ccnorm(new_wikitext)` has its characters where `new_wikitext` has them, if that is ASCII. So the pieces of the latter
//! tell that most of what rules look for in the former is not there, before it is made; mostly it need not be.

use super::RuleSet;
use super::grams::{Answers, Ask, leave_open};
use super::graph::{Expr, ExprId, Graph};
use super::pieces::SHORT_BYTES_MAX;
use super::run::{Fallback, Runner};
use super::states::{States, value};
use super::ways::WAYS_FOR_LONGER;
use crate::budget::Meter;
use crate::text::equivset::Sources;
use crate::value::{Encoding, Text, Value};
use crate::vocabulary::functions::FunctionId;

/// Where characters come from if none is mapped.
const SAME: Sources = {
    let mut sources = [0; 32];
    let mut class = 0;
    while class < 32 {
        sources[class] = 1 << class;
        class += 1;
    }
    sources
};

/// The variable from which a text is made, one character from each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    variable: ExprId,
    /// What makes the text: the outermost call, or mapping for `ccnorm_contains_*`.
    call: ExprId,
    /// Whether look-alikes are mapped. Otherwise only the case of letters changes.
    is_mapped: bool,
}

impl Origin {
    pub(super) fn of(graph: &Graph, text: ExprId) -> Option<Self> {
        let (mut id, mut call, mut is_mapped) = (text, None, false);
        loop {
            match &graph.node(id).expr {
                Expr::Text(inner) | Expr::Known(inner) => id = *inner,
                Expr::Normal(inner) if !is_mapped => {
                    is_mapped = true;
                    call = call.or(Some(id));
                    id = *inner;
                }
                Expr::Call(function, operands) => {
                    match function {
                        FunctionId::Lcase | FunctionId::Ucase => {}
                        // Mapping could give a reference to a character, which doing it again would decode.
                        FunctionId::Ccnorm if !is_mapped => is_mapped = true,
                        _ => return None,
                    }
                    call = call.or(Some(id));
                    let [operand] = **operands else { return None };
                    id = operand;
                }
                Expr::Variable(_) => return Some(Self { variable: id, call: call?, is_mapped }),
                _ => return None,
            }
        }
    }
}

impl Runner<'_, '_> {
    /// Whether it is known that a text holds nothing of what a question is about, although it is not made yet. The calls
    /// that make it are counted.
    #[inline]
    pub(super) fn foresees_nothing(&mut self, ask: Ask, meter: &mut Meter<'_>) -> Result<bool, Fallback> {
        match self.set.questions.origin(ask) {
            Some(origin) if !self.states.is_computed(origin.call) => self.foresees(ask, *origin, meter),
            _ => Ok(false),
        }
    }

    fn foresees(&mut self, ask: Ask, origin: Origin, meter: &mut Meter<'_>) -> Result<bool, Fallback> {
        if !self.may_ask(ask) {
            return Ok(false);
        }
        if let Some(is_open) = self.states.is_open(ask) {
            return Ok(!is_open);
        }
        self.compute(origin.variable, meter)?;
        let Self { set, session, states } = self;
        let Value::Str(text) = value(&set.graph, session.action, &states.exprs, origin.variable) else {
            return Ok(false);
        };
        if text.encoding() != Encoding::Ascii {
            return Ok(false);
        }
        let sources = if origin.is_mapped { session.options.equivset.sources() } else { Some(&SAME) };
        let Some(sources) = sources else { return Ok(false) };
        meter.spend(text.len() as u64 / 2 + 20).map_err(|_| Fallback)?;
        let text = text.clone();
        Ok(states.foresee(set, ask, origin, &text, sources) && states.is_open(ask) == Some(false))
    }
}

impl States {
    /// Answers all questions about a text that is not made yet, if that is cheaper than to make it. `text` is that of the
    /// origin. Whether it did.
    #[inline(never)]
    fn foresee(&mut self, set: &RuleSet, ask: Ask, origin: Origin, text: &Text, sources: &Sources) -> bool {
        let Some(topic) = set.questions.topic(ask) else { return false };
        let base = Some((origin.variable, self.epoch));
        let Answers { open, short, long, progress, .. } = &mut self.answers;
        let noted = if text.len() > SHORT_BYTES_MAX { long } else { short };
        if topic.ways.len() * 4 > text.len() || !origin.is_mapped && !noted.is_about(base) {
            return false;
        }
        // What would be decoded is no longer where it was.
        if origin.is_mapped && memchr::memchr(b'&', text.bytes()).is_some() {
            return false;
        }
        let (Some(open), Some(progress)) = (open.get_mut(topic.first..), progress.get_mut(ask.topic as usize)) else {
            return false;
        };
        progress.is_noted = true;
        noted.note_once(text.bytes(), base);
        let mut left_open = 0;
        topic.ways.each_possible(noted, sources, |questions| {
            leave_open(open, questions, self.epoch);
            left_open += 1;
        });
        progress.is_rough = left_open >= WAYS_FOR_LONGER;
        self.decide_tests(set, topic);
        true
    }
}
