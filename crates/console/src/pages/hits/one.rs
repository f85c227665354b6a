//! One hit, with why it came about.

use super::difference::{Difference, difference};
use super::explain::{Explained, explained};
use super::one_view::page;
use super::values::as_text;
use super::{Place, settings, sight, trouble};
use crate::fault::Fault;
use crate::state::Console;
use crate::visit::Visitor;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Limit, Right, WikiId};
use wikiward_filters::groups::Group;
use wikiward_filters::hits::HitError;
use wikiward_filters::hits::Sight;
use wikiward_filters::hits::ask::{OneHit, PrivateDetails};
use wikiward_filters::hits::list::{HitRow, Question, Selection};
use wikiward_filters::life::ReadError;
use wikiward_filters::snapshot::LiveGroup;

/// A hit as its page shows it.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    /// The wiki in the address: that of the log.
    pub(super) log: WikiId,
    pub(super) one: OneHit,
    /// Other filters that matched in the same action.
    pub(super) others: Vec<HitRow>,
    pub(super) why: Why,
    pub(super) difference: Diff,
    /// Address of the wiki's main page.
    pub(super) wiki_url: String,
    /// Whether looking at the address needs a reason.
    pub(super) needs_reason: bool,
    /// The address and what belongs to it, in the answer to who asked for it.
    pub(super) details: Option<PrivateDetails>,
    pub(super) typed: Typed,
}

/// What was typed into the forms, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    pub(super) note: String,
    pub(super) reason: String,
    pub(super) private_reason: String,
    /// Name of a field, and the key of what is wrong with it.
    pub(super) wrong: Option<(&'static str, &'static str)>,
}

/// The explanation, or why there is none.
#[derive(Debug, Clone)]
pub(super) enum Why {
    Explained(Explained),
    /// There are no variables to explain it with, or not for this person.
    NoVariables,
    /// The person lacks the right to explanations.
    NoRight,
    /// The version of the rule may not be seen, or is none any more.
    NoRule,
}

/// The difference of the old and the new text, or why there is none.
#[derive(Debug, Clone)]
pub(super) enum Diff {
    Lines(Difference),
    /// The texts are too long.
    TooLong,
    /// The action has no texts, or they were not needed.
    None,
}

/// The page of a hit.
pub(super) async fn show(State(console): State<Console>, visitor: Visitor, place: Place) -> Result<Response, Fault> {
    visitor.need(Right::Log, &place.wiki)?;
    match load(&console, &visitor, &place).await {
        Ok(hit) => Ok(page(&visitor, &hit.ok_or(Fault::NotFound)?).show(&visitor)),
        Err(error) => trouble(&visitor, error),
    }
}

/// The whole value of a variable, as nothing but text.
pub(super) async fn whole_value(
    State(console): State<Console>,
    visitor: Visitor,
    place: Place,
) -> Result<Response, Fault> {
    visitor.need(Right::Log, &place.wiki)?;
    let sight = sight(&console, &visitor.viewer, &place.wiki).await?;
    let one = match console.hits.one(&place.log(), place.hit()?, &sight, &visitor.viewer).await {
        Ok(one) => one,
        Err(error) => return trouble(&visitor, error),
    };
    let variables = one.and_then(|one| one.variables);
    let value = variables.as_ref().and_then(|it| it.values.get(&place.variable)).ok_or(Fault::NotFound)?;
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox; frame-ancestors 'none'"),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, as_text(value)).into_response())
}

/// Everything on the page of a hit; none if it is not there or may not be seen.
pub(super) async fn load(console: &Console, visitor: &Visitor, place: &Place) -> Result<Option<Hit>, HitError> {
    let Some(hit_id) = place.hit else { return Ok(None) };
    let viewer = &visitor.viewer;
    let sight = sight(console, viewer, &place.wiki).await?;
    let Some(one) = console.hits.one(&place.log(), hit_id, &sight, viewer).await? else { return Ok(None) };
    let others = others(console, visitor, place, &one, &sight).await?;
    let rules = rules(console, visitor, &one).await?;
    let group = one.row.full.as_ref().and_then(|full| console.judge.snapshots().current().group(&full.group).cloned());
    let registry = console.filters.registry().await?;
    let protected = registry.groups.values().flat_map(Group::protected).map(|variable| variable.name.clone()).collect();
    let (why, difference) = worked_out(&one, rules, protected, group).await;
    let wiki_url = console.people.wiki(&one.row.wiki).map(|wiki| wiki.draft.url.clone()).unwrap_or_default();
    Ok(Some(Hit {
        log: place.wiki.clone(),
        others,
        why,
        difference,
        wiki_url,
        needs_reason: settings(console, &one.row.wiki).privatedetails_reason,
        one,
        details: None,
        typed: Typed::default(),
    }))
}

/// Hits of other filters by the same evaluation: they have its moment and its actor.
async fn others(
    console: &Console,
    visitor: &Visitor,
    place: &Place,
    one: &OneHit,
    sight: &Sight,
) -> Result<Vec<HitRow>, HitError> {
    let Some(full) = &one.row.full else { return Ok(Vec::new()) };
    let at = one.row.key.at;
    let selection = Selection {
        from: Some(at),
        to: Some(from_micros(micros(at).saturating_add(1))),
        actor: Some(one.row.actor_name.clone()),
        wiki: place.wiki.is_farm().then(|| one.row.wiki.clone()),
        ..Selection::default()
    };
    let question = Question { log: place.log(), selection, after: None, is_ascending: true, limit: Limit::default() };
    let mut found = console.hits.list(&question, sight, &visitor.viewer).await?.items;
    found.retain(|row| {
        let is_same = row.full.as_ref().is_some_and(|it| it.evaluation_id == full.evaluation_id);
        is_same && row.key != one.row.key
    });
    Ok(found)
}

/// The rule of the version that matched, or why there is none to be explained.
async fn rules(console: &Console, visitor: &Visitor, one: &OneHit) -> Result<Result<String, Why>, HitError> {
    let (Some(full), Some(_)) = (&one.row.full, &one.variables) else { return Ok(Err(Why::NoVariables)) };
    if !visitor.may(Right::Backtest, &one.row.wiki) {
        return Ok(Err(Why::NoRight));
    }
    let gid = full.filter.gid();
    match console.filters.version(&visitor.viewer, &one.row.wiki, &gid, full.version).await {
        Ok(version) => Ok(Ok(version.draft.rules)),
        Err(ReadError::Store(error)) => Err(error.into()),
        Err(_) => Ok(Err(Why::NoRule)),
    }
}

/// Explanation and difference, made where they hold up nobody.
async fn worked_out(
    one: &OneHit,
    rules: Result<String, Why>,
    protected: Vec<String>,
    group: Option<Arc<LiveGroup>>,
) -> (Why, Diff) {
    let Some(variables) = one.variables.clone() else { return (Why::NoVariables, Diff::None) };
    let kind = one.row.kind.clone();
    let work = move || {
        let text = |names: [&str; 2]| names.iter().find_map(|name| variables.values.get(*name)?.as_str());
        let texts = text(["old_wikitext", "old_content"]).zip(text(["new_wikitext", "new_content"]));
        let difference = texts.map_or(Diff::None, |(old, new)| difference(old, new).map_or(Diff::TooLong, Diff::Lines));
        let why = match (rules, group) {
            (Err(why), _) => why,
            (Ok(_), None) => Why::NoRule,
            (Ok(rules), Some(group)) => {
                explained(&rules, &kind, &variables, &protected, group).map_or(Why::NoRule, Why::Explained)
            }
        };
        (why, difference)
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
