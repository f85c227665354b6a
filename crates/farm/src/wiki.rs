//! Wikis and sets of wikis.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

/// Database name of a wiki, as in `enwiki`: 1 to 64 bytes of `[a-z0-9_]`, beginning with a letter or digit; or `*`, the farm itself, which
/// owns farm-wide filters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WikiId(Box<str>);

/// Name of a set of wikis, such as `small`: 1 to 64 bytes of `[a-z0-9_-]`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WikiSetId(Box<str>);

/// A text is no name of a wiki or of a set of wikis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name of a wiki or set of wikis: 1 to 64 of a-z, 0-9 and _ are wanted (and - in sets)")]
pub struct BadWikiName(String);

const LENGTH_MAX: usize = 64;

fn is_name(text: &str, others: &[u8]) -> bool {
    (1..=LENGTH_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || others.contains(&byte))
        && !text.starts_with(['_', '-'])
}

/// What a bad name is quoted as: short, and without control characters.
fn quoted(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LENGTH_MAX).collect()
}

impl WikiId {
    /// The farm itself: the pseudo-wiki `*`.
    pub fn farm() -> Self {
        Self("*".into())
    }

    /// Whether it is the farm itself.
    pub fn is_farm(&self) -> bool {
        &*self.0 == "*"
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl WikiSetId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WikiId {
    type Err = BadWikiName;

    fn from_str(text: &str) -> Result<Self, BadWikiName> {
        if text == "*" || is_name(text, b"_") { Ok(Self(text.into())) } else { Err(BadWikiName(quoted(text))) }
    }
}

impl FromStr for WikiSetId {
    type Err = BadWikiName;

    fn from_str(text: &str) -> Result<Self, BadWikiName> {
        if is_name(text, b"_-") { Ok(Self(text.into())) } else { Err(BadWikiName(quoted(text))) }
    }
}

impl Borrow<str> for WikiId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WikiId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for WikiId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for WikiSetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for WikiSetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One entry of a scope: a wiki or a set.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WikiOrSet {
    /// One wiki, written as its name.
    Wiki(WikiId),
    /// All wikis of a set, written `set:NAME`.
    Set(WikiSetId),
}

impl FromStr for WikiOrSet {
    type Err = BadWikiName;

    fn from_str(text: &str) -> Result<Self, BadWikiName> {
        match text.strip_prefix("set:") {
            Some(name) => name.parse().map(Self::Set),
            None => text.parse().map(Self::Wiki),
        }
    }
}

impl fmt::Display for WikiOrSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wiki(wiki) => fmt::Display::fmt(wiki, f),
            Self::Set(set) => write!(f, "set:{set}"),
        }
    }
}

/// The wikis that something farm-wide applies to: those included (all, if none is named) less those excluded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Wikis and sets that are meant; empty means all.
    pub include: Vec<WikiOrSet>,
    /// Wikis and sets that are not meant, whatever `include` says.
    pub exclude: Vec<WikiOrSet>,
}

impl Scope {
    /// Whether `wiki` is meant; `sets_of` says which sets it belongs to.
    pub fn covers(&self, wiki: &WikiId, sets: &[WikiSetId]) -> bool {
        let is_meant = |entry: &WikiOrSet| match entry {
            WikiOrSet::Wiki(name) => name == wiki || name.is_farm(),
            WikiOrSet::Set(set) => sets.contains(set),
        };
        (self.include.is_empty() || self.include.iter().any(is_meant)) && !self.exclude.iter().any(is_meant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_wikis_are_checked() {
        for good in ["enwiki", "a", "9wiki", "zh_min_nanwiki", "*", &"w".repeat(64)] {
            assert_eq!(good.parse::<WikiId>().unwrap().as_str(), good);
        }
        for bad in ["", "_x", "EnWiki", "en-wiki", "en wiki", "**", "é", &"w".repeat(65)] {
            assert!(bad.parse::<WikiId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_scope_covers_what_it_includes_less_what_it_excludes() {
        let wiki: WikiId = "dewiki".parse().unwrap();
        let sets: Vec<WikiSetId> = vec!["large".parse().unwrap()];
        let covers = |include: &[&str], exclude: &[&str]| {
            let entries = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
            Scope { include: entries(include), exclude: entries(exclude) }.covers(&wiki, &sets)
        };
        assert!(covers(&[], &[]));
        assert!(covers(&["dewiki"], &[]));
        assert!(covers(&["set:large"], &["enwiki"]));
        assert!(!covers(&["set:small"], &[]));
        assert!(!covers(&["set:large"], &["dewiki"]));
        assert!(!covers(&[], &["set:large"]));
    }
}
