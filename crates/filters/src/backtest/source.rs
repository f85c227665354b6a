//! Actions for a backtest: those of the archive and those that only hits tell of, newest first, each once.

use super::ask::Sources;
use super::records::{self, PackedHit};
use super::report::outcome_of_hit;
use crate::archive::body::{Unpacked, Unpacker};
use crate::archive::{Archive, Ask, Facts, Scan, Standing, StoredAction, Unopened, is_marked};
use crate::hits::record::{Actor, Target};
use crate::hits::{HitError, Hits, Sight};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use wikiward_farm::clock::micros;
use wikiward_farm::{ActorType, Id, Viewer, WikiId};
use wikiward_store::StoreError;

/// Hits read at once.
const BATCH: usize = 256;

/// An action, and the hit that it is known by if it is not in the archive.
pub(super) struct Sourced {
    pub(super) action: Unopened,
    pub(super) hit: Option<Id>,
}

/// Where the actions of a backtest come from.
pub(super) struct Source {
    hits: Hits,
    viewer: Viewer,
    sight: Sight,
    ask: Ask,
    archive: Option<Scan>,
    kept: VecDeque<Sourced>,
    log: Option<HitScan>,
    logged: VecDeque<Sourced>,
    unpacker: Unpacker,
    /// Protected variables that the rules read; their values are looked at where hits keep them.
    protected: Vec<String>,
    /// People whose protected values were looked at, as the access log was told.
    told: BTreeSet<(WikiId, String)>,
}

struct HitScan {
    after: Option<(i64, Id)>,
    is_over: bool,
    /// Evaluations of the last moment: the hits of one action follow each other.
    seen: (i64, Vec<Id>),
    skips_archived: bool,
}

impl Source {
    pub(super) fn new(
        hits: Hits,
        viewer: Viewer,
        sight: Sight,
        ask: Ask,
        sources: Sources,
        protected: Vec<String>,
        reads: BTreeSet<String>,
    ) -> Self {
        let archive = Archive::new(hits.store.clone());
        let log = HitScan { after: None, is_over: false, seen: (0, Vec::new()), skips_archived: sources.archive };
        Self {
            archive: sources.archive.then(|| archive.scan(ask.clone(), sight.clone()).reading(reads.clone())),
            unpacker: Unpacker::of(Some(reads)),
            log: sources.hits.then_some(log),
            hits,
            viewer,
            sight,
            ask,
            kept: VecDeque::new(),
            logged: VecDeque::new(),
            protected,
            told: BTreeSet::new(),
        }
    }

    /// The next actions, at least one; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Sourced>>, StoreError> {
        self.fill().await?;
        let mut batch = Vec::new();
        while batch.len() < BATCH {
            let is_kept = match (self.kept.front(), self.logged.front()) {
                (Some(kept), Some(logged)) => kept.action.action.at >= logged.action.action.at,
                // The other side may have newer ones that are not read yet.
                (Some(_), None) if self.log.as_ref().is_none_or(|log| log.is_over) => true,
                (None, Some(_)) if self.archive.is_none() => false,
                _ => break,
            };
            let queue = if is_kept { &mut self.kept } else { &mut self.logged };
            batch.extend(queue.pop_front());
        }
        if batch.is_empty() {
            return Ok(None);
        }
        self.uncover(&mut batch).await;
        Ok(Some(batch))
    }

    /// Reads on until both sides have something, or are over.
    async fn fill(&mut self) -> Result<(), StoreError> {
        while self.kept.is_empty() {
            let Some(scan) = &mut self.archive else { break };
            match scan.next_unopened().await? {
                Some(batch) => self.kept.extend(batch.into_iter().map(|action| Sourced { action, hit: None })),
                None => self.archive = None,
            }
        }
        while self.logged.is_empty() {
            let Some(log) = self.log.as_mut().filter(|log| !log.is_over) else { break };
            let mut conn = self.hits.store.snapshot().await?;
            let (hits, last) = records::hits(&mut conn, &self.ask, &self.sight, log.after, BATCH).await?;
            log.is_over = last.is_none();
            log.after = last;
            let archived = if log.skips_archived {
                records::archived(&mut conn, hits.iter().map(|hit| hit.evaluation)).await?
            } else {
                BTreeSet::new()
            };
            drop(conn);
            for hit in hits {
                if archived.contains(&hit.evaluation) || log.is_seen(&hit) {
                    continue;
                }
                if let Some(action) = of_hit(&hit, &mut self.unpacker) {
                    let action = Unopened { action, apart: None };
                    self.logged.push_back(Sourced { action, hit: Some(hit.row.key.hit_id) });
                }
            }
        }
        Ok(())
    }

    /// Puts protected values in that the rules read, hits keep and the viewer may see. Each look is noted before.
    async fn uncover(&mut self, batch: &mut [Sourced]) {
        if self.protected.is_empty() {
            return;
        }
        for Sourced { action: Unopened { action, .. }, hit } in batch {
            let wanted: Vec<String> =
                self.protected.iter().filter(|name| action.lost.contains(name)).cloned().collect();
            if wanted.is_empty() {
                continue;
            }
            let hits = action.hits.iter().map(|seen| seen.hit_id).chain(*hit);
            let opened = match self.opened(&action.wiki, hits, &wanted).await {
                Ok(opened) => opened,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "protected values stay closed: a look at them cannot be noted");
                    return;
                }
            };
            action.lost.retain(|name| !opened.contains_key(name));
            action.values.extend(opened);
        }
    }

    async fn opened(
        &mut self,
        wiki: &WikiId,
        hits: impl Iterator<Item = Id>,
        wanted: &[String],
    ) -> Result<BTreeMap<String, Value>, HitError> {
        let mut conn = self.hits.store.reader().await?;
        let sealed = records::sealed(&mut conn, hits).await?;
        drop(conn);
        let mut values = BTreeMap::new();
        for (hit_id, (person, sealed)) in sealed {
            let opened = self.hits.sealer.open(&sealed, &hit_id.to_bytes());
            let opened: BTreeMap<String, Value> =
                opened.and_then(|plain| serde_json::from_slice(&plain).ok()).unwrap_or_default();
            let names: Vec<&str> =
                wanted.iter().filter(|name| opened.contains_key(*name)).map(String::as_str).collect();
            let key = (wiki.clone(), person);
            if !names.is_empty() && !self.told.contains(&key) {
                self.hits.log_protected(wiki, &self.viewer, &key.1, Some(hit_id), &names).await?;
                // Told by all the names at once: what one hit lacks another may have.
                if names.len() == self.protected.len() {
                    self.told.insert(key);
                }
            }
            values.extend(opened.into_iter().filter(|(name, _)| wanted.contains(name)));
        }
        Ok(values)
    }
}

impl HitScan {
    fn is_seen(&mut self, hit: &PackedHit) -> bool {
        let at = micros(hit.row.key.at);
        if self.seen.0 != at {
            self.seen = (at, Vec::new());
        }
        if self.seen.1.contains(&hit.evaluation) {
            return true;
        }
        self.seen.1.push(hit.evaluation);
        false
    }
}

/// The action of a hit; none if its variables are not kept any more.
fn of_hit(hit: &PackedHit, unpacker: &mut Unpacker) -> Option<StoredAction> {
    let Unpacked { mut values, protected: mut lost, .. } = unpacker.unpack(hit.body.as_deref()?)?;
    let row = &hit.row;
    let full = row.full.as_ref()?;
    let marked: Vec<String> =
        values.iter().filter(|(_, value)| is_marked(value)).map(|(name, _)| name.clone()).collect();
    for name in marked {
        values.remove(&name);
        lost.push(name);
    }
    Some(StoredAction {
        id: full.evaluation_id,
        wiki: row.wiki.clone(),
        group: full.group.clone(),
        kind: row.kind.clone(),
        at: row.key.at,
        action_id: full.action_id.clone(),
        actor: Actor {
            id: row.actor_id,
            name: row.actor_name.clone(),
            kind: ActorType::find(&row.actor_type).unwrap_or_default(),
        },
        facts: Facts::default(),
        target: Target { ns: row.target_ns, title: row.target_title.clone(), page_id: row.target_page_id },
        standing: Standing::Unknown,
        observed: None,
        decision: row.decision.clone(),
        outcome: outcome_of_hit(&full.outcome, &row.decision),
        rev_id: full.rev_id,
        log_id: full.log_id,
        weight: 1.0,
        drawn: None,
        values,
        lost,
        offered: None,
        cut: BTreeMap::new(),
        hits: Vec::new(),
    })
}
