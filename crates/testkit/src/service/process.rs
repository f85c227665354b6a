//! Starting and ending the service.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Address, Client, Trouble};

/// Longest wait for the service to be ready or to stop.
const WAIT: Duration = Duration::from_mins(1);

/// How to start the service.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The program `wikiward`.
    pub program: PathBuf,
    /// Where everything of it lies: database, key, log. Made if it is not there.
    pub folder: PathBuf,
    /// Where it listens.
    pub address: Address,
    /// The core it runs on, by `taskset`; none for any.
    pub core: Option<usize>,
    /// More variables of its environment.
    pub environment: Vec<(String, String)>,
}

/// A running service. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    launch: Launch,
    /// From its start to its first "ready".
    pub ready_after: Duration,
}

impl Launch {
    /// On loopback: on port `wanted` if one is named and free, else on a free one.
    ///
    /// # Errors
    /// If there is no free port.
    pub fn new(program: &Path, folder: &Path, wanted: Option<u16>) -> Result<Self, Trouble> {
        Ok(Self {
            program: program.to_owned(),
            folder: folder.to_owned(),
            address: Address::Tcp(free_port(wanted)?),
            core: None,
            environment: Vec::new(),
        })
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// If it ends or is not ready in time; with the end of its log.
    pub fn start(&self) -> Result<Process, Trouble> {
        fs::create_dir_all(&self.folder)?;
        let mut command = match self.core {
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["--cpu-list", &core.to_string()]).arg(&self.program);
                command
            }
            None => Command::new(&self.program),
        };
        self.settle(&mut command);
        command
            .arg("serve")
            .stdin(std::process::Stdio::null())
            .stdout(File::create(self.said())?)
            .stderr(File::options().create(true).append(true).open(self.log())?)
            // Ctrl-C at the terminal is for who started it: that one ends it in order.
            .process_group(0);
        let started = Instant::now();
        let child =
            command.spawn().map_err(|error| format!("{} cannot be started: {error}", self.program.display()))?;
        let mut process = Process { child, launch: self.clone(), ready_after: Duration::ZERO };
        let mut asker = Client::new(self.address.clone(), None).waiting(Duration::from_secs(5));
        loop {
            if asker.call("GET", "/readyz", "", &[]).is_ok_and(|answer| answer.status == 200) {
                process.ready_after = started.elapsed();
                return Ok(process);
            }
            if let Some(status) = process.child.try_wait()? {
                return Err(format!("wikiward serve ended with {status}:\n{}", self.end_of_log()).into());
            }
            if started.elapsed() > WAIT {
                return Err(format!("wikiward serve is not ready after {WAIT:?}:\n{}", self.end_of_log()).into());
            }
            sleep(Duration::from_millis(1));
        }
    }

    /// Gives a command this service's settings.
    pub(super) fn settle(&self, command: &mut Command) {
        let public = match &self.address {
            Address::Tcp(address) => format!("http://{address}"),
            Address::Unix(_) => "http://127.0.0.1".to_string(),
        };
        for name in ["WIKIWARD_CONFIG", "WIKIWARD_DATABASE_URL", "WIKIWARD_SERVER", "WIKIWARD_TOKEN"] {
            command.env_remove(name);
        }
        command
            .env("WIKIWARD_DATA_DIR", self.folder.join("data"))
            .env("WIKIWARD_LISTEN", self.address.to_string())
            .env("WIKIWARD_PUBLIC_URL", public)
            .env("WIKIWARD_METRICS_LISTEN", "")
            .env("WIKIWARD_LOG", "warn")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
    }

    /// The database that it makes.
    pub fn database(&self) -> PathBuf {
        self.folder.join("data/wikiward.db")
    }

    /// What it writes about itself.
    pub fn log(&self) -> PathBuf {
        self.folder.join("serve.log")
    }

    fn said(&self) -> PathBuf {
        self.folder.join("serve.out")
    }

    fn end_of_log(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(20)).copied().collect::<Vec<_>>().join("\n")
    }
}

impl Process {
    /// Where it listens.
    pub fn address(&self) -> &Address {
        &self.launch.address
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it was started.
    pub fn launch(&self) -> &Launch {
        &self.launch
    }

    /// The one-time link for the first account, if it printed one.
    pub fn first_link(&self) -> Option<String> {
        // It is printed at about the time at which the service is ready.
        for _ in 0..200 {
            let said = fs::read_to_string(self.launch.said()).unwrap_or_default();
            if let Some(at) = said.find("This link makes") {
                let link = said.get(at..)?.lines().nth(1)?.trim();
                return (!link.is_empty()).then(|| link.to_owned());
            }
            sleep(Duration::from_millis(5));
        }
        None
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it without a warning: SIGKILL.
    ///
    /// # Errors
    /// If it had ended before.
    pub fn kill(mut self) -> Result<(), Trouble> {
        if let Some(status) = self.child.try_wait()? {
            return Err(format!("wikiward serve had ended with {status}:\n{}", self.launch.end_of_log()).into());
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop and waits for it: SIGTERM.
    ///
    /// # Errors
    /// If it does not stop in time, or not with exit code 0.
    pub fn stop(mut self) -> Result<(), Trouble> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        let status = self.wait()?;
        if status.success() {
            return Ok(());
        }
        Err(format!("wikiward serve stopped with {status}:\n{}", self.launch.end_of_log()).into())
    }

    fn wait(&mut self) -> Result<ExitStatus, Trouble> {
        let asked = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if asked.elapsed() > WAIT {
                return Err(format!("wikiward serve does not stop within {WAIT:?}").into());
            }
            sleep(Duration::from_millis(5));
        }
    }

    /// Megabytes of memory that it has now; none where the system does not say.
    pub fn memory_mb(&self) -> Option<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kilobytes / 1_024.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port of loopback that nobody listens on: `wanted` if that is free.
///
/// # Errors
/// If there is none.
fn free_port(wanted: Option<u16>) -> Result<SocketAddr, Trouble> {
    if let Some(port) = wanted
        && let Ok(listener) = TcpListener::bind(("127.0.0.1", port))
    {
        return Ok(listener.local_addr()?);
    }
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
