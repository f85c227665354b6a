//! The report as one page of HTML: no script, nothing loaded from elsewhere, charts drawn in the page.
//!
//! Every chart has its numbers in a table beneath it. Text of strangers goes through [`escape`], which also makes hidden
//! characters visible.

pub(crate) mod chart;
mod details;
pub(crate) mod escape;
mod sections;
mod timeline;
mod verdicts;

use crate::backtest::report::Report;

/// The page's style: light and dark, from 360 pixels of width on.
const STYLE: &str = include_str!("page/style.css");

/// The end of a page that [`open`] began.
pub(crate) const END: &str = "</main>\n</body>\n</html>\n";

/// The beginning of a page, with styles of its own after those of all pages.
pub(crate) fn open(title: &str, styles: &str) -> String {
    let mut page = String::with_capacity(64 * 1024);
    page.push_str(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>",
    );
    page.push_str(title);
    page.push_str("</title>\n<style>\n");
    page.push_str(STYLE);
    page.push_str(styles);
    page.push_str("</style>\n</head>\n<body>\n<main>\n");
    page
}

/// The whole page.
pub(super) fn html(report: &Report) -> String {
    let mut page = open("Backtest", "");
    sections::headline(report, &mut page);
    sections::undecided(report, &mut page);
    verdicts::hits(report, &mut page);
    verdicts::outcomes(report, &mut page);
    if let Some(comparison) = &report.comparison {
        details::comparison(comparison, &mut page);
    }
    timeline::days(&report.days, &mut page);
    sections::slowest(report, &mut page);
    sections::wikis(report, &mut page);
    sections::never_and_always(report, &mut page);
    details::errors(report, &mut page);
    details::filters(report, &mut page);
    details::problems(report, &mut page);
    page.push_str(END);
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::tests::report;

    #[test]
    fn text_of_strangers_never_becomes_markup() {
        let page = html(&report());
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "the rule's name is shown");
        assert!(page.contains("<span class=\"hidden\">U+202E</span>"), "the title's control is shown");
        for tag in ["<script", "<img", "<b>bold", "</pre><s", "\u{202e}"] {
            assert!(!page.contains(tag), "{tag}");
        }
    }

    #[test]
    fn the_page_loads_nothing_and_every_element_is_closed() {
        let page = html(&report());
        let tags = page.split('<').skip(1).filter_map(|rest| rest.split('>').next());
        for tag in tags {
            for word in ["src=", "href=", "style=", "onerror", "link ", "iframe", "object"] {
                assert!(!tag.contains(word), "<{tag}>");
            }
        }
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
        for element in
            ["section", "table", "svg", "details", "ul", "li", "div", "p", "pre", "h2", "h3", "td", "th", "tr"]
        {
            let opened = page.matches(&format!("<{element}>")).count() + page.matches(&format!("<{element} ")).count();
            assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element}");
        }
    }
}
