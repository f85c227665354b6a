//! Charts: drawings for the eye, each with a table of its numbers for everybody else.

use maud::{Markup, html};

/// One bar of a chart, with parts that stand on each other.
#[derive(Debug, Clone)]
pub struct Bar {
    /// What it stands for, such as a time.
    pub label: String,
    /// The parts, from below, in the order of the chart's series.
    pub parts: Vec<u64>,
    /// Where its numbers come from.
    pub href: Option<String>,
}

/// The names of series, each with its colour: for drawings that stand in cells of a table.
pub fn legend(series: &[String]) -> Markup {
    html! {
        p.ww-legend {
            @for (place, name) in series.iter().enumerate() { span.ww-legend__item { span.ww-swatch.(colour(place)) {} (name) } }
        }
    }
}

/// A small line without axes, for a cell of a table. `label` says the numbers.
pub fn sparkline(label: &str, values: &[u64]) -> Markup {
    let most = values.iter().copied().max().unwrap_or(0).max(1);
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(place, value)| {
            #[expect(clippy::cast_precision_loss, reason = "places in a drawing")]
            let (x, y) = (place as f64 * 4.0, 20.0 - *value as f64 / most as f64 * 18.0);
            format!("{x:.0},{y:.1}")
        })
        .collect();
    let width = values.len().max(1) * 4;
    html! {
        svg.ww-spark viewBox=(format!("0 0 {width} 22")) role="img" aria-label=(label) {
            polyline.ww-chart-line.c1 points=(points.join(" ")) {}
        }
    }
}

/// How large each part is of the whole, as one bar, for a cell of a table. `label` says the numbers.
pub fn shares(label: &str, parts: &[u64]) -> Markup {
    const LENGTH: f64 = 120.0;
    let sum = parts.iter().sum::<u64>().max(1);
    let mut before = 0.0;
    #[expect(clippy::cast_precision_loss, reason = "places in a drawing")]
    let places: Vec<(usize, f64, f64)> = parts
        .iter()
        .enumerate()
        .map(|(series, part)| {
            let (x, width) = (before, *part as f64 / sum as f64 * LENGTH);
            before += width;
            (series, x, width)
        })
        .collect();
    html! {
        svg.ww-spark viewBox=(format!("0 0 {LENGTH} 12")) role="img" aria-label=(label) {
            @for (series, x, width) in places.into_iter().filter(|(_, _, width)| *width > 0.0) {
                rect.ww-chart-bar.(colour(series)) x=(format!("{x:.1}")) y="0" width=(format!("{width:.1}")) height="12" {}
            }
        }
    }
}

pub(super) fn colour(series: usize) -> &'static str {
    ["c1", "c2", "c3", "c4", "c5", "c6"].get(series % 6).copied().unwrap_or("c1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_stand_beside_each_other_and_fill_the_bar() {
        let shown = shares("t", &[3, 0, 1]).into_string();
        assert!(shown.contains(r#"<rect class="ww-chart-bar c1" x="0.0" y="0" width="90.0""#), "{shown}");
        assert!(shown.contains(r#"<rect class="ww-chart-bar c3" x="90.0" y="0" width="30.0""#), "{shown}");
        assert_eq!(shown.matches("<rect").count(), 2, "nothing is drawn of nothing");
        assert!(shares("t", &[]).into_string().contains("svg"));
    }
}
