//! `wikiward serve`.

use super::connect::ConfigFile;
use crate::terminal::Terminal;
use clap::Args;
use std::fmt::Write as _;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use wikiward_server::run::Ready;
use wikiward_server::{Server, logs, systemd};

/// Run the service until it is told to stop
#[derive(Debug, Args)]
#[command(
    after_help = "Stops cleanly on SIGINT and SIGTERM: takes no more connections, lets requests end, writes what waits.

Examples:
  Everything in the folder wikiward-data, on 127.0.0.1:8480:
      wikiward serve
  With a configuration:
      wikiward config example > wikiward.toml
      wikiward serve --config wikiward.toml

Exit codes: 0 stopped cleanly, 2 could not start."
)]
pub struct Serve {
    #[command(flatten)]
    file: ConfigFile,
    /// Take the key file that is there, or a new one, for that of this database from now on. What was sealed with another
    /// one, which is lost, stays closed
    #[arg(long)]
    adopt_key: bool,
}

pub(super) fn run(arguments: &Serve, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let config = arguments.file.load()?;
    let _logging = logs::start(&config)?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if config.server.threads > 0 {
        runtime.worker_threads(config.server.threads);
    }
    let manager = std::env::var_os("NOTIFY_SOCKET");
    let public_url = config.server.public_url.trim_end_matches('/').to_owned();
    runtime.enable_all().build()?.block_on(async {
        if arguments.adopt_key {
            Server::adopt_key(&config).await?;
        }
        let server = Server::open(config).await?;
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let stop = async {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            systemd::notify(manager.as_deref(), "STOPPING=1");
        };
        let ready = |ready: Ready| {
            systemd::notify(manager.as_deref(), "READY=1");
            greet(&ready, &public_url, terminal);
        };
        server.run(stop, ready).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// What a person at the terminal wants to know first.
fn greet(ready: &Ready, public_url: &str, terminal: &Terminal) {
    let mut text = format!("Wikiward answers on {}\n", ready.addresses.join(", "));
    let _ = writeln!(text, "Its console, for people: {public_url}/");
    let _ = writeln!(text, "Its interface, for programs: {public_url}/v1/docs");
    if let Some(link) = &ready.first_link {
        let _ = write!(
            text,
            "There is no account yet. This link makes the first one, once, within a day:\n  {public_url}{link}\n"
        );
    }
    // Nobody reads it: the service goes on all the same.
    let _ = terminal.print(text.as_bytes());
}
