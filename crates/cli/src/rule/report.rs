//! Diagnostics for people, as compilers show them, and for programs.

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet, normalize_untrusted_str};
use serde_json::{Value as Json, json};
use std::ops::Range;
use wikiward_rules::diagnostic::{Diagnostic, Severity};
use wikiward_rules::error::Span;

/// One diagnostic as lines of text: what, where (with the line of the rule), why, and what to do.
pub fn render(diagnostic: &Diagnostic, source: &str, origin: &str, has_color: bool, width: usize) -> String {
    render_as(diagnostic, diagnostic.code, source, origin, has_color, width)
}

/// Like [`render`], under another code: one that a service told.
pub fn render_as(
    diagnostic: &Diagnostic,
    code: &str,
    source: &str,
    origin: &str,
    has_color: bool,
    width: usize,
) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Hint => Level::NOTE.with_name("hint"),
    };
    let message = normalize_untrusted_str(&diagnostic.message);
    let label = diagnostic.label.as_deref().map(normalize_untrusted_str);
    let mut primary = AnnotationKind::Primary.span(range(diagnostic.span, source));
    if let Some(label) = &label {
        primary = primary.label(label.as_str());
    }
    let snippet = Snippet::source(source).path(origin).annotation(primary).annotations(
        diagnostic
            .notes
            .iter()
            .map(|(span, note)| AnnotationKind::Context.span(range(*span, source)).label(note.as_str())),
    );
    let mut main = level.primary_title(message).id(code).element(snippet);
    let mut fixed = None;
    if let Some(help) = &diagnostic.help {
        main = main.element(Level::HELP.message(help.as_str()));
    }
    if let Some(fix) = &diagnostic.fix {
        let patch = Snippet::source(source).patch(Patch::new(range(fix.span, source), fix.text.as_str()));
        fixed = Some(Group::with_title(Level::HELP.secondary_title(fix.message.as_str())).element(patch));
    }
    let groups: Vec<Group<'_>> = std::iter::once(main).chain(fixed).collect();
    let renderer = if has_color { Renderer::styled() } else { Renderer::plain() };
    let mut text = renderer.term_width(width).render(&groups);
    text.push('\n');
    text
}

/// A span as a range of the source, moved to the borders of characters.
fn range(span: Span, source: &str) -> Range<usize> {
    let start = source.floor_char_boundary(span.start as usize);
    let end = source.ceil_char_boundary((span.end as usize).min(source.len()));
    start..end.max(start)
}

/// One diagnostic for programs. `line` and `column` count from 1, columns in characters.
pub fn to_json(diagnostic: &Diagnostic, source: &str) -> Json {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    };
    let (line, column) = line_column(source, diagnostic.span.start as usize);
    json!({
        "severity": severity,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "span": span(diagnostic.span),
        "line": line,
        "column": column,
        "label": diagnostic.label,
        "notes": diagnostic.notes.iter().map(|(at, text)| json!({"span": span(*at), "text": text})).collect::<Vec<_>>(),
        "help": diagnostic.help,
        "fix": diagnostic.fix.as_ref().map(|fix| json!({
            "span": span(fix.span), "text": fix.text, "message": fix.message
        })),
    })
}

fn span(span: Span) -> Json {
    json!([span.start, span.end])
}

/// Line and column of a byte, both from 1; columns in characters.
fn line_column(source: &str, byte: usize) -> (usize, usize) {
    let before = source.get(..source.floor_char_boundary(byte)).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before.chars().count() - before.get(..start).unwrap_or_default().chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        for (byte, expected) in [(0, (1, 1)), (2, (1, 2)), (3, (2, 1)), (4, (2, 2)), (99, (2, 3))] {
            assert_eq!(line_column("é\nab", byte), expected, "{byte}");
        }
    }

    #[test]
    fn spans_beyond_the_text_or_within_a_character_are_shown_all_the_same() {
        assert_eq!(range(Span { start: 1, end: 1 }, "é"), 0..2);
        assert_eq!(range(Span { start: 7, end: 9 }, "é"), 2..2);
    }
}
