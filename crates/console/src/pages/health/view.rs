//! What the page about the service's state looks like.

use super::{Broken, Health};
use crate::html::{self as h, Column};
use crate::page::Page;
use crate::pages::acts::wiki_markup;
use crate::pages::sample::{Sample, SampleRights};
use crate::text::{Text, checkup};
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::WikiId;
use wikiward_farm::checkup::{Finding, Program, Standing, Told, bytes};
use wikiward_filters::hits::WriterCounts;

fn standing(text: Text, status: Standing) -> Markup {
    let (look, key) = match status {
        Standing::Ok => ("ww-chip--good", "health-ok"),
        Standing::Skipped => ("", "health-skipped"),
        Standing::Warning => ("ww-chip--warn", "health-warning"),
        Standing::Problem => ("ww-chip--bad", "health-problem"),
    };
    html! { span.ww-chip.(look) { (text.say(key)) } }
}

/// What a check is called; those without a name here keep their own.
fn check_name(text: Text, check: &str) -> Markup {
    let key = match check {
        "data folder" => "health-check-folder",
        "disk" => "health-check-disk",
        "key file" => "health-check-key",
        "open files" => "health-check-files",
        "database" => "health-check-database",
        "size on disk" => "health-check-size",
        "writing" => "health-check-writing",
        "audit log" => "health-check-audit",
        "clock" => "health-check-clock",
        "certificate" => "health-check-certificate",
        other => return html! { span lang="en" dir="ltr" { (h::visible(other)) } },
    };
    html! { (text.say(key)) }
}

/// The page.
pub(super) fn page(visitor: &Visitor, health: &Health) -> Page {
    let text = visitor.text;
    let (tone, said) = match health.worst() {
        Standing::Ok | Standing::Skipped => (Tone::Done, "health-all-well"),
        Standing::Warning => (Tone::Warning, "health-some-thought"),
        Standing::Problem => (Tone::Wrong, "health-some-problem"),
    };
    let content = html! {
        (h::message(tone, html! { (text.say(said)) }))
        (h::section("checks", &text.say("health-checks"), checks(text, &health.findings)))
        (h::section("on-the-way", &text.say("health-waiting"), waiting(text, &health.waiting)))
        (h::section("in-force", &text.say("health-in-force"), in_force(text, health)))
        (h::section("program", &text.say("health-program"), program(text, health)))
    };
    Page::new(text.say("health-title"), content)
}

/// In the reader's language, or in English as it is; words between backticks as code, what was found set apart.
fn said(own: Option<String>, english: Option<&String>) -> Markup {
    let is_own = own.is_some();
    let Some(said) = own.or_else(|| english.cloned()) else { return html! {} };
    let pieces = html! {
        @for (place, piece) in said.split('`').enumerate() {
            @if place % 2 == 0 {
                @for (place, part) in piece.split(checkup::FOUND).enumerate() {
                    @if place % 2 == 0 { (h::visible(part)) } @else { (h::foreign(part)) }
                }
            } @else { code.ww-code dir="ltr" { (h::visible(&piece.replace(checkup::FOUND, ""))) } }
        }
    };
    html! { @if is_own { (pieces) } @else { span lang="en" dir="ltr" { (pieces) } } }
}

fn checks(text: Text, findings: &[Finding]) -> Markup {
    let row = |found: &Finding| {
        vec![
            check_name(text, found.check),
            standing(text, found.status),
            said(checkup::found(text, found), Some(&found.found)),
            html! {
                (said(checkup::todo(text, found), found.todo.as_ref()))
                @if found.check == "audit log" { " " a href="/audit/verify" { (text.say("audit-verify")) } }
            },
        ]
    };
    let columns =
        ["health-check", "health-state", "health-found", "health-todo"].map(|key| Column::text(text.say(key)));
    let rows: Vec<Vec<Markup>> = findings.iter().map(row).collect();
    html! {
        @if rows.is_empty() { (h::empty(&text.say("health-no-checks"))) }
        @else { (h::table(&text.say("health-checks"), &columns, &rows)) }
        p { (text.say("health-doctor")) " " code.ww-code dir="ltr" { "wikiward doctor" } " · " a href="/audit/verify" { (text.say("audit-verify-title")) } }
    }
}

fn waiting(text: Text, waiting: &WriterCounts) -> Markup {
    let number = |count: u64| text.number(i64::try_from(count).unwrap_or(i64::MAX));
    let records = u64::try_from(waiting.waiting).unwrap_or(u64::MAX);
    html! {
        div.ww-cards.ww-cards--figures {
            (h::figure(&text.say("health-records"), &number(records), None))
            (h::figure(&text.say("health-spool"), &bytes(waiting.spool_bytes), None))
            (h::figure(&text.say("health-lost"), &number(waiting.lost), None))
            (h::figure(&text.say("health-refused"), &number(waiting.refused), None))
        }
        @if waiting.spool_bytes > 0 { (h::message(Tone::Warning, html! { (text.say("health-spool-help")) })) }
        @if waiting.lost > 0 { (h::message(Tone::Wrong, html! { (text.say("health-lost-help")) })) }
        @if waiting.refused > 0 { (h::message(Tone::Warning, html! { (text.say("health-refused-help")) })) }
    }
}

fn in_force(text: Text, health: &Health) -> Markup {
    let (seq, newest) = health.snapshot;
    let row = |broken: &Broken| {
        vec![
            html! { a href=(paths::filter(&broken.wiki, &broken.gid)) { (broken.gid) } },
            wiki_markup(text, &broken.wiki),
            html! { span lang="en" dir="ltr" { (h::visible(&broken.why)) } },
        ]
    };
    let columns = ["health-filter", "health-wiki", "health-why"].map(|key| Column::text(text.say(key)));
    let rows: Vec<Vec<Markup>> = health.broken.iter().map(row).collect();
    let is_behind = seq < newest;
    html! {
        (h::facts(&[
            (text.say("health-filters"), html! { (text.number(i64::try_from(health.filters).unwrap_or(i64::MAX))) }),
            (text.say("health-snapshot"), html! {
                (text.with("health-snapshot-is", args![seq, newest]))
                @if is_behind { br; (text.say("health-snapshot-behind")) }
            }),
        ]))
        @if !rows.is_empty() {
            (h::message(Tone::Warning, html! { (text.with("health-broken", args![rows.len()])) }))
            (h::table(&text.say("health-broken-title"), &columns, &rows))
        }
    }
}

fn program(text: Text, health: &Health) -> Markup {
    let answer = match health.answer_us {
        Some(us) => {
            #[expect(clippy::cast_precision_loss, reason = "a time for people")]
            let ms = us as f64 / 1_000.0;
            html! { (text.with("health-answers", args![text.decimal(ms, 1)])) }
        }
        None => html! { strong { (text.say("health-away")) } },
    };
    let schema = match health.schema {
        (Some(found), wanted) if found == wanted => html! { (text.with("health-schema-fits", args![found])) },
        (Some(found), wanted) => html! { strong { (text.with("health-schema-differs", args![found, wanted])) } },
        (None, wanted) => html! { (text.with("health-schema-unknown", args![wanted])) },
    };
    let features = html! {
        @for (name, is_on) in &health.program.features {
            code.ww-code { (name) } " " (text.say(if *is_on { "health-on" } else { "health-off" })) br;
        }
    };
    h::facts(&[
        (text.say("health-version"), html! { bdi { (health.program.version) } }),
        (text.say("health-features"), features),
        (
            text.say("health-check-database"),
            html! { code.ww-code dir="ltr" { (h::visible(&health.database)) } " – " (answer) },
        ),
        (text.say("health-schema"), schema),
    ])
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    fn good() -> Health {
        let findings = vec![
            Finding::of(Standing::Ok, Told::DiskSpace, &[&"50.0 GiB", &"100.0 GiB", &50]),
            Finding::of(Standing::Ok, Told::DatabaseGood, &[&"sqlite:wikiward.db", &4]),
        ];
        let program = Program { version: "0.1.0".into(), features: vec![("otlp", false), ("tls", true)] };
        Health {
            findings,
            answer_us: Some(1_234),
            database: "sqlite:wikiward.db".into(),
            schema: (Some(4), 4),
            snapshot: (17, 17),
            filters: 310,
            program,
            ..Health::default()
        }
    }
    let sample = |page, state, make| Sample { page, state, rights: SampleRights::Steward, make };
    vec![
        sample("health", "one", |visitor| page(visitor, &good())),
        sample("health", "empty", |visitor| page(visitor, &Health::default())),
        sample("health", "error, long", |visitor| {
            let why = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft <b>\u{202e}";
            let findings = vec![
                Finding::of(Standing::Problem, Told::DiskSpace, &[&"1.0 MiB", &"100.0 GiB", &0]),
                Finding::of(Standing::Problem, Told::KeyMissing, &[&why]),
                Finding::warning("clock", "<script>alert(1)</script>", "set the clock"),
                Finding::skipped("audit log", "the database cannot be read"),
                Finding::ok("another check", "x"),
            ];
            let waiting =
                WriterCounts { waiting: 5, spool_bytes: 40_000, lost: 2, refused: 1, ..WriterCounts::default() };
            let broken = vec![Broken { wiki: WikiId::farm(), gid: "global-17".into(), why: why.into() }];
            let health =
                Health { findings, waiting, broken, answer_us: None, schema: (None, 4), snapshot: (3, 9), ..good() };
            page(visitor, &health)
        }),
    ]
}
