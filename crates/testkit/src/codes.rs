//! Codes of errors that tests were answered with, so that "every code is produced by a test" is counted, not claimed.
//!
//! A run that wants to know names a folder in the environment; every test process writes what it was answered into a file
//! of its own there.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Mutex;

/// Names the folder that codes are noted in.
pub const NOTED: &str = "WIKIWARD_CODES_NOTED";

/// Names the folder that holds the notes of a run that has ended.
pub const TO_CHECK: &str = "WIKIWARD_CODES_TO_CHECK";

/// What this process has noted already.
static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Notes the codes in the body of an answer: that of the problem, and those of the single errors in it. Does nothing unless
/// the run asked for it, nor with a body that is no problem.
///
/// # Panics
/// When the note cannot be written: a test run that counts must not miss one.
#[expect(clippy::panic, reason = "for tests: see above")]
pub fn note(body: &[u8]) {
    let Some(folder) = std::env::var_os(NOTED) else { return };
    if let Err(error) = written(Path::new(&folder), codes(body)) {
        panic!("codes cannot be noted in {}: {error}", Path::new(&folder).display());
    }
}

/// The codes in the body of a problem; none in any other body.
fn codes(body: &[u8]) -> Vec<String> {
    let Ok(problem) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    if !problem["type"].is_string() || !problem["title"].is_string() {
        return Vec::new();
    }
    let errors = problem["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    [&problem].into_iter().chain(errors).filter_map(|part| part["code"].as_str().map(str::to_owned)).collect()
}

fn written(folder: &Path, codes: Vec<String>) -> io::Result<()> {
    let mut seen = SEEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for code in codes {
        if seen.contains(&code) {
            continue;
        }
        fs::create_dir_all(folder)?;
        let path = folder.join(std::process::id().to_string());
        writeln!(OpenOptions::new().create(true).append(true).open(path)?, "{code}")?;
        seen.insert(code);
    }
    Ok(())
}

/// All codes that were noted in a folder; none if there is no such folder.
///
/// # Errors
/// When a note cannot be read.
pub fn noted(folder: &Path) -> io::Result<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    if !folder.exists() {
        return Ok(all);
    }
    for entry in fs::read_dir(folder)? {
        all.extend(fs::read_to_string(entry?.path())?.lines().map(str::to_owned));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_its_own_code_and_those_of_its_errors() {
        let body = br#"{"type": "about:blank", "title": "No", "code": "invalid", "errors": [{"code": "bad_tag"}, {}]}"#;
        assert_eq!(codes(body), ["invalid", "bad_tag"]);
    }

    #[test]
    fn what_is_no_problem_has_none() {
        assert!(codes(br#"{"code": "not_found"}"#).is_empty());
        assert!(codes(b"not json").is_empty());
    }
}
