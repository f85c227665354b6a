//! The emergency brake of a filter: what it decided, and reactivating with one click.

mod counted;
mod hold;
mod hold_view;
mod view;

use super::Place;
use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::Wrongs;
use crate::pages::filters::Tabs;
use crate::state::Console;
use crate::visit::{Flash, Tone, Visitor, go_to};
use crate::{args, paths};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
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

async fn braking(console: &Console, visitor: &Visitor, wiki: &WikiId, gid: &str) -> Result<Braking, Fault> {
    let (filter, braked) = console.filters.brake(&visitor.viewer, wiki, gid).await?;
    let shows_detail = visitor.may(Right::LogDetail, wiki);
    let statistics =
        if shows_detail { console.filters.brake_statistics(&visitor.viewer, wiki, gid).await? } else { Vec::new() };
    Ok(Braking {
        shown: shown(console, visitor, wiki, &filter, &braked),
        name: filter.draft.name.clone(),
        tabs: Tabs::of(visitor, wiki, &filter.key.wiki),
        shows_detail,
        statistics,
        reason: String::new(),
        wrongs: Wrongs::default(),
    })
}

async fn show(State(console): State<Console>, visitor: Visitor, Place { wiki, gid }: Place) -> Result<Response, Fault> {
    Ok(view::page(&visitor, &braking(&console, &visitor, &wiki, &gid).await?).show(&visitor))
}

/// Reactivates the filter, or ends a hold; says what came of it on the page of the brake, with what was typed where it was
/// refused.
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
    let (field, key, status) = match done {
        Ok(key) => return Ok(answered(&console, &wiki, &gid, &form, &Flash::done(key, &[&gid]))),
        Err(BrakeError::NotBraked) => {
            let flash = Flash::new(Tone::Notice, "filters-braking-not-braked", &[&gid]);
            return Ok(answered(&console, &wiki, &gid, &form, &flash));
        }
        Err(BrakeError::Bad { .. }) => ("reason", "filters-braking-reason-wrong", StatusCode::UNPROCESSABLE_ENTITY),
        Err(BrakeError::LatchChanged(_)) => ("", "filters-braking-changed", StatusCode::CONFLICT),
        Err(BrakeError::TooOften) => ("", "filters-braking-too-often", StatusCode::TOO_MANY_REQUESTS),
        Err(error) => return Err(error.into()),
    };
    let braking = Braking {
        reason: form.get("reason").to_owned(),
        wrongs: Wrongs::one(field, visitor.text.with(key, args![&gid])),
        ..braking(&console, &visitor, &wiki, &gid).await?
    };
    Ok(view::page(&visitor, &braking).status(status).show(&visitor))
}

fn answered(console: &Console, wiki: &WikiId, gid: &str, form: &Form, flash: &Flash) -> Response {
    // Buttons stand on other pages, too; a person stays there.
    let then = if form.get("then") == paths::START { paths::START.to_owned() } else { paths::filter_brake(wiki, gid) };
    flash.on(&console.sealer, console.is_secure, go_to(&then))
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
