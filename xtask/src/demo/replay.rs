//! Sending edits to the service over several connections.

use super::edits::{Edit, Source};
use anyhow::{Error, Result, anyhow};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};
use wikiward_testkit::histogram::Histogram;
use wikiward_testkit::service::{Address, Client};

/// Connections.
const CONNECTIONS: usize = 4;

/// Edits that are ready to be sent, at most.
const WAITING_MAX: usize = 256;

/// Matches that are shown.
const LAST_MAX: usize = 8;

/// What has come of the edits so far.
#[derive(Default)]
pub(super) struct Figures(Mutex<Counts>);

/// Counts, and the last matches.
#[derive(Default, Clone)]
pub(super) struct Counts {
    pub(super) verdicts: u64,
    pub(super) refused: u64,
    pub(super) warned: u64,
    pub(super) hits: u64,
    pub(super) latency: Histogram,
    /// Newest last.
    pub(super) last: VecDeque<String>,
}

impl Figures {
    pub(super) fn read(&self) -> Counts {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, edit: &Edit, answer: &Value, took: Duration) {
        let matched: Vec<&str> =
            answer["matched"].as_array().into_iter().flatten().filter_map(|one| one["gid"].as_str()).collect();
        let decision = answer["decision"].as_str().unwrap_or("-");
        let mut counts = self.lock();
        counts.verdicts += 1;
        counts.hits += matched.len() as u64;
        counts.refused += u64::from(decision == "refuse");
        counts.warned += u64::from(decision == "warn");
        counts.latency.record(took);
        if !matched.is_empty() {
            counts.last.push_back(format!("{decision:<7} filters {:<9} {}", matched.join(","), edit.title));
            if counts.last.len() > LAST_MAX {
                counts.last.pop_front();
            }
        }
    }
}

/// How fast edits arrive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// So many at the beginning, as fast as they go: a life that was there before somebody looked.
    pub(super) ahead: u32,
    /// Then so many per second.
    pub(super) per_second: f64,
}

/// Sends the edits, at a pace or as fast as they go, until they or the wish for them end.
pub(super) fn replay(
    mut source: Source,
    address: &Address,
    token: &str,
    pace: Option<Pace>,
    is_over: &AtomicBool,
    figures: &Figures,
) -> Result<()> {
    let (sender, receiver) = sync_channel(WAITING_MAX);
    let receiver = Mutex::new(receiver);
    let has_failed = AtomicBool::new(false);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                scope.spawn(|| {
                    let sent = send(&receiver, Client::new(address.clone(), Some(token)), figures);
                    has_failed.fetch_or(sent.is_err(), Ordering::Relaxed);
                    sent
                })
            })
            .collect();
        let mut begun = Instant::now();
        let mut number = 0_u32;
        while let Some(edit) = source.next() {
            if let Some(pace) = pace {
                if number == pace.ahead {
                    begun = Instant::now();
                }
                let due =
                    begun + Duration::from_secs_f64(f64::from(number.saturating_sub(pace.ahead)) / pace.per_second);
                while Instant::now() < due && !is_over.load(Ordering::Relaxed) {
                    sleep(due.saturating_duration_since(Instant::now()).min(Duration::from_millis(50)));
                }
            }
            let is_ended = || is_over.load(Ordering::Relaxed) || has_failed.load(Ordering::Relaxed);
            if !hand_over(&sender, edit, is_ended) {
                break;
            }
            number += 1;
        }
        drop(sender);
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| Err(Error::msg("a connection broke off"))))
    })
}

/// Waits until there is room for it; false if nobody will make room.
fn hand_over(sender: &SyncSender<Edit>, edit: Edit, is_ended: impl Fn() -> bool) -> bool {
    let mut waiting = edit;
    while !is_ended() {
        match sender.try_send(waiting) {
            Ok(()) => return true,
            Err(TrySendError::Full(edit)) => waiting = edit,
            Err(TrySendError::Disconnected(_)) => return false,
        }
        sleep(Duration::from_millis(1));
    }
    false
}

fn send(edits: &Mutex<Receiver<Edit>>, mut client: Client, figures: &Figures) -> Result<()> {
    loop {
        let edit = edits.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(edit) = edit else { return Ok(()) };
        let begun = Instant::now();
        let answer = client.call("POST", "/v1/evaluate", "application/json", &edit.body)?;
        let took = begun.elapsed();
        if answer.status != 200 {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(anyhow!("{} was answered {}: {text}", edit.title, answer.status));
        }
        figures.note(&edit, &answer.json(), took);
    }
}
