//! Actions that are kept, whether a filter hit them or not: the list, and one with its variables, to try rules on.

mod list;
mod one;
mod samples;
mod view;

use crate::fault::Fault;
use crate::state::Console;
use crate::visit::Visitor;
use axum::Router;
use axum::routing::get;
use wikiward_farm::{Right, WikiId};

pub(super) use samples::samples;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/w/{wiki}/actions", get(list::show))
        .route("/w/{wiki}/actions/{action}", get(one::show).post(one::attempt))
        .route("/w/{wiki}/actions/{action}/variables/{name}", get(one::whole_value))
}

/// Whether a visitor may look at actions that are kept for backtests on `wiki`.
pub(crate) fn may_look(visitor: &Visitor, wiki: &WikiId) -> bool {
    !wiki.is_farm() && RIGHTS.into_iter().all(|right| visitor.may(right, wiki))
}

/// What that needs: to see the log and details of it, and to try rules on what is kept.
const RIGHTS: [Right; 3] = [Right::Log, Right::LogDetail, Right::Backtest];

/// Refuses who may not.
fn need(console: &Console, visitor: &Visitor, wiki: &WikiId) -> Result<(), Fault> {
    // Each wiki's actions are looked at by themselves.
    if wiki.is_farm() || console.people.visible_wiki(&visitor.viewer, wiki).is_none() {
        return Err(Fault::NotFound);
    }
    RIGHTS.into_iter().try_for_each(|right| visitor.need(right, wiki))
}
