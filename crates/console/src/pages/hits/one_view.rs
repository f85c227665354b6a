//! What the page of a hit looks like.

use super::difference;
use super::explain_view;
use super::list_view::title;
use super::one::{Diff, Hit, Why};
use super::search::Search;
use super::{values, words};
use crate::html::{self as h, Column, Field, Weight};
use crate::page::Page;
use crate::pages::acts::Wrongs;
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use serde_json::Value;
use wikiward_farm::{Right, WikiId};
use wikiward_filters::hits::Level;
use wikiward_filters::hits::ask::{Assessment, Variables};
use wikiward_filters::hits::list::{FullRow, HitRow};
use wikiward_filters::hits::steer::{NOTE_CHARACTERS_MAX, Verdict};

/// Most letters of names and titles among the facts; longer ones are folded.
const LETTERS_MAX: usize = 200;

/// The page of a hit.
pub(super) fn page(visitor: &Visitor, hit: &Hit) -> Page {
    let text = visitor.text;
    let at = text.left_to_right(&hit.one.row.key.at.strftime("%Y-%m-%d %H:%M:%S").to_string());
    let content = html! {
        p { a href=(paths::hits(&hit.log)) { (text.say("hits-back")) } }
        @if let Some((field, key)) = hit.typed.wrong {
            (Wrongs::one(field, text.with(key, args![NOTE_CHARACTERS_MAX])).shown(text))
        }
        @if let Some(details) = &hit.details { (address(text, details.address.as_deref())) }
        (facts(text, hit))
        @if hit.others.is_empty() { p.ww-muted { (text.say("hits-others-none")) } } @else { (others(text, hit)) }
        @if !matches!(hit.difference, Diff::None) { (h::section("difference", &text.say("hits-diff"), diff(text, hit))) }
        (h::section("why", &text.say("hits-why"), explain_view::why(text, &hit.why)))
        (h::section("variables", &text.say("hits-variables"), variables(text, hit)))
        (acts(visitor, hit))
    };
    Page::new(text.with("hits-one-title", args![at]), content).on(&hit.log)
}

fn id(hit: &Hit) -> String {
    hit.one.row.key.hit_id.to_string()
}

fn facts(text: Text, hit: &Hit) -> Markup {
    let row = &hit.one.row;
    let actor = html! {
        (values::short(text, &row.actor_name, LETTERS_MAX, Search::only(&hit.log, "actor", &row.actor_name).as_deref()))
        @if let Some(kind) = words::actor_type(text, &row.actor_type) { " (" (kind) ")" }
    };
    let target = html! {
        (title(text, row.target_ns, &row.target_title))
        @if let Some(path) = Search::only(&hit.log, "target", &row.target_title) { " · " a href=(path) { (text.say("hits-of-page")) } }
        @if let Some(url) = row.target_page_id.and_then(|id| on_wiki(&hit.wiki_url, "curid", id)) {
            " · " a href=(url) rel="noreferrer" { (text.say("hits-page-on-wiki")) }
        }
    };
    let mut facts = vec![
        (text.say("hits-column-time"), text.time(row.key.at)),
        (text.say("hits-wiki"), html! { bdi { (row.wiki.as_str()) } }),
        (text.say("hits-column-actor"), actor),
        (text.say("hits-column-kind"), html! { (words::kind(text, &row.kind)) }),
        (text.say("hits-column-page"), target),
        (text.say("hits-column-filter"), filter(text, &hit.log, row)),
        (text.say("hits-decision"), html! { (words::decision(text, &row.decision)) }),
        (text.say("hits-column-taken"), words::taken_chips(text, &row.taken)),
    ];
    if let Some(full) = &row.full {
        full_facts(text, hit, full, &mut facts);
    }
    h::facts(&facts)
}

fn filter(text: Text, log: &WikiId, row: &HitRow) -> Markup {
    let Some(full) = &row.full else { return values::short(text, &row.filter_name, LETTERS_MAX, None) };
    let gid = full.filter.gid();
    let version = full.version.to_string();
    // The first version has none before it.
    let of_version = if full.version.0 > 1 {
        paths::filter_diff(log, &gid, "prev", &version)
    } else {
        paths::filter_history(log, &gid)
    };
    html! {
        (values::short(text, &format!("{gid}: {}", row.filter_name), LETTERS_MAX, Some(&paths::filter(log, &gid))))
        " · " a href=(of_version) { (text.with("hits-version", args![version.as_str()])) }
        " · " a href=(paths::filter_history(log, &gid)) { (text.say("hits-history")) }
        " · " (text.rich("hits-in-group", &[html! { a href=(paths::group(log, &full.group)) { bdi { (full.group) } } }]))
    }
}

fn full_facts(text: Text, hit: &Hit, full: &FullRow, facts: &mut Vec<(String, Markup)>) {
    if !full.withheld.is_empty() {
        facts.push((text.say("hits-withheld"), html! {
            (words::taken_chips(text, &full.withheld))
            @for (name, instead) in &full.substituted { p { (text.with("hits-substituted", args![words::taken(text, name), words::taken(text, instead)])) } }
        }));
    }
    facts.push((text.say("hits-column-outcome"), html! {
        (words::outcome_chip(text, &full.outcome))
        @if let Some(rev_id) = full.rev_id {
            " · "
            @match on_wiki(&hit.wiki_url, "diff", rev_id) {
                Some(url) => a href=(url) rel="noreferrer" { (text.with("hits-revision", args![rev_id.to_string()])) },
                None => (text.with("hits-revision", args![rev_id.to_string()])),
            }
        }
        @if let Some(log_id) = full.log_id { " · " (text.with("hits-log-entry", args![log_id.to_string()])) }
        @if full.restriction.is_hidden { " " span.ww-chip.ww-chip--warn { (text.say("hits-is-hidden")) } }
    }));
    if let Some(Value::Array(executed)) =
        full.executed.as_ref().filter(|it| it.as_array().is_some_and(|it| !it.is_empty()))
    {
        facts.push((
            text.say("hits-executed"),
            html! {
                ul.ww-list { @for one in executed.iter().take(20) { li { (done(text, one)) } } }
            },
        ));
    }
    if hit.one.row.level == Level::Details && !full.ref_code.is_empty() {
        facts.push((text.say("hits-code"), html! {
            code.ww-code id="ref-code" { (full.ref_code) } " "
            button.cdx-button.cdx-button--weight-quiet.ww-with-script type="button" data-copy="#ref-code" { (text.say("hits-copy")) }
        }));
    }
    facts.push((
        text.say("hits-ids"),
        h::fold(html! { (text.say("hits-ids-show")) }, h::facts(&ids(text, hit, full)), false),
    ));
}

fn ids(text: Text, hit: &Hit, full: &FullRow) -> Vec<(String, Markup)> {
    let code = |value: &str| html! { code.ww-code { (h::visible(value)) } };
    let mut ids = vec![
        (text.say("hits-id"), code(&id(hit))),
        (text.say("hits-id-evaluation"), code(&format!("ev_{}", full.evaluation_id))),
        (text.say("hits-id-action"), code(values::cut(&full.action_id, 300))),
    ];
    ids.extend(full.legacy_id.map(|id| (text.say("hits-id-legacy"), code(&id.to_string()))));
    ids
}

/// What the wiki reports to have done: `{"type": "block", "ok": true}`.
fn done(text: Text, one: &Value) -> Markup {
    let kind = one.get("type").and_then(Value::as_str).unwrap_or_default();
    let is_done = one.get("ok").and_then(Value::as_bool).unwrap_or(false);
    html! {
        (h::foreign(&words::taken(text, values::cut(kind, 100)))) ": "
        @if is_done { (text.say("hits-executed-done")) } @else { (text.say("hits-executed-failed")) }
    }
}

/// An address on the wiki. The revision or page decides there what is shown, whatever the main page's address is.
fn on_wiki(url: &str, name: &str, number: i64) -> Option<String> {
    let is_address = url.starts_with("https://") || url.starts_with("http://");
    let (url, joint) = (url.split('#').next()?, if url.contains('?') { '&' } else { '?' });
    is_address.then(|| format!("{url}{joint}{name}={number}"))
}

fn others(text: Text, hit: &Hit) -> Markup {
    let columns = ["hits-column-filter", "hits-column-taken"].map(|key| Column::text(text.say(key)));
    let rows: Vec<Vec<Markup>> = hit
        .others
        .iter()
        .map(|row| {
            let gid = row.full.as_ref().map(|full| full.filter.gid()).unwrap_or_default();
            let path = paths::hit(&hit.log, &row.key.hit_id.to_string());
            vec![
                values::short(text, &format!("{gid}: {}", row.filter_name), LETTERS_MAX, Some(&path)),
                words::taken_chips(text, &row.taken),
            ]
        })
        .collect();
    h::section("others", &text.say("hits-others"), h::table(&text.say("hits-others"), &columns, &rows))
}

fn diff(text: Text, hit: &Hit) -> Markup {
    html! {
        @match &hit.difference {
            Diff::Lines(made) => (difference::table(text, made)),
            Diff::TooLong | Diff::None => { p.ww-muted { (text.say("hits-diff-long")) } }
        }
    }
}

fn variables(text: Text, hit: &Hit) -> Markup {
    let Some(Variables { values: all, expired }) = &hit.one.variables else {
        return html! {
            @if hit.one.row.level == Level::Details { p.ww-muted { (text.say("hits-variables-gone")) } }
            @else { p.ww-muted { (text.with("hits-variables-right", args![Right::LogDetail.name()])) } }
        };
    };
    // In a list of two columns, a value needs no label.
    let columns = [Column::text(text.say("hits-variable")), Column::text(text.say("hits-value")).labelled("")];
    let matches = match &hit.why {
        Why::Explained(made) => Some(&made.matches),
        _ => None,
    };
    let path = |name: &str| format!("{}/variables/{}", paths::hit(&hit.log, &id(hit)), crate::visit::encoded(name));
    let known = all.iter().map(|(name, value)| {
        let marks = matches.and_then(|matches| matches.get(name)).map_or(&[][..], Vec::as_slice);
        vec![html! { code.ww-code { (h::visible(name)) } }, values::value(text, value, marks, &path(name))]
    });
    let gone = expired.iter().map(|name| {
        vec![
            html! { code.ww-code { (h::visible(name)) } },
            html! { span.ww-muted { (text.say("hits-value-expired")) } },
        ]
    });
    let rows: Vec<Vec<Markup>> = known.chain(gone).collect();
    html! {
        @if rows.is_empty() { (h::empty(&text.say("hits-variables-none"))) }
        @else { (h::table(&text.say("hits-variables"), &columns, &rows)) }
    }
}

/// What the person may do with it.
fn acts(visitor: &Visitor, hit: &Hit) -> Markup {
    let may = |right| visitor.is_signed_in() && visitor.may(right, &hit.log);
    let is_details = hit.one.row.level == Level::Details;
    html! {
        @if let Some(full) = hit.one.row.full.as_ref().filter(|full| is_details && may_edit(visitor, full)) {
            @let tests = paths::filter_tests(&hit.log, &full.filter.gid());
            p { a href=(format!("{tests}?hit={}", id(hit))) { (visitor.text.say("trials-keep-as-test")) } }
        }
        @if is_details { (h::section("assessments", &visitor.text.say("hits-assessments"), assessments(visitor, hit, may(Right::LogDetail)))) }
        @if may(Right::PrivateDetails) { (h::section("private", &visitor.text.say("hits-private"), private(visitor, hit))) }
        @if may(Right::HideLog) && !hit.log.is_farm() { (h::section("hide", &visitor.text.say("hits-hiding"), hiding(visitor, hit))) }
    }
}

/// Whether the person may change the filter.
fn may_edit(visitor: &Visitor, full: &FullRow) -> bool {
    let owner = &full.filter.wiki;
    visitor.is_signed_in() && visitor.may(if owner.is_farm() { Right::ModifyGlobal } else { Right::Modify }, owner)
}

fn assessments(visitor: &Visitor, hit: &Hit, may_assess: bool) -> Markup {
    let text = visitor.text;
    let said = &hit.one.assessments;
    html! {
        @if said.is_empty() { p.ww-muted { (text.say("hits-assessments-none")) } }
        @else { ul.ww-list { @for one in said { li { (assessment(text, one)) } } } }
        @if may_assess {
            (h::form(visitor, &format!("{}/assessment", paths::hit(&hit.log, &id(hit))), html! {
                (note(text, hit, "note", "hits-note", &hit.typed.note, None))
                div.ww-actions {
                    (h::button_named(Weight::Normal, "verdict", Verdict::TruePositive.name(), &text.say("hits-assess-true")))
                    (h::button_named(Weight::Normal, "verdict", Verdict::FalsePositive.name(), &text.say("hits-assess-false")))
                    (h::button_named(Weight::Normal, "verdict", Verdict::Unsure.name(), &text.say("hits-assess-unsure")))
                }
            }))
        }
    }
}

fn assessment(text: Text, one: &Assessment) -> Markup {
    html! {
        div.ww-item-head {
            strong { (words::verdict(text, &one.verdict)) }
            (values::short(text, &one.by_name, LETTERS_MAX, None))
            (text.time(one.at))
        }
        @if !one.note.is_empty() { div.ww-text dir="auto" { (h::visible(&one.note)) } }
    }
}

/// A field for a note or reason.
fn note(text: Text, hit: &Hit, name: &str, label: &str, value: &str, help: Option<String>) -> Markup {
    let wrong = hit.typed.wrong.filter(|(field, _)| *field == name);
    // Enter makes a new line: in a field of one line it would press the first button, which says something.
    let field = Field {
        name,
        label: &text.say(label),
        value,
        help,
        wrong: wrong.map(|(_, key)| text.with(key, args![NOTE_CHARACTERS_MAX])),
        is_required: name == "private-reason" && hit.needs_reason,
        ..Field::default()
    };
    h::text_area(&field, 2)
}

fn hiding(visitor: &Visitor, hit: &Hit) -> Markup {
    let text = visitor.text;
    let is_hidden = hit.one.row.full.as_ref().is_some_and(|full| full.restriction.is_hidden);
    let (help, value, label, weight) = if is_hidden {
        ("hits-show-help", "0", "hits-show", Weight::Normal)
    } else {
        ("hits-hide-help", "1", "hits-hide", Weight::Destructive)
    };
    html! {
        p { (text.say(help)) }
        (h::form(visitor, &format!("{}/visibility", paths::hit(&hit.log, &id(hit))), html! {
            (note(text, hit, "reason", "hits-reason", &hit.typed.reason, None))
            div.ww-actions { (h::button_named(weight, "hidden", value, &text.say(label))) }
        }))
    }
}

fn private(visitor: &Visitor, hit: &Hit) -> Markup {
    let text = visitor.text;
    let has_address = hit.one.row.full.as_ref().is_some_and(|full| full.has_address);
    html! {
        @if has_address {
            p { (text.say("hits-private-help")) }
            (h::form(visitor, &format!("{}/private-details", paths::hit(&hit.log, &id(hit))), html! {
                (note(text, hit, "private-reason", "hits-reason", &hit.typed.private_reason, None))
                div.ww-actions { (h::button(Weight::Normal, &text.say("hits-private-show"))) }
            }))
        } @else { p.ww-muted { (text.say("hits-private-none")) } }
    }
}

/// The address, in the answer to who asked for it.
fn address(text: Text, address: Option<&str>) -> Markup {
    html! {
        @match address {
            Some(address) => (h::message(Tone::Warning, text.rich("hits-private-is", &[html! { code.ww-code { (address) } }]))),
            None => (h::message(Tone::Notice, html! { (text.say("hits-private-none")) })),
        }
    }
}
