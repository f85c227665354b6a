//! The emergency brake of a filter: what it decided, and reactivating with one click.

mod counted;
mod hold;
mod hold_view;
mod view;

use super::Place;
use crate::fault::Fault;
use crate::form::Form;
use crate::pages::filters::Tabs;
use crate::paths;
use crate::state::Console;
use crate::visit::{Flash, Tone, Visitor, go_to};
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use wikiward_farm::{Right, WikiId};
use wikiward_filters::life::braking::{Reactivate, Reason};
use wikiward_filters::life::{BrakeError, Braked};
use wikiward_filters::model::{Filter, State as Life};

pub(super) use view::banner;
use view::{Braking, Shown};
pub(crate) use view::{path_key, samples};

pub(crate) fn routes() -> Router<Console> {
    Router::new().route("/w/{wiki}/filters/{gid}/brake", get(show).post(act)).merge(hold::routes())
}

/// What a visitor is shown of a brake.
pub(super) fn shown(console: &Console, visitor: &Visitor, wiki: &WikiId, filter: &Filter, braked: &Braked) -> Shown {
    let owner = &filter.key.wiki;
    let may = |right| visitor.may(right, wiki) && (!owner.is_farm() || visitor.may(Right::ModifyGlobal, owner));
    Shown {
        wiki: wiki.clone(),
        gid: filter.key.gid(),
        braked: braked.clone(),
        may_reactivate: may(Right::BrakeRelease),
        may_end_hold: may(Right::BrakeRelease) || may(Right::BrakeHold),
        may_hold: may(Right::BrakeHold) && filter.draft.state == Life::Enabled,
        now: console.clock.now(),
    }
}

async fn show(State(console): State<Console>, visitor: Visitor, Place { wiki, gid }: Place) -> Result<Response, Fault> {
    let (filter, braked) = console.filters.brake(&visitor.viewer, &wiki, &gid).await?;
    let shows_detail = visitor.may(Right::LogDetail, &wiki);
    let statistics =
        if shows_detail { console.filters.brake_statistics(&visitor.viewer, &wiki, &gid).await? } else { Vec::new() };
    let braking = Braking {
        shown: shown(&console, &visitor, &wiki, &filter, &braked),
        name: filter.draft.name.clone(),
        tabs: Tabs::of(&visitor, &wiki, &filter.key.wiki),
        shows_detail,
        statistics,
    };
    Ok(view::page(&visitor, &braking).show(&visitor))
}

/// Reactivates the filter, or ends a hold; says what came of it on the page of the brake.
async fn act(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, gid }: Place,
    form: Form,
) -> Result<Response, Fault> {
    visitor.need_session()?;
    let hold = form.get("hold");
    let done = if hold.is_empty() {
        let latch = form.get("latch");
        match Reason::new(form.get("because"), form.get("reason")) {
            Ok((reason, words)) => {
                let expect_latch = (!latch.is_empty()).then(|| latch.to_owned());
                let request = Reactivate { reason, words, classes: Vec::new(), expect_latch };
                console.filters.reactivate(&visitor.viewer, &wiki, &gid, &request).await.map(|_| "filters-braking-done")
            }
            Err(error) => Err(error),
        }
    } else {
        let ended = console.filters.end_hold(&visitor.viewer, &wiki, &gid, hold).await;
        ended.map(|_| "filters-braking-hold-ended")
    };
    let flash = match done {
        Ok(key) => Flash::done(key, &[&gid]),
        Err(BrakeError::Bad { .. }) => Flash::new(Tone::Wrong, "filters-braking-reason-wrong", &[]),
        Err(BrakeError::NotBraked) => Flash::new(Tone::Notice, "filters-braking-not-braked", &[&gid]),
        Err(BrakeError::LatchChanged(_)) => Flash::new(Tone::Warning, "filters-braking-changed", &[&gid]),
        Err(BrakeError::TooOften) => Flash::new(Tone::Wrong, "filters-braking-too-often", &[]),
        Err(error) => return Err(error.into()),
    };
    // Buttons stand on other pages, too; a person stays there.
    let then =
        if form.get("then") == paths::START { paths::START.to_owned() } else { paths::filter_brake(&wiki, &gid) };
    Ok(flash.on(&console.sealer, console.is_secure, go_to(&then)))
}

impl From<BrakeError> for Fault {
    fn from(error: BrakeError) -> Self {
        match error {
            BrakeError::Store(error) => error.into(),
            BrakeError::Forbidden(right) => Self::Forbidden(right),
            BrakeError::NotNow(not_now) => Self::TooOften(not_now.retry_after_s().into()),
            _ => Self::NotFound,
        }
    }
}
