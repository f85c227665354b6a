//! Tables and what leads from page to page of them.

use crate::text::Text;
use maud::{Markup, html};

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its heading.
    pub heading: Markup,
    /// The heading as text: on small screens it stands in every cell. Empty where a cell says enough by itself.
    pub label: String,
    /// Whether it holds numbers, which stand at the end.
    pub is_number: bool,
    /// How the table is sorted by it: `ascending`, `descending`; none if it is not.
    pub sorted: Option<&'static str>,
}

impl Column {
    /// A column of texts.
    pub fn text(heading: impl Into<String>) -> Self {
        let heading: String = heading.into();
        Self { heading: html! { (heading) }, label: heading, is_number: false, sorted: None }
    }

    /// A column of numbers.
    pub fn number(heading: impl Into<String>) -> Self {
        Self { is_number: true, ..Self::text(heading) }
    }

    /// A column whose heading is markup, such as a link that sorts.
    pub fn of(heading: Markup) -> Self {
        Self { heading, label: String::new(), is_number: false, sorted: None }
    }

    /// The same with the heading as text, for small screens.
    #[must_use]
    pub fn labelled(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }
}

/// A table that scrolls by itself where it is too wide, and whose rows are cards on small screens. The first cell of a row is its heading.
pub fn table(caption: &str, columns: &[Column], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.cdx-table.ww-table-wrap role="group" aria-label=(caption) tabindex="0" {
            div.cdx-table__table-wrapper {
                table.cdx-table__table.ww-table-stack {
                    caption.ww-hidden { (caption) }
                    thead {
                        tr {
                            @for column in columns {
                                th scope="col" aria-sort=[column.sorted] class=[column.is_number.then_some("cdx-table__table__cell--align-number")] {
                                    (column.heading)
                                }
                            }
                        }
                    }
                    tbody {
                        @for row in rows {
                            tr {
                                @for (place, cell) in row.iter().enumerate() {
                                    @let class = columns.get(place).filter(|it| it.is_number).map(|_| "cdx-table__table__cell--align-number");
                                    @let label = columns.get(place).map(|it| it.label.as_str()).filter(|label| !label.is_empty());
                                    @if place == 0 { th scope="row" class=[class] data-label=[label] { (cell) } }
                                    @else { td class=[class] data-label=[label] { (cell) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Links to the first and the next page of a list.
pub fn pager(text: Text, first: Option<&str>, next: Option<&str>) -> Markup {
    html! {
        @if first.is_some() || next.is_some() {
            nav.ww-pager aria-label=(text.say("shell-pages")) {
                @if let Some(first) = first { a href=(first) rel="first" { (text.say("shell-first-page")) } }
                @if let Some(next) = next { a href=(next) rel="next" { (text.say("shell-next-page")) } }
            }
        }
    }
}
