//! Which rights the groups of wikis give.

use crate::accounts::{names, rights_of};
use crate::auth::Person;
use crate::json::{Json, part};
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::Api;
use crate::wikis::invalid_field;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Viewer, WikiId};
use wikiward_people::group::SHIPPED;
use wikiward_people::{GroupError, GroupRights, People};

/// The routes of rights of groups.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(put, remove))
}

/// The rights of a group on a wiki.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupBody {
    /// The group's rights here.
    rights: Vec<&'static str>,
    /// Where they were written: `wiki` (here), `farm` (for every wiki without a list of its own), `shipped` (nobody wrote any).
    from: &'static str,
}

/// The rights of all groups that have some on a wiki.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupsBody {
    /// By the group's name.
    groups: BTreeMap<String, GroupBody>,
}

/// The rights of a group.
#[derive(Debug, Deserialize, ToSchema)]
pub struct GroupInput {
    /// Names of rights; an empty list gives none.
    rights: Vec<String>,
}

fn group(lists: &GroupRights, wiki: &WikiId, name: &str) -> GroupBody {
    let from = if !wiki.is_farm() && lists.written(wiki, name).is_some() {
        "wiki"
    } else if lists.written(&WikiId::farm(), name).is_some() {
        "farm"
    } else {
        "shipped"
    };
    GroupBody { rights: names(lists.of(wiki, name)), from }
}

/// The wiki, if the viewer may look at it; `*` is the farm.
fn visible(people: &People, viewer: &Viewer, wiki: &str) -> Result<WikiId, Problem> {
    let id: WikiId = part(wiki)?;
    if id.is_farm() || people.visible_wiki(viewer, &id).is_some() { Ok(id) } else { Err(Problem::not_found()) }
}

/// The rights of groups on a wiki; on `*`, those that hold where a wiki has none of its own.
#[utoipa::path(get, path = "/v1/group-rights/{wiki}", tag = "group rights",
    params(("wiki" = String, Path, description = "The wiki's database name, or `*`")),
    responses((status = 200, body = GroupsBody), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn list(
    State(people): State<Arc<People>>,
    Person(viewer): Person,
    Path(wiki): Path<String>,
) -> Result<Json<GroupsBody>, Problem> {
    let wiki = visible(&people, &viewer, &wiki)?;
    let lists = people.group_rights();
    let farm = WikiId::farm();
    let written = lists.all_written(&wiki).chain(lists.all_written(&farm)).map(|(name, _)| name);
    let all: BTreeSet<&str> = SHIPPED.into_iter().chain(written).collect();
    Ok(Json(GroupsBody { groups: all.into_iter().map(|name| (name.to_owned(), group(&lists, &wiki, name))).collect() }))
}

/// Writes the rights of a group on a wiki; on `*`, on every wiki without a list of its own.
#[utoipa::path(put, path = "/v1/group-rights/{wiki}/{group}", tag = "group rights",
    params(("wiki" = String, Path, description = "The wiki's database name, or `*`"), ("group" = String, Path, description = "The group's name; `*` is everybody")),
    request_body = GroupInput,
    responses((status = 200, body = GroupBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn put(
    State(people): State<Arc<People>>,
    Person(viewer): Person,
    Path((wiki, name)): Path<(String, String)>,
    Json(input): Json<GroupInput>,
) -> Result<Json<GroupBody>, Problem> {
    let wiki = visible(&people, &viewer, &wiki)?;
    people.set_group_rights(&viewer, &wiki, &name, Some(rights_of(&input.rights)?)).await?;
    Ok(Json(group(&people.group_rights(), &wiki, &name)))
}

/// Removes what was written: the next wider list holds again.
#[utoipa::path(delete, path = "/v1/group-rights/{wiki}/{group}", tag = "group rights",
    params(("wiki" = String, Path, description = "The wiki's database name, or `*`"), ("group" = String, Path, description = "The group's name")),
    responses((status = 204), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn remove(
    State(people): State<Arc<People>>,
    Person(viewer): Person,
    Path((wiki, name)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let wiki = visible(&people, &viewer, &wiki)?;
    people.set_group_rights(&viewer, &wiki, &name, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<GroupError> for Problem {
    fn from(error: GroupError) -> Self {
        let text = error.to_string();
        match error {
            GroupError::Forbidden(right) => Self::forbidden(right),
            GroupError::Beyond(_) => Self::new(Code::Forbidden, text),
            GroupError::Unknown => Self::not_found(),
            GroupError::Name => invalid_field("bad_group", "group", text),
            GroupError::Store(error) => error.into(),
        }
    }
}
