//! `cargo xtask demo`: the service at work on a farm of three wikis.

mod account;
mod backtest;
mod edits;
mod past;
mod pictures;
mod replay;
mod status;

use crate::oracle::absolute;
use crate::run::{build_program, target};
use account::Account;
use anyhow::{Context, Error, Result, ensure};
use edits::Source;
use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};
use wikiward_testkit::service::{Farm, Launch, Process, Wiki};

/// Port that it listens on, if nobody else does.
const PORT: u16 = 8480;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder with real filters (`filters/*.jsonl`) and edits (`edits/*.jsonl.gz`) instead of the samples.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Sample edits to make.
    #[arg(long, default_value_t = 20_000)]
    edits: usize,
    /// Where the samples' random numbers begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Edits per second.
    #[arg(long, default_value_t = 40.0)]
    per_second: f64,
    /// Edits that are sent at full speed first, so that there is something to look at.
    #[arg(long, default_value_t = 4_000)]
    ahead: u32,
    /// Send all edits at full speed, print the figures, and end.
    #[arg(long)]
    fast: bool,
    /// Judge the edits without the service and write the report page.
    #[arg(long, conflicts_with = "fast")]
    backtest: bool,
    /// Let an hour go by in a minute, take the README's pictures of the console, and end.
    #[arg(long, conflicts_with_all = ["fast", "backtest", "data"])]
    pictures: bool,
    /// Shows this program, instead of building one.
    #[arg(long)]
    program: Option<PathBuf>,
}

pub(crate) fn demo(arguments: &Arguments) -> Result<()> {
    if arguments.backtest {
        return backtest::backtest(arguments);
    }
    ensure!(arguments.per_second > 0.0, "--per-second must be more than 0");
    // From here on Ctrl-C is a wish, and what was started is ended in order.
    let is_over = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // A second one ends the program at once.
        signal_hook::flag::register_conditional_shutdown(signal, 1, is_over.clone())?;
        signal_hook::flag::register(signal, is_over.clone())?;
    }
    let clock = arguments.pictures.then(pictures::Clock::find).transpose()?;
    let program = match &arguments.program {
        Some(program) => absolute(program)?,
        None => {
            crate::assets::for_program();
            build_program("quick")?
        }
    };
    let folder = target().join("demo/service");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("{} cannot be emptied", folder.display()))?;
    }
    let source = match &arguments.data {
        Some(data) => Source::real(&absolute(data)?)?,
        None => Source::samples(arguments.seed, arguments.edits),
    };
    let mut launch = Launch::new(&program, &folder, Some(PORT)).map_err(Error::from_boxed)?;
    let mut clock = clock.map(|clock| clock.begin(&folder)).transpose()?;
    launch.environment = clock.as_ref().map(pictures::Running::environment).unwrap_or_default();
    let wikis = source.wikis();
    let filters = source.filters();
    let wikis: Vec<Wiki<'_>> = wikis.iter().map(|(name, language)| Wiki { name, language, filters }).collect();
    let farm = launch.make_farm(&wikis).map_err(Error::from_boxed)?;
    let names: Vec<&str> = wikis.iter().map(|wiki| wiki.name).collect();
    tell_of_farm(&names, filters.len(), &farm, &folder)?;
    ensure!(farm.imported > 0, "no filter was imported");
    if let Some(clock) = &mut clock {
        clock.run()?;
    }
    let process = launch.start().map_err(Error::from_boxed)?;
    let account = process.first_link().map(|link| account::make(process.address(), &link)).transpose()?;
    tell(&process, account.as_ref());
    if arguments.data.is_none() {
        tell_of_mistake(&process, names.first().unwrap_or(&""), filters.len());
    }
    let figures = replay::Figures::default();
    let pace = if clock.is_some() {
        pictures::PACE
    } else {
        replay::Pace { ahead: arguments.ahead, per_second: arguments.per_second }
    };
    let pace = (!arguments.fast).then_some(pace);
    let begun = Instant::now();
    let mut has_past = false;
    // Pictures are of what was there before.
    let mut tries = account.as_ref().filter(|_| clock.is_none());
    let first = names.first().map_or_else(String::new, |name| (*name).to_owned());
    if tries.is_some() {
        println!("When {} edits are judged, a rule is tried on them all:", past::VERDICTS_MIN);
        println!("  http://{}/w/{first}/backtests\n", process.address());
    }
    let mut tested = Ok(());
    let replayed = std::thread::scope(|scope| {
        let replaying =
            scope.spawn(|| replay::replay(source, process.address(), &farm.token, pace, &is_over, &figures));
        let mut status = status::Status::new(std::io::stdout().is_terminal());
        while !replaying.is_finished() {
            sleep(Duration::from_millis(100));
            status.show(&figures, begun.elapsed());
            if figures.read().verdicts >= past::VERDICTS_MIN
                && let Some(account) = tries.take()
            {
                tested = past::try_a_rule(process.address(), account, &first);
            }
            if clock.as_ref().is_some_and(pictures::Running::is_now) && !is_over.swap(true, Ordering::Relaxed) {
                has_past = true;
            }
        }
        status::Status::end(&figures, begun.elapsed());
        replaying.join().unwrap_or_else(|_| Err(Error::msg("the replay broke off")))
    });
    if let Err(error) = tested {
        println!("No rule could be tried on what was kept: {error:#}");
    }
    if let Some(memory) = process.memory_mb() {
        println!("The service uses {memory:.0} MB of memory.");
    }
    if replayed.is_ok() && !arguments.fast && !is_over.load(Ordering::Relaxed) {
        println!("All edits are through; the service goes on, and so does its console. Ctrl-C ends it.");
        while !is_over.load(Ordering::Relaxed) {
            sleep(Duration::from_millis(100));
        }
    }
    let taken = match (clock, account) {
        (Some(clock), Some(account)) if has_past => {
            clock.stop().and_then(|()| pictures::take(process.address(), &account))
        }
        _ => Ok(()),
    };
    process.stop().map_err(Error::from_boxed)?;
    println!("The service has stopped. What it kept: {}", launch.database().display());
    replayed.and(taken)
}

/// Says what the farm consists of, and which filters were not taken.
fn tell_of_farm(names: &[&str], filters: usize, farm: &Farm, folder: &Path) -> Result<()> {
    println!("Wikis {}: {filters} filters on each, {} in all.", names.join(", "), farm.imported);
    if !farm.refused.is_empty() {
        let refused = folder.join("refused.txt");
        fs::write(&refused, &farm.refused)?;
        println!("Filters that were not taken, or with a warning: {}", refused.display());
    }
    Ok(())
}

/// Says which filter the brake will stop: the last one, see `edits::Source::samples`.
fn tell_of_mistake(process: &Process, wiki: &str, mistaken: usize) {
    println!("One of the filters is a mistake on purpose. Its brake stops it within seconds, and its page says why:");
    println!("  http://{}/w/{wiki}/filters/{mistaken}/brake\n", process.address());
}

/// Says where the service is, and who may sign in.
fn tell(process: &Process, account: Option<&Account>) {
    println!("The service was ready after {:.0} ms.", process.ready_after.as_secs_f64() * 1e3);
    println!("Its console: http://{}/", process.address());
    match account {
        Some(Account { name, password, .. }) => println!("  Sign in as {name} with the password {password}"),
        None => println!("  There is an account already."),
    }
    println!("Its interface for programs: http://{}/v1/docs", process.address());
    println!("Its log: {}\n", process.launch().log().display());
}
