//! The log of who looked at addresses and protected values, and who hid hits.

use crate::auth::Person;
use crate::cursor::Cursors;
use crate::filters::{Place, limit};
use crate::hits::Sights;
use crate::json::{Json, Query, part};
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::Api;
use crate::text::time;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::Id;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_filters::hits::Hits;
use wikiward_filters::hits::access::{AccessKey, AccessKind, KeptAccess};

/// The routes of the access log.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AccessQuery {
    /// `privatedetails`, `address-search`, `protected-vars`, `hit-hidden` or `hit-shown`. May be repeated; all that may be read if it is
    /// not said.
    kind: Vec<String>,
    /// Entries on the page, 1 to 500; 50 if it is not said.
    limit: Option<i64>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// A page of the access log, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessPage {
    items: Vec<AccessBody>,
    /// Where the next page begins; null on the last one.
    next: Option<String>,
}

/// An entry: who looked at what.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessBody {
    id: String,
    at: String,
    kind: &'static str,
    by: String,
    /// The person looked at, or the hit hidden.
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hit_id: Option<String>,
    /// The protected variable looked at.
    #[serde(skip_serializing_if = "String::is_empty")]
    variable: String,
    reason: String,
}

impl From<KeptAccess> for AccessBody {
    fn from(kept: KeptAccess) -> Self {
        Self {
            id: kept.entry_id.to_string(),
            at: time(kept.at),
            kind: kept.entry.kind.name(),
            by: kept.entry.by_name,
            subject: kept.entry.subject,
            hit_id: kept.entry.hit_id.map(|id| id.to_string()),
            variable: kept.entry.variable,
            reason: kept.entry.reason,
        }
    }
}

/// Lists who looked at what, newest first. Each kind of entry needs its own right.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/access-log", tag = "hits", operation_id = "access_log",
    params(("wiki" = String, Path, description = "Database name of the wiki"), AccessQuery),
    responses((status = 200, body = AccessPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn list(
    State(hits): State<Hits>,
    State(sights): State<Sights>,
    State(cursors): State<Cursors>,
    person: Person,
    place: Place,
    Query(query): Query<AccessQuery>,
) -> Result<Json<AccessPage>, Problem> {
    let viewer = &person.0;
    let asked = query.kind.iter().map(|name| {
        let unknown = || Problem::new(Code::BadRequest, format!("`kind` cannot be `{name}`"));
        AccessKind::find(name).ok_or_else(unknown)
    });
    let asked = asked.collect::<Result<Vec<_>, _>>()?;
    for kind in &asked {
        person.need(kind.readable_with(), &place.wiki)?;
    }
    let readable = AccessKind::ALL.into_iter().filter(|kind| viewer.may(kind.readable_with(), &place.wiki));
    let kinds: Vec<AccessKind> = if asked.is_empty() { readable.collect() } else { asked };
    if kinds.is_empty() {
        return Err(Problem::forbidden(AccessKind::PrivateDetails.readable_with()));
    }
    let sight = sights.of(viewer, &place.wiki).await?;
    let name = format!("access-log {} {kinds:?}", place.wiki);
    let after =
        query.cursor.as_deref().map(|cursor| cursors.open::<(i64, String)>(cursor, &name, viewer)).transpose()?;
    let after = after.map(|(at, id)| Ok::<_, Problem>(AccessKey { at: from_micros(at), entry_id: part::<Id>(&id)? }));
    let page = hits.access_log(&place.wiki, &kinds, &sight, after.transpose()?, limit(query.limit)?).await?;
    let next = page.next.map(|key| cursors.seal(&(micros(key.at), key.entry_id.to_string()), &name, viewer));
    Ok(Json(AccessPage { items: page.items.into_iter().map(AccessBody::from).collect(), next }))
}
