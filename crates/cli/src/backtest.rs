//! `wikiward backtest`: what filters would have said of edits that were recorded.
//!
//! Reading, judging and counting are apart: [`stream`] moves edits between threads, [`judge`] asks the rules, [`tally`]
//! counts, [`report`] says what the counts mean; [`table`], [`csv`] and [`page`] show the report. Begin at [`run`].
//!
//! A verdict has three values: a filter that reads what the record of an edit does not hold is *undecided*, which is
//! never counted as no match. Apart from times, a report does not depend on the number of threads.

pub(crate) mod actions;
mod args;
mod compare;
mod csv;
mod examples;
mod histogram;
mod judge;
mod mark;
mod output;
pub(crate) mod page;
pub(crate) mod panel;
pub(crate) mod problems;
mod progress;
mod report;
pub(crate) mod selection;
mod stream;
mod table;
mod tally;
pub(crate) mod visible;

use crate::input::{Assumptions, Facts as Filling, ReadOptions};
use anyhow::{Context as _, bail};
pub use args::Args;
use args::Format;
use compare::Comparison;
use judge::Judge;
use output::Folder;
use panel::{Panel, Wanted};
use problems::Problems;
use progress::Progress;
use report::{Facts, Report};
use selection::Selection;
use std::io::{self, IsTerminal as _, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;
use stream::Stream;
use visible::counted;
use wikiward_rules::{Options, Release, Vocabulary};

/// Columns of a table if there is no terminal to ask.
const WIDTH_ELSEWHERE: u16 = 120;

/// Runs the command and prints its report.
///
/// # Errors
/// If nothing can be done (exit code 2): a time that is none, no filter that can be judged, no file of edits that can be
/// opened, a folder that cannot be written. Bad entries are no errors here: they are in the report, and the exit code
/// is 1.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (report, folder) = judge_all(args)?;
    // Whatever goes wrong with one form of the report, the others are still delivered.
    let printed = print(&report, args.format);
    let stored = folder.map_or(Ok(()), |folder| folder.write(&report));
    let drawn = args.html.as_ref().map_or(Ok(()), |html| output::write_page(html, &report));
    if args.format != Format::Table {
        tell_problems(&report.problems);
    }
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            return Err(error).context("the report cannot be printed");
        }
        _ => {}
    }
    stored.and(drawn)?;
    Ok(if report.problems.errors > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Does the work; also returns the folder that wants the report.
fn judge_all(args: &Args) -> anyhow::Result<(Report, Option<Folder>)> {
    let selection = Selection::new(args.from.as_deref(), args.to.as_deref(), args.wiki.clone(), args.edits_max)?;
    let release = Release::from(args.release.release);
    let table = args.release.table()?;
    let vocabulary = Arc::new(Vocabulary::new(release, args.known.iter().map(|name| name.to_lowercase())));
    let wanted = Wanted { ids: args.only.clone(), only_enabled: args.enabled };
    let mut problems = Problems::default();
    let panel = Panel::load(&args.filters, &wanted, &vocabulary, release, &mut problems);
    if panel.filters.is_empty() {
        tell_problems(&problems);
        bail!("there is no filter to judge with");
    }
    let comparison = if args.against.is_empty() {
        None
    } else {
        let old = Panel::load(&args.against, &wanted, &vocabulary, release, &mut problems);
        Some(Comparison::new(&panel, old))
    };
    let folder = args.out.as_deref().map(Folder::create).transpose()?;
    let mut hits = folder.as_ref().map(Folder::hits).transpose()?;
    let threads = args.threads.map_or_else(std::thread::available_parallelism, Ok).unwrap_or(NonZeroUsize::MIN);
    let filling = if args.assume { Filling::Assumed } else { Filling::Unset };
    let assumptions = Assumptions { facts: filling, ..Assumptions::default() };
    let conditions_max = if args.share_conditions { args.condition_limit } else { u32::MAX };
    let defaults = Options::default();
    let judge = Judge {
        panel: &panel,
        comparison: comparison.as_ref(),
        maker: actions::ActionMaker::new(&vocabulary, assumptions.clone()),
        options: Options { conditions_max, release, equivset: table.as_ref().unwrap_or(defaults.equivset), ..defaults },
        condition_limit: u64::from(args.condition_limit),
        examples_max: usize::from(args.examples),
        lists_hits: hits.is_some(),
    };
    let stream = Stream { files: args.edits.clone(), reading: ReadOptions::default(), selection, threads };
    let progress = Progress::new(&args.edits, args.quiet);
    let run = stream.run(&judge, hits.as_mut().map(|hits| hits as &mut dyn Write), &progress);
    let seconds = progress.finish();
    problems.absorb(run.problems);
    if run.files_opened == 0 {
        tell_problems(&problems);
        bail!("there is no file of edits that can be read");
    }
    let facts = Facts {
        panel: &panel,
        comparison: comparison.as_ref(),
        left_out: run.left_out,
        problems,
        assumptions: args.assume.then(|| said(&assumptions)),
        condition_limit: u64::from(args.condition_limit),
        shares_conditions: args.share_conditions,
        seconds,
        threads: threads.get(),
    };
    let report = report::build(facts, run.tally);
    Ok((report, folder))
}

/// The assumptions in words.
fn said(assumptions: &Assumptions) -> String {
    format!(
        "where the record does not say, a registered editor has {}, an account of {} and the groups that \
         follow from that; summaries are empty; nobody is blocked",
        counted(assumptions.edit_count.unsigned_abs(), "edit"),
        counted(assumptions.age_seconds.unsigned_abs() / 86_400, "day"),
    )
}

fn print(report: &Report, format: Format) -> io::Result<()> {
    let stdout = io::stdout();
    let is_terminal = stdout.is_terminal();
    let mut stdout = io::BufWriter::new(stdout.lock());
    match format {
        Format::Table => {
            let has_colours = is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            let width = comfy_table::Table::new().width().filter(|_| is_terminal).unwrap_or(WIDTH_ELSEWHERE);
            table::write(report, table::Style { colour: has_colours, width }, &mut stdout)?;
        }
        Format::Json => output::json(report, &mut stdout)?,
        Format::Csv => csv::write(report, &mut stdout)?,
    }
    stdout.flush()
}

/// Problems on standard error, for forms of the report that do not show them to a person.
fn tell_problems(problems: &Problems) {
    let mut stderr = io::stderr().lock();
    for problem in &problems.listed {
        // Nobody is left to tell if this fails.
        let _ = writeln!(stderr, "{}: {}", problem.severity, problem.message);
    }
    if problems.unlisted() > 0 {
        let _ = writeln!(stderr, "… and {} more", visible::number(problems.unlisted()));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Args, Format, Report, judge_all};
    use crate::input::{Edit, EditReader, ReadOptions, Source};
    use clap::Parser as _;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    /// A report with hostile names, titles and rules in every part.
    pub(super) fn report() -> Report {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_string_lossy().into_owned()
        };
        let filters = write(
            "filters.jsonl",
            r#"{"id":"<b>bold","description":"<script>alert(1)</script>","rule":"added_lines contains '<img' /* </pre><script> */"}
{"id":"old","rule":"page_title == 'x"}
{"id":"lacks","rule":"user_rights contains 'x'"}
{"id":"fails","rule":"1/edit_delta"}
"#,
        );
        let old = write("old.jsonl", r#"{"id":"<b>bold","rule":"summary contains '<b>'"}"#);
        let edits = write(
            "edits.jsonl",
            r#"{"ts":"2020-01-01T00:00:00Z","wiki":"<script>","title":"\u202e<script>","rev":1,"user":"<img src=x>","anon":false,"comment":"</p><script>","old_wikitext":"","new_wikitext":"see <img src=x onerror=1> here","reverted":true}
{"ts":"2020-01-03T00:00:00Z","wiki":"b","title":"T","rev":2,"user":"U","anon":false,"comment":"<b>","old_wikitext":"a","new_wikitext":"b","reverted":false}
{"ts":"<script>"}
"#,
        );
        let line = ["backtest", "--filters", &filters, "--against", &old, "--edits", &edits, "--quiet"];
        let args = Line::try_parse_from(line).unwrap().args;
        assert_eq!(args.format, Format::Table);
        judge_all(&args).unwrap().0
    }

    #[test]
    fn every_edit_has_one_verdict_of_every_filter() {
        let report = report();
        assert_eq!((report.edits.judged, report.filters.len(), report.invalid_filters.len()), (2, 3, 1));
        for filter in &report.filters {
            let verdicts = filter.matched + filter.not_matched + filter.undecided + filter.failed;
            assert_eq!(verdicts, report.edits.judged, "{}", filter.filter);
        }
        let comparison = report.comparison.unwrap();
        let pair = &comparison.pairs[0];
        assert_eq!((pair.gained, pair.lost, pair.both, pair.neither, pair.undecided), (1, 1, 0, 0, 0));
        // One broken filter, one broken edit.
        assert_eq!(report.problems.errors, 2);
    }

    /// An edit by a registered editor with these further fields.
    pub(crate) fn edit(fields: &str) -> Edit {
        let comma = if fields.is_empty() { "" } else { "," };
        let line = format!(
            "{{\"ts\":\"2020-01-01T00:00:00Z\",\"wiki\":\"testwiki\",\"ns\":0,\"title\":\"Page\",\"rev\":7,\
             \"user\":\"Editor\",\"anon\":false{comma}{fields}}}\n"
        );
        let source = Source::of("test", std::io::Cursor::new(line.into_bytes()), None).unwrap();
        EditReader::of(source, &ReadOptions::default()).unwrap().next().unwrap().unwrap()
    }
}
