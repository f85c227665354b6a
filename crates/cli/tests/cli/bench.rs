//! `rule bench`

use super::*;

const FILTERS: &str =
    "[{\"id\":1,\"rule\":\"user_editcount > 10\"},{\"id\":\"x\",\"rule\":\"\\\"now\\\" in summary\"}]";

#[test]
fn every_filter_and_the_action_are_measured() {
    let desk = Desk::new(&[("f.json", FILTERS), ("edit.json", EDIT)]);
    let arguments = ["rule", "bench", "--filters", "f.json", "--vars", "edit.json", "--batches", "3"];
    let left = desk.run(&[&arguments[..], &["--json"]].concat());
    assert_eq!((left.code, left.err.as_str()), (0, ""));
    let json: serde_json::Value = serde_json::from_str(&left.out).unwrap();
    assert!(json["action_us"].as_f64().is_some_and(|us| us > 0.0), "{json}");
    let filters = json["filters"].as_array().unwrap();
    assert_eq!(filters.len(), 2);
    assert_eq!(
        (&filters[0]["id"], &filters[0]["matched"], &filters[0]["conditions"]),
        (&1.into(), &false.into(), &1.into())
    );
    assert_eq!((&filters[1]["id"], &filters[1]["matched"]), (&"x".into(), &true.into()));
    assert!(filters.iter().all(|filter| filter["us"].as_f64().is_some_and(|us| us > 0.0)), "{json}");
    let table = desk.run(&arguments);
    assert!(table.out.contains("filter") && table.out.contains("all 2 as one action: "), "{}", table.out);
}

#[test]
fn the_action_alone_is_measured_on_request() {
    let desk = Desk::new(&[("f.json", FILTERS), ("edit.json", EDIT)]);
    let arguments = ["rule", "bench", "--filters", "f.json", "--vars", "edit.json", "--batches", "3", "--action-only"];
    let left = desk.run(&[&arguments[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&left.out).unwrap();
    assert!(json["action_us"].as_f64().is_some_and(|us| us > 0.0), "{json}");
    assert_eq!(json["filters"], serde_json::json!([]));
    let line = desk.run(&arguments);
    assert!(line.out.starts_with("all 2 as one action: "), "{}", line.out);
}

#[test]
fn what_cannot_be_measured_is_named_and_the_rest_is_measured() {
    let filters = "{\"id\":1,\"rule\":\"1 == 1\"}\n{\"id\":2,\"rule\":\"1 +\"}\n{\"id\":3,\"rule\":\"1/0\"}\n";
    let desk = Desk::new(&[("f.jsonl", filters)]);
    let left = desk.run(&["rule", "bench", "--filters", "f.jsonl", "none", "--batches", "1", "--json"]);
    assert_eq!(left.code, 1);
    let json: serde_json::Value = serde_json::from_str(&left.out).unwrap();
    let errors: Vec<_> = json["filters"].as_array().unwrap().iter().map(|filter| filter["error"].as_str()).collect();
    assert_eq!(errors, [None, Some("unexpectedtoken"), Some("dividebyzero")]);
    assert!(json["filters"][1]["us"].is_null());
    assert!(left.err.contains("error: none: cannot be opened") && left.err.contains("error: f.jsonl:2, filter 2: "));
}

#[test]
fn nothing_to_measure_is_exit_code_2() {
    let left = Desk::new(&[("a.json", "[]")]).run(&["rule", "bench", "--filters", "a.json"]);
    assert_eq!((left.code, left.out.as_str()), (2, ""));
}
