//! What a person may see of hits.

use crate::state::Console;
use serde_json::Value;
use wikiward_farm::{Viewer, WikiId};
use wikiward_filters::hits::{HitSettings, Sight};
use wikiward_store::StoreError;

/// Settings of hits on `wiki`.
pub(crate) fn settings(console: &Console, wiki: &WikiId) -> HitSettings {
    let own = console.people.wiki(wiki).map(|wiki| Value::Object(wiki.draft.settings.clone()));
    HitSettings::default().with(&own.unwrap_or_default())
}

/// What `viewer` may see of hits on `wiki`.
///
/// # Errors
/// [`StoreError`] as the database answers.
pub(crate) async fn sight(console: &Console, viewer: &Viewer, wiki: &WikiId) -> Result<Sight, StoreError> {
    let registry = console.filters.registry().await?;
    Ok(Sight::under(viewer, wiki, settings(console, wiki).restricted_rows, &registry))
}
