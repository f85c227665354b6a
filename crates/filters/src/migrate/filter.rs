//! What becomes of a filter and its versions.

use super::php::{self, Key, Php};
use super::problem::Cause;
use super::row::{FilterRow, HistoryRow, Person};
use crate::groups::{Registry, builtin};
use crate::model::{
    Actions, BrakeProfile, Consequence, Draft, Editor, FilterKey, FilterVersion, Origin, Privacy, State, Tier, Version,
};
use crate::save::check::is_protected;
use crate::save::{FilterSettings, changed_fields};
use std::collections::BTreeMap;
use wikiward_farm::WikiId;
use wikiward_rules::{Vocabulary, static_vars};

/// What is known here, by which rows are read.
pub(super) struct Words {
    /// The wiki whose tables are read.
    pub(super) wiki: WikiId,
    pub(super) registry: std::sync::Arc<Registry>,
    pub(super) settings: FilterSettings,
    pub(super) vocabulary: Vocabulary,
}

/// What was found about a row, beside what becomes of it.
pub(super) type Found = Vec<(Cause, String)>;

impl Words {
    /// What the present version cannot be here as it was there; changes it accordingly.
    pub(super) fn fit(&self, draft: &mut Draft) -> Found {
        let mut found = Found::new();
        for (name, _) in draft.actions.iter() {
            if Consequence::find(name).is_none() && !self.registry.consequences.contains_key(name) {
                found.push((Cause::UnknownConsequence, name.to_owned()));
            }
        }
        if !self.registry.groups.contains_key(&draft.group) {
            found.push((Cause::GroupReplaced, std::mem::replace(&mut draft.group, builtin::DEFAULT.to_owned())));
            if draft.state == State::Enabled {
                draft.state = State::Disabled;
            }
        }
        if static_vars(draft.rules.as_bytes(), &self.vocabulary).is_err() {
            found.push((Cause::BadSyntax, String::new()));
        }
        found
    }

    /// Variables that a rule reads, and the protected ones among them.
    pub(super) fn uses(&self, rules: &str) -> (Vec<String>, Vec<String>) {
        let uses = static_vars(rules.as_bytes(), &self.vocabulary).unwrap_or_default();
        let protected = |name: &&String| is_protected(name, &self.settings, &self.registry);
        let protected = uses.iter().filter(protected).cloned().collect();
        (uses, protected)
    }

    /// Who saved something.
    pub(super) fn editor(&self, by: &Person) -> Editor {
        let number = (by.number > 0).then_some(by.number);
        Editor { key: format!("wiki:{}:{}", self.wiki, by.number.max(0)), name: by.name.clone(), number }
    }

    /// A version as it is kept.
    pub(super) fn version(
        &self,
        key: &FilterKey,
        number: u32,
        draft: Draft,
        (at, by): (wikiward_farm::Timestamp, &Person),
        (reason, changed): (String, Vec<String>),
    ) -> FilterVersion {
        let (uses_vars, uses_protected) = self.uses(&draft.rules);
        FilterVersion {
            key: key.clone(),
            version: Version(number),
            is_public: draft.privacy.is_public(),
            draft,
            edited_at: at,
            edited_by: self.editor(by),
            change_reason: reason,
            changed_fields: changed,
            origin: Origin::Migration,
            uses_vars,
            uses_protected,
        }
    }
}

/// The present version, as `abuse_filter` has it.
pub(super) fn draft(row: &FilterRow) -> Draft {
    Draft {
        state: state(row.is_enabled, row.is_deleted),
        group: row.group.clone(),
        name: row.name.clone(),
        rules: row.rules.clone(),
        notes: row.notes.clone(),
        actions: actions(row.actions.iter().cloned(), row.id),
        priority: 0,
        tier: Tier::Normal,
        privacy: Privacy::from_bits(row.privacy & 7).unwrap_or_default(),
        scope: None,
        brake_profile: BrakeProfile::Standard,
        maintainers: Vec::new(),
        tests: Vec::new(),
    }
}

/// An old version; whether its consequences could be read.
pub(super) fn draft_of(row: &HistoryRow, filter: i64) -> (Draft, bool) {
    let has = |flag: &str| row.flags.iter().any(|it| it == flag);
    let read = parameters(&row.actions);
    let draft = Draft {
        state: state(has("enabled"), has("deleted") || row.is_deleted),
        group: if row.group.is_empty() { builtin::DEFAULT.to_owned() } else { row.group.clone() },
        name: row.name.clone(),
        rules: row.rules.clone(),
        notes: row.notes.clone(),
        actions: actions(read.clone().unwrap_or_default().into_iter(), filter),
        priority: 0,
        tier: Tier::Normal,
        privacy: Privacy { is_hidden: has("hidden"), is_protected: has("protected"), is_suppressed: has("suppressed") },
        scope: None,
        brake_profile: BrakeProfile::Standard,
        maintainers: Vec::new(),
        tests: Vec::new(),
    };
    (draft, read.is_some())
}

/// AbuseFilter knows no drafts.
fn state(is_enabled: bool, is_deleted: bool) -> State {
    match (is_enabled, is_deleted) {
        (_, true) => State::Deleted,
        (true, false) => State::Enabled,
        (false, false) => State::Disabled,
    }
}

/// The first parameter of `throttle` is the filter's own number, which the history lacks.
fn actions(read: impl Iterator<Item = (String, Vec<String>)>, filter: i64) -> Actions {
    let mut actions: BTreeMap<String, Vec<String>> = read.collect();
    if let Some(first) = actions.get_mut("throttle").and_then(|parameters| parameters.first_mut()) {
        *first = filter.to_string();
    }
    Actions(actions)
}

/// Consequences and parameters as PHP serialised them; none if they cannot be read. Nothing is none of them.
fn parameters(serialised: &[u8]) -> Option<BTreeMap<String, Vec<String>>> {
    if serialised.is_empty() {
        return Some(BTreeMap::new());
    }
    let Ok(Php::Array(items)) = php::read(serialised) else { return None };
    let mut actions = BTreeMap::new();
    for (key, value) in items {
        let Key::Text(name) = key else { return None };
        let list = match value {
            Php::Array(list) => list.iter().map(|(_, item)| item.text()).collect::<Option<Vec<String>>>()?,
            Php::Null => Vec::new(),
            _ => return None,
        };
        actions.insert(String::from_utf8(name).ok()?, list);
    }
    Some(actions)
}

/// Names of the fields that AbuseFilter says were changed; found by comparing where it says nothing.
pub(super) fn changed(named: &[String], before: Option<&Draft>, now: &Draft) -> Vec<String> {
    let Some(before) = before else { return vec!["created".to_owned()] };
    let ours = |name: &String| match name.as_str() {
        "af_public_comments" => Some("name"),
        "af_pattern" => Some("rules"),
        "af_comments" => Some("notes"),
        "af_deleted" | "af_enabled" => Some("state"),
        "af_hidden" => Some("privacy"),
        "af_group" => Some("group"),
        "af_global" => Some("scope"),
        "actions" => Some("actions"),
        _ => None,
    };
    let mut fields: Vec<String> = named.iter().filter_map(ours).map(str::to_owned).collect();
    fields.dedup();
    if fields.is_empty() { changed_fields(before, now).into_iter().map(str::to_owned).collect() } else { fields }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consequences_of_old_versions_are_read_strictly() {
        let read =
            parameters(b"a:2:{s:4:\"warn\";a:1:{i:0;s:3:\"key\";}s:8:\"throttle\";a:2:{i:0;N;i:1;s:4:\"3,60\";}}")
                .unwrap();
        assert_eq!(read["warn"], ["key"]);
        assert_eq!(actions(read.into_iter(), 17).0["throttle"], ["17", "3,60"]);
        assert_eq!(parameters(b"").unwrap().len(), 0);
        assert_eq!(parameters(b"a:0:{}").unwrap().len(), 0);
        for bad in [&b"b:0;"[..], b"a:1:{i:0;s:4:\"warn\";}", b"a:1:{s:4:\"warn\";i:5;}", b"O:1:\"x\":0:{}", b"a:1:{"] {
            assert_eq!(parameters(bad), None, "{}", String::from_utf8_lossy(bad));
        }
    }

    #[test]
    fn changed_fields_have_our_names() {
        let words = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let draft = Draft {
            state: State::Enabled,
            group: "default".into(),
            name: "n".into(),
            rules: "1".into(),
            notes: String::new(),
            actions: Actions::default(),
            priority: 0,
            tier: Tier::Normal,
            privacy: Privacy::default(),
            scope: None,
            brake_profile: BrakeProfile::Standard,
            maintainers: Vec::new(),
            tests: Vec::new(),
        };
        assert_eq!(changed(&words(&["af_pattern"]), None, &draft), ["created"]);
        let named = words(&["af_deleted", "af_enabled", "actions", "af_new"]);
        assert_eq!(changed(&named, Some(&draft), &draft), ["state", "actions"]);
        let other = Draft { rules: "2".into(), ..draft.clone() };
        assert_eq!(changed(&[], Some(&draft), &other), ["rules"]);
    }
}
