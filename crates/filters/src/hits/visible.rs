//! Who may see which hit: one pure decision. The lists put the same into their queries; a test compares the two.

use crate::groups::{Group, Registry};
use crate::hits::settings::RestrictedRows;
use crate::model::Privacy;
use crate::save::check::may_see_protected;
use std::collections::BTreeSet;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Right, Viewer, WikiId};

/// What a viewer may see of hits on one wiki.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a right of its own, in any combination")]
pub struct Sight {
    /// Rows at all.
    pub rows: bool,
    /// Variables, and who is behind a row.
    pub details: bool,
    /// Of restricted filters of the wiki itself.
    pub own: FilterSight,
    /// Of restricted farm-wide filters: that follows from rights on the farm.
    pub farm: FilterSight,
    /// Hits of suppressed revisions.
    pub suppressed_revisions: bool,
    /// Hits that a person has hidden.
    pub hidden_hits: bool,
    /// Hits of deleted revisions.
    pub deleted_revisions: bool,
    /// Whether hits of protected filters are shown without id and links to who may not see them.
    pub redacts: bool,
}

/// What a viewer may see of hits of restricted filters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilterSight {
    /// Hits of hidden filters.
    pub private: bool,
    /// Hits of protected filters.
    pub protected: bool,
    /// Protected variables that need a right of their own which the viewer lacks.
    pub lacked_variables: Vec<String>,
    /// Hits of suppressed filters.
    pub suppressed: bool,
}

/// What restricts a hit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restriction {
    /// Whether the filter is farm-wide.
    pub is_farm: bool,
    /// The filter's privacy as it is now.
    pub privacy: Privacy,
    /// Protected variables that the filter uses now, and those whose values the hit keeps.
    pub protected_variables: Vec<String>,
    /// A person has hidden it.
    pub is_hidden: bool,
    /// What became of the revision.
    pub revision: RevisionState,
}

/// What became of the revision that a hit led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RevisionState {
    /// It is there, or there never was one.
    #[default]
    Normal,
    /// It was deleted.
    Deleted,
    /// It was suppressed.
    Suppressed,
}

/// How much of a hit a viewer may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not even that there is one.
    Nothing,
    /// Time, actor, action, page, consequences and the filter's name.
    Redacted,
    /// The row.
    Row,
    /// The variables, too.
    Details,
}

/// Whom a hit is for, roughly: which part of the index it stands in. A hit that stands in the wrong part is not seen until it
/// is moved, never seen too soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Everybody.
    Public,
    /// Who may see hidden filters.
    Private,
    /// Who may see protected ones.
    Protected,
    /// Who may see what was suppressed, hidden or deleted.
    Oversight,
}

impl RevisionState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Deleted, Self::Suppressed];

    /// As stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::Deleted => "deleted",
            Self::Suppressed => "suppressed",
        }
    }

    /// What was stored; what is not known is the most restricted.
    pub fn find(name: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.name() == name).unwrap_or(Self::Suppressed)
    }
}

impl Audience {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Public, Self::Private, Self::Protected, Self::Oversight];

    /// As stored.
    pub const fn number(self) -> i64 {
        match self {
            Self::Public => 0,
            Self::Private => 1,
            Self::Protected => 2,
            Self::Oversight => 3,
        }
    }

    /// The audience of an ordinary hit of a filter with this privacy; `None` for one that cannot be read.
    pub fn of_filter(privacy: Option<Privacy>) -> Self {
        match privacy {
            Some(privacy) if privacy.is_suppressed => Self::Oversight,
            Some(privacy) if privacy.is_protected => Self::Protected,
            Some(privacy) if privacy.is_hidden => Self::Private,
            Some(_) => Self::Public,
            None => Self::Oversight,
        }
    }

    /// The audience of a hit.
    pub fn of(privacy: Option<Privacy>, is_hidden: bool, revision: RevisionState) -> Self {
        if is_hidden || revision != RevisionState::Normal { Self::Oversight } else { Self::of_filter(privacy) }
    }
}

impl Sight {
    /// What `viewer` may see on `wiki`, where variables are protected as the groups of `registry` say.
    pub fn under(viewer: &Viewer, wiki: &WikiId, rows: RestrictedRows, registry: &Registry) -> Self {
        let lacked = |rights: RightSet| {
            let names: BTreeSet<&String> =
                registry.groups.values().flat_map(Group::protected).map(|variable| &variable.name).collect();
            let is_lacked =
                |name: &&String| rights.has(Right::ProtectedVars) && !may_see_protected(name, rights, registry);
            names.into_iter().filter(is_lacked).cloned().collect()
        };
        Self::of(viewer, wiki, rows, lacked)
    }

    /// What `viewer` may see on `wiki`. `lacked` names the protected variables that need a right which somebody with these rights
    /// lacks.
    pub fn of(viewer: &Viewer, wiki: &WikiId, rows: RestrictedRows, lacked: impl Fn(RightSet) -> Vec<String>) -> Self {
        let rights = viewer.rights_on(wiki);
        let on_farm = viewer.rights_on(&WikiId::farm());
        let has = |right| rights.has(right);
        Self {
            rows: has(Right::Log),
            details: has(Right::LogDetail),
            own: FilterSight::of(rights, lacked(rights)),
            farm: FilterSight::of(on_farm, lacked(on_farm)),
            suppressed_revisions: has(Right::ViewSuppressed),
            hidden_hits: has(Right::HiddenLog),
            deleted_revisions: has(Right::DeletedText),
            redacts: rows == RestrictedRows::Redact,
        }
    }

    /// How much of a hit with this restriction may be seen.
    pub fn level(&self, hit: &Restriction) -> Level {
        let revision = match hit.revision {
            RevisionState::Normal => true,
            RevisionState::Deleted => self.deleted_revisions,
            RevisionState::Suppressed => self.suppressed_revisions,
        };
        let filter = if hit.is_farm { &self.farm } else { &self.own };
        let is_open = self.rows
            && (filter.private || !hit.privacy.is_hidden)
            && (filter.suppressed || !hit.privacy.is_suppressed)
            && (self.hidden_hits || !hit.is_hidden)
            && revision;
        if !is_open {
            return Level::Nothing;
        }
        if hit.privacy.is_protected || !hit.protected_variables.is_empty() {
            let lacks = hit.protected_variables.iter().any(|name| filter.lacked_variables.contains(name));
            return match (self.details && filter.protected && !lacks, self.redacts) {
                (true, _) => Level::Details,
                (false, true) => Level::Redacted,
                (false, false) => Level::Nothing,
            };
        }
        if self.details { Level::Details } else { Level::Row }
    }

    /// Whether each hit of a filter with this privacy and these protected variables may be seen, whatever becomes of it.
    pub fn sees_every(&self, of_filter: &Restriction) -> bool {
        RevisionState::ALL.into_iter().all(|revision| {
            let hit = Restriction { is_hidden: true, revision, ..of_filter.clone() };
            self.level(&hit) >= Level::Row
        })
    }

    /// Whether hits of this audience need to be looked for at all.
    pub fn reaches(&self, audience: Audience) -> bool {
        match audience {
            Audience::Public => true,
            Audience::Private => self.own.private || self.farm.private,
            Audience::Protected => ((self.own.protected || self.farm.protected) && self.details) || self.redacts,
            Audience::Oversight => {
                let filters = self.own.suppressed || self.farm.suppressed;
                filters || self.suppressed_revisions || self.hidden_hits || self.deleted_revisions
            }
        }
    }
}

impl FilterSight {
    fn of(rights: RightSet, lacked_variables: Vec<String>) -> Self {
        Self {
            private: rights.has(Right::LogPrivate) || rights.has(Right::ViewPrivate) || rights.has(Right::Modify),
            protected: rights.has(Right::ProtectedVars),
            lacked_variables,
            suppressed: rights.has(Right::ViewSuppressed),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use wikiward_farm::{Principal, Rights};

    /// The classes of viewers of the table of rights, from the least to the most.
    pub(crate) fn classes() -> Vec<(&'static str, Vec<Right>)> {
        let log = vec![Right::View, Right::Log];
        let with = |base: &[Right], more: &[Right]| [base, more].concat();
        let detail = with(&log, &[Right::LogDetail]);
        let private = with(&detail, &[Right::LogPrivate]);
        let protected = with(&detail, &[Right::ProtectedVars]);
        let editor = with(&detail, &[Right::Modify, Right::ProtectedVars]);
        let oversight = with(&editor, &[Right::ViewSuppressed, Right::DeletedText]);
        let hidden = with(&oversight, &[Right::HiddenLog]);
        vec![
            ("log", log),
            ("detail", detail),
            ("private", private),
            ("protected", protected),
            ("editor", editor),
            ("oversight", oversight),
            ("hidden", hidden),
        ]
    }

    pub(crate) fn viewer(rights: &[Right]) -> Viewer {
        Viewer::new(Principal::Operator, Rights::farm_wide(rights.iter().copied().collect()), false)
    }

    fn sight(class: &str, rows: RestrictedRows) -> Sight {
        let (_, rights) = classes().into_iter().find(|(name, _)| *name == class).unwrap();
        Sight::of(&viewer(&rights), &"enwiki".parse().unwrap(), rows, |_| Vec::new())
    }

    fn hit(bits: i64) -> Restriction {
        let privacy = Privacy::from_bits(bits).unwrap();
        let variables = if privacy.is_protected { vec!["user_unnamed_ip".to_owned()] } else { Vec::new() };
        Restriction { privacy, protected_variables: variables, ..Restriction::default() }
    }

    #[test]
    fn the_table_of_rights_holds() {
        use Level::{Details, Nothing, Row};
        let public = hit(0);
        let by_person = Restriction { is_hidden: true, ..hit(0) };
        let deleted = Restriction { revision: RevisionState::Deleted, ..hit(0) };
        let suppressed = Restriction { revision: RevisionState::Suppressed, ..hit(0) };
        let table = [
            ("log", [Row, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing]),
            ("detail", [Details, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing]),
            ("private", [Details, Details, Nothing, Nothing, Nothing, Nothing, Nothing]),
            ("protected", [Details, Nothing, Details, Nothing, Nothing, Nothing, Nothing]),
            ("editor", [Details, Details, Details, Nothing, Nothing, Nothing, Nothing]),
            ("oversight", [Details, Details, Details, Details, Nothing, Details, Details]),
            ("hidden", [Details, Details, Details, Details, Details, Details, Details]),
        ];
        for (class, expected) in table {
            let sight = sight(class, RestrictedRows::Omit);
            let hits = [&public, &hit(1), &hit(2), &hit(4), &by_person, &deleted, &suppressed];
            assert_eq!(hits.map(|hit| sight.level(hit)), expected, "{class}");
        }
    }

    #[test]
    fn every_hit_is_seen_only_by_who_sees_what_was_hidden_deleted_and_suppressed() {
        for (class, _) in classes() {
            for bits in 0..8 {
                let sees_every = sight(class, RestrictedRows::Redact).sees_every(&hit(bits));
                assert_eq!(sees_every, class == "hidden", "{class} {bits}");
            }
        }
        let mut lacking = sight("hidden", RestrictedRows::Omit);
        lacking.own.lacked_variables = vec!["user_unnamed_ip".into()];
        assert!(lacking.sees_every(&hit(1)) && !lacking.sees_every(&hit(2)));
    }

    #[test]
    fn rows_of_protected_filters_are_redacted_if_the_wiki_says_so() {
        for class in ["log", "detail", "private"] {
            assert_eq!(sight(class, RestrictedRows::Redact).level(&hit(2)), Level::Redacted, "{class}");
            assert_eq!(sight(class, RestrictedRows::Redact).level(&hit(6)), Level::Nothing, "{class}");
        }
        assert_eq!(sight("log", RestrictedRows::Redact).level(&hit(3)), Level::Nothing);
        assert_eq!(sight("private", RestrictedRows::Redact).level(&hit(3)), Level::Redacted);
        let mut lacking = sight("protected", RestrictedRows::Omit);
        lacking.own.lacked_variables = vec!["user_unnamed_ip".into()];
        assert_eq!(lacking.level(&hit(2)), Level::Nothing);
    }

    #[test]
    fn restricted_farm_wide_filters_need_rights_on_the_farm() {
        let mut rights = Rights::farm_wide([Right::View, Right::Log].into_iter().collect());
        rights.grant("enwiki".parse().unwrap(), Right::ALL.iter().copied().collect());
        let viewer = Viewer::new(Principal::Operator, rights, false);
        let sight = Sight::of(&viewer, &"enwiki".parse().unwrap(), RestrictedRows::Omit, |_| Vec::new());
        for bits in 1..8 {
            assert_eq!(sight.level(&hit(bits)), Level::Details);
            assert_eq!(sight.level(&Restriction { is_farm: true, ..hit(bits) }), Level::Nothing);
        }
        assert_eq!(sight.level(&Restriction { is_farm: true, ..hit(0) }), Level::Details);
    }

    #[test]
    fn a_blocked_viewer_sees_what_everybody_sees() {
        let rights = Rights::farm_wide(Right::ALL.iter().copied().collect());
        let blocked = Viewer::new(Principal::Operator, rights, true);
        let sight = Sight::of(&blocked, &"enwiki".parse().unwrap(), RestrictedRows::Omit, |_| Vec::new());
        assert_eq!(sight.level(&hit(0)), Level::Row);
        for bits in 1..8 {
            assert_eq!(sight.level(&hit(bits)), Level::Nothing);
        }
    }

    #[test]
    fn whoever_may_see_a_hit_looks_where_it_stands() {
        for (class, _) in classes() {
            for rows in [RestrictedRows::Omit, RestrictedRows::Redact] {
                let sight = sight(class, rows);
                for bits in 0..8 {
                    for revision in RevisionState::ALL {
                        for is_hidden in [false, true] {
                            let hit = Restriction { is_hidden, revision, ..hit(bits) };
                            let audience = Audience::of(Some(hit.privacy), is_hidden, revision);
                            assert!(sight.level(&hit) == Level::Nothing || sight.reaches(audience), "{class} {hit:?}");
                        }
                    }
                }
            }
        }
    }
}
