//! Holds of automatic promotion: whose there are, and ending them.

mod view;

use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::{self, Asked, Wrongs};
use crate::pages::filters::Place;
use crate::pages::hits::sight;
use crate::state::Console;
use crate::visit::{Flash, Tone, Visitor, go_to};
use crate::{cursor, paths};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use wikiward_farm::WikiId;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_filters::autopromote::{AutopromoteError, AutopromoteHolds, Give, HoldKey, Person, SeenHold};

pub(crate) use view::samples;

pub(crate) fn routes() -> Router<Console> {
    Router::new().route("/w/{wiki}/promotion", get(list).post(act))
}

impl From<AutopromoteError> for Fault {
    fn from(error: AutopromoteError) -> Self {
        match error {
            AutopromoteError::Store(error) => error.into(),
            AutopromoteError::Forbidden(right) => Self::Forbidden(right),
            _ => Self::NotFound,
        }
    }
}

/// What the list shows.
#[derive(Debug, Clone)]
pub(crate) struct List {
    /// The wiki.
    pub(crate) wiki: WikiId,
    /// The holds that go on.
    pub(crate) holds: Vec<SeenHold>,
    /// Whether this is not the first page.
    pub(crate) is_later: bool,
    /// Cursor of the next page.
    pub(crate) next: Option<String>,
    /// Whose promotion is to be held, as typed.
    pub(crate) user: String,
    /// Why, as typed.
    pub(crate) reason: String,
    /// What is wrong with that.
    pub(crate) wrongs: Wrongs,
}

fn service(console: &Console) -> AutopromoteHolds {
    AutopromoteHolds::new(console.store.clone(), console.judge.snapshots().clone(), console.entropy.clone())
}

async fn found(console: &Console, visitor: &Visitor, wiki: WikiId, at: &str) -> Result<List, Fault> {
    let name = format!("promotion {wiki}");
    let after: Option<(i64, String)> = cursor::open(console, visitor, &name, at);
    let after = after.map(|(until, user)| HoldKey { until: from_micros(until), user });
    let page = service(console).list(&visitor.viewer, &wiki, after.as_ref(), acts::rows()).await?;
    let seen = sight(console, &visitor.viewer, &wiki).await?;
    let seal = |key: HoldKey| cursor::seal(console, visitor, &name, &(micros(key.until), key.user));
    Ok(List {
        holds: page.items.into_iter().map(|hold| hold.seen(&seen)).collect(),
        is_later: after.is_some(),
        next: page.next.map(seal),
        user: String::new(),
        reason: String::new(),
        wrongs: Wrongs::default(),
        wiki,
    })
}

async fn list(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, .. }: Place,
    asked: Asked,
) -> Result<Response, Fault> {
    let list = found(&console, &visitor, wiki, asked.get("cursor")).await?;
    Ok(view::list(&visitor, &list).show(&visitor))
}

/// Ends a hold, or gives one; says what came of it above the list. What was typed and is wrong comes back.
async fn act(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, .. }: Place,
    form: Form,
) -> Result<Response, Fault> {
    visitor.need_session()?;
    let ends = form.find("end");
    let user = ends.unwrap_or_else(|| form.get("user").trim());
    let reason = form.get("reason");
    let done = match user.parse() {
        Err(_) if user.is_empty() => Err(Wrongs::one("user", visitor.text.say("promotion-wrong-user"))),
        Err(_) => Err(Wrongs::one("user", visitor.text.say("acts-wrong-user-name"))),
        Ok(name) => {
            let (holds, person) = (service(&console), Person { name, id: None });
            let done = if ends.is_some() {
                holds.end(&visitor.viewer, &wiki, &person, reason).await.map(|()| "promotion-ended")
            } else {
                let give = Give { seconds: None, reason: reason.to_owned() };
                holds.give(&visitor.viewer, &wiki, &person, &give).await.map(|_| "promotion-given")
            };
            match done {
                Ok(key) => Ok(Flash::done(key, &[user])),
                Err(AutopromoteError::NotSuspended) => Ok(Flash::new(Tone::Notice, "promotion-over", &[user])),
                Err(AutopromoteError::Bad { .. }) => {
                    Err(Wrongs::one("reason", visitor.text.say("acts-wrong-reason-long")))
                }
                Err(error) => return Err(Fault::from(error)),
            }
        }
    };
    match done {
        Ok(flash) => Ok(flash.on(&console.sealer, console.is_secure, go_to(&paths::promotion(&wiki)))),
        Err(wrongs) => {
            let list = found(&console, &visitor, wiki, "").await?;
            let list = List { user: user.to_owned(), reason: reason.to_owned(), wrongs, ..list };
            Ok(view::list(&visitor, &list).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
        }
    }
}
