//! What a wiki is answered.

use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use wikiward_filters::consequences::{Effect, FilterRef, Instruction, Message};
use wikiward_filters::judge::{Answer, Needs};

/// A verdict, or the variables that are needed first; `status` tells which.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ReplyBody<'a> {
    /// A verdict.
    Complete(AnswerBody<'a>),
    /// Variables are needed first.
    Needs(NeedsBody<'a>),
}

/// A verdict.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerBody<'a> {
    /// `complete`.
    status: &'static str,
    /// Names the evaluation.
    evaluation_id: &'a str,
    /// The filters that judged, and their state.
    ruleset: &'a str,
    /// `allow`, `warn`, `challenge` or `refuse`.
    decision: &'static str,
    /// What the wiki does.
    #[schema(value_type = Vec<Object>)]
    instructions: Vec<Value>,
    /// What the person is told.
    messages: Vec<MessageBody<'a>>,
    /// Filters that matched.
    matched: Vec<MatchedBody<'a>>,
    /// Filters that were not evaluated to their end.
    not_evaluated: Vec<NotEvaluatedBody<'a>>,
    /// Filters that failed.
    errors: Vec<FailedBody<'a>>,
    /// Filters that lacked a variable.
    degraded: Vec<DegradedBody<'a>>,
    /// Conditions.
    conditions: ConditionsBody,
    /// Time.
    timing: TimingBody,
    /// Variables that the next action of this kind will probably need: sent with its first request, they save a round.
    also_likely: &'a [String],
    /// Why the action was not judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<&'a str>,
}

/// A message for the acting person.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageBody<'a> {
    key: &'a str,
    params: &'a [String],
    code: &'a str,
    filter: Option<&'a str>,
    actions: &'a [String],
    ref_code: &'a str,
}

/// A filter that matched. Restricted ones are named only to tokens with `verdict:full`.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatchedBody<'a> {
    gid: Option<&'a str>,
    version: Option<u32>,
    taken: &'a [String],
    withheld: &'a [String],
    #[schema(value_type = BTreeMap<String, String>)]
    substituted: &'a BTreeMap<String, String>,
}

/// A filter that was not evaluated to its end.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotEvaluatedBody<'a> {
    gid: Option<&'a str>,
    reason: &'static str,
}

/// A filter that failed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailedBody<'a> {
    gid: Option<&'a str>,
    reason: &'a str,
    /// Byte of the rule; not said of restricted ones.
    position: Option<u32>,
}

/// A filter that lacked a variable.
#[derive(Debug, Serialize, ToSchema)]
pub struct DegradedBody<'a> {
    gid: Option<&'a str>,
    variables: &'a [String],
}

/// Conditions used and allowed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConditionsBody {
    used: u32,
    limit: u32,
    exceeded: bool,
}

/// Time that the rules took, and requests.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimingBody {
    rules_ms: f64,
    rounds: u32,
}

/// Variables that are needed before there is a verdict.
#[derive(Debug, Serialize, ToSchema)]
pub struct NeedsBody<'a> {
    /// `needs`.
    status: &'static str,
    evaluation_id: &'a str,
    /// To be sent back with the values.
    resume_token: &'a str,
    round: u32,
    rounds_left: u32,
    needs: Vec<NeedBody<'a>>,
    /// Variables that may be wanted next.
    also_likely: &'a [String],
    /// Milliseconds for which the evaluation is held.
    expires_ms: u32,
}

/// A variable that is needed.
#[derive(Debug, Serialize, ToSchema)]
pub struct NeedBody<'a> {
    name: &'a str,
    /// `cheap`, `db`, `render` or `net`.
    cost: &'static str,
    /// How many filters wait for it.
    wanted_by: u32,
}

impl<'a> AnswerBody<'a> {
    /// The answer for a caller that is told of restricted filters if `is_full`.
    pub fn new(answer: &'a Answer, is_full: bool) -> Self {
        let gid = |filter: &'a FilterRef| gid(filter, is_full);
        let message = |message: &'a Message| MessageBody {
            key: &message.key,
            params: &message.params,
            code: &message.code,
            filter: message.filter.as_ref().and_then(gid),
            actions: &message.actions,
            ref_code: &message.ref_code,
        };
        let matched = answer.matched.iter().map(|it| MatchedBody {
            gid: gid(&it.filter),
            version: gid(&it.filter).map(|_| it.version),
            taken: &it.taken,
            withheld: &it.withheld,
            substituted: &it.substituted,
        });
        let errors = answer.errors.iter().map(|it| FailedBody {
            gid: gid(&it.filter),
            reason: &it.reason,
            position: it.position.filter(|_| gid(&it.filter).is_some()),
        });
        #[expect(clippy::cast_precision_loss, reason = "an evaluation takes less than a year")]
        let rules_ms = answer.rules_us as f64 / 1000.0;
        Self {
            status: "complete",
            evaluation_id: &answer.evaluation_id,
            ruleset: &answer.ruleset,
            decision: answer.decision.name(),
            instructions: answer.instructions.iter().map(|it| instruction(it, is_full)).collect(),
            messages: answer.messages.iter().map(message).collect(),
            matched: matched.collect(),
            not_evaluated: answer
                .not_evaluated
                .iter()
                .map(|it| NotEvaluatedBody { gid: gid(&it.filter), reason: it.why.name() })
                .collect(),
            errors: errors.collect(),
            degraded: answer
                .degraded
                .iter()
                .map(|it| DegradedBody { gid: gid(&it.filter), variables: &it.variables })
                .collect(),
            conditions: ConditionsBody {
                used: answer.conditions_used,
                limit: answer.conditions_limit,
                exceeded: answer.conditions_exceeded,
            },
            timing: TimingBody { rules_ms, rounds: answer.rounds },
            also_likely: &answer.also_likely,
            skipped: answer.skipped.as_deref(),
        }
    }
}

impl<'a> NeedsBody<'a> {
    /// What is needed.
    pub fn new(needs: &'a Needs) -> Self {
        let need = needs.needs.iter().map(|need| NeedBody {
            name: &need.name,
            cost: need.cost.name(),
            wanted_by: need.wanted_by,
        });
        Self {
            status: "needs",
            evaluation_id: &needs.evaluation_id,
            resume_token: &needs.resume_token,
            round: needs.round,
            rounds_left: needs.rounds_left,
            needs: need.collect(),
            also_likely: &needs.also_likely,
            expires_ms: needs.expires_ms,
        }
    }
}

fn gid(filter: &FilterRef, is_full: bool) -> Option<&str> {
    (is_full || !filter.is_restricted).then_some(filter.gid.as_str())
}

fn instruction(instruction: &Instruction, is_full: bool) -> Value {
    let mut body = match &instruction.effect {
        Effect::Block { user, expiry, talk, suppress_log, reason } => json!({
            "type": "block", "target": {"user": user}, "expiry": expiry, "autoblock": true, "create_account": true,
            "talk": talk, "hard": false, "suppress_log": suppress_log,
            "reason": {"key": reason.key, "params": reason.params},
        }),
        Effect::RangeBlock { range, expiry, reason } => json!({
            "type": "rangeblock", "target": {"range": range}, "expiry": expiry, "create_account": true, "hard": false,
            "reason": {"key": reason.key, "params": reason.params},
        }),
        Effect::Degroup { user, groups, reason } => json!({
            "type": "degroup", "target": {"user": user}, "groups": groups,
            "reason": {"key": reason.key, "params": reason.params},
        }),
        Effect::BlockAutopromote { user, seconds } => {
            json!({"type": "blockautopromote", "target": {"user": user}, "seconds": seconds})
        }
        Effect::ShowCaptcha => json!({"type": "showcaptcha"}),
        Effect::Tag { tags } => json!({"type": "tag", "tags": tags}),
        Effect::Custom { name, params } => json!({"type": name, "params": params}),
    };
    if let Value::Object(members) = &mut body {
        let filter = instruction.filter.as_ref().and_then(|filter| gid(filter, is_full));
        members.insert("filter".into(), json!(filter));
    }
    body
}
