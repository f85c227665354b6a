//! A rule tried on stored actions: on what their dumps hold, with nothing looked up and nothing left behind.
//!
//! Unknown is not false: a rule that reads what the dump lacks, but the wiki could have supplied, is undecided.

mod plan;

use super::derived;
use crate::archive::StoredAction;
use crate::groups::Source;
use crate::snapshot::LiveGroup;
use plan::Plan;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use std::sync::Arc;
use wikiward_rules::evaluate::{End, Options, Scratch, Session};
use wikiward_rules::explain::aggregate::Aggregate;
use wikiward_rules::explain::{ExplainOptions, Explanation, explain};
use wikiward_rules::vocabulary::variables::{self, Subject};
use wikiward_rules::wire::parse_value;
use wikiward_rules::{Action, Release, Rule, RuleError};

/// What is known of a stored action.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    /// Kind of action.
    pub kind: &'k str,
    /// Values of variables.
    pub values: &'k Map<String, Json>,
    /// Names of variables that had a value which is not known (any more).
    pub lost: &'k [String],
}

/// What a rule says of a stored action.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It matches.
    Match,
    /// It does not.
    NoMatch,
    /// It reads this variable, whose value is not known.
    Undecided(String),
    /// It ends with an error, and so does not match.
    Failed(Box<RuleError>),
}

/// A verdict and what it took.
#[derive(Debug, Clone)]
pub struct Tried {
    /// The verdict.
    pub verdict: Verdict,
    /// Conditions used.
    pub conditions: u32,
}

/// A rule that is tried on one stored action after the other.
pub struct Trial {
    source: String,
    rule: Arc<Rule>,
    group: Arc<LiveGroup>,
    plan: Plan,
    scratch: Scratch,
}

impl std::fmt::Debug for Trial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trial").field("group", &self.group.group.name).finish_non_exhaustive()
    }
}

impl Trial {
    /// A trial of `rule` as one of `group`.
    ///
    /// # Errors
    /// The first error in the rule.
    pub fn new(rule: &str, group: Arc<LiveGroup>) -> Result<Self, Box<RuleError>> {
        let compiled = Rule::compile(rule.as_bytes(), group.vocabulary(), Release::Newest)?;
        let plan = Plan::new(&compiled, &group);
        Ok(Self { source: rule.to_owned(), rule: Arc::new(compiled), group, plan, scratch: Scratch::default() })
    }

    /// The rule.
    pub(crate) fn rule(&self) -> &Arc<Rule> {
        &self.rule
    }

    /// Names of the variables that it may read, and of those that they are derived from.
    pub(crate) fn reads(&self) -> BTreeSet<String> {
        self.plan.names()
    }

    /// What the rule says of an action. Costs at most what one rule may in an evaluation.
    pub fn on(&mut self, known: &Known<'_>) -> Tried {
        self.tried(&self.plan.action(&self.group, known, None, &[]))
    }

    /// The same of an archived action, of which may be known what its wiki could have supplied. The values of `apart` were not
    /// looked up yet; if the rule reads one, it is undecided.
    pub(crate) fn on_archived(&mut self, stored: &StoredAction, apart: &[String]) -> Tried {
        let known = Known { kind: &stored.kind, values: &stored.values, lost: &stored.lost };
        self.tried(&self.plan.action(&self.group, &known, stored.offered.as_deref(), apart))
    }

    fn tried(&mut self, action: &Action) -> Tried {
        let mut session = Session::new(action, self.group.vocabulary(), Options::default(), &mut self.scratch);
        let evaluation = session.evaluate(&self.rule);
        let is_match = evaluation.is_match();
        let verdict = match evaluation.end {
            End::Value(_) if is_match => Verdict::Match,
            End::Value(_) => Verdict::NoMatch,
            End::Error(error) => Verdict::Failed(error),
            End::Needs(id) => {
                let wanted = derived::wanted(id, action, &self.group);
                Verdict::Undecided(self.group.vocabulary().name(wanted).to_owned())
            }
        };
        Tried { verdict, conditions: evaluation.conditions }
    }

    /// Why: the value of every part. What would tell the value of a variable that is to be redacted is left out, as are
    /// variables that follow from such. The text of `options` is taken to be the rule's.
    pub fn explain(&mut self, known: &Known<'_>, options: &ExplainOptions<'_>) -> Explanation {
        let action = action(&self.group, known);
        let redact = with_derived(&self.group, options.redact);
        let mut session = Session::new(&action, self.group.vocabulary(), Options::default(), &mut self.scratch);
        let options = ExplainOptions { source: self.source.as_bytes(), redact: &redact, ..*options };
        explain(&mut session, &self.rule, &options)
    }

    /// What explanations of this rule are summed up in.
    pub fn aggregate(&self) -> Aggregate {
        Aggregate::new(&self.rule)
    }
}

/// These variables, and those of the group that follow from them.
fn with_derived<'n>(group: &'n LiveGroup, names: &[&'n str]) -> Vec<&'n str> {
    let mut all = names.to_vec();
    if all.is_empty() {
        return all;
    }
    let vocabulary = group.vocabulary();
    // Chains of derivation are at most two long.
    for _ in 0..2 {
        for name in group.ids.iter().map(|id| vocabulary.name(*id)) {
            let follows = || {
                let inputs = vocabulary.exact_id(name).map(|id| group.inputs(id)).unwrap_or_default();
                inputs.into_iter().any(|input| all.contains(&vocabulary.name(input)))
            };
            if !all.contains(&name) && follows() {
                all.push(name);
            }
        }
    }
    all
}

/// The action with everything that is known of it: what it lacks, but may have had, is offered, so that reading it shows.
fn action(group: &LiveGroup, known: &Known<'_>) -> Action {
    let vocabulary = group.vocabulary();
    let mut action = Action::new(vocabulary);
    for (name, value) in known.values {
        if let (Some(id), Ok(value)) = (vocabulary.exact_id(name), parse_value(value)) {
            action.set(id, value);
        }
    }
    derived::fill_all(&mut action, group);
    let mut unknown: Vec<&str> = Vec::new();
    let offered = group.group.offered();
    for variable in &offered {
        let is_lost = known.lost.iter().any(|name| name == variable.name);
        if is_lost || matches!(variable.source, Source::Lazy(_)) && may_have(variable.name, known.kind) {
            unknown.push(variable.name);
        }
    }
    for variable in &offered {
        if let Source::Derived(derive) = &variable.source
            && derive.inputs().iter().any(|input| unknown.contains(input))
        {
            unknown.push(variable.name);
        }
    }
    for id in unknown.into_iter().filter_map(|name| vocabulary.exact_id(name)) {
        if action.value(id).is_none() {
            action.offer(id);
        }
    }
    action
}

/// Kinds of action of the software itself.
const SOFTWARE: [&str; 7] = ["edit", "delete", "upload", "stashupload", "move", "createaccount", "autocreateaccount"];

/// Whether actions of this kind may have the variable. Of kinds that others registered nothing is known.
fn may_have(name: &str, kind: &str) -> bool {
    let Some(variable) = variables::find(name) else { return true };
    let kinds: &[&str] = match variable.subject {
        Subject::Every | Subject::User => return true,
        Subject::Page => &["edit", "delete", "upload", "stashupload"],
        Subject::Move => &["move"],
        Subject::Text => &["edit", "upload", "stashupload"],
        Subject::File => &["upload", "stashupload"],
        Subject::Account => &["createaccount", "autocreateaccount"],
    };
    kinds.contains(&kind) || !SOFTWARE.contains(&kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups::Registry;
    use serde_json::json;

    fn group() -> Arc<LiveGroup> {
        let group = Registry::builtin().groups.get("default").cloned().unwrap();
        Arc::new(LiveGroup::alone(group))
    }

    fn verdict(rule: &str, kind: &str, values: Json, lost: &[&str]) -> String {
        let lost: Vec<String> = lost.iter().map(|name| (*name).to_owned()).collect();
        let Json::Object(values) = values else { return String::new() };
        let known = Known { kind, values: &values, lost: &lost };
        match Trial::new(rule, group()).unwrap().on(&known).verdict {
            Verdict::Match => "match".into(),
            Verdict::NoMatch => "no match".into(),
            Verdict::Undecided(name) => name,
            Verdict::Failed(error) => error.id.name().into(),
        }
    }

    #[test]
    fn what_a_dump_lacks_makes_a_rule_undecided_only_where_it_is_read() {
        let edit = || json!({"action": "edit", "old_wikitext": "a\n", "new_wikitext": "a\nb\n", "user_name": "Ada"});
        assert_eq!(verdict("'b' in added_lines", "edit", edit(), &[]), "match");
        assert_eq!(verdict("user_name == 'Bob' & page_age > 5", "edit", edit(), &[]), "no match");
        assert_eq!(verdict("user_name == 'Ada' & page_age > 5", "edit", edit(), &[]), "page_age");
        assert_eq!(verdict("'x' in added_links", "edit", edit(), &[]), "old_links");
        assert_eq!(verdict("1 / 0", "edit", edit(), &[]), "dividebyzero");
    }

    #[test]
    fn what_such_actions_never_have_is_null_and_what_was_lost_is_unknown() {
        let account = || json!({"action": "createaccount", "account_name": "Ada"});
        assert_eq!(verdict("page_age === null", "createaccount", account(), &[]), "match");
        assert_eq!(
            verdict("user_unnamed_ip == '1'", "createaccount", account(), &["user_unnamed_ip"]),
            "user_unnamed_ip"
        );
    }

    #[test]
    fn an_explanation_has_the_value_of_every_part() {
        let values = json!({"added_lines": ["buy pills"]});
        let known = Known { kind: "edit", values: values.as_object().unwrap(), lost: &[] };
        let mut trial = Trial::new("added_lines irlike 'PILLS'", group()).unwrap();
        let explanation = trial.explain(&known, &ExplainOptions::default());
        assert!(explanation.result);
        assert!(explanation.parts.iter().any(|part| part.found.as_ref().is_some_and(|found| found.text == "pills")));
    }
}
