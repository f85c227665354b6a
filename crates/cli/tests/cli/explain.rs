//! `rule explain`

use super::*;

#[test]
fn exit_codes_are_those_of_eval() {
    let desk = Desk::new(&[("edit.json", EDIT)]);
    for (rule, code) in [("user_editcount < 10", 0), ("user_editcount > 10", 1), ("1 / 0", 2), ("1 +", 2)] {
        assert_eq!(desk.run(&["rule", "explain", rule, "--vars", "edit.json"]).code, code, "{rule}");
    }
}

#[test]
fn people_see_a_tree_and_programs_get_json() {
    let desk = Desk::new(&[("edit.json", EDIT), ("a.rule", "user_editcount < 10 & \"buy\" in lcase(summary)")]);
    let arguments = ["rule", "explain", "--file", "a.rule", "--vars", "edit.json"];
    let tree = desk.run(&arguments);
    assert_eq!((tree.code, tree.err.as_str()), (0, ""));
    for part in ["user_editcount < 10", "lcase(summary)", "true"] {
        assert!(tree.out.contains(part), "{part}: {}", tree.out);
    }
    let json = desk.run(&[&arguments[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((&json["result"], &json["conditions"]), (&true.into(), &3.into()));
    assert!(json["nodes"].as_array().is_some_and(|nodes| nodes.len() >= 5), "{json}");
}
