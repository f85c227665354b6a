//! What a person may see of hits.

use crate::state::Console;
use serde_json::Value;
use std::collections::BTreeSet;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Right, Viewer, WikiId};
use wikiward_filters::groups::Group;
use wikiward_filters::hits::{HitSettings, Sight};
use wikiward_filters::save::check::may_see_protected;
use wikiward_store::StoreError;

/// Settings of hits on `wiki`.
pub(crate) fn settings(console: &Console, wiki: &WikiId) -> HitSettings {
    let own = console.people.wiki(wiki).map(|wiki| Value::Object(wiki.draft.settings.clone()));
    HitSettings::default().with(&own.unwrap_or_default())
}

/// What `viewer` may see of hits on `wiki`, as the interface for programs decides it.
///
/// # Errors
/// [`StoreError`] as the database answers.
pub(crate) async fn sight(console: &Console, viewer: &Viewer, wiki: &WikiId) -> Result<Sight, StoreError> {
    let registry = console.filters.registry().await?;
    let lacked = |rights: RightSet| {
        let names: BTreeSet<&String> =
            registry.groups.values().flat_map(Group::protected).map(|variable| &variable.name).collect();
        let is_lacked =
            |name: &&String| rights.has(Right::ProtectedVars) && !may_see_protected(name, rights, &registry);
        names.into_iter().filter(is_lacked).cloned().collect()
    };
    Ok(Sight::of(viewer, wiki, settings(console, wiki).restricted_rows, lacked))
}
