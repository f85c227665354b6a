//! Putting the parts together.

use crate::checkup::Running;
use crate::config::{Config, ConfigError};
use crate::metrics::{Metrics, counts, standing};
use crate::secret::{self, SecretError, records};
use crate::wikis::Wikis;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use wikiward_api::{Api, Cursors, Services};
use wikiward_console::Console;
use wikiward_farm::{Clock, Coded, Entropy, SystemClock, SystemEntropy};
use wikiward_filters::archive::Archiver;
use wikiward_filters::autopromote::AutopromoteHolds;
use wikiward_filters::backtest::Backtests;
use wikiward_filters::brake::LiveBrake;
use wikiward_filters::hits::{HitWriter, Hits, WriterSettings};
use wikiward_filters::judge::{Counters, IN_FLIGHT_MAX, Judge, Parts};
use wikiward_filters::life::Filters;
use wikiward_filters::reverts::Reverts;
use wikiward_filters::save::FilterSettings;
use wikiward_filters::snapshot::{SetsOf, Snapshots, WikiSettings};
use wikiward_people::People;
use wikiward_store::{Keyring, OpenOptions, Store, StoreError};

/// Why the server could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The configuration does not hold.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There are no keys.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for OpenError {
    fn code(&self) -> &'static str {
        match self {
            Self::Config(error) => error.code(),
            Self::Secret(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

async fn open_store(config: &Config, clock: Arc<dyn Clock>) -> Result<Store, OpenError> {
    let options = OpenOptions {
        connections_max: config.database.connections_max,
        wait_max: Duration::from_secs(config.database.wait_seconds_max),
    };
    Ok(Store::open(&config.database()?, &options, clock).await?)
}

/// The keys in the data folder, if they are those of the database. A new database takes what is there, or new ones.
async fn own_keyring(config: &Config, store: &Store, entropy: &dyn Entropy) -> Result<Keyring, OpenError> {
    let known = records::known(store).await?;
    let keyring = secret::keyring(&config.server.data_dir, entropy, known.is_none())?;
    let own = records::fingerprint(&keyring);
    let known = match known {
        Some(known) => known,
        None => records::note(store, own.clone()).await?,
    };
    if known == own {
        return Ok(keyring);
    }
    Err(SecretError::Another(config.server.data_dir.join(secret::KEY_FILE)).into())
}

/// The whole service, ready to listen.
#[derive(Debug)]
pub struct Server {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) snapshots: Arc<Snapshots>,
    pub(crate) writer: HitWriter,
    pub(crate) brake: Arc<LiveBrake>,
    pub(crate) api: Api,
    pub(crate) console: Console,
    pub(crate) metrics: Metrics,
}

impl Server {
    /// Opens the store, loads what verdicts need, and puts the parts together.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(config: Config) -> Result<Self, OpenError> {
        Self::open_with(config, Arc::new(SystemClock), Arc::new(SystemEntropy)).await
    }

    /// Like [`Server::open`], for calls in this process beside a service that may be running: leaves the file of hits that
    /// wait for the database alone, which is that service's.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open_beside(config: Config) -> Result<Self, OpenError> {
        Self::put_together(config, Arc::new(SystemClock), Arc::new(SystemEntropy), None).await
    }

    /// Takes the key file that is there, or a new one, for that of the database from now on. What was sealed with another one
    /// stays closed.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn adopt_key(config: &Config) -> Result<(), OpenError> {
        secret::data_dir(&config.server.data_dir)?;
        let keyring = secret::keyring(&config.server.data_dir, &SystemEntropy, true)?;
        let store = open_store(config, Arc::new(SystemClock)).await?;
        records::adopt(&store, records::fingerprint(&keyring)).await?;
        store.close().await;
        Ok(())
    }

    /// Like [`Server::open`], with another clock and other randomness.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open_with(
        config: Config,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        let spool = Some(config.server.data_dir.clone());
        Self::put_together(config, clock, entropy, spool).await
    }

    async fn put_together(
        config: Config,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        spool: Option<PathBuf>,
    ) -> Result<Self, OpenError> {
        secret::data_dir(&config.server.data_dir)?;
        let store = open_store(&config, clock.clone()).await?;
        let keyring = own_keyring(&config, &store, &*entropy).await?;
        let people = People::open(store.clone(), &keyring, entropy.clone(), config.people()).await?;
        let people = Arc::new(people);
        let wikis: Arc<dyn SetsOf> = Arc::new(Wikis(people.clone()));
        let settings = config.filters.document();
        let in_force = Snapshots::load(store.clone(), wikis.clone(), WikiSettings::default().with(&settings)).await?;
        let snapshots = Arc::new(in_force);
        let writer = WriterSettings::default();
        let writer = HitWriter::start(store.clone(), &keyring, entropy.clone(), clock.clone(), spool, writer);
        let brake = LiveBrake::load(store.clone(), snapshots.clone(), &keyring, entropy.clone()).await?;
        let brake = Arc::new(brake);
        let judge = Judge::new(Parts {
            snapshots: snapshots.clone(),
            journal: Arc::new(writer.clone()),
            brake: brake.clone(),
            counters: Counters::load(&store, clock.now()).await?,
            clock: clock.clone(),
            entropy: entropy.clone(),
            keyring: keyring.clone(),
            store: store.clone(),
            node: node(&*entropy),
            in_flight_max: IN_FLIGHT_MAX,
        });
        let archiver = (config.filters.archive_days > 0).then(|| Archiver::start(store.clone(), entropy.clone()));
        let judge = match &archiver {
            Some(archiver) => judge.archived_by(archiver.clone()),
            None => judge,
        };
        let judge = Arc::new(judge);
        let (filter_settings, bad) = FilterSettings::default().overridden(&settings);
        if let Some(name) = bad.first() {
            let key = format!("filters.settings.{name}");
            return Err(ConfigError::Value {
                key,
                wanted: "it is of another kind than the table of settings says".into(),
            }
            .into());
        }
        let filters = Filters::new(store.clone(), snapshots.clone(), wikis, entropy.clone(), filter_settings);
        let hits = Hits::new(store.clone(), &keyring, entropy.clone(), clock.clone());
        let hits = hits.beside(writer.clone()).archived_by(archiver);
        let filters = filters.braked_by(brake.clone()).tested_on(hits.clone());
        let mut metrics = Metrics::default();
        counts::register(&metrics, judge.clone(), writer.clone(), brake.clone(), store.clone());
        let api = Services {
            backtests: Backtests::new(filters.clone(), hits.clone(), judge.clone(), &keyring),
            store: store.clone(),
            people,
            filters,
            judge,
            hits,
            cursors: Cursors::new(&keyring, entropy.clone()),
            clock,
            entropy,
        };
        let api = Api::from(api);
        let reverts = Reverts::new(store.clone(), snapshots.clone(), api.filters.clone(), api.entropy.clone());
        let holds = AutopromoteHolds::new(store.clone(), snapshots.clone(), api.entropy.clone());
        standing::register(&mut metrics, reverts, holds, api.clock.clone());
        let checkup = Running { config: config.clone(), store: store.clone(), clock: api.clock.clone() };
        let console = console(&api, &writer, &keyring, checkup);
        Ok(Self { config, store, snapshots, writer, brake, api, console, metrics })
    }

    /// The interface, for calls made in this process.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Path of the one-time link for the first account, while there is none.
    pub(crate) async fn first_link(&self) -> Option<String> {
        match self.api.people.first_link(self.api.clock.now()).await {
            Ok(secret) => secret.map(|secret| wikiward_console::paths::welcome(&secret)),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "no link for the first account was made");
                None
            }
        }
    }

    /// Writes what waits to be written and closes the database.
    pub async fn close(&self) {
        self.api.backtests.close().await;
        self.writer.close().await;
        let judge = &self.api.judge;
        if let Some(archiver) = judge.archiver() {
            archiver.close().await;
        }
        if let Err(error) = judge.shadow_log().flush().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "hits of filters in the shadow are lost");
        }
        if let Err(error) = judge.candidate_log().flush().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "what candidates said last is lost");
        }
        if let Err(error) = judge.profile().flush(self.api.clock.now()).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the last minute of statistics is lost");
        }
        if let Err(error) = self.brake.flush(self.api.clock.now(), true).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "what the brake counted last is lost");
        }
        if let Err(error) = self.api.people.write_touches().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "when tokens were used last was not written");
        }
        self.store.close().await;
    }
}

/// The console over the same services.
fn console(api: &Api, writer: &HitWriter, keyring: &Keyring, checkup: Running) -> Console {
    let public_url = checkup.config.server.public_url.trim_end_matches('/').to_owned();
    Console {
        store: api.store.clone(),
        people: api.people.clone(),
        filters: api.filters.clone(),
        hits: api.hits.clone(),
        backtests: api.backtests.clone(),
        writer: writer.clone(),
        judge: api.judge.clone(),
        checkup: Arc::new(checkup),
        sealer: keyring.sealer("console"),
        is_secure: public_url.starts_with("https://"),
        public_url,
        clock: api.clock.clone(),
        entropy: api.entropy.clone(),
    }
}

/// A name for this process among the nodes, for tokens that only it understands.
fn node(entropy: &dyn Entropy) -> String {
    entropy.bytes::<6>().iter().fold(String::new(), |name, byte| format!("{name}{byte:02x}"))
}
