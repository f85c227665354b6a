//! Names that should not be used any more.

use super::{Linter, finding};
use crate::check::Resolved;
use crate::syntax::tree::{NodeId, NodeKind};
use crate::vocabulary::variables::current_name;

pub(super) fn check(linter: &mut Linter<'_>, id: NodeId) {
    let NodeKind::Name(name) = linter.kind(id) else {
        return;
    };
    let name = linter.tree.name(name);
    let current = current_name(name);
    let is_built_in = matches!(linter.rule.checked.resolved.get(id.index()), Some(Resolved::Variable(_)));
    if !is_built_in || current == name || linter.vocabulary.id(current).is_none() {
        return;
    }
    let span = linter.span(id);
    let found = finding("deprecated-variable", span, format!("`{name}` is a deprecated name"))
        .help(format!("it reads `{current}`"))
        .fix(span, current, format!("replace it by `{current}`"));
    linter.report(found);
}
