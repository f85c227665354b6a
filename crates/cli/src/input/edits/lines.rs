//! JSON lines, and event streams, which are JSON lines with a prefix.

use std::io::{self, BufRead};
use std::sync::Arc;

use memchr::memchr;

use super::chain::Chains;
use super::record::{self, Parsed};
use super::{Edit, ReadOptions};
use crate::input::error::{Cause, InputError, Place};
use crate::input::source::Source;

/// Longest line that is kept in memory: two texts of 2 MiB in the longest escapes, and room for the rest.
pub const LINE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Reads edits from lines.
pub(super) struct Lines {
    source: Source,
    file: Arc<str>,
    line: u64,
    buffer: Vec<u8>,
    chains: Chains,
    wiki: Arc<str>,
    default_wiki: Arc<str>,
    others: u64,
}

/// One line, or why there is none.
#[derive(Debug, PartialEq, Eq)]
enum Read {
    Line,
    TooLong,
    End,
}

impl Lines {
    /// `line` is the number of the line that `source` stands in.
    pub(super) fn new(source: Source, line: u64, options: &ReadOptions) -> Self {
        let default_wiki = options.wiki.clone().unwrap_or_default();
        Self {
            file: Arc::clone(source.name()),
            source,
            line: line - 1,
            buffer: Vec::new(),
            chains: Chains::new(options.verify),
            wiki: Arc::clone(&default_wiki),
            default_wiki,
            others: 0,
        }
    }

    /// Records that were left out because they are no edits.
    pub(super) fn others(&self) -> u64 {
        self.others
    }

    /// The next edit or error; `None` at the end.
    pub(super) fn next_edit(&mut self) -> Option<Result<Edit, InputError>> {
        loop {
            self.line += 1;
            let place = Place::line(&self.file, self.line);
            match read_line(&mut self.source, &mut self.buffer, LINE_BYTES_MAX) {
                Ok(Read::Line) => {}
                Ok(Read::End) => return None,
                Ok(Read::TooLong) => {
                    let cause = Cause::LineTooLong { max_mib: LINE_BYTES_MAX >> 20 };
                    return Some(Err(InputError::new(place, cause)));
                }
                Err(error) => return Some(Err(self.source.failure(place, error))),
            }
            let Some((start, json)) = payload(&self.buffer) else {
                continue;
            };
            match record::parse(json, &place, start) {
                Ok(Parsed::Other) => self.others += 1,
                Ok(Parsed::Edit(record)) => {
                    // Records of one wiki follow each other; its name is kept once.
                    match &record.wiki {
                        None => self.wiki = Arc::clone(&self.default_wiki),
                        Some(name) if **name != *self.wiki => self.wiki = Arc::from(&**name),
                        Some(_) => {}
                    }
                    let edit = record.into_edit(&self.wiki, &place, &mut self.chains);
                    return Some(edit.map_err(|cause| InputError::new(place, cause)));
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// The JSON of a line and the column before it; `None` if the line carries none.
///
/// Of an event stream, each `data:` line is one event, as EventStreams sends them; `event:`, `id:`, `retry:` and comments
/// say nothing that the event does not.
fn payload(line: &[u8]) -> Option<(usize, &[u8])> {
    let (start, json) = match line.strip_prefix(b"data:") {
        Some(rest) => (5, rest),
        None => (0, line),
    };
    let blank = json.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let json = json.get(blank..)?.trim_ascii_end();
    let field = |name: &[u8]| start == 0 && json.starts_with(name);
    if json.is_empty() || field(b"event:") || field(b"id:") || field(b"retry:") || field(b":") {
        return None;
    }
    Some((start + blank, json))
}

/// Reads one line without its end into `into`. A longer line is consumed and dropped.
fn read_line(source: &mut impl BufRead, into: &mut Vec<u8>, bytes_max: usize) -> io::Result<Read> {
    into.clear();
    let mut is_any = false;
    let mut is_long = false;
    loop {
        let block = match source.fill_buf() {
            Ok(block) => block,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if block.is_empty() && !is_any {
            return Ok(Read::End);
        }
        let end = memchr(b'\n', block);
        let part = end.and_then(|end| block.get(..end)).unwrap_or(block);
        if into.len() + part.len() > bytes_max {
            is_long = true;
            // The memory of a giant line is given back.
            *into = Vec::new();
        }
        if !is_long {
            into.extend_from_slice(part);
        }
        let is_last = end.is_some() || block.is_empty();
        is_any = true;
        let used = part.len() + usize::from(end.is_some());
        source.consume(used);
        if is_last {
            return Ok(if is_long { Read::TooLong } else { Read::Line });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::edits::tests::{outline, read_all};

    const GOOD: &str = r#"{"ts":"2020-01-01T00:00:00Z","wiki":"w","title":"T","user":"U"}"#;

    #[test]
    fn a_last_line_that_is_cut_off_is_named_and_the_lines_before_it_are_read() {
        assert_eq!(
            outline(&format!("{GOOD}\n{GOOD}\n{}", r#"{"ts":"2020-01-01T00:00:00Z","wi"#)),
            ["ok T", "ok T", "test:3: the JSON ends in the middle of a value. The file was probably cut off here"]
        );
    }

    #[test]
    fn a_bad_line_costs_itself_only() {
        assert_eq!(
            outline(&format!("{GOOD}\n\n{{\"ts\":3x}}\n  {GOOD}\r\n{{\"ts\":[]}}")),
            [
                "ok T",
                "test:3:8: not a valid record: expected `,` or `}`",
                "ok T",
                "test:5:8: not a valid record: invalid type: sequence, expected seconds since 1970 or a time as in 2024-01-31T12:00:00Z"
            ]
        );
    }

    #[test]
    fn server_sent_events_are_lines_with_a_prefix() {
        let stream = format!(
            ":ok\n\nevent: message\nid: [{{\"offset\":1}}]\ndata: {GOOD}\n\nevent: message\nid: 2\ndata:{GOOD}\n\ndata: {{\"type\"\n"
        );
        assert_eq!(
            outline(&stream),
            ["ok T", "ok T", "test:11: the JSON ends in the middle of a value. The file was probably cut off here"]
        );
    }

    #[test]
    fn the_record_names_its_line() {
        let edits = read_all(&format!("\n{GOOD}\n{GOOD}"));
        assert_eq!(edits.iter().map(|edit| edit.source.line).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn lines_over_the_limit_are_skipped_without_being_kept() {
        let mut source = io::BufReader::with_capacity(3, "12345\n123456\n\n12".as_bytes());
        let mut line = Vec::new();
        let mut next = || (read_line(&mut source, &mut line, 5).unwrap(), String::from_utf8(line.clone()).unwrap());
        assert_eq!(next(), (Read::Line, "12345".to_owned()));
        assert_eq!(next(), (Read::TooLong, String::new()));
        assert_eq!(next(), (Read::Line, String::new()));
        assert_eq!(next(), (Read::Line, "12".to_owned()));
        assert_eq!(next(), (Read::End, String::new()));
    }
}
