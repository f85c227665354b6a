//! The console over a database of its own, and browsers that visit it.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tower::Service as _;
use wikiward_console::Console;
use wikiward_farm::checkup::{Checkup, Finding, Findings, Program};
use wikiward_farm::clock::from_micros;
use wikiward_farm::{Clock, Entropy, Right, SystemEntropy, Timestamp, Viewer, WikiId, WikiSetId};
use wikiward_filters::archive::Archiver;
use wikiward_filters::backtest::Backtests;
use wikiward_filters::brake::LiveBrake;
use wikiward_filters::hits::{HitWriter, Hits, WriterSettings};
use wikiward_filters::judge::{Counters, Judge, Parts};
use wikiward_filters::life::Filters;
use wikiward_filters::save::FilterSettings;
use wikiward_filters::snapshot::{SetsOf, Snapshots, WikiSettings};
use wikiward_people::{AccountDraft, Password, People, PeopleSettings, WikiDraft};
use wikiward_store::{Database, Keyring, OpenOptions, Store};

/// A clock that goes on when it is told to.
#[derive(Debug, Default)]
struct Steps(AtomicI64);

impl Clock for Steps {
    fn now(&self) -> Timestamp {
        from_micros(1_790_000_000_000_000 + self.0.load(Ordering::Relaxed))
    }
}

#[derive(Debug)]
struct Wikis(Arc<People>);

impl SetsOf for Wikis {
    fn sets_of(&self, wiki: &WikiId) -> Vec<WikiSetId> {
        self.0.sets_of(wiki)
    }

    fn is_known(&self, wiki: &WikiId) -> bool {
        self.0.wiki(wiki).is_some()
    }

    fn settings_of(&self, wiki: &WikiId) -> Option<Arc<serde_json::Value>> {
        Some(Arc::new(serde_json::Value::Object(self.0.wiki(wiki)?.draft.settings.clone())))
    }
}

/// A checkup that finds one thing.
#[derive(Debug)]
struct Well;

impl Checkup for Well {
    fn look(&self) -> Findings<'_> {
        Box::pin(async { vec![Finding::warning("disk", "nearly <full>", "make room")] })
    }

    fn program(&self) -> Program {
        Program { version: "1.2.3".into(), features: vec![("otlp", true)] }
    }
}

/// The console of a farm with the wikis `enwiki` and `dewiki`.
pub(crate) struct Site {
    router: Router,
    steps: Arc<Steps>,
    pub(crate) people: Arc<People>,
    pub(crate) console: Console,
    pub(crate) writer: HitWriter,
    pub(crate) archiver: Archiver,
    pub(crate) brake: Arc<LiveBrake>,
    _folder: tempfile::TempDir,
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self::with(&["enwiki", "dewiki"]).await
    }

    /// The console of a farm on which nothing was done yet.
    pub(crate) async fn without_wikis() -> Self {
        Self::with(&[]).await
    }

    async fn with(names: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let steps = Arc::new(Steps::default());
        let clock: Arc<dyn Clock> = steps.clone();
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let keyring = Keyring::new(&[7; 32]);
        let database = Database::Sqlite(folder.path().join("wikiward.db"));
        let store = Store::open(&database, &OpenOptions::default(), clock.clone()).await.unwrap();
        let people = People::open(store.clone(), &keyring, entropy.clone(), PeopleSettings::default()).await.unwrap();
        let people = Arc::new(people);
        for wiki in names {
            let draft = WikiDraft {
                label: format!("The {wiki}"),
                url: format!("https://{wiki}.example/"),
                language: wiki.get(..2).unwrap().into(),
                ..WikiDraft::default()
            };
            people.add_wiki(&Viewer::operator(), wiki.parse().unwrap(), draft).await.unwrap();
        }
        let wikis: Arc<dyn SetsOf> = Arc::new(Wikis(people.clone()));
        let snapshots = Snapshots::load(store.clone(), wikis.clone(), WikiSettings::default()).await.unwrap();
        let snapshots = Arc::new(snapshots);
        let settings = WriterSettings::default();
        let writer = HitWriter::start(store.clone(), &keyring, entropy.clone(), clock.clone(), None, settings);
        let brake = LiveBrake::load(store.clone(), snapshots.clone(), &keyring, entropy.clone());
        let brake = Arc::new(brake.await.unwrap());
        let archiver = Archiver::start(store.clone(), entropy.clone());
        let judge = Judge::new(Parts {
            snapshots: snapshots.clone(),
            journal: Arc::new(writer.clone()),
            brake: brake.clone(),
            counters: Counters::default(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            keyring: keyring.clone(),
            store: store.clone(),
            node: "test".to_owned(),
            in_flight_max: 10,
        });
        let judge = Arc::new(judge.archived_by(archiver.clone()));
        let filters = Filters::new(store.clone(), snapshots, wikis, entropy.clone(), FilterSettings::default());
        let hits = Hits::new(store.clone(), &keyring, entropy.clone(), clock.clone());
        let hits = hits.beside(writer.clone()).archived_by(Some(archiver.clone()));
        let filters = filters.braked_by(brake.clone()).tested_on(hits.clone());
        let console = Console {
            backtests: Backtests::new(filters.clone(), hits.clone(), judge.clone(), &keyring),
            filters,
            hits,
            writer: writer.clone(),
            people: people.clone(),
            checkup: Arc::new(Well),
            sealer: keyring.sealer("console"),
            is_secure: false,
            public_url: "https://wikiward.example".into(),
            judge,
            store,
            clock,
            entropy,
        };
        let router = wikiward_console::router(console.clone());
        Self { router, steps, people, console, writer, archiver, brake, _folder: folder }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.steps.now()
    }

    /// A browser in which the first account, with every right, is signed in.
    pub(crate) async fn signed_in(&self, name: &str, password: &str) -> Browser {
        let link = self.people.first_link(self.now()).await.unwrap().unwrap();
        let password = Password::new(password.to_owned());
        let session = self.people.redeem(&link, Some(name.parse().unwrap()), &password, self.now()).await.unwrap();
        let mut browser = Browser::new(self);
        browser.cookies.insert("wikiward-session".into(), session.secret);
        browser
    }

    /// A browser in which another account is signed in that has `rights` on `wiki`.
    pub(crate) async fn signed_in_with(&self, name: &str, wiki: &str, rights: &[Right]) -> Browser {
        let draft = AccountDraft {
            name: name.parse().unwrap(),
            rights: BTreeMap::from([(wiki.parse().unwrap(), rights.iter().copied().collect())]),
            identity: None,
            is_disabled: false,
        };
        let account = self.people.add_account(&Viewer::operator(), draft).await.unwrap();
        let link = self.people.make_password_link(&Viewer::operator(), account.id).await.unwrap();
        let password = Password::new("correct horse battery".to_owned());
        let session = self.people.redeem(&link.secret, None, &password, self.now()).await.unwrap();
        let mut browser = Browser::new(self);
        browser.cookies.insert("wikiward-session".into(), session.secret);
        browser
    }

    /// Lets an hour pass.
    pub(crate) fn pass_an_hour(&self) {
        self.steps.0.fetch_add(3_600 * 1_000_000, Ordering::Relaxed);
    }

    /// Lets so much time pass that no session counts any more.
    pub(crate) fn end_all_sessions(&self) {
        self.steps.0.fetch_add(400 * 24 * 3_600 * 1_000_000, Ordering::Relaxed);
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) body: String,
    headers: HeaderMap,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Fields of the form that goes to `action`: what a browser sends of it if nothing is changed.
    pub(crate) fn form(&self, action: &str) -> Vec<(String, String)> {
        let begin =
            self.body.split("<form ").find(|it| it.split('>').next().unwrap().contains(&format!("\"{action}\"")));
        assert!(begin.is_some(), "no form to {action}: {}", self.body);
        let form = begin.unwrap().split("</form>").next().unwrap();
        let mut fields = Vec::new();
        for piece in form.split('<').skip(1) {
            let (tag, content) = piece.split_once('>').unwrap();
            let attribute = |name: &str| {
                let value = tag.split_once(&format!(" {name}=\""))?.1.split('"').next()?;
                Some(unescaped(value))
            };
            let Some(name) = attribute("name") else { continue };
            if tag.starts_with("textarea") {
                fields.push((name, unescaped(content.strip_prefix('\n').unwrap_or(content))));
            } else if tag.starts_with("input") && (!tag.contains("checkbox") || tag.contains(" checked")) {
                fields.push((name, attribute("value").unwrap_or_default()));
            }
        }
        fields
    }

    /// What the first field called `name` holds, wherever it stands.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let piece = self.body.split(&format!(" name=\"{name}\"")).nth(1)?;
        let (tag, content) = piece.split_once('>')?;
        match tag.split_once(" value=\"") {
            Some((_, value)) => Some(unescaped(value.split('"').next()?)),
            None => Some(unescaped(content.strip_prefix('\n').unwrap_or(content).split('<').next()?)),
        }
    }
}

pub(crate) fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// A browser that keeps cookies and follows nothing by itself.
pub(crate) struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new(site: &Site) -> Self {
        Self { router: site.router.clone(), cookies: BTreeMap::new() }
    }

    /// Everything that this browser keeps, for tests that look for secrets.
    pub(crate) fn kept(&self) -> String {
        self.cookies.values().map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    /// The token of this browser's forms.
    pub(crate) async fn token(&mut self) -> String {
        let page = self.get("/no-page").await;
        let token = page.body.split(r#"<meta name="csrf" content=""#).nth(1).unwrap();
        token.split('"').next().unwrap().to_owned()
    }

    /// Sends a form with this browser's token.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token().await;
        self.post_with(&token, path, fields).await
    }

    pub(crate) async fn post_with(&mut self, token: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = [&[("csrf", token)], fields].concat();
        self.send(Method::POST, path, Some(body(&fields)), &[]).await
    }

    /// Sends a form as a page of `origin` would.
    pub(crate) async fn post_from(&mut self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token().await;
        let fields = [&[("csrf", token.as_str())], fields].concat();
        let from = [("origin", origin), ("host", "wikiward.example")];
        self.send(Method::POST, path, Some(body(&fields)), &from).await
    }

    /// Sends a form with `token` as a page of this site does, which the browser says.
    pub(crate) async fn post_as_own(&mut self, token: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = [&[("csrf", token)], fields].concat();
        self.send(Method::POST, path, Some(body(&fields)), &[("sec-fetch-site", "same-origin")]).await
    }

    /// Sends JSON with this browser's token in its header, as scripts do.
    pub(crate) async fn post_json(&mut self, path: &str, json: &serde_json::Value) -> Answer {
        let token = self.token().await;
        self.send(Method::POST, path, Some(json.to_string()), &[("x-csrf-token", &token)]).await
    }

    /// Sends a form of `page` with what it holds, and `changes` to it.
    pub(crate) async fn send_form(&mut self, page: &Answer, action: &str, changes: &[(&str, &str)]) -> Answer {
        let mut fields = page.form(action);
        fields.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        fields.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.send(Method::POST, action, Some(body(&fields)), &[]).await
    }

    async fn send(&mut self, method: Method, path: &str, body: Option<String>, headers: &[(&str, &str)]) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder().method(method).uri(path).header(COOKIE, cookies.join("; "));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        let response = self.router.call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let (pair, rest) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        let location = parts.headers.get(LOCATION).map(|it| it.to_str().unwrap().to_owned());
        Answer { status: parts.status.as_u16(), location, body: text, headers: parts.headers }
    }
}

fn body(fields: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| {
        format!("{}={}", wikiward_console::visit::encoded(name), wikiward_console::visit::encoded(value))
    };
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}
