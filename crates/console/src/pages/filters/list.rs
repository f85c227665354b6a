//! The list of a wiki's filters.

mod view;

use super::{Place, label};
use crate::fault::Fault;
use crate::html::Choice;
use crate::pages::acts::Wrongs;
use crate::state::Console;
use crate::text::Text;
use crate::visit::Visitor;
use crate::{cursor, paths};
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use wikiward_farm::{Limit, Page, Right, WikiId};
use wikiward_filters::groups::Registry;
use wikiward_filters::life::list::{PrivacyMark, SEARCH_BYTES_MAX};
use wikiward_filters::life::{ListKey, ListQuery, ReadError, Search, Sort, Whose};
use wikiward_filters::model::{Consequence, Filter, State as Life};

pub(super) use view::BULK;
pub(crate) use view::samples;
use view::{List, Row};

pub(crate) fn routes() -> Router<Console> {
    Router::new().route("/w/{wiki}/filters", get(list))
}

/// What the form above the list asks for, as words.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// A text in rules.
    pub(crate) q: String,
    /// `plain`, `regex` or `regex_i`.
    pub(crate) mode: String,
    /// The word of a state; empty for all but deleted.
    pub(crate) state: String,
    /// The name of a group.
    pub(crate) group: String,
    /// The name of a consequence.
    pub(crate) consequence: String,
    /// A mark of privacy, or `public`.
    pub(crate) privacy: String,
    /// `local`, `farm` or `all`.
    pub(crate) whose: String,
    /// `id`, `name`, `hits` or `edited`.
    pub(crate) sort: String,
    /// `desc`, or anything else.
    pub(crate) dir: String,
    /// Where the page begins, sealed.
    pub(crate) after: String,
}

impl Asked {
    /// What it means; words that mean nothing ask for nothing.
    fn query(&self) -> Result<ListQuery, &'static str> {
        let text = self.q.trim();
        if text.len() > SEARCH_BYTES_MAX || text.contains('\0') {
            return Err("filters-search-too-long");
        }
        let search = match self.mode.as_str() {
            _ if text.is_empty() => None,
            "regex" => Some(Search::Regex { pattern: text.to_owned(), ignores_case: false }),
            "regex_i" => Some(Search::Regex { pattern: text.to_owned(), ignores_case: true }),
            _ => Some(Search::Plain(text.to_owned())),
        };
        let named = |name: &String| if name.is_empty() { Vec::new() } else { vec![name.clone()] };
        Ok(ListQuery {
            states: Life::find(&self.state).into_iter().collect(),
            groups: named(&self.group),
            privacy: PrivacyMark::find(&self.privacy).into_iter().collect(),
            consequences: named(&self.consequence),
            search,
            whose: match self.whose.as_str() {
                "farm" => Whose::Farm,
                "all" => Whose::All,
                _ => Whose::Local,
            },
            sort: match self.sort.as_str() {
                "name" => Sort::Name,
                "hits" => Sort::Hits,
                "edited" => Sort::Edited,
                _ => Sort::Id,
            },
            is_descending: self.dir == "desc",
            ..ListQuery::default()
        })
    }

    /// The same list from its beginning, or from `after`.
    fn path(&self, wiki: &WikiId, after: &str) -> String {
        let pairs = [
            ("q", self.q.as_str()),
            ("mode", &self.mode),
            ("state", &self.state),
            ("group", &self.group),
            ("consequence", &self.consequence),
            ("privacy", &self.privacy),
            ("whose", &self.whose),
            ("sort", &self.sort),
            ("dir", &self.dir),
            ("after", after),
        ];
        let pairs =
            pairs.into_iter().filter(|(name, value)| !value.is_empty() && (*name != "mode" || !self.q.is_empty()));
        let query = pairs.map(|(name, value)| format!("{name}={}", crate::visit::encoded(value))).collect::<Vec<_>>();
        let path = paths::filters(wiki);
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }

    /// The list sorted by a column: the other way round if it is sorted by it already.
    fn sorted(&self, wiki: &WikiId, by: Sort) -> String {
        let is_by_it = self.sort == by.name() || self.sort.is_empty() && by == Sort::Id;
        // Numbers and times are wanted from the largest down.
        let is_first_down = matches!(by, Sort::Hits | Sort::Edited);
        let is_down = if is_by_it { self.dir != "desc" } else { is_first_down };
        let dir = if is_down { "desc" } else { "" };
        Self { sort: by.name().into(), dir: dir.into(), ..self.clone() }.path(wiki, "")
    }
}

/// What was typed to change several filters, and is wrong.
#[derive(Debug, Clone, Default)]
pub(super) struct Bulk {
    /// What was ticked: filters with their versions.
    pub(super) ticked: Vec<String>,
    /// Why.
    pub(super) reason: String,
    /// What is wrong.
    pub(super) wrongs: Wrongs,
}

async fn list(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, .. }: Place,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    Ok(shown(&console, &visitor, wiki, asked, Bulk::default()).await?.show(&visitor))
}

/// The list that `query` asked for, with the form beneath it as it was sent.
pub(super) async fn again(
    console: &Console,
    visitor: &Visitor,
    wiki: WikiId,
    query: &str,
    bulk: Bulk,
) -> Result<Response, Fault> {
    let asked = serde_html_form::from_str(query).unwrap_or_default();
    let page = shown(console, visitor, wiki, asked, bulk).await?;
    Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY).show(visitor))
}

async fn shown(
    console: &Console,
    visitor: &Visitor,
    wiki: WikiId,
    asked: Asked,
    bulk: Bulk,
) -> Result<crate::page::Page, Fault> {
    if !wiki.is_farm() && console.people.visible_wiki(&visitor.viewer, &wiki).is_none() {
        return Err(Fault::NotFound);
    }
    visitor.need(Right::View, &wiki)?;
    let name = format!("filters {}", asked.path(&wiki, ""));
    let after: Option<ListKey> = cursor::open(console, visitor, &name, &asked.after);
    let is_first = after.is_none();
    let registry = console.filters.registry().await?;
    let (found, wrong) = match asked.query() {
        Ok(query) => match console.filters.list(&visitor.viewer, &wiki, &query, after, Limit::default()).await {
            Err(ReadError::Pattern(message)) => (None, Some(message)),
            Err(ReadError::Forbidden(_)) if !visitor.is_signed_in() => return Err(Fault::SignIn),
            found => (Some(found?), None),
        },
        Err(key) => (None, Some(visitor.text.say(key))),
    };
    let found = found.unwrap_or_else(|| Page { items: Vec::new(), next: None });
    let next = found.next.as_ref().map(|key| asked.path(&wiki, &cursor::seal(console, visitor, &name, key)));
    let (decided, now) = (console.filters.brakes(&wiki).await?, console.clock.now());
    let row = |filter: &Filter| {
        let brake =
            decided.get(&filter.key).map_or((false, false), |it| (it.latch_id().is_some(), it.hold(now).is_some()));
        Row { brake, ..row(visitor, &registry, filter) }
    };
    let list = List {
        may_bulk: found.items.iter().any(|filter| may_change(visitor, &filter.key.wiki)),
        may_create: may_change(visitor, &wiki),
        shows_hits: visitor.may(Right::LogDetail, &wiki),
        // An order tells of all that is in it.
        sorts_hits: visitor.may(Right::LogDetail, &wiki)
            && (matches!(asked.whose.as_str(), "" | "local") || visitor.may(Right::LogDetail, &WikiId::farm())),
        rows: found.items.iter().map(row).collect(),
        groups: groups(visitor.text, &registry),
        consequences: consequences(visitor.text, &registry),
        first: (!is_first).then(|| asked.path(&wiki, "")),
        next,
        wrong,
        bulk,
        asked,
        wiki,
    };
    Ok(view::page(visitor, &list))
}

/// Whether a visitor may change filters of `owner`.
pub(super) fn may_change(visitor: &Visitor, owner: &WikiId) -> bool {
    visitor.may(if owner.is_farm() { Right::ModifyGlobal } else { Right::Modify }, owner)
}

/// Groups to choose from.
pub(super) fn groups(text: Text, registry: &Registry) -> Vec<Choice> {
    registry.groups.values().map(|group| Choice::new(&*group.name, label(text, &group.label, &group.name))).collect()
}

fn consequences(text: Text, registry: &Registry) -> Vec<Choice> {
    let known: Vec<&str> = Consequence::ALL.iter().map(|it| it.name()).collect();
    let names: BTreeSet<&str> = registry.consequences.keys().map(String::as_str).collect();
    let all = known.into_iter().chain(names);
    all.map(|name| Choice::new(name, super::consequence(text, registry, name))).collect()
}

fn row(visitor: &Visitor, registry: &Registry, filter: &Filter) -> Row {
    let text = visitor.text;
    let draft = &filter.draft;
    Row {
        gid: filter.key.gid(),
        version: filter.version.0,
        name: draft.name.clone(),
        state: draft.state,
        brake: (false, false),
        group: registry
            .groups
            .get(&draft.group)
            .map_or_else(|| draft.group.clone(), |group| label(text, &group.label, &group.name)),
        consequences: draft.actions.iter().map(|(name, _)| super::consequence(text, registry, name)).collect(),
        privacy: draft.privacy,
        hits: visitor.may(Right::LogDetail, &filter.key.wiki).then_some(filter.hits),
        edited_at: filter.edited_at,
        edited_by: filter.edited_by.name.clone(),
        may_change: may_change(visitor, &filter.key.wiki),
    }
}
