//! Evaluation: always an end, always the same one, within the budget.

use crate::case::Case;
use crate::parse;
use serde_json::json;
use wikiward_rules::evaluate::{End, Evaluation, Options, Scratch, Session, Trace};
use wikiward_rules::syntax::tree::NodeId;
use wikiward_rules::value::Value;
use wikiward_rules::vocabulary::Vocabulary;
use wikiward_rules::wire::{Responder, plain};
use wikiward_rules::{Release, Rule};

/// Work allowed to one evaluation here: less than by default, so that the fuzzer goes on.
pub(crate) const WORK_MAX: u64 = 3_000_000;

/// Evaluates the rules of a case one after the other, as when filters run and as when they are saved.
///
/// # Panics
/// If an evaluation differs when it is traced or repeated, or an error points outside of its rule.
pub fn evaluate(input: &[u8]) {
    let case = Case::new(input);
    for release in [Release::Newest, Release::V1_39] {
        let vocabulary = Vocabulary::new(release, std::iter::empty::<&str>());
        let rules: Vec<(&[u8], Rule)> = case
            .rules
            .iter()
            .filter_map(|source| Some((*source, Rule::compile(source, &vocabulary, release).ok()?)))
            .collect();
        let action = case.action(&vocabulary, true);
        let shares = release == Release::V1_39;
        let options = Options { work_max: WORK_MAX, release, shares_user_variables: shares, ..Options::default() };
        let (mut scratch, mut other) = (Scratch::default(), Scratch::default());
        let mut session = Session::new(&action, &vocabulary, options, &mut scratch);
        let mut traced = Session::new(&action, &vocabulary, options, &mut other);
        for (source, rule) in &rules {
            let evaluation = session.evaluate(rule);
            check(&evaluation, source);
            let mut trace = Counts::default();
            let again = traced.evaluate_traced(rule, &mut trace);
            // Work on patterns and derived variables is only paid for when it is done first.
            if !is_out_of_work(&evaluation) && !is_out_of_work(&again) {
                assert_eq!(summary(&evaluation), summary(&again), "traced and untraced differ");
            }
            assert!(trace.conditions <= session.conditions(), "the trace counts no more than the session");
        }
    }
    for source in &case.rules {
        check_saving(source);
    }
}

/// Evaluates every branch, as when a filter is saved: there is an answer, and it can be written down.
fn check_saving(input: &[u8]) {
    let mut request = json!({"mode": "check", "limit": 1_000});
    request["rule"] = plain(input);
    let answer = Responder::default().answer(request.to_string().as_bytes());
    assert!(answer["ok"].is_boolean() && answer["error"] != "badrequest", "{answer}");
}

#[derive(Default)]
struct Counts {
    conditions: u32,
}

impl Trace for Counts {
    const RECORDS: bool = true;

    fn value(&mut self, _: NodeId, value: &Value, conditions: u32) {
        self.conditions = self.conditions.max(conditions);
        assert!(!value.type_name().is_empty(), "every value has a type");
    }
}

fn check(evaluation: &Evaluation, source: &[u8]) {
    if let End::Error(error) = &evaluation.end {
        parse::check(error, source);
    }
    for warning in &evaluation.warnings {
        assert!(warning.position as usize <= source.len(), "{warning:?} in {} bytes", source.len());
    }
}

pub(crate) fn is_out_of_work(evaluation: &Evaluation) -> bool {
    matches!(&evaluation.end, End::Error(error) if error.id == wikiward_rules::ErrorId::WorkLimit)
}

/// Longest text that a summary shows in full.
const SHOWN_BYTES_MAX: u64 = 64 << 10;

/// What must be the same each time.
pub(crate) fn summary(evaluation: &Evaluation) -> String {
    let end = match &evaluation.end {
        End::Value(value) if value.weight() > SHOWN_BYTES_MAX => {
            format!("{} of {} bytes", value.type_name(), value.weight())
        }
        End::Value(value) => format!("{} {value:?}", value.type_name()),
        End::Error(error) => format!("{:?} {:?} {:?}", error.id, error.position, error.params),
        End::Needs(id) => format!("needs {}", id.index()),
    };
    format!("{end}, {} conditions, {:?}", evaluation.conditions, evaluation.warnings)
}
