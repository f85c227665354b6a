//! The emergency brake of filters: what it decided, reactivating, holding.

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
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Clock, Right, Timestamp, Viewer, WikiId};
use wikiward_filters::brake::latch::{class_letter, class_of};
use wikiward_filters::brake::live::{ByStanding, Statistics, numbers};
use wikiward_filters::life::braking::{ConfirmHold, PrepareHold, Reactivate, Reason};
use wikiward_filters::life::{BrakeError, Braked, Filters};
use wikiward_filters::model::{Class, Filter};

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

/// A hold of the brake that is going on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HoldBody {
    hold_id: String,
    from: String,
    until: String,
    by: String,
    reason: String,
    /// Letters of the classes that would have latched meanwhile.
    would_have_latched: Vec<String>,
}

/// What the brake has decided about a filter on a wiki.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BrakeState {
    /// Letters of the classes that are withheld: `D`, `O` (with it all), `N`.
    latched: Vec<String>,
    /// Names the latches as they stand; another one with each new latch.
    latch_id: Option<String>,
    since: Option<String>,
    /// Whether it is latched on all wikis.
    farm_wide: bool,
    /// Whether nobody in good standing has been hit for long enough: it looks safe to reactivate.
    recovering: bool,
    hold: Option<HoldBody>,
    /// The end of a lockdown that was declared.
    lockdown_until: Option<String>,
    /// What led to the hardest latch; of it only path and time for who may not see details.
    evidence: Option<Value>,
}

/// One class that is withheld.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LatchBody {
    /// `D`, `O` or `N`.
    class: String,
    /// `A`: harm to people in good standing; `B`: normal traffic went missing; `C`: too much was destroyed; `farm`: latched on
    /// several wikis.
    path: &'static str,
    since: String,
    recovering_since: Option<String>,
    /// The numbers; absent for who may not see details.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Value>,
}

/// A filter's brake.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BrakeBody {
    id: String,
    wiki: String,
    version: u32,
    /// `standard`, `lockdown` or `compat`.
    profile: &'static str,
    #[serde(flatten)]
    state: BrakeState,
    latches: Vec<LatchBody>,
    /// Ceilings of the filter's own: distinct targets in an hour (`h`) and a day (`day`); null if it has those of its group.
    caps: Option<Value>,
    /// What is counted, by kind of action; absent for who may not see details.
    #[serde(skip_serializing_if = "Option::is_none")]
    statistics: Option<Vec<StatisticsBody>>,
}

/// Path A for one class.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HarmBody {
    class: String,
    /// The sum, less what observations since the last hit take back.
    #[serde(rename = "S")]
    sum: f64,
    /// What it trips at.
    h: f64,
    /// People in good standing who were hit within 24 hours.
    people: u32,
    /// Ranges that they came from.
    ranges: u32,
}

/// Path B; absent while nothing is expected, or the filter hits nobody.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MissingBody {
    /// The evidence.
    #[serde(rename = "T")]
    pull: f64,
    /// What it trips at.
    h: f64,
    /// Observations that were expected.
    expected: f64,
    /// Those that came and were not matched.
    unmatched: u64,
    /// Distinct origins that were matched.
    matched: usize,
}

/// Hits of the last day by the standing of who was hit.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ByStandingBody {
    /// People in good standing.
    good: u32,
    /// Other accounts with a name.
    named: u32,
    /// Addresses and temporary accounts.
    unnamed: u32,
}

/// What would have latched.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WouldBody {
    class: String,
    path: &'static str,
    at: String,
}

/// What the brake has counted for one kind of action.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StatisticsBody {
    kind: String,
    harm: Vec<HarmBody>,
    missing: Option<MissingBody>,
    /// Distinct targets of what was destroyed within an hour and a day, and the ceilings.
    destroyed_1h: u32,
    destroyed_24h: u32,
    cap_1h: u32,
    cap_24h: u32,
    good_per_day: f64,
    matched_origins_1h: u32,
    all_origins_1h: u32,
    /// Whether what is expected leaves out who was reverted, deleted or blocked since.
    is_clean: bool,
    hits_24h: ByStandingBody,
    /// Of a filter that only tags or leaves rows: what would have been braked, had it refused.
    would_have_latched: Option<WouldBody>,
}

impl From<ByStanding> for ByStandingBody {
    fn from(ByStanding { good, named, unnamed }: ByStanding) -> Self {
        Self { good, named, unnamed }
    }
}

impl From<Statistics> for StatisticsBody {
    fn from(it: Statistics) -> Self {
        let round = |number: f64| (number * 1e4).round() / 1e4;
        let harm = it.readings.harm.iter().map(|harm| HarmBody {
            class: letter(harm.class),
            sum: round(harm.sum),
            h: round(harm.threshold),
            people: harm.people,
            ranges: harm.ranges,
        });
        let missing = it.readings.missing.map(|missing| MissingBody {
            pull: round(missing.pull),
            h: round(missing.threshold),
            expected: round(missing.expected),
            unmatched: missing.unmatched,
            matched: missing.matched,
        });
        let would = it.would_have.map(|(class, path, at)| WouldBody {
            class: class.to_string(),
            path: path.letter(),
            at: time(at),
        });
        Self {
            harm: harm.collect(),
            missing,
            destroyed_1h: it.readings.destroyed.0,
            destroyed_24h: it.readings.destroyed.1,
            cap_1h: it.caps.0,
            cap_24h: it.caps.1,
            good_per_day: round(it.good_per_day),
            matched_origins_1h: it.origins.0,
            all_origins_1h: it.origins.1,
            is_clean: it.is_clean,
            hits_24h: it.hits.into(),
            would_have_latched: would,
            kind: it.kind,
        }
    }
}

/// Ceilings of a filter's own.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CapsWrite {
    /// Distinct targets in an hour, 1 to 500; both null: those of the group.
    cap_1h: Option<u32>,
    /// Distinct targets in a day, `cap_1h` to 500.
    cap_24h: Option<u32>,
    /// 3 to 500 characters.
    reason: String,
}

/// Why latches are released.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ReactivateBody {
    /// `attack`: its people do not count against the filter for 30 days; `accepted`: the matches are right; `other`: see
    /// `reason`.
    reason_code: String,
    /// 3 to 500 characters with `other`.
    #[serde(default)]
    reason: String,
    /// Letters of the classes meant; all if none is named.
    #[serde(default)]
    classes: Vec<String>,
    /// The latch that was looked at: if there is another one now, nothing is done.
    #[serde(default)]
    expect_latch: Option<String>,
}

/// Several filters to be reactivated.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ReactivateManyBody {
    /// 1 to 50 filters.
    ids: Vec<String>,
    /// `attack`, `accepted` or `other`.
    reason_code: String,
    /// 3 to 500 characters with `other`.
    #[serde(default)]
    reason: String,
    /// Letters of the classes meant; all if none is named.
    #[serde(default)]
    classes: Vec<String>,
}

/// What came of one of several filters.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReactivatedBody {
    id: String,
    reactivated: bool,
    /// The problem's code, if it was not.
    code: Option<&'static str>,
    detail: Option<String>,
}

/// What came of several filters.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReactivatedManyBody {
    items: Vec<ReactivatedBody>,
}

/// A hold that is wished for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct HoldWrite {
    /// 60 to what the wiki allows (3,600 if it says nothing).
    seconds: u32,
    /// 3 to 500 characters.
    reason: String,
    /// Another person with the right will confirm it; needed beyond the holds of a day, and for one's own fresh edits.
    #[serde(default)]
    second_person: bool,
}

/// What a hold would do; to be looked at, then confirmed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HoldSheetBody {
    hold_id: String,
    confirm_token: String,
    confirm_until: String,
    /// Whether somebody else must confirm it.
    second_person: bool,
    /// Letters of the classes that would be released.
    releases: Vec<String>,
    /// Distinct targets of destructive consequences, in an hour and a day, at which it latches all the same.
    caps: Value,
    /// Holds of the filter here in the last seven days.
    holds_7d: u32,
    /// Seconds of holds in the last 24 hours.
    held_24h_s: u32,
    /// Who was hit within 24 hours, by standing; null for who may not see details.
    hits_24h: Option<ByStandingBody>,
    /// The brake as it stands.
    brake: BrakeBody,
}

/// A lockdown: the rule is meant to be broad.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct LockdownBody {
    /// 60 to 604,800; 0 ends one that goes on.
    seconds: u32,
    /// 3 to 500 characters.
    reason: String,
}

/// A hold that is confirmed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct HoldConfirm {
    confirm_token: String,
    /// What was looked at, in 3 to 500 characters.
    acknowledge: String,
}

fn letter(class: Class) -> String {
    class_letter(class).to_string()
}

fn evidence(braked: &Braked, class: Class, shows_detail: bool) -> Option<Value> {
    let latch = braked.latch(class)?;
    let mut numbers = if shows_detail { numbers(class, &latch.evidence) } else { json!({}) };
    if let Some(numbers) = numbers.as_object_mut() {
        numbers.insert("path".into(), json!(latch.path.letter()));
        numbers.insert("since".into(), json!(time(latch.since)));
    }
    Some(numbers)
}

/// Whether the caller sees who and how many stand behind a latch.
pub(crate) fn shows_detail(viewer: &Viewer, wiki: &WikiId) -> bool {
    viewer.may(Right::LogDetail, wiki)
}

impl BrakeState {
    /// What was decided, as it is seen at `now`.
    pub fn new(braked: &Braked, shows_detail: bool, now: Timestamp) -> Self {
        let latched = braked.latched();
        let hold = braked.hold(now).map(|hold| HoldBody {
            hold_id: hold.id.clone(),
            from: time(hold.from),
            until: time(hold.until),
            by: hold.by.clone(),
            reason: hold.reason.clone(),
            would_have_latched: hold.would_have.iter().map(|(letter, ..)| letter.to_string()).collect(),
        });
        Self {
            latch_id: braked.latch_id().map(str::to_owned),
            since: braked.since().map(time),
            farm_wide: braked.farm.is_latched(),
            recovering: braked.is_recovering(),
            hold,
            lockdown_until: braked.lockdown(now).map(time),
            evidence: latched.first().and_then(|class| evidence(braked, *class, shows_detail)),
            latched: latched.into_iter().map(letter).collect(),
        }
    }
}

fn body(filter: &Filter, braked: &Braked, viewer: &Viewer, place: &Place, now: Timestamp) -> BrakeBody {
    let shows_detail = shows_detail(viewer, &place.wiki);
    let latches = braked.latched().into_iter().filter_map(|class| {
        let latch = braked.latch(class)?;
        Some(LatchBody {
            class: letter(class),
            path: latch.path.letter(),
            since: time(latch.since),
            recovering_since: latch.recovering_since.map(time),
            evidence: shows_detail.then(|| numbers(class, &latch.evidence)),
        })
    });
    BrakeBody {
        id: if filter.key.wiki == place.wiki { filter.key.number.to_string() } else { filter.key.gid() },
        wiki: filter.key.wiki.to_string(),
        version: filter.version.0,
        profile: filter.draft.brake_profile.name(),
        latches: latches.collect(),
        caps: braked.own.caps.map(|(hour, day)| json!({"h": hour, "day": day})),
        statistics: None,
        state: BrakeState::new(braked, shows_detail, now),
    }
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
    let (filter, braked) = filters.reactivate(&viewer, &place.wiki, place.part("id"), &request).await?;
    Ok(Json(body(&filter, &braked, &viewer, &place, clock.now())))
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
    responses((status = 201, body = HoldSheetBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
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
