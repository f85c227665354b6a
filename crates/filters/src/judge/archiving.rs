//! Handing actions to the archive, once they are decided.

use super::course::Course;
use super::finish::{Values, variables};
use super::{Judge, Mode};
use crate::archive::{Facts, NewAction};
use crate::consequences::Observed;
use crate::hits::record::Actor;
use wikiward_farm::Timestamp;

impl Judge {
    /// Hands an action to the archive, if it is to be kept. `protected` are the protected values of an action with hits, whose
    /// variables are kept with them.
    pub(super) fn archive(
        &self,
        course: &Course,
        observed: Option<Observed>,
        decision: &'static str,
        protected: Option<&Values>,
        now: Timestamp,
    ) {
        let request = &course.request;
        let Some(archiver) = self.archiver.as_ref().filter(|_| matches!(request.mode, Mode::Enforce | Mode::Late))
        else {
            return;
        };
        let group = &course.roster.group.group.name;
        let is_good = observed.is_some_and(|observed| observed.is_good);
        let place = archiver.draw(&request.wiki, group, &request.kind, course.id, is_good, now);
        let has_hits = protected.is_some();
        if !place.is_drawn && !has_hits {
            return;
        }
        let (variables, protected) = match protected {
            Some(protected) => (None, protected.keys().cloned().collect()),
            None => {
                let (open, protected) = variables(course);
                (Some(open), protected.into_keys().collect())
            }
        };
        let vocabulary = course.roster.group.vocabulary();
        let offered = course.offered.iter().filter(|id| course.action.value(**id).is_none());
        let actor = &request.actor;
        archiver.keep(NewAction {
            evaluation_id: course.id,
            wiki: request.wiki.clone(),
            group: group.clone(),
            kind: request.kind.clone(),
            at: if request.mode == Mode::Late { request.at.unwrap_or(now).min(now) } else { now },
            action_id: request.action_id.clone(),
            actor: Actor { id: actor.id, name: actor.name.clone(), kind: actor.kind },
            target: request.target.clone(),
            facts: Facts {
                groups: actor.groups.clone(),
                edit_count: actor.edit_count,
                age_s: actor.age_s,
                is_blocked: actor.is_blocked,
                is_bot: actor.is_bot,
                central_id: actor.central_id,
            },
            standing: observed.into(),
            observed,
            decision,
            has_hits,
            place,
            protected,
            offered: offered.map(|id| vocabulary.name(*id).to_owned()).collect(),
            variables,
            ip: request.ip,
        });
    }
}
