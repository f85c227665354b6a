//! What a wiki sends.

use super::value::Vars;
use crate::problem::{Code, FieldError, Problem};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use utoipa::ToSchema;
use wikiward_farm::{ActorType, Timestamp, WikiId};
use wikiward_filters::consequences::Captcha;
use wikiward_filters::hits::record::Target;
use wikiward_filters::judge::{Actor, Mode, Request};

/// An action to be judged.
#[derive(Debug, Deserialize, ToSchema)]
pub struct EvaluateRequest {
    /// The wiki.
    #[schema(example = "examplewiki")]
    pub wiki: String,
    /// The group of filters.
    #[schema(example = "default")]
    pub group: String,
    /// The action.
    pub action: ActionBody,
    /// What is wanted: `enforce`, `stash` or `test`.
    #[serde(default)]
    pub mode: ModeBody,
    /// Who acts.
    #[serde(default)]
    pub actor: ActorBody,
    /// On what.
    #[serde(default)]
    pub target: TargetBody,
    /// The request that the wiki got.
    #[serde(default)]
    pub request: RequestBody,
    /// Values of variables, by name; at most 256, each of at most 2 MiB.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub vars: Vars,
    /// Names of variables that the wiki can supply when asked.
    #[serde(default)]
    pub lazy: Vec<String>,
    /// Milliseconds that the wiki waits.
    #[serde(default)]
    pub deadline_ms: Option<u32>,
    /// Language of the acting person.
    #[serde(default)]
    pub lang: Option<String>,
    /// Ignored: what was stashed is found by what is sent.
    #[serde(default)]
    pub stash_key: Option<String>,
    /// Why the action need not be judged; empty if it must.
    #[serde(default)]
    pub skip: Vec<String>,
}

/// Which action.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ActionBody {
    /// Names it: unique per wiki for a day, 1 to 256 bytes.
    pub id: String,
    /// Its kind, one of the group's.
    #[schema(example = "edit")]
    pub kind: String,
    /// When it happened, RFC 3339.
    #[serde(default)]
    pub at: Option<String>,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ModeBody {
    /// A verdict that counts.
    #[default]
    Enforce,
    /// Work done ahead.
    Stash,
    /// A verdict without effect.
    Test,
}

/// Who acts.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct ActorBody {
    /// The user's id.
    #[serde(default)]
    pub id: Option<i64>,
    /// The user's name.
    #[serde(default)]
    pub name: String,
    /// `named`, `temp`, `ip`, `external` or `unknown`.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// The user's groups.
    #[serde(default)]
    pub groups: Vec<String>,
    /// The user's rights. Only `abusefilter-bypass-blocked-external-domains` is read.
    #[serde(default)]
    pub rights: Vec<String>,
    /// The user's edits.
    #[serde(default)]
    pub edit_count: Option<i64>,
    /// Seconds since registration.
    #[serde(default)]
    pub age_s: Option<i64>,
    /// Whether the user is blocked.
    #[serde(default)]
    pub blocked: Option<bool>,
    /// Whether the user is a bot.
    #[serde(default)]
    pub bot: bool,
    /// The user's id on the farm.
    #[serde(default)]
    pub central_id: Option<i64>,
}

/// On what.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct TargetBody {
    /// Namespace number.
    #[serde(default)]
    pub ns: i64,
    /// Title without the namespace.
    #[serde(default)]
    pub title: String,
    /// The page's id; none or 0 if there is no page yet.
    #[serde(default)]
    pub page_id: Option<i64>,
    /// The revision that is current.
    #[serde(default)]
    pub rev_id: Option<i64>,
}

/// The request that the wiki got.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct RequestBody {
    /// Its address.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "203.0.113.9")]
    pub ip: Option<IpAddr>,
    /// Tells apart sessions: a keyed digest, never the session's id.
    #[serde(default)]
    pub session_key: Option<String>,
    /// Class of the user agent.
    #[serde(default)]
    pub user_agent_class: Option<String>,
    /// Challenges in this attempt: `none`, `solved` or `exempt`.
    #[serde(default)]
    pub captcha: CaptchaBody,
}

/// Challenges in this attempt.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CaptchaBody {
    /// None was solved.
    #[default]
    None,
    /// One was solved.
    Solved,
    /// The person never sees any.
    Exempt,
}

/// Variables for an evaluation that waits for them.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ResumeRequest {
    /// The token of the answer that asked.
    pub resume_token: String,
    /// Values of variables, by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub vars: Vars,
    /// Names of variables that cannot be had, and why.
    #[serde(default)]
    pub unavailable: BTreeMap<String, String>,
}

fn wrong(field: &str, message: impl Into<String>) -> Problem {
    let message = message.into();
    Problem::new(Code::BadRequest, format!("`{field}`: {message}")).with_errors(vec![FieldError {
        code: Code::BadRequest.name().into(),
        field: field.into(),
        span: None,
        params: Vec::new(),
        message,
    }])
}

impl EvaluateRequest {
    /// The request as the judge takes it.
    ///
    /// # Errors
    /// [`Code::BadRequest`] with the field that is wrong.
    pub fn into_request(self) -> Result<Request, Problem> {
        let wiki: WikiId = self.wiki.parse().map_err(|error| wrong("wiki", format!("{error}")))?;
        if wiki.is_farm() {
            return Err(wrong("wiki", "an action happens on one wiki"));
        }
        let at = self.action.at.map(|at| at.parse::<Timestamp>()).transpose();
        let at = at.map_err(|_| wrong("action.at", "a time is written as RFC 3339, such as 2026-03-01T10:00:00Z"))?;
        let kind = match self.actor.kind.as_deref() {
            None => ActorType::Unknown,
            Some(word) => ActorType::find(word)
                .ok_or_else(|| wrong("actor.type", "a type is named, temp, ip, external or unknown"))?,
        };
        Ok(Request {
            wiki,
            group: self.group,
            action_id: self.action.id,
            kind: self.action.kind,
            at,
            mode: match self.mode {
                ModeBody::Enforce => Mode::Enforce,
                ModeBody::Stash => Mode::Stash,
                ModeBody::Test => Mode::Test,
            },
            actor: Actor {
                id: self.actor.id.filter(|id| *id != 0),
                name: self.actor.name,
                kind,
                groups: self.actor.groups,
                rights: self.actor.rights,
                edit_count: self.actor.edit_count,
                age_s: self.actor.age_s,
                is_blocked: self.actor.blocked,
                is_bot: self.actor.bot,
                central_id: self.actor.central_id.filter(|id| *id != 0),
            },
            target: Target { ns: self.target.ns, title: self.target.title, page_id: self.target.page_id },
            ip: self.request.ip,
            session_key: self.request.session_key,
            captcha: match self.request.captcha {
                CaptchaBody::None => Captcha::Unsolved,
                CaptchaBody::Solved => Captcha::Solved,
                CaptchaBody::Exempt => Captcha::Exempt,
            },
            vars: self.vars.0,
            lazy: self.lazy,
            deadline_ms: self.deadline_ms,
            skip: self.skip,
        })
    }
}
