//! Writes that may be repeated: the same `Idempotency-Key` gets the same answer.
//!
//! The answer to a write that carries the header is kept for a day with a digest of the request. The same caller with the
//! same key gets it again; with another request, a refusal. Two at once: the second waits for the first. For callers who
//! show neither token nor session nothing is kept, nor of calls that change nothing.

mod records;

use crate::auth::Person;
use crate::json::read_body;
use crate::problem::{Code, Problem};
use crate::state::Api;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::header::{CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use records::Kept;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use wikiward_farm::Principal;

/// Header with the caller's key for a write.
pub const HEADER: &str = "idempotency-key";

/// Most bytes of a key.
const KEY_BYTES_MAX: usize = 255;

/// Most bytes of a request or answer that is kept: the largest import.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Headers of an answer that belong to it.
const HEADERS: [HeaderName; 3] = [CONTENT_TYPE, ETAG, LOCATION];

/// Calls that change nothing: they are as well made again, and what they answer is long.
const CHANGE_NOTHING: [&str; 5] =
    ["/v1/check-match", "/v1/check-syntax", "/v1/eval", "/v1/explain", "/v1/explain/aggregate"];

/// Ends of paths of which the same holds, and of one that answers what is encrypted where it is stored.
const KEPT_NOWHERE: [&str; 2] = ["/filters/validate", "/private-details"];

/// Marks an answer (as an extension) that holds a secret, or answers a request that held one: nothing of it is kept, and
/// doing it again does it again.
#[derive(Debug, Clone, Copy)]
pub struct HoldsSecret;

/// Writes under way, so that two with the same key do not run at once.
#[derive(Debug, Clone, Default)]
pub struct UnderWay(Arc<Mutex<HashMap<Name, Weak<Turn>>>>);

/// Caller and key.
type Name = (String, String);

/// Held by the write whose turn it is.
type Turn = tokio::sync::Mutex<()>;

impl UnderWay {
    fn lock(&self, caller: &str, key: &str) -> Arc<Turn> {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.retain(|_, lock| lock.strong_count() > 0);
        let name = (caller.to_owned(), key.to_owned());
        if let Some(lock) = under_way.get(&name).and_then(Weak::upgrade) {
            return lock;
        }
        let lock = Arc::new(Turn::new(()));
        under_way.insert(name, Arc::downgrade(&lock));
        lock
    }
}

/// Answers a repeated write from what was kept; lets everything else pass.
///
/// # Errors
/// [`Code::IdempotencyMismatch`] if the key came with another request; [`Code::BadRequest`] for a key that cannot be one.
pub async fn repeat(
    State((api, under_way)): State<(Api, UnderWay)>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let is_write = matches!(*request.method(), Method::POST | Method::PUT | Method::DELETE);
    if !is_write || !request.headers().contains_key(HEADER) || is_kept_nowhere(request.uri().path()) {
        return Ok(next.run(request).await);
    }
    // On the heap, because the future of every request has room for it.
    Box::pin(write(api, under_way, request, next)).await
}

/// Whether answers of this path are never kept.
fn is_kept_nowhere(path: &str) -> bool {
    CHANGE_NOTHING.contains(&path) || KEPT_NOWHERE.iter().any(|end| path.ends_with(end))
}

/// Does a write that carries a key, or gives its answer again.
async fn write(api: Api, under_way: UnderWay, request: Request, next: Next) -> Result<Response, Problem> {
    let key = request.headers().get(HEADER).and_then(|key| key.to_str().ok());
    let key = key.map(str::to_owned).filter(|key| (1..=KEY_BYTES_MAX).contains(&key.len()));
    let key = key.ok_or_else(|| {
        Problem::new(Code::BadRequest, "the header `Idempotency-Key` must be 1 to 255 printable ASCII characters")
    })?;
    let (mut parts, body) = request.into_parts();
    let principal = Person::from_request_parts(&mut parts, &api).await?.0.principal;
    if matches!(&principal, Principal::Service { token, .. } if token.is_empty()) {
        // Nobody in particular: there is no one to give an answer to again, and not everybody may fill the database.
        return Ok(next.run(Request::from_parts(parts, body)).await);
    }
    let caller = principal.key();
    let body = read_body(body, BODY_BYTES_MAX).await?;
    let digest = digest(&parts.method, &parts.uri.to_string(), &body);
    let lock = under_way.lock(&caller, &key);
    let _turn = lock.lock().await;
    if let Some(kept) = records::find(&api.store, &caller, &key).await? {
        if kept.digest != digest {
            let detail = "this `Idempotency-Key` was used for another request. Take a new one for each write";
            return Err(Problem::new(Code::IdempotencyMismatch, detail));
        }
        return Ok(again(kept));
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    keep(&api, &caller, &key, digest, response).await
}

/// Keeps an answer that says how the write ended; one that says "not now" is not kept, so that the next try counts.
async fn keep(api: &Api, caller: &str, key: &str, digest: Vec<u8>, response: Response) -> Result<Response, Problem> {
    let status = response.status();
    let holds_secret = response.extensions().get::<HoldsSecret>().is_some();
    if holds_secret || status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = read_body(body, BODY_BYTES_MAX).await?;
    let text = |name: &HeaderName| Some((name.to_string(), parts.headers.get(name)?.to_str().ok()?.to_owned()));
    let headers = HEADERS.iter().filter_map(text).collect();
    let kept = Kept { digest, status: status.as_u16(), headers, body: body.to_vec() };
    records::insert(&api.store, caller, key, &kept, api.clock.now()).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn again(kept: Kept) -> Response {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let mut response = (status, kept.body).into_response();
    response.headers_mut().remove(CONTENT_TYPE);
    for (name, value) in kept.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}

fn digest(method: &Method, uri: &str, body: &[u8]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in [method.as_str().as_bytes(), uri.as_bytes(), body] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}
