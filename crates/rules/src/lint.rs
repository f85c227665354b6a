//! Rules that parse but probably do not do what was meant, or do it at a price.
//!
//! Every lint is listed in [`LINTS`] with an example that it finds and one that it leaves alone; documentation and
//! tests are made from that table. Lints look at the tree only: the cost is linear in the size of the rule.

mod arrays;
mod assigned;
mod compare;
mod logic;
mod names;
mod order;
mod patterns;
mod repetition;
mod table;
mod texts;

use crate::check::Resolved;
use crate::diagnostic::{Diagnostic, Severity};
use crate::error::Span;
use crate::rule::Rule;
use crate::syntax::tree::{Literal, NodeId, NodeKind, Tree};
use crate::vocabulary::Vocabulary;
use crate::vocabulary::functions::FunctionId;
use crate::vocabulary::variables::{self, Variable};
use rustc_hash::FxHashSet;

pub use table::{LINTS, Lint};

/// Examines a rule; `source` is the text it was compiled from.
///
/// The findings are in order of the text. Errors are not among them: a rule with errors does not compile.
pub fn lint(source: &[u8], rule: &Rule, vocabulary: &Vocabulary) -> Vec<Diagnostic> {
    let tree = rule.tree();
    let mut linter = Linter {
        source,
        rule,
        tree,
        vocabulary,
        parents: parents(tree),
        mixed: FxHashSet::default(),
        found: Vec::new(),
    };
    for index in 0..tree.len() {
        let Ok(number) = u32::try_from(index) else {
            break;
        };
        let id = NodeId(number);
        match tree.node(id).kind {
            NodeKind::Name(_) => names::check(&mut linter, id),
            NodeKind::Logic(_) => logic::check(&mut linter, id),
            NodeKind::Conditional => logic::check_condition(&mut linter, id),
            NodeKind::Compare(_) => compare::check(&mut linter, id),
            NodeKind::Arithmetic(_) => compare::check_arithmetic(&mut linter, id),
            NodeKind::Match(_) => texts::check(&mut linter, id),
            NodeKind::Call(_) => {
                texts::check_call(&mut linter, id);
                arrays::check_call(&mut linter, id);
            }
            _ => {}
        }
    }
    patterns::check(&mut linter);
    assigned::check(&mut linter);
    let mut found = linter.found;
    found.sort_by_key(|found| (found.span.start, found.span.end));
    found
}

struct Linter<'a> {
    source: &'a [u8],
    rule: &'a Rule,
    tree: &'a Tree,
    vocabulary: &'a Vocabulary,
    /// By node, what it is a part of.
    parents: Vec<Option<NodeId>>,
    /// Chains of logic with a finding about their brackets.
    mixed: FxHashSet<NodeId>,
    found: Vec<Diagnostic>,
}

fn parents(tree: &Tree) -> Vec<Option<NodeId>> {
    let mut parents = vec![None; tree.len()];
    for index in 0..tree.len() {
        let Ok(number) = u32::try_from(index) else {
            break;
        };
        for child in tree.children(NodeId(number)) {
            if let Some(slot) = parents.get_mut(child.index()) {
                *slot = Some(NodeId(number));
            }
        }
    }
    parents
}

impl<'a> Linter<'a> {
    fn report(&mut self, found: Diagnostic) {
        self.found.push(found);
    }

    fn kind(&self, id: NodeId) -> NodeKind {
        self.tree.node(id).kind
    }

    fn span(&self, id: NodeId) -> Span {
        self.tree.node(id).span
    }

    fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.parents.get(id.index()).copied().flatten()
    }

    fn text(&self, span: Span) -> &'a [u8] {
        self.source.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The text of a node for messages, shortened.
    fn shown(&self, id: NodeId) -> String {
        let text = String::from_utf8_lossy(self.text(self.span(id))).into_owned();
        if text.chars().count() > 40 { text.chars().take(39).chain(['…']).collect() } else { text }
    }

    /// The left and the right side of an operator.
    fn sides(&self, id: NodeId) -> Option<(NodeId, NodeId)> {
        match self.tree.children(id) {
            [left, right] => Some((*left, *right)),
            _ => None,
        }
    }

    /// The string that a node is.
    fn string(&self, id: NodeId) -> Option<&'a [u8]> {
        match self.tree.literal(id) {
            Some(Literal::Str(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// The built-in variable that a node reads, brackets taken off.
    fn variable(&self, id: NodeId) -> Option<&'static Variable> {
        let id = self.tree.bare(id);
        match (self.kind(id), self.rule.checked.resolved.get(id.index())) {
            (NodeKind::Name(name), Some(Resolved::Variable(_))) => variables::find(self.tree.name(name)),
            _ => None,
        }
    }

    /// The function that a node calls, brackets taken off.
    fn function(&self, id: NodeId) -> Option<FunctionId> {
        match self.rule.checked.resolved.get(self.tree.bare(id).index()) {
            Some(Resolved::Function(function)) => Some(*function),
            _ => None,
        }
    }

    fn is_array(&self, id: NodeId) -> bool {
        self.kind(self.tree.bare(id)) == NodeKind::Array
            || self.variable(id).is_some_and(|variable| variable.kind == variables::Kind::Array)
    }
}

/// A finding of the lint `name`.
fn finding(name: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
    let lint = LINTS.iter().find(|lint| lint.name == name);
    Diagnostic::new(lint.map_or(Severity::Hint, |lint| lint.severity), name, span, message)
}

#[cfg(test)]
mod tests;
