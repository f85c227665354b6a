//! Packing: what is kept of an action's variables, in two parts.

use super::{CUT, Frame, TEXT_BYTES_MAX};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use zstd::bulk::Compressor;

/// Values with more text than that are kept apart, so that reading the others does not cost reading them.
const APART_BYTES_MIN: usize = 512;

/// Texts up to this long are looked through for the address: names, titles, summaries.
const SEARCHED_BYTES_MAX: usize = 1_024;

/// Effort of compression: the least, as for the dumps of hits.
const LEVEL: i32 = 1;

/// Variables ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packed {
    /// zstd.
    pub(crate) body: Vec<u8>,
    /// Long values, zstd; none if there are none.
    pub(crate) texts: Option<Vec<u8>>,
    /// Names of variables whose values are not, or not wholly, kept.
    pub(crate) lost: Vec<String>,
}

/// Packs variables of one action after the other.
#[derive(Default)]
pub(crate) struct Packer {
    zstd: Option<Compressor<'static>>,
    json: Vec<u8>,
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packer").finish_non_exhaustive()
    }
}

impl Packer {
    /// Packs what may be kept of `variables`.
    pub(crate) fn pack(&mut self, variables: &BTreeMap<String, Value>, addresses: &[IpAddr]) -> Packed {
        let needles: Vec<String> = addresses.iter().copied().flat_map(needles).collect();
        let (mut light, mut apart) = (Frame::default(), Frame::default());
        let mut lost = Vec::new();
        for (name, value) in variables {
            if tells(value, addresses, &needles) {
                lost.push(name.clone());
            } else if let Some(cut) = cut(value) {
                lost.push(name.clone());
                apart.variables.insert(name, Cow::Owned(cut));
            } else if weight(value) > APART_BYTES_MIN {
                light.texts.push(name);
                apart.variables.insert(name, Cow::Borrowed(value));
            } else {
                light.variables.insert(name, Cow::Borrowed(value));
            }
        }
        let texts = (!apart.variables.is_empty()).then(|| self.frame(&apart));
        Packed { body: self.frame(&light), texts, lost }
    }

    fn frame(&mut self, frame: &Frame<'_>) -> Vec<u8> {
        self.json.clear();
        // Writing to memory does not fail, nor does packing what is in memory.
        drop(serde_json::to_writer(&mut self.json, frame));
        if self.zstd.is_none() {
            self.zstd = Compressor::new(LEVEL).ok();
        }
        self.zstd.as_mut().and_then(|zstd| zstd.compress(&self.json).ok()).unwrap_or_default()
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
        Value::Array(_) if weight(value) > TEXT_BYTES_MAX => value.to_string(),
        _ => return None,
    };
    let head = whole.get(..whole.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or_default();
    Some(json!({CUT: true, "sha256": hex(&Sha256::digest(whole.as_bytes())), "bytes": whole.len(), "head": head}))
}

/// Bytes of text in a value, roughly.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(members) => members.values().map(weight).sum(),
        _ => 8,
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
