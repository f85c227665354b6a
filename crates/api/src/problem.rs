//! Problems: what an error looks like to the caller (RFC 9457).

mod code;

pub use code::Code;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use wikiward_farm::Coded;
use wikiward_store::StoreError;

/// An error as it is answered: `application/problem+json`.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    extra: Map<String, Value>,
    retry_after_s: Option<u32>,
}

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Stable code, such as `bad_syntax`.
    pub code: String,
    /// The field meant, as a path: `actions.throttle[1]`.
    pub field: String,
    /// Bytes of the field's text that are meant, from and to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<(u32, u32)>,
    /// Values that belong to the message.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<String>,
    /// What is wrong and what to do, for people.
    pub message: String,
}

/// The body of a problem.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// Names the kind of problem: `urn:wikiward:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// Stable code.
    code: String,
    /// What kind of problem it is, for people.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong this time, for people.
    detail: String,
    /// What is wrong with the document, all at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

impl Problem {
    /// A problem of this kind; `detail` says what is wrong this time.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let parts = Parts { code, detail: detail.into(), errors: Vec::new(), extra: Map::new(), retry_after_s: None };
        Self(Box::new(parts))
    }

    /// What is not there, or may not be seen: the same answer for both.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "there is nothing here that you may see")
    }

    /// A right is missing on something whose existence the caller may know.
    pub fn forbidden(what: impl std::fmt::Display) -> Self {
        Self::new(Code::Forbidden, format!("this needs the right {what}"))
    }

    /// Adds what is wrong with the document.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// Adds a member to the body; names of the standard's members are not for this.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.0.extra.insert(name.to_owned(), value);
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after_s(mut self, seconds: u32) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Its HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.code.status()
    }

    /// The body.
    pub fn body(&self) -> Value {
        let parts = &*self.0;
        let body = ProblemBody {
            kind: format!("urn:wikiward:problem:{}", parts.code.name()),
            code: parts.code.name().into(),
            title: parts.code.title().into(),
            status: parts.code.status().as_u16(),
            detail: parts.detail.clone(),
            errors: parts.errors.clone(),
        };
        let mut body = serde_json::to_value(body).unwrap_or_default();
        if let Value::Object(members) = &mut body {
            members.extend(parts.extra.clone());
        }
        body
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.body().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.0.retry_after_s {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(axum::http::header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_passing() {
            let detail = "the database cannot be asked or written to now, so nothing was changed. Try again";
            return Self::new(Code::StoreUnavailable, detail).retry_after_s(5);
        }
        tracing::error!(
            error = &error as &dyn std::error::Error,
            code = error.code(),
            "the database refused a request"
        );
        Self::new(Code::Internal, "something went wrong here; the log says what")
    }
}
