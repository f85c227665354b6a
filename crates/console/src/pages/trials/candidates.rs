//! Candidates of a filter: what a changed rule does differently beside it, and making it the next version.

mod samples;
mod view;

use super::Head;
use crate::args;
use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::Wrongs;
use crate::pages::filters::{Place, finding};
use crate::pages::hits::sight;
use crate::paths;
use crate::state::Console;
use crate::text::Text;
use crate::visit::{Flash, Tone, Visitor, go_to};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use wikiward_farm::{Id, Limit, Right, Timestamp, WikiId};
use wikiward_filters::backtest::forecast::Forecast;
use wikiward_filters::candidates::{
    Candidate, CandidateError, CandidateRow, DAYS_MAX, Numbers, Promote, Share, Start, Verdicts,
};
use wikiward_filters::hits::list::Log;
use wikiward_filters::life::SaveError;
use wikiward_filters::model::{Filter, State as Life, Version};

pub(super) use samples::samples;
use view::page;

/// Actions of each kind that are shown, the newest ones.
const ROWS: i64 = 20;

/// Which candidate is to be shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    candidate: String,
}

/// What the page shows.
#[derive(Debug, Clone)]
struct Candidates {
    head: Head,
    /// The version in force, and its rule.
    version: u32,
    rules: String,
    is_enabled: bool,
    list: Vec<Candidate>,
    one: Option<One>,
    may_start: bool,
    may_promote: bool,
    typed: Typed,
    wrongs: Wrongs,
    now: Timestamp,
}

/// A candidate with what came of it.
#[derive(Debug, Clone)]
struct One {
    candidate: Candidate,
    numbers: Numbers,
    shares: Vec<Share>,
    only_live: Vec<CandidateRow>,
    only_candidate: Vec<CandidateRow>,
    forecast: Forecast,
}

/// What was typed into the form.
#[derive(Debug, Clone, Default)]
struct Typed {
    rules: Option<String>,
    days: String,
    reason: String,
    promote_reason: String,
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, gid }: Place,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    let candidates = load(&console, &visitor, &wiki, &gid, wanted.candidate.parse().ok()).await?;
    Ok(page(&visitor, &candidates).show(&visitor))
}

async fn load(
    console: &Console,
    visitor: &Visitor,
    wiki: &WikiId,
    gid: &str,
    wanted: Option<Id>,
) -> Result<Candidates, Fault> {
    let (filter, list) = console.filters.candidates(&visitor.viewer, wiki, gid).await?;
    visitor.need(Right::Log, wiki)?;
    let owner = &filter.key.wiki;
    let chosen = match wanted {
        Some(id) => Some(list.iter().find(|candidate| candidate.id == id).ok_or(Fault::NotFound)?),
        None => list.first(),
    };
    let one = match chosen {
        Some(candidate) => Some(one(console, visitor, wiki, &filter, candidate).await?),
        None => None,
    };
    let edit = if owner.is_farm() { Right::ModifyGlobal } else { Right::Modify };
    Ok(Candidates {
        head: Head::new(visitor, wiki, &filter),
        version: filter.version.0,
        rules: filter.draft.rules.clone(),
        is_enabled: filter.draft.state == Life::Enabled,
        one,
        list,
        may_start: visitor.is_signed_in(),
        may_promote: visitor.is_signed_in() && visitor.may(edit, owner),
        typed: Typed::default(),
        wrongs: Wrongs::default(),
        now: console.clock.now(),
    })
}

async fn one(
    console: &Console,
    visitor: &Visitor,
    wiki: &WikiId,
    filter: &Filter,
    candidate: &Candidate,
) -> Result<One, Fault> {
    let sight = sight(console, &visitor.viewer, wiki).await?;
    let log = if wiki.is_farm() { Log::Farm } else { Log::Wiki(wiki.clone()) };
    let limit = Limit::new(ROWS).unwrap_or_default();
    let filters = &console.filters;
    let only_live = filters.candidate_actions(candidate, Verdicts::OnlyLive, &log, None, limit, &sight).await?;
    let only_candidate =
        filters.candidate_actions(candidate, Verdicts::OnlyCandidate, &log, None, limit, &sight).await?;
    Ok(One {
        candidate: candidate.clone(),
        numbers: candidate.numbers(filter, wiki, &sight),
        shares: filters.candidate_shares(candidate, &log, &sight).await?,
        only_live: only_live.items,
        only_candidate: only_candidate.items,
        forecast: console.backtests.of_candidate(filter, candidate, &log, &sight).await?,
    })
}

/// Starts a candidate, stops one, or makes one the next version.
pub(super) async fn act(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, gid }: Place,
    form: Form,
) -> Result<Response, Fault> {
    visitor.need_session()?;
    let text = visitor.text;
    let path = paths::filter_candidates(&wiki, &gid);
    let named = form.get("candidate").parse::<Id>().ok();
    let viewer = &visitor.viewer;
    let done = match (form.get("do"), named) {
        ("start", _) => {
            let start = Start {
                rules: form.get("rules").replace("\r\n", "\n"),
                actions: None,
                days: form.get("days").trim().parse().unwrap_or(0),
                reason: form.get("reason").trim().to_owned(),
            };
            console.filters.start_candidate(viewer, &wiki, &gid, &start).await.map(|_| "trials-started")
        }
        ("stop", Some(id)) => {
            console.filters.stop_candidate(viewer, &wiki, &gid, id, "").await.map(|_| "trials-stopped")
        }
        ("promote", Some(id)) => {
            let base = form.get("base").parse().map(Version).map_err(|_| Fault::BadForm)?;
            let reason = form.get("promote_reason").trim().to_owned();
            let promote = Promote { skip_backtest_reason: reason.clone(), reason, override_tests: String::new() };
            let promoted = console.filters.promote_candidate(viewer, &wiki, &gid, id, base, &promote).await;
            promoted.map(|_| "trials-promoted")
        }
        _ => return Err(Fault::BadForm),
    };
    let (status, wrongs) = match done {
        Ok(key) => {
            let path = if key == "trials-promoted" { paths::filter(&wiki, &gid) } else { path };
            return Ok(Flash::done(key, &[&gid]).on(&console.sealer, console.is_secure, go_to(&path)));
        }
        // Nothing was typed to stop it.
        Err(CandidateError::Ended) if form.get("do") == "stop" => {
            let flash = Flash::new(Tone::Notice, "trials-has-ended", &[]);
            return Ok(flash.on(&console.sealer, console.is_secure, go_to(&path)));
        }
        Err(error) => refused(text, error)?,
    };
    // What was typed comes back, beside what is in force now.
    let mut candidates = load(&console, &visitor, &wiki, &gid, named).await?;
    candidates.typed = Typed {
        rules: form.find("rules").map(|rules| rules.replace("\r\n", "\n")),
        days: form.get("days").to_owned(),
        reason: form.get("reason").to_owned(),
        promote_reason: form.get("promote_reason").to_owned(),
    };
    candidates.wrongs = wrongs;
    Ok(page(&visitor, &candidates).status(status).show(&visitor))
}

/// What is wrong, at the fields that can mend it.
///
/// # Errors
/// [`Fault`] for what no other words in the form would change.
fn refused(text: Text, error: CandidateError) -> Result<(StatusCode, Wrongs), Fault> {
    let said = |key: &str| Wrongs::one("", text.say(key));
    Ok(match error {
        CandidateError::Ended => (StatusCode::CONFLICT, said("trials-has-ended")),
        CandidateError::NotEnabled => (StatusCode::CONFLICT, said("trials-not-enabled")),
        CandidateError::Save(SaveError::Conflict(_) | SaveError::NoSuchVersion(_)) => {
            (StatusCode::CONFLICT, said("trials-changed-meanwhile"))
        }
        CandidateError::Invalid(found) => {
            let mut wrongs = Wrongs::default();
            for error in &found.errors {
                // A promotion is checked whole; what it asks for is said with its reason.
                let field = if error.field == "rules" && error.span.is_some() { "rules" } else { "" };
                wrongs.add(field, finding(text, error));
            }
            (StatusCode::UNPROCESSABLE_ENTITY, wrongs)
        }
        CandidateError::Bad { field, .. } => {
            let wrongs = match field {
                "days" => Wrongs::one("days", text.with("trials-wrong-days", args![DAYS_MAX])),
                "rules" => Wrongs::one("rules", text.say("trials-wrong-same")),
                _ => Wrongs::one("reason", text.say("trials-wrong-reason")),
            };
            (StatusCode::UNPROCESSABLE_ENTITY, wrongs)
        }
        error => return Err(error.into()),
    })
}

impl From<CandidateError> for Fault {
    fn from(error: CandidateError) -> Self {
        match error {
            CandidateError::Forbidden(right) => Self::Forbidden(right),
            CandidateError::Store(error) => error.into(),
            CandidateError::Save(error) => error.into(),
            _ => Self::NotFound,
        }
    }
}
