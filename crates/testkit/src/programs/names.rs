//! Functions and variables of the language, and values for the variables.

use serde_json::{Map, Value, json};

use super::values;
use crate::random::Random;

/// Name and arguments of every function: `t` text, `n` number, `a` anything, `r` pattern, `i` address, `g` address range,
/// `v` a variable's name, `o` a small offset; behind `?` optional ones, behind `*` the last may repeat.
pub(super) const FUNCTIONS: [(&str, &str); 35] = [
    ("lcase", "t"),
    ("ucase", "t"),
    ("length", "a"),
    ("strlen", "t"),
    ("string", "a"),
    ("int", "a"),
    ("float", "a"),
    ("bool", "a"),
    ("norm", "t"),
    ("ccnorm", "t"),
    ("ccnorm_contains_any", "tt*"),
    ("ccnorm_contains_all", "tt*"),
    ("contains_any", "tt*"),
    ("contains_all", "tt*"),
    ("equals_to_any", "aa*"),
    ("specialratio", "t"),
    ("rmspecials", "t"),
    ("rmdoubles", "t"),
    ("rmwhitespace", "t"),
    ("count", "t?t"),
    ("rcount", "r?t"),
    ("get_matches", "rt"),
    ("ip_in_range", "ig"),
    ("ip_in_ranges", "ig*"),
    ("substr", "to?o"),
    ("strpos", "tt?p"),
    ("str_replace", "ttt"),
    ("str_replace_regexp", "trt"),
    ("rescape", "t"),
    ("set", "va"),
    ("set_var", "va"),
    ("sanitize", "t"),
    // Weights: what filters use most comes more often.
    ("lcase", "t"),
    ("rcount", "rt"),
    ("count", "tt"),
];

/// Functions whose result is a number, a text or a truth value.
pub(super) const NUMBER_FUNCTIONS: [&str; 8] =
    ["length", "strlen", "int", "float", "count", "rcount", "strpos", "specialratio"];
pub(super) const TEXT_FUNCTIONS: [&str; 14] = [
    "lcase",
    "ucase",
    "string",
    "norm",
    "ccnorm",
    "rmspecials",
    "rmdoubles",
    "rmwhitespace",
    "substr",
    "str_replace",
    "str_replace_regexp",
    "rescape",
    "sanitize",
    "lcase",
];
pub(super) const TRUTH_FUNCTIONS: [&str; 8] = [
    "contains_any",
    "contains_all",
    "ccnorm_contains_any",
    "ccnorm_contains_all",
    "equals_to_any",
    "ip_in_range",
    "ip_in_ranges",
    "bool",
];

pub(super) const TEXT_NAMES: [&str; 14] = [
    "added_lines",
    "removed_lines",
    "summary",
    "user_name",
    "page_title",
    "page_prefixedtitle",
    "old_wikitext",
    "new_wikitext",
    "action",
    "article_text",
    "article_prefixedtext",
    "edit_diff",
    "USER_NAME",
    "Added_Lines",
];
pub(super) const NUMBER_NAMES: [&str; 10] = [
    "user_editcount",
    "user_age",
    "edit_delta",
    "old_size",
    "new_size",
    "page_id",
    "page_namespace",
    "article_namespace",
    "article_articleid",
    "timestamp",
];
pub(super) const LIST_NAMES: [&str; 6] = [
    "user_groups",
    "user_rights",
    "added_links",
    "page_recent_contributors",
    "article_recent_contributors",
    "page_restrictions_edit",
];
/// Names that never have a value here, or that no rule may read.
pub(super) const ODD_NAMES: [&str; 9] = [
    "old_text",
    "minor_edit",
    "tor_exit_node",
    "file_size",
    "no_such_name",
    "lcase",
    "moved_to_title",
    "NULL",
    "global_user_groups",
];
/// Names that came after release 1.39.
pub(super) const NEW_NAMES: [&str; 6] =
    ["account_name", "user_type", "page_last_edit_age", "new_links", "user_unnamed_ip", "account_type"];
/// Names a program gives its own variables.
pub(super) const OWN_NAMES: [&str; 8] = ["x", "y", "list", "Line", "n_1", "ok", "word", "2nd"];

/// Values for built-in variables.
///
/// With `all`, every one of the usual names is set.
pub(super) fn variables(random: &mut Random, releases: bool, all: bool) -> Map<String, Value> {
    let mut found = Map::new();
    for name in TEXT_NAMES.iter().filter(|name| is_canonical(name)) {
        if all || random.chance(75) {
            let text = values::text(random, releases);
            let lines = name.ends_with("_lines") && random.chance(70);
            let value = match random.below(40) {
                0 => Value::Null,
                1 => json!(values::integer(random)),
                _ if lines => json!(text.split('\n').collect::<Vec<_>>()),
                _ => json!(text),
            };
            found.insert((*name).to_string(), value);
        }
    }
    for name in NUMBER_NAMES.iter().filter(|name| is_canonical(name)) {
        if all || random.chance(75) {
            let value = match random.below(30) {
                0 => Value::Null,
                1 => json!(values::text(random, releases)),
                2 => json!(values::integer(random)),
                3 => json!(0.25),
                _ if *name == "timestamp" => json!("1772409600"),
                _ => json!(random.between(-600, 5_000)),
            };
            found.insert((*name).to_string(), value);
        }
    }
    for name in LIST_NAMES.iter().filter(|name| is_canonical(name)) {
        if all || random.chance(75) {
            let groups = ["*", "user", "autoconfirmed", "sysop", "bot", "https://x.example/a", "Bob"];
            let members: Vec<&str> = (0..random.below(4)).map(|_| random.choose(&groups)).collect();
            found.insert((*name).to_string(), json!(members));
        }
    }
    if all || random.chance(50) {
        found.insert("user_blocked".to_string(), json!(random.chance(20)));
    }
    if random.chance(30) {
        found.insert("user_name".to_string(), json!(values::address(random)));
    }
    if releases {
        for name in NEW_NAMES {
            if random.chance(40) {
                found.insert(name.to_string(), json!(values::text(random, releases)));
            }
        }
    }
    found
}

/// Old names and other spellings read a variable that is set under its proper name.
fn is_canonical(name: &str) -> bool {
    !name.starts_with("article_") && name.bytes().all(|byte| !byte.is_ascii_uppercase())
}
