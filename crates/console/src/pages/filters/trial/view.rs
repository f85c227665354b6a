//! What a rule does, as a pane beside the editor.

use super::super::colour::excerpt;
use super::{COUNTS, Example, Line, Matched, Report, Said};
use crate::html::{self as h, Choice, Field, select};
use crate::page::Page;
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::clock::from_micros;
use wikiward_farm::{Id, WikiId};
use wikiward_rules::diagnostic::Diagnostic;
use wikiward_rules::evaluate::{Options, Scratch, Session};
use wikiward_rules::explain::{self, ExplainOptions, Explanation};
use wikiward_rules::{Action, Release, Rule, Value, Vocabulary};

/// Id of the heading above the pane: what comes of a try is shown from there on.
pub(crate) const HEADING: &str = "what-it-does";

/// Id of what follows the pane: with keys, many hits are a long way.
pub(crate) const AFTER: &str = "after-try";

/// Where a rule is tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) wiki: &'a WikiId,
    /// Id of the form that holds the rule and the pane.
    pub(crate) form: &'a str,
    /// Where that form goes.
    pub(crate) action: &'a str,
}

impl Place<'_> {
    /// A button that tries. Scripts put what comes of it into the pane; without them it is a page that begins there.
    fn button(self, class: &str, (name, value): (&str, &str), label: Option<&str>, says: &str) -> Markup {
        html! {
            button.cdx-button.(class) form=(self.form) name=(name) value=(value) aria-label=[label]
                formaction=(format!("{}#{HEADING}", self.action))
                data-try-into="#try-results" data-try-url=(format!("/w/{}/rule/try", paths::wiki_word(self.wiki))) { (says) }
        }
    }
}

/// The buttons, and what came of a try.
pub(crate) fn pane(text: Text, place: Place<'_>, rules: &str, report: Option<&Report>, has_own: bool) -> Markup {
    let counts: Vec<Choice> =
        COUNTS.iter().map(|count| Choice::new(count.to_string(), text.number((*count).into()))).collect();
    let count = report.map_or_else(|| COUNTS[0].to_string(), |report| report.count.to_string());
    let own = if report.is_some_and(|report| report.own) { "own" } else { "all" };
    let of = [Choice::new("all", text.say("filters-try-all")), Choice::new("own", text.say("filters-try-own"))];
    html! {
        div.ww-input-row {
            (select(&Field { name: "try_count", label: &text.say("filters-try-count"), value: &count, ..Field::default() }, &counts))
            @if has_own {
                (select(&Field { name: "try_of", label: &text.say("filters-try-of"), value: own, ..Field::default() }, &of))
            }
            (place.button("cdx-button--weight-normal", ("do", "try"), None, &text.say("filters-try")))
        }
        div id="try-results" tabindex="-1" aria-live="polite" {
            @match report {
                Some(report) => (results(text, place, rules, report)),
                None => p.ww-muted { (text.say("filters-try-help")) },
            }
        }
        // Behind the results: few steps lead from a try to what came of it.
        div.ww-actions {
            // In a window of its own: what is typed here stays.
            button.cdx-button.cdx-button--weight-quiet form=(place.form) formaction=(paths::backtests(place.wiki)) formtarget="_blank" {
                (text.say("backtests-start"))
            }
        }
    }
}

/// What is wrong with a rule that is none, and where.
pub(crate) fn broken(text: Text, rules: &str, found: &Diagnostic) -> Markup {
    let (start, end) = (found.span.start, found.span.end);
    html! {
        p { (text.say("filters-try-broken")) " " (super::super::edit::place(text, rules, start)) ": " (h::remark(&found.message)) }
        @if let Some(help) = &found.help { p { (h::remark(help)) } }
        p { (excerpt(rules, start as usize, end as usize, "ww-diag-error")) }
    }
}

/// What came of a try.
pub(crate) fn results(text: Text, place: Place<'_>, rules: &str, report: &Report) -> Markup {
    if let Some(broken) = &report.broken {
        return h::message(Tone::Wrong, self::broken(text, rules, broken));
    }
    html! {
        @if let Some(example) = &report.example { (explained(text, rules, report, example)) }
        @if report.lines.is_empty() { (h::empty(&text.say("filters-try-nothing"))) }
        @else {
            (counts(text, report))
            a.ww-skip.ww-skip--here href=(format!("#{AFTER}")) { (text.say("filters-try-skip")) }
            (lines(text, place, report))
        }
        @if report.unreadable > 0 { p.ww-muted { (text.with("filters-try-unreadable", args![report.unreadable])) } }
        @if report.is_cut { (h::message(Tone::Notice, html! { (text.say("filters-try-cut")) })) }
    }
}

fn counts(text: Text, report: &Report) -> Markup {
    let of = |wanted: fn(&Line) -> bool| report.lines.iter().filter(|line| wanted(line)).count();
    let matches = of(|line| line.mine == Said::Match);
    let undecided = of(|line| matches!(line.mine, Said::Undecided(_)));
    let failed = of(|line| matches!(line.mine, Said::Failed(_)));
    let is_sure = |said: &Said| !matches!(said, Said::Undecided(_));
    let differs = |line: &Line, mine: bool| {
        let live = line.live.as_ref().filter(|live| is_sure(live) && is_sure(&line.mine));
        live.is_some_and(|live| (line.mine == Said::Match) == mine && (*live == Said::Match) != mine)
    };
    let gained = report.lines.iter().filter(|line| differs(line, true)).count();
    let lost = report.lines.iter().filter(|line| differs(line, false)).count();
    let most = report.lines.iter().map(|line| line.conditions).max().unwrap_or(0);
    let micros: i64 = report.lines.iter().map(|line| line.micros).sum();
    let each = micros / i64::try_from(report.lines.len().max(1)).unwrap_or(1);
    let number = |number: usize| text.number(i64::try_from(number).unwrap_or(i64::MAX));
    let mut rows = vec![
        (text.say("filters-try-tried"), html! { (number(report.lines.len())) }),
        (text.say("filters-try-matches"), html! { strong { (number(matches)) } }),
    ];
    if report.has_live {
        rows.push((text.say("filters-try-gained"), html! { (number(gained)) }));
        rows.push((text.say("filters-try-lost"), html! { (number(lost)) }));
    }
    if undecided > 0 {
        rows.push((text.say("filters-try-undecided"), html! { (number(undecided)) }));
    }
    if failed > 0 {
        rows.push((text.say("filters-try-failed"), html! { span.ww-bad { (number(failed)) } }));
    }
    rows.push((text.say("filters-try-cost"), html! { (text.with("filters-try-cost-value", args![most, each])) }));
    h::facts(&rows)
}

fn lines(text: Text, place: Place<'_>, report: &Report) -> Markup {
    // What differs from the version in force stands first.
    let (other, same): (Vec<&Line>, Vec<&Line>) = report.lines.iter().partition(|line| differs(line));
    html! {
        ul.ww-list aria-label=(text.say("filters-try-title")) { @for line in other.into_iter().chain(same) { (row(text, place, line, report.has_live)) } }
    }
}

/// Whether the version in force says something else.
fn differs(line: &Line) -> bool {
    line.live.as_ref().is_some_and(|live| (*live == Said::Match) != (line.mine == Said::Match))
}

fn row(text: Text, place: Place<'_>, line: &Line, has_live: bool) -> Markup {
    let hit = line.hit.to_string();
    let label = text.with("filters-try-explain-one", args![&line.title]);
    html! {
        li {
            div.ww-item-head {
                (said(text, &line.mine))
                a href=(paths::hit(place.wiki, &hit)) { (h::foreign(&line.title)) }
                (place.button("cdx-button--size-small", ("example", &hit), Some(&label), &text.say("filters-try-explain")))
                @if has_live { a.ww-small href=(format!("{}/tests?hit={hit}", place.action)) { (text.say("trials-keep-short")) } }
            }
            @if let Some(live) = line.live.as_ref().filter(|_| differs(line)) {
                div.ww-small { (text.say("filters-try-live")) ": " (said(text, live)) }
            }
            div.ww-muted.ww-small {
                (h::foreign(&line.actor)) " · " (text.time(line.at))
                @if line.wiki != *place.wiki { " · " (line.wiki) }
                " · " (h::foreign(&line.filter))
            }
            @if let Some(matched) = &line.matched { (marked(matched)) }
        }
    }
}

fn said(text: Text, said: &Said) -> Markup {
    match said {
        Said::Match => html! { span.ww-chip.ww-chip--warn { (text.say("filters-try-match")) } },
        Said::NoMatch => html! { span.ww-chip { (text.say("filters-try-no-match")) } },
        Said::Undecided(name) => {
            html! { span.ww-chip.ww-chip--info { (text.rich("filters-try-lacks", &[html! { code { (name) } }])) } }
        }
        Said::Failed(message) => {
            html! { span.ww-chip.ww-chip--bad { (text.say("filters-try-error")) } " " (h::foreign(message)) }
        }
    }
}

/// The matched text within what is around it.
fn marked(matched: &Matched) -> Markup {
    let (before, after) = matched.around.split_once(&matched.text).unwrap_or((&matched.around, ""));
    let cut = |text: &str, from_end: bool| {
        const ROOM: usize = 60;
        if text.len() <= ROOM {
            return text.to_owned();
        }
        if from_end {
            format!("…{}", text.get(text.ceil_char_boundary(text.len() - ROOM)..).unwrap_or_default())
        } else {
            format!("{}…", text.get(..text.floor_char_boundary(ROOM)).unwrap_or_default())
        }
    };
    html! {
        div.ww-small {
            code { (matched.name) } ": "
            bdi.ww-bidi { (h::visible(&cut(before, true))) mark.ww-match { (h::visible(&matched.text)) } (h::visible(&cut(after, false))) }
        }
    }
}

fn explained(text: Text, rules: &str, report: &Report, example: &Example) -> Markup {
    let explanation = &example.explanation;
    let title = report.lines.iter().find(|line| line.hit == example.hit).map_or("", |line| line.title.as_str());
    let micros = explanation.time_ns.unwrap_or(0) / 1_000;
    html! {
        section.ww-section aria-labelledby="explained" {
            h2 id="explained" { (text.rich("filters-explained", &[h::foreign(title)])) }
            p {
                @if let Some(name) = &explanation.needs { (said(text, &Said::Undecided(name.clone()))) }
                @else if let Some(error) = &explanation.error { (said(text, &Said::Failed(error.message()))) " " (super::super::edit::place(text, rules, error.span.start)) }
                @else if explanation.result { (said(text, &Said::Match)) }
                @else { (said(text, &Said::NoMatch)) }
                " " (text.with("filters-try-cost-value", args![explanation.conditions, micros]))
            }
            (crate::pages::hits::explained(text, explanation))
        }
    }
}

/// The pane in its states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |state, make| Sample { page: "filters/try", state, rights: SampleRights::Editor, make };
    vec![
        sample("empty", |visitor| framed(visitor, Some(&report(Vec::new())))),
        sample("many", |visitor| {
            let lines = (0..6).map(|number| line(number, "Ada’s page")).collect();
            framed(visitor, Some(&Report { unreadable: 3, is_cut: true, ..report(lines) }))
        }),
        sample("long text, right to left", |visitor| {
            framed(
                visitor,
                Some(&report(vec![
                    line(0, &"Donaudampfschifffahrt".repeat(20)),
                    line(1, "<b>الصفحة الرئيسية\u{202e}"),
                ])),
            )
        }),
        sample("explained", |visitor| {
            let first = line(0, "Ada’s page");
            let example = explanation().map(|explanation| Example { hit: first.hit, explanation });
            framed(visitor, Some(&Report { example, ..report(vec![first]) }))
        }),
        sample("error", |visitor| {
            let span = wikiward_rules::error::Span { start: 2, end: 3 };
            let severity = wikiward_rules::diagnostic::Severity::Error;
            let broken = Diagnostic::new(severity, "unexpectedtoken", span, "a value is missing").help("write one");
            framed(visitor, Some(&Report { broken: Some(broken), ..report(Vec::new()) }))
        }),
    ]
}

/// A rule on an action, explained.
fn explanation() -> Option<Explanation> {
    let source =
        "(\"<b>\" in summary | added_lines irlike \"cheap\\s+pills\") & !(user_age > 5 & lcase(summary) == \"x\")";
    let vocabulary = Vocabulary::default();
    let rule = Rule::compile(source.as_bytes(), &vocabulary, Release::Newest).ok()?;
    let mut action = Action::new(&vocabulary);
    action.set(vocabulary.id("added_lines")?, Value::texts(["buy cheap pills now", "مرحبا <script>"]));
    action.set(vocabulary.id("user_age")?, Value::Int(3));
    let mut scratch = Scratch::default();
    let mut session = Session::new(&action, &vocabulary, Options::default(), &mut scratch);
    let options = ExplainOptions { source: source.as_bytes(), ..ExplainOptions::default() };
    Some(explain::explain(&mut session, &rule, &options))
}

fn framed(visitor: &Visitor, report: Option<&Report>) -> Page {
    let wiki = WikiId::farm();
    let place = Place { wiki: &wiki, form: "tried", action: "/w/farm/filters/17" };
    let content = html! {
        form id="tried" method="post" action=(place.action) {
            (h::token(visitor))
            (pane(visitor.text, place, "a &", report, true))
            p id=(AFTER) {}
        }
    };
    Page::new(visitor.text.say("filters-try-title"), content)
}

fn report(lines: Vec<Line>) -> Report {
    Report { count: 200, own: true, has_live: true, broken: None, lines, unreadable: 0, is_cut: false, example: None }
}

fn line(number: u8, title: &str) -> Line {
    let said = |number: u8| match number % 4 {
        0 => Said::Match,
        1 => Said::NoMatch,
        2 => Said::Undecided("page_age".into()),
        _ => Said::Failed("division by zero".into()),
    };
    let around = "…come here and buy cheap pills now, only today…";
    Line {
        hit: Id::from_bytes([number; 16]),
        wiki: WikiId::farm(),
        at: from_micros(1_790_000_000_000_000),
        actor: "Example".into(),
        title: title.into(),
        filter: "Spam".into(),
        mine: said(number),
        live: Some(said(number / 2)),
        conditions: 12,
        micros: 34,
        matched: (number == 0).then(|| Matched {
            name: "added_lines".into(),
            around: around.into(),
            text: "cheap pills".into(),
        }),
    }
}
