//! A client of the reference evaluator, for tests that compare with it.
//!
//! `oracle/README.md` describes its protocol. What goes wrong here fails the test: there is nothing to go on with.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot ask has failed")]

use serde_json::Value as Json;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running reference evaluator; it ends when this is dropped.
pub struct Oracle {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Oracle {
    /// Starts the shell command in `WIKIWARD_ORACLE`; says so and gives nothing if there is none.
    ///
    /// # Panics
    /// If the command cannot be started.
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// The same with more environment variables, which `oracle/README.md` names.
    ///
    /// # Panics
    /// If the command cannot be started.
    pub fn start_with(environment: &[(&str, &str)]) -> Option<Self> {
        let Ok(command) = std::env::var("WIKIWARD_ORACLE") else {
            println!("left out: WIKIWARD_ORACLE is not set (cargo xtask test sets it)");
            return None;
        };
        let mut child = Command::new("sh")
            .args(["-c", &format!("exec {command}")])
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Some(Self { child, input, output })
    }

    /// Asks one question after the other, writing ahead; the answers are in the questions' order.
    ///
    /// # Panics
    /// If the reference ends, or answers with something else than JSON.
    pub fn ask_all(&mut self, requests: &[Json]) -> Vec<Json> {
        let mut input = self.input.take().unwrap();
        std::thread::scope(|scope| {
            let writer = scope.spawn(move || {
                for request in requests {
                    // One write: piece by piece, a long request would take thousands.
                    input.write_all(format!("{request}\n").as_bytes()).unwrap();
                }
                input.flush().unwrap();
                input
            });
            let answers = requests.iter().map(|_| self.read()).collect();
            self.input = Some(writer.join().unwrap());
            answers
        })
    }

    fn read(&mut self) -> Json {
        let mut line = Vec::new();
        self.output.read_until(b'\n', &mut line).unwrap();
        serde_json::from_slice(&line).unwrap_or_else(|error| {
            panic!("the reference ended or wrote no JSON ({error}): {}", String::from_utf8_lossy(&line))
        })
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

/// Equality of answers: numbers by value, ints and floats alike; a missing list is an empty one.
pub fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(x), Json::Number(y)) => x == y || x.as_f64() == y.as_f64(),
        (Json::Array(x), Json::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        (Json::Null, Json::Array(list)) | (Json::Array(list), Json::Null) => list.is_empty(),
        (Json::Object(x), Json::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(name, value)| y.get(name).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}
