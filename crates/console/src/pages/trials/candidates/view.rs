//! The page of a filter's candidates.

use super::{Candidates, One, ROWS};
use crate::html::{self as h, Column, Field, Weight, text_area, text_field};
use crate::page::Page;
use crate::pages::backtests::foretold;
use crate::pages::filters::colour;
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::{Timestamp, WikiId};
use wikiward_filters::candidates::{Candidate, CandidateRow, DAYS_MAX, Ended, Verdicts};

pub(super) fn page(visitor: &Visitor, candidates: &Candidates) -> Page {
    let text = visitor.text;
    let content = html! {
        (candidates.wrongs.shown(text))
        p.ww-lead { (text.say("trials-candidates-help")) }
        @if let Some(one) = &candidates.one { (shown(visitor, candidates, one)) }
        @else { (h::empty(&text.say("trials-candidates-none"))) }
        @if candidates.list.len() > 1 { (h::section("all", &text.say("trials-candidates-all"), list(text, candidates))) }
        @if candidates.may_start && (candidates.is_enabled || candidates.typed.rules.is_some()) {
            (h::section("start", &text.say("trials-start"), start(visitor, candidates)))
        } @else if candidates.may_start { p.ww-muted { (text.say("trials-not-enabled")) } }
    };
    candidates.head.page(text, "candidates", &content)
}

fn state(text: Text, candidate: &Candidate, now: Timestamp) -> Markup {
    match candidate.ended {
        _ if candidate.is_running(now) => text.rich("trials-runs-until", &[h::moment(candidate.ends_at)]),
        Some((at, Ended::Stopped)) => text.rich("trials-ended-stopped", &[text.time(at)]),
        Some((at, Ended::Promoted)) => text.rich("trials-ended-promoted", &[text.time(at)]),
        Some((at, Ended::Over)) => text.rich("trials-ended-over", &[text.time(at)]),
        None => text.rich("trials-ended-over", &[text.time(candidate.ends_at)]),
    }
}

fn shown(visitor: &Visitor, candidates: &Candidates, one: &One) -> Markup {
    let text = visitor.text;
    let candidate = &one.candidate;
    let count = |count: u64| text.number(i64::try_from(count).unwrap_or(i64::MAX));
    let mut facts = vec![
        (text.say("trials-state"), state(text, candidate, candidates.now)),
        (
            text.say("trials-started-by"),
            html! { (h::foreign(&candidate.started_by.name)) " · " (text.time(candidate.started_at)) },
        ),
        (text.say("trials-base"), html! { (text.number(candidate.base.0.into())) }),
    ];
    if let Some(coverage) = one.numbers.coverage {
        let percent = text.decimal((coverage * 1_000.0).floor() / 10.0, 1);
        let share = html! { (text.with("profile-percent", args![percent])) };
        facts.push((text.say("trials-coverage"), share));
    }
    if !candidate.reason.is_empty() {
        facts.push((text.say("trials-reason"), h::foreign(&candidate.reason)));
    }
    if let Some(errors) = one.numbers.errors.filter(|errors| *errors > 0) {
        facts.push((text.say("trials-errors"), html! { span.ww-bad { (count(errors)) } }));
    }
    html! {
        (h::facts(&facts))
        (h::section("compared", &text.say("trials-compared"), compared(text, one)))
        (h::section("brake", &text.say("backtests-brake"), html! {
            p.ww-muted { (text.say("trials-brake-help")) }
            (foretold(text, &one.forecast))
        }))
        (h::section("rule", &text.say("trials-candidate-rule"), colour::rule(&candidate.rules, &text.say("trials-candidate-rule"), "", &[])))
        (h::section("only-live", &text.say("trials-only-live"), rows(text, &candidates.head.wiki, &one.only_live)))
        (h::section("only-candidate", &text.say("trials-only-candidate"), rows(text, &candidates.head.wiki, &one.only_candidate)))
        (acts(visitor, candidates, candidate))
    }
}

/// How often which of the two matched: all, and people in good standing.
fn compared(text: Text, one: &One) -> Markup {
    let sum = |verdicts: Verdicts, only_good: bool| {
        let meant = one.shares.iter().filter(|share| share.verdicts == verdicts && (share.is_good || !only_good));
        meant.map(|share| share.count).sum::<u64>()
    };
    let cell = |verdicts: Verdicts| {
        let (all, good) = (sum(verdicts, false), sum(verdicts, true));
        html! {
            strong { (text.number(i64::try_from(all).unwrap_or(i64::MAX))) }
            @if good > 0 { " " span.ww-muted.ww-small { (text.with("trials-of-good", args![good])) } }
        }
    };
    let neither = one.numbers.neither.map(|neither| text.number(i64::try_from(neither).unwrap_or(i64::MAX)));
    let columns = [
        Column::of(html! { span.ww-hidden { (text.say("trials-in-force")) } }),
        Column::number(text.say("trials-candidate-matches")),
        Column::number(text.say("trials-candidate-not")),
    ];
    let rows = vec![
        vec![html! { (text.say("trials-live-matches")) }, cell(Verdicts::Both), cell(Verdicts::OnlyLive)],
        vec![
            html! { (text.say("trials-live-not")) },
            cell(Verdicts::OnlyCandidate),
            html! {
                @match neither {
                    Some(neither) => { strong { (neither) } }
                    None => { span.ww-muted { "–" } }
                }
            },
        ],
    ];
    let undecided = sum(Verdicts::Undecided, false);
    html! {
        (h::table(&text.say("trials-compared"), &columns, &rows))
        @if undecided > 0 { p { (text.with("trials-undecided-count", args![undecided])) } }
    }
}

fn rows(text: Text, wiki: &WikiId, rows: &[CandidateRow]) -> Markup {
    if rows.is_empty() {
        return h::empty(&text.say("trials-rows-none"));
    }
    let columns = [
        Column::text(text.say("trials-when")),
        Column::text(text.say("trials-who")),
        Column::text(text.say("trials-page")),
        Column::text(text.say("trials-decision")),
    ];
    let row = |row: &CandidateRow| {
        vec![
            text.time(row.key.at),
            html! {
                (h::foreign(&row.actor_name))
                @if row.is_good { " " span.ww-chip.ww-chip--info { (text.say("trials-good")) } }
            },
            html! { (h::foreign(&row.target_title)) @if row.wiki != *wiki { " · " bdi { (row.wiki.as_str()) } } },
            html! { (crate::pages::hits::decision(text, &row.decision)) },
        ]
    };
    let rows: Vec<Vec<Markup>> = rows.iter().map(row).collect();
    html! {
        (h::table(&text.say("trials-rows"), &columns, &rows))
        p.ww-muted { (text.with("trials-rows-help", args![ROWS])) }
    }
}

fn acts(visitor: &Visitor, candidates: &Candidates, candidate: &Candidate) -> Markup {
    let text = visitor.text;
    let action = paths::filter_candidates(&candidates.head.wiki, &candidates.head.gid);
    let id = candidate.id.to_string();
    let is_promoted = candidate.ended.is_some_and(|(_, why)| why == Ended::Promoted);
    html! {
        @if candidates.may_promote && !is_promoted {
            (h::section("promote", &text.say("trials-promote"), html! {
                p { (text.say("trials-promote-help")) }
                @if candidate.base.0 != candidates.version {
                    (h::message(Tone::Warning, html! { (text.with("trials-base-old", args![candidate.base.0, candidates.version])) }))
                }
                (h::form(visitor, &action, html! {
                    input type="hidden" name="candidate" value=(id);
                    input type="hidden" name="base" value=(candidates.version);
                    (text_field(&Field {
                        name: "promote_reason",
                        label: &text.say("trials-promote-reason"),
                        value: &candidates.typed.promote_reason,
                        wrong: candidates.wrongs.at("promote_reason"),
                        letters_max: Some(500),
                        ..Field::default()
                    }))
                    div.ww-actions { (h::button_named(Weight::Primary, "do", "promote", &text.say("trials-promote-do"))) }
                }))
            }))
        }
        @if candidates.may_start && candidate.is_running(candidates.now) {
            (h::form(visitor, &action, html! {
                input type="hidden" name="candidate" value=(id);
                div.ww-actions { (h::button_named(Weight::Normal, "do", "stop", &text.say("trials-stop"))) }
            }))
        }
    }
}

fn list(text: Text, candidates: &Candidates) -> Markup {
    let path = paths::filter_candidates(&candidates.head.wiki, &candidates.head.gid);
    html! {
        ul.ww-list {
            @for candidate in &candidates.list {
                li {
                    a href=(format!("{path}?candidate={}", candidate.id)) { (text.time(candidate.started_at)) }
                    " " (h::foreign(&candidate.started_by.name)) " · " (state(text, candidate, candidates.now))
                    @if !candidate.reason.is_empty() { " · " (h::foreign(&candidate.reason)) }
                }
            }
        }
    }
}

fn start(visitor: &Visitor, candidates: &Candidates) -> Markup {
    let text = visitor.text;
    let typed = &candidates.typed;
    let rules = typed.rules.as_deref().unwrap_or(&candidates.rules);
    let days = if typed.days.is_empty() { "7" } else { &typed.days };
    let rows = u32::try_from(rules.lines().count()).unwrap_or(10).clamp(6, 30);
    let action = paths::filter_candidates(&candidates.head.wiki, &candidates.head.gid);
    h::form(
        visitor,
        &action,
        html! {
            (text_area(&Field { name: "rules", label: &text.say("trials-start-rules"), value: rules, help: Some(text.say("trials-start-rules-help")), wrong: candidates.wrongs.at("rules"), is_code: true, ..Field::default() }, rows))
            (text_field(&Field { name: "days", label: &text.with("trials-start-days", args![DAYS_MAX]), value: days, wrong: candidates.wrongs.at("days"), is_code: true, ..Field::default() }))
            (text_field(&Field { name: "reason", label: &text.say("trials-start-reason"), value: &typed.reason, wrong: candidates.wrongs.at("reason"), letters_max: Some(500), ..Field::default() }))
            div.ww-actions { (h::button_named(Weight::Primary, "do", "start", &text.say("trials-start-do"))) }
        },
    )
}
