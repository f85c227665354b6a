//! What a save found, as `rule check` shows it: with the place in the text.

use crate::rule::report;
use crate::service::client::FieldError;
use crate::terminal::Terminal;
use serde_json::Value;
use wikiward_rules::diagnostic::{Diagnostic, Severity};
use wikiward_rules::error::Span;
use wikiward_rules::{Release, Rule, Vocabulary};

/// All findings of `severity` about `document`, one after the other.
pub(super) fn render(
    findings: &[FieldError],
    severity: Severity,
    document: &Value,
    origin: &str,
    terminal: &Terminal,
) -> String {
    let has_color = terminal.has_color_err();
    let shown = findings.iter().map(|it| one(it, severity, document, origin, has_color, terminal.width()));
    shown.collect::<Vec<_>>().join("\n")
}

fn one(
    finding: &FieldError,
    severity: Severity,
    document: &Value,
    origin: &str,
    has_color: bool,
    width: usize,
) -> String {
    let message = if finding.message.is_empty() { finding.code.clone() } else { finding.message.clone() };
    let source = field(document, &finding.field).and_then(Value::as_str);
    let (Some((start, end)), Some(source)) = (finding.span, source) else {
        let word = crate::terminal::Style::Error;
        let word = if severity == Severity::Error { word } else { crate::terminal::Style::Warning };
        let head = word.paint(&format!("{}[{}]", severity.name(), finding.code), has_color);
        let place =
            if finding.field.is_empty() { String::new() } else { format!("\n --> {origin}, {}", finding.field) };
        return format!("{head}: {message}{place}\n");
    };
    let span = Span { start, end };
    let mut diagnostic = Diagnostic::new(severity, "", span, message);
    if finding.field == "rules"
        && let Some(explained) = explained(source, span)
    {
        // The service says it in one sentence; here there is room to show what to do about it.
        diagnostic = Diagnostic { severity, ..explained };
    }
    let origin = format!("{origin}, {}", finding.field);
    report::render_as(&diagnostic, &finding.code, source, &origin, has_color, width)
}

/// What the language itself says at this place, if it finds an error there, too.
fn explained(rule: &str, span: Span) -> Option<Diagnostic> {
    let vocabulary = Vocabulary::new(Release::Newest, std::iter::empty::<&str>());
    let error = Rule::compile(rule.as_bytes(), &vocabulary, Release::Newest).err()?;
    let explained = Diagnostic::of_error_in(rule.as_bytes(), &error, &vocabulary);
    (explained.span == span).then_some(explained)
}

/// The part of a document that a path such as `actions.throttle[1]` means.
fn field<'d>(document: &'d Value, path: &str) -> Option<&'d Value> {
    path.split(['.', '[']).try_fold(document, |value, part| match part.strip_suffix(']') {
        Some(index) => value.get(index.parse::<usize>().ok()?),
        None => value.get(part),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn finding(code: &str, field: &str, span: Option<(u32, u32)>, message: &str) -> FieldError {
        FieldError { code: code.into(), field: field.into(), span, message: message.into() }
    }

    #[test]
    fn a_finding_with_a_place_shows_the_place() {
        let document = json!({"rules": "a == 1 &\nb ==", "actions": {"throttle": ["1", "x,y"]}});
        let at = finding("bad_syntax", "rules", Some((9, 10)), "unknown variable `b`");
        let shown = one(&at, Severity::Error, &document, "17.json", false, 80);
        assert!(shown.starts_with("error[bad_syntax]: unknown variable `b`\n --> 17.json, rules:2:1\n"), "{shown}");
        assert!(shown.contains("2 | b ==\n  | ^"), "{shown}");
        let at = finding("throttle_count", "actions.throttle[1]", Some((0, 1)), "the count must be a number");
        let shown = one(&at, Severity::Error, &document, "17.json", false, 80);
        assert!(shown.contains("1 | x,y\n  | ^"), "{shown}");
    }

    #[test]
    fn a_finding_without_a_place_names_its_field() {
        let plain = finding("missing_fields", "name", None, "a filter needs a name");
        let shown = one(&plain, Severity::Error, &json!({}), "17.json", false, 80);
        assert_eq!(shown, "error[missing_fields]: a filter needs a name\n --> 17.json, name\n");
        let plain = finding("confirm_public", "", None, "");
        assert_eq!(
            one(&plain, Severity::Warning, &json!({}), "f", false, 80),
            "warning[confirm_public]: confirm_public\n"
        );
    }
}
