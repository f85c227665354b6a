//! Recorded edits, whatever form they were recorded in.
//!
//! [`EditReader`] gives one [`Edit`] after the other. Its forms are
//! - JSON lines: one object a line, with the fields that [`record`] lists; texts are absent, written out
//!   (`old_wikitext`, `new_wikitext`), or line edits on the text before ([`chain`]);
//! - events of `mediawiki.recentchange` and `mediawiki.revision-create`, one object a line or as server-sent events.
//!   They carry no text. Other events (logs, categories, canaries) are counted and left out;
//! - MediaWiki's XML export ([`export`]), as Special:Export and the public dumps write it.
//!
//! Memory does not grow with the input: [`lines::LINE_BYTES_MAX`], [`chain::CHAIN_BYTES_MAX`] and
//! [`export::EVENT_BYTES_MAX`] are its bounds. An entry that cannot be read is one error, and reading goes on after it.

pub mod chain;
pub mod export;
pub mod lines;
pub mod record;

use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::error::{Cause, InputError, Place, shown};
use super::source::Source;

/// A text. Revisions that follow each other share it: the new text of one is the old text of the next.
pub type Text = Arc<str>;

/// One recorded edit.
///
/// `None` always means that the record does not say, never "empty" or "no".
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// Database name of the wiki, as in `enwiki`; empty if the record does not say.
    pub wiki: Arc<str>,
    /// When it was saved.
    pub at: Timestamp,
    /// Its number.
    pub id: EditId,
    /// Whether it created its page. `false` where the record does not say.
    pub is_creation: bool,
    /// Number of the page.
    pub page_id: Option<u64>,
    /// Namespace of the page.
    pub namespace: Namespace,
    /// Title with the namespace's name, with spaces.
    pub title: String,
    /// Name or address of the editor.
    pub user: Option<String>,
    /// Whether the editor was logged out. A record that only has a name says so by the form of an address.
    pub anon: Option<bool>,
    /// Whether it was marked as made by a bot, or (in some records) its editor's name sounds so.
    pub bot: Option<bool>,
    /// Whether it was marked as minor.
    pub minor: Option<bool>,
    /// The edit summary.
    pub comment: Option<String>,
    /// The text before; empty for a creation.
    pub old: Option<Text>,
    /// The text after.
    pub new: Option<Text>,
    /// Length of the text before in bytes.
    pub old_size: Option<u64>,
    /// Length of the text after in bytes.
    pub new_size: Option<u64>,
    /// Growth in bytes.
    pub delta: Option<i64>,
    /// What became of it.
    pub outcome: Option<Outcome>,
    /// What is known of the editor's standing at that time.
    pub standing: Standing,
    /// What the record says of the page, beyond its title.
    pub history: History,
    /// Where it was read.
    pub source: Place,
}

impl Edit {
    /// Whether the text did not change. MediaWiki does not filter such edits at all.
    pub fn is_null(&self) -> bool {
        !self.is_creation && matches!((&self.old, &self.new), (Some(old), Some(new)) if old == new)
    }

    /// Fills lengths from texts, lengths and growth from each other, and the empty text before a creation.
    fn complete(mut self) -> Self {
        if self.is_creation && self.old.is_none() {
            self.old = Some(Text::default());
        }
        let length = |text: &Option<Text>| text.as_ref().map(|text| text.len() as u64);
        self.old_size = length(&self.old).or(self.old_size);
        self.new_size = length(&self.new).or(self.new_size);
        match (self.old_size, self.new_size, self.delta) {
            (Some(old), Some(new), _) => {
                self.delta = i64::try_from(i128::from(new) - i128::from(old)).ok();
            }
            (Some(old), None, Some(delta)) => self.new_size = old.checked_add_signed(delta),
            (None, Some(new), Some(delta)) => {
                self.old_size = delta.checked_neg().and_then(|d| new.checked_add_signed(d));
            }
            _ => {}
        }
        self
    }
}

/// What numbers an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EditId {
    /// The revision that it made.
    Revision(u64),
    /// The line of its record, from 1: the record names no revision.
    Line(u64),
}

/// Namespace of a page, as exactly as the record says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// Its number.
    Number(i64),
    /// Its name on that wiki; the number cannot be told from it.
    Name(String),
    /// The record does not say.
    Unknown,
}

/// What became of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// It restored an earlier text.
    pub is_revert: bool,
    /// It was undone.
    pub reverted: bool,
}

/// What a record says of its editor, beyond the name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Groups, implicit ones included.
    pub groups: Option<Vec<String>>,
    /// Edits before this one.
    pub edit_count: Option<i64>,
    /// When the account was made.
    pub registered_at: Option<Timestamp>,
}

/// What a record says of the page's past.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Seconds since the page was created.
    pub age: Option<i64>,
    /// Who created it; empty for a creation.
    pub first_contributor: Option<String>,
    /// Who edited it last, newest first.
    pub recent_contributors: Option<Vec<String>>,
}

/// Form of recorded edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditFormat {
    /// JSON lines, plain or as server-sent events.
    Lines,
    /// MediaWiki's XML export.
    Export,
}

/// How rebuilt texts are checked against their record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// Lengths and SHA-256.
    #[default]
    Hashes,
    /// Lengths only.
    Sizes,
}

/// How to read edits.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The form, if it shall not be told from the content.
    pub format: Option<EditFormat>,
    /// How rebuilt texts are checked.
    pub verify: Verify,
    /// The wiki of records that name none.
    pub wiki: Option<Arc<str>>,
}

/// Counts of what was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Edits delivered.
    pub edits: u64,
    /// Records that are no edits (logs, categories, canary events), left out on purpose.
    pub others: u64,
    /// Errors delivered.
    pub errors: u64,
}

/// Reads edits in the order of the input.
///
/// After an error for which [`InputError::is_end`] holds, nothing follows. An empty input has no edits and no errors.
pub struct EditReader {
    form: Form,
    tally: Tally,
    ended: bool,
}

enum Form {
    Lines(Box<lines::Lines>),
    Export(Box<export::Export>),
    Empty,
}

impl EditReader {
    /// Opens a path; `-` is standard input.
    ///
    /// # Errors
    /// Those of [`Source::open`] and [`EditReader::of`].
    pub fn open(path: &Path, options: &ReadOptions) -> Result<Self, InputError> {
        Self::of(Source::open(path)?, options)
    }

    /// Reads an input that is open. Waits for its first bytes, to tell the form.
    ///
    /// # Errors
    /// [`Cause::UnknownFormat`] if the first byte fits no form; [`Cause::Read`] and [`Cause::Cut`] if there are none.
    pub fn of(mut source: Source, options: &ReadOptions) -> Result<Self, InputError> {
        let (first, line) = match first_byte(&mut source) {
            Ok(found) => found,
            Err(error) => {
                let place = Place::file(source.name());
                return Err(source.failure(place, error));
            }
        };
        let format = match (options.format, first) {
            (Some(format), _) => Some(format),
            (None, None) => None,
            (None, Some(b'<')) => Some(EditFormat::Export),
            // `data:`, `event:`, `id:`, `retry:` or a comment of an event stream.
            (None, Some(b'{' | b'd' | b'e' | b'i' | b'r' | b':')) => Some(EditFormat::Lines),
            (None, Some(byte)) => {
                let first = if byte.is_ascii_graphic() {
                    shown(&char::from(byte).to_string())
                } else {
                    format!("the byte {byte:#04x}")
                };
                return Err(InputError::new(Place::line(source.name(), line), Cause::UnknownFormat { first }));
            }
        };
        let form = match format {
            None => Form::Empty,
            Some(EditFormat::Lines) => Form::Lines(Box::new(lines::Lines::new(source, line, options))),
            Some(EditFormat::Export) => Form::Export(Box::new(export::Export::new(source, line, options))),
        };
        Ok(Self { form, tally: Tally::default(), ended: false })
    }

    /// What was read so far.
    pub fn tally(&self) -> Tally {
        let others = match &self.form {
            Form::Lines(lines) => lines.others(),
            Form::Export(_) | Form::Empty => 0,
        };
        Tally { others, ..self.tally }
    }
}

impl Iterator for EditReader {
    type Item = Result<Edit, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let item = match &mut self.form {
            Form::Lines(lines) => lines.next_edit(),
            Form::Export(export) => export.next_edit(),
            Form::Empty => None,
        };
        match &item {
            Some(Ok(_)) => self.tally.edits += 1,
            Some(Err(error)) => {
                self.tally.errors += 1;
                self.ended = error.is_end();
            }
            None => self.ended = true,
        }
        item
    }
}

/// Consumes white space and a byte order mark; returns the byte after it and its line.
fn first_byte(source: &mut Source) -> std::io::Result<(Option<u8>, u64)> {
    let mut line = 1;
    loop {
        let block = source.fill_buf()?;
        if block.is_empty() {
            return Ok((None, line));
        }
        let blank =
            block.iter().take_while(|byte| byte.is_ascii_whitespace() || matches!(byte, 0xef | 0xbb | 0xbf)).count();
        line += block.iter().take(blank).filter(|byte| **byte == b'\n').count() as u64;
        let first = block.get(blank).copied();
        source.consume(blank);
        if first.is_some() {
            return Ok((first, line));
        }
    }
}

/// Whether a user name is an address, which only logged-out editors have.
fn is_address(user: &str) -> bool {
    user.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Reads a text as edits.
    pub(crate) fn read(text: &str) -> Vec<Result<Edit, InputError>> {
        read_with(text, &ReadOptions::default())
    }

    /// Reads a text as edits, with options.
    pub(crate) fn read_with(text: &str, options: &ReadOptions) -> Vec<Result<Edit, InputError>> {
        let source = Source::of("test", std::io::Cursor::new(text.as_bytes().to_vec()), None).unwrap();
        EditReader::of(source, options).unwrap().collect()
    }

    /// Reads a text of which every entry is good.
    pub(crate) fn read_all(text: &str) -> Vec<Edit> {
        read(text).into_iter().map(|edit| edit.unwrap()).collect()
    }

    /// What reading a text says: `ok` and the title for an edit, the message for an error.
    pub(crate) fn outline(text: &str) -> Vec<String> {
        read(text)
            .into_iter()
            .map(|item| item.map_or_else(|error| error.to_string(), |edit| format!("ok {}", edit.title)))
            .collect()
    }

    #[test]
    fn the_form_is_told_by_the_first_byte() {
        let refused = |text: &str| {
            let source = Source::of("test", std::io::Cursor::new(text.as_bytes().to_vec()), None).unwrap();
            EditReader::of(source, &ReadOptions::default()).err().unwrap().to_string()
        };
        assert_eq!(
            refused("\n\nid,title\n".replace("id", "\"id\"").as_str()),
            "test:3: starts with \"\\\"\", which no known format does: expected `{` (JSON lines), `<` (MediaWiki export) or `data:` (event stream)"
        );
        assert!(refused("\u{0}\u{1}").contains("starts with the byte 0x00"));
        assert!(read("").is_empty());
        assert!(read(" \n\n").is_empty());
    }

    #[test]
    fn lengths_growth_and_texts_complete_each_other() {
        let line = |fields: &str| {
            format!(
                "{{\"ts\":\"2020-01-01T00:00:00Z\",\"wiki\":\"w\",\"title\":\"T\",\"rev\":1,\"user\":\"U\",{fields}}}"
            )
        };
        let sizes = |fields: &str| {
            let edit = read_all(&line(fields)).remove(0);
            (edit.old_size, edit.new_size, edit.delta)
        };
        assert_eq!(sizes("\"old_size\":10,\"new_size\":4"), (Some(10), Some(4), Some(-6)));
        assert_eq!(sizes("\"delta\":7"), (None, None, Some(7)));
        assert_eq!(sizes("\"type\":\"new\",\"delta\":7"), (Some(0), Some(7), Some(7)));
        assert_eq!(sizes("\"new_size\":7,\"delta\":2"), (Some(5), Some(7), Some(2)));
        assert_eq!(sizes("\"old_wikitext\":\"ä\",\"new_wikitext\":\"\""), (Some(2), Some(0), Some(-2)));
        assert_eq!(sizes("\"old_size\":null,\"new_size\":3"), (None, Some(3), None));
    }

    #[test]
    fn an_edit_that_changes_nothing_is_a_null_edit() {
        let line = |old: &str, new: &str| {
            format!(
                "{{\"ts\":\"2020-01-01T00:00:00Z\",\"title\":\"T\",\"old_wikitext\":\"{old}\",\"new_wikitext\":\"{new}\"}}"
            )
        };
        assert!(read_all(&line("a", "a")).remove(0).is_null());
        assert!(!read_all(&line("a", "b")).remove(0).is_null());
    }
}
