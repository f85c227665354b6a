//! Which parts decided the result.

use super::outcome::Outcomes;
use crate::check::Resolved;
use crate::error::RuleError;
use crate::rule::Rule;
use crate::syntax::tree::{LogicOp, NodeId, NodeKind, Tree};

/// A smallest set of leaves of the rule's truth structure such that fixing their values fixes the result.
///
/// `&`, `|`, `^`, `!` and conditionals are looked into, also behind names that the rule gave to their values; all else
/// is a leaf. An evaluated `&` is false because of exactly one side: the left one, or the right one if it came to it.
pub(super) fn decisive(rule: &Rule, outcomes: &Outcomes) -> Vec<NodeId> {
    let tree = rule.tree();
    let mut leaves = Vec::new();
    let mut visited = vec![false; tree.len()];
    let mut open: Vec<NodeId> = tree.root().into_iter().collect();
    let assigned = assignments(rule, outcomes);
    while let Some(id) = open.pop() {
        if visited.get_mut(id.index()).is_none_or(|visited| std::mem::replace(visited, true)) {
            continue;
        }
        let children = tree.children(id);
        match (tree.node(id).kind, children) {
            (NodeKind::Group | NodeKind::Not | NodeKind::Assign(_), [inner]) => open.push(*inner),
            (NodeKind::Block, [.., last]) => open.push(*last),
            (NodeKind::Logic(op), [left, right]) => {
                let left_is_true = outcomes.is_true(*left);
                match (op, left_is_true) {
                    (LogicOp::And, false) | (LogicOp::Or, true) => open.push(*left),
                    (LogicOp::And, true) if !outcomes.is_true(*right) => open.push(*right),
                    (LogicOp::Or, false) if outcomes.is_true(*right) => open.push(*right),
                    _ => open.extend([*left, *right]),
                }
            }
            (NodeKind::Conditional, [condition, then, other @ ..]) => {
                open.push(*condition);
                if outcomes.is_true(*condition) {
                    open.push(*then);
                } else {
                    open.extend(other);
                }
            }
            (NodeKind::Name(_), _) => match named_value(&assigned, rule, id) {
                Some(value) => open.push(value),
                None => leaves.push(id),
            },
            (NodeKind::Literal(_), _) => {}
            _ => leaves.push(id),
        }
    }
    leaves.sort_unstable();
    leaves
}

/// For each user variable, the evaluated nodes that changed it and, for a plain assignment, the value's node.
fn assignments(rule: &Rule, outcomes: &Outcomes) -> Vec<Vec<(NodeId, Option<NodeId>)>> {
    let tree = rule.tree();
    let mut assigned = vec![Vec::new(); rule.checked.locals.len()];
    for (index, node) in tree.nodes().iter().enumerate() {
        let Ok(number) = u32::try_from(index) else {
            break;
        };
        let id = NodeId(number);
        let local = match (node.kind, resolved(rule, id)) {
            (NodeKind::Name(_), _) => continue,
            (_, Resolved::Local(local) | Resolved::Set(local)) => local,
            _ => continue,
        };
        if outcomes.value(id).is_none() {
            continue;
        }
        let value = match (node.kind, tree.children(id)) {
            (NodeKind::Assign(_), [value]) => Some(*value),
            _ => None,
        };
        if let Some(list) = assigned.get_mut(usize::from(local)) {
            list.push((id, value));
        }
    }
    assigned
}

/// The value that a user variable had when it was read: nodes are numbered in the order in which they are evaluated.
fn named_value(assigned: &[Vec<(NodeId, Option<NodeId>)>], rule: &Rule, name: NodeId) -> Option<NodeId> {
    let Resolved::Local(local) = resolved(rule, name) else {
        return None;
    };
    let list = assigned.get(usize::from(local))?;
    let before = list.partition_point(|(id, _)| *id < name);
    list.get(before.checked_sub(1)?)?.1
}

fn resolved(rule: &Rule, id: NodeId) -> Resolved {
    rule.checked.resolved.get(id.index()).copied().unwrap_or(Resolved::Nothing)
}

/// The part in which an error arose.
pub(super) fn failed_part(tree: &Tree, error: &RuleError) -> Vec<NodeId> {
    let is_it = |at: u32| error.position.is_none_or(|position| position == at);
    let found = tree.nodes().iter().position(|node| node.span == error.span && is_it(node.at));
    found.and_then(|index| u32::try_from(index).ok()).map(NodeId).into_iter().collect()
}
