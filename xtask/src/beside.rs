//! Steps that run beside others: what they say is kept, and shown when they have ended.

use crate::run::target;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{Write, copy, stderr};
use std::path::PathBuf;
use std::process::Command;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Steps that run one after the other, beside whoever started them.
pub(crate) struct Beside {
    log: PathBuf,
    running: JoinHandle<Result<Vec<(&'static str, Duration)>>>,
}

impl Beside {
    /// Starts the first of them. Where one fails the rest is left out.
    ///
    /// # Errors
    /// If the file for what they say cannot be made.
    pub(crate) fn start(steps: Vec<(&'static str, Command)>) -> Result<Self> {
        let log = target().join("tmp/beside.log");
        let said = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let names: Vec<_> = steps.iter().map(|(name, _)| *name).collect();
        eprintln!("\n==> beside what follows: {} (said in {})", names.join(", "), log.display());
        let running = thread::spawn(move || steps.into_iter().map(|step| run(step, &said)).collect());
        Ok(Self { log, running })
    }

    /// Waits for them, shows what they said, and gives the time that each took.
    ///
    /// # Errors
    /// If one of them failed.
    pub(crate) fn end(self) -> Result<Vec<(&'static str, Duration)>> {
        let took = self.running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let mut said = File::open(&self.log)?;
        copy(&mut said, &mut stderr())?;
        took
    }
}

fn run((what, mut command): (&'static str, Command), mut said: &File) -> Result<(&'static str, Duration)> {
    writeln!(said, "\n==> {what}")?;
    command.stdout(said.try_clone()?).stderr(said.try_clone()?);
    let start = Instant::now();
    let status = command.status().with_context(|| format!("{what}: cannot run {command:?}"))?;
    let took = start.elapsed();
    if !status.success() {
        bail!("{what} ended with {status}");
    }
    writeln!(said, "==> {what}: {:.1} s", took.as_secs_f64())?;
    Ok((what, took))
}
