//! What the checks of a save found, in the reader's language. What other components ask for stays in their words.

use super::state_key;
use crate::text::{Argument, Language, Text, lint, rule_error};
use wikiward_filters::model::State as Life;
use wikiward_filters::save::Finding;
use wikiward_rules::error::{ErrorId, RuleError};

/// What a finding says.
pub(crate) fn finding(text: Text, finding: &Finding) -> String {
    if let Some(said) = syntax(text, finding) {
        return said;
    }
    if let Some((said, _)) = lint::remark(text, finding) {
        return said;
    }
    let Some(key) = key(finding) else { return finding.message.clone() };
    let value = |param: &String| match param.parse::<i64>() {
        Ok(number) => Argument::Number(number),
        Err(_) => match Life::find(param).filter(|_| finding.code == "bad_state") {
            Some(state) => text.say(state_key(state)).into(),
            None => param.clone().into(),
        },
    };
    let values: Vec<Argument<'_>> = match finding.code {
        "protected_var_forbidden" => vec![text.list(finding.params.iter().map(Into::into)).into()],
        _ => finding.params.iter().map(value).collect(),
    };
    text.with(key, &values)
}

/// What to do about a remark on the rule's text.
pub(crate) fn help(text: Text, finding: &Finding) -> Option<String> {
    lint::remark(text, finding)?.1
}

/// What is wrong with a rule's syntax. English has more to say than the other languages: what was probably meant.
fn syntax(text: Text, finding: &Finding) -> Option<String> {
    if finding.code != "bad_syntax" || text.language == Language::En {
        return None;
    }
    // The name of the error and the place stand before what belongs to it.
    let [name, _, params @ ..] = finding.params.as_slice() else { return None };
    let id = ErrorId::ALL.into_iter().find(|id| id.name() == name)?;
    Some(rule_error(text, id, params))
}

/// What an error of a rule says.
pub(crate) fn error(text: Text, error: &RuleError) -> String {
    if text.language == Language::En {
        return error.message();
    }
    let params: Vec<String> = error.params.iter().map(ToString::to_string).collect();
    rule_error(text, error.id, &params)
}

fn key(finding: &Finding) -> Option<&'static str> {
    Some(match finding.code {
        "missing_fields" if finding.field == "name" => "filters-found-name-missing",
        "missing_fields" => "filters-found-rules-missing",
        "rules_too_long" | "name_too_long" | "notes_too_long" => "filters-found-bytes",
        "reason_too_long" | "list_too_long" => "filters-found-too-many",
        "bad_scope" => "filters-found-bad-scope",
        "bad_priority" => "filters-found-bad-priority",
        "bad_word" if finding.field == "priority" => "filters-found-bad-priority",
        "bad_word" => "filters-found-bad-choice",
        "bad_entry" => "filters-found-bad-entry",
        "bad_name" => "filters-found-bad-name",
        "bad_text" => "filters-found-bad-text",
        "deleting_enabled" => "filters-found-deleting-enabled",
        "bad_state" => "filters-found-bad-state",
        "too_many_filters" => "filters-found-too-many-enabled",
        "too_many_shadow" => "filters-found-too-many-shadow",
        "protected_var_forbidden" => "filters-found-protected-variables",
        "must_be_protected" => "filters-found-must-be-protected",
        "restricted_action" => "filters-found-restricted-action",
        "unknown_group" => "filters-found-unknown-group",
        "reason_required" => "filters-found-reason-required",
        "no_backtest" => "filters-found-no-backtest",
        "confirm_public" => "filters-found-confirm-public",
        "action_inactive" => "filters-found-action-inactive",
        "throttle_count" => "filters-found-throttle-count",
        "throttle_period" => "filters-found-throttle-period",
        "throttle_groups_empty" => "filters-found-throttle-empty",
        "throttle_groups_invalid" => "filters-found-throttle-word",
        "throttle_groups_duplicate" => "filters-found-throttle-twice",
        "no_tags" => "filters-found-no-tags",
        "tag_reserved" => "filters-found-tag-reserved",
        "bad_tag" => "filters-found-bad-tag",
        "global_custom_message" => "filters-found-farm-message",
        "var_not_in_group" => "filters-found-not-in-group",
        "var_never_set" => "filters-found-never-set",
        "forbidden" => "filters-found-forbidden",
        "tests_failed" => match finding.params.get(2).map(String::as_str) {
            Some("match") => "trials-found-matches",
            Some("no_match") => "trials-found-not-matches",
            _ => "trials-found-fails",
        },
        "test_undecided" => "trials-found-undecided",
        "tests_too_many" => "trials-found-too-many",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn findings_are_said_in_the_readers_language_with_what_belongs_to_them() {
        let german = Text::new(Language::De);
        let long = Finding::new("rules_too_long", "rules", "x").with("65531").with("65530");
        assert_eq!(finding(german, &long), "65.531 Bytes sind zu viel: erlaubt sind 65.530.");
        let state = Finding::new("bad_state", "state", "x").with("deleted").with("enabled");
        assert_eq!(finding(german, &state), "Ein Filter, der gelöscht ist, kann nicht eingeschaltet werden.");
        let other = Finding::new("bad_syntax", "rules", "the words of the language");
        assert_eq!(finding(german, &other), "the words of the language");
        let unknown = other.with("unrecognisedvar").with("7").with("usr_name");
        assert_eq!(finding(german, &unknown), "Es gibt keine Variable „usr_name“. Ein Text braucht Anführungszeichen.");
        assert_eq!(finding(Text::new(Language::En), &unknown), "the words of the language");
    }
}
