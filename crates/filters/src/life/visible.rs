//! Who may see which filter, and which versions of it.

use crate::groups::{Group, Registry};
use crate::model::Privacy;
use crate::save::check::may_see_protected;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Right, Viewer, WikiId};
use wikiward_store::Sql;

/// What one viewer may see of the filters of one owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    rights: RightSet,
    /// Bits of privacy that the viewer may see.
    bits: Vec<i64>,
    /// Protected variables that need a right which the viewer lacks: filters that read them are not seen.
    unseen: Vec<String>,
}

/// Tables and aliases that have the columns `privacy`, `uses_protected` and, of versions and events, `is_public`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Filter,
    Version,
    Previous,
}

impl Sight {
    /// What `viewer` sees of filters that belong to `owner`, asked for on `asked`.
    ///
    /// Farm-wide filters are judged by the rights on the farm itself; that public ones can be read at all may also come
    /// from the wiki.
    pub fn new(viewer: &Viewer, owner: &WikiId, asked: &WikiId, registry: &Registry) -> Self {
        let on_asked = viewer.rights_on(asked).common(RightSet::everybody());
        Self::of_rights(viewer.rights_on(owner).with(on_asked), registry)
    }

    /// What somebody with `rights` sees.
    pub fn of_rights(rights: RightSet, registry: &Registry) -> Self {
        let sees = |bits: &i64| {
            let privacy = Privacy::from_bits(*bits).unwrap_or_default();
            rights.has(Right::View)
                && (!privacy.is_hidden || rights.has(Right::ViewPrivate))
                && (!privacy.is_protected || rights.has(Right::ProtectedVars))
                && (!privacy.is_suppressed || rights.has(Right::ViewSuppressed))
        };
        let protected = registry.groups.values().flat_map(Group::protected);
        let unseen = protected.map(|variable| &variable.name).filter(|name| !may_see_protected(name, rights, registry));
        let mut unseen: Vec<String> = unseen.cloned().collect();
        unseen.sort();
        unseen.dedup();
        Self { rights, bits: (0..8).filter(sees).collect(), unseen }
    }

    /// The rights that it follows from.
    pub fn rights(&self) -> RightSet {
        self.rights
    }

    /// Whether a filter or version with this privacy may be seen.
    pub fn sees(&self, privacy: Privacy, uses_protected: &[String]) -> bool {
        self.bits.contains(&i64::from(privacy.bits()))
            && (privacy.is_public() || !uses_protected.iter().any(|name| self.unseen.contains(name)))
    }

    /// Appends the condition that a row may be seen.
    pub(crate) fn condition(&self, sql: &mut Sql, of: Of) {
        sql.push(match of {
            Of::Filter => "(f.privacy IN (",
            Of::Version => "(v.is_public OR (v.privacy IN (",
            Of::Previous => "(p.is_public OR (p.privacy IN (",
        });
        sql.bind_list(self.bits.iter().copied()).push(")");
        for name in &self.unseen {
            // The names stand in a JSON list, so a quoted name is there or it is not.
            let column = match of {
                Of::Filter => "f.uses_protected",
                Of::Version => "v.uses_protected",
                Of::Previous => "p.uses_protected",
            };
            sql.push(" AND REPLACE(").push(column).push(", ").bind(format!("\"{name}\"")).push(", '') = ").push(column);
        }
        sql.push(if of == Of::Filter { ")" } else { "))" });
    }

    /// Appends the condition that an event (`e`) may be seen.
    pub(crate) fn event_condition(&self, sql: &mut Sql) {
        sql.push("(e.is_public OR e.privacy IN (").bind_list(self.bits.iter().copied()).push("))");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wikiward_farm::right::RightSet;

    fn seen(rights: &[Right]) -> Vec<u8> {
        let rights = RightSet::everybody().with(rights.iter().copied().collect());
        let sight = Sight::of_rights(rights, &Registry::builtin());
        (0..8).filter(|bits| sight.sees(Privacy::from_bits((*bits).into()).unwrap(), &[])).collect()
    }

    #[test]
    fn every_mark_needs_its_right() {
        assert_eq!(seen(&[]), [0]);
        assert_eq!(seen(&[Right::LogDetail]), [0]);
        assert_eq!(seen(&[Right::ViewPrivate]), [0, 1]);
        assert_eq!(seen(&[Right::ProtectedVars]), [0, 2]);
        assert_eq!(seen(&[Right::ViewSuppressed]), [0, 4]);
        assert_eq!(seen(&[Right::ViewPrivate, Right::ProtectedVars]), [0, 1, 2, 3]);
        assert_eq!(seen(Right::ALL), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert!(!Sight::of_rights(RightSet::NONE, &Registry::builtin()).sees(Privacy::default(), &[]));
    }
}
