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

/// Units of the drawing's height.
const HEIGHT: f64 = 100.0;
/// Units of the drawing's width.
const WIDTH: f64 = 600.0;

/// Bars over time, their parts in the colours of `series`; beneath, folded, the same as a table.
pub fn bars(title: &str, table_label: &str, when: &str, series: &[String], bars: &[Bar]) -> Markup {
    let most = bars.iter().map(|bar| bar.parts.iter().sum::<u64>()).max().unwrap_or(0).max(1);
    #[expect(clippy::cast_precision_loss, reason = "places in a drawing")]
    let (scale, step) = (HEIGHT / most as f64, WIDTH / bars.len().max(1) as f64);
    html! {
        figure.ww-chart-figure {
            figcaption { (title) span.ww-legend { @for (place, name) in series.iter().enumerate() { span.ww-legend__item { span.ww-swatch.(colour(place)) {} (name) } } } }
            svg.ww-chart viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" role="img" aria-label=(title) {
                @for (place, bar) in bars.iter().enumerate() {
                    (drawn(bar, place, step, scale))
                }
                line.ww-chart-axis x1="0" y1=(HEIGHT) x2=(WIDTH) y2=(HEIGHT) {}
            }
            details.ww-fold {
                summary { (table_label) }
                div.ww-table-wrap tabindex="0" role="group" aria-label=(title) {
                    table.ww-numbers {
                        thead { tr { th scope="col" { (when) } @for name in series { th scope="col" { (name) } } } }
                        tbody {
                            @for bar in bars {
                                tr {
                                    th scope="row" { @match &bar.href { Some(href) => a href=(href) { (bar.label) }, None => (bar.label) } }
                                    @for part in &bar.parts { td { (part) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn drawn(bar: &Bar, place: usize, step: f64, scale: f64) -> Markup {
    let mut below = 0.0;
    #[expect(clippy::cast_precision_loss, reason = "places in a drawing")]
    let x = place as f64 * step;
    let rectangles = bar.parts.iter().enumerate().filter(|(_, part)| **part > 0).map(|(series, part)| {
        #[expect(clippy::cast_precision_loss, reason = "places in a drawing")]
        let height = *part as f64 * scale;
        below += height;
        (series, HEIGHT - below, height)
    });
    html! {
        @for (series, y, height) in rectangles {
            rect.ww-chart-bar.(colour(series)) x=(format!("{x:.1}")) y=(format!("{y:.1}"))
                width=(format!("{:.1}", step * 0.85)) height=(format!("{height:.1}")) {
                title { (bar.label) ": " (bar.parts.get(series).copied().unwrap_or(0)) }
            }
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
    fn parts_stand_on_each_other_and_the_tallest_bar_fills_the_drawing() {
        let drawing = [
            Bar { label: "10:00".into(), parts: vec![3, 1], href: None },
            Bar { label: "10:01".into(), parts: vec![0, 2], href: Some("/x".into()) },
        ];
        let shown = bars("t", "numbers", "when", &["a".into(), "b".into()], &drawing).into_string();
        assert!(
            shown.contains(r#"<rect class="ww-chart-bar c1" x="0.0" y="25.0" width="255.0" height="75.0">"#),
            "{shown}"
        );
        assert!(shown.contains(r#"class="ww-chart-bar c2" x="0.0" y="0.0" width="255.0" height="25.0">"#), "{shown}");
        assert!(shown.contains(r#"<a href="/x">10:01</a>"#));
        assert!(!shown.contains("style="));
    }
}
