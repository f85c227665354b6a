//! Curves over time.

use super::super::report::number;
use crate::backtest::page::chart;
use std::fmt::Write as _;

/// Rows of the table beneath a curve.
const ROWS: usize = 16;

/// One line of a chart.
pub(super) struct Line {
    /// Its colour: a class of the style. Thresholds are drawn thin.
    pub(super) class: &'static str,
    pub(super) name: &'static str,
    /// Whether it is a threshold.
    pub(super) is_limit: bool,
    /// Minutes and values, in the order of time.
    pub(super) points: Vec<(f64, f64)>,
}

/// What is marked on every curve of a run.
pub(super) struct Marks {
    /// Minutes of latches, and what was latched.
    pub(super) latches: Vec<(f64, String)>,
    /// Minutes at which somebody reactivated the filter.
    pub(super) releases: Vec<f64>,
    /// From when to when nothing could be written.
    pub(super) outage: Option<(f64, f64)>,
}

/// Draws lines from the beginning to `minutes`, with marks. Nothing if no line says anything.
pub(super) fn draw(title: &str, lines: &[Line], marks: &Marks, minutes: f64, page: &mut String) {
    let highest = lines.iter().flat_map(|line| &line.points).map(|(_, value)| *value).fold(0.0, f64::max);
    if highest <= 0.0 || minutes <= 0.0 {
        return;
    }
    let _ = writeln!(
        page,
        "<h3>{title}</h3><div class=\"curve\" aria-hidden=\"true\"><p class=\"axis\">{}</p>\
         <svg viewBox=\"0 0 1000 200\" preserveAspectRatio=\"none\">",
        number(highest)
    );
    let x = |at: f64| at / minutes * 1_000.0;
    let y = |value: f64| 198.0 - value / highest * 194.0;
    if let Some((from, to)) = marks.outage.filter(|(from, _)| *from < minutes) {
        let (left, right) = (x(from.max(0.0)), x(to.min(minutes)));
        let _ = write!(
            page,
            "<rect class=\"outage\" x=\"{left:.1}\" y=\"0\" width=\"{:.1}\" height=\"200\">\
             <title>nothing can be written</title></rect>",
            right - left
        );
    }
    for line in lines.iter().filter(|line| line.points.len() > 1) {
        let class = if line.is_limit { format!("{} limit", line.class) } else { line.class.to_owned() };
        let _ = write!(page, "<polyline class=\"{class}\" points=\"");
        for (at, value) in &line.points {
            let _ = write!(page, "{:.1},{:.1} ", x(*at), y(*value));
        }
        page.push_str("\"/>");
    }
    for at in marks.releases.iter().filter(|at| **at <= minutes) {
        upright("release", x(*at), &format!("reactivated at {} min", number(*at)), page);
    }
    for (at, name) in marks.latches.iter().filter(|(at, _)| *at <= minutes) {
        upright("latch", x(*at), &format!("{name} at {} min", number(*at)), page);
    }
    let _ = writeln!(page, "</svg><p class=\"axis ends\"><span>0</span><span>{} min</span></p></div>", number(minutes));
    let legend: Vec<(&str, &str)> = lines.iter().filter(|line| !line.is_limit).map(|it| (it.class, it.name)).collect();
    chart::legend(&legend, page);
    table(title, lines, minutes, page);
}

/// A line from top to bottom.
fn upright(class: &str, x: f64, title: &str, page: &mut String) {
    let _ = write!(
        page,
        "<line class=\"{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"200\"><title>{title}</title></line>"
    );
}

/// The lines in numbers, at even distances.
fn table(title: &str, lines: &[Line], minutes: f64, page: &mut String) {
    let mut header = vec!["minutes"];
    header.extend(lines.iter().map(|line| line.name));
    #[expect(clippy::cast_precision_loss, reason = "16")]
    let at = |row: usize| minutes * (row + 1) as f64 / ROWS as f64;
    let rows: Vec<Vec<String>> = (0..ROWS)
        .map(|row| {
            let value = |line: &Line| {
                let last = line.points.iter().take_while(|(time, _)| *time <= at(row)).last();
                last.map_or_else(|| "–".to_owned(), |(_, value)| number((value * 100.0).round() / 100.0))
            };
            std::iter::once(number(at(row))).chain(lines.iter().map(value)).collect()
        })
        .collect();
    chart::table(&format!("Numbers: {title}"), &header, 0, &rows, page);
}
