//! Tokens of programs.

mod view;

use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::{self, ASKED, Asked, REASON_LETTERS_MAX, Wrongs};
use crate::state::Console;
use crate::visit::Visitor;
use crate::{cursor, paths};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use wikiward_farm::{Right, Timestamp, WikiId};
use wikiward_people::{Scope, Token, TokenDraft, TokenError};

pub(crate) use view::samples;

pub(crate) fn routes() -> Router<Console> {
    Router::new().route(paths::TOKENS, get(list).post(make)).route("/tokens/{token}/revoke", get(question).post(revoke))
}

fn revoke_path(token: &str) -> String {
    format!("{}/{}/revoke", paths::TOKENS, crate::visit::encoded(token))
}

impl From<TokenError> for Fault {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Forbidden(right) => Self::Forbidden(right),
            TokenError::Store(error) => error.into(),
            TokenError::Unknown | TokenError::Invalid(_) => Self::NotFound,
        }
    }
}

/// A token that somebody wants to make, as typed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Typed {
    /// The wiki it is for.
    pub(crate) wiki: String,
    /// What it is called.
    pub(crate) label: String,
    /// What it is for.
    pub(crate) scopes: Vec<String>,
    /// The day on which it ends; empty for never.
    pub(crate) expires_at: String,
}

/// What the list shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    /// The tokens.
    pub(crate) tokens: Vec<Token>,
    /// The wiki whose tokens are asked for.
    pub(crate) wiki: String,
    /// Now, which tells those that have ended.
    pub(crate) now: Timestamp,
    /// Whether this is not the first page.
    pub(crate) is_later: bool,
    /// Cursor of the next page.
    pub(crate) next: Option<String>,
    /// What was typed for a new one.
    pub(crate) typed: Typed,
    /// What is wrong with that.
    pub(crate) wrongs: Wrongs,
}

async fn found(console: &Console, visitor: &Visitor, wiki: &str, cursor: &str) -> Result<List, Fault> {
    visitor.need_session()?;
    let asked = if wiki.is_empty() { None } else { Some(paths::wiki_of(wiki).ok_or(Fault::NotFound)?) };
    let name = format!("tokens {wiki}");
    let before: Option<String> = cursor::open(console, visitor, &name, cursor);
    let page = console.people.tokens(&visitor.viewer, asked.as_ref(), before.as_deref(), acts::rows()).await?;
    let next = page.next.map(|id| cursor::seal(console, visitor, &name, &id));
    let now = console.clock.now();
    Ok(List { tokens: page.items, wiki: wiki.to_owned(), now, is_later: before.is_some(), next, ..List::default() })
}

async fn list(State(console): State<Console>, visitor: Visitor, asked: Asked) -> Result<Response, Fault> {
    let list = found(&console, &visitor, asked.get("wiki"), asked.get("cursor")).await?;
    Ok(view::list(&visitor, &list).show(&visitor))
}

/// The token that was typed, or what is wrong with it.
fn draft(visitor: &Visitor, typed: &Typed) -> Result<TokenDraft, Wrongs> {
    let mut wrongs = Wrongs::default();
    let wiki = paths::wiki_of(&typed.wiki);
    if wiki.is_none() {
        wrongs.add("wiki", visitor.text.say("acts-wrong-wiki"));
    }
    let expires_at = match typed.expires_at.as_str() {
        "" => None,
        day => format!("{day}T00:00:00Z").parse::<Timestamp>().map_or_else(
            |_| {
                wrongs.add("expires_at", visitor.text.say("tokens-wrong-day"));
                None
            },
            Some,
        ),
    };
    let scopes = typed.scopes.iter().filter_map(|name| Scope::find(name)).collect();
    match wiki.filter(|_| wrongs.is_empty()) {
        Some(wiki) => Ok(TokenDraft { wiki, label: typed.label.clone(), scopes, expires_at }),
        None => Err(wrongs),
    }
}

async fn make(State(console): State<Console>, visitor: Visitor, form: Form) -> Result<Response, Fault> {
    let typed = Typed {
        wiki: form.get("wiki").to_owned(),
        label: form.get("label").trim().to_owned(),
        scopes: form.all("scope").map(str::to_owned).collect(),
        expires_at: form.get("expires_at").trim().to_owned(),
    };
    let wrongs = match draft(&visitor, &typed) {
        Ok(draft) => match console.people.make_token(&visitor.viewer, draft).await {
            // The answer is the page itself: nothing else ever holds the secret.
            Ok(made) => return Ok(view::made(&visitor, &made.token, &made.secret).show(&visitor)),
            Err(TokenError::Invalid(wrong)) => view::wrongs(visitor.text, &wrong),
            Err(error) => return Err(error.into()),
        },
        Err(wrongs) => wrongs,
    };
    let list = List { typed, wrongs, ..found(&console, &visitor, "", "").await? };
    Ok(view::list(&visitor, &list).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
}

async fn one(console: &Console, visitor: &Visitor, id: &str) -> Result<Token, Fault> {
    visitor.need_session()?;
    console.people.token(&visitor.viewer, id).await?.ok_or(Fault::NotFound)
}

async fn question(State(console): State<Console>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let token = one(&console, &visitor, &id).await?;
    Ok(acts::ask(&visitor, &view::question(visitor.text, &token, "", Wrongs::default())).show(&visitor))
}

async fn revoke(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Fault> {
    let token = one(&console, &visitor, &id).await?;
    let reason = form.get("reason").trim();
    let is_long = reason.chars().count() > REASON_LETTERS_MAX as usize;
    if is_long || !form.is_ticked(ASKED) {
        let wrong = visitor.text.say("acts-wrong-reason-long");
        let wrongs = if is_long { Wrongs::one("reason", wrong) } else { Wrongs::default() };
        let page = acts::ask(&visitor, &view::question(visitor.text, &token, reason, wrongs));
        return Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor));
    }
    console.people.revoke_token(&visitor.viewer, &token.id, reason).await?;
    Ok(acts::done(&console, paths::TOKENS, "tokens-revoked", &[&token.label]))
}

/// Whether the person may make tokens for the whole farm.
fn may_for_farm(visitor: &Visitor) -> bool {
    visitor.may(Right::ManageFarm, &WikiId::farm())
}
