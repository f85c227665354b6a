//! What the start page looks like.

use super::overview::{BrakedNow, Change, HealthNumbers, Mark, Now, Standing, Trouble};
use super::wikis;
use crate::html::{self as h, Weight};
use crate::page::Page;
use crate::pages::filters::{path_key, wiki_name};
use crate::text::Text;
use crate::visit::{Tone, Visitor, encoded};
use crate::{args, paths};
use maud::{Markup, html};
use std::collections::BTreeSet;
use wikiward_farm::{Right, WikiId};

/// Seconds after which scripts ask for the numbers again.
const LIVE_EVERY_S: u32 = 15;

/// Filters that stand out on the start page itself.
const STANDING_SHOWN: usize = 8;

/// Where all of them are.
pub(super) const STANDING_OUT: &str = "/standing-out";

/// Most letters of names that stand in a list.
const LETTERS_MAX: usize = 80;

/// The page.
pub(super) fn page(visitor: &Visitor, now: &Now) -> Page {
    let text = visitor.text;
    let url = with_after("/start/now", &now.after);
    let content = html! {
        @if !visitor.is_signed_in() { (stranger(visitor)) }
        @if now.is_farm_empty { (first_steps(visitor)) }
        div data-live-url=(url) data-live-seconds=(LIVE_EVERY_S) { (part(visitor, now)) }
    };
    Page::new(text.say("start-title"), content)
}

fn with_after(path: &str, after: &str) -> String {
    if after.is_empty() { path.to_owned() } else { format!("{path}?after={}", encoded(after)) }
}

/// What somebody sees who is not signed in, and how to be.
fn stranger(visitor: &Visitor) -> Markup {
    let text = visitor.text;
    html! {
        p.ww-muted { (text.say("start-stranger")) " " a href=(paths::sign_in(paths::START)) { (text.say("start-sign-in")) } }
    }
}

/// What to do first, where there is no wiki.
fn first_steps(visitor: &Visitor) -> Markup {
    let text = visitor.text;
    let may = visitor.may(Right::ManageFarm, &WikiId::farm());
    h::section(
        "first",
        &text.say("start-first"),
        html! {
            p { (text.say("start-first-help")) }
            ol {
                @if !visitor.is_signed_in() { li { (text.say("start-first-account")) } }
                li {
                    (text.say("start-first-wiki"))
                    pre.ww-code tabindex="0" dir="ltr" { "wikiward wiki add enwiki --label 'English Wikipedia' --url https://en.wikipedia.example/ --language en" }
                }
                li { (text.say("start-first-filters")) }
            }
            @if may { p { (h::link_button(Weight::Primary, paths::WIKIS, &text.say("start-first-button"))) } }
        },
    )
}

/// The part with the numbers.
pub(super) fn part(visitor: &Visitor, now: &Now) -> Markup {
    let text = visitor.text;
    html! {
        (health(text, now))
        @if !now.braked.is_empty() { (h::section("braked", &text.say("start-braked"), braked(visitor, now))) }
        @if !now.standing_out.is_empty() { (h::section("standing-out", &text.say("start-standing-out"), some_standing_out(text, now))) }
        (wikis::wikis(text, &now.wikis))
        @if now.next.is_some() || !now.after.is_empty() {
            (h::pager(text, (!now.after.is_empty()).then_some(paths::START), now.next.as_ref().map(|wiki| with_after(paths::START, wiki.as_str())).as_deref()))
        }
        @if !now.is_farm_empty || !now.changes.is_empty() { (h::section("changes", &text.say("start-changes"), changes(visitor, now))) }
        p.ww-muted { (text.rich("start-as-of", &[html! { time datetime=(now.at.strftime("%Y-%m-%dT%H:%M:%SZ")) { (now.at.strftime("%H:%M:%S")) " UTC" } }])) }
    }
}

fn health(text: Text, now: &Now) -> Markup {
    let health = &now.health;
    let key = |trouble: &Trouble| match trouble {
        Trouble::Database => "start-trouble-database",
        Trouble::Waiting => "start-trouble-waiting",
        Trouble::Lost => "start-trouble-lost",
        Trouble::Behind => "start-trouble-behind",
    };
    html! {
        div data-live-say="" {
            @if health.troubles.is_empty() {
                p { span.ww-chip.ww-chip--good { (text.say("start-well")) } }
            }
            @else {
                (h::message(Tone::Warning, html! {
                    p { strong { (text.say("start-wrong")) } }
                    // Others are told that something is wrong, not what.
                    @for trouble in health.troubles.iter().filter(|it| health.numbers.is_some() || **it == Trouble::Database) { p { (text.say(key(trouble))) } }
                }))
            }
        }
        // Not a part of what is said aloud when it changes: its numbers always do.
        @if health.troubles.is_empty() { @if let Some(said) = wikis::in_words(text, &now.wikis) { p { (said) } } }
        @if let Some(numbers) = &health.numbers { div.ww-facts-line { (h::facts(&health_facts(text, numbers))) } }
    }
}

fn health_facts(text: Text, numbers: &HealthNumbers) -> Vec<(String, Markup)> {
    let in_force = html! {
        @if numbers.newest > numbers.snapshot { (text.with("start-health-behind", args![numbers.newest - numbers.snapshot])) }
        @else { (text.say("start-health-current")) }
        " " span.ww-muted { (text.with("start-health-snapshot", args![numbers.snapshot.to_string()])) }
    };
    let filters = html! {
        (text.with("start-health-filters", args![numbers.filters]))
        @if numbers.broken > 0 { " " span.ww-chip.ww-chip--bad { (text.with("start-health-broken", args![numbers.broken])) } }
    };
    vec![
        (
            text.say("start-health-judging"),
            html! { (text.with("start-health-verdicts", args![numbers.verdicts, numbers.in_flight])) },
        ),
        (text.say("start-health-hits"), html! { (text.with("start-health-waiting", args![numbers.waiting])) }),
        (text.say("start-health-changes"), in_force),
        (text.say("start-health-rules"), filters),
    ]
}

/// What is braked, why, since when, and buttons that do something about it at once.
fn braked(visitor: &Visitor, now: &Now) -> Markup {
    let text = visitor.text;
    let row = |it: &BrakedNow| {
        let page = paths::filter_brake(&it.wiki, &it.gid);
        html! {
            li {
                div.ww-item-head {
                    a href=(page) { (h::foreign(&short(&format!("{}: {}", it.gid, it.name)))) }
                    span.ww-muted { (wiki_name(text, &it.wiki)) }
                    @if it.has_hits { a href=(paths::hits_of(&it.wiki, &it.gid)) { (text.say("start-braked-hits")) span.ww-hidden { " " (it.gid) } } }
                }
                @if let Some((since, path)) = it.since {
                    div { (text.rich("start-braked-since", &[text.time(since), html! { (text.say(path_key(path))) }])) }
                    @if it.may_reactivate { (h::form(visitor, &page, html! {
                        input type="hidden" name="latch" value=(it.latch);
                        input type="hidden" name="then" value=(paths::START);
                        div.ww-actions {
                            (h::button_named(Weight::Normal, "because", "attack", &text.say("filters-braking-attack")))
                            (h::button_named(Weight::Normal, "because", "accepted", &text.say("filters-braking-accepted")))
                        }
                    })) }
                }
                @if let Some((until, by, why)) = &it.hold {
                    div { (text.rich("start-held", &[h::moment(*until), h::foreign(by), h::foreign(&short(why))])) }
                }
            }
        }
    };
    html! {
        @if now.braked.iter().any(|it| it.since.is_some()) { p.ww-muted { (text.say("start-braked-what")) } }
        ul.ww-list { @for it in &now.braked { (row(it)) } }
    }
}

/// The worst of them, and where the others are.
fn some_standing_out(text: Text, now: &Now) -> Markup {
    let all = &now.standing_out;
    html! {
        (standing_out(text, all.get(..STANDING_SHOWN).unwrap_or(all)))
        @if all.len() > STANDING_SHOWN {
            p { a href=(with_after(STANDING_OUT, &now.after)) { (text.with("start-standing-out-all", args![all.len()])) } }
        }
    }
}

/// The page with all filters that stand out on the wikis that the start page shows.
pub(super) fn all_standing_out(visitor: &Visitor, now: &Now) -> Page {
    let text = visitor.text;
    let content = html! {
        p { a href=(with_after(paths::START, &now.after)) { (text.say("start-back")) } }
        @if now.standing_out.is_empty() { (h::empty(&text.say("start-standing-out-none"))) }
        @else { (standing_out(text, &now.standing_out)) }
    };
    Page::new(text.say("start-standing-out"), content)
}

fn standing_out(text: Text, filters: &[Standing]) -> Markup {
    let of_mark = |mark: &Mark| match mark {
        Mark::Slow => ("start-mark-slow", "start-why-slow", "ww-chip--warn"),
        Mark::Degraded => ("start-mark-degraded", "start-why-degraded", "ww-chip--warn"),
        Mark::Failing => ("start-mark-failing", "start-why-failing", "ww-chip--bad"),
        Mark::Spike => ("start-mark-spike", "start-why-spike", "ww-chip--warn"),
        Mark::NeverMatched => ("start-mark-never", "start-why-never", "ww-chip--info"),
    };
    let row = |filter: &Standing| {
        let marks: Vec<_> = filter.marks.iter().map(of_mark).collect();
        html! {
            li {
                div.ww-item-head {
                    @for (key, _, look) in &marks { span.ww-chip.(look) { (text.say(key)) } }
                    a href=(paths::filter(&filter.wiki, &filter.gid)) { (h::foreign(&short(&format!("{}: {}", filter.gid, filter.name)))) }
                    span.ww-muted { (wiki_name(text, &filter.wiki)) }
                    a href=(paths::hits_of(&filter.wiki, &filter.gid)) { (text.with("start-matches", args![filter.matches])) }
                }
                @for (_, why, _) in &marks { div.ww-muted { (text.say(why)) } }
            }
        }
    };
    html! { ul.ww-list { @for filter in filters { (row(filter)) } } }
}

pub(super) fn short(name: &str) -> String {
    match name.char_indices().nth(LETTERS_MAX) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

fn changes(visitor: &Visitor, now: &Now) -> Markup {
    let (text, changes) = (visitor.text, &now.changes);
    let wikis: BTreeSet<&WikiId> = changes.iter().map(|change| &change.wiki).collect();
    let own = now.wikis.iter().map(|wiki| &wiki.wiki).find(|wiki| visitor.may(Right::Modify, wiki));
    let row = |change: &Change| {
        let to = change.version.to_string();
        let path = if change.version > 1 {
            paths::filter_diff(&change.wiki, &change.gid, "prev", &to)
        } else {
            paths::filter(&change.wiki, &change.gid)
        };
        html! {
            li {
                div.ww-item-head {
                    (text.time(change.at))
                    (h::foreign(&short(&change.by)))
                    a href=(path) { (h::foreign(&short(&format!("{}: {}", change.gid, change.name)))) }
                    span.ww-muted { (wiki_name(text, &change.wiki)) " · " @if change.version > 1 { (text.with("start-version", args![to.as_str()])) } @else { (text.say("start-created")) } }
                }
            }
        }
    };
    html! {
        @if changes.is_empty() {
            div.ww-empty {
                p { (text.say("start-no-changes")) }
                @if let Some(wiki) = own { p { a href=(paths::new_filter(wiki)) { (text.say("start-first-filter")) } } }
            }
        }
        @else {
            ul.ww-list { @for change in changes { (row(change)) } }
            p {
                (text.say("start-changes-all"))
                @for (place, wiki) in wikis.iter().enumerate() {
                    @if place > 0 { " ·" }
                    " " a href=(paths::filter_changes(wiki)) { (wiki_name(text, wiki)) }
                }
            }
        }
        @if visitor.may(Right::AuditLog, &WikiId::farm()) { p { a href=(paths::AUDIT) { (text.say("start-audit")) } } }
    }
}
