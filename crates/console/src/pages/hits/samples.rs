//! The pages of hits in their states.

use super::explain::{Explained, Line, Shown};
use super::list_view::{self, List, Row};
use super::one::{Diff, Hit, Typed, Why};
use super::one_view;
use super::search::Search;
use crate::page::Page;
use crate::pages::sample::{Sample, SampleRights};
use crate::visit::Visitor;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use wikiward_farm::clock::from_micros;
use wikiward_farm::{Id, Timestamp, WikiId};
use wikiward_filters::hits::Level;
use wikiward_filters::hits::ask::{Assessment, OneHit, PrivateDetails, Variables};
use wikiward_filters::hits::list::{FullRow, HitKey, HitRow};
use wikiward_filters::hits::visible::Restriction;
use wikiward_filters::model::{FilterKey, FilterNumber, Version};
use wikiward_rules::explain::Why as Skip;

fn wiki() -> WikiId {
    "enwiki".parse().unwrap_or_else(|_| WikiId::farm())
}

fn at(second: i64) -> Timestamp {
    from_micros(1_790_000_000_000_000 + second * 1_000_000)
}

fn row(number: u8, actor: &str, title: &str, filter_name: &str) -> HitRow {
    HitRow {
        key: HitKey { at: at(i64::from(number)), hit_id: Id::from_bytes([number; 16]) },
        level: Level::Details,
        wiki: wiki(),
        kind: "edit".into(),
        actor_id: Some(7),
        actor_name: actor.into(),
        actor_type: "named".into(),
        target_ns: 0,
        target_title: title.into(),
        target_page_id: Some(12),
        decision: "refuse".into(),
        taken: vec!["disallow".into(), "tag".into()],
        filter_name: filter_name.into(),
        full: Some(FullRow {
            evaluation_id: Id::from_bytes([9; 16]),
            filter: FilterKey { wiki: wiki(), number: FilterNumber(17) },
            version: Version(3),
            group: "default".into(),
            action_id: "enwiki-1".into(),
            withheld: Vec::new(),
            substituted: BTreeMap::new(),
            outcome: "refused".into(),
            rev_id: None,
            log_id: None,
            executed: None,
            ref_code: "K7Q2-M4XTB".into(),
            legacy_id: None,
            restriction: Restriction::default(),
            has_address: true,
        }),
    }
}

/// What a redacted row shows.
fn redacted(number: u8) -> HitRow {
    HitRow { level: Level::Redacted, full: None, ..row(number, "Example", "Some page", "Protected filter") }
}

/// A row with everything that a row can have.
fn rich(number: u8) -> HitRow {
    let mut row = row(number, "203.0.113.9", "Talk page", "Link spam");
    row.kind = "createaccount".into();
    row.actor_type = "ip".into();
    row.target_ns = 1;
    row.taken = ["warn", "throttle", "block", "hold_for_review"].map(str::to_owned).to_vec();
    if let Some(full) = &mut row.full {
        full.withheld = vec!["disallow".into()];
        full.substituted = BTreeMap::from([("disallow".into(), "showcaptcha".into())]);
        full.outcome = "saved".into();
        (full.rev_id, full.log_id, full.legacy_id) = (Some(90_001), Some(44), Some(12_345));
        full.executed = Some(json!([{"type": "block", "ok": true}, {"type": "degroup", "ok": false}]));
        full.restriction.is_hidden = true;
    }
    row
}

const HOSTILE: &str = "<script>alert(1)</script>\u{202e}\u{200b}&amp;\"'";

fn list(visitor: &Visitor, wiki: &WikiId, query: &str, rows: Vec<HitRow>) -> List {
    List { rows: rows.into_iter().map(Row::from).collect(), ..List::new(visitor, wiki, Search::read(query)) }
}

fn many(visitor: &Visitor) -> Page {
    let mut rows: Vec<HitRow> = (1..30).map(|number| row(number, "Example", "Some page", "Buy pills")).collect();
    rows.push(rich(40));
    rows.push(redacted(41));
    let next = Some("/w/enwiki/hits?cursor=x".into());
    list_view::page(visitor, &List { next, is_later: true, ..list(visitor, &wiki(), "", rows) })
}

fn wrong(visitor: &Visitor) -> Page {
    let search = Search::read("filter=x&from=soon&address=nowhere");
    let wrong = search.selection(&wiki()).1;
    list_view::page(visitor, &List { wrong, ..List::new(visitor, &wiki(), search) })
}

fn hit(row: HitRow, variables: Option<Value>) -> Hit {
    let values = |value: Value| if let Value::Object(values) = value { values } else { Map::new() };
    let variables = variables.map(|it| Variables { values: values(it), expired: vec!["user_unnamed_ip".into()] });
    Hit {
        log: wiki(),
        one: OneHit { row, variables, assessments: Vec::new() },
        others: Vec::new(),
        why: Why::NoVariables,
        difference: Diff::None,
        wiki_url: "https://enwiki.example/".into(),
        needs_reason: true,
        details: None,
        typed: Typed::default(),
    }
}

fn line(level: usize, snippet: &str, shown: Shown, found: Option<&str>) -> Line {
    let is_decisive = found.is_some();
    Line { level, snippet: snippet.into(), shown, found: found.map(str::to_owned), is_decisive }
}

/// A hit with everything.
fn full_hit() -> Hit {
    let old = "First line.\nSecond line.\nLast line.\n";
    let new = "First line.\nSecond line: buy pills.\nLast line.\nhttps://spam.example\n";
    let variables = json!({
        "summary": "buy pills now", "user_age": 12, "user_blocked": false, "user_groups": ["*", "user"], "page_last_edit_age": null,
        "old_wikitext": old, "new_wikitext": new.repeat(20), "added_links": [], "minor_edit": "",
    });
    let lines = vec![
        line(0, "user_age < 345600 & summary irlike \"pills\" & …", Shown::Yes, None),
        line(1, "user_age < 345600", Shown::Yes, None),
        line(2, "user_age", Shown::Value("12".into()), None),
        line(1, "summary irlike \"pills\"", Shown::Yes, Some("pills")),
        line(1, "user_unnamed_ip == \"203.0.113.9\"", Shown::Hidden, None),
        line(1, "added_lines rlike \"x\"", Shown::Skipped(Skip::ShortCircuit), None),
        line(1, "1 == 2", Shown::No, None),
        line(1, "x", Shown::Skipped(Skip::OtherBranch), None),
        line(1, "y", Shown::Skipped(Skip::Error), None),
        line(1, "z", Shown::Skipped(Skip::Needs), None),
    ];
    let matches = BTreeMap::from([("summary".to_owned(), vec![4..9, 10..13])]);
    let explained = Explained {
        lines,
        is_cut: true,
        is_match: true,
        is_redacted: false,
        conditions: 4,
        error: None,
        needs: None,
        matches,
    };
    let verdicts = ["true_positive", "false_positive", "unsure"];
    let said = |verdict: &str| Assessment {
        by_name: "Example".into(),
        verdict: verdict.into(),
        note: HOSTILE.into(),
        at: at(90),
    };
    let mut hit = hit(rich(2), Some(variables));
    hit.one.assessments = verdicts.map(said).to_vec();
    hit.others = vec![row(3, "203.0.113.9", "Talk page", "Another filter")];
    hit.why = Why::Explained(explained);
    hit.difference = super::difference::difference(old, new).map_or(Diff::TooLong, Diff::Lines);
    hit
}

fn one(visitor: &Visitor) -> Page {
    one_view::page(visitor, &full_hit())
}

/// The pages in their states.
pub(crate) fn samples() -> Vec<Sample> {
    let editor = |page, state, make| Sample { page, state, rights: SampleRights::Editor, make };
    let steward = |page, state, make| Sample { page, state, rights: SampleRights::Steward, make };
    let everybody = |page, state, make| Sample { page, state, rights: SampleRights::Everybody, make };
    let of_hits = vec![
        editor("hits/list", "empty", |visitor| list_view::page(visitor, &list(visitor, &wiki(), "", Vec::new()))),
        editor("hits/list", "none found", |visitor| {
            list_view::page(visitor, &list(visitor, &wiki(), "actor=Nobody&kind=move&taken=other&wiki=x", Vec::new()))
        }),
        editor("hits/list", "one", |visitor| {
            list_view::page(
                visitor,
                &list(visitor, &wiki(), "from=2026-09-21T00:00", vec![row(1, "Example", "Some page", "Buy pills")]),
            )
        }),
        steward("hits/list", "many", many),
        editor("hits/list", "long text", |visitor| {
            let long = format!("{HOSTILE}{}", "long ".repeat(2_000));
            list_view::page(visitor, &list(visitor, &wiki(), "", vec![row(1, &long, &long, &long)]))
        }),
        editor("hits/list", "rtl", |visitor| {
            list_view::page(visitor, &list(visitor, &wiki(), "", vec![row(1, "مستخدم", "صفحة النقاش", "روابط دعائية")]))
        }),
        steward("hits/list", "error", wrong),
        editor("hits/list", "no such code", |visitor| {
            list_view::page(visitor, &list(visitor, &wiki(), "code=k7q2m4xtb", Vec::new()))
        }),
        everybody("hits/list", "no right", |visitor| {
            list_view::page(visitor, &list(visitor, &wiki(), "", vec![redacted(1)]))
        }),
        steward("hits/list", "farm", |visitor| {
            list_view::page(
                visitor,
                &list(visitor, &WikiId::farm(), "wiki=enwiki", vec![row(1, "Example", "Some page", "Buy pills")]),
            )
        }),
        everybody("hits/one", "no right", |visitor| {
            let mut row = row(1, "Example", "Some page", "Buy pills");
            row.level = Level::Row;
            one_view::page(visitor, &hit(row, None))
        }),
        editor("hits/one", "empty", |visitor| {
            let mut hit = hit(row(1, "Example", "Some page", "Buy pills"), None);
            hit.difference = Diff::TooLong;
            one_view::page(visitor, &hit)
        }),
        steward("hits/one", "many", one),
        steward("hits/one", "private details", |visitor| {
            let details = PrivateDetails {
                user: "Example".into(),
                gid: "17".into(),
                filter_name: "Buy pills".into(),
                address: Some("203.0.113.9".into()),
            };
            one_view::page(visitor, &Hit { details: Some(details), ..full_hit() })
        }),
        steward("hits/one", "error", |visitor| {
            let typed = Typed {
                private_reason: String::new(),
                wrong: Some(("private-reason", "hits-wrong-reason")),
                ..Typed::default()
            };
            let why = Why::Explained(Explained { error: Some("division by zero".into()), ..Explained::default() });
            one_view::page(
                visitor,
                &Hit { why, typed, ..hit(row(1, "Example", "Some page", "Buy pills"), Some(json!({}))) },
            )
        }),
        editor("hits/one", "long text", |visitor| {
            let long = format!("{HOSTILE}{}", "long ".repeat(5_000));
            let mut hit = hit(row(1, &long, &long, &long), Some(json!({"summary": long, "added_lines": [long, long]})));
            hit.why = Why::NoRule;
            one_view::page(visitor, &hit)
        }),
        editor("hits/one", "rtl", |visitor| {
            let mut hit =
                hit(row(1, "مستخدم", "صفحة النقاش", "روابط دعائية"), Some(json!({"summary": "ملخص التعديل"})));
            hit.why = Why::NoRight;
            hit.difference = super::difference::difference("سطر\n", "سطر آخر\n").map_or(Diff::TooLong, Diff::Lines);
            one_view::page(visitor, &hit)
        }),
    ];
    of_hits.into_iter().chain(super::archived::samples()).collect()
}
