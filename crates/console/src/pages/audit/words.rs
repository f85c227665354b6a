//! What entries of the audit log say, as sentences.

use super::Search;
use crate::html as h;
use crate::pages::acts::with_query;
use crate::text::Text;
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::WikiId;
use wikiward_store::audit::Kept;

/// Every kind of act, with the key of its sentence: $1 is who, $2 is to what.
pub(super) const ACTS: &[(&str, &str)] = &[
    ("account.add", "audit-did-account-add"),
    ("account.change", "audit-did-account-change"),
    ("account.disable", "audit-did-account-disable"),
    ("account.enable", "audit-did-account-enable"),
    ("account.first", "audit-did-account-first"),
    ("account.rename", "audit-did-account-rename"),
    ("account.invite", "audit-did-account-invite"),
    ("account.reset", "audit-did-account-reset"),
    ("account.password", "audit-did-account-password"),
    ("session.begin", "audit-did-session-begin"),
    ("session.end", "audit-did-session-end"),
    ("token.make", "audit-did-token-make"),
    ("token.revoke", "audit-did-token-revoke"),
    ("wiki.add", "audit-did-wiki-add"),
    ("wiki.change", "audit-did-wiki-change"),
    ("wiki.close", "audit-did-wiki-close"),
    ("wiki.open", "audit-did-wiki-open"),
    ("wiki_set.add", "audit-did-wiki-set-add"),
    ("wiki_set.change", "audit-did-wiki-set-change"),
    ("wiki_set.remove", "audit-did-wiki-set-remove"),
    ("group_rights.set", "audit-did-group-rights-set"),
    ("group.put", "audit-did-group-put"),
    ("group.delete", "audit-did-group-delete"),
    ("consequence.put", "audit-did-consequence-put"),
    ("consequence.delete", "audit-did-consequence-delete"),
    ("filter.create", "audit-did-filter-create"),
    ("filter.save", "audit-did-filter-save"),
    ("filter.publish", "audit-did-filter-publish"),
    ("filter.import", "audit-did-filter-import"),
    ("filter.optout", "audit-did-filter-optout"),
    ("hit.assess", "audit-did-hit-assess"),
    ("brake.latch", "audit-did-brake-latch"),
    ("brake.clear", "audit-did-brake-clear"),
    ("brake.reactivate", "audit-did-brake-reactivate"),
    ("brake.caps", "audit-did-brake-caps"),
    ("hold.prepare", "audit-did-hold-prepare"),
    ("hold.start", "audit-did-hold-start"),
    ("hold.end", "audit-did-hold-end"),
    ("hold.expire", "audit-did-hold-expire"),
    ("lockdown.start", "audit-did-lockdown-start"),
    ("lockdown.end", "audit-did-lockdown-end"),
];

/// The entry as a sentence, with links to who and what.
pub(super) fn sentence(text: Text, entry: &Kept) -> Markup {
    let who = html! { a href=(by_path(&entry.by_key)) { (h::foreign(&entry.by_name)) } };
    match ACTS.iter().find(|(action, _)| *action == entry.action) {
        Some((_, key)) => text.rich(key, &[who, subject(entry)]),
        None => {
            let action = html! { code.ww-code { (h::visible(&entry.action)) } };
            text.rich("audit-did-other", &[who, subject(entry), action])
        }
    }
}

/// What a kind of act is called where one is chosen.
pub(super) fn act_label(text: Text, action: &str, key: &str) -> String {
    let said = text.with(key, args!["…", "…"]);
    format!("{} ({action})", said.trim_matches(['…', ' ']))
}

fn by_path(key: &str) -> String {
    Search { by: key.to_owned(), ..Search::default() }.path("")
}

/// What it was done to, as a link where there is a page for it.
fn subject(entry: &Kept) -> Markup {
    let (kind, name) = entry.subject.split_once(':').unwrap_or((entry.subject.as_str(), ""));
    let wiki: Option<WikiId> = entry.wiki.parse().ok();
    let href = match (kind, wiki) {
        ("account", _) => Some(format!("{}/{}", paths::ACCOUNTS, crate::visit::encoded(name))),
        ("wiki", _) => Some(format!("{}/{}", paths::WIKIS, crate::visit::encoded(name))),
        ("wiki_set", _) => Some(format!("{}/{}", paths::WIKI_SETS, crate::visit::encoded(name))),
        ("token", _) => Some(with_query(paths::AUDIT, &[("subject", &entry.subject)])),
        ("filter", Some(wiki)) => Some(paths::filter(&wiki, name)),
        ("hit", Some(wiki)) => Some(paths::hit(&wiki, name)),
        _ => None,
    };
    html! {
        @match href {
            Some(href) => a.ww-code href=(href) { bdi { (h::visible(&entry.subject)) } }
            None => code.ww-code { bdi { (h::visible(&entry.subject)) } }
        }
    }
}
