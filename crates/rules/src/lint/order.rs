//! The order of conditions: cheap ones first, so that most actions never get to the others.

use super::{Linter, finding};
use crate::syntax::tree::{NodeId, NodeKind, Step};
use crate::vocabulary::variables::{Kind, Subject};

/// Most nodes of one condition that are looked at to tell what it costs.
const NODES_MAX: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cost {
    /// Compares values that are there already.
    Cheap,
    /// Something between.
    Unknown,
    /// Searches a whole text.
    Expensive,
}

/// Finds the first cheap condition behind an expensive one.
pub(super) fn check(linter: &mut Linter<'_>, operands: &[NodeId]) {
    let mut expensive = None;
    for operand in operands {
        match (cost(linter, *operand), expensive) {
            (Cost::Expensive, None) => expensive = Some(*operand),
            (Cost::Cheap, Some(first)) => {
                let span = linter.span(first);
                let message = "this searches a text before a cheaper condition is asked";
                let found = finding("costly-first", span, message)
                    .note(linter.span(*operand), "this condition costs next to nothing")
                    .help("conditions of `&` are asked from left to right: put cheap ones first");
                linter.report(found);
                return;
            }
            _ => {}
        }
    }
}

fn cost(linter: &Linter<'_>, id: NodeId) -> Cost {
    let (mut reads_text, mut searches, mut is_cheap) = (false, false, true);
    for (count, step) in linter.tree.walk(id).enumerate() {
        if count > NODES_MAX * 3 {
            return Cost::Unknown;
        }
        let Step::Enter(id) = step else { continue };
        match linter.kind(id) {
            NodeKind::Match(_) => searches = true,
            NodeKind::Call(_) => (searches, is_cheap) = (true, false),
            NodeKind::Name(_) => match linter.variable(id) {
                Some(variable) => {
                    let is_long = variable.subject == Subject::Text
                        && matches!(variable.kind, Kind::Str | Kind::Array)
                        && variable.name != "summary"
                        && !variable.name.ends_with("content_model");
                    reads_text |= is_long;
                    is_cheap &= !variable.is_lazy && !is_long;
                }
                None => is_cheap = false,
            },
            NodeKind::Assign(_) | NodeKind::Append(_) | NodeKind::SetElement(_) => {
                return Cost::Unknown;
            }
            _ => {}
        }
    }
    match (reads_text && searches, is_cheap && !searches) {
        (true, _) => Cost::Expensive,
        (false, true) => Cost::Cheap,
        (false, false) => Cost::Unknown,
    }
}
