//! Who looks at a page, and how: the session, language and look that a browser's cookies name.
//!
//! A middleware makes one [`Visitor`] a request and puts it into the request's extensions; handlers take it as an argument.

mod cookie;
mod flash;
mod preference;

pub use cookie::{Cookies, SetCookie};
pub use flash::{Flash, Tone};
pub use preference::Theme;

use crate::fault::Fault;
use crate::kept::Sent;
use crate::state::Console;
use crate::text::{Language, Text};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, REFERER, SET_COOKIE};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use wikiward_farm::{Peer, Principal, Right, Viewer, WikiId};
use wikiward_store::Sealer;

/// Name of the cookie that holds a session's secret.
pub const SESSION: &str = "wikiward-session";
/// Name of the cookie that tells browsers apart before anybody signs in; forms are bound to it.
pub const VISIT: &str = "wikiward-visit";
/// Name of the cookie with what the next page says.
pub const FLASH: &str = "wikiward-flash";
/// Name of the cookie with the language.
pub const LANGUAGE: &str = "wikiward-language";
/// Name of the cookie with the look.
pub const THEME: &str = "wikiward-theme";

/// Who looks at a page.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The person, or everybody.
    pub viewer: Viewer,
    /// Public identifier of the session, if somebody is signed in.
    pub session: Option<String>,
    /// Says things in the person's language.
    pub text: Text,
    /// The look.
    pub theme: Theme,
    /// What every form of this browser sends along.
    pub csrf: String,
    /// What that is bound to: the session, or the browser's visit.
    pub(crate) bound_to: String,
    /// What the page before wants to be said.
    pub flash: Option<Flash>,
    /// Path and query of the page.
    pub place: String,
    /// Path and query of the page to come back to: this one, or the one whose form was sent.
    pub back: String,
    /// Wikis that the person may choose from, each with its name for people.
    pub wikis: Arc<[(WikiId, String)]>,
    /// Whether this browser's session ended: it showed one that does not count any more.
    pub is_expired: bool,
    /// Notices that the person has not read.
    pub unread: usize,
}

impl Visitor {
    /// Whether somebody is signed in.
    pub fn is_signed_in(&self) -> bool {
        self.session.is_some()
    }

    /// The person's name.
    pub fn name(&self) -> &str {
        self.viewer.principal.name()
    }

    /// Whether the person has `right` on `wiki`.
    pub fn may(&self, right: Right, wiki: &WikiId) -> bool {
        self.viewer.may(right, wiki)
    }

    /// Whether the person has `right` on any of the wikis that can be chosen.
    pub fn may_somewhere(&self, right: Right) -> bool {
        self.may(right, &WikiId::farm()) || self.wikis.iter().any(|(wiki, _)| self.may(right, wiki))
    }

    /// The wiki that pages of no wiki lead on to: the first on which the person may change filters, or else see most.
    pub fn home(&self) -> WikiId {
        let first = |right| self.wikis.iter().map(|(wiki, _)| wiki).find(|wiki| self.may(right, wiki)).cloned();
        [Right::Modify, Right::LogDetail, Right::Log, Right::View]
            .into_iter()
            .find_map(first)
            .unwrap_or_else(WikiId::farm)
    }

    /// Refuses who lacks `right` on `wiki`, where the person may know what is asked for.
    ///
    /// # Errors
    /// [`Fault::SignIn`] if nobody is signed in, else [`Fault::Forbidden`].
    pub fn need(&self, right: Right, wiki: &WikiId) -> Result<(), Fault> {
        if self.may(right, wiki) {
            return Ok(());
        }
        Err(if self.is_signed_in() { Fault::Forbidden(right) } else { Fault::SignIn })
    }

    /// Refuses who is not signed in.
    ///
    /// # Errors
    /// [`Fault::SignIn`].
    pub fn need_session(&self) -> Result<(), Fault> {
        if self.is_signed_in() { Ok(()) } else { Err(Fault::SignIn) }
    }

    /// A visitor for samples and tests: signed in as `viewer`, on three wikis.
    pub fn sample(viewer: Viewer, language: Language, theme: Theme) -> Self {
        let wikis = [("dewiki", "Wikipedia auf Deutsch"), ("enwiki", "English Wikipedia"), ("arwiki", "ويكيبيديا")];
        let wikis = wikis.into_iter().filter_map(|(id, label)| Some((id.parse().ok()?, label.to_owned())));
        Self {
            session: (!matches!(viewer.principal, Principal::System)).then(|| "sample".into()),
            viewer,
            text: Text::new(language),
            theme,
            csrf: "sample".into(),
            bound_to: String::new(),
            flash: None,
            place: "/".into(),
            back: "/".into(),
            wikis: wikis.collect(),
            is_expired: false,
            unread: 3,
        }
    }
}

/// How a wiki stands in a choice: its name for people, and its id where that is another.
pub(crate) fn wiki_label(id: &WikiId, label: &str) -> String {
    if label == id.as_str() { label.to_owned() } else { format!("{label} ({id})") }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        parts.extensions.get::<Self>().cloned().ok_or(Fault::NotFound)
    }
}

/// Address of who sends a request, where the server knows it.
#[derive(Debug, Clone, Copy)]
pub struct Address(pub Option<IpAddr>);

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<Peer>().map(|peer| peer.0)))
    }
}

/// Percent-encodes all but letters, digits and `-._~`.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let digit = |half: u8| char::from(b"0123456789ABCDEF".get(usize::from(half)).copied().unwrap_or(b'0'));
            out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    out
}

/// A token for the forms of one page: bound to the browser's session, or to its visit before that. Another one each time,
/// so that the sizes of compressed pages tell nothing about it.
fn new_token(console: &Console, bound_to: &str) -> String {
    let once = console.entropy.bytes::<16>();
    let mac = console.sealer.mac(&[b"csrf", bound_to.as_bytes(), &once]);
    URL_SAFE_NO_PAD.encode([&once[..], &mac].concat())
}

/// A token for forms of the session of this public identifier, which was begun just now.
pub(crate) fn session_token(console: &Console, session: &str) -> String {
    new_token(console, &of_session(session))
}

fn of_session(session: &str) -> String {
    format!("session {session}")
}

/// Whether `token` was made here for the browser that `bound_to` names.
pub(crate) fn is_token(sealer: &Sealer, bound_to: &str, token: &str) -> bool {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else { return false };
    let Some((once, mac)) = bytes.split_first_chunk::<16>() else { return false };
    let wanted = sealer.mac(&[b"csrf", bound_to.as_bytes(), once]);
    aws_lc_rs::constant_time::verify_slices_are_equal(mac, &wanted).is_ok()
}

/// Makes the visitor, hands the request on, and turns faults into pages.
pub(crate) async fn welcome(State(console): State<Console>, mut request: Request, next: Next) -> Response {
    let cookies = Cookies::read(request.headers(), console.is_secure);
    let place = request.uri().path_and_query().map_or("/", |it| it.as_str()).to_owned();
    let accepted = request.headers().get(ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok()).and_then(Language::accepted);
    let (mut visitor, new_visit) = match visitor(&console, &cookies, accepted, place).await {
        Ok(made) => made,
        Err(error) => return Fault::Store(error).bare(),
    };
    if visitor.flash.is_none() {
        visitor.flash = cookies.get(FLASH).and_then(|sealed| Flash::open(&console.sealer, sealed));
    }
    if let Some(from) = from_page(&request) {
        visitor.back = from;
    }
    let had_flash = cookies.get(FLASH).is_some();
    let sent = Sent::default();
    request.extensions_mut().insert(visitor.clone());
    request.extensions_mut().insert(sent.clone());
    let mut response = next.run(request).await;
    if let Some(fault) = response.extensions_mut().remove::<Arc<Fault>>() {
        response = fault.page(&visitor, sent.form());
    }
    let is_page = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let sets_flash =
        response.headers().get_all(SET_COOKIE).iter().any(|it| it.as_bytes().starts_with(FLASH.as_bytes()));
    if is_page && had_flash && !sets_flash {
        SetCookie::remove(FLASH).append(console.is_secure, response.headers_mut());
    }
    if let Some(visit) = new_visit.filter(|_| is_page) {
        SetCookie::for_browser(VISIT, &visit).append(console.is_secure, response.headers_mut());
    }
    response
}

type Made = (Visitor, Option<String>);

async fn visitor(
    console: &Console,
    cookies: &Cookies,
    accepted: Option<Language>,
    place: String,
) -> Result<Made, wikiward_store::StoreError> {
    let now = console.clock.now();
    let open = match cookies.get(SESSION) {
        Some(secret) => console.people.open_session(secret, now).await?,
        None => None,
    };
    let is_expired = open.is_none() && cookies.get(SESSION).is_some();
    let (session, viewer) = match open {
        Some((id, viewer)) => (Some(id), viewer),
        None => (None, console.people.anonymous()),
    };
    let unread = match &session {
        // A page says so itself if the database is away.
        Some(_) => console.filters.notices_unread(&viewer).await.unwrap_or(0),
        None => 0,
    };
    let kept = cookies.get(VISIT).filter(|visit| visit.len() == 22).map(str::to_owned);
    let (visit, new_visit) = match kept {
        Some(visit) => (visit, None),
        None => {
            let made = URL_SAFE_NO_PAD.encode(console.entropy.bytes::<16>());
            (made.clone(), Some(made))
        }
    };
    let bound_to = session.as_ref().map_or_else(|| format!("visit {visit}"), |id| of_session(id));
    let language = cookies.get(LANGUAGE).and_then(Language::find).or(accepted).unwrap_or_default();
    let wikis = console.people.wikis(&viewer, None, crate::pages::wikis_max());
    let wikis =
        wikis.items.iter().filter(|wiki| !wiki.is_closed).map(|wiki| (wiki.id.clone(), wiki.draft.label.clone()));
    let visitor = Visitor {
        csrf: new_token(console, &bound_to),
        bound_to,
        text: Text::new(language),
        theme: cookies.get(THEME).and_then(Theme::find).unwrap_or_default(),
        flash: None,
        wikis: wikis.collect(),
        viewer,
        session,
        back: place.clone(),
        place,
        is_expired,
        unread,
    };
    Ok((visitor, new_visit))
}

/// Path and query of the page whose form a request sends; none of a request that looks at a page.
fn from_page(request: &Request) -> Option<String> {
    if request.method().is_safe() {
        return None;
    }
    let from = request.headers().get(REFERER)?.to_str().ok()?;
    let (_, rest) = from.split_once("://")?;
    let path = rest.get(rest.find('/')?..)?.split('#').next()?;
    is_own(path).then(|| path.to_owned())
}

/// A value of a header, or an empty one if the text cannot stand there.
pub(crate) fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// An answer that sends the browser to `path` of this console.
pub fn go_to(path: &str) -> Response {
    let path = if is_own(path) { path } else { "/" };
    (axum::http::StatusCode::SEE_OTHER, [(axum::http::header::LOCATION, header(path))]).into_response()
}

/// Whether `path` leads to a page of this console, not elsewhere.
pub fn is_own(path: &str) -> bool {
    let is_plain = path.bytes().all(|byte| (b'!'..=b'~').contains(&byte) && byte != b'\\');
    path.starts_with('/') && !path.starts_with("//") && is_plain && path.len() <= 2_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for own in ["/", "/w/enwiki/filters?state=enabled&q=%20", "/sign-in?then=%2F"] {
            assert!(is_own(own), "{own}");
        }
        for other in ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/ä", "x"] {
            assert!(!is_own(other), "{other}");
        }
    }
}
