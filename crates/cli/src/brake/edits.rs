//! Recorded edits through both algorithms: what they would have done.
//!
//! [`standing`] says who is in good standing, [`replay`] judges and watches, [`show`] tells it.

mod replay;
mod show;
mod standing;

use super::args::Simulate;
use super::scenario::consequences;
use crate::backtest::actions::ActionMaker;
use crate::backtest::panel::{Panel, Wanted};
use crate::backtest::problems::Problems;
use crate::backtest::selection::moment;
use crate::input::{Assumptions, EditReader, Facts, ReadOptions};
use crate::terminal::Terminal;
use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
pub(super) use replay::Judged;
use replay::Replay;
use std::process::ExitCode;
use std::sync::Arc;
use wikiward_rules::{Options, Release, Vocabulary};

/// How far an edit may lie before the one before it: records of several sources are never quite in order.
const DISORDER: SignedDuration = SignedDuration::from_hours(1);

/// Runs the command over recorded edits.
///
/// # Errors
/// If nothing can be done: no filter, no edits, edits that are not in the order of time.
pub(super) fn run(args: &Simulate, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let release = Release::from(args.release.release);
    let table = args.release.table()?;
    let vocabulary = Arc::new(Vocabulary::new(release, args.known.iter().map(|name| name.to_lowercase())));
    let mut problems = Problems::default();
    let panel = Panel::load(&args.filter, &Wanted::default(), &vocabulary, release, &mut problems);
    if panel.filters.is_empty() {
        tell(&problems, terminal);
        bail!("there is no filter to judge with");
    }
    let saved = args.saved.as_deref().map(|text| moment(text, 0)).transpose().context("--saved")?;
    let facts = if args.assume { Facts::Assumed } else { Facts::Unset };
    let assumptions = Assumptions { facts, ..Assumptions::default() };
    let defaults = Options::default();
    let options = Options { release, equivset: table.as_ref().unwrap_or(defaults.equivset), ..defaults };
    let maker = ActionMaker::new(&vocabulary, assumptions.clone());
    let otherwise = consequences(args.actions.iter().map(String::as_str));
    let mut replay = Replay::new(&panel, maker, options, assumptions, otherwise, saved);
    let opened = read(args, &mut replay, &mut problems)?;
    if opened == 0 {
        tell(&problems, terminal);
        bail!("there is no file of edits that can be read");
    }
    let judged = replay.finish();
    tell(&problems, terminal);
    if let Some(path) = &args.html {
        let page = super::page::edits(&judged);
        std::fs::write(path, page).with_context(|| format!("{}: the page cannot be written", path.display()))?;
    }
    let text = if args.json { show::json(&judged)? + "\n" } else { show::table(&judged, terminal) };
    terminal.print(text.as_bytes())?;
    Ok(if problems.errors > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Reads all edits; says how many files could be opened.
fn read(args: &Simulate, replay: &mut Replay<'_>, problems: &mut Problems) -> anyhow::Result<usize> {
    let mut opened = 0;
    let mut last: Option<Timestamp> = None;
    for file in &args.edits {
        let reader = match EditReader::open(file, &ReadOptions::default()) {
            Ok(reader) => reader,
            Err(error) => {
                problems.error(&error);
                continue;
            }
        };
        opened += 1;
        for edit in reader {
            let edit = match edit {
                Ok(edit) => edit,
                Err(error) => {
                    problems.error(&error);
                    continue;
                }
            };
            let before = last.filter(|last| last.duration_since(edit.at) > DISORDER);
            if let Some(before) = before {
                bail!(
                    "{}: this edit is of {}, the one before it of {before}. The brake needs edits in the order of time: sort \
                     them, and give the files in their order",
                    edit.source,
                    edit.at
                );
            }
            let now = last.map_or(edit.at, |last| last.max(edit.at));
            last = Some(now);
            if !edit.is_null() {
                replay.edit(&edit, now);
            }
        }
    }
    Ok(opened)
}

fn tell(problems: &Problems, terminal: &Terminal) {
    for problem in &problems.listed {
        match problem.severity {
            "error" => terminal.complain(&problem.message),
            _ => terminal.warn(&problem.message),
        }
    }
    if problems.unlisted() > 0 {
        terminal.note(&format!("… and {} more", problems.unlisted()));
    }
}
