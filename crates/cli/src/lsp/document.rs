//! A text that the editor has open.

use super::message::{ContentChange, Range};
use super::position::{Encoding, Lines};
use wikiward_rules::error::Span;

/// An open document: one rule.
#[derive(Debug)]
pub(super) struct Document {
    /// The editor's number of this state of the text.
    pub(super) version: Option<i64>,
    text: String,
    lines: Lines,
    encoding: Encoding,
}

impl Document {
    pub(super) fn new(text: String, version: Option<i64>, encoding: Encoding) -> Self {
        let lines = Lines::new(&text, encoding);
        Self { version, text, lines, encoding }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Applies a change: of a part, or of all.
    pub(super) fn change(&mut self, change: ContentChange) {
        match change.range {
            None => self.text = change.text,
            Some(range) => {
                let start = self.byte(range.start);
                let end = self.byte(range.end).max(start);
                self.text.replace_range(start..end, &change.text);
            }
        }
        self.lines = Lines::new(&self.text, self.encoding);
    }

    /// The byte at a position.
    pub(super) fn byte(&self, position: super::message::Position) -> usize {
        self.lines.byte(&self.text, position)
    }

    /// The range of a span.
    pub(super) fn range(&self, span: Span) -> Range {
        self.lines.range(&self.text, span)
    }

    /// The range of the whole text.
    pub(super) fn whole(&self) -> Range {
        self.range(Span { start: 0, end: u32::try_from(self.text.len()).unwrap_or(u32::MAX) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::Position;
    use super::*;

    #[test]
    fn changes_of_parts_are_applied_one_after_the_other() {
        let mut document = Document::new("a 😀\nb".to_owned(), Some(1), Encoding::Utf16);
        let range = |start: (u32, u32), end: (u32, u32)| {
            let position = |(line, character)| Position { line, character };
            Some(Range { start: position(start), end: position(end) })
        };
        document.change(ContentChange { range: range((0, 2), (0, 4)), text: "x\ny".to_owned() });
        assert_eq!(document.text(), "a x\ny\nb");
        document.change(ContentChange { range: range((2, 0), (2, 1)), text: String::new() });
        assert_eq!(document.text(), "a x\ny\n");
        document.change(ContentChange { range: range((9, 9), (1, 0)), text: "!".to_owned() });
        assert_eq!(document.text(), "a x\ny\n!");
        document.change(ContentChange { range: None, text: "new".to_owned() });
        assert_eq!(document.text(), "new");
    }
}
