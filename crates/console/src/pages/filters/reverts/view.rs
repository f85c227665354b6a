//! What the pages about undoing what a filter did look like.

use super::super::words;
use super::{List, Of, One};
use crate::html::{self as h, Column, Field, Weight, checkbox, text_field};
use crate::page::Page;
use crate::pages::acts::{Wrongs, with_query};
use crate::pages::filters::Tabs;
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use std::collections::BTreeMap;
use wikiward_farm::{Id, Timestamp, WikiId};
use wikiward_filters::hits::Level;
use wikiward_filters::hits::list::{HitKey, HitRow};
use wikiward_filters::model::{Consequence, FilterKey, FilterNumber};
use wikiward_filters::reverts::{Job, JobState, Row, RowState, job_name};

const fn job_key(state: JobState) -> &'static str {
    match state {
        JobState::Prepared => "reverts-job-prepared",
        JobState::Lapsed => "reverts-job-lapsed",
        JobState::Running => "reverts-job-running",
        JobState::Done => "reverts-job-done",
        JobState::Cancelled => "reverts-job-cancelled",
    }
}

const fn state_key(state: RowState) -> &'static str {
    match state {
        RowState::Open => "reverts-state-open",
        RowState::Skipped => "reverts-state-skipped",
        RowState::Left => "reverts-state-left",
        RowState::Pending => "reverts-state-pending",
        RowState::Reverted => "reverts-state-reverted",
        RowState::NothingToDo => "reverts-state-nothing",
        RowState::Failed => "reverts-state-failed",
        RowState::Cancelled => "reverts-state-cancelled",
    }
}

/// A consequence, in the person's language where every installation knows it.
fn consequence(text: Text, name: &str) -> String {
    Consequence::find(name).map_or_else(|| name.to_owned(), |known| text.say(words::known_key(known)))
}

/// Why, in the person's language where the word is ours.
fn cause(text: Text, word: &str) -> Markup {
    let key = match word {
        "" => return html! {},
        "already_reverted" => "reverts-cause-already",
        "under_way" => "reverts-cause-under-way",
        "changed_since" | "groups_changed" => "reverts-cause-changed",
        "superseded" => "reverts-cause-superseded",
        "not_executed" => "reverts-cause-not-executed",
        "not_reported" => "reverts-cause-not-reported",
        "ended" | "not_blocked" => "reverts-cause-ended",
        // Words of wikis: the book lists them.
        "not_missing" => "reverts-cause-not-missing",
        "refused" => "reverts-cause-refused",
        "no_such_user" => "reverts-cause-no-user",
        "no_such_group" => "reverts-cause-no-group",
        "not_known" => "reverts-cause-not-known",
        "read_only" => "reverts-cause-read-only",
        "error" => "reverts-cause-error",
        other => return html! { code.ww-code { (other) } },
    };
    html! { (text.say(key)) }
}

fn counted(text: Text, job: &Job) -> Markup {
    html! {
        @if job.counts.is_empty() { (text.number(0)) }
        @for (place, (state, count)) in job.counts.iter().enumerate() {
            @if place > 0 { br; }
            (text.say(state_key(*state))) ": " (text.number((*count).into()))
        }
    }
}

fn head(text: Text, of: &Of, content: &Markup) -> Page {
    let content = html! {
        (of.tabs.show(text, &of.wiki, &of.gid, "reverts"))
        (content)
    };
    Page::new(text.with("reverts-title", args![&of.gid, &of.name]), content).on(&of.wiki)
}

/// The jobs of a filter, and the form for a new one.
pub(super) fn list(visitor: &Visitor, list: &List) -> Page {
    let text = visitor.text;
    let path = paths::filter_reverts(&list.of.wiki, &list.of.gid);
    let columns = [
        text.say("reverts-prepared"),
        text.say("reverts-by"),
        text.say("reverts-state"),
        text.say("reverts-rows"),
        text.say("reverts-reason"),
    ];
    let row = |job: &Job| {
        vec![
            html! { a href=(paths::filter_revert(&list.of.wiki, &list.of.gid, &job_name(job.job_id))) { (text.time(job.prepared_at)) } },
            h::foreign(&job.by),
            html! { (text.say(job_key(job.state(list.of.now)))) },
            counted(text, job),
            h::foreign(&job.reason),
        ]
    };
    let rows: Vec<Vec<Markup>> = list.jobs.iter().map(row).collect();
    let page = |cursor: &str| with_query(&path, &[("cursor", cursor)]);
    let (from, to) = (text.say("reverts-from"), text.say("reverts-to"));
    let time = |name, label, value, help: Option<&str>| {
        let (is_required, help) = (help.is_none(), help.map(|key| text.say(key)));
        let (wrong, kind) = (list.wrongs.at(name), Some("datetime-local"));
        text_field(&Field { name, label, value, help, wrong, kind, is_required, ..Field::default() })
    };
    let content = html! {
        (list.wrongs.shown(text))
        p.ww-lead { (text.say("reverts-lead")) }
        (h::section("new", &text.say("reverts-new"), h::form(visitor, &path, html! {
            (time("from", &from, &list.from, None))
            (time("to", &to, &list.to, Some("reverts-to-help")))
            fieldset.cdx-field id="consequences" tabindex="-1" {
                legend.cdx-label { span.cdx-label__label { span.cdx-label__label__text { (text.say("reverts-consequences")) } } }
                div.cdx-field__control {
                    @for name in &list.reversible { (checkbox("consequence", name, &html! { (consequence(text, name)) }, list.ticked.contains(name))) }
                }
            }
            (text_field(&Field {
                name: "reason",
                label: &text.say("reverts-reason"),
                value: &list.reason,
                wrong: list.wrongs.at("reason"),
                help: Some(text.say("reverts-reason-help")),
                letters_max: Some(500),
                is_required: true,
                ..Field::default()
            }))
            div.ww-actions { (h::button(Weight::Primary, &text.say("reverts-prepare"))) }
        })))
        (h::section("jobs", &text.say("reverts-jobs"), html! {
            @if rows.is_empty() { (h::empty(&text.say("reverts-none"))) }
            @else { (h::table(&text.say("reverts-jobs"), &columns.map(Column::text), &rows)) }
            (h::pager(text, list.is_later.then(|| page("")).as_deref(), list.next.as_deref().map(page).as_deref()))
        }))
    };
    head(text, &list.of, &content)
}

/// One job: to be confirmed, or how it goes.
pub(super) fn one(visitor: &Visitor, one: &One) -> Page {
    let text = visitor.text;
    let state = one.job.state(one.of.now);
    let path = paths::filter_revert(&one.of.wiki, &one.of.gid, &job_name(one.job.job_id));
    let is_open = state == JobState::Prepared && one.rows.iter().any(|row| row.state == RowState::Open);
    let token = one.token.as_deref().filter(|token| is_open && !token.is_empty());
    let consequences = text.list(one.job.consequences.iter().map(|name| consequence(text, name).into()));
    let content = html! {
        @if let Some(key) = one.wrong { (h::refusal(html! { p { (text.say(key)) } })) }
        (h::facts(&[
            (text.say("reverts-state"), html! { (text.say(job_key(state))) }),
            (text.say("reverts-consequences"), html! { (consequences) }),
            (text.say("reverts-span"), html! { (h::moment(one.job.from)) " – " (h::moment(one.job.to)) }),
            (text.say("reverts-reason"), h::foreign(&one.job.reason)),
            (text.say("reverts-by"), html! { (h::foreign(&one.job.by)) " · " (text.time(one.job.prepared_at)) }),
            (text.say("reverts-rows"), counted(text, &one.job)),
        ]))
        @if one.job.is_cut { (h::message(Tone::Notice, html! { (rest(text, one)) })) }
        @if one.rows.is_empty() { (h::empty(&text.say("reverts-nothing"))) }
        @else if let Some(token) = token {
            (h::message(Tone::Warning, html! { (text.say("reverts-confirm-help")) }))
            (h::form(visitor, &path, html! {
                input type="hidden" name="token" value=(token);
                (table(text, one, true))
                div.ww-actions {
                    (h::button_named(Weight::Destructive, "do", "confirm", &text.say("reverts-confirm")))
                    (h::link_button(Weight::Quiet, &paths::filter_reverts(&one.of.wiki, &one.of.gid), &text.say("acts-cancel")))
                }
            }))
        } @else {
            @if is_open { (h::message(Tone::Notice, html! { (text.say("reverts-not-here")) })) }
            (table(text, one, false))
        }
        @if state == JobState::Running {
            (h::form(visitor, &path, html! {
                p { (text.say("reverts-cancel-help")) }
                div.ww-actions { (h::button_named(Weight::Normal, "do", "cancel", &text.say("reverts-cancel"))) }
            }))
        }
        p { a href=(paths::filter_reverts(&one.of.wiki, &one.of.gid)) { (text.say("reverts-back")) } }
    };
    head(text, &one.of, &content)
}

/// What was left out, and where another job goes on.
fn rest(text: Text, one: &One) -> Markup {
    let Some(to) = one.job.rest_to else { return html! { (text.say("reverts-cut-close")) } };
    let (from, until) = (typed(one.job.from), typed(to));
    let mut asked = vec![("from", from.as_str()), ("to", until.as_str()), ("reason", one.job.reason.as_str())];
    asked.extend(one.job.consequences.iter().map(|name| ("consequence", name.as_str())));
    let next = with_query(&paths::filter_reverts(&one.of.wiki, &one.of.gid), &asked);
    html! { p { (text.say("reverts-cut")) " " a href=(next) { (text.say("reverts-go-on")) } } }
}

/// A time as a field for one has it, UTC.
fn typed(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string()
}

fn table(text: Text, one: &One, can_choose: bool) -> Markup {
    let is_farm = one.of.wiki.is_farm();
    let mut columns = vec![Column::text(text.say("reverts-user"))];
    if is_farm {
        columns.push(Column::text(text.say("reverts-wiki")));
    }
    columns.extend(
        ["reverts-consequence", "reverts-when", "reverts-state", "reverts-why"].map(|key| Column::text(text.say(key))),
    );
    let row = |row: &Row| {
        let user = h::foreign(&row.hit.actor_name);
        let can_choose = can_choose && row.state == RowState::Open;
        let mut cells = vec![if can_choose { checkbox("row", &row.number.to_string(), &user, true) } else { user }];
        if is_farm {
            cells.push(html! { bdi.ww-code { (row.hit.wiki.as_str()) } });
        }
        let hit = paths::hit(&row.hit.wiki, &row.hit.key.hit_id.to_string());
        cells.extend([
            html! { (consequence(text, &row.consequence)) },
            html! { a href=(hit) { (text.time(row.hit.key.at)) } },
            html! { (text.say(state_key(row.state))) },
            html! { (cause(text, &row.cause)) @if !row.note.is_empty() { " " (h::foreign(&row.note)) } },
        ]);
        cells
    };
    let rows: Vec<Vec<Markup>> = one.rows.iter().map(row).collect();
    h::table(&text.say("reverts-rows"), &columns, &rows)
}

/// The pages in their states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |page, state, make| Sample { page, state, rights: SampleRights::Steward, make };
    vec![
        sample("filters/reverts", "empty", |visitor| list(visitor, &listed(visitor, 0))),
        sample("filters/reverts", "many, long, right-to-left", |visitor| {
            list(visitor, &List { is_later: true, next: Some("c".into()), ..listed(visitor, 3) })
        }),
        sample("filters/reverts", "error", |visitor| {
            let ticked = vec!["block".to_owned()];
            let wrongs = Wrongs::one("from", visitor.text.say("reverts-wrong-time"));
            list(visitor, &List { wrongs, from: "x".into(), ticked, ..listed(visitor, 1) })
        }),
        sample("filters/revert", "to be confirmed", |visitor| {
            one(visitor, &One { token: Some("t".into()), ..sampled(visitor, 3, false) })
        }),
        sample("filters/revert", "prepared elsewhere", |visitor| one(visitor, &sampled(visitor, 2, false))),
        sample("filters/revert", "nothing", |visitor| one(visitor, &sampled(visitor, 0, false))),
        sample("filters/revert", "running, all states, right-to-left", |visitor| {
            one(visitor, &sampled(visitor, 16, true))
        }),
        sample("filters/revert", "on all wikis", |visitor| {
            let mut sampled = sampled(visitor, 3, true);
            sampled.of.wiki = WikiId::farm();
            one(visitor, &sampled)
        }),
        sample("filters/revert", "more than a job has", |visitor| {
            let mut sampled = sampled(visitor, 2, false);
            (sampled.job.is_cut, sampled.job.rest_to) = (true, Some(AT));
            one(visitor, &One { token: Some("t".into()), ..sampled })
        }),
        sample("filters/reverts", "the next job", |visitor| {
            let (from, to) = (typed(AT), typed(AT));
            let ticked = vec!["degroup".to_owned()];
            list(visitor, &List { from, to, ticked, reason: "as before".into(), ..listed(visitor, 1) })
        }),
        sample("filters/revert", "error", |visitor| {
            one(
                visitor,
                &One { token: Some("t".into()), wrong: Some("reverts-wrong-rows"), ..sampled(visitor, 1, false) },
            )
        }),
    ]
}

const AT: Timestamp = Timestamp::constant(1_790_000_000, 0);

fn of(visitor: &Visitor) -> Of {
    Of {
        wiki: visitor.wikis.first().map_or_else(WikiId::farm, |(wiki, _)| wiki.clone()),
        gid: "17".into(),
        name: "<b>مرشح".into(),
        tabs: Tabs::OWN,
        now: AT,
    }
}

fn job(visitor: &Visitor, is_confirmed: bool, counts: BTreeMap<RowState, u32>) -> Job {
    let of = of(visitor);
    Job {
        job_id: Id::from_bytes([7; 16]),
        filter: FilterKey { wiki: of.wiki.clone(), number: FilterNumber(17) },
        wiki: of.wiki,
        from: AT,
        to: AT,
        consequences: vec!["block".into(), "degroup".into()],
        reason: "<script>مرحبا ".repeat(if is_confirmed { 20 } else { 1 }),
        is_cut: is_confirmed,
        rest_to: None,
        prepared_at: AT,
        by: "Editor".into(),
        confirmed_at: is_confirmed.then_some(AT),
        cancelled_at: None,
        counts,
    }
}

fn listed(visitor: &Visitor, count: u32) -> List {
    let jobs = (0..count).map(|number| job(visitor, number > 0, [(RowState::Pending, number)].into()));
    List {
        of: of(visitor),
        jobs: jobs.collect(),
        is_later: false,
        next: None,
        reversible: ["block", "blockautopromote", "degroup", "review"].map(str::to_owned).into(),
        from: String::new(),
        to: String::new(),
        ticked: Vec::new(),
        reason: String::new(),
        wrongs: Wrongs::default(),
    }
}

fn sampled(visitor: &Visitor, count: u8, is_confirmed: bool) -> One {
    const CAUSES: [&str; 16] = [
        "",
        "already_reverted",
        "under_way",
        "changed_since",
        "superseded",
        "not_executed",
        "not_reported",
        "odd_word",
        "ended",
        "not_missing",
        "refused",
        "no_such_user",
        "no_such_group",
        "not_known",
        "read_only",
        "error",
    ];
    let of = of(visitor);
    let row = |number: u8| Row {
        number: u32::from(number) + 1,
        hit: HitRow {
            key: HitKey { at: AT, hit_id: Id::from_bytes([number; 16]) },
            level: Level::Row,
            wiki: of.wiki.clone(),
            kind: "edit".into(),
            actor_id: None,
            actor_name: if number.is_multiple_of(2) {
                format!("Example {number}")
            } else {
                "<b>مستخدم\u{202e}".into()
            },
            actor_type: "named".into(),
            target_ns: 0,
            target_title: "Foo".into(),
            target_page_id: None,
            decision: "refuse".into(),
            taken: vec!["block".into()],
            filter_name: of.name.clone(),
            full: None,
        },
        consequence: if number.is_multiple_of(2) { "block".into() } else { "degroup".into() },
        state: if is_confirmed {
            RowState::ALL.get(usize::from(number) % 8).copied().unwrap_or(RowState::Pending)
        } else if number == 1 {
            RowState::Skipped
        } else {
            RowState::Open
        },
        cause: CAUSES.get(usize::from(number) % 16).copied().unwrap_or_default().to_owned(),
        note: if number == 5 { "ended ".repeat(30) } else { String::new() },
        changed_at: AT,
    };
    let rows: Vec<Row> = (0..count).map(row).collect();
    let counts = rows.iter().fold(BTreeMap::new(), |mut counts: BTreeMap<RowState, u32>, row| {
        *counts.entry(row.state).or_default() += 1;
        counts
    });
    One { job: job(visitor, is_confirmed, counts), of: of.clone(), rows, token: None, wrong: None }
}
