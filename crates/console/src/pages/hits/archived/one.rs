//! One action that is kept, and rules tried on it.

use super::super::difference::difference;
use super::super::explain::{Explained, of};
use super::super::one::Diff;
use super::super::sight;
use super::super::values::as_text;
use super::need;
use super::view;
use crate::args;
use crate::fault::Fault;
use crate::form::Form;
use crate::pages::filters::Place as InWiki;
use crate::state::Console;
use crate::visit::Visitor;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use std::collections::BTreeMap;
use wikiward_farm::{Id, WikiId};
use wikiward_filters::archive::{Archive, StoredAction};
use wikiward_filters::explain::{ExplainError, Explainer, On, Subject};
use wikiward_rules::diagnostic::Diagnostic;

/// What an address of these pages names.
#[derive(Debug, Clone)]
pub(super) struct Place {
    wiki: WikiId,
    action: Option<Id>,
    variable: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Place {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let InWiki { wiki, .. } = InWiki::from_request_parts(parts, state).await?;
        let Path(mut named) =
            Path::<BTreeMap<String, String>>::from_request_parts(parts, state).await.map_err(|_| Fault::NotFound)?;
        let action = named.get("action").and_then(|word| word.parse().ok());
        Ok(Self { wiki, action, variable: named.remove("name").unwrap_or_default() })
    }
}

/// An action as its page shows it.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) action: StoredAction,
    pub(super) difference: Diff,
    /// The rule that was typed.
    pub(super) rules: String,
    /// What came of it.
    pub(super) attempt: Option<Attempt>,
}

/// What came of trying a rule.
#[derive(Debug, Clone)]
pub(super) enum Attempt {
    /// It was evaluated.
    Done(Explained),
    /// It is no rule.
    Broken(Diagnostic),
    /// It was not evaluated, for this reason.
    Refused(String),
}

/// The action, if it is there and may be known of.
async fn stored(console: &Console, visitor: &Visitor, place: &Place) -> Result<StoredAction, Fault> {
    need(console, visitor, &place.wiki)?;
    let id = place.action.ok_or(Fault::NotFound)?;
    let sight = sight(console, &visitor.viewer, &place.wiki).await?;
    Archive::new(console.store.clone()).one(&place.wiki, id, &sight).await?.ok_or(Fault::NotFound)
}

async fn load(console: &Console, visitor: &Visitor, place: &Place) -> Result<Kept, Fault> {
    let action = stored(console, visitor, place).await?;
    let work = move || {
        let text = |names: [&str; 2]| names.iter().find_map(|name| action.values.get(*name)?.as_str());
        let texts = text(["old_wikitext", "old_content"]).zip(text(["new_wikitext", "new_content"]));
        let difference = texts.map_or(Diff::None, |(old, new)| difference(old, new).map_or(Diff::TooLong, Diff::Lines));
        Kept { action, difference, rules: String::new(), attempt: None }
    };
    Ok(tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())))
}

pub(super) async fn show(State(console): State<Console>, visitor: Visitor, place: Place) -> Result<Response, Fault> {
    let kept = load(&console, &visitor, &place).await?;
    Ok(view::one(&visitor, &kept).show(&visitor))
}

/// Tries a rule on it. Nothing is changed by that.
pub(super) async fn attempt(
    State(console): State<Console>,
    visitor: Visitor,
    place: Place,
    form: Form,
) -> Result<Response, Fault> {
    let mut kept = load(&console, &visitor, &place).await?;
    form.get("rules").clone_into(&mut kept.rules);
    let attempt = tried(&console, &visitor, &place.wiki, &kept).await?;
    let status = match attempt {
        Attempt::Done(_) => StatusCode::OK,
        Attempt::Broken(_) | Attempt::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    kept.attempt = Some(attempt);
    Ok(view::one(&visitor, &kept).status(status).show(&visitor))
}

async fn tried(console: &Console, visitor: &Visitor, wiki: &WikiId, kept: &Kept) -> Result<Attempt, Fault> {
    let (text, rules) = (visitor.text, &kept.rules);
    let most = console.filters.settings_on(wiki).rules_bytes_max;
    if rules.trim().is_empty() {
        return Ok(Attempt::Refused(text.say("filters-found-rules-missing")));
    }
    if rules.len() > most {
        return Ok(Attempt::Refused(text.with("filters-found-bytes", args![rules.len(), most])));
    }
    let sight = sight(console, &visitor.viewer, wiki).await?;
    let explainer = Explainer {
        filters: &console.filters,
        hits: &console.hits,
        judge: &console.judge,
        clock: console.clock.clone(),
        viewer: &visitor.viewer,
        wiki,
        sight: &sight,
    };
    let subject = Subject { rule: Some(rules.clone()), ..Subject::default() };
    match explainer.one(&subject, &On::Archived(kept.action.id), false).await {
        Ok(made) => Ok(Attempt::Done(of(&made.explanation, &kept.action.values))),
        Err(ExplainError::Rule(error)) => {
            let snapshot = console.judge.snapshots().current();
            let group = snapshot.group(&kept.action.group).ok_or(Fault::NotFound)?;
            Ok(Attempt::Broken(Diagnostic::of_error_in(rules.as_bytes(), &error, group.vocabulary())))
        }
        Err(ExplainError::UnknownGroup) => {
            Ok(Attempt::Refused(text.with("hits-archived-no-group", args![kept.action.group.as_str()])))
        }
        Err(error) => Err(error.into()),
    }
}

/// The whole value of a variable, as nothing but text.
pub(super) async fn whole_value(
    State(console): State<Console>,
    visitor: Visitor,
    place: Place,
) -> Result<Response, Fault> {
    let action = stored(&console, &visitor, &place).await?;
    let value = action.values.get(&place.variable).ok_or(Fault::NotFound)?;
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox; frame-ancestors 'none'"),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, as_text(value)).into_response())
}
