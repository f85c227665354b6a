//! Statements of a dump.

mod value;

use super::read::{Bytes, DumpError, Fault};
use super::{COLUMNS_MAX, ROW_BYTES_MAX};
use std::collections::HashMap;
use std::io::BufRead;
use wikiward_store::foreign::Cell;

/// What begins no column in the definition of a table.
const NO_COLUMNS: [&str; 9] =
    ["primary", "key", "unique", "index", "constraint", "foreign", "check", "fulltext", "spatial"];

/// Whose dump it is: they write texts differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// MySQL and MariaDB: a backslash escapes.
    MySql,
    /// SQLite: only quotes are doubled.
    Sqlite,
}

/// Something that a dump holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A table is defined: its name and its columns.
    Table(String, Vec<String>),
    /// A row of a wanted table, in the order of its columns.
    Row(String, Vec<Cell>),
}

/// A dump that is being read.
#[derive(Debug)]
pub struct Dump<R> {
    bytes: Bytes<R>,
    dialect: Dialect,
    /// Whether the dump says at its end that it is complete.
    tells_end: bool,
    has_ended: bool,
    columns: HashMap<String, Vec<String>>,
    /// The table whose rows are being read, and for each of its columns the place of its value in a row.
    rows: Option<(String, Option<Vec<usize>>)>,
}

impl<R: BufRead> Dump<R> {
    /// Begins to read.
    ///
    /// # Errors
    /// [`DumpError`].
    pub fn new(from: R) -> Result<Self, DumpError> {
        let mut bytes = Bytes::new(from);
        // What SQLite writes begins so; what the others write begins with a comment.
        let dialect = if bytes.peek()? == Some(b'P') { Dialect::Sqlite } else { Dialect::MySql };
        let tells_end = dialect == Dialect::Sqlite;
        Ok(Self { bytes, dialect, tells_end, has_ended: false, columns: HashMap::new(), rows: None })
    }

    /// How many unpacked bytes were read.
    pub fn at(&self) -> u64 {
        self.bytes.at()
    }

    /// The next definition, or row of a table that `wants`; none at the end.
    ///
    /// # Errors
    /// [`DumpError`].
    pub fn next(&mut self, wants: &dyn Fn(&str) -> bool) -> Result<Option<Item>, DumpError> {
        loop {
            if let Some((table, order)) = self.rows.take() {
                if let Some(row) = self.row(&table, order.as_deref())? {
                    self.rows = Some((table.clone(), order));
                    return Ok(Some(Item::Row(table, row)));
                }
                continue;
            }
            if self.blank()? {
                continue;
            }
            if self.bytes.peek()?.is_none() {
                let is_whole = self.has_ended || !self.tells_end;
                return if is_whole { Ok(None) } else { Err(self.bytes.bad(Fault::NoEnd)) };
            }
            self.bytes.begin();
            if let Some(item) = self.statement(wants)? {
                return Ok(Some(item));
            }
        }
    }

    /// Skips blanks and one comment; whether there was anything.
    fn blank(&mut self) -> Result<bool, DumpError> {
        match self.bytes.peek()? {
            Some(b' ' | b'\t' | b'\r' | b'\n' | b';') => self.bytes.skip(),
            Some(b'-' | b'#') => {
                let line = self.line()?;
                if line.starts_with(b"-- MySQL dump") || line.starts_with(b"-- MariaDB dump") {
                    self.tells_end = true;
                    // Of several dumps one after the other, the last one must be whole, too.
                    self.has_ended = false;
                }
                self.has_ended |= line.starts_with(b"-- Dump completed");
            }
            Some(b'/') => {
                self.bytes.begin();
                self.bytes.skip();
                if self.bytes.next()? != b'*' {
                    return Err(self.bytes.wanted("a comment"));
                }
                let mut last = b' ';
                loop {
                    let byte = self.bytes.next()?;
                    if last == b'*' && byte == b'/' {
                        break;
                    }
                    last = byte;
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The start of the rest of the line; the line's end may be the dump's.
    fn line(&mut self) -> Result<Vec<u8>, DumpError> {
        const KEPT: usize = 64;
        let mut line = Vec::new();
        while let Some(byte) = self.bytes.peek()? {
            self.bytes.skip();
            if byte == b'\n' {
                break;
            }
            if line.len() < KEPT {
                line.push(byte);
            }
        }
        Ok(line)
    }

    fn statement(&mut self, wants: &dyn Fn(&str) -> bool) -> Result<Option<Item>, DumpError> {
        let word = self.word()?;
        match word.as_str() {
            "CREATE" => {
                if !matches!(self.spaced_word()?.as_str(), "TABLE") {
                    return self.skip_statement().map(|()| None);
                }
                self.define(wants)
            }
            "INSERT" | "REPLACE" => {
                let mut word = self.spaced_word()?;
                while matches!(word.as_str(), "IGNORE" | "OR" | "REPLACE") {
                    word = self.spaced_word()?;
                }
                if word != "INTO" {
                    return Err(self.bytes.wanted("INTO"));
                }
                self.insert(wants)?;
                Ok(None)
            }
            "DELIMITER" => {
                self.foreign_statements()?;
                Ok(None)
            }
            "BEGIN" if self.dialect == Dialect::Sqlite => {
                // Here, too, the last one of several dumps must be whole.
                self.has_ended = false;
                self.skip_statement().map(|()| None)
            }
            "COMMIT" if self.dialect == Dialect::Sqlite => {
                self.has_ended = true;
                self.skip_statement().map(|()| None)
            }
            "" => Err(self.bytes.wanted("a statement")),
            _ => self.skip_statement().map(|()| None),
        }
    }

    /// Letters and underscores, in upper case.
    fn word(&mut self) -> Result<String, DumpError> {
        let mut word = String::new();
        while let Some(byte) = self.bytes.peek()?.filter(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            self.bytes.skip();
            if word.len() < 64 {
                word.push(char::from(byte.to_ascii_uppercase()));
            }
        }
        Ok(word)
    }

    fn spaced_word(&mut self) -> Result<String, DumpError> {
        self.spaces()?;
        self.word()
    }

    fn spaces(&mut self) -> Result<(), DumpError> {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.bytes.peek()? {
            self.bytes.skip();
        }
        Ok(())
    }

    /// A name, quoted or not, in lower case; after dots the last part counts.
    fn name(&mut self) -> Result<String, DumpError> {
        let mut name = self.part_of_name()?;
        while self.bytes.peek()? == Some(b'.') {
            self.bytes.skip();
            name = self.part_of_name()?;
        }
        if name.is_empty() { Err(self.bytes.wanted("a name")) } else { Ok(name) }
    }

    fn part_of_name(&mut self) -> Result<String, DumpError> {
        self.spaces()?;
        Ok(match self.bytes.peek()? {
            Some(quote @ (b'`' | b'"' | b'\'')) => {
                self.bytes.skip();
                let mut name = Vec::new();
                loop {
                    match self.bytes.next()? {
                        byte if byte == quote => match self.bytes.peek()? {
                            Some(next) if next == quote => {
                                self.bytes.skip();
                                name.push(quote);
                            }
                            _ => break,
                        },
                        byte if name.len() < 256 => name.push(byte),
                        _ => return Err(self.bytes.wanted("a name of at most 256 bytes")),
                    }
                }
                String::from_utf8_lossy(&name).to_lowercase()
            }
            _ => self.word()?.to_lowercase(),
        })
    }

    /// `CREATE TABLE` has been read: its name and columns. Of tables that nobody wants nothing is kept: a dump may have any
    /// number of them.
    fn define(&mut self, wants: &dyn Fn(&str) -> bool) -> Result<Option<Item>, DumpError> {
        self.spaces()?;
        let mut table = self.name()?;
        if table == "if" {
            let _ = (self.spaced_word()?, self.spaced_word()?);
            table = self.name()?;
        }
        self.spaces()?;
        if !wants(&table) || self.bytes.peek()? != Some(b'(') {
            // Or `CREATE TABLE … AS SELECT`, or one of a kind that is of no interest.
            self.skip_statement()?;
            return Ok(None);
        }
        self.bytes.skip();
        let mut columns = Vec::new();
        loop {
            self.spaces()?;
            let is_quoted = matches!(self.bytes.peek()?, Some(b'`' | b'"'));
            let name = self.name()?;
            if is_quoted || !NO_COLUMNS.contains(&name.as_str()) {
                columns.push(name);
            }
            if columns.len() > COLUMNS_MAX {
                return Err(self.bytes.bad(Fault::TooWide));
            }
            if self.skip_to_comma()? {
                break;
            }
        }
        self.skip_statement()?;
        self.columns.insert(table.clone(), columns.clone());
        Ok(Some(Item::Table(table, columns)))
    }

    /// Skips the rest of a column's definition; whether it was the last one.
    fn skip_to_comma(&mut self) -> Result<bool, DumpError> {
        let mut depth = 0_usize;
        loop {
            match self.bytes.next()? {
                quote @ (b'\'' | b'"' | b'`') => self.skip_quoted(quote)?,
                b'(' => depth += 1,
                b')' if depth == 0 => return Ok(true),
                b')' => depth -= 1,
                b',' if depth == 0 => return Ok(false),
                _ => {}
            }
        }
    }

    /// The opening quote has been read.
    fn skip_quoted(&mut self, quote: u8) -> Result<(), DumpError> {
        self.quoted(quote, &mut None)
    }

    fn quoted(&mut self, quote: u8, to: &mut Option<Vec<u8>>) -> Result<(), DumpError> {
        let escape = if self.dialect == Dialect::MySql && quote != b'`' { b'\\' } else { quote };
        loop {
            self.bytes.take_until([quote, escape], to)?;
            let found = self.bytes.next()?;
            if found == quote {
                if self.bytes.peek()? != Some(quote) {
                    return Ok(());
                }
                self.bytes.skip();
                push(to, quote);
            } else {
                let escaped = self.bytes.next()?;
                push(
                    to,
                    match escaped {
                        b'0' => 0,
                        b'b' => 8,
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'Z' => 26,
                        other => other,
                    },
                );
            }
        }
    }

    /// Skips to the semicolon that ends the statement.
    fn skip_statement(&mut self) -> Result<(), DumpError> {
        loop {
            match self.bytes.next()? {
                b';' => return Ok(()),
                quote @ (b'\'' | b'"' | b'`') => self.skip_quoted(quote)?,
                _ => {}
            }
        }
    }

    /// `DELIMITER` has been read: statements with other ends, such as triggers, up to where the usual one comes back.
    fn foreign_statements(&mut self) -> Result<(), DumpError> {
        loop {
            let line = self.line()?;
            let line = line.trim_ascii();
            let line = line.strip_prefix(b"DELIMITER").unwrap_or(line).trim_ascii();
            if line == b";" {
                return Ok(());
            }
            if self.bytes.peek()?.is_none() {
                return Err(self.bytes.bad(Fault::Cut));
            }
        }
    }

    /// `INSERT INTO` has been read.
    fn insert(&mut self, wants: &dyn Fn(&str) -> bool) -> Result<(), DumpError> {
        let table = self.name()?;
        if !wants(&table) {
            return self.skip_statement();
        }
        self.spaces()?;
        let mut chosen = None;
        if self.bytes.peek()? == Some(b'(') {
            self.bytes.skip();
            let mut names = Vec::new();
            loop {
                names.push(self.name()?);
                self.spaces()?;
                match self.bytes.next()? {
                    b',' if names.len() < COLUMNS_MAX => {}
                    b',' => return Err(self.bytes.bad(Fault::TooWide)),
                    b')' => break,
                    _ => return Err(self.bytes.wanted("names of columns")),
                }
            }
            chosen = Some(names);
        }
        if self.spaced_word()? != "VALUES" {
            return Err(self.bytes.wanted("VALUES"));
        }
        let Some(columns) = self.columns.get(&table) else {
            return Err(self.bytes.bad(Fault::Undefined(table)));
        };
        let order = match chosen {
            None => None,
            Some(names) => {
                let place = |name: &String| columns.iter().position(|column| column == name);
                let order: Option<Vec<usize>> = names.iter().map(place).collect();
                Some(order.ok_or_else(|| self.bytes.wanted("columns that the table has"))?)
            }
        };
        self.rows = Some((table, order));
        Ok(())
    }

    /// The next row of the statement; none after its last one.
    fn row(&mut self, table: &str, order: Option<&[usize]>) -> Result<Option<Vec<Cell>>, DumpError> {
        loop {
            self.spaces()?;
            match self.bytes.next()? {
                b',' => {}
                b';' => return Ok(None),
                b'(' => break,
                _ => return Err(self.bytes.wanted("a row")),
            }
        }
        let (mut cells, mut bytes) = (Vec::new(), 0);
        loop {
            self.spaces()?;
            let cell = self.value()?;
            bytes += cell.as_ref().map_or(0, Vec::len);
            cells.push(cell);
            if bytes > ROW_BYTES_MAX {
                return Err(self.bytes.bad(Fault::TooLong));
            }
            if cells.len() > COLUMNS_MAX {
                return Err(self.bytes.bad(Fault::TooWide));
            }
            self.spaces()?;
            match self.bytes.next()? {
                b',' => {}
                b')' => break,
                _ => return Err(self.bytes.wanted("a comma or a parenthesis after a value")),
            }
        }
        let width = self.columns.get(table).map_or(0, Vec::len);
        let wanted = order.map_or(width, <[usize]>::len);
        if cells.len() != wanted {
            let (table, found) = (table.to_owned(), cells.len());
            return Err(self.bytes.bad(Fault::Columns { table, found, wanted }));
        }
        let Some(order) = order else { return Ok(Some(cells)) };
        let mut row = vec![None; width];
        for (cell, place) in cells.into_iter().zip(order) {
            if let Some(slot) = row.get_mut(*place) {
                *slot = cell;
            }
        }
        Ok(Some(row))
    }

    fn wants(&mut self, byte: u8, what: &'static str) -> Result<(), DumpError> {
        if self.bytes.next()? == byte { Ok(()) } else { Err(self.bytes.wanted(what)) }
    }
}

fn push(to: &mut Option<Vec<u8>>, byte: u8) {
    if let Some(to) = to {
        to.push(byte);
    }
}
