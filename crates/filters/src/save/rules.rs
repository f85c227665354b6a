//! The rule of a filter that is saved: syntax, what evaluating every branch finds, lints, variables.

use super::Finding;
use crate::groups::{Group, Registry};
use wikiward_rules::error::{RuleError, Span};
use wikiward_rules::vocabulary::variables;
use wikiward_rules::{End, Release, Rule, diagnostic::Diagnostic, evaluate::Options, lint, static_vars};

/// What was found about a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleFindings {
    /// What forbids saving it.
    pub errors: Vec<Finding>,
    /// What is worth a thought.
    pub warnings: Vec<Finding>,
    /// Variables that it reads, each once, in order of the text; deprecated names translated.
    pub uses_vars: Vec<String>,
}

/// Examines a rule that is not empty. `group` is the group it will belong to, if that is registered.
///
/// Linear in the length of the text, but for patterns, which are compiled.
pub fn examine(source: &str, group: Option<&Group>, registry: &Registry) -> RuleFindings {
    let mut found = RuleFindings::default();
    // With the words of all groups: a variable of another group is told as such, not as a word that means nothing.
    let vocabulary = registry.vocabulary();
    let bytes = source.as_bytes();
    found.uses_vars = static_vars(bytes, &vocabulary).unwrap_or_default();
    let rule = match Rule::compile(bytes, &vocabulary, Release::Newest) {
        Ok(rule) => rule,
        Err(error) => {
            found.errors.push(bad_syntax(bytes, &error, &vocabulary));
            return found;
        }
    };
    let evaluation = rule.check_for_saving(&vocabulary, Options::default());
    if let End::Error(error) = &evaluation.end {
        found.errors.push(bad_syntax(bytes, error, &vocabulary));
    }
    for diagnostic in lint::lint(bytes, &rule, &vocabulary) {
        found.warnings.push(warning(diagnostic));
    }
    if let Some(group) = group {
        variables_of(&mut found, group);
    }
    found
}

fn bad_syntax(source: &[u8], error: &RuleError, vocabulary: &wikiward_rules::Vocabulary) -> Finding {
    let diagnostic = Diagnostic::of_error_in(source, error, vocabulary);
    let mut message = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        message = format!("{message}. {help}");
    }
    let Span { start, end } = error.span;
    let mut finding = Finding::new("bad_syntax", "rules", message).at(start, end).with(error.id.name());
    // The place that AbuseFilter reports, then what belongs to its message.
    finding.params.push(error.position.map(|at| at.to_string()).unwrap_or_default());
    finding.params.extend(error.params.iter().map(ToString::to_string));
    finding
}

fn warning(diagnostic: Diagnostic) -> Finding {
    let mut finding =
        Finding::new(diagnostic.code, "rules", diagnostic.message).at(diagnostic.span.start, diagnostic.span.end);
    finding.params.extend(diagnostic.help);
    if diagnostic.code == "deprecated-variable" {
        // The new name, for those who say it in other words.
        finding.params.extend(diagnostic.fix.map(|fix| fix.text));
    }
    finding
}

fn variables_of(found: &mut RuleFindings, group: &Group) {
    for name in &found.uses_vars {
        if group.offers(name) {
            continue;
        }
        if variables::find(name).is_some() {
            let message =
                format!("actions of the group `{}` never carry `{name}`: it is always null there", group.name);
            found.warnings.push(Finding::new("var_never_set", "rules", message).with(name.as_str()));
        } else {
            let message = format!("the group `{}` does not offer the variable `{name}`", group.name);
            found
                .errors
                .push(Finding::new("var_not_in_group", "rules", message).with(name.as_str()).with(&*group.name));
        }
    }
}
