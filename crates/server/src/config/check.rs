//! Reading the file with errors that say where.

use confique::Config as Configuration;
use confique::meta::{FieldKind, Meta};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use strsim::levenshtein;
use toml::de::{DeTable, DeValue};
use wikiward_farm::Coded;

/// What is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration cannot be read from {}", .0.display())]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// The file is no TOML, or a value has the wrong type.
    #[error("{}:{line}: {}{message}", file.display(), .key.as_ref().map(|key| format!("`{key}`: ")).unwrap_or_default())]
    Text {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The key whose value it is, if the file is TOML.
        key: Option<String>,
        /// What is wrong.
        message: String,
    },
    /// The file has a key that is not known.
    #[error("{}:{line}: there is no setting `{key}`{}", file.display(), .near.as_ref().map(|near| format!(". Did you mean `{near}`?")).unwrap_or_default())]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The key.
        key: String,
        /// A key that looks like it.
        near: Option<String>,
    },
    /// A variable of the environment has a wrong value.
    #[error("the environment: {0}")]
    Environment(String),
    /// A value is out of bounds.
    #[error("the setting `{key}` does not hold: {wanted}")]
    Value {
        /// The key.
        key: String,
        /// What is wanted.
        wanted: String,
    },
}

impl Coded for ConfigError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(..) => "config_unreadable",
            Self::Text { .. } => "config_text",
            Self::UnknownKey { .. } => "config_unknown_key",
            Self::Environment(_) => "config_environment",
            Self::Value { .. } => "config_value",
        }
    }
}

impl ConfigError {
    pub(super) fn from_environment(error: &confique::Error) -> Self {
        Self::Environment(format!("{error:#}"))
    }
}

/// Reads a file as a layer of `C`.
pub(super) fn file<C: Configuration>(path: &Path) -> Result<C::Layer, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable(path.to_owned(), error))?;
    layer::<C>(&text, path)
}

fn layer<C: Configuration>(text: &str, path: &Path) -> Result<C::Layer, ConfigError> {
    let at = |error: &toml::de::Error, key: Option<String>| ConfigError::Text {
        file: path.to_owned(),
        line: line(text, error.span().map_or(0, |span| span.start)),
        key,
        message: in_words(error.message()),
    };
    let table = DeTable::parse(text).map_err(|error| at(&error, None))?;
    if let Some((key, place, near)) = unknown(table.get_ref(), &C::META, "") {
        return Err(ConfigError::UnknownKey { file: path.to_owned(), line: line(text, place), key, near });
    }
    let holder = |error: &toml::de::Error| holder(table.get_ref(), error.span()?.start, "");
    toml::from_str(text).map_err(|error| at(&error, holder(&error)))
}

/// A complaint of the reader, with what is wanted in words of the file instead of the program.
fn in_words(message: &str) -> String {
    let Some((found, wanted)) = message.rsplit_once(", expected ") else { return message.to_owned() };
    let wanted = match wanted {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" => "a text in quotes",
        "a sequence" => "a list in brackets",
        "a map" => "a table",
        wanted => wanted,
    };
    format!("{found}, expected {wanted}")
}

/// The key whose value stands at `byte`: the innermost one.
fn holder(table: &DeTable<'_>, byte: usize, above: &str) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let name = key.get_ref();
        let path = if above.is_empty() { name.to_string() } else { format!("{above}.{name}") };
        // A table's span is its heading; what stands in it is looked at first.
        let inner = if let DeValue::Table(inner) = value.get_ref() { holder(inner, byte, &path) } else { None };
        inner.or_else(|| value.span().contains(&byte).then_some(path))
    })
}

/// The first key that `meta` does not have: its path, where it stands, and a known one like it.
fn unknown(table: &DeTable<'_>, meta: &Meta, above: &str) -> Option<(String, usize, Option<String>)> {
    table.iter().find_map(|(key, value)| {
        let name = key.get_ref().as_ref();
        let path = |name: &str| if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
        let Some(field) = meta.fields.iter().find(|field| field.name == name) else {
            let near = meta.fields.iter().map(|field| field.name).min_by_key(|known| levenshtein(known, name));
            let near = near.filter(|known| levenshtein(known, name) <= 1 + name.len() / 3);
            return Some((path(name), key.span().start, near.map(path)));
        };
        match (&field.kind, value.get_ref()) {
            (FieldKind::Nested { meta }, DeValue::Table(inner)) => unknown(inner, meta, &path(name)),
            _ => None,
        }
    })
}

fn line(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|byte| *byte == b'\n').count()
}

pub(super) fn bounds<N: PartialOrd + Display + Copy>(
    key: &str,
    value: N,
    allowed: &RangeInclusive<N>,
) -> Result<(), ConfigError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let wanted = format!("it is {value}, and must be {} to {}", allowed.start(), allowed.end());
    Err(ConfigError::Value { key: key.into(), wanted })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn complaint(text: &str) -> String {
        layer::<Config>(text, Path::new("w.toml")).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        assert_eq!(
            complaint("[server]\nlisten = [\"127.0.0.1:1\"]\nthreds = 2\n"),
            "w.toml:3: there is no setting `server.threds`. Did you mean `server.threads`?"
        );
        assert_eq!(complaint("\n[sever]\n"), "w.toml:2: there is no setting `sever`. Did you mean `server`?");
        assert_eq!(complaint("[log]\nbananas = 1\n"), "w.toml:2: there is no setting `log.bananas`");
        assert!(
            complaint("[server]\n\nthreads = \"two\"\n").starts_with("w.toml:3: "),
            "{}",
            complaint("[server]\n\nthreads = \"two\"\n")
        );
        assert!(complaint("[server]\nthreads = \"two\"\n").contains(":2: `server.threads`: "));
        assert!(complaint("[server\n").starts_with("w.toml:1: "));
        assert!(complaint("[server]\nthreads = \"two\"\n").ends_with("expected a whole number that is not negative"));
        assert!(complaint("[server]\nlisten = \"127.0.0.1:1\"\n").ends_with("expected a list in brackets"));
        assert!(complaint("[server]\nlisten = [\"nowhere\"]\n").contains("`nowhere` is no address"));
    }

    #[test]
    fn the_example_is_a_file_that_says_nothing_new() {
        layer::<Config>(&Config::example(), Path::new("w.toml")).map(|_| ()).expect("the example can be read");
    }
}
