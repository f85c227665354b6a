//! Hits over time.

use super::chart;
use crate::backtest::report::VolumeReport;
use crate::backtest::visible::{counted, number, percent};
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Most columns of the chart: above, days are put together to months, months to years.
const COLUMNS_MAX: usize = 130;

/// What one column covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Day,
    Month,
    Year,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    fn begin(self, date: Date) -> Date {
        match self {
            Self::Day => date,
            Self::Month => date.first_of_month(),
            Self::Year => date.first_of_year(),
        }
    }

    fn next(self, date: Date) -> Option<Date> {
        let span = match self {
            Self::Day => 1.day(),
            Self::Month => 1.month(),
            Self::Year => 1.year(),
        };
        date.checked_add(span).ok()
    }

    fn label(self, date: Date) -> String {
        let date = date.to_string();
        let length = match self {
            Self::Day => 10,
            Self::Month => 7,
            Self::Year => 4,
        };
        date.get(..length).unwrap_or(&date).to_owned()
    }
}

/// The chart of hits by day, month or year, and its table.
pub(super) fn days(days: &[VolumeReport], page: &mut String) {
    let (step, columns) = columns(days);
    if columns.len() < 2 {
        return;
    }
    let highest = columns.iter().map(|(_, column)| column.hits).max().unwrap_or(0);
    let name = step.name();
    let _ = writeln!(page, "<section><h2>Hits by {name}</h2>");
    let _ = writeln!(
        page,
        "<div class=\"timeline\" aria-hidden=\"true\"><p class=\"axis\">{}</p>\
         <svg viewBox=\"0 0 {} 100\" preserveAspectRatio=\"none\">",
        counted(highest, "hit"),
        columns.len()
    );
    for (index, (label, column)) in columns.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "drawn")]
        let height = if highest == 0 { 0.0 } else { column.hits as f64 / highest as f64 * 100.0 };
        let height = if column.hits > 0 { height.max(1.0) } else { 0.0 };
        let _ = writeln!(
            page,
            "<rect class=\"hits\" x=\"{index}.08\" y=\"{:.2}\" width=\"0.84\" height=\"{height:.2}\">\
             <title>{label}: {}, {}</title></rect>",
            100.0 - height,
            counted(column.hits, "hit"),
            counted(column.edits, "edit"),
        );
    }
    let first = columns.first().map_or("", |(label, _)| label);
    let last = columns.last().map_or("", |(label, _)| label);
    let _ = writeln!(page, "</svg><p class=\"axis ends\"><span>{first}</span><span>{last}</span></p></div>");
    let rows: Vec<Vec<String>> = columns
        .iter()
        .filter(|(_, column)| column.edits > 0)
        .map(|(label, column)| {
            vec![
                label.clone(),
                number(column.edits),
                number(column.hits),
                number(column.matched),
                percent(column.matched, column.edits),
            ]
        })
        .collect();
    chart::table(&format!("Numbers by {name}"), &[name, "edits", "hits", "edits with hits", "share"], 1, &rows, page);
    page.push_str("</section>\n");
}

/// The columns without gaps, in the finest step that gives few enough.
fn columns(days: &[VolumeReport]) -> (Step, Vec<(String, VolumeReport)>) {
    let dated: Vec<(Date, &VolumeReport)> =
        days.iter().filter_map(|day| Some((day.of.parse::<Date>().ok()?, day))).collect();
    let (Some((first, _)), Some((last, _))) = (dated.first(), dated.last()) else {
        return (Step::Day, Vec::new());
    };
    let step = [Step::Day, Step::Month]
        .into_iter()
        .find(|step| dates(*step, *first, *last).nth(COLUMNS_MAX).is_none())
        .unwrap_or(Step::Year);
    let empty = |date| VolumeReport { of: step.label(date), edits: 0, matched: 0, hits: 0 };
    let mut columns: BTreeMap<Date, VolumeReport> =
        dates(step, *first, *last).map(|date| (date, empty(date))).collect();
    for (date, day) in dated {
        let date = step.begin(date);
        let column = columns.entry(date).or_insert_with(|| empty(date));
        column.edits += day.edits;
        column.matched += day.matched;
        column.hits += day.hits;
    }
    (step, columns.into_values().map(|column| (column.of.clone(), column)).collect())
}

fn dates(step: Step, first: Date, last: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(step.begin(first)), move |date| step.next(*date)).take_while(move |date| *date <= last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(days: &[(&str, u64)], step: Step, expected: &[(&str, u64)]) {
        let days: Vec<VolumeReport> = days
            .iter()
            .map(|(day, hits)| VolumeReport { of: (*day).to_owned(), edits: 1, matched: 1, hits: *hits })
            .collect();
        let (found, columns) = columns(&days);
        assert_eq!(found, step);
        let columns: Vec<(&str, u64)> = columns.iter().map(|(label, column)| (label.as_str(), column.hits)).collect();
        assert_eq!(columns, expected);
    }

    #[test]
    fn gaps_are_shown_as_gaps() {
        let days = [("2020-02-27", 2), ("2020-03-01", 5)];
        check(&days, Step::Day, &[("2020-02-27", 2), ("2020-02-28", 0), ("2020-02-29", 0), ("2020-03-01", 5)]);
        check(&[], Step::Day, &[]);
    }

    #[test]
    fn long_spans_are_put_together() {
        let days = [("2020-02-27", 2), ("2020-02-28", 1), ("2020-12-31", 5)];
        let (step, months) =
            columns(&days.map(|(day, hits)| VolumeReport { of: day.to_owned(), edits: 1, matched: 1, hits }));
        assert_eq!((step, months.len()), (Step::Month, 11));
        assert_eq!(months[0].1.hits, 3);
        check(
            &[("2001-05-05", 1), ("2026-01-01", 1)],
            Step::Year,
            &std::array::from_fn::<_, 26, _>(|index| {
                let years = [
                    "2001", "2002", "2003", "2004", "2005", "2006", "2007", "2008", "2009", "2010", "2011", "2012",
                    "2013", "2014", "2015", "2016", "2017", "2018", "2019", "2020", "2021", "2022", "2023", "2024",
                    "2025", "2026",
                ];
                (years[index], u64::from(index == 0 || index == 25))
            }),
        );
    }
}
