//! Signing in at a real provider, which node runs on loopback.

use super::stage::Stage;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Url};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use wikiward_farm::{Clock as _, SystemClock, Timestamp, Viewer};
use wikiward_people::oidc::OidcError;
use wikiward_people::{AccountDraft, Identity, OidcSettings, People, PeopleSettings, SignInError};

const BACK: &str = "http://127.0.0.1:8480/sign-in/back";

/// The provider, until it is dropped.
struct Provider {
    node: Child,
    issuer: String,
    /// Open as long as it may write there.
    _output: BufReader<ChildStdout>,
}

impl Provider {
    /// None, with a line on standard error, if node or the provider's package is not there.
    fn start() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc");
        if !folder.join("node_modules/oidc-provider").exists() {
            eprintln!("left out: no OpenID Connect provider. Run `npm ci` in crates/people/tests/oidc");
            return None;
        }
        let mut command = Command::new("node");
        command.arg("provider.mjs").current_dir(folder).env("PERSON", "ada");
        let node = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut node = node.ok().or_else(|| {
            eprintln!("left out: node does not run");
            None
        })?;
        let mut issuer = String::new();
        let mut output = BufReader::new(node.stdout.take().unwrap());
        output.read_line(&mut issuer).unwrap();
        Some(Self { node, issuer: issuer.trim().to_owned(), _output: output })
    }

    fn settings(&self, creates_accounts: bool, client_secret: &str) -> PeopleSettings {
        let provider = OidcSettings {
            issuer: self.issuer.clone(),
            client_id: "wikiward".into(),
            client_secret: Some(client_secret.to_owned()),
            redirect_url: BACK.into(),
            creates_accounts,
        };
        PeopleSettings { oidc: vec![provider], ..PeopleSettings::default() }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.node.kill();
        let _ = self.node.wait();
    }
}

/// Goes where a browser goes, until it is sent back; what it brings back.
async fn walk(start: &str) -> BTreeMap<String, String> {
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let (mut url, mut cookies) = (Url::parse(start).unwrap(), BTreeMap::new());
    for _ in 0..12 {
        if url.as_str().starts_with(BACK) {
            return url.query_pairs().into_owned().collect();
        }
        let jar: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = client.get(url.clone()).header(COOKIE, jar.join("; ")).send().await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            // Cookies here differ in their paths too; an empty one takes back one of another path.
            if !value.is_empty() {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let status = response.status();
        let Some(next) = response.headers().get(LOCATION) else {
            panic!("{url} answers {status}: {}", response.text().await.unwrap());
        };
        url = url.join(next.to_str().unwrap()).unwrap();
    }
    panic!("no way back from {url}");
}

async fn sign_in(people: &People, issuer: &str, now: Timestamp) -> Result<wikiward_people::NewSession, SignInError> {
    let start = people.begin_oidc(issuer, None, now).await?;
    let back = walk(&start.url).await;
    people.finish_oidc(&start.flow, &back["state"], &back["code"], None, now).await
}

pub(crate) async fn a_person_signs_in_at_a_real_provider(stage: Stage) {
    const SECRET: &str = "a secret: with / and +";
    let Some(provider) = Provider::start() else { return };
    let (issuer, now) = (provider.issuer.clone(), SystemClock.now());

    // Without an account, and none is made.
    let closed = stage.node(provider.settings(false, SECRET)).await;
    assert!(matches!(sign_in(&closed, &issuer, now).await, Err(SignInError::NoAccount)));

    // Linked by who manages accounts.
    let operator = Viewer::operator();
    let identity = Some(Identity { issuer: issuer.clone(), subject: "ada".into() });
    let draft = AccountDraft { name: "Ada".parse().unwrap(), rights: BTreeMap::new(), identity, is_disabled: false };
    let account = closed.add_account(&operator, draft.clone()).await.unwrap();
    let session = sign_in(&closed, &issuer, now).await.unwrap();
    let ada = closed.session(&session.secret, now).await.unwrap().unwrap();
    assert_eq!(ada.principal.key(), format!("account:{}", account.id));
    let taken = closed.add_account(&operator, AccountDraft { name: "Eve".parse().unwrap(), ..draft.clone() }).await;
    assert!(matches!(taken, Err(wikiward_people::AccountError::Taken)));

    // Disabled.
    let off = AccountDraft { is_disabled: true, ..draft.clone() };
    closed.change_account(&operator, account.id, 1, off).await.unwrap();
    assert!(matches!(sign_in(&closed, &issuer, now).await, Err(SignInError::NoAccount)));

    // Made at the first visit, found at the next.
    let unlinked = AccountDraft { identity: None, ..draft };
    closed.change_account(&operator, account.id, 2, unlinked).await.unwrap();
    let open = stage.node(provider.settings(true, SECRET)).await;
    let first = sign_in(&open, &issuer, now).await.unwrap();
    let second = sign_in(&open, &issuer, now).await.unwrap();
    assert_eq!(first.session.principal, second.session.principal);
    let made = open.session(&first.secret, now).await.unwrap().unwrap();
    let everybody = open.anonymous().granted().clone();
    assert_eq!(*made.granted(), everybody, "a new account has no rights of its own");

    // What does not belong together.
    let flow = |error| matches!(error, Err(SignInError::Oidc(OidcError::Flow)));
    let start = open.begin_oidc(&issuer, None, now).await.unwrap();
    let other = open.begin_oidc(&issuer, None, now).await.unwrap();
    let back = walk(&start.url).await;
    let (brought, code) = (&back["state"], &back["code"]);
    assert!(flow(open.finish_oidc(&other.flow, brought, code, None, now).await), "another browser's flow");
    assert!(flow(open.finish_oidc("nonsense", brought, code, None, now).await));
    let late = Timestamp::from_second(now.as_second() + 600).unwrap();
    assert!(flow(open.finish_oidc(&start.flow, brought, code, None, late).await));
    open.finish_oidc(&start.flow, brought, code, None, now).await.unwrap();
    assert!(flow(open.finish_oidc(&start.flow, brought, code, None, now).await), "a flow ends once");
    let start = open.begin_oidc(&issuer, None, now).await.unwrap();
    let back = walk(&start.url).await;
    let used = open.finish_oidc(&start.flow, &back["state"], code, None, now).await;
    assert!(matches!(used, Err(SignInError::Oidc(OidcError::Refused))), "a code of another flow: {used:?}");

    // Another secret, and an issuer that nobody configured.
    let wrong = stage.node(provider.settings(true, "another secret")).await;
    assert!(matches!(sign_in(&wrong, &issuer, now).await, Err(SignInError::Oidc(OidcError::Refused))));
    let unknown = open.begin_oidc("https://elsewhere.example", None, now).await;
    assert!(matches!(unknown, Err(SignInError::Oidc(OidcError::UnknownIssuer(_)))));
    drop(provider);
    let away = stage.node(PeopleSettings { oidc: closed_settings(&issuer), ..PeopleSettings::default() }).await;
    let refused = away.begin_oidc(&issuer, None, now).await;
    assert!(matches!(refused, Err(SignInError::Oidc(OidcError::Unreachable(..)))));
}

fn closed_settings(issuer: &str) -> Vec<OidcSettings> {
    vec![OidcSettings {
        issuer: issuer.to_owned(),
        client_id: "wikiward".into(),
        client_secret: None,
        redirect_url: BACK.into(),
        creates_accounts: false,
    }]
}
