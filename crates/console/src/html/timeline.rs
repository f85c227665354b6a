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

// The drawing's own units: it is stretched to the room that it has. Words stand beside it and are not stretched.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 120.0;

/// Points from one label of time to the next: as many as minutes, hours and days are counted in.
const LABEL_EVERY: [usize; 8] = [1, 2, 3, 6, 15, 24, 60, 120];

/// Most labels of time, however much room there is.
const LABELS_MAX: usize = 9;

/// Widths that drawings have at least, in pixels: on a phone of 360, and where the style shows the labels of wide ones.
const ROOMS: [f64; 2] = [250.0, 400.0];

/// Width of a letter of a label with the room around it, in pixels.
const LETTER: f64 = 7.5;

/// The drawing and its table. Readers of the table have all that is drawn, so the drawing itself says nothing to them.
pub fn timeline(chart: &Timeline<'_>) -> Markup {
    let sum = |bar: &Bar| match chart.shape {
        Shape::Bars => bar.parts.iter().sum::<u64>(),
        Shape::Lines => bar.parts.iter().copied().max().unwrap_or(0),
    };
    let top = round(chart.points.iter().map(sum).max().unwrap_or(0));
    #[expect(clippy::cast_precision_loss, reason = "places in a drawing")]
    let step = WIDTH / chart.points.len().max(1) as f64;
    html! {
        figure.ww-chart-figure {
            figcaption {
                (chart.title)
                span.ww-legend {
                    @for (place, name) in chart.series.iter().enumerate() { span.ww-legend__item { span.ww-swatch.(colour(place)) {} (name) } }
                }
            }
            div.ww-chart aria-hidden="true" {
                div.ww-chart__scale { @for number in [top, top / 2, 0] { span { (short(number)) } } }
                svg.ww-chart__drawing {
                    svg width="100%" height="85%" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" {
                        (axes(top))
                        @match chart.shape {
                            Shape::Bars => (bars(chart, top, step)),
                            Shape::Lines => (lines(chart, top, step)),
                        }
                    }
                    (labels(chart, step))
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

/// Whether each point has a label in a drawing so wide: at even distances, each in full and none touching another.
fn labelled(points: &[Bar], room: f64) -> Vec<bool> {
    let letters = points.iter().map(|point| point.label.chars().count()).max().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "places in a drawing")]
    let (width, step) = ((letters + 1) as f64 * LETTER, room / points.len().max(1) as f64);
    #[expect(clippy::cast_precision_loss, reason = "places in a drawing")]
    let fits = |every: &usize| points.len() <= every * LABELS_MAX && step * *every as f64 >= width;
    let every = LABEL_EVERY.into_iter().find(fits).unwrap_or_else(|| points.len().max(1));
    #[expect(clippy::cast_precision_loss, reason = "places in a drawing")]
    let is_whole = |place: usize| place == 0 || place as f64 * step + width <= room;
    (0..points.len()).map(|place| place % every == 0 && is_whole(place)).collect()
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
    value as f64 / top as f64 * HEIGHT
}

#[expect(clippy::cast_precision_loss, reason = "places in a drawing")]
fn across(place: usize, step: f64) -> f64 {
    place as f64 * step
}

fn axes(top: u64) -> Markup {
    let middle = HEIGHT - height(top / 2, top);
    html! {
        path.ww-chart-grid d=(format!("M0 0H{WIDTH}M0 {middle:.1}H{WIDTH}")) {}
        path.ww-chart-axis d=(format!("M0 0V{HEIGHT}H{WIDTH}")) {}
    }
}

/// The labels of time: their places are shares of the width. The style chooses between those for phones and for screens.
fn labels(chart: &Timeline<'_>, step: f64) -> Markup {
    let [narrow, wide] = ROOMS.map(|room| labelled(chart.points, room));
    let class = |on: (bool, bool)| match on {
        (true, true) => Some(""),
        (true, false) => Some("ww-chart__narrow"),
        (false, true) => Some("ww-chart__wide"),
        (false, false) => None,
    };
    let shown = narrow.into_iter().zip(wide).map(class).zip(chart.points).enumerate();
    let shown = shown.filter_map(|(place, (class, point))| Some((place, class?, &point.label)));
    html! {
        @for (place, class, label) in shown {
            text class=[(!class.is_empty()).then_some(class)] x=(format!("{:.2}%", across(place, step) / WIDTH * 100.0)) y="98%" { (label) }
        }
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
    let mut below = HEIGHT;
    let parts = point.parts.iter().enumerate().filter(|(_, part)| **part > 0).map(|(series, part)| {
        let height = height(*part, top);
        below -= height;
        (series, below, height)
    });
    let (x, width) = (format!("{:.1}", across(place, step)), format!("{:.1}", step * 0.85));
    html! {
        rect.ww-chart-hit x=(x) y="0" width=(width) height=(HEIGHT) {}
        @for (series, y, height) in parts {
            rect.ww-chart-bar.(colour(series)) x=(x) y=(format!("{y:.1}")) width=(width) height=(format!("{height:.1}")) {}
        }
    }
}

fn lines(chart: &Timeline<'_>, top: u64, step: f64) -> Markup {
    let points = |series: usize| -> String {
        let place = |(place, point): (usize, &Bar)| {
            let value = point.parts.get(series).copied().unwrap_or(0);
            format!("{:.1},{:.1}", across(place, step) + step / 2.0, HEIGHT - height(value, top))
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
            html.contains(r#"<rect class="ww-chart-bar c1" x="0.0" y="48.0" width="255.0" height="72.0">"#),
            "{html}"
        );
        assert!(html.contains(r#"class="ww-chart-bar c2" x="0.0" y="24.0" width="255.0" height="24.0">"#), "{html}");
        assert_eq!(html.matches("<a href=\"/x\" tabindex=\"-1\">").count(), 1);
        assert!(!html.contains("style="));
    }

    #[test]
    fn lines_have_a_point_for_every_moment() {
        let html = shown(Shape::Lines);
        assert!(html.contains(r#"class="ww-chart-line c1" points="150.0,48.0 450.0,120.0""#), "{html}");
        assert!(html.contains(r#"class="ww-chart-line c2" points="150.0,96.0 450.0,120.0""#), "{html}");
    }

    /// The places that have labels of so many letters, among so many points.
    fn places(points: usize, letters: usize, room: f64) -> Vec<usize> {
        let point = Bar { label: "0".repeat(letters), parts: vec![1], href: None };
        let labelled = labelled(&vec![point; points], room);
        (0..points).filter(|place| labelled[*place]).collect()
    }

    #[test]
    fn labels_do_not_touch_each_other_nor_leave_the_drawing() {
        let [phone, screen] = ROOMS;
        assert_eq!(places(60, 5, phone), [0, 15, 30, 45]);
        assert_eq!(places(60, 5, screen), [0, 15, 30, 45]);
        assert_eq!(places(24, 5, phone), [0, 6, 12, 18]);
        assert_eq!(places(24, 5, screen), [0, 3, 6, 9, 12, 15, 18, 21]);
        assert_eq!(places(24, 11, phone), [0, 15]);
        assert_eq!(places(24, 11, screen), [0, 6, 12, 18]);
        assert_eq!(places(1, 40, phone), [0], "a label that is longer than the drawing stands at its beginning");
        assert!(places(0, 0, phone).is_empty());
        for (points, letters) in (1..400).flat_map(|points| [(points, 5), (points, 11)]) {
            for room in ROOMS {
                let places = places(points, letters, room);
                #[expect(clippy::cast_precision_loss, reason = "places in a drawing")]
                let at = |place: &usize| *place as f64 * room / points as f64;
                #[expect(clippy::cast_precision_loss, reason = "places in a drawing")]
                let width = (letters + 1) as f64 * LETTER;
                assert!(
                    places.windows(2).all(|two| at(&two[1]) - at(&two[0]) >= width),
                    "{points}, {letters}: {places:?}"
                );
                assert!(
                    places.last().is_none_or(|last| *last == 0 || at(last) + width <= room),
                    "{points}: {places:?}"
                );
            }
        }
    }

    #[test]
    fn numbers_at_the_axis_are_short() {
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
