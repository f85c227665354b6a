//! Which part of a filter's rule decides, over its newest hits.

use super::Head;
use crate::args;
use crate::fault::Fault;
use crate::html::{self as h, Choice, Column, Field, Weight, chart, select};
use crate::page::Page;
use crate::pages::filters::Place;
use crate::pages::filters::colour::{self, Mark};
use crate::pages::hits::sight;
use crate::pages::sample::{Sample, SampleRights};
use crate::paths;
use crate::state::Console;
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use wikiward_farm::Right;
use wikiward_filters::explain::{ExplainError, Explainer, OnMany, Subject};
use wikiward_rules::evaluate::{Options, Scratch, Session};
use wikiward_rules::explain::aggregate::{Aggregate, PartSum};
use wikiward_rules::explain::{ExplainOptions, explain};
use wikiward_rules::{Action, Release, Rule, Value, Vocabulary};

/// How many hits may be looked at; the first is what is taken if nothing is said.
const COUNTS: [usize; 3] = [50, 200, 1_000];

/// Most parts of a rule that are shown.
const PARTS_MAX: usize = 200;

/// Seconds after which sums are worth another try.
const AGAIN_S: u64 = 5;

/// What was asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    hits: String,
}

/// What the page shows.
#[derive(Debug, Clone)]
struct Deciding {
    head: Head,
    count: usize,
    version: Option<u32>,
    rules: String,
    unreadable: usize,
    is_cut: bool,
    sum: Aggregate,
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, gid }: Place,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    let filter = console.filters.get(&visitor.viewer, &wiki, &gid).await?;
    visitor.need(Right::Backtest, &wiki)?;
    visitor.need(Right::Log, &wiki)?;
    let count = COUNTS.into_iter().find(|it| it.to_string() == wanted.hits).unwrap_or(COUNTS[0]);
    let sight = sight(&console, &visitor.viewer, &wiki).await?;
    let explainer = Explainer {
        filters: &console.filters,
        hits: &console.hits,
        judge: &console.judge,
        clock: console.clock.clone(),
        viewer: &visitor.viewer,
        wiki: &wiki,
        sight: &sight,
    };
    let subject = Subject { filter: Some(gid), ..Subject::default() };
    let summed = explainer.many(&subject, &OnMany::Newest(count)).await?;
    let deciding = Deciding {
        head: Head::new(&visitor, &wiki, &filter),
        count,
        version: summed.filter.map(|(_, version)| version.0),
        rules: summed.rules,
        unreadable: summed.unreadable,
        is_cut: summed.is_cut,
        sum: summed.sum,
    };
    Ok(page(&visitor, &deciding).show(&visitor))
}

impl From<ExplainError> for Fault {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::Forbidden(right) => Self::Forbidden(right),
            ExplainError::Busy => Self::TooOften(AGAIN_S),
            ExplainError::Hit(
                wikiward_filters::hits::HitError::Store(error) | wikiward_filters::hits::HitError::ReadOnly(error),
            ) => error.into(),
            _ => Self::NotFound,
        }
    }
}

fn page(visitor: &Visitor, deciding: &Deciding) -> Page {
    let text = visitor.text;
    let sum = &deciding.sum;
    let number = |number: u64| html! { (text.number(i64::try_from(number).unwrap_or(i64::MAX))) };
    let mut facts = vec![
        (text.say("trials-actions"), number(sum.actions())),
        (text.say("trials-matches"), number(sum.matches)),
        (text.say("trials-others"), number(sum.others)),
    ];
    if sum.undecided > 0 {
        facts.push((text.say("trials-undecided"), number(sum.undecided)));
    }
    if sum.errors > 0 {
        facts.push((text.say("trials-errors"), number(sum.errors)));
    }
    if sum.redacted > 0 {
        facts.push((text.say("trials-redacted"), number(sum.redacted)));
    }
    if let Some(version) = deciding.version {
        facts.push((text.say("trials-version"), number(version.into())));
    }
    let content = html! {
        p.ww-lead { (text.say("trials-deciding-help")) }
        (counts(text, deciding))
        @if sum.actions() == 0 { (h::empty(&text.say("trials-deciding-none"))) }
        @else {
            (h::facts(&facts))
            @if deciding.unreadable > 0 { p.ww-muted { (text.with("trials-unreadable", args![deciding.unreadable])) } }
            @if deciding.is_cut { (h::message(Tone::Notice, html! { (text.say("trials-cut")) })) }
            (h::section("rule", &text.say("trials-rule"), colour::rule(&deciding.rules, &text.say("trials-rule"), "", &marks(sum))))
            (h::section("parts", &text.say("trials-parts"), parts(text, deciding)))
        }
    };
    deciding.head.page(text, "deciding", &content)
}

fn counts(text: Text, deciding: &Deciding) -> Markup {
    let choices: Vec<Choice> = COUNTS
        .iter()
        .map(|count| Choice::new(count.to_string(), text.number(i64::try_from(*count).unwrap_or(0))))
        .collect();
    let value = deciding.count.to_string();
    html! {
        form.ww-form method="get" action=(paths::filter_deciding(&deciding.head.wiki, &deciding.head.gid)) {
            div.ww-input-row {
                (select(&Field { name: "hits", label: &text.say("trials-count"), value: &value, ..Field::default() }, &choices))
                (h::button(Weight::Normal, &text.say("trials-look")))
            }
        }
    }
}

/// The parts that decided at least once.
fn marks(sum: &Aggregate) -> Vec<Mark> {
    let decided = sum.parts.iter().filter(|part| part.decided_match + part.decided_other > 0);
    let mut marks: Vec<Mark> = decided
        .map(|part| Mark { start: part.span.start as usize, end: part.span.end as usize, class: "ww-match" })
        .collect();
    marks.sort_by_key(|mark| (mark.start, mark.end));
    // What lies in another mark is marked already.
    let mut until = 0;
    marks.retain(|mark| {
        let is_free = mark.start >= until;
        until = until.max(mark.end);
        is_free
    });
    marks
}

fn parts(text: Text, deciding: &Deciding) -> Markup {
    let sum = &deciding.sum;
    let shown = sum.parts.iter().filter(|part| {
        let has_line = !matches!(part.op.as_str(), "()" | "literal" | "variable" | "");
        has_line || part.decided_match + part.decided_other > 0
    });
    let mut shown: Vec<&PartSum> = shown.collect();
    let decided = |part: &PartSum| part.decided_match + part.decided_other;
    // What decides most stands first.
    shown.sort_by_key(|part| (std::cmp::Reverse(decided(part)), part.span.start, std::cmp::Reverse(part.span.end)));
    let is_cut = shown.len() > PARTS_MAX;
    let columns = [
        Column::text(text.say("trials-part")),
        Column::number(text.say("trials-decided")),
        Column::number(text.say("trials-true")),
        Column::number(text.say("trials-false")),
        Column::number(text.say("trials-skipped")),
        Column::text(text.say("trials-share")),
    ];
    let number = |number: u64| html! { (text.number(i64::try_from(number).unwrap_or(i64::MAX))) };
    let rows: Vec<Vec<Markup>> = shown
        .into_iter()
        .take(PARTS_MAX)
        .map(|part| {
            let label = text.with("trials-share-of", args![part.truthy, part.falsy, part.skipped]);
            vec![
                html! {
                    (colour::inline(&part.snippet)) " "
                    a.ww-small href=(format!("#L{}", part.place.line)) { (text.with("trials-line", args![part.place.line])) }
                },
                number(decided(part)),
                number(part.truthy),
                number(part.falsy),
                number(part.skipped),
                chart::shares(&label, &[part.truthy, part.falsy, part.skipped]),
            ]
        })
        .collect();
    html! {
        p.ww-muted { (text.say("trials-parts-help")) }
        (chart::legend(&["trials-true", "trials-false", "trials-skipped"].map(|key| text.say(key))))
        (h::table(&text.say("trials-parts"), &columns, &rows))
        @if is_cut { p.ww-muted { (text.with("trials-parts-cut", args![PARTS_MAX])) } }
    }
}

/// The page in its states.
pub(super) fn samples() -> Vec<Sample> {
    let sample = |state, make| Sample { page: "trials/deciding", state, rights: SampleRights::Editor, make };
    vec![
        sample("empty", |visitor| page(visitor, &made(visitor, "user_age > 5 & summary == \"x\"", 0))),
        sample("many", |visitor| {
            let rules = "user_age < 5 &\n(summary contains \"spam\" | user_editcount < 10 | page_id == 7)";
            page(visitor, &Deciding { unreadable: 3, is_cut: true, ..made(visitor, rules, 40) })
        }),
        sample("long text, right to left", |visitor| {
            let rules = format!("summary contains \"مرحبا <script>\u{202e}\" & {}1", "user_age > 0 | ".repeat(60));
            page(visitor, &made(visitor, &rules, 7))
        }),
    ]
}

fn made(visitor: &Visitor, rules: &str, actions: i64) -> Deciding {
    let vocabulary = Vocabulary::default();
    let mut sum = Aggregate::default();
    if let Ok(rule) = Rule::compile(rules.as_bytes(), &vocabulary, Release::Newest) {
        sum = Aggregate::new(&rule);
        for number in 0..actions {
            let mut action = Action::new(&vocabulary);
            let values = [("user_age", number % 7), ("user_editcount", number), ("page_id", number % 9)];
            for (name, value) in values {
                if let Some(id) = vocabulary.id(name) {
                    action.set(id, Value::Int(value));
                }
            }
            let mut scratch = Scratch::default();
            let mut session = Session::new(&action, &vocabulary, Options::default(), &mut scratch);
            let options = ExplainOptions { source: rules.as_bytes(), brief: true, ..ExplainOptions::default() };
            sum.add(&explain(&mut session, &rule, &options));
        }
    }
    Deciding {
        head: Head::sample(visitor),
        count: COUNTS[0],
        version: Some(3),
        rules: rules.into(),
        unreadable: 0,
        is_cut: false,
        sum,
    }
}
