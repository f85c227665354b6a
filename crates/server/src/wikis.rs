//! What the filters must know of wikis, from who keeps them.

use std::sync::Arc;
use wikiward_farm::{WikiId, WikiSetId};
use wikiward_filters::snapshot::SetsOf;
use wikiward_people::People;

/// The farm's wikis, as the filters ask for them.
#[derive(Debug, Clone)]
pub(crate) struct Wikis(pub(crate) Arc<People>);

impl SetsOf for Wikis {
    fn sets_of(&self, wiki: &WikiId) -> Vec<WikiSetId> {
        self.0.sets_of(wiki)
    }

    fn is_known(&self, wiki: &WikiId) -> bool {
        self.0.wiki(wiki).is_some_and(|wiki| !wiki.is_closed)
    }

    fn settings_of(&self, wiki: &WikiId) -> Option<Arc<serde_json::Value>> {
        let wiki = self.0.wiki(wiki)?;
        Some(Arc::new(serde_json::Value::Object(wiki.draft.settings.clone())))
    }
}
