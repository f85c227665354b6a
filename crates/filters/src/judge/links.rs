//! Links to blocked domains: looked up after the filters allowed the action.

use super::course::Course;
use super::request::Mode;
use crate::snapshot::Snapshot;
use wikiward_farm::Right;
use wikiward_rules::Value;
use wikiward_rules::action::Reading;
use wikiward_rules::budget::Meter;
use wikiward_rules::vocabulary::VariableId;

/// The variable whose links are looked up.
const LINKS: &str = "added_links";

/// Variables that the caller must supply before the links are known; empty if they are, or cannot be, or are not looked up.
pub(super) fn missing(snapshot: &Snapshot, course: &Course) -> Vec<VariableId> {
    if !is_looked_up(snapshot, course) {
        return Vec::new();
    }
    let group = &course.roster.group;
    let Some(links) = group.variable(LINKS).filter(|id| course.action.value(*id).is_none()) else { return Vec::new() };
    let inputs = group.inputs(links);
    let missing: Vec<VariableId> = inputs.into_iter().filter(|id| course.action.value(*id).is_none()).collect();
    if missing.iter().all(|id| course.can_ask(*id)) {
        return missing;
    }
    if course.can_ask(links) { vec![links] } else { Vec::new() }
}

/// The entries of the lists that block the action; empty if none does, or it is not known what the action links to.
pub(super) fn blocked(snapshot: &Snapshot, course: &Course) -> Vec<String> {
    if !is_looked_up(snapshot, course) {
        return Vec::new();
    }
    let Some(lists) = snapshot.domains().on(&course.request.wiki) else { return Vec::new() };
    let group = &course.roster.group;
    let Some(links) = group.variable(LINKS) else { return Vec::new() };
    // However many there are, all are looked up: a long list is no way around. The request's size bounds the work.
    let mut meter = Meter::unlimited();
    let Ok(Reading::Set(Value::Array(links))) = course.action.read(links, group.vocabulary(), &mut meter) else {
        return Vec::new();
    };
    let texts = links.elements().iter().filter_map(|link| match link {
        // A link that is no UTF-8 leads nowhere.
        Value::Str(text) => std::str::from_utf8(text.bytes()).ok(),
        _ => None,
    });
    lists.blocked(texts)
}

/// Whether the links are to be looked up, and the caller could not supply them although it had offered to.
pub(super) fn are_lost(snapshot: &Snapshot, course: &Course) -> bool {
    let group = &course.roster.group;
    let Some(links) = group.variable(LINKS).filter(|_| is_looked_up(snapshot, course)) else { return false };
    let mut meter = Meter::unlimited();
    let is_known = matches!(course.action.read(links, group.vocabulary(), &mut meter), Ok(Reading::Set(_)));
    !is_known && group.inputs(links).into_iter().chain([links]).any(|id| course.is_lost(id))
}

/// Whether there is a list to look in, and the person is bound by it.
fn is_looked_up(snapshot: &Snapshot, course: &Course) -> bool {
    let counts = match course.request.mode {
        Mode::Enforce | Mode::Test | Mode::Stash => true,
        // It has happened.
        Mode::Late => false,
    };
    counts && snapshot.domains().on(&course.request.wiki).is_some() && !may_bypass(course)
}

fn may_bypass(course: &Course) -> bool {
    let name = Right::BypassBlockedDomains.name();
    if course.request.actor.rights.iter().any(|right| right == name) {
        return true;
    }
    let rights = course.roster.group.variable("user_rights").and_then(|id| course.action.value(id));
    matches!(rights, Some(Value::Array(rights)) if rights.elements().iter().any(|right| is_text(right, name)))
}

fn is_text(value: &Value, text: &str) -> bool {
    matches!(value, Value::Str(value) if value.bytes() == text.as_bytes())
}
