//! All pages' addresses.

use crate::fault::Fault;
use crate::state::Console;
use crate::{assets, pages, visit};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// The whole console. What it has no page for is answered with a page that says so.
pub fn router(console: Console) -> Router {
    Router::new()
        .merge(pages::sign_in::routes())
        .merge(pages::preferences::routes())
        .merge(pages::start::routes())
        .merge(pages::filters::routes())
        .merge(pages::hits::routes())
        .merge(pages::accounts::routes())
        .merge(pages::audit::routes())
        .merge(pages::domains::routes())
        .merge(pages::backtests::routes())
        .merge(pages::groups::routes())
        .merge(pages::health::routes())
        .merge(pages::me::routes())
        .merge(pages::messages::routes())
        .merge(pages::notices::routes())
        .merge(pages::profile::routes())
        .merge(pages::promotion::routes())
        .merge(pages::rights::routes())
        .merge(pages::tokens::routes())
        .merge(pages::trials::routes())
        .merge(pages::wiki_sets::routes())
        .merge(pages::wikis::routes())
        // One line per area.
        .fallback(async || Fault::NotFound)
        .method_not_allowed_fallback(async || Fault::NotFound)
        .layer(middleware::from_fn_with_state(console.clone(), visit::welcome))
        // Forms are read through a bound of their own.
        .layer(DefaultBodyLimit::disable())
        .layer(CompressionLayer::new())
        .merge(assets::routes())
        .layer(CatchPanicLayer::new())
        .with_state(console)
}
