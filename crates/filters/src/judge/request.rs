//! What a wiki asks.

use crate::consequences::Captcha;
use crate::groups::document::is_variable_name;
use crate::hits::record::Target;
use crate::judge::EvaluateError;
use crate::snapshot::{LiveGroup, Roster};
use std::net::IpAddr;
use wikiward_farm::{ActorType, Timestamp, WikiId};
use wikiward_rules::Value;
use wikiward_rules::vocabulary::VariableId;

/// Most variables of one request.
pub const VARIABLES_MAX: usize = 256;

/// Most bytes of one variable: 2 MiB.
pub const VARIABLE_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// Most bytes of a whole request: 8 MiB, unpacked.
pub const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Most bytes of an action's id, of a session's key and of names of kinds and reasons.
const NAME_BYTES_MAX: usize = 256;

/// Most bytes of a title: MediaWiki's 255 with room to spare.
const TITLE_BYTES_MAX: usize = 1_024;

/// Most groups of the acting person that are read.
const GROUPS_MAX: usize = 1_000;

/// What is wanted of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// A verdict that counts.
    #[default]
    Enforce,
    /// Work done ahead of an action that may come.
    Stash,
    /// A verdict without any effect.
    Test,
    /// What would have matched, after the fact: rows, but no consequences.
    Late,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Actor {
    /// The user's id, if registered.
    pub id: Option<i64>,
    /// The user's name; for account creations by nobody registered, the name asked for.
    pub name: String,
    /// What kind of user.
    pub kind: ActorType,
    /// The user's groups.
    pub groups: Vec<String>,
    /// The user's rights, as far as the wiki tells: only that to link to blocked domains is read.
    pub rights: Vec<String>,
    /// The user's edits.
    pub edit_count: Option<i64>,
    /// Seconds since registration.
    pub age_s: Option<i64>,
    /// Whether the user is blocked.
    pub is_blocked: Option<bool>,
    /// Whether the user is a bot.
    pub is_bot: bool,
    /// The user's id on the farm.
    pub central_id: Option<i64>,
}

/// An action to be judged.
#[derive(Debug, Clone)]
pub struct Request {
    /// The wiki that asks.
    pub wiki: WikiId,
    /// The group of filters.
    pub group: String,
    /// Names the action: unique per wiki for a day.
    pub action_id: String,
    /// Kind of action.
    pub kind: String,
    /// When it happened; none means now.
    pub at: Option<Timestamp>,
    /// What is wanted.
    pub mode: Mode,
    /// Who acts.
    pub actor: Actor,
    /// On what.
    pub target: Target,
    /// The address of the request.
    pub ip: Option<IpAddr>,
    /// Tells apart sessions.
    pub session_key: Option<String>,
    /// Challenges.
    pub captcha: Captcha,
    /// Values of variables.
    pub vars: Vec<(String, Value)>,
    /// Variables that the caller can supply when asked.
    pub lazy: Vec<String>,
    /// Milliseconds that the caller waits.
    pub deadline_ms: Option<u32>,
    /// Why the action need not be judged.
    pub skip: Vec<String>,
}

/// Variables of a request, looked up.
#[derive(Debug, Default)]
pub(super) struct Variables {
    pub(super) given: Vec<(VariableId, Value)>,
    pub(super) offered: Vec<VariableId>,
}

impl Request {
    /// Checks what does not need the filters.
    pub(super) fn check(&self, roster: &Roster) -> Result<(), EvaluateError> {
        let wrong = |field: &'static str, message: &'static str| Err(EvaluateError::BadRequest { field, message });
        if !roster.group.group.has_kind(&self.kind) {
            return wrong("action.kind", "the group knows no such kind of action");
        }
        if self.action_id.is_empty() || self.action_id.len() > NAME_BYTES_MAX || !is_plain(&self.action_id) {
            return wrong("action.id", "an action's id has 1 to 256 bytes without control characters");
        }
        if self.actor.name.len() > NAME_BYTES_MAX || !is_plain(&self.actor.name) {
            return wrong("actor.name", "a name has at most 256 bytes without control characters");
        }
        if self.actor.groups.len() > GROUPS_MAX {
            return wrong("actor.groups", "at most 1,000 groups are read");
        }
        if self.target.title.len() > TITLE_BYTES_MAX || !is_plain(&self.target.title) {
            return wrong("target.title", "a title has at most 1,024 bytes without control characters");
        }
        if self.session_key.as_ref().is_some_and(|key| key.len() > NAME_BYTES_MAX) {
            return wrong("request.session_key", "a session's key has at most 256 bytes");
        }
        if self.skip.iter().any(|reason| reason.is_empty() || reason.len() > NAME_BYTES_MAX) {
            return wrong("skip", "a reason has 1 to 256 bytes");
        }
        Ok(())
    }
}

fn is_plain(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// Looks up the variables that a request gives and offers. A variable that is given is not offered as well.
pub(super) fn look_up(
    vars: Vec<(String, Value)>,
    lazy: &[String],
    group: &LiveGroup,
) -> Result<Variables, EvaluateError> {
    if vars.len() > VARIABLES_MAX || lazy.len() > VARIABLES_MAX {
        let message = "at most 256 variables are allowed";
        return Err(EvaluateError::BadRequest {
            field: if lazy.len() > VARIABLES_MAX { "lazy" } else { "vars" },
            message,
        });
    }
    let mut variables = Variables::default();
    for (name, value) in vars {
        let id = variable(&name, group)?;
        if value.weight() > VARIABLE_BYTES_MAX {
            return Err(EvaluateError::VarTooLarge(name));
        }
        variables.given.push((id, value));
    }
    for name in lazy {
        let id = variable(name, group)?;
        if variables.given.iter().all(|(given, _)| *given != id) && !variables.offered.contains(&id) {
            variables.offered.push(id);
        }
    }
    Ok(variables)
}

/// The variable of that name.
pub(super) fn variable(name: &str, group: &LiveGroup) -> Result<VariableId, EvaluateError> {
    group.variable(name).ok_or_else(|| {
        if is_variable_name(name) {
            EvaluateError::UnknownVariable(name.to_owned())
        } else {
            EvaluateError::BadVarName(name.chars().filter(|c| !c.is_control()).take(64).collect())
        }
    })
}
