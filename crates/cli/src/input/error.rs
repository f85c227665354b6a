//! Where and why something could not be read.

use std::fmt;
use std::io;
use std::sync::Arc;

/// A place in an input, as far as it is known.
///
/// Shown as `file`, `file:line` or `file:line:column`; a byte position is added where a line says little.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Path as the operator wrote it, or `standard input`.
    pub file: Arc<str>,
    /// Line, from 1; 0 where the whole file is meant.
    pub line: u64,
    /// Column in bytes, from 1.
    pub column: Option<u64>,
    /// Position in the unpacked bytes, from 0.
    pub byte: Option<u64>,
}

impl Place {
    /// The file as a whole.
    pub fn file(file: &Arc<str>) -> Self {
        Self::line(file, 0)
    }

    /// One line of the file.
    pub fn line(file: &Arc<str>, line: u64) -> Self {
        Self { file: Arc::clone(file), line, column: None, byte: None }
    }

    /// The same place with a column, counted in bytes from 1; 0 means that it is not known.
    #[must_use]
    pub fn with_column(mut self, column: usize) -> Self {
        self.column = u64::try_from(column).ok().filter(|column| *column > 0);
        self
    }

    /// The same place with a position in the unpacked bytes.
    #[must_use]
    pub fn with_byte(mut self, byte: u64) -> Self {
        self.byte = Some(byte);
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        if let Some(byte) = self.byte {
            write!(f, " (byte {byte})")?;
        }
        Ok(())
    }
}

/// One thing that could not be read. Everything else was delivered, or will be.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {cause}")]
pub struct InputError {
    /// Where.
    pub place: Place,
    /// Why, and what to do.
    #[source]
    pub cause: Cause,
}

impl InputError {
    /// Puts a cause at its place.
    pub fn new(place: Place, cause: Cause) -> Self {
        Self { place, cause }
    }

    /// Whether reading of this input ended here. Otherwise only one entry was skipped.
    pub fn is_end(&self) -> bool {
        matches!(
            self.cause,
            Cause::Open(_)
                | Cause::Read(_)
                | Cause::Cut
                | Cause::UnknownFormat { .. }
                | Cause::Xml { .. }
                | Cause::XmlEnds { .. }
                | Cause::NotAnExport { .. }
                | Cause::FileTooLong { .. }
                | Cause::NotUtf8
                | Cause::NoFilters
        )
    }
}

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The file or folder cannot be opened.
    #[error("cannot be opened: {0}")]
    Open(#[source] io::Error),
    /// The system, or the unpacking, stopped in the middle.
    #[error("reading stopped here: {0}. Everything before was read")]
    Read(#[source] io::Error),
    /// The compressed data ends in the middle.
    #[error("the compressed data ends in the middle. Everything before was read; fetch the file again")]
    Cut,
    /// The first byte belongs to no format of edits.
    #[error(
        "starts with {first}, which no known format does: expected `{{` (JSON lines), `<` (MediaWiki export) or `data:` (event stream)"
    )]
    UnknownFormat {
        /// The first byte that is not white space, ready to be shown.
        first: String,
    },
    /// One line is longer than the program keeps in memory.
    #[error("the line is longer than {max_mib} MiB. It was skipped")]
    LineTooLong {
        /// The limit in MiB.
        max_mib: usize,
    },
    /// A file that is read as a whole is too long.
    #[error("the file is longer than {max_mib} MiB. Split it")]
    FileTooLong {
        /// The limit in MiB.
        max_mib: usize,
    },
    /// Not JSON, or a field of the wrong type.
    #[error("not a valid record: {message}")]
    Json {
        /// What the parser says, without its own position.
        message: String,
    },
    /// The JSON ends before its value does.
    #[error("the JSON ends in the middle of a value. The file was probably cut off here")]
    JsonEnds,
    /// A field without which the record means nothing is absent.
    #[error("the record has no `{field}`")]
    FieldMissing {
        /// The field.
        field: &'static str,
    },
    /// A field holds what it cannot.
    #[error("`{field}` cannot be {value}: expected {expected}")]
    FieldValue {
        /// The field or element.
        field: String,
        /// Its value, shortened, ready to be shown.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A line edit builds on a text that was not read, or was given up.
    #[error("the text before this edit is not known: {why}. The edit was skipped")]
    TextUnknown {
        /// Why it is not known.
        why: &'static str,
    },
    /// The operations of a line edit do not fit the text before.
    #[error("`ops` do not fit the text before: {why}. The edit was skipped")]
    Ops {
        /// What does not fit.
        why: &'static str,
    },
    /// A text has not the recorded length.
    #[error(
        "the {which} text has {found} byte{}, but the record says {expected}. The edit was skipped",
        if *found == 1 { "" } else { "s" }
    )]
    Size {
        /// `old` or `new`.
        which: &'static str,
        /// Bytes that the record names.
        expected: u64,
        /// Bytes that were found.
        found: u64,
    },
    /// A rebuilt text has not the recorded hash.
    #[error("the new text has the SHA-256 {found}, but the record says {expected}. The edit was skipped")]
    Hash {
        /// Start of the recorded hash.
        expected: String,
        /// Start of the hash of the rebuilt text.
        found: String,
    },
    /// A text is longer than a wiki page can be.
    #[error("the {element} is longer than {max_kib} KiB. The edit was skipped")]
    TextTooLong {
        /// Element of the export.
        element: &'static str,
        /// The limit in KiB.
        max_kib: usize,
    },
    /// The XML is malformed.
    #[error("not well-formed XML: {message}. Everything before was read")]
    Xml {
        /// What the parser says.
        message: String,
    },
    /// The XML ends before its root element does.
    #[error("the XML ends inside <{element}>. Everything before was read; fetch the file again")]
    XmlEnds {
        /// The innermost open element.
        element: &'static str,
    },
    /// XML, but not an export.
    #[error("the root element is <{root}>, not <mediawiki>: this is no MediaWiki export")]
    NotAnExport {
        /// Name of the root element, shortened.
        root: String,
    },
    /// A rule or a JSON file is not UTF-8.
    #[error("not UTF-8. Convert the file")]
    NotUtf8,
    /// No filter was found at all.
    #[error("holds no filter")]
    NoFilters,
}

/// A value for a message: quoted, on one line, at most 40 characters.
pub(crate) fn shown(value: &str) -> String {
    let mut text: String = value.chars().take(40).collect();
    if text.len() < value.len() {
        text.push('…');
    }
    format!("{text:?}")
}
