//! Throw-away PostgreSQL servers and databases.
//!
//! `cargo xtask test` starts one server for all tests and names it in [`VARIABLE`]; every test makes a database of its own
//! in it. A test that needs a server of its own, to stop and start it, starts a [`Server`].
#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Environment variable with the URL of a server where tests may make databases: `postgres://postgres@127.0.0.1:PORT`.
pub const VARIABLE: &str = "WIKIWARD_POSTGRES";

/// A server of its own, on loopback, without passwords and without flushing to disk. Stopped and removed when dropped.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    binaries: PathBuf,
    port: u16,
}

/// Environment variable that makes suites that run on one database run on PostgreSQL: `postgres`.
pub const CHOICE: &str = "WIKIWARD_SUITE_ON";

/// URL of the database for a suite whose files lie in `folder`, if [`CHOICE`] wants PostgreSQL: new the first time, then
/// the same again, so that a test may start its service anew. None means a file in the folder.
///
/// # Panics
/// If PostgreSQL is wanted and there is no server.
pub fn chosen(folder: &Path) -> Option<String> {
    if std::env::var(CHOICE).ok()? != "postgres" {
        return None;
    }
    let kept = folder.join("postgres.url");
    if let Ok(url) = std::fs::read_to_string(&kept) {
        return Some(url);
    }
    let url = fresh_database().expect("a server is named where PostgreSQL is wanted");
    std::fs::write(&kept, &url).expect("the folder can be written to");
    Some(url)
}

/// URL of a new, empty database on the server that [`VARIABLE`] names; none, with a line on standard error, if it names
/// none.
///
/// # Panics
/// If the server is named but makes no database.
pub fn fresh_database() -> Option<String> {
    let Ok(server) = std::env::var(VARIABLE) else {
        eprintln!("{VARIABLE} names no server: left out on PostgreSQL. `cargo xtask test` starts one");
        return None;
    };
    Some(new_database(&server))
}

fn new_database(server: &str) -> String {
    let uuid = std::fs::read_to_string("/proc/sys/kernel/random/uuid").expect("the kernel gives names");
    let name = format!("t{}", uuid.trim().replace('-', ""));
    let binaries = binaries().expect("PostgreSQL is installed where its server runs");
    let made = Command::new(binaries.join("psql"))
        .args(["--no-psqlrc", "--quiet", "--dbname", &format!("{server}/postgres"), "--command"])
        .arg(format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
        .output()
        .expect("psql runs");
    assert!(made.status.success(), "no database: {}", String::from_utf8_lossy(&made.stderr));
    format!("{server}/{name}")
}

/// Folder of PostgreSQL's programs, the newest if there are several; none if it is not installed.
pub fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop()
}

impl Server {
    /// Starts a server whose data lies in `folder`, which must not be there yet. None if PostgreSQL is not installed.
    ///
    /// # Panics
    /// If it is installed but does not start.
    pub fn start(folder: &Path) -> Option<Self> {
        let binaries = binaries()?;
        std::fs::create_dir_all(folder).expect("the folder can be made");
        if is_root() {
            // The server refuses to run as root.
            run(Command::new("chown").arg("postgres").arg(folder));
        }
        let folder = folder.canonicalize().expect("the folder is there");
        let port = free_port();
        let server = Self { folder, binaries, port };
        let data = server.folder.join("data");
        run(server
            .command("initdb")
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"])
            .arg(&data));
        server.up();
        Some(server)
    }

    /// Its URL, without a database: `postgres://postgres@127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// URL of a new, empty database on it.
    pub fn database(&self) -> String {
        new_database(&self.url())
    }

    /// Starts it again after [`Server::down`].
    pub fn up(&self) {
        let options = format!(
            "-c listen_addresses=127.0.0.1 -p {} -c unix_socket_directories={} -c fsync=off -c max_connections=300",
            self.port,
            self.folder.display()
        );
        run(self
            .control()
            .args(["start", "--wait", "--timeout=60", "-o", &options, "--log"])
            .arg(self.folder.join("log")));
    }

    /// Stops it at once, as a crash does.
    pub fn down(&self) {
        run(self.control().args(["stop", "--mode=immediate"]));
    }

    fn control(&self) -> Command {
        let mut command = self.command("pg_ctl");
        command.arg("--pgdata").arg(self.folder.join("data"));
        command
    }

    fn command(&self, program: &str) -> Command {
        let program = self.binaries.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args([OsStr::new("-u"), OsStr::new("postgres"), OsStr::new("--"), program.as_os_str()]);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.control().args(["stop", "--mode=immediate"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it has an address").port()
}

/// Runs to the end. The server that `pg_ctl` leaves behind must not hold our pipes, so output goes to nobody.
fn run(command: &mut Command) {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.as_ref().is_ok_and(std::process::ExitStatus::success), "{command:?}: {status:?}");
}
