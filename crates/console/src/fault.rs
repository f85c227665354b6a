//! What goes wrong, as pages say it.

use crate::form::Form;
use crate::html::{self as h, Weight, hidden_fields, link_button, message};
use crate::kept;
use crate::page::Page;
use crate::paths;
use crate::visit::{Tone, Visitor};
use crate::{args, assets};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use std::sync::Arc;
use wikiward_farm::{Right, WikiId};
use wikiward_store::StoreError;

/// Why there is another page than the one asked for.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// There is nothing, or nothing that this person may see.
    #[error("there is no such page")]
    NotFound,
    /// Who is signed in may not do this.
    #[error("the right `{0}` is missing")]
    Forbidden(Right),
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    SignIn,
    /// The session ended while a form was open: what it held.
    #[error("the session ended while the form was open")]
    Expired(Form),
    /// The form was not made here for this browser.
    #[error("the form was not made here for this browser")]
    ForeignForm,
    /// The form did not arrive whole, or is none.
    #[error("the form did not arrive whole")]
    BadForm,
    /// The form is larger than any form of ours.
    #[error("the form is too large")]
    TooLarge,
    /// Too many requests; seconds after which to try again.
    #[error("too many requests")]
    TooOften(u64),
    /// The database did not answer.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
}

impl Fault {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden(_) | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::SignIn | Self::Expired(_) => StatusCode::UNAUTHORIZED,
            Self::BadForm => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The page that says so. Who may not do something, and has not said who they are, is asked to say it.
    /// What a form held that came to nothing stands on it.
    pub(crate) fn page(&self, visitor: &Visitor, sent: Option<&Form>) -> Response {
        match self {
            Self::Forbidden(_) if !visitor.is_signed_in() => Self::SignIn.shown(visitor, sent),
            _ => self.shown(visitor, sent),
        }
    }

    /// Whether the same form may be answered otherwise a moment later, or with the session that there is now.
    fn passes(&self) -> bool {
        matches!(self, Self::ForeignForm | Self::TooOften(_) | Self::Store(_))
    }

    fn shown(&self, visitor: &Visitor, sent: Option<&Form>) -> Response {
        if let Self::Store(error) = self {
            tracing::error!(error = error as &dyn std::error::Error, "a page could not be made");
        }
        let text = visitor.text;
        let (title, content) = match self {
            Self::NotFound => (text.say("shell-not-found"), not_found(visitor)),
            Self::Forbidden(right) => {
                (text.say("shell-forbidden"), html! { p { (text.with("shell-forbidden-help", args![right.name()])) } })
            }
            Self::SignIn => (text.say("shell-sign-in-first"), sign_in(visitor)),
            Self::Expired(_) if is_door(&visitor.place) => (text.say("shell-foreign-form"), stale_door(visitor)),
            Self::Expired(form) => (text.say("shell-expired"), expired(visitor, form)),
            Self::ForeignForm if sent.is_some() => {
                let said = text.rich("shell-foreign-form-kept", &[h::foreign(visitor.name())]);
                (text.say("shell-foreign-form"), html! { p { (said) } })
            }
            Self::ForeignForm => {
                (text.say("shell-foreign-form"), html! { p { (text.say("shell-foreign-form-help")) } })
            }
            Self::BadForm => (text.say("shell-bad-form"), html! { p { (text.say("shell-bad-form-help")) } }),
            Self::TooLarge => (text.say("shell-too-large"), html! { p { (text.say("shell-too-large-help")) } }),
            Self::TooOften(seconds) => {
                (text.say("shell-too-often"), html! { p { (text.with("shell-too-often-help", args![*seconds])) } })
            }
            Self::Store(_) => (text.say("shell-store"), html! { p { (text.say("shell-store-help")) } }),
        };
        // Who has to sign in first keeps the form in another way.
        let kept = sent.filter(|_| visitor.is_signed_in());
        let content = html! { (content) @if let Some(form) = kept { (kept::section(visitor, form, self.passes())) } };
        let page = Page::new(title, content).status(self.status());
        let page = match wiki(visitor) {
            Some(wiki) => page.on(&wiki),
            None => page,
        };
        let mut response = page.show(visitor);
        if let Self::TooOften(seconds) = self {
            response.headers_mut().insert(RETRY_AFTER, crate::visit::header(&seconds.to_string()));
        }
        response
    }

    /// The answer where not even the visitor is known.
    pub(crate) fn bare(&self) -> Response {
        tracing::error!(error = self as &dyn std::error::Error, "a page could not be made");
        (self.status(), "the database does not answer; try again in a moment\n").into_response()
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = status.into_response();
        // The page is made where the visitor is known.
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// The same for what is not there and for what may not be seen.
fn not_found(visitor: &Visitor) -> Markup {
    let text = visitor.text;
    html! {
        @if visitor.is_expired { (message(Tone::Warning, html! { (text.say("shell-session-ended")) })) }
        @if visitor.is_signed_in() {
            p { (text.say("shell-not-found-help")) }
            p { (link_button(Weight::Normal, paths::START, &text.say("shell-to-start"))) }
        } @else {
            p { (text.say("shell-not-found-signed-out")) }
            p { (link_button(Weight::Normal, &paths::sign_in(&visitor.back), &text.say("shell-sign-in"))) }
        }
    }
}

fn sign_in(visitor: &Visitor) -> Markup {
    let text = visitor.text;
    html! {
        @if visitor.is_expired { (message(Tone::Warning, html! { (text.say("shell-session-ended")) })) }
        p { (text.say("shell-sign-in-first-help")) }
        p { (link_button(Weight::Primary, &paths::sign_in(&visitor.back), &text.say("shell-sign-in"))) }
    }
}

/// The wiki that was asked for, if the person may choose it: the navigation stays there.
fn wiki(visitor: &Visitor) -> Option<WikiId> {
    let word = visitor.place.strip_prefix("/w/")?.split(['/', '?']).next()?;
    let wiki = paths::wiki_of(word)?;
    (wiki.is_farm() || visitor.wikis.iter().any(|(known, _)| *known == wiki)).then_some(wiki)
}

/// Whether a form is one to sign in with.
fn is_door(place: &str) -> bool {
    place.starts_with(paths::SIGN_IN) || place.starts_with("/welcome/")
}

/// The browser lost, or does not keep, what its form was bound to.
fn stale_door(visitor: &Visitor) -> Markup {
    let text = visitor.text;
    // A form of several steps begins anew; a link that works once is still good.
    let then = if visitor.place.starts_with(paths::SIGN_IN) { paths::SIGN_IN } else { &visitor.place };
    html! {
        p { (text.say("shell-stale-door")) }
        p { (link_button(Weight::Primary, then, &text.say("shell-sign-in"))) }
    }
}

/// Keeps what was typed: the person signs in, then sends it.
fn expired(visitor: &Visitor, form: &Form) -> Markup {
    let text = visitor.text;
    html! {
        p { (text.say("shell-expired-help")) }
        form method="post" action="/sign-in/again" {
            input type="hidden" name=(crate::form::TOKEN) value=(visitor.csrf);
            input type="hidden" name="then" value=(visitor.place);
            (hidden_fields("kept.", &kept::without_secrets(form)))
            button.cdx-button.cdx-button--action-progressive.cdx-button--weight-primary { (text.say("shell-sign-in-and-go-on")) }
        }
    }
}

/// What is said on every page while the program lacks its styles and scripts.
pub(crate) fn without_assets(visitor: &Visitor) -> Markup {
    html! {
        @if !assets::are_built() { (message(Tone::Warning, html! { (visitor.text.with("shell-no-assets", args!["cargo xtask assets"])) })) }
    }
}
