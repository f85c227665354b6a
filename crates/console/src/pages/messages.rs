//! The messages that refused people read: which there are, when they are shown, and which filters name them.

mod view;

use crate::fault::Fault;
use crate::pages::acts::Asked;
use crate::paths;
use crate::state::Console;
use crate::visit::Visitor;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use std::collections::{BTreeMap, BTreeSet};
use wikiward_farm::{Limit, Right, WikiId};
use wikiward_filters::groups::Group;
use wikiward_filters::life::ListQuery;
use wikiward_filters::messages::{UNAVAILABLE, key_of};
use wikiward_filters::model::{Consequence, Filter, State as Life};

pub(crate) use view::samples;

pub(crate) fn routes() -> Router<Console> {
    Router::new().route(paths::MESSAGES, get(show))
}

/// A filter that names a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    /// The filter's name in addresses.
    pub(crate) gid: String,
    /// Its name for people.
    pub(crate) name: String,
    /// Its state.
    pub(crate) state: Life,
}

/// One message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Consequences at which it is shown.
    pub(crate) when: BTreeSet<Consequence>,
    /// Whether it is shown when an action cannot be judged for now.
    pub(crate) is_unavailable: bool,
    /// Groups whose filters use it where they name none.
    pub(crate) groups: BTreeSet<String>,
    /// Filters that use it.
    pub(crate) filters: Vec<Use>,
}

/// The messages of a wiki, by key.
pub(crate) type Messages = BTreeMap<String, Entry>;

/// Consequences whose filters name their message.
const NAMING: [Consequence; 2] = [Consequence::Warn, Consequence::Disallow];

/// Most filters that are gone through.
const FILTERS_MAX: usize = 5_000;

/// The messages that these groups and filters use.
fn messages<'a>(groups: impl Iterator<Item = &'a Group>, filters: &[Filter]) -> Messages {
    let mut found = Messages::new();
    let groups: BTreeMap<&str, &Group> = groups.map(|group| (group.name.as_str(), group)).collect();
    found.entry(UNAVAILABLE.to_owned()).or_default().is_unavailable = true;
    for group in groups.values() {
        for consequence in Consequence::ALL.into_iter().filter(|it| group.allows(it.name())) {
            let named = NAMING.contains(&consequence);
            let shown = !matches!(consequence, Consequence::Throttle | Consequence::Tag);
            if shown {
                let key = if named { group.default_message(consequence) } else { key_of(consequence) };
                let entry = found.entry(key.to_owned()).or_default();
                entry.when.insert(consequence);
                entry.groups.extend(named.then(|| group.name.clone()));
            }
        }
    }
    for filter in filters {
        for consequence in NAMING {
            let Some(parameters) = filter.draft.actions.parameters(consequence) else { continue };
            let own = parameters.first().filter(|key| !key.is_empty()).cloned();
            let default =
                || groups.get(filter.draft.group.as_str()).map(|it| it.default_message(consequence).to_owned());
            let Some(key) = own.or_else(default) else { continue };
            let entry = found.entry(key).or_default();
            entry.when.insert(consequence);
            let name = filter.draft.name.clone();
            let one = Use { gid: filter.key.gid(), name, state: filter.draft.state };
            if !entry.filters.contains(&one) {
                entry.filters.push(one);
            }
        }
    }
    found
}

async fn show(State(console): State<Console>, visitor: Visitor, asked: Asked) -> Result<Response, Fault> {
    let wiki = match asked.find("wiki") {
        Some(word) => paths::wiki_of(word).ok_or(Fault::NotFound)?,
        None => visitor.wikis.first().map_or_else(WikiId::farm, |(wiki, _)| wiki.clone()),
    };
    if !wiki.is_farm() && console.people.visible_wiki(&visitor.viewer, &wiki).is_none() {
        return Err(Fault::NotFound);
    }
    visitor.need(Right::View, &wiki)?;
    let registry = console.filters.registry().await?;
    let query = ListQuery { consequences: NAMING.map(|it| it.name().to_owned()).to_vec(), ..ListQuery::default() };
    let limit = Limit::new(Limit::MAX.into()).unwrap_or_default();
    let (mut filters, mut after) = (Vec::new(), None);
    let is_whole = loop {
        let page = console.filters.list(&visitor.viewer, &wiki, &query, after, limit).await?;
        filters.extend(page.items);
        match page.next {
            None => break true,
            Some(_) if filters.len() >= FILTERS_MAX => break false,
            next => after = next,
        }
    };
    let found = messages(registry.groups.values(), &filters);
    Ok(view::page(&visitor, &wiki, &found, is_whole).show(&visitor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wikiward_filters::groups::builtin;

    #[test]
    fn every_message_that_may_be_shown_is_listed() {
        let found = messages([builtin::default_group()].iter(), &[]);
        let keys: Vec<&str> = found.keys().map(String::as_str).collect();
        let wanted = [
            "abusefilter-autopromote-blocked",
            "abusefilter-blocked-display",
            "abusefilter-captcha",
            "abusefilter-degrouped",
            "abusefilter-disallowed",
            "abusefilter-warning",
            "wikiward-unavailable",
        ];
        assert_eq!(keys, wanted);
        let blocked = &found["abusefilter-blocked-display"].when;
        assert_eq!(blocked.iter().copied().collect::<Vec<_>>(), [Consequence::RangeBlock, Consequence::Block]);
    }
}
