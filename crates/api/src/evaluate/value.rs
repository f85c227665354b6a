//! Variables in JSON, read straight into values of the language: texts are copied once.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::fmt;
use wikiward_rules::{Value, wire};

/// Elements that the lists of one request may have together: they take more room than their text.
const ELEMENTS_MAX: u32 = 250_000;

/// Names and values of variables: texts, numbers, booleans, null and lists of them. Bytes that are no UTF-8 are written
/// `{"$bytes": "…"}` in base64, numbers that JSON lacks `{"$float": "nan"}`.
#[derive(Debug, Clone, Default)]
pub struct Vars(pub Vec<(String, Value)>);

impl<'de> serde::Deserialize<'de> for Vars {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(VarsVisitor)
    }
}

struct VarsVisitor;

impl<'de> Visitor<'de> for VarsVisitor {
    type Value = Vars;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of variables")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vars, A::Error> {
        let elements = Cell::new(ELEMENTS_MAX);
        let mut vars = Vec::with_capacity(64);
        while let Some(name) = map.next_key::<String>()? {
            vars.push((name, map.next_value_seed(One { elements: &elements })?));
        }
        Ok(Vars(vars))
    }
}

/// Reads one value; `elements` says how many more elements lists may have.
#[derive(Clone, Copy)]
struct One<'c> {
    elements: &'c Cell<u32>,
}

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for One<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, number, boolean, null or a list of these")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "a number beyond the integers is a float, as in PHP")]
        Ok(i64::try_from(value).map_or(Value::Float(value as f64), Value::Int))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element_seed(self)? {
            let left = self.elements.get().checked_sub(1);
            self.elements
                .set(left.ok_or_else(|| A::Error::custom("the lists have more than 250,000 elements together"))?);
            elements.push(element);
        }
        Ok(Value::Array(elements.into_iter().collect()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        const WANTED: &str = "an object is {\"$bytes\": …} or {\"$float\": …}";
        let Some((name, value)) = map.next_entry::<String, String>()? else { return Err(A::Error::custom(WANTED)) };
        if !matches!(name.as_str(), "$bytes" | "$float") || map.next_key::<String>()?.is_some() {
            return Err(A::Error::custom(WANTED));
        }
        let object = serde_json::Map::from_iter([(name, serde_json::Value::String(value))]);
        wire::parse_value(&serde_json::Value::Object(object)).map_err(A::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Vec<(String, serde_json::Value)>, String> {
        let vars: Vars = serde_json::from_str(json).map_err(|error| error.to_string())?;
        Ok(vars.0.into_iter().map(|(name, value)| (name, wire::render_value(&value))).collect())
    }

    #[test]
    fn values_are_read_as_the_language_has_them() {
        let json =
            r#"{"a": "t", "b": [1, 1.5, null, true, ["x"]], "c": {"$bytes": "/w=="}, "d": 18446744073709551615}"#;
        let values = read(json).unwrap();
        let expected =
            serde_json::json!(["t", [1, 1.5, null, true, ["x"]], {"$bytes": "/w=="}, 18_446_744_073_709_551_616.0]);
        assert_eq!(values.into_iter().map(|(_, value)| value).collect::<serde_json::Value>(), expected);
    }

    #[test]
    fn what_is_no_value_is_refused() {
        let repeated = r#"{"a": {"$repeat": ["x", 67108864]}}"#;
        for json in [
            repeated,
            r#"{"a": {}}"#,
            r#"{"a": {"b": "c"}}"#,
            r#"{"a": {"$float": "1"}}"#,
            "[]",
            r#"{"a": {"$bytes": "!"}}"#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
        let many = format!("{{\"a\": [{}1]}}", "1,".repeat(250_000));
        assert!(read(&many).unwrap_err().contains("250,000"));
    }
}
