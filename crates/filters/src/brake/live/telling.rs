//! What histories say of what the brake did by itself.

use super::memory::What;
use crate::brake::evidence::Evidence;
use crate::brake::latch::{Event, Followed, class_letter};
use crate::model::Class;
use serde_json::{Value, json};
use wikiward_farm::Timestamp;
use wikiward_farm::clock::micros;

/// An entry of a filter's history.
pub(super) struct Told {
    pub(super) kind: &'static str,
    pub(super) reason_code: &'static str,
    pub(super) details: Value,
    pub(super) is_logged: bool,
}

/// What people are told of what followed.
pub(super) fn told(what: &What, followed: &Followed, latch_id: &str, alerted_at: i64, at: Timestamp) -> Vec<Told> {
    let mut all = Vec::new();
    match what {
        What::Trip { class, path, evidence, .. } => {
            let details = |more: Value| {
                let mut details = numbers(*class, evidence);
                if let (Some(details), Value::Object(more)) = (details.as_object_mut(), more) {
                    details.extend(more);
                }
                details
            };
            if !followed.latched.is_empty() {
                let details = details(json!({"latch_id": latch_id}));
                all.push(Told { kind: "brake.latch", reason_code: path.letter(), details, is_logged: true });
            }
            if !followed.recorded.is_empty() {
                let details = details(json!({"would_have_latched": true}));
                all.push(Told { kind: "brake.alert", reason_code: path.letter(), details, is_logged: false });
            }
        }
        // Another node may have told it a moment ago.
        What::Alert { class, evidence } if micros(at) - alerted_at > 6 * 3_600_000_000 => {
            all.push(Told {
                kind: "brake.alert",
                reason_code: "",
                details: numbers(*class, evidence),
                is_logged: false,
            });
        }
        What::HoldNears { hold_id } => {
            let details = json!({"hold_id": hold_id});
            all.push(Told { kind: "hold.nears", reason_code: "", details, is_logged: false });
        }
        What::Alert { .. } | What::LockdownEnds => {}
        What::Follows { event, .. } => {
            let letters = |classes: &mut dyn Iterator<Item = Class>| json!({"classes": classes.map(class_letter).map(String::from).collect::<Vec<_>>(), "latch_id": latch_id});
            if !followed.recovering.is_empty() {
                let details = letters(&mut followed.recovering.iter().copied());
                all.push(Told { kind: "brake.recovering", reason_code: "", details, is_logged: false });
            }
            if matches!(event, Event::Quiet { .. }) && !followed.released.is_empty() {
                let details = letters(&mut followed.released.iter().map(|(class, _)| *class));
                all.push(Told { kind: "brake.reactivate", reason_code: "quiet", details, is_logged: true });
            }
        }
    }
    if let Some(hold) = &followed.ended {
        let (kind, reason_code) = match what {
            What::Trip { path, .. } => ("hold.end", path.letter()),
            What::Alert { .. } | What::Follows { .. } | What::LockdownEnds | What::HoldNears { .. } => {
                ("hold.expire", "")
            }
        };
        let details = json!({"hold_id": hold.id, "would_have_latched": hold.would_have.len()});
        all.push(Told { kind, reason_code, details, is_logged: true });
    }
    all
}

/// The numbers of evidence that may be shown.
pub fn numbers(class: Class, evidence: &Evidence) -> Value {
    let round = |number: f64| (number * 1e4).round() / 1e4;
    json!({
        "class": class_letter(class).to_string(), "kind": evidence.kind, "people": evidence.people,
        "ranges": evidence.ranges, "S": round(evidence.sum), "h": round(evidence.threshold),
        "good_per_day": round(evidence.per_day), "matched_origins_1h": evidence.matched_origins,
        "all_origins_1h": evidence.all_origins, "episode_origins": evidence.episode_origins,
        "missing": round(evidence.missing), "destroyed_1h": evidence.destroyed.0, "destroyed_24h": evidence.destroyed.1,
    })
}
