//! The variables of an archived action as they are stored.
//!
//! Long texts are cut: what remains of them is there to be looked at, a rule that reads one is undecided. Wherever the
//! address of the request is part of a short text, the variable is not kept at all.

use crate::hits::dump;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::IpAddr;
use zstd::bulk::Decompressor;

/// Bytes of a text that are kept; what is longer is cut: 64 KiB.
pub(crate) const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Texts up to this long are looked through for the address: names, titles, summaries.
const SEARCHED_BYTES_MAX: usize = 1_024;

/// A list with more text than that in all is cut like a long text.
const CUT: &str = "\u{0}cut";

/// Variables ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packed {
    /// zstd.
    pub(crate) body: Vec<u8>,
    /// Names of variables whose values are not, or not wholly, kept.
    pub(crate) lost: Vec<String>,
}

/// What is left of a long text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// SHA-256 of the whole, hexadecimal.
    pub sha256: String,
    /// Bytes of the whole.
    pub bytes: u64,
    /// How it begins: at most 64 KiB.
    pub head: String,
}

/// Packs what may be kept of `variables`.
pub(crate) fn pack(variables: &BTreeMap<String, Value>, addresses: &[IpAddr]) -> Packed {
    let needles: Vec<String> = addresses.iter().copied().flat_map(needles).collect();
    let (mut kept, mut lost) = (BTreeMap::new(), Vec::new());
    for (name, value) in variables {
        if tells(value, addresses, &needles) {
            lost.push(name.clone());
        } else if let Some(cut) = cut(value) {
            lost.push(name.clone());
            kept.insert(name.clone(), cut);
        } else {
            kept.insert(name.clone(), value.clone());
        }
    }
    Packed { body: dump::pack(&kept, &[], None).body, lost }
}

/// Variables as they came out of a body.
#[derive(Debug, Default)]
pub(crate) struct Unpacked {
    /// Values.
    pub(crate) values: Map<String, Value>,
    /// What is left of those that were cut.
    pub(crate) cuts: BTreeMap<String, Cut>,
    /// Names of protected variables that a hit keeps apart.
    pub(crate) protected: Vec<String>,
}

/// Unpacks bodies and dumps, one after the other; those variables that are wanted. What is not wanted is passed over without
/// being made: most of a body are texts that a rule does not read.
#[derive(Default)]
pub(crate) struct Unpacker {
    /// None wants all.
    wanted: Option<BTreeSet<String>>,
    zstd: Option<Decompressor<'static>>,
    json: Vec<u8>,
}

impl std::fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unpacker").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

impl Unpacker {
    /// One that wants these variables only.
    pub(crate) fn of(wanted: Option<BTreeSet<String>>) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// What is in a body. None if it is none.
    pub(crate) fn unpack(&mut self, body: &[u8]) -> Option<Unpacked> {
        let size = zstd::zstd_safe::get_frame_content_size(body).ok()??;
        let size = usize::try_from(size).ok().filter(|size| *size <= dump::UNPACKED_BYTES_MAX)?;
        self.json.clear();
        self.json.reserve(size);
        let zstd = match &mut self.zstd {
            Some(zstd) => zstd,
            none => none.insert(Decompressor::new().ok()?),
        };
        zstd.decompress_to_buffer(body, &mut self.json).ok()?;
        let mut unpacked = Unpacked::default();
        let mut json = serde_json::Deserializer::from_slice(&self.json);
        Whole { into: &mut unpacked, wanted: self.wanted.as_ref() }.deserialize(&mut json).ok()?;
        let values = &mut unpacked.values;
        let names: Vec<String> =
            values.iter().filter(|(_, value)| is_cut(value)).map(|(name, _)| name.clone()).collect();
        for name in names {
            let Some(value) = values.remove(&name) else { continue };
            let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let bytes = value.get("bytes").and_then(Value::as_u64).unwrap_or(0);
            unpacked.cuts.insert(name, Cut { sha256: text("sha256"), bytes, head: text("head") });
        }
        Some(unpacked)
    }
}

/// The object of a body.
struct Whole<'a> {
    into: &'a mut Unpacked,
    wanted: Option<&'a BTreeSet<String>>,
}

impl<'de> DeserializeSeed<'de> for Whole<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("variables")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut has_variables = false;
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            match &*name {
                "protected" => self.into.protected = members.next_value()?,
                "variables" => {
                    has_variables = true;
                    members.next_value_seed(Variables { into: &mut self.into.values, wanted: self.wanted })?;
                }
                _ => members.next_value::<IgnoredAny>().map(|_| ())?,
            }
        }
        if has_variables { Ok(()) } else { Err(serde::de::Error::missing_field("variables")) }
    }
}

/// The variables in it.
struct Variables<'a> {
    into: &'a mut Map<String, Value>,
    wanted: Option<&'a BTreeSet<String>>,
}

impl<'de> DeserializeSeed<'de> for Variables<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Variables<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("values by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            if self.wanted.is_none_or(|wanted| wanted.contains(&*name)) {
                self.into.insert(name.into_owned(), members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>().map(|_| ())?;
            }
        }
        Ok(())
    }
}

/// How an address may stand in a text.
fn needles(address: IpAddr) -> Vec<String> {
    let canonical = address.to_canonical();
    let mut needles = vec![canonical.to_string()];
    if let IpAddr::V6(ip) = canonical {
        let long = ip.segments().map(|segment| format!("{segment:x}"));
        needles.push(long.join(":"));
    }
    needles
}

/// Whether a text of `value` tells one of the addresses.
fn tells(value: &Value, addresses: &[IpAddr], needles: &[String]) -> bool {
    match value {
        Value::String(text) => text_tells(text, addresses, needles),
        Value::Array(items) => items.iter().any(|item| tells(item, addresses, needles)),
        Value::Object(members) => members.values().any(|member| tells(member, addresses, needles)),
        _ => false,
    }
}

fn text_tells(text: &str, addresses: &[IpAddr], needles: &[String]) -> bool {
    if needles.is_empty() || text.len() > SEARCHED_BYTES_MAX || text.len() < 2 {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let is_one = |it: IpAddr| addresses.iter().any(|address| address.to_canonical() == it.to_canonical());
    needles.iter().any(|needle| lower.contains(needle.as_str())) || text.trim().parse().is_ok_and(is_one)
}

/// Whether a title tells one of the addresses.
pub(crate) fn title_tells(title: &str, addresses: &[IpAddr]) -> bool {
    let needles: Vec<String> = addresses.iter().copied().flat_map(needles).collect();
    text_tells(title, addresses, &needles)
}

fn cut(value: &Value) -> Option<Value> {
    let whole = match value {
        Value::String(text) if text.len() > TEXT_BYTES_MAX => text.clone(),
        Value::Array(items) if weight(items) > TEXT_BYTES_MAX => value.to_string(),
        _ => return None,
    };
    let head = whole.get(..whole.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or_default();
    Some(json!({CUT: true, "sha256": hex(&Sha256::digest(whole.as_bytes())), "bytes": whole.len(), "head": head}))
}

fn weight(items: &[Value]) -> usize {
    items.iter().map(|item| item.as_str().map_or(8, str::len)).sum()
}

/// No value of the language is an object with such a member: their texts come without one.
fn is_cut(value: &Value) -> bool {
    value.as_object().is_some_and(|members| members.contains_key(CUT))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(body: &[u8]) -> Option<(Map<String, Value>, BTreeMap<String, Cut>)> {
        Unpacker::default().unpack(body).map(|unpacked| (unpacked.values, unpacked.cuts))
    }

    fn variables(value: Value) -> BTreeMap<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn long_texts_are_cut_and_said_so() {
        let long = "ä".repeat(40_000);
        let lines: Vec<String> = (0..10_000).map(|number| format!("line {number}")).collect();
        let packed = pack(&variables(json!({"new_wikitext": long, "added_lines": lines, "summary": "x"})), &[]);
        assert_eq!(packed.lost, ["added_lines", "new_wikitext"]);
        let (values, cuts) = unpack(&packed.body).unwrap();
        assert_eq!(values.keys().collect::<Vec<_>>(), ["summary"]);
        let cut = &cuts["new_wikitext"];
        assert_eq!((cut.bytes, cut.head.len()), (80_000, TEXT_BYTES_MAX));
        assert_eq!(cut.sha256, hex(&Sha256::digest(long.as_bytes())));
        assert!(cuts.contains_key("added_lines"));
        let just = "a".repeat(TEXT_BYTES_MAX);
        assert_eq!(pack(&variables(json!({"new_wikitext": just})), &[]).lost, Vec::<String>::new());
    }

    #[test]
    fn what_tells_the_address_is_not_kept() {
        let address = "2001:db8::9".parse().unwrap();
        let kept = variables(json!({
            "user_name": "2001:DB8:0:0:0:0:0:9", "page_prefixedtitle": "User talk:2001:DB8:0:0:0:0:0:9",
            "page_recent_contributors": ["A", "2001:db8::9"], "summary": "2001:db8::8", "page_id": 9,
        }));
        let packed = pack(&kept, &[address]);
        assert_eq!(packed.lost, ["page_prefixedtitle", "page_recent_contributors", "user_name"]);
        let (values, _) = unpack(&packed.body).unwrap();
        assert_eq!(values.keys().collect::<Vec<_>>(), ["page_id", "summary"]);
        let text = String::from_utf8(zstd::bulk::decompress(&packed.body, 1 << 20).unwrap()).unwrap();
        assert!(!text.to_ascii_lowercase().contains("0:0:9") && !text.contains("db8::9"));
        assert!(title_tells("203.0.113.9/Archive", &["203.0.113.9".parse().unwrap()]));
        assert!(!title_tells("203.0.113.9", &[]));
    }

    #[test]
    fn what_is_not_wanted_is_passed_over() {
        let body = pack(&variables(json!({"a": "x", "b": ["y", {"c": 1}], "d": null})), &[]).body;
        let mut some = Unpacker::of(Some(BTreeSet::from(["b".to_owned(), "z".to_owned()])));
        for _ in 0..2 {
            assert_eq!(Value::Object(some.unpack(&body).unwrap().values), json!({"b": ["y", {"c": 1}]}));
        }
        let hit = dump::pack(&variables(json!({"a": 1})), &["p"], None).body;
        let unpacked = some.unpack(&hit).unwrap();
        assert_eq!((unpacked.values.len(), unpacked.protected), (0, vec!["p".to_owned()]));
        assert!(some.unpack(b"").is_none());
        assert!(some.unpack(&zstd::bulk::compress(b"{\"variables\":[]}", 1).unwrap()).is_none());
        assert!(some.unpack(&zstd::bulk::compress(b"{}", 1).unwrap()).is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_can_be_offered_as_a_body(bytes: Vec<u8>) {
            let _ = unpack(&bytes);
        }
    }
}
