//! What the editor can repair at a press of a key.

use super::analysis;
use super::document::Document;
use super::message::{CodeActionParams, Range, TextEdit};
use serde_json::{Value as Json, json};
use wikiward_rules::diagnostic::Diagnostic;

/// The kind of all actions that are offered.
pub(super) const QUICK_FIX: &str = "quickfix";

/// The fixes of what was found within, or next to, the range.
pub(super) fn actions(found: &[Diagnostic], document: &Document, params: &CodeActionParams) -> Vec<Json> {
    let wanted = |kinds: &Vec<String>| kinds.iter().any(|kind| kind == QUICK_FIX || kind.is_empty());
    if !params.context.only.as_ref().is_none_or(wanted) {
        return Vec::new();
    }
    let uri = params.text_document.uri.as_str();
    let actions = found.iter().filter_map(|one| {
        let fix = one.fix.as_ref()?;
        let range = document.range(fix.span);
        if !touch(document.range(one.span), params.range) && !touch(range, params.range) {
            return None;
        }
        let edit = TextEdit { range, new_text: fix.text.clone() };
        Some(json!({
            "title": fix.message,
            "kind": QUICK_FIX,
            "isPreferred": true,
            "diagnostics": analysis::diagnostics(std::slice::from_ref(one), document, uri),
            "edit": {"changes": {uri: [edit]}},
        }))
    });
    actions.collect()
}

fn touch(a: Range, b: Range) -> bool {
    a.start <= b.end && b.start <= a.end
}
