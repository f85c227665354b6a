//! One run: requests that are due, connections that send them, figures.

use crate::figures::Figures;
use crate::template::{self, Class, Templates};
use crate::unpaused::{Asked, Unpaused};
use crate::watch::Watch;
use crate::wire::{Answer, Connection};
use anyhow::{Context as _, Result};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::task::LocalSet;
use wikiward_testkit::histogram::Histogram;
use wikiward_testkit::random::Random;
use wikiward_testkit::service::Address;

/// Longest wait for the answers that are under way when a run ends.
const GRACE: Duration = Duration::from_secs(10);

/// Shorter waits are spent looking at the clock: timers are not this exact.
const EXACT: Duration = Duration::from_millis(2);

/// What does not change between the runs of one measurement.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) address: Address,
    pub(crate) templates: Templates,
    pub(crate) connections: usize,
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
    pub(crate) seed: u64,
    /// Processors on which pauses of the machine are watched while requests come at a constant rate.
    pub(crate) watched: Vec<String>,
}

/// When requests are due.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Course {
    /// So many per second, whatever the answers do.
    Constant(f64),
    /// The next one when a connection is free: finds the order of magnitude, measures nothing well.
    Closed,
}

/// What the tasks of a run share.
struct Shared {
    plan_seed: u64,
    run: [u8; 10],
    templates: Templates,
    due: RefCell<VecDeque<Instant>>,
    wake: Notify,
    is_over: Cell<bool>,
    is_closed_course: bool,
    number: Cell<u64>,
    measured_from: Instant,
    measured_to: Instant,
    latency: RefCell<Histogram>,
    latency_refused: RefCell<Histogram>,
    latency_allowed: RefCell<Histogram>,
    lateness: RefCell<Histogram>,
    verdicts: Cell<u64>,
    overloaded: Cell<u64>,
    other: Cell<u64>,
    broken: Cell<u64>,
    unexpected: Cell<u64>,
    refused: Cell<u64>,
    /// Answers that came within the measured time.
    in_time: Cell<u64>,
    example: RefCell<Option<String>>,
    /// Every request, kept while pauses of the machine are watched.
    asked: Option<RefCell<Vec<Asked>>>,
}

impl Shared {
    fn keep(&self, request: Asked) {
        if let Some(asked) = &self.asked {
            asked.borrow_mut().push(request);
        }
    }
}

/// Runs for the plan's time.
pub(crate) async fn run(plan: &Plan, course: Course) -> Result<Figures> {
    let mut connections = Vec::new();
    for _ in 0..plan.connections {
        connections
            .push(Connection::open(&plan.address).await.with_context(|| format!("no connection to {}", plan.address))?);
    }
    let is_watched = !plan.watched.is_empty() && matches!(course, Course::Constant(_));
    let watch = is_watched.then(|| Watch::start(&plan.watched)).transpose()?;
    let start = Instant::now();
    let measured_from = start + plan.warm_up;
    let measured_to = measured_from + plan.measured;
    let shared = Rc::new(Shared {
        plan_seed: plan.seed,
        run: run_name(),
        templates: plan.templates.clone(),
        due: RefCell::default(),
        wake: Notify::new(),
        is_over: Cell::new(false),
        is_closed_course: matches!(course, Course::Closed),
        number: Cell::new(0),
        measured_from,
        measured_to,
        latency: RefCell::default(),
        latency_refused: RefCell::default(),
        latency_allowed: RefCell::default(),
        lateness: RefCell::default(),
        verdicts: Cell::new(0),
        overloaded: Cell::new(0),
        other: Cell::new(0),
        broken: Cell::new(0),
        unexpected: Cell::new(0),
        refused: Cell::new(0),
        in_time: Cell::new(0),
        example: RefCell::default(),
        asked: is_watched.then(RefCell::default),
    });
    let tasks = LocalSet::new();
    let workers: Vec<_> = connections
        .into_iter()
        .map(|connection| tasks.spawn_local(work(shared.clone(), plan.address.clone(), connection)))
        .collect();
    let backlog = tasks
        .run_until(async {
            match course {
                Course::Constant(rate) => schedule(&shared, start, rate).await,
                Course::Closed => tokio::time::sleep_until(measured_to.into()).await,
            }
            let backlog = shared.due.borrow().len();
            shared.due.borrow_mut().clear();
            shared.is_over.set(true);
            shared.wake.notify_waiters();
            let all = async {
                for worker in workers {
                    let _ = worker.await;
                }
            };
            if tokio::time::timeout(GRACE, all).await.is_err() {
                bump(&shared.broken);
                *shared.example.borrow_mut() = Some(format!("an answer did not come within {GRACE:?}"));
            }
            backlog
        })
        .await;
    let unpaused = match (watch, &shared.asked) {
        (Some(watch), Some(asked)) => Some(Unpaused::of(&watch.end()?, &asked.borrow(), [measured_from, measured_to])),
        _ => None,
    };
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let answered = shared.in_time.get() as f64 / plan.measured.as_secs_f64();
    Ok(Figures {
        asked: match course {
            Course::Constant(rate) => Some(rate),
            Course::Closed => None,
        },
        answered,
        latency: shared.latency.borrow().clone(),
        latency_refused: shared.latency_refused.borrow().clone(),
        latency_allowed: shared.latency_allowed.borrow().clone(),
        lateness: shared.lateness.borrow().clone(),
        verdicts: shared.verdicts.get(),
        overloaded: shared.overloaded.get(),
        other: shared.other.get(),
        broken: shared.broken.get(),
        unexpected: shared.unexpected.get(),
        refused: shared.refused.get(),
        backlog,
        example: shared.example.borrow().clone(),
        unpaused,
    })
}

/// Makes requests due at a constant rate until the time is over.
async fn schedule(shared: &Shared, start: Instant, rate: f64) {
    let mut number = 0_u32;
    let mut due = start;
    loop {
        let now = Instant::now();
        if now >= shared.measured_to {
            return;
        }
        while due <= now {
            shared.due.borrow_mut().push_back(due);
            shared.wake.notify_one();
            if due >= shared.measured_from {
                shared.lateness.borrow_mut().record(now.saturating_duration_since(due));
            }
            number += 1;
            due = start + Duration::from_secs_f64(f64::from(number) / rate);
        }
        let wait = due.saturating_duration_since(now);
        if wait > EXACT {
            tokio::time::sleep(wait.saturating_sub(EXACT / 2)).await;
        } else {
            // Others run, sockets are looked at, and then the clock again.
            tokio::task::yield_now().await;
        }
    }
}

/// Sends what is due on one connection until the run is over.
async fn work(shared: Rc<Shared>, address: Address, mut connection: Connection) {
    loop {
        let due = if shared.is_closed_course {
            let now = Instant::now();
            (now < shared.measured_to).then_some(now)
        } else {
            next_due(&shared).await
        };
        let Some(due) = due else { return };
        let number = shared.number.get();
        shared.number.set(number + 1);
        let template = shared.templates.pick(shared.plan_seed, number);
        let id = template::id(&shared.run, number);
        let outcome = connection.ask([&template.before, &id, &template.after]).await;
        let now = Instant::now();
        if now >= shared.measured_from && now < shared.measured_to {
            bump(&shared.in_time);
        }
        let is_measured = due >= shared.measured_from;
        match outcome {
            Ok(answer) => {
                if is_measured {
                    let took = now.saturating_duration_since(due);
                    shared.latency.borrow_mut().record(took);
                    let is_refused = template.class == Class::Refuse;
                    let of_its_kind = if is_refused { &shared.latency_refused } else { &shared.latency_allowed };
                    of_its_kind.borrow_mut().record(took);
                }
                note(&shared, template.class, &answer);
                shared.keep(Asked {
                    due,
                    answered: now,
                    counts: is_measured,
                    is_refused: template.class == Class::Refuse,
                });
            }
            Err(error) => {
                shared.keep(Asked { due, answered: now, counts: false, is_refused: false });
                bump(&shared.broken);
                *shared.example.borrow_mut() = Some(error.to_string());
                match Connection::open(&address).await {
                    Ok(another) => connection = another,
                    Err(_) => return,
                }
            }
        }
    }
}

/// The request that has waited longest; none when the run is over.
async fn next_due(shared: &Shared) -> Option<Instant> {
    loop {
        if let Some(due) = shared.due.borrow_mut().pop_front() {
            return Some(due);
        }
        if shared.is_over.get() {
            return None;
        }
        shared.wake.notified().await;
    }
}

/// Counts an answer.
fn note(shared: &Shared, class: Class, answer: &Answer<'_>) {
    match answer.status {
        200 => {
            bump(&shared.verdicts);
            let holds = |text: &[u8]| memchr::memmem::find(answer.body, text).is_some();
            let is_refused = holds(br#""decision":"refuse""#);
            if is_refused {
                bump(&shared.refused);
            }
            let is_expected = match class {
                Class::Quiet => holds(br#""decision":"allow""#) && holds(br#""matched":[]"#),
                Class::Tag => holds(br#""decision":"allow""#) && !holds(br#""matched":[]"#),
                Class::Refuse => is_refused,
            };
            if !is_expected {
                bump(&shared.unexpected);
                remember(shared, answer);
            }
        }
        503 => bump(&shared.overloaded),
        _ => {
            bump(&shared.other);
            remember(shared, answer);
        }
    }
}

fn remember(shared: &Shared, answer: &Answer<'_>) {
    let mut text = String::from_utf8_lossy(answer.body).into_owned();
    text.truncate(text.floor_char_boundary(2_000));
    *shared.example.borrow_mut() = Some(format!("{}: {text}", answer.status));
}

fn bump(count: &Cell<u64>) {
    count.set(count.get() + 1);
}

/// Ten letters that no other run has.
fn run_name() -> [u8; 10] {
    let uuid = std::fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap_or_default();
    let seed = uuid.bytes().fold(0_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut random = Random::new(seed);
    std::array::from_fn(|_| b'a' + u8::try_from(random.below(26)).unwrap_or(0))
}

#[cfg(test)]
mod tests;
