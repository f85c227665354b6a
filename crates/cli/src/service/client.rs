//! Speaking to the service: over HTTP, or to its parts in this process.

use super::path::ApiPath;
use anyhow::{Context as _, bail};
use http::header::{CONTENT_TYPE, ETAG, IF_MATCH};
use http::{HeaderMap, Method, Request};
use serde_json::Value;
use std::fmt;
use std::time::Duration;
use wikiward_server::Server;
use wikiward_server::local::Local;

/// Seconds to wait for a connection.
const CONNECT_SECONDS_MAX: u64 = 10;

/// Seconds to wait for an answer: longer than the service itself works on one.
const ANSWER_SECONDS_MAX: u64 = 660;

/// Most rows that one page of a list has.
const PAGE_ROWS_MAX: usize = 500;

/// Type of a body of JSON.
const JSON: &str = "application/json";

/// Type of a body of JSON, one value a line.
const LINES: &str = "application/x-ndjson";

/// Speaks to a service.
#[derive(Debug)]
pub enum Client {
    /// One that runs, over HTTP.
    Remote {
        /// Its URL, without a slash at the end.
        url: String,
        /// What is shown as a bearer.
        token: Option<String>,
        /// Keeps the connection.
        http: reqwest::Client,
    },
    /// Its parts in this process, on the database itself, with every right.
    Local(Local, Box<Server>),
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The document's version, if it has one.
    pub etag: Option<String>,
    /// The body as it came.
    pub bytes: Vec<u8>,
    /// The body; null if it is not JSON.
    pub body: Value,
}

/// Rows of a list, and whether there are more.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// The rows.
    pub items: Vec<Value>,
    /// Whether some were left out because no more were asked for.
    pub has_more: bool,
}

/// The service refused: its problem, for people.
#[derive(Debug, Clone)]
pub struct Refused {
    /// HTTP status.
    pub status: u16,
    /// Stable code.
    pub code: String,
    /// What is wrong.
    pub detail: String,
    /// What is wrong with the document, all at once.
    pub errors: Vec<FieldError>,
    /// The whole problem.
    pub body: Value,
    /// Whether a token was shown to a service that runs; none if no service that runs was asked.
    pub has_token: Option<bool>,
}

/// One thing that is wrong with a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldError {
    /// Stable code.
    pub code: String,
    /// The field meant.
    pub field: String,
    /// Bytes of the field's text that are meant, from and to.
    pub span: Option<(u32, u32)>,
    /// What is wrong and what to do.
    pub message: String,
}

impl FieldError {
    /// Those in a list of an answer.
    pub fn list(list: Option<&Value>) -> Vec<Self> {
        let one = |error: &Value| {
            let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
            let span = error.get("span").and_then(|span| serde_json::from_value(span.clone()).ok());
            Self { code: text("code"), field: text("field"), span, message: text("message") }
        };
        list.and_then(Value::as_array).into_iter().flatten().map(one).collect()
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.field.is_empty(), self.message.is_empty()) {
            (true, _) => write!(f, "{} ({})", self.message, self.code),
            (false, true) => write!(f, "{}: {}", self.field, self.code),
            (false, false) => write!(f, "{}: {} ({})", self.field, self.message, self.code),
        }
    }
}

impl Refused {
    fn new(answer: &Answer, has_token: Option<bool>) -> Self {
        let text = |name: &str| answer.body.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            status: answer.status,
            code: text("code").unwrap_or_else(|| answer.status.to_string()),
            detail: text("detail").unwrap_or_else(|| "the service refused".into()),
            errors: FieldError::list(answer.body.get("errors")),
            body: answer.body.clone(),
            has_token,
        }
    }

    /// What the person may try, where it follows from the refusal alone.
    fn advice(&self) -> Option<&'static str> {
        match (self.code.as_str(), self.has_token) {
            ("unauthenticated", Some(false)) => Some("show a token with --token, or in WIKIWARD_TOKEN"),
            ("unauthenticated", Some(true)) => {
                Some("make a new one with `wikiward token create` on the service's machine")
            }
            ("forbidden", Some(_)) => {
                Some("use a token of somebody who has it, or run this on the service's machine without --server")
            }
            ("own_fresh_edit" | "second_person_needed", _) => {
                Some("prepare it with --second-person; somebody else confirms it within two minutes")
            }
            ("404", _) => Some("is this URL that of the service, without a path?"),
            _ => None,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whoever reads this has no JSON body to look into: what it holds follows.
        let pointed = self.detail.strip_suffix(": see `errors`").filter(|_| !self.errors.is_empty());
        write!(f, "{} ({})", pointed.unwrap_or(&self.detail), self.code)?;
        self.errors.iter().try_for_each(|error| write!(f, "\n  {error}"))?;
        self.advice().map_or(Ok(()), |advice| write!(f, "\n  help: {advice}"))
    }
}

impl std::error::Error for Refused {}

impl Client {
    /// A client of the service at `url`.
    ///
    /// # Errors
    /// If the URL is none.
    pub fn remote(url: &str, token: Option<&str>) -> anyhow::Result<Self> {
        let is_url = url.starts_with("http://") || url.starts_with("https://");
        anyhow::ensure!(is_url, "`{url}` is no URL of a service: it begins with http:// or https://");
        let http = reqwest::Client::builder()
            .user_agent(concat!("wikiward/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
            .timeout(Duration::from_secs(ANSWER_SECONDS_MAX))
            .build()?;
        Ok(Self::Remote { url: url.trim_end_matches('/').to_owned(), token: token.map(str::to_owned), http })
    }

    /// A client of `server` in this process.
    pub fn local(server: Server) -> Self {
        Self::Local(server.local(), Box::new(server))
    }

    /// Asks for `path`.
    ///
    /// # Errors
    /// [`Refused`] if the service refuses; otherwise what keeps it from being reached.
    pub async fn get(&self, path: &ApiPath) -> anyhow::Result<Answer> {
        self.call(Method::GET, path, None, None).await
    }

    /// Asks for the list at `path`: up to `rows_max` rows, 0 for all, over as many pages as that takes.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn list(&self, path: &ApiPath, rows_max: usize) -> anyhow::Result<Rows> {
        let wanted = if rows_max == 0 { usize::MAX } else { rows_max };
        let mut rows = Rows::default();
        let mut cursor: Option<String> = None;
        loop {
            let limit = wanted.saturating_sub(rows.items.len()).min(PAGE_ROWS_MAX);
            let page = path.clone().query("limit", &limit).query_if("cursor", cursor.as_deref());
            let mut answer = self.get(&page).await?;
            let Some(Value::Array(items)) = answer.body.get_mut("items").map(Value::take) else {
                bail!("the answer to {path} is no list. Is the service of the same version as this program?")
            };
            let is_empty = items.is_empty();
            rows.items.extend(items);
            cursor = answer.body.get("next").and_then(Value::as_str).map(str::to_owned);
            rows.has_more = cursor.is_some();
            if cursor.is_none() || rows.items.len() >= wanted || is_empty {
                return Ok(rows);
            }
        }
    }

    /// Sends `body` to `path`; `version` is the one that the write is meant for, as an `ETag`.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn send(
        &self,
        method: Method,
        path: &ApiPath,
        body: Option<&Value>,
        version: Option<&str>,
    ) -> anyhow::Result<Answer> {
        let body = body.map(serde_json::to_vec).transpose()?;
        self.call(method, path, body.map(|body| (JSON, body)), version).await
    }

    /// Posts lines of JSON to `path`.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post_lines(&self, path: &ApiPath, lines: Vec<u8>) -> anyhow::Result<Answer> {
        self.call(Method::POST, path, Some((LINES, lines)), None).await
    }

    async fn call(
        &self,
        method: Method,
        path: &ApiPath,
        body: Option<(&'static str, Vec<u8>)>,
        version: Option<&str>,
    ) -> anyhow::Result<Answer> {
        let (answer, has_token) = match self {
            Self::Remote { url, token, http } => {
                let mut request = http.request(method, format!("{url}{path}"));
                if let Some(token) = token {
                    request = request.bearer_auth(token);
                }
                if let Some(version) = version {
                    request = request.header(IF_MATCH, version);
                }
                if let Some((kind, body)) = body {
                    request = request.header(CONTENT_TYPE, kind).body(body);
                }
                let response = request.send().await.map_err(|error| unreachable_at(url, &error))?;
                let (status, headers) = (response.status().as_u16(), response.headers().clone());
                let bytes = response.bytes().await.with_context(|| format!("the answer of {url} broke off"))?;
                (Answer::new(status, &headers, bytes.into()), Some(token.is_some()))
            }
            Self::Local(local, _) => {
                let mut request = Request::builder().method(method).uri(path.to_string());
                if let Some(version) = version {
                    request = request.header(IF_MATCH, version);
                }
                if let Some((kind, _)) = &body {
                    request = request.header(CONTENT_TYPE, *kind);
                }
                let body = body.map(|(_, body)| body).unwrap_or_default();
                let response = local.call(request.body(body)?).await?;
                let (parts, bytes) = response.into_parts();
                (Answer::new(parts.status.as_u16(), &parts.headers, bytes.into()), None)
            }
        };
        if answer.status >= 400 {
            bail!(Refused::new(&answer, has_token));
        }
        Ok(answer)
    }

    /// Ends what was begun in this process.
    pub async fn close(self) {
        if let Self::Local(_, server) = self {
            server.close().await;
        }
    }
}

impl Answer {
    fn new(status: u16, headers: &HeaderMap, bytes: Vec<u8>) -> Self {
        let etag = headers.get(ETAG).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Self { status, etag, bytes, body }
    }
}

/// The first cause says more than its wrappers, which repeat the URL.
fn unreachable_at(url: &str, error: &reqwest::Error) -> anyhow::Error {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    anyhow::anyhow!(
        "the service at {url} cannot be reached: {cause}. Does it run? `wikiward doctor` on its machine says why not"
    )
}
