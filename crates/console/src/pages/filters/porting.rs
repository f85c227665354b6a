//! Filters from and for other wikis, in the form that AbuseFilter exchanges them in.

mod view;

use super::Place;
use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::Wrongs;
use crate::pages::filters::Tabs;
use crate::state::Console;
use crate::visit::{Visitor, header};
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Deserialize;
use wikiward_farm::{Right, WikiId};
use wikiward_filters::life::porting::FILTERS_MAX;
use wikiward_filters::life::{ImportRequest, Imported};
use wikiward_filters::portable::Format;

pub(crate) use view::samples;
use view::{Import, Outcome};

/// Most letters of what is said of where filters come from.
const SOURCE_LETTERS_MAX: usize = 400;

pub(crate) fn routes() -> Router<Console> {
    Router::new()
        .route("/w/{wiki}/filters/import", get(show).post(import))
        .route("/w/{wiki}/filters/{gid}/export", get(export))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    format: String,
    file: String,
}

async fn export(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, gid }: Place,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    let format = match wanted.format.as_str() {
        "extended" => Format::Extended,
        "plain-1.39" => Format::Plain139,
        _ => Format::Plain,
    };
    let filter = console.filters.get(&visitor.viewer, &wiki, &gid).await?;
    let texts = console.filters.export(&visitor.viewer, &wiki, std::slice::from_ref(&gid), format).await?;
    let text = texts.concat();
    if wanted.file.is_empty() {
        let tabs = Tabs::of(&visitor, &wiki, &filter.key.wiki);
        return Ok(view::exported(&visitor, &wiki, &filter.key.gid(), &text, format, tabs).show(&visitor));
    }
    let name = format!("attachment; filename=\"filter-{}.json\"", filter.key.gid());
    let headers = [
        (CONTENT_TYPE, header("application/json")),
        (CONTENT_DISPOSITION, header(&name)),
        (CACHE_CONTROL, header("no-store")),
        (X_CONTENT_TYPE_OPTIONS, header("nosniff")),
    ];
    Ok((headers, text).into_response())
}

fn may_import(console: &Console, visitor: &Visitor, wiki: &WikiId) -> Result<(), Fault> {
    if !wiki.is_farm() && console.people.visible_wiki(&visitor.viewer, wiki).is_none() {
        return Err(Fault::NotFound);
    }
    visitor.need(if wiki.is_farm() { Right::ModifyGlobal } else { Right::Modify }, wiki)
}

async fn show(State(console): State<Console>, visitor: Visitor, Place { wiki, .. }: Place) -> Result<Response, Fault> {
    may_import(&console, &visitor, &wiki)?;
    Ok(view::page(&visitor, &Import { wiki, ..Import::default() }).show(&visitor))
}

async fn import(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, .. }: Place,
    form: Form,
) -> Result<Response, Fault> {
    may_import(&console, &visitor, &wiki)?;
    let mut sent = Import {
        wiki,
        text: form.get("text").replace("\r\n", "\n"),
        source: form.get("source").trim().to_owned(),
        drop_unknown: form.is_ticked("drop_unknown"),
        keep_enabled: form.is_ticked("keep_enabled"),
        is_atomic: form.is_ticked("atomic"),
        ..Import::default()
    };
    let texts = texts(&sent.text);
    let is_source_long = sent.source.chars().count() > SOURCE_LETTERS_MAX || sent.source.contains('\0');
    if is_source_long || !(1..=FILTERS_MAX).contains(&texts.len()) {
        let source = ("source", "filters-import-source-long");
        let (field, key) = if is_source_long { source } else { ("text", "filters-import-count") };
        sent.wrongs = Wrongs::one(field, visitor.text.say(key));
        return Ok(view::page(&visitor, &sent).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor));
    }
    let request = ImportRequest {
        texts,
        drop_unknown: sent.drop_unknown,
        keep_enabled: Some(sent.keep_enabled),
        is_atomic: sent.is_atomic,
        source: sent.source.clone(),
    };
    let results = console.filters.import(&visitor.viewer, &sent.wiki, &request).await?;
    sent.outcomes = results
        .into_iter()
        .map(|result| match result {
            Imported::Done { filter, warnings } => {
                Outcome::Done { gid: filter.key.gid(), name: filter.draft.name.clone(), warnings }
            }
            Imported::Refused { errors, warnings } => Outcome::Refused([errors, warnings].concat()),
            Imported::Withheld => Outcome::Withheld,
        })
        .collect();
    let is_any_done = sent.outcomes.iter().any(|it| matches!(it, Outcome::Done { .. }));
    // What was refused stays in the form, to be mended.
    if sent.outcomes.iter().all(|it| matches!(it, Outcome::Done { .. })) {
        sent.text.clear();
    }
    let status = if is_any_done { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(view::page(&visitor, &sent).status(status).show(&visitor))
}

/// One text that may have several lines, or one text a line.
fn texts(text: &str) -> Vec<String> {
    if serde_json::from_str::<serde_json::Value>(text).is_ok() {
        return vec![text.trim().to_owned()];
    }
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
