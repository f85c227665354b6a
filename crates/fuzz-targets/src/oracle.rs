//! Side by side with the reference evaluator, if `WIKIWARD_ORACLE` says how to start it.

use crate::case::Case;
use serde_json::{Map, Value as Json, json};
use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;
use wikiward_rules::Release;
use wikiward_rules::wire::{Responder, plain, render_value};

thread_local! {
    static ORACLE: RefCell<Option<Oracle>> = RefCell::new(Oracle::start());
}

/// Longest input: one line each way must fit the pipes' buffers.
const INPUT_BYTES_MAX: usize = 16 << 10;

/// Longest wait for an answer: the reference has no bounds on work or memory.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks both evaluators about the rules of a case. Does nothing without a reference.
///
/// # Panics
/// If they disagree and the reference did not fail.
pub fn oracle(input: &[u8]) {
    // In text that is not UTF-8 the reference recognises no numbers.
    if input.len() > INPUT_BYTES_MAX || std::str::from_utf8(input).is_err() {
        return;
    }
    ORACLE.with_borrow_mut(|slot| {
        let Some(oracle) = slot.as_mut() else { return };
        let request = request(input);
        match oracle.ask(&request) {
            Ok(theirs) => {
                let ours = answer(&request);
                let agrees = agree(&theirs, &ours, |pattern| oracle.ask(&compiling(pattern)).ok());
                assert!(agrees, "{request}\n  theirs {theirs}\n  ours   {ours}");
            }
            // Some inputs end the reference's process, or keep it busy for ever.
            Err(_) => *slot = Oracle::start(),
        }
    });
}

fn request(input: &[u8]) -> Json {
    let case = Case::new(input);
    let vars: Map<String, Json> =
        case.variables().map(|(name, value)| (name.to_owned(), render_value(&value))).collect();
    let rules: Json = case.rules.iter().map(|rule| plain(rule)).collect();
    json!({"rules": rules, "vars": vars})
}

fn answer(request: &Json) -> Json {
    Responder::new(Release::V1_39, None).answer(request.to_string().as_bytes())
}

/// The question whether a pattern compiles: on the empty subject no limit is reached.
fn compiling(pattern: &str) -> Json {
    json!({"rule": "\"\" rlike summary", "vars": {"summary": pattern}})
}

/// The reference evaluator, running.
pub struct Oracle {
    child: Child,
    input: Option<ChildStdin>,
    answers: Receiver<Vec<u8>>,
}

impl Oracle {
    /// Starts what `WIKIWARD_ORACLE` says; none if that is not set or cannot be started.
    pub fn start() -> Option<Self> {
        let command = std::env::var("WIKIWARD_ORACLE").ok()?;
        let mut child = Command::new("sh")
            .args(["-c", &format!("exec {command}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let input = child.stdin.take();
        let answers = lines(child.stdout.take()?);
        Some(Self { child, input, answers })
    }

    /// Asks one question.
    ///
    /// # Errors
    /// If the process ended, wrote something else than JSON, or did not answer in time.
    pub fn ask(&mut self, request: &Json) -> io::Result<Json> {
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(input, "{request}")?;
        input.flush()?;
        let line = self.answers.recv_timeout(PATIENCE).map_err(io::Error::other)?;
        Ok(serde_json::from_slice(&line)?)
    }
}

/// The lines that the process writes, read by a thread of their own, so that waiting for one can end.
fn lines(output: ChildStdout) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n') {
            if line.is_ok_and(|line| sender.send(line).is_err()) {
                return;
            }
        }
    });
    receiver
}

impl Drop for Oracle {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Errors that only we have: the reference has no such bounds.
const OURS: [&str; 4] = ["worklimit", "toodeep", "toolong", "badoperand"];

fn is_regex_failure(answer: &Json) -> bool {
    answer["error"] == "regexfailure"
}

/// Whether it is argued that a pattern fails on one side only; `ask_theirs` asks the reference whether it compiles there.
///
/// A pattern that compiles on that side has run into a limit, which the other side has elsewhere, or not at all because
/// of a quick way. One that does not must have something in which the releases of PCRE2 differ.
fn is_argued(theirs: &Json, ours: &Json, ask_theirs: impl FnOnce(&str) -> Option<Json>) -> bool {
    let is_theirs = is_regex_failure(theirs);
    let shown = if is_theirs { &theirs["params"][0] } else { &ours["params"][0] };
    // What is not UTF-8 fails everywhere, or does not get here.
    let shown = shown.as_str().and_then(|shown| shown.strip_prefix('/'));
    let Some((pattern, flags)) = shown.and_then(|shown| shown.rsplit_once('/')) else { return false };
    let asked = if flags.contains('i') { format!("(?i){pattern}") } else { pattern.to_owned() };
    let compiled = if is_theirs { ask_theirs(&asked) } else { Some(answer(&compiling(&asked))) };
    compiled.is_none_or(|answer| !is_regex_failure(&answer)) || has_what_releases_read_differently(pattern)
}

/// Quantifiers without a minimum or with spaces; lookbehinds of varying length; verbs; the flags `a` and `r`.
fn has_what_releases_read_differently(pattern: &str) -> bool {
    let has_new_flag = |group: &str| {
        group
            .chars()
            .take_while(|char| char.is_ascii_alphabetic() || "^-".contains(*char))
            .any(|char| "ar".contains(char))
    };
    ["{", "(?<", "(*"].iter().any(|sign| pattern.contains(sign)) || pattern.split("(?").skip(1).any(has_new_flag)
}

fn agree(theirs: &Json, ours: &Json, ask_theirs: impl FnOnce(&str) -> Option<Json>) -> bool {
    let (Some(theirs), Some(ours)) = (theirs["results"].as_array(), ours["results"].as_array()) else {
        return false;
    };
    for (theirs, ours) in theirs.iter().zip(ours) {
        let is_ours = ours["error"].as_str().is_some_and(|error| OURS.contains(&error));
        // After a failure of any kind the two remember different calls.
        if theirs["error"] == "internal" || is_ours {
            return true;
        }
        if is_regex_failure(theirs) != is_regex_failure(ours) && (theirs["ok"] == true || ours["ok"] == true) {
            return is_argued(theirs, ours, ask_theirs);
        }
        let fields = ["ok", "error", "position", "params", "type", "result", "matched", "conditions", "warnings"];
        if !fields.iter().all(|field| same(&theirs[*field], &ours[*field])) {
            return false;
        }
    }
    theirs.len() == ours.len()
}

/// Equality of answers: numbers by value; a missing list is an empty one.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(x), Json::Number(y)) => x == y || x.as_f64() == y.as_f64(),
        (Json::Array(x), Json::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        (Json::Null, Json::Array(list)) | (Json::Array(list), Json::Null) => list.is_empty(),
        (Json::Object(x), Json::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(name, value)| y.get(name).is_some_and(|y| same(value, y)))
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_may_fail_on_one_side_by_a_limit_or_where_releases_differ() {
        let failure = |pattern: &str| json!({"ok": false, "error": "regexfailure", "params": [pattern]});
        let fine = json!({"ok": true});
        let (refused, taken) = (failure("/x/u"), json!({"ok": true, "result": false}));
        for (pattern, compiled, expected) in [
            ("/(a+)+$/u", &taken, true),
            ("/a/ui", &refused, false),
            (r"/\xg/u", &refused, false),
            ("/(?<=a+)b/u", &refused, true),
            ("/a{,3}/u", &refused, true),
            ("/(?iaD)b/u", &refused, true),
            ("/(?:a)(?i)b)/u", &refused, false),
            ("a", &refused, false),
        ] {
            assert_eq!(is_argued(&failure(pattern), &fine, |_| Some(compiled.clone())), expected, "{pattern}");
        }
        // Ours does not take the one, and reached a limit with the other.
        for (pattern, expected) in [("/a)/u", false), ("/(a+)+$/u", true), (r"/\x/u", true)] {
            assert_eq!(is_argued(&fine, &failure(pattern), |_| None), expected, "{pattern}");
        }
    }
}
