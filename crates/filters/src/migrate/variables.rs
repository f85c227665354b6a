//! The variables of a hit: where they lie, and what they are.
//!
//! AbuseFilter writes them as JSON into the wiki's table `text` and keeps the address; values of protected variables stand
//! with the address, in JSON of their own. Older rows hold PHP's serialised form, in the row itself or in a text.

use super::php::{self, Fault, Key, Php};
use super::problem::Cause;
use super::row::whole;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::Read as _;
use wikiward_rules::vocabulary::variables::current_name;

/// Most bytes of a dump, unpacked.
const UNPACKED_BYTES_MAX: u64 = 64 << 20;

/// Most parts of variables written as JSON, as of those that PHP serialised.
const PARTS_MAX: usize = php::PARTS_MAX;

/// Variables by their names.
pub(super) type Variables = BTreeMap<String, Value>;

/// Where the variables of a row lie.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    /// In the wiki's table `text`.
    Text(i64),
    /// In the row itself.
    Here(Variables),
    /// Nowhere that they can be had from.
    Nowhere(Cause),
}

/// Where the variables lie, and the values that stand with the address.
pub(super) fn place(written: &[u8]) -> (Place, Variables) {
    let nowhere = |cause| (Place::Nowhere(cause), Variables::new());
    match written.first() {
        None => nowhere(Cause::DumpMissing),
        Some(b'{') => {
            let mut members = match parsed(written) {
                Ok(Value::Object(members)) => members,
                Ok(_) => return nowhere(Cause::DumpBroken),
                Err(cause) => return nowhere(cause),
            };
            match members.remove("_blob") {
                Some(Value::String(address)) => {
                    let (place, _) = place(address.as_bytes());
                    (place, named(members))
                }
                Some(_) => nowhere(Cause::DumpBroken),
                None => (Place::Here(named(members)), Variables::new()),
            }
        }
        Some(b'a' | b'O') if written.get(1) == Some(&b':') => match serialised(written) {
            Ok(variables) => (Place::Here(variables), Variables::new()),
            Err(cause) => nowhere(cause),
        },
        Some(_) => {
            let number = written.strip_prefix(b"tt:").or_else(|| written.strip_prefix(b"stored-text:"));
            // What follows a question mark are hints.
            let number = number.and_then(|rest| rest.split(|byte| *byte == b'?').next()).and_then(whole);
            match number {
                Some(number) => (Place::Text(number), Variables::new()),
                None if written.starts_with(b"es:") || written.starts_with(b"DB://") => nowhere(Cause::DumpExternal),
                None => nowhere(Cause::DumpBroken),
            }
        }
    }
}

/// The variables that a text of the table `text` holds.
pub(super) fn read(text: &[u8], flags: &str) -> Result<Variables, Cause> {
    let has = |flag: &str| flags.split(',').any(|it| it.trim() == flag);
    if has("external") || text.starts_with(b"DB://") {
        return Err(Cause::DumpExternal);
    }
    let mut unpacked = Vec::new();
    let text = if has("gzip") {
        // Despite its name it is DEFLATE without a head.
        let mut packed = flate2::read::DeflateDecoder::new(text).take(UNPACKED_BYTES_MAX + 1);
        packed.read_to_end(&mut unpacked).map_err(|_| Cause::DumpBroken)?;
        if unpacked.len() as u64 > UNPACKED_BYTES_MAX {
            return Err(Cause::DumpTooLarge);
        }
        unpacked.as_slice()
    } else {
        text
    };
    match text.first() {
        Some(b'{' | b'[') => match parsed(text)? {
            Value::Object(members) => Ok(named(members)),
            // PHP writes no variables at all so.
            Value::Array(items) if items.is_empty() => Ok(Variables::new()),
            _ => Err(Cause::DumpBroken),
        },
        _ => serialised(text),
    }
}

/// JSON, of which a part of two bytes takes thirty in memory.
fn parsed(text: &[u8]) -> Result<Value, Cause> {
    if text.len() as u64 > UNPACKED_BYTES_MAX || has_more_parts(text, PARTS_MAX) {
        return Err(Cause::DumpTooLarge);
    }
    serde_json::from_slice(text).map_err(|_| Cause::DumpBroken)
}

/// Whether JSON has more than `most` values, counted by what stands before each.
fn has_more_parts(text: &[u8], most: usize) -> bool {
    let (mut parts, mut is_text, mut is_escaped) = (0_usize, false, false);
    for byte in text {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b',' | b'[' | b'{' if !is_text => {
                parts += 1;
                if parts > most {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

fn serialised(text: &[u8]) -> Result<Variables, Cause> {
    let value = php::read(text).map_err(|bad| match bad.what {
        Fault::Kind => Cause::DumpObject,
        Fault::Length | Fault::Parts | Fault::Depth => Cause::DumpTooLarge,
        Fault::Broken => Cause::DumpBroken,
    })?;
    match json(&value) {
        Value::Object(members) => Ok(named(members)),
        Value::Array(items) if items.is_empty() => Ok(Variables::new()),
        _ => Err(Cause::DumpBroken),
    }
}

/// Variables by their present names, in lower case.
fn named(members: Map<String, Value>) -> Variables {
    let mut variables = Variables::new();
    for (name, value) in members {
        let lower = name.to_lowercase();
        let now = current_name(&lower);
        // Where both are there the new one counts.
        if now == lower || !variables.contains_key(now) {
            variables.insert(now.to_owned(), value);
        }
    }
    variables
}

fn json(value: &Php) -> Value {
    match value {
        Php::Null => Value::Null,
        Php::Bool(is_set) => Value::from(*is_set),
        Php::Int(number) => Value::from(*number),
        Php::Text(bytes) => Value::from(String::from_utf8_lossy(bytes)),
        Php::Array(items) => {
            let is_list = items.iter().zip(0..).all(|((key, _), place)| *key == Key::Int(place));
            if is_list {
                return items.iter().map(|(_, value)| json(value)).collect();
            }
            let name = |key: &Key| match key {
                Key::Int(number) => number.to_string(),
                Key::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            };
            Value::Object(items.iter().map(|(key, value)| (name(key), json(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;
    use std::io::Write as _;

    fn variables(value: Value) -> Variables {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn every_form_of_an_address_is_known() {
        let nowhere = |text: &[u8]| match place(text).0 {
            Place::Nowhere(cause) => cause.code(),
            other => panic!("{other:?}"),
        };
        assert_eq!(place(b"tt:12"), (Place::Text(12), Variables::new()));
        assert_eq!(place(b"stored-text:12"), (Place::Text(12), Variables::new()));
        assert_eq!(place(b"tt:12?flags=gzip"), (Place::Text(12), Variables::new()));
        let beside = place(br#"{"_blob":"tt:12","user_unnamed_ip":"192.0.2.7"}"#);
        assert_eq!(beside, (Place::Text(12), variables(json!({"user_unnamed_ip": "192.0.2.7"}))));
        let here = place(b"a:1:{s:6:\"ACTION\";s:4:\"edit\";}");
        assert_eq!(here, (Place::Here(variables(json!({"action": "edit"}))), Variables::new()));
        assert_eq!(nowhere(b""), "dump_missing");
        assert_eq!(nowhere(b"es:DB://cluster1/5/abc?flags=utf-8,gzip"), "dump_external");
        assert_eq!(nowhere(b"O:27:\"AbuseFilterVariableHolder\":0:{}"), "dump_object");
        for broken in [&b"tt:"[..], b"tt:x", b"{", b"{\"_blob\":1}", b"a:1:{", b"bad:7"] {
            assert_eq!(nowhere(broken), "dump_broken", "{}", String::from_utf8_lossy(broken));
        }
    }

    #[test]
    fn every_form_of_a_dump_is_read_and_old_names_become_new_ones() {
        let wanted = variables(
            json!({"page_title": "Foo", "new_size": 3, "user_blocked": false, "added_lines": ["a"], "summary": null}),
        );
        let text = br#"{"ARTICLE_TEXT":"Foo","new_size":3,"user_blocked":false,"added_lines":["a"],"summary":null}"#;
        assert_eq!(read(text, "utf-8"), Ok(wanted.clone()));
        let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(text).unwrap();
        assert_eq!(read(&packed.finish().unwrap(), "utf-8,gzip"), Ok(wanted.clone()));
        let php = b"a:5:{s:12:\"article_text\";s:3:\"Foo\";s:8:\"new_size\";i:3;s:12:\"user_blocked\";b:0;s:11:\"added_lines\";a:1:{i:0;s:1:\"a\";}s:7:\"summary\";N;}";
        assert_eq!(read(php, "nativeDataArray,utf-8"), Ok(wanted));
        assert_eq!(read(b"[]", "utf-8"), Ok(Variables::new()));
        let both = read(br#"{"page_title":"new","article_text":"old"}"#, "").unwrap();
        assert_eq!(both, variables(json!({"page_title": "new"})));
        assert_eq!(read(b"DB://cluster1/5", "external,utf-8"), Err(Cause::DumpExternal));
        assert_eq!(read(b"O:8:\"stdClass\":0:{}", "object"), Err(Cause::DumpObject));
        assert_eq!(read(b"text", "gzip"), Err(Cause::DumpBroken));
        assert_eq!(read(b"[1]", ""), Err(Cause::DumpBroken));
        assert_eq!(read(b"", ""), Err(Cause::DumpBroken));
    }

    #[test]
    fn what_would_blow_up_is_refused_by_its_name() {
        let list = |parts: usize| format!("{{\"added_lines\":[{}]}}", vec!["0"; parts].join(","));
        // An object, a list in it, and what follows each comma.
        assert!(read(list(PARTS_MAX - 1).as_bytes(), "").is_ok());
        assert_eq!(read(list(PARTS_MAX).as_bytes(), ""), Err(Cause::DumpTooLarge));
        assert_eq!(place(list(PARTS_MAX).as_bytes()).0, Place::Nowhere(Cause::DumpTooLarge));
        let text = format!("{{\"summary\":\"{}\\\"{}\"}}", ",".repeat(PARTS_MAX), "[{".repeat(PARTS_MAX));
        assert!(read(text.as_bytes(), "").is_ok(), "what stands in texts is no part");
        let deep = [b"a:1:{i:0;".repeat(17), b"N;".to_vec(), b"}".repeat(17)].concat();
        assert_eq!(read(&deep, ""), Err(Cause::DumpTooLarge));
        let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        let spaces = vec![b' '; usize::try_from(UNPACKED_BYTES_MAX).unwrap() + 1];
        packed.write_all(&spaces).unwrap();
        assert_eq!(read(&packed.finish().unwrap(), "gzip"), Err(Cause::DumpTooLarge));
    }

    proptest! {
        #[test]
        fn any_bytes_may_come(bytes: Vec<u8>, flags in "(gzip|utf-8|external|,)*") {
            let _ = read(&bytes, &flags);
            let _ = place(&bytes);
        }
    }
}
