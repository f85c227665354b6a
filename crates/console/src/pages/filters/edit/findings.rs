//! What checks found, at the fields that are meant.

use super::super::colour::excerpt;
use super::super::said;
use crate::html as h;
use crate::text::Text;
use crate::visit::Tone;
use maud::{Markup, html};
use std::collections::BTreeMap;
use wikiward_filters::save::Finding;
use wikiward_rules::diagnostic::line_column;

/// Findings, and where they are shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    errors: Vec<Finding>,
    warnings: Vec<Finding>,
}

/// The id of the field that a finding is about.
pub(super) fn field_id(finding: &Finding) -> String {
    let field = finding.field.as_str();
    match finding.code {
        "confirm_public" => return "confirm_public-1".into(),
        "no_backtest" => return "skip_backtest".into(),
        "tests_failed" => return "override_tests".into(),
        "throttle_count" => return "throttle_count".into(),
        "throttle_period" => return "throttle_period".into(),
        _ => {}
    }
    if let Some(action) = field.strip_prefix("actions.") {
        let (name, place) = action.split_once('[').unwrap_or((action, ""));
        let is_chosen = matches!(finding.code, "action_not_allowed" | "action_inactive" | "restricted_action");
        return match name {
            _ if is_chosen => format!("action-{name}"),
            "throttle" => "throttle_groups".into(),
            "warn" | "disallow" => format!("{name}_message"),
            "tag" => "tag_names".into(),
            "block" if place.starts_with('0') => "block_talk".into(),
            "block" => "block_user".into(),
            _ => format!("action-{name}"),
        };
    }
    match field {
        "change_reason" => "reason".into(),
        "scope" => "scope_include".into(),
        "privacy.hidden" | "privacy.protected" | "privacy.suppressed" => field.replace('.', "-"),
        _ => field.to_owned(),
    }
}

impl Said {
    pub(crate) fn new(errors: Vec<Finding>, warnings: Vec<Finding>) -> Self {
        Self { errors, warnings }
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Whether something of this code was found.
    pub(super) fn has(&self, code: &str) -> bool {
        self.errors.iter().chain(&self.warnings).any(|finding| finding.code == code)
    }

    /// What is wrong, by the id of the field.
    pub(super) fn wrong(&self, language: Text) -> BTreeMap<String, String> {
        let mut wrong: BTreeMap<String, String> = BTreeMap::new();
        // What has a place in the rule is said with it, under the rule.
        for finding in self.errors.iter().filter(|it| it.span.is_none()) {
            let text = wrong.entry(field_id(finding)).or_default();
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&said::finding(language, finding));
        }
        wrong
    }

    /// All errors and all warnings, each with a link to its field.
    pub(super) fn summary(&self, text: Text, rules: &str) -> Markup {
        html! {
            @if !self.errors.is_empty() {
                (h::refusal(html! { p { strong { (text.say("filters-not-saved")) } } (list(text, rules, &self.errors)) }))
            }
            @if !self.warnings.is_empty() {
                (h::message(Tone::Warning, html! { p { strong { (text.say("filters-warnings")) } } (list(text, rules, &self.warnings)) }))
            }
        }
    }

    /// Whether something wrong, or anything at all, has a place in the rule.
    pub(super) fn has_places(&self) -> (bool, bool) {
        let placed = |findings: &[Finding]| findings.iter().any(|it| it.span.is_some());
        (placed(&self.errors), placed(&self.errors) || placed(&self.warnings))
    }

    /// What was found in the rule, with its places.
    pub(super) fn of_rule(&self, text: Text, rules: &str) -> Markup {
        let errors = self.errors.iter().map(|it| (it, "ww-note-error", "ww-diag-error"));
        let warnings = self.warnings.iter().map(|it| (it, "ww-note-warning", "ww-diag-warning"));
        let placed: Vec<_> =
            errors.chain(warnings).filter_map(|(it, note, mark)| Some((it, it.span?, note, mark))).collect();
        html! {
            @if !placed.is_empty() {
                ul.ww-editor-notes id="rules-places" {
                    @for (finding, (start, end), note, mark) in placed {
                        li.(note) {
                            span.ww-note-kind { (place(text, rules, start)) }
                            span.ww-note-text { (h::remark(&said::finding(text, finding))) " " (excerpt(rules, start as usize, end as usize, mark)) }
                        }
                    }
                }
            }
        }
    }
}

/// Line and column, in words.
pub(crate) fn place(text: Text, rules: &str, start: u32) -> String {
    let at = line_column(rules.as_bytes(), start);
    text.with("filters-place", crate::args![at.line, at.column])
}

fn list(text: Text, rules: &str, findings: &[Finding]) -> Markup {
    html! {
        ul {
            @for finding in findings {
                @let id = field_id(finding);
                li {
                    @if id.is_empty() { (h::remark(&said::finding(text, finding))) }
                    @else { a href=(format!("#{id}")) { (h::remark(&said::finding(text, finding))) } }
                    @if let Some((start, _)) = finding.span { " – " (place(text, rules, start)) }
                }
            }
        }
    }
}

/// What is wrong with a field that is no text field, under it.
pub(super) fn under(wrong: Option<&String>, id: &str) -> Markup {
    html! {
        @if let Some(wrong) = wrong {
            div.cdx-message.cdx-message--inline.cdx-message--error id=(format!("{id}-wrong")) role="alert" {
                span.cdx-message__icon {}
                div.cdx-message__content { (h::with_code(wrong)) }
            }
        }
    }
}
