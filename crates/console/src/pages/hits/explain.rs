//! Why a rule matched: its version of then on the variables that were kept, part by part.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use wikiward_filters::hits::ask::Variables;
use wikiward_filters::judge::trial::{Known, Trial};
use wikiward_filters::snapshot::LiveGroup;
use wikiward_rules::explain::{ExplainOptions, Explanation, Outcome, Part, Why};
use wikiward_rules::wire;

/// Most parts of a rule that are shown.
const PARTS_MAX: usize = 300;

/// Levels beyond which parts stand beside each other.
const LEVELS_MAX: usize = 12;

/// Most bytes of a value or snippet that are shown.
const SHOWN_BYTES_MAX: usize = 300;

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// True.
    Yes,
    /// False.
    No,
    /// Another value.
    Value(String),
    /// It was not evaluated.
    Skipped(Why),
    /// It may not be shown, or what it read is not kept any more.
    Hidden,
}

/// A line of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) level: usize,
    pub(super) snippet: String,
    pub(super) shown: Shown,
    /// What it found.
    pub(super) found: Option<String>,
    /// Whether the result depends on it.
    pub(super) is_decisive: bool,
}

/// An explanation, ready to be shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Explained {
    pub(super) lines: Vec<Line>,
    pub(super) is_cut: bool,
    /// Whether the rule matches these variables.
    pub(super) is_match: bool,
    /// Whether that may not be told.
    pub(super) is_redacted: bool,
    pub(super) conditions: u32,
    /// What went wrong, in the words of the language.
    pub(super) error: Option<String>,
    /// The variable that it reads and that is not kept: then nothing is certain.
    pub(super) needs: Option<String>,
    /// By name of a variable, ranges of bytes that were matched in it.
    pub(super) matches: BTreeMap<String, Vec<Range<usize>>>,
}

/// Explains `rules` on the variables of an action of this `kind`. `protected` names variables that need a right: those
/// that were not handed out with the others are told by no part either. None if the rule is none for this group any more.
pub(super) fn explained(
    rules: &str,
    kind: &str,
    variables: &Variables,
    protected: &[String],
    group: Arc<LiveGroup>,
) -> Option<Explained> {
    let mut trial = Trial::new(rules, group).ok()?;
    let known = Known { kind, values: &variables.values, lost: &variables.expired };
    let is_kept_back = |name: &&String| !variables.values.contains_key(*name);
    let hidden: Vec<&str> = protected.iter().filter(is_kept_back).map(String::as_str).collect();
    let options = ExplainOptions { redact: &hidden, ..ExplainOptions::default() };
    Some(of(&trial.explain(&known, &options), &variables.values))
}

pub(super) fn of(made: &Explanation, variables: &Map<String, Value>) -> Explained {
    let mut lines = Vec::new();
    let mut open: Vec<_> = made.root.map(|root| (root, 0, None)).into_iter().collect();
    let mut is_cut = false;
    while let Some((id, level, chain)) = open.pop() {
        let Some(part) = made.parts.get(id.index()) else { continue };
        let op = part.op.as_str();
        // Brackets and literals say nothing of their own; a chain of one operator is one line.
        let has_line = match op {
            "()" | "literal" => false,
            "&" | "|" => chain != Some(op),
            _ => true,
        };
        if has_line {
            if lines.len() == PARTS_MAX {
                is_cut = true;
                break;
            }
            lines.push(line(made, part, level));
        }
        let below = if has_line { (level + 1).min(LEVELS_MAX) } else { level };
        for (place, child) in part.children.iter().enumerate().rev() {
            let continues = matches!(op, "&" | "|") && place == 0;
            open.push((*child, below, continues.then_some(op)));
        }
    }
    let mut matches: BTreeMap<String, Vec<Range<usize>>> = BTreeMap::new();
    for part in &made.parts {
        if let Some((name, range)) = marked(made, part, variables) {
            matches.entry(name).or_default().push(range);
        }
    }
    Explained {
        lines,
        is_cut,
        is_match: made.result,
        is_redacted: made.is_redacted,
        conditions: made.conditions,
        error: made.error.as_ref().map(|error| error.message()),
        needs: made.needs.clone(),
        matches,
    }
}

fn line(made: &Explanation, part: &Part, level: usize) -> Line {
    let shown = match &part.outcome {
        Outcome::Value(value) | Outcome::Speculative(value) => match wire::render_value(value) {
            Value::Bool(true) => Shown::Yes,
            Value::Bool(false) => Shown::No,
            json => Shown::Value(super::values::cut(&json.to_string(), SHOWN_BYTES_MAX).to_owned()),
        },
        Outcome::Skipped(why) => Shown::Skipped(*why),
        Outcome::Redacted => Shown::Hidden,
    };
    Line {
        level,
        snippet: part.snippet.clone(),
        shown,
        found: part.found.as_ref().map(|found| found.text.clone()).filter(|text| !text.is_empty()),
        is_decisive: made.decisive.contains(&part.node),
    }
}

/// The variable in which a part found something, and where, if it looked at the variable as it is.
fn marked(made: &Explanation, part: &Part, variables: &Map<String, Value>) -> Option<(String, Range<usize>)> {
    let found = part.found.as_ref()?;
    let searched = match part.op.as_str() {
        "in" | "count" | "rcount" | "get_matches" => 1,
        _ => 0,
    };
    let operand = made.parts.get(part.children.get(searched)?.index())?;
    let value = variables.get(&operand.snippet).filter(|_| operand.op == "variable")?;
    let text = super::values::as_text(value);
    let range = found.at.0..found.at.1;
    // Long finds are shown in part; what is marked must begin like them.
    let begin = found.text.trim_end_matches('…');
    let is_there = !range.is_empty() && text.get(range.clone())?.starts_with(begin);
    is_there.then(|| (operand.snippet.clone(), range))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use wikiward_rules::evaluate::{Options, Scratch};
    use wikiward_rules::explain::explain;
    use wikiward_rules::{Action, Release, Rule, Session};

    #[test]
    fn what_was_found_in_a_variable_is_marked_there() {
        let explanation = |rules: &str, variables: &Value| {
            let vocabulary = wikiward_rules::Vocabulary::default();
            let rule = Rule::compile(rules.as_bytes(), &vocabulary, Release::Newest).unwrap();
            let mut action = Action::new(&vocabulary);
            for (name, value) in variables.as_object().unwrap() {
                action.set(vocabulary.exact_id(name).unwrap(), wire::parse_value(value).unwrap());
            }
            let mut scratch = Scratch::default();
            let mut session = Session::new(&action, &vocabulary, Options::default(), &mut scratch);
            let options = ExplainOptions { source: rules.as_bytes(), ..ExplainOptions::default() };
            of(&explain(&mut session, &rule, &options), variables.as_object().unwrap())
        };
        let variables = json!({"summary": "please buy pills now", "user_age": 5});
        let made = explanation("user_age < 10 & summary irlike \"PILLS\" & (\"now\" in summary)", &variables);
        assert!(made.is_match && made.error.is_none());
        assert_eq!(made.matches["summary"], [11..16, 17..20]);
        assert_eq!(made.lines[0].shown, Shown::Yes);
        assert!(made.lines.iter().any(|line| line.found.as_deref() == Some("pills")));
        let none = explanation("lcase(summary) rlike \"pills\"", &variables);
        assert!(none.matches.is_empty(), "what is changed before stands elsewhere");
        let many = explanation(&format!("1 {}", "+ user_age ".repeat(400)), &variables);
        assert!(many.is_cut && many.lines.len() == PARTS_MAX);
    }
}
