//! Undoing what a filter did: preview with boxes to tick, confirmation, and how it goes.

mod view;

use super::Place;
use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::{self, Asked, Wrongs};
use crate::pages::filters::Tabs;
use crate::pages::hits::sight;
use crate::state::Console;
use crate::visit::{Flash, Tone, Visitor, go_to};
use crate::{cursor, paths};
use axum::Router;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::get;
use std::collections::BTreeMap;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Id, Timestamp, WikiId};
use wikiward_filters::model::Filter;
use wikiward_filters::reverts::{Ask, Job, JobKey, RevertError, Reverts, Row, job_id_of, job_name};

pub(crate) use view::samples;

pub(crate) fn routes() -> Router<Console> {
    Router::new()
        .route("/w/{wiki}/filters/{gid}/reverts", get(list).post(prepare))
        .route("/w/{wiki}/filters/{gid}/reverts/{job}", get(show).post(act))
}

impl From<RevertError> for Fault {
    fn from(error: RevertError) -> Self {
        match error {
            RevertError::Store(error) => error.into(),
            RevertError::Forbidden(right) => Self::Forbidden(right),
            RevertError::NotNow(not_now) => Self::TooOften(not_now.retry_after_s().into()),
            _ => Self::NotFound,
        }
    }
}

/// The job that an address names.
struct JobName(Id);

impl<S: Send + Sync> FromRequestParts<S> for JobName {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let Path(named) =
            Path::<BTreeMap<String, String>>::from_request_parts(parts, state).await.map_err(|_| Fault::NotFound)?;
        named.get("job").and_then(|name| job_id_of(name)).map(Self).ok_or(Fault::NotFound)
    }
}

/// What every page about a filter's jobs knows.
#[derive(Debug, Clone)]
pub(crate) struct Of {
    /// The wiki.
    pub(crate) wiki: WikiId,
    /// The filter's name there.
    pub(crate) gid: String,
    /// Its name for people.
    pub(crate) name: String,
    /// Its pages.
    pub(crate) tabs: Tabs,
    /// Now.
    pub(crate) now: Timestamp,
}

/// The jobs of a filter, and what was typed for a new one.
#[derive(Debug, Clone)]
pub(crate) struct List {
    /// The filter.
    pub(crate) of: Of,
    /// The jobs, newest first.
    pub(crate) jobs: Vec<Job>,
    /// Whether this is not the first page.
    pub(crate) is_later: bool,
    /// Cursor of the next page.
    pub(crate) next: Option<String>,
    /// What can be undone.
    pub(crate) reversible: Vec<String>,
    /// Hits from then, as typed.
    pub(crate) from: String,
    /// Hits before then, as typed.
    pub(crate) to: String,
    /// What was ticked.
    pub(crate) ticked: Vec<String>,
    /// Why, as typed.
    pub(crate) reason: String,
    /// What is wrong with what was typed.
    pub(crate) wrongs: Wrongs,
}

/// One job.
#[derive(Debug, Clone)]
pub(crate) struct One {
    /// The filter.
    pub(crate) of: Of,
    /// The job.
    pub(crate) job: Job,
    /// Its rows.
    pub(crate) rows: Vec<Row>,
    /// Confirms it: only on the page that prepared it.
    pub(crate) token: Option<String>,
    /// What is wrong: a message's key.
    pub(crate) wrong: Option<&'static str>,
}

fn service(console: &Console) -> Reverts {
    let snapshots = console.judge.snapshots().clone();
    Reverts::new(console.store.clone(), snapshots, console.filters.clone(), console.entropy.clone())
}

async fn of(console: &Console, visitor: &Visitor, wiki: &WikiId, gid: &str) -> Result<Of, Fault> {
    let filter: Filter = console.filters.get(&visitor.viewer, wiki, gid).await?;
    Ok(Of {
        wiki: wiki.clone(),
        gid: filter.key.gid(),
        name: filter.draft.name.clone(),
        tabs: Tabs::of(visitor, wiki, &filter.key.wiki),
        now: console.clock.now(),
    })
}

async fn found(console: &Console, visitor: &Visitor, place: &Place, at: &str) -> Result<List, Fault> {
    let Place { wiki, gid } = place;
    let of = of(console, visitor, wiki, gid).await?;
    let reverts = service(console);
    let seen = sight(console, &visitor.viewer, wiki).await?;
    let name = format!("reverts {wiki} {gid}");
    let after: Option<(i64, String)> = cursor::open(console, visitor, &name, at);
    let is_later = after.is_some();
    let after = after.and_then(|(at, id)| Some(JobKey { at: from_micros(at), job_id: id.parse().ok()? }));
    let page = reverts.jobs(&visitor.viewer, wiki, gid, &seen, after, acts::rows()).await?;
    let seal = |key: JobKey| cursor::seal(console, visitor, &name, &(micros(key.at), key.job_id.to_string()));
    Ok(List {
        of,
        jobs: page.items,
        is_later,
        next: page.next.map(seal),
        reversible: reverts.reversible(),
        from: String::new(),
        to: String::new(),
        ticked: Vec::new(),
        reason: String::new(),
        wrongs: Wrongs::default(),
    })
}

async fn list(State(console): State<Console>, visitor: Visitor, place: Place, asked: Asked) -> Result<Response, Fault> {
    // A job that left something out leads here, with what the next one is about.
    let typed = |name: &str| asked.get(name).to_owned();
    let list = List {
        from: typed("from"),
        to: typed("to"),
        ticked: asked.all("consequence").map(str::to_owned).collect(),
        reason: typed("reason"),
        ..found(&console, &visitor, &place, asked.get("cursor")).await?
    };
    Ok(view::list(&visitor, &list).show(&visitor))
}

/// A time as a form sends it, UTC.
fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().or_else(|_| format!("{text}:00Z").parse()).or_else(|_| format!("{text}Z").parse()).ok()
}

/// Prepares a job. The answer is the page with its rows: nothing else ever holds the token that confirms it.
async fn prepare(
    State(console): State<Console>,
    visitor: Visitor,
    place: Place,
    form: Form,
) -> Result<Response, Fault> {
    let typed = |name: &str| form.get(name).trim().to_owned();
    let ticked: Vec<String> = form.all("consequence").map(str::to_owned).collect();
    let seen = sight(&console, &visitor.viewer, &place.wiki).await?;
    let (from, to) = (typed("from"), typed("to"));
    let until = if to.is_empty() { Some(console.clock.now()) } else { moment(&to) };
    let (field, key) = match moment(&from).zip(until) {
        None => ("from", "reverts-wrong-time"),
        Some((from, to)) => {
            let ask = Ask { from, to, consequences: ticked.clone(), reason: typed("reason") };
            match service(&console).prepare(&visitor.viewer, &place.wiki, &place.gid, &ask, &seen).await {
                Ok(made) => {
                    let of = of(&console, &visitor, &place.wiki, &place.gid).await?;
                    let token = Some(made.confirm_token);
                    let one = One { of, job: made.job, rows: made.rows, token, wrong: None };
                    return Ok(view::one(&visitor, &one).show(&visitor));
                }
                Err(RevertError::Bad { field: "reason", .. }) => ("reason", "reverts-wrong-reason"),
                Err(RevertError::Bad { field: "consequences", .. }) => ("consequences", "reverts-wrong-consequences"),
                Err(RevertError::Bad { .. }) => ("from", "reverts-wrong-time"),
                Err(error) => return Err(error.into()),
            }
        }
    };
    let wrongs = Wrongs::one(field, visitor.text.say(key));
    let list = found(&console, &visitor, &place, "").await?;
    let list = List { from, to, ticked, reason: typed("reason"), wrongs, ..list };
    Ok(view::list(&visitor, &list).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
}

async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, gid }: Place,
    JobName(job_id): JobName,
) -> Result<Response, Fault> {
    let of = of(&console, &visitor, &wiki, &gid).await?;
    let seen = sight(&console, &visitor.viewer, &wiki).await?;
    let (job, rows) = service(&console).job(&visitor.viewer, &wiki, &gid, job_id, &seen).await?;
    Ok(view::one(&visitor, &One { of, job, rows, token: None, wrong: None }).show(&visitor))
}

/// Confirms a job, or gives it up; then its page says how it goes.
async fn act(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, gid }: Place,
    JobName(job_id): JobName,
    form: Form,
) -> Result<Response, Fault> {
    let seen = sight(&console, &visitor.viewer, &wiki).await?;
    let reverts = service(&console);
    let token = form.get("token");
    let done = if form.get("do") == "cancel" {
        reverts.cancel(&visitor.viewer, &wiki, &gid, job_id, &seen).await.map(|_| "reverts-cancelled")
    } else {
        let rows: Vec<u32> = form.all("row").filter_map(|number| number.parse().ok()).collect();
        let done = reverts.confirm(&visitor.viewer, &wiki, &gid, job_id, Some(token), &rows, &seen).await;
        done.map(|_| "reverts-confirmed")
    };
    let flash = match done {
        Ok(key) => Flash::done(key, &[]),
        Err(RevertError::Bad { .. }) => {
            // The rows again, and the token with them.
            let of = of(&console, &visitor, &wiki, &gid).await?;
            let (job, rows) = reverts.job(&visitor.viewer, &wiki, &gid, job_id, &seen).await?;
            let one = One { of, job, rows, token: Some(token.to_owned()), wrong: Some("reverts-wrong-rows") };
            return Ok(view::one(&visitor, &one).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor));
        }
        Err(RevertError::ConfirmRequired | RevertError::ConfirmExpired) => {
            Flash::new(Tone::Warning, "reverts-wrong-late", &[])
        }
        Err(RevertError::Over) => Flash::new(Tone::Notice, "reverts-wrong-over", &[]),
        Err(error) => return Err(error.into()),
    };
    let path = paths::filter_revert(&wiki, &gid, &job_name(job_id));
    Ok(flash.on(&console.sealer, console.is_secure, go_to(&path)))
}
