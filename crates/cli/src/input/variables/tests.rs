//! Behaviour of the variables, on records of our own writing.

use super::*;
use crate::input::edits::tests::read_all;

fn of(record: &str, facts: Facts) -> Vec<(&'static str, Var)> {
    let edit = read_all(&format!(r#"{{"ts":"2020-01-01T00:00:00Z","wiki":"w",{record}}}"#)).remove(0);
    variables(&edit, &Assumptions { facts, ..Assumptions::default() })
}

fn get(set: &[(&'static str, Var)], name: &str) -> Option<Var> {
    set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
}

fn list(names: &[&str]) -> Var {
    Var::List(names.iter().map(|name| Text::from(*name)).collect())
}

#[test]
fn variables_come_in_the_order_of_their_rules_and_none_without_one() {
    let set = of(
        r#""type":"new","title":"T","page_id":3,"ns":0,"rev":1,"user":"U","comment":"","new_wikitext":"n","page_first_contributor":"","page_recent_contributors":[]"#,
        Facts::Assumed,
    );
    let names: Vec<_> = set.iter().map(|(name, _)| *name).collect();
    let rules: Vec<_> = VARIABLE_RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(names, rules, "a record that says everything has every variable");
    assert_eq!(get(&set, "timestamp"), Some(text("1577836800")));
    assert_eq!((get(&set, "page_id"), get(&set, "old_wikitext")), (Some(Var::Int(0)), Some(text(""))));
}

#[test]
fn nothing_is_assumed_unless_asked_for() {
    let record = r#""title":"Talk:T","user":"U","old_size":3"#;
    let names: Vec<_> = of(record, Facts::Unset).iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "action",
            "timestamp",
            "wiki_name",
            "user_name",
            "user_type",
            "user_unnamed_ip",
            "page_prefixedtitle",
            "old_size"
        ]
    );
    let set = of(record, Facts::Assumed);
    assert_eq!(get(&set, "user_groups"), Some(list(&["*", "user", "autoconfirmed"])));
    assert_eq!(get(&set, "user_editcount"), Some(Var::Int(1_000)));
    assert_eq!((get(&set, "page_namespace"), get(&set, "page_title")), (Some(Var::Int(1)), Some(text("T"))));
    assert_eq!(get(&set, "new_wikitext"), None, "texts are never assumed");
}

#[test]
fn standing_of_a_logged_out_editor_needs_no_assumption() {
    let set = of(r#""title":"T","user":"192.0.2.3""#, Facts::Unset);
    assert_eq!(get(&set, "user_type"), Some(text("ip")));
    assert_eq!(get(&set, "user_unnamed_ip"), Some(text("192.0.2.3")));
    assert_eq!(get(&set, "user_editcount"), Some(Var::Null));
    assert_eq!(get(&set, "user_age"), Some(Var::Int(0)));
    assert_eq!(get(&set, "user_groups"), Some(list(&["*"])));
}

#[test]
fn recorded_standing_goes_before_assumed_standing() {
    let set = of(r#""title":"T","user":"U","bot":true,"user_editcount":9"#, Facts::Assumed);
    assert_eq!(get(&set, "user_groups"), Some(list(&["*", "user", "bot"])));
    let set = of(r#""title":"T","user":"U","user_groups":["*","user","sysop"]"#, Facts::Assumed);
    assert_eq!(get(&set, "user_groups"), Some(list(&["*", "user", "sysop"])));
}

#[test]
fn titles_lose_the_prefix_that_the_namespace_gives_them_and_no_other() {
    let check = |title: &str, ns: &str, expected: Option<&str>| {
        let set = of(&format!(r#""title":"{title}","ns":{ns}"#), Facts::Unset);
        assert_eq!(get(&set, "page_title"), expected.map(text), "{title} {ns}");
        assert_eq!(get(&set, "page_prefixedtitle"), Some(text(&title.replace('_', " "))));
    };
    check("Alien: Covenant", "0", Some("Alien: Covenant"));
    check("Alien: Covenant", "\"Main\"", Some("Alien: Covenant"));
    check("User_talk:A_B/C:D", "3", Some("A B/C:D"));
    check("Benutzer:A", "\"Benutzer\"", Some("A"));
    check("Projet:A", "\"Portail\"", Some("Projet:A"));
    check("Projet:A", "null", None);
}

#[test]
fn a_hidden_name_or_summary_stays_unset() {
    let set = of(r#""title":"T""#, Facts::Unset);
    assert_eq!((get(&set, "user_name"), get(&set, "user_type"), get(&set, "summary")), (None, None, None));
}

#[test]
fn age_and_past_of_a_page_are_taken_from_the_record() {
    let set = of(
        r#""title":"T","user":"U","user_age":3600,"page_age":60,"page_first_contributor":"A","page_recent_contributors":["B","A"]"#,
        Facts::Unset,
    );
    assert_eq!((get(&set, "user_age"), get(&set, "page_age")), (Some(Var::Int(3_600)), Some(Var::Int(60))));
    assert_eq!(get(&set, "page_first_contributor"), Some(text("A")));
    assert_eq!(get(&set, "page_recent_contributors"), Some(list(&["B", "A"])));
}
