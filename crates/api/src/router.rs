//! All routes.

use crate::browse;
use crate::idempotency::{self, UnderWay};
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::unanswered;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::middleware;
use axum::routing::any;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::decompression::RequestDecompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// What the interface says of itself.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Wikiward",
        description = "Guards a farm of wikis: judges actions by filters, keeps what it did, lets people steer.",
        license(name = "GPL-2.0-or-later", identifier = "GPL-2.0-or-later"),
        contact()
    ),
    components(schemas(crate::problem::ProblemBody, crate::problem::FieldError))
)]
struct Description;

/// The routes of all resources, and their description.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(crate::farm::routes())
        .merge(crate::access_log::routes())
        .merge(crate::groups::routes())
        .merge(crate::consequences::routes())
        .merge(crate::evaluate::routes())
        .merge(crate::feedback::routes())
        .merge(crate::check::routes())
        .merge(crate::explain::routes())
        .merge(crate::wikis::routes())
        .merge(crate::wiki_sets::routes())
        .merge(crate::tokens::routes())
        .merge(crate::accounts::routes())
        .merge(crate::sessions::routes())
        .merge(crate::group_rights::routes())
        .merge(crate::audit::routes())
        .merge(crate::stats::routes())
        .merge(crate::renames::routes())
        .merge(crate::autopromote_holds::routes())
        .merge(crate::blocked_domains::log_routes())
        .merge(crate::reverts::program_routes())
        .merge(crate::notices::routes())
    // One line per resource.
}

/// The whole interface: every address that begins with `/v1/`.
pub fn router(api: Api) -> Router {
    let (router, description) = routes().split_for_parts();
    router
        .merge(browse::routes(&description))
        .route("/v1/{*rest}", any(async || Problem::not_found()))
        .method_not_allowed_fallback(async || {
            Problem::new(Code::MethodNotAllowed, "this resource does not know this method")
        })
        .layer(
            // The first one is the outermost. One call of `layer` for those that fit together: each call puts the routes
            // into another box, which every request copies.
            ServiceBuilder::new()
                // Every body is read through a bound of its own.
                .layer(DefaultBodyLimit::disable())
                .layer(middleware::from_fn_with_state((api.clone(), UnderWay::default()), idempotency::repeat)),
        )
        .layer(
            ServiceBuilder::new()
                .layer(CatchPanicLayer::custom(|_| {
                    axum::response::IntoResponse::into_response(Problem::new(
                        Code::Internal,
                        "something went wrong here; the log says what",
                    ))
                }))
                .layer(SetResponseHeaderLayer::overriding(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
                // Answers hold what one person may see: nobody in between keeps them.
                .layer(SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, HeaderValue::from_static("no-store")))
                .layer(CompressionLayer::new())
                .map_response(|answer: axum::http::Response<_>| unanswered::unpacked(answer))
                .layer(RequestDecompressionLayer::new()),
        )
        .with_state(api)
}
