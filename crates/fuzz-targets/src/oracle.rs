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
                let ours = Responder::new(Release::V1_39, None).answer(request.to_string().as_bytes());
                assert!(agree(&theirs, &ours), "{request}\n  theirs {theirs}\n  ours   {ours}");
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

fn agree(theirs: &Json, ours: &Json) -> bool {
    let (Some(theirs), Some(ours)) = (theirs["results"].as_array(), ours["results"].as_array()) else {
        return false;
    };
    for (theirs, ours) in theirs.iter().zip(ours) {
        let is_ours = ours["error"].as_str().is_some_and(|error| OURS.contains(&error));
        // A pattern that runs into their limit may have a quick answer here, and what one release of PCRE2 refuses
        // another may accept.
        let fails = |answer: &Json| answer["error"] == "regexfailure";
        let is_pattern = fails(theirs) != fails(ours) && (theirs["ok"] == true || ours["ok"] == true);
        // After a failure of any kind the two remember different calls.
        if theirs["error"] == "internal" || is_ours || is_pattern {
            return true;
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
