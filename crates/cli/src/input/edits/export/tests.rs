//! Behaviour of the export reader, on exports of our own writing.

use super::*;
use crate::input::edits::tests::{outline, read, read_all};

const SITE: &str = "<siteinfo><sitename>Test</sitename><dbname>testwiki</dbname><namespaces><namespace key=\"0\" case=\"first-letter\" /><namespace key=\"1\">Talk</namespace></namespaces></siteinfo>";

fn export(pages: &str) -> String {
    format!(
        "<mediawiki xmlns=\"http://www.mediawiki.org/xml/export-0.11/\" version=\"0.11\" xml:lang=\"en\">\n{SITE}\n{pages}\n</mediawiki>\n"
    )
}

fn revision(fields: &str, text: &str) -> String {
    format!(
        "<revision>\n{fields}<timestamp>2020-01-02T03:04:05Z</timestamp><contributor><username>Zoe</username><id>7</id></contributor><model>wikitext</model><text xml:space=\"preserve\">{text}</text><sha1>x</sha1></revision>\n"
    )
}

fn page(revisions: &str) -> String {
    format!("<page>\n<title>Talk:A &amp; B</title><ns>1</ns><id>42</id>\n{revisions}</page>")
}

fn texts(edits: &[Edit]) -> Vec<(Option<&str>, Option<&str>)> {
    edits.iter().map(|edit| (edit.old.as_deref(), edit.new.as_deref())).collect()
}

#[test]
fn revisions_of_a_page_follow_each_other() {
    let text = export(&page(
        &[
            revision("<id>1</id>", "one &lt;b&gt;&#10;&#x41;"),
            revision("<id>2</id><parentid>1</parentid><minor /><comment>hm</comment>", "two"),
        ]
        .concat(),
    ));
    let edits = read_all(&text);
    assert_eq!(texts(&edits), [(Some(""), Some("one <b>\nA")), (Some("one <b>\nA"), Some("two"))]);
    let edit = &edits[1];
    assert_eq!((&*edit.wiki, &*edit.title, edit.page_id), ("testwiki", "Talk:A & B", Some(42)));
    assert_eq!((edit.id, &edit.namespace), (EditId::Revision(2), &Namespace::Number(1)));
    assert_eq!(
        (edit.minor, edit.comment.as_deref(), edit.user.as_deref(), edit.anon),
        (Some(true), Some("hm"), Some("Zoe"), Some(false))
    );
    assert_eq!((edit.old_size, edit.new_size, edit.delta), (Some(9), Some(3), Some(-6)));
    assert_eq!(
        edits.iter().map(|edit| (edit.is_creation, edit.source.line)).collect::<Vec<_>>(),
        [(true, 5), (false, 7)]
    );
    assert!(Arc::ptr_eq(edits[0].new.as_ref().unwrap(), edits[1].old.as_ref().unwrap()), "shared, not copied");
}

#[test]
fn an_old_text_that_is_not_in_the_stream_is_unknown() {
    let edits = read_all(&export(
        &(page(
            &[revision("<id>5</id><parentid>4</parentid>", "a"), revision("<id>9</id><parentid>8</parentid>", "b")]
                .concat(),
        ) + &page(&revision("<id>6</id>", "c"))),
    ));
    assert_eq!(texts(&edits), [(None, Some("a")), (None, Some("b")), (Some(""), Some("c"))]);
}

#[test]
fn hidden_parts_are_unknown_and_empty_ones_empty() {
    let hidden = "<revision><id>1</id><timestamp>2020-01-02T03:04:05Z</timestamp><contributor deleted=\"deleted\" /><comment deleted=\"deleted\" /><text bytes=\"12\" deleted=\"deleted\" /></revision>";
    let plain = "<revision><id>2</id><parentid>1</parentid><timestamp>2020-01-02T03:04:05Z</timestamp><contributor><ip>192.0.2.1</ip></contributor><comment /><text bytes=\"0\" /></revision>";
    let stub = "<revision><id>3</id><parentid>2</parentid><timestamp>2020-01-02T03:04:05Z</timestamp><contributor><ip>192.0.2.1</ip></contributor><text bytes=\"7\" id=\"99\" /></revision>";
    let edits = read_all(&export(&page(&[hidden, plain, stub].concat())));
    assert_eq!(texts(&edits), [(Some(""), None), (None, Some("")), (Some(""), None)]);
    assert_eq!((edits[0].user.as_deref(), edits[0].anon, edits[0].comment.as_deref()), (None, None, None));
    assert_eq!(
        (edits[1].user.as_deref(), edits[1].anon, edits[1].comment.as_deref()),
        (Some("192.0.2.1"), Some(true), Some(""))
    );
    assert_eq!((edits[0].new_size, edits[2].new_size), (Some(12), Some(7)));
}

#[test]
fn texts_over_the_limit_are_skipped_with_a_note_and_the_next_old_text_is_unknown() {
    let revisions =
        |bytes: usize| [revision("<id>1</id>", &"x".repeat(bytes)), revision("<id>2</id>", "short")].concat();
    assert_eq!(
        outline(&export(&page(&revisions(TEXT_BYTES_MAX + 1))))
            .iter()
            .map(|line| line.replace(char::is_numeric, "0"))
            .collect::<Vec<_>>(),
        ["test:0 (byte 000): the text is longer than 0000 KiB. The edit was skipped", "ok Talk:A & B"]
    );
    let edits = read(&export(&page(&revisions(TEXT_BYTES_MAX + 1))));
    assert_eq!(edits[1].as_ref().unwrap().old, None);
    assert_eq!(read_all(&export(&page(&revisions(TEXT_BYTES_MAX)))).len(), 2);
}

#[test]
fn a_bad_revision_costs_itself_only() {
    let bad = [
        revision("<id>one</id>", "a"),
        revision("<id>2</id>", "b").replace("2020-01-02T", "2020-13-02T"),
        revision("<id>3</id>", "c"),
    ]
    .concat();
    assert_eq!(
        outline(&export(&page(&bad))).iter().map(|line| line.replace(char::is_numeric, "0")).collect::<Vec<_>>(),
        [
            "test:0 (byte 000): `id` cannot be \"one\": expected a whole number",
            "test:0 (byte 000): `timestamp` cannot be \"0000-00-00T00:00:00Z\": expected a time as in 0000-00-00T00:00:00Z",
            "ok Talk:A & B",
        ]
    );
}

#[test]
fn an_export_that_is_cut_off_says_where_and_keeps_what_was_before() {
    let whole = export(&page(&[revision("<id>1</id>", "one"), revision("<id>2</id>", "two")].concat()));
    let cut = whole.find("two").unwrap() + 1;
    let said = outline(whole.get(..cut).unwrap());
    assert_eq!(said[0], "ok Talk:A & B");
    assert_eq!(
        said[1],
        format!("test:8 (byte {cut}): the XML ends inside <text>. Everything before was read; fetch the file again")
    );
    // Wherever it is cut, there is one error at most, at the end, and it is one of these.
    for cut in 1..whole.trim_end().len() {
        let items = read(whole.get(..cut).unwrap());
        let (last, before) = items.split_last().unwrap();
        assert!(before.iter().all(Result::is_ok), "{cut}");
        let error = last.as_ref().err().unwrap_or_else(|| panic!("no error at {cut}"));
        assert!(matches!(error.cause, Cause::XmlEnds { .. } | Cause::Xml { .. }), "{cut}: {error}");
    }
}

#[test]
fn malformed_and_foreign_xml_is_named() {
    assert_eq!(
        outline("<html><body>No such page</body></html>"),
        ["test:1 (byte 6): the root element is <html>, not <mediawiki>: this is no MediaWiki export"]
    );
    let text = export("<page><title>A</page>");
    let byte = text.find("</page>").unwrap() + "</page>".len();
    assert_eq!(
        outline(&text),
        [format!(
            "test:3 (byte {byte}): not well-formed XML: ill-formed document: expected `</title>`, but `</page>` was found. Everything before was read"
        )]
    );
    let said = outline(&export(&page(&revision("", "&nbsp;"))));
    assert!(said[0].contains("unknown entity \"nbsp\""), "{said:?}");
    assert_eq!(
        outline("<?xml version=\"1.0\"?>\n<!-- empty -->\n"),
        ["test:3 (byte 37): not well-formed XML: there is no root element. Everything before was read"]
    );
    let deep = format!("<mediawiki>{}", "<a>".repeat(100));
    assert!(outline(&deep)[0].contains("nested deeper than 32"));
}
