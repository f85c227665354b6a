//! PHP's serialised form, as far as AbuseFilter's tables hold it: null, booleans, whole numbers, texts, arrays.
//!
//! Strict: what PHP would never write is refused, and so are objects, references and floats. Nesting, size and the
//! number of parts are bounded: a few bytes of text are a part, and a part takes ten times as much memory.

use std::ops::Range;

/// Most bytes of a serialised value: 32 MiB, beyond what a page can be.
pub const BYTES_MAX: usize = 32 << 20;

/// Deepest nesting of arrays.
pub const DEPTH_MAX: usize = 16;

/// Most parts of a serialised value: its values and those of its arrays. A page of 2 MiB seldom has as many lines.
pub const PARTS_MAX: usize = 500_000;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Php {
    /// `N;`
    Null,
    /// `b:1;`
    Bool(bool),
    /// `i:5;`
    Int(i64),
    /// `s:3:"abc";`, any bytes.
    Text(Vec<u8>),
    /// `a:1:{…}`, in its order.
    Array(Vec<(Key, Php)>),
}

/// A key of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A whole number.
    Int(i64),
    /// A text, any bytes.
    Text(Vec<u8>),
}

/// Why bytes are no serialised value that is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub struct BadPhp {
    /// Where, counted from 0.
    pub at: usize,
    /// What is wrong.
    pub what: Fault,
}

/// What is wrong with a serialised value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It ends too soon, or lengths are wrong.
    #[error("the serialised value is broken")]
    Broken,
    /// An object, a reference or a float.
    #[error("the serialised value holds something that is not read: only texts, numbers, booleans and arrays are")]
    Kind,
    /// Arrays lie too deep in each other.
    #[error("the serialised value is nested more than 16 deep")]
    Depth,
    /// It is longer than [`BYTES_MAX`].
    #[error("the serialised value is longer than 32 MiB")]
    Length,
    /// It has more than [`PARTS_MAX`] parts.
    #[error("the serialised value has more than 500,000 parts")]
    Parts,
}

/// Reads a serialised value; all of `bytes` must be it.
///
/// # Errors
/// [`BadPhp`] with the place.
pub fn read(bytes: &[u8]) -> Result<Php, BadPhp> {
    if bytes.len() > BYTES_MAX {
        return Err(BadPhp { at: BYTES_MAX, what: Fault::Length });
    }
    let mut reader = Reader { bytes, at: 0, parts: 0 };
    let value = reader.value(DEPTH_MAX)?;
    if reader.at == bytes.len() { Ok(value) } else { Err(reader.broken()) }
}

impl Php {
    /// The text, if it is one and UTF-8; whole numbers are texts, too.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Text(bytes) => String::from_utf8(bytes.clone()).ok(),
            Self::Int(number) => Some(number.to_string()),
            Self::Bool(is_set) => Some(if *is_set { "1" } else { "" }.to_owned()),
            // AbuseFilter writes the number of a new filter's throttle so.
            Self::Null => Some(String::new()),
            Self::Array(_) => None,
        }
    }
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    /// Values that were read.
    parts: usize,
}

impl<'b> Reader<'b> {
    fn broken(&self) -> BadPhp {
        BadPhp { at: self.at, what: Fault::Broken }
    }

    fn skip(&mut self, wanted: &[u8]) -> Result<(), BadPhp> {
        if !self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(wanted)) {
            return Err(self.broken());
        }
        self.at += wanted.len();
        Ok(())
    }

    /// Digits up to `end`, which is skipped.
    fn until(&mut self, end: u8) -> Result<&'b str, BadPhp> {
        /// `-9223372036854775808`
        const DIGITS_MAX: usize = 20;
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().take(DIGITS_MAX + 1).position(|byte| *byte == end).ok_or_else(|| self.broken())?;
        let text = rest.get(..length).and_then(|digits| std::str::from_utf8(digits).ok());
        let text = text.ok_or_else(|| self.broken())?;
        self.at += length + 1;
        Ok(text)
    }

    fn number(&mut self, end: u8) -> Result<i64, BadPhp> {
        let at = self.at;
        let text = self.until(end)?;
        // Only the one way in which PHP writes it.
        let number = text.parse::<i64>().ok().filter(|number| number.to_string() == text);
        number.ok_or(BadPhp { at, what: Fault::Broken })
    }

    fn length(&mut self) -> Result<usize, BadPhp> {
        let at = self.at;
        usize::try_from(self.number(b':')?).map_err(|_| BadPhp { at, what: Fault::Broken })
    }

    fn text(&mut self) -> Result<Vec<u8>, BadPhp> {
        let length = self.length()?;
        self.skip(b"\"")?;
        let range: Range<usize> = self.at..self.at.saturating_add(length);
        let bytes = self.bytes.get(range).ok_or_else(|| self.broken())?;
        self.at += length;
        self.skip(b"\";")?;
        Ok(bytes.to_vec())
    }

    fn value(&mut self, depth: usize) -> Result<Php, BadPhp> {
        let at = self.at;
        let kind = self.bytes.get(at).copied();
        self.at += 1;
        self.parts += 1;
        if self.parts > PARTS_MAX {
            return Err(BadPhp { at, what: Fault::Parts });
        }
        match kind {
            Some(b'N') => self.skip(b";").map(|()| Php::Null),
            Some(b'b') => {
                self.skip(b":")?;
                match self.number(b';')? {
                    0 => Ok(Php::Bool(false)),
                    1 => Ok(Php::Bool(true)),
                    _ => Err(BadPhp { at, what: Fault::Broken }),
                }
            }
            Some(b'i') => {
                self.skip(b":")?;
                self.number(b';').map(Php::Int)
            }
            Some(b's') => {
                self.skip(b":")?;
                self.text().map(Php::Text)
            }
            Some(b'a') => {
                let depth = depth.checked_sub(1).ok_or(BadPhp { at, what: Fault::Depth })?;
                self.skip(b":")?;
                let length = self.length()?;
                self.skip(b"{")?;
                let mut items = Vec::new();
                for _ in 0..length {
                    let key = match self.bytes.get(self.at..self.at + 2) {
                        Some(b"i:") => {
                            self.at += 2;
                            Key::Int(self.number(b';')?)
                        }
                        Some(b"s:") => {
                            self.at += 2;
                            Key::Text(self.text()?)
                        }
                        _ => return Err(self.broken()),
                    };
                    items.push((key, self.value(depth)?));
                }
                self.skip(b"}")?;
                Ok(Php::Array(items))
            }
            Some(b'd' | b'O' | b'C' | b'E' | b'R' | b'r' | b'S') => Err(BadPhp { at, what: Fault::Kind }),
            _ => Err(BadPhp { at, what: Fault::Broken }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_may_come(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }
    }

    #[test]
    fn what_is_not_read_is_named_with_its_place() {
        let bad = |bytes: &[u8]| read(bytes).map_err(|bad| (bad.at, bad.what));
        assert_eq!(bad(b""), Err((0, Fault::Broken)));
        assert_eq!(bad(b"O:8:\"stdClass\":0:{}"), Err((0, Fault::Kind)));
        assert_eq!(bad(b"a:1:{i:0;d:0.5;}"), Err((9, Fault::Kind)));
        assert_eq!(bad(b"i:01;"), Err((2, Fault::Broken)));
        assert_eq!(bad(b"b:2;"), Err((0, Fault::Broken)));
        assert_eq!(bad(b"s:5:\"abc\";"), Err((10, Fault::Broken)));
        assert_eq!(bad(b"a:9999999999:{}"), Err((14, Fault::Broken)));
        assert_eq!(bad(b"i:1;x"), Err((4, Fault::Broken)));
        let deep = [b"a:1:{i:0;".repeat(17), b"N;".to_vec(), b"}".repeat(17)].concat();
        assert_eq!(bad(&deep), Err((9 * 16, Fault::Depth)));
        let many = |parts: usize| {
            let items = (0..parts).map(|place| format!("i:{place};N;")).collect::<Vec<_>>().concat();
            format!("a:{parts}:{{{items}}}")
        };
        assert!(read(many(PARTS_MAX - 1).as_bytes()).is_ok(), "the array is a part, too");
        assert_eq!(bad(many(PARTS_MAX).as_bytes()).map_err(|(_, what)| what), Err(Fault::Parts));
        assert!(read(b"a:1:{s:4:\"warn\";a:1:{i:0;s:19:\"abusefilter-warning\";}}").is_ok());
    }
}
