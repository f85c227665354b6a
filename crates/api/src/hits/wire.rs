//! Hits as they are answered.

use crate::blocked_domains::AttemptBody;
use crate::text::time;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use wikiward_filters::hits::Level;
use wikiward_filters::hits::ask::{Assessment, OneHit};
use wikiward_filters::hits::list::HitRow;

/// A page of hits.
#[derive(Debug, Serialize, ToSchema)]
pub struct HitPage {
    pub(super) items: Vec<HitBody>,
    /// Where the next page begins; null on the last one.
    pub(super) next: Option<String>,
    /// The attempt to link to blocked domains with the code that is asked for, if no hit has it. For who may see that log;
    /// absent if there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) blocked_domain_hits: Vec<AttemptBody>,
}

/// A hit. Of a redacted one, only what everybody may see; the rest is absent.
#[derive(Debug, Serialize, ToSchema)]
pub struct HitBody {
    at: String,
    wiki: String,
    kind: String,
    actor: ActorBody,
    target: TargetBody,
    /// `allow`, `warn`, `challenge` or `refuse`.
    decision: String,
    /// Consequences taken.
    taken: Vec<String>,
    filter_name: String,
    /// Whether id and links are left out, because the filter is protected.
    redacted: bool,
    #[serde(flatten)]
    full: Option<FullBody>,
}

/// Who acted.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActorBody {
    pub(crate) id: Option<i64>,
    pub(crate) name: String,
    /// `named`, `temp`, `ip`, `external` or `unknown`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

/// On what.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetBody {
    pub(crate) ns: i64,
    /// Without the namespace.
    pub(crate) title: String,
    pub(crate) page_id: Option<i64>,
}

/// What a redacted hit lacks.
#[derive(Debug, Serialize, ToSchema)]
pub struct FullBody {
    id: String,
    evaluation_id: String,
    /// The number in AbuseFilter's table, of migrated hits.
    #[serde(skip_serializing_if = "Option::is_none")]
    legacy_id: Option<i64>,
    /// `17`, or `global-17` for a farm-wide filter.
    filter: String,
    version: u32,
    group: String,
    action_id: String,
    /// Consequences that the brake withheld.
    withheld: Vec<String>,
    /// What stands in for them.
    substituted: BTreeMap<String, String>,
    /// `unknown`, `saved`, `refused` or `failed`.
    outcome: String,
    rev_id: Option<i64>,
    log_id: Option<i64>,
    /// What the wiki reports to have done: `[{"type": "block", "ok": true}]`.
    executed: Option<Value>,
    /// Whether a person has hidden it.
    hidden: bool,
    /// Whether its variables may be seen.
    has_details: bool,
    /// The code that the refused person was shown; for who may see details.
    #[serde(skip_serializing_if = "Option::is_none")]
    ref_code: Option<String>,
}

/// One hit with what belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneHitBody {
    #[serde(flatten)]
    hit: HitBody,
    /// Variables of the action; null if they may not be seen or are not kept.
    variables: Option<Map<String, Value>>,
    /// Names of protected variables that are not kept any more.
    expired_variables: Vec<String>,
    assessments: Vec<AssessmentBody>,
}

/// What a person said of a hit.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssessmentBody {
    by: String,
    /// `true_positive`, `false_positive` or `unsure`.
    verdict: String,
    note: String,
    at: String,
}

impl From<HitRow> for HitBody {
    fn from(row: HitRow) -> Self {
        let (hit_id, level) = (row.key.hit_id, row.level);
        let full = row.full.map(|full| FullBody {
            id: hit_id.to_string(),
            // As the evaluation itself names it.
            evaluation_id: format!("ev_{}", full.evaluation_id),
            legacy_id: full.legacy_id,
            filter: full.filter.gid(),
            version: full.version.0,
            group: full.group,
            action_id: full.action_id,
            withheld: full.withheld,
            substituted: full.substituted,
            outcome: full.outcome,
            rev_id: full.rev_id,
            log_id: full.log_id,
            executed: full.executed,
            hidden: full.restriction.is_hidden,
            has_details: level == Level::Details,
            ref_code: (level == Level::Details).then_some(full.ref_code),
        });
        Self {
            at: time(row.key.at),
            wiki: row.wiki.to_string(),
            kind: row.kind,
            actor: ActorBody { id: row.actor_id, name: row.actor_name, kind: row.actor_type },
            target: TargetBody { ns: row.target_ns, title: row.target_title, page_id: row.target_page_id },
            decision: row.decision,
            taken: row.taken,
            filter_name: row.filter_name,
            redacted: full.is_none(),
            full,
        }
    }
}

impl From<OneHit> for OneHitBody {
    fn from(one: OneHit) -> Self {
        let (variables, expired_variables) = match one.variables {
            Some(variables) => (Some(variables.values), variables.expired),
            None => (None, Vec::new()),
        };
        let assessments = one.assessments.into_iter().map(AssessmentBody::from).collect();
        Self { hit: one.row.into(), variables, expired_variables, assessments }
    }
}

impl From<Assessment> for AssessmentBody {
    fn from(it: Assessment) -> Self {
        Self { by: it.by_name, verdict: it.verdict, note: it.note, at: time(it.at) }
    }
}
