//! The audit log.

use crate::auth::Person;
use crate::cursor::Cursors;
use crate::filters::limit;
use crate::json::{Json, Query};
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::Api;
use crate::text::time;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Right, WikiId};
use wikiward_store::Store;
use wikiward_store::audit::{Kept, Question, Verification};

/// The routes of the audit log.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(verify))
}

/// Which entries are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditParams {
    /// Those about this wiki only. Who may read the log of one wiki only must name it.
    wiki: Option<String>,
    /// Those about this subject only, such as `filter:17`.
    subject: Option<String>,
    /// Those by this principal only, such as `account:3` or `wiki:enwiki:17`.
    by: Option<String>,
    /// Items on the page: 1 to 500, 50 if nothing is said.
    limit: Option<i64>,
    /// Where to go on: the `next` of the page before.
    cursor: Option<String>,
}

/// An entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryBody {
    /// Its number: 1 for the first, without gaps.
    seq: String,
    /// When.
    at: String,
    /// Who, for programs.
    by: String,
    /// Who, for people.
    by_name: String,
    /// The wiki concerned; `*` where it concerns none in particular.
    wiki: String,
    /// What was done.
    action: String,
    /// What it was done to.
    subject: String,
    /// Why.
    reason: String,
    /// What changed.
    #[schema(value_type = Object)]
    details: serde_json::Value,
    /// SHA-256 over the digest of the entry before and all of the above, as hexadecimal digits. Kept elsewhere, it shows later that nothing before
    /// was changed.
    digest: String,
}

/// A page of entries.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryPage {
    /// The entries, newest first.
    items: Vec<EntryBody>,
    /// Cursor of the next page; none on the last one.
    next: Option<String>,
}

/// What going through the chain of digests found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum VerificationBody {
    /// Every digest fits.
    Whole {
        /// Number of entries.
        entries: i64,
    },
    /// An entry was changed, or the one before it removed.
    Broken {
        /// Its number.
        seq: i64,
    },
    /// The last entries are gone.
    Short {
        /// Number of the last entry there is.
        found: i64,
        /// Number of the last entry there was.
        wanted: i64,
    },
}

fn body(kept: Kept) -> EntryBody {
    EntryBody {
        seq: kept.seq.to_string(),
        at: time(kept.at),
        by: kept.by_key,
        by_name: kept.by_name,
        wiki: kept.wiki,
        action: kept.action,
        subject: kept.subject,
        reason: kept.reason,
        details: serde_json::from_str(&kept.details).unwrap_or_default(),
        digest: hex(&kept.digest),
    }
}

/// Entries of the audit log.
#[utoipa::path(get, path = "/v1/audit", tag = "audit", params(AuditParams),
    responses((status = 200, body = EntryPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
async fn list(
    State(store): State<Store>,
    State(cursors): State<Cursors>,
    person: Person,
    Query(params): Query<AuditParams>,
) -> Result<Json<EntryPage>, Problem> {
    let wiki: WikiId = match &params.wiki {
        Some(name) => name.parse().map_err(|error| Problem::new(Code::BadRequest, format!("{error}")))?,
        None => WikiId::farm(),
    };
    // Without a wiki the whole log is asked for; that needs the right farm-wide, as the farm's own entries do.
    person.need(Right::AuditLog, &wiki)?;
    let too_long = [&params.subject, &params.by].into_iter().flatten().any(|text| text.len() > 500);
    if too_long {
        return Err(Problem::new(Code::BadRequest, "`subject` and `by` have at most 500 bytes"));
    }
    let list = format!("audit {:?} {:?} {:?}", params.wiki, params.subject, params.by);
    let before = params.cursor.as_deref().map(|it| cursors.open(it, &list, &person.0)).transpose()?;
    let question = Question {
        wiki: params.wiki,
        subject: params.subject,
        by_key: params.by,
        before,
        limit: limit(params.limit)?,
        ..Question::default()
    };
    let page = store.audit_entries(&question).await?;
    let next = page.next.map(|seq| cursors.seal(&seq, &list, &person.0));
    Ok(Json(EntryPage { items: page.items.into_iter().map(body).collect(), next }))
}

/// Goes through the whole audit log and says whether an entry was changed or removed. Takes a second per some hundred
/// thousand entries.
#[utoipa::path(get, path = "/v1/audit/verify", tag = "audit",
    responses((status = 200, body = VerificationBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
async fn verify(State(store): State<Store>, person: Person) -> Result<Json<VerificationBody>, Problem> {
    person.need(Right::AuditLog, &WikiId::farm())?;
    Ok(Json(match store.verify_audit().await? {
        Verification::Whole { entries } => VerificationBody::Whole { entries },
        Verification::Broken { seq } => VerificationBody::Broken { seq },
        Verification::Short { found, wanted } => VerificationBody::Short { found, wanted },
    }))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
