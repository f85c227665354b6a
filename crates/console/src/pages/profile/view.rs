//! What the page about the work of filters looks like.

use super::{Length, Order, Report, mean, trouble, whole_time};
use crate::html::{self as h, Bar, Column, Shape, Timeline};
use crate::page::Page;
use crate::pages::filters::{state_key, wiki_name};
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::{Timestamp, WikiId};
use wikiward_filters::model::State as Life;
use wikiward_filters::profile::stats::{FilterLine, GroupStats, GroupStep, WikiStats};
use wikiward_filters::profile::{FilterCounts, GroupCounts, Histogram, Range};

fn length_key(length: Length) -> &'static str {
    match length {
        Length::Hours => "profile-hours",
        Length::Day => "profile-day",
        Length::Week => "profile-week",
        Length::Month => "profile-month",
    }
}

fn order_key(order: Order) -> &'static str {
    match order {
        Order::Time => "profile-by-time",
        Order::Slowest => "profile-by-slowest",
        Order::Conditions => "profile-by-conditions",
        Order::Matches => "profile-by-matches",
        Order::Trouble => "profile-by-trouble",
    }
}

fn number(text: Text, count: u64) -> String {
    text.number(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Microseconds for people: in milliseconds from one on.
fn micros(text: Text, us: u64) -> String {
    if us < 1_000 {
        return text.with("profile-us", args![us]);
    }
    #[expect(clippy::cast_precision_loss, reason = "a time for people")]
    let ms = us as f64 / 1_000.0;
    text.with("profile-ms", args![text.decimal(ms, 1)])
}

/// A share in per cent.
fn share(text: Text, part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".into();
    }
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    let percent = part as f64 * 100.0 / whole as f64;
    text.with("profile-percent", args![text.decimal(percent, 1)])
}

/// The page of a wiki.
pub(super) fn page(visitor: &Visitor, report: &Report) -> Page {
    let text = visitor.text;
    let stats = &report.stats;
    let content = html! {
        p.ww-lead { (text.say("profile-lead")) }
        nav aria-label=(text.say("profile-span")) {
            ul.ww-chips {
                @for length in Length::ALL {
                    li { a href=(report.path(length, report.order)) aria-current=[(length == report.length).then_some("true")] { (text.say(length_key(length))) } }
                }
            }
        }
        @if stats.groups.is_empty() { (h::empty(&text.say("profile-none"))) }
        @for (place, group) in stats.groups.iter().enumerate() {
            (h::section(&format!("group-{place}"), &text.with("profile-group", args![&group.group]), of_group(text, &stats.range, place, group)))
        }
        @if !stats.groups.is_empty() { (h::section("filters", &text.say("profile-filters"), filters(visitor, report))) }
    };
    Page::new(text.with("profile-title", args![wiki_name(text, &report.wiki)]), content).on(&report.wiki)
}

/// The page of the farm, which leads to its wikis.
pub(super) fn choose(visitor: &Visitor) -> Page {
    let text = visitor.text;
    let content = html! {
        p.ww-lead { (text.say("profile-choose")) }
        ul { @for (wiki, label) in visitor.wikis.iter() { li { a href=(paths::profile(wiki)) { (h::foreign(label)) } } } }
    };
    Page::new(text.with("profile-title", args![wiki_name(text, &WikiId::farm())]), content).on(&WikiId::farm())
}

/// What the bars of a chart stand for.
fn label(range: &Range, at: Timestamp) -> String {
    let form = if range.step_s < 3_600 { "%H:%M" } else { "%m-%d %H:%M" };
    at.strftime(form).to_string()
}

fn of_group(text: Text, range: &Range, place: usize, group: &GroupStats) -> Markup {
    let total = &group.total;
    let shows_refused = total.refused.is_some();
    let parts = |step: &GroupStep| {
        let refused = step.refused.unwrap_or(0).min(step.matched);
        let quiet = step.verdicts.saturating_sub(step.matched);
        if shows_refused { vec![quiet, step.matched - refused, refused] } else { vec![quiet, step.matched] }
    };
    let mut series = vec![text.say("profile-quiet"), text.say("profile-matched")];
    series.extend(shows_refused.then(|| text.say("profile-refused")));
    let times: Vec<String> = range.steps().map(|at| label(range, at)).collect();
    let bar = |(label, step): (&String, &GroupStep)| Bar { label: label.clone(), parts: parts(step), href: None };
    let drawn: Vec<Bar> = times.iter().zip(&group.steps).map(bar).collect();
    let whole = total.whole.as_ref();
    let times_of = |step: &GroupStep| step.whole.as_ref().map_or(0, |whole| whole.time_us.quantile(950));
    let slow: Vec<Bar> = times
        .iter()
        .zip(&group.steps)
        .map(|(label, step)| Bar { label: label.clone(), parts: vec![times_of(step)], href: None })
        .collect();
    html! {
        div.ww-cards.ww-cards--figures {
            (h::figure(&text.say("profile-verdicts"), &number(text, total.verdicts), None))
            (h::figure(&text.say("profile-matched"), &share(text, total.matched, total.verdicts), None))
            @if let Some(refused) = total.refused { (h::figure(&text.say("profile-refused"), &share(text, refused, total.verdicts), None)) }
            @if let Some(whole) = whole {
                (h::figure(&text.say("profile-p50"), &micros(text, whole.time_us.quantile(500)), None))
                (h::figure(&text.say("profile-p95"), &micros(text, whole.time_us.quantile(950)), None))
                (h::figure(&text.say("profile-conditions-each"), &number(text, mean(whole.conditions, total.verdicts)), None))
            }
        }
        @if let Some(whole) = whole.filter(|whole| whole.limit_reached > 0) {
            (h::message(Tone::Warning, html! { (text.with("profile-limit", args![whole.limit_reached])) }))
        }
        @if drawn.len() > 1 {
            (chart(text, &format!("verdicts-{place}"), "profile-chart", &series, &drawn))
            @if whole.is_some() { (chart(text, &format!("times-{place}"), "profile-chart-time", &[text.say("profile-p95-us")], &slow)) }
        }
    }
}

fn chart(text: Text, id: &str, title: &str, series: &[String], points: &[Bar]) -> Markup {
    h::timeline(&Timeline {
        id,
        title: &text.say(title),
        table_label: &text.say("profile-numbers"),
        when: &text.say("profile-when"),
        series,
        points,
        shape: Shape::Bars,
    })
}

fn filters(visitor: &Visitor, report: &Report) -> Markup {
    let text = visitor.text;
    let Some(filters) = &report.stats.filters else {
        return html! { p { (text.say("profile-no-details")) } };
    };
    if filters.is_empty() {
        return h::empty(&text.say("profile-no-filters"));
    }
    let all: u64 = filters.iter().fold(0, |all, line| all.saturating_add(whole_time(&line.counts)));
    let columns = [
        Column::text(text.say("profile-filter")),
        Column::text(text.say("profile-state")),
        Column::number(text.say("profile-share")),
        Column::number(text.say("profile-median")),
        Column::number(text.say("profile-p95-short")),
        Column::number(text.say("profile-conditions")),
        Column::number(text.say("profile-runs")),
        Column::number(text.say("profile-matches")),
        Column::number(text.say("profile-trouble")),
    ];
    let rows: Vec<Vec<Markup>> = filters.iter().map(|line| row(text, report, line, all)).collect();
    html! {
        details.ww-fold.ww-fold--phone {
            summary { (text.say("profile-order")) ": " (text.say(order_key(report.order))) }
            nav aria-label=(text.say("profile-order")) {
                ul.ww-chips {
                    @for order in Order::ALL {
                        li { a href=(format!("{}#filters", report.path(report.length, order))) aria-current=[(order == report.order).then_some("true")] { (text.say(order_key(order))) } }
                    }
                }
            }
        }
        (h::table(&text.say("profile-filters"), &columns, &rows))
        p.ww-muted { (text.say("profile-samples")) }
    }
}

fn row(text: Text, report: &Report, line: &FilterLine, all: u64) -> Vec<Markup> {
    let counts = &line.counts;
    let timed = !counts.time_us.is_empty();
    let time =
        |per_mille: u64| html! { @if timed { (micros(text, counts.time_us.quantile(per_mille))) } @else { "–" } };
    let conditions = mean(counts.conditions.sum(), counts.conditions.count());
    vec![
        html! { a href=(paths::filter(&report.wiki, &line.gid)) { (line.gid) " " (h::foreign(&line.name)) } },
        html! {
            (h::chip(line.state.name(), &text.say(state_key(line.state))))
            @if counts.slow > 0 { " " span.ww-chip.ww-chip--warn title=(text.with("profile-slow-runs", args![counts.slow])) { (text.say("profile-slow")) } }
        },
        html! { (share(text, whole_time(counts), all)) },
        time(500),
        time(950),
        html! { @if counts.conditions.is_empty() { "–" } @else { (number(text, conditions)) } },
        html! { (number(text, counts.evaluations)) },
        html! { a href=(paths::hits_of(&report.wiki, &line.gid)) { (number(text, counts.matches)) } },
        html! {
            (number(text, trouble(counts)))
            @if trouble(counts) > 0 { br; span.ww-small { (text.with("profile-trouble-is", args![counts.errors, counts.over_budget, counts.degraded, counts.skipped])) } }
        },
    ]
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    fn spread(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for value in values {
            histogram.add(*value);
        }
        histogram
    }
    fn line(gid: &str, name: &str, us: &[u64]) -> FilterLine {
        let counts = FilterCounts {
            evaluations: 1_234,
            matches: 17,
            errors: u64::from(us.is_empty()),
            slow: us.iter().filter(|us| **us > 50_000).count() as u64,
            time_us: spread(us),
            conditions: spread(&[3, 5]),
            ..FilterCounts::default()
        };
        FilterLine { gid: gid.into(), name: name.into(), group: "default".into(), state: Life::Enabled, counts }
    }
    fn step(verdicts: u64, sees_all: bool) -> GroupStep {
        let whole = GroupCounts { limit_reached: 2, conditions: verdicts * 40, ..GroupCounts::default() };
        let whole = GroupCounts { time_us: spread(&[400, 2_500]), ..whole };
        GroupStep {
            verdicts,
            matched: verdicts / 10,
            hits: Some(verdicts / 10),
            refused: sees_all.then_some(verdicts / 20),
            whole: sees_all.then_some(whole),
        }
    }
    fn report(groups: &[&str], filters: Option<Vec<FilterLine>>, sees_all: bool) -> Report {
        let from = Timestamp::constant(1_790_000_000 - 1_790_000_000 % 3_600, 0);
        let to = from.checked_add(jiff::SignedDuration::from_hours(4)).unwrap_or(from);
        let steps: Vec<GroupStep> = [100, 0, 300, 40].into_iter().map(|count| step(count, sees_all)).collect();
        let group =
            |name: &&str| GroupStats { group: (*name).to_owned(), steps: steps.clone(), total: step(440, sees_all) };
        let range = Range { from, to, step_s: 3_600 };
        let stats = WikiStats { range, groups: groups.iter().map(group).collect(), filters };
        let wiki = "enwiki".parse().unwrap_or_else(|_| WikiId::farm());
        Report { wiki, length: Length::Day, order: Order::Time, stats }
    }
    let sample = |page, state, rights, make| Sample { page, state, rights, make };
    vec![
        sample("profile", "empty", SampleRights::Editor, |visitor| page(visitor, &report(&[], Some(vec![]), true))),
        sample("profile", "no right to details", SampleRights::Everybody, |visitor| {
            page(visitor, &report(&["default"], None, false))
        }),
        sample("profile", "many, long, right-to-left", SampleRights::Steward, |visitor| {
            let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
            let filters = vec![
                line("17", long, &[20, 30, 90_000]),
                line("global-3", "<b>\u{202e}روابط", &[5]),
                line("4", "not timed yet", &[]),
            ];
            page(visitor, &report(&["default", "<i>newsletter"], Some(filters), true))
        }),
        sample("profile/choose", "many", SampleRights::Editor, choose),
    ]
}
