//! From a recorded edit to the action that rules read.

use crate::input::{Assumptions, Edit, Var, variables};
use std::collections::HashMap;
use std::sync::Arc;
use wikiward_rules::Action;
use wikiward_rules::value::Value;
use wikiward_rules::vocabulary::variables::{Subject, find};
use wikiward_rules::vocabulary::{VariableId, Vocabulary};

/// Makes actions of edits.
///
/// A variable that edits have but the record does not hold is *offered*, not unset: a rule that reads it is undecided.
/// Variables of other actions (moves, uploads, new accounts) are null, as on the wiki.
#[derive(Debug)]
pub(crate) struct ActionMaker {
    vocabulary: Arc<Vocabulary>,
    ids: HashMap<&'static str, VariableId>,
    offered: Vec<VariableId>,
    assumptions: Assumptions,
}

impl ActionMaker {
    /// Makes actions for rules of this vocabulary.
    pub(crate) fn new(vocabulary: &Arc<Vocabulary>, assumptions: Assumptions) -> Self {
        let is_of_edits = |name: &str| {
            find(name).is_none_or(|variable| {
                matches!(variable.subject, Subject::Every | Subject::User | Subject::Page | Subject::Text)
            })
        };
        let offered = vocabulary.names().filter(|name| is_of_edits(name)).filter_map(|name| vocabulary.id(name));
        let names = crate::input::variables::VARIABLE_RULES.iter().map(|rule| rule.name);
        Self {
            offered: offered.collect(),
            ids: names.filter_map(|name| Some((name, vocabulary.id(name)?))).collect(),
            vocabulary: Arc::clone(vocabulary),
            assumptions,
        }
    }

    /// The action of an edit.
    pub(crate) fn action(&self, edit: &Edit) -> Action {
        let mut action = Action::new(&self.vocabulary);
        for id in &self.offered {
            action.offer(*id);
        }
        for (name, value) in variables(edit, &self.assumptions) {
            if let Some(id) = self.ids.get(name) {
                action.set(*id, value_of(value));
            }
        }
        action
    }
}

fn value_of(value: Var) -> Value {
    match value {
        Var::Str(text) => Value::from(&*text),
        Var::Int(number) => Value::Int(number),
        Var::Bool(is_so) => Value::Bool(is_so),
        Var::List(elements) => Value::texts(elements.iter().map(|element| element.as_bytes())),
        Var::Null => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::tests::edit;
    use wikiward_rules::ruleset::{Scratch, Verdict};
    use wikiward_rules::{Options, Release, Rule, RuleSet};

    /// What the rule says of an edit with these fields: `true`, `false`, or the variable it lacks.
    fn check(fields: &str, rule: &str, expected: &str) {
        let vocabulary = Arc::new(Vocabulary::new(Release::Newest, ["tor_exit_node"]));
        let maker = ActionMaker::new(&vocabulary, Assumptions::default());
        let compiled = Rule::compile(rule.as_bytes(), &vocabulary, Release::Newest).unwrap();
        let set = RuleSet::new(vec![Arc::new(compiled)], Arc::clone(&vocabulary));
        let mut scratch = Scratch::default();
        let outcome = &set.evaluate(&maker.action(&edit(fields)), Options::default(), &mut scratch)[0];
        let found = match &outcome.verdict {
            Verdict::Match => "true",
            Verdict::NoMatch => "false",
            Verdict::Needs(id) => vocabulary.name(*id),
            Verdict::Error(error) => error.id.name(),
        };
        assert_eq!(found, expected, "{rule}");
    }

    #[test]
    fn what_the_record_lacks_leaves_a_rule_undecided_and_is_never_null() {
        check("", "user_editcount < 10", "user_editcount");
        check("", "tor_exit_node", "tor_exit_node");
        check("", "new_html contains 'x'", "new_html");
        check("", "page_namespace == 0 & user_rights == []", "user_rights");
        check("", "page_namespace == 1 & user_rights == []", "false");
    }

    #[test]
    fn what_edits_never_have_is_null() {
        check("", "moved_from_title === null & file_size === null & account_name === null", "true");
    }

    #[test]
    fn derived_values_need_their_texts() {
        check("\"old_wikitext\":\"a\",\"new_wikitext\":\"a\\nb\"", "added_lines contains 'b'", "true");
        check("", "added_lines contains 'b'", "old_wikitext");
    }
}
