//! What the form of a filter offers to choose from.

use super::super::list::groups;
use super::super::words::{class_key, help_key};
use crate::html::Choice;
use crate::visit::Visitor;
use std::collections::BTreeSet;
use wikiward_farm::{Right, WikiId};
use wikiward_filters::groups::Registry;
use wikiward_filters::groups::custom::ParamsSchema;
use wikiward_filters::model::{Actions, Class, Consequence, State as Life};
use wikiward_filters::save::FilterSettings;

/// What may be chosen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Offers {
    /// Groups.
    pub(crate) groups: Vec<Choice>,
    /// Consequences, in the order in which they run.
    pub(crate) consequences: Vec<Offer>,
    /// States.
    pub(crate) states: Vec<Life>,
    /// Whether the filter is farm-wide.
    pub(crate) is_farm: bool,
    /// Whether the person may make filters suppressed.
    pub(crate) may_suppress: bool,
}

/// A consequence that may be chosen.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    /// Its name in the language of programs.
    pub(crate) name: String,
    /// Its name for people.
    pub(crate) label: String,
    /// What it does, in a sentence; empty if that is not known.
    pub(crate) help: String,
    /// How hard it is.
    pub(crate) class: Option<Class>,
    /// What that means.
    pub(crate) class_name: String,
    /// Whether the person lacks the right to it.
    pub(crate) is_beyond: bool,
    /// Whether it does nothing on this wiki.
    pub(crate) is_inactive: bool,
    /// Whether the filter's group does not have it.
    pub(crate) is_foreign: bool,
    /// What its parameters look like, of one that is not known everywhere.
    pub(crate) params: Option<ParamsSchema>,
}

/// What `visitor` may choose for a filter of `owner` in `group` that has `present` consequences.
pub(super) fn offers(
    visitor: &Visitor,
    registry: &Registry,
    settings: &FilterSettings,
    owner: &WikiId,
    group: &str,
    present: &Actions,
) -> Offers {
    let text = visitor.text;
    let group = registry.groups.get(group);
    let may_restricted = visitor.may(Right::ModifyRestricted, owner);
    let offer = |name: &str| {
        let known = Consequence::find(name);
        let custom = registry.consequences.get(name);
        let class = known.map_or_else(|| custom.map(|it| it.class), Consequence::class);
        let is_restricted = settings.restricted_actions.contains(name) || custom.is_some_and(|it| it.is_restricted);
        Offer {
            name: name.to_owned(),
            label: super::super::consequence(text, registry, name),
            help: known.map(|known| text.say(help_key(known))).unwrap_or_default(),
            class,
            class_name: text.say(class_key(class)),
            is_beyond: is_restricted && !may_restricted,
            is_inactive: known.is_some() && !settings.enabled_actions.contains(name)
                || known.is_none() && custom.is_none(),
            is_foreign: group.is_some_and(|group| !group.allows(name)),
            params: known.is_none().then(|| custom.map(|it| it.params.clone()).unwrap_or_default()),
        }
    };
    let known: Vec<&str> = Consequence::ALL.iter().map(|it| it.name()).collect();
    let others: BTreeSet<&str> =
        registry.consequences.keys().map(String::as_str).chain(present.iter().map(|(name, _)| name)).collect();
    let others = others.into_iter().filter(|name| !known.contains(name));
    let all = known.iter().copied().chain(others).map(offer);
    let is_there = |offer: &Offer| present.0.contains_key(&offer.name);
    Offers {
        groups: groups(text, registry),
        // What can have no effect here is offered only where it is set already.
        consequences: all.filter(|it| is_there(it) || !it.is_inactive).collect(),
        states: Life::ALL.to_vec(),
        is_farm: owner.is_farm(),
        may_suppress: visitor.may(Right::SuppressRevision, owner) && visitor.may(Right::ViewSuppressed, owner),
    }
}
