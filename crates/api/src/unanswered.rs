//! What is answered where no handler answers: to requests that take too long, and to bodies packed in a way that is not known.

use crate::problem::{Code, Problem};
use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::Duration;

/// Ends a request that takes longer than `longest`, from its head to the head of its answer. The interface answers with a
/// problem, everything else with a line of text.
pub async fn within(State(longest): State<Duration>, request: Request, next: Next) -> Response {
    let is_interface = request.uri().path().starts_with("/v1/");
    if let Ok(answer) = tokio::time::timeout(longest, next.run(request)).await {
        return answer;
    }
    let said = format!("the request took more than {} seconds, its body included", longest.as_secs());
    if is_interface {
        Problem::new(Code::RequestTimeout, said).into_response()
    } else {
        (Code::RequestTimeout.status(), said).into_response()
    }
}

/// Gives the answer to a body that is packed in a way that is not known the form of all others.
pub(crate) fn unpacked<B>(answer: axum::http::Response<B>) -> Response
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    if answer.status() != StatusCode::UNSUPPORTED_MEDIA_TYPE || answer.headers().contains_key(CONTENT_TYPE) {
        return answer.map(Body::new);
    }
    let known = answer.headers().get(ACCEPT_ENCODING).and_then(|known| known.to_str().ok()).unwrap_or("gzip");
    let detail = format!("the body is packed in a way that is not known here (`Content-Encoding`). Known are: {known}");
    Problem::new(Code::UnsupportedMediaType, detail).into_response()
}
