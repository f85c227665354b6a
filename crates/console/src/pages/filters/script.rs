//! What the editor's script asks for: checks, layout, and the words that a group's rules may use.

use super::{Place, said};
use crate::fault::Fault;
use crate::form::{BYTES_MAX, TOKEN_HEADER, is_from_here, read};
use crate::state::Console;
use crate::text::{Text, words};
use crate::visit::{Visitor, is_token};
use axum::Router;
use axum::extract::{FromRef, FromRequest, Query, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use maud::Markup;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wikiward_farm::{Right, WikiId};
use wikiward_filters::groups::builtin;
use wikiward_filters::save::{Finding, rules};
use wikiward_rules::vocabulary::functions::FUNCTIONS;
use wikiward_rules::vocabulary::{variables, words as usage};

pub(crate) fn routes() -> Router<Console> {
    Router::new()
        .route("/w/{wiki}/rule/check", post(check))
        .route("/w/{wiki}/rule/format", post(format))
        .route("/w/{wiki}/rule/words", get(words))
}

/// What a script sends as JSON. It shows the browser's token in a header.
#[derive(Debug, Default, Deserialize)]
struct Sent {
    #[serde(default)]
    rules: String,
    #[serde(default)]
    group: String,
}

impl<S: Send + Sync> FromRequest<S> for Sent
where
    Console: FromRef<S>,
{
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let (parts, body) = request.into_parts();
        let visitor = parts.extensions.get::<Visitor>().cloned().ok_or(Fault::NotFound)?;
        let console = Console::from_ref(state);
        let token = parts.headers.get(TOKEN_HEADER).and_then(|it| it.to_str().ok()).unwrap_or_default();
        if !is_from_here(&parts.headers) || !is_token(&console.sealer, &visitor.bound_to, token) {
            // The session ended while the editor was open, or somebody else's page asks.
            return Err(if visitor.is_signed_in() { Fault::ForeignForm } else { Fault::SignIn });
        }
        serde_json::from_slice(&read(body, BYTES_MAX).await?).map_err(|_| Fault::BadForm)
    }
}

/// Refuses who may not use the tools of rules on `wiki`.
fn need_tools(visitor: &Visitor, wiki: &WikiId) -> Result<(), Fault> {
    if visitor.may(Right::ModifyGlobal, wiki) { Ok(()) } else { visitor.need(Right::ViewPrivate, wiki) }
}

async fn check(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, .. }: Place,
    sent: Sent,
) -> Result<Response, Fault> {
    need_tools(&visitor, &wiki)?;
    let registry = console.filters.registry().await?;
    let most = console.filters.settings_on(&wiki).rules_bytes_max;
    let text = visitor.text;
    let work = move || diagnostics(text, &sent, &registry, most);
    let found =
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
    Ok(answer(&json!({"diagnostics": found})))
}

/// What the checks of a save say of the rule, by places as scripts count them.
fn diagnostics(text: Text, sent: &Sent, registry: &wikiward_filters::groups::Registry, bytes_max: usize) -> Vec<Json> {
    let source = sent.rules.as_str();
    if source.trim().is_empty() {
        return Vec::new();
    }
    if source.len() > bytes_max {
        let message = text.with("filters-found-bytes", crate::args![source.len(), bytes_max]);
        return vec![json!({"from": 0, "to": 0, "severity": "error", "message": message})];
    }
    let name = if sent.group.is_empty() { builtin::DEFAULT } else { &sent.group };
    let found = rules::examine(source, registry.groups.get(name), registry);
    let errors = found.errors.iter().map(|it| (it, "error"));
    let all: Vec<(&Finding, &str)> = errors.chain(found.warnings.iter().map(|it| (it, "warning"))).collect();
    let spans: Vec<(usize, usize)> = all.iter().map(|(finding, _)| span(source, finding)).collect();
    let units = Units::new(source, spans.iter().flat_map(|(start, end)| [*start, *end]));
    let one = |((finding, severity), (start, end)): (&(&Finding, &str), &(usize, usize))| {
        json!({
            "from": units.at(*start), "to": units.at(*end), "severity": severity,
            "message": said::finding(text, finding), "help": said::help(text, finding),
        })
    };
    all.iter().zip(&spans).map(one).collect()
}

/// The bytes that a finding is about: of one about a variable, where that stands first.
fn span(source: &str, finding: &Finding) -> (usize, usize) {
    if let Some((start, end)) = finding.span {
        return (start as usize, end as usize);
    }
    let name = finding.params.first().map_or("", String::as_str);
    let lower = source.to_ascii_lowercase();
    let found = lower.find(name).filter(|_| !name.is_empty());
    found.map_or((0, 0), |at| (at, at + name.len()))
}

/// Places of a text in UTF-16 units, for bytes asked for beforehand: one pass over the text.
struct Units(Vec<(usize, usize)>);

impl Units {
    fn new(source: &str, bytes: impl Iterator<Item = usize>) -> Self {
        let mut bytes: Vec<usize> = bytes.collect();
        bytes.sort_unstable();
        bytes.dedup();
        let mut known = Vec::with_capacity(bytes.len());
        let mut wanted = bytes.into_iter().peekable();
        let mut units = 0;
        for (at, letter) in source.char_indices() {
            while let Some(byte) = wanted.next_if(|byte| *byte <= at) {
                known.push((byte, units));
            }
            if wanted.peek().is_none() {
                break;
            }
            units += letter.len_utf16();
        }
        known.extend(wanted.map(|byte| (byte, units)));
        Self(known)
    }

    fn at(&self, byte: usize) -> usize {
        self.0
            .binary_search_by_key(&byte, |(byte, _)| *byte)
            .ok()
            .and_then(|place| self.0.get(place))
            .map_or(0, |(_, units)| *units)
    }
}

async fn format(visitor: Visitor, Place { wiki, .. }: Place, sent: Sent) -> Result<Response, Fault> {
    need_tools(&visitor, &wiki)?;
    Ok(match wikiward_rules::format::format(sent.rules.as_bytes()) {
        Ok(formatted) => answer(&json!({"rules": String::from_utf8_lossy(&formatted)})),
        Err(error) => {
            (StatusCode::UNPROCESSABLE_ENTITY, answer(&json!({"message": said::error(visitor.text, &error)})))
                .into_response()
        }
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    group: String,
}

/// The words that rules of a group may use. They say nothing of any filter.
async fn words(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, .. }: Place,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    need_tools(&visitor, &wiki)?;
    let registry = console.filters.registry().await?;
    let name = if wanted.group.is_empty() { builtin::DEFAULT } else { &wanted.group };
    let group = registry.groups.get(name).ok_or(Fault::NotFound)?;
    let text = visitor.text;
    let variables: Vec<Json> = group
        .offered()
        .iter()
        .map(|variable| {
            let known = variables::find(variable.name);
            let about = known.map_or_else(
                || text.with("filters-word-of-group", crate::args![&group.name]),
                |known| {
                    let (about, when) = (words::variable(text, known.name), words::when(text, known.subject));
                    text.with("filters-word-when", crate::args![about, when])
                },
            );
            let protected =
                if variable.is_protected { format!(" {}", text.say("filters-word-protected")) } else { String::new() };
            json!({"name": variable.name, "type": variable.kind.name(), "doc": about + &protected})
        })
        .collect();
    let functions: Vec<Json> = FUNCTIONS
        .iter()
        .map(|it| json!({"name": it.name, "signature": format!("{} → {}", it.signature, it.returns), "doc": words::function(text, it.name)}))
        .collect();
    let keywords: Vec<Json> = usage::keywords()
        .map(|(name, keyword)| {
            json!({"name": name, "usage": usage::keyword(keyword).0, "doc": words::keyword(text, name)})
        })
        .collect();
    let operators: Vec<Json> = usage::symbols()
        .filter_map(|(name, symbol)| {
            let (usage, _) = usage::symbol(symbol)?;
            Some(json!({"name": name, "usage": usage, "doc": words::operator(text, symbol)?}))
        })
        .collect();
    Ok(answer(&json!({"variables": variables, "functions": functions, "keywords": keywords, "operators": operators})))
}

fn answer(json: &Json) -> Response {
    let kept = [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (kept, axum::Json(json)).into_response()
}

/// A part of a page, for a script to put in its place.
pub(super) fn part(content: &Markup) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, content.0.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wikiward_filters::groups::Registry;

    fn found(rules: &str) -> Vec<(u64, u64, String)> {
        let sent = Sent { rules: rules.into(), group: String::new() };
        let place = |it: &Json, name: &str| it[name].as_u64().unwrap();
        let found = diagnostics(Text::new(crate::text::Language::En), &sent, &Registry::builtin(), 65_530);
        found.iter().map(|it| (place(it, "from"), place(it, "to"), it["severity"].as_str().unwrap().into())).collect()
    }

    #[test]
    fn places_are_counted_as_scripts_do() {
        // Two units for the letter beyond the basic plane, one for é.
        assert_eq!(found("\"é😀\" & nosuchvar"), [(8, 17, "error".into())]);
        assert_eq!(found("1 &"), [(3, 3, "error".into())]);
        assert_eq!(found(""), []);
        assert_eq!(found(&"1 ".repeat(40_000)), [(0, 0, "error".into())]);
    }
}
