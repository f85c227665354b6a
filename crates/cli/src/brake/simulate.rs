//! `wikiward brake simulate`.

use super::args::Simulate;
use super::report::{Found, Report, Row};
use super::{edits, page, report, scenario, table};
use crate::terminal::Terminal;
use anyhow::{Context as _, bail};
use serde::Serialize;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use wikiward_filters::brake::Limits;
use wikiward_filters::brake::simulate::{
    Algorithm, FalseTrips, Past, Scenario, Size, Traffic, scenarios, seed_of, summarise, trace,
};
use wikiward_filters::model::Class;

/// Runs the command.
///
/// # Errors
/// If nothing can be done (exit code 2): a scenario that cannot be read, a number that is none, a page that cannot be written.
pub fn run(args: &Simulate, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    if !args.edits.is_empty() {
        return edits::run(args, terminal);
    }
    if args.false_trips {
        return false_trips(args, terminal);
    }
    let wanted = wanted(args)?;
    let results = simulate(&wanted, args);
    let scenarios = wanted.into_iter().zip(results).map(|(scenario, results)| Row { scenario, results }).collect();
    let report = Report { runs: args.runs, seed: args.seed, scenarios };
    if let Some(path) = &args.html {
        let page = page::scenarios(&report);
        std::fs::write(path, page).with_context(|| format!("{}: the page cannot be written", path.display()))?;
    }
    let text = if args.json { report::json(&report)? + "\n" } else { table::scenarios(&report, terminal) };
    terminal.print(text.as_bytes())?;
    Ok(if report.missed().0 > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// The scenarios that were asked for.
fn wanted(args: &Simulate) -> anyhow::Result<Vec<Scenario>> {
    if !args.scenario.is_empty() {
        return Ok(args.scenario.iter().map(|file| scenario::load(file)).collect::<Result<_, _>>()?);
    }
    let all = scenarios();
    if args.only.is_empty() {
        return Ok(all);
    }
    if let Some(unknown) = args.only.iter().find(|number| !all.iter().any(|it| it.number == **number)) {
        let mut numbers: Vec<&str> = all.iter().map(|it| it.number.as_str()).collect();
        numbers.dedup();
        bail!("there is no worked scenario {unknown:?}. Their numbers are {}", numbers.join(", "));
    }
    Ok(all.into_iter().filter(|it| args.only.contains(&it.number)).collect())
}

/// What both algorithms do, in the order of the scenarios.
fn simulate(wanted: &[Scenario], args: &Simulate) -> Vec<[Found; 2]> {
    in_parallel(wanted, |scenario| {
        Algorithm::ALL.map(|algorithm| {
            let summary = summarise(scenario, algorithm, args.runs, args.seed);
            let traced = args.html.is_some().then(|| {
                let seed = seed_of(args.seed, 0);
                trace(scenario, algorithm, &Past::of(scenario, seed), seed).1
            });
            Found::new(scenario, algorithm, summary, traced)
        })
    })
}

/// Does `work` for all of `items` on all processors; results are in their order.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(items.len().max(1));
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(place) else { return };
                    let result = work(item);
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((place, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Latches of a filter that hits people at a tolerated rate.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Tolerated {
    pub(super) class: &'static str,
    pub(super) rate: f64,
    pub(super) wiki: &'static str,
    /// What another simulation of the algorithm came to.
    pub(super) expected: Option<f64>,
    /// Latches in 30 days, on average.
    pub(super) found: f64,
    pub(super) runs: u32,
}

/// Known latches in 30 days: class, rate, and for each size.
const TOLERATED: [(Class, f64, [Option<f64>; 4]); 4] = [
    (Class::Destructive, 0.002, [Some(0.0), Some(0.02), Some(0.01), Some(0.0)]),
    (Class::Obstructive, 0.01, [Some(0.0), Some(0.04), Some(0.06), Some(0.0)]),
    (Class::Nuisance, 0.05, [Some(0.0), Some(0.11), Some(0.19), None]),
    (Class::Destructive, 0.005, [Some(0.0), Some(0.30), Some(0.99), Some(3.9)]),
];

fn false_trips(args: &Simulate, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let cells: Vec<_> = TOLERATED
        .iter()
        .flat_map(|(class, rate, known)| {
            Size::ALL.into_iter().zip(*known).map(|(size, known)| (*class, *rate, size, known))
        })
        .collect();
    let all = in_parallel(&cells, |(class, rate, size, known)| {
        // A big wiki has a thousand times as many actions as a tiny one.
        let runs = if *size == Size::Big { args.runs.div_ceil(10) } else { args.runs };
        let of = FalseTrips {
            wiki: size.wiki(),
            traffic: Traffic::EVEN,
            class: *class,
            rate: *rate,
            days: 30.0,
            limits: Limits::default(),
        };
        Tolerated {
            class: report::letter(*class),
            rate: *rate,
            wiki: size.name(),
            expected: *known,
            found: of.mean(runs, args.seed),
            runs,
        }
    });
    let text = if args.json { serde_json::to_string_pretty(&all)? + "\n" } else { table::tolerated(&all, terminal) };
    terminal.print(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
