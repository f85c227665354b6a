//! Numbers over time, drawn with their axes, each point linked; beneath, folded, the same as a table.

use super::chart::{Bar, colour};
use maud::{Markup, html};

/// How a timeline is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Parts of a whole, standing on each other.
    Bars,
    /// Each series by itself.
    Lines,
}

/// Numbers over time.
#[derive(Debug, Clone)]
pub struct Timeline<'a> {
    /// Names it on the page.
    pub id: &'a str,
    /// What is shown.
    pub title: &'a str,
    /// What unfolds the table.
    pub table_label: &'a str,
    /// Heading of the times.
    pub when: &'a str,
    /// Names of the series.
    pub series: &'a [String],
    /// The points, oldest first.
    pub points: &'a [Bar],
    /// How it is drawn.
    pub shape: Shape,
}

// Units of the drawing.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 150.0;
const LEFT: f64 = 40.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 130.0;

/// Points from one label of time to the next: as many as minutes, hours and days are counted in.
const LABEL_EVERY: [usize; 8] = [1, 2, 3, 6, 15, 24, 60, 120];

/// Most labels of time: they do not touch each other on a phone.
const LABELS_MAX: usize = 7;

/// The drawing and its table. Readers of the table have all that is drawn, so the drawing itself says nothing to them.
pub fn timeline(chart: &Timeline<'_>) -> Markup {
    let sum = |bar: &Bar| match chart.shape {
        Shape::Bars => bar.parts.iter().sum::<u64>(),
        Shape::Lines => bar.parts.iter().copied().max().unwrap_or(0),
    };
    let top = round(chart.points.iter().map(sum).max().unwrap_or(0));
    #[expect(clippy::cast_precision_loss, reason = "places in a drawing")]
    let step = (WIDTH - LEFT) / chart.points.len().max(1) as f64;
    html! {
        figure.ww-chart-figure {
            figcaption {
                (chart.title)
                span.ww-legend {
                    @for (place, name) in chart.series.iter().enumerate() { span.ww-legend__item { span.ww-swatch.(colour(place)) {} (name) } }
                }
            }
            svg.ww-chart viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) aria-hidden="true" {
                (axes(chart, top, step))
                @match chart.shape {
                    Shape::Bars => (bars(chart, top, step)),
                    Shape::Lines => (lines(chart, top, step)),
                }
            }
            (table(chart))
        }
    }
}

/// The next number that is 1, 2 or 5 with noughts, and not below 2.
fn round(most: u64) -> u64 {
    let mut unit = 1_u64;
    loop {
        for first in [1, 2, 5] {
            let number = unit.saturating_mul(first);
            if number >= most.max(2) {
                return number;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

/// Points from one label to the next, of so many.
fn label_every(points: usize) -> usize {
    let fits = |every: &usize| points <= every * LABELS_MAX;
    LABEL_EVERY.into_iter().find(fits).unwrap_or_else(|| points.div_ceil(LABELS_MAX))
}

/// A round number as it stands at an axis, where there is little room.
fn short(number: u64) -> String {
    match number {
        1_000_000.. if number.is_multiple_of(1_000_000) => format!("{}M", number / 1_000_000),
        10_000.. if number.is_multiple_of(1_000) => format!("{}k", number / 1_000),
        _ => number.to_string(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "places in a drawing")]
fn height(value: u64, top: u64) -> f64 {
    value as f64 / top as f64 * (BOTTOM - TOP)
}

#[expect(clippy::cast_precision_loss, reason = "places in a drawing")]
fn across(place: usize, step: f64) -> f64 {
    place as f64 * step + LEFT
}

fn axes(chart: &Timeline<'_>, top: u64, step: f64) -> Markup {
    let half = top / 2;
    let middle = BOTTOM - height(half, top);
    let every = label_every(chart.points.len());
    let labels = chart.points.iter().enumerate().filter(|(place, _)| place % every == 0);
    html! {
        path.ww-chart-grid d=(format!("M{LEFT} {TOP}H{WIDTH}M{LEFT} {middle:.1}H{WIDTH}")) {}
        path.ww-chart-axis d=(format!("M{LEFT} {TOP}V{BOTTOM}H{WIDTH}")) {}
        text x="34" y=(TOP + 4.0) text-anchor="end" { (short(top)) }
        text x="34" y=(format!("{:.1}", middle + 4.0)) text-anchor="end" { (short(half)) }
        @for (place, point) in labels { text x=(format!("{:.1}", across(place, step))) y="146" { (point.label) } }
    }
}

fn bars(chart: &Timeline<'_>, top: u64, step: f64) -> Markup {
    html! {
        @for (place, point) in chart.points.iter().enumerate().filter(|(_, point)| point.parts.iter().any(|part| *part > 0)) {
            @match &point.href {
                // The table leads there too; the keyboard goes through the table.
                Some(href) => a href=(href) tabindex="-1" { (bar(point, place, top, step)) },
                None => (bar(point, place, top, step)),
            }
        }
    }
}

fn bar(point: &Bar, place: usize, top: u64, step: f64) -> Markup {
    let mut below = BOTTOM;
    let parts = point.parts.iter().enumerate().filter(|(_, part)| **part > 0).map(|(series, part)| {
        let height = height(*part, top);
        below -= height;
        (series, below, height)
    });
    let (x, width) = (format!("{:.1}", across(place, step)), format!("{:.1}", step * 0.85));
    html! {
        rect.ww-chart-hit x=(x) y=(TOP) width=(width) height=(BOTTOM - TOP) {}
        @for (series, y, height) in parts {
            rect.ww-chart-bar.(colour(series)) x=(x) y=(format!("{y:.1}")) width=(width) height=(format!("{height:.1}")) {}
        }
    }
}

fn lines(chart: &Timeline<'_>, top: u64, step: f64) -> Markup {
    let points = |series: usize| -> String {
        let place = |(place, point): (usize, &Bar)| {
            let value = point.parts.get(series).copied().unwrap_or(0);
            format!("{:.1},{:.1}", across(place, step) + step / 2.0, BOTTOM - height(value, top))
        };
        chart.points.iter().enumerate().map(place).collect::<Vec<_>>().join(" ")
    };
    html! {
        @for series in 0..chart.series.len() { polyline.ww-chart-line.(colour(series)) points=(points(series)) {} }
    }
}

fn table(chart: &Timeline<'_>) -> Markup {
    html! {
        details.ww-fold id=(chart.id) {
            summary { (chart.table_label) }
            div.ww-table-wrap tabindex="0" role="group" aria-label=(chart.title) {
                table.ww-numbers {
                    thead { tr { th scope="col" { (chart.when) } @for name in chart.series { th scope="col" { (name) } } } }
                    tbody {
                        @for point in chart.points {
                            tr {
                                th scope="row" { @match &point.href { Some(href) => a href=(href) { (point.label) }, None => (point.label) } }
                                @for part in &point.parts { td { (part) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(shape: Shape) -> String {
        let points = [
            Bar { label: "10:00".into(), parts: vec![3, 1], href: Some("/x".into()) },
            Bar { label: "10:01".into(), parts: vec![0, 0], href: None },
        ];
        let series = ["a".to_owned(), "b".to_owned()];
        let chart = Timeline {
            id: "t",
            title: "t",
            table_label: "numbers",
            when: "when",
            series: &series,
            points: &points,
            shape,
        };
        timeline(&chart).into_string()
    }

    #[test]
    fn bars_stand_on_the_axis_and_on_each_other() {
        let html = shown(Shape::Bars);
        assert!(
            html.contains(r#"<rect class="ww-chart-bar c1" x="40.0" y="58.0" width="238.0" height="72.0">"#),
            "{html}"
        );
        assert!(html.contains(r#"class="ww-chart-bar c2" x="40.0" y="34.0" width="238.0" height="24.0">"#), "{html}");
        assert_eq!(html.matches("<a href=\"/x\" tabindex=\"-1\">").count(), 1);
        assert!(!html.contains("style="));
    }

    #[test]
    fn lines_have_a_point_for_every_moment() {
        let html = shown(Shape::Lines);
        assert!(html.contains(r#"class="ww-chart-line c1" points="180.0,58.0 460.0,130.0""#), "{html}");
        assert!(html.contains(r#"class="ww-chart-line c2" points="180.0,106.0 460.0,130.0""#), "{html}");
    }

    #[test]
    fn labels_are_few_and_short() {
        assert_eq!([0, 2, 7, 8, 24, 25, 60, 168, 720].map(label_every), [1, 1, 1, 2, 6, 6, 15, 24, 120]);
        assert_eq!(label_every(10_000), 1_429);
        assert_eq!(
            [20, 5_000, 10_000, 25_000, 2_500_000, 5_000_000].map(short),
            ["20", "5000", "10k", "25k", "2500k", "5M"]
        );
    }

    #[test]
    fn axes_end_at_round_numbers() {
        assert_eq!([0, 1, 2, 3, 6, 11, 99, 501].map(round), [2, 2, 2, 5, 10, 20, 100, 1_000]);
        assert!(round(u64::MAX) > 0);
    }
}
