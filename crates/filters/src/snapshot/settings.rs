//! What a wiki may set about judging.

use crate::brake::BrakeSettings;
use crate::model::Consequence;
use crate::save;
use serde_json::Value;
use std::collections::BTreeSet;

/// How the condition limit is kept when filters use more than there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BudgetPolicy {
    /// Critical filters go first; what was not evaluated is named.
    #[default]
    Tiered,
    /// As AbuseFilter: filters in their order, each later one fails at its first condition.
    Compat,
}

/// Settings of a wiki that judging reads. Names and defaults are those of the book's table of settings.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "settings that are on or off, named as in the book")]
pub struct WikiSettings {
    /// Conditions of all filters of an action; none means what the group says.
    pub conditions_limit: Option<u32>,
    /// How that limit is kept.
    pub budget_policy: BudgetPolicy,
    /// Consequences that run here at all.
    pub enabled_actions: BTreeSet<String>,
    /// Consequences that farm-wide filters may not have here.
    pub locally_disabled: BTreeSet<String>,
    /// How long `block` lasts where a filter does not say, for named users.
    pub block_duration: String,
    /// The same for others; none means as for named users.
    pub anon_block_duration: Option<String>,
    /// Days for which `blockautopromote` lasts.
    pub autopromote_hold_days: u32,
    /// Length of the prefix that `rangeblock` blocks, IPv4.
    pub range_v4: u8,
    /// The same, IPv6.
    pub range_v6: u8,
    /// Whether addresses are kept with hits.
    pub log_ip: bool,
    /// Variables of the software that are protected here.
    pub protected_variables: BTreeSet<String>,
    /// Whether throttle counters are told apart as AbuseFilter does.
    pub throttle_compat: bool,
    /// Kinds of action at which a challenge can be shown; `create` is an edit that makes a page.
    pub captcha_triggers: BTreeSet<String>,
    /// Whether unregistered people get temporary accounts; then nothing of theirs is remembered from a stash.
    pub temp_accounts: bool,
    /// Whether it is the farm's central wiki.
    pub is_central: bool,
    /// Whether matches of actions that are judged on trial are kept, to compare with another program that runs beside this one.
    pub parallel_run: bool,
    /// Milliseconds from which on a run, or a filter that was timed, is logged.
    pub slow_ms: u32,
    /// The emergency brake.
    pub brake: BrakeSettings,
}

impl Default for WikiSettings {
    fn default() -> Self {
        let off = [Consequence::RangeBlock, Consequence::Degroup];
        let on = Consequence::ALL.iter().filter(|it| !off.contains(it));
        Self {
            conditions_limit: None,
            budget_policy: BudgetPolicy::default(),
            enabled_actions: on.map(|it| it.name().to_owned()).collect(),
            locally_disabled: BTreeSet::new(),
            block_duration: "indefinite".into(),
            anon_block_duration: None,
            autopromote_hold_days: 5,
            range_v4: 16,
            range_v6: 19,
            log_ip: true,
            protected_variables: ["user_unnamed_ip".to_owned()].into(),
            throttle_compat: false,
            captcha_triggers: ["edit", "create", "upload", "createaccount"].map(str::to_owned).into(),
            temp_accounts: true,
            is_central: false,
            parallel_run: false,
            slow_ms: 500,
            brake: BrakeSettings::default(),
        }
    }
}

impl WikiSettings {
    /// These settings with what `overrides`, a JSON object, says otherwise. What is of another type is passed over: who
    /// stores settings checks them.
    #[must_use]
    pub fn with(mut self, overrides: &Value) -> Self {
        if overrides.get("compat").and_then(Value::as_str) == Some("abusefilter") {
            self.budget_policy = BudgetPolicy::Compat;
            self.throttle_compat = true;
        }
        let text = |name: &str| overrides.get(name).and_then(Value::as_str).map(str::to_owned);
        let flag = |name: &str| overrides.get(name).and_then(Value::as_bool);
        let number = |value: Option<&Value>| value.and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        let prefix = |name: &str, widest: u8, bits: u8| {
            let length = number(overrides.get("range_sizes").and_then(|sizes| sizes.get(name)))?;
            u8::try_from(length).ok().map(|length| length.clamp(widest, bits))
        };
        self.conditions_limit = number(overrides.get("conditions_limit")).or(self.conditions_limit);
        match overrides.get("budget_policy").and_then(Value::as_str) {
            Some("compat") => self.budget_policy = BudgetPolicy::Compat,
            Some("tiered") => self.budget_policy = BudgetPolicy::Tiered,
            _ => {}
        }
        self.enabled_actions = names(overrides.get("enabled_actions"), self.enabled_actions);
        self.locally_disabled = names(overrides.get("locally_disabled_consequences"), self.locally_disabled);
        self.block_duration = text("block_duration").unwrap_or(self.block_duration);
        self.anon_block_duration = text("anon_block_duration").or(self.anon_block_duration);
        self.autopromote_hold_days =
            number(overrides.get("autopromote_hold_days")).unwrap_or(self.autopromote_hold_days);
        self.range_v4 = prefix("v4", RANGE_V4_WIDEST, 32).unwrap_or(self.range_v4);
        self.range_v6 = prefix("v6", RANGE_V6_WIDEST, 128).unwrap_or(self.range_v6);
        self.log_ip = flag("log_ip").unwrap_or(self.log_ip);
        self.protected_variables = names(overrides.get("protected_variables"), self.protected_variables);
        self.throttle_compat = flag("throttle_compat").unwrap_or(self.throttle_compat);
        self.captcha_triggers = names(overrides.get("captcha_triggers"), self.captcha_triggers);
        self.temp_accounts = flag("temp_accounts").unwrap_or(self.temp_accounts);
        self.is_central = flag("is_central").unwrap_or(self.is_central);
        self.parallel_run = flag("parallel_run").unwrap_or(self.parallel_run);
        self.slow_ms = number(overrides.get("slow_ms")).unwrap_or(self.slow_ms);
        self.brake = self.brake.with(overrides);
        self
    }

    /// Whether the consequence runs here at all.
    pub fn runs(&self, consequence: &str) -> bool {
        // Custom consequences are there because a component of this installation announced them.
        Consequence::find(consequence).is_none() || self.enabled_actions.contains(consequence)
    }
}

/// The widest IPv4 range that a wiki blocks: MediaWiki's own limit.
const RANGE_V4_WIDEST: u8 = 16;
/// The widest IPv6 range that a wiki blocks: MediaWiki's own limit.
const RANGE_V6_WIDEST: u8 = 19;

/// What a setting says of names; what says nothing that can be read is passed over.
fn names(value: Option<&Value>, default: BTreeSet<String>) -> BTreeSet<String> {
    value.and_then(|value| save::settings::names(value, &default)).unwrap_or(default)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_wiki_says_otherwise_counts() {
        let settings = WikiSettings::default().with(&json!({
            "conditions_limit": 2000, "enabled_actions": {"rangeblock": true, "block": false}, "throttle_compat": "yes",
            "range_sizes": {"v4": 8, "v6": 48}, "log_ip": false,
        }));
        assert_eq!(settings.conditions_limit, Some(2000));
        assert!(settings.runs("rangeblock") && !settings.runs("block") && !settings.runs("degroup"));
        assert!(!settings.throttle_compat, "a wrong type changes nothing");
        assert_eq!((settings.range_v4, settings.range_v6), (16, 48), "never wider than MediaWiki blocks");
        assert!(!settings.log_ip);
        let compat = WikiSettings::default().with(&json!({"compat": "abusefilter"}));
        assert!(compat.throttle_compat && compat.budget_policy == BudgetPolicy::Compat);
    }
}
