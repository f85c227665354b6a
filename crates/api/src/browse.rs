//! The description of the interface: OpenAPI for programs, a page for people.

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;
use std::sync::Arc;

/// Style of the page; no script, nothing from elsewhere.
const STYLE: &str = "
:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
h2{margin-top:2rem;border-bottom:1px solid #8888;text-transform:capitalize}
details{border:1px solid #8886;border-radius:4px;margin:.4rem 0;padding:.2rem .6rem}
summary{cursor:pointer;padding:.3rem 0}summary:focus-visible{outline:2px solid #36c}
code,pre{font-family:ui-monospace,monospace;font-size:.9em}
pre{overflow-x:auto;padding:.6rem;border:1px solid #8886;border-radius:4px}
.method{display:inline-block;min-width:4.2rem;font-weight:700}
table{border-collapse:collapse;display:block;overflow-x:auto}
td,th{text-align:start;vertical-align:top;padding:.2rem .8rem .2rem 0}";

/// Routes of the description: `/v1/openapi.json` and `/v1/docs`.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(description: &utoipa::openapi::OpenApi) -> Router<S> {
    let mut description = serde_json::to_value(description).unwrap_or_default();
    name_problems(&mut description);
    let json: Arc<str> = description.to_string().into();
    let page: Arc<str> = page(&description).into_string().into();
    Router::new()
        .route("/v1/openapi.json", get(async move || answer("application/json", &json)))
        .route("/v1/docs", get(async move || answer("text/html; charset=utf-8", &page)))
}

/// Answers that refuse have the type of problems, whatever a handler's own description says.
fn name_problems(description: &mut Value) {
    let paths = description.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    let operations = paths.filter_map(|(_, item)| item.as_object_mut()).flatten();
    let responses = operations.filter_map(|(_, operation)| operation.get_mut("responses")?.as_object_mut()).flatten();
    for (status, response) in responses {
        let Some(content) = response.get_mut("content").and_then(Value::as_object_mut) else { continue };
        if (status.starts_with('4') || status.starts_with('5'))
            && let Some(body) = content.remove("application/json")
        {
            content.insert("application/problem+json".into(), body);
        }
    }
}

fn answer(kind: &'static str, body: &str) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
    ([(CONTENT_TYPE, kind), (CONTENT_SECURITY_POLICY, POLICY)], body.to_owned()).into_response()
}

/// The page: every operation with its parameters, body and answers, and the types they are made of.
fn page(description: &Value) -> Markup {
    let mut tags: Vec<&str> = operations(description).map(|(_, _, operation)| tag(operation)).collect();
    tags.sort_unstable();
    tags.dedup();
    let schemas = description.pointer("/components/schemas").and_then(Value::as_object);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Wikiward: the interface" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Wikiward: the interface" }
                p { (text(description, "/info/description")) " For programs: " a href="openapi.json" { "openapi.json" } "." }
                @for name in &tags {
                    h2 id=(name) { (name) }
                    @for (path, method, operation) in operations(description).filter(|(_, _, operation)| tag(operation) == *name) {
                        (one(path, method, operation))
                    }
                }
                @if let Some(schemas) = schemas {
                    h2 { "types" }
                    @for (name, schema) in schemas {
                        details id={ "type-" (name) } { summary { code { (name) } } (fields(schema)) }
                    }
                }
            }
        }
    }
}

fn one(path: &str, method: &str, operation: &Value) -> Markup {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    let responses = operation.get("responses").and_then(Value::as_object);
    html! {
        details {
            summary {
                span.method { (method.to_uppercase()) } " " code { (path) } " — " (text(operation, "/summary"))
            }
            p { (text(operation, "/description")) }
            @if let Some(parameters) = parameters {
                table {
                    thead { tr { th { "parameter" } th { "in" } th { "what it is" } } }
                    tbody {
                        @for parameter in parameters {
                            tr {
                                td { code { (text(parameter, "/name")) } }
                                td { (text(parameter, "/in")) }
                                td { (text(parameter, "/description")) }
                            }
                        }
                    }
                }
            }
            @if let Some(body) = operation.pointer("/requestBody/content/application~1json/schema") {
                p { "Body: " (kind(body)) }
            }
            @if let Some(responses) = responses {
                table {
                    thead { tr { th { "answer" } th { "what it means" } th { "body" } } }
                    tbody {
                        @for (status, response) in responses {
                            tr {
                                td { code { (status) } }
                                td { (text(response, "/description")) }
                                td { @if let Some(body) = response_body(response) { (kind(body)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn response_body(response: &Value) -> Option<&Value> {
    response.get("content")?.as_object()?.values().next()?.get("schema")
}

fn fields(schema: &Value) -> Markup {
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return html! { p { (text(schema, "/description")) " " (kind(schema)) } };
    };
    html! {
        p { (text(schema, "/description")) }
        table {
            thead { tr { th { "field" } th { "type" } th { "what it is" } } }
            tbody {
                @for (name, field) in properties {
                    tr {
                        td { code { (name) } @if !required.contains(&name.as_str()) { " (optional)" } }
                        td { (kind(field)) }
                        td { (text(field, "/description")) }
                    }
                }
            }
        }
    }
}

/// A type in short, with a link to its own entry if it has one.
fn kind(schema: &Value) -> Markup {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()) {
        return html! { a href={ "#type-" (name) } { code { (name) } } };
    }
    if let Some(items) = schema.get("items") {
        return html! { "list of " (kind(items)) };
    }
    for word in ["oneOf", "anyOf", "allOf"] {
        if let Some(several) = schema.get(word).and_then(Value::as_array) {
            return html! { @for (place, one) in several.iter().enumerate() { @if place > 0 { " or " } (kind(one)) } };
        }
    }
    match schema.get("type") {
        Some(Value::String(name)) => html! { (name) },
        Some(Value::Array(names)) => {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            html! { (names.join(" or ")) }
        }
        _ => html! { "any value" },
    }
}

fn operations(description: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = description.get("paths").and_then(Value::as_object).into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

fn tag(operation: &Value) -> &str {
    operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or("other")
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}
