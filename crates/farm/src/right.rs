//! Rights, named as MediaWiki names them where it has the concept.

use std::fmt;

macro_rules! rights {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// Something a person may do. The table of rights is in the book.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Right { $($(#[doc = $doc])+ $variant,)+ }

        impl Right {
            /// All rights.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it allows, for people.
            pub const fn allows(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc,)+),)+ }
            }
        }
    };
}

rights! {
    /// List filters and read public ones.
    View = "abusefilter-view",
    /// Read hidden filters; test tools.
    ViewPrivate = "abusefilter-view-private",
    /// Create, change and import filters; includes reading hidden ones and the test tools.
    Modify = "abusefilter-modify",
    /// Consequences that are marked restricted.
    ModifyRestricted = "abusefilter-modify-restricted",
    /// Farm-wide filters.
    ModifyGlobal = "abusefilter-modify-global",
    /// Undo what a filter did.
    Revert = "abusefilter-revert",
    /// The list of hits.
    Log = "abusefilter-log",
    /// Details of hits, and hit counts.
    LogDetail = "abusefilter-log-detail",
    /// Hits of hidden filters.
    LogPrivate = "abusefilter-log-private",
    /// See hits that a person has hidden.
    HiddenLog = "abusefilter-hidden-log",
    /// Hide and show hits.
    HideLog = "abusefilter-hide-log",
    /// The address of a hit.
    PrivateDetails = "abusefilter-privatedetails",
    /// The log of who looked at addresses.
    PrivateDetailsLog = "abusefilter-privatedetails-log",
    /// Protected variables and their values.
    ProtectedVars = "abusefilter-access-protected-vars",
    /// The log of who looked at protected values.
    ProtectedVarsLog = "abusefilter-protected-vars-log",
    /// Change the list of blocked external domains.
    ModifyBlockedDomains = "abusefilter-modify-blocked-external-domains",
    /// Link to blocked external domains all the same.
    BypassBlockedDomains = "abusefilter-bypass-blocked-external-domains",
    /// The log of attempts to link to blocked external domains.
    BlockedDomainsLog = "abusefilter-blocked-external-domains-log",
    /// See suppressed filters and their hits.
    ViewSuppressed = "viewsuppressed",
    /// Make filters suppressed.
    SuppressRevision = "suppressrevision",
    /// See text and hits of deleted revisions.
    DeletedText = "deletedtext",
    /// Reactivate a braked filter.
    BrakeRelease = "abusefilter-brake-release",
    /// Hold the brake of a filter for a while.
    BrakeHold = "abusefilter-brake-hold",
    /// Declare a filter a lockdown; ceilings above the default.
    BrakeDeclare = "abusefilter-brake-declare",
    /// Backtests, candidates, and explanations of stored actions.
    Backtest = "abusefilter-backtest",
    /// Switch a farm-wide filter off for one's own wiki.
    Optout = "abusefilter-optout",
    /// Wikis, sets of wikis and service tokens of the farm.
    ManageFarm = "wikiward-manage-farm",
    /// Accounts of the service and their rights.
    ManageAccounts = "wikiward-manage-accounts",
    /// Read the audit log.
    AuditLog = "wikiward-audit-log",
}

impl Right {
    /// The right of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|right| right.name() == name)
    }

    const fn bit(self) -> u64 {
        1 << self as u8
    }
}

impl fmt::Debug for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of rights.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct RightSet(u64);

impl RightSet {
    /// No right.
    pub const NONE: Self = Self(0);

    /// Every right.
    pub fn all() -> Self {
        Right::ALL.iter().copied().collect()
    }

    /// What everybody may do who has nothing else: `abusefilter-view` and `abusefilter-log`.
    pub const fn everybody() -> Self {
        Self(Right::View.bit() | Right::Log.bit())
    }

    /// Whether `right` is in it.
    pub const fn has(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    /// It and `other` together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The rights in it.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.iter().copied().filter(move |right| self.has(*right))
    }
}

impl FromIterator<Right> for RightSet {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().fold(0, |bits, right| bits | right.bit()))
    }
}

impl fmt::Debug for RightSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_right_is_found_by_its_name_and_fits_the_set() {
        assert!(Right::ALL.len() <= 64);
        for right in Right::ALL {
            assert_eq!(Right::find(right.name()), Some(*right));
            let only: RightSet = [*right].into_iter().collect();
            assert_eq!(only.iter().collect::<Vec<_>>(), [*right]);
        }
        assert_eq!(RightSet::all().iter().count(), Right::ALL.len());
    }
}
