//! A job at work, on a thread of its own at a lower priority.

use super::ahead::{Ahead, Batch, elapsed};
use super::forecast::{Cast, Film};
use super::job::{JobState, Progress};
use super::pace;
use super::records;
use super::report::{CutWhy, Examples, Report, Tally};
use super::service::Backtests;
use super::source::{Source, Sourced};
use crate::archive::body::Unpacker;
use crate::archive::{StoredAction, Unopened};
use crate::judge::trial::{Trial, Tried, Verdict};
use jiff::SignedDuration;
use std::io;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use wikiward_farm::{Id, Timestamp};
use wikiward_store::{Sealer, StoreError, quiet};

/// How long a backtest may take, in minutes.
const MINUTES_MAX: u64 = 10;

/// The same.
const TIME_MAX: Duration = Duration::from_mins(MINUTES_MAX);

/// How often is written how far it is.
const BEAT_EVERY: Duration = Duration::from_secs(2);

/// How often others see what it found so far.
const SHOW_EVERY: Duration = Duration::from_millis(200);

/// Actions after which others get their turn.
const YIELD_EVERY: usize = 16;

/// How often is tried to write what it found.
const TRIES: u32 = 5;

/// What a job is made of.
pub(super) struct Work {
    pub(super) id: Id,
    pub(super) unpacker: Unpacker,
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

    fn show(&self, report: Report, examples: &Examples, share: f64) {
        let mut seen = self.lock();
        let kept = |examples: &Examples| examples.values().map(Vec::len).sum::<usize>();
        // They are only ever added to.
        if kept(&seen.examples) != kept(examples) {
            seen.examples.clone_from(examples);
        }
        (seen.report, seen.share) = (report, share);
    }
}

/// A job that is under way; whoever waits for its end is told when this is dropped, also if its thread dies.
struct UntilOver<'b> {
    backtests: &'b Backtests,
    id: Id,
    running: Arc<Running>,
}

impl Drop for UntilOver<'_> {
    fn drop(&mut self) {
        self.backtests.running().remove(&self.id);
        self.running.is_over.send_replace(true);
    }
}

/// Counted among the jobs that share their part of a processor.
struct AtWork<'b>(&'b AtomicUsize);

impl<'b> AtWork<'b> {
    fn begin(jobs: &'b AtomicUsize) -> Self {
        jobs.fetch_add(1, Ordering::Relaxed);
        Self(jobs)
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Backtests {
    /// Begins to work on what `source` gives.
    ///
    /// # Errors
    /// As the system answers when it starts no more threads; nothing goes on then.
    pub(super) fn spawn(&self, work: Work, source: Source) -> io::Result<()> {
        let (here, runtime) = (self.clone(), Handle::current());
        let ahead = Ahead::start(source, self.store.clock().clone())?;
        quiet::spawn("backtest", move || runtime.block_on(here.run(work, ahead))).map(drop)
    }

    async fn run(self, mut work: Work, mut ahead: Ahead) {
        let id = work.id;
        let _until_over = UntilOver { backtests: &self, id, running: work.running.clone() };
        let at_work = AtWork::begin(&self.at_work);
        let mut tally = Tally::new(work.old.is_some());
        let mut film = Film::default();
        let ended = self.go(&mut work, &mut ahead, &mut tally, &mut film).await;
        drop((ahead, at_work));
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
    }

    async fn go(
        &self,
        work: &mut Work,
        ahead: &mut Ahead,
        tally: &mut Tally,
        film: &mut Film,
    ) -> Result<JobState, StoreError> {
        let clock = self.store.clock().clone();
        let began = clock.now();
        let (mut shown_at, mut beat_at) = (None, None);
        let mut judged = self.judge.judged();
        loop {
            match work.running.wish.load(Ordering::Relaxed) {
                CANCELLED => return Ok(JobState::Cancelled),
                INTERRUPTED => return Ok(JobState::Interrupted),
                _ => {}
            }
            let Some(Batch { actions, took }) = ahead.next().await? else { return Ok(JobState::Done) };
            let batch_began = clock.now();
            for (place, sourced) in actions.into_iter().enumerate() {
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
            if is_due(shown_at, SHOW_EVERY, now) {
                shown_at = Some(now);
                let report = tally.report(work.covered_from(), work.to);
                let goes_on = if is_due(beat_at, BEAT_EVERY, now) {
                    beat_at = Some(now);
                    records::beat(&self.store, work.id, now, &report).await
                } else {
                    Ok(true)
                };
                work.running.show(report, &tally.examples, share(tally, work, began));
                match goes_on {
                    Ok(true) => {}
                    Ok(false) => return Ok(JobState::Cancelled),
                    Err(error) if error.is_passing() => {}
                    Err(error) => return Err(error),
                }
            }
            let judged_now = self.judge.judged();
            let jobs = self.at_work.load(Ordering::Relaxed);
            // What was read ahead was work, too.
            let rest = pace::rest(took + elapsed(batch_began, clock.now()), jobs, judged_now != judged);
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

fn is_due(last: Option<Timestamp>, every: Duration, now: Timestamp) -> bool {
    last.is_none_or(|last| elapsed(last, now) >= every)
}

fn try_one(
    work: &mut Work,
    Sourced { mut action, hit }: Sourced,
    tally: &mut Tally,
    film: &mut Film,
    clock: &dyn wikiward_farm::Clock,
) {
    let mut nanos = 0;
    let mine = tried(&mut work.mine, &mut action, &mut work.unpacker, |trial, action, apart| {
        let before = clock.now();
        let tried = trial.on_archived(action, apart);
        nanos = u64::try_from(clock.now().duration_since(before).as_nanos()).unwrap_or(0);
        tried
    });
    let unpacker = &mut work.unpacker;
    let old = work.old.as_mut().map(|old| tried(old, &mut action, unpacker, Trial::on_archived));
    film.add(&action.action, matches!(mine.verdict, Verdict::Match));
    tally.add(&action.action, hit, &mine, old.as_ref(), nanos);
}

/// What a rule says. Long values are unpacked when it reads one: most actions are decided by the others.
fn tried(
    trial: &mut Trial,
    unopened: &mut Unopened,
    unpacker: &mut Unpacker,
    mut on: impl FnMut(&mut Trial, &StoredAction, &[String]) -> Tried,
) -> Tried {
    if let Some(apart) = &unopened.apart {
        let tried = on(trial, &unopened.action, &apart.names);
        match &tried.verdict {
            Verdict::Undecided(name) if apart.names.contains(name) => unopened.open(unpacker),
            _ => return tried,
        }
    }
    on(trial, &unopened.action, &[])
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
