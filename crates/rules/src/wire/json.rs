//! Values as JSON, without loss.

use crate::value::{List, Odd, Payload, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value as Json, json};

/// Bytes that `{"$repeat": …}` may make.
const REPEATED_BYTES_MAX: usize = 64 << 20;

/// Why JSON is no value.
#[derive(Debug, thiserror::Error)]
pub enum BadValue {
    /// `{"$bytes": …}` without base64.
    #[error("{{\"$bytes\": …}} needs a text in base64")]
    Bytes,
    /// `{"$float": …}` with something else.
    #[error("{{\"$float\": …}} is \"nan\", \"inf\" or \"-inf\"")]
    Float,
    /// `{"$repeat": …}` with something else, or too much of it.
    #[error("{{\"$repeat\": [TEXT, N]}} repeats a text, up to {REPEATED_BYTES_MAX} bytes")]
    Repeat,
    /// An object that means nothing.
    #[error("an object is {{\"$bytes\": …}}, {{\"$float\": …}} or {{\"$repeat\": …}}")]
    Object,
}

/// JSON to a value. Lists become arrays; `{"$bytes"}`, `{"$float"}` and `{"$repeat"}` are understood.
///
/// # Errors
/// [`BadValue`] for other objects.
pub fn parse_value(json: &Json) -> Result<Value, BadValue> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => parse_number(number),
        Json::String(text) => Value::text(text.as_bytes()),
        Json::Array(elements) => Value::Array(elements.iter().map(parse_value).collect::<Result<List, _>>()?),
        Json::Object(fields) => parse_object(fields)?,
    })
}

fn parse_number(number: &Number) -> Value {
    match (number.as_i64(), number.as_f64()) {
        (Some(number), _) => Value::Int(number),
        (None, number) => Value::Float(number.unwrap_or_default()),
    }
}

fn parse_object(fields: &Map<String, Json>) -> Result<Value, BadValue> {
    if let Some(bytes) = fields.get("$bytes") {
        let bytes = bytes.as_str().and_then(|text| STANDARD.decode(text).ok());
        return bytes.map(Value::text).ok_or(BadValue::Bytes);
    }
    if let Some(float) = fields.get("$float") {
        return Ok(Value::Float(match float.as_str() {
            Some("nan") => f64::NAN,
            Some("inf") => f64::INFINITY,
            Some("-inf") => f64::NEG_INFINITY,
            _ => return Err(BadValue::Float),
        }));
    }
    let Some(repeat) = fields.get("$repeat") else { return Err(BadValue::Object) };
    let text = repeat.get(0).map(parse_value).transpose()?;
    let times = repeat.get(1).and_then(Json::as_u64).and_then(|times| usize::try_from(times).ok());
    match (text, times) {
        (Some(Value::Str(text)), Some(times)) if text.len().saturating_mul(times) <= REPEATED_BYTES_MAX => {
            Ok(Value::text(text.bytes().repeat(times)))
        }
        _ => Err(BadValue::Repeat),
    }
}

/// A value's payload as JSON, whatever its type tag says.
pub fn render_value(value: &Value) -> Json {
    match value {
        Value::Undefined => json!({"$undefined": true}),
        Value::Null | Value::Odd(Odd { payload: Payload::Null, .. }) => Json::Null,
        Value::Odd(Odd { payload: Payload::Zero, .. }) => json!(0),
        Value::Bool(value) => json!(value),
        Value::Int(number) => json!(number),
        Value::Float(number) | Value::Odd(Odd { payload: Payload::Float(number), .. }) => float(*number),
        Value::Str(text) => plain(text.bytes()),
        Value::Array(list) => list.elements().iter().map(render_value).collect(),
    }
}

/// Bytes as a JSON string, or as `{"$bytes": …}` if they are not UTF-8.
pub fn plain(bytes: &[u8]) -> Json {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => json!({"$bytes": STANDARD.encode(bytes)}),
    }
}

/// A number, or `{"$float": …}` if it is not finite.
pub(crate) fn float(number: f64) -> Json {
    match Number::from_f64(number) {
        Some(number) => Json::Number(number),
        None if number.is_nan() => json!({"$float": "nan"}),
        None => json!({"$float": if number > 0.0 { "inf" } else { "-inf" }}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_the_way_there_and_back() {
        for json in [json!(null), json!([1, 1.5, "a", true]), json!({"$bytes": "/w=="}), json!({"$float": "-inf"})] {
            assert_eq!(render_value(&parse_value(&json).unwrap()), json);
        }
        assert_eq!(render_value(&parse_value(&json!({"$repeat": ["ab", 2]})).unwrap()), json!("abab"));
        assert!(parse_value(&json!({"x": 1})).is_err());
        assert!(parse_value(&json!({"$repeat": ["ab", 1u64 << 60]})).is_err());
    }
}
