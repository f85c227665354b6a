//! The tests kept with a filter: what each gives, adding and removing them. Every change is a new version of the filter.

use super::Head;
use crate::fault::Fault;
use crate::form::Form;
use crate::html::{self as h, Choice, Column, Field, Weight, select, text_area, text_field};
use crate::page::Page;
use crate::pages::acts::Wrongs;
use crate::pages::filters::{Place, finding};
use crate::pages::sample::{Sample, SampleRights};
use crate::paths;
use crate::state::Console;
use crate::text::Text;
use crate::visit::{Flash, Visitor, go_to};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;
use wikiward_farm::{Id, Right, WikiId};
use wikiward_filters::life::{SaveError, SaveRequest};
use wikiward_filters::model::{Filter, TestCase, TestSource, Version};
use wikiward_filters::save::Finding;
use wikiward_filters::save::tests_kept::{Actual, TestOutcome};

/// What is filled in already.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    /// A hit to be kept as a test.
    hit: String,
}

/// A test with what it gives.
#[derive(Debug, Clone)]
struct Line {
    test: TestCase,
    actual: Actual,
    passes: Option<bool>,
}

/// What the page shows.
#[derive(Debug, Clone)]
struct Tests {
    head: Head,
    version: u32,
    lines: Vec<Line>,
    may_change: bool,
    typed: Typed,
    /// What is wrong with what was sent.
    wrongs: Wrongs,
}

/// What was typed into the form.
#[derive(Debug, Clone, Default)]
struct Typed {
    name: String,
    hit: String,
    vars: String,
    kind: String,
    expect: String,
    override_tests: String,
}

impl Typed {
    fn read(form: &Form) -> Self {
        let text = |name: &str| form.get(name).trim().to_owned();
        Self {
            name: text("name"),
            hit: text("hit"),
            vars: text("vars"),
            kind: text("kind"),
            expect: text("expect"),
            override_tests: text("override_tests"),
        }
    }

    /// The test that was typed, or the field that is wrong and the key of what is.
    fn test(&self) -> Result<TestCase, (&'static str, &'static str)> {
        let source = if self.hit.is_empty() {
            let Ok(Value::Object(vars)) = serde_json::from_str(&self.vars) else {
                return Err(("vars", "trials-wrong-vars"));
            };
            let kind = if self.kind.is_empty() { "edit" } else { &self.kind };
            TestSource::Inline { kind: kind.to_owned(), vars }
        } else {
            // The address of a hit's page serves as well as its id.
            let id = self.hit.rsplit('/').next().unwrap_or_default();
            TestSource::Hit(id.parse::<Id>().map_err(|_| ("hit", "trials-wrong-hit"))?)
        };
        if self.name.is_empty() {
            return Err(("name", "trials-wrong-name"));
        }
        Ok(TestCase { name: self.name.clone(), source, expects_match: self.expect != "no_match" })
    }
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, gid }: Place,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    let typed = Typed { hit: wanted.hit, ..Typed::default() };
    let (_, tests) = load(&console, &visitor, &wiki, &gid, typed).await?;
    Ok(page(&visitor, &tests).show(&visitor))
}

async fn load(
    console: &Console,
    visitor: &Visitor,
    wiki: &WikiId,
    gid: &str,
    typed: Typed,
) -> Result<(Filter, Tests), Fault> {
    let filter = console.filters.get(&visitor.viewer, wiki, gid).await?;
    let owner = &filter.key.wiki;
    let edit = if owner.is_farm() { Right::ModifyGlobal } else { Right::Modify };
    if !visitor.may(edit, owner) {
        visitor.need(Right::ViewPrivate, owner)?;
    }
    let visible = console.filters.visible_tests(&visitor.viewer, owner, &filter.draft.tests).await?;
    let request = request(&filter, None, "");
    let outcomes = console.filters.validate(&visitor.viewer, wiki, Some(gid), &request).await?.tests;
    let line = |test: TestCase| {
        let outcome = outcomes.iter().find(|outcome| outcome.name == test.name);
        let actual = outcome.map_or(Actual::Unavailable, |outcome| outcome.actual.clone());
        Line { passes: outcome.and_then(TestOutcome::passes), test, actual }
    };
    let tests = Tests {
        head: Head::new(visitor, wiki, &filter),
        version: filter.version.0,
        lines: visible.into_iter().map(line).collect(),
        may_change: visitor.is_signed_in() && visitor.may(edit, owner),
        typed,
        wrongs: Wrongs::default(),
    };
    Ok((filter, tests))
}

fn request(filter: &Filter, tests: Option<Vec<TestCase>>, override_tests: &str) -> SaveRequest {
    SaveRequest {
        draft: filter.draft.clone(),
        tests,
        change_reason: "tests".into(),
        confirm_make_public: false,
        publish_history: false,
        skip_backtest_reason: String::new(),
        override_tests: override_tests.to_owned(),
    }
}

/// Adds a test or removes one.
pub(super) async fn act(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, gid }: Place,
    form: Form,
) -> Result<Response, Fault> {
    visitor.need_session()?;
    let typed = Typed::read(&form);
    let (filter, mut tests) = load(&console, &visitor, &wiki, &gid, typed).await?;
    let owner = &filter.key.wiki;
    visitor.need(if owner.is_farm() { Right::ModifyGlobal } else { Right::Modify }, owner)?;
    let text = visitor.text;
    let mut list: Vec<TestCase> = tests.lines.iter().map(|line| line.test.clone()).collect();
    let removed = form.get("remove");
    let mut reason = tests.typed.override_tests.clone();
    if removed.is_empty() {
        match tests.typed.test() {
            Ok(case) => list.push(case),
            Err((field, key)) => {
                tests.wrongs.add(field, text.say(key));
                return Ok(page(&visitor, &tests).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor));
            }
        }
    } else {
        list.retain(|test| test.name != removed);
        // Those that fail still fail: taking one away makes nothing worse.
        reason = text.with("trials-removed-reason", crate::args![removed]);
    }
    let base = form.get("base").parse().map(Version).map_err(|_| Fault::BadForm)?;
    let request = request(&filter, Some(list), &reason);
    let path = paths::filter_tests(&wiki, &gid);
    let flash = match console.filters.save(&visitor.viewer, &wiki, &gid, base, &request).await {
        Ok(_) if removed.is_empty() => Flash::done("trials-kept", &[&tests.typed.name]),
        Ok(_) => Flash::done("trials-removed", &[removed]),
        Err(SaveError::Conflict(_) | SaveError::NoSuchVersion(_)) => {
            // The tests that there are now, and what was typed beside them.
            let (_, mut tests) = load(&console, &visitor, &wiki, &gid, tests.typed).await?;
            tests.wrongs.add("", text.say("trials-changed-meanwhile"));
            return Ok(page(&visitor, &tests).status(StatusCode::CONFLICT).show(&visitor));
        }
        Err(SaveError::Invalid(found)) => {
            for error in &found.errors {
                tests.wrongs.add(field_of(error), finding(text, error));
            }
            return Ok(page(&visitor, &tests).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor));
        }
        Err(error) => return Err(error.into()),
    };
    Ok(flash.on(&console.sealer, console.is_secure, go_to(&path)))
}

/// The field that a finding is about.
fn field_of(error: &Finding) -> &'static str {
    match error.field.rsplit('.').next() {
        _ if error.code == "tests_failed" => "override_tests",
        Some("name") => "name",
        Some("vars") => "vars",
        Some("kind") => "kind",
        Some("hit" | "source") => "hit",
        _ => "",
    }
}

fn page(visitor: &Visitor, tests: &Tests) -> Page {
    let text = visitor.text;
    let content = html! {
        (tests.wrongs.shown(text))
        p.ww-lead { (text.say("trials-tests-help")) }
        @if tests.lines.is_empty() { (h::empty(&text.say("trials-tests-none"))) }
        @else { (table(visitor, tests)) }
        @if tests.may_change { (h::section("add", &text.say("trials-add"), add(visitor, tests))) }
    };
    tests.head.page(text, "tests", &content)
}

fn table(visitor: &Visitor, tests: &Tests) -> Markup {
    let text = visitor.text;
    let mut columns = vec![
        Column::text(text.say("trials-test")),
        Column::text(text.say("trials-expected")),
        Column::text(text.say("trials-actual")),
        Column::text(text.say("trials-source")),
    ];
    if tests.may_change {
        columns.push(Column::of(html! { span.ww-hidden { (text.say("trials-remove")) } }));
    }
    let row = |line: &Line| {
        let case = &line.test;
        let mut cells = vec![
            html! { (h::foreign(&case.name)) },
            html! { (text.say(said_key(case.expects_match))) },
            said(text, &line.actual, line.passes),
            source(text, &tests.head.wiki, case),
        ];
        if tests.may_change {
            let action = paths::filter_tests(&tests.head.wiki, &tests.head.gid);
            let label = text.with("trials-remove-one", crate::args![&case.name]);
            cells.push(h::form(
                visitor,
                &action,
                html! {
                    input type="hidden" name="base" value=(tests.version);
                    button.cdx-button.cdx-button--weight-quiet name="remove" value=(case.name) aria-label=(label) { (text.say("trials-remove")) }
                },
            ));
        }
        cells
    };
    let rows: Vec<Vec<Markup>> = tests.lines.iter().map(row).collect();
    h::table(&text.say("trials-tests"), &columns, &rows)
}

fn said_key(is_match: bool) -> &'static str {
    if is_match { "trials-is-match" } else { "trials-is-no-match" }
}

/// What a test gives, and whether that is what it is to give.
pub(super) fn said(text: Text, actual: &Actual, passes: Option<bool>) -> Markup {
    let said = match actual {
        Actual::Match => html! { (text.say("trials-is-match")) },
        Actual::NoMatch => html! { (text.say("trials-is-no-match")) },
        Actual::Undecided(name) => text.rich("trials-lacks", &[html! { code { (h::visible(name)) } }]),
        Actual::Failed(message) => html! { (text.say("trials-failed")) " " (h::remark(message)) },
        Actual::Unavailable => html! { (text.say("trials-unavailable")) },
    };
    html! {
        (said) " "
        @match passes {
            Some(true) => span.ww-chip.ww-chip--good { (text.say("trials-passes")) },
            Some(false) => span.ww-chip.ww-chip--bad { (text.say("trials-fails")) },
            None => span.ww-chip.ww-chip--info { (text.say("trials-open")) },
        }
    }
}

fn source(text: Text, wiki: &WikiId, case: &TestCase) -> Markup {
    match &case.source {
        TestSource::Hit(id) => html! { a href=(paths::hit(wiki, &id.to_string())) { (text.say("trials-source-hit")) } },
        TestSource::Inline { kind, vars } => {
            let written = serde_json::to_string_pretty(vars).unwrap_or_default();
            h::fold(
                html! { (text.say("trials-source-inline")) " (" bdi { (kind) } ")" },
                html! { pre.ww-rule tabindex="0" { code { (h::visible(&written)) } } },
                false,
            )
        }
    }
}

fn add(visitor: &Visitor, tests: &Tests) -> Markup {
    let text = visitor.text;
    let typed = &tests.typed;
    let choices =
        [Choice::new("match", text.say("trials-is-match")), Choice::new("no_match", text.say("trials-is-no-match"))];
    let field = |name, key: &str, value, help: Option<&str>| {
        let help = help.map(|key| text.say(key));
        (name, text.say(key), value, help)
    };
    let line = |(name, label, value, help): (&'static str, String, &str, Option<String>), is_code| {
        let wrong = tests.wrongs.at(name);
        text_field(&Field { name, label: &label, value, help, wrong, is_code, ..Field::default() })
    };
    let vars = field("vars", "trials-vars", typed.vars.as_str(), Some("trials-vars-help"));
    h::form(
        visitor,
        &paths::filter_tests(&tests.head.wiki, &tests.head.gid),
        html! {
            input type="hidden" name="base" value=(tests.version);
            (line(field("name", "trials-name", &typed.name, Some("trials-name-help")), false))
            (select(&Field { name: "expect", label: &text.say("trials-expect"), value: &typed.expect, ..Field::default() }, &choices))
            (line(field("hit", "trials-hit", &typed.hit, Some("trials-hit-help")), true))
            (text_area(&Field { name: vars.0, label: &vars.1, value: vars.2, help: vars.3, wrong: tests.wrongs.at("vars"), is_code: true, ..Field::default() }, 4))
            (line(field("kind", "trials-kind", &typed.kind, Some("trials-kind-help")), true))
            @if !tests.wrongs.is_empty() || !typed.override_tests.is_empty() {
                (line(field("override_tests", "trials-override", &typed.override_tests, Some("trials-override-help")), false))
            }
            div.ww-actions { (h::button(Weight::Primary, &text.say("trials-keep"))) }
        },
    )
}

/// The page in its states.
pub(super) fn samples() -> Vec<Sample> {
    let sample = |state, make| Sample { page: "trials/tests", state, rights: SampleRights::Editor, make };
    vec![
        sample("empty", |visitor| page(visitor, &made(visitor, Vec::new()))),
        sample("many", |visitor| page(visitor, &made(visitor, lines("a quotation in an essay")))),
        sample("long text, right to left", |visitor| {
            page(visitor, &made(visitor, lines(&"مرحبا <script>\u{202e}".repeat(12))))
        }),
        sample("error", |visitor| {
            let typed = Typed { name: "<b>".into(), vars: "{".into(), ..Typed::default() };
            let wrongs = Wrongs::one("vars", visitor.text.say("trials-wrong-vars"));
            page(visitor, &Tests { typed, wrongs, ..made(visitor, lines("a")) })
        }),
        sample("not to be changed", |visitor| page(visitor, &Tests { may_change: false, ..made(visitor, lines("a")) })),
    ]
}

fn made(visitor: &Visitor, lines: Vec<Line>) -> Tests {
    Tests {
        head: Head::sample(visitor),
        version: 3,
        lines,
        may_change: true,
        typed: Typed::default(),
        wrongs: Wrongs::default(),
    }
}

fn lines(name: &str) -> Vec<Line> {
    let vars = serde_json::json!({"summary": "“spam” <b>", "added_lines": ["a", "b"]});
    let inline = TestSource::Inline { kind: "edit".into(), vars: vars.as_object().cloned().unwrap_or_default() };
    let hit = TestSource::Hit(Id::from_bytes([7; 16]));
    let line = |number: usize, source: &TestSource, expects_match, actual: Actual, passes| Line {
        test: TestCase { name: format!("{name} {number}"), source: source.clone(), expects_match },
        actual,
        passes,
    };
    vec![
        line(1, &inline, true, Actual::Match, Some(true)),
        line(2, &hit, false, Actual::Match, Some(false)),
        line(3, &inline, false, Actual::NoMatch, Some(true)),
        line(4, &inline, false, Actual::Undecided("page_age".into()), None),
        line(5, &inline, false, Actual::Failed("division by zero".into()), Some(false)),
        line(6, &hit, true, Actual::Unavailable, None),
    ]
}
