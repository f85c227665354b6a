//! Bars and tables.

use std::fmt::Write as _;

/// A part of a bar.
pub(crate) struct Part {
    /// What it stands for, which tells its colour: a class of the style.
    pub(crate) class: &'static str,
    /// Its length, in the chart's own unit.
    pub(crate) length: f64,
}

/// A bar with its words, which are HTML.
pub(crate) struct Bar {
    /// What it is of.
    pub(crate) label: String,
    /// Its parts, from the left.
    pub(crate) parts: Vec<Part>,
    /// Its value in words.
    pub(crate) value: String,
}

/// Bars below each other; `full` is the length that fills the width, at least the longest bar's if it is larger.
///
/// Only the bars are drawn, so that words stay readable at any width. The chart is hidden from screen readers, which
/// have its table.
pub(crate) fn bars(bars: &[Bar], full: f64, page: &mut String) {
    let longest = bars.iter().map(|bar| bar.parts.iter().map(|part| part.length).sum::<f64>()).fold(full, f64::max);
    page.push_str("<ul class=\"bars\" aria-hidden=\"true\">\n");
    for bar in bars {
        let _ = write!(
            page,
            "<li><span class=\"label\">{}</span><svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\">\
             <rect class=\"ground\" width=\"100\" height=\"10\"/>",
            bar.label
        );
        let mut x = 0.0;
        for part in &bar.parts {
            let width = if longest > 0.0 { part.length / longest * 100.0 } else { 0.0 };
            if width > 0.0 {
                let _ = write!(
                    page,
                    "<rect class=\"{}\" x=\"{x:.2}\" width=\"{:.2}\" height=\"10\"/>",
                    part.class,
                    width.max(0.3)
                );
            }
            x += width;
        }
        let _ = writeln!(page, "</svg><span class=\"value\">{}</span></li>", bar.value);
    }
    page.push_str("</ul>\n");
}

/// What the colours mean.
pub(crate) fn legend(entries: &[(&str, &str)], page: &mut String) {
    page.push_str("<p class=\"legend\" aria-hidden=\"true\">");
    for (class, meaning) in entries {
        let _ = write!(
            page,
            "<span><svg viewBox=\"0 0 10 10\"><rect class=\"{class}\" width=\"10\" height=\"10\"/></svg>{meaning}</span> "
        );
    }
    page.push_str("</p>\n");
}

/// A table that can be unfolded. The first `texts` columns are text, the others numbers; cells are HTML.
pub(crate) fn table(summary: &str, header: &[&str], texts: usize, rows: &[Vec<String>], page: &mut String) {
    let _ = writeln!(page, "<details class=\"numbers\"><summary>{summary}</summary>");
    open_table(summary, header, texts, rows, page);
    page.push_str("</details>\n");
}

/// A table that is always there; as [`table`].
pub(crate) fn open_table(name: &str, header: &[&str], texts: usize, rows: &[Vec<String>], page: &mut String) {
    let class = |index: usize| {
        if index < texts { "" } else { " class=\"number\"" }
    };
    let _ =
        writeln!(page, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{name}\"><table><thead><tr>");
    for (index, name) in header.iter().enumerate() {
        let _ = write!(page, "<th scope=\"col\"{}>{name}</th>", class(index));
    }
    page.push_str("</tr></thead><tbody>\n");
    for row in rows {
        page.push_str("<tr>");
        for (index, cell) in row.iter().enumerate() {
            let _ = match index {
                0 => write!(page, "<th scope=\"row\">{cell}</th>"),
                _ => write!(page, "<td{}>{cell}</td>", class(index)),
            };
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n");
}
