//! Who asks, and what they may do where.

use crate::human::Human;
use crate::people::UserName;
use crate::right::{Right, RightSet};
use crate::wiki::WikiId;
use std::collections::BTreeMap;

/// Who did something, as history and audit log keep it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A person known through a wiki: that wiki and the id and name there.
    WikiUser {
        /// The wiki that vouched for the person.
        wiki: WikiId,
        /// The user's id there.
        id: i64,
        /// The user's name there.
        name: UserName,
    },
    /// A person with an account of this service.
    Account {
        /// The account's id.
        id: i64,
        /// The account's name.
        name: UserName,
    },
    /// A program with a service token.
    Service {
        /// Public identifier of the token.
        token: String,
        /// The label that its maker gave it.
        label: String,
    },
    /// A person at the command line of the machine.
    Operator,
    /// The service itself.
    System,
}

impl Principal {
    /// Its name, for people.
    pub fn name(&self) -> &str {
        match self {
            Self::WikiUser { name, .. } | Self::Account { name, .. } => name.as_str(),
            Self::Service { label, .. } => label,
            Self::Operator => "operator",
            Self::System => "system",
        }
    }

    /// Its number, where it has one.
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::WikiUser { id, .. } | Self::Account { id, .. } => Some(*id),
            _ => None,
        }
    }

    /// A text that tells apart all principals, as stored: `wiki:enwiki:17`, `account:3`, `service:…`, `operator`, `system`.
    pub fn key(&self) -> String {
        match self {
            Self::WikiUser { wiki, id, .. } => format!("wiki:{wiki}:{id}"),
            Self::Account { id, .. } => format!("account:{id}"),
            Self::Service { token, .. } => format!("service:{token}"),
            Self::Operator => "operator".into(),
            Self::System => "system".into(),
        }
    }
}

/// Rights farm-wide and on single wikis.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights {
    farm: RightSet,
    wikis: BTreeMap<WikiId, RightSet>,
}

impl Rights {
    /// Rights that hold on every wiki and on the farm itself.
    pub fn farm_wide(rights: RightSet) -> Self {
        Self { farm: rights, wikis: BTreeMap::new() }
    }

    /// Adds rights on `wiki`; on the farm `*`, everywhere.
    pub fn grant(&mut self, wiki: WikiId, rights: RightSet) {
        if wiki.is_farm() {
            self.farm = self.farm.with(rights);
        } else {
            let granted = self.wikis.entry(wiki).or_default();
            *granted = granted.with(rights);
        }
    }

    /// The rights on `wiki`.
    pub fn on(&self, wiki: &WikiId) -> RightSet {
        match self.wikis.get(wiki) {
            Some(rights) => self.farm.with(*rights),
            None => self.farm,
        }
    }

    /// Wikis on which there are rights beyond the farm-wide ones.
    pub fn wikis(&self) -> impl Iterator<Item = (&WikiId, RightSet)> {
        self.wikis.iter().map(|(wiki, rights)| (wiki, *rights))
    }
}

/// A person or program that asks for something: who it is and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// Who it is.
    pub principal: Principal,
    rights: Rights,
    is_blocked: bool,
    human: Option<Human>,
}

impl Viewer {
    /// A viewer with these rights. A viewer who is blocked from a whole wiki keeps but `abusefilter-view` and
    /// `abusefilter-log`.
    pub fn new(principal: Principal, rights: Rights, is_blocked: bool) -> Self {
        Self { principal, rights, is_blocked, human: None }
    }

    /// The same viewer, of whom more is known than the principal says.
    #[must_use]
    pub fn known_as(mut self, human: Human) -> Self {
        self.human = Some(human);
        self
    }

    /// Which human that is, as far as it is known.
    pub fn human(&self) -> Human {
        self.human.clone().unwrap_or_else(|| Human::of(&self.principal))
    }

    /// The service itself, with every right.
    pub fn system() -> Self {
        Self::new(Principal::System, Rights::farm_wide(RightSet::all()), false)
    }

    /// The person at the machine's command line, with every right.
    pub fn operator() -> Self {
        Self::new(Principal::Operator, Rights::farm_wide(RightSet::all()), false)
    }

    /// The rights on `wiki`, after a block. Rights that include others have them here: who may change filters may read
    /// hidden ones, and everybody has what everybody has.
    pub fn rights_on(&self, wiki: &WikiId) -> RightSet {
        let granted = self.rights.on(wiki);
        if self.is_blocked {
            return granted.common(RightSet::everybody());
        }
        if granted.has(Right::Modify) {
            return granted.with([Right::ViewPrivate].into_iter().collect());
        }
        granted
    }

    /// Whether the viewer has `right` on `wiki`.
    pub fn may(&self, right: Right, wiki: &WikiId) -> bool {
        self.rights_on(wiki).has(right)
    }

    /// Whether a sitewide block suspends the viewer's rights.
    pub fn is_blocked(&self) -> bool {
        self.is_blocked
    }

    /// The rights as granted, before a block.
    pub fn granted(&self) -> &Rights {
        &self.rights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewer(rights: &[Right], is_blocked: bool) -> Viewer {
        let mut granted = Rights::farm_wide(RightSet::everybody());
        granted.grant("enwiki".parse().unwrap(), rights.iter().copied().collect());
        Viewer::new(Principal::Operator, granted, is_blocked)
    }

    #[test]
    fn rights_hold_where_they_were_granted_only() {
        let viewer = viewer(&[Right::Modify], false);
        assert!(viewer.may(Right::Modify, &"enwiki".parse().unwrap()));
        assert!(viewer.may(Right::ViewPrivate, &"enwiki".parse().unwrap()));
        assert!(!viewer.may(Right::Modify, &"dewiki".parse().unwrap()));
        assert!(!viewer.may(Right::Modify, &WikiId::farm()));
        assert!(viewer.may(Right::View, &"dewiki".parse().unwrap()));
    }

    #[test]
    fn a_block_suspends_all_but_looking() {
        let wiki = "enwiki".parse().unwrap();
        let viewer = viewer(Right::ALL, true);
        assert_eq!(viewer.rights_on(&wiki).iter().collect::<Vec<_>>(), [Right::View, Right::Log]);
    }
}
