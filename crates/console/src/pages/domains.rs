//! External domains that nobody may link to: the list of a wiki or of the farm, and the log of attempts.

mod view;

use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::{self, Asked, Wrongs};
use crate::pages::filters::Place;
use crate::state::Console;
use crate::visit::Visitor;
use crate::{cursor, paths};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Id, Right, WikiId};
use wikiward_filters::domains::attempts::{Attempt, AttemptKey, Attempts, Which};
use wikiward_filters::domains::{Added, BlockedDomain, BlockedDomains, DomainError, NewDomain};

pub(crate) use view::samples;

pub(crate) fn routes() -> Router<Console> {
    Router::new()
        .route("/w/{wiki}/domains", get(list).post(add))
        .route("/w/{wiki}/domains/remove", post(remove))
        .route("/w/{wiki}/domains/attempts", get(attempts))
}

impl From<DomainError> for Fault {
    fn from(error: DomainError) -> Self {
        match error {
            DomainError::Store(error) => error.into(),
            DomainError::Forbidden(right) => Self::Forbidden(right),
            DomainError::NotFound | DomainError::Bad { .. } | DomainError::TooMany { .. } => Self::NotFound,
        }
    }
}

/// What the list shows.
#[derive(Debug, Clone)]
pub(crate) struct List {
    /// Whose list.
    pub(crate) wiki: WikiId,
    /// Its entries.
    pub(crate) entries: Vec<BlockedDomain>,
    /// What is looked for.
    pub(crate) search: String,
    /// Whether the visitor may change it.
    pub(crate) may_change: bool,
    /// Whether the visitor may read the log of attempts.
    pub(crate) may_read_log: bool,
    /// Whether this is not the first page.
    pub(crate) is_later: bool,
    /// Cursor of the next page.
    pub(crate) next: Option<String>,
    /// Lines that were typed and are none, or could not be added.
    pub(crate) typed: String,
    /// Why.
    pub(crate) reason: String,
    /// What is wrong with which of them.
    pub(crate) wrong: Vec<(String, Added)>,
    /// What else is wrong with what was typed, or with what was to be removed.
    pub(crate) wrongs: Wrongs,
    /// Those that were ticked to be removed.
    pub(crate) ticked: Vec<String>,
    /// Why they were to be.
    pub(crate) why_removed: String,
}

/// What the log shows.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    /// The wiki.
    pub(crate) wiki: WikiId,
    /// Its attempts.
    pub(crate) attempts: Vec<Attempt>,
    /// The code that is looked for.
    pub(crate) code: String,
    /// Whether this is not the first page.
    pub(crate) is_later: bool,
    /// Cursor of the next page.
    pub(crate) next: Option<String>,
}

fn service(console: &Console) -> BlockedDomains {
    BlockedDomains::new(console.store.clone(), console.judge.snapshots().clone())
}

async fn found(console: &Console, visitor: &Visitor, wiki: WikiId, asked: &Asked) -> Result<List, Fault> {
    let search = asked.get("q").to_owned();
    let name = format!("domains {wiki} {search}");
    let after: Option<String> = cursor::open(console, visitor, &name, asked.get("cursor"));
    let page = service(console).list(&visitor.viewer, &wiki, Some(&search), after.as_deref(), acts::rows()).await?;
    Ok(List {
        entries: page.items,
        search,
        may_change: visitor.may(Right::ModifyBlockedDomains, &wiki),
        may_read_log: !wiki.is_farm() && visitor.may(Right::BlockedDomainsLog, &wiki),
        is_later: after.is_some(),
        next: page.next.map(|domain| cursor::seal(console, visitor, &name, &domain)),
        typed: String::new(),
        reason: String::new(),
        wrong: Vec::new(),
        wrongs: Wrongs::default(),
        ticked: Vec::new(),
        why_removed: String::new(),
        wiki,
    })
}

async fn list(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, .. }: Place,
    asked: Asked,
) -> Result<Response, Fault> {
    let list = found(&console, &visitor, wiki, &asked).await?;
    Ok(view::list(&visitor, &list).show(&visitor))
}

/// Adds the domains that were typed, one a line; those that are none come back with what is wrong with them.
async fn add(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, .. }: Place,
    form: Form,
) -> Result<Response, Fault> {
    let typed = form.get("domains");
    let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
    let new: Vec<NewDomain> = lines
        .map(|line| {
            let (domain, notes) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            NewDomain { domain: domain.to_owned(), notes: notes.trim().to_owned(), added_by: None }
        })
        .collect();
    let reason = form.get("add-reason").trim();
    let text = visitor.text;
    let (wrong, wrongs) = match service(&console).add(&visitor.viewer, &wiki, &new, reason).await {
        Ok(outcomes) => {
            let added = outcomes.iter().filter(|(_, added)| *added == Added::New).count();
            let wrong = new.iter().zip(outcomes).filter(|(_, (_, added))| added.error().is_some());
            let wrong: Vec<(String, Added)> = wrong.map(|(new, (_, added))| (new.domain.clone(), added)).collect();
            if wrong.is_empty() {
                return Ok(acts::done(&console, &paths::domains(&wiki), "domains-added", &[&added.to_string()]));
            }
            (wrong, Wrongs::default())
        }
        Err(DomainError::Bad { field: "reason", .. }) => {
            (Vec::new(), Wrongs::one("add-reason", text.say("acts-wrong-reason-long")))
        }
        Err(DomainError::Bad { .. }) => (Vec::new(), Wrongs::one("domains", text.say("domains-wrong-number"))),
        Err(DomainError::TooMany { .. }) => (Vec::new(), Wrongs::one("domains", text.say("domains-wrong-full"))),
        Err(error) => return Err(error.into()),
    };
    let kept: Vec<&str> = if wrong.is_empty() {
        typed.lines().collect()
    } else {
        let is_wrong = |line: &&str| wrong.iter().any(|(domain, _)| line.split_whitespace().next() == Some(domain));
        typed.lines().filter(is_wrong).collect()
    };
    let list = List {
        typed: kept.join("\n"),
        reason: reason.to_owned(),
        wrong,
        wrongs,
        ..found(&console, &visitor, wiki, &Asked::default()).await?
    };
    Ok(view::list(&visitor, &list).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
}

async fn remove(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, .. }: Place,
    form: Form,
) -> Result<Response, Fault> {
    let ticked: Vec<String> = form.all("domain").map(str::to_owned).collect();
    let reason = form.get("reason");
    let (field, key) = match service(&console).remove(&visitor.viewer, &wiki, &ticked, reason).await {
        Ok(removed) => {
            let count = removed.len().to_string();
            return Ok(acts::done(&console, &paths::domains(&wiki), "domains-removed", &[&count]));
        }
        Err(DomainError::Bad { field: "domains", .. }) => ("list", "domains-wrong-none"),
        Err(DomainError::Bad { .. }) => ("reason", "acts-wrong-reason-long"),
        Err(error) => return Err(error.into()),
    };
    let list = found(&console, &visitor, wiki, &Asked::default()).await?;
    let wrongs = Wrongs::one(field, visitor.text.say(key));
    let list = List { wrongs, ticked, why_removed: reason.to_owned(), ..list };
    Ok(view::list(&visitor, &list).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
}

async fn attempts(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, .. }: Place,
    asked: Asked,
) -> Result<Response, Fault> {
    let code = asked.get("code").to_owned();
    let name = format!("domain attempts {wiki} {code}");
    let after: Option<(i64, String)> = cursor::open(&console, &visitor, &name, asked.get("cursor"));
    let is_later = after.is_some();
    let after = after.and_then(|(at, id)| Some(AttemptKey { at: from_micros(at), hit_id: id.parse::<Id>().ok()? }));
    let which = Which { ref_code: (!code.is_empty()).then(|| code.clone()), ..Which::default() };
    let log = Attempts::new(console.store.clone(), console.judge.snapshots().clone());
    let page = log.list(&visitor.viewer, &wiki, &which, after, acts::rows()).await?;
    let seal = |key: AttemptKey| cursor::seal(&console, &visitor, &name, &(micros(key.at), key.hit_id.to_string()));
    let log = Log { attempts: page.items, code, is_later, next: page.next.map(seal), wiki };
    Ok(view::log(&visitor, &log).show(&visitor))
}
