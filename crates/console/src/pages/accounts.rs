//! Accounts of people at this service: the list, one account, its rights, its sessions.

mod one;
mod rights;
pub(crate) mod samples;
pub(crate) mod sessions;
mod view;

use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::{self, Asked, Wrongs};
use crate::state::Console;
use crate::visit::Visitor;
use crate::{args, cursor, paths};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use std::collections::BTreeMap;
use wikiward_farm::{Limit, Right, UserName, WikiId};
use wikiward_people::{Account, AccountDraft, AccountError};

pub(crate) use samples::samples;

pub(crate) fn routes() -> Router<Console> {
    Router::new()
        .route(paths::ACCOUNTS, get(list).post(add))
        .route("/accounts/{account}", get(one::show).post(one::change))
        .route("/accounts/{account}/disable", get(one::ask_disable).post(one::disable))
        .route("/accounts/{account}/enable", post(one::enable))
        .route("/accounts/{account}/password-link", post(one::password_link))
        .route("/accounts/{account}/rights", get(rights::show).post(rights::change))
        .route("/accounts/{account}/sessions/{session}", post(one::end_session))
}

/// Address of the page of account `id`.
pub(crate) fn path(id: i64) -> String {
    format!("{}/{id}", paths::ACCOUNTS)
}

/// Address of the form for the rights of account `id` on `wiki`.
fn rights_path(id: i64, wiki: &WikiId) -> String {
    format!("{}/rights?wiki={}", path(id), paths::wiki_word(wiki))
}

fn need(visitor: &Visitor) -> Result<(), Fault> {
    visitor.need(Right::ManageAccounts, &WikiId::farm())
}

/// The account that an address names.
async fn account(console: &Console, visitor: &Visitor, id: &str) -> Result<Account, Fault> {
    need(visitor)?;
    let id: i64 = id.parse().map_err(|_| Fault::NotFound)?;
    console.people.account(&visitor.viewer, id).await?.ok_or(Fault::NotFound)
}

/// What can be said of an account as it is, to change a part of it.
fn draft_of(account: &Account) -> AccountDraft {
    AccountDraft {
        name: account.name.clone(),
        rights: account.rights.clone(),
        identity: account.identity.clone(),
        is_disabled: account.is_disabled,
    }
}

/// What is wrong with a change, where the form can say it.
pub(crate) fn wrongs(visitor: &Visitor, error: AccountError, name: &str) -> Result<Wrongs, Fault> {
    let text = visitor.text;
    Ok(match error {
        AccountError::Forbidden(right) => return Err(Fault::Forbidden(right)),
        AccountError::Unknown => return Err(Fault::NotFound),
        AccountError::Store(error) => return Err(error.into()),
        AccountError::TooOften(limit) => return Err(Fault::TooOften(limit.retry_after_s.into())),
        AccountError::Beyond { wiki, right } => Wrongs::one("right", acts::beyond(text, &wiki, right)),
        AccountError::Taken => Wrongs::one("name", text.with("acts-taken", args![name])),
        AccountError::Stale { current, .. } => Wrongs::one("version", text.with("acts-stale", args![current])),
        AccountError::LastAdministrator => Wrongs::one("right", text.say("accounts-wrong-last")),
        AccountError::WrongPassword => Wrongs::one("present", text.say("me-wrong-present")),
        AccountError::Crowded(_) => Wrongs::one("password", text.say("sign-in-crowded")),
        AccountError::Invalid(wrong) => Wrongs::said(text, &wrong),
    })
}

/// What the list shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    /// The accounts.
    pub(crate) accounts: Vec<Account>,
    /// What their names are asked to contain.
    pub(crate) name: String,
    /// Whether this is not the first page.
    pub(crate) is_later: bool,
    /// Cursor of the next page.
    pub(crate) next: Option<String>,
    /// The name that was typed for a new one.
    pub(crate) typed: String,
    /// What is wrong with that.
    pub(crate) wrongs: Wrongs,
}

/// Most accounts that are gone through for a part of a name.
const LOOKED_THROUGH_MAX: usize = 10_000;

async fn found(console: &Console, visitor: &Visitor, asked: &Asked) -> Result<List, Fault> {
    need(visitor)?;
    let fault = |error| match error {
        AccountError::Store(error) => Fault::from(error),
        _ => Fault::Forbidden(Right::ManageAccounts),
    };
    let name = asked.get("name").to_lowercase();
    if name.is_empty() {
        let after: Option<i64> = cursor::open(console, visitor, "accounts", asked.get("cursor"));
        let page = console.people.accounts(&visitor.viewer, after.unwrap_or(0), acts::rows()).await.map_err(fault)?;
        let next = page.next.map(|id| cursor::seal(console, visitor, "accounts", &id));
        return Ok(List { accounts: page.items, is_later: after.is_some(), next, ..List::default() });
    }
    let (mut accounts, mut after, mut looked_at) = (Vec::new(), Some(0), 0);
    let limit = Limit::new(Limit::MAX.into()).unwrap_or_default();
    while let Some(from) = after.filter(|_| looked_at < LOOKED_THROUGH_MAX && accounts.len() < limit.items()) {
        let page = console.people.accounts(&visitor.viewer, from, limit).await.map_err(fault)?;
        looked_at += page.items.len();
        after = page.next;
        accounts.extend(page.items.into_iter().filter(|it| it.name.as_str().to_lowercase().contains(&name)));
    }
    Ok(List { accounts, name: asked.get("name").to_owned(), ..List::default() })
}

async fn list(State(console): State<Console>, visitor: Visitor, asked: Asked) -> Result<Response, Fault> {
    Ok(view::list(&visitor, &found(&console, &visitor, &asked).await?).show(&visitor))
}

async fn add(State(console): State<Console>, visitor: Visitor, form: Form) -> Result<Response, Fault> {
    need(&visitor)?;
    let name = form.get("name").trim();
    let wrongs = match name.parse::<UserName>() {
        Err(_) => Wrongs::one("name", visitor.text.say("acts-wrong-user-name")),
        Ok(name) => {
            let draft =
                AccountDraft { name: name.clone(), rights: BTreeMap::new(), identity: None, is_disabled: false };
            match console.people.add_account(&visitor.viewer, draft).await {
                Ok(made) => return Ok(acts::done(&console, &path(made.id), "accounts-added", &[name.as_str()])),
                Err(error) => wrongs(&visitor, error, name.as_str())?,
            }
        }
    };
    let list = List { typed: name.to_owned(), wrongs, ..found(&console, &visitor, &Asked::default()).await? };
    Ok(view::list(&visitor, &list).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
}

/// Path of an account's page.
type Id = Path<String>;
