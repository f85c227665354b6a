//! Backtests: a rule from the editor, tried on everything that is kept; a page for each, and a list of one's own.

mod forecast;
mod view;

use super::hits::sight;
use crate::fault::Fault;
use crate::form::Form;
use crate::paths;
use crate::state::Console;
use crate::visit::{Flash, Tone, Visitor, go_to};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use std::collections::BTreeMap;
use wikiward_farm::{Id, Limit, Right, WikiId};
use wikiward_filters::backtest::{Against, BacktestAsk, BacktestError, DiffClass, Job};

pub(crate) use forecast::foretold;
use view::Shown;
pub(crate) use view::samples;

/// Backtests on the list.
const LISTED: i64 = 50;

pub(crate) fn routes() -> Router<Console> {
    Router::new()
        .route("/w/{wiki}/backtests", get(list).post(start))
        .route("/w/{wiki}/backtests/{job}", get(show))
        .route("/w/{wiki}/backtests/{job}/cancel", post(cancel))
}

type Named = Path<BTreeMap<String, String>>;

fn wiki_of(named: &BTreeMap<String, String>) -> Result<WikiId, Fault> {
    named.get("wiki").and_then(|word| paths::wiki_of(word)).ok_or(Fault::NotFound)
}

fn job_of(named: &BTreeMap<String, String>) -> Result<Id, Fault> {
    named.get("job").and_then(|id| id.parse().ok()).ok_or(Fault::NotFound)
}

async fn list(State(console): State<Console>, visitor: Visitor, Path(named): Named) -> Result<Response, Fault> {
    let wiki = wiki_of(&named)?;
    visitor.need(Right::Backtest, &wiki)?;
    let limit = Limit::new(LISTED).unwrap_or_default();
    let page = console.backtests.list(&visitor.viewer, &wiki, None, limit).await?;
    Ok(view::list(&visitor, &wiki, &page.items).show(&visitor))
}

/// Starts a backtest of the rule in the editor, beside the filter that it is of.
async fn start(
    State(console): State<Console>,
    visitor: Visitor,
    Path(named): Named,
    form: Form,
) -> Result<Response, Fault> {
    let wiki = wiki_of(&named)?;
    visitor.need(Right::Backtest, &wiki)?;
    visitor.need(Right::Log, &wiki)?;
    let mut ask = BacktestAsk::new(form.get("group"), form.get("rules"));
    let gid = form.get("gid");
    ask.against = (!gid.is_empty()).then(|| Against { gid: gid.to_owned(), version: None });
    let sight = sight(&console, &visitor.viewer, &wiki).await?;
    let flash = match console.backtests.start(&visitor.viewer, &sight, &wiki, ask).await {
        Ok(job) => return Ok(go_to(&paths::backtest(&wiki, &job.id.to_string()))),
        Err(BacktestError::Invalid(errors)) => {
            let first = errors.first().map(|error| error.message.clone()).unwrap_or_default();
            Flash::new(Tone::Wrong, "backtests-broken", &[&first])
        }
        Err(BacktestError::TooMany { running, .. }) => {
            Flash::new(Tone::Warning, "backtests-too-many", &[&running.to_string()])
        }
        Err(error) => return Err(error.into()),
    };
    Ok(flash.on(&console.sealer, console.is_secure, go_to(&paths::backtests(&wiki))))
}

async fn show(State(console): State<Console>, visitor: Visitor, Path(named): Named) -> Result<Response, Fault> {
    let (wiki, id) = (wiki_of(&named)?, job_of(&named)?);
    visitor.need(Right::Backtest, &wiki)?;
    let job = console.backtests.one(&visitor.viewer, &wiki, id).await?.ok_or(Fault::NotFound)?;
    let shown = shown(&console, &visitor, &wiki, job).await?;
    Ok(view::page(&visitor, &shown).show(&visitor))
}

async fn shown(console: &Console, visitor: &Visitor, wiki: &WikiId, job: Job) -> Result<Shown, Fault> {
    let sight = sight(console, &visitor.viewer, wiki).await?;
    let mut examples = Vec::new();
    for class in DiffClass::ALL {
        let found = console.backtests.examples(&visitor.viewer, &sight, wiki, job.id, class).await?;
        examples.push((class, found.unwrap_or_default()));
    }
    Ok(Shown { job, examples })
}

async fn cancel(
    State(console): State<Console>,
    visitor: Visitor,
    Path(named): Named,
    _: Form,
) -> Result<Response, Fault> {
    let (wiki, id) = (wiki_of(&named)?, job_of(&named)?);
    visitor.need(Right::Backtest, &wiki)?;
    console.backtests.cancel(&visitor.viewer, &wiki, id).await?.ok_or(Fault::NotFound)?;
    Ok(go_to(&paths::backtest(&wiki, &id.to_string())))
}

impl From<BacktestError> for Fault {
    fn from(error: BacktestError) -> Self {
        match error {
            BacktestError::Store(error) => error.into(),
            BacktestError::Forbidden(right) => Self::Forbidden(right),
            BacktestError::Invalid(_) => Self::BadForm,
            BacktestError::TooMany { .. } | BacktestError::NoThread(_) => Self::TooOften(60),
            BacktestError::NotFound | BacktestError::UnknownGroup(_) => Self::NotFound,
        }
    }
}
