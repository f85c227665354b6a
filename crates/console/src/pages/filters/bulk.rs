//! Several filters enabled or disabled at once, each saved over the version that was on the list.

mod view;

use super::Place;
use super::list::Bulk;
use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::{REASON_LETTERS_MAX, Wrongs};
use crate::state::Console;
use crate::visit::Visitor;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use wikiward_farm::Right;
use wikiward_filters::life::{SaveError, SaveRequest};
use wikiward_filters::model::{State as Life, Version};

pub(crate) use view::samples;
use view::{Became, Outcome};

/// Most filters of one form: a page of the list has no more.
const FILTERS_MAX: usize = 100;

pub(crate) fn routes() -> Router<Console> {
    Router::new().route("/w/{wiki}/filters/bulk", post(change))
}

async fn change(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, .. }: Place,
    form: Form,
) -> Result<Response, Fault> {
    visitor.need_session()?;
    let state = match form.get("do") {
        "enable" => Life::Enabled,
        "disable" => Life::Disabled,
        _ => return Err(Fault::BadForm),
    };
    let reason = form.get("reason").trim();
    let text = visitor.text;
    let mut wrongs = Wrongs::default();
    if form.find("filter").is_none() {
        wrongs.add(super::list::BULK, text.say("filters-bulk-nothing"));
    }
    if reason.chars().count() > REASON_LETTERS_MAX as usize {
        wrongs.add("reason", text.say("acts-wrong-reason-long"));
    }
    if !wrongs.is_empty() {
        let ticked = form.all("filter").map(str::to_owned).collect();
        let bulk = Bulk { ticked, reason: reason.to_owned(), wrongs };
        return super::list::again(&console, &visitor, wiki, form.get("list"), bulk).await;
    }
    let mut outcomes = Vec::new();
    for named in form.all("filter").take(FILTERS_MAX) {
        let parsed = named.split_once(':').and_then(|(gid, version)| Some((gid, version.parse().ok().map(Version)?)));
        let (gid, version) = parsed.ok_or(Fault::BadForm)?;
        outcomes.push(one(&console, &visitor, &wiki, gid, version, state, reason).await?);
    }
    // Who may change none of them is told so with what was typed.
    let rights = outcomes.iter().map(|it| if let Became::Forbidden(right) = it.became { Some(right) } else { None });
    if let Some([right, ..]) = rights.collect::<Option<Vec<Right>>>().as_deref() {
        return Err(Fault::Forbidden(*right));
    }
    Ok(view::page(&visitor, &wiki, state, reason, &outcomes).show(&visitor))
}

async fn one(
    console: &Console,
    visitor: &Visitor,
    wiki: &wikiward_farm::WikiId,
    gid: &str,
    version: Version,
    state: Life,
    reason: &str,
) -> Result<Outcome, Fault> {
    let filter = console.filters.get(&visitor.viewer, wiki, gid).await?;
    let (name, now) = (filter.draft.name.clone(), filter.version.0);
    let outcome = |became| Outcome { gid: filter.key.gid(), version: now, name: name.clone(), became };
    if filter.version != version {
        return Ok(outcome(Became::ChangedMeanwhile));
    }
    let request = SaveRequest {
        draft: wikiward_filters::model::Draft { state, ..filter.draft.clone() },
        change_reason: reason.to_owned(),
        confirm_make_public: false,
        publish_history: false,
        skip_backtest_reason: String::new(),
        override_tests: String::new(),
        tests: None,
    };
    Ok(outcome(match console.filters.save(&visitor.viewer, wiki, gid, version, &request).await {
        Ok(saved) if saved.changed => Became::Changed(saved.warnings),
        Ok(_) => Became::AsItWas,
        Err(SaveError::Conflict(_) | SaveError::NoSuchVersion(_)) => Became::ChangedMeanwhile,
        Err(SaveError::Invalid(found)) => Became::Refused(found.errors),
        Err(SaveError::Forbidden(right)) => Became::Forbidden(right),
        Err(error) => return Err(error.into()),
    }))
}
