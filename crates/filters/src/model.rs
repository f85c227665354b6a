//! What a filter is.

pub mod consequence;
pub mod privacy;
pub mod state;
pub mod test_case;

pub use consequence::{Actions, Class, Consequence};
pub use privacy::Privacy;
pub use state::{BrakeProfile, Origin, State, Tier};
pub use test_case::{TestCase, TestSource};

use std::fmt;
use std::str::FromStr;
use wikiward_farm::{Principal, Scope, Timestamp, UserName, WikiId};

/// Number of a filter: from 1, dense per wiki, never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilterNumber(pub u32);

/// Which filter: the wiki that owns it (`*` for farm-wide ones) and its number there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilterKey {
    /// The wiki that owns it.
    pub wiki: WikiId,
    /// Its number there.
    pub number: FilterNumber,
}

impl FilterKey {
    /// How it is named on a wiki, as AbuseFilter does: `17` for one of its own, `global-17` for a farm-wide one.
    pub fn gid(&self) -> String {
        if self.wiki.is_farm() { format!("global-{}", self.number.0) } else { self.number.0.to_string() }
    }

    /// The filter that `gid` names on `wiki`. On the farm itself both forms name its own filters.
    pub fn from_gid(wiki: &WikiId, gid: &str) -> Option<Self> {
        let (owner, digits) = match gid.strip_prefix("global-") {
            Some(digits) => (WikiId::farm(), digits),
            None => (wiki.clone(), gid),
        };
        let is_number = !digits.is_empty() && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
        let number = digits.parse().ok().filter(|_| is_number)?;
        Some(Self { wiki: owner, number: FilterNumber(number) })
    }
}

/// Number of a version of a filter, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u32);

/// What a person writes when saving: the whole document, less what the service itself keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its life's state.
    pub state: State,
    /// The group that it belongs to.
    pub group: String,
    /// Its name, which everybody may see who may see that it exists.
    pub name: String,
    /// The rule.
    pub rules: String,
    /// Notes of its editors.
    pub notes: String,
    /// What it does to an action that it matches.
    pub actions: Actions,
    /// Higher runs first; −1000 to 1000.
    pub priority: i32,
    /// Its budget class.
    pub tier: Tier,
    /// Who may see it.
    pub privacy: Privacy,
    /// Farm-wide filters: the wikis meant. None means all.
    pub scope: Option<Scope>,
    /// How its brake behaves.
    pub brake_profile: BrakeProfile,
    /// People who get notices of it.
    pub maintainers: Vec<UserName>,
    /// Actions that its rule is tried on at each save.
    pub tests: Vec<TestCase>,
}

/// A filter as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Which one.
    pub key: FilterKey,
    /// Its newest version.
    pub version: Version,
    /// What was saved.
    pub draft: Draft,
    /// Hits that left a row.
    pub hits: u64,
    /// Variables that the rule reads.
    pub uses_vars: Vec<String>,
    /// Those of them that are protected.
    pub uses_protected: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it.
    pub created_by: String,
    /// When it was last saved.
    pub edited_at: Timestamp,
    /// Who saved it last.
    pub edited_by: Editor,
    /// When something about it last changed: its age counts from here.
    pub aged_from: Timestamp,
}

/// Who saved a version, as kept with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editor {
    /// Tells apart all principals ([`Principal::key`]).
    pub key: String,
    /// The name, for people.
    pub name: String,
    /// The user's number, if there is one.
    pub number: Option<i64>,
}

impl From<&Principal> for Editor {
    fn from(principal: &Principal) -> Self {
        Self { key: principal.key(), name: principal.name().to_owned(), number: principal.number() }
    }
}

/// One version of a filter; never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterVersion {
    /// Which filter.
    pub key: FilterKey,
    /// Its number.
    pub version: Version,
    /// What was saved.
    pub draft: Draft,
    /// When.
    pub edited_at: Timestamp,
    /// By whom.
    pub edited_by: Editor,
    /// Why, in the editor's words; at most 500 characters.
    pub change_reason: String,
    /// Names of the fields that differ from the version before.
    pub changed_fields: Vec<String>,
    /// How it came about.
    pub origin: Origin,
    /// Variables that the rule reads.
    pub uses_vars: Vec<String>,
    /// Those of them that are protected.
    pub uses_protected: Vec<String>,
    /// Whether everybody may read it.
    pub is_public: bool,
}

impl fmt::Display for FilterNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Version {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gid_names_one_filter() {
        let wiki: WikiId = "enwiki".parse().unwrap();
        let named = |gid| FilterKey::from_gid(&wiki, gid).map(|key| (key.wiki.to_string(), key.number.0, key.gid()));
        assert_eq!(named("17"), Some(("enwiki".into(), 17, "17".into())));
        assert_eq!(named("global-17"), Some(("*".into(), 17, "global-17".into())));
        for bad in ["", "0", "017", "-1", "+1", "1x", "global-", "global-0", "99999999999"] {
            assert_eq!(named(bad), None, "{bad}");
        }
    }
}
