//! Values of a dump: texts, numbers, bytes, and what SQLite writes line breaks with.

use super::super::ROW_BYTES_MAX;
use super::super::read::{DumpError, Fault};
use super::Dump;
use std::io::BufRead;
use wikiward_store::foreign::Cell;

/// Most bytes that stand for a line break: a text is looked through for them byte by byte. SQLite writes a dozen.
const WHAT_BYTES_MAX: usize = 64;

impl<R: BufRead> Dump<R> {
    /// A value, as SQL writes it.
    pub(super) fn value(&mut self) -> Result<Cell, DumpError> {
        match self.bytes.peek()? {
            Some(quote @ (b'\'' | b'"')) => {
                self.bytes.skip();
                self.text(quote).map(Some)
            }
            Some(b'0'..=b'9' | b'-' | b'+' | b'.') => self.number().map(Some),
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => self.worded(),
            _ => Err(self.bytes.wanted("a value")),
        }
    }

    fn text(&mut self, quote: u8) -> Result<Vec<u8>, DumpError> {
        let mut text = Some(Vec::new());
        self.quoted(quote, &mut text)?;
        Ok(text.unwrap_or_default())
    }

    /// A number as it is written; `0x…` is bytes.
    fn number(&mut self) -> Result<Vec<u8>, DumpError> {
        let mut text = Vec::new();
        while let Some(byte) = self.bytes.peek()? {
            if !(byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
                break;
            }
            self.bytes.skip();
            text.push(byte);
            if text.len() > ROW_BYTES_MAX {
                return Err(self.bytes.bad(Fault::TooLong));
            }
        }
        match text.strip_prefix(b"0x") {
            Some(digits) => unhex(digits).ok_or_else(|| self.bytes.wanted("hexadecimal digits")),
            None => Ok(text),
        }
    }

    /// `NULL`, `X'…'`, `_binary '…'`, and the functions that SQLite writes line breaks with.
    fn worded(&mut self) -> Result<Cell, DumpError> {
        let word = self.word()?;
        match (word.as_str(), self.bytes.peek()?) {
            ("NULL", _) => Ok(None),
            ("TRUE", _) => Ok(Some(b"1".to_vec())),
            ("FALSE", _) => Ok(Some(b"0".to_vec())),
            ("X", Some(b'\'')) => {
                self.bytes.skip();
                let digits = self.text(b'\'')?;
                unhex(&digits).map(Some).ok_or_else(|| self.bytes.wanted("hexadecimal digits"))
            }
            ("REPLACE", Some(b'(')) => self.replaced(3).map(Some),
            ("UNISTR", Some(b'(')) => self.unistr().map(Some),
            (introducer, _) if introducer.starts_with('_') => {
                self.spaces()?;
                self.introduced()
            }
            _ => Err(self.bytes.wanted("a value")),
        }
    }

    /// What stands behind the name of a character set: a text or bytes, and no other name, of which there could be any number.
    fn introduced(&mut self) -> Result<Cell, DumpError> {
        match self.bytes.peek()? {
            Some(quote @ (b'\'' | b'"')) => {
                self.bytes.skip();
                self.text(quote).map(Some)
            }
            Some(b'0') => self.number().map(Some),
            Some(b'x' | b'X') if self.word()? == "X" && self.bytes.peek()? == Some(b'\'') => {
                self.bytes.skip();
                let digits = self.text(b'\'')?;
                unhex(&digits).map(Some).ok_or_else(|| self.bytes.wanted("hexadecimal digits"))
            }
            _ => Err(self.bytes.wanted("a text")),
        }
    }

    /// `replace('a\nb','\n',char(10))`, which may stand within another one.
    fn replaced(&mut self, depth: usize) -> Result<Vec<u8>, DumpError> {
        self.wants(b'(', "a parenthesis")?;
        let text = match self.bytes.peek()? {
            Some(b'\'') => {
                self.bytes.skip();
                self.text(b'\'')?
            }
            _ if depth > 0 && self.word()? == "REPLACE" => self.replaced(depth - 1)?,
            _ => return Err(self.bytes.wanted("a text")),
        };
        self.wants(b',', "what to replace")?;
        self.wants(b'\'', "what to replace")?;
        let what = self.text(b'\'')?;
        self.wants(b',', "a character")?;
        if self.word()? != "CHAR" {
            return Err(self.bytes.wanted("a character"));
        }
        self.wants(b'(', "a character")?;
        let code = std::str::from_utf8(&self.number()?).ok().and_then(|digits| digits.parse::<u8>().ok());
        self.wants(b')', "a parenthesis")?;
        self.wants(b')', "a parenthesis")?;
        match code.filter(|code| code.is_ascii() && (1..=WHAT_BYTES_MAX).contains(&what.len())) {
            Some(code) => Ok(exchange(&text, &what, code)),
            None => Err(self.bytes.wanted("a character")),
        }
    }

    /// `unistr('a\u000ab')`.
    fn unistr(&mut self) -> Result<Vec<u8>, DumpError> {
        self.wants(b'(', "a parenthesis")?;
        self.wants(b'\'', "a text")?;
        let text = self.text(b'\'')?;
        self.wants(b')', "a parenthesis")?;
        let (mut out, mut rest) = (Vec::with_capacity(text.len()), text.as_slice());
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            if *first != b'\\' {
                out.push(*first);
                continue;
            }
            if let Some(after) = rest.strip_prefix(b"\\") {
                out.push(b'\\');
                rest = after;
                continue;
            }
            let (digits, at) = match rest.first() {
                Some(b'u') => (4, 1),
                Some(b'U') => (8, 1),
                Some(b'+') => (6, 1),
                _ => (4, 0),
            };
            let code = rest.get(at..at + digits).and_then(|digits| std::str::from_utf8(digits).ok());
            let code = code.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
            let code = code.ok_or_else(|| self.bytes.wanted("an escaped character"))?;
            out.extend_from_slice(code.encode_utf8(&mut [0; 4]).as_bytes());
            rest = rest.get(at + digits..).unwrap_or_default();
        }
        Ok(out)
    }
}

fn exchange(text: &[u8], what: &[u8], code: u8) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some((first, after)) = rest.split_first() {
        let found = rest.strip_prefix(what);
        out.push(if found.is_some() { code } else { *first });
        rest = found.unwrap_or(after);
    }
    out
}

fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits.chunks_exact(2).map(|pair| Some(digit(pair.first()?)? << 4 | digit(pair.get(1)?)?)).collect()
}
