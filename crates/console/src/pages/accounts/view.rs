//! What the pages about accounts look like.

use super::one::One;
use super::rights::{RightsForm, back};
use super::{List, path, rights_path, sessions};
use crate::form::Form;
use crate::html::{self as h, Choice, Column, Field, Weight, select, text_field};
use crate::page::Page;
use crate::pages::acts::{self, Question, wiki_choice, wiki_markup, with_query};
use crate::pages::filters::wiki_name;
use crate::pages::rights::{changes, words};
use crate::text::Text;
use crate::visit::Visitor;
use crate::{args, paths};
use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};
use wikiward_farm::right::RightSet;
use wikiward_farm::{Principal, Right, Timestamp, WikiId};
use wikiward_people::Account;

fn state(text: Text, account: &Account) -> Markup {
    if account.is_disabled {
        h::chip("disabled", &text.say("accounts-state-disabled"))
    } else if account.has_password || account.identity.is_some() {
        h::chip("enabled", &text.say("accounts-state-good"))
    } else {
        h::chip("draft", &text.say("accounts-state-invited"))
    }
}

/// What it may do, in one line.
fn summary(text: Text, account: &Account) -> Markup {
    let everywhere = account.rights.get(&WikiId::farm()).map_or(0, |rights| rights.iter().count());
    let wikis = account.rights.keys().filter(|wiki| !wiki.is_farm()).count();
    html! {
        @if account.rights.is_empty() { span.ww-muted { (text.say("rights-none")) } }
        @if everywhere > 0 { (text.with("accounts-rights-everywhere", args![everywhere])) }
        @if everywhere > 0 && wikis > 0 { br; }
        @if wikis > 0 { (text.with("accounts-rights-wikis", args![wikis])) }
    }
}

fn when(text: Text, at: Option<Timestamp>) -> Markup {
    html! { @match at { Some(at) => (text.time(at)), None => (text.say("accounts-never")) } }
}

/// The list, and the form for a new account.
pub(super) fn list(visitor: &Visitor, list: &List) -> Page {
    let text = visitor.text;
    let columns = ["accounts-name", "accounts-state", "accounts-rights", "accounts-last", "accounts-made"];
    let row = |account: &Account| {
        vec![
            html! { a href=(path(account.id)) { (h::foreign(account.name.as_str())) } },
            state(text, account),
            summary(text, account),
            when(text, account.last_sign_in_at),
            text.time(account.created_at),
        ]
    };
    let rows: Vec<Vec<Markup>> = list.accounts.iter().map(row).collect();
    let (part, name) = (text.say("accounts-part"), text.say("accounts-name"));
    let typed = Field {
        name: "name",
        label: &name,
        value: &list.typed,
        help: Some(text.say("accounts-name-help")),
        wrong: list.wrongs.at("name"),
        autocomplete: Some("off"),
        is_required: true,
        ..Field::default()
    };
    let page = |cursor: &str| with_query(paths::ACCOUNTS, &[("cursor", cursor)]);
    let content = html! {
        (list.wrongs.shown(text))
        p.ww-lead { (text.say("accounts-lead")) }
        form.ww-filterbar.ww-filterbar--line role="search" method="get" action=(h::leads_to_found(paths::ACCOUNTS)) {
            div.cdx-field {
                div.cdx-label { label.cdx-label__label for="part" { span.cdx-label__label__text { (part) } } }
                div.cdx-field__control { div.cdx-text-input { input.cdx-text-input__input type="search" id="part" name="name" value=(list.name) dir="auto"; } }
            }
            div.ww-actions { (h::button(Weight::Normal, &text.say("acts-show"))) }
        }
        (h::found(html! {
            @if rows.is_empty() { (h::empty(&text.say("accounts-none"))) }
            @else { (h::table(&text.say("accounts-title"), &columns.map(|key| Column::text(text.say(key))), &rows)) }
            (h::pager(text, list.is_later.then(|| page("")).as_deref(), list.next.as_deref().map(page).as_deref()))
        }))
        (h::section("new", &text.say("accounts-new"), h::form(visitor, paths::ACCOUNTS, html! {
            (text_field(&typed))
            (h::button(Weight::Primary, &text.say("accounts-add")))
        })))
    };
    Page::new(text.say("accounts-title"), content)
}

/// One account.
pub(super) fn one(visitor: &Visitor, one: &One) -> Page {
    let (text, account) = (visitor.text, &one.account);
    let own = path(account.id);
    let elsewhere = match &account.identity {
        Some(identity) => html! { (h::foreign(&identity.issuer)) ": " (h::foreign(&identity.subject)) },
        None => html! { (text.say("accounts-identity-none")) },
    };
    let password = if account.has_password { "accounts-password-there" } else { "accounts-password-none" };
    let link = if account.has_password { "accounts-link-again" } else { "accounts-link-first" };
    let content = html! {
        (one.wrongs.shown(text))
        (h::facts(&[
            (text.say("accounts-state"), state(text, account)),
            (text.say("accounts-password"), html! { (text.say(password)) }),
            (text.say("accounts-identity"), elsewhere),
            (text.say("accounts-last"), when(text, account.last_sign_in_at)),
            (text.say("accounts-made"), text.time(account.created_at)),
            (text.say("accounts-log"), html! {
                a href=(with_query(paths::AUDIT, &[("subject", &format!("account:{}", account.id))])) { (text.say("accounts-log-of")) } br;
                a href=(with_query(paths::AUDIT, &[("by", &format!("account:{}", account.id))])) { (text.say("accounts-log-by")) }
            }),
        ]))
        (h::section("rights", &text.say("accounts-rights"), rights_of(visitor, account)))
        (h::section("ways-in", &text.say("accounts-ways-in"), html! {
            @if account.is_disabled {
                p { (text.say("accounts-enable-help")) }
                (h::form(visitor, &format!("{own}/enable"), h::button(Weight::Normal, &text.say("accounts-enable"))))
            } @else {
                p { (text.say("accounts-link-help")) }
                div.ww-actions {
                    form method="post" action=(format!("{own}/password-link")) { (h::token(visitor)) (h::button(Weight::Normal, &text.say(link))) }
                    (h::link_button(Weight::Normal, &format!("{own}/disable"), &text.say("accounts-disable")))
                }
            }
        }))
        (h::section("sessions", &text.say("accounts-sessions"), sessions::table(visitor, &one.sessions, &format!("{own}/sessions"))))
        (h::section("change", &text.say("accounts-change"), change(visitor, one)))
    };
    Page::new(text.with("accounts-one", args![account.name.as_str()]), content)
}

fn rights_of(visitor: &Visitor, account: &Account) -> Markup {
    let text = visitor.text;
    let label = text.say("accounts-rights-on");
    let choice = Field { name: "wiki", label: &label, value: "farm", ..Field::default() };
    html! {
        @if account.rights.is_empty() { p.ww-muted { (text.say("rights-none")) } }
        @for (wiki, rights) in &account.rights {
            h3 { @if wiki.is_farm() { (text.say("accounts-everywhere")) } @else { (wiki_markup(text, wiki)) } }
            (words::list(text, *rights))
            p { a href=(rights_path(account.id, wiki)) { (text.with("accounts-rights-change-on", args![wiki_name(text, wiki)])) } }
        }
        form.ww-filterbar.ww-filterbar--line method="get" action=(format!("{}/rights", path(account.id))) {
            (wiki_choice(visitor, &choice, Some(("farm", text.say("accounts-everywhere")))))
            div.ww-actions { (h::button(Weight::Normal, &text.say("accounts-rights-change"))) }
        }
        @if !account.rights.is_empty() {
            (h::form(visitor, &format!("{}/rights", path(account.id)), html! {
                input type="hidden" name="version" value=(account.version);
                input type="hidden" name="all" value="1";
                (h::button(Weight::Destructive, &text.say("accounts-rights-all")))
            }))
        }
    }
}

fn change(visitor: &Visitor, one: &One) -> Markup {
    let text = visitor.text;
    let (name, issuer, subject) =
        (text.say("accounts-name"), text.say("accounts-issuer"), text.say("accounts-subject"));
    let name = Field {
        name: "name",
        label: &name,
        value: &one.name,
        wrong: one.wrongs.at("name"),
        autocomplete: Some("off"),
        is_required: true,
        ..Field::default()
    };
    let issuer = Field {
        name: "issuer",
        label: &issuer,
        value: &one.identity.0,
        wrong: one.wrongs.at("identity"),
        ..Field::default()
    };
    let subject = Field {
        name: "subject",
        label: &subject,
        value: &one.identity.1,
        help: Some(text.say("accounts-subject-help")),
        is_code: true,
        ..Field::default()
    };
    let known = one.issuers.iter().chain(Some(&one.identity.0)).filter(|it| !it.is_empty()).collect::<BTreeSet<_>>();
    let none = Choice::new("", text.say("accounts-identity-none"));
    let choices: Vec<Choice> = std::iter::once(none).chain(known.into_iter().map(|it| Choice::new(it, it))).collect();
    h::form(
        visitor,
        &path(one.account.id),
        html! {
            input type="hidden" name="version" value=(one.account.version);
            (text_field(&name))
            @if choices.len() > 1 { (select(&issuer, &choices)) (text_field(&subject)) }
            (h::button(Weight::Primary, &text.say("accounts-save")))
        },
    )
}

/// The form for an account's rights on a wiki.
pub(super) fn rights(visitor: &Visitor, form: &RightsForm) -> Page {
    let (text, account) = (visitor.text, &form.account);
    let where_to = if form.wiki.is_farm() {
        text.say("accounts-rights-farm-help")
    } else {
        text.with("accounts-rights-wiki-help", args![wiki_name(text, &form.wiki)])
    };
    let content = html! {
        (form.wrongs.shown(text))
        p.ww-lead { (where_to) }
        (h::form(visitor, &format!("{}/rights", path(account.id)), html! {
            input type="hidden" name="version" value=(account.version);
            input type="hidden" name="wiki" value=(paths::wiki_word(&form.wiki));
            (words::boxes(text, form.wanted))
            div.ww-actions {
                (h::button(Weight::Primary, &text.say("rights-save")))
                (h::link_button(Weight::Quiet, &path(account.id), &text.say("acts-cancel")))
            }
        }))
    };
    Page::new(text.with("accounts-rights-title", args![account.name.as_str(), wiki_name(text, &form.wiki)]), content)
}

fn is_own(visitor: &Visitor, account: &Account) -> bool {
    matches!(visitor.viewer.principal, Principal::Account { id, .. } if id == account.id)
}

/// Asks before rights are taken away; `after` are those that the account would have.
pub(super) fn taking(
    visitor: &Visitor,
    account: &Account,
    wiki: &WikiId,
    after: &BTreeMap<WikiId, RightSet>,
    form: &Form,
) -> Question {
    let text = visitor.text;
    let wikis: BTreeSet<&WikiId> = account.rights.keys().chain(after.keys()).collect();
    let mut happens = Vec::new();
    for wiki in wikis {
        let rights = |all: &BTreeMap<WikiId, RightSet>| all.get(wiki).copied().unwrap_or_default();
        let said = changes(visitor, rights(&account.rights), rights(after), "accounts-ask-loses", "accounts-ask-gets");
        let place = if wiki.is_farm() { text.say("accounts-everywhere") } else { wiki_name(text, wiki) };
        happens.extend(said.into_iter().map(|said| html! { strong { bdi { (place) } } ": " (said) }));
    }
    happens.push(html! { (text.say("accounts-ask-rights-who")) });
    let keeps = after.get(&WikiId::farm()).is_some_and(|rights| rights.has(Right::ManageAccounts));
    if is_own(visitor, account) && !keeps {
        happens.push(html! { strong { (text.say("accounts-ask-own")) } });
    }
    let mut fields = form.0.clone();
    fields.retain(|(name, _)| name != "version");
    fields.push(("version".into(), account.version.to_string()));
    Question {
        title: text.with("accounts-ask-rights", args![account.name.as_str()]),
        happens,
        undo: text.say("rights-ask-undo"),
        action: format!("{}/rights", path(account.id)),
        fields,
        button: text.say("rights-ask-button"),
        back: back(account, wiki, form),
        ..Question::default()
    }
}

/// Asks before an account is disabled.
pub(super) fn disabling(visitor: &Visitor, account: &Account) -> Question {
    let text = visitor.text;
    let mut happens = vec![
        html! { (text.say("accounts-ask-disable-ends")) },
        html! { (text.say("accounts-ask-disable-keeps")) },
        html! { (text.say("accounts-ask-disable-who")) },
    ];
    if is_own(visitor, account) {
        happens.push(html! { strong { (text.say("accounts-ask-own")) } });
    }
    Question {
        title: text.with("accounts-ask-disable", args![account.name.as_str()]),
        happens,
        undo: text.say("accounts-ask-disable-undo"),
        action: format!("{}/disable", path(account.id)),
        button: text.say("accounts-disable"),
        back: path(account.id),
        ..Question::default()
    }
}

/// The page with a link that works once.
pub(super) fn link(visitor: &Visitor, account: &Account, url: &str, expires_at: Timestamp) -> Page {
    let text = visitor.text;
    let content = html! {
        (acts::secret(text, url))
        p { (text.rich("accounts-link-made-help", &[h::foreign(account.name.as_str()), h::moment(expires_at)])) }
        p { (text.say("accounts-link-made-who")) }
        p { (h::link_button(Weight::Normal, &path(account.id), &text.say("accounts-back"))) }
    };
    Page::new(text.with("accounts-link-made", args![account.name.as_str()]), content)
}
