//! Fields that programs write in several ways.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use super::super::Namespace;
use crate::input::error::{Cause, shown};

/// A point in time, in either spelling.
pub(super) enum Time {
    Seconds(i64),
    Text(Result<Timestamp, String>),
}

impl Time {
    pub(super) fn read(&self) -> Result<Timestamp, Cause> {
        let refused = |value: String| Cause::FieldValue {
            field: "ts".to_owned(),
            value,
            expected: "seconds since 1970 or a time as in 2024-01-31T12:00:00Z",
        };
        match self {
            Self::Seconds(seconds) => Timestamp::from_second(*seconds).map_err(|_| refused(seconds.to_string())),
            Self::Text(Ok(at)) => Ok(*at),
            Self::Text(Err(text)) => Err(refused(text.clone())),
        }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reads;
        impl Visitor<'_> for Reads {
            type Value = Time;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("seconds since 1970 or a time as in 2024-01-31T12:00:00Z")
            }
            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Time, E> {
                Ok(Time::Seconds(seconds))
            }
            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Time, E> {
                Ok(Time::Seconds(i64::try_from(seconds).unwrap_or(i64::MAX)))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
                Ok(Time::Text(text.parse().map_err(|_| shown(text))))
            }
        }
        from.deserialize_any(Reads)
    }
}

/// A namespace, as a number or by its name.
pub(super) enum NamespaceField<'a> {
    Number(i64),
    Name(Cow<'a, str>),
}

impl NamespaceField<'_> {
    /// Names that are the same on every wiki become numbers; others stay names.
    pub(super) fn read(&self) -> Namespace {
        match self {
            Self::Number(number) => Namespace::Number(*number),
            Self::Name(name) => {
                canonical_number(name).map_or_else(|| Namespace::Name(name.replace('_', " ")), Namespace::Number)
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for NamespaceField<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reads;
        impl<'de> Visitor<'de> for Reads {
            type Value = NamespaceField<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a namespace number or name")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(NamespaceField::Number(number))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
                i64::try_from(number)
                    .map(NamespaceField::Number)
                    .map_err(|_| E::custom("the namespace number is too large"))
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
                Ok(NamespaceField::Name(Cow::Owned(name.to_owned())))
            }
            fn visit_borrowed_str<E: de::Error>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(NamespaceField::Name(Cow::Borrowed(name)))
            }
        }
        from.deserialize_any(Reads)
    }
}

/// Number of a namespace by the name that MediaWiki itself gives it, which works on every wiki.
pub(crate) fn canonical_number(name: &str) -> Option<i64> {
    const NAMES: [(&str, i64); 20] = [
        ("Media", -2),
        ("Special", -1),
        ("", 0),
        ("Main", 0),
        ("Talk", 1),
        ("User", 2),
        ("User talk", 3),
        ("Project", 4),
        ("Wikipedia", 4),
        ("Project talk", 5),
        ("Wikipedia talk", 5),
        ("File", 6),
        ("File talk", 7),
        ("MediaWiki", 8),
        ("MediaWiki talk", 9),
        ("Template", 10),
        ("Template talk", 11),
        ("Help", 12),
        ("Category", 14),
        ("Category talk", 15),
    ];
    let is_it = |known: &str| {
        known.len() == name.len() && known.bytes().zip(name.bytes()).all(|(k, n)| k == if n == b'_' { b' ' } else { n })
    };
    NAMES.iter().find(|(known, _)| is_it(known)).map(|(_, number)| *number)
}
