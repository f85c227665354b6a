//! Explanations: why a rule gave what it gave, on one action or on many.

use crate::auth::Person;
use crate::check::rule_error;
use crate::hits::Sights;
use crate::json::{Json, part};
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::Api;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Clock, Id, WikiId};
use wikiward_filters::explain::{ACTIONS_MAX, ExplainError, Explainer, On, OnMany, Subject};
use wikiward_filters::hits::Hits;
use wikiward_filters::judge::Judge;
use wikiward_filters::life::Filters;
use wikiward_filters::model::{FilterKey, Version};

/// The routes of explanations.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(explain)).routes(routes!(aggregate))
}

/// What explanations are made from.
#[derive(Clone)]
struct Makings {
    filters: Filters,
    hits: Hits,
    judge: Arc<Judge>,
    clock: Arc<dyn Clock>,
    sights: Sights,
}

impl axum::extract::FromRef<Api> for Makings {
    fn from_ref(api: &Api) -> Self {
        Self {
            filters: api.filters.clone(),
            hits: api.hits.clone(),
            judge: api.judge.clone(),
            clock: api.clock.clone(),
            sights: Sights::from_ref(api),
        }
    }
}

/// What is to be explained, and on what.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ExplainBody {
    /// The wiki; `*` for the farm.
    wiki: String,
    /// The text of a rule; or name a filter; or neither, with a hit: then the version that made the hit is meant.
    #[serde(default)]
    rule: Option<String>,
    /// The group that the text is of; the action's, or `default`, if nothing is said.
    #[serde(default)]
    group: Option<String>,
    /// `17`, or `global-17` for a farm-wide filter.
    #[serde(default)]
    filter: Option<String>,
    /// A version of the filter; the one that made the hit if nothing is said, else the present one.
    #[serde(default)]
    version: Option<u32>,
    action: ExplainAction,
    #[serde(default)]
    options: ExplainChoices,
}

/// An action: one of these.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct ExplainAction {
    /// The action of this hit.
    hit: Option<String>,
    /// The action in the archive that this evaluation judged.
    archive: Option<String>,
    /// An action with these variables.
    #[schema(value_type = Option<Object>)]
    vars: Option<Map<String, Value>>,
    /// Its kind, with `vars`; `edit` if nothing is said.
    kind: Option<String>,
}

/// How it is explained.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct ExplainChoices {
    /// Whether parts that were skipped are evaluated, too; they are marked `speculative`.
    full: bool,
}

/// Why a rule gave what it gave.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplanationBody {
    /// The filter; absent for a rule's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    /// The text of the rule, in which `span` counts bytes.
    rules: String,
    /// `result`, `conditions`, `time_us`, `decisive`, `nodes`, and `error` or `needs` if it ended with one.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    explanation: Value,
}

/// A rule, and the actions on which it is summed up.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AggregateBody {
    /// The wiki; `*` for the farm.
    wiki: String,
    /// The text of a rule; or name a filter; or neither, with hits: then the version that made the first one is meant.
    #[serde(default)]
    rule: Option<String>,
    /// The group that the text is of.
    #[serde(default)]
    group: Option<String>,
    /// `17`, or `global-17` for a farm-wide filter.
    #[serde(default)]
    filter: Option<String>,
    /// A version of the filter; the one that made the first hit if nothing is said.
    #[serde(default)]
    version: Option<u32>,
    actions: AggregateActions,
}

/// Actions: one of these.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct AggregateActions {
    /// Those of these hits, 1 to 1,000.
    #[schema(max_items = 1000)]
    hits: Option<Vec<String>>,
    /// Those of the newest hits of the filter, 1 to 1,000.
    #[schema(minimum = 1, maximum = 1000)]
    newest: Option<usize>,
    /// The newest ones in the archive that the filter's group judged, 1 to 1,000.
    #[schema(minimum = 1, maximum = 1000)]
    archive: Option<usize>,
}

/// Explanations of one rule on many actions, summed up.
#[derive(Debug, Serialize, ToSchema)]
pub struct SummedBody {
    /// The filter; absent for a rule's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    /// The text of the rule, in which `span` counts bytes.
    rules: String,
    /// Actions that were found.
    found: usize,
    /// Actions whose variables are not kept, or may not be seen.
    unreadable: usize,
    /// Whether it took too long for all of them.
    cut: bool,
    /// `actions`, `matches`, `no_matches`, `undecided`, `errors`, and `nodes`: how often each part had which value, and how
    /// often it was decisive.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    sum: Value,
}

/// Explains why a rule gave what it gave, part by part. On a hit, its own version is explained if nothing else is named.
#[utoipa::path(post, path = "/v1/explain", tag = "tools", request_body = ExplainBody,
    responses((status = 200, body = ExplanationBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody), (status = 422, body = ProblemBody), (status = 423, body = ProblemBody)))]
async fn explain(
    State(makings): State<Makings>,
    person: Person,
    Json(body): Json<ExplainBody, { wikiward_filters::judge::BODY_BYTES_MAX }>,
) -> Result<Json<ExplanationBody>, Problem> {
    let wiki: WikiId = part(&body.wiki)?;
    let on = match (body.action.hit, body.action.archive, body.action.vars) {
        (Some(hit), None, None) => On::Hit(part(&hit)?),
        (None, Some(archived), None) => On::Archived(part(archived.strip_prefix("ev_").unwrap_or(&archived))?),
        (None, None, Some(values)) => On::Variables { kind: body.action.kind.unwrap_or_else(|| "edit".into()), values },
        _ => return Err(Problem::new(Code::BadRequest, "`action` names one of `hit`, `archive` and `vars`")),
    };
    let subject =
        Subject { rule: body.rule, group: body.group, filter: body.filter, version: body.version.map(Version) };
    let sight = makings.sights.of(&person.0, &wiki).await?;
    let explained = makings.explainer(&person, &wiki, &sight).one(&subject, &on, body.options.full).await?;
    let (filter, version) = named(explained.filter.as_ref(), &wiki);
    Ok(Json(ExplanationBody { filter, version, rules: explained.rules, explanation: explained.explanation.to_json() }))
}

/// Sums up explanations of one rule on many stored actions: which alternative lets it match, which one keeps it from it.
#[utoipa::path(post, path = "/v1/explain/aggregate", tag = "tools", request_body = AggregateBody,
    responses((status = 200, body = SummedBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody), (status = 422, body = ProblemBody), (status = 423, body = ProblemBody), (status = 429, body = ProblemBody)))]
async fn aggregate(
    State(makings): State<Makings>,
    person: Person,
    Json(body): Json<AggregateBody>,
) -> Result<Json<SummedBody>, Problem> {
    let wiki: WikiId = part(&body.wiki)?;
    let on = match (body.actions.hits, body.actions.newest, body.actions.archive) {
        (Some(hits), None, None) if (1..=ACTIONS_MAX).contains(&hits.len()) => {
            OnMany::Hits(hits.iter().map(|id| part(id)).collect::<Result<Vec<Id>, _>>()?)
        }
        (None, Some(newest), None) if (1..=ACTIONS_MAX).contains(&newest) => OnMany::Newest(newest),
        (None, None, Some(count)) if (1..=ACTIONS_MAX).contains(&count) => OnMany::Archived(count),
        _ => {
            let detail =
                format!("`actions` names `hits`, or how many of the `newest` or of the `archive`: 1 to {ACTIONS_MAX}");
            return Err(Problem::new(Code::BadRequest, detail));
        }
    };
    let subject =
        Subject { rule: body.rule, group: body.group, filter: body.filter, version: body.version.map(Version) };
    let sight = makings.sights.of(&person.0, &wiki).await?;
    let summed = makings.explainer(&person, &wiki, &sight).many(&subject, &on).await?;
    let (filter, version) = named(summed.filter.as_ref(), &wiki);
    Ok(Json(SummedBody {
        filter,
        version,
        rules: summed.rules,
        found: summed.found,
        unreadable: summed.unreadable,
        cut: summed.is_cut,
        sum: summed.sum.to_json(),
    }))
}

/// How a filter is named on `wiki`, and its version.
fn named(filter: Option<&(FilterKey, Version)>, wiki: &WikiId) -> (Option<String>, Option<u32>) {
    let name = |key: &FilterKey| if key.wiki == *wiki { key.number.to_string() } else { key.gid() };
    (filter.map(|(key, _)| name(key)), filter.map(|(_, version)| version.0))
}

impl Makings {
    fn explainer<'e>(
        &'e self,
        person: &'e Person,
        wiki: &'e WikiId,
        sight: &'e wikiward_filters::hits::Sight,
    ) -> Explainer<'e> {
        Explainer {
            filters: &self.filters,
            hits: &self.hits,
            judge: &self.judge,
            clock: self.clock.clone(),
            viewer: &person.0,
            wiki,
            sight,
        }
    }
}

impl From<ExplainError> for Problem {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::NotFound => Self::not_found(),
            ExplainError::Forbidden(right) => Self::forbidden(right),
            ExplainError::Unclear => Self::new(Code::BadRequest, error.to_string()),
            ExplainError::UnknownGroup => Self::new(Code::UnknownGroup, error.to_string()),
            ExplainError::NoVariables => Self::new(Code::NoVariables, error.to_string()),
            ExplainError::Rule(error) => Self::new(Code::Invalid, format!("the rule does not work: {error}"))
                .with_errors(vec![rule_error(&error, "rule")]),
            ExplainError::Variable(error) => error.into(),
            ExplainError::Busy => Self::new(Code::RateLimited, error.to_string()).retry_after_s(5),
            ExplainError::Hit(error) => error.into(),
        }
    }
}
