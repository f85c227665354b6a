//! What editors try a rule with.

use crate::auth::Person;
use crate::evaluate::value::Vars;
use crate::json::{Json, part};
use crate::problem::{Code, FieldError, Problem, ProblemBody};
use crate::state::Api;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Clock, Right, WikiId};
use wikiward_filters::judge::Judge;
use wikiward_filters::judge::tools::{self, TryError};
use wikiward_filters::snapshot::LiveGroup;
use wikiward_rules::{RuleError, wire};

/// The routes of the tools.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(evaluate)).routes(routes!(check_syntax)).routes(routes!(check_match))
}

/// An expression.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ExpressionBody {
    /// The wiki on which the right to use the tools is asked for.
    pub wiki: String,
    /// The expression; it may read the time and the wiki's name.
    pub expression: String,
}

/// A rule.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RuleBody {
    /// The wiki on which the right to use the tools is asked for.
    pub wiki: String,
    /// The group whose variables it may read; `default` if nothing is said.
    #[serde(default)]
    pub group: Option<String>,
    /// The rule.
    pub rules: String,
}

/// A rule and the variables to try it on.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MatchBody {
    /// The wiki on which the right to use the tools is asked for.
    pub wiki: String,
    /// The group whose variables it may read; `default` if nothing is said.
    #[serde(default)]
    pub group: Option<String>,
    /// The rule.
    pub rules: String,
    /// Values of variables, by name; derived ones follow from them.
    #[schema(value_type = Object)]
    pub vars: Vars,
}

/// What an expression gave.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueBody {
    /// Its value.
    #[schema(value_type = Object)]
    result: Value,
    /// Conditions that it used.
    conditions: u32,
}

/// Whether a rule matched.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatchedBody {
    /// Whether it did.
    result: bool,
    /// Conditions that it used.
    conditions: u32,
}

/// What is to be said of a rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyntaxBody {
    /// `ok` or `error`.
    status: &'static str,
    /// What is odd about it.
    warnings: Vec<RemarkBody>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Stable id of what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'static str>,
    /// Byte of the rule at which it goes wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    character: Option<u32>,
}

/// Something odd about a rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemarkBody {
    /// What: its stable id.
    message: String,
    /// Byte of the rule.
    character: u32,
}

/// The value of an expression.
#[utoipa::path(post, path = "/v1/eval", tag = "tools", request_body = ExpressionBody,
    responses((status = 200, body = ValueBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn evaluate(
    State(judge): State<Arc<Judge>>,
    State(clock): State<Arc<dyn Clock>>,
    person: Person,
    Json(body): Json<ExpressionBody>,
) -> Result<Json<ValueBody>, Problem> {
    let wiki: WikiId = part(&body.wiki)?;
    person.need(Right::ViewPrivate, &wiki)?;
    let group = group(&judge, None)?;
    let tried =
        tools::evaluate(&body.expression, &wiki, clock.now(), &group).map_err(|error| failed(error, "expression"))?;
    Ok(Json(ValueBody { result: wire::render_value(&tried.value), conditions: tried.conditions }))
}

/// What is wrong with a rule, if anything.
#[utoipa::path(post, path = "/v1/check-syntax", tag = "tools", request_body = RuleBody,
    responses((status = 200, body = SyntaxBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody)))]
async fn check_syntax(
    State(judge): State<Arc<Judge>>,
    person: Person,
    Json(body): Json<RuleBody>,
) -> Result<Json<SyntaxBody>, Problem> {
    person.need(Right::ViewPrivate, &part(&body.wiki)?)?;
    let group = group(&judge, body.group.as_deref())?;
    Ok(Json(match tools::check_syntax(&body.rules, &group) {
        Ok(warnings) => SyntaxBody {
            status: "ok",
            warnings: warnings
                .iter()
                .map(|warning| RemarkBody { message: warning.id.to_owned(), character: warning.position })
                .collect(),
            message: None,
            id: None,
            character: None,
        },
        Err(error) => SyntaxBody {
            status: "error",
            warnings: Vec::new(),
            message: Some(error.message()),
            id: Some(error.id.name()),
            character: error.position,
        },
    }))
}

/// Whether a rule matches an action with these variables.
#[utoipa::path(post, path = "/v1/check-match", tag = "tools", request_body = MatchBody,
    responses((status = 200, body = MatchedBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn check_match(
    State(judge): State<Arc<Judge>>,
    person: Person,
    Json(body): Json<MatchBody, { wikiward_filters::judge::BODY_BYTES_MAX }>,
) -> Result<Json<MatchedBody>, Problem> {
    person.need(Right::ViewPrivate, &part(&body.wiki)?)?;
    let group = group(&judge, body.group.as_deref())?;
    let tried = tools::check_match(&body.rules, body.vars.0, &group).map_err(|error| failed(error, "rules"))?;
    Ok(Json(MatchedBody { result: tried.value.is_true(), conditions: tried.conditions }))
}

fn group(judge: &Judge, name: Option<&str>) -> Result<Arc<LiveGroup>, Problem> {
    let name = name.unwrap_or(wikiward_filters::groups::builtin::DEFAULT);
    let group = judge.snapshots().current().group(name).cloned();
    group.ok_or_else(|| Problem::new(Code::UnknownGroup, "there is no such group of filters"))
}

fn failed(error: TryError, field: &str) -> Problem {
    match error {
        TryError::Variable(error) => error.into(),
        TryError::Rule(error) => Problem::new(Code::Invalid, format!("the rule does not work: {error}"))
            .with_errors(vec![rule_error(&error, field)]),
    }
}

pub(crate) fn rule_error(error: &RuleError, field: &str) -> FieldError {
    FieldError {
        code: "bad_syntax".into(),
        field: field.into(),
        span: Some((error.span.start, error.span.end)),
        params: error.params.iter().map(ToString::to_string).collect(),
        message: error.message(),
    }
}
