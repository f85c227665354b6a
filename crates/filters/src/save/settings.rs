//! Settings of a wiki that decide which filters may be saved.

use crate::model::Consequence;
use serde_json::Value;
use std::collections::BTreeSet;

/// Settings of a wiki that decide which filters may be saved there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterSettings {
    /// Most bytes of a rule; 65,530 as in AbuseFilter, at most 262,144.
    pub rules_bytes_max: usize,
    /// Consequences that are carried out here; others are kept but do nothing.
    pub enabled_actions: BTreeSet<String>,
    /// Consequences that need `abusefilter-modify-restricted`.
    pub restricted_actions: BTreeSet<String>,
    /// Variables that only protected filters may read, beside those that groups mark.
    pub protected_variables: BTreeSet<String>,
    /// Message keys that farm-wide filters may name.
    pub farm_messages: BTreeSet<String>,
    /// Change tags that the software itself sets, so that no filter can create them.
    pub software_tags: BTreeSet<String>,
    /// Most enabled filters per group.
    pub enabled_max: u32,
    /// Most shadow filters per group.
    pub shadow_max: u32,
    /// Whether an imported filter stays enabled, as in AbuseFilter.
    pub import_keeps_enabled: bool,
}

/// Most bytes that a rule may ever have.
pub const RULES_BYTES_CEILING: usize = 262_144;

impl Default for FilterSettings {
    fn default() -> Self {
        let unusual = [Consequence::RangeBlock, Consequence::Degroup];
        let named = |it: &Consequence| it.name().to_owned();
        let restricted =
            [Consequence::Block, Consequence::RangeBlock, Consequence::Degroup, Consequence::BlockAutopromote];
        Self {
            rules_bytes_max: 65_530,
            enabled_actions: Consequence::ALL.iter().filter(|it| !unusual.contains(it)).map(named).collect(),
            restricted_actions: restricted.iter().map(named).collect(),
            protected_variables: BTreeSet::from(["user_unnamed_ip".to_owned()]),
            farm_messages: BTreeSet::from(["abusefilter-warning".to_owned(), "abusefilter-disallowed".to_owned()]),
            software_tags: BTreeSet::new(),
            enabled_max: 1_000,
            shadow_max: 20,
            import_keeps_enabled: false,
        }
    }
}

impl FilterSettings {
    /// These settings with what the settings document of a wiki says, and the names of members that cannot be read.
    /// Members that mean nothing here are left to others.
    pub fn overridden(&self, document: &Value) -> (Self, Vec<&'static str>) {
        let mut settings = self.clone();
        let mut bad = Vec::new();
        if document.get("compat").and_then(Value::as_str) == Some("abusefilter") {
            settings.import_keeps_enabled = true;
        }
        let sets: [(&'static str, &mut BTreeSet<String>); 5] = [
            ("enabled_actions", &mut settings.enabled_actions),
            ("restricted_actions", &mut settings.restricted_actions),
            ("protected_variables", &mut settings.protected_variables),
            ("farm_messages", &mut settings.farm_messages),
            ("software_tags", &mut settings.software_tags),
        ];
        for (name, set) in sets {
            match document.get(name) {
                None => {}
                Some(value) => match names(value, set) {
                    Some(names) => *set = names,
                    None => bad.push(name),
                },
            }
        }
        let bytes = document.get("rules_bytes_max").map(|it| it.as_u64().and_then(|it| usize::try_from(it).ok()));
        match bytes {
            None => {}
            Some(Some(bytes)) if (1..=RULES_BYTES_CEILING).contains(&bytes) => settings.rules_bytes_max = bytes,
            Some(_) => bad.push("rules_bytes_max"),
        }
        match document.get("import_keeps_enabled").map(Value::as_bool) {
            None => {}
            Some(Some(keeps)) => settings.import_keeps_enabled = keeps,
            Some(None) => bad.push("import_keeps_enabled"),
        }
        (settings, bad)
    }
}

/// What a setting says of `names`: a list takes their place; an object adds the names that are true in it and takes away
/// those that are false, as AbuseFilter's own settings do. None if it says neither.
pub(crate) fn names(value: &Value, names: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    match value {
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        Value::Object(members) => {
            let mut kept = names.clone();
            for (name, holds) in members {
                if holds.as_bool()? {
                    kept.insert(name.clone());
                } else {
                    kept.remove(name);
                }
            }
            Some(kept)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::WikiSettings;
    use serde_json::json;

    #[test]
    fn a_wiki_overrides_what_it_names_and_nothing_else() {
        let defaults = FilterSettings::default();
        let (own, bad) = defaults.overridden(
            &json!({"enabled_actions": ["tag"], "ip_days": 3, "restricted_actions": {"tag": true, "block": false}}),
        );
        assert_eq!(bad, [""; 0]);
        assert_eq!(own.enabled_actions, BTreeSet::from(["tag".to_owned()]));
        // A list says all of them, an object what is otherwise.
        let restricted = ["blockautopromote", "degroup", "rangeblock", "tag"].map(str::to_owned);
        assert_eq!(own.restricted_actions, BTreeSet::from(restricted));
        let more = json!({"enabled_actions": {"degroup": true, "block": false}});
        let (saving, judging) = (defaults.overridden(&more).0, WikiSettings::default().with(&more));
        assert_eq!(saving.enabled_actions, judging.enabled_actions, "what may be saved is what is carried out");
        assert!(saving.enabled_actions.contains("disallow") && !saving.enabled_actions.contains("block"));
        assert_eq!(own.protected_variables, defaults.protected_variables);
        assert!(defaults.overridden(&json!({"compat": "abusefilter"})).0.import_keeps_enabled);
    }

    #[test]
    fn what_cannot_be_read_is_named_and_changes_nothing() {
        let defaults = FilterSettings::default();
        let document = json!({"enabled_actions": "tag", "rules_bytes_max": 300_000, "import_keeps_enabled": 1});
        let (own, bad) = defaults.overridden(&document);
        assert_eq!(bad, ["enabled_actions", "rules_bytes_max", "import_keeps_enabled"]);
        assert_eq!(own, defaults);
    }
}
