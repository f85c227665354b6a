//! `rule check`

use super::*;

#[test]
fn good_rules_are_counted() {
    let desk = Desk::new(&[("a.rule", "page_id > 3\n"), ("f.json", "[{\"id\":1,\"rule\":\"page_id > 4\"}]")]);
    assert_eq!(
        desk.run(&["rule", "check", "a.rule", "f.json"]),
        Left::new(0, "2 rules: 0 errors, 0 warnings, 0 hints\n", "")
    );
}

#[test]
fn an_error_is_shown_with_line_caret_and_cause() {
    let desk = Desk::new(&[("a.rule", "page_id > 3 &\n  added_line\n")]);
    let left = desk.run(&["rule", "check", "a.rule"]);
    assert_eq!((left.code, left.err.as_str()), (1, ""));
    for part in ["error[unrecognisedvar]: ", "--> a.rule:2:3\n", "2 |   added_line\n", "^^^^^^^^^^", "added_lines"] {
        assert!(left.out.contains(part), "{part}: {}", left.out);
    }
    assert!(left.out.ends_with("\n1 rule: 1 error, 0 warnings, 0 hints\n"), "{}", left.out);
}

#[test]
fn what_a_wiki_would_refuse_to_save_is_an_error() {
    let desk = Desk::new(&[("a.rule", "false & 1 / 0")]);
    let left = desk.run(&["rule", "check", "--quiet", "a.rule"]);
    assert_eq!(left.code, 1);
    assert!(left.out.starts_with("error[dividebyzero]: "), "{}", left.out);
}

#[test]
fn warnings_are_errors_if_one_says_so() {
    let desk = Desk::new(&[("a.rule", "summary rlike \"a*\"")]);
    assert_eq!(desk.run(&["rule", "check", "a.rule"]).code, 0);
    assert_eq!(desk.run(&["rule", "check", "a.rule", "--deny-warnings"]).code, 1);
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_checked() {
    let filters = "{\"id\":1,\"rule\":\"page_id > 3\"}\n{\"id\":2}\n{\"id\":3,\"rule\":\"1 +\"}\n{\"id\":4,\"ru";
    let desk = Desk::new(&[("f.jsonl", filters)]);
    let left = desk.run(&["rule", "check", "none", "f.jsonl"]);
    assert_eq!(left.code, 2);
    assert!(left.out.contains("--> f.jsonl:3, filter 3:1:"), "{}", left.out);
    assert!(left.out.ends_with("\n2 rules: 1 error, 0 warnings, 0 hints\n"), "{}", left.out);
    let causes: Vec<&str> = left.err.lines().collect();
    assert_eq!(causes.len(), 3, "{causes:?}");
    assert!(causes[0].starts_with("error: none: cannot be opened: "), "{causes:?}");
    assert_eq!(causes[1], "error: f.jsonl:2: the record has no `rule`");
    assert!(causes[2].starts_with("error: f.jsonl:4: the JSON ends in the middle of a value."), "{causes:?}");
}

#[test]
fn standard_input_is_read_too() {
    let left = Desk::new(&[]).run_with(&["rule", "check", "-"], "1 +");
    assert_eq!(left.code, 1);
    assert!(left.out.contains("--> standard input:1:"), "{}", left.out);
}

#[test]
fn programs_get_a_line_of_json_for_each_rule() {
    let filters = "{\"id\":1,\"rule\":\"article_text == \\\"A\\\" & zebra\"}\n{\"id\":2,\"rule\":\"page_id > 3\"}\n";
    let desk = Desk::new(&[("f.jsonl", filters)]);
    let left = desk.run(&["rule", "check", "--json", "f.jsonl"]);
    assert_eq!((left.code, left.err.as_str()), (1, ""));
    let lines: Vec<serde_json::Value> = left.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[1]["ok"], true);
    assert_eq!(lines[1]["variables"], serde_json::json!(["page_id"]));
    assert_eq!(lines[0]["file"], "f.jsonl");
    assert_eq!((&lines[0]["line"], &lines[0]["id"], &lines[0]["ok"]), (&1.into(), &"1".into(), &false.into()));
    assert_eq!(lines[0]["variables"], serde_json::json!(["page_title"]));
    let found = &lines[0]["diagnostics"][0];
    assert_eq!(found["code"], "unrecognisedvar");
    assert_eq!(found["span"], serde_json::json!([22, 27]));
    assert_eq!((&found["line"], &found["column"]), (&1.into(), &23.into()));
    assert_eq!(desk.run(&["rule", "check", "--json", "f.jsonl", "--known", "zebra"]).code, 0);
}

#[test]
fn an_unknown_variable_leads_to_the_option_that_announces_it() {
    let desk = Desk::new(&[("a.rule", "zebra")]);
    let left = desk.run(&["rule", "check", "a.rule"]);
    assert!(left.out.contains("is named with --known"), "{}", left.out);
    assert_eq!(desk.run(&["rule", "check", "a.rule", "--known", "Zebra"]).code, 0);
}

#[test]
fn a_broken_pattern_is_one_error_with_the_reason_of_the_library() {
    let left = Desk::new(&[("a.rule", "summary rlike \"(\"")]).run(&["rule", "check", "a.rule"]);
    assert_eq!(
        left,
        Left::new(
            1,
            "error[regexfailure]: the regular expression does not work\n --> a.rule:1:1\n  |\n\
             1 | summary rlike \"(\"\n  | ^^^^^^^^^^^^^^^^^ missing closing parenthesis (byte 1 of the pattern)\n  |\n  \
             = help: the rule ends with an error here each time; patterns are PCRE's\n\n\
             1 rule: 1 error, 0 warnings, 0 hints\n",
            ""
        )
    );
}

#[test]
fn a_pattern_that_matches_the_empty_text_is_told_once() {
    let desk = Desk::new(&[("a.rule", "summary rlike \"a*\""), ("b.rule", "summary rlike (\"\" + summary)")]);
    let left = desk.run(&["rule", "check", "a.rule"]);
    assert!(left.out.ends_with("\n1 rule: 0 errors, 1 warning, 0 hints\n"), "{}", left.out);
    let left = desk.run(&["rule", "check", "b.rule"]);
    assert!(left.out.starts_with("hint[match-empty-regex]: "), "{}", left.out);
    assert!(left.out.ends_with("\n1 rule: 0 errors, 0 warnings, 1 hint\n"), "{}", left.out);
}
