//! What was asked and answered, and whether it still holds.

use crate::load::Edits;
use crate::records;
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::time::Duration;
use wikiward_testkit::service::{Address, Answer};

/// Flaws that are told in full.
const TOLD_MAX: usize = 10;

/// An action that was asked about.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) id: String,
    /// The word in its summary.
    pub(crate) mark: &'static str,
    /// None if no answer came.
    pub(crate) answer: Option<Answer>,
}

/// Everything of one round.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    asked: Vec<Asked>,
    /// Ids that were refused, by an answer of this round or when asked again.
    refused: HashSet<String>,
}

/// Counts over all rounds.
#[derive(Debug)]
pub(crate) struct Totals {
    kills: u32,
    actions: u64,
    answered: u64,
    refusals: u64,
    unanswered: u64,
    longest_restart: Duration,
    ready_max: Duration,
    flaws: Vec<String>,
}

impl Ledger {
    pub(crate) fn new(asked: Vec<Asked>) -> Self {
        let is_refused =
            |asked: &&Asked| asked.answer.as_ref().is_some_and(|answer| decision(&answer.json()) == "refuse");
        let refused = asked.iter().filter(is_refused).map(|asked| asked.id.clone()).collect();
        Self { asked, refused }
    }

    /// Asks about every action again: an answered one twice the same, an unanswered one now and once more.
    pub(crate) fn check(&mut self, edits: &Edits, address: &Address, totals: &mut Totals) -> Result<()> {
        let mut client = edits.client(address);
        for asked in &self.asked {
            let body = edits.body(&asked.id, asked.mark);
            let mut again = || {
                client.call("POST", "/v1/evaluate", "application/json", &body).context("the service does not answer")
            };
            let now = again()?;
            if now.status != 200 {
                totals.flaw(format!("{}: answered {}: {}", asked.id, now.status, String::from_utf8_lossy(&now.body)));
                continue;
            }
            let first = match &asked.answer {
                Some(first) if first.status == 503 => again()?,
                Some(first) => first.clone(),
                None => again()?,
            };
            if !is_same(&first, &now) {
                totals.flaw(format!(
                    "{}: another answer: {} and then {}",
                    asked.id,
                    String::from_utf8_lossy(&first.body),
                    String::from_utf8_lossy(&now.body)
                ));
            }
            if decision(&now.json()) == "refuse" {
                self.refused.insert(asked.id.clone());
            }
        }
        Ok(())
    }

    /// Looks into the database: a hit for every refusal, none twice.
    pub(crate) async fn check_stored(&self, database: &Path, totals: &mut Totals) -> Result<()> {
        let stored = records::stored(database).await?;
        for id in &self.refused {
            if !stored.actions.contains(id) {
                totals.flaw(format!("{id}: refused, and there is no hit of it"));
            }
        }
        for doubled in stored.doubled {
            totals.flaw(format!("doubled: {doubled}"));
        }
        Ok(())
    }
}

/// Whether both answers are one. What refuses was stored with its answer, which comes again byte for byte; what allows may
/// be judged again after a crash, with the same result.
fn is_same(first: &Answer, second: &Answer) -> bool {
    let (a, b) = (first.json(), second.json());
    if decision(&a) == "allow" {
        return decision(&b) == "allow" && a.get("matched") == b.get("matched");
    }
    first.status == second.status && a == b
}

fn decision(answer: &Value) -> &str {
    answer.get("decision").and_then(Value::as_str).unwrap_or("")
}

impl Totals {
    pub(crate) fn new(ready_max: Duration) -> Self {
        Self {
            kills: 0,
            actions: 0,
            answered: 0,
            refusals: 0,
            unanswered: 0,
            longest_restart: Duration::ZERO,
            ready_max,
            flaws: Vec::new(),
        }
    }

    /// The service was ready after so long; `again` if it had been killed before.
    pub(crate) fn started(&mut self, ready_after: Duration, again: bool) {
        if again {
            self.longest_restart = self.longest_restart.max(ready_after);
            if ready_after > self.ready_max {
                self.flaw(format!("ready after {ready_after:?} only"));
            }
        }
    }

    /// The service was killed.
    pub(crate) fn killed(&mut self, ledger: &Ledger) {
        self.kills += 1;
        let answered = ledger.asked.iter().filter(|asked| asked.answer.is_some()).count() as u64;
        self.actions += ledger.asked.len() as u64;
        self.answered += answered;
        self.unanswered += ledger.asked.len() as u64 - answered;
        self.refusals += ledger.refused.len() as u64;
    }

    fn flaw(&mut self, text: String) {
        self.flaws.push(text);
    }

    /// Whether everything held, and there was something that could have been lost.
    pub(crate) fn is_good(&self) -> bool {
        self.flaws.is_empty() && self.refusals > 0
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for flaw in self.flaws.iter().take(TOLD_MAX) {
            writeln!(f, "FLAW  {flaw}")?;
        }
        write!(
            f,
            "{} kills, {} actions, {} answered, {} refused, {} under way when it was killed; longest restart {:.0} ms; {} flaws",
            self.kills,
            self.actions,
            self.answered,
            self.refusals,
            self.unanswered,
            self.longest_restart.as_secs_f64() * 1e3,
            self.flaws.len()
        )?;
        if self.refusals == 0 {
            write!(f, "; nothing was refused, so nothing was shown")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Answer {
        Answer { status: 200, body: text.as_bytes().to_vec() }
    }

    #[test]
    fn a_refusal_must_come_again_as_it_was_and_an_allowance_with_the_same_result() {
        let refused = answer(r#"{"decision":"refuse","evaluation_id":"a","matched":[1]}"#);
        let other = answer(r#"{"decision":"refuse","evaluation_id":"b","matched":[1]}"#);
        assert!(is_same(&refused, &refused) && !is_same(&refused, &other));
        let allowed = answer(r#"{"decision":"allow","evaluation_id":"a","matched":[]}"#);
        let again = answer(r#"{"decision":"allow","evaluation_id":"b","matched":[]}"#);
        assert!(is_same(&allowed, &again) && !is_same(&allowed, &refused) && !is_same(&refused, &allowed));
        assert!(!is_same(&allowed, &answer(r#"{"decision":"allow","matched":[2]}"#)));
    }

    #[test]
    fn a_run_in_which_nothing_was_refused_shows_nothing() {
        let mut totals = Totals::new(Duration::from_secs(2));
        assert!(!totals.is_good());
        let asked = Asked { id: "x".into(), mark: "", answer: Some(answer(r#"{"decision":"refuse"}"#)) };
        totals.killed(&Ledger::new(vec![asked]));
        assert!(totals.is_good());
        totals.started(Duration::from_secs(3), true);
        assert!(!totals.is_good());
    }
}
