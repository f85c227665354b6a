//! The variables of an archived action as they are stored.
//!
//! Long texts are cut: what remains of them is there to be looked at, a rule that reads one is undecided. Wherever the
//! address of the request is part of a short text, the variable is not kept at all. Long values are kept apart from the
//! others: most rules are decided by what is short.

mod pack;
mod unpack;

pub(crate) use pack::{Packed, Packer, title_tells};
pub(crate) use unpack::{Unpacked, Unpacker};

use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Bytes of a text that are kept; what is longer is cut: 64 KiB.
pub(crate) const TEXT_BYTES_MAX: usize = 64 * 1024;

/// The mark of what is left of a long text.
const CUT: &str = "\u{0}cut";

/// One of the two parts, as it is packed.
#[derive(Debug, Default, Serialize)]
struct Frame<'v> {
    /// Names of those that are in the other part, whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    texts: Vec<&'v str>,
    variables: BTreeMap<&'v str, Cow<'v, Value>>,
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

#[cfg(test)]
mod tests {
    use super::pack::hex;
    use super::*;
    use crate::hits::dump;
    use serde_json::{Map, json};
    use sha2::{Digest as _, Sha256};
    use std::collections::BTreeSet;
    use std::net::IpAddr;

    fn pack(variables: &BTreeMap<String, Value>, addresses: &[IpAddr]) -> Packed {
        Packer::default().pack(variables, addresses)
    }

    fn unpack(packed: &Packed) -> Option<(Map<String, Value>, BTreeMap<String, Cut>)> {
        let mut unpacker = Unpacker::default();
        let Unpacked { mut values, mut cuts, .. } = unpacker.unpack(&packed.body)?;
        if let Some(texts) = &packed.texts {
            unpacker.add(texts, &mut values, &mut cuts)?;
        }
        Some((values, cuts))
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
        let (values, cuts) = unpack(&packed).unwrap();
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
        let (values, _) = unpack(&packed).unwrap();
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

    #[test]
    fn long_values_lie_apart_and_are_read_when_they_are_wanted() {
        let kept = json!({
            "summary": "x", "new_wikitext": "n".repeat(600), "added_lines": ["a".repeat(300), "b".repeat(300)],
            "old_wikitext": "o".repeat(70_000),
        });
        let packed = pack(&variables(kept.clone()), &[]);
        assert_eq!(packed.lost, ["old_wikitext"]);
        let light = Unpacker::default().unpack(&packed.body).unwrap();
        assert_eq!(light.values.keys().collect::<Vec<_>>(), ["summary"]);
        assert_eq!(light.apart, ["added_lines", "new_wikitext"], "what was cut is no value");
        let mut some = Unpacker::of(Some(BTreeSet::from(["added_lines".to_owned()])));
        let Unpacked { mut values, mut cuts, .. } = some.unpack(&packed.body).unwrap();
        assert!(values.is_empty());
        some.add(packed.texts.as_deref().unwrap(), &mut values, &mut cuts).unwrap();
        assert_eq!(Value::Object(values), json!({"added_lines": kept["added_lines"]}));
        let (values, cuts) = unpack(&packed).unwrap();
        assert_eq!((values.len(), cuts.len()), (3, 1));
        assert_eq!(pack(&variables(json!({"summary": "x"})), &[]).texts, None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_can_be_offered_as_a_body(bytes: Vec<u8>) {
            let (mut values, mut cuts) = (Map::new(), BTreeMap::new());
            let _ = Unpacker::default().unpack(&bytes);
            let _ = Unpacker::default().add(&bytes, &mut values, &mut cuts);
        }
    }
}
