//! What a router answered, as tests look at it.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use crate::codes;
use http::response::Parts;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub text: String,
}

impl Answer {
    /// From what came; the code of a problem is noted.
    ///
    /// # Panics
    /// If the body is no text.
    pub fn new(parts: Parts, body: &[u8]) -> Self {
        codes::note(body);
        Self { status: parts.status, headers: parts.headers, text: String::from_utf8(body.to_vec()).unwrap() }
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// A text of the document; empty if it is not there.
    pub fn text(&self, pointer: &str) -> String {
        self.json().pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The problem's code.
    pub fn code(&self) -> String {
        self.text("/code")
    }

    /// Codes of what is wrong with the document.
    ///
    /// # Panics
    /// If one has none.
    pub fn errors(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["code"].as_str().unwrap().to_owned()).collect()
    }

    /// Seconds after which it is to be tried again.
    ///
    /// # Panics
    /// If the answer does not say.
    pub fn wait_s(&self) -> u32 {
        self.headers["retry-after"].to_str().unwrap().parse().unwrap()
    }

    /// What a page lists.
    pub fn items(&self) -> Vec<Value> {
        self.json()["items"].as_array().cloned().unwrap_or_default()
    }

    /// It has this status.
    ///
    /// # Panics
    /// If not.
    #[track_caller]
    #[expect(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "often the status is all that matters"
    )]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// It is a refusal with this status and code.
    ///
    /// # Panics
    /// If not.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), &*self.code()), (status, code), "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
    }

    /// It is a refusal of a document: codes of what is wrong with it.
    ///
    /// # Panics
    /// If not.
    #[track_caller]
    pub fn invalid(&self) -> Vec<String> {
        self.refused(422, "invalid");
        self.errors()
    }
}
