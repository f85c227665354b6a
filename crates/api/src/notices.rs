//! Notices: what the person asking should hear of.

use crate::auth::Person;
use crate::brakes::shows_detail;
use crate::cursor::Cursors;
use crate::filters::limit;
use crate::json::{Json, Query};
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::Api;
use crate::text::time;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Id, Viewer};
use wikiward_filters::life::Filters;
use wikiward_filters::notices::Told;

/// The routes of notices.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

/// Which notices.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct NoticesQuery {
    /// Notices on the page, 1 to 500; 50 if it is not said.
    limit: Option<i64>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// A page of notices, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticesPage {
    items: Vec<NoticeBody>,
    /// How many are unread, up to 99.
    unread: usize,
    /// Where the next page begins; null on the last one.
    next: Option<String>,
}

/// A notice.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeBody {
    id: String,
    at: String,
    /// `brake.latch`, `brake.alert`, `brake.reactivate`, `brake.recovering`, `hold.start`, `hold.nears`, `hold.end` or
    /// `hold.expire`.
    event: String,
    /// Where it happened; `*` farm-wide.
    wiki: String,
    /// The filter as it is named there: `17`, `global-17`.
    filter: String,
    filter_name: String,
    /// Who did it.
    by: String,
    reason_code: String,
    reason: String,
    /// What belongs to it; numbers of hits only for who may see details.
    details: Value,
    unread: bool,
}

/// Up to when notices were read.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NoticesRead {
    /// Id of the newest notice that was read.
    upto: String,
}

fn body(told: Told, viewer: &Viewer) -> NoticeBody {
    let Told { notice, filter_name, is_unread } = told;
    let details = if shows_detail(viewer, &notice.wiki) { notice.details.clone() } else { notice.open_details() };
    NoticeBody {
        id: notice.id.to_string(),
        at: time(notice.at),
        event: notice.event,
        wiki: notice.wiki.to_string(),
        filter: if notice.key.wiki == notice.wiki { notice.key.number.to_string() } else { notice.key.gid() },
        filter_name,
        by: notice.by_name,
        reason_code: notice.reason_code,
        reason: notice.reason,
        details,
        unread: is_unread,
    }
}

/// Lists what the person asking should hear of, newest first. Filters that the person may not see are not named.
#[utoipa::path(get, path = "/v1/notices", tag = "notices", operation_id = "notices", params(NoticesQuery),
    responses((status = 200, body = NoticesPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody)))]
async fn list(
    State(filters): State<Filters>,
    State(cursors): State<Cursors>,
    Person(viewer): Person,
    Query(query): Query<NoticesQuery>,
) -> Result<Json<NoticesPage>, Problem> {
    const LIST: &str = "notices";
    let after = query.cursor.as_ref().map(|cursor| cursors.open::<String>(cursor, LIST, &viewer)).transpose()?;
    let wrong = || Problem::new(Code::BadRequest, "the cursor is not one of this list. Begin again without it");
    let after = after.map(|id| id.parse::<Id>().map_err(|_| wrong())).transpose()?;
    let page = filters.notices(&viewer, after, limit(query.limit)?).await?;
    let unread = filters.notices_unread(&viewer).await?;
    let next = page.next.map(|id| cursors.seal(&id.to_string(), LIST, &viewer));
    let items = page.items.into_iter().map(|told| body(told, &viewer)).collect();
    Ok(Json(NoticesPage { items, unread, next }))
}

/// Notes up to when the person asking has read notices.
#[utoipa::path(post, path = "/v1/notices/read", tag = "notices", operation_id = "read_notices", request_body = NoticesRead,
    responses((status = 204), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody)))]
async fn read(
    State(filters): State<Filters>,
    Person(viewer): Person,
    Json(read): Json<NoticesRead>,
) -> Result<StatusCode, Problem> {
    let upto: Id = read.upto.parse().map_err(|_| Problem::new(Code::BadRequest, "`upto` is the id of a notice"))?;
    filters.read_notices(&viewer, upto).await?;
    Ok(StatusCode::NO_CONTENT)
}
