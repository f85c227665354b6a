//! Cookies, as much of them as the console needs.

use super::header;
use axum::http::HeaderMap;
use axum::http::header::{COOKIE, SET_COOKIE};

/// Most bytes of all cookies that are read: browsers keep 4 KiB each.
const BYTES_MAX: usize = 16 * 1024;

/// Seconds for which a browser keeps what it was told to: 180 days.
const KEPT_S: u32 = 180 * 24 * 3600;

/// What the names of cookies begin with that browsers take only over TLS and only from the host itself.
const BOUND: &str = "__Host-";

/// The cookies of a request.
#[derive(Debug, Default)]
pub struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Reads them; what is no cookie is passed over. With `is_secure` only those count that are bound to this very host: a
    /// neighbouring host can set others for both.
    pub fn read(headers: &HeaderMap, is_secure: bool) -> Self {
        let texts = headers.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok()).filter(|it| it.len() <= BYTES_MAX);
        let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let of_mode = pairs.filter_map(|(name, value)| match name.strip_prefix(BOUND) {
            Some(name) => is_secure.then_some((name, value)),
            None => (!is_secure).then_some((name, value)),
        });
        Self(of_mode.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// The value of the first cookie called `name`, without the mark of secure ones.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(kept, _)| kept == name).map(|(_, value)| value.as_str())
    }
}

/// A cookie that a browser is given. Never readable by scripts, never sent along from other sites' forms.
#[derive(Debug)]
pub struct SetCookie {
    name: &'static str,
    value: String,
    seconds: Option<u32>,
}

impl SetCookie {
    /// Kept until the browser ends.
    pub fn for_browser(name: &'static str, value: &str) -> Self {
        Self { name, value: value.to_owned(), seconds: None }
    }

    /// Kept for half a year.
    pub fn kept(name: &'static str, value: &str) -> Self {
        Self { name, value: value.to_owned(), seconds: Some(KEPT_S) }
    }

    /// Kept for `seconds`.
    pub fn for_seconds(name: &'static str, value: &str, seconds: u32) -> Self {
        Self { name, value: value.to_owned(), seconds: Some(seconds) }
    }

    /// Forgotten at once.
    pub fn remove(name: &'static str) -> Self {
        Self { name, value: String::new(), seconds: Some(0) }
    }

    /// Puts it into an answer. `is_secure` binds it to TLS and to this very host.
    pub fn append(&self, is_secure: bool, headers: &mut HeaderMap) {
        let (mark, secure) = if is_secure { (BOUND, "; Secure") } else { ("", "") };
        let age = self.seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        let Self { name, value, .. } = self;
        let text = format!("{mark}{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
        headers.append(SET_COOKIE, header(&text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_by_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=1; wikiward-session=x=y;;=; b".parse().unwrap());
        headers.append(COOKIE, "__Host-wikiward-theme=dark".parse().unwrap());
        let cookies = Cookies::read(&headers, false);
        assert_eq!(cookies.get("wikiward-session"), Some("x=y"));
        assert_eq!((cookies.get("wikiward-theme"), cookies.get("b")), (None, None));
    }

    #[test]
    fn a_neighbouring_host_sets_no_cookie_of_ours() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "wikiward-session=theirs; __Host-wikiward-session=ours".parse().unwrap());
        assert_eq!(Cookies::read(&headers, true).get("wikiward-session"), Some("ours"));
        headers.insert(COOKIE, "wikiward-session=theirs".parse().unwrap());
        assert_eq!(Cookies::read(&headers, true).get("wikiward-session"), None);
    }

    #[test]
    fn secure_cookies_are_bound_to_the_host() {
        let mut headers = HeaderMap::new();
        SetCookie::remove("wikiward-flash").append(true, &mut headers);
        let text = headers[SET_COOKIE].to_str().unwrap();
        assert_eq!(text, "__Host-wikiward-flash=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0");
    }
}
