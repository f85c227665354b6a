//! Dumps: the variables of an action as they are kept with its hits.
//!
//! A dump is canonical JSON, named by its digest, so that hits of the same action share one. It never holds a protected
//! value or the address of the request: where one stood there is a marker, and the value lies sealed in the hit itself.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Most bytes of a dump, unpacked: what a request may be, and what may be computed from it.
pub(crate) const UNPACKED_BYTES_MAX: usize = 64 << 20;

/// Effort of compression: the least. Twice the effort saves 3 % and takes three times as long.
const LEVEL: i32 = 1;

/// What stands where the request's address stood.
pub const ADDRESS_MARKER: &str = "\u{0}address";

/// A dump as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// SHA-256 of the canonical JSON.
    pub digest: [u8; 32],
    /// The JSON, zstd.
    pub body: Vec<u8>,
}

/// Packs variables. `protected` names the protected variables whose values are kept apart; `address` is taken out wherever it is
/// a whole text.
pub fn pack(variables: &BTreeMap<String, Value>, protected: &[&str], address: Option<IpAddr>) -> Packed {
    let mut json = Vec::with_capacity(16 * 1024);
    json.extend_from_slice(b"{\"protected\":");
    write(&Value::from(protected.to_vec()), None, &mut json);
    json.extend_from_slice(b",\"variables\":{");
    for (place, (name, value)) in variables.iter().enumerate() {
        if place > 0 {
            json.push(b',');
        }
        write(&Value::from(name.as_str()), None, &mut json);
        json.push(b':');
        write(value, address, &mut json);
    }
    json.extend_from_slice(b"}}");
    let body = zstd::bulk::compress(&json, LEVEL).unwrap_or_default();
    Packed { digest: Sha256::digest(&json).into(), body }
}

/// Variables, and the names of protected ones whose values are kept apart. None if `body` is no dump.
pub fn unpack(body: &[u8]) -> Option<(Map<String, Value>, Vec<String>)> {
    let json = zstd::bulk::decompress(body, UNPACKED_BYTES_MAX).ok()?;
    let Value::Object(mut dump) = serde_json::from_slice(&json).ok()? else { return None };
    let Some(Value::Object(variables)) = dump.remove("variables") else { return None };
    let protected = serde_json::from_value(dump.remove("protected")?).ok()?;
    Some((variables, protected))
}

/// Writes canonical JSON: members by name, no spaces.
fn write(value: &Value, address: Option<IpAddr>, json: &mut Vec<u8>) {
    match value {
        Value::Array(items) => {
            json.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    json.push(b',');
                }
                write(item, address, json);
            }
            json.push(b']');
        }
        Value::Object(members) => {
            let sorted: BTreeMap<&String, &Value> = members.iter().collect();
            json.push(b'{');
            for (place, (name, member)) in sorted.into_iter().enumerate() {
                if place > 0 {
                    json.push(b',');
                }
                write(&Value::from(name.as_str()), None, json);
                json.push(b':');
                write(member, address, json);
            }
            json.push(b'}');
        }
        Value::String(text) if address.is_some() && is_address(text, address) => {
            write(&Value::from(ADDRESS_MARKER), None, json);
        }
        // Writing to memory does not fail.
        plain => drop(serde_json::to_writer(json, plain)),
    }
}

fn is_address(text: &str, address: Option<IpAddr>) -> bool {
    /// `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`
    const TEXT_BYTES_MAX: usize = 45;
    let same =
        |address: IpAddr| text.trim().parse().is_ok_and(|it: IpAddr| it.to_canonical() == address.to_canonical());
    text.len() <= TEXT_BYTES_MAX && address.is_some_and(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn variables(value: Value) -> BTreeMap<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn equal_variables_have_one_digest_whatever_order_they_came_in() {
        let a = variables(json!({"b": {"y": 1, "x": [1.5, null]}, "a": "é\u{0}"}));
        let b = variables(json!({"a": "é\u{0}", "b": {"x": [1.5, null], "y": 1}}));
        assert_eq!(pack(&a, &[], None), pack(&b, &[], None));
        assert_ne!(pack(&a, &[], None).digest, pack(&a, &["user_unnamed_ip"], None).digest);
        let (unpacked, protected) = unpack(&pack(&a, &["p"], None).body).unwrap();
        assert_eq!(unpacked.into_iter().collect::<BTreeMap<_, _>>(), a);
        assert_eq!(protected, ["p"]);
    }

    #[test]
    fn the_address_is_never_in_it() {
        let address = "2001:db8::9".parse().unwrap();
        let kept = variables(json!({
            "user_name": "2001:DB8:0:0:0:0:0:9", "page_recent_contributors": ["A", "2001:db8::9"], "old": {"by": " 2001:db8::9"},
            "new_wikitext": "a text", "other": "2001:db8::8",
        }));
        let (unpacked, _) = unpack(&pack(&kept, &[], Some(address)).body).unwrap();
        assert_eq!(unpacked["user_name"], ADDRESS_MARKER);
        assert_eq!(unpacked["page_recent_contributors"], json!(["A", ADDRESS_MARKER]));
        assert_eq!(unpacked["old"]["by"], ADDRESS_MARKER);
        assert_eq!(unpacked["other"], "2001:db8::8");
    }

    #[test]
    fn what_is_no_dump_is_none() {
        assert_eq!(unpack(b""), None);
        assert_eq!(unpack(&zstd::bulk::compress(b"[]", 1).unwrap()), None);
        assert_eq!(unpack(&zstd::bulk::compress(b"{\"variables\":[]}", 1).unwrap()), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_can_be_offered_as_a_dump(bytes: Vec<u8>) {
            let _ = unpack(&bytes);
        }
    }
}
