//! What the tests of hits share.

use super::record::{Actor, NewHit, Record, Target};
use super::writer::PURPOSE;
use super::writer::prepared::Prepared;
use crate::model::{FilterKey, FilterNumber, Version};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use wikiward_farm::clock::from_micros;
use wikiward_farm::{ActorType, Id, SystemEntropy, WikiId};
use wikiward_store::Keyring;

pub(crate) const START: i64 = 1_772_000_000_000_000;

pub(crate) fn keyring() -> Keyring {
    Keyring::new(&[5; 32])
}

/// An edit on `enwiki` that filter `filter` refused.
pub(crate) fn record(action_id: &str, filter: u32) -> Record {
    let now = from_micros(START);
    let hit = NewHit {
        hit_id: Id::new(now, &SystemEntropy),
        filter: FilterKey { wiki: "enwiki".parse().unwrap(), number: FilterNumber(filter) },
        version: Version(1),
        taken: vec!["disallow".into(), "tag".into()],
        withheld: Vec::new(),
        substituted: BTreeMap::new(),
        ref_code: "K7Q2-M4XTB".into(),
        uses_protected: Vec::new(),
    };
    Record {
        evaluation_id: Id::new(now, &SystemEntropy),
        wiki: wiki(),
        action_id: action_id.into(),
        at: now,
        kind: "edit".into(),
        actor: Actor { id: Some(7), name: "Example".into(), kind: ActorType::Named },
        target: Target { ns: 0, title: "Foo".into(), page_id: Some(12) },
        ip: Some("203.0.113.9".parse().unwrap()),
        decision: "refuse",
        answer: Arc::from(format!("{{\"answer\":\"{action_id}\"}}").into_bytes()),
        hits: vec![hit],
        variables: Arc::new(BTreeMap::from([("summary".into(), json!("buy now")), ("page_id".into(), json!(12))])),
        protected: Arc::new(BTreeMap::from([("user_unnamed_ip".into(), json!("203.0.113.9"))])),
        counters: Vec::new(),
        holds: Vec::new(),
        attempt: None,
    }
}

pub(crate) fn prepared(record: &Record) -> Prepared {
    Prepared::new(record, &keyring().sealer(PURPOSE), &SystemEntropy)
}

pub(crate) fn wiki() -> WikiId {
    "enwiki".parse().unwrap()
}

mod asking;
mod leaks;
pub(crate) mod on_both;
mod upkeep;
mod writing;
