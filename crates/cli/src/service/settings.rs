//! `wikiward config`.

use super::connect::ConfigFile;
use crate::terminal::Terminal;
use clap::Subcommand;
use std::process::ExitCode;
use wikiward_server::Config;

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check the configuration: names file, line and key of what is wrong
    Check {
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        file: ConfigFile,
    },
    /// Print the settings in force, from file, environment and defaults, without secrets
    Show {
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        file: ConfigFile,
    },
    /// Print an example file: every setting with its meaning and default
    Example,
}

pub(super) fn run(command: &ConfigCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Check { file } => {
            file.load()?;
            terminal.print(b"The configuration is good.\n")?;
        }
        ConfigCommand::Show { file } => terminal.print(file.load()?.show().as_bytes())?,
        ConfigCommand::Example => terminal.print(Config::example().as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}
