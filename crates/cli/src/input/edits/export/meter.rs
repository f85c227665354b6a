//! Counts lines and bytes of an export, and stops a run that would fill the memory.

use std::io::{self, BufRead, Read};

use memchr::memchr_iter;

use crate::input::source::Source;

/// A source that knows its line, and lets the parser read only so much at once.
pub(super) struct Meter {
    source: Source,
    line: u64,
    byte: u64,
    left: u64,
    is_at_end: bool,
}

impl Meter {
    pub(super) fn new(source: Source, line: u64) -> Self {
        Self { source, line, byte: 0, left: u64::MAX, is_at_end: false }
    }

    /// The next event may consume so many bytes; past them it ends in an error.
    pub(super) fn begin_event(&mut self, bytes_max: u64) {
        self.left = bytes_max;
    }

    pub(super) fn line(&self) -> u64 {
        self.line
    }

    pub(super) fn byte(&self) -> u64 {
        self.byte
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }
}

impl Read for Meter {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?.read(into)?;
        self.consume(bytes);
        Ok(bytes)
    }
}

impl BufRead for Meter {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "more than 64 MiB without a tag"));
        }
        let block = self.source.fill_buf()?;
        self.is_at_end = block.is_empty();
        Ok(block)
    }

    fn consume(&mut self, bytes: usize) {
        let consumed = self.source.buffered().get(..bytes).unwrap_or_default();
        self.line += memchr_iter(b'\n', consumed).count() as u64;
        self.byte += bytes as u64;
        self.left = self.left.saturating_sub(bytes as u64);
        self.source.consume(bytes);
    }
}
