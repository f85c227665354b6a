//! Styles and scripts: built from npm packages by `cargo xtask assets`, embedded in the program, named by their content.

use axum::Router;
use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use rust_embed::RustEmbed;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/web/dist"]
#[allow_missing = true]
struct Built;

/// Logical names and the names of the files that hold them.
static NAMES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let manifest = Built::get("manifest.json");
    manifest.and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default()
});

/// Path of the asset of a logical name, such as `console.css`; none if the assets were not built.
pub fn path(name: &str) -> Option<String> {
    NAMES.get(name).map(|file| format!("/assets/{file}"))
}

/// Whether the program was built with its assets.
pub fn are_built() -> bool {
    !NAMES.is_empty()
}

/// Route of the assets.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{file}", get(file))
}

/// One file, in the smallest form that the browser reads. The name changes with the content, so it is kept for a year.
async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let is_packed = matches!(name.rsplit('.').next(), Some("br" | "gz"));
    if is_packed || name == "manifest.json" {
        return StatusCode::NOT_FOUND.into_response();
    }
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let reads = |coding: &str| accepted.split(',').any(|it| it.split(';').next().is_some_and(|it| it.trim() == coding));
    let packed = [("br", "br"), ("gzip", "gz")].into_iter().filter(|(coding, _)| reads(coding));
    let packed = packed.filter_map(|(coding, ending)| Some((Built::get(&format!("{name}.{ending}"))?, Some(coding))));
    let found = { packed }.next().or_else(|| Some((Built::get(&name)?, None)));
    let Some((file, coding)) = found else { return StatusCode::NOT_FOUND.into_response() };
    let mut response = file.data.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind(&name)));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(coding) = coding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

/// The media type of a file, by its ending.
fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
