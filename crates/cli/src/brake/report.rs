//! What simulations came to: as values, and as JSON.

use serde::Serialize;
use wikiward_filters::brake::Path;
use wikiward_filters::brake::simulate::{
    Algorithm, BAND, Cell, Expectation, Figure, Latches, Scenario, Summary, Trace, Wanted, compare,
};
use wikiward_filters::model::Class;

/// All scenarios of a run.
pub(super) struct Report {
    pub(super) runs: u32,
    pub(super) seed: u64,
    pub(super) scenarios: Vec<Row>,
}

/// A scenario with what either algorithm did.
pub(super) struct Row {
    pub(super) scenario: Scenario,
    pub(super) results: [Found; 2],
}

/// What an algorithm did.
pub(super) struct Found {
    pub(super) algorithm: Algorithm,
    pub(super) summary: Summary,
    /// Figures of which something is expected.
    pub(super) cells: Vec<Cell>,
    /// One run, if curves are wanted.
    pub(super) trace: Option<Trace>,
}

impl Found {
    /// Holds a summary against what is expected of it.
    pub(super) fn new(scenario: &Scenario, algorithm: Algorithm, summary: Summary, trace: Option<Trace>) -> Self {
        Self { algorithm, cells: compare(expected(scenario, algorithm), &summary), summary, trace }
    }

    /// Figures that say something: expected ones, and what happened at all.
    pub(super) fn figures(&self) -> Vec<Shown> {
        let line = |figure: Figure| {
            let cell = self.cells.iter().find(|cell| cell.figure == figure);
            let found = figure.found(&self.summary);
            let says = cell.is_some() || found.is_some_and(|found| found > 0.0);
            let (wanted, is_met) = (cell.map(|cell| cell.wanted), cell.and_then(|cell| cell.is_met));
            says.then_some(Shown { figure, wanted, found, is_met })
        };
        Figure::ALL.into_iter().filter_map(line).collect()
    }
}

/// A figure as it is shown.
pub(super) struct Shown {
    pub(super) figure: Figure,
    pub(super) wanted: Option<Wanted>,
    pub(super) found: Option<f64>,
    pub(super) is_met: Option<bool>,
}

/// What is expected of an algorithm.
fn expected(scenario: &Scenario, algorithm: Algorithm) -> &Expectation {
    match algorithm {
        Algorithm::AbuseFilter => &scenario.expects_compat,
        Algorithm::Standard => &scenario.expects_standard,
    }
}

impl Report {
    /// Figures that did not come out as expected, and all that something was expected of, without disputed ones.
    pub(super) fn missed(&self) -> (usize, usize) {
        let met = || {
            self.scenarios.iter().flat_map(|row| &row.results).flat_map(|it| &it.cells).filter_map(|cell| cell.is_met)
        };
        (met().filter(|is_met| !is_met).count(), met().count())
    }

    /// Why expectations are disputed: number of the scenario, what is said, and the reason.
    pub(super) fn disputes(&self) -> Vec<(String, &'static str)> {
        let mut all: Vec<(String, &'static str)> = Vec::new();
        for row in &self.scenarios {
            for cell in row.results.iter().flat_map(|it| &it.cells) {
                if let Wanted::Disputed(_, why) = cell.wanted
                    && !all.iter().any(|(_, known)| *known == why)
                {
                    all.push((row.scenario.number.clone(), why));
                }
            }
        }
        all
    }
}

/// A figure in words.
pub(super) const fn words(figure: Figure) -> &'static str {
    match figure {
        Figure::DestructiveMinutes => "minutes to latch D",
        Figure::ObstructiveMinutes => "minutes to latch O",
        Figure::NuisanceMinutes => "minutes to latch N",
        Figure::Blocked => "people blocked",
        Figure::Refused => "their actions refused",
        Figure::Passed => "attempts that passed",
        Figure::AttackersBlocked => "attackers blocked",
        Figure::FarmDestructiveMinutes => "minutes, D on all wikis",
        Figure::FarmObstructiveMinutes => "minutes, O on all wikis",
        Figure::WikisLatched => "wikis that latched",
        Figure::Relatched => "latched again",
        Figure::MatchesToRelatch => "fewest matches to that",
    }
}

/// How many runs have a figure: those with a latch.
pub(super) const fn latches(figure: Figure, summary: &Summary) -> Option<Latches> {
    match figure {
        Figure::DestructiveMinutes => Some(summary.destructive),
        Figure::ObstructiveMinutes => Some(summary.obstructive),
        Figure::NuisanceMinutes => Some(summary.nuisance),
        Figure::FarmDestructiveMinutes => Some(summary.farm_destructive),
        Figure::FarmObstructiveMinutes => Some(summary.farm_obstructive),
        _ => None,
    }
}

/// What is expected, in words.
pub(super) fn wanted(wanted: Option<Wanted>, figure: Figure) -> String {
    match wanted {
        None => "–".to_owned(),
        Some(Wanted::Never) if figure.may_be_endless() => "never".to_owned(),
        Some(Wanted::Never) => "none".to_owned(),
        Some(Wanted::About(about)) => number(about),
        Some(Wanted::AtMost(most)) => format!("≤ {}", number(most)),
        Some(Wanted::AtLeast(least)) => format!("≥ {}", number(least)),
        Some(Wanted::Disputed(said, _)) => format!("{} *", number(said)),
    }
}

/// What was found, in words.
pub(super) fn found(found: Option<f64>, figure: Figure, summary: &Summary) -> String {
    let runs = latches(figure, summary).filter(|it| it.runs > 0 && it.runs < summary.runs);
    let value = match found {
        None => "never".to_owned(),
        Some(0.0) if !figure.may_be_endless() => "none".to_owned(),
        Some(value) => number(value),
    };
    runs.map_or(value.clone(), |it| format!("{value} in {} of {}", it.runs, summary.runs))
}

/// A number with as many digits as say something.
pub(super) fn number(value: f64) -> String {
    if value.fract().abs() < f64::EPSILON {
        format!("{value:.0}")
    } else if value < 1.0 {
        format!("{value:.2}")
    } else if value < 100.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

/// The letter of a class.
pub(super) const fn letter(class: Class) -> &'static str {
    match class {
        Class::Destructive => "D",
        Class::Obstructive => "O",
        Class::Nuisance => "N",
        Class::Silent => "–",
    }
}

/// A path in words.
pub(super) const fn path(path: Option<Path>) -> &'static str {
    match path {
        Some(Path::Harm) => "A: people in good standing are hit",
        Some(Path::Missing) => "B: ordinary traffic is missing",
        Some(Path::Ceiling) => "C: too much is destroyed",
        Some(Path::Farm) => "latched on other wikis",
        Some(Path::Migrated) => "off already in AbuseFilter",
        Some(Path::Compat) | None => "share of matches",
    }
}

#[derive(Serialize)]
struct ReportJson<'a> {
    runs: u32,
    seed: u64,
    band: f64,
    missed: usize,
    expected: usize,
    scenarios: Vec<RowJson<'a>>,
}

#[derive(Serialize)]
struct RowJson<'a> {
    number: &'a str,
    title: &'a str,
    wiki: &'a str,
    results: Vec<FoundJson<'a>>,
}

#[derive(Serialize)]
struct FoundJson<'a> {
    algorithm: &'a str,
    warned: f64,
    figures: Vec<FigureJson>,
}

#[derive(Serialize)]
struct FigureJson {
    figure: &'static str,
    expected: Option<serde_json::Value>,
    found: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    runs: Option<u32>,
    met: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disputed: Option<&'static str>,
}

/// The report as JSON.
pub(super) fn json(report: &Report) -> serde_json::Result<String> {
    let (missed, expected) = report.missed();
    let scenarios = report.scenarios.iter().map(|row| RowJson {
        number: &row.scenario.number,
        title: &row.scenario.title,
        wiki: &row.scenario.wiki.name,
        results: row.results.iter().map(found_json).collect(),
    });
    serde_json::to_string_pretty(&ReportJson {
        runs: report.runs,
        seed: report.seed,
        band: BAND,
        missed,
        expected,
        scenarios: scenarios.collect(),
    })
}

fn found_json(it: &Found) -> FoundJson<'_> {
    let figure = |figure: Figure| {
        let cell = it.cells.iter().find(|cell| cell.figure == figure);
        FigureJson {
            figure: figure.name(),
            expected: cell.map(|cell| match cell.wanted {
                Wanted::Never => "never".into(),
                Wanted::About(about) | Wanted::Disputed(about, _) => about.into(),
                Wanted::AtMost(most) => format!("at most {most}").into(),
                Wanted::AtLeast(least) => format!("at least {least}").into(),
            }),
            found: figure.found(&it.summary),
            runs: latches(figure, &it.summary).map(|it| it.runs),
            met: cell.and_then(|cell| cell.is_met),
            disputed: cell.and_then(|cell| match cell.wanted {
                Wanted::Disputed(_, why) => Some(why),
                _ => None,
            }),
        }
    };
    FoundJson {
        algorithm: it.algorithm.name(),
        warned: it.summary.warned,
        figures: Figure::ALL.into_iter().map(figure).collect(),
    }
}
