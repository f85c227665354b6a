//! What a rule does: it is tried on the newest stored hits that the person may see, beside the version in force.

mod view;

use crate::fault::Fault;
use crate::pages::hits::sight;
use crate::state::Console;
use crate::visit::Visitor;
use std::collections::BTreeSet;
use std::sync::Arc;
use wikiward_farm::clock::micros;
use wikiward_farm::{Clock, Id, Limit, Right, Timestamp, WikiId};
use wikiward_filters::groups::Group;
use wikiward_filters::hits::ask::Variables;
use wikiward_filters::hits::list::{HitRow, Log, Question, Selection};
use wikiward_filters::hits::{HitError, Level, Sight};
use wikiward_filters::judge::trial::{Known, Trial, Tried, Verdict};
use wikiward_filters::model::{Filter, FilterKey};
use wikiward_rules::diagnostic::Diagnostic;
use wikiward_rules::explain::{ExplainOptions, Explanation, Operand, Outcome};

pub(crate) use view::{AFTER, HEADING, Place, broken, pane, results, samples};

/// How many hits a rule may be tried on; the first is what is taken if nothing is said.
pub(crate) const COUNTS: [u16; 3] = [50, 200, 500];

/// Hits that are read at once: the variables of one may have megabytes.
const CHUNK: usize = 20;

/// Microseconds after which no further hit is looked at.
const MICROS_MAX: i64 = 3_000_000;

/// Matches whose matched text is looked for.
const MARKED_MAX: usize = 50;

/// What is to be tried, and on what.
#[derive(Debug, Clone)]
pub(crate) struct Attempt<'a> {
    /// The rule.
    pub(crate) rules: &'a str,
    /// Its group.
    pub(crate) group: &'a str,
    /// The filter in force, if there is one.
    pub(crate) live: Option<&'a Filter>,
    /// How many hits, as chosen.
    pub(crate) count: &'a str,
    /// Whether only hits of the filter itself are meant.
    pub(crate) own: bool,
    /// The hit to explain.
    pub(crate) example: Option<Id>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    /// How many hits were asked for.
    pub(super) count: u16,
    /// Whether only hits of the filter itself were meant.
    pub(super) own: bool,
    /// Whether there is a version in force beside it.
    pub(super) has_live: bool,
    /// What is wrong with the rule, if it is none.
    pub(super) broken: Option<Diagnostic>,
    /// Hit by hit.
    pub(super) lines: Vec<Line>,
    /// Hits whose variables are not kept or may not be seen.
    pub(super) unreadable: usize,
    /// Whether it took too long for all of them.
    pub(super) is_cut: bool,
    /// Why one of them came out as it did.
    pub(super) example: Option<Example>,
}

/// A hit on which the rule was tried.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(super) hit: Id,
    pub(super) wiki: WikiId,
    pub(super) at: Timestamp,
    pub(super) actor: String,
    pub(super) title: String,
    pub(super) filter: String,
    pub(super) mine: Said,
    pub(super) live: Option<Said>,
    pub(super) conditions: u32,
    pub(super) micros: i64,
    pub(super) matched: Option<Matched>,
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    Match,
    NoMatch,
    Undecided(String),
    Failed(String),
}

/// What was matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Matched {
    /// The variable or expression.
    pub(super) name: String,
    /// The part of its value around the match.
    pub(super) around: String,
    /// The matched text.
    pub(super) text: String,
}

/// The explanation of one hit.
#[derive(Debug, Clone)]
pub(crate) struct Example {
    pub(super) hit: Id,
    pub(super) explanation: Explanation,
}

/// Seconds after which what a hit waits for is usually written.
const WRITTEN_WITHIN_S: u64 = 5;

fn fault(error: HitError) -> Fault {
    match error {
        HitError::Store(error) | HitError::ReadOnly(error) => error.into(),
        HitError::ReasonWanted => Fault::BadForm,
        HitError::TooManyGuesses => Fault::TooOften(3_600),
        HitError::NotYet => Fault::TooOften(WRITTEN_WITHIN_S),
    }
}

/// Tries a rule. Who may not see hits, or try rules on them, gets a fault.
pub(crate) async fn run(
    console: &Console,
    visitor: &Visitor,
    wiki: &WikiId,
    attempt: &Attempt<'_>,
) -> Result<Report, Fault> {
    visitor.need(Right::Backtest, wiki)?;
    visitor.need(Right::Log, wiki)?;
    let count = COUNTS.into_iter().find(|it| it.to_string() == attempt.count).unwrap_or(COUNTS[0]);
    let own = attempt.own && attempt.live.is_some();
    let mut report = Report {
        count,
        own,
        has_live: attempt.live.is_some(),
        broken: None,
        lines: Vec::new(),
        unreadable: 0,
        is_cut: false,
        example: None,
    };
    let snapshot = console.judge.snapshots().current();
    let Some(group) = snapshot.group(attempt.group).cloned() else { return Ok(report) };
    let trial = match Trial::new(attempt.rules, group.clone()) {
        Ok(trial) => trial,
        Err(error) => {
            report.broken = Some(Diagnostic::of_error_in(attempt.rules.as_bytes(), &error, group.vocabulary()));
            return Ok(report);
        }
    };
    // The one in force was compiled when it was saved; if its group is gone meanwhile, there is none.
    let live =
        attempt.live.and_then(|live| Trial::new(&live.draft.rules, snapshot.group(&live.draft.group)?.clone()).ok());
    let registry = console.filters.registry().await?;
    let sight = sight(console, &visitor.viewer, wiki).await?;
    let log = if wiki.is_farm() { Log::Farm } else { Log::Wiki(wiki.clone()) };
    let rows = rows(console, visitor, &log, &sight, attempt.live.map(|it| &it.key).filter(|_| own), count).await?;
    let began = micros(console.clock.now());
    let redact: Arc<Vec<String>> =
        Arc::new(registry.groups.values().flat_map(Group::protected).map(|it| it.name.clone()).collect());
    let mut pair = Some(Pair { mine: trial, live, marked: 0 });
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        if micros(console.clock.now()) - began > MICROS_MAX {
            report.is_cut = true;
            break;
        }
        let mut chunk = Vec::new();
        for row in rows.by_ref().take(CHUNK) {
            let one = console.hits.one(&log, row.key.hit_id, &sight, &visitor.viewer).await.map_err(fault)?;
            match one.and_then(|one| one.variables) {
                Some(variables) => chunk.push((row, variables)),
                None => report.unreadable += 1,
            }
        }
        let (Some(mut busy), clock, redact) = (pair.take(), console.clock.clone(), redact.clone()) else { break };
        let example = attempt.example;
        let work = move || {
            let done: Vec<_> =
                chunk.iter().map(|(row, variables)| busy.one(row, variables, &redact, example, &*clock)).collect();
            (busy, done)
        };
        let (back, done) = tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        pair = Some(back);
        for (line, example) in done {
            report.lines.push(line);
            report.example = report.example.or(example);
        }
    }
    Ok(report)
}

/// The rule and the one in force.
struct Pair {
    mine: Trial,
    live: Option<Trial>,
    marked: usize,
}

impl Pair {
    fn one(
        &mut self,
        row: &HitRow,
        variables: &Variables,
        redact: &[String],
        example: Option<Id>,
        clock: &dyn Clock,
    ) -> (Line, Option<Example>) {
        let known = Known { kind: &row.kind, values: &variables.values, lost: &variables.expired };
        let began = micros(clock.now());
        let tried = self.mine.on(&known);
        let micros_used = micros(clock.now()) - began;
        // What the dump holds may be seen by this person; what was taken out of it must not be told by parts either.
        let hidden: Vec<&str> =
            redact.iter().filter(|it| !variables.values.contains_key(*it)).map(String::as_str).collect();
        let nanos = || u64::try_from(micros(clock.now())).unwrap_or(0).saturating_mul(1_000);
        let options = ExplainOptions { redact: &hidden, clock: Some(&nanos), ..ExplainOptions::default() };
        let mut matched = None;
        if matches!(tried.verdict, Verdict::Match) && self.marked < MARKED_MAX {
            self.marked += 1;
            matched = found(&self.mine.explain(&known, &options));
        }
        let hit = row.key.hit_id;
        let example = (example == Some(hit)).then(|| Example { hit, explanation: self.mine.explain(&known, &options) });
        let line = Line {
            hit,
            wiki: row.wiki.clone(),
            at: row.key.at,
            actor: row.actor_name.clone(),
            title: row.target_title.clone(),
            filter: row.filter_name.clone(),
            live: self.live.as_mut().map(|live| said(&live.on(&known))),
            mine: said(&tried),
            conditions: tried.conditions,
            micros: micros_used,
            matched,
        };
        (line, example)
    }
}

fn said(tried: &Tried) -> Said {
    match &tried.verdict {
        Verdict::Match => Said::Match,
        Verdict::NoMatch => Said::NoMatch,
        Verdict::Undecided(name) => Said::Undecided(name.clone()),
        Verdict::Failed(error) => Said::Failed(error.message()),
    }
}

/// Operators whose left side is searched; those of the others are.
const SEARCH_FIRST: [&str; 6] = ["contains", "like", "matches", "rlike", "irlike", "regex"];

/// The match that tells most: one that decided, or else the first.
fn found(explanation: &Explanation) -> Option<Matched> {
    let is_true = |outcome: &Outcome| matches!(outcome, Outcome::Value(value) if value.is_true());
    let parts = || explanation.parts.iter().filter(|part| part.found.is_some() && is_true(&part.outcome));
    let part = parts().find(|part| explanation.decisive.contains(&part.node)).or_else(|| parts().next())?;
    let found = part.found.as_ref().filter(|found| !found.text.is_empty())?;
    // What was searched, not what for: a pattern may hold the text that it found, too.
    let searches_first = SEARCH_FIRST.contains(&part.op.as_str());
    let holds = |operand: &&Operand| operand.preview.contains(&found.text);
    let operand =
        if searches_first { part.operands.iter().find(holds) } else { part.operands.iter().rev().find(holds) }?;
    Some(Matched { name: operand.name.clone(), around: operand.preview.clone(), text: found.text.clone() })
}

/// The newest hits that may be seen with their variables, each action once.
async fn rows(
    console: &Console,
    visitor: &Visitor,
    log: &Log,
    sight: &Sight,
    own: Option<&FilterKey>,
    count: u16,
) -> Result<Vec<HitRow>, Fault> {
    let selection = Selection { filters: own.cloned().into_iter().collect(), ..Selection::default() };
    let limit = Limit::new(i64::from(count)).unwrap_or_default();
    let question = Question { log: log.clone(), selection, after: None, is_ascending: false, limit };
    let page = console.hits.list(&question, sight, &visitor.viewer).await.map_err(fault)?;
    let mut seen = BTreeSet::new();
    let is_new = |row: &HitRow| {
        let action = row.full.as_ref().map(|full| (row.wiki.clone(), full.action_id.clone()));
        row.level >= Level::Row && seen.insert(action)
    };
    Ok(page.items.into_iter().filter(is_new).collect())
}
