//! Which fields of a filter a save changes.

use crate::model::Draft;

/// Names of the fields in which two drafts differ, in the order of the document.
pub fn changed_fields(old: &Draft, new: &Draft) -> Vec<&'static str> {
    let mut changed = Vec::new();
    let mut note = |name, differs: bool| {
        if differs {
            changed.push(name);
        }
    };
    note("state", old.state != new.state);
    note("group", old.group != new.group);
    note("name", old.name != new.name);
    note("rules", old.rules != new.rules);
    note("notes", old.notes != new.notes);
    note("actions", old.actions != new.actions);
    note("privacy", old.privacy != new.privacy);
    note("priority", old.priority != new.priority);
    note("tier", old.tier != new.tier);
    note("scope", old.scope != new.scope);
    note("brake_profile", old.brake_profile != new.brake_profile);
    note("maintainers", old.maintainers != new.maintainers);
    note("tests", old.tests != new.tests);
    changed
}
