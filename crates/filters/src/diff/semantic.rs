//! Differences by meaning: which conditions a change of a rule adds, removes or changes.
//!
//! Rules are compared as trees, brackets and layout left out. Chains of `&` or `|` are compared operand by operand, so
//! that one condition more is one condition more, wherever it stands.

use super::lines;
use sha2::{Digest, Sha256};
use wikiward_rules::error::Span;
use wikiward_rules::syntax::tree::{Literal, NodeKind, Step};
use wikiward_rules::syntax::{self, NodeId, Tree};

/// Most changes that are listed.
pub const CHANGES_MAX: usize = 200;

/// Most bytes of a sub-expression's text that are shown.
pub const TEXT_BYTES_MAX: usize = 2_048;

/// Most pairs of parts that are looked at for likeness; beyond it a rewritten chain is told as removed and added.
const PAIRS_MAX: usize = 100_000;

/// Deeper, a change is told as a whole.
const DEPTH_MAX: usize = 64;

/// A part of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubExpression {
    /// Where it stands in its rule.
    pub span: Span,
    /// Its text, at most [`TEXT_BYTES_MAX`].
    pub text: String,
}

/// A part that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// What it was.
    pub old: SubExpression,
    /// What it is.
    pub new: SubExpression,
}

/// What a change of a rule means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Semantic {
    /// Parts that only the new rule has.
    pub added: Vec<SubExpression>,
    /// Parts that only the old rule has.
    pub removed: Vec<SubExpression>,
    /// Parts that are different in the new rule.
    pub changed: Vec<Changed>,
    /// Whether there are more changes than are listed.
    pub is_cut: bool,
}

impl Semantic {
    /// Whether both rules mean the same, layout, comments and needless brackets aside.
    pub fn is_same(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// What the change from rule `old` to rule `new` means; none if one of them does not parse.
pub fn diff(old: &str, new: &str) -> Option<Semantic> {
    let (old, new) = (Side::parse(old)?, Side::parse(new)?);
    let mut comparison = Comparison { old: &old, new: &new, found: Semantic::default() };
    match (old.tree.root(), new.tree.root()) {
        (Some(a), Some(b)) => comparison.compare(a, b, 0),
        (Some(a), None) => comparison.removed(a),
        (None, Some(b)) => comparison.added(b),
        (None, None) => {}
    }
    Some(comparison.found)
}

type Print = [u8; 16];

/// A rule with the fingerprints of its nodes.
struct Side<'t> {
    text: &'t str,
    tree: Tree,
    prints: Vec<Print>,
}

impl<'t> Side<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let tree = syntax::parse(text.as_bytes()).ok()?;
        let mut prints = vec![[0; 16]; tree.len()];
        if let Some(root) = tree.root() {
            for step in tree.walk(root) {
                if let Step::Leave(id) = step {
                    let print = print(&tree, id, &prints);
                    if let Some(slot) = prints.get_mut(id.index()) {
                        *slot = print;
                    }
                }
            }
        }
        Some(Self { text, tree, prints })
    }

    fn print(&self, id: NodeId) -> Print {
        self.prints.get(id.index()).copied().unwrap_or_default()
    }

    fn kind(&self, id: NodeId) -> NodeKind {
        self.tree.node(id).kind
    }

    fn shown(&self, id: NodeId) -> SubExpression {
        let span = self.tree.node(id).span;
        let bytes = self.text.as_bytes().get(span.start as usize..span.end as usize).unwrap_or_default();
        let cut = bytes.get(..TEXT_BYTES_MAX).unwrap_or(bytes);
        SubExpression { span, text: String::from_utf8_lossy(cut).into_owned() }
    }

    /// The operands of the chain that `id` is, in order; `id` itself if it is none.
    fn operands(&self, id: NodeId) -> Vec<NodeId> {
        let chain = self.kind(id);
        let mut operands = Vec::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            let bare = self.tree.bare(id);
            if self.kind(bare) == chain {
                open.extend(self.tree.children(bare).iter().rev());
            } else {
                operands.push(bare);
            }
        }
        operands
    }
}

/// A fingerprint of a node that depends on what it means only. Children's are known already.
fn print(tree: &Tree, id: NodeId, prints: &[Print]) -> Print {
    let child = |id: &NodeId| prints.get(id.index()).copied().unwrap_or_default();
    let kind = tree.node(id).kind;
    if let (NodeKind::Group, [inner]) = (kind, tree.children(id)) {
        return child(inner);
    }
    let mut hash = Sha256::new();
    let label = match kind {
        NodeKind::Name(name) => format!("name {}", tree.name(name)),
        NodeKind::Call(name) => format!("call {}", tree.name(name)),
        NodeKind::Assign(name) => format!("assign {}", tree.name(name)),
        NodeKind::Append(name) => format!("append {}", tree.name(name)),
        NodeKind::SetElement(name) => format!("set {}", tree.name(name)),
        NodeKind::Literal(_) => String::from("literal"),
        other => format!("{other:?}"),
    };
    hash.update(label.as_bytes());
    match tree.literal(id) {
        Some(Literal::Str(bytes)) => {
            hash.update(b" text ");
            hash.update(bytes);
        }
        Some(literal) => hash.update(format!(" {literal:?}").as_bytes()),
        None => {}
    }
    for id in tree.children(id) {
        hash.update(child(id));
    }
    let digest = hash.finalize();
    let mut print = [0; 16];
    print.copy_from_slice(digest.get(..16).unwrap_or(&[0; 16]));
    print
}

struct Comparison<'s, 't> {
    old: &'s Side<'t>,
    new: &'s Side<'t>,
    found: Semantic,
}

impl Comparison<'_, '_> {
    fn is_full(&mut self) -> bool {
        let count = self.found.added.len() + self.found.removed.len() + self.found.changed.len();
        self.found.is_cut |= count >= CHANGES_MAX;
        self.found.is_cut
    }

    fn added(&mut self, id: NodeId) {
        if !self.is_full() {
            let shown = self.new.shown(id);
            self.found.added.push(shown);
        }
    }

    fn removed(&mut self, id: NodeId) {
        if !self.is_full() {
            let shown = self.old.shown(id);
            self.found.removed.push(shown);
        }
    }

    fn changed(&mut self, a: NodeId, b: NodeId) {
        if !self.is_full() {
            let changed = Changed { old: self.old.shown(a), new: self.new.shown(b) };
            self.found.changed.push(changed);
        }
    }

    fn compare(&mut self, a: NodeId, b: NodeId, depth: usize) {
        let (a, b) = (self.old.tree.bare(a), self.new.tree.bare(b));
        if self.old.print(a) == self.new.print(b) {
            return;
        }
        let (old_kind, new_kind) = (self.old.kind(a), self.new.kind(b));
        if depth >= DEPTH_MAX {
            return self.changed(a, b);
        }
        match (old_kind, new_kind) {
            (NodeKind::Logic(one), NodeKind::Logic(other)) if one == other => self.chains(a, b, depth),
            // One condition became a chain with it in it, or the other way round.
            (NodeKind::Logic(_), kind) if !matches!(kind, NodeKind::Logic(_) | NodeKind::Block) => {
                self.one_of_chain(a, b, depth);
            }
            (kind, NodeKind::Logic(_)) if !matches!(kind, NodeKind::Logic(_) | NodeKind::Block) => {
                self.one_of_chain(a, b, depth);
            }
            (NodeKind::Block, NodeKind::Block) => {
                let (one, other) = (self.old.tree.children(a).to_vec(), self.new.tree.children(b).to_vec());
                self.lists(&one, &other, depth);
            }
            (NodeKind::Conditional, NodeKind::Conditional) | (NodeKind::Not, NodeKind::Not) => self.pairs(a, b, depth),
            (NodeKind::Assign(one), NodeKind::Assign(other))
                if self.old.tree.name(one) == self.new.tree.name(other) =>
            {
                self.pairs(a, b, depth);
            }
            _ => self.changed(a, b),
        }
    }

    fn chains(&mut self, a: NodeId, b: NodeId, depth: usize) {
        let (one, other) = (self.old.operands(a), self.new.operands(b));
        self.lists(&one, &other, depth);
    }

    fn one_of_chain(&mut self, a: NodeId, b: NodeId, depth: usize) {
        let (one, other) = (self.old.operands(a), self.new.operands(b));
        // A single node is its own only operand, unless it is the chain.
        let one = if matches!(self.old.kind(a), NodeKind::Logic(_)) { one } else { vec![a] };
        let other = if matches!(self.new.kind(b), NodeKind::Logic(_)) { other } else { vec![b] };
        let shares = one.iter().any(|x| other.iter().any(|y| self.old.print(*x) == self.new.print(*y)));
        if shares {
            self.lists(&one, &other, depth);
        } else {
            self.changed(a, b);
        }
    }

    fn pairs(&mut self, a: NodeId, b: NodeId, depth: usize) {
        let (one, other) = (self.old.tree.children(a).to_vec(), self.new.tree.children(b).to_vec());
        for (a, b) in one.iter().zip(&other) {
            self.compare(*a, *b, depth + 1);
        }
        one.iter().skip(other.len()).for_each(|id| self.removed(*id));
        other.iter().skip(one.len()).for_each(|id| self.added(*id));
    }

    /// Compares operands or statements: what has moved is the same, what is left is paired by likeness.
    fn lists(&mut self, one: &[NodeId], other: &[NodeId], depth: usize) {
        let old_prints: Vec<Print> = one.iter().map(|id| self.old.print(*id)).collect();
        let new_prints: Vec<Print> = other.iter().map(|id| self.new.print(*id)).collect();
        let mut gone = Vec::new();
        let mut come = Vec::new();
        for (before, after) in lines::hunks(&old_prints, &new_prints) {
            gone.extend(one.get(before).unwrap_or_default());
            come.extend(other.get(after).unwrap_or_default());
        }
        if gone.len().saturating_mul(come.len()) > PAIRS_MAX {
            for id in gone {
                self.removed(id);
            }
            for id in come {
                self.added(id);
            }
            return;
        }
        gone.retain(|a| {
            let moved = come.iter().position(|b| self.old.print(*a) == self.new.print(*b));
            moved.map(|place| come.remove(place)).is_none()
        });
        for a in gone {
            match come.iter().position(|b| self.is_like(a, *b)) {
                Some(place) => {
                    let b = come.remove(place);
                    self.compare(a, b, depth + 1);
                }
                None => self.removed(a),
            }
        }
        for b in come {
            self.added(b);
        }
    }

    /// Whether one may have become the other: the same kind of thing about the same thing.
    fn is_like(&self, a: NodeId, b: NodeId) -> bool {
        let (old, new) = (&self.old.tree, &self.new.tree);
        let (a, b) = (old.bare(a), new.bare(b));
        match (old.node(a).kind, new.node(b).kind) {
            (NodeKind::Assign(one), NodeKind::Assign(other)) => old.name(one) == new.name(other),
            (NodeKind::Call(one), NodeKind::Call(other)) => old.name(one) == new.name(other) && self.shares_child(a, b),
            (NodeKind::Not, NodeKind::Not) => match (old.children(a), new.children(b)) {
                ([a], [b]) => self.is_like(*a, *b),
                _ => false,
            },
            (NodeKind::Compare(_), NodeKind::Compare(_))
            | (NodeKind::Match(_), NodeKind::Match(_))
            | (NodeKind::Logic(_), NodeKind::Logic(_))
            | (NodeKind::Not, _)
            | (_, NodeKind::Not) => self.shares_child(a, b),
            (one, other) => {
                std::mem::discriminant(&one) == std::mem::discriminant(&other) && matches!(one, NodeKind::Conditional)
            }
        }
    }

    fn shares_child(&self, a: NodeId, b: NodeId) -> bool {
        let parts = |side: &Side<'_>, id: NodeId| -> Vec<Print> {
            let mut prints: Vec<Print> = side.tree.children(id).iter().map(|id| side.print(*id)).collect();
            prints.push(side.print(id));
            prints
        };
        let other = parts(self.new, b);
        parts(self.old, a).iter().any(|print| other.contains(print))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str, expected: [&[&str]; 3]) {
        let found = diff(old, new).unwrap();
        let texts = |list: &[SubExpression]| list.iter().map(|it| it.text.clone()).collect::<Vec<_>>();
        let changed: Vec<_> = found.changed.iter().map(|it| format!("{} -> {}", it.old.text, it.new.text)).collect();
        assert_eq!(
            [texts(&found.added), texts(&found.removed), changed],
            expected.map(|it| it.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()),
            "{old} => {new}"
        );
        assert_eq!(found.is_same(), expected.iter().all(|it| it.is_empty()));
    }

    #[test]
    fn layout_comments_and_needless_brackets_mean_nothing() {
        check("page_id == 1 & user_age < 5", "( page_id == 1 ) /* new */ &\n user_age < 5", [&[], &[], &[]]);
        check("a := 1; a == 1", "A := 1;\n\na == 1", [&[], &[], &[]]);
    }

    #[test]
    fn conditions_come_and_go() {
        check(
            "page_id == 1 & user_age < 5",
            "page_id == 1 & summary == 'x' & user_age < 5",
            [&["summary == 'x'"], &[], &[]],
        );
        check("page_id == 1 & summary == 'x'", "page_id == 1", [&[], &["summary == 'x'"], &[]]);
        check("page_id == 1", "page_id == 1 | page_id == 2", [&["page_id == 2"], &[], &[]]);
        check("page_id == 1 & summary == 'x'", "summary == 'x' & page_id == 1", [&[], &[], &[]]);
    }

    #[test]
    fn a_condition_is_changed() {
        check(
            "page_id == 1 & user_age < 5",
            "page_id == 1 & user_age < 9",
            [&[], &[], &["user_age < 5 -> user_age < 9"]],
        );
        check("summary rlike 'a'", "summary rlike 'b'", [&[], &[], &["summary rlike 'a' -> summary rlike 'b'"]]);
        check("x := 1; x == page_id", "x := 2; x == page_id", [&[], &[], &["1 -> 2"]]);
        check(
            "!(summary == 'a') & page_id == 1",
            "!(summary == 'b') & page_id == 1",
            [&[], &[], &["summary == 'a' -> summary == 'b'"]],
        );
    }

    #[test]
    fn a_rule_that_does_not_parse_has_no_meaning() {
        assert_eq!(diff("page_id ==", "page_id == 1"), None);
        assert!(diff("", "").unwrap().is_same());
    }

    #[test]
    fn long_chains_and_deep_nests_are_compared_in_bounded_stack() {
        let chain = vec!["page_id == 1"; 3_000].join(" & page_age == 2 | ");
        assert!(!diff(&chain, &format!("{chain} & page_id == 3")).unwrap().is_same());
        let deep = |last: &str| format!("{}{last}{}", "!(page_id == 1 & ".repeat(80), ")".repeat(80));
        assert!(!diff(&deep("page_id == 2"), &deep("page_id == 3")).unwrap().is_same());
    }
}
