//! The curves of one run.

use super::super::report::{letter, number, path};
use super::curve::{Line, Marks, draw as curve};
use std::fmt::Write as _;
use wikiward_filters::brake::simulate::{Algorithm, Counts, Latch, Moment, Trace};

/// How much longer than to the last latch a curve goes on.
const AFTER: f64 = 2.5;

/// Most latches that are named in words.
const NAMED_MAX: usize = 24;

/// What was latched, and where if there are several wikis. Wikis count from one.
fn name(latch: &Latch) -> String {
    match latch.wiki {
        None => letter(latch.class).to_owned(),
        Some(wiki) => format!("{} on wiki {}", letter(latch.class), u64::from(wiki) + 1),
    }
}

/// Latches and reactivations in words.
fn story(algorithm: Algorithm, trace: &Trace, page: &mut String) {
    let name_of = algorithm.name();
    if trace.latches.is_empty() {
        let _ = writeln!(page, "<p>{name_of}: no latch in this run.</p>");
    } else {
        let mut all: Vec<String> = trace
            .latches
            .iter()
            .take(NAMED_MAX)
            .map(|it| format!("{} after {} min ({})", name(it), number(it.minutes), path(it.path)))
            .collect();
        if let Some(more @ 1..) = trace.latches.len().checked_sub(NAMED_MAX) {
            all.push(format!("and {more} more"));
        }
        let _ = writeln!(page, "<p>{name_of} latched {}.</p>", all.join(", "));
    }
    if !trace.releases.is_empty() {
        let all: Vec<String> = trace.releases.iter().map(|at| number(*at)).collect();
        let _ = writeln!(page, "<p>Somebody reactivated the filter after {} min.</p>", all.join(", "));
    }
    if let Some((from, to)) = trace.outage {
        let (from, to) = (number(from), number(to));
        let _ = writeln!(page, "<p>From minute {from} to {to} nothing could be written (shaded).</p>");
    }
    if let Some(wiki) = trace.wiki {
        let _ = writeln!(page, "<p>Evidence is that of wiki {}; what happened is of all.</p>", u64::from(wiki) + 1);
    }
}

/// Draws a run: its evidence and what happened.
pub(super) fn draw(algorithm: Algorithm, trace: &Trace, page: &mut String) {
    let name = algorithm.name();
    let last = trace.latches.iter().map(|latch| latch.minutes).fold(0.0, f64::max);
    let until = trace.moments.last().map_or(0.0, |moment| moment.minutes);
    // An attack is shown to its end: what passes after the latch is the point.
    let is_attack = trace.moments.last().is_some_and(|moment| moment.counts.passed + moment.counts.stopped > 0);
    let minutes = if last > 0.0 && !is_attack { until.min(last * AFTER) } else { until };
    story(algorithm, trace, page);
    let marks = &Marks {
        latches: trace.latches.iter().map(|it| (it.minutes, self::name(it))).collect(),
        releases: trace.releases.clone(),
        outage: trace.outage,
    };
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
            curve(&format!("{name}: harm to people in good standing (path A)"), &lines, marks, minutes, page);
            missing(name, trace, marks, minutes, page);
        }
        Algorithm::AbuseFilter => {
            let lines = [
                line("one", "matches", false, points(&|it| Some(f64::from(clamped(it.counted?.0))))),
                line("three", "actions counted", false, points(&|it| Some(f64::from(clamped(it.counted?.1))))),
            ];
            curve(&format!("{name}: matches and actions that it counted"), &lines, marks, minutes, page);
        }
    }
    let count = |of: fn(&Counts) -> u32| points(&move |it: &Moment| Some(f64::from(of(&it.counts))));
    let lines = [
        line("one", "people's actions refused", false, count(|it| it.refused)),
        line("two", "people blocked", false, count(|it| it.blocked)),
        line("four", "attempts that passed", false, count(|it| it.passed)),
        line("three", "attempts stopped", false, count(|it| it.stopped)),
    ];
    curve(&format!("{name}: what happened"), &lines, marks, minutes, page);
}

/// A value at the moments up to `minutes`, where there is one.
fn points(trace: &Trace, minutes: f64, of: impl Fn(&Moment) -> Option<f64>) -> Vec<(f64, f64)> {
    let shown = trace.moments.iter().take_while(|moment| moment.minutes <= minutes);
    shown.filter_map(|moment| Some((moment.minutes, of(moment)?))).collect()
}

fn missing(name: &str, trace: &Trace, marks: &Marks, minutes: f64, page: &mut String) {
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
    curve(&format!("{name}: missing and matched (path B)"), &lines, marks, minutes, page);
}

fn clamped(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
