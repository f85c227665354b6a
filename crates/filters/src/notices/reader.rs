//! Who reads notices: what of rights and names goes into the query, so that what is not for somebody is not even read.

use crate::groups::Registry;
use crate::life::visible::Sight;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Principal, Right, Viewer, WikiId};

/// Somebody who reads notices.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reader {
    /// Tells apart all principals.
    pub(super) key: String,
    /// The name that maintainers have.
    pub(super) name: String,
    /// Whose filters somebody of that name maintains.
    pub(super) maintains: Maintains,
    /// Where the reader has the right to reactivate, if not everywhere.
    pub(super) releases: Releases,
    /// What the reader sees of the filters of wikis where no class below says more.
    pub(super) elsewhere: Sees,
    /// Wikis on which the reader has the same rights, and what is seen there.
    pub(super) classes: Vec<(Vec<WikiId>, Sees)>,
}

/// What a reader sees of the filters that notices on some wiki are about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sees {
    /// Of the wiki's own.
    pub(super) own: Sight,
    /// Of farm-wide ones.
    pub(super) farm: Sight,
}

/// Whose maintainers a name may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Maintains {
    /// Of every filter: the name of an account.
    Every,
    /// Of this wiki's filters and farm-wide ones: a name is somebody on the wiki that vouches for it.
    Of(WikiId),
    /// Of none: no person.
    None,
}

/// Where somebody has a right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Releases {
    /// On every wiki.
    Everywhere,
    /// On these.
    On(Vec<WikiId>),
}

impl Reader {
    /// What `viewer` may hear, where variables are protected as the groups of `registry` say.
    pub(super) fn new(viewer: &Viewer, registry: &Registry) -> Self {
        let on_farm = viewer.rights_on(&WikiId::farm());
        let mut classes: Vec<(RightSet, Vec<WikiId>)> = Vec::new();
        for (wiki, _) in viewer.granted().wikis() {
            let rights = viewer.rights_on(wiki);
            // Most wikis give nobody more than the farm does.
            if rights == on_farm {
                continue;
            }
            match classes.iter_mut().find(|(of, _)| *of == rights) {
                Some((_, wikis)) => wikis.push(wiki.clone()),
                None => classes.push((rights, vec![wiki.clone()])),
            }
        }
        let sees = |rights: RightSet| Sees {
            own: Sight::of_rights(rights, registry),
            farm: Sight::of_rights(on_farm.with(rights.common(RightSet::everybody())), registry),
        };
        let may_release = |rights: RightSet| rights.has(Right::BrakeRelease);
        Self {
            key: viewer.principal.key(),
            name: viewer.principal.name().to_owned(),
            maintains: match &viewer.principal {
                Principal::Account { .. } => Maintains::Every,
                Principal::WikiUser { wiki, .. } => Maintains::Of(wiki.clone()),
                _ => Maintains::None,
            },
            releases: if may_release(on_farm) {
                Releases::Everywhere
            } else {
                let on = classes.iter().filter(|(rights, _)| may_release(*rights));
                Releases::On(on.flat_map(|(_, wikis)| wikis.iter().cloned()).collect())
            },
            elsewhere: sees(on_farm),
            classes: classes.into_iter().map(|(rights, wikis)| (wikis, sees(rights))).collect(),
        }
    }
}
