//! The settings in force on a wiki: what each is set to, where that was said, and what it means.

use super::Here;
use crate::pages::hits::sight;
use crate::state::Console;
use std::collections::BTreeSet;
use wikiward_farm::WikiId;
use wikiward_filters::hits::HitSettings;
use wikiward_filters::hits::RestrictedRows;
use wikiward_filters::snapshot::BudgetPolicy;

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    /// Its name, as in the book's table of settings.
    pub(crate) name: &'static str,
    /// Key of what it means.
    pub(crate) means: &'static str,
    /// What it is set to.
    pub(crate) value: Value,
    /// Whether the wiki says so itself.
    pub(crate) is_own: bool,
}

/// What a setting is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// On or off.
    Flag(bool),
    /// A number.
    Number(u64),
    /// Words.
    Words(Vec<String>),
    /// What the group says.
    OfGroup,
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<&BTreeSet<String>> for Value {
    fn from(words: &BTreeSet<String>) -> Self {
        Self::Words(words.iter().cloned().collect())
    }
}

impl From<&str> for Value {
    fn from(word: &str) -> Self {
        Self::Words(vec![word.to_owned()])
    }
}

/// All settings in force on `wiki`.
pub(super) fn of(console: &Console, wiki: &WikiId) -> Vec<Setting> {
    let own = console.people.wiki(wiki);
    let is_own = |name: &str| own.as_ref().is_some_and(|wiki| wiki.draft.settings.contains_key(name));
    all(&Here::of(console, wiki), &sight::settings(console, wiki), is_own)
}

/// The settings in the book's order.
pub(super) fn all(here: &Here, hits: &HitSettings, is_own: impl Fn(&str) -> bool) -> Vec<Setting> {
    let (judging, saving) = (&here.judging, &here.saving);
    let policy = match judging.budget_policy {
        BudgetPolicy::Tiered => "tiered",
        BudgetPolicy::Compat => "compat",
    };
    let rows = match hits.restricted_rows {
        RestrictedRows::Omit => "omit",
        RestrictedRows::Redact => "redact",
    };
    let anon = judging.anon_block_duration.as_deref().unwrap_or(&judging.block_duration);
    let ranges = Value::Words(vec![format!("IPv4 /{}", judging.range_v4), format!("IPv6 /{}", judging.range_v6)]);
    let bytes = Value::Number(u64::try_from(saving.rules_bytes_max).unwrap_or(u64::MAX));
    let table: Vec<(&'static str, &'static str, Value)> = vec![
        ("conditions_limit", "groups-set-conditions", judging.conditions_limit.map_or(Value::OfGroup, Value::from)),
        ("budget_policy", "groups-set-budget", policy.into()),
        ("enabled_actions", "groups-set-enabled", (&judging.enabled_actions).into()),
        ("restricted_actions", "groups-set-restricted", (&saving.restricted_actions).into()),
        ("locally_disabled_consequences", "groups-set-locally-disabled", (&judging.locally_disabled).into()),
        ("block_duration", "groups-set-block", judging.block_duration.as_str().into()),
        ("anon_block_duration", "groups-set-anon-block", anon.into()),
        ("autopromote_hold_days", "groups-set-autopromote", judging.autopromote_hold_days.into()),
        ("range_sizes", "groups-set-ranges", ranges),
        ("captcha_triggers", "groups-set-captcha", (&judging.captcha_triggers).into()),
        ("temp_accounts", "groups-set-temp", judging.temp_accounts.into()),
        ("throttle_compat", "groups-set-throttle", judging.throttle_compat.into()),
        ("is_central", "groups-set-central", judging.is_central.into()),
        ("parallel_run", "groups-set-parallel", judging.parallel_run.into()),
        ("protected_variables", "groups-set-protected", (&judging.protected_variables).into()),
        ("rules_bytes_max", "groups-set-bytes", bytes),
        ("farm_messages", "groups-set-farm-messages", (&saving.farm_messages).into()),
        ("software_tags", "groups-set-tags", (&saving.software_tags).into()),
        ("import_keeps_enabled", "groups-set-import", saving.import_keeps_enabled.into()),
        ("log_ip", "groups-set-log-ip", judging.log_ip.into()),
        ("restricted_rows", "groups-set-rows", rows.into()),
        ("privatedetails_reason", "groups-set-reason", hits.privatedetails_reason.into()),
    ];
    let setting = |(name, means, value)| Setting { is_own: is_own(name), name, means, value };
    table.into_iter().map(setting).collect()
}
