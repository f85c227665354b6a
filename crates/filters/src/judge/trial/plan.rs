//! What a rule needs to know of an action, worked out once for many actions.

use super::super::derived;
use super::{Known, may_have};
use crate::groups::Source;
use crate::snapshot::LiveGroup;
use std::collections::{BTreeSet, HashMap};
use wikiward_rules::vocabulary::VariableId;
use wikiward_rules::wire::parse_value;
use wikiward_rules::{Action, Rule};

/// The variables that a rule may read, and those that they are derived from.
#[derive(Debug)]
pub(super) struct Plan {
    ids: HashMap<String, VariableId>,
    /// Those that the group offers, in its order.
    offered: Vec<Offered>,
}

#[derive(Debug)]
struct Offered {
    name: String,
    id: Option<VariableId>,
    is_lazy: bool,
    /// What the group derives it from.
    inputs: Vec<String>,
}

impl Plan {
    pub(super) fn new(rule: &Rule, group: &LiveGroup) -> Self {
        let vocabulary = group.vocabulary();
        let mut open: Vec<VariableId> = rule.variables().iter().filter_map(|name| vocabulary.id(name)).collect();
        let mut ids = HashMap::new();
        while let Some(id) = open.pop() {
            if ids.insert(vocabulary.name(id).to_owned(), id).is_none() {
                open.extend(group.inputs(id));
            }
        }
        let offered = group.group.offered().into_iter().filter(|variable| ids.contains_key(variable.name));
        let offered = offered.map(|variable| Offered {
            name: variable.name.to_owned(),
            id: vocabulary.exact_id(variable.name),
            is_lazy: matches!(variable.source, Source::Lazy(_)),
            inputs: match &variable.source {
                Source::Derived(derive) => derive.inputs().into_iter().map(str::to_owned).collect(),
                _ => Vec::new(),
            },
        });
        Self { offered: offered.collect(), ids }
    }

    /// Names of the variables.
    pub(super) fn names(&self) -> BTreeSet<String> {
        self.ids.keys().cloned().collect()
    }

    /// The action as far as it is known and matters: what it lacks, but may have had, is offered, so that reading it shows. `had`
    /// names what the wiki could have supplied, if that is known; `apart` what is known, but was not looked up yet.
    pub(super) fn action(
        &self,
        group: &LiveGroup,
        known: &Known<'_>,
        had: Option<&[String]>,
        apart: &[String],
    ) -> Action {
        let mut action = Action::new(group.vocabulary());
        for (name, value) in known.values {
            if let Some(id) = self.ids.get(name)
                && let Ok(value) = parse_value(value)
            {
                action.set(*id, value);
            }
        }
        derived::fill_those(&mut action, group, |id| self.ids.values().any(|own| *own == id));
        let is_in = |names: &[String], name: &String| names.contains(name);
        let mut unknown: Vec<&String> = Vec::new();
        for variable in &self.offered {
            let name = &variable.name;
            let is_possible = || match had {
                Some(names) => is_in(names, name),
                None => variable.is_lazy && may_have(name, known.kind),
            };
            if is_in(known.lost, name) || is_in(apart, name) || is_possible() {
                unknown.push(name);
            }
        }
        for variable in &self.offered {
            if variable.inputs.iter().any(|input| unknown.contains(&input)) {
                unknown.push(&variable.name);
            }
        }
        for variable in &self.offered {
            if let Some(id) = variable.id
                && unknown.contains(&&variable.name)
                && action.value(id).is_none()
            {
                action.offer(id);
            }
        }
        action
    }
}
