//! What operators and functions matched, and on what they worked.

use super::outcome::Outcomes;
use super::{Found, Operand, preview};
use crate::budget::Meter;
use crate::check::Resolved;
use crate::evaluate::Session;
use crate::program::mode;
use crate::regex::{Mode, Subject};
use crate::rule::Rule;
use crate::syntax::tree::{MatchOp, NodeId, NodeKind};
use crate::value::{Text, Value};
use crate::vocabulary::functions::FunctionId;
use std::ops::Range;

/// Looks for matches again, with a budget.
pub(super) struct Finder<'s, 'a, 'r> {
    session: &'s mut Session<'a>,
    rule: &'r Rule,
    source: &'r [u8],
    meter: Meter<'a>,
}

/// How a node matches.
enum Search {
    /// A text within a text.
    Literal,
    /// A pattern.
    Pattern(Mode),
    /// The whole text, by a glob.
    Whole,
}

impl<'s, 'a, 'r> Finder<'s, 'a, 'r> {
    pub(super) fn new(session: &'s mut Session<'a>, rule: &'r Rule, source: &'r [u8]) -> Self {
        let meter = Meter::new(session.options.work_max, session.interrupt);
        Self { session, rule, source, meter }
    }

    /// The match of a node and its operands.
    pub(super) fn find(&mut self, id: NodeId, outcomes: &Outcomes) -> (Option<Found>, Vec<Operand>) {
        let tree = self.rule.tree();
        let children = tree.children(id);
        match tree.node(id).kind {
            NodeKind::Match(_) | NodeKind::Compare(_) | NodeKind::Call(_) => {}
            _ => return (None, Vec::new()),
        }
        if outcomes.any_value(id).is_none() {
            return (None, self.operands(children, outcomes, None));
        }
        let searched = self.searched(id, outcomes);
        let operands = self.operands(children, outcomes, searched.as_ref());
        (searched.map(|(_, _, found)| found), operands)
    }

    /// The operand in which was searched, its text, and the match.
    fn searched(&mut self, id: NodeId, outcomes: &Outcomes) -> Option<(NodeId, Text, Found)> {
        let tree = self.rule.tree();
        let children = tree.children(id);
        let child = |index: usize| children.get(index).copied();
        let (text, needles, search) = match tree.node(id).kind {
            NodeKind::Match(op) => {
                if !outcomes.any_value(id).is_some_and(Value::is_true) {
                    return None;
                }
                match op {
                    MatchOp::In => (child(1)?, vec![child(0)?], Search::Literal),
                    MatchOp::Contains => (child(0)?, vec![child(1)?], Search::Literal),
                    MatchOp::Like => (child(0)?, vec![child(1)?], Search::Whole),
                    _ => (child(0)?, vec![child(1)?], Search::Pattern(mode(op)?)),
                }
            }
            NodeKind::Call(_) => match (self.function(id)?, children.len()) {
                (FunctionId::ContainsAny, _) => (child(0)?, children.get(1..)?.to_vec(), Search::Literal),
                (FunctionId::Count, 2) => (child(1)?, vec![child(0)?], Search::Literal),
                (FunctionId::Rcount, 2) | (FunctionId::GetMatches, _) => {
                    (child(1)?, vec![child(0)?], Search::Pattern(Mode::Perl))
                }
                (FunctionId::StrReplaceRegexp, _) => (child(0)?, vec![child(1)?], Search::Pattern(Mode::Perl)),
                _ => return None,
            },
            _ => return None,
        };
        let subject = self.string(outcomes.any_value(text)?)?;
        for needle in needles {
            let needle = self.string(outcomes.any_value(needle)?)?;
            let found = match &search {
                Search::Whole => Some(made(subject.bytes(), 0..subject.len(), Vec::new())),
                Search::Literal => self.literal(&subject, &needle),
                Search::Pattern(mode) => self.pattern(&subject, &needle, *mode),
            };
            if let Some(found) = found {
                return Some((text, subject, found));
            }
        }
        None
    }

    fn function(&self, id: NodeId) -> Option<FunctionId> {
        match self.rule.checked.resolved.get(id.index()) {
            Some(Resolved::Function(function)) => Some(*function),
            _ => None,
        }
    }

    /// The string form, if the budget allows it.
    fn string(&mut self, value: &Value) -> Option<Text> {
        self.meter.spend(value.weight() / 4 + 20).ok()?;
        Some(value.to_text())
    }

    fn literal(&mut self, subject: &Text, needle: &Text) -> Option<Found> {
        self.meter.spend(subject.len() as u64 / 4 + 20).ok()?;
        let at = memchr::memmem::find(subject.bytes(), needle.bytes());
        let at = at.filter(|_| !needle.is_empty())?;
        Some(made(subject.bytes(), at..at + needle.len(), Vec::new()))
    }

    fn pattern(&mut self, subject: &Text, pattern: &Text, mode: Mode) -> Option<Found> {
        let scratch = &mut *self.session.scratch;
        let release = self.session.options.release;
        let pattern = scratch.patterns.pattern(pattern.bytes(), mode, release, &mut self.meter).ok()?.ok()?;
        let bytes = subject.bytes();
        let ranges = pattern.captures(Subject::new(bytes), &mut scratch.regex, &mut self.meter).ok()??;
        let mut ranges = ranges.into_iter();
        let whole = ranges.next()??;
        let groups = ranges.map(|range| Some(part(bytes, range?))).collect();
        Some(made(bytes, whole, groups))
    }

    /// The operands that are not literals.
    fn operands(
        &mut self,
        children: &[NodeId],
        outcomes: &Outcomes,
        searched: Option<&(NodeId, Text, Found)>,
    ) -> Vec<Operand> {
        let tree = self.rule.tree();
        let mut operands = Vec::new();
        for child in children.iter().copied().take(preview::ELEMENTS_MAX) {
            let Some(value) = outcomes.any_value(child) else {
                continue;
            };
            if tree.literal(child).is_some() || self.meter.spend(1_000).is_err() {
                continue;
            }
            let preview = match searched {
                Some((id, text, found)) if *id == child => preview::around(text.bytes(), found.at.0..found.at.1),
                _ => preview::of_value(value),
            };
            operands.push(Operand {
                name: preview::snippet(self.source, tree.node(child).span),
                preview,
                bytes: value.weight(),
            });
        }
        operands
    }
}

fn part(bytes: &[u8], range: Range<usize>) -> String {
    preview::beginning(bytes.get(range).unwrap_or_default())
}

fn made(bytes: &[u8], range: Range<usize>, groups: Vec<Option<String>>) -> Found {
    Found { text: part(bytes, range.clone()), at: (range.start, range.end), groups }
}
