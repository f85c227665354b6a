//! The program as people and programs use it: what it prints, and its exit codes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const EDIT: &str = r#"{
  "action": "edit",
  "user_editcount": 3,
  "user_groups": ["*", "user"],
  "summary": "Buy now",
  "old_wikitext": "a\nb",
  "new_wikitext": "a\nb\nhttp://x.example"
}
"#;

/// A folder to work in.
struct Desk(TempDir);

/// What a run left behind.
#[derive(Debug, PartialEq, Eq)]
struct Left {
    code: i32,
    out: String,
    err: String,
}

impl Left {
    fn new(code: i32, out: &str, err: &str) -> Self {
        Self { code, out: out.to_owned(), err: err.to_owned() }
    }
}

impl Desk {
    fn new(files: &[(&str, &str)]) -> Self {
        let desk = Self(TempDir::new().unwrap());
        for (name, text) in files {
            fs::write(desk.path(name), text).unwrap();
        }
        desk
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Left {
        self.run_with(arguments, "")
    }

    fn run_with(&self, arguments: &[&str], input: &str) -> Left {
        let mut child = program(self.0.path()).args(arguments).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Left { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wikiward"));
    command.current_dir(folder).env_remove("CLICOLOR_FORCE");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

mod bench;
mod check;
mod eval;
mod explain;
mod fmt;

#[test]
fn help_shows_what_the_program_is_for_with_examples() {
    let left = Desk::new(&[]).run(&["--help"]);
    assert_eq!((left.code, left.err.as_str()), (0, ""));
    for part in ["Guards a farm of wikis", "wikiward rule eval '", "wikiward rule check ", "wikiward rule explain "] {
        assert!(left.out.contains(part), "{part}");
    }
}

#[test]
fn every_command_tells_its_exit_codes() {
    for command in ["eval", "check", "fmt", "explain", "bench", "lsp"] {
        let left = Desk::new(&[]).run(&["rule", command, "--help"]);
        assert_eq!(left.code, 0, "{command}");
        assert!(left.out.contains("Exit codes:\n  0  "), "{command}: {}", left.out);
        assert!(left.out.lines().all(|line| line.chars().count() <= 110), "{command}: lines are short");
    }
}

#[test]
fn the_version_is_told() {
    assert_eq!(
        Desk::new(&[]).run(&["--version"]),
        Left::new(0, concat!("wikiward ", env!("CARGO_PKG_VERSION"), "\n"), "")
    );
}

#[test]
fn arguments_that_make_no_sense_are_exit_code_2() {
    for arguments in [&["rule"][..], &["rule", "eval"], &["rule", "eval", "1", "--file", "x"], &["rule", "nonsense"]] {
        let left = Desk::new(&[]).run(arguments);
        assert_eq!((left.code, left.out.as_str()), (2, ""), "{arguments:?}");
    }
}

#[test]
fn a_completion_script_is_printed() {
    let left = Desk::new(&[]).run(&["completions", "bash"]);
    assert_eq!(left.code, 0);
    assert!(left.out.contains("complete -F _wikiward"));
}

#[test]
fn colours_come_only_when_asked_for_or_on_a_terminal() {
    let desk = Desk::new(&[("a.rule", "1 +")]);
    assert!(!desk.run(&["rule", "check", "a.rule"]).out.contains('\x1b'));
    assert!(desk.run(&["rule", "check", "a.rule", "--color", "always"]).out.contains('\x1b'));
}

#[test]
fn a_reader_that_goes_away_ends_the_program_quietly() {
    let desk = Desk::new(&[("requests.jsonl", &"{\"rule\":\"1\"}\n".repeat(100_000))]);
    let mut child = program(desk.0.path()).args(["rule", "eval", "--jsonl", "requests.jsonl"]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}

#[test]
fn the_backtest_tells_its_exit_codes_too() {
    let left = Desk::new(&[]).run(&["backtest", "--help"]);
    assert_eq!((left.code, left.err.as_str()), (0, ""));
    assert!(left.out.contains("Exit code: 0 if "), "{}", left.out);
}
