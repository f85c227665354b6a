//! The service of people: one value that the rest of the program holds.

use crate::hasher::Hasher;
use crate::limit::SignInLimits;
use crate::oidc::Providers;
use crate::session::{self, SessionLife};
use crate::settings::PeopleSettings;
use crate::snapshot::Snapshot;
use crate::statement::{self, ActorError, Audience};
use crate::touches::{Touches, WRITE_EVERY};
use crate::wiki::Wiki;
use crate::{ServiceCaller, ticket, token};
use arc_swap::ArcSwap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use wikiward_farm::{AuditEntry, Entropy, Principal, Timestamp, Viewer, WikiId, WikiSetId};
use wikiward_store::{Keyring, Sealer, Store, StoreError, Tx};

/// Topic of changes that this crate follows.
pub const TOPIC: &str = "people";

/// How long ended sessions and used tickets are kept.
const KEPT_AFTER: Duration = Duration::from_hours(7 * 24);

/// Wikis, tokens, accounts and sessions.
#[derive(Debug)]
pub struct People {
    pub(crate) store: Store,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) settings: PeopleSettings,
    pub(crate) hasher: Hasher,
    pub(crate) limits: SignInLimits,
    pub(crate) providers: Providers,
    pub(crate) flows: Sealer,
    snapshot: ArcSwap<Snapshot>,
    /// One at a time loads, so that an older state never replaces a newer one.
    loading: Mutex<()>,
    touches: Touches,
}

impl People {
    /// Loads what requests ask for.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn open(
        store: Store,
        keyring: &Keyring,
        entropy: Arc<dyn Entropy>,
        settings: PeopleSettings,
    ) -> Result<Self, StoreError> {
        let snapshot = Snapshot::load(&store).await?;
        Ok(Self {
            hasher: Hasher::new(entropy.clone()),
            limits: SignInLimits::default(),
            providers: Providers::new(&settings),
            flows: keyring.sealer("oidc flow"),
            snapshot: ArcSwap::from_pointee(snapshot),
            loading: Mutex::new(()),
            touches: Touches::default(),
            store,
            entropy,
            settings,
        })
    }

    /// The program whose service token this is. Memory only.
    pub fn service(&self, bearer: &str) -> Option<ServiceCaller> {
        let now = self.now();
        let snapshot = self.snapshot.load();
        let caller = snapshot.service(bearer, now)?;
        self.touches.tokens.note(&caller.token_id, now);
        Some(caller.clone())
    }

    /// The person for whom a wiki speaks in `statement` (the header `Wikiward-Actor`), brought by `service`.
    ///
    /// # Errors
    /// [`ActorError`]: why the statement does not count.
    pub fn vouched(&self, service: &ServiceCaller, statement: &str, now: Timestamp) -> Result<Viewer, ActorError> {
        let snapshot = self.snapshot.load();
        let read = statement::read(&snapshot, statement, Audience::Actor, now, |wiki| service.serves(wiki))?;
        snapshot.person(&read.person).ok_or(ActorError::Wiki)
    }

    /// The person whose session's secret this is; none if it is not known or has ended. Costs a read or two of the
    /// database.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn session(&self, bearer: &str, now: Timestamp) -> Result<Option<Viewer>, StoreError> {
        Ok(self.open_session(bearer, now).await?.map(|(_, viewer)| viewer))
    }

    /// Who shows nothing: everybody's rights.
    pub fn anonymous(&self) -> Viewer {
        self.program("", "anonymous")
    }

    /// A program that speaks for nobody: everybody's rights.
    pub fn program(&self, token: &str, label: &str) -> Viewer {
        let principal = Principal::Service { token: token.to_owned(), label: label.to_owned() };
        Viewer::new(principal, self.snapshot.load().everybody().clone(), false)
    }

    /// The sets that `wiki` is in.
    pub fn sets_of(&self, wiki: &WikiId) -> Vec<WikiSetId> {
        self.snapshot.load().sets_of(wiki).to_vec()
    }

    /// The wiki `id`, closed or not. For the service itself: nobody's rights are asked.
    pub fn wiki(&self, id: &WikiId) -> Option<Arc<Wiki>> {
        self.snapshot.load().wiki(id)
    }

    /// Follows what other nodes change and writes what was gathered, for as long as the process lives.
    pub async fn run(&self) {
        let mut newest = self.store.feed().watch();
        let mut seen = *newest.borrow_and_update();
        let mut write_at = tokio::time::interval(WRITE_EVERY);
        write_at.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        write_at.reset();
        // What was changed between opening and now.
        self.load_or_log().await;
        loop {
            tokio::select! {
                changed = newest.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let until = *newest.borrow_and_update();
                    if self.follow(seen, until).await {
                        seen = until;
                    } else {
                        // Tried again soon, though nothing new may come.
                        tokio::time::sleep(wikiward_store::feed::POLL_EVERY).await;
                        newest.mark_changed();
                    }
                }
                _ = write_at.tick() => self.housekeep().await,
            }
        }
    }

    /// Loads again if something of ours changed after `seen`; whether that is known.
    async fn follow(&self, seen: i64, until: i64) -> bool {
        /// More changes at once are not worth looking at one by one.
        const LOOKED_AT_MAX: u32 = 500;
        match self.store.changes_since(seen, LOOKED_AT_MAX).await {
            Ok(changes) => {
                // Changes are numbered without gaps: fewer than that were swept, or there are too many to look at.
                let is_whole = i64::try_from(changes.len()).is_ok_and(|count| count >= until.saturating_sub(seen));
                let is_ours = changes.iter().any(|change| change.topic == TOPIC);
                (is_whole && !is_ours) || self.load_or_log().await
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "changes of people cannot be read now");
                false
            }
        }
    }

    async fn load_or_log(&self) -> bool {
        let loaded = self.refresh().await;
        if let Err(error) = &loaded {
            tracing::warn!(error = error as &dyn std::error::Error, "wikis and tokens cannot be loaded now");
        }
        loaded.is_ok()
    }

    /// Writes what was gathered and removes what is too old.
    async fn housekeep(&self) {
        let done = async {
            self.write_touches().await?;
            self.sweep(self.now()).await
        };
        if let Err(error) = done.await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "uses of tokens and sessions cannot be written now"
            );
        }
    }

    /// Writes when tokens and sessions were used last. Called at the end, and by [`People::run`].
    ///
    /// # Errors
    /// [`StoreError`] as the database answers; nothing is forgotten then.
    pub async fn write_touches(&self) -> Result<(), StoreError> {
        let (tokens, sessions) = (self.touches.tokens.all(), self.touches.sessions.all());
        if tokens.is_empty() && sessions.is_empty() {
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        for (id, at) in &tokens {
            token::records::used(&mut tx, id, *at).await?;
        }
        for (id, at) in &sessions {
            session::records::seen(&mut tx, id, *at).await?;
        }
        tx.commit().await?;
        self.touches.tokens.written(&tokens);
        self.touches.sessions.written(&sessions);
        Ok(())
    }

    /// Removes sessions that ended and tickets that expired more than a week before `now`, a bounded number at a time.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        let oldest = now.checked_sub(KEPT_AFTER).unwrap_or(Timestamp::MIN);
        let mut tx = self.store.begin().await?;
        let sessions = session::records::sweep(&mut tx, oldest).await?;
        let tickets = ticket::records::sweep(&mut tx, oldest).await?;
        tx.commit().await?;
        if sessions + tickets > 0 {
            tracing::debug!(sessions, tickets, "old sessions and tickets removed");
        }
        Ok(())
    }

    /// Loads wikis, sets, tokens and rights of groups again.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers; the old ones stay in place then.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let _turn = self.loading.lock().await;
        let snapshot = Snapshot::load(&self.store).await?;
        self.snapshot.store(Arc::new(snapshot));
        Ok(())
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.store.clock().now()
    }

    pub(crate) fn seen(&self) -> &crate::touches::Gathered {
        &self.touches.sessions
    }

    pub(crate) fn life_for(&self, owner: &session::Owner) -> SessionLife {
        match owner {
            session::Owner::Account(_) => self.settings.account_life,
            session::Owner::Person(_) => self.settings.wiki_life,
        }
    }

    /// Ends a change: tells the other nodes, commits, and puts it in force here.
    pub(crate) async fn finish(&self, mut tx: Tx, subject: &str) -> Result<(), StoreError> {
        tx.announce(TOPIC, subject).await?;
        tx.commit().await?;
        // It is stored: that it is not in force here yet is no failure of the change, and `run` tries again.
        self.load_or_log().await;
        Ok(())
    }
}

/// An audit entry without a reason.
pub(crate) fn entry(
    viewer: &Viewer,
    at: Timestamp,
    wiki: &WikiId,
    action: &'static str,
    subject: String,
    details: serde_json::Value,
) -> AuditEntry {
    AuditEntry { at, by: viewer.principal.clone(), wiki: wiki.clone(), action, subject, reason: String::new(), details }
}
