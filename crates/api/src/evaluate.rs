//! Judging actions: ask, go on, report back.

pub mod answer;
pub mod request;
pub mod value;

use crate::auth::Program;
use crate::json::Json;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::Api;
use answer::{AnswerBody, NeedsBody, ReplyBody};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use request::{EvaluateRequest, ResumeRequest};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::Coded as _;
use wikiward_filters::judge::{BODY_BYTES_MAX, EvaluateError, Judge, Mode, Reply, Resume};
use wikiward_people::Scope;

/// The routes of evaluations.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(evaluate)).routes(routes!(resume)).routes(routes!(late))
}

/// Judges an action: a verdict, or the variables that are needed first.
#[utoipa::path(post, path = "/v1/evaluate", tag = "evaluation", request_body = EvaluateRequest,
    responses((status = 200, body = ReplyBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody),
        (status = 503, body = ProblemBody)))]
async fn evaluate(
    State(judge): State<Arc<Judge>>,
    program: Program,
    Json(body): Json<EvaluateRequest, BODY_BYTES_MAX>,
) -> Result<Response, Problem> {
    let request = body.into_request()?;
    program.need(Scope::Evaluate, &request.wiki)?;
    let reply = judge.evaluate(request).await?;
    Ok(shown(&reply, &program))
}

/// Goes on with an evaluation that waits for variables.
#[utoipa::path(post, path = "/v1/evaluations/{id}/resume", tag = "evaluation", request_body = ResumeRequest,
    params(("id" = String, Path, description = "The evaluation")),
    responses((status = 200, body = ReplyBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody), (status = 503, body = ProblemBody)))]
async fn resume(
    State(judge): State<Arc<Judge>>,
    program: Program,
    Path(evaluation_id): Path<String>,
    Json(body): Json<ResumeRequest, BODY_BYTES_MAX>,
) -> Result<Response, Problem> {
    if !program.0.may(Scope::Evaluate) {
        return Err(Problem::new(Code::Forbidden, "this token lacks the scope `evaluate`"));
    }
    // An evaluation of another wiki is not there for this token.
    let wiki = judge.waiting_for(&evaluation_id)?;
    if !program.0.serves(&wiki) {
        return Err(EvaluateError::ResumeLost.into());
    }
    let resume = Resume {
        evaluation_id,
        resume_token: body.resume_token,
        vars: body.vars.0,
        unavailable: body.unavailable.into_keys().collect(),
    };
    let reply = judge.resume(resume).await?;
    Ok(shown(&reply, &program))
}

/// Judges an action that has already happened, for the log only.
#[utoipa::path(post, path = "/v1/late", tag = "evaluation", request_body = EvaluateRequest,
    responses((status = 200, body = ReplyBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody), (status = 503, body = ProblemBody)))]
async fn late(
    State(judge): State<Arc<Judge>>,
    program: Program,
    Json(body): Json<EvaluateRequest, BODY_BYTES_MAX>,
) -> Result<Response, Problem> {
    let mut request = body.into_request()?;
    program.need(Scope::Evaluate, &request.wiki)?;
    request.mode = Mode::Late;
    let reply = judge.evaluate(request).await?;
    Ok(shown(&reply, &program))
}

fn shown(reply: &Reply, program: &Program) -> Response {
    let body = match reply {
        Reply::Complete(answer) => ReplyBody::Complete(AnswerBody::new(answer, program.0.may(Scope::VerdictFull))),
        Reply::Needs(needs) => ReplyBody::Needs(NeedsBody::new(needs)),
    };
    Json::<_>(body).into_response()
}

impl From<EvaluateError> for Problem {
    fn from(error: EvaluateError) -> Self {
        let message = error.to_string();
        match error {
            EvaluateError::UnknownWiki => Self::not_found(),
            EvaluateError::UnknownGroup(_) => Self::new(Code::UnknownGroup, message),
            EvaluateError::BadRequest { field, message } => {
                let errors = vec![crate::problem::FieldError {
                    code: Code::BadRequest.name().into(),
                    field: field.into(),
                    span: None,
                    params: Vec::new(),
                    message: message.into(),
                }];
                Self::new(Code::BadRequest, format!("`{field}`: {message}")).with_errors(errors)
            }
            EvaluateError::UnknownVariable(_) => Self::new(Code::UnknownVariable, message),
            EvaluateError::BadVarName(_) => Self::new(Code::BadVarName, message),
            EvaluateError::VarTooLarge(_) => Self::new(Code::VarTooLarge, message),
            EvaluateError::ResumeLost => Self::new(Code::ResumeLost, message),
            EvaluateError::Overloaded => Self::new(Code::Overloaded, message).retry_after_s(1),
            EvaluateError::Store(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    code = error.code(),
                    "an action was not judged"
                );
                error.into()
            }
        }
    }
}
