//! Pictures of the console, of the demonstration's farm.
//!
//! The farm is given a past: the service's clock begins an hour ago and runs sixty times as fast, by the library of Debian's
//! package `faketime`, until it is now. Then `e2e/pictures.mjs` looks at the pages.

use super::account::Account;
use super::replay::Pace;
use crate::run::{root, step};
use crate::{assets, e2e, oracle};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use wikiward_testkit::service::Address;

/// Times as fast as it is.
const SPEED: u32 = 60;

/// How long the past takes, less what it takes until a new setting is read, so that nothing happens in the future.
const LASTS: Duration = Duration::from_millis(3_600_000 / SPEED as u64 - 1_200);

/// The edits of the past: some hundred a minute.
pub(super) const PACE: Pace = Pace { ahead: 0, per_second: 110.0 };

/// Debian's package of the clock.
const PACKAGES: [&str; 1] = ["faketime"];

/// Where it puts its library, before and after the part that names the machine.
const LIBRARY: (&str, &str) = ("/usr/lib", "faketime/libfaketimeMT.so.1");

/// A clock that can be set.
pub(super) struct Clock {
    library: PathBuf,
}

impl Clock {
    /// Finds the library, or installs it.
    pub(super) fn find() -> Result<Self> {
        if !oracle::install(&PACKAGES)? {
            bail!("the pictures need Debian's package faketime, so that the farm has a past");
        }
        let folders = fs::read_dir(LIBRARY.0).context(LIBRARY.0)?.filter_map(|entry| Some(entry.ok()?.path()));
        let library = folders.map(|folder| folder.join(LIBRARY.1)).find(|path| path.exists());
        Ok(Self { library: library.with_context(|| format!("no {} below {}", LIBRARY.1, LIBRARY.0))? })
    }

    /// Sets it to an hour ago, for a service whose files lie in `folder`.
    pub(super) fn begin(self, folder: &Path) -> Result<Running> {
        fs::create_dir_all(folder)?;
        let running = Running { library: self.library, setting: folder.join("clock"), begun: Instant::now() };
        running.set("-1h")?;
        Ok(running)
    }
}

/// A clock that was set.
pub(super) struct Running {
    library: PathBuf,
    setting: PathBuf,
    begun: Instant,
}

impl Running {
    /// What the service's environment must have.
    pub(super) fn environment(&self) -> Vec<(String, String)> {
        let pairs = [
            ("LD_PRELOAD", self.library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.setting.display().to_string()),
            ("FAKETIME_CACHE_DURATION", "1".to_owned()),
            // Waits and deadlines go by as they do.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// It runs fast for programs that start from now on, and for as long as they run.
    pub(super) fn run(&mut self) -> Result<()> {
        self.begun = Instant::now();
        self.set(&format!("-1h x{SPEED}"))
    }

    /// Whether the past has caught up with now.
    pub(super) fn is_now(&self) -> bool {
        self.begun.elapsed() >= LASTS
    }

    /// From now on it is right.
    pub(super) fn stop(&self) -> Result<()> {
        self.set("+0 x1")?;
        // It is read once a second.
        std::thread::sleep(Duration::from_secs(2));
        Ok(())
    }

    fn set(&self, setting: &str) -> Result<()> {
        fs::write(&self.setting, format!("{setting}\n")).with_context(|| self.setting.display().to_string())
    }
}

/// Takes the pictures, signed in as `account`.
pub(super) fn take(address: &Address, account: &Account) -> Result<()> {
    let browser = e2e::browser(false)?;
    assets::can_be_had(false)?;
    let mut node = Command::new("node");
    node.current_dir(root())
        .args(["e2e/pictures.mjs", "docs/pictures"])
        .env("WIKIWARD_URL", format!("http://{address}"))
        .env("WIKIWARD_NAME", account.name)
        .env("WIKIWARD_PASSWORD", &account.password)
        .env("CHROMIUM", browser);
    step("take the pictures", &mut node)?;
    Ok(())
}
