//! What forms send.

use crate::fault::Fault;
use crate::kept::Sent;
use crate::state::Console;
use crate::visit::{Visitor, is_token};
use axum::extract::{FromRef, FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

/// Most bytes of a form: a rule of 256 KiB whose every byte is written as three, and the rest of its document.
pub const BYTES_MAX: usize = 1024 * 1024;

/// Name of the field that binds a form to the browser that got it.
pub const TOKEN: &str = "csrf";

/// Name of the header that does it for scripts.
pub const TOKEN_HEADER: &str = "x-csrf-token";

/// The fields of a form that this browser got from here: names and values, in order, without the token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form(pub Vec<(String, String)>);

impl Form {
    /// The value of the first field called `name`; empty if there is none.
    pub fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// The value of the first field called `name`.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(kept, _)| kept == name).map(|(_, value)| value.as_str())
    }

    /// The values of all fields called `name`.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(kept, _)| kept == name).map(|(_, value)| value.as_str())
    }

    /// Whether the box called `name` is ticked.
    pub fn is_ticked(&self, name: &str) -> bool {
        self.find(name).is_some()
    }
}

impl<S: Send + Sync> FromRequest<S> for Form
where
    Console: FromRef<S>,
{
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let (parts, body) = request.into_parts();
        let visitor = parts.extensions.get::<Visitor>().cloned().ok_or(Fault::NotFound)?;
        if !is_from_here(&parts.headers) {
            return Err(Fault::ForeignForm);
        }
        let body = read(body, BYTES_MAX).await?;
        let mut fields: Vec<(String, String)> = serde_html_form::from_bytes(&body).map_err(|_| Fault::BadForm)?;
        let in_header = parts.headers.get(TOKEN_HEADER).and_then(|it| it.to_str().ok()).map(str::to_owned);
        let in_form = fields.iter().position(|(name, _)| name == TOKEN).map(|place| fields.remove(place).1);
        let token = in_form.or(in_header).unwrap_or_default();
        let form = Self(fields);
        let console = Console::from_ref(state);
        let is_bound = is_token(&console.sealer, &visitor.bound_to, &token);
        if let Some(sent) = parts.extensions.get::<Sent>().filter(|_| is_bound || says_from_here(&parts.headers)) {
            sent.keep(&form);
        }
        if !is_bound {
            // The session ended while the form was open: what was typed is kept for after signing in.
            return Err(if visitor.is_signed_in() { Fault::ForeignForm } else { Fault::Expired(form) });
        }
        Ok(form)
    }
}

/// A body of at most `most` bytes.
///
/// # Errors
/// [`Fault::TooLarge`], [`Fault::BadForm`] if it did not arrive whole.
pub async fn read(body: axum::body::Body, most: usize) -> Result<Vec<u8>, Fault> {
    match Limited::new(body, most).collect().await {
        Ok(read) => Ok(read.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(Fault::TooLarge),
        Err(_) => Err(Fault::BadForm),
    }
}

/// Whether browsers say that a request comes from a page of this host. Old ones say nothing; then the token decides alone.
pub(crate) fn is_from_here(headers: &HeaderMap) -> bool {
    origin_says(headers).unwrap_or(true)
}

/// Whether the browser says so itself. What it sends may be shown again, to be sent with a click, whatever its token was.
fn says_from_here(headers: &HeaderMap) -> bool {
    origin_says(headers).unwrap_or(false)
}

/// What browsers say of where a request comes from; nothing if they are old.
fn origin_says(headers: &HeaderMap) -> Option<bool> {
    let word = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    if let Some(site) = word("sec-fetch-site") {
        return Some(matches!(site, "same-origin" | "none"));
    }
    match (word(ORIGIN.as_str()), word(HOST.as_str())) {
        (Some("null"), _) => Some(false),
        (Some(origin), Some(host)) => Some(origin.split_once("://").is_some_and(|(_, origin)| origin == host)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        is_from_here(&headers)
    }

    #[test]
    fn forms_of_other_sites_are_told_apart() {
        assert!(from(&[("sec-fetch-site", "same-origin")]));
        assert!(!from(&[("sec-fetch-site", "same-site")]));
        assert!(!from(&[("sec-fetch-site", "cross-site"), ("origin", "https://w.example"), ("host", "w.example")]));
        assert!(from(&[("origin", "https://w.example"), ("host", "w.example")]));
        assert!(!from(&[("origin", "https://evil.example"), ("host", "w.example")]));
        assert!(!from(&[("origin", "null"), ("host", "w.example")]));
        assert!(from(&[]) && !says_from_here(&HeaderMap::new()), "who says nothing is believed by the token alone");
    }
}
