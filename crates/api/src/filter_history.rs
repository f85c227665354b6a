//! The history of filters, and what changed between versions.

use crate::auth::Person;
use crate::cursor::Cursors;
use crate::filters::{Place, limit};
use crate::json::{Json, Query};
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::Api;
use crate::text::time;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_filters::diff::{Diff, LineDiff, LineKind, SubExpression};
use wikiward_filters::life::{Filters, HistoryItem, HistoryKey, VersionRef};

/// The routes of history on wikis.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(history)).routes(routes!(diff))
}

/// The same for the farm, without the description.
pub(crate) fn farm_routes() -> Router<Api> {
    Router::new().route("/v1/farm/filters/{id}/history", get(history)).route("/v1/farm/filters/{id}/diff", get(diff))
}

/// Which part of a history.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct HistoryParams {
    /// Items on the page, 1 to 500; 50 if it is not said.
    limit: Option<i64>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// A page of a history, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryPage {
    items: Vec<HistoryBody>,
    /// Where the next page begins; null on the last one.
    next: Option<String>,
}

/// One item of a history.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryBody {
    /// `save`, or what else happened, such as `optout.set`.
    kind: String,
    at: String,
    by: Value,
    reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_fields: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'static str>,
    #[serde(skip_serializing_if = "Value::is_null")]
    details: Value,
}

impl From<&HistoryItem> for HistoryBody {
    fn from(item: &HistoryItem) -> Self {
        match item {
            HistoryItem::Saved { version, at, by, reason, changed_fields, origin } => Self {
                kind: "save".into(),
                at: time(*at),
                by: json!({"id": by.number, "name": by.name}),
                reason: reason.clone(),
                reason_code: String::new(),
                version: Some(version.0),
                changed_fields: Some(changed_fields.clone()),
                origin: Some(origin.name()),
                details: Value::Null,
            },
            HistoryItem::Event(event) => Self {
                kind: event.kind.clone(),
                at: time(event.at),
                by: json!({"id": null, "name": event.by_name}),
                reason: event.reason.clone(),
                reason_code: event.reason_code.clone(),
                version: None,
                changed_fields: None,
                origin: None,
                details: event.details.clone(),
            },
        }
    }
}

/// Tells a filter's history, newest first.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}/history", tag = "filters",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"), HistoryParams),
    responses((status = 200, body = HistoryPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn history(
    State(filters): State<Filters>,
    State(cursors): State<Cursors>,
    Person(viewer): Person,
    place: Place,
    Query(params): Query<HistoryParams>,
) -> Result<Json<HistoryPage>, Problem> {
    let gid = place.part("id");
    let name = format!("history {} {gid}", place.wiki);
    let before: Option<HistoryKey> =
        params.cursor.as_deref().map(|cursor| cursors.open(cursor, &name, &viewer)).transpose()?;
    let page = filters.history(&viewer, &place.wiki, gid, before, limit(params.limit)?).await?;
    let next = page.next.as_ref().map(|key| cursors.seal(key, &name, &viewer));
    Ok(Json(HistoryPage { items: page.items.iter().map(HistoryBody::from).collect(), next }))
}

/// Which versions to compare.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct DiffParams {
    /// A number, or `prev`, the one before `to`. `prev` if it is not said.
    from: Option<String>,
    /// A number, or `cur`, the present one. `cur` if it is not said.
    to: Option<String>,
}

/// What differs between two versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiffBody {
    from: u32,
    to: u32,
    /// Lines of the rule; empty if it is the same.
    rules: Vec<LineBody>,
    /// Lines of the notes; empty if they are the same.
    notes: Vec<LineBody>,
    /// The other fields that differ: `{field, old, new}`.
    fields: Vec<Value>,
    /// Parts of the rule that were added, removed or changed; null if one of the rules does not parse.
    semantic: Option<Value>,
}

/// A line.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineBody {
    /// `same`, `removed` or `added`.
    kind: &'static str,
    old: Option<u32>,
    new: Option<u32>,
    text: String,
}

impl From<&LineDiff> for LineBody {
    fn from(line: &LineDiff) -> Self {
        let kind = match line.kind {
            LineKind::Same => "same",
            LineKind::Removed => "removed",
            LineKind::Added => "added",
        };
        Self { kind, old: line.old, new: line.new, text: line.text.clone() }
    }
}

fn semantic(diff: &Diff) -> Option<Value> {
    let shown = |it: &SubExpression| json!({"span": [it.span.start, it.span.end], "text": it.text});
    let found = diff.semantic.as_ref()?;
    let changed = found.changed.iter().map(|it| json!({"old": shown(&it.old), "new": shown(&it.new)}));
    Some(json!({
        "same_meaning": found.is_same(),
        "added": found.added.iter().map(shown).collect::<Vec<_>>(),
        "removed": found.removed.iter().map(shown).collect::<Vec<_>>(),
        "changed": changed.collect::<Vec<_>>(),
        "cut": found.is_cut,
    }))
}

/// Compares two versions of a filter.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}/diff", tag = "filters",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"), DiffParams),
    responses((status = 200, body = DiffBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn diff(
    State(filters): State<Filters>,
    Person(viewer): Person,
    place: Place,
    Query(params): Query<DiffParams>,
) -> Result<Json<DiffBody>, Problem> {
    let version = |text: Option<&str>, instead: VersionRef| {
        let bad = |_| Problem::new(Code::BadRequest, "a version is a number, `prev` or `cur`");
        text.map_or(Ok(instead), |text| text.parse().map_err(bad))
    };
    let from = version(params.from.as_deref(), VersionRef::Previous)?;
    let to = version(params.to.as_deref(), VersionRef::Current)?;
    let (old, new, diff) = filters.diff(&viewer, &place.wiki, place.part("id"), from, to).await?;
    Ok(Json(DiffBody {
        from: old.version.0,
        to: new.version.0,
        rules: diff.rules.iter().map(LineBody::from).collect(),
        notes: diff.notes.iter().map(LineBody::from).collect(),
        fields: diff.fields.iter().map(|it| json!({"field": it.field, "old": it.old, "new": it.new})).collect(),
        semantic: semantic(&diff),
    }))
}
