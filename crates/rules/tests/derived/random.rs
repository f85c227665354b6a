//! Random pairs of texts: every kind of edit, on lines that repeat, look like numbers, are not UTF-8, or are many.

/// A small generator of random numbers (xorshift64*), so that a seed names a run.
pub(crate) struct Random(u64);

type Lines = Vec<Vec<u8>>;

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end.max(1) as u64).unwrap()
    }

    /// An old and a new text.
    pub(crate) fn pair(&mut self) -> (Vec<u8>, Vec<u8>) {
        let vocabulary = self.vocabulary();
        let length = match self.below(100) {
            0..60 => self.below(12),
            60..85 => self.below(60),
            85..97 => self.below(400),
            97..99 => 1000 + self.below(1500),
            _ => 1400 + self.below(3000),
        };
        let old = self.lines(&vocabulary, length);
        let new = match self.below(10) {
            0 => self.lines(&vocabulary, length),
            1 => {
                let other = self.vocabulary();
                let other_length = self.below(length + 5);
                self.lines(&other, other_length)
            }
            _ => {
                let mut new = old.clone();
                for _ in 0..=self.below(1 + length.min(40) / 2) {
                    self.edit(&mut new, &vocabulary);
                }
                new
            }
        };
        (old.join(&b'\n'), new.join(&b'\n'))
    }

    fn vocabulary(&mut self) -> Lines {
        let fixed: &[&[u8]] = match self.below(8) {
            0 => &[b"a", b"b"],
            1 => &[b"a", b"b", b"c", b""],
            2 => &[b"1", b"01", b"1.0", b" 1", b"1 ", b"1e0", b"2", b"", b"+1"],
            3 => &[b"\xff", b"\xfe\x80", b"caf\xc3\xa9", b"\r", b"a\r", b"\0", b" ", b"-", b"+", b"@@ -1,2 +1,2 @@"],
            4 => &[b"", b"", b"x", b"== h ==", b"* a", b"* b", b"{{t}}"],
            _ => &[],
        };
        if !fixed.is_empty() {
            return fixed.iter().map(|line| line.to_vec()).collect();
        }
        let size = [5, 30, 300, 5000][self.below(4)];
        (0..size).map(|word| format!("line {word} {}", "x".repeat(self.below(60))).into_bytes()).collect()
    }

    fn lines(&mut self, vocabulary: &Lines, length: usize) -> Lines {
        (0..length).map(|_| vocabulary[self.below(vocabulary.len())].clone()).collect()
    }

    fn edit(&mut self, lines: &mut Lines, vocabulary: &Lines) {
        let at = self.below(lines.len() + 1);
        let longest = [1, 3, 10, lines.len()][self.below(4)];
        let end = (at + self.below(1 + longest)).min(lines.len());
        match self.below(9) {
            0 | 1 => {
                let added = 1 + self.below(4);
                let added = self.lines(vocabulary, added);
                lines.splice(at..at, added);
            }
            2 => drop(lines.drain(at..end)),
            3 | 4 => {
                let added = self.below(4);
                let added = self.lines(vocabulary, added);
                lines.splice(at..end, added);
            }
            5 => {
                let moved: Lines = lines.drain(at..end).collect();
                let to = self.below(lines.len() + 1);
                lines.splice(to..to, moved);
            }
            6 => {
                let copied = lines[at..end].to_vec();
                let to = self.below(lines.len() + 1);
                lines.splice(to..to, copied);
            }
            7 => lines[at..end].reverse(),
            _ => {
                if let Some(line) = lines.get_mut(at) {
                    let byte = [b'x', b'0', b' ', b'.', 0xC3][self.below(5)];
                    line.push(byte);
                }
            }
        }
    }
}
