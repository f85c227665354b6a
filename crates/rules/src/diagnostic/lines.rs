//! From byte offsets to lines and columns.

/// A place as people count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters; each byte that is not UTF-8 counts as one.
    pub column: u32,
}

/// Where the lines of a text begin: for many questions about one text.
#[derive(Debug)]
pub struct Lines {
    starts: Vec<u32>,
    /// By byte, how many characters begin before it; nothing if the text is ASCII.
    characters: Option<Vec<u32>>,
    end: u32,
}

impl Lines {
    /// Reads the text once.
    #[expect(clippy::cast_possible_truncation, reason = "rules are far shorter than 4 GB")]
    pub fn new(source: &[u8]) -> Self {
        let newlines = memchr::memchr_iter(b'\n', source).map(|at| at as u32 + 1);
        let starts = std::iter::once(0).chain(newlines).collect();
        let characters = (!source.is_ascii()).then(|| counted(source));
        Self { starts, characters, end: source.len() as u32 }
    }

    /// The line and column of a byte offset; an offset behind the end is that of the end.
    pub fn place(&self, offset: u32) -> LineColumn {
        let offset = offset.min(self.end);
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|line| self.starts.get(line)).copied();
        let start = start.unwrap_or_default();
        let count = |offset: u32| match &self.characters {
            Some(counts) => counts.get(offset as usize).copied().unwrap_or_default(),
            None => offset,
        };
        let column = count(offset).saturating_sub(count(start)) + 1;
        LineColumn { line: u32::try_from(line).unwrap_or(u32::MAX), column }
    }
}

fn counted(source: &[u8]) -> Vec<u32> {
    let mut counts = Vec::with_capacity(source.len() + 1);
    let mut count = 0;
    for chunk in source.utf8_chunks() {
        for character in chunk.valid().chars() {
            counts.extend(std::iter::repeat_n(count, character.len_utf8()));
            count += 1;
        }
        for _ in chunk.invalid() {
            counts.push(count);
            count += 1;
        }
    }
    counts.push(count);
    counts
}

/// The line and column of one byte offset. For many offsets make [`Lines`].
pub fn line_column(source: &[u8], offset: u32) -> LineColumn {
    Lines::new(source).place(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_begin_behind_a_line_feed() {
        for (source, offset, line, column) in [
            (&b""[..], 0, 1, 1),
            (b"ab\ncd", 1, 1, 2),
            (b"ab\ncd", 2, 1, 3),
            (b"ab\ncd", 3, 2, 1),
            (b"ab\ncd", 99, 2, 3),
            ("é\n中x".as_bytes(), 6, 2, 2),
            (b"\xFF\xFFx", 2, 1, 3),
        ] {
            assert_eq!(line_column(source, offset), LineColumn { line, column }, "{offset}");
        }
    }
}
