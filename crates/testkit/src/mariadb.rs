//! Throw-away MariaDB servers, for what is read from other programs' databases.
#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Programs of the server and its client, as Debian's packages `mariadb-server-core` and `mariadb-client` bring them.
const PROGRAMS: [&str; 4] = ["mariadbd", "mariadb-install-db", "mariadb", "mariadb-dump"];

/// Longest wait for the server to answer.
const WAIT: Duration = Duration::from_mins(1);

/// The user and the password that tests connect with.
pub const USER: (&str, &str) = ("wiki", "sesame");

/// A server of its own, on loopback, with one database `wiki`. Stopped when dropped; its folder stays.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    port: u16,
    child: Child,
}

/// Whether it is installed.
pub fn is_installed() -> bool {
    let is_there = |program: &&str| {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let places = std::env::split_paths(&folders).chain([PathBuf::from("/usr/sbin")]);
        places.into_iter().any(|folder| folder.join(program).exists())
    };
    PROGRAMS.iter().all(is_there)
}

impl Server {
    /// Starts one whose files lie in `folder`, which must not be there yet. None if it is not installed.
    ///
    /// # Panics
    /// If it is installed and does not start.
    pub fn start(folder: &Path) -> Option<Self> {
        if !is_installed() {
            eprintln!("MariaDB is not here: left out. `cargo xtask test` installs it");
            return None;
        }
        std::fs::create_dir_all(folder).expect("the folder can be made");
        let data = folder.join("data");
        // It refuses to run as root unless told so; any other user is meant anyway.
        let user = if is_root() { vec!["--user=root".to_owned()] } else { Vec::new() };
        let install = Command::new("mariadb-install-db")
            .arg("--no-defaults")
            .args(&user)
            .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
            .arg(format!("--datadir={}", data.display()))
            .output()
            .expect("mariadb-install-db runs");
        assert!(install.status.success(), "{}", String::from_utf8_lossy(&install.stderr));
        let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port is free").port();
        let log = File::create(folder.join("server.log")).expect("the log can be made");
        let child = Command::new("mariadbd")
            .env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()))
            .arg("--no-defaults")
            .args(&user)
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--socket={}", folder.join("s.sock").display()))
            .arg(format!("--pid-file={}", folder.join("pid").display()))
            .arg(format!("--port={port}"))
            .args(["--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log can be shared"))
            .stderr(log)
            .spawn()
            .expect("mariadbd runs");
        let server = Self { folder: folder.to_owned(), port, child };
        let started = Instant::now();
        while !server.client("mariadb").args(["-e", "SELECT 1"]).output().is_ok_and(|it| it.status.success()) {
            assert!(started.elapsed() < WAIT, "MariaDB does not answer; see {}", folder.display());
            std::thread::sleep(Duration::from_millis(100));
        }
        let (user, password) = USER;
        let grant = |host: &str| {
            format!("CREATE USER {user}@{host} IDENTIFIED BY '{password}'; GRANT ALL ON wiki.* TO {user}@{host};")
        };
        let made = server.client("mariadb").args(["-e", &(grant("'127.0.0.1'") + &grant("localhost"))]).output();
        assert!(made.expect("mariadb runs").status.success(), "a user can be made");
        Some(server)
    }

    /// `HOST:PORT` of it.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Writes a dump of the database, with other tables than `tables` left out if any are named.
    ///
    /// # Panics
    /// If that does not work.
    pub fn dump(&self, tables: &[&str], to: &Path) {
        let file = File::create(to).expect("the dump can be made");
        let done = self.client("mariadb-dump").arg("wiki").args(tables).stdout(file).status();
        assert!(done.expect("mariadb-dump runs").success(), "a dump can be written");
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .args(["--no-defaults", "--user=root"])
            .arg(format!("--socket={}", self.folder.join("s.sock").display()));
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}
