//! From bytes to the protocol's positions and back.

use super::message::{Position, Range};
use wikiward_rules::error::Span;

/// What a position's `character` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16: what every client knows.
    #[default]
    Utf16,
}

impl Encoding {
    /// The best that both sides know. `offered` is the client's list; without one it is UTF-16.
    pub(super) fn agree(offered: Option<&[String]>) -> Self {
        let has_utf8 = offered.is_some_and(|offered| offered.iter().any(|name| name == "utf-8"));
        if has_utf8 { Self::Utf8 } else { Self::Utf16 }
    }

    /// The protocol's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
        }
    }

    fn len(self, char: char) -> usize {
        match self {
            Self::Utf8 => char.len_utf8(),
            Self::Utf16 => char.len_utf16(),
        }
    }
}

/// Where the lines of a text begin. Lines end with `\n`, `\r\n` or `\r`, as the protocol says.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
    encoding: Encoding,
}

impl Lines {
    pub(super) fn new(text: &str, encoding: Encoding) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { starts, encoding }
    }

    /// The position of a byte of the text; bytes beyond the end mean the end, bytes within a character its start.
    pub(super) fn position(&self, text: &str, byte: usize) -> Position {
        let byte = text.floor_char_boundary(byte);
        let line = self.starts.partition_point(|start| *start <= byte).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or_default();
        let before = text.get(start..byte).unwrap_or_default();
        let units: usize = before.chars().map(|char| self.encoding.len(char)).sum();
        Position { line: number(line), character: number(units) }
    }

    /// The byte at a position. Beyond the end of a line is that line's end, beyond the last line the text's end.
    pub(super) fn byte(&self, text: &str, position: Position) -> usize {
        let line = position.line as usize;
        let Some(start) = self.starts.get(line).copied() else {
            return text.len();
        };
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        let line = text.get(start..end).unwrap_or_default().trim_end_matches(['\r', '\n']);
        let mut units = position.character as usize;
        for (at, char) in line.char_indices() {
            let len = self.encoding.len(char);
            if units < len {
                return start + at;
            }
            units -= len;
        }
        start + line.len()
    }

    /// A span of the text as a range.
    pub(super) fn range(&self, text: &str, span: Span) -> Range {
        let start = self.position(text, span.start as usize);
        let end = self.position(text, text.ceil_char_boundary(span.end as usize));
        Range { start, end: end.max(start) }
    }
}

fn number(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "aé😀b\r\nc\rd\ne";

    #[test]
    fn positions_count_units_of_the_encoding() {
        let check = |byte, utf8, utf16| {
            for (encoding, (line, character)) in [(Encoding::Utf8, utf8), (Encoding::Utf16, utf16)] {
                let lines = Lines::new(TEXT, encoding);
                assert_eq!(lines.position(TEXT, byte), Position { line, character }, "{byte}");
            }
        };
        check(0, (0, 0), (0, 0));
        check(3, (0, 3), (0, 2));
        check(4, (0, 3), (0, 2));
        check(7, (0, 7), (0, 4));
        check(10, (1, 0), (1, 0));
        check(12, (2, 0), (2, 0));
        check(14, (3, 0), (3, 0));
        check(99, (3, 1), (3, 1));
    }

    #[test]
    fn a_position_and_back_is_the_same_byte() {
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let lines = Lines::new(TEXT, encoding);
            for (byte, _) in TEXT.char_indices().filter(|(_, char)| *char != '\n') {
                assert_eq!(lines.byte(TEXT, lines.position(TEXT, byte)), byte, "{byte}");
            }
        }
    }

    #[test]
    fn positions_beyond_an_end_mean_the_end() {
        let lines = Lines::new(TEXT, Encoding::Utf16);
        let byte = |line, character| lines.byte(TEXT, Position { line, character });
        assert_eq!(byte(0, 99), 8);
        assert_eq!(byte(9, 0), TEXT.len());
        assert_eq!(byte(0, 3), 3, "in the middle of a pair");
    }

    #[test]
    fn utf_8_is_taken_where_the_client_knows_it() {
        let offered =
            |names: &[&str]| Encoding::agree(Some(&names.iter().map(|&name| name.into()).collect::<Vec<_>>()));
        assert_eq!(offered(&["utf-16", "utf-8"]), Encoding::Utf8);
        assert_eq!(offered(&["utf-32"]), Encoding::Utf16);
        assert_eq!(Encoding::agree(None), Encoding::Utf16);
    }
}
