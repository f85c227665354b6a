//! Telling of filters that became slow, or lack variables: once a day each, in the filter's history and the log.

use super::counts::Counts;
use super::marks::{Look, Mark};
use super::slot::{DAY, HOUR, Width};
use super::{Groups, Key, Moving, Profile, Span, records};
use crate::life::events::{self, NewEvent};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Principal, Timestamp, WikiId};
use wikiward_store::StoreError;

/// Filters that are looked at after one flush: those that changed for the worse are few.
const SUSPECTS_MAX: usize = 50;

/// Filters to which something happened that may be worth telling, by wiki.
pub(super) fn suspects(taken: &BTreeMap<Key, Counts>) -> BTreeMap<WikiId, BTreeSet<String>> {
    let mut suspects: BTreeMap<WikiId, BTreeSet<String>> = BTreeMap::new();
    let mut left = SUSPECTS_MAX;
    for ((wiki, _, _), counts) in taken {
        for (gid, filter) in &counts.filters {
            if left > 0 && (filter.slow > 0 || filter.degraded > 0) {
                left -= 1;
                suspects.entry(wiki.clone()).or_default().insert(gid.clone());
            }
        }
    }
    suspects
}

/// What is looked at of the filter of that name, that was changed last at `changed`.
pub(super) fn look(groups: &Groups, gid: &str, changed: Timestamp, now: Timestamp) -> Look {
    let mut look = Look::default();
    let hour = micros(now) - HOUR;
    let changed = micros(changed);
    for (at, counts) in groups.values().flatten() {
        let Some(filter) = counts.filters.get(gid) else { continue };
        // The bucket that the hour begins in belongs to it.
        let part = if *at > hour - Width::Short.micros() { &mut look.hour } else { &mut look.before };
        part.merge(filter);
        // The bucket in which it changed holds counts of both.
        if *at >= changed {
            look.unchanged.merge(filter);
        }
    }
    look
}

impl Profile {
    /// Tells of those among the suspects that are slow or lack variables and were not told of in the last day.
    pub(super) async fn tell(
        &self,
        suspects: &BTreeMap<WikiId, BTreeSet<String>>,
        now: Timestamp,
        moving: &Moving<'_>,
    ) -> Result<(), StoreError> {
        let day = from_micros(micros(now) - DAY);
        for (wiki, gids) in suspects {
            let groups = self.read_held(wiki, Span { from: day, to: Timestamp::MAX, now }, moving).await?;
            let named = self.named(wiki).await?;
            for gid in gids {
                let Some(filter) = named.get(gid) else { continue };
                for mark in look(&groups, gid, filter.aged_from, now).marks() {
                    let kind = match mark {
                        Mark::Slow => "profile.slow",
                        Mark::Degraded => "profile.degraded",
                        Mark::Failing | Mark::Spike | Mark::NeverMatched => continue,
                    };
                    self.tell_one(wiki, filter, kind, day, now).await?;
                }
            }
        }
        Ok(())
    }

    async fn tell_one(
        &self,
        wiki: &WikiId,
        filter: &records::Named,
        kind: &'static str,
        day: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        // Held, so that of several nodes one tells.
        records::hold(&mut tx).await?;
        let told = events::of_kind(&mut tx, &filter.key, kind, day).await?;
        if told.iter().any(|details| details.get("wiki").and_then(|it| it.as_str()) == Some(wiki.as_str())) {
            return Ok(());
        }
        let event = NewEvent {
            key: &filter.key,
            privacy: filter.privacy,
            by: &Principal::System,
            kind,
            reason_code: "",
            reason: "",
            details: json!({"wiki": wiki.as_str(), "version": filter.version.0}),
        };
        events::append(&mut tx, &event, now, &*self.entropy).await?;
        tx.commit().await?;
        tracing::warn!(wiki = %wiki, filter.id = %filter.key.gid(), kind, "a filter needs somebody to look at it");
        Ok(())
    }
}
