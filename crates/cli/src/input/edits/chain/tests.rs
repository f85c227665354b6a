//! Behaviour of line edits, through the reader, and of the limit.

use super::*;
use crate::input::edits::ReadOptions;
use crate::input::edits::tests::{outline, read_all, read_with};
use proptest::prelude::*;

/// Rebuilds through the reader, as records are written.
fn new_text(base: &str, ops: &str) -> Result<String, String> {
    let base = serde_json::to_string(base).unwrap();
    let line = format!(r#"{{"ts":"2020-01-01T00:00:00Z","title":"T","base":{base},"ops":{ops}}}"#);
    match read_with(&line, &ReadOptions::default()).remove(0) {
        Ok(edit) => Ok(edit.new.unwrap().to_string()),
        Err(error) => Err(error.cause.to_string()),
    }
}

#[test]
fn operations_replace_insert_and_remove_lines() {
    let check = |base: &str, ops: &str, expected: &str| {
        assert_eq!(new_text(base, ops).as_deref(), Ok(expected), "{base:?} {ops}");
    };
    check("a\nb\nc", "[]", "a\nb\nc");
    check("a\nb\nc", r#"[[1,1,["B"]]]"#, "a\nB\nc");
    check("a\nb\nc", r#"[[0,0,["x","y"]]]"#, "x\ny\na\nb\nc");
    check("a\nb\nc", r#"[[3,0,["d"]]]"#, "a\nb\nc\nd");
    check("a\nb\nc", "[[2,1,[]]]", "a\nb");
    check("a\nb\nc", "[[0,3,[]]]", "");
    check("a\nb\nc", r#"[[0,1,["A"]],[2,1,["C",""]]]"#, "A\nb\nC\n");
    check("", r#"[[0,1,["x"]]]"#, "x");
    check("", r#"[[0,0,["x"]]]"#, "x\n");
    check("a\n", "[[1,1,[]]]", "a");
    check("ä\nö", r#"[[1,1,["ü"]]]"#, "ä\nü");
}

#[test]
fn operations_that_do_not_fit_are_refused() {
    let check = |base: &str, ops: &str, expected: &str| {
        let message = new_text(base, ops).unwrap_err();
        assert_eq!(message, format!("`ops` do not fit the text before: {expected}. The edit was skipped"), "{ops}");
    };
    check("a\nb", "[[1,2,[]]]", "they reach past its last line");
    check("a\nb", r#"[[3,0,["x"]]]"#, "they reach past its last line");
    check("a\nb", "[[0,2,[]],[2,1,[]]]", "they reach past its last line");
    check("a\nb", "[[1,1,[]],[0,1,[]]]", "they overlap or are out of order");
    check("a\nb", "[[0,18446744073709551615,[]]]", "they reach past its last line");
}

#[test]
fn every_edit_starts_from_the_text_of_the_one_before() {
    let record =
        |title: &str, rest: &str| format!(r#"{{"ts":"2020-01-01T00:00:00Z","wiki":"w","title":"{title}",{rest}}}"#);
    let edits = read_all(
        &[
            record("A", r#""rev":1,"base":"","ops":[[0,1,["one"]]]"#),
            record("B", r#""rev":2,"base":"x","ops":[[0,1,["y"]]]"#),
            record("A", r#""rev":3,"ops":[[1,0,["two"]]]"#),
            record("A", r#""rev":4,"base":"anew","ops":[]"#),
        ]
        .join("\n"),
    );
    let texts: Vec<_> = edits.iter().map(|edit| (edit.old.as_deref().unwrap(), edit.new.as_deref().unwrap())).collect();
    assert_eq!(texts, [("", "one"), ("x", "y"), ("one", "one\ntwo"), ("anew", "anew")]);
    assert!(Arc::ptr_eq(edits[0].new.as_ref().unwrap(), edits[2].old.as_ref().unwrap()), "shared, not copied");
}

#[test]
fn a_block_restores_its_earlier_texts_and_its_base() {
    let record = |rest: &str| format!(r#"{{"ts":"2020-01-01T00:00:00Z","wiki":"w","title":"T",{rest}}}"#);
    let lines = [
        record(r#""block":0,"rev":11,"parent":10,"base":"zero","ops":[[0,1,["one"]]]"#),
        record(r#""block":0,"rev":12,"parent":11,"ops":[[0,1,["spam"]]]"#),
        record(r#""block":0,"rev":13,"parent":12,"restore":11"#),
        record(r#""block":0,"rev":14,"parent":13,"restore":10"#),
        record(r#""block":1,"rev":15,"parent":14,"base":"zero","ops":[]"#),
        record(r#""block":1,"rev":16,"parent":15,"restore":11"#),
    ];
    let found: Vec<_> = read_with(&lines.join("\n"), &ReadOptions::default())
        .into_iter()
        .map(|edit| edit.map_or_else(|error| error.to_string(), |edit| edit.new.unwrap().to_string()))
        .collect();
    assert_eq!(
        found,
        [
            "one",
            "spam",
            "one",
            "zero",
            "zero",
            "test:6: the text before this edit is not known: `restore` names a revision that is not in its block. The edit was skipped"
        ]
    );
}

#[test]
fn texts_that_disagree_with_their_record_are_errors_and_end_the_chain() {
    let record = |rest: &str| format!(r#"{{"ts":"2020-01-01T00:00:00Z","wiki":"w","title":"T",{rest}}}"#);
    let lines = [
        record(r#""base":"a","old_size":2,"ops":[]"#),
        record(r#""base":"a","new_size":2,"ops":[]"#),
        record(r#""base":"abc","new_sha":"ba7816bf8f01cfea","ops":[]"#),
        record(r#""new_sha":"ba7816bf8f01cfeb","ops":[]"#),
        record(r#""ops":[]"#),
    ];
    assert_eq!(
        outline(&lines.join("\n")),
        [
            "test:1: the old text has 1 byte, but the record says 2. The edit was skipped",
            "test:2: the new text has 1 byte, but the record says 2. The edit was skipped",
            "ok T",
            "test:4: the new text has the SHA-256 ba7816bf8f01cfea, but the record says \"ba7816bf8f01cfeb\". The edit was skipped",
            "test:5: the text before this edit is not known: no `base`, and no record before it could be read or kept. The edit was skipped",
        ]
    );
    let options = ReadOptions { verify: Verify::Sizes, ..ReadOptions::default() };
    assert!(read_with(&record(r#""base":"abc","new_sha":"0000","ops":[]"#), &options).remove(0).is_ok());
}

#[test]
fn at_the_limit_the_title_edited_longest_ago_is_given_up() {
    let mut chains = Chains::with_bytes_max(Verify::Sizes, 10);
    let mut edit = |title: &str, base: Option<&str>| {
        let edit = LineEdit {
            wiki: "w",
            title,
            block: None,
            rev: None,
            parent: None,
            base,
            ops: Some(&[]),
            restore: None,
            old_size: None,
            new_size: None,
            new_sha: None,
        };
        let is_ok = chains.apply(&edit).is_ok();
        assert!(chains.bytes <= 10 && chains.by_use.len() == chains.by_title.len());
        is_ok
    };
    assert!(edit("A", Some("1234")));
    assert!(edit("B", Some("1234")));
    assert!(edit("A", None));
    assert!(edit("C", Some("1234")));
    assert!(edit("A", None), "kept: used after B");
    assert!(!edit("B", None), "given up");
    assert!(edit("D", Some("12345678901")), "longer than the limit: delivered, not kept");
    assert!(!edit("A", None));
}

proptest! {
    #[test]
    fn rebuilding_agrees_with_splitting_and_joining(
        old in "[a-c\n]{0,30}",
        cuts in prop::collection::vec((0usize..6, 0usize..4, prop::collection::vec("[x-z]{0,2}", 0..3)), 0..4),
    ) {
        let mut lines: Vec<String> = old.split('\n').map(str::to_owned).collect();
        let mut ops = Vec::new();
        let mut at = 0;
        for (gap, removed, added) in cuts {
            let start = at + gap;
            if start + removed > lines.len() { break; }
            at = start + removed;
            ops.push((start, removed, added));
        }
        for (start, removed, added) in ops.iter().rev() {
            lines.splice(*start..start + removed, added.iter().cloned());
        }
        let json = serde_json::to_string(&ops).unwrap();
        prop_assert_eq!(new_text(&old, &json), Ok(lines.join("\n")));
    }
}
