//! `wikiward rule bench`: how long filters take.

mod measure;

use super::language::{KnownArgs, Language, ReleaseArgs};
use super::variables::{Variables, VarsArgs};
use crate::input::{FilterSource, load_filters};
use crate::terminal::Terminal;
use anyhow::{Result, bail};
use comfy_table::{CellAlignment, Table, presets};
use measure::{Bench, Measured};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use wikiward_rules::{Rule, RuleError};

/// Exit code where some filters could not be measured.
const EXIT_SOME_BAD: u8 = 1;

/// Arguments of `rule bench`.
#[derive(Debug, clap::Args)]
#[command(
    about = "Measure how long filters take",
    long_about = "Measure how long filters take, on one action.\n\n\
        Each filter is compiled once and evaluated many times on one thread: alone, and together with all others as one \
        action. Every evaluation has an action of its own, which shares the values of the file: what was computed or \
        derived from them before is computed anew. Times are processor time in microseconds: the median of batches, \
        after a warm-up.",
    after_help = EXAMPLES
)]
pub struct Args {
    /// Filters: a JSON list of {"id", "rule"}, JSON lines of them, or anything that `rule check` reads
    #[arg(long, required = true, value_name = "FILE", num_args = 1..)]
    filters: Vec<PathBuf>,
    #[command(flatten)]
    vars: VarsArgs,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    release: ReleaseArgs,
    /// Conditions that all filters of the action may use together
    #[arg(long, value_name = "N", default_value_t = wikiward_rules::wire::CONDITIONS_MAX)]
    limit: u32,
    /// Batches that are measured; the median counts
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    batches: u32,
    /// Measure only all filters as one action, not each alone
    #[arg(long)]
    action_only: bool,
    /// Print JSON: `{"filters": [{"id", "us", "matched", "conditions"}], "action_us"}`
    ///
    /// A filter that does not compile has `us` null; one with an error of any kind has its id in `error`. With
    /// `--action-only` only filters that do not compile are listed.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  wikiward rule bench --filters filters.jsonl --vars edit.json
  wikiward rule bench --filters a.rule b.rule --vars edit.json --json | jq .action_us

Exit codes:
  0  all filters were measured
  1  some were not: they have an error, or cannot be read (the others were measured)
  2  nothing was measured";

/// A filter and what was found out about it.
struct Row {
    filter: FilterSource,
    outcome: Result<Measured, Box<RuleError>>,
}

/// Runs `rule bench`.
///
/// # Errors
/// There is no filter to measure, or the variables cannot be read.
pub fn run(args: &Args, terminal: &Terminal) -> Result<ExitCode> {
    let language = Language::new(&args.known, &args.release)?;
    let variables = Variables::read(&args.vars, &language.vocabulary)?;
    let (filters, mut is_all_good) = load(args, terminal);
    if filters.is_empty() {
        bail!("there is no filter to measure");
    }
    let bench = Bench { language: &language, variables: &variables, limit: args.limit, batches: args.batches as usize };
    let mut compiled = Vec::with_capacity(filters.len());
    let mut rows = Vec::with_capacity(filters.len());
    for filter in filters {
        let rule = Rule::compile(filter.rule.as_bytes(), &language.vocabulary, language.release);
        if let Err(error) = &rule {
            is_all_good = false;
            terminal.complain(&format!("{}: {error}", super::one::origin(&filter)));
        }
        let outcome = match rule.map(Arc::new) {
            Ok(rule) => {
                compiled.push(rule.clone());
                if args.action_only {
                    continue;
                }
                Ok(bench.filter(&rule))
            }
            Err(error) => Err(error),
        };
        rows.push(Row { filter, outcome });
    }
    let count = compiled.len();
    let action_us = bench.action(compiled);
    let shown = match (args.json, args.action_only) {
        (true, _) => to_json(&rows, action_us),
        (false, false) => to_table(&rows, action_us, terminal),
        (false, true) => format!("all {count} as one action: {action_us:.3} µs\n"),
    };
    terminal.print(shown.as_bytes())?;
    Ok(if is_all_good { ExitCode::SUCCESS } else { ExitCode::from(EXIT_SOME_BAD) })
}

/// The filters of all files, and whether nothing was left out.
fn load(args: &Args, terminal: &Terminal) -> (Vec<FilterSource>, bool) {
    let mut filters = Vec::new();
    let mut is_all_good = true;
    for path in &args.filters {
        let loaded = load_filters(path, None);
        filters.extend(loaded.filters);
        for doubt in &loaded.doubts {
            terminal.warn(&doubt.to_string());
        }
        for error in &loaded.errors {
            is_all_good = false;
            terminal.complain(&error.to_string());
        }
    }
    (filters, is_all_good)
}

fn to_json(rows: &[Row], action_us: f64) -> String {
    let filters: Vec<_> = rows
        .iter()
        .map(|row| {
            // Ids that are numbers are printed as such, as the files have them.
            let id = row.filter.id.parse::<u32>().map_or_else(|_| json!(row.filter.id), |number| json!(number));
            match &row.outcome {
                Ok(measured) => {
                    let mut entry = json!({
                        "id": id,
                        "us": rounded(measured.us),
                        "matched": measured.is_match,
                        "conditions": measured.conditions,
                    });
                    if let (Some(error), Some(entry)) = (measured.error, entry.as_object_mut()) {
                        entry.insert("error".to_owned(), json!(error.name()));
                    }
                    entry
                }
                Err(error) => json!({
                    "id": id, "us": null, "matched": false, "conditions": 0, "error": error.id.name(),
                }),
            }
        })
        .collect();
    format!("{}\n", json!({"filters": filters, "action_us": rounded(action_us)}))
}

/// Nanoseconds are the finest that means anything.
fn rounded(us: f64) -> f64 {
    (us * 1_000.0).round() / 1_000.0
}

fn to_table(rows: &[Row], action_us: f64, terminal: &Terminal) -> String {
    let mut measured: Vec<_> =
        rows.iter().filter_map(|row| row.outcome.as_ref().ok().map(|outcome| (&row.filter, outcome))).collect();
    measured.sort_by(|(_, a), (_, b)| b.us.total_cmp(&a.us));
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["filter", "µs", "conditions", "result", "name"]);
    for column in table.column_iter_mut().skip(1).take(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut sum = 0.0;
    for (filter, outcome) in &measured {
        sum += outcome.us;
        let result = match outcome.error {
            Some(error) => error.name(),
            None if outcome.is_match => "match",
            None => "-",
        };
        let name: String = filter.name.chars().filter(|char| !char.is_control()).take(50).collect();
        table.add_row([
            filter.id.clone(),
            format!("{:.3}", outcome.us),
            outcome.conditions.to_string(),
            result.to_owned(),
            if name == filter.id { String::new() } else { name },
        ]);
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    let lines = lines.join(
        "
",
    );
    let total = format!("all {} as one action: {action_us:.3} µs (one after the other: {sum:.3} µs)", measured.len());
    format!("{lines}\n\n{}\n", crate::terminal::Style::Strong.paint(&total, terminal.has_color()))
}
