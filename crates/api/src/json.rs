//! Bodies and queries as typed values, with errors that say where.

mod objects;

use crate::problem::{Code, FieldError, Problem};
use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use objects::Objects;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Most bytes of a body where nothing else is said: 1 MiB, unpacked. A filter's rule is at most 256 KiB.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// A JSON body. As an argument it refuses what is not JSON, has the wrong types or fields that are not known, or is longer
/// than `BYTES_MAX`; as an answer it is JSON.
#[derive(Debug, Clone, Copy)]
pub struct Json<T, const BYTES_MAX: usize = BODY_BYTES_MAX>(pub T);

impl<S: Send + Sync, T: DeserializeOwned, const BYTES_MAX: usize> FromRequest<S> for Json<T, BYTES_MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        is_json(request.headers())?;
        let bytes = read_body(request.into_body(), BYTES_MAX).await?;
        parse(&bytes).map(Self)
    }
}

impl<T: Serialize, const BYTES_MAX: usize> IntoResponse for Json<T, BYTES_MAX> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response(),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "an answer is not JSON");
                Problem::new(Code::Internal, "something went wrong here; the log says what").into_response()
            }
        }
    }
}

/// Refuses a body that is not JSON by its type.
///
/// # Errors
/// [`Code::UnsupportedMediaType`]. A form posted by a page of another site cannot have this type, so it is refused too.
pub fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = kind.split(';').next().unwrap_or("").trim();
    if essence.eq_ignore_ascii_case("application/json") || essence.to_ascii_lowercase().ends_with("+json") {
        return Ok(());
    }
    let detail = "the body must be JSON. Send the header `Content-Type: application/json`";
    Err(Problem::new(Code::UnsupportedMediaType, detail))
}

/// Reads a body of at most `bytes_max`.
///
/// # Errors
/// [`Code::BodyTooLarge`] if it is longer, [`Code::BadRequest`] if it breaks off or cannot be unpacked.
pub async fn read_body(body: Body, bytes_max: usize) -> Result<Bytes, Problem> {
    let too_long = || Problem::new(Code::BodyTooLarge, format!("the body has more than {bytes_max} bytes, unpacked"));
    // One that says so beforehand is not waited for.
    if usize::try_from(body.size_hint().lower()).is_ok_and(|bytes| bytes > bytes_max) {
        return Err(too_long());
    }
    to_bytes(body, bytes_max).await.map_err(|error| {
        let is_too_long = std::error::Error::source(&error)
            .is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>);
        if is_too_long {
            too_long()
        } else {
            Problem::new(Code::BadRequest, "the body broke off or cannot be unpacked")
        }
    })
}

/// Reads JSON as a `T`.
///
/// # Errors
/// [`Code::BadRequest`] with line, column and path if it is no such JSON; [`Code::UnknownField`] with all fields that are
/// not known.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // Where something is wrong is found out only if something is: keeping track of it takes a third of the time.
    let mut is_known = true;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_ignored::deserialize(Objects(&mut reader), |_| is_known = false);
    match value {
        Ok(value) if is_known && reader.end().is_ok() => Ok(value),
        _ => parse_with_care(bytes),
    }
}

fn parse_with_care<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::new(Code::BadRequest, "the body is empty: it must be JSON"));
    }
    let mut unknown = Vec::new();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let mut note = |path: serde_ignored::Path<'_>| unknown.push(path.to_string());
    let value = serde_path_to_error::deserialize(serde_ignored::Deserializer::new(Objects(&mut reader), &mut note));
    let value = value.map_err(|error| {
        let field = error.path().to_string();
        Problem::new(Code::BadRequest, format!("the body cannot be read: {}", error.inner())).with_errors(vec![
            FieldError {
                code: Code::BadRequest.name().into(),
                field: if field == "." { String::new() } else { field },
                span: None,
                params: Vec::new(),
                message: error.inner().to_string(),
            },
        ])
    })?;
    reader.end().map_err(|_| Problem::new(Code::BadRequest, "there is more after the end of the JSON value"))?;
    known(&unknown)?;
    Ok(value)
}

fn known(unknown: &[String]) -> Result<(), Problem> {
    /// More are not listed; the first ones say enough.
    const LISTED_MAX: usize = 20;
    let Some(first) = unknown.first() else { return Ok(()) };
    let errors = unknown.iter().take(LISTED_MAX).map(|field| FieldError {
        code: Code::UnknownField.name().into(),
        field: field.clone(),
        span: None,
        params: Vec::new(),
        message: format!("`{field}` is not known here"),
    });
    let detail = format!("`{first}` is not known here. Nothing was done");
    Err(Problem::new(Code::UnknownField, detail).with_errors(errors.collect()))
}

/// A query string. Refuses wrong types and parameters that are not known; repeated parameters are lists.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = parts.uri.query().unwrap_or("");
        let mut unknown = Vec::new();
        let reader = serde_html_form::Deserializer::from_bytes(text.as_bytes());
        let mut note = |path: serde_ignored::Path<'_>| unknown.push(path.to_string());
        let reader = serde_ignored::Deserializer::new(reader, &mut note);
        let value = serde_path_to_error::deserialize(reader).map_err(|error| {
            let (name, why) = (error.path().to_string(), error.inner().to_string());
            let detail = match name.as_str() {
                // What is missing has no place, and is named in the reason.
                "." => format!("the query cannot be read: {why}"),
                name => format!("the query cannot be read: `{name}`: {why}"),
            };
            Problem::new(Code::BadRequest, detail)
        })?;
        known(&unknown)?;
        Ok(Self(value))
    }
}

/// A part of the path, checked.
///
/// # Errors
/// [`Code::NotFound`]: a name that cannot exist is answered like one that does not.
pub fn part<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}
