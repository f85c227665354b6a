//! Lists of filters: what is asked for, and in which order.

use crate::model::State;
use wikiward_rules::Release;
use wikiward_rules::budget::Meter;
use wikiward_rules::regex::{Failure, Mode, Pattern, Scratch, Subject};

/// Whose filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Whose {
    /// The wiki's own.
    #[default]
    Local,
    /// Farm-wide ones that apply to the wiki.
    Farm,
    /// Both.
    All,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// By number.
    #[default]
    Id,
    /// By name, without regard to case.
    Name,
    /// By number of hits; needs `abusefilter-log-detail`.
    Hits,
    /// By the time of the last save.
    Edited,
}

impl Sort {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Hits => "hits",
            Self::Edited => "edited",
        }
    }
}

/// A text that is looked for in rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// As it stands.
    Plain(String),
    /// As a regular expression.
    Regex {
        /// The pattern.
        pattern: String,
        /// Whether case is ignored.
        ignores_case: bool,
    },
}

/// Most bytes of a text that is looked for.
pub const SEARCH_BYTES_MAX: usize = 1_000;

/// Work that searching with a regular expression may do for one page, in units of about a nanosecond: a tenth of a second.
pub const SEARCH_WORK_MAX: u64 = 100_000_000;

/// What a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListQuery {
    /// States; empty means all but deleted.
    pub states: Vec<State>,
    /// Names of groups; empty means all.
    pub groups: Vec<String>,
    /// Public ones, hidden, protected, suppressed ones: any of the marks named; empty means all.
    pub privacy: Vec<PrivacyMark>,
    /// Filters that have any of these consequences; empty means all.
    pub consequences: Vec<String>,
    /// Whether they are braked on the wiki.
    pub is_braked: Option<bool>,
    /// Whether their brake is held there.
    pub is_held: Option<bool>,
    /// What their rules must contain.
    pub search: Option<Search>,
    /// Whose filters.
    pub whose: Whose,
    /// The order.
    pub sort: Sort,
    /// Whether the order is turned round.
    pub is_descending: bool,
}

/// A mark that a list may be narrowed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivacyMark {
    /// No mark.
    Public,
    /// Hidden.
    Hidden,
    /// Protected.
    Protected,
    /// Suppressed.
    Suppressed,
}

impl PrivacyMark {
    /// The one that `word` means.
    pub fn find(word: &str) -> Option<Self> {
        Some(match word {
            "public" => Self::Public,
            "hidden" => Self::Hidden,
            "protected" => Self::Protected,
            "suppressed" => Self::Suppressed,
            _ => return None,
        })
    }

    /// The bits of privacy that have it.
    pub(crate) fn bits(self) -> impl Iterator<Item = i64> {
        (0..8_i64).filter(move |bits| match self {
            Self::Public => *bits == 0,
            Self::Hidden => bits & 1 != 0,
            Self::Protected => bits & 2 != 0,
            Self::Suppressed => bits & 4 != 0,
        })
    }
}

/// Where a page of a list ends: the value it is sorted by, and the filter.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ListKey {
    /// The number that the list is sorted by: hits, or microseconds; 0 otherwise.
    pub number: i64,
    /// The name in lower case that the list is sorted by; empty otherwise.
    pub name: Vec<u8>,
    /// The wiki that owns the filter.
    pub wiki: String,
    /// Its number.
    pub filter: u32,
}

/// A search in rules, ready to be used.
pub(crate) struct Searcher {
    pattern: Pattern,
    scratch: Scratch,
    left: u64,
}

impl Searcher {
    /// The searcher of a regular expression.
    ///
    /// # Errors
    /// What is wrong with the pattern.
    pub(crate) fn new(pattern: &str, ignores_case: bool) -> Result<Self, String> {
        let mode = if ignores_case { Mode::PerlCaseless } else { Mode::Perl };
        let pattern = Pattern::compile(pattern.as_bytes(), mode, Release::Newest)
            .map_err(|error| format!("{} (byte {} of the pattern)", error.message, error.offset))?;
        Ok(Self { pattern, scratch: Scratch::new(), left: SEARCH_WORK_MAX })
    }

    /// Whether `rules` has a match; none if the work for one page is used up.
    ///
    /// # Errors
    /// [`Failure::Limit`] if the pattern takes too many steps on this rule alone.
    pub(crate) fn finds(&mut self, rules: &str) -> Result<Option<bool>, Failure> {
        let mut meter = Meter::new(self.left, None);
        let found = self.pattern.is_match(Subject::new(rules.as_bytes()), &mut self.scratch, &mut meter);
        self.left = meter.left();
        match found {
            Ok(found) => Ok(Some(found)),
            Err(Failure::Exhausted) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}
