//! Backtests: start one, follow it, read what it found, call it off.

mod forecast;
mod wire;

pub use forecast::ForecastBody;
pub use wire::{
    ActionsAsked, AgainstBody, BacktestBody, BacktestExample, BacktestExamples, BacktestPage, BacktestWrite, ReportBody,
};

use crate::auth::Person;
use crate::cursor::Cursors;
use crate::filters::{Place, field_error, limit};
use crate::hits::Sights;
use crate::json::{Json, Query, part};
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::Api;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_filters::backtest::{BacktestError, Backtests, DiffClass, JobKey};

/// Seconds after which it is worth asking again whether a job of others has ended.
const AGAIN_S: u32 = 60;

/// The routes of backtests on wikis; [`crate::farm`] mounts them for the farm, too.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(start, list)).routes(routes!(one, cancel)).routes(routes!(diff))
}

/// The same for the farm, without the description.
pub(crate) fn farm_routes() -> Router<Api> {
    Router::new()
        .route("/v1/farm/backtests", post(start).get(list))
        .route("/v1/farm/backtests/{job}", get(one).delete(cancel))
        .route("/v1/farm/backtests/{job}/diff", get(diff))
}

impl From<BacktestError> for Problem {
    fn from(error: BacktestError) -> Self {
        let detail = error.to_string();
        match error {
            BacktestError::Forbidden(right) => Self::forbidden(right),
            BacktestError::NotFound => Self::not_found(),
            BacktestError::UnknownGroup(_) => Self::new(Code::UnknownGroup, detail),
            BacktestError::Invalid(findings) => {
                Self::new(Code::Invalid, detail).with_errors(findings.iter().map(field_error).collect())
            }
            BacktestError::TooMany { .. } => Self::new(Code::TooManyBacktests, detail).retry_after_s(AGAIN_S),
            BacktestError::NoThread(_) => Self::new(Code::Overloaded, detail).retry_after_s(AGAIN_S),
            BacktestError::Store(error) => error.into(),
        }
    }
}

/// How many, and where to begin.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct BacktestParams {
    /// Backtests on the page, 1 to 500; 50 if it is not said.
    limit: Option<i64>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Which actions of the comparison.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct DiffParams {
    /// `gained`, `lost`, `both` or `undecided`; `gained` if it is not said. Without a comparison every match is gained.
    class: Option<String>,
}

/// Starts a backtest: a rule, tried on stored actions.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/backtests", tag = "backtests", operation_id = "start_backtest",
    request_body = BacktestWrite, params(("wiki" = String, Path, description = "Database name of the wiki")),
    responses((status = 202, body = BacktestBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody), (status = 422, body = ProblemBody), (status = 429, body = ProblemBody),
        (status = 503, body = ProblemBody)))]
async fn start(
    State(backtests): State<Backtests>,
    State(sights): State<Sights>,
    Person(viewer): Person,
    place: Place,
    Json(body): Json<BacktestWrite>,
) -> Result<Response, Problem> {
    let sight = sights.of(&viewer, &place.wiki).await?;
    let job = backtests.start(&viewer, &sight, &place.wiki, body.ask()?).await?;
    let prefix = if place.wiki.is_farm() { "/v1/farm".to_owned() } else { format!("/v1/wikis/{}", place.wiki) };
    let location = format!("{prefix}/backtests/{}", job.id);
    let body: Json<BacktestBody> = Json(job.into());
    let mut response = (StatusCode::ACCEPTED, body).into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Lists backtests that the caller started, newest first; they are kept for 30 days.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/backtests", tag = "backtests", operation_id = "backtests",
    params(("wiki" = String, Path, description = "Database name of the wiki"), BacktestParams),
    responses((status = 200, body = BacktestPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn list(
    State(backtests): State<Backtests>,
    State(cursors): State<Cursors>,
    Person(viewer): Person,
    place: Place,
    Query(params): Query<BacktestParams>,
) -> Result<Json<BacktestPage>, Problem> {
    let name = format!("backtests {}", place.wiki);
    let after = cursors.after(params.cursor.as_deref(), &name, &viewer)?;
    let after = after.map(|(created_at, id)| JobKey { created_at, id });
    let page = backtests.list(&viewer, &place.wiki, after, limit(params.limit)?).await?;
    let next = cursors.next(page.next.map(|key| (key.created_at, key.id)), &name, &viewer);
    Ok(Json(BacktestPage { items: page.items.into_iter().map(BacktestBody::from).collect(), next }))
}

/// Reads a backtest: how far it is, and what it found so far.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/backtests/{job}", tag = "backtests", operation_id = "backtest",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("job" = String, Path, description = "Id of the backtest")),
    responses((status = 200, body = BacktestBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
async fn one(
    State(backtests): State<Backtests>,
    Person(viewer): Person,
    place: Place,
) -> Result<Json<BacktestBody>, Problem> {
    let job = backtests.one(&viewer, &place.wiki, part(place.part("job"))?).await?;
    job.map(|job| Json(job.into())).ok_or_else(Problem::not_found)
}

/// Calls a backtest off. What it found until then stays; one that is over stays as it is.
#[utoipa::path(delete, path = "/v1/wikis/{wiki}/backtests/{job}", tag = "backtests", operation_id = "cancel_backtest",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("job" = String, Path, description = "Id of the backtest")),
    responses((status = 200, body = BacktestBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 503, body = ProblemBody)))]
async fn cancel(
    State(backtests): State<Backtests>,
    Person(viewer): Person,
    place: Place,
) -> Result<Json<BacktestBody>, Problem> {
    let job = backtests.cancel(&viewer, &place.wiki, part(place.part("job"))?).await?;
    job.map(|job| Json(job.into())).ok_or_else(Problem::not_found)
}

/// The newest actions, at most 100, of one class of the comparison, as far as they may be seen now.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/backtests/{job}/diff", tag = "backtests", operation_id = "backtest_diff",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("job" = String, Path, description = "Id of the backtest"),
        DiffParams),
    responses((status = 200, body = BacktestExamples), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn diff(
    State(backtests): State<Backtests>,
    State(sights): State<Sights>,
    Person(viewer): Person,
    place: Place,
    Query(params): Query<DiffParams>,
) -> Result<Json<BacktestExamples>, Problem> {
    let name = params.class.as_deref().unwrap_or(DiffClass::Gained.name());
    let class = DiffClass::find(name)
        .ok_or_else(|| Problem::new(Code::BadRequest, "`class`: a class is gained, lost, both or undecided"))?;
    let sight = sights.of(&viewer, &place.wiki).await?;
    let id = part(place.part("job"))?;
    let examples = backtests.examples(&viewer, &sight, &place.wiki, id, class).await?;
    let examples = examples.ok_or_else(Problem::not_found)?;
    Ok(Json(BacktestExamples {
        class: class.name().to_owned(),
        items: examples.into_iter().map(BacktestExample::from).collect(),
    }))
}
