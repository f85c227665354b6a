//! Explanations as JSON.

use super::{Explanation, Found, Operand, Outcome, Part, preview};
use crate::error::Param;
use crate::syntax::tree::NodeId;
use crate::value::Value;
use crate::wire::render_value;
use serde_json::{Map, Value as Json, json};

impl Explanation {
    /// The explanation as the API shows it: `result`, `conditions`, `time_us`, `decisive`, `nodes`, and `error` or
    /// `needs` if it ended with one. If the result is hidden, it is null, and `redacted` is true.
    pub fn to_json(&self) -> Json {
        let mut json = Map::new();
        if self.is_redacted {
            json.insert("result".to_owned(), Json::Null);
            json.insert("redacted".to_owned(), json!(true));
        } else {
            json.insert("result".to_owned(), json!(self.result));
            json.insert("conditions".to_owned(), json!(self.conditions));
        }
        if let Some(time) = self.time_ns {
            json.insert("time_us".to_owned(), json!(time / 1_000));
        }
        json.insert("decisive".to_owned(), ids(&self.decisive));
        json.insert("nodes".to_owned(), self.parts.iter().map(part).collect());
        if let Some(error) = &self.error {
            let params: Vec<Json> = error.params.iter().map(param).collect();
            let error = json!({
                "id": error.id.name(),
                "position": error.position,
                "span": [error.span.start, error.span.end],
                "params": params,
            });
            json.insert("error".to_owned(), error);
        }
        if let Some(name) = &self.needs {
            json.insert("needs".to_owned(), json!(name));
        }
        Json::Object(json)
    }
}

fn ids(ids: &[NodeId]) -> Json {
    ids.iter().map(|id| json!(id.index())).collect()
}

fn param(param: &Param) -> Json {
    match param {
        Param::Text(bytes) => json!(preview::beginning(bytes)),
        Param::Int(number) => json!(number),
        Param::Float(number) => json!(number),
    }
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds of one part, shown in microseconds")]
fn microseconds(time_ns: u64) -> Json {
    json!(time_ns as f64 / 1_000.0)
}

fn part(part: &Part) -> Json {
    let mut json = Map::new();
    json.insert("id".to_owned(), json!(part.node.index()));
    json.insert("op".to_owned(), json!(part.op));
    json.insert("span".to_owned(), json!([part.span.start, part.span.end]));
    json.insert("line".to_owned(), json!(part.place.line));
    json.insert("column".to_owned(), json!(part.place.column));
    match &part.outcome {
        Outcome::Value(value) => {
            json.insert("value".to_owned(), shown(value));
        }
        Outcome::Speculative(value) => {
            json.insert("evaluated".to_owned(), json!(false));
            json.insert("speculative".to_owned(), shown(value));
        }
        Outcome::Skipped(why) => {
            json.insert("evaluated".to_owned(), json!(false));
            json.insert("why".to_owned(), json!(why.name()));
        }
        Outcome::Redacted => {
            json.insert("redacted".to_owned(), json!(true));
        }
    }
    if !part.children.is_empty() {
        json.insert("children".to_owned(), ids(&part.children));
    }
    if part.conditions > 0 {
        json.insert("cost".to_owned(), json!(part.conditions));
    }
    if let Some(time) = part.time_ns {
        json.insert("time_us".to_owned(), microseconds(time));
    }
    if let Some(found) = &part.found {
        json.insert("match".to_owned(), matched(found));
    }
    if !part.operands.is_empty() {
        json.insert("operands".to_owned(), part.operands.iter().map(operand).collect());
    }
    Json::Object(json)
}

fn matched(found: &Found) -> Json {
    json!({"text": found.text, "at": [found.at.0, found.at.1], "groups": found.groups})
}

fn operand(operand: &Operand) -> Json {
    json!({"name": operand.name, "preview": operand.preview, "bytes": operand.bytes})
}

/// A value, cut short.
pub(super) fn shown(value: &Value) -> Json {
    match value {
        Value::Str(text) => json!(preview::beginning(text.bytes())),
        Value::Array(list) => {
            let mut shown = Vec::new();
            let mut bytes = 0;
            for element in list.elements() {
                if bytes > super::PREVIEW_BYTES || shown.len() == preview::ELEMENTS_MAX {
                    shown.push(json!("…"));
                    break;
                }
                let element = match element {
                    Value::Array(inner) => json!(preview::in_place_of(inner)),
                    Value::Str(text) => json!(preview::beginning(text.bytes())),
                    other => render_value(other),
                };
                bytes += element.as_str().map_or(8, str::len);
                shown.push(element);
            }
            Json::Array(shown)
        }
        other => render_value(other),
    }
}
