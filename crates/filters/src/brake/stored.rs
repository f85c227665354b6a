//! How evidence is written: times as microseconds.

use super::Mark;
use super::quick::QuickSet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::VecDeque;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Timestamp, WikiId};

/// A wiki, written as its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wiki(pub(super) WikiId);

impl Serialize for Wiki {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.as_str().serialize(to)
    }
}

impl<'d> Deserialize<'d> for Wiki {
    fn deserialize<D: Deserializer<'d>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        name.parse().map(Self).map_err(|_| serde::de::Error::custom("this is no name of a wiki"))
    }
}

pub(super) mod at {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Timestamp, from_micros, micros};

    pub(in crate::brake) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        micros(*at).serialize(to)
    }

    pub(in crate::brake) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(from).map(from_micros)
    }
}

pub(super) mod maybe {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Timestamp, from_micros, micros};

    #[expect(clippy::ref_option, reason = "serde passes references")]
    pub(in crate::brake) fn serialize<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        at.map(micros).serialize(to)
    }

    pub(in crate::brake) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<i64>::deserialize(from)?.map(from_micros))
    }
}

pub(super) mod times {
    use super::{Deserialize, Deserializer, Mark, Serializer, Timestamp, VecDeque, from_micros, micros};

    pub(in crate::brake) fn serialize<S: Serializer>(
        done: &VecDeque<(Timestamp, Mark)>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(done.iter().map(|(at, mark)| (micros(*at), mark)))
    }

    pub(in crate::brake) fn deserialize<'d, D: Deserializer<'d>>(
        from: D,
    ) -> Result<VecDeque<(Timestamp, Mark)>, D::Error> {
        let read = Vec::<(i64, Mark)>::deserialize(from)?;
        Ok(read.into_iter().map(|(at, mark)| (from_micros(at), mark)).collect())
    }
}

/// Marks of the present hour, unless they are so many that writing them every time costs more than counting some twice
/// after a crash.
pub(super) mod few {
    use super::{Deserialize, Deserializer, Mark, QuickSet, Serializer};

    /// Most marks that are written: some 20 KB.
    const WRITTEN_MAX: usize = 2_000;

    pub(in crate::brake) fn serialize<S: Serializer>(marks: &QuickSet<Mark>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(marks.iter().filter(|_| marks.len() <= WRITTEN_MAX))
    }

    pub(in crate::brake) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<QuickSet<Mark>, D::Error> {
        QuickSet::deserialize(from)
    }
}
