//! Throw-away wikis of a real MediaWiki, for tests of what meets one. `oracle/` has the scripts that run in them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot make its wiki has failed")]

use serde_json::Value;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};

/// Set where Debian's MediaWiki is installed.
pub const VARIABLE: &str = "WIKIWARD_ABUSEFILTER";

fn oracle() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../oracle")
}

/// Whether there is a MediaWiki; says so if not.
pub fn is_here() -> bool {
    let is_here = std::env::var_os(VARIABLE).is_some();
    if !is_here {
        println!("left out: {VARIABLE} is not set (cargo xtask test sets it)");
    }
    is_here
}

/// A wiki in a folder.
#[derive(Debug)]
pub struct Wiki {
    /// Where it lies.
    pub folder: PathBuf,
}

impl Wiki {
    /// On SQLite, or on the database server that `more` names.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn new(folder: &Path, more: &[&str]) -> Self {
        let made = Command::new("sh").arg(oracle().join("wiki.sh")).arg(folder).args(more).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self { folder: folder.to_owned() }
    }

    fn settings(&self) -> PathBuf {
        self.folder.join("LocalSettings.php")
    }

    /// Adds to its settings.
    ///
    /// # Panics
    /// If they cannot be written.
    pub fn configure(&self, php: &str) {
        OpenOptions::new().append(true).open(self.settings()).unwrap().write_all(php.as_bytes()).unwrap();
    }

    /// Runs one of our scripts in it; gives what it prints.
    ///
    /// # Panics
    /// If the script does not end well.
    pub fn php(&self, script: &str, arguments: &[&str]) -> String {
        let (status, out, said) = self.run(script, arguments, &[], "");
        assert!(status.success(), "{script}: {said}{out}");
        out
    }

    /// Runs one of our scripts in it, with these variables more in its environment, and tells it `input`, of which it may
    /// read as much as it likes; gives how it ended, and what it wrote to both outputs.
    ///
    /// # Panics
    /// If PHP cannot be started, or writes no text.
    pub fn run(
        &self,
        script: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
        input: &str,
    ) -> (ExitStatus, String, String) {
        let mut command = Command::new("php");
        command.arg(oracle().join(script)).arg("--conf").arg(self.settings()).args(arguments);
        command.envs(environment.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let output: Output = std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut stdin = stdin;
                let _ = stdin.write_all(input.as_bytes());
            });
            child.wait_with_output().unwrap()
        });
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status, text(output.stdout), text(output.stderr))
    }

    /// Fills it; gives the number of rows of each table.
    ///
    /// # Panics
    /// If that does not work.
    pub fn fill(&self, arguments: &[&str]) -> Value {
        let said = self.php("fill.php", arguments);
        serde_json::from_str(said.lines().last().unwrap_or_default()).unwrap_or_else(|_| panic!("{said}"))
    }

    /// The SQLite file, as `--from` wants it.
    pub fn sqlite(&self) -> String {
        format!("sqlite:{}", self.folder.join("data/wiki.sqlite").display())
    }
}
