//! A job at work, on a thread of its own at a lower priority.

use super::forecast::{Cast, Film};
use super::pace;
use super::records;
use super::report::{CutWhy, Examples, Report, Tally};
use super::service::{Backtests, JobState, Progress};
use super::source::{Source, Sourced};
use crate::judge::trial::{Trial, Verdict};
use jiff::SignedDuration;
use std::io;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use wikiward_farm::{Id, Timestamp};
use wikiward_store::{Sealer, StoreError, quiet};

/// How long a backtest may take.
const TIME_MAX: Duration = Duration::from_mins(10);

/// How often is written how far it is.
const BEAT_EVERY: Duration = Duration::from_secs(2);

/// Actions after which others get their turn.
const YIELD_EVERY: usize = 16;

/// How often a batch is asked for again when the database does not answer.
const TRIES: u32 = 5;

/// What a job is made of.
pub(super) struct Work {
    pub(super) id: Id,
    pub(super) source: Source,
    pub(super) mine: Trial,
    pub(super) old: Option<Trial>,
    pub(super) cast: Cast,
    pub(super) sealer: Sealer,
    pub(super) from: Option<Timestamp>,
    /// When the first day began of which actions are kept.
    pub(super) begins: Option<Timestamp>,
    pub(super) to: Timestamp,
    pub(super) max: u64,
    pub(super) running: Arc<Running>,
}

const GOES_ON: u8 = 0;
const CANCELLED: u8 = 1;
const INTERRUPTED: u8 = 2;

/// A job, as others see it while it is at work.
#[derive(Debug)]
pub(super) struct Running {
    began: Timestamp,
    wish: AtomicU8,
    seen: Mutex<Seen>,
    is_over: tokio::sync::watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Seen {
    report: Report,
    examples: Examples,
    share: f64,
}

impl Running {
    pub(super) fn new(began: Timestamp) -> Self {
        Self {
            began,
            wish: AtomicU8::new(GOES_ON),
            seen: Mutex::default(),
            is_over: tokio::sync::watch::Sender::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn cancel(&self) {
        self.wish.store(CANCELLED, Ordering::Relaxed);
    }

    pub(super) fn interrupt(&self) {
        self.wish.store(INTERRUPTED, Ordering::Relaxed);
    }

    /// Waits until it is over.
    pub(super) async fn over(&self) {
        let mut is_over = self.is_over.subscribe();
        // It cannot go away without being over: who asks holds it.
        let _ = is_over.wait_for(|is_over| *is_over).await;
    }

    /// What it found so far, and how far it is.
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 53 bits")]
    pub(super) fn seen(&self, now: Timestamp) -> (Report, Progress) {
        let seen = self.lock();
        let took = now.duration_since(self.began).as_secs_f64().max(0.001);
        let left = (seen.share > 0.01).then(|| took * (1.0 - seen.share) / seen.share);
        let progress = Progress {
            share: seen.share,
            per_second: seen.report.actions as f64 / took,
            left_s: left.and_then(|left| Some(Duration::try_from_secs_f64(left).ok()?.as_secs())),
        };
        (seen.report.clone(), progress)
    }

    pub(super) fn examples(&self) -> Examples {
        self.lock().examples.clone()
    }
}

impl Backtests {
    pub(super) fn spawn(&self, work: Work) -> io::Result<()> {
        let (here, runtime) = (self.clone(), Handle::current());
        quiet::spawn("backtest", move || runtime.block_on(here.run(work))).map(drop)
    }

    async fn run(self, mut work: Work) {
        let (id, running) = (work.id, work.running.clone());
        self.at_work.fetch_add(1, Ordering::Relaxed);
        let mut tally = Tally::new(work.old.is_some());
        let mut film = Film::default();
        let ended = self.go(&mut work, &mut tally, &mut film).await;
        self.at_work.fetch_sub(1, Ordering::Relaxed);
        let mut report = tally.report(work.covered_from(), work.to);
        let state = match ended {
            Ok(state) => state,
            Err(error) => {
                tracing::warn!(job = %id, error = &error as &dyn std::error::Error, "a backtest cannot go on");
                JobState::Failed
            }
        };
        if state == JobState::Done {
            report.cut = work.cut(&tally, &self);
            let snapshot = self.judge.snapshots().current();
            report.forecast = Some(film.replay(&snapshot, work.mine.rule(), &work.cast, &work.sealer));
        }
        let now = self.store.clock().now();
        let mut tries = 0;
        while let Err(error) = records::end(&self.store, id, state, now, &report, &tally.examples).await {
            tries += 1;
            if tries >= TRIES {
                tracing::warn!(job = %id, error = &error as &dyn std::error::Error, "what a backtest found is lost");
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        self.running().remove(&id);
        running.is_over.send_replace(true);
    }

    async fn go(&self, work: &mut Work, tally: &mut Tally, film: &mut Film) -> Result<JobState, StoreError> {
        let clock = self.store.clock().clone();
        let began = clock.now();
        let mut beat_at = began;
        let mut judged = self.judge.judged();
        loop {
            match work.running.wish.load(Ordering::Relaxed) {
                CANCELLED => return Ok(JobState::Cancelled),
                INTERRUPTED => return Ok(JobState::Interrupted),
                _ => {}
            }
            let batch_began = clock.now();
            let Some(batch) = next(&mut work.source).await? else { return Ok(JobState::Done) };
            for (place, sourced) in batch.into_iter().enumerate() {
                if tally.actions() >= work.max {
                    return Ok(JobState::Done);
                }
                try_one(work, sourced, tally, film, &*clock);
                if place % YIELD_EVERY == 0 {
                    std::thread::yield_now();
                }
            }
            let now = clock.now();
            if elapsed(began, now) >= TIME_MAX {
                return Ok(JobState::Done);
            }
            if elapsed(beat_at, now) >= BEAT_EVERY || beat_at == began {
                beat_at = now;
                let report = tally.report(work.covered_from(), work.to);
                let goes_on = records::beat(&self.store, work.id, now, &report).await;
                let mut seen = work.running.lock();
                seen.share = share(tally, work, began);
                seen.report = report;
                seen.examples.clone_from(&tally.examples);
                drop(seen);
                match goes_on {
                    Ok(true) => {}
                    Ok(false) => return Ok(JobState::Cancelled),
                    Err(error) if error.is_passing() => {}
                    Err(error) => return Err(error),
                }
            }
            let judged_now = self.judge.judged();
            let jobs = self.at_work.load(Ordering::Relaxed);
            let rest = pace::rest(elapsed(batch_began, clock.now()), jobs, judged_now != judged);
            judged = judged_now;
            if rest > Duration::ZERO {
                tokio::time::sleep(rest).await;
            }
        }
    }
}

impl Work {
    /// Where the time begins that was asked for, if all of its actions could be in the archive.
    fn covered_from(&self) -> Option<Timestamp> {
        let whole = self.begins?.checked_add(SignedDuration::from_hours(24)).ok()?;
        self.from.filter(|from| *from >= whole)
    }

    fn cut(&self, tally: &Tally, here: &Backtests) -> Option<CutWhy> {
        let took = elapsed(self.running.began, here.store.clock().now());
        if tally.actions() >= self.max {
            Some(CutWhy::Max)
        } else if took >= TIME_MAX {
            Some(CutWhy::Time)
        } else {
            None
        }
    }
}

/// The next batch; asked for again when the database does not answer.
async fn next(source: &mut Source) -> Result<Option<Vec<Sourced>>, StoreError> {
    let mut tries = 0;
    loop {
        match source.next().await {
            Err(error) if error.is_passing() && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            answer => return answer,
        }
    }
}

fn try_one(
    work: &mut Work,
    (action, hit): Sourced,
    tally: &mut Tally,
    film: &mut Film,
    clock: &dyn wikiward_farm::Clock,
) {
    let before = clock.now();
    let mine = work.mine.on_archived(&action);
    let nanos = u64::try_from(clock.now().duration_since(before).as_nanos()).unwrap_or(0);
    let old = work.old.as_mut().map(|old| old.on_archived(&action));
    film.add(&action, matches!(mine.verdict, Verdict::Match));
    tally.add(&action, hit, &mine, old.as_ref(), nanos);
}

/// How much of the work is done: of the actions that it may look at, or of the time that it goes back. What the person may not
/// know of has no part in it.
#[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
fn share(tally: &Tally, work: &Work, now: Timestamp) -> f64 {
    let by_number = tally.actions() as f64 / work.max.max(1) as f64;
    let by_time = match (tally.oldest(), work.from.max(work.begins)) {
        (Some(oldest), Some(from)) => {
            let whole = work.to.min(now).duration_since(from).as_secs_f64().max(1.0);
            work.to.duration_since(oldest).as_secs_f64() / whole
        }
        _ => 0.0,
    };
    // The last bit is for what only hits tell of, and for the forecast.
    by_number.max(by_time).clamp(0.0, 0.99)
}

fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}
