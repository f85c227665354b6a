//! Cursors: where the next page of a list begins, sealed. A key in the open could betray what lies between two visible rows.

use crate::state::Console;
use crate::visit::Visitor;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Most letters of a cursor that is looked at.
const LETTERS_MAX: usize = 4_000;

/// The cursor for `key` in `list` (a name with whatever selects its rows), good for this visitor only.
pub fn seal<K: Serialize>(console: &Console, visitor: &Visitor, list: &str, key: &K) -> String {
    let plain = serde_json::to_vec(key).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(console.sealer.seal(&plain, &context(visitor, list), &*console.entropy))
}

/// The key in `cursor`; none if it was made for another list, other selections or another viewer, or not here. Then the
/// list begins anew.
pub fn open<K: DeserializeOwned>(console: &Console, visitor: &Visitor, list: &str, cursor: &str) -> Option<K> {
    let sealed = URL_SAFE_NO_PAD.decode(cursor).ok().filter(|_| cursor.len() <= LETTERS_MAX)?;
    let plain = console.sealer.open(&sealed, &context(visitor, list))?;
    serde_json::from_slice(&plain).ok()
}

fn context(visitor: &Visitor, list: &str) -> Vec<u8> {
    format!("cursor\n{list}\n{}", visitor.viewer.principal.key()).into_bytes()
}
