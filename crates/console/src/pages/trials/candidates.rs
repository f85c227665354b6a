//! Candidates of a filter: what a changed rule does differently beside it, and making it the next version.

use super::Head;
use crate::args;
use crate::fault::Fault;
use crate::form::Form;
use crate::html::{self as h, Column, Field, Weight, text_area, text_field};
use crate::page::Page;
use crate::pages::filters::{Place, colour, finding};
use crate::pages::hits::sight;
use crate::pages::sample::{Sample, SampleRights};
use crate::paths;
use crate::state::Console;
use crate::text::Text;
use crate::visit::{Flash, Tone, Visitor, go_to};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use wikiward_farm::clock::from_micros;
use wikiward_farm::{Id, Limit, Right, Timestamp, WikiId};
use wikiward_filters::candidates::{
    Candidate, CandidateError, CandidateRow, DAYS_MAX, Ended, Promote, Share, Start, Totals, Verdicts,
};
use wikiward_filters::hits::list::{HitKey, Log};
use wikiward_filters::life::SaveError;
use wikiward_filters::model::{Editor, FilterKey, FilterNumber, State as Life, Version};

/// Actions of each kind that are shown, the newest ones.
const ROWS: i64 = 20;

/// Which candidate is to be shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    candidate: String,
}

/// What the page shows.
#[derive(Debug, Clone)]
struct Candidates {
    head: Head,
    /// The version in force, and its rule.
    version: u32,
    rules: String,
    is_enabled: bool,
    list: Vec<Candidate>,
    one: Option<One>,
    may_start: bool,
    may_promote: bool,
    typed: Typed,
    wrong: Vec<String>,
    now: Timestamp,
}

/// A candidate with what came of it.
#[derive(Debug, Clone)]
struct One {
    candidate: Candidate,
    shares: Vec<Share>,
    only_live: Vec<CandidateRow>,
    only_candidate: Vec<CandidateRow>,
}

/// What was typed into the form.
#[derive(Debug, Clone, Default)]
struct Typed {
    rules: Option<String>,
    days: String,
    reason: String,
    promote_reason: String,
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, gid }: Place,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    let candidates = load(&console, &visitor, &wiki, &gid, wanted.candidate.parse().ok()).await?;
    Ok(page(&visitor, &candidates).show(&visitor))
}

async fn load(
    console: &Console,
    visitor: &Visitor,
    wiki: &WikiId,
    gid: &str,
    wanted: Option<Id>,
) -> Result<Candidates, Fault> {
    let (filter, list) = console.filters.candidates(&visitor.viewer, wiki, gid).await?;
    visitor.need(Right::Log, wiki)?;
    let owner = &filter.key.wiki;
    let chosen = match wanted {
        Some(id) => Some(list.iter().find(|candidate| candidate.id == id).ok_or(Fault::NotFound)?),
        None => list.first(),
    };
    let one = match chosen {
        Some(candidate) => Some(one(console, visitor, wiki, candidate).await?),
        None => None,
    };
    let edit = if owner.is_farm() { Right::ModifyGlobal } else { Right::Modify };
    Ok(Candidates {
        head: Head::new(visitor, wiki, &filter),
        version: filter.version.0,
        rules: filter.draft.rules.clone(),
        is_enabled: filter.draft.state == Life::Enabled,
        one,
        list,
        may_start: visitor.is_signed_in(),
        may_promote: visitor.is_signed_in() && visitor.may(edit, owner),
        typed: Typed::default(),
        wrong: Vec::new(),
        now: console.clock.now(),
    })
}

async fn one(console: &Console, visitor: &Visitor, wiki: &WikiId, candidate: &Candidate) -> Result<One, Fault> {
    let sight = sight(console, &visitor.viewer, wiki).await?;
    let log = if wiki.is_farm() { Log::Farm } else { Log::Wiki(wiki.clone()) };
    let limit = Limit::new(ROWS).unwrap_or_default();
    let filters = &console.filters;
    let only_live = filters.candidate_actions(candidate, Verdicts::OnlyLive, &log, None, limit, &sight).await?;
    let only_candidate =
        filters.candidate_actions(candidate, Verdicts::OnlyCandidate, &log, None, limit, &sight).await?;
    Ok(One {
        candidate: candidate.clone(),
        shares: filters.candidate_shares(candidate, &log, &sight).await?,
        only_live: only_live.items,
        only_candidate: only_candidate.items,
    })
}

/// Starts a candidate, stops one, or makes one the next version.
pub(super) async fn act(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, gid }: Place,
    form: Form,
) -> Result<Response, Fault> {
    visitor.need_session()?;
    let text = visitor.text;
    let path = paths::filter_candidates(&wiki, &gid);
    let named = form.get("candidate").parse::<Id>().ok();
    let viewer = &visitor.viewer;
    let done = match (form.get("do"), named) {
        ("start", _) => {
            let start = Start {
                rules: form.get("rules").replace("\r\n", "\n"),
                actions: None,
                days: form.get("days").trim().parse().unwrap_or(0),
                reason: form.get("reason").trim().to_owned(),
            };
            console.filters.start_candidate(viewer, &wiki, &gid, &start).await.map(|_| "trials-started")
        }
        ("stop", Some(id)) => {
            console.filters.stop_candidate(viewer, &wiki, &gid, id, "").await.map(|_| "trials-stopped")
        }
        ("promote", Some(id)) => {
            let base = form.get("base").parse().map(Version).map_err(|_| Fault::BadForm)?;
            let reason = form.get("promote_reason").trim().to_owned();
            let promote = Promote { skip_backtest_reason: reason.clone(), reason, override_tests: String::new() };
            let promoted = console.filters.promote_candidate(viewer, &wiki, &gid, id, base, &promote).await;
            promoted.map(|_| "trials-promoted")
        }
        _ => return Err(Fault::BadForm),
    };
    let flash = match done {
        Ok("trials-promoted") => {
            let flash = Flash::done("trials-promoted", &[&gid]);
            return Ok(flash.on(&console.sealer, console.is_secure, go_to(&paths::filter(&wiki, &gid))));
        }
        Ok(key) => Flash::done(key, &[&gid]),
        Err(CandidateError::Ended) => Flash::new(Tone::Notice, "trials-has-ended", &[]),
        Err(CandidateError::NotEnabled) => Flash::new(Tone::Wrong, "trials-not-enabled", &[]),
        Err(CandidateError::Save(SaveError::Conflict(_) | SaveError::NoSuchVersion(_))) => {
            Flash::new(Tone::Warning, "trials-changed-meanwhile", &[])
        }
        Err(CandidateError::Bad { .. } | CandidateError::Invalid(_)) => {
            let mut candidates = load(&console, &visitor, &wiki, &gid, named).await?;
            candidates.typed = Typed {
                rules: form.find("rules").map(|rules| rules.replace("\r\n", "\n")),
                days: form.get("days").to_owned(),
                reason: form.get("reason").to_owned(),
                promote_reason: form.get("promote_reason").to_owned(),
            };
            candidates.wrong = match done {
                Err(CandidateError::Invalid(found)) => found.errors.iter().map(|it| finding(text, it)).collect(),
                Err(CandidateError::Bad { field: "days", .. }) => vec![text.with("trials-wrong-days", args![DAYS_MAX])],
                Err(CandidateError::Bad { field: "rules", .. }) => vec![text.say("trials-wrong-same")],
                _ => vec![text.say("trials-wrong-reason")],
            };
            return Ok(page(&visitor, &candidates).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor));
        }
        Err(error) => return Err(error.into()),
    };
    Ok(flash.on(&console.sealer, console.is_secure, go_to(&path)))
}

impl From<CandidateError> for Fault {
    fn from(error: CandidateError) -> Self {
        match error {
            CandidateError::Forbidden(right) => Self::Forbidden(right),
            CandidateError::Store(error) => error.into(),
            CandidateError::Save(error) => error.into(),
            _ => Self::NotFound,
        }
    }
}

fn page(visitor: &Visitor, candidates: &Candidates) -> Page {
    let text = visitor.text;
    let content = html! {
        @if !candidates.wrong.is_empty() {
            (h::message(Tone::Wrong, html! { @for wrong in &candidates.wrong { p { (wrong) } } }))
        }
        p { (text.say("trials-candidates-help")) }
        @if let Some(one) = &candidates.one { (shown(visitor, candidates, one)) }
        @else { (h::empty(&text.say("trials-candidates-none"))) }
        @if candidates.list.len() > 1 { (h::section("all", &text.say("trials-candidates-all"), list(text, candidates))) }
        @if candidates.may_start && candidates.is_enabled {
            (h::section("start", &text.say("trials-start"), start(visitor, candidates)))
        } @else if candidates.may_start { p.ww-muted { (text.say("trials-not-enabled")) } }
    };
    candidates.head.page(text, "candidates", &content)
}

fn state(text: Text, candidate: &Candidate, now: Timestamp) -> Markup {
    match candidate.ended {
        _ if candidate.is_running(now) => text.rich("trials-runs-until", &[text.time(candidate.ends_at)]),
        Some((at, Ended::Stopped)) => text.rich("trials-ended-stopped", &[text.time(at)]),
        Some((at, Ended::Promoted)) => text.rich("trials-ended-promoted", &[text.time(at)]),
        Some((at, Ended::Over)) => text.rich("trials-ended-over", &[text.time(at)]),
        None => text.rich("trials-ended-over", &[text.time(candidate.ends_at)]),
    }
}

fn shown(visitor: &Visitor, candidates: &Candidates, one: &One) -> Markup {
    let text = visitor.text;
    let candidate = &one.candidate;
    let totals = &candidate.totals;
    let count = |count: u64| text.number(i64::try_from(count).unwrap_or(i64::MAX));
    let mut facts = vec![
        (text.say("trials-state"), state(text, candidate, candidates.now)),
        (
            text.say("trials-started-by"),
            html! { (h::foreign(&candidate.started_by.name)) " " (text.time(candidate.started_at)) },
        ),
        (text.say("trials-base"), html! { (text.number(candidate.base.0.into())) }),
        (text.say("trials-coverage"), html! { (text.decimal((totals.coverage() * 1_000.0).floor() / 10.0, 1)) " %" }),
    ];
    if !candidate.reason.is_empty() {
        facts.push((text.say("trials-reason"), h::foreign(&candidate.reason)));
    }
    if totals.errors > 0 {
        facts.push((text.say("trials-errors"), html! { span.ww-bad { (count(totals.errors)) } }));
    }
    html! {
        (h::facts(&facts))
        (h::section("compared", &text.say("trials-compared"), compared(text, one)))
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
    let neither = text.number(i64::try_from(one.candidate.totals.neither).unwrap_or(i64::MAX));
    let columns = [
        Column::text(text.say("trials-in-force")),
        Column::number(text.say("trials-candidate-matches")),
        Column::number(text.say("trials-candidate-not")),
    ];
    let rows = vec![
        vec![html! { (text.say("trials-live-matches")) }, cell(Verdicts::Both), cell(Verdicts::OnlyLive)],
        vec![html! { (text.say("trials-live-not")) }, cell(Verdicts::OnlyCandidate), html! { strong { (neither) } }],
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
            (text_area(&Field { name: "rules", label: &text.say("trials-start-rules"), value: rules, help: Some(text.say("trials-start-rules-help")), is_code: true, ..Field::default() }, rows))
            (text_field(&Field { name: "days", label: &text.with("trials-start-days", args![DAYS_MAX]), value: days, is_code: true, ..Field::default() }))
            (text_field(&Field { name: "reason", label: &text.say("trials-start-reason"), value: &typed.reason, letters_max: Some(500), ..Field::default() }))
            div.ww-actions { (h::button_named(Weight::Primary, "do", "start", &text.say("trials-start-do"))) }
        },
    )
}

/// The page in its states.
pub(super) fn samples() -> Vec<Sample> {
    let sample = |state, make| Sample { page: "trials/candidates", state, rights: SampleRights::Editor, make };
    vec![
        sample("empty", |visitor| page(visitor, &made(visitor, Vec::new(), None))),
        sample("one", |visitor| {
            let candidate = candidate(1, "fewer false positives", None);
            page(visitor, &made(visitor, vec![candidate.clone()], Some(compared_one(candidate, "Ada’s page"))))
        }),
        sample("many, long text, right to left", |visitor| {
            let reason = "مرحبا <script>\u{202e}".repeat(12);
            let at = from_micros(1_790_000_000_000_000);
            let list = vec![
                candidate(1, &reason, None),
                candidate(2, &reason, Some((at, Ended::Stopped))),
                candidate(3, "", Some((at, Ended::Promoted))),
                candidate(4, "", Some((at, Ended::Over))),
            ];
            let one = list.first().cloned().map(|first| compared_one(first, &"Donaudampfschiff".repeat(20)));
            page(visitor, &Candidates { version: 9, ..made(visitor, list, one) })
        }),
        sample("error", |visitor| {
            let typed = Typed { rules: Some("a &".into()), days: "99".into(), ..Typed::default() };
            let wrong = vec![visitor.text.with("trials-wrong-days", args![DAYS_MAX])];
            page(visitor, &Candidates { typed, wrong, ..made(visitor, Vec::new(), None) })
        }),
        sample("not to be changed", |visitor| {
            let candidate = candidate(1, "", None);
            let one = One { shares: Vec::new(), ..compared_one(candidate.clone(), "x") };
            let one = One { only_live: Vec::new(), only_candidate: Vec::new(), ..one };
            let made = made(visitor, vec![candidate], Some(one));
            page(visitor, &Candidates { may_start: false, may_promote: false, ..made })
        }),
        sample("not enabled", |visitor| {
            page(visitor, &Candidates { is_enabled: false, ..made(visitor, Vec::new(), None) })
        }),
    ]
}

fn made(visitor: &Visitor, list: Vec<Candidate>, one: Option<One>) -> Candidates {
    Candidates {
        head: Head::sample(visitor),
        version: 3,
        rules: "summary contains \"spam\"".into(),
        is_enabled: true,
        list,
        one,
        may_start: true,
        may_promote: true,
        typed: Typed::default(),
        wrong: Vec::new(),
        now: from_micros(1_790_000_000_000_000),
    }
}

fn candidate(number: u8, reason: &str, ended: Option<(Timestamp, Ended)>) -> Candidate {
    Candidate {
        id: Id::from_bytes([number; 16]),
        key: FilterKey { wiki: WikiId::farm(), number: FilterNumber(17) },
        base: Version(3),
        rules: "summary contains \"spam\" &\nuser_editcount < 10".into(),
        actions: None,
        uses_protected: Vec::new(),
        reason: reason.into(),
        started_at: from_micros(1_789_900_000_000_000),
        started_by: Editor { key: "account:1".into(), name: "<b>Ada".into(), number: Some(1) },
        ends_at: from_micros(1_790_500_000_000_000),
        ended,
        totals: Totals { runs: 12_345, neither: 12_300, errors: 2, dropped: 17, ..Totals::default() },
    }
}

fn compared_one(candidate: Candidate, title: &str) -> One {
    let share = |verdicts, is_good, count| Share { verdicts, is_good, decision: "refuse".into(), count };
    let row = |number: u8, verdicts| CandidateRow {
        key: HitKey { at: from_micros(1_790_000_000_000_000), hit_id: Id::from_bytes([number; 16]) },
        verdicts,
        is_good: number % 2 == 1,
        wiki: WikiId::farm(),
        evaluation_id: Id::from_bytes([9; 16]),
        version: Version(3),
        action_id: "a1".into(),
        kind: "edit".into(),
        actor_id: Some(1),
        actor_name: "Example".into(),
        actor_type: "named".into(),
        target_ns: 0,
        target_title: title.into(),
        target_page_id: None,
        decision: "refuse".into(),
        rev_id: None,
        variables: None,
    };
    One {
        candidate,
        shares: vec![
            share(Verdicts::Both, false, 30),
            share(Verdicts::OnlyLive, true, 8),
            share(Verdicts::OnlyLive, false, 3),
            share(Verdicts::OnlyCandidate, false, 2),
            share(Verdicts::Undecided, false, 2),
        ],
        only_live: vec![row(1, Verdicts::OnlyLive), row(2, Verdicts::OnlyLive)],
        only_candidate: vec![row(4, Verdicts::OnlyCandidate)],
    }
}
