//! Which parts would tell the value of a variable that may not be shown.

use super::outcome::Outcomes;
use crate::check::Resolved;
use crate::rule::Rule;
use crate::syntax::tree::{LogicOp, NodeId, NodeKind, Tree};
use crate::vocabulary::variables::current_name;

/// Passes over the tree that follow values through user variables; beyond them all user variables are hidden.
const PASSES_MAX: usize = 8;

/// What must not be shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Hidden {
    nodes: Vec<bool>,
    /// The first node that read such a variable. Whatever was evaluated from there on may have come about, or not,
    /// because of its value: an error or a limit ends a rule in any place.
    from: Option<NodeId>,
}

impl Hidden {
    /// Whether a node must be hidden.
    pub(super) fn has(&self, id: NodeId) -> bool {
        self.from.is_some_and(|from| id >= from) || self.nodes.get(id.index()).copied().unwrap_or(false)
    }

    /// Whether the evaluation as a whole may depend on what is hidden: result, error, conditions, time.
    pub(super) fn is_reached(&self) -> bool {
        self.from.is_some()
    }
}

/// Whether the rule may read one of the variables.
pub(super) fn may_read(rule: &Rule, redact: &[&str]) -> bool {
    let tree = rule.tree();
    tree.nodes().iter().any(|node| matches!(node.kind, NodeKind::Name(name) if is_named(tree.name(name), redact)))
}

fn is_named(name: &str, redact: &[&str]) -> bool {
    redact.iter().any(|hidden| current_name(hidden) == current_name(name))
}

/// What must not be shown of an evaluation: what reads such a variable, works on something hidden or runs only because of
/// it; and, if such a variable was read, all that came after.
pub(super) fn hidden(rule: &Rule, redact: &[&str], outcomes: &Outcomes) -> Hidden {
    let nodes = nodes(rule, redact);
    let tree = rule.tree();
    let ids = (0..tree.len()).filter_map(|index| u32::try_from(index).ok()).map(NodeId);
    let is_source = |id: &NodeId| {
        let reads = matches!(tree.node(*id).kind, NodeKind::Name(name) if is_named(tree.name(name), redact));
        reads && outcomes.value(*id).is_some()
    };
    let from = if redact.is_empty() { None } else { ids.into_iter().find(is_source) };
    Hidden { nodes, from }
}

fn nodes(rule: &Rule, redact: &[&str]) -> Vec<bool> {
    let tree = rule.tree();
    let mut search =
        Search { rule, redact, hidden: vec![false; tree.len()], locals: vec![false; rule.checked.locals.len()] };
    if redact.is_empty() {
        return search.hidden;
    }
    for pass in 0.. {
        if pass == PASSES_MAX {
            search.locals.fill(true);
        }
        let changed = search.pass(tree);
        if !changed || pass == PASSES_MAX {
            break;
        }
    }
    search.hidden
}

struct Search<'a> {
    rule: &'a Rule,
    redact: &'a [&'a str],
    hidden: Vec<bool>,
    /// By user variable, whether it holds something hidden.
    locals: Vec<bool>,
}

impl Search<'_> {
    fn is_hidden(&self, id: NodeId) -> bool {
        self.hidden.get(id.index()).copied().unwrap_or(false)
    }

    fn hide(&mut self, id: NodeId) {
        if let Some(hidden) = self.hidden.get_mut(id.index()) {
            *hidden = true;
        }
    }

    /// Upwards, what works on something hidden; downwards, what runs because of it. Whether a user variable is new.
    fn pass(&mut self, tree: &Tree) -> bool {
        let ids = || (0..tree.len()).filter_map(|index| u32::try_from(index).ok()).map(NodeId);
        for id in ids() {
            let reads = match tree.node(id).kind {
                NodeKind::Name(name) => self.reads(tree.name(name), id),
                _ => false,
            };
            if reads || tree.children(id).iter().any(|child| self.is_hidden(*child)) {
                self.hide(id);
            }
        }
        let mut guarded = vec![false; tree.len()];
        for id in ids().rev() {
            let inherits = guarded.get(id.index()).copied().unwrap_or(false);
            let children = tree.children(id);
            let first = children.first().is_some_and(|first| self.is_hidden(*first));
            let guards = match tree.node(id).kind {
                NodeKind::Logic(LogicOp::And | LogicOp::Or) | NodeKind::Conditional => first,
                _ => false,
            };
            for (place, child) in children.iter().enumerate() {
                if let Some(slot) = guarded.get_mut(child.index()) {
                    *slot = inherits || guards && place > 0;
                }
            }
            if inherits {
                self.hide(id);
            }
        }
        self.follow_assignments(tree)
    }

    fn reads(&self, name: &str, id: NodeId) -> bool {
        match self.rule.checked.resolved.get(id.index()) {
            Some(Resolved::Local(local)) => self.local(*local),
            _ => is_named(name, self.redact),
        }
    }

    fn local(&self, local: u16) -> bool {
        self.locals.get(usize::from(local)).copied().unwrap_or(false)
    }

    fn follow_assignments(&mut self, tree: &Tree) -> bool {
        let mut changed = false;
        for (node, resolved) in self.rule.checked.resolved.iter().enumerate() {
            let Ok(number) = u32::try_from(node) else {
                break;
            };
            let id = NodeId(number);
            let (Resolved::Local(local) | Resolved::Set(local)) = resolved else {
                continue;
            };
            let assigns = !matches!(tree.node(id).kind, NodeKind::Name(_));
            if assigns
                && self.is_hidden(id)
                && let Some(slot) = self.locals.get_mut(usize::from(*local))
            {
                changed |= !std::mem::replace(slot, true);
            }
        }
        changed
    }
}
