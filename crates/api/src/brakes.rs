//! The emergency brake of filters: what it decided, reactivating, holding.

mod wire;

pub(crate) use wire::shows_detail;
pub use wire::{
    BrakeBody, BrakeState, ByStandingBody, CapsWrite, HarmBody, HoldBody, HoldConfirm, HoldSheetBody, HoldWrite,
    LatchBody, LockdownBody, MissingBody, ReactivateBody, ReactivateManyBody, ReactivatedBody, ReactivatedManyBody,
    StatisticsBody, WouldBody,
};

use crate::auth::Person;
use crate::filters::Place;
use crate::json::Json;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::Api;
use crate::text::time;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use serde_json::json;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::Clock;
use wikiward_filters::brake::latch::class_of;
use wikiward_filters::life::braking::{ConfirmHold, PrepareHold, Reactivate, Reason};
use wikiward_filters::life::{BrakeError, Filters};
use wikiward_filters::model::Class;
use wire::{body, letter, newest_evidence};

/// Most filters that are reactivated at once.
const AT_ONCE_MAX: usize = 50;

/// The routes of brakes on wikis; [`crate::farm`] mounts them for the farm, too.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(reactivate_many))
        .routes(routes!(read))
        .routes(routes!(reactivate))
        .routes(routes!(prepare))
        .routes(routes!(confirm))
        .routes(routes!(end))
        .routes(routes!(lockdown))
        .routes(routes!(cap))
}

/// The same for the farm, without the description.
pub(crate) fn farm_routes() -> Router<Api> {
    Router::new()
        .route("/v1/farm/filters/brake/reactivate", post(reactivate_many))
        .route("/v1/farm/filters/{id}/brake", get(read))
        .route("/v1/farm/filters/{id}/brake/reactivate", post(reactivate))
        .route("/v1/farm/filters/{id}/brake/holds", post(prepare))
        .route("/v1/farm/filters/{id}/brake/holds/{hold}/confirm", post(confirm))
        .route("/v1/farm/filters/{id}/brake/holds/{hold}", delete(end))
        .route("/v1/farm/filters/{id}/brake/lockdown", post(lockdown))
        .route("/v1/farm/filters/{id}/brake/caps", post(cap))
}

fn classes(letters: &[String]) -> Result<Vec<Class>, Problem> {
    let wrong = || Problem::new(Code::BadRequest, "`classes` are D, O and N");
    letters.iter().take(10).map(|letter| class_of(letter).ok_or_else(wrong)).collect()
}

/// Tells what the brake has decided about a filter, and why.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}/brake", tag = "brake",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`")),
    responses((status = 200, body = BrakeBody), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn read(
    State(filters): State<Filters>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
) -> Result<Json<BrakeBody>, Problem> {
    let (filter, braked) = filters.brake(&viewer, &place.wiki, place.part("id")).await?;
    let mut answer = body(&filter, &braked, &viewer, &place, clock.now());
    if shows_detail(&viewer, &place.wiki) {
        let statistics = filters.brake_statistics(&viewer, &place.wiki, place.part("id")).await?;
        answer.statistics = Some(statistics.into_iter().map(StatisticsBody::from).collect());
    }
    Ok(Json(answer))
}

/// Reactivates a braked filter: it does again what it did. Version, editor, age and counts stay what they are.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/filters/{id}/brake/reactivate", tag = "brake",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`")),
    request_body = ReactivateBody,
    responses((status = 200, body = BrakeBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 429, body = ProblemBody)))]
async fn reactivate(
    State(filters): State<Filters>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    Json(write): Json<ReactivateBody>,
) -> Result<Json<BrakeBody>, Problem> {
    let (reason, words) = Reason::new(&write.reason_code, &write.reason)?;
    let request =
        Reactivate { reason, words, classes: classes(&write.classes)?, expect_latch: write.expect_latch.clone() };
    match filters.reactivate(&viewer, &place.wiki, place.part("id"), &request).await {
        Ok((filter, braked)) => Ok(Json(body(&filter, &braked, &viewer, &place, clock.now()))),
        // What led to the new latch, for who decides again.
        Err(BrakeError::LatchChanged(braked)) => {
            let evidence = newest_evidence(&braked, shows_detail(&viewer, &place.wiki));
            Err(Problem::from(BrakeError::LatchChanged(braked)).with("evidence", json!(evidence)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Reactivates several braked filters, each by itself.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/filters/brake/reactivate", tag = "brake",
    params(("wiki" = String, Path, description = "Database name of the wiki")), request_body = ReactivateManyBody,
    responses((status = 200, body = ReactivatedManyBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody)))]
async fn reactivate_many(
    State(filters): State<Filters>,
    Person(viewer): Person,
    place: Place,
    Json(write): Json<ReactivateManyBody>,
) -> Result<Json<ReactivatedManyBody>, Problem> {
    if write.ids.is_empty() || write.ids.len() > AT_ONCE_MAX {
        return Err(Problem::new(Code::BadRequest, "`ids` are 1 to 50 filters"));
    }
    let (reason, words) = Reason::new(&write.reason_code, &write.reason)?;
    let request = Reactivate { reason, words, classes: classes(&write.classes)?, expect_latch: None };
    let mut items = Vec::new();
    for id in write.ids {
        let refused = filters.reactivate(&viewer, &place.wiki, &id, &request).await.err();
        // Nothing of the others will succeed either.
        if let Some(BrakeError::Store(error)) = refused {
            return Err(error.into());
        }
        items.push(ReactivatedBody {
            id,
            reactivated: refused.is_none(),
            code: refused.as_ref().map(wikiward_farm::Coded::code),
            detail: refused.as_ref().map(ToString::to_string),
        });
    }
    Ok(Json(ReactivatedManyBody { items }))
}

/// Prepares a hold of the brake: nothing happens before it is confirmed within two minutes.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/filters/{id}/brake/holds", tag = "brake",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`")),
    request_body = HoldWrite,
    responses((status = 201, body = HoldSheetBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody), (status = 429, body = ProblemBody)))]
async fn prepare(
    State(filters): State<Filters>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    Json(write): Json<HoldWrite>,
) -> Result<Response, Problem> {
    let gid = place.part("id");
    let wish = PrepareHold { seconds: write.seconds, reason: write.reason, for_second_person: write.second_person };
    let sheet = filters.prepare_hold(&viewer, &place.wiki, gid, &wish).await?;
    let (filter, braked) = filters.brake(&viewer, &place.wiki, gid).await?;
    let releases = sheet.classes.iter().filter(|it| it.is_latched).map(|it| letter(it.class));
    let body = HoldSheetBody {
        releases: releases.collect(),
        hold_id: sheet.hold_id,
        confirm_token: sheet.confirm_token,
        confirm_until: time(sheet.confirm_until),
        second_person: sheet.needs_second_person,
        caps: json!({"h": sheet.caps.0, "day": sheet.caps.1}),
        holds_7d: sheet.holds_week,
        held_24h_s: sheet.held_day_s,
        hits_24h: sheet.hits_day.map(ByStandingBody::from),
        brake: body(&filter, &braked, &viewer, &place, clock.now()),
    };
    Ok((StatusCode::CREATED, axum::Extension(crate::idempotency::HoldsSecret), Json::<_>(body)).into_response())
}

/// Confirms a hold: until its end the filter is braked at the ceilings only, and what was latched is released.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/filters/{id}/brake/holds/{hold}/confirm", tag = "brake",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"), ("hold" = String, Path, description = "Name of the hold")),
    request_body = HoldConfirm,
    responses((status = 200, body = BrakeBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody)))]
async fn confirm(
    State(filters): State<Filters>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    Json(write): Json<HoldConfirm>,
) -> Result<Json<BrakeBody>, Problem> {
    let request = ConfirmHold { token: write.confirm_token, acknowledge: write.acknowledge };
    let confirmed = filters.confirm_hold(&viewer, &place.wiki, place.part("id"), place.part("hold"), &request).await?;
    Ok(Json(body(&confirmed.0, &confirmed.1, &viewer, &place, clock.now())))
}

/// Ends a hold. What stands against the filter counts at once.
#[utoipa::path(delete, path = "/v1/wikis/{wiki}/filters/{id}/brake/holds/{hold}", tag = "brake",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"), ("hold" = String, Path, description = "Name of the hold")),
    responses((status = 200, body = BrakeBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn end(
    State(filters): State<Filters>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
) -> Result<Json<BrakeBody>, Problem> {
    let (filter, braked) = filters.end_hold(&viewer, &place.wiki, place.part("id"), place.part("hold")).await?;
    Ok(Json(body(&filter, &braked, &viewer, &place, clock.now())))
}

/// Declares a lockdown: for a while, that normal traffic goes missing does not latch the filter. Ends by itself.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/filters/{id}/brake/lockdown", tag = "brake",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`")),
    request_body = LockdownBody,
    responses((status = 200, body = BrakeBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody)))]
async fn lockdown(
    State(filters): State<Filters>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    Json(write): Json<LockdownBody>,
) -> Result<Json<BrakeBody>, Problem> {
    let declared = filters.lockdown(&viewer, &place.wiki, place.part("id"), write.seconds, &write.reason).await?;
    Ok(Json(body(&declared.0, &declared.1, &viewer, &place, clock.now())))
}

/// Gives a filter ceilings of its own on what it destroys; more than its group allows needs the right to declare lockdowns.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/filters/{id}/brake/caps", tag = "brake",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`")),
    request_body = CapsWrite,
    responses((status = 200, body = BrakeBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody)))]
async fn cap(
    State(filters): State<Filters>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    Json(write): Json<CapsWrite>,
) -> Result<Json<BrakeBody>, Problem> {
    let caps = match (write.cap_1h, write.cap_24h) {
        (Some(hour), Some(day)) => Some((hour, day)),
        (None, None) => None,
        _ => return Err(Problem::new(Code::BadRequest, "`cap_1h` and `cap_24h` are given both, or neither")),
    };
    let capped = filters.cap(&viewer, &place.wiki, place.part("id"), caps, &write.reason).await?;
    Ok(Json(body(&capped.0, &capped.1, &viewer, &place, clock.now())))
}

impl From<BrakeError> for Problem {
    fn from(error: BrakeError) -> Self {
        let detail = error.to_string();
        match error {
            BrakeError::NotFound => Self::not_found(),
            BrakeError::Forbidden(right) => Self::forbidden(right),
            BrakeError::Bad { field, message } => Self::new(Code::BadRequest, format!("`{field}`: {message}")),
            BrakeError::NotBraked => Self::new(Code::NotBraked, detail),
            BrakeError::LatchChanged(braked) => Self::new(Code::LatchChanged, detail)
                .with("latch_id", json!(braked.latch_id()))
                .with("latched", json!(braked.latched().into_iter().map(letter).collect::<Vec<_>>())),
            BrakeError::TooOften => Self::new(Code::RateLimited, detail).retry_after_s(3_600),
            BrakeError::NotNow(not_now) => Self::new(Code::RateLimited, detail).retry_after_s(not_now.retry_after_s()),
            BrakeError::NotEnabled => Self::new(Code::NotEnabled, detail),
            BrakeError::HoldActive { until } => Self::new(Code::HoldActive, detail).with("until", json!(time(until))),
            BrakeError::HoldTooLong { most } => Self::new(Code::HoldTooLong, detail).with("seconds_max", json!(most)),
            BrakeError::HoldBudget { .. } => Self::new(Code::HoldBudget, detail),
            BrakeError::ConfirmExpired => Self::new(Code::ConfirmExpired, detail),
            BrakeError::OwnFreshEdit => Self::new(Code::OwnFreshEdit, detail),
            BrakeError::SecondPersonNeeded => Self::new(Code::SecondPersonNeeded, detail),
            BrakeError::SamePerson => Self::new(Code::SamePerson, detail),
            BrakeError::Store(error) => error.into(),
        }
    }
}
