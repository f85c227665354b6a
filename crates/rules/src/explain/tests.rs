use super::*;
use crate::action::Action;
use crate::evaluate::{Options, Scratch};
use crate::release::Release;
use crate::vocabulary::Vocabulary;
use serde_json::{Value as Json, json};

fn explained(source: &str, values: &[(&str, Value)], options: &ExplainOptions<'_>) -> Explanation {
    let vocabulary = Vocabulary::default();
    let mut action = Action::new(&vocabulary);
    for (name, value) in values {
        action.set(vocabulary.id(name).unwrap(), value.clone());
    }
    let rule = Rule::compile(source.as_bytes(), &vocabulary, Release::Newest).unwrap();
    let mut scratch = Scratch::default();
    let mut session = Session::new(&action, &vocabulary, Options::default(), &mut scratch);
    let options = ExplainOptions { source: source.as_bytes(), ..*options };
    explain(&mut session, &rule, &options)
}

fn decisive(source: &str) -> Vec<String> {
    let explanation = explained(source, &[], &ExplainOptions::default());
    let snippet = |id: &NodeId| explanation.parts[id.index()].snippet.clone();
    explanation.decisive.iter().map(snippet).collect()
}

#[test]
fn the_parts_that_fix_the_result_are_decisive() {
    for (source, expected) in [
        ("1 == 1 & 2 == 2", &["1 == 1", "2 == 2"][..]),
        ("1 == 2 & 2 == 2", &["1 == 2"]),
        ("1 == 1 & 2 == 3", &["2 == 3"]),
        ("1 == 1 | 2 == 2", &["1 == 1"]),
        ("1 == 2 | 2 == 2", &["2 == 2"]),
        ("1 == 2 | 2 == 3", &["1 == 2", "2 == 3"]),
        ("1 == 2 ^ 2 == 2", &["1 == 2", "2 == 2"]),
        ("!(1 == 2)", &["1 == 2"]),
        ("1 == 1 ? 2 == 2 : 3 == 3", &["1 == 1", "2 == 2"]),
        ("x := 1 == 2; x & 1 == 1", &["1 == 2"]),
        ("x := 1 == 2; x := 1 == 1; x", &["1 == 1"]),
        ("true", &[]),
        ("1 == 1 & 1 / 0", &["1 / 0"]),
    ] {
        assert_eq!(decisive(source), expected, "{source}");
    }
}

#[test]
fn every_part_has_its_value_or_why_it_has_none() {
    let source = "action == \"edit\" &\n(added_lines irlike \"b(u)y now\" | summary in \"x\")";
    let lines = Value::texts(["a", "<b>Buy now</b>"]);
    let values = [("action", Value::from("edit")), ("added_lines", lines)];
    let json = explained(source, &values, &ExplainOptions::default()).to_json();
    assert_eq!(json["result"], json!(true));
    assert_eq!(json["conditions"], json!(2));
    let node = |op: &str| json["nodes"].as_array().unwrap().iter().find(|node| node["op"] == op).unwrap();
    assert_eq!(node("irlike")["value"], json!(true));
    assert_eq!(node("irlike")["cost"], json!(1));
    assert_eq!((&node("irlike")["line"], &node("irlike")["column"]), (&json!(2), &json!(2)));
    assert_eq!(node("irlike")["match"], json!({"text": "Buy now", "at": [5, 12], "groups": ["u"]}));
    assert_eq!(
        node("irlike")["operands"],
        json!([{"name": "added_lines", "preview": "a\n<b>Buy now</b>\n", "bytes": 17}])
    );
    assert_eq!(node("in")["evaluated"], json!(false));
    assert_eq!(node("in")["why"], json!("short-circuit"));
    assert_eq!(json["decisive"], json!([node("==")["id"], node("irlike")["id"]]));
    assert_eq!(node("()")["value"], json!(true));
}

#[test]
fn skipped_parts_say_why() {
    let why = |source: &str, op: &str| {
        let json = explained(source, &[], &ExplainOptions::default()).to_json();
        let nodes = json["nodes"].as_array().unwrap().clone();
        nodes.into_iter().find(|node| node["op"] == op).unwrap()["why"].clone()
    };
    assert_eq!(why("1 == 2 & !(2 < 3)", "<"), json!("short-circuit"));
    assert_eq!(why("1 == 2 ? 2 < 3 : 1", "<"), json!("other branch"));
    assert_eq!(why("if 1 == 1 then 1 else 2 < 3 end", "<"), json!("other branch"));
    assert_eq!(why("1 / 0 < 3", "<"), json!("error"));
    assert_eq!(why("1 / 0; 2 < 3", "<"), json!("error"));
    assert_eq!(why("a := [1]; a[] := 1/0", "[] :="), json!("error"));
    assert_eq!(why("a := [1]; a[] := 1", "[] :="), Json::Null);
}

#[test]
fn in_full_skipped_parts_show_what_they_would_have_been() {
    let full = ExplainOptions { full: true, ..ExplainOptions::default() };
    let explanation = explained("1 == 2 & 2 == 2", &[], &full);
    assert_eq!(explanation.conditions, 1);
    let json = explanation.to_json();
    assert_eq!(json["nodes"][5]["speculative"], json!(true));
    assert_eq!(json["nodes"][5]["evaluated"], json!(false));
}

#[test]
fn an_error_is_shown_with_the_part_it_arose_in() {
    let json = explained("x := 1;\nx / 0", &[], &ExplainOptions::default()).to_json();
    assert_eq!(json["result"], json!(false));
    assert_eq!(json["error"], json!({"id": "dividebyzero", "position": 11, "span": [8, 13], "params": [1]}));
}

#[test]
fn what_would_tell_a_protected_value_is_hidden() {
    let source = "page_id == 1 & user_unnamed_ip == \"192.0.2.1\" & summary == \"x\"";
    let redact = ExplainOptions { redact: &["user_unnamed_ip"], ..ExplainOptions::default() };
    let values = [("page_id", Value::Int(1)), ("user_unnamed_ip", Value::from("192.0.2.77"))];
    let explanation = explained(source, &values, &redact);
    for part in &explanation.parts {
        let is_before = part.span.end <= 12;
        assert_eq!(matches!(part.outcome, Outcome::Redacted), !is_before, "{}", part.snippet);
    }
    assert!(explanation.is_redacted && explanation.decisive.is_empty());
    let json = explanation.to_json();
    assert_eq!((&json["result"], &json["redacted"], json.get("conditions")), (&Json::Null, &json!(true), None));
    assert!(!json.to_string().contains("192.0.2.77"));
    assert_eq!(explanation.to_text(false, 90).lines().next(), Some("the result depends on what is hidden"));
}

#[test]
fn a_protected_value_that_was_not_read_hides_nothing_else() {
    let source = "page_id == 1 & user_unnamed_ip == \"192.0.2.1\" | page_id == 2";
    let redact = ExplainOptions { redact: &["user_unnamed_ip"], full: true, ..ExplainOptions::default() };
    let values = [("page_id", Value::Int(2)), ("user_unnamed_ip", Value::from("192.0.2.77"))];
    let explanation = explained(source, &values, &redact);
    assert!(explanation.result && !explanation.is_redacted);
    assert_eq!(explanation.decisive.len(), 1);
    assert!(!explanation.to_json().to_string().contains("192.0.2.77"));
}

#[test]
fn a_name_that_got_its_value_only_perhaps_is_a_part_itself() {
    assert_eq!(decisive("x := 1 == 1; if 2 == 3 then (x := 1 == 2) end; x"), ["x"]);
    assert_eq!(decisive("x := 1 == 1; y := x; y & 1 == 1"), ["1 == 1", "1 == 1"]);
    assert_eq!(decisive("1 == 1 | true"), [""; 0]);
    assert_eq!(decisive("1 == 2 ? 2 == 2 : true"), ["1 == 2"]);
    assert_eq!(decisive("1 == 2 ? true : true"), [""; 0]);
}

#[test]
fn explanations_add_up() {
    let vocabulary = Vocabulary::default();
    let source = "user_editcount < 5 & (summary contains \"spam\" | page_id == 3)";
    let rule = Rule::compile(source.as_bytes(), &vocabulary, Release::Newest).unwrap();
    let mut sum = aggregate::Aggregate::new(&rule);
    for number in 0..100_i64 {
        let values = [
            ("user_editcount", Value::Int(number % 10)),
            ("summary", Value::from(if number % 2 == 0 { "spam" } else { "ham" })),
            ("page_id", Value::Int(number % 50)),
        ];
        sum.add(&explained(source, &values, &ExplainOptions { brief: true, ..ExplainOptions::default() }));
    }
    assert_eq!((sum.actions(), sum.matches, sum.others), (100, 32, 68));
    let json = sum.to_json();
    let node = |op: &str| json["nodes"].as_array().unwrap().iter().find(|node| node["op"] == op).unwrap().clone();
    let counts = |op: &str| (node(op)["true"].clone(), node(op)["false"].clone(), node(op)["not_evaluated"].clone());
    assert_eq!(counts("<"), (json!(50), json!(50), json!(0)));
    assert_eq!(counts("contains"), (json!(30), json!(20), json!(50)));
    assert_eq!(node("<")["decisive"], json!({"match": 32, "no_match": 50}));
    assert_eq!(node("==")["decisive"], json!({"match": 2, "no_match": 18}));
    let count = sum.parts.iter().find(|part| part.snippet == "user_editcount").unwrap();
    assert_eq!(count.values().0.len(), aggregate::VALUES_SHOWN_MAX);
    assert_eq!(count.values().1, 50);
}

#[test]
fn the_terminal_shows_one_line_a_part() {
    let source = "action == \"edit\" & lcase(summary) contains \"spam\" & 1 == 2";
    let now = std::cell::Cell::new(0);
    let clock = || now.replace(now.get() + 1_000);
    let options = ExplainOptions { clock: Some(&clock), ..ExplainOptions::default() };
    let values = [("action", Value::from("edit")), ("summary", Value::from("some SPAM"))];
    let text = explained(source, &values, &options).to_text(false, 90);
    assert_eq!(
        text,
        "does not match, 4 conditions, 13 µs
  action == \"edit\" & lcase(summary) contains \"s… false                            1000 ns
    action == \"edit\"                             true                        1    1000 ns
      action                                     \"edit\"                           1000 ns
    lcase(summary) contains \"spam\"               true \"spam\"                 1    1000 ns
      lcase(summary)                             \"some spam\"                 1    1000 ns
        summary                                  \"some SPAM\"                      1000 ns
*   1 == 2                                       false                       1    1000 ns
"
    );
}

#[test]
fn large_rules_are_explained_without_recursion() {
    let chain = "1 == 1 & ".repeat(5_000) + "1";
    let explanation = explained(&chain, &[], &ExplainOptions::default());
    assert!(explanation.error.is_some());
    assert!(explanation.to_text(true, 80).lines().count() > 5_000);
    let deep = "!(".repeat(900) + "1" + &")".repeat(900);
    assert!(explained(&deep, &[], &ExplainOptions::default()).to_text(false, 80).lines().count() > 900);
    let hostile = "a := [1];".to_owned() + &"a := [a, a];".repeat(18) + "string(a) == 1";
    explained(&hostile, &[], &ExplainOptions::default()).to_json();
}
