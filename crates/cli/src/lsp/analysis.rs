//! What is wrong with a document, as the protocol says it.

use super::document::Document;
use super::message::{Diagnostic, Location, Related};
use wikiward_rules::diagnostic::{self, Severity};

/// The diagnostics of a document.
pub(super) fn diagnostics(found: &[diagnostic::Diagnostic], document: &Document, uri: &str) -> Vec<Diagnostic> {
    found.iter().map(|one| translate(one, document, uri)).collect()
}

fn translate(one: &diagnostic::Diagnostic, document: &Document, uri: &str) -> Diagnostic {
    let mut message = one.message.clone();
    for more in one.label.iter().chain(&one.help) {
        message.push('\n');
        message.push_str(more);
    }
    let related = one.notes.iter().map(|(span, note)| Related {
        location: Location { uri: uri.to_owned(), range: document.range(*span) },
        message: note.clone(),
    });
    Diagnostic {
        range: document.range(one.span),
        severity: match one.severity {
            Severity::Error => 1,
            Severity::Warning => 2,
            Severity::Hint => 4,
        },
        code: one.code,
        source: "wikiward",
        message,
        tags: tags(one.code),
        related_information: related.collect(),
    }
}

/// Editors strike deprecated names through and fade what is of no use.
fn tags(code: &str) -> Vec<u8> {
    if code.contains("deprecated") {
        vec![2]
    } else if code.contains("unused") || code.contains("unreachable") {
        vec![1]
    } else {
        Vec::new()
    }
}
