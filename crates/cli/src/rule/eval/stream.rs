//! Requests in, answers out, a line each.

use super::unanswered;
use crate::rule::language::ReleaseArgs;
use crate::terminal::Terminal;
use anyhow::{Context, Result};
use serde_json::Value as Json;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::ExitCode;
use wikiward_rules::wire::{FIELDS, Responder};

/// Longest request, in bytes. A rule and the texts of one edit are far shorter.
const LINE_BYTES_MAX: usize = 64 << 20;

/// Bytes that are read at once.
const READ_BYTES: usize = 1 << 16;

/// Fields that recorded cases carry beside the request: passed over without a word.
const RECORDED_FIELDS: [&str; 5] = ["group", "expect", "debian", "crash", "impl"];

/// Exit code where some lines were no requests.
const EXIT_BAD_LINES: u8 = 1;

/// Answers all requests of a file, or of standard input (`-`).
pub(super) fn run(path: &Path, release: &ReleaseArgs, terminal: &Terminal) -> Result<ExitCode> {
    let mut responder = Responder::new(release.release.into(), release.table()?);
    let mut out = terminal.out();
    let bad = if path.as_os_str() == "-" {
        let input = BufReader::with_capacity(READ_BYTES, io::stdin().lock());
        answer_all(input, &mut out, &mut responder, "standard input", terminal)?
    } else {
        let name = path.display().to_string();
        let file = std::fs::File::open(path).with_context(|| format!("{name}: cannot be opened"))?;
        answer_all(BufReader::with_capacity(READ_BYTES, file), &mut out, &mut responder, &name, terminal)?
    };
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::from(EXIT_BAD_LINES) })
}

/// Returns how many lines were no requests.
fn answer_all<R: io::Read>(
    mut input: BufReader<R>,
    out: &mut impl Write,
    responder: &mut Responder,
    name: &str,
    terminal: &Terminal,
) -> Result<u64> {
    let mut line = Vec::new();
    let mut bad = 0;
    for number in 1_u64.. {
        // Whoever waits for an answer before the next question gets it.
        if memchr::memchr(b'\n', input.buffer()).is_none() {
            out.flush()?;
        }
        let read = read_line(&mut input, &mut line).with_context(|| format!("{name}:{number}: reading stopped here"));
        let is_whole = match read {
            Ok(Some(is_whole)) => is_whole,
            Ok(None) => break,
            Err(error) => {
                out.flush()?;
                return Err(error);
            }
        };
        if line.trim_ascii().is_empty() {
            continue;
        }
        let answer = if is_whole {
            let (answer, ignored) = answer(&line, responder);
            if !ignored.is_empty() {
                bad += 1;
                terminal.complain(&format!("{name}:{number}: unknown field {} was ignored", ignored.join(", ")));
            }
            answer
        } else {
            unanswered(&format!("the line is longer than {} MiB", LINE_BYTES_MAX >> 20))
        };
        if is_bad(&answer) {
            bad += 1;
            let detail = answer.get("detail").and_then(Json::as_str).unwrap_or_default();
            terminal.complain(&complaint(name, number, detail));
        }
        serde_json::to_writer(&mut *out, &answer).map_err(io::Error::from)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(bad)
}

/// Answers a request, and tells which of its fields were ignored because nobody knows them.
fn answer(line: &[u8], responder: &mut Responder) -> (Json, Vec<String>) {
    let answer = responder.answer(line);
    if !is_bad(&answer) {
        return (answer, Vec::new());
    }
    // The reference evaluator ignores what it does not know, so that its own recorded cases are requests.
    let Ok(Json::Object(mut request)) = serde_json::from_slice::<Json>(line) else {
        return (answer, Vec::new());
    };
    let mut unknown: Vec<String> = request.keys().filter(|field| !FIELDS.contains(&field.as_str())).cloned().collect();
    if unknown.is_empty() {
        return (answer, unknown);
    }
    request.retain(|field, _| FIELDS.contains(&field.as_str()));
    let answer = responder.answer(Json::Object(request).to_string().as_bytes());
    unknown.retain(|field| !RECORDED_FIELDS.contains(&field.as_str()));
    (answer, unknown.iter().map(|field| format!("`{}`", field.escape_debug())).collect())
}

fn is_bad(answer: &Json) -> bool {
    answer.get("error").is_some_and(|error| error == "badrequest")
}

/// The parser counts lines within the request, which is one line: its column is told, its line is not.
fn complaint(name: &str, line: u64, detail: &str) -> String {
    match detail.split_once(" at line 1 column ") {
        Some((cause, column)) => format!("{name}:{line}:{column}: not a request: {cause}"),
        None => format!("{name}:{line}: not a request: {detail}"),
    }
}

/// Reads a line without its end; none at the end of the input. False for a line that is too long: it is read over.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let mut is_whole = true;
    let mut has_any = false;
    loop {
        let buffer = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        if buffer.is_empty() {
            return Ok(has_any.then_some(is_whole));
        }
        has_any = true;
        let end = memchr::memchr(b'\n', buffer);
        let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
        is_whole &= line.len() + part.len() <= LINE_BYTES_MAX;
        if is_whole {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            return Ok(Some(is_whole));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_line_feeds_end_lines_and_the_last_needs_none() {
        let mut input = BufReader::with_capacity(2, "a\u{2028}b\n\nc\r".as_bytes());
        let mut line = Vec::new();
        let mut lines = Vec::new();
        while read_line(&mut input, &mut line).unwrap() == Some(true) {
            lines.push(String::from_utf8(line.clone()).unwrap());
        }
        assert_eq!(lines, ["a\u{2028}b", "", "c\r"]);
    }
}
