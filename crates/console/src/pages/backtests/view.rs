//! A backtest as a page, while it runs and after; and the list of them.

use super::forecast::foretold;
use crate::html::{self as h, Column, Weight};
use crate::page::Page;
use crate::pages::hits::{actor_kind, kind};
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use std::collections::BTreeMap;
use wikiward_farm::clock::from_micros;
use wikiward_farm::{ActorType, Id, Timestamp, WikiId};
use wikiward_filters::backtest::forecast::{Forecast, ForeseenLatch, NoForecast};
use wikiward_filters::backtest::{
    Against, BacktestAsk, Counts, CutWhy, Diff, DiffClass, Estimate, Example, Job, JobState, Progress, Report, Spread,
};

/// Seconds after which the page of a backtest at work is asked for again.
const AGAIN_S: u32 = 3;

/// Variables that are named as not known.
const MISSING_MAX: usize = 10;

/// Characters of a rule that lists show.
const RULE_CHARACTERS_MAX: usize = 80;

/// A backtest, and actions to look at.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) job: Job,
    pub(super) examples: Vec<(DiffClass, Vec<Example>)>,
}

pub(super) fn list(visitor: &Visitor, wiki: &WikiId, jobs: &[Job]) -> Page {
    let text = visitor.text;
    let columns = [
        Column::text(text.say("backtests-when")),
        Column::text(text.say("backtests-state")),
        Column::text(text.say("backtests-rule")),
        Column::number(text.say("backtests-actions")),
        Column::number(text.say("backtests-match")),
    ];
    let row = |job: &Job| {
        let rule: String = job.ask.rules.chars().take(RULE_CHARACTERS_MAX).collect();
        vec![
            html! { a href=(paths::backtest(wiki, &job.id.to_string())) { (text.time(job.created_at)) } },
            state(text, job.state),
            html! { code { (h::foreign(&rule)) } },
            number(text, job.report.actions),
            number(text, job.report.counts.matched),
        ]
    };
    let rows: Vec<Vec<Markup>> = jobs.iter().map(row).collect();
    let content = html! {
        p.ww-lead { (text.say("backtests-help")) }
        @if rows.is_empty() { (h::empty_but(&text.say("backtests-none"), &paths::filters(wiki), &text.say("backtests-to-filters"))) }
        @else { (h::table(&text.say("backtests-title"), &columns, &rows)) }
    };
    Page::new(text.say("backtests-title"), content).on(wiki)
}

pub(super) fn page(visitor: &Visitor, shown: &Shown) -> Page {
    let text = visitor.text;
    let Shown { job, examples } = shown;
    let report = &job.report;
    let is_running = job.state == JobState::Running;
    let content = html! {
        p { (state(text, job.state)) " " (text.time(job.created_at)) }
        @if is_running { (progress(visitor, job)) }
        @if matches!(job.state, JobState::Interrupted | JobState::Failed | JobState::Cancelled) {
            (h::message(Tone::Warning, html! { (text.say("backtests-not-whole")) }))
        }
        @if let Some(cut) = report.cut {
            (h::message(Tone::Notice, html! { (text.say(match cut { CutWhy::Max => "backtests-cut-max", CutWhy::Time => "backtests-cut-time" })) }))
        }
        @if report.actions == 0 && !is_running { (h::empty(&text.say("backtests-nothing"))) }
        @if report.actions > 0 {
            (known(text, report))
            (h::section("found", &text.say("backtests-found"), found(text, job)))
            @if let Some(forecast) = &report.forecast {
                (h::section("brake", &text.say("backtests-brake"), foretold(text, forecast)))
            }
            @for (class, actions) in examples.iter().filter(|(_, actions)| !actions.is_empty()) {
                (h::section(class.name(), &text.say(class_key(*class, report.diff.is_some())), actions_of(text, job, actions)))
            }
            (h::section("split", &text.say("backtests-split"), splits(text, report)))
        }
        (h::section("rule", &text.say("backtests-rule"), html! {
            @if let Some(against) = &job.ask.against {
                p { (text.rich("backtests-against", &[html! { a href=(paths::filter(&job.wiki, &against.gid)) { (against.gid) } }, html! { (against.version.map_or(0, |version| version.0)) }])) }
            }
            pre.ww-rule dir="ltr" { code { (h::visible(&job.ask.rules)) } }
        }))
    };
    let page = Page::new(text.say("backtests-one"), content).on(&job.wiki).actions(h::link_button(
        Weight::Quiet,
        &paths::backtests(&job.wiki),
        &text.say("backtests-title"),
    ));
    if is_running { page.again_in(AGAIN_S) } else { page }
}

fn number(text: Text, number: u64) -> Markup {
    html! { (text.number(i64::try_from(number).unwrap_or(i64::MAX))) }
}

fn percent(text: Text, share: f64) -> String {
    text.with("backtests-percent", args![&text.decimal(share * 100.0, 1)])
}

fn state(text: Text, state: JobState) -> Markup {
    let (kind, key) = match state {
        JobState::Running => ("shadow", "backtests-running"),
        JobState::Done => ("enabled", "backtests-done"),
        JobState::Cancelled => ("disabled", "backtests-cancelled"),
        JobState::Interrupted => ("disabled", "backtests-interrupted"),
        JobState::Failed => ("disabled", "backtests-failed"),
    };
    h::chip(kind, &text.say(key))
}

/// How far it is; the page comes anew by itself, and by a link.
fn progress(visitor: &Visitor, job: &Job) -> Markup {
    let text = visitor.text;
    let share = job.progress.share.clamp(0.0, 1.0);
    let left = job.progress.left_s.map(|left| text.with("backtests-left", args![&left.to_string()]));
    let id = job.id.to_string();
    html! {
        p {
            progress max="1" value=(format!("{share:.3}")) aria-label=(text.say("backtests-progress")) {}
            " " (percent(text, share))
            @if let Some(left) = left { " · " (left) }
        }
        div.ww-actions {
            (h::link_button(Weight::Normal, &paths::backtest(&job.wiki, &id), &text.say("backtests-again")))
            (h::form(visitor, &format!("{}/cancel", paths::backtest(&job.wiki, &id)), html! {
                (h::button(Weight::Quiet, &text.say("backtests-cancel")))
            }))
        }
    }
}

/// What could not be decided stands first: all other numbers are to be read with it.
fn known(text: Text, report: &Report) -> Markup {
    let share = report.counts.undecided_share();
    if report.counts.undecided == 0 {
        return html! { p { (text.say("backtests-all-decided")) } };
    }
    let missing = report.missing.iter().take(MISSING_MAX);
    h::message(
        Tone::Notice,
        html! {
            p { strong { (percent(text, share)) } " " (text.say("backtests-undecided-help")) }
            ul { @for (name, times) in missing { li { code { (name) } " · " (number(text, *times)) } } }
        },
    )
}

fn found(text: Text, job: &Job) -> Markup {
    let report = &job.report;
    let Counts { matched, no_match, undecided, error } = report.counts;
    let mut rows = vec![
        (text.say("backtests-actions"), number(text, report.actions)),
        (text.say("backtests-undecided"), number(text, undecided)),
        (text.say("backtests-match"), html! { strong { (number(text, matched)) } }),
        (text.say("backtests-no-match"), number(text, no_match)),
    ];
    if error > 0 {
        rows.push((text.say("backtests-error"), html! { span.ww-bad { (number(text, error)) } }));
    }
    if let Some(Diff { gained, lost, both, .. }) = report.diff {
        rows.push((text.say("backtests-gained"), number(text, gained)));
        rows.push((text.say("backtests-lost"), number(text, lost)));
        rows.push((text.say("backtests-both"), number(text, both)));
    }
    for (key, estimate) in
        [("backtests-per-day", report.per_day), ("backtests-undecided-per-day", report.undecided_per_day)]
    {
        if let Some(Estimate { value, low, high }) = estimate {
            let [value, low, high] = [value, low, high].map(|it| text.decimal(it, usize::from(it < 100.0)));
            rows.push((text.say(key), html! { (text.with("backtests-interval", args![&value, &low, &high])) }));
        }
    }
    if let Some(oldest) = report.oldest {
        rows.push((text.say("backtests-oldest"), text.time(from_micros(oldest))));
    }
    for (key, Spread { p50, p95, max }) in
        [("backtests-conditions", report.conditions), ("backtests-time", report.time_us)]
    {
        let [p50, p95, max] = [p50, p95, max].map(|it| text.number(i64::try_from(it).unwrap_or(i64::MAX)));
        rows.push((text.say(key), html! { (text.with("backtests-spread", args![&p50, &p95, &max])) }));
    }
    h::facts(&rows)
}

const fn class_key(class: DiffClass, is_compared: bool) -> &'static str {
    match class {
        DiffClass::Gained if is_compared => "backtests-gained",
        DiffClass::Gained => "backtests-match",
        DiffClass::Lost => "backtests-lost",
        DiffClass::Both => "backtests-both",
        DiffClass::Undecided => "backtests-undecided",
    }
}

fn actions_of(text: Text, job: &Job, actions: &[Example]) -> Markup {
    html! {
        ul.ww-list {
            @for action in actions {
                li {
                    div.ww-item-head {
                        @match action.hit_id {
                            Some(hit) => a href=(paths::hit(&job.wiki, &hit.to_string())) { (title(text, action)) },
                            None => span { (title(text, action)) },
                        }
                        span.ww-chip { (text.say(outcome_key(action.outcome))) }
                        @if let Some(missing) = &action.missing { code { (missing) } }
                    }
                    div.ww-muted.ww-small {
                        @if action.actor_name.is_empty() { (text.say("backtests-unregistered")) }
                        @else { (h::foreign(&action.actor_name)) }
                        " · " (text.time(action.at)) " · " (kind(text, &action.kind))
                        @if action.wiki != job.wiki { " · " (action.wiki) }
                    }
                }
            }
        }
    }
}

fn title(text: Text, action: &Example) -> Markup {
    if action.target_title.is_empty() {
        html! { (text.say("backtests-untitled")) }
    } else {
        h::foreign(&action.target_title)
    }
}

fn outcome_key(outcome: &str) -> &'static str {
    match outcome {
        "saved" => "backtests-outcome-saved",
        "reverted" => "backtests-outcome-reverted",
        "refused" => "backtests-outcome-refused",
        "failed" => "backtests-outcome-failed",
        _ => "backtests-outcome-unknown",
    }
}

fn standing_key(standing: &str) -> &'static str {
    match standing {
        "good" => "backtests-standing-good",
        "other" => "backtests-standing-other",
        _ => "backtests-standing-unknown",
    }
}

fn splits(text: Text, report: &Report) -> Markup {
    html! {
        (split(text, "backtests-by-outcome", &report.by_outcome, &|name| text.say(outcome_key(name))))
        (split(text, "backtests-by-standing", &report.by_standing, &|name| text.say(standing_key(name))))
        (split(text, "backtests-by-actor", &report.by_actor_type, &|name| actor_kind(text, name)))
        (split(text, "backtests-by-kind", &report.by_kind, &|name| kind(text, name)))
    }
}

fn split(text: Text, key: &str, counts: &BTreeMap<String, Counts>, name: &dyn Fn(&str) -> String) -> Markup {
    let columns = [
        Column::text(text.say(key)),
        Column::number(text.say("backtests-match")),
        Column::number(text.say("backtests-no-match")),
        Column::number(text.say("backtests-undecided")),
    ];
    let row = |(word, counts): (&String, &Counts)| {
        let of = [counts.matched, counts.no_match + counts.error, counts.undecided];
        let mut cells = vec![html! { (name(word)) }];
        cells.extend(of.map(|count| number(text, count)));
        cells
    };
    let rows: Vec<Vec<Markup>> = counts.iter().map(row).collect();
    h::table(&text.say(key), &columns, &rows)
}

/// The pages in their states.
pub(crate) fn samples() -> Vec<Sample> {
    let of_list = |state, make| Sample { page: "backtests/list", state, rights: SampleRights::Editor, make };
    let of_one = |state, make| Sample { page: "backtests/one", state, rights: SampleRights::Editor, make };
    vec![
        of_list("empty", |visitor| list(visitor, &wiki(visitor), &[])),
        of_list("many", |visitor| {
            let jobs: Vec<Job> = JobState::ALL.into_iter().map(|state| job(visitor, state)).collect();
            list(visitor, &wiki(visitor), &jobs)
        }),
        of_one("at work", |visitor| {
            let mut job = job(visitor, JobState::Running);
            job.report.forecast = None;
            page(visitor, &Shown { job, examples: examples(visitor) })
        }),
        of_one("done, braked, hostile texts", |visitor| {
            page(visitor, &Shown { job: job(visitor, JobState::Done), examples: examples(visitor) })
        }),
        of_one("done, nothing kept", |visitor| {
            let mut job = job(visitor, JobState::Done);
            job.report = Report::default();
            page(visitor, &Shown { job, examples: Vec::new() })
        }),
        of_one("interrupted, alone", |visitor| {
            let mut job = job(visitor, JobState::Interrupted);
            (job.ask.against, job.report.diff, job.report.cut) = (None, None, Some(CutWhy::Time));
            (job.report.counts.undecided, job.report.missing) = (0, Vec::new());
            job.report.forecast = Some(Forecast { none: Some(NoForecast::Harmless), ..Forecast::default() });
            page(visitor, &Shown { job, examples: Vec::new() })
        }),
    ]
}

fn wiki(visitor: &Visitor) -> WikiId {
    visitor.wikis.first().map_or_else(WikiId::farm, |(wiki, _)| wiki.clone())
}

fn job(visitor: &Visitor, state: JobState) -> Job {
    let counts = Counts { matched: 31, no_match: 90_000, undecided: 9_969, error: 2 };
    let by = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), counts)).collect();
    let at = Timestamp::from_second(1_790_000_000).unwrap_or_default();
    let latch = ForeseenLatch {
        at: 1_790_000_000_000_000,
        wiki: "enwiki".into(),
        class: "O".into(),
        path: "A".into(),
        kind: "edit".into(),
        people: 5,
        ranges: 3,
        sum: 12.1,
        threshold: 11.2,
        matched_origins: 9,
        all_origins: 212,
        destroyed: (0, 0),
    };
    let report = Report {
        actions: counts.all(),
        stand_for: 1_200_000.0,
        counts,
        missing: vec![("page_age".into(), 9_000), ("old_links".into(), 969)],
        diff: Some(Diff { gained: 12, lost: 3, both: 19, neither: 89_000, undecided: 9_969 }),
        per_day: Some(Estimate { value: 12.34, low: 8.1, high: 218.9 }),
        undecided_per_day: Some(Estimate { value: 1_234.5, low: 1_100.0, high: 1_400.0 }),
        days: 14.0,
        by_kind: by(&["edit", "move"]),
        by_standing: by(&["good", "other", "unknown"]),
        by_actor_type: by(&["named", "temp"]),
        by_outcome: by(&["saved", "reverted", "refused", "failed", "unknown"]),
        conditions: Spread { p50: 3, p95: 8, max: 40 },
        time_us: Spread { p50: 12, p95: 96, max: 12_938 },
        forecast: Some(Forecast {
            replayed: 60_000,
            coverage: 0.05,
            consequences: vec!["disallow".into()],
            matches: 6,
            latch: Some(latch),
            none: None,
        }),
        cut: None,
        oldest: Some(1_789_000_000_000_000),
    };
    let rules = "user_name == '<script>' & /* مرحبا */ page_age > 5 \u{202e}";
    let mut ask = BacktestAsk::new("default", rules);
    ask.against = Some(Against { gid: "17".into(), version: Some(wikiward_filters::model::Version(9)) });
    Job {
        id: Id::from_bytes([7; 16]),
        wiki: wiki(visitor),
        by_name: "Sample editor".into(),
        state,
        created_at: at,
        ended_at: (state != JobState::Running).then_some(at),
        progress: Progress { share: 0.43, per_second: 12_000.0, left_s: Some(7) },
        ask,
        report,
    }
}

fn examples(visitor: &Visitor) -> Vec<(DiffClass, Vec<Example>)> {
    let at = Timestamp::from_second(1_790_000_000).unwrap_or_default();
    let one = |actor: &str, title: &str, hit: bool, missing: Option<&str>| Example {
        evaluation_id: Id::from_bytes([8; 16]),
        wiki: wiki(visitor),
        at,
        kind: "edit".into(),
        actor_name: actor.into(),
        actor_type: ActorType::Named,
        standing: "good",
        target_ns: 0,
        target_title: title.into(),
        outcome: "reverted",
        rev_id: Some(5),
        hit_id: hit.then(|| Id::from_bytes([9; 16])),
        missing: missing.map(str::to_owned),
    };
    DiffClass::ALL
        .into_iter()
        .map(|class| {
            let missing = (class == DiffClass::Undecided).then_some("page_age");
            (class, vec![one("<b>مستخدم", &"Long title <i> ".repeat(12), true, missing), one("", "", false, missing)])
        })
        .collect()
}
