//! Configuration: one TOML file, and the environment over it.
//!
//! Every key has a default and a description here; `wikiward config example` prints them all. A key that is not known, a
//! value of the wrong type and a value out of bounds are errors that name file, line and key.

mod check;
mod show;
pub mod values;

pub use crate::listen::Network;
pub use check::ConfigError;
pub use values::Address;

use confique::Config as _;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wikiward_filters::hits::HitSettings;
use wikiward_people::{PeopleSettings, SessionLife};

/// All settings of the service.
#[derive(Debug, Clone, confique::Config, serde::Serialize)]
pub struct Config {
    /// Where it listens and how it stops.
    #[config(nested)]
    pub server: Server,
    /// Where the data lies.
    #[config(nested)]
    pub database: Database,
    /// What it writes about itself.
    #[config(nested)]
    pub log: Log,
    /// Numbers for monitoring.
    #[config(nested)]
    pub metrics: Metrics,
    /// What holds for filters on all wikis.
    #[config(nested)]
    pub filters: Filters,
    /// Who may sign in, and for how long.
    #[config(nested)]
    pub people: People,
}

/// Where the service listens and how it stops.
#[derive(Debug, Clone, confique::Config, serde::Serialize)]
pub struct Server {
    /// Addresses to listen on: `HOST:PORT`, or `unix:` and the path of a socket. A wiki on the same machine is served
    /// fastest through a socket.
    #[config(default = ["127.0.0.1:8480"], env = "WIKIWARD_LISTEN", parse_env = values::list_from_env)]
    pub listen: Vec<Address>,
    /// Folder for the key file and for hits that wait for the database. Made if it is not there, readable by this user
    /// only.
    #[config(default = "wikiward-data", env = "WIKIWARD_DATA_DIR")]
    pub data_dir: PathBuf,
    /// Address at which people reach the service, for links: `https://wikiward.example.org`.
    #[config(default = "http://127.0.0.1:8480", env = "WIKIWARD_PUBLIC_URL")]
    pub public_url: String,
    /// Certificate chain (PEM) for TLS on TCP addresses. Without it they speak plain HTTP: put a proxy in front.
    #[config(env = "WIKIWARD_TLS_CERTIFICATE")]
    pub tls_certificate: Option<PathBuf>,
    /// Private key (PEM) of the certificate.
    #[config(env = "WIKIWARD_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
    /// Proxies in front of the service, as networks (`10.0.0.0/8`) or addresses. From them, `X-Forwarded-For` is believed:
    /// limits on sign-ins then count people, not the proxy. With any, what comes through a local socket is believed, too.
    #[config(default = [], env = "WIKIWARD_TRUSTED_PROXIES", parse_env = values::networks_from_env)]
    pub trusted_proxies: Vec<Network>,
    /// Threads that serve requests; 0 means one per core.
    #[config(default = 0, env = "WIKIWARD_THREADS")]
    pub threads: usize,
    /// Most connections at a time; further ones wait.
    #[config(default = 4096, env = "WIKIWARD_CONNECTIONS_MAX")]
    pub connections_max: usize,
    /// Seconds that a request may take to arrive and be answered before it is given up. 1 to 600.
    #[config(default = 30, env = "WIKIWARD_REQUEST_SECONDS_MAX")]
    pub request_seconds_max: u64,
    /// Seconds that requests may go on after the service was asked to stop. 0 to 600.
    #[config(default = 20, env = "WIKIWARD_STOP_SECONDS_MAX")]
    pub stop_seconds_max: u64,
}

/// Where the data lies.
#[derive(Debug, Clone, confique::Config, serde::Serialize)]
pub struct Database {
    /// `sqlite:` and a path (below the data folder unless it begins with `/`), or `postgres://USER:PASSWORD@HOST/NAME`.
    #[config(default = "sqlite:wikiward.db", env = "WIKIWARD_DATABASE_URL")]
    pub url: String,
    /// Most connections. 1 to 100.
    #[config(default = 8, env = "WIKIWARD_DATABASE_CONNECTIONS_MAX")]
    pub connections_max: u32,
    /// Seconds to wait for a connection or for another writer. 1 to 60.
    #[config(default = 5, env = "WIKIWARD_DATABASE_WAIT_SECONDS_MAX")]
    pub wait_seconds_max: u64,
}

/// What the service writes about itself.
#[derive(Debug, Clone, confique::Config, serde::Serialize)]
pub struct Log {
    /// `text` for people, `json` for programs.
    #[config(default = "text", env = "WIKIWARD_LOG_FORMAT")]
    pub format: values::LogFormat,
    /// How much: `error`, `warn`, `info`, `debug`, `trace`, or a list such as `info,wikiward_filters=debug`.
    #[config(default = "info", env = "WIKIWARD_LOG")]
    pub level: String,
    /// Where traces go: URL of an OpenTelemetry collector's OTLP endpoint for traces, such as
    /// `http://127.0.0.1:4318/v1/traces`. Empty sends none. Needs a build with the feature `otlp`.
    #[config(default = "", env = "WIKIWARD_OTLP_ENDPOINT")]
    pub otlp_endpoint: String,
}

/// Numbers for monitoring.
#[derive(Debug, Clone, confique::Config, serde::Serialize)]
pub struct Metrics {
    /// Address at which `/metrics` is answered, to who can reach it: keep it inside. Empty answers it nowhere.
    #[config(default = "127.0.0.1:8481", env = "WIKIWARD_METRICS_LISTEN")]
    pub listen: values::OptionalAddress,
}

/// What holds for filters on all wikis, unless the settings of a wiki say otherwise.
#[derive(Debug, Clone, confique::Config, serde::Serialize)]
pub struct Filters {
    /// Settings by the names of the table of settings, as a wiki's own settings have them, such as
    /// `{ conditions_limit = 2000, log_ip = false }`; `{ compat = "abusefilter" }` sets everything as AbuseFilter has it.
    #[config(default = {})]
    pub settings: BTreeMap<String, serde_json::Value>,
    /// Days for which hits are kept; 0 keeps them.
    #[config(default = 0, env = "WIKIWARD_HITS_DAYS")]
    pub hits_days: u32,
    /// Days for which addresses are kept with hits. 0 to 365.
    #[config(default = 90, env = "WIKIWARD_IP_DAYS")]
    pub ip_days: u32,
    /// Days for which values of protected variables are kept with hits. 0 to 365.
    #[config(default = 90, env = "WIKIWARD_PROTECTED_DAYS")]
    pub protected_days: u32,
    /// Days for which matches of filters in the shadow are kept. 0 to 365.
    #[config(default = 30, env = "WIKIWARD_SHADOW_DAYS")]
    pub shadow_days: u32,
    /// Days for which actions are kept for backtests: those that filters hit, and a sample of the rest. 0 to 90; 0 keeps none.
    #[config(default = 14, env = "WIKIWARD_ARCHIVE_DAYS")]
    pub archive_days: u32,
}

/// Who may sign in, and for how long.
#[derive(Debug, Clone, confique::Config, serde::Serialize)]
pub struct People {
    /// Hours without a request after which a session of an account ends. 1 to 720.
    #[config(default = 12, env = "WIKIWARD_SESSION_HOURS_IDLE")]
    pub session_hours_idle: u32,
    /// Hours after which a session of an account ends in any case. 1 to 2160.
    #[config(default = 336, env = "WIKIWARD_SESSION_HOURS_MAX")]
    pub session_hours_max: u32,
    /// Services whose accounts people may sign in with, by OpenID Connect: tables with `issuer`, `client_id`,
    /// `client_secret` (none for a public client) and `creates_accounts` (false if it is not there).
    #[config(default = [])]
    pub oidc: Vec<values::Oidc>,
}

impl Filters {
    /// The settings as a wiki's document has them.
    pub fn document(&self) -> serde_json::Value {
        serde_json::Value::Object(self.settings.clone().into_iter().collect())
    }
}

impl Config {
    /// What holds for hits.
    pub fn hits(&self) -> HitSettings {
        let Filters { hits_days, ip_days, protected_days, shadow_days, archive_days, .. } = self.filters;
        HitSettings { hits_days, ip_days, protected_days, shadow_days, archive_days, ..HitSettings::default() }
            .with(&self.filters.document())
    }

    /// What holds for people.
    pub fn people(&self) -> PeopleSettings {
        let redirect_url = format!("{}/sign-in/oidc", self.server.public_url.trim_end_matches('/'));
        let hour = |hours: u32| i64::from(hours) * 3600;
        PeopleSettings {
            account_life: SessionLife {
                idle_s_max: hour(self.people.session_hours_idle),
                whole_s_max: hour(self.people.session_hours_max),
            },
            wiki_life: SessionLife::WIKI,
            oidc: self.people.oidc.iter().map(|oidc| oidc.settings(&redirect_url)).collect(),
        }
    }

    /// Reads `file`, if one is named, and the environment over it.
    ///
    /// # Errors
    /// [`ConfigError`], naming file, line and key.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut builder = Self::builder();
        if let Some(path) = file {
            builder = builder.preloaded(check::file::<Self>(path)?);
        }
        let config = builder.env().load().map_err(|error| ConfigError::from_environment(&error))?;
        config.check()?;
        Ok(config)
    }

    /// The settings if nothing is said.
    ///
    /// # Errors
    /// Never, unless the environment says something wrong.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::load(None)
    }

    /// An example file: every key with its description and default.
    pub fn example() -> String {
        confique::toml::template::<Self>(confique::toml::FormatOptions::default())
    }

    /// The database, with a relative path below the data folder.
    ///
    /// # Errors
    /// [`ConfigError::Value`] if the URL is of neither kind.
    pub fn database(&self) -> Result<wikiward_store::Database, ConfigError> {
        let url = &self.database.url;
        if let Some(path) = url.strip_prefix("sqlite:")
            && !path.is_empty()
        {
            return Ok(wikiward_store::Database::Sqlite(self.server.data_dir.join(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(wikiward_store::Database::Postgres(url.clone()));
        }
        let wanted = "it must begin with `sqlite:` and name a file, or with `postgres://`";
        Err(ConfigError::Value { key: "database.url".into(), wanted: wanted.into() })
    }

    fn check(&self) -> Result<(), ConfigError> {
        let server = &self.server;
        check::bounds("server.connections_max", server.connections_max, &(1..=1_000_000))?;
        check::bounds("server.threads", server.threads, &(0..=1024))?;
        check::bounds("server.request_seconds_max", server.request_seconds_max, &(1..=600))?;
        check::bounds("server.stop_seconds_max", server.stop_seconds_max, &(0..=600))?;
        check::bounds("database.connections_max", self.database.connections_max, &(1..=100))?;
        check::bounds("database.wait_seconds_max", self.database.wait_seconds_max, &(1..=60))?;
        check::bounds("people.session_hours_idle", self.people.session_hours_idle, &(1..=720))?;
        check::bounds("people.session_hours_max", self.people.session_hours_max, &(1..=2160))?;
        check::bounds("filters.hits_days", self.filters.hits_days, &(0..=36_500))?;
        check::bounds("filters.ip_days", self.filters.ip_days, &(0..=365))?;
        check::bounds("filters.protected_days", self.filters.protected_days, &(0..=365))?;
        check::bounds("filters.shadow_days", self.filters.shadow_days, &(0..=365))?;
        check::bounds("filters.archive_days", self.filters.archive_days, &(0..=90))?;
        if server.listen.is_empty() {
            let wanted = "it must name at least one address".into();
            return Err(ConfigError::Value { key: "server.listen".into(), wanted });
        }
        if server.tls_certificate.is_some() != server.tls_key.is_some() {
            let wanted = "certificate and key belong together: name both or neither".into();
            return Err(ConfigError::Value { key: "server.tls_key".into(), wanted });
        }
        if !server.public_url.starts_with("http://") && !server.public_url.starts_with("https://") {
            let wanted = "it must begin with `https://` or `http://`".into();
            return Err(ConfigError::Value { key: "server.public_url".into(), wanted });
        }
        let endpoint = &self.log.otlp_endpoint;
        let wanted = match endpoint.as_str() {
            "" => None,
            _ if cfg!(not(feature = "otlp")) => {
                Some("this build cannot send traces. Leave it empty, or build with the feature `otlp`")
            }
            url if !url.starts_with("http://") && !url.starts_with("https://") => {
                Some("it must begin with `http://` or `https://`")
            }
            _ => None,
        };
        if let Some(wanted) = wanted {
            return Err(ConfigError::Value { key: "log.otlp_endpoint".into(), wanted: wanted.into() });
        }
        self.database().map(|_| ())
    }
}
