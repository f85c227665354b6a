//! What simulations came to, as one page of HTML: no script, nothing loaded from elsewhere.

mod curve;
mod traces;

use super::edits::Judged;
use super::report::{Report, Row, found, wanted, words};
use crate::backtest::page::{END, chart, escape, open};
use std::fmt::Write as _;
use wikiward_filters::brake::simulate::{Algorithm, Wanted};

/// Styles of curves.
const STYLE: &str = include_str!("page/style.css");

/// Scenarios, with curves of one run of each.
pub(super) fn scenarios(report: &Report) -> String {
    let mut page = open("Emergency brake", STYLE);
    let (missed, expected) = report.missed();
    let _ = writeln!(
        page,
        "<h1>Emergency brake, simulated</h1>\n<p>{} of {expected} figures came out as expected, within 30 %. Figures are \
         means of {} runs with the seed {}; curves show one run. <i>standard</i> is this brake, <i>compat</i> \
         AbuseFilter's algorithm. D is what takes something away, O what stops the action, N a nuisance.</p>",
        expected - missed,
        report.runs,
        report.seed
    );
    for (number, why) in report.disputes() {
        let _ = writeln!(page, "<p class=\"note\">* {}: {}</p>", escape::text(&number), escape::text(why));
    }
    for row in &report.scenarios {
        scenario(row, &mut page);
    }
    page.push_str(END);
    page
}

fn scenario(row: &Row, page: &mut String) {
    let scenario = &row.scenario;
    let name = format!("{}: {} ({})", scenario.number, scenario.title, scenario.wiki.name);
    let name = escape::text(&name);
    let _ = writeln!(page, "<section><h2>{name}</h2>");
    let rows: Vec<Vec<String>> = row
        .results
        .iter()
        .flat_map(|it| {
            it.figures().into_iter().map(|shown| {
                let verdict = match (shown.wanted, shown.is_met) {
                    (Some(Wanted::Disputed(..)), _) => "disputed",
                    (None, _) => "",
                    (_, Some(true)) => "yes",
                    (_, _) => "<strong>no</strong>",
                };
                vec![
                    format!("{}: {}", it.algorithm.name(), words(shown.figure)),
                    wanted(shown.wanted, shown.figure),
                    found(shown.found, shown.figure, &it.summary),
                    verdict.to_owned(),
                ]
            })
        })
        .collect();
    if !rows.is_empty() {
        chart::open_table(&name, &["figure", "expected", "simulated", "as expected"], 1, &rows, page);
    }
    for it in &row.results {
        if let Some(trace) = &it.trace {
            traces::draw(it.algorithm, trace, page);
        }
    }
    page.push_str("</section>\n");
}

/// Recorded edits, with curves of each filter on each wiki.
pub(super) fn edits(judged: &Judged) -> String {
    let mut page = open("Emergency brake on recorded edits", STYLE);
    let _ = writeln!(
        page,
        "<h1>Emergency brake on recorded edits</h1>\n<p>{} were judged, from {} to {}. The filters count as saved at {}. \
         What happened stays as it was: nobody was really refused or blocked.</p>",
        escape::text(&crate::backtest::visible::counted(judged.edits, "edit")),
        judged.first.map_or_else(String::new, |at| at.to_string()),
        judged.last.map_or_else(String::new, |at| at.to_string()),
        judged.saved.map_or_else(String::new, |at| at.to_string()),
    );
    for case in &judged.cases {
        let name = escape::text(&format!("{} on {}", case.filter, case.wiki));
        let _ = writeln!(page, "<section><h2>{name}</h2>");
        let rows: Vec<Vec<String>> =
            case.lines().iter().map(|line| line.iter().map(|cell| escape::text(cell)).collect()).collect();
        chart::open_table(&name, &["algorithm", "what", "when", "evidence"], 4, &rows, &mut page);
        for (algorithm, watch) in Algorithm::ALL.into_iter().zip(&case.watches) {
            traces::draw(algorithm, &watch.trace, &mut page);
        }
        page.push_str("</section>\n");
    }
    page.push_str(END);
    page
}
