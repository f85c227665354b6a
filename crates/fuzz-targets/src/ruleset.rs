//! A rule set answers what a session answers, rule by rule.

use crate::case::Case;
use crate::evaluate::{WORK_MAX, is_out_of_work};
use std::sync::Arc;
use wikiward_rules::action::Action;
use wikiward_rules::evaluate::{self, End, Evaluation, Options, Session};
use wikiward_rules::ruleset::{Outcome, RuleSet, Scratch, Verdict};
use wikiward_rules::vocabulary::Vocabulary;
use wikiward_rules::{ErrorId, Release, Rule};

/// Condition limits that are tried, besides one that depends on the input.
const LIMITS: [u32; 2] = [1_000, 1_000_000];

/// Evaluates the rules of a case together and one after the other, on several actions in a row.
///
/// # Panics
/// If a rule's verdict, error, warnings or conditions differ.
pub fn ruleset(input: &[u8]) {
    let case = Case::new(input);
    let release = Release::Newest;
    let vocabulary = Arc::new(Vocabulary::new(release, std::iter::empty::<&str>()));
    let rules: Vec<Arc<Rule>> =
        case.rules.iter().filter_map(|source| Rule::compile(source, &vocabulary, release).ok()).map(Arc::new).collect();
    let set = RuleSet::new(rules.clone(), vocabulary.clone());
    let small = u32::try_from(input.len() % 17).unwrap_or_default();
    let mut scratch = Scratch::default();
    for limit in LIMITS.into_iter().chain([small]) {
        let options = Options { conditions_max: limit, work_max: WORK_MAX, release, ..Options::default() };
        let actions: [fn(&Case<'_>, &Vocabulary) -> Action; 4] = [
            |case, vocabulary| case.action(vocabulary, true),
            |_, vocabulary| Action::new(vocabulary),
            |case, vocabulary| case.action(vocabulary, false),
            |case, vocabulary| {
                let mut action = case.action(vocabulary, true);
                action.set_deriving(false);
                action
            },
        ];
        for action in actions {
            // Each side derives for itself.
            let together = set.evaluate(&action(&case, &vocabulary), options, &mut scratch).to_vec();
            let action = action(&case, &vocabulary);
            check(&rules, &together, &action, &vocabulary, options);
        }
    }
}

/// Compares the outcomes with those of a session of its own.
///
/// # Panics
/// If one differs.
pub(crate) fn check(
    rules: &[Arc<Rule>],
    together: &[Outcome],
    action: &Action,
    vocabulary: &Vocabulary,
    options: Options<'_>,
) {
    let mut scratch = evaluate::Scratch::default();
    let mut session = Session::new(action, vocabulary, options, &mut scratch);
    assert_eq!(rules.len(), together.len(), "an outcome for each rule");
    for (number, (rule, outcome)) in rules.iter().zip(together).enumerate() {
        let evaluation = session.evaluate(rule);
        // Shared work is done once, so that only one of the two may run out of it; what comes later then counts
        // other conditions.
        if is_out_of_work(&evaluation) || is_stopped(outcome) {
            return;
        }
        assert_eq!(of_outcome(outcome), of_evaluation(&evaluation), "rule {number} of {}", rules.len());
    }
}

fn is_stopped(outcome: &Outcome) -> bool {
    matches!(&outcome.verdict, Verdict::Error(error) if error.id == ErrorId::WorkLimit)
}

fn of_outcome(outcome: &Outcome) -> String {
    let verdict = match &outcome.verdict {
        Verdict::Match => "match".to_owned(),
        Verdict::NoMatch => "no match".to_owned(),
        Verdict::Error(error) => format!("{error:?}"),
        Verdict::Needs(id) => format!("needs {}", id.index()),
    };
    format!("{verdict}, {} conditions, {:?}", outcome.conditions, outcome.warnings)
}

fn of_evaluation(evaluation: &Evaluation) -> String {
    let verdict = match &evaluation.end {
        End::Value(value) if value.is_true() => "match".to_owned(),
        End::Value(_) => "no match".to_owned(),
        End::Error(error) => format!("{error:?}"),
        End::Needs(id) => format!("needs {}", id.index()),
    };
    format!("{verdict}, {} conditions, {:?}", evaluation.conditions, evaluation.warnings)
}
