//! The frame of every page, and what browsers are told about it.

mod scripts;

use crate::args;
use crate::fault::without_assets;
use crate::form::TOKEN;
use crate::html::message;
use crate::text::Language;
use crate::visit::{Theme, Visitor, header, wiki_label};
use crate::{assets, paths};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, REFRESH, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use maud::{DOCTYPE, Markup, html};
use wikiward_farm::{Right, WikiId};
use wikiward_filters::notices::UNREAD_MAX;

/// What browsers may load and run on pages: what comes from here, and nothing that stands in a page itself.
const POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// A page, before it is framed.
#[derive(Debug)]
pub struct Page {
    title: String,
    content: Markup,
    actions: Markup,
    wiki: Option<WikiId>,
    status: StatusCode,
    has_editor: bool,
    form_action: Option<String>,
    again_s: Option<u32>,
}

impl Page {
    /// A page with a title, which is also its heading.
    pub fn new(title: impl Into<String>, content: Markup) -> Self {
        Self {
            title: title.into(),
            content,
            actions: html! {},
            wiki: None,
            status: StatusCode::OK,
            has_editor: false,
            form_action: None,
            again_s: None,
        }
    }

    /// The page is about `wiki`: its navigation leads on there.
    #[must_use]
    pub fn on(mut self, wiki: &WikiId) -> Self {
        self.wiki = Some(wiki.clone());
        self
    }

    /// What can be done here, beside the heading.
    #[must_use]
    pub fn actions(mut self, actions: Markup) -> Self {
        self.actions = actions;
        self
    }

    /// The answer's status.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The page holds the editor of rules.
    #[must_use]
    pub fn with_editor(mut self) -> Self {
        self.has_editor = true;
        self
    }

    /// A form of the page ends at another origin, such as that of an identity provider.
    #[must_use]
    pub fn sends_to(mut self, origin: &str) -> Self {
        let is_plain = origin.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/.-[]".contains(&byte));
        self.form_action = is_plain.then(|| origin.to_owned());
        self
    }

    /// The page changes by itself: it is asked for again so many seconds later, with and without scripts.
    #[must_use]
    pub fn again_in(mut self, seconds: u32) -> Self {
        self.again_s = Some(seconds);
        self
    }

    /// The page as an answer.
    pub fn show(&self, visitor: &Visitor) -> Response {
        let policy = match &self.form_action {
            Some(origin) => header(&POLICY.replace("form-action 'self'", &format!("form-action 'self' {origin}"))),
            None => HeaderValue::from_static(POLICY),
        };
        let headers: [(HeaderName, HeaderValue); 5] = [
            (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (CONTENT_SECURITY_POLICY, policy),
            (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ];
        let mut response = (self.status, headers, self.html(visitor).into_string()).into_response();
        if let Some(seconds) = self.again_s {
            response.headers_mut().insert(REFRESH, seconds.into());
        }
        response
    }

    /// The whole document.
    pub fn html(&self, visitor: &Visitor) -> Markup {
        let (text, language) = (visitor.text, visitor.text.language);
        html! {
            (DOCTYPE)
            html lang=(language.code()) dir=(language.direction()) class=(format!("theme-{}", visitor.theme.name())) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name=(TOKEN) content=(visitor.csrf);
                    meta name="ww-texts" content=(scripts::texts(text, self.has_editor));
                    title { (self.title) " – Wikiward" }
                    @if let Some(icon) = assets::path("icon.svg") { link rel="icon" type="image/svg+xml" href=(icon); }
                    @for sheet in self.files("console.css", "editor.css") { link rel="stylesheet" href=(sheet); }
                    @for script in self.files("console.js", "editor.js") { script type="module" src=(script) {} }
                }
                body {
                    a.ww-skip href="#main" { (text.say("shell-skip")) }
                    (head(visitor, self.wiki.as_ref()))
                    div.ww-frame {
                        (navigation(visitor, self.wiki.as_ref()))
                        main.ww-main id="main" tabindex="-1" {
                            (without_assets(visitor))
                            @if let Some(flash) = &visitor.flash {
                                div.ww-flash { (message(flash.tone, html! { (text.with(&flash.key, &flash.parameters.iter().map(Into::into).collect::<Vec<_>>())) })) }
                            }
                            div.ww-page-head { h1 { (self.title) } div.ww-actions { (self.actions) } }
                            (self.content)
                        }
                    }
                    (foot(visitor))
                }
            }
        }
    }

    fn files(&self, always: &str, editor: &str) -> impl Iterator<Item = String> {
        let editor = if self.has_editor { assets::path(editor) } else { None };
        assets::path(always).into_iter().chain(editor)
    }
}

fn head(visitor: &Visitor, wiki: Option<&WikiId>) -> Markup {
    let text = visitor.text;
    // What is chosen is the wiki that the navigation leads to.
    let wiki = wiki.cloned().unwrap_or_else(|| visitor.home());
    html! {
        header.ww-header {
            a.ww-brand href=(paths::START) {
                @if let Some(icon) = assets::path("icon.svg") { img src=(icon) alt="" width="24" height="24"; }
                span { "Wikiward" }
            }
            @if !visitor.wikis.is_empty() {
                form.ww-wiki method="get" action="/go" {
                    label.ww-hidden for="wiki-choice" { (text.say("shell-wiki")) }
                    select.cdx-select id="wiki-choice" name="wiki" {
                        option value="farm" selected[wiki.is_farm()] { (text.say("shell-whole-farm")) }
                        @for (id, label) in visitor.wikis.iter() {
                            option value=(id.as_str()) selected[wiki == *id] { (wiki_label(id, label)) }
                        }
                    }
                    input type="hidden" name="from" value=(visitor.back);
                    button.cdx-button.cdx-button--weight-quiet { (text.say("shell-go")) }
                }
            }
            (bell(visitor))
            (person(visitor))
        }
    }
}

/// What one should hear of, with how much of it is unread.
fn bell(visitor: &Visitor) -> Markup {
    let text = visitor.text;
    let count = match visitor.unread {
        0 => None,
        most if most >= UNREAD_MAX => Some(format!("{UNREAD_MAX}+")),
        some => Some(some.to_string()),
    };
    html! {
        @if visitor.is_signed_in() {
            a.ww-bell href=(paths::NOTICES) {
                (text.say("shell-bell"))
                @if let Some(count) = &count {
                    " " span.ww-bell__count aria-hidden="true" { (count) }
                    span.ww-hidden { " " (text.with("shell-bell-unread", args![count])) }
                }
            }
        }
    }
}

fn person(visitor: &Visitor) -> Markup {
    let text = visitor.text;
    html! {
        @if visitor.is_signed_in() {
            details.ww-person {
                summary { bdi { (visitor.name()) } }
                div.ww-person__menu {
                    a href="/me" { (text.say("shell-my-page")) }
                    form method="post" action="/sign-out" {
                        (crate::html::token(visitor))
                        button.cdx-button.cdx-button--weight-quiet { (text.say("shell-sign-out")) }
                    }
                }
            }
        } @else {
            a.ww-person href=(paths::sign_in(&visitor.back)) { (text.say("shell-sign-in")) }
        }
    }
}

/// An entry of the navigation: where it leads, the key of its name, and the keys that lead there.
type Entry = (String, &'static str, Option<&'static str>);

fn navigation(visitor: &Visitor, wiki: Option<&WikiId>) -> Markup {
    let text = visitor.text;
    let wiki = wiki.cloned().unwrap_or_else(|| visitor.home());
    let mut entries: Vec<Entry> = vec![(paths::START.into(), "shell-start", Some("g n"))];
    if visitor.may(Right::View, &wiki) {
        entries.push((paths::filters(&wiki), "shell-filters", Some("g f")));
    }
    if visitor.may(Right::Log, &wiki) {
        entries.push((paths::hits(&wiki), "shell-hits", Some("g h")));
    }
    if visitor.may(Right::View, &wiki) {
        entries.push((paths::groups(&wiki), "shell-groups", None));
        entries.push((paths::profile(&wiki), "shell-profile", None));
        entries.push((paths::domains(&wiki), "shell-domains", None));
    }
    if !wiki.is_farm() && visitor.may(Right::Modify, &wiki) {
        entries.push((paths::promotion(&wiki), "shell-promotion", None));
    }
    let farm = WikiId::farm();
    let mut of_farm: Vec<Entry> =
        vec![(paths::WIKIS.into(), "shell-wikis", None), (paths::WIKI_SETS.into(), "shell-wiki-sets", None)];
    of_farm.push((paths::MESSAGES.into(), "shell-messages", None));
    of_farm.push((paths::RIGHTS.into(), "shell-rights", None));
    if visitor.may(Right::ManageAccounts, &farm) {
        of_farm.push((paths::ACCOUNTS.into(), "shell-accounts", None));
    }
    if visitor.may(Right::ManageFarm, &farm) {
        of_farm.push((paths::TOKENS.into(), "shell-tokens", None));
        of_farm.push((paths::HEALTH.into(), "shell-health", None));
    }
    if visitor.may_somewhere(Right::AuditLog) {
        of_farm.push((paths::AUDIT.into(), "shell-audit", None));
    }
    let here = visitor.place.split('?').next().unwrap_or_default();
    let link = |(path, key, keys): &Entry| {
        let is_inside =
            path != paths::START && here.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let current = if here == path {
            Some("page")
        } else if is_inside {
            Some("true")
        } else {
            None
        };
        html! { li { a href=(path) aria-current=[current] data-key=[keys] { (text.say(key)) } } }
    };
    html! {
        nav.ww-nav aria-label=(text.say("shell-navigation")) {
            ul { @for entry in &entries { (link(entry)) } }
            h2.ww-nav__heading { (text.say("shell-farm")) }
            ul { @for entry in &of_farm { (link(entry)) } }
        }
    }
}

fn foot(visitor: &Visitor) -> Markup {
    let text = visitor.text;
    html! {
        footer.ww-foot {
            form.ww-preferences method="post" action="/preferences" {
                (crate::html::token(visitor))
                input type="hidden" name="then" value=(visitor.back);
                span {
                    label for="language" { (text.say("shell-language")) }
                    select.cdx-select id="language" name="language" {
                        @for language in Language::ALL {
                            option value=(language.code()) lang=(language.code()) selected[language == text.language] { (language.own_name()) }
                        }
                    }
                }
                span {
                    label for="theme" { (text.say("shell-theme")) }
                    select.cdx-select id="theme" name="theme" {
                        @for theme in Theme::ALL { option value=(theme.name()) selected[theme == visitor.theme] { (text.say(theme.message())) } }
                    }
                }
                button.cdx-button { (text.say("shell-set")) }
            }
            p {
                button.cdx-button.cdx-button--weight-quiet.ww-with-script type="button" data-shortcuts { (text.say("script-shortcuts")) } " " a href="/v1/docs" { (text.say("shell-interface")) } @if let Some(notices) = assets::path("notices.txt") { " · " a href=(notices) { (text.say("shell-notices")) } } }
        }
    }
}
