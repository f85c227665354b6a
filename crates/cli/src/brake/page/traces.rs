//! The curves of one run.

use super::super::report::{letter, number, path};
use super::curve::{Line, draw as curve};
use std::fmt::Write as _;
use wikiward_filters::brake::simulate::{Algorithm, Counts, Moment, Trace};

/// How much longer than to the last latch a curve goes on.
const AFTER: f64 = 2.5;

/// Draws a run: its evidence and what happened.
pub(super) fn draw(algorithm: Algorithm, trace: &Trace, page: &mut String) {
    let name = algorithm.name();
    let last = trace.latches.iter().map(|latch| latch.minutes).fold(0.0, f64::max);
    let until = trace.moments.last().map_or(0.0, |moment| moment.minutes);
    // An attack is shown to its end: what passes after the latch is the point.
    let is_attack = trace.moments.last().is_some_and(|moment| moment.counts.passed + moment.counts.stopped > 0);
    let minutes = if last > 0.0 && !is_attack { until.min(last * AFTER) } else { until };
    if trace.latches.is_empty() {
        let _ = writeln!(page, "<p>{name}: no latch in this run.</p>");
    } else {
        let all: Vec<String> = trace
            .latches
            .iter()
            .map(|it| format!("{} after {} min ({})", letter(it.class), number(it.minutes), path(it.path)))
            .collect();
        let _ = writeln!(page, "<p>{name} latched {}.</p>", all.join(", "));
    }
    let latches: Vec<(f64, &str)> = trace.latches.iter().map(|it| (it.minutes, letter(it.class))).collect();
    let points = |of: &dyn Fn(&Moment) -> Option<f64>| points(trace, minutes, of);
    let line = |class, name, is_limit, points| Line { class, name, is_limit, points };
    match algorithm {
        Algorithm::Standard => {
            let harm = |place: usize| move |it: &Moment| Some(it.readings?.harm.get(place)?.sum);
            let limit = |place: usize| move |it: &Moment| Some(it.readings?.harm.get(place)?.threshold);
            let lines = [
                line("one", "S of class D", false, points(&harm(0))),
                line("one", "its threshold h", true, points(&limit(0))),
                line("two", "S of class O", false, points(&harm(1))),
                line("two", "its threshold h", true, points(&limit(1))),
                line("three", "S of class N", false, points(&harm(2))),
                line("three", "its threshold h", true, points(&limit(2))),
            ];
            // Below their thresholds from the beginning on, sums of a rule that hits nobody only melt.
            curve(&format!("{name}: harm to people in good standing (path A)"), &lines, &latches, minutes, page);
            missing(name, trace, &latches, minutes, page);
        }
        Algorithm::AbuseFilter => {
            let lines = [
                line("one", "matches", false, points(&|it| Some(f64::from(clamped(it.counted?.0))))),
                line("three", "actions counted", false, points(&|it| Some(f64::from(clamped(it.counted?.1))))),
            ];
            curve(&format!("{name}: matches and actions that it counted"), &lines, &latches, minutes, page);
        }
    }
    let count = |of: fn(&Counts) -> u32| points(&move |it: &Moment| Some(f64::from(of(&it.counts))));
    let lines = [
        line("one", "people's actions refused", false, count(|it| it.refused)),
        line("two", "people blocked", false, count(|it| it.blocked)),
        line("four", "attempts that passed", false, count(|it| it.passed)),
        line("three", "attempts stopped", false, count(|it| it.stopped)),
    ];
    curve(&format!("{name}: what happened"), &lines, &latches, minutes, page);
}

/// A value at the moments up to `minutes`, where there is one.
fn points(trace: &Trace, minutes: f64, of: impl Fn(&Moment) -> Option<f64>) -> Vec<(f64, f64)> {
    let shown = trace.moments.iter().take_while(|moment| moment.minutes <= minutes);
    shown.filter_map(|moment| Some((moment.minutes, of(moment)?))).collect()
}

fn missing(name: &str, trace: &Trace, latches: &[(f64, &str)], minutes: f64, page: &mut String) {
    let points = |of: &dyn Fn(&Moment) -> Option<f64>| points(trace, minutes, of);
    let line = |class, name, is_limit, points| Line { class, name, is_limit, points };
    let missing = |it: &Moment| it.readings?.missing;
    let lines = [
        line("one", "evidence T", false, points(&|it| Some(missing(it)?.pull))),
        line("one", "its threshold", true, points(&|it| Some(missing(it)?.threshold))),
        line(
            "two",
            "observations missing",
            false,
            points(&|it| {
                let it = missing(it)?;
                #[expect(clippy::cast_precision_loss, reason = "a count of an episode")]
                let unmatched = it.unmatched as f64;
                Some((it.expected - unmatched).max(0.0))
            }),
        ),
        line(
            "four",
            "origins matched",
            false,
            points(&|it| {
                let matched = u32::try_from(missing(it)?.matched).unwrap_or(u32::MAX);
                Some(f64::from(matched))
            }),
        ),
    ];
    curve(&format!("{name}: missing and matched (path B)"), &lines, latches, minutes, page);
}

fn clamped(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
