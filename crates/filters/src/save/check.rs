//! All checks of a save.

use super::rules::{self, RuleFindings};
use super::{FilterSettings, Finding, actions, tests_kept};
use crate::groups::{Group, Registry};
use crate::model::{Class, Draft, Filter, State};
use std::collections::BTreeSet;
use wikiward_farm::Right;
use wikiward_farm::WikiId;
use wikiward_farm::right::RightSet;

/// Most bytes of a filter's name.
pub const NAME_BYTES_MAX: usize = 255;

/// Most bytes of a filter's notes.
pub const NOTES_BYTES_MAX: usize = 65_530;

/// Most characters of the reason for a change.
pub const REASON_CHARS_MAX: usize = 500;

/// Most maintainers of a filter, and entries of each list of a scope.
pub const LIST_MAX: usize = 500;

/// What the checks need to know beside the filter itself.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own that somebody else found out")]
pub struct Context<'c> {
    /// The wiki that owns the filter; `*` for farm-wide ones.
    pub wiki: &'c WikiId,
    /// What the person may do there.
    pub rights: RightSet,
    /// The wiki's settings.
    pub settings: &'c FilterSettings,
    /// What is registered.
    pub registry: &'c Registry,
    /// The group of the new draft, if it is registered.
    pub group: Option<&'c Group>,
    /// Tags that filters of the wiki use already.
    pub tags_in_use: &'c BTreeSet<String>,
    /// Enabled filters of the wiki in the group, without this one.
    pub enabled_others: u32,
    /// Shadow filters of the wiki in the group, without this one.
    pub shadow_others: u32,
    /// Why the change is made.
    pub change_reason: &'c str,
    /// The person agrees that a hidden filter becomes public.
    pub confirm_make_public: bool,
    /// Whether a backtest of exactly this rule is at most a day old.
    pub has_backtest: bool,
    /// Why there is none.
    pub skip_backtest_reason: &'c str,
    /// Whether consequences that are not carried out here are kept, as in imports.
    pub keeps_inactive_actions: bool,
    /// Whether the maintenance command may take the protected mark off.
    pub is_maintenance: bool,
}

/// What the checks found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// What forbids saving.
    pub errors: Vec<Finding>,
    /// What is worth a thought.
    pub warnings: Vec<Finding>,
    /// Variables that the rule reads.
    pub uses_vars: Vec<String>,
    /// Those of them that are protected.
    pub uses_protected: Vec<String>,
}

/// Checks what a person wants to save over `old`, or as a new filter.
///
/// All checks run; the findings come in the order of the checks. Cost: linear in the texts, and compiling the patterns.
pub fn check(old: Option<&Filter>, new: &Draft, context: &Context<'_>) -> Findings {
    let mut found = Findings::default();
    may_edit(old, new, context, &mut found.errors);
    sizes(new, context, &mut found.errors);
    let is_rule = !new.rules.trim().is_empty();
    if !is_rule || new.name.trim().is_empty() {
        let field = if is_rule { "name" } else { "rules" };
        found.errors.push(Finding::new("missing_fields", field, "a filter needs a rule and a name"));
    }
    if is_rule && new.rules.len() <= context.settings.rules_bytes_max {
        let RuleFindings { errors, warnings, uses_vars } = rules::examine(&new.rules, context.group, context.registry);
        found.errors.extend(errors);
        found.warnings.extend(warnings);
        found.uses_vars = uses_vars;
    }
    states(old, new, context, &mut found.errors);
    actions::examine(old, new, context, &mut found.errors, &mut found.warnings);
    protection(old, new, context, &mut found);
    restricted(old, new, context, &mut found.errors);
    groups(new, context, &mut found.errors);
    tests_kept::check(&new.tests, &mut found.errors);
    if old.is_some_and(|old| old.draft.privacy.is_hidden && !new.privacy.is_hidden) && !context.confirm_make_public {
        let message = "everybody will be able to read this filter: confirm with `confirm_make_public`";
        found.errors.push(Finding::new("confirm_public", "privacy.hidden", message));
    }
    backtest(old, new, context, &mut found);
    found
}

/// Whether the person may edit the filter at all.
pub fn may_edit(old: Option<&Filter>, new: &Draft, context: &Context<'_>, errors: &mut Vec<Finding>) {
    let rights = context.rights;
    let mut need = |right: Right, field: &str| {
        if !rights.has(right) {
            errors.push(Finding::new("forbidden", field, format!("this needs the right {right}")).with(right.name()));
        }
    };
    if context.wiki.is_farm() {
        need(Right::ModifyGlobal, "");
    } else {
        need(Right::Modify, "");
    }
    let was_suppressed = old.is_some_and(|old| old.draft.privacy.is_suppressed);
    if was_suppressed || new.privacy.is_suppressed {
        need(Right::ViewSuppressed, "privacy.suppressed");
    }
    if was_suppressed != new.privacy.is_suppressed {
        need(Right::SuppressRevision, "privacy.suppressed");
    }
}

fn sizes(new: &Draft, context: &Context<'_>, errors: &mut Vec<Finding>) {
    let mut limit = |code, field: &str, size: usize, most: usize, unit: &str| {
        if size > most {
            let message = format!("{size} {unit} are too many: at most {most} are allowed");
            errors.push(Finding::new(code, field, message).with(size.to_string()).with(most.to_string()));
        }
    };
    limit("rules_too_long", "rules", new.rules.len(), context.settings.rules_bytes_max, "bytes");
    limit("name_too_long", "name", new.name.len(), NAME_BYTES_MAX, "bytes");
    limit("notes_too_long", "notes", new.notes.len(), NOTES_BYTES_MAX, "bytes");
    limit("reason_too_long", "change_reason", context.change_reason.chars().count(), REASON_CHARS_MAX, "characters");
    limit("list_too_long", "maintainers", new.maintainers.len(), LIST_MAX, "people");
    if let Some(scope) = &new.scope {
        limit("list_too_long", "scope", scope.include.len().max(scope.exclude.len()), LIST_MAX, "entries");
        if !context.wiki.is_farm() {
            errors.push(Finding::new("bad_scope", "scope", "only farm-wide filters have a scope"));
        }
    }
    if !(-1_000..=1_000).contains(&new.priority) {
        errors.push(Finding::new("bad_priority", "priority", "the priority is -1000 to 1000"));
    }
    if new.name.chars().any(char::is_control) {
        errors.push(Finding::new("bad_name", "name", "a name has no line breaks or other control characters"));
    }
    // PostgreSQL cannot hold it, and no rule means it.
    let texts = [("rules", &new.rules), ("notes", &new.notes)];
    for (field, _) in texts.into_iter().filter(|(_, text)| text.contains('\0')) {
        errors.push(Finding::new("bad_text", field, "a text cannot hold a zero byte"));
    }
}

/// States that a filter may go to from each, itself included.
const fn next_states(from: Option<State>) -> &'static [State] {
    use State::{Deleted, Disabled, Draft, Enabled, Shadow};
    match from {
        None | Some(Draft) => &[Draft, Shadow, Enabled, Disabled],
        Some(Shadow) => &[Shadow, Draft, Enabled, Disabled],
        Some(Enabled) => &[Enabled, Disabled],
        Some(Disabled) => &[Disabled, Shadow, Enabled, Deleted],
        Some(Deleted) => &[Deleted, Disabled],
    }
}

fn states(old: Option<&Filter>, new: &Draft, context: &Context<'_>, errors: &mut Vec<Finding>) {
    let before = old.map(|old| old.draft.state);
    if before == Some(State::Enabled) && new.state == State::Deleted {
        errors.push(Finding::new("deleting_enabled", "state", "disable the filter before you delete it"));
    } else if !next_states(before).contains(&new.state) {
        let from = before.map_or("new", State::name);
        let message = format!("a filter that is {from} cannot become {}", new.state.name());
        errors.push(Finding::new("bad_state", "state", message).with(from).with(new.state.name()));
    }
    let mut crowded = |code, others: u32, most: u32, what: &str| {
        if others >= most {
            let message = format!("the group has {others} {what} filters; at most {most} are allowed");
            errors.push(Finding::new(code, "state", message).with(most.to_string()));
        }
    };
    let is_there_already = old.is_some_and(|old| old.draft.state == new.state && old.draft.group == new.group);
    match new.state {
        _ if is_there_already => {}
        State::Enabled => crowded("too_many_filters", context.enabled_others, context.settings.enabled_max, "enabled"),
        State::Shadow => crowded("too_many_shadow", context.shadow_others, context.settings.shadow_max, "shadow"),
        _ => {}
    }
}

/// Names of variables that only protected filters may read.
pub fn is_protected(name: &str, settings: &FilterSettings, registry: &Registry) -> bool {
    settings.protected_variables.contains(name)
        || registry.groups.values().any(|group| group.own_variable(name).is_some_and(|variable| variable.is_protected))
}

/// Whether a person with `rights` may see values of a protected variable.
pub fn may_see_protected(name: &str, rights: RightSet, registry: &Registry) -> bool {
    let extra = |group: &Group| group.own_variable(name).and_then(|variable| variable.right);
    rights.has(Right::ProtectedVars) && registry.groups.values().filter_map(extra).all(|right| rights.has(right))
}

fn protection(old: Option<&Filter>, new: &Draft, context: &Context<'_>, found: &mut Findings) {
    let is_protected = |name: &&String| is_protected(name, context.settings, context.registry);
    found.uses_protected = found.uses_vars.iter().filter(is_protected).cloned().collect();
    let may_see = |name: &&String| may_see_protected(name, context.rights, context.registry);
    let unseen: Vec<&String> = found.uses_protected.iter().filter(|name| !may_see(name)).collect();
    if !unseen.is_empty() {
        let mut finding =
            Finding::new("protected_var_forbidden", "rules", "you may not read protected variables that the rule uses");
        finding.params = unseen.into_iter().cloned().collect();
        found.errors.push(finding);
    }
    let was_protected = old.is_some_and(|old| old.draft.privacy.is_protected) && !context.is_maintenance;
    if !new.privacy.is_protected && (was_protected || !found.uses_protected.is_empty()) {
        let message = if was_protected {
            "a protected filter stays protected: its old hits hold protected values"
        } else {
            "a rule that reads protected variables must be marked as protected"
        };
        let mut finding = Finding::new("must_be_protected", "privacy.protected", message);
        finding.params.clone_from(&found.uses_protected);
        found.errors.push(finding);
    }
}

fn restricted(old: Option<&Filter>, new: &Draft, context: &Context<'_>, errors: &mut Vec<Finding>) {
    if context.rights.has(Right::ModifyRestricted) {
        return;
    }
    let mut names: BTreeSet<&str> = new.actions.iter().map(|(name, _)| name).collect();
    if let Some(old) = old {
        names.extend(old.draft.actions.iter().map(|(name, _)| name));
    }
    for name in names.into_iter().filter(|name| actions::is_restricted(name, context)) {
        let message = format!("this consequence needs the right {}", Right::ModifyRestricted);
        errors.push(Finding::new("restricted_action", format!("actions.{name}"), message).with(name));
    }
}

fn groups(new: &Draft, context: &Context<'_>, errors: &mut Vec<Finding>) {
    match context.group {
        None => {
            errors.push(Finding::new("unknown_group", "group", "no such group is registered").with(new.group.as_str()));
        }
        Some(group) if group.require_reason && context.change_reason.trim().is_empty() => {
            let message = format!("changes in the group `{}` need a reason", group.name);
            errors.push(Finding::new("reason_required", "change_reason", message));
        }
        Some(_) => {}
    }
}

fn backtest(old: Option<&Filter>, new: &Draft, context: &Context<'_>, found: &mut Findings) {
    let is_new_rule = old.is_none_or(|old| old.draft.rules != new.rules || old.draft.state != State::Enabled);
    let destroys = new.actions.iter().any(|(name, _)| actions::class_of(name, context) == Some(Class::Destructive));
    let is_excused = context.has_backtest || !context.skip_backtest_reason.trim().is_empty();
    if new.state != State::Enabled || !is_new_rule || !destroys || is_excused {
        return;
    }
    let message = "this rule takes something away from people and was not tested on past actions in the last 24 hours";
    let finding = Finding::new("no_backtest", "rules", message);
    if context.group.is_some_and(|group| group.require_backtest) {
        found.errors.push(finding);
    } else {
        found.warnings.push(finding);
    }
}

#[cfg(test)]
mod tests;
