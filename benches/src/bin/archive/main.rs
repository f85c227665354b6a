//! Measures what the archive adds to a verdict, and how fast a backtest goes through it.
//!
//! `archive [FILE] [ACTIONS]` fills FILE (default `target/archive.db`) with ACTIONS archived edits (default 100,000) if it is
//! not there yet, through the judge, as the service does, at a clock that goes on by a day with every 2,000 of them; then
//! tries a rule on all of them, beside another one, and prints the times. The edits are those of the sample generator.
//!
//! `archive FILE ACTIONS judge` judges ACTIONS edits with the archive, `archive FILE ACTIONS bare` without it, and does nothing
//! else: for counting instructions (`perf stat -e instructions:u`). `archive FILE ACTIONS fill` only fills FILE, with edits up
//! to now.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{ActorType, Clock, SystemClock, SystemEntropy, Timestamp, Viewer, WikiId, WikiSetId};
use wikiward_filters::archive::Archiver;
use wikiward_filters::backtest::{BacktestAsk, Backtests, JobState};
use wikiward_filters::brake::LiveBrake;
use wikiward_filters::hits::record::Target;
use wikiward_filters::hits::{HitWriter, Hits, RestrictedRows, Sight, WriterSettings};
use wikiward_filters::judge::{Actor, Counters, IN_FLIGHT_MAX, Judge, Mode, Parts, Request};
use wikiward_filters::life::Filters;
use wikiward_filters::save::FilterSettings;
use wikiward_filters::snapshot::{SetsOf, Snapshots, WikiSettings};
use wikiward_rules::wire::parse_value;
use wikiward_store::{Database, Keyring, OpenOptions, Store};
use wikiward_testkit::{requests, samples};

type Failure = Box<dyn std::error::Error>;

/// A Monday, in microseconds.
const BEGIN: i64 = 1_790_000_000_000_000;

/// Microseconds between two edits: 2,000 a day, of which each is kept.
const SPACING: i64 = 86_400_000_000 / 2_000;

/// Most actions that wait for the archive's writer before the next is judged: none is to be dropped.
const WAITING_MAX: usize = 512;

/// A rule as people write them, which reads texts and facts.
const RULE: &str = "action == 'edit' & user_editcount < 100 & lcase(added_lines) rlike '(buy|cheap|http)' & \
    !('sysop' in user_groups)";

/// The same before somebody made it better.
const OLD_RULE: &str = "action == 'edit' & user_editcount < 50 & lcase(added_lines) contains 'buy'";

/// A clock that goes on when it is told to, and by itself from a moment on.
#[derive(Debug, Default)]
struct Steps {
    at: AtomicI64,
    runs_from: OnceLock<Instant>,
}

impl Clock for Steps {
    fn now(&self) -> Timestamp {
        let run = self.runs_from.get().map_or(0, |from| i64::try_from(from.elapsed().as_micros()).unwrap_or(i64::MAX));
        from_micros(self.at.load(Ordering::Relaxed) + run)
    }
}

struct Wikis;

impl SetsOf for Wikis {
    fn sets_of(&self, _: &WikiId) -> Vec<WikiSetId> {
        Vec::new()
    }

    fn is_known(&self, _: &WikiId) -> bool {
        true
    }
}

/// Everything that takes part.
struct House {
    store: Store,
    clock: Arc<Steps>,
    judge: Arc<Judge>,
    archiver: Archiver,
    writer: HitWriter,
    hits: Hits,
    filters: Filters,
    keyring: Keyring,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let path = PathBuf::from(arguments.next().unwrap_or_else(|| "target/archive.db".into()));
    let actions: usize = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let word = arguments.next().unwrap_or_default();
    let is_new = !path.exists();
    let span = SPACING * i64::try_from(actions)?;
    let first = if word == "fill" { micros(SystemClock.now()) - span } else { BEGIN };
    let house = House::open(path, word != "bare", first).await?;
    if is_new || !word.is_empty() {
        let began = Instant::now();
        house.judge_all(actions).await?;
        println!("{actions} edits judged in {:.1?}", began.elapsed());
        house.archiver.close().await;
        println!("{:?}", house.archiver.counts());
    }
    if word.is_empty() {
        house.clock.at.store(first + span, Ordering::Relaxed);
        let _ = house.clock.runs_from.set(Instant::now());
        let before = Instant::now();
        house.backtest().await?;
        println!("the whole: {:.2?}", before.elapsed());
    }
    house.archiver.close().await;
    house.writer.close().await;
    house.store.close().await;
    Ok(())
}

impl House {
    async fn open(path: PathBuf, is_archived: bool, first: i64) -> Result<Self, Failure> {
        let clock = Arc::new(Steps { at: AtomicI64::new(first), ..Steps::default() });
        let (keyring, entropy) = (Keyring::new(&[1; 32]), Arc::new(SystemEntropy));
        let store = Store::open(&Database::Sqlite(path), &OpenOptions::default(), clock.clone()).await?;
        let snapshots = Snapshots::load(store.clone(), Arc::new(Wikis), WikiSettings::default()).await?;
        let snapshots = Arc::new(snapshots);
        let settings = WriterSettings::default();
        let writer = HitWriter::start(store.clone(), &keyring, entropy.clone(), clock.clone(), None, settings);
        let archiver = Archiver::start(store.clone(), entropy.clone());
        let brake = LiveBrake::load(store.clone(), snapshots.clone(), &keyring, entropy.clone()).await?;
        let judge = Judge::new(Parts {
            snapshots: snapshots.clone(),
            journal: Arc::new(writer.clone()),
            brake: Arc::new(brake),
            counters: Counters::load(&store, clock.now()).await?,
            clock: clock.clone(),
            entropy: entropy.clone(),
            keyring: keyring.clone(),
            store: store.clone(),
            node: "bench".into(),
            in_flight_max: IN_FLIGHT_MAX,
        });
        let judge = Arc::new(if is_archived { judge.archived_by(archiver.clone()) } else { judge });
        let hits = Hits::new(store.clone(), &keyring, entropy.clone(), clock.clone());
        let filters = Filters::new(store.clone(), snapshots, Arc::new(Wikis), entropy, FilterSettings::default());
        Ok(Self { store, clock, judge, archiver, writer, hits, filters, keyring })
    }

    async fn judge_all(&self, actions: usize) -> Result<(), Failure> {
        for (number, edit) in samples::generate(7, actions).enumerate() {
            let sent = requests::of_edit(&edit, "");
            let vars = sent.get("vars").and_then(serde_json::Value::as_object).ok_or("a request without variables")?;
            let vars: Result<Vec<_>, _> =
                vars.iter().map(|(name, value)| parse_value(value).map(|value| (name.clone(), value))).collect();
            let request = Request {
                wiki: "enwiki".parse()?,
                group: "default".into(),
                action_id: number.to_string(),
                kind: "edit".into(),
                at: None,
                mode: Mode::Enforce,
                actor: Actor {
                    id: (!edit.anon).then_some(1),
                    name: edit.user.clone(),
                    kind: if edit.anon { ActorType::Temp } else { ActorType::Named },
                    ..Actor::default()
                },
                target: Target { ns: edit.ns.into(), title: edit.title.clone(), page_id: Some(1) },
                ip: None,
                session_key: None,
                captcha: wikiward_filters::consequences::Captcha::Unsolved,
                vars: vars?,
                lazy: Vec::new(),
                deadline_ms: None,
                skip: Vec::new(),
            };
            drop(self.judge.evaluate(request).await?);
            self.clock.at.fetch_add(SPACING, Ordering::Relaxed);
            while self.archiver.counts().waiting > WAITING_MAX {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        Ok(())
    }

    /// A backtest of one rule, and of one beside another.
    async fn backtest(&self) -> Result<(), Failure> {
        let viewer = Viewer::operator();
        let wiki: WikiId = "enwiki".parse()?;
        let sight = Sight::of(&viewer, &wiki, RestrictedRows::Omit, |_| Vec::new());
        let tests = Backtests::new(self.filters.clone(), self.hits.clone(), self.judge.clone(), &self.keyring);
        for rule in [RULE, OLD_RULE, "1"] {
            let began = Instant::now();
            let mut ask = BacktestAsk::new("default", rule);
            ask.max = Some(1_000_000);
            ask.consequences = Some(BTreeMap::from([("disallow".to_owned(), vec![String::new()])]));
            let mut job = tests.start(&viewer, &sight, &wiki, ask).await?;
            while job.state == JobState::Running {
                tokio::time::sleep(Duration::from_millis(5)).await;
                job = tests.one(&viewer, &wiki, job.id).await?.ok_or("the backtest is gone")?;
            }
            let took = began.elapsed();
            let counts = job.report.counts;
            println!("{} actions in {took:.2?} ({counts:?}, {:?}): {rule}", job.report.actions, job.report.time_us);
        }
        Ok(())
    }
}
