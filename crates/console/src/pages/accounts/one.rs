//! One account: what it is called, whether it is disabled, its password link, its sessions.

use super::{Id, account, draft_of, path, sessions, view, wrongs};
use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::{self, ASKED, Wrongs};
use crate::state::Console;
use crate::visit::Visitor;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use wikiward_people::{Account, AccountDraft, Identity, Session};

/// What the page shows.
#[derive(Debug, Clone)]
pub(crate) struct One {
    /// The account.
    pub(crate) account: Account,
    /// Its open sessions.
    pub(crate) sessions: Vec<Session>,
    /// Issuers with whose accounts people may sign in.
    pub(crate) issuers: Vec<String>,
    /// The name that was typed.
    pub(crate) name: String,
    /// The issuer and name of the account elsewhere that were typed.
    pub(crate) identity: (String, String),
    /// What is wrong with that.
    pub(crate) wrongs: Wrongs,
}

impl One {
    /// The account as it is.
    pub(crate) fn of(account: Account) -> Self {
        let identity = account.identity.as_ref();
        Self {
            name: account.name.to_string(),
            identity: identity.map(|it| (it.issuer.clone(), it.subject.clone())).unwrap_or_default(),
            account,
            sessions: Vec::new(),
            issuers: Vec::new(),
            wrongs: Wrongs::default(),
        }
    }

    async fn read(console: &Console, visitor: &Visitor, account: Account) -> Result<Self, Fault> {
        let sessions = sessions::of(console, visitor, Some(account.id)).await?;
        let issuers = console.people.oidc_issuers().map(str::to_owned).collect();
        Ok(Self { sessions, issuers, ..Self::of(account) })
    }
}

pub(super) async fn show(State(console): State<Console>, visitor: Visitor, id: Id) -> Result<Response, Fault> {
    let account = account(&console, &visitor, &id).await?;
    Ok(view::one(&visitor, &One::read(&console, &visitor, account).await?).show(&visitor))
}

/// Changes its name and its account elsewhere.
pub(super) async fn change(
    State(console): State<Console>,
    visitor: Visitor,
    id: Id,
    form: Form,
) -> Result<Response, Fault> {
    let account = account(&console, &visitor, &id).await?;
    let (name, issuer, subject) = (form.get("name").trim(), form.get("issuer"), form.get("subject").trim());
    let base = form.get("version").parse().unwrap_or(account.version);
    let wrongs = match name.parse() {
        Err(_) => Wrongs::one("name", visitor.text.say("acts-wrong-user-name")),
        Ok(parsed) => {
            let identity = Identity { issuer: issuer.to_owned(), subject: subject.to_owned() };
            let identity = (!issuer.is_empty()).then_some(identity);
            let draft = AccountDraft { name: parsed, identity, ..draft_of(&account) };
            match console.people.change_account(&visitor.viewer, account.id, base, draft).await {
                Ok(changed) => {
                    let path = path(changed.id);
                    return Ok(acts::done(&console, &path, "accounts-changed", &[changed.name.as_str()]));
                }
                Err(error) => wrongs(&visitor, error, name)?,
            }
        }
    };
    let one = One {
        name: name.to_owned(),
        identity: (issuer.to_owned(), subject.to_owned()),
        wrongs,
        ..One::read(&console, &visitor, account).await?
    };
    Ok(view::one(&visitor, &one).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
}

pub(super) async fn ask_disable(State(console): State<Console>, visitor: Visitor, id: Id) -> Result<Response, Fault> {
    let account = account(&console, &visitor, &id).await?;
    Ok(acts::ask(&visitor, &view::disabling(&visitor, &account)).show(&visitor))
}

pub(super) async fn disable(
    State(console): State<Console>,
    visitor: Visitor,
    id: Id,
    form: Form,
) -> Result<Response, Fault> {
    let account = account(&console, &visitor, &id).await?;
    if !form.is_ticked(ASKED) {
        return Ok(acts::ask(&visitor, &view::disabling(&visitor, &account)).show(&visitor));
    }
    set_disabled(&console, &visitor, account, true).await
}

pub(super) async fn enable(
    State(console): State<Console>,
    visitor: Visitor,
    id: Id,
    _: Form,
) -> Result<Response, Fault> {
    let account = account(&console, &visitor, &id).await?;
    set_disabled(&console, &visitor, account, false).await
}

async fn set_disabled(
    console: &Console,
    visitor: &Visitor,
    account: Account,
    is_disabled: bool,
) -> Result<Response, Fault> {
    let draft = AccountDraft { is_disabled, ..draft_of(&account) };
    let changed = console.people.change_account(&visitor.viewer, account.id, account.version, draft).await;
    let key = if is_disabled { "accounts-disabled" } else { "accounts-enabled" };
    match changed {
        Ok(changed) => Ok(acts::done(console, &path(changed.id), key, &[changed.name.as_str()])),
        Err(error) => {
            let wrongs = wrongs(visitor, error, account.name.as_str())?;
            let one = One { wrongs, ..One::read(console, visitor, account).await? };
            Ok(view::one(visitor, &one).status(StatusCode::CONFLICT).show(visitor))
        }
    }
}

/// Makes a link with which the person gives the account a password. The answer is the only place where it stands.
pub(super) async fn password_link(
    State(console): State<Console>,
    visitor: Visitor,
    id: Id,
    _: Form,
) -> Result<Response, Fault> {
    let account = account(&console, &visitor, &id).await?;
    match console.people.make_password_link(&visitor.viewer, account.id).await {
        Ok(link) => {
            let url = format!("{}{}", console.public_url, crate::paths::welcome(&link.secret));
            Ok(view::link(&visitor, &account, &url, link.expires_at).show(&visitor))
        }
        Err(error) => {
            let wrongs = wrongs(&visitor, error, account.name.as_str())?;
            let one = One { wrongs, ..One::read(&console, &visitor, account).await? };
            Ok(view::one(&visitor, &one).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
        }
    }
}

/// Ends one of its sessions.
pub(super) async fn end_session(
    State(console): State<Console>,
    visitor: Visitor,
    Path((id, session)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Fault> {
    let account = account(&console, &visitor, &id).await?;
    sessions::end(&console, &visitor, &session, Some(account.id), &path(account.id), &form).await
}
