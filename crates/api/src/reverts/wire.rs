//! What jobs, instructions and results look like over HTTP.

use super::wrong;
use crate::problem::Problem;
use crate::text::time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use wikiward_farm::Timestamp;
use wikiward_filters::messages;
use wikiward_filters::reverts::{
    Instruction, Job, Report, Row, Undo, UndoResult, instruction_id_of, instruction_name, job_name,
};

/// What a person wants to have undone.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AskBody {
    /// Hits from then, RFC 3339.
    pub from: String,
    /// Hits before then; up to now if it is not said.
    #[serde(default)]
    pub to: Option<String>,
    /// `block`, `blockautopromote`, `degroup`, and custom ones that can be undone.
    pub consequences: Vec<String>,
    /// Why, in 3 to 500 characters.
    pub reason: String,
}

/// A job with its rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobBody {
    #[serde(flatten)]
    pub(super) head: JobHead,
    pub(super) rows: Vec<RowBody>,
    /// Confirms the job: only in the answer to who prepared it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) confirm_token: Option<String>,
}

/// A job.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobHead {
    pub(super) job_id: String,
    /// `prepared`, `lapsed`, `running`, `done` or `cancelled`.
    pub(super) state: &'static str,
    /// The wiki whose hits it is about; null for those on all wikis.
    pub(super) wiki: Option<String>,
    pub(super) filter: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) consequences: Vec<String>,
    pub(super) reason: String,
    /// Whether hits were left out, which are older: there were more than 500 rows, or more than 100,000 hits to look at.
    pub(super) cut: bool,
    /// The `to` with which another job goes on; null if nothing was left out, or no time divides what was.
    pub(super) rest_to: Option<String>,
    pub(super) prepared_at: String,
    pub(super) by: String,
    /// Until when it can be confirmed; null once it was, or was given up.
    pub(super) confirm_until: Option<String>,
    pub(super) confirmed_at: Option<String>,
    pub(super) cancelled_at: Option<String>,
    /// Rows by state.
    #[schema(value_type = BTreeMap<String, u32>)]
    pub(super) counts: BTreeMap<&'static str, u32>,
}

/// One consequence of one hit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RevertRowBody)]
pub struct RowBody {
    /// Its number, by which it is chosen.
    pub(super) row: u32,
    pub(super) hit_id: String,
    pub(super) at: String,
    pub(super) wiki: String,
    pub(super) user: String,
    pub(super) user_id: Option<i64>,
    pub(super) kind: String,
    pub(super) consequence: String,
    /// `open` (can be chosen), `skipped`, `left`, `pending`, `reverted`, `nothing_to_do`, `failed` or `cancelled`.
    pub(super) state: &'static str,
    /// Why: `already_reverted`, `under_way`, `changed_since`, `superseded`, `not_executed`, `not_reported`, `ended`, or a word
    /// of the wiki's.
    pub(super) cause: String,
    /// What the wiki notes.
    pub(super) note: String,
    pub(super) changed_at: String,
}

/// A page of jobs, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobsPage {
    pub(super) items: Vec<JobHead>,
    /// Where the next page begins; null on the last one.
    pub(super) next: Option<String>,
}

/// Which jobs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct JobsQuery {
    /// Jobs on the page, 1 to 500; 50 if it is not said.
    pub(super) limit: Option<i64>,
    /// Where the page before ended.
    pub(super) cursor: Option<String>,
}

/// What is confirmed.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ConfirmBody {
    /// The token of the job.
    #[serde(default)]
    pub confirm_token: Option<String>,
    /// Numbers of the rows to be undone.
    #[serde(default)]
    pub rows: Vec<u32>,
}

/// Which instructions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct InstructionsQuery {
    /// After the instruction of this name.
    pub(super) after: Option<String>,
    /// At most as many, 1 to 100; 100 if it is not said.
    pub(super) limit: Option<u32>,
    /// Seconds to wait if there are none, at most 25.
    pub(super) wait_s: Option<u32>,
}

/// What a wiki has yet to undo.
#[derive(Debug, Serialize, ToSchema)]
pub struct InstructionsBody {
    #[schema(value_type = Vec<UndoBody>)]
    pub(super) items: Vec<Value>,
}

/// One thing for a wiki to undo.
#[derive(Debug, Serialize, ToSchema)]
pub struct UndoBody {
    /// Names it in the report.
    pub(super) id: String,
    /// `unblock`, `regroup`, or `undo` for a custom consequence.
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) hit_id: String,
    /// When the filter did it.
    pub(super) at: String,
    /// The user: `{"user": "Example", "id": 7}`.
    pub(super) target: Value,
    /// `unblock`: the block that the wiki reported, if it did.
    pub(super) block_id: Option<i64>,
    /// `regroup`: the groups that were taken away.
    pub(super) groups: Option<Vec<String>>,
    /// `regroup`: until when those of them had been given that were not given for good.
    pub(super) until: Option<BTreeMap<String, String>>,
    /// `undo`: the custom consequence.
    pub(super) consequence: Option<String>,
    /// `undo`: its parameters.
    pub(super) params: Option<Vec<String>>,
    /// Only for tokens that may know it.
    pub(super) filter: Option<String>,
    /// Name and number of the filter, as far as everybody may learn them.
    pub(super) filter_params: Vec<String>,
    pub(super) reason: String,
    /// Who confirmed it.
    pub(super) by: String,
}

/// What a wiki did.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ResultsBody {
    /// 1 to 500.
    pub results: Vec<ResultBody>,
}

/// What came of one instruction.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ResultBody {
    /// The instruction.
    pub id: String,
    /// `reverted`, `nothing_to_do` or `failed`.
    pub result: String,
    /// Why, as a word: at most 64 of `[a-z0-9_]`, such as `changed_since`, `not_blocked`, `groups_changed`.
    #[serde(default)]
    pub cause: String,
    /// In words, at most 500 characters.
    #[serde(default)]
    pub note: String,
}

/// What became of the reports.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotedBody {
    pub(super) items: Vec<NotedItem>,
}

/// What became of one report.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotedItem {
    pub(super) id: String,
    /// `noted`; `before` if the same was reported before; `other` if something else was, which stays; `unknown`.
    pub(super) status: &'static str,
}

impl JobHead {
    pub(super) fn new(job: &Job, now: Timestamp) -> Self {
        let is_over = job.confirmed_at.is_some() || job.cancelled_at.is_some();
        let counts = job.counts.iter().map(|(state, count)| (state.name(), *count)).collect();
        Self {
            job_id: job_name(job.job_id),
            state: job.state(now).name(),
            wiki: (!job.wiki.is_farm()).then(|| job.wiki.to_string()),
            filter: job.filter.gid(),
            from: time(job.from),
            to: time(job.to),
            consequences: job.consequences.clone(),
            reason: job.reason.clone(),
            cut: job.is_cut,
            rest_to: job.rest_to.map(time),
            prepared_at: time(job.prepared_at),
            by: job.by.clone(),
            confirm_until: (!is_over).then(|| time(job.confirm_until())),
            confirmed_at: job.confirmed_at.map(time),
            cancelled_at: job.cancelled_at.map(time),
            counts,
        }
    }
}

impl From<Row> for RowBody {
    fn from(row: Row) -> Self {
        Self {
            row: row.number,
            hit_id: row.hit.key.hit_id.to_string(),
            at: time(row.hit.key.at),
            wiki: row.hit.wiki.to_string(),
            user: row.hit.actor_name,
            user_id: row.hit.actor_id,
            kind: row.hit.kind,
            consequence: row.consequence,
            state: row.state.name(),
            cause: row.cause,
            note: row.note,
            changed_at: time(row.changed_at),
        }
    }
}

/// A job with its rows at `now`.
pub(super) fn body((job, rows): (Job, Vec<Row>), now: Timestamp) -> JobBody {
    JobBody { head: JobHead::new(&job, now), rows: rows.into_iter().map(RowBody::from).collect(), confirm_token: None }
}

/// An instruction as a wiki gets it. `is_full` if it is told about restricted filters, too.
pub(super) fn instruction(it: &Instruction, is_full: bool) -> Value {
    let mut body = match &it.undo {
        Undo::Block { block_id } => json!({"type": "unblock", "block_id": block_id}),
        Undo::Groups { groups, until } => json!({"type": "regroup", "groups": groups, "until": until}),
        Undo::Custom { name, params } => json!({"type": "undo", "consequence": name, "params": params}),
    };
    let gid = it.filter.gid();
    let filter_params = messages::params(&it.filter_name, &gid, it.privacy);
    if let Value::Object(members) = &mut body {
        members.insert("id".into(), json!(instruction_name(it.id)));
        members.insert("hit_id".into(), json!(it.hit_id.to_string()));
        members.insert("at".into(), json!(time(it.at)));
        members.insert("target".into(), json!({"user": it.user, "id": it.user_id}));
        members.insert("filter".into(), json!((is_full || it.privacy.is_public()).then_some(gid)));
        members.insert("filter_params".into(), json!(filter_params));
        members.insert("reason".into(), json!(it.reason));
        members.insert("by".into(), json!(it.by));
    }
    body
}

impl ResultBody {
    pub(super) fn read(self, place: usize) -> Result<(String, Report), Problem> {
        let field = |name: &str| format!("results[{place}].{name}");
        let id = instruction_id_of(&self.id).ok_or_else(|| wrong(field("id"), "this is no name of an instruction"))?;
        let result = UndoResult::find(&self.result)
            .ok_or_else(|| wrong(field("result"), "a result is reverted, nothing_to_do or failed"))?;
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if self.cause.len() > 64 || !self.cause.bytes().all(is_word) {
            return Err(wrong(field("cause"), "a cause is a word of at most 64 of a-z, 0-9 and _"));
        }
        if self.note.chars().count() > 500 {
            return Err(wrong(field("note"), "a note has at most 500 characters"));
        }
        Ok((self.id, Report { id, result, cause: self.cause, note: self.note }))
    }
}
