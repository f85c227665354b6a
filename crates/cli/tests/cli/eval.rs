//! `rule eval`

use super::*;

#[test]
fn people_see_value_type_and_conditions() {
    let desk = Desk::new(&[("edit.json", EDIT)]);
    let check = |rule: &str, code, out: &str| {
        assert_eq!(desk.run(&["rule", "eval", rule, "--vars", "edit.json"]), Left::new(code, out, ""), "{rule}");
    };
    check(
        "user_editcount < 10 & \"http\" in added_lines",
        0,
        "matched     yes\nvalue       true\ntype        bool\nconditions  2\n",
    );
    check("lcase(summary)", 0, "matched     yes\nvalue       \"buy now\"\ntype        string\nconditions  1\n");
    check("page_id", 1, "matched     no\nvalue       null\ntype        null\nconditions  0\n");
    check(
        "summary rlike \"\"",
        0,
        "matched     yes\nvalue       true\ntype        bool\nconditions  1\n\
         warning     the pattern matches the empty text, so it matches everything (byte 13)\n",
    );
}

#[test]
fn an_error_is_shown_with_its_place() {
    let left = Desk::new(&[("a.rule", "1 &\n1 / 0\n")]).run(&["rule", "eval", "--file", "a.rule"]);
    assert_eq!((left.code, left.out.as_str()), (2, ""));
    assert!(left.err.starts_with("error[dividebyzero]: "), "{}", left.err);
    assert!(left.err.contains("--> a.rule:2:"), "{}", left.err);
}

#[test]
fn programs_get_one_line_of_json() {
    let desk = Desk::new(&[("edit.json", EDIT)]);
    assert_eq!(
        desk.run(&["rule", "eval", "[user_editcount, 1.5]", "--vars", "edit.json", "--json"]),
        Left::new(0, "{\"ok\":true,\"type\":\"array\",\"result\":[3,1.5],\"matched\":true,\"conditions\":0}\n", "")
    );
    assert_eq!(
        desk.run(&["rule", "eval", "1 + sumary", "--json"]),
        Left::new(
            2,
            "{\"ok\":false,\"error\":\"unrecognisedvar\",\"position\":3,\"params\":[\"sumary\"],\"conditions\":0}\n",
            ""
        )
    );
}

#[test]
fn variables_that_cannot_be_read_are_told_with_file_and_line() {
    let check = |vars: &str, err: &str| {
        let desk = Desk::new(&[("v.json", vars)]);
        assert_eq!(desk.run(&["rule", "eval", "1", "--vars", "v.json"]), Left::new(2, "", err), "{vars}");
    };
    check(
        "{\n \"added_line\": 1}",
        "error: v.json:2: there is no variable `added_line`; did you mean `added_lines`?\n",
    );
    check(
        "{\"zebra\": 1}",
        "error: v.json:1: there is no variable `zebra`; if an extension adds it, say --known zebra\n",
    );
    check(
        "{\"action\": \"ed",
        "error: v.json:1:14: the variables are not one JSON object: EOF while parsing a string\n",
    );
    check(
        "{\"summary\":\n {\"$float\": 1}}",
        "error: v.json:2: variable `summary`: {\"$float\": …} is \"nan\", \"inf\" or \"-inf\"\n",
    );
}

#[test]
fn a_missing_file_is_named() {
    let desk = Desk::new(&[]);
    for arguments in [
        &["rule", "eval", "1", "--vars", "none"][..],
        &["rule", "eval", "--file", "none"],
        &["rule", "eval", "--jsonl", "none"],
        &["rule", "eval", "1", "--equivset", "none"],
    ] {
        let left = desk.run(arguments);
        assert_eq!((left.code, left.out.as_str()), (2, ""), "{arguments:?}");
        assert!(left.err.starts_with("error: none: cannot be "), "{arguments:?}: {}", left.err);
    }
}

#[test]
fn announced_variables_and_the_release_count() {
    let desk = Desk::new(&[("v.json", "{\"tor_exit_node\": true}")]);
    let known = ["rule", "eval", "Tor_Exit_Node", "--known", "user_app,tor_exit_node", "--vars", "v.json", "--json"];
    assert_eq!(desk.run(&known).code, 0);
    assert_eq!(desk.run(&["rule", "eval", "user_type", "--release", "1.39"]).code, 2);
    assert_eq!(desk.run(&["rule", "eval", "user_type"]).code, 1);
}

#[test]
fn one_of_several_filters_is_chosen_by_its_id() {
    let filters = "{\"id\":7,\"rule\":\"false\"}\n{\"id\":8,\"rule\":\"true\"}\n";
    let desk = Desk::new(&[("f.jsonl", filters)]);
    assert_eq!(desk.run(&["rule", "eval", "--file", "f.jsonl", "--id", "8"]).code, 0);
    assert_eq!(desk.run(&["rule", "eval", "--file", "f.jsonl", "--id", "7"]).code, 1);
    assert_eq!(
        desk.run(&["rule", "eval", "--file", "f.jsonl"]),
        Left::new(2, "", "error: f.jsonl: holds several filters; choose one with --id\n")
    );
    assert_eq!(
        desk.run(&["rule", "eval", "--file", "f.jsonl", "--id", "9"]),
        Left::new(2, "", "error: f.jsonl: holds no filter 9\n")
    );
}

#[test]
fn requests_are_answered_line_for_line() {
    let requests = concat!(
        "{\"id\":\"a\",\"rule\":\"x := user_age; x + 1\",\"vars\":{\"user_age\":41}}\n",
        "\n",
        "{\"rules\":[\"1 == 1\",\"1/0\"]}\n",
        "{\"rule\":\"false & 1/0\",\"mode\":\"check\"}\n",
        "{\"rule\":{\"$bytes\":\"MQ==\"},\"limit\":0}\n",
        "{\"rule\":\"tor_exit_node\",\"known\":[\"tor_exit_node\"]}\n",
        "{\"rule\":\"length(summary)\",\"vars\":{\"summary\":{\"$repeat\":[\"ab\",3]}}}"
    );
    let answers = concat!(
        "{\"id\":\"a\",\"ok\":true,\"type\":\"int\",\"result\":42,\"matched\":true,\"conditions\":0}\n",
        "{\"results\":[{\"ok\":true,\"type\":\"bool\",\"result\":true,\"matched\":true,\"conditions\":1},",
        "{\"ok\":false,\"error\":\"dividebyzero\",\"position\":2,\"params\":[1],\"conditions\":0}]}\n",
        "{\"ok\":false,\"error\":\"dividebyzero\",\"position\":10,\"params\":[1],\"conditions\":0}\n",
        "{\"ok\":true,\"type\":\"int\",\"result\":1,\"matched\":true,\"conditions\":0}\n",
        "{\"ok\":true,\"type\":\"null\",\"result\":null,\"matched\":false,\"conditions\":0}\n",
        "{\"ok\":true,\"type\":\"int\",\"result\":6,\"matched\":true,\"conditions\":1}\n",
    );
    let desk = Desk::new(&[("requests.jsonl", requests)]);
    assert_eq!(desk.run(&["rule", "eval", "--jsonl", "requests.jsonl"]), Left::new(0, answers, ""));
    assert_eq!(desk.run_with(&["rule", "eval", "--jsonl"], requests), Left::new(0, answers, ""));
    assert_eq!(desk.run_with(&["rule", "eval", "--jsonl", "-"], requests), Left::new(0, answers, ""));
}

#[test]
fn a_bad_line_costs_only_itself() {
    let requests = "{\"rule\":1}\nhello\n{\"id\":3,\"rule\":\"1\"}\n{\"id\":4,\"ru";
    let left = Desk::new(&[]).run_with(&["rule", "eval", "--jsonl"], requests);
    let out: Vec<&str> = left.out.lines().collect();
    assert_eq!(left.code, 1);
    assert_eq!(out.len(), 4);
    assert_eq!(out[2], "{\"id\":3,\"ok\":true,\"type\":\"int\",\"result\":1,\"matched\":true,\"conditions\":0}");
    assert!(out[3].contains("\"badrequest\""));
    assert_eq!(
        left.err,
        "error: standard input:1: not a request: a rule is a string\n\
         error: standard input:2:1: not a request: expected value\n\
         error: standard input:4:11: not a request: EOF while parsing a string\n"
    );
}

#[test]
fn whoever_waits_for_an_answer_gets_it_before_the_next_question() {
    let desk = Desk::new(&[]);
    let mut child = program(desk.0.path()).args(["rule", "eval", "--jsonl"]).spawn().unwrap();
    let mut questions = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    for number in 0..3 {
        writeln!(questions, "{{\"id\":{number},\"rule\":\"1\"}}").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert!(answer.starts_with(&format!("{{\"id\":{number},")), "{answer}");
    }
    drop(questions);
    assert!(child.wait().unwrap().success());
}

#[test]
fn unknown_fields_are_named_and_ignored_except_those_of_recorded_cases() {
    let recorded = "{\"id\":\"a\",\"group\":\"g\",\"rule\":\"1.5\",\"expect\":{\"ok\":true}}\n";
    let answer = "{\"id\":\"a\",\"ok\":true,\"type\":\"float\",\"result\":1.5,\"matched\":true,\"conditions\":0}\n";
    assert_eq!(Desk::new(&[]).run_with(&["rule", "eval", "--jsonl"], recorded), Left::new(0, answer, ""));
    let misspelt = "{\"id\":\"a\",\"rule\":\"1.5\",\"vras\":{},\"x\":1}\n";
    assert_eq!(
        Desk::new(&[]).run_with(&["rule", "eval", "--jsonl"], misspelt),
        Left::new(1, answer, "error: standard input:1: unknown field `vras`, `x` was ignored\n")
    );
}
