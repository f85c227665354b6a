//! Versions of documents in headers.

use crate::problem::{Code, Problem};
use axum::extract::FromRequestParts;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};

/// The header that tells a document's version.
pub fn etag(version: impl std::fmt::Display) -> [(HeaderName, HeaderValue); 1] {
    let value = HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    [(ETAG, value)]
}

/// The version that a write is meant for, from `If-Match: "9"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub u32);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(header) = parts.headers.get(IF_MATCH) else {
            let detail = "say which version you changed: send the header `If-Match` with the document's `ETag`";
            return Err(Problem::new(Code::PreconditionFailed, detail));
        };
        let version = header.to_str().ok().and_then(|text| text.strip_prefix('"')?.strip_suffix('"')?.parse().ok());
        version.map(Self).ok_or_else(|| {
            Problem::new(Code::PreconditionFailed, "the header `If-Match` must be a version in quotes, such as `\"9\"`")
        })
    }
}
