//! What one page leaves for the next to say: a message's key and its parameters, signed.

use super::{FLASH, SetCookie};
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use wikiward_store::Sealer;

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// Something was done.
    Done,
    /// Something is to be known.
    Notice,
    /// Something is to be minded.
    Warning,
    /// Something did not work.
    Wrong,
}

/// A message for the next page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// How it is meant.
    pub tone: Tone,
    /// Key of the message.
    pub key: String,
    /// Its parameters.
    pub parameters: Vec<String>,
}

/// Most bytes of one parameter: a cookie has 4 KiB.
const PARAMETER_BYTES_MAX: usize = 300;

/// For how long the next page may take: 5 minutes.
const SECONDS: u32 = 300;

impl Flash {
    /// Something was done.
    pub fn done(key: &str, parameters: &[&str]) -> Self {
        Self::new(Tone::Done, key, parameters)
    }

    /// A message of any tone.
    pub fn new(tone: Tone, key: &str, parameters: &[&str]) -> Self {
        let cut =
            |text: &&str| text.get(..text.floor_char_boundary(PARAMETER_BYTES_MAX)).unwrap_or_default().to_owned();
        Self { tone, key: key.to_owned(), parameters: parameters.iter().map(cut).collect() }
    }

    /// Puts it into an answer for the next page.
    #[must_use]
    pub fn on(&self, sealer: &Sealer, is_secure: bool, mut response: Response) -> Response {
        self.append(sealer, is_secure, response.headers_mut());
        response
    }

    fn append(&self, sealer: &Sealer, is_secure: bool, headers: &mut HeaderMap) {
        let plain = serde_json::to_vec(self).unwrap_or_default();
        let signed = [&sealer.mac(&[b"flash", &plain])[..], &plain].concat();
        SetCookie::for_seconds(FLASH, &URL_SAFE_NO_PAD.encode(signed), SECONDS).append(is_secure, headers);
    }

    /// The message in a cookie; none if it was not made here.
    pub(super) fn open(sealer: &Sealer, text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (mac, plain) = bytes.split_first_chunk::<32>()?;
        aws_lc_rs::constant_time::verify_slices_are_equal(mac, &sealer.mac(&[b"flash", plain])).ok()?;
        serde_json::from_slice(plain).ok()
    }
}
