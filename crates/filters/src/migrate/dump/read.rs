//! Bytes of a dump, with their place.

use std::io::BufRead;

/// Why a dump is not read any further.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// It cannot be read.
    #[error("the dump cannot be read after byte {at}")]
    Read {
        /// How far it was read.
        at: u64,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is not what a dump looks like.
    #[error("{what} at byte {at} of the dump")]
    Bad {
        /// Where, counted from 0, in the unpacked dump.
        at: u64,
        /// What is wrong.
        what: Fault,
    },
}

/// What is wrong with a dump.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It ends within a statement.
    #[error("the dump is cut off: it ends within a statement that begins")]
    Cut,
    /// It ends between statements, without the mark at the end.
    #[error("the dump is cut off: its last line, which says that it is complete, is missing")]
    NoEnd,
    /// Something else was wanted.
    #[error("no dump of MySQL, MariaDB or SQLite looks like this: {0} is wanted")]
    Wanted(&'static str),
    /// A row is longer than it may be.
    #[error("a row is longer than 64 MiB")]
    TooLong,
    /// A row, a definition or a list of columns has more parts than a table has columns at most.
    #[error("a row or table has more than 1,000 columns")]
    TooWide,
    /// A row has another number of values than its table has columns.
    #[error("a row of {table} has {found} values, and {wanted} are wanted")]
    Columns {
        /// The table.
        table: String,
        /// How many there are.
        found: usize,
        /// How many are wanted.
        wanted: usize,
    },
    /// Rows come before the definition of their table, and without names of columns.
    #[error("rows of {0} come before the table is defined")]
    Undefined(String),
}

/// A reader that knows its place.
#[derive(Debug)]
pub struct Bytes<R> {
    from: R,
    at: u64,
    /// Where the statement that is being read began.
    began: u64,
}

impl<R: BufRead> Bytes<R> {
    /// Reads `from`.
    pub fn new(from: R) -> Self {
        Self { from, at: 0, began: 0 }
    }

    /// The place of the next byte.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// A statement begins here.
    pub(super) fn begin(&mut self) {
        self.began = self.at;
    }

    /// The next byte, without going on; none at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, DumpError> {
        loop {
            let read = self.from.fill_buf();
            return match read {
                Ok(bytes) => Ok(bytes.first().copied()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(source) => Err(DumpError::Read { at: self.at, source }),
            };
        }
    }

    /// The next byte; a dump that ends here is cut off.
    pub(super) fn next(&mut self) -> Result<u8, DumpError> {
        match self.peek()? {
            Some(byte) => {
                self.skip();
                Ok(byte)
            }
            None => Err(DumpError::Bad { at: self.began, what: Fault::Cut }),
        }
    }

    /// Goes on by the byte that was peeked at.
    pub(super) fn skip(&mut self) {
        self.from.consume(1);
        self.at += 1;
    }

    /// Takes bytes into `to` as long as none of `stops` comes.
    pub(super) fn take_until(&mut self, stops: [u8; 2], to: &mut Option<Vec<u8>>) -> Result<(), DumpError> {
        loop {
            let bytes = match self.from.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(DumpError::Read { at: self.at, source }),
            };
            if bytes.is_empty() {
                return Err(DumpError::Bad { at: self.began, what: Fault::Cut });
            }
            let stop = bytes.iter().position(|byte| stops.contains(byte));
            let length = stop.unwrap_or(bytes.len());
            if let (Some(to), Some(taken)) = (to.as_mut(), bytes.get(..length)) {
                to.extend_from_slice(taken);
                if to.len() > super::ROW_BYTES_MAX {
                    return Err(self.bad(Fault::TooLong));
                }
            }
            self.from.consume(length);
            self.at += length as u64;
            if stop.is_some() {
                return Ok(());
            }
        }
    }

    pub(super) fn bad(&self, what: Fault) -> DumpError {
        DumpError::Bad { at: self.at, what }
    }

    /// Something else was wanted; where nothing is left, the dump is cut off.
    pub(super) fn wanted(&mut self, what: &'static str) -> DumpError {
        match self.peek() {
            Ok(Some(_)) => self.bad(Fault::Wanted(what)),
            Ok(None) => DumpError::Bad { at: self.began, what: Fault::Cut },
            Err(error) => error,
        }
    }
}
