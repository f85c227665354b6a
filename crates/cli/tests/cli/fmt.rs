//! `rule fmt`

use super::*;

const UGLY: &str = "page_id>3&  user_age   <  4";
const NEAT: &str = "page_id > 3 & user_age < 4\n";

#[test]
fn files_are_laid_out_in_place_and_once_is_enough() {
    let desk = Desk::new(&[("a.rule", UGLY)]);
    assert_eq!(desk.run(&["rule", "fmt", "a.rule"]), Left::new(0, "", ""));
    let once = desk.read("a.rule");
    assert_ne!(once, UGLY);
    assert!(once.ends_with('\n'));
    assert_eq!(desk.run(&["rule", "fmt", "a.rule"]), Left::new(0, "", ""));
    assert_eq!(desk.read("a.rule"), once);
    assert_eq!(desk.run(&["rule", "fmt", "--check", "a.rule"]), Left::new(0, "", ""));
}

#[test]
fn a_check_shows_what_would_change_and_changes_nothing() {
    let desk = Desk::new(&[("a.rule", UGLY), ("b.rule", NEAT)]);
    let left = desk.run(&["rule", "fmt", "--check", "a.rule", "b.rule"]);
    assert_eq!((left.code, left.err.as_str()), (1, ""));
    assert!(
        left.out.starts_with("a.rule:1: would change\n- page_id>3&  user_age   <  4\n+ page_id > 3 & user_age < 4\n"),
        "{}",
        left.out
    );
    assert!(!left.out.contains("b.rule"), "{}", left.out);
    assert_eq!(desk.read("a.rule"), UGLY);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let desk = Desk::new(&[]);
    for arguments in [&["rule", "fmt", "--stdin"][..], &["rule", "fmt", "-"]] {
        assert_eq!(desk.run_with(arguments, UGLY), Left::new(0, NEAT, ""), "{arguments:?}");
    }
    assert_eq!(desk.run_with(&["rule", "fmt", "--stdin", "--check"], NEAT), Left::new(0, "", ""));
}

#[test]
fn a_rule_with_an_error_is_left_alone_and_the_others_are_done() {
    let desk = Desk::new(&[("a.rule", "1 +  "), ("b.rule", UGLY), ("c.rule", "{\"id\": 1}")]);
    let left = desk.run(&["rule", "fmt", "a.rule", "b.rule"]);
    assert_eq!((left.code, left.out.as_str()), (1, ""));
    assert!(left.err.starts_with("error[unexpectedtoken]: ") && left.err.contains("--> a.rule:1:"), "{}", left.err);
    assert_eq!(desk.read("a.rule"), "1 +  ");
    assert_eq!(desk.read("b.rule"), NEAT);
    assert_eq!(
        desk.run(&["rule", "fmt", "c.rule"]),
        Left::new(2, "", "error: c.rule: holds JSON; fmt lays out files of one plain rule each\n")
    );
    assert_eq!(desk.run(&["rule", "fmt", "none"]).code, 2);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let desk = Desk::new(&[("a.rule", UGLY)]);
    fs::set_permissions(desk.path("a.rule"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("a.rule", desk.path("link")).unwrap();
    assert_eq!(desk.run(&["rule", "fmt", "link"]), Left::new(0, "", ""));
    assert_eq!(desk.read("a.rule"), NEAT);
    assert_eq!(fs::metadata(desk.path("a.rule")).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(desk.path("link")).unwrap().is_symlink());
}
