//! A service that wikis are brought over to.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use wikiward_testkit::service::{Client, Launch, Process};

/// What a run of the program left behind.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A service that runs.
pub(crate) struct House {
    pub(crate) folder: TempDir,
    data: PathBuf,
    listen: String,
    process: Process,
}

impl House {
    /// With these wikis.
    pub(crate) fn new(wikis: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let launch =
            Launch::new(Path::new(env!("CARGO_BIN_EXE_wikiward")), &folder.path().join("service"), None).unwrap();
        let process = launch.start().unwrap();
        let data = launch.database().parent().unwrap().to_owned();
        let house = Self { folder, data, listen: launch.address.to_string(), process };
        for wiki in wikis {
            house.good(&["wiki", "add", wiki, "--url", &format!("https://{wiki}.example/")]);
        }
        house
    }

    /// Speaks to the service.
    pub(crate) fn client(&self, token: &str) -> Client {
        Client::new(self.process.address().clone(), Some(token))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wikiward"));
        command
            .args(arguments)
            .env_clear()
            .env("WIKIWARD_DATA_DIR", &self.data)
            .env("WIKIWARD_LISTEN", &self.listen)
            .env("WIKIWARD_METRICS_LISTEN", "")
            .env("WIKIWARD_LOG", "warn")
            .env("WIKIWARD_MIGRATE_PASSWORD", wikiward_testkit::mariadb::USER.1);
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Left {
        let output = self.command(arguments).stdin(Stdio::null()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Left { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Starts the program, to be killed.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Runs the program, which must do what it is asked; gives what it prints.
    pub(crate) fn good(&self, arguments: &[&str]) -> String {
        let left = self.run(arguments);
        assert_eq!(left.code, Some(0), "{arguments:?}: {left:?}");
        left.out
    }

    /// Lines of JSON that the program prints.
    pub(crate) fn lines(&self, arguments: &[&str]) -> Vec<Value> {
        self.good(arguments).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Brings `from` over to `wiki`; gives the report.
    pub(crate) fn bring(&self, from: &str, wiki: &str, more: &[&str]) -> Value {
        let arguments = [&["migrate", "abusefilter", "--from", from, "--wiki", wiki, "--json"], more].concat();
        serde_json::from_str(&self.good(&arguments)).unwrap()
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Names of what lies in the data folder.
    pub(crate) fn data_files(&self) -> Vec<String> {
        let names = fs::read_dir(&self.data).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    }
}

/// That a report counts each table's rows as they are counted there, `before` and `now`.
#[track_caller]
pub(crate) fn check(report: &Value, counts: &Value, now: bool) {
    for (table, rows) in counts.as_object().unwrap() {
        let it = &report["tables"][table];
        let (before, new) = if now { (&Value::from(0), rows) } else { (rows, &Value::from(0)) };
        let wanted = (rows, before, new, &Value::from(0), &Value::from(0));
        assert_eq!(
            (&it["source"], &it["before"], &it["now"], &it["mirrored"], &it["refused"]),
            wanted,
            "{table}: {report}"
        );
    }
}
