//! Asks the reference, if there is one: `oracle/README.md` tells how to set it up.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// The oracle's settings file, if the environment names one.
pub(crate) fn settings() -> Option<PathBuf> {
    std::env::var_os("WIKIWARD_ORACLE_CONF").map(PathBuf::from)
}

/// A text as the protocol carries it.
pub(crate) fn bytes(text: &[u8]) -> Value {
    match std::str::from_utf8(text) {
        Ok(text) => json!(text),
        Err(_) => json!({ "$bytes": BASE64_STANDARD.encode(text) }),
    }
}

/// The text that the protocol carries.
pub(crate) fn text(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => text.as_bytes().to_vec(),
        _ if value["$bytes"].is_string() => BASE64_STANDARD.decode(value["$bytes"].as_str().unwrap()).unwrap(),
        _ => {
            let [piece, times] = value["$repeat"].as_array().unwrap().as_slice() else {
                panic!("unknown text {value}")
            };
            text(piece).repeat(usize::try_from(times.as_u64().unwrap()).unwrap())
        }
    }
}

/// Asks for each pair of texts the digest of the diff, and hands it to `each` with the number of the pair.
pub(crate) fn diff_digests(pairs: &[(Vec<u8>, Vec<u8>)], mut each: impl FnMut(usize, &str)) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../oracle/derive.php");
    let script = std::env::var("WIKIWARD_ORACLE_SCRIPT").unwrap_or_else(|_| script.to_owned());
    let mut oracle = Command::new("php")
        .arg(script)
        .arg("--conf")
        .arg(settings().expect("settings"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("php starts");
    let mut requests = oracle.stdin.take().unwrap();
    let answers = BufReader::new(oracle.stdout.take().unwrap());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for (old, new) in pairs {
                let vars = json!({ "old_wikitext": bytes(old), "new_wikitext": bytes(new) });
                writeln!(requests, "{}", json!({ "vars": vars, "want": ["edit_diff"], "digest": true })).unwrap();
            }
        });
        let mut answered = 0;
        for answer in answers.lines() {
            let answer: Value = serde_json::from_str(&answer.unwrap()).unwrap();
            each(
                answered,
                answer["edit_diff"]["$sha256"].as_str().unwrap_or_else(|| panic!("the oracle says {answer}")),
            );
            answered += 1;
        }
        assert_eq!(answered, pairs.len(), "the oracle answers every request");
    });
    oracle.wait().unwrap();
}
