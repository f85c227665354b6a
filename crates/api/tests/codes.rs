//! Every code that the interface can answer with was the answer to a test.
//!
//! `cargo xtask test` has all tests note the codes that they are answered with over HTTP, and runs this one after them, on
//! their notes. By itself it has nothing to look at and says so.

use std::path::Path;
use wikiward_api::problem::Code;
use wikiward_testkit::codes;

/// What is wrong with a filter, by the table of checks of a save and the table of limits.
const OF_FILTERS: [&str; 32] = [
    "forbidden",
    "missing_fields",
    "bad_syntax",
    "deleting_enabled",
    "no_tags",
    "bad_tag",
    "tag_reserved",
    "empty_message",
    "throttle_count",
    "throttle_period",
    "throttle_groups_empty",
    "throttle_groups_invalid",
    "throttle_groups_duplicate",
    "protected_var_forbidden",
    "must_be_protected",
    "global_custom_message",
    "restricted_action",
    "unknown_group",
    "var_not_in_group",
    "action_not_allowed",
    "confirm_public",
    "rules_too_long",
    "name_too_long",
    "notes_too_long",
    "params_too_long",
    "throttle_groups_too_many",
    "tags_too_many",
    "too_many_filters",
    "too_many_shadow",
    "tests_failed",
    "tests_too_many",
    "bad_test",
];

#[test]
fn every_code_was_answered() {
    let Some(folder) = std::env::var_os(codes::TO_CHECK) else {
        eprintln!("No notes of a whole run are given ({}): nothing is checked.", codes::TO_CHECK);
        return;
    };
    let noted = codes::noted(Path::new(&folder)).unwrap();
    let all = Code::ALL.iter().map(|code| code.name()).chain(OF_FILTERS);
    let missing: Vec<&str> = all.filter(|code| !noted.contains(*code)).collect();
    assert!(missing.is_empty(), "no test was answered {missing:?}; {} codes were", noted.len());
}
