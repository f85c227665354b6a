use super::*;
use crate::release::Release;

fn found(source: &str) -> Vec<Diagnostic> {
    let vocabulary = Vocabulary::default();
    let rule = Rule::compile(source.as_bytes(), &vocabulary, Release::Newest).unwrap();
    lint(source.as_bytes(), &rule, &vocabulary)
}

fn names(source: &str) -> Vec<&'static str> {
    found(source).iter().map(|found| found.code).collect()
}

#[test]
fn every_lint_finds_its_example_and_leaves_the_other_alone() {
    for lint in LINTS {
        assert_eq!(names(lint.example), [lint.name], "{}", lint.example);
        assert_eq!(names(lint.instead), [""; 0], "{}", lint.instead);
    }
    assert!(LINTS.is_sorted_by_key(|lint| lint.name));
}

#[test]
fn what_only_looks_like_a_problem_is_left_alone() {
    for source in [
        "",
        "page_id == 1 & page_id == 2 | page_namespace == 0",
        "!\"sysop\" in user_groups",
        "length(summary) == 0",
        "x := (page_id == 1); x & x == 2",
        "if page_id == 1 then (x := 1) else (x := 2) end; x == 1",
        "page_id == 1 & (x := 2) & x == 2",
        "(page_id == 1 & (page_id == 2 & (x := 2))) & x == 2",
        "page_id == 1 & (x := 2) ? x == 2 : 0",
        "x := page_id",
        "page_title like \"[!a]*\"",
        "ccnorm_contains_any(summary, \"spam\")",
        "lcase(summary) rlike \"[A-Z]\"",
        "\"abc\" in lcase(summary)",
        "added_lines rlike \"a\\.com\" & user_editcount < 5",
        "get_matches(\".*(a)\", summary)[1] == \"a\"",
        "edit_delta > 5000",
        "timestamp - 5 > 3",
        "contains_any(user_groups, \"sysop\")",
    ] {
        assert_eq!(names(source), [""; 0], "{source}");
    }
}

#[test]
fn fixes_settle_what_they_are_offered_for() {
    let mut count = 0;
    for lint in LINTS {
        for diagnostic in found(lint.example) {
            let Some(fix) = diagnostic.fix else { continue };
            let mut source = lint.example.to_owned();
            source.replace_range(fix.span.start as usize..fix.span.end as usize, &fix.text);
            assert_eq!(names(&source), [""; 0], "{source}");
            count += 1;
        }
    }
    assert!(count >= 5);
}

#[test]
fn a_branch_that_may_be_skipped_makes_a_variable_uncertain() {
    for source in [
        "page_id == 1 & (x := 2) == 2; x == 2",
        "page_id == 1 ? (x := 1) : 2; x == 1",
        "page_id == 1 & (x := 2) | x == 2",
        "if page_id == 1 then (if page_id == 2 then (x := 1) else (x := 2) end) end; x == 2",
    ] {
        assert_eq!(names(source), ["maybe-undefined"], "{source}");
    }
}

#[test]
fn large_rules_are_examined_in_linear_time() {
    let chain = (0..6_000).map(|number| format!("page_id=={number}")).collect::<Vec<_>>().join("|");
    assert_eq!(names(&chain), [""; 0]);
    let mixed = "page_id|page_id&".repeat(4_000) + "page_id";
    let findings = found(&mixed);
    let mixed = findings.iter().filter(|found| found.code == "mixed-logic");
    assert_eq!(mixed.count(), 1);
    let deep = "!(".repeat(900) + "page_id" + &")".repeat(900);
    assert_eq!(names(&deep), [""; 0]);
    let open = "(".repeat(50_000);
    assert_eq!(repetition::nested(open.as_bytes()), None);
}

/// With `WIKIWARD_DATA` set: what is found in rules that wikis use.
#[test]
fn real_rules_are_examined() {
    let Some(folder) = std::env::var_os("WIKIWARD_DATA") else {
        return;
    };
    let vocabulary =
        Vocabulary::new(Release::Newest, ["global_user_groups", "user_mobile", "tor_exit_node", "user_app"]);
    let mut counts = std::collections::BTreeMap::new();
    for file in std::fs::read_dir(std::path::Path::new(&folder).join("filters")).unwrap() {
        let file = file.unwrap().path();
        if file.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let filter: serde_json::Value = serde_json::from_str(line).unwrap();
            let source = filter["rule"].as_str().unwrap().as_bytes();
            if let Ok(rule) = Rule::compile(source, &vocabulary, Release::Newest) {
                for found in lint(source, &rule, &vocabulary) {
                    *counts.entry(found.code).or_insert(0) += 1;
                }
            }
        }
    }
    assert!(!counts.is_empty());
}
