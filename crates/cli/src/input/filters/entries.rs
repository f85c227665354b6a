//! The entries of a JSON text: one after the other, or in an array. A broken entry costs itself only.

use std::sync::Arc;

use memchr::memchr_iter;
use serde_json::Value;

use super::record::{self, Context};
use super::{Loaded, Place};
use crate::input::error::{Cause, InputError};

/// Reads all entries of a text. `stem` names those that have no number.
///
/// After an entry that cannot be read, reading goes on at the next line that begins with `{`.
pub(super) fn load(text: &str, file: &Arc<str>, stem: &str, loaded: &mut Loaded) {
    let mut scan = Scan { text, at: 0, line: 1, counted: 0 };
    while scan.skip_between() {
        let place = Place::line(file, scan.line());
        let rest = scan.rest();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => {
                scan.at += values.byte_offset();
                let context = Context { place: &place, stem, loaded };
                record::load(value, context);
            }
            Some(Err(error)) => {
                loaded.errors.push(refused(&error, rest, &place));
                if !scan.skip_to_entry() {
                    break;
                }
            }
            None => break,
        }
    }
    number_repeated(stem, loaded);
}

/// Entries without a number share the file's name; if there are several, they are counted: `name-1`, `name-2`.
fn number_repeated(stem: &str, loaded: &mut Loaded) {
    let file = |place: &Place| Arc::clone(&place.file);
    let Some(current) = loaded.filters.last().map(|filter| file(&filter.place)) else {
        return;
    };
    let mut nameless: Vec<_> =
        loaded.filters.iter_mut().filter(|filter| filter.place.file == current && filter.id == stem).collect();
    if nameless.len() > 1 {
        for (index, filter) in nameless.iter_mut().enumerate() {
            filter.id = format!("{stem}-{}", index + 1);
        }
    }
}

fn refused(error: &serde_json::Error, rest: &str, start: &Place) -> InputError {
    // A line that breaks off is followed by a line that is whole, and the parser complains about that one.
    let first = rest.split('\n').next().unwrap_or_default();
    let is_half = serde_json::from_str::<serde::de::IgnoredAny>(first).is_err_and(|error| error.is_eof());
    let next = rest.get(first.len() + 1..).unwrap_or_default();
    let is_cut = is_half && error.line() > 1 && next.starts_with('{');
    // A quote that is not closed runs into the end of its line.
    let is_open_quote = error.line() == 2 && error.column() == 0;
    if error.is_eof() || is_cut || is_open_quote {
        return InputError::new(start.clone(), Cause::JsonEnds);
    }
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned();
    let line = start.line + (error.line() as u64).saturating_sub(1);
    InputError::new(Place::line(&start.file, line).with_column(error.column()), Cause::Json { message })
}

/// A position in the text, with its line.
struct Scan<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    counted: usize,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The line of the position. Positions only grow, so that every byte is counted once.
    fn line(&mut self) -> u64 {
        let passed = self.text.as_bytes().get(self.counted..self.at).unwrap_or_default();
        self.line += memchr_iter(b'\n', passed).count() as u64;
        self.counted = self.at;
        self.line
    }

    /// Skips what stands between entries: white space, and the brackets and commas of an array. Whether there is more.
    ///
    /// An array is read like its elements one after the other; that it is closed does not matter.
    fn skip_between(&mut self) -> bool {
        let rest = self.rest();
        let next = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '[' | ']' | ','));
        self.at += rest.len() - next.len();
        !next.is_empty()
    }

    /// Goes to the next line that begins with `{`, if there is one.
    fn skip_to_entry(&mut self) -> bool {
        let found = self.rest().find("\n{");
        if let Some(end) = found {
            self.at += end + 1;
        }
        found.is_some()
    }
}
