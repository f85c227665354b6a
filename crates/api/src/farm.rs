//! The farm's own filters and their hits: the same resources as a wiki's, under `/v1/farm`.

use crate::state::Api;
use crate::{
    backtests, blocked_domains, brakes, candidates, filter_history, filters, hits, portable, reverts, shadow_hits,
    stats,
};
use utoipa::openapi::RefOr;
use utoipa_axum::router::OpenApiRouter;

const WIKI: &str = "/v1/wikis/{wiki}";
const FARM: &str = "/v1/farm";

/// The routes of filters on wikis and on the farm, described once.
pub fn routes() -> OpenApiRouter<Api> {
    let mut routes = filters::routes()
        .merge(backtests::routes())
        .merge(brakes::routes())
        .merge(candidates::routes())
        .merge(filter_history::routes())
        .merge(portable::routes())
        .merge(hits::routes())
        .merge(shadow_hits::routes())
        .merge(stats::filter_routes())
        .merge(blocked_domains::routes())
        .merge(reverts::routes());
    let mut on_farm = routes.get_openapi().paths.paths.clone();
    on_farm.retain(|path, _| !path.ends_with("/optout") && !path.ends_with("/hits/visibility"));
    for (path, mut item) in on_farm {
        for operation in [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().flatten() {
            operation.operation_id = operation.operation_id.take().map(|id| format!("farm_{id}"));
            if let Some(parameters) = &mut operation.parameters {
                parameters.retain(|parameter| !matches!(parameter, RefOr::T(parameter) if parameter.name == "wiki"));
            }
        }
        routes.get_openapi_mut().paths.paths.insert(path.replacen(WIKI, FARM, 1), item);
    }
    let farm = filters::farm_routes()
        .merge(backtests::farm_routes())
        .merge(brakes::farm_routes())
        .merge(candidates::farm_routes())
        .merge(filter_history::farm_routes())
        .merge(portable::farm_routes())
        .merge(hits::farm_routes())
        .merge(shadow_hits::farm_routes())
        .merge(stats::farm_routes())
        .merge(blocked_domains::farm_routes())
        .merge(reverts::farm_routes());
    routes.merge(OpenApiRouter::from(farm))
}
