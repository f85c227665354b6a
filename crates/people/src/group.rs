//! Which rights the groups of wikis give.
//!
//! A group's rights on a wiki are the wiki's own list for it, if it has one; else the farm's list; else the shipped one.
//! Everybody is in `*`; everybody with an account on the wiki is in `user`.

pub(crate) mod records;
mod service;

pub use service::GroupError;

use std::collections::BTreeMap;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Right, Rights, WikiId};

/// Everybody, as MediaWiki writes it.
pub const EVERYBODY: &str = "*";

/// The groups that have rights without anybody's doing.
pub const SHIPPED: [&str; 6] = [EVERYBODY, "user", "bot", "sysop", "suppress", "steward"];

/// Rights that no group of a wiki and no wiki's word can give on that wiki: they are about the farm.
const FARM_ONLY: [Right; 4] = [Right::ManageFarm, Right::ManageAccounts, Right::AuditLog, Right::ModifyGlobal];

/// The rights that `group` has where nobody said otherwise.
///
/// Rule: the table of rights (book, reference of rights).
pub fn shipped(group: &str) -> RightSet {
    use Right as R;
    let rights: &[Right] = match group {
        EVERYBODY => return RightSet::everybody(),
        "user" => &[R::BlockedDomainsLog],
        "bot" => &[R::BypassBlockedDomains],
        "sysop" => &SYSOP,
        "suppress" => &[R::HiddenLog, R::HideLog, R::ViewSuppressed, R::SuppressRevision],
        // What a steward needs to help on any wiki, and farm-wide filters.
        "steward" => {
            let own = [R::ModifyGlobal, R::BrakeHold, R::BrakeDeclare, R::AuditLog];
            return SYSOP.into_iter().chain(own).collect();
        }
        _ => &[],
    };
    rights.iter().copied().collect()
}

const SYSOP: [Right; 14] = [
    Right::ViewPrivate,
    Right::Modify,
    Right::ModifyRestricted,
    Right::Revert,
    Right::LogDetail,
    Right::LogPrivate,
    Right::ProtectedVars,
    Right::ProtectedVarsLog,
    Right::ModifyBlockedDomains,
    Right::BrakeRelease,
    Right::Backtest,
    Right::Optout,
    Right::DeletedText,
    Right::BlockedDomainsLog,
];

/// The lists that differ from the shipped ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupRights {
    /// By wiki (`*` for every wiki without a list of its own) and group.
    lists: BTreeMap<WikiId, BTreeMap<String, RightSet>>,
}

impl GroupRights {
    pub(crate) fn insert(&mut self, wiki: WikiId, group: String, rights: RightSet) {
        self.lists.entry(wiki).or_default().insert(group, rights);
    }

    /// The list that was written for `group` on `wiki` (`*`: the farm), if there is one.
    pub fn written(&self, wiki: &WikiId, group: &str) -> Option<RightSet> {
        self.lists.get(wiki)?.get(group).copied()
    }

    /// All lists that were written for `wiki`.
    pub fn all_written(&self, wiki: &WikiId) -> impl Iterator<Item = (&str, RightSet)> {
        self.lists.get(wiki).into_iter().flatten().map(|(group, rights)| (group.as_str(), *rights))
    }

    /// The rights that `group` gives on `wiki`.
    pub fn of(&self, wiki: &WikiId, group: &str) -> RightSet {
        let written = self.written(wiki, group).or_else(|| self.written(&WikiId::farm(), group));
        written.unwrap_or_else(|| shipped(group))
    }

    /// What everybody may do, on every wiki.
    pub(crate) fn everybody<'w>(&self, wikis: impl Iterator<Item = &'w WikiId>) -> Rights {
        let everywhere = self.of(&WikiId::farm(), EVERYBODY);
        let own = self.lists.iter().filter(|(wiki, lists)| !wiki.is_farm() && lists.contains_key(EVERYBODY));
        // Rights add up, so farm-wide is only what no wiki takes away; the rest is given wiki by wiki.
        let common = own.fold(everywhere, |common, (wiki, _)| common.common(self.of(wiki, EVERYBODY)));
        let mut rights = Rights::farm_wide(common);
        if common != everywhere || self.lists.values().any(|lists| lists.contains_key(EVERYBODY)) {
            for wiki in wikis {
                let here = self.of(wiki, EVERYBODY);
                if here.common(common) != here {
                    rights.grant(wiki.clone(), here);
                }
            }
        }
        rights
    }

    /// The rights of a person of `wiki`, added to those of everybody.
    ///
    /// `farm_groups` are the groups of this wiki whose rights hold farm-wide; `said` are rights that the wiki itself says
    /// the person has: they hold there only, and none of them is about the farm.
    pub(crate) fn person(
        &self,
        everybody: &Rights,
        wiki: &WikiId,
        farm_groups: &[String],
        groups: &[String],
        said: RightSet,
    ) -> Rights {
        let mut rights = everybody.clone();
        let about_the_farm: RightSet = FARM_ONLY.into_iter().collect();
        let local = groups.iter().fold(said, |all, group| all.with(self.of(wiki, group)));
        rights.grant(wiki.clone(), without(local, about_the_farm));
        for group in groups.iter().filter(|group| farm_groups.contains(group)) {
            rights.grant(WikiId::farm(), self.of(wiki, group));
        }
        rights
    }
}

fn without(rights: RightSet, others: RightSet) -> RightSet {
    rights.iter().filter(|right| !others.has(*right)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wiki(name: &str) -> WikiId {
        name.parse().unwrap()
    }

    fn set(rights: &[Right]) -> RightSet {
        rights.iter().copied().collect()
    }

    #[test]
    fn a_wikis_list_goes_before_the_farms_and_that_before_the_shipped_one() {
        let mut groups = GroupRights::default();
        assert!(groups.of(&wiki("enwiki"), "sysop").has(Right::Modify));
        groups.insert(WikiId::farm(), "sysop".into(), set(&[Right::Revert]));
        assert_eq!(groups.of(&wiki("enwiki"), "sysop"), set(&[Right::Revert]));
        groups.insert(wiki("enwiki"), "sysop".into(), RightSet::NONE);
        assert_eq!(groups.of(&wiki("enwiki"), "sysop"), RightSet::NONE);
        assert_eq!(groups.of(&wiki("dewiki"), "sysop"), set(&[Right::Revert]));
    }

    #[test]
    fn a_private_wiki_takes_away_what_everybody_has_elsewhere() {
        let mut groups = GroupRights::default();
        groups.insert(wiki("secret"), EVERYBODY.into(), RightSet::NONE);
        let wikis = [wiki("enwiki"), wiki("secret")];
        let everybody = groups.everybody(wikis.iter());
        assert_eq!(everybody.on(&wiki("enwiki")), RightSet::everybody());
        assert_eq!(everybody.on(&wiki("secret")), RightSet::NONE);
    }

    #[test]
    fn only_named_groups_of_a_central_wiki_have_rights_on_the_farm() {
        let groups = GroupRights::default();
        let everybody = groups.everybody(std::iter::empty());
        let names = ["steward".to_owned(), "sysop".to_owned()];
        let person = groups.person(&everybody, &wiki("metawiki"), &["steward".into()], &names, RightSet::NONE);
        assert!(person.on(&WikiId::farm()).has(Right::ModifyGlobal));
        let person = groups.person(&everybody, &wiki("enwiki"), &[], &names, RightSet::all());
        assert_eq!(person.on(&WikiId::farm()), RightSet::everybody());
        assert!(person.on(&wiki("enwiki")).has(Right::SuppressRevision));
        for right in FARM_ONLY {
            assert!(!person.on(&wiki("enwiki")).has(right), "{right}");
        }
    }

    proptest::proptest! {
        #[test]
        fn everybody_has_on_each_wiki_exactly_what_its_list_says(lists in proptest::collection::vec(0_u8..4, 0..6), farm in 0_u8..4) {
            let some = |bits: u8| set(&[Right::View, Right::Log].into_iter().enumerate()
                .filter(|(place, _)| bits >> place & 1 == 1).map(|(_, right)| right).collect::<Vec<_>>());
            let mut groups = GroupRights::default();
            groups.insert(WikiId::farm(), EVERYBODY.into(), some(farm));
            let wikis: Vec<WikiId> = (0..8).map(|number| wiki(&format!("w{number}"))).collect();
            for (wiki, bits) in wikis.iter().zip(&lists) {
                groups.insert(wiki.clone(), EVERYBODY.into(), some(*bits));
            }
            let everybody = groups.everybody(wikis.iter());
            for wiki in &wikis {
                proptest::prop_assert_eq!(everybody.on(wiki), groups.of(wiki, EVERYBODY));
            }
        }
    }
}
