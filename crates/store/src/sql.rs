//! Statements and the values that are bound to them.

use std::borrow::Cow;
use std::fmt::Write as _;
use wikiward_farm::clock::{Timestamp, micros};

/// A value bound to a placeholder.
#[derive(Debug, Clone, PartialEq)]
pub enum Bind {
    /// `BIGINT`.
    Int(Option<i64>),
    /// `BOOLEAN`.
    Bool(bool),
    /// `DOUBLE PRECISION`.
    Real(f64),
    /// `TEXT`.
    Text(Option<String>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
}

macro_rules! bind_from {
    ($($type:ty: $value:ident => $bind:expr;)+) => {
        $(impl From<$type> for Bind {
            fn from($value: $type) -> Self { $bind }
        })+
    };
}

bind_from! {
    i64: value => Self::Int(Some(value));
    u32: value => Self::Int(Some(value.into()));
    i32: value => Self::Int(Some(value.into()));
    u16: value => Self::Int(Some(value.into()));
    Option<i64>: value => Self::Int(value);
    bool: value => Self::Bool(value);
    f64: value => Self::Real(value);
    &str: value => Self::Text(Some(value.to_owned()));
    String: value => Self::Text(Some(value));
    &String: value => Self::Text(Some(value.clone()));
    Option<String>: value => Self::Text(value);
    Option<&str>: value => Self::Text(value.map(str::to_owned));
    Vec<u8>: value => Self::Bytes(Some(value));
    &[u8]: value => Self::Bytes(Some(value.to_vec()));
    Option<Vec<u8>>: value => Self::Bytes(value);
    Timestamp: value => Self::Int(Some(micros(value)));
    Option<Timestamp>: value => Self::Int(value.map(micros));
    wikiward_farm::Id: value => Self::Bytes(Some(value.to_bytes().to_vec()));
    &wikiward_farm::WikiId: value => Self::Text(Some(value.as_str().to_owned()));
    &wikiward_farm::UserName: value => Self::Text(Some(value.as_str().to_owned()));
}

impl<const N: usize> From<[u8; N]> for Bind {
    fn from(value: [u8; N]) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}

impl<const N: usize> From<&[u8; N]> for Bind {
    fn from(value: &[u8; N]) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}

/// A statement with its values. The text consists of parts of this program only; values are always bound.
#[derive(Debug, Clone)]
pub struct Sql {
    text: Cow<'static, str>,
    binds: Vec<Bind>,
}

impl Sql {
    /// The statement `text` with `$1`, `$2` … bound in order.
    pub fn new(text: &'static str, binds: impl Into<Vec<Bind>>) -> Self {
        Self { text: Cow::Borrowed(text), binds: binds.into() }
    }

    /// Appends `text`.
    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Appends the name of a table or column, quoted.
    pub(crate) fn push_name(&mut self, name: &str) -> &mut Self {
        let text = self.text.to_mut();
        text.push('"');
        text.push_str(&name.replace('"', "\"\""));
        text.push('"');
        self
    }

    /// Appends names, quoted, separated by commas.
    pub(crate) fn push_names<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) -> &mut Self {
        for (place, name) in names.into_iter().enumerate() {
            if place > 0 {
                self.push(", ");
            }
            self.push_name(name);
        }
        self
    }

    /// Appends a placeholder for `value`.
    pub fn bind(&mut self, value: impl Into<Bind>) -> &mut Self {
        self.binds.push(value.into());
        // Writing to a string does not fail.
        let _ = write!(self.text.to_mut(), "${}", self.binds.len());
        self
    }

    /// Appends placeholders for `values`, separated by commas; `NULL` for none, so that `IN (…)` holds for nothing.
    pub fn bind_list<B: Into<Bind>>(&mut self, values: impl IntoIterator<Item = B>) -> &mut Self {
        let mut is_first = true;
        for value in values {
            if !is_first {
                self.push(", ");
            }
            is_first = false;
            self.bind(value);
        }
        if is_first {
            self.push("NULL");
        }
        self
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn into_parts(self) -> (Cow<'static, str>, Vec<Bind>) {
        (self.text, self.binds)
    }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self::new(text, Vec::new())
    }
}

/// A statement and its values: `sql!("SELECT a FROM t WHERE b = $1", b)`.
#[macro_export]
macro_rules! sql {
    ($text:expr $(, $bind:expr)* $(,)?) => {
        $crate::Sql::new($text, [$($crate::Bind::from($bind)),*])
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_placeholders_and_never_text() {
        let mut sql = Sql::from("SELECT a FROM t WHERE b = ");
        sql.bind("'; DROP TABLE t; --").push(" AND c IN (").bind_list([1_i64, 2]).push(") AND d IN (");
        sql.bind_list(Vec::<i64>::new()).push(")");
        assert_eq!(sql.text(), "SELECT a FROM t WHERE b = $1 AND c IN ($2, $3) AND d IN (NULL)");
        assert_eq!(sql.binds.len(), 3);
    }
}
