//! The state of the service: what `wikiward doctor` tells, hits on their way, the snapshot, and what the program is.

mod view;

use crate::fault::Fault;
use crate::paths;
use crate::state::Console;
use crate::visit::Visitor;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use std::time::{Duration, Instant};
use wikiward_farm::checkup::{Finding, Program, Standing};
use wikiward_farm::{Right, WikiId};
use wikiward_filters::hits::WriterCounts;

pub(crate) use view::samples;

pub(crate) fn routes() -> Router<Console> {
    Router::new().route(paths::HEALTH, get(show))
}

/// A stored filter that cannot run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Whose it is.
    pub(crate) wiki: WikiId,
    /// Its name in addresses.
    pub(crate) gid: String,
    /// Why.
    pub(crate) why: String,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Health {
    /// What was found.
    pub(crate) findings: Vec<Finding>,
    /// How long the database took to answer, in microseconds; none if it did not.
    pub(crate) answer_us: Option<u64>,
    /// Which database.
    pub(crate) database: String,
    /// The schema found, and the one that the program writes.
    pub(crate) schema: (Option<i64>, i64),
    /// The change up to which filters are in force, and the newest change.
    pub(crate) snapshot: (i64, i64),
    /// Filters in force.
    pub(crate) filters: usize,
    /// Filters that should be in force and cannot be.
    pub(crate) broken: Vec<Broken>,
    /// Hits on their way into the database.
    pub(crate) waiting: WriterCounts,
    /// What the program is.
    pub(crate) program: Program,
}

impl Health {
    /// The worst of everything.
    pub(crate) fn worst(&self) -> Standing {
        let mut worst = self.findings.iter().map(|found| found.status).max().unwrap_or(Standing::Ok);
        if self.answer_us.is_none() || self.waiting.lost > 0 {
            worst = Standing::Problem;
        }
        if !self.broken.is_empty() || self.waiting.refused > 0 || self.waiting.spool_bytes > 0 {
            worst = worst.max(Standing::Warning);
        }
        worst
    }
}

/// Longer, and the database counts as away.
const WAIT: Duration = Duration::from_secs(1);

async fn show(State(console): State<Console>, visitor: Visitor) -> Result<Response, Fault> {
    visitor.need(Right::ManageFarm, &WikiId::farm())?;
    let begun = Instant::now();
    let schema = tokio::time::timeout(WAIT, console.store.schema_found()).await;
    let schema = schema.ok().and_then(Result::ok);
    let answer_us = schema.map(|_| u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
    let snapshot = console.judge.snapshots().current();
    let broken = snapshot.broken().map(|broken| Broken {
        wiki: broken.key.wiki.clone(),
        gid: broken.key.gid(),
        why: broken.error.clone(),
    });
    let health = Health {
        findings: console.checkup.look().await,
        answer_us,
        database: console.store.label().to_owned(),
        schema: (schema, wikiward_store::Store::schema()),
        snapshot: (snapshot.seq(), console.store.feed().newest()),
        filters: snapshot.filters().len(),
        broken: broken.collect(),
        waiting: console.writer.counts(),
        program: console.checkup.program(),
    };
    Ok(view::page(&visitor, &health).show(&visitor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_everything_is_said() {
        let good = Health { answer_us: Some(80), ..Health::default() };
        assert_eq!(good.worst(), Standing::Ok);
        assert_eq!(Health { answer_us: None, ..good.clone() }.worst(), Standing::Problem);
        let waiting = WriterCounts { spool_bytes: 1, ..WriterCounts::default() };
        assert_eq!(Health { waiting, ..good.clone() }.worst(), Standing::Warning);
        let findings = vec![Finding::ok("disk", ""), Finding::warning("clock", "", "")];
        assert_eq!(Health { findings, ..good }.worst(), Standing::Warning);
    }
}
