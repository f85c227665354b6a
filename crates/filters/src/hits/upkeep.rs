//! What runs by itself: expiry, moving hits to the part of the index where their viewers look, names that change.
//!
//! Everything is done in bounded portions, a transaction each, so that nobody waits long for the writer.

pub(crate) mod records;

use crate::archive::records as archive_records;
use crate::autopromote::records as autopromote;
use crate::backtest::records as backtest_records;
use crate::candidates;
use crate::domains::attempts::records as attempts;
use crate::hits::ask::Hits;
use crate::hits::beside;
use crate::hits::parallel;
use crate::hits::settings::HitSettings;
use serde_json::json;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wikiward_farm::clock::micros;
use wikiward_farm::{AuditEntry, Principal, Timestamp, WikiId};
use wikiward_store::{StoreError, Tx};

/// Rows changed in one transaction.
pub const PORTION: u32 = 500;

/// One transaction's work; gives the number of rows that it touched.
type Portion<'t> = Pin<Box<dyn Future<Output = Result<u64, StoreError>> + Send + 't>>;

const DAY_MICROS: i64 = 24 * 3_600_000_000;

/// Days for which feedback is kept.
const FEEDBACK_DAYS: i64 = 60;

/// What a sweep removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Addresses.
    pub addresses: u64,
    /// Protected values.
    pub protected: u64,
    /// Hits.
    pub hits: u64,
    /// Dumps.
    pub dumps: u64,
    /// Answers to actions.
    pub evaluations: u64,
    /// Feedback.
    pub feedback: u64,
    /// Counters and states of warnings that were over.
    pub counters: u64,
    /// Hits of filters in the shadow, and matches on trial.
    pub shadow: u64,
    /// Actions kept for backtests.
    pub archive: u64,
    /// Candidates that ended, and the actions that they were tried on.
    pub candidates: u64,
    /// Attempts to link to blocked domains.
    pub attempts: u64,
}

impl Hits {
    /// Removes what has expired at `now`. Meant to run every hour; logs numbers only.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers; what was removed until then stays so.
    pub async fn sweep(&self, settings: &HitSettings, now: Timestamp) -> Result<Swept, StoreError> {
        let before = |days: i64| micros(now) - days * DAY_MICROS;
        let mut swept = Swept::default();
        let ip = before(settings.ip_days.into());
        swept.addresses = self.repeat(|tx| Box::pin(records::forget_addresses(tx, ip))).await?;
        // A hit that is gone is not to be found by its address either.
        let hits_gone = if settings.hits_days > 0 { before(settings.hits_days.into()) } else { i64::MIN };
        self.repeat(|tx| Box::pin(records::forget_address_digests(tx, ip.max(hits_gone)))).await?;
        let protected = before(settings.protected_days.into());
        swept.protected = self.repeat(|tx| Box::pin(records::forget_protected(tx, protected))).await?;
        if settings.hits_days > 0 {
            let oldest = before(settings.hits_days.into());
            let dumps = Arc::new(AtomicU64::new(0));
            let counted = dumps.clone();
            swept.hits = self
                .repeat(move |tx| {
                    let counted = counted.clone();
                    Box::pin(async move {
                        let mut gone = 0;
                        let hits = records::remove_hits(tx, oldest, &mut gone).await;
                        counted.fetch_add(gone, Ordering::Relaxed);
                        hits
                    })
                })
                .await?;
            swept.dumps = dumps.load(Ordering::Relaxed);
        }
        if settings.hits_days > 0 {
            let oldest = before(settings.hits_days.into());
            swept.attempts = self.repeat(move |tx| Box::pin(attempts::expire(tx, oldest, PORTION))).await?;
        }
        swept.evaluations = self.repeat(|tx| Box::pin(records::remove_evaluations(tx, before(1)))).await?;
        swept.feedback = self.repeat(|tx| Box::pin(records::remove_feedback(tx, before(FEEDBACK_DAYS)))).await?;
        swept.counters = self.repeat(|tx| Box::pin(records::remove_counters(tx, micros(now)))).await?;
        // Copies of actions go with their hits at the latest: a hit that a person hid hides them.
        let shadow = before(settings.shadow_days.into()).max(hits_gone);
        swept.shadow = self.repeat(move |tx| Box::pin(beside::SHADOW.expire(tx, shadow, PORTION))).await?;
        let archive = before(settings.archive_days.into()).max(hits_gone);
        swept.archive = self.repeat(|tx| Box::pin(archive_records::remove_gone(tx, PORTION))).await?
            + self.repeat(move |tx| Box::pin(archive_records::expire(tx, archive, PORTION))).await?;
        let day = archive.div_euclid(DAY_MICROS);
        self.repeat(move |tx| Box::pin(archive_records::expire_strata(tx, day, PORTION))).await?;
        self.repeat(move |tx| Box::pin(backtest_records::expire(tx, shadow, PORTION))).await?;
        let unheard = micros(now) - crate::backtest::UNHEARD_MAX;
        self.repeat(move |tx| Box::pin(backtest_records::leave(tx, unheard))).await?;
        swept.candidates = self.repeat(move |tx| Box::pin(candidates::expire(tx, shadow, PORTION))).await?;
        swept.shadow += self.repeat(move |tx| Box::pin(parallel::records::expire(tx, shadow, PORTION))).await?;
        if swept == Swept::default() {
            return Ok(swept);
        }
        tracing::info!(
            addresses = swept.addresses,
            protected = swept.protected,
            hits = swept.hits,
            dumps = swept.dumps,
            evaluations = swept.evaluations,
            feedback = swept.feedback,
            counters = swept.counters,
            shadow = swept.shadow,
            archive = swept.archive,
            candidates = swept.candidates,
            attempts = swept.attempts,
            "what had expired was removed"
        );
        Ok(swept)
    }

    /// Moves hits of filters whose privacy changed, and of revisions that came back, to where their viewers look. To be called
    /// when filters changed; gives the number of hits moved. Until it has run, hits that became visible are not listed yet;
    /// hits that became invisible are gone at once.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn realign(&self, wiki: &WikiId, filter_id: i64) -> Result<u64, StoreError> {
        let wiki = wiki.clone();
        self.repeat(move |tx| {
            let wiki = wiki.clone();
            Box::pin(async move { records::realign(tx, &wiki, filter_id).await })
        })
        .await
    }

    /// Gives a user another name in hits, dumps, hits in the shadow, attempts to link to blocked domains, holds of automatic
    /// promotion and the access log, and takes what it did out of the archive; erasing is renaming to a name that says
    /// nothing. Gives the number of
    /// hits changed.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers; what was renamed until then stays so, and doing it again does the rest.
    pub async fn rename_user(&self, by: &Principal, wiki: &WikiId, from: &str, to: &str) -> Result<u64, StoreError> {
        if from == to {
            return Ok(0);
        }
        let names = Arc::new((wiki.clone(), from.to_owned(), to.to_owned()));
        let changed = names.clone();
        let hits = self
            .repeat(move |tx| {
                let names = changed.clone();
                Box::pin(async move { records::rename(tx, &names.0, &names.1, &names.2).await })
            })
            .await?;
        let archived = names.clone();
        self.repeat(move |tx| {
            let names = archived.clone();
            Box::pin(async move { archive_records::forget(tx, &names.0, &names.1, PORTION).await })
        })
        .await?;
        let tried = names.clone();
        self.repeat(move |tx| {
            let names = tried.clone();
            Box::pin(async move { beside::CANDIDATES.rename(tx, &names.0, &names.1, &names.2, PORTION).await })
        })
        .await?;
        let shadow = names.clone();
        self.repeat(move |tx| {
            let names = shadow.clone();
            Box::pin(async move { beside::SHADOW.rename(tx, &names.0, &names.1, &names.2, PORTION).await })
        })
        .await?;
        let attempts = names.clone();
        self.repeat(move |tx| {
            let names = attempts.clone();
            Box::pin(async move { attempts::rename(tx, &names.0, &names.1, &names.2, PORTION).await })
        })
        .await?;
        let holds = names.clone();
        self.repeat(move |tx| {
            let names = holds.clone();
            Box::pin(async move { autopromote::rename(tx, &names.0, &names.1, &names.2).await })
        })
        .await?;
        let on_trial = names.clone();
        self.repeat(move |tx| {
            let names = on_trial.clone();
            Box::pin(async move { parallel::records::rename(tx, &names.0, &names.1, &names.2, PORTION).await })
        })
        .await?;
        self.repeat(move |tx| {
            let names = names.clone();
            Box::pin(async move { records::rename_subjects(tx, &names.0, &names.1, &names.2).await })
        })
        .await?;
        let mut tx = self.store.begin().await?;
        tx.audit(&AuditEntry {
            at: self.clock.now(),
            by: by.clone(),
            wiki: wiki.clone(),
            action: "user.rename",
            // No names: who is erased is not to be found here.
            subject: "hits".into(),
            reason: String::new(),
            details: json!({"hits": hits}),
        })
        .await?;
        tx.commit().await?;
        tracing::info!(wiki = %wiki, hits, "a user was renamed in the hits");
        Ok(hits)
    }

    /// Repeats `portion` in transactions of its own until it touches nothing more.
    async fn repeat(&self, portion: impl for<'t> Fn(&'t mut Tx) -> Portion<'t>) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let mut tx = self.store.begin().await?;
            let touched = portion(&mut tx).await?;
            tx.commit().await?;
            all += touched;
            if touched == 0 {
                return Ok(all);
            }
            // Others write in between.
            tokio::task::yield_now().await;
        }
    }
}
