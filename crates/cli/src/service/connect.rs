//! Where the service is: a running one by its URL, or its database by the configuration.

use super::client::Client;
use anyhow::Context as _;
use clap::Args;
use std::path::{Path, PathBuf};
use wikiward_server::{Config, Server};

/// Heading of these arguments in the help.
const HEADING: &str = "Where the service is";

/// The configuration file.
#[derive(Debug, Clone, Args)]
pub struct ConfigFile {
    /// Configuration file; without it, defaults and the environment
    #[arg(long, value_name = "FILE", env = "WIKIWARD_CONFIG", hide_env_values = true, help_heading = HEADING, display_order = 800)]
    pub config: Option<PathBuf>,
}

/// How to reach the service.
#[derive(Debug, Clone, Args)]
pub struct Connect {
    /// URL of a running service to speak to, with `--token`; without it, this machine's own database is used, with every
    /// right
    #[arg(long, value_name = "URL", env = "WIKIWARD_SERVER", hide_env_values = true, help_heading = HEADING, display_order = 801)]
    pub server: Option<String>,
    /// Token to show to the running service; better in the environment than on the command line
    #[arg(long, value_name = "TOKEN", env = "WIKIWARD_TOKEN", hide_env_values = true, help_heading = HEADING, display_order = 802)]
    pub token: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    pub file: ConfigFile,
}

impl ConfigFile {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with it, with file, line and key.
    pub fn load(&self) -> anyhow::Result<Config> {
        Ok(Config::load(self.config.as_deref())?)
    }
}

impl Connect {
    /// A client of the service.
    ///
    /// # Errors
    /// What keeps the database from being opened.
    pub async fn client(&self) -> anyhow::Result<Client> {
        match &self.server {
            Some(url) => Client::remote(url, self.token.as_deref()),
            None => {
                let config = self.file.load()?;
                let database = config.database()?;
                if let wikiward_store::Database::Sqlite(path) = &database {
                    there(path)?;
                }
                let server = Server::open_beside(config).await.with_context(|| format!("in {}", database.label()))?;
                Ok(Client::local(server))
            }
        }
    }
}

/// A question about a database that is not there is not answered by making an empty one.
fn there(path: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(
        path.exists(),
        "there is no database at {}. Name the configuration with --config, a running service with --server, or make it \
         with `wikiward serve`",
        path.display()
    );
    Ok(())
}
