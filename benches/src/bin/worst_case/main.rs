//! What the worst inputs cost: time and memory of one evaluation with the default budgets.
//!
//! `cargo run --release --package wikiward-benches --bin worst_case [PART-OF-A-NAME]`
//!
//! Budget: 50 ms and 64 MB for each. Every input is measured in a process of its own: the processor time of compiling the
//! rule and of its first evaluation, and by how much the peak of resident memory rose meanwhile.

mod inputs;

use inputs::Input;
use std::fs;
use std::process::{Command, ExitCode};
use std::time::Instant;
use wikiward_rules::evaluate::{End, Options, Scratch, Session};
use wikiward_rules::vocabulary::Vocabulary;
use wikiward_rules::{Action, Release, Rule};

/// Most milliseconds that compiling and evaluating may take together.
const MS_MAX: f64 = 50.0;

/// Runs of each input, of which the best counts.
const RUNS: usize = 3;

/// Most megabytes that it may need, the texts themselves left out.
const MB_MAX: f64 = 64.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [flag, name] if flag == "--measure" => {
            let Some(input) = inputs::all().into_iter().find(|input| input.name == name) else {
                return ExitCode::FAILURE;
            };
            println!("{}", measure(&input));
            ExitCode::SUCCESS
        }
        [] => run_all(""),
        [part, ..] => run_all(part),
    }
}

fn run_all(part: &str) -> ExitCode {
    println!("{:<34} {:>10} {:>11} {:>8}  ends with", "input", "compile ms", "evaluate ms", "MB");
    let mut broken = 0;
    for input in inputs::all().iter().filter(|input| input.name.contains(part)) {
        // The best of several: what else the machine does is no fault of the input.
        let runs = (0..RUNS).map(|_| run_one(input.name));
        let Some(figures) = runs.min_by(|a, b| a.milliseconds().total_cmp(&b.milliseconds())) else { continue };
        let is_broken = figures.milliseconds() > MS_MAX || figures.megabytes > MB_MAX;
        broken += usize::from(is_broken);
        let Figures { compile, evaluate, megabytes, end } = figures;
        let mark = if is_broken { "  <- over the budget" } else { "" };
        println!("{:<34} {compile:>10.2} {evaluate:>11.2} {megabytes:>8.1}  {end}{mark}", input.name);
    }
    println!("{broken} over the budget of {MS_MAX} ms and {MB_MAX} MB");
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What one run took: milliseconds, and megabytes; and how it ended.
struct Figures {
    compile: f64,
    evaluate: f64,
    megabytes: f64,
    end: String,
}

impl Figures {
    fn milliseconds(&self) -> f64 {
        self.compile + self.evaluate
    }
}

fn run_one(name: &str) -> Figures {
    measured(name).unwrap_or_else(|| Figures {
        compile: f64::INFINITY,
        evaluate: f64::INFINITY,
        megabytes: f64::INFINITY,
        end: "died".to_owned(),
    })
}

/// Measures an input in a process of its own; none if that dies.
fn measured(name: &str) -> Option<Figures> {
    let program = std::env::current_exe().ok()?;
    let output = Command::new(program).args(["--measure", name]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    let mut words = text.trim().splitn(4, ' ');
    let mut number = || words.next()?.parse::<f64>().ok();
    let (compile, evaluate, megabytes) = (number()?, number()?, number()?);
    Some(Figures { compile, evaluate, megabytes, end: words.next()?.to_owned() })
}

fn measure(input: &Input) -> String {
    let vocabulary = Vocabulary::new(Release::Newest, std::iter::empty::<&str>());
    let mut action = Action::new(&vocabulary);
    for (name, value) in &input.variables {
        if let Some(id) = vocabulary.exact_id(name) {
            action.set(id, value());
        }
    }
    let before = start_of_peak();
    let start = Clock::start();
    let rule = Rule::compile(input.rule.as_bytes(), &vocabulary, Release::Newest);
    let compile = start.milliseconds();
    let start = Clock::start();
    let end = match &rule {
        Err(error) => error.id.name().to_owned(),
        Ok(rule) => {
            let mut scratch = Scratch::default();
            let mut session = Session::new(&action, &vocabulary, Options::default(), &mut scratch);
            match session.evaluate(rule).end {
                End::Value(value) => format!("a value: {}", value.type_name()),
                End::Error(error) => error.id.name().to_owned(),
                End::Needs(_) => "a question".to_owned(),
            }
        }
    };
    format!("{compile} {} {} {end}", start.milliseconds(), peak() - before)
}

/// Processor time, where the kernel tells it: what other processes do meanwhile does not count.
struct Clock {
    start: Instant,
    processor_ns: Option<u64>,
}

impl Clock {
    fn start() -> Self {
        Self { start: Instant::now(), processor_ns: processor_ns() }
    }

    fn milliseconds(&self) -> f64 {
        let used = self.processor_ns.and_then(|before| processor_ns()?.checked_sub(before));
        used.map_or_else(|| self.start.elapsed(), std::time::Duration::from_nanos).as_secs_f64() * 1e3
    }
}

/// What this process, which has one thread, has used so far.
fn processor_ns() -> Option<u64> {
    // The kernel adds up when another process could have its turn.
    std::thread::yield_now();
    let text = fs::read_to_string("/proc/self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok()
}

/// Forgets the peak so far; the memory in use, in megabytes.
fn start_of_peak() -> f64 {
    // Where the kernel refuses, the peak covers the texts too.
    let _ = fs::write("/proc/self/clear_refs", "5");
    status("VmRSS:")
}

fn peak() -> f64 {
    status("VmHWM:")
}

fn status(field: &str) -> f64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap_or_default();
    kilobytes / 1024.0
}
