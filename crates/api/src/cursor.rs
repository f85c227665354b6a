//! Cursors: where the next page begins, sealed.

use crate::json::part;
use crate::problem::{Code, Problem};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Entropy, Id, Timestamp, Viewer};
use wikiward_store::{Keyring, Sealer};

/// Makes cursors that say nothing to who holds them: a key could betray what lies between two visible rows.
#[derive(Debug, Clone)]
pub struct Cursors {
    sealer: Sealer,
    entropy: Arc<dyn Entropy>,
}

impl Cursors {
    /// Cursors under the installation's keys.
    pub fn new(keyring: &Keyring, entropy: Arc<dyn Entropy>) -> Self {
        Self { sealer: keyring.sealer("cursor"), entropy }
    }

    /// The cursor for `key` in `list` (a name with whatever selects its rows), good for `viewer` only.
    pub fn seal<K: Serialize>(&self, key: &K, list: &str, viewer: &Viewer) -> String {
        let plain = serde_json::to_vec(key).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(self.sealer.seal(&plain, &context(list, viewer), &*self.entropy))
    }

    /// The key in `cursor`.
    ///
    /// # Errors
    /// [`Code::BadRequest`] if it was made for another list, other selections or another viewer, or not here.
    pub fn open<K: DeserializeOwned>(&self, cursor: &str, list: &str, viewer: &Viewer) -> Result<K, Problem> {
        let sealed = URL_SAFE_NO_PAD.decode(cursor).ok();
        let plain = sealed.and_then(|sealed| self.sealer.open(&sealed, &context(list, viewer)));
        plain.and_then(|plain| serde_json::from_slice(&plain).ok()).ok_or_else(|| {
            let detail = "the cursor is not one of this list with these selections. Begin again without it";
            Problem::new(Code::BadRequest, detail)
        })
    }

    /// The cursor for what a page of `list` in the order of time ended with; none on the last page.
    pub(crate) fn next(&self, key: Option<(Timestamp, Id)>, list: &str, viewer: &Viewer) -> Option<String> {
        key.map(|(at, id)| self.seal(&(micros(at), id.to_string()), list, viewer))
    }

    /// What a page of `list` in the order of time begins after; none on the first page.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub(crate) fn after(
        &self,
        cursor: Option<&str>,
        list: &str,
        viewer: &Viewer,
    ) -> Result<Option<(Timestamp, Id)>, Problem> {
        let Some(cursor) = cursor else { return Ok(None) };
        let (at, id): (i64, String) = self.open(cursor, list, viewer)?;
        Ok(Some((from_micros(at), part(&id)?)))
    }
}

fn context(list: &str, viewer: &Viewer) -> Vec<u8> {
    format!("{list}\n{}", viewer.principal.key()).into_bytes()
}
