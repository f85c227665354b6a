//! What could not be brought over as it was, and why.

use serde::Serialize;

/// Why a row, or a part of it, was not brought over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// A value that must be there is missing or cannot be read.
    BadValue,
    /// The filter that the row belongs to is not in the tables.
    NoFilter,
    /// The farm-wide filter that was hit is not here.
    NoFarmFilter,
    /// A filter of this number is here already and did not come from there.
    NumberTaken,
    /// The filter was changed here since it was brought over; what came after is not.
    ChangedHere,
    /// The filter became farm-wide, or ceased to be, since it was brought over.
    OwnerChanged,
    /// Parameters of consequences cannot be read: they were left out.
    BadActions,
    /// A consequence that is not known here: kept, and inactive.
    UnknownConsequence,
    /// The group is not registered here: the filter went to `default`, disabled.
    GroupReplaced,
    /// The rule does not parse here: kept, and not evaluated.
    BadSyntax,
    /// The filter was farm-wide; it became one of the wiki's own.
    MadeLocal,
    /// Bytes that are no UTF-8 were replaced.
    NotUtf8,
    /// The variables are not where the row says.
    DumpMissing,
    /// The variables lie in external storage, outside of the database.
    DumpExternal,
    /// The variables are objects of old versions of AbuseFilter.
    DumpObject,
    /// The variables cannot be read.
    DumpBroken,
    /// The variables are larger, deeper or more than are taken.
    DumpTooLarge,
}

impl Cause {
    /// The word for it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadValue => "bad_value",
            Self::NoFilter => "no_filter",
            Self::NoFarmFilter => "no_farm_filter",
            Self::NumberTaken => "number_taken",
            Self::ChangedHere => "changed_here",
            Self::OwnerChanged => "owner_changed",
            Self::BadActions => "bad_actions",
            Self::UnknownConsequence => "unknown_consequence",
            Self::GroupReplaced => "group_replaced",
            Self::BadSyntax => "bad_syntax",
            Self::MadeLocal => "made_local",
            Self::NotUtf8 => "not_utf8",
            Self::DumpMissing => "dump_missing",
            Self::DumpExternal => "dump_external",
            Self::DumpObject => "dump_object",
            Self::DumpBroken => "dump_broken",
            Self::DumpTooLarge => "dump_too_large",
        }
    }

    /// What it means, and what to do.
    pub const fn about(self) -> &'static str {
        match self {
            Self::BadValue => "a value is missing or cannot be read",
            Self::NoFilter => "its filter is not in the tables",
            Self::NoFarmFilter => {
                "the farm-wide filter that was hit is not here: bring the central wiki over, then run it again"
            }
            Self::NumberTaken => "another filter has this number here already",
            Self::ChangedHere => "the filter was changed here since: what came later in AbuseFilter was left",
            Self::OwnerChanged => {
                "the filter became farm-wide, or ceased to be, since it was brought over: it was left as it is here"
            }
            Self::BadActions => "parameters of consequences cannot be read and were left out",
            Self::UnknownConsequence => "a consequence is not known here: it is kept, and does nothing",
            Self::GroupReplaced => "the group is not registered here: the filter went to `default`, disabled",
            Self::BadSyntax => "the rule does not parse here: it is kept, and not evaluated",
            Self::MadeLocal => "the filter was farm-wide; without --central it became one of the wiki's own",
            Self::NotUtf8 => "bytes that are no UTF-8 were replaced",
            Self::DumpMissing => "the variables are not where the row says",
            Self::DumpExternal => "the variables lie in external storage, outside of the database",
            Self::DumpObject => {
                "the variables are objects of an old AbuseFilter: run its maintenance script updateVarDumps.php there first"
            }
            Self::DumpBroken => "the variables cannot be read",
            Self::DumpTooLarge => {
                "the variables are larger than is taken: 64 MiB, 500,000 parts, or 32 MiB and 16 levels if PHP serialised them"
            }
        }
    }

    /// Whether the row itself was not brought over; otherwise it was, without a part.
    pub const fn is_lost(self) -> bool {
        matches!(
            self,
            Self::BadValue
                | Self::NoFilter
                | Self::NoFarmFilter
                | Self::NumberTaken
                | Self::ChangedHere
                | Self::OwnerChanged
        )
    }

    /// The one of that word.
    pub fn find(code: &str) -> Option<Self> {
        const ALL: [Cause; 17] = [
            Cause::BadValue,
            Cause::NoFilter,
            Cause::NoFarmFilter,
            Cause::NumberTaken,
            Cause::ChangedHere,
            Cause::OwnerChanged,
            Cause::BadActions,
            Cause::UnknownConsequence,
            Cause::GroupReplaced,
            Cause::BadSyntax,
            Cause::MadeLocal,
            Cause::NotUtf8,
            Cause::DumpMissing,
            Cause::DumpExternal,
            Cause::DumpObject,
            Cause::DumpBroken,
            Cause::DumpTooLarge,
        ];
        ALL.into_iter().find(|cause| cause.code() == code)
    }
}

/// A row that could not be brought over as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The table, without a prefix.
    pub table: &'static str,
    /// The row's number there.
    pub id: i64,
    /// Why.
    pub cause: Cause,
    /// What is meant, where that helps: the name of a column, a group, a consequence. Never values of the log.
    pub detail: String,
}

impl Problem {
    pub(super) fn new(table: &'static str, id: i64, cause: Cause, detail: impl Into<String>) -> Self {
        Self { table, id, cause, detail: detail.into() }
    }
}

impl Serialize for Problem {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut members = to.serialize_struct("Problem", 5)?;
        members.serialize_field("table", self.table)?;
        members.serialize_field("id", &self.id)?;
        members.serialize_field("cause", self.cause.code())?;
        members.serialize_field("detail", &self.detail)?;
        members.serialize_field("is_lost", &self.cause.is_lost())?;
        members.end()
    }
}
