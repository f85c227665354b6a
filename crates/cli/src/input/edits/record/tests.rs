//! Behaviour of records and events, on ones of our own writing.

use std::borrow::Cow;

use jiff::Timestamp;

use super::*;
use crate::input::edits::tests::{outline, read, read_all};
use crate::input::edits::{EditReader, ReadOptions};
use crate::input::source::Source;

#[test]
fn a_recent_change_event_is_an_edit_without_text() {
    let edit = read_all(
        r#"{"$schema":"/mediawiki/recentchange/1.0.0","meta":{"domain":"en.wikipedia.org","dt":"2024-05-01T10:00:01Z"},"id":7,"type":"edit","namespace":2,"title":"User:A_B","comment":"hello","timestamp":1714557601,"user":"192.0.2.7","bot":false,"minor":true,"patrolled":true,"length":{"old":10,"new":25},"revision":{"old":100,"new":101},"wiki":"enwiki","parsedcomment":"hello"}"#,
    )
    .remove(0);
    assert_eq!(edit.at.as_second(), 1_714_557_601);
    assert_eq!(edit.id, EditId::Revision(101));
    assert_eq!(edit.namespace, Namespace::Number(2));
    assert_eq!(edit.title, "User:A B");
    assert_eq!((edit.anon, edit.bot, edit.minor), (Some(true), Some(false), Some(true)));
    assert_eq!((edit.old_size, edit.new_size, edit.delta), (Some(10), Some(25), Some(15)));
    assert_eq!((edit.old, edit.new), (None, None));
    assert!(!edit.is_creation);
}

#[test]
fn a_new_page_has_an_empty_text_before() {
    let edit = read_all(r#"{"type":"new","namespace":0,"title":"A","timestamp":1,"user":"Zoe","length":{"old":null,"new":25},"revision":{"old":null,"new":101},"wiki":"enwiki"}"#).remove(0);
    assert_eq!(edit.old.as_deref(), Some(""));
    assert_eq!((edit.old_size, edit.delta, edit.anon), (Some(0), Some(25), Some(false)));
    assert!(edit.is_creation);
}

#[test]
fn a_revision_event_says_what_the_editor_was() {
    let edit = read_all(
        r#"{"database":"dewiki","page_id":5,"page_title":"Benutzer:X_Y","page_namespace":2,"rev_id":9,"rev_parent_id":8,"rev_timestamp":"2024-05-01T10:00:00Z","dt":"2024-05-01T10:00:00Z","rev_minor_edit":false,"rev_len":77,"comment":"c","performer":{"user_text":"Zoe","user_groups":["*","user","sysop"],"user_is_bot":false,"user_id":3,"user_registration_dt":"2020-01-01T00:00:00Z","user_edit_count":12}}"#,
    )
    .remove(0);
    assert_eq!(&*edit.wiki, "dewiki");
    assert_eq!(edit.user.as_deref(), Some("Zoe"));
    assert_eq!(edit.standing.edit_count, Some(12));
    assert_eq!(edit.standing.groups.as_deref().map(<[String]>::len), Some(3));
    assert_eq!(edit.standing.registered_at.map(Timestamp::as_second), Some(1_577_836_800));
    assert_eq!((edit.anon, edit.new_size, edit.page_id), (Some(false), Some(77), Some(5)));
}

#[test]
fn events_that_are_no_edits_are_counted_and_left_out() {
    let text = [
        r#"{"type":"log","log_type":"block","title":"User:A","timestamp":1,"wiki":"w","length":null}"#,
        r#"{"type":"categorize","title":"Category:A","timestamp":1,"wiki":"w"}"#,
        r#"{"meta":{"domain":"canary"},"type":"edit","title":"T","timestamp":1,"wiki":"w"}"#,
        r#"{"type":"edit","title":"T","timestamp":1,"wiki":"w"}"#,
    ]
    .join("\n");
    let source = Source::of("test", std::io::Cursor::new(text.into_bytes()), None).unwrap();
    let mut reader = EditReader::of(source, &ReadOptions::default()).unwrap();
    assert_eq!(reader.by_ref().count(), 1);
    let tally = reader.tally();
    assert_eq!((tally.edits, tally.others, tally.errors), (1, 3, 0));
}

#[test]
fn what_a_record_must_have_is_named() {
    assert_eq!(
        outline(
            "{\"ts\":\"2020-01-01T00:00:00Z\"}\n{\"title\":\"T\"}\n{\"title\":\"T\",\"ts\":\"yesterday\"}\n{\"title\":\"T\",\"timestamp\":99999999999999}"
        ),
        [
            "test:1: the record has no `title`",
            "test:2: the record has no `ts`",
            "test:3: `ts` cannot be \"yesterday\": expected seconds since 1970 or a time as in 2024-01-31T12:00:00Z",
            "test:4: `ts` cannot be 99999999999999: expected seconds since 1970 or a time as in 2024-01-31T12:00:00Z",
        ]
    );
}

#[test]
fn names_of_namespaces_become_numbers_where_they_are_the_same_everywhere() {
    let check = |name: &str, expected: Namespace| {
        assert_eq!(NamespaceField::Name(Cow::Borrowed(name)).read(), expected, "{name}");
    };
    check("Main", Namespace::Number(0));
    check("User_talk", Namespace::Number(3));
    check("Benutzer", Namespace::Name("Benutzer".to_owned()));
}

#[test]
fn values_that_are_no_objects_are_refused() {
    for text in [
        "{\"ts\":\"x\"",
        "{]",
        "data: 3",
        "data: null",
        "data: \"{\"",
        "{\"ops\":[[1,2]]}",
        "{\"rev\":-1}",
        "{\"title\":\"\\ud800\"}",
    ] {
        assert!(read(text).iter().all(Result::is_err), "{text}");
    }
}
