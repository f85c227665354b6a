//! What an account may do, on one wiki or everywhere: the form, and the question before rights are taken away.

use super::{Id, account, draft_of, path, rights_path, view, wrongs};
use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::{self, ASKED, Asked, Wrongs};
use crate::pages::rights::words;
use crate::paths;
use crate::state::Console;
use crate::visit::Visitor;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeMap;
use wikiward_farm::WikiId;
use wikiward_farm::right::RightSet;
use wikiward_people::{Account, AccountDraft};

/// What the form shows.
#[derive(Debug, Clone)]
pub(crate) struct RightsForm {
    /// Whose rights.
    pub(crate) account: Account,
    /// On which wiki; the farm for everywhere.
    pub(crate) wiki: WikiId,
    /// The rights that are ticked.
    pub(crate) wanted: RightSet,
    /// What is wrong.
    pub(crate) wrongs: Wrongs,
}

/// The wiki that a form is about.
fn wiki_of(console: &Console, word: &str) -> Result<WikiId, Fault> {
    let wiki = paths::wiki_of(word).ok_or(Fault::NotFound)?;
    if wiki.is_farm() || console.people.wiki(&wiki).is_some() { Ok(wiki) } else { Err(Fault::NotFound) }
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    id: Id,
    asked: Asked,
) -> Result<Response, Fault> {
    let account = account(&console, &visitor, &id).await?;
    let wiki = wiki_of(&console, asked.find("wiki").unwrap_or("farm"))?;
    let wanted = account.rights.get(&wiki).copied().unwrap_or_default();
    let form = RightsForm { account, wiki, wanted, wrongs: Wrongs::default() };
    Ok(view::rights(&visitor, &form).show(&visitor))
}

/// The account's rights after the change that a form asks for.
fn after(account: &Account, wiki: &WikiId, wanted: RightSet, takes_all: bool) -> BTreeMap<WikiId, RightSet> {
    let mut rights = account.rights.clone();
    if takes_all {
        rights.clear();
    } else if wanted == RightSet::NONE {
        rights.remove(wiki);
    } else {
        rights.insert(wiki.clone(), wanted);
    }
    rights
}

pub(super) async fn change(
    State(console): State<Console>,
    visitor: Visitor,
    id: Id,
    form: Form,
) -> Result<Response, Fault> {
    let account = account(&console, &visitor, &id).await?;
    let takes_all = form.is_ticked("all");
    let wiki = if takes_all { WikiId::farm() } else { wiki_of(&console, form.get("wiki"))? };
    let wanted = words::ticked(&form);
    let rights = after(&account, &wiki, wanted, takes_all);
    let takes_some = account
        .rights
        .iter()
        .any(|(wiki, had)| words::without(*had, rights.get(wiki).copied().unwrap_or_default()) != RightSet::NONE);
    if takes_some && !form.is_ticked(ASKED) {
        let question = view::taking(&visitor, &account, &wiki, &rights, &form);
        return Ok(acts::ask(&visitor, &question).show(&visitor));
    }
    let base = form.get("version").parse().unwrap_or(account.version);
    let draft = AccountDraft { rights, ..draft_of(&account) };
    let key = if takes_some { "accounts-rights-taken" } else { "accounts-rights-given" };
    match console.people.change_account(&visitor.viewer, account.id, base, draft).await {
        Ok(changed) => Ok(acts::done(&console, &path(changed.id), key, &[changed.name.as_str()])),
        Err(error) => {
            let wrongs = wrongs(&visitor, error, account.name.as_str())?;
            let form = RightsForm { account, wiki, wanted, wrongs };
            Ok(view::rights(&visitor, &form).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
        }
    }
}

/// Where the person goes who does not want to take rights away after all.
pub(super) fn back(account: &Account, wiki: &WikiId, form: &Form) -> String {
    if form.is_ticked("all") { path(account.id) } else { rights_path(account.id, wiki) }
}
