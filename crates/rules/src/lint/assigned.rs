//! User variables that are never read, or may have no value when they are.

use super::{Linter, finding};
use crate::check::Resolved;
use crate::syntax::tree::{LogicOp, NodeId, NodeKind};
use rustc_hash::{FxHashMap, FxHashSet};

/// Most levels that are climbed to see where an assignment counts.
const SCOPES_MAX: usize = 100;

/// What is done with one user variable.
#[derive(Default)]
struct Uses {
    reads: Vec<NodeId>,
    /// Assignments, with the branch each stands in.
    assignments: Vec<(NodeId, Option<NodeId>)>,
}

pub(super) fn check(linter: &mut Linter<'_>) {
    let count = linter.rule.checked.locals.len();
    if count == 0 {
        return;
    }
    let branches = Branches::new(linter);
    let mut uses: Vec<Uses> = std::iter::repeat_with(Uses::default).take(count).collect();
    for (index, resolved) in linter.rule.checked.resolved.iter().enumerate() {
        let (Resolved::Local(local) | Resolved::Set(local)) = resolved else {
            continue;
        };
        let (Ok(number), Some(uses)) = (u32::try_from(index), uses.get_mut(usize::from(*local))) else {
            continue;
        };
        let id = NodeId(number);
        match linter.kind(id) {
            NodeKind::Assign(_) | NodeKind::Call(_) => {
                branches.scopes(linter, id, &mut uses.assignments);
            }
            // Appending to an array and changing an element read it, too.
            _ => uses.reads.push(id),
        }
    }
    for (local, mut uses) in uses.into_iter().enumerate() {
        let Some(name) = linter.rule.checked.locals.get(local) else {
            break;
        };
        if uses.reads.is_empty() {
            unused(linter, name, &uses);
            continue;
        }
        branches.join(linter, &mut uses.assignments);
        let is_safe = |read: NodeId| {
            uses.assignments
                .iter()
                .any(|(id, branch)| *id < read && branch.is_none_or(|branch| branches.holds(branch, read)))
        };
        // One search per read is quadratic in hostile rules only; the first finding ends it.
        if uses.assignments.len() > 1_000 {
            continue;
        }
        if let Some(read) = uses.reads.iter().copied().find(|read| !is_safe(*read)) {
            let found = finding("maybe-undefined", linter.span(read), format!("`{name}` may have no value here"))
                .help("its assignment stands in a branch that may be skipped; assign a first value before");
            let found = match uses.assignments.first() {
                Some((first, _)) => found.note(linter.span(*first), "assigned here"),
                None => found,
            };
            linter.report(found);
        }
    }
}

fn unused(linter: &mut Linter<'_>, name: &str, uses: &Uses) {
    let Some((id, _)) = uses.assignments.first().copied() else {
        return;
    };
    // The last statement's value is the rule's; an assignment inside of an expression is used by it.
    let is_statement = match linter.parent(id) {
        None => false,
        Some(parent) => linter.kind(parent) == NodeKind::Block && linter.tree.children(parent).last() != Some(&id),
    };
    if is_statement {
        let message = format!("`{name}` is never read");
        let found = finding("unused-assignment", linter.span(id), message);
        linter.report(found.help("read it below, or leave the statement out"));
    }
}

/// Which parts of a rule may be skipped.
struct Branches {
    /// By node, the innermost part it stands in that may be skipped.
    innermost: Vec<Option<NodeId>>,
    /// By node, the first node below it: nodes below are numbered without a gap.
    first: Vec<NodeId>,
}

impl Branches {
    fn new(linter: &Linter<'_>) -> Self {
        let tree = linter.tree;
        let count = tree.len();
        let mut branches = Self { innermost: vec![None; count], first: Vec::with_capacity(count) };
        let ids = || (0..count).filter_map(|index| u32::try_from(index).ok()).map(NodeId);
        for id in ids() {
            let below = tree.children(id).iter().filter_map(|child| branches.first.get(child.index()));
            let first = below.copied().min().unwrap_or(id);
            branches.first.push(first);
        }
        for id in ids().rev() {
            let outer = branches.of(id);
            let kind = tree.node(id).kind;
            for (place, child) in tree.children(id).iter().enumerate() {
                let is_branch =
                    place > 0 && matches!(kind, NodeKind::Conditional | NodeKind::Logic(LogicOp::And | LogicOp::Or));
                if let Some(slot) = branches.innermost.get_mut(child.index()) {
                    *slot = if is_branch { Some(*child) } else { outer };
                }
            }
        }
        branches
    }

    fn of(&self, id: NodeId) -> Option<NodeId> {
        self.innermost.get(id.index()).copied().flatten()
    }

    /// Whether `id` stands in `branch`.
    fn holds(&self, branch: NodeId, id: NodeId) -> bool {
        id <= branch && self.first.get(branch.index()).is_some_and(|first| *first <= id)
    }

    /// Adds the parts in which an assignment has certainly been made: its own branch, and what runs only where a `&`
    /// over that branch was true.
    fn scopes(&self, linter: &Linter<'_>, id: NodeId, assignments: &mut Vec<(NodeId, Option<NodeId>)>) {
        let own = self.of(id);
        assignments.push((id, own));
        let Some(mut at) = own else { return };
        for _ in 0..SCOPES_MAX {
            let Some(parent) = linter.parent(at) else {
                return;
            };
            match (linter.kind(parent), linter.tree.children(parent)) {
                (NodeKind::Group, _) => {}
                (NodeKind::Logic(LogicOp::And), [left, right]) => {
                    if at == *left {
                        assignments.push((id, Some(*right)));
                    }
                }
                (NodeKind::Conditional, [condition, then, ..]) if at == *condition => {
                    assignments.push((id, Some(*then)));
                    return;
                }
                _ => return,
            }
            at = parent;
        }
        // Beyond the limit nobody is accused.
        assignments.push((id, None));
    }

    /// Adds, for conditionals that assign in both branches, an assignment by the whole of them.
    fn join(&self, linter: &Linter<'_>, assignments: &mut Vec<(NodeId, Option<NodeId>)>) {
        let mut sides: FxHashMap<NodeId, NodeId> = FxHashMap::default();
        let mut joined: FxHashSet<NodeId> = FxHashSet::default();
        let mut at = 0;
        while let Some((_, branch)) = assignments.get(at).copied() {
            at += 1;
            let Some(branch) = branch else { continue };
            let Some(parent) = linter.parent(branch) else {
                continue;
            };
            if linter.kind(parent) != NodeKind::Conditional {
                continue;
            }
            let other = *sides.entry(parent).or_insert(branch);
            if other != branch && joined.insert(parent) {
                assignments.push((parent, self.of(parent)));
            }
        }
    }
}
