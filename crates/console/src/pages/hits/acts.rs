//! What people do with a hit: say what they think of it, hide it, look at the address behind it.

use super::one::{Typed, load};
use super::one_view::page;
use super::{Place, settings, sight, trouble};
use crate::fault::Fault;
use crate::form::Form;
use crate::paths;
use crate::state::Console;
use crate::visit::{Flash, Visitor, go_to};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use wikiward_farm::Right;
use wikiward_filters::hits::HitError;
use wikiward_filters::hits::ask::PrivateDetails;
use wikiward_filters::hits::steer::{NOTE_CHARACTERS_MAX, Verdict};

/// Keeps what a person says of a hit.
pub(super) async fn assess(
    State(console): State<Console>,
    visitor: Visitor,
    place: Place,
    form: Form,
) -> Result<Response, Fault> {
    visitor.need(Right::LogDetail, &place.wiki)?;
    visitor.need_session()?;
    let note = form.get("note").trim();
    let verdict = Verdict::find(form.get("verdict")).ok_or(Fault::BadForm)?;
    if is_long(note) {
        let typed = Typed { note: note.into(), wrong: Some(("note", "hits-wrong-note")), ..Typed::default() };
        return again(&console, &visitor, &place, typed).await;
    }
    let sight = sight(&console, &visitor.viewer, &place.wiki).await?;
    let hit = place.hit()?;
    match console.hits.assess(&place.log(), hit, &sight, &visitor.viewer, verdict, note).await {
        Ok(true) => {
            let back = go_to(&paths::hit(&place.wiki, &hit.to_string()));
            Ok(Flash::done("hits-assessed", &[]).on(&console.sealer, console.is_secure, back))
        }
        Ok(false) => Err(Fault::NotFound),
        Err(error) => trouble(&visitor, error),
    }
}

/// Hides a hit, or shows it again.
pub(super) async fn set_visibility(
    State(console): State<Console>,
    visitor: Visitor,
    place: Place,
    form: Form,
) -> Result<Response, Fault> {
    visitor.need(Right::HideLog, &place.wiki)?;
    visitor.need_session()?;
    let hides = match form.get("hidden") {
        "1" => true,
        "0" => false,
        _ => return Err(Fault::BadForm),
    };
    let reason = form.get("reason").trim();
    if is_long(reason) || place.wiki.is_farm() {
        let typed = Typed { reason: reason.into(), wrong: Some(("reason", "hits-wrong-note")), ..Typed::default() };
        return again(&console, &visitor, &place, typed).await;
    }
    let sight = sight(&console, &visitor.viewer, &place.wiki).await?;
    let hit = place.hit()?;
    match console.hits.set_hidden(&place.wiki, &[hit], hides, reason, &sight, &visitor.viewer).await {
        Ok(true) => {
            // Who may hide hits does not always see them afterwards.
            let sees_it = !hides || visitor.may(Right::HiddenLog, &place.wiki);
            let back = if sees_it { paths::hit(&place.wiki, &hit.to_string()) } else { paths::hits(&place.wiki) };
            let said = if hides { "hits-done-hidden" } else { "hits-done-shown" };
            Ok(Flash::done(said, &[]).on(&console.sealer, console.is_secure, go_to(&back)))
        }
        Ok(false) => Err(Fault::NotFound),
        Err(error) => trouble(&visitor, error),
    }
}

/// Tells the address of a hit, on the answer's page only. The service writes into the access log first.
pub(super) async fn private_details(
    State(console): State<Console>,
    visitor: Visitor,
    place: Place,
    form: Form,
) -> Result<Response, Fault> {
    visitor.need(Right::PrivateDetails, &place.wiki)?;
    visitor.need_session()?;
    let reason = form.get("private-reason").trim();
    let typed =
        |wrong| Typed { private_reason: reason.into(), wrong: Some(("private-reason", wrong)), ..Typed::default() };
    if is_long(reason) {
        return again(&console, &visitor, &place, typed("hits-wrong-note")).await;
    }
    let sight = sight(&console, &visitor.viewer, &place.wiki).await?;
    let needs_reason = settings(&console, &place.wiki).privatedetails_reason;
    let (log, hit) = (place.log(), place.hit()?);
    match console.hits.private_details(&log, hit, &sight, &visitor.viewer, reason, needs_reason).await {
        Ok(Some(details)) => shown(&console, &visitor, &place, Some(details), Typed::default()).await,
        Ok(None) => Err(Fault::NotFound),
        Err(HitError::ReasonWanted) => again(&console, &visitor, &place, typed("hits-wrong-reason")).await,
        Err(error) => trouble(&visitor, error),
    }
}

fn is_long(text: &str) -> bool {
    text.chars().count() > NOTE_CHARACTERS_MAX
}

/// The page with its forms as they were sent, and what is wrong with them.
async fn again(console: &Console, visitor: &Visitor, place: &Place, typed: Typed) -> Result<Response, Fault> {
    shown(console, visitor, place, None, typed).await
}

async fn shown(
    console: &Console,
    visitor: &Visitor,
    place: &Place,
    details: Option<PrivateDetails>,
    typed: Typed,
) -> Result<Response, Fault> {
    let status = if typed.wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    match load(console, visitor, place).await {
        Ok(hit) => {
            let hit = super::one::Hit { details, typed, ..hit.ok_or(Fault::NotFound)? };
            Ok(page(visitor, &hit).status(status).show(visitor))
        }
        Err(error) => trouble(visitor, error),
    }
}
