//! Rows as they are read, with types.

use super::problem::{Cause, Problem};
use std::collections::HashMap;
use wikiward_farm::Timestamp;
use wikiward_store::foreign::Cell;

/// A row's values by the names of their columns.
pub(super) struct Cells<'c> {
    pub(super) table: &'static str,
    pub(super) id: i64,
    columns: &'c [&'static str],
    values: Vec<Cell>,
    /// Whether bytes that are no UTF-8 were replaced.
    pub(super) is_replaced: bool,
}

impl<'c> Cells<'c> {
    /// The first column is the number.
    pub(super) fn new(table: &'static str, columns: &'c [&'static str], cells: Vec<Cell>) -> Self {
        let id = cells.first().and_then(Option::as_deref).and_then(whole).unwrap_or_default();
        Self { table, id, columns, values: cells, is_replaced: false }
    }

    fn bad(&self, column: &str) -> Problem {
        Problem::new(self.table, self.id, Cause::BadValue, column)
    }

    /// The bytes of a column; none for `NULL`, and for columns that this version of the table does not have.
    pub(super) fn bytes(&mut self, column: &str) -> Option<Vec<u8>> {
        let place = self.columns.iter().position(|name| *name == column)?;
        self.values.get_mut(place).and_then(Option::take)
    }

    /// The text of a column; empty for `NULL`. What is no UTF-8 is replaced, as are zero bytes, which PostgreSQL cannot hold.
    pub(super) fn text(&mut self, column: &str) -> String {
        let bytes = self.bytes(column).unwrap_or_default();
        let text = String::from_utf8(bytes).unwrap_or_else(|error| {
            self.is_replaced = true;
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        });
        if text.contains('\0') {
            self.is_replaced = true;
            return text.replace('\0', "\u{FFFD}");
        }
        text
    }

    /// The whole number in a column; none for `NULL`.
    pub(super) fn maybe_int(&mut self, column: &str) -> Result<Option<i64>, Problem> {
        match self.bytes(column) {
            None => Ok(None),
            Some(bytes) => whole(&bytes).map(Some).ok_or_else(|| self.bad(column)),
        }
    }

    /// The whole number in a column.
    pub(super) fn int(&mut self, column: &str) -> Result<i64, Problem> {
        self.maybe_int(column)?.ok_or_else(|| self.bad(column))
    }

    /// Whether a column says yes; `NULL` is no.
    pub(super) fn flag(&mut self, column: &str) -> Result<bool, Problem> {
        Ok(self.maybe_int(column)?.unwrap_or_default() != 0)
    }

    /// The moment in a column, as MediaWiki writes it.
    pub(super) fn time(&mut self, column: &str) -> Result<Timestamp, Problem> {
        let bytes = self.bytes(column).unwrap_or_default();
        time(&bytes).ok_or_else(|| self.bad(column))
    }
}

/// A whole number as databases write it.
pub(super) fn whole(bytes: &[u8]) -> Option<i64> {
    std::str::from_utf8(bytes).ok()?.trim().parse().ok()
}

/// `20260314150926`: fourteen digits, UTC.
pub(super) fn time(bytes: &[u8]) -> Option<Timestamp> {
    let digits = bytes.iter().take_while(|byte| **byte != 0).copied().collect::<Vec<u8>>();
    if digits.len() != 14 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| whole(digits.get(range)?);
    let small = |number: i64| i8::try_from(number).ok();
    let moment = jiff::civil::DateTime::new(
        i16::try_from(part(0..4)?).ok()?,
        small(part(4..6)?)?,
        small(part(6..8)?)?,
        small(part(8..10)?)?,
        small(part(10..12)?)?,
        small(part(12..14)?)?,
        0,
    );
    moment.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|moment| moment.timestamp())
}

/// Who did something there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Person {
    /// The user's number; 0 for nobody registered.
    pub(super) number: i64,
    /// The name.
    pub(super) name: String,
}

/// A filter as it is now: `abuse_filter` with its rows of `abuse_filter_action`.
#[expect(clippy::struct_excessive_bools, reason = "as the table has them")]
#[derive(Debug, Clone)]
pub(super) struct FilterRow {
    pub(super) id: i64,
    pub(super) rules: String,
    pub(super) name: String,
    pub(super) notes: String,
    pub(super) group: String,
    pub(super) by: Person,
    pub(super) at: Timestamp,
    pub(super) is_enabled: bool,
    pub(super) is_deleted: bool,
    pub(super) is_global: bool,
    pub(super) is_throttled: bool,
    pub(super) privacy: i64,
    pub(super) hits: i64,
    pub(super) actions: Vec<(String, Vec<String>)>,
    pub(super) is_replaced: bool,
}

/// A version of a filter: `abuse_filter_history`.
#[derive(Debug, Clone)]
pub(super) struct HistoryRow {
    pub(super) rules: String,
    pub(super) name: String,
    pub(super) notes: String,
    pub(super) group: String,
    pub(super) by: Person,
    pub(super) at: Timestamp,
    pub(super) flags: Vec<String>,
    pub(super) is_deleted: bool,
    pub(super) changed: Vec<String>,
    /// Serialised by PHP.
    pub(super) actions: Vec<u8>,
    pub(super) is_replaced: bool,
}

/// A hit: `abuse_filter_log`.
#[derive(Debug, Clone)]
pub(super) struct LogRow {
    pub(super) id: i64,
    pub(super) is_global: bool,
    pub(super) filter: i64,
    pub(super) by: Person,
    /// As it is written there: an address, hexadecimal digits, or nothing.
    pub(super) ip: String,
    pub(super) action: String,
    pub(super) taken: Vec<String>,
    pub(super) dump: Vec<u8>,
    pub(super) at: Timestamp,
    pub(super) namespace: i64,
    pub(super) title: String,
    /// The wiki that a row of the central wiki tells of.
    pub(super) wiki: Option<String>,
    pub(super) is_hidden: bool,
    pub(super) rev_id: Option<i64>,
    pub(super) is_replaced: bool,
}

/// Texts of the wiki's table `text`, and how they are packed, by number.
pub(super) type Blobs = HashMap<i64, (Vec<u8>, String)>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_mediawiki_writes_them() {
        let told = |bytes: &[u8]| time(bytes).map(|at| at.to_string());
        assert_eq!(told(b"20260314150926").as_deref(), Some("2026-03-14T15:09:26Z"));
        for bad in [&b""[..], b"2026031415092", b"20261314150926", b"2026-03-14 15:09", b"20260230000000"] {
            assert_eq!(told(bad), None);
        }
    }

    #[test]
    fn a_value_that_must_be_there_is_named_if_it_is_not() {
        const COLUMNS: [&str; 3] = ["t_id", "t_a", "t_b"];
        let cell = |text: &str| Some(text.as_bytes().to_vec());
        let mut cells = Cells::new("abuse_filter", &COLUMNS, vec![cell("7"), cell("x"), None]);
        let bad = cells.int("t_a").unwrap_err();
        assert_eq!((bad.id, bad.cause, bad.detail.as_str()), (7, Cause::BadValue, "t_a"));
        assert!(cells.int("t_b").is_err());
        assert_eq!(cells.maybe_int("t_b"), Ok(None));
        assert_eq!(cells.text("t_c"), "");
    }
}
