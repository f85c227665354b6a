//! The start page: what happens now.
//!
//! Its numbers are a part of their own, which scripts bring up to date; without scripts the page is as of its loading.

mod braked;
mod changes;
mod health;
mod numbers;
mod overview;
mod samples;
mod view;
mod wikis;

use crate::fault::Fault;
use crate::state::Console;
use crate::visit::Visitor;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use overview::{Now, WikiNow};
use serde::Deserialize;
use wikiward_farm::{Right, WikiId};
use wikiward_store::StoreError;

pub(crate) use samples::samples;

/// Wikis whose last hour is shown at once; links lead to the others. Each costs some reading.
const WIKIS_SHOWN: usize = 12;

pub(crate) fn routes() -> Router<Console> {
    Router::new().route("/", get(show)).route("/start/now", get(part)).route(view::STANDING_OUT, get(standing_out))
}

#[derive(Deserialize, Default)]
struct Asked {
    /// The wiki after which the wikis that are shown begin.
    #[serde(default)]
    after: String,
}

async fn show(State(console): State<Console>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let now = gathered(&console, &visitor, &asked.after).await;
    Ok(view::page(&visitor, &now).show(&visitor))
}

/// The part with the numbers, by itself.
async fn part(State(console): State<Console>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let now = gathered(&console, &visitor, &asked.after).await;
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, view::part(&visitor, &now).into_string()).into_response())
}

/// All filters that stand out on the wikis that the start page shows.
async fn standing_out(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let now = gathered(&console, &visitor, &asked.after).await;
    Ok(view::all_standing_out(&visitor, &now).show(&visitor))
}

/// What happens now, as far as the visitor may know. A database that is away is told, not an error.
async fn gathered(console: &Console, visitor: &Visitor, after: &str) -> Now {
    let seen: Vec<&(WikiId, String)> = visitor.wikis.iter().filter(|(wiki, _)| visitor.may(Right::Log, wiki)).collect();
    let first = seen.iter().position(|(wiki, _)| wiki.as_str() == after).map_or(0, |place| place + 1);
    let shown = seen.get(first..).unwrap_or_default();
    let wikis = shown.get(..WIKIS_SHOWN.min(shown.len())).unwrap_or_default();
    let mut now = Now {
        at: console.clock.now(),
        after: after.to_owned(),
        is_farm_empty: visitor.wikis.is_empty(),
        wikis: Vec::new(),
        next: wikis.last().filter(|_| shown.len() > WIKIS_SHOWN).map(|(wiki, _)| wiki.clone()),
        standing_out: Vec::new(),
        braked: Vec::new(),
        changes: Vec::new(),
        health: health::health(console, visitor),
    };
    if let Err(error) = fill(console, visitor, wikis, &mut now).await {
        tracing::error!(error = &error as &dyn std::error::Error, "the start page lacks its numbers");
        now.health.troubles.insert(0, overview::Trouble::Database);
    }
    now
}

async fn fill(
    console: &Console,
    visitor: &Visitor,
    wikis: &[&(WikiId, String)],
    now: &mut Now,
) -> Result<(), StoreError> {
    let farm = WikiId::farm();
    now.changes = changes::latest(console, visitor, wikis.iter().map(|(wiki, _)| wiki).chain([&farm])).await?;
    for (wiki, label) in wikis {
        now.braked.extend(braked::on(console, visitor, wiki, now.at).await?);
        let counted = numbers::last_hour(console, visitor, wiki, now.at).await?;
        now.standing_out.extend(counted.standing_out);
        now.wikis.push(WikiNow { wiki: wiki.clone(), label: label.clone(), minutes: counted.minutes });
    }
    // The worst first, whatever their wikis; of equals those that match most.
    now.standing_out
        .sort_by(|one, other| (one.marks.iter().min(), other.matches).cmp(&(other.marks.iter().min(), one.matches)));
    Ok(())
}
