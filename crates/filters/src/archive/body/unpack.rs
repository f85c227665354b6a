//! Unpacking: the variables of a stored action, as far as they are wanted.

use super::{CUT, Cut};
use crate::hits::dump;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use zstd::bulk::Decompressor;

/// Variables as they came out of a body.
#[derive(Debug, Default)]
pub(crate) struct Unpacked {
    /// Values.
    pub(crate) values: Map<String, Value>,
    /// What is left of those that were cut.
    pub(crate) cuts: BTreeMap<String, Cut>,
    /// Names of protected variables that a hit keeps apart.
    pub(crate) protected: Vec<String>,
    /// Names of those that are in the other part.
    pub(crate) apart: Vec<String>,
}

/// Unpacks bodies and dumps, one after the other; those variables that are wanted. What is not wanted is passed over without
/// being made: most of a body are texts that a rule does not read.
#[derive(Default)]
pub(crate) struct Unpacker {
    /// None wants all.
    wanted: Option<BTreeSet<String>>,
    zstd: Option<Decompressor<'static>>,
    json: Vec<u8>,
}

impl std::fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unpacker").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

impl Unpacker {
    /// One that wants these variables only.
    pub(crate) fn of(wanted: Option<BTreeSet<String>>) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// Whether it wants this variable.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.contains(name))
    }

    /// Whether it wants all of them.
    pub(crate) fn wants_all(&self) -> bool {
        self.wanted.is_none()
    }

    /// What is in a body, or in a dump. None if it is none.
    pub(crate) fn unpack(&mut self, body: &[u8]) -> Option<Unpacked> {
        let mut unpacked = Unpacked::default();
        if self.wanted.as_ref().is_none_or(|wanted| !wanted.is_empty()) {
            self.read(body, &mut unpacked)?;
        }
        Some(unpacked)
    }

    /// Adds what is in the other part of a body. None if it is none.
    pub(crate) fn add(
        &mut self,
        texts: &[u8],
        values: &mut Map<String, Value>,
        cuts: &mut BTreeMap<String, Cut>,
    ) -> Option<()> {
        let mut unpacked = Unpacked { values: std::mem::take(values), ..Unpacked::default() };
        let read = self.read(texts, &mut unpacked);
        *values = unpacked.values;
        cuts.append(&mut unpacked.cuts);
        read
    }

    fn read(&mut self, packed: &[u8], unpacked: &mut Unpacked) -> Option<()> {
        let size = zstd::zstd_safe::get_frame_content_size(packed).ok()??;
        let size = usize::try_from(size).ok().filter(|size| *size <= dump::UNPACKED_BYTES_MAX)?;
        self.json.clear();
        self.json.reserve(size);
        let zstd = match &mut self.zstd {
            Some(zstd) => zstd,
            none => none.insert(Decompressor::new().ok()?),
        };
        zstd.decompress_to_buffer(packed, &mut self.json).ok()?;
        let mut json = serde_json::Deserializer::from_slice(&self.json);
        Object(Whole { into: unpacked, wanted: self.wanted.as_ref(), has_variables: false })
            .deserialize(&mut json)
            .ok()?;
        let values = &mut unpacked.values;
        let names: Vec<String> =
            values.iter().filter(|(_, value)| is_cut(value)).map(|(name, _)| name.clone()).collect();
        for name in names {
            let Some(value) = values.remove(&name) else { continue };
            let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let bytes = value.get("bytes").and_then(Value::as_u64).unwrap_or(0);
            unpacked.cuts.insert(name, Cut { sha256: text("sha256"), bytes, head: text("head") });
        }
        Some(())
    }
}

/// What takes the members of an object, one after the other.
trait Taker<'de> {
    /// What the object is.
    const IS: &'static str;

    /// Takes a member, or passes over it.
    fn take<A: MapAccess<'de>>(&mut self, name: Cow<'de, str>, members: &mut A) -> Result<(), A::Error>;

    /// All of them came.
    fn end<E: Error>(self) -> Result<(), E>;
}

/// An object that a taker takes.
struct Object<T>(T);

impl<'de, T: Taker<'de>> DeserializeSeed<'de> for Object<T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de, T: Taker<'de>> Visitor<'de> for Object<T> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(T::IS)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            self.0.take(name, &mut members)?;
        }
        self.0.end()
    }
}

/// The object of a body.
struct Whole<'a> {
    into: &'a mut Unpacked,
    wanted: Option<&'a BTreeSet<String>>,
    has_variables: bool,
}

impl<'de> Taker<'de> for Whole<'_> {
    const IS: &'static str = "variables";

    fn take<A: MapAccess<'de>>(&mut self, name: Cow<'de, str>, members: &mut A) -> Result<(), A::Error> {
        match &*name {
            "protected" => self.into.protected = members.next_value()?,
            "texts" => self.into.apart = members.next_value()?,
            "variables" => {
                self.has_variables = true;
                members.next_value_seed(Object(Variables { into: &mut self.into.values, wanted: self.wanted }))?;
            }
            _ => members.next_value::<IgnoredAny>().map(|_| ())?,
        }
        Ok(())
    }

    fn end<E: Error>(self) -> Result<(), E> {
        if self.has_variables { Ok(()) } else { Err(E::missing_field("variables")) }
    }
}

/// The variables in it.
struct Variables<'a> {
    into: &'a mut Map<String, Value>,
    wanted: Option<&'a BTreeSet<String>>,
}

impl<'de> Taker<'de> for Variables<'_> {
    const IS: &'static str = "values by name";

    fn take<A: MapAccess<'de>>(&mut self, name: Cow<'de, str>, members: &mut A) -> Result<(), A::Error> {
        if self.wanted.is_none_or(|wanted| wanted.contains(&*name)) {
            self.into.insert(name.into_owned(), members.next_value()?);
        } else {
            members.next_value::<IgnoredAny>().map(|_| ())?;
        }
        Ok(())
    }

    fn end<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

/// No value of the language is an object with such a member: their texts come without one.
fn is_cut(value: &Value) -> bool {
    value.as_object().is_some_and(|members| members.contains_key(CUT))
}
