//! SQL dumps: whatever comes is read or refused, the same however it arrives in pieces.

use std::io::{BufReader, Read};
use wikiward_filters::migrate::dump::{Dump, Item};

/// Reads bytes as a dump.
///
/// # Panics
/// If a row has not its table's columns, a place lies outside of the text, the same bytes in other pieces read otherwise, or a
/// dump that is cut off is taken for a whole one.
pub fn dump(source: &[u8]) {
    let whole = read(source, source.len() + 1);
    for length in [source.len() / 3, source.len() / 2, source.len() - source.len() / 5, source.len()] {
        let part = source.get(..length).unwrap_or_default();
        assert!(!lacks_end(part) || read(part, 512).1.is_err(), "cut off after {length} bytes, and not told");
    }
    for size in [1, 7] {
        assert_eq!(read(source, size), whole, "in pieces of {size} bytes");
    }
}

/// Whether a dump is of a kind that says when it is complete, and does not say so.
fn lacks_end(part: &[u8]) -> bool {
    let heads: [&[u8]; 2] = [b"-- MySQL dump", b"-- MariaDB dump"];
    let mentions = |word: &[u8]| part.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word));
    let tells =
        part.first() == Some(&b'P') || (heads.iter().any(|head| part.starts_with(head)) && part.contains(&b'\n'));
    tells && !mentions(b"dump completed") && !mentions(b"commit")
}

/// What a dump holds, and how it ends.
type Whole = (Vec<Item>, Result<(), String>);

fn read(source: &[u8], piece: usize) -> Whole {
    let mut items = Vec::new();
    let told = |error: &dyn std::error::Error| error.to_string();
    let mut dump = match Dump::new(BufReader::with_capacity(piece, source.take(u64::MAX))) {
        Ok(dump) => dump,
        Err(error) => return (items, Err(told(&error))),
    };
    let mut before = 0;
    loop {
        let next = dump.next(&|table| table != "other");
        let at = dump.at();
        assert!(before <= at && at <= source.len() as u64, "byte {at} of {}", source.len());
        before = at;
        match next {
            Ok(Some(item)) => items.push(item),
            Ok(None) => break,
            Err(error) => return (items, Err(told(&error))),
        }
    }
    assert_eq!(before, source.len() as u64, "it ends where the text does");
    check(&items);
    (items, Ok(()))
}

/// Each row has as many values as its table has columns.
fn check(items: &[Item]) {
    let mut columns = std::collections::HashMap::new();
    for item in items {
        match item {
            Item::Table(name, names) => drop(columns.insert(name, names.len())),
            Item::Row(table, cells) => assert_eq!(columns.get(table), Some(&cells.len()), "a row of {table}"),
        }
    }
}
