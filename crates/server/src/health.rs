//! Whether it lives, and whether it is ready.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use std::time::Duration;
use tokio::sync::watch;
use wikiward_store::Store;

/// What the answers come from.
#[derive(Debug, Clone)]
pub struct Health {
    /// The database.
    pub store: Store,
    /// True from when everything is in memory until the service stops.
    pub ready: watch::Receiver<bool>,
}

/// `/healthz`: the process answers. `/readyz`: it should get requests. A database that is away does not make it unready,
/// because verdicts go on without; the answer says so.
pub fn routes(health: Health) -> Router {
    Router::new().route("/healthz", get(async || "ok\n")).route("/readyz", get(ready)).with_state(health)
}

async fn ready(State(health): State<Health>) -> Response {
    /// Longer, and the database counts as away.
    const WAIT: Duration = Duration::from_secs(1);
    let asked = tokio::time::timeout(WAIT, async { health.store.reader().await?.row("SELECT 1").await }).await;
    let database = if matches!(asked, Ok(Ok(Some(_)))) { "ok" } else { "away" };
    let is_ready = *health.ready.borrow();
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({"ready": is_ready, "database": database}))).into_response()
}
