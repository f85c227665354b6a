//! A record made ready to be written: sealed, packed, without anything that must not lie on disk in the clear.
//!
//! It goes into the database, or as a line into the spool file when there is no database.

use super::hex;
use crate::hits::address::{self, Digest};
use crate::hits::dump;
use crate::hits::record::{CounterChange, NewHold, Record};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wikiward_farm::clock::micros;
use wikiward_farm::{ActorType, Entropy, Id};
use wikiward_store::Sealer;

/// A record made ready. What is shared by its hits stands once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Prepared {
    #[serde(with = "hex")]
    pub(crate) evaluation_id: [u8; 16],
    pub(crate) wiki: String,
    pub(crate) action_id: String,
    pub(crate) at: i64,
    pub(crate) kind: String,
    pub(crate) actor_id: Option<i64>,
    pub(crate) actor_name: String,
    pub(crate) actor_type: String,
    pub(crate) target_ns: i64,
    pub(crate) target_title: String,
    pub(crate) target_page_id: Option<i64>,
    pub(crate) decision: String,
    #[serde(with = "hex")]
    pub(crate) answer: Vec<u8>,
    pub(crate) hits: Vec<PreparedHit>,
    pub(crate) dumps: Vec<PreparedDump>,
    pub(crate) addresses: Vec<PreparedAddress>,
    pub(crate) counters: Vec<PreparedCounter>,
    #[serde(default)]
    pub(crate) holds: Vec<PreparedHold>,
    #[serde(default)]
    pub(crate) attempt: Option<PreparedAttempt>,
}

/// A hold of automatic promotion that it gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PreparedHold {
    #[serde(with = "hex")]
    pub(crate) hit_id: [u8; 16],
    pub(crate) filter_wiki: String,
    pub(crate) filter_id: i64,
    pub(crate) until: i64,
}

/// An attempt of it to link to blocked domains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PreparedAttempt {
    #[serde(with = "hex")]
    pub(crate) hit_id: [u8; 16],
    pub(crate) domains: Vec<String>,
    pub(crate) ref_code: String,
}

/// One hit of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PreparedHit {
    #[serde(with = "hex")]
    pub(crate) hit_id: [u8; 16],
    pub(crate) filter_wiki: String,
    pub(crate) filter_id: i64,
    pub(crate) filter_version: i64,
    pub(crate) taken: Vec<String>,
    pub(crate) withheld: Vec<String>,
    pub(crate) substituted: BTreeMap<String, String>,
    pub(crate) ref_code: String,
    /// Which of the record's dumps.
    pub(crate) dump: usize,
    #[serde(with = "hex::option")]
    pub(crate) ip_sealed: Option<Vec<u8>>,
    #[serde(with = "hex::option")]
    pub(crate) protected_sealed: Option<Vec<u8>>,
    pub(crate) protected_names: Vec<String>,
}

/// A dump of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PreparedDump {
    #[serde(with = "hex")]
    pub(crate) digest: [u8; 32],
    #[serde(with = "hex")]
    pub(crate) body: Vec<u8>,
}

/// A digest that its hits are found by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PreparedAddress {
    #[serde(with = "hex")]
    pub(crate) digest: Digest,
}

/// A change of a counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PreparedCounter {
    #[serde(with = "hex")]
    pub(crate) digest: [u8; 32],
    /// Matches of a throttle counter; none for a warning.
    pub(crate) hits: Option<i64>,
    /// When it ends; none for a warning that was used.
    pub(crate) ends_at: Option<i64>,
}

impl Prepared {
    /// Makes `record` ready.
    pub(crate) fn new(record: &Record, sealer: &Sealer, entropy: &dyn Entropy) -> Self {
        let mut dumps: Vec<PreparedDump> = Vec::new();
        let mut seen: Vec<(Vec<&str>, usize)> = Vec::new();
        let hits = record.hits.iter().map(|hit| {
            let used = hit.uses_protected.iter().map(String::as_str);
            let mut names: Vec<&str> = used.filter(|name| record.protected.contains_key(*name)).collect();
            names.sort_unstable();
            names.dedup();
            let known = seen.iter().find(|(of, _)| *of == names).map(|(_, place)| *place);
            let dump = known.unwrap_or_else(|| {
                let packed = dump::pack(&record.variables, &names, record.ip);
                dumps.push(PreparedDump { digest: packed.digest, body: packed.body });
                seen.push((names.clone(), dumps.len() - 1));
                dumps.len() - 1
            });
            let context = hit.hit_id.to_bytes();
            let seal = |plain: &[u8]| sealer.seal(plain, &context, entropy);
            let protected: BTreeMap<_, _> =
                names.iter().filter_map(|name| Some((*name, record.protected.get(*name)?))).collect();
            PreparedHit {
                hit_id: context,
                filter_wiki: hit.filter.wiki.as_str().to_owned(),
                filter_id: hit.filter.number.0.into(),
                filter_version: hit.version.0.into(),
                taken: hit.taken.iter().map(|name| storable(name)).collect(),
                withheld: hit.withheld.iter().map(|name| storable(name)).collect(),
                substituted: hit.substituted.iter().map(|(name, by)| (storable(name), storable(by))).collect(),
                ref_code: storable(&hit.ref_code),
                dump,
                ip_sealed: record.ip.map(|ip| seal(ip.to_string().as_bytes())),
                protected_sealed: (!protected.is_empty())
                    .then(|| seal(&serde_json::to_vec(&protected).unwrap_or_default())),
                protected_names: names.iter().map(|name| (*name).to_owned()).collect(),
            }
        });
        let hits = hits.collect();
        let named = (record.actor.kind == ActorType::Ip).then(|| record.actor.name.parse().ok()).flatten();
        // An address's name is public on its wiki; it is found by its ranges as long as others are.
        let addresses = record.ip.or(named).into_iter().flat_map(address::ranges);
        let addresses = addresses.map(|range| PreparedAddress { digest: range.digest(&record.wiki, sealer) }).collect();
        Self {
            evaluation_id: record.evaluation_id.to_bytes(),
            wiki: record.wiki.as_str().to_owned(),
            action_id: storable(&record.action_id),
            at: micros(record.at),
            kind: storable(&record.kind),
            actor_id: record.actor.id,
            actor_name: storable(&record.actor.name),
            actor_type: record.actor.kind.name().to_owned(),
            target_ns: record.target.ns,
            target_title: storable(&record.target.title),
            target_page_id: record.target.page_id,
            decision: record.decision.to_owned(),
            answer: record.answer.to_vec(),
            hits,
            dumps,
            addresses,
            counters: record.counters.iter().map(PreparedCounter::from).collect(),
            holds: record.holds.iter().map(PreparedHold::from).collect(),
            attempt: record.attempt.as_ref().map(|attempt| PreparedAttempt {
                hit_id: attempt.hit_id.to_bytes(),
                domains: attempt.domains.clone(),
                ref_code: attempt.ref_code.clone(),
            }),
        }
    }

    /// The evaluation's id.
    pub(crate) fn evaluation(&self) -> Id {
        Id::from_bytes(self.evaluation_id)
    }
}

impl From<&NewHold> for PreparedHold {
    fn from(hold: &NewHold) -> Self {
        Self {
            hit_id: hold.hit_id.to_bytes(),
            filter_wiki: hold.filter.wiki.as_str().to_owned(),
            filter_id: hold.filter.number.0.into(),
            until: micros(hold.until),
        }
    }
}

impl From<&CounterChange> for PreparedCounter {
    fn from(change: &CounterChange) -> Self {
        match change {
            CounterChange::Throttle { digest, hits, ends_at } => {
                let hits = i64::try_from(*hits).unwrap_or(i64::MAX);
                Self { digest: *digest, hits: Some(hits), ends_at: Some(micros(*ends_at)) }
            }
            CounterChange::WarnShown { digest, ends_at } => {
                Self { digest: *digest, hits: None, ends_at: Some(micros(*ends_at)) }
            }
            CounterChange::WarnUsed { digest } => Self { digest: *digest, hits: None, ends_at: None },
        }
    }
}

/// A text as PostgreSQL can hold it: there U+0000 cannot stand in one.
pub(crate) fn storable(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}
