//! Which parts decided the result.

use super::outcome::Outcomes;
use crate::check::Resolved;
use crate::error::RuleError;
use crate::rule::Rule;
use crate::syntax::tree::{Literal, LogicOp, NodeId, NodeKind, Tree};
use crate::value::Value;

/// What fixes the truth of a node.
#[derive(Debug, Clone, Copy)]
struct Proof {
    /// The truth that it has.
    is_true: bool,
    /// How many leaves must be fixed for that.
    leaves: usize,
    by: By,
}

#[derive(Debug, Clone, Copy)]
enum By {
    /// It has this truth whatever the leaves are.
    Nothing,
    /// It is a leaf.
    Itself,
    One(NodeId),
    Two(NodeId, NodeId),
}

/// A smallest set of leaves of the rule's truth structure such that fixing their values fixes the result.
///
/// `&`, `|`, `^`, `!` and conditionals are looked into, also behind names that were given their values whatever happens;
/// all else is a leaf. Where a named part is read more than once, a smaller set may exist: each reading counts by itself.
pub(super) fn decisive(rule: &Rule, outcomes: &Outcomes) -> Vec<NodeId> {
    let tree = rule.tree();
    let assigned = assignments(rule);
    let mut proofs: Vec<Option<Proof>> = Vec::with_capacity(tree.len());
    for index in 0..tree.len() {
        let Ok(number) = u32::try_from(index) else { break };
        let proof = proof(rule, outcomes, &assigned, &proofs, NodeId(number));
        proofs.push(proof);
    }
    let mut leaves = Vec::new();
    let mut visited = vec![false; tree.len()];
    let mut open: Vec<NodeId> = tree.root().into_iter().collect();
    while let Some(id) = open.pop() {
        if visited.get_mut(id.index()).is_none_or(|visited| std::mem::replace(visited, true)) {
            continue;
        }
        match of(&proofs, id).map(|proof| proof.by) {
            Some(By::Itself) => leaves.push(id),
            Some(By::One(one)) => open.push(one),
            Some(By::Two(one, other)) => open.extend([one, other]),
            Some(By::Nothing) | None => {}
        }
    }
    leaves.sort_unstable();
    leaves
}

fn of(proofs: &[Option<Proof>], id: NodeId) -> Option<Proof> {
    proofs.get(id.index()).copied().flatten()
}

/// The proof with the fewest leaves. Parts come before what they are parts of, values before the names that read them.
fn proof(
    rule: &Rule,
    outcomes: &Outcomes,
    assigned: &[Vec<Assigned>],
    proofs: &[Option<Proof>],
    id: NodeId,
) -> Option<Proof> {
    let tree = rule.tree();
    let leaf = || {
        let value = outcomes.value(id)?;
        Some(Proof { is_true: value.is_true(), leaves: 1, by: By::Itself })
    };
    let through = |inner: NodeId| of(proofs, inner).map(|proof| passed_on(proof, inner, proof.is_true));
    match (tree.node(id).kind, tree.children(id)) {
        (NodeKind::Group | NodeKind::Assign(_), [inner]) => through(*inner),
        (NodeKind::Block, [.., last]) => through(*last),
        (NodeKind::Not, [inner]) => of(proofs, *inner).map(|proof| passed_on(proof, *inner, !proof.is_true)),
        (NodeKind::Logic(op), [left, right]) => logic(op, (*left, of(proofs, *left)), (*right, of(proofs, *right))),
        (NodeKind::Conditional, [condition, then, other @ ..]) => {
            let without = Proof { is_true: false, leaves: 0, by: By::Nothing };
            let then = (*then, of(proofs, *then));
            // Without a branch to take, the value is null, and nothing more is to be fixed.
            let other = other.first().map_or((*condition, Some(without)), |other| (*other, of(proofs, *other)));
            conditional((*condition, of(proofs, *condition)), then, other)
        }
        (NodeKind::Name(_), _) => match named_value(assigned, rule, id) {
            Some(value) => through(value),
            None => leaf(),
        },
        (NodeKind::Literal(_), _) => {
            let is_true = match outcomes.value(id) {
                Some(value) => value.is_true(),
                None => truth(tree.literal(id)?),
            };
            Some(Proof { is_true, leaves: 0, by: By::Nothing })
        }
        _ => leaf(),
    }
}

fn passed_on(proof: Proof, from: NodeId, is_true: bool) -> Proof {
    let by = if proof.leaves == 0 { By::Nothing } else { By::One(from) };
    Proof { is_true, leaves: proof.leaves, by }
}

type Side = (NodeId, Option<Proof>);

fn logic(op: LogicOp, left: Side, right: Side) -> Option<Proof> {
    // One side is enough to make `&` false and `|` true.
    let enough = match op {
        LogicOp::And => Some(false),
        LogicOp::Or => Some(true),
        LogicOp::Xor => None,
    };
    let alone = |(id, proof): Side| {
        let proof = proof.filter(|proof| Some(proof.is_true) == enough)?;
        Some(passed_on(proof, id, proof.is_true))
    };
    let cheapest = [alone(left), alone(right)].into_iter().flatten().min_by_key(|proof| proof.leaves);
    cheapest.or_else(|| {
        let (one, other) = (left.1?, right.1?);
        let is_true = match op {
            LogicOp::And => one.is_true && other.is_true,
            LogicOp::Or => one.is_true || other.is_true,
            LogicOp::Xor => one.is_true != other.is_true,
        };
        Some(Proof { is_true, leaves: one.leaves + other.leaves, by: By::Two(left.0, right.0) })
    })
}

/// The condition and the branch that it takes, or both branches if they agree.
fn conditional(condition: Side, then: Side, other: Side) -> Option<Proof> {
    let both = |one: Side, other: Side, is_true: bool| {
        let needed = [(one.0, one.1?.leaves), (other.0, other.1?.leaves)];
        let by = match needed {
            [(_, 0), (_, 0)] => By::Nothing,
            [(one, _), (_, 0)] | [(_, 0), (one, _)] => By::One(one),
            [(one, _), (other, _)] => By::Two(one, other),
        };
        Some(Proof { is_true, leaves: needed.iter().map(|(_, leaves)| leaves).sum(), by })
    };
    let taken = condition.1.and_then(|it| {
        let branch = if it.is_true { then } else { other };
        both(condition, branch, branch.1?.is_true)
    });
    let agreeing = then.1.zip(other.1).filter(|(one, other)| one.is_true == other.is_true);
    let agreeing = agreeing.and_then(|(one, _)| both(then, other, one.is_true));
    [taken, agreeing].into_iter().flatten().min_by_key(|proof| proof.leaves)
}

/// Whether a literal counts as true.
fn truth(literal: &Literal) -> bool {
    let value = match literal {
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(value) => Value::Int(*value),
        Literal::Float(value) => Value::Float(*value),
        Literal::Str(bytes) => Value::text(bytes.clone()),
    };
    value.is_true()
}

/// A change of a user variable.
#[derive(Debug, Clone, Copy)]
struct Assigned {
    at: NodeId,
    /// The node of the value, for a plain assignment.
    value: Option<NodeId>,
    /// Whether it happens only if something else is so.
    is_guarded: bool,
}

/// For each user variable, the nodes that change it, in the order of evaluation.
fn assignments(rule: &Rule) -> Vec<Vec<Assigned>> {
    let tree = rule.tree();
    let guarded = guarded(tree);
    let mut assigned = vec![Vec::new(); rule.checked.locals.len()];
    for (index, node) in tree.nodes().iter().enumerate() {
        let Ok(number) = u32::try_from(index) else { break };
        let id = NodeId(number);
        let local = match (node.kind, resolved(rule, id)) {
            (NodeKind::Name(_), _) => continue,
            (_, Resolved::Local(local) | Resolved::Set(local)) => local,
            _ => continue,
        };
        let value = match (node.kind, tree.children(id)) {
            (NodeKind::Assign(_), [value]) => Some(*value),
            _ => None,
        };
        let is_guarded = guarded.get(index).copied().unwrap_or(true);
        if let Some(list) = assigned.get_mut(usize::from(local)) {
            list.push(Assigned { at: id, value, is_guarded });
        }
    }
    assigned
}

/// By node, whether it is evaluated only if something else is so.
fn guarded(tree: &Tree) -> Vec<bool> {
    let mut guarded = vec![false; tree.len()];
    for index in (0..tree.len()).rev() {
        let Ok(number) = u32::try_from(index) else { continue };
        let id = NodeId(number);
        let inherits = guarded.get(index).copied().unwrap_or(true);
        let guards = matches!(tree.node(id).kind, NodeKind::Logic(LogicOp::And | LogicOp::Or) | NodeKind::Conditional);
        for (place, child) in tree.children(id).iter().enumerate() {
            if let Some(slot) = guarded.get_mut(child.index()) {
                *slot = inherits || guards && place > 0;
            }
        }
    }
    guarded
}

/// The value that a user variable has whenever it is read there; none if that depends on anything.
fn named_value(assigned: &[Vec<Assigned>], rule: &Rule, name: NodeId) -> Option<NodeId> {
    let Resolved::Local(local) = resolved(rule, name) else {
        return None;
    };
    let list = assigned.get(usize::from(local))?;
    let before = list.get(..list.partition_point(|assigned| assigned.at < name))?;
    let latest = before.last()?;
    if before.iter().any(|assigned| assigned.is_guarded) { None } else { latest.value }
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
