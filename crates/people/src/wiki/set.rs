//! Sets of wikis.

use super::{Wrong, check_label};
use std::collections::BTreeSet;
use wikiward_farm::{Timestamp, WikiId, WikiSetId};

/// Most wikis of a set: as many as the largest farms have, with room.
pub(super) const MEMBERS_MAX: usize = 5000;

/// A named set of wikis.
#[derive(Debug, Clone, PartialEq)]
pub struct WikiSet {
    /// Its name.
    pub id: WikiSetId,
    /// Goes up with every change.
    pub version: u32,
    /// What is said of it.
    pub draft: SetDraft,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What can be said of a set of wikis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SetDraft {
    /// Its name for people.
    pub label: String,
    /// The wikis in it.
    pub wikis: BTreeSet<WikiId>,
}

impl SetDraft {
    /// Everything that is wrong with it; `is_known` says whether there is a wiki of a name.
    pub fn check(&self, is_known: impl Fn(&WikiId) -> bool) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        check_label(&self.label, &mut wrong);
        if self.wikis.len() > MEMBERS_MAX {
            wrong.push(Wrong::new("too_many", "wikis", format!("a set has at most {MEMBERS_MAX} wikis")));
        }
        if let Some(unknown) = self.wikis.iter().find(|wiki| !is_known(wiki)) {
            wrong.push(Wrong::new("unknown_wiki", "wikis", format!("there is no wiki `{unknown}`")));
        }
        wrong
    }
}
