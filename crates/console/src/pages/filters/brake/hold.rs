//! Holding the brake: prepared on one page, confirmed on the next.

use super::super::Place;
use super::hold_view::{self, Confirming, Preparing};
use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::Wrongs;
use crate::paths;
use crate::state::Console;
use crate::text::Text;
use crate::visit::{Flash, Tone, Visitor, go_to};
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use wikiward_farm::{Right, WikiId};
use wikiward_filters::life::BrakeError;
use wikiward_filters::life::braking::{ConfirmHold, PrepareHold};
use wikiward_filters::model::Filter;

/// Lengths that can be chosen, in seconds, as far as the wiki allows them.
const SECONDS: [u32; 7] = [300, 900, 1_800, 3_600, 10_800, 21_600, 86_400];

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/w/{wiki}/filters/{gid}/brake/hold", get(show).post(prepare))
        .route("/w/{wiki}/filters/{gid}/brake/hold/confirm", get(ask).post(confirm))
}

/// Whether the visitor may hold the brake of a filter.
pub(super) fn may_hold(visitor: &Visitor, wiki: &WikiId, filter: &Filter) -> bool {
    let owner = &filter.key.wiki;
    visitor.may(Right::BrakeHold, wiki) && (!owner.is_farm() || visitor.may(Right::ModifyGlobal, owner))
}

async fn seen(console: &Console, visitor: &Visitor, wiki: &WikiId, gid: &str) -> Result<Filter, Fault> {
    let (filter, _) = console.filters.brake(&visitor.viewer, wiki, gid).await?;
    if may_hold(visitor, wiki, &filter) {
        return Ok(filter);
    }
    visitor.need_session()?;
    Err(Fault::Forbidden(Right::BrakeHold))
}

fn preparing(console: &Console, place: &Place) -> Preparing {
    let most = console.filters.hold_seconds_max(&place.wiki);
    let seconds = SECONDS.into_iter().filter(|seconds| *seconds <= most);
    Preparing {
        wiki: place.wiki.clone(),
        gid: place.gid.clone(),
        lengths: seconds.collect(),
        seconds: 900,
        reason: String::new(),
        is_for_second: false,
        wrongs: Wrongs::default(),
    }
}

async fn show(State(console): State<Console>, visitor: Visitor, place: Place) -> Result<Response, Fault> {
    seen(&console, &visitor, &place.wiki, &place.gid).await?;
    Ok(hold_view::preparing(&visitor, &preparing(&console, &place)).show(&visitor))
}

async fn prepare(
    State(console): State<Console>,
    visitor: Visitor,
    place: Place,
    form: Form,
) -> Result<Response, Fault> {
    let wish = PrepareHold {
        seconds: form.get("seconds").parse().unwrap_or(0),
        reason: form.get("reason").to_owned(),
        for_second_person: form.is_ticked("second"),
    };
    match console.filters.prepare_hold(&visitor.viewer, &place.wiki, &place.gid, &wish).await {
        Ok(sheet) => {
            let (wiki, gid) = (place.wiki, place.gid);
            Ok(hold_view::sheet(&visitor, &wiki, &gid, &sheet, console.clock.now()).show(&visitor))
        }
        Err(error) => {
            let wrongs = wrong(visitor.text, error, true)?;
            let again = Preparing {
                seconds: wish.seconds,
                reason: wish.reason,
                is_for_second: wish.for_second_person,
                wrongs,
                ..preparing(&console, &place)
            };
            Ok(hold_view::preparing(&visitor, &again).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
        }
    }
}

/// Which hold is to be confirmed.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    hold: String,
}

/// The form for a second person.
async fn ask(
    State(console): State<Console>,
    visitor: Visitor,
    place: Place,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    seen(&console, &visitor, &place.wiki, &place.gid).await?;
    let confirming = Confirming { hold: asked.hold, ..Confirming::of(&place.wiki, &place.gid) };
    Ok(hold_view::confirming(&visitor, &confirming).show(&visitor))
}

async fn confirm(
    State(console): State<Console>,
    visitor: Visitor,
    place: Place,
    form: Form,
) -> Result<Response, Fault> {
    let Place { wiki, gid } = &place;
    let hold = form.get("hold").trim();
    let wish =
        ConfirmHold { token: form.get("token").trim().to_owned(), acknowledge: form.get("acknowledge").to_owned() };
    match console.filters.confirm_hold(&visitor.viewer, wiki, gid, hold, &wish).await {
        Ok(_) => {
            let flash = Flash::done("filters-holding-done", &[gid]);
            Ok(flash.on(&console.sealer, console.is_secure, go_to(&paths::filter_brake(wiki, gid))))
        }
        Err(BrakeError::ConfirmExpired) => {
            let flash = Flash::new(Tone::Wrong, "filters-holding-wrong-expired", &[]);
            Ok(flash.on(&console.sealer, console.is_secure, go_to(&paths::filter_hold(wiki, gid))))
        }
        Err(error) => {
            let again = Confirming {
                hold: hold.to_owned(),
                token: wish.token,
                acknowledge: wish.acknowledge,
                wrongs: wrong(visitor.text, error, false)?,
                ..Confirming::of(wiki, gid)
            };
            Ok(hold_view::confirming(&visitor, &again).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
        }
    }
}

/// What is wrong, at its field; `is_first` in the form that prepares.
///
/// # Errors
/// [`Fault`] for what no other words in the form would change.
fn wrong(text: Text, error: BrakeError, is_first: bool) -> Result<Wrongs, Fault> {
    let (field, key) = match error {
        BrakeError::Bad { field: "acknowledge", .. } => ("acknowledge", "filters-holding-wrong-acknowledge"),
        BrakeError::Bad { field: "seconds", .. } | BrakeError::HoldTooLong { .. } => {
            ("seconds", "filters-holding-wrong-seconds")
        }
        BrakeError::Bad { .. } => ("reason", "filters-holding-wrong-reason"),
        BrakeError::HoldActive { .. } => ("", "filters-holding-wrong-active"),
        BrakeError::HoldBudget { .. } => ("seconds", "filters-holding-wrong-budget"),
        BrakeError::OwnFreshEdit => ("second-yes", "filters-holding-wrong-fresh"),
        BrakeError::SecondPersonNeeded => ("second-yes", "filters-holding-wrong-second"),
        BrakeError::SamePerson => ("", "filters-holding-wrong-same"),
        BrakeError::ConfirmExpired => ("", "filters-holding-wrong-expired"),
        BrakeError::NotEnabled => ("", "filters-holding-wrong-disabled"),
        other => return Err(other.into()),
    };
    // The form that confirms has only one field that can be mended.
    let field = if field == "acknowledge" || is_first { field } else { "" };
    Ok(Wrongs::one(field, text.say(key)))
}
