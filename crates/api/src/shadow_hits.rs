//! Hits of filters in the shadow.

use crate::auth::Person;
use crate::cursor::Cursors;
use crate::filters::{Place, limit};
use crate::hits::{ActorBody, Sights, TargetBody, log_of};
use crate::json::{Json, Query, part};
use crate::problem::{Problem, ProblemBody};
use crate::state::Api;
use crate::text::time;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_filters::hits::Hits;
use wikiward_filters::hits::list::HitKey;
use wikiward_filters::hits::shadow::ShadowRow;
use wikiward_filters::life::Filters;

/// The routes of hits in the shadow; [`crate::farm`] mounts them for the farm, too.
pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one))
}

/// The same for the farm, without the description.
pub(crate) fn farm_routes() -> Router<Api> {
    Router::new()
        .route("/v1/farm/filters/{id}/shadow-hits", get(list))
        .route("/v1/farm/filters/{id}/shadow-hits/{hit}", get(one))
}

/// How many, and where to begin.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ShadowParams {
    /// Hits on the page, 1 to 500; 50 if it is not said.
    limit: Option<i64>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// A page of hits in the shadow, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShadowPage {
    items: Vec<ShadowHitBody>,
    /// Where the next page begins; null on the last one.
    next: Option<String>,
}

/// A match of a filter in the shadow.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShadowHitBody {
    id: String,
    at: String,
    wiki: String,
    evaluation_id: String,
    /// `17`, or `global-17` for a farm-wide filter.
    filter: String,
    version: u32,
    action_id: String,
    kind: String,
    actor: ActorBody,
    target: TargetBody,
    /// What the filters in effect decided: `allow`, `warn`, `challenge` or `refuse`.
    decision: String,
    /// Consequences that the filter has and that would run here.
    consequences: Vec<String>,
    rev_id: Option<i64>,
}

/// One match of a filter in the shadow, with the variables of the action.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneShadowHitBody {
    #[serde(flatten)]
    hit: ShadowHitBody,
    /// Variables of the action, without protected ones; null if they may not be seen or are not kept.
    variables: Option<Map<String, Value>>,
}

impl From<ShadowRow> for OneShadowHitBody {
    fn from(row: ShadowRow) -> Self {
        let hit = ShadowHitBody {
            id: row.key.hit_id.to_string(),
            at: time(row.key.at),
            wiki: row.wiki.to_string(),
            evaluation_id: wikiward_filters::judge::evaluation_name(row.evaluation_id),
            filter: row.filter.gid(),
            version: row.version.0,
            action_id: row.action_id,
            kind: row.kind,
            actor: ActorBody { id: row.actor_id, name: row.actor_name, kind: row.actor_type },
            target: TargetBody { ns: row.target_ns, title: row.target_title, page_id: row.target_page_id },
            decision: row.decision,
            consequences: row.consequences,
            rev_id: row.rev_id,
        };
        Self { hit, variables: row.variables }
    }
}

/// Lists what a filter matched in the shadow. Rows live thirty days and count nowhere.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}/shadow-hits", tag = "hits", operation_id = "shadow_hits",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"), ShadowParams),
    responses((status = 200, body = ShadowPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn list(
    State(hits): State<Hits>,
    State(filters): State<Filters>,
    State(sights): State<Sights>,
    State(cursors): State<Cursors>,
    Person(viewer): Person,
    place: Place,
    Query(params): Query<ShadowParams>,
) -> Result<Json<ShadowPage>, Problem> {
    let filter = filters.get(&viewer, &place.wiki, place.part("id")).await?;
    let sight = sights.of(&viewer, &place.wiki).await?;
    let name = format!("shadow hits {} {}", place.wiki, filter.key.gid());
    let after = cursors.after(params.cursor.as_deref(), &name, &viewer)?.map(|(at, hit_id)| HitKey { at, hit_id });
    let page = hits.shadow_list(&log_of(&place), &filter.key, after, limit(params.limit)?, &sight).await?;
    let next = cursors.next(page.next.map(|key| (key.at, key.hit_id)), &name, &viewer);
    Ok(Json(ShadowPage { items: page.items.into_iter().map(|row| OneShadowHitBody::from(row).hit).collect(), next }))
}

/// Reads one match of a filter in the shadow; with its variables for who may see details.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}/shadow-hits/{hit}", tag = "hits", operation_id = "shadow_hit",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"),
        ("hit" = String, Path, description = "Id of the hit")),
    responses((status = 200, body = OneShadowHitBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
async fn one(
    State(hits): State<Hits>,
    State(filters): State<Filters>,
    State(sights): State<Sights>,
    Person(viewer): Person,
    place: Place,
) -> Result<Json<OneShadowHitBody>, Problem> {
    let filter = filters.get(&viewer, &place.wiki, place.part("id")).await?;
    let sight = sights.of(&viewer, &place.wiki).await?;
    let hit = hits.shadow_one(&log_of(&place), &filter.key, part(place.part("hit"))?, &sight).await?;
    hit.map(|row| Json(row.into())).ok_or_else(Problem::not_found)
}
