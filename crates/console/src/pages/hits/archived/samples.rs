//! The pages of kept actions in their states.

use super::super::difference::difference;
use super::super::explain::{Explained, Line, Shown};
use super::super::one::Diff;
use super::list::Asked;
use super::one::{Attempt, Kept};
use super::view::{self, List};
use crate::pages::sample::{Sample, SampleRights};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use wikiward_farm::clock::from_micros;
use wikiward_farm::{ActorType, Id, WikiId};
use wikiward_filters::archive::{Facts, Outcome, SeenHit, Standing, StoredAction};
use wikiward_filters::hits::record::{Actor, Target};
use wikiward_filters::model::{FilterKey, FilterNumber, Version};
use wikiward_rules::diagnostic::{Diagnostic, Severity};
use wikiward_rules::error::Span;

pub(in crate::pages::hits) fn samples() -> Vec<Sample> {
    let of_list = |state, make| Sample { page: "hits/actions", state, rights: SampleRights::Editor, make };
    let of_one = |state, make| Sample { page: "hits/action", state, rights: SampleRights::Editor, make };
    vec![
        of_list("empty", |visitor| view::list(visitor, &list(Vec::new()))),
        of_list("none found", |visitor| {
            let asked = Asked { user: "Nobody".into(), kind: "other".into(), ..Asked::default() };
            view::list(visitor, &List { asked, ..list(Vec::new()) })
        }),
        of_list("one", |visitor| view::list(visitor, &list(vec![action(1, "Example", "Some page")]))),
        of_list("many", |visitor| {
            let mut rows: Vec<StoredAction> =
                (2..12).rev().map(|number| action(number, "Example", "Some page")).collect();
            for (place, outcome) in Outcome::ALL.into_iter().enumerate() {
                if let Some(row) = rows.get_mut(place) {
                    row.outcome = outcome;
                }
            }
            if let [first, second, ..] = rows.as_mut_slice() {
                first.hits = [17, 18].map(hit).to_vec();
                second.actor = Actor { id: None, name: String::new(), kind: ActorType::Ip };
                second.target.title = String::new();
            }
            let next = Some("/w/enwiki/actions?before=sealed".into());
            view::list(visitor, &List { next, first: Some("/w/enwiki/actions".into()), ..list(rows) })
        }),
        of_list("long text, right to left", |visitor| {
            let long = format!("<script>alert(1)</script>\u{202e}{}", "long ".repeat(500));
            view::list(visitor, &list(vec![action(1, &long, &long), action(2, "مستخدم", "صفحة النقاش")]))
        }),
        of_list("error", |visitor| {
            let asked = Asked { from: "soon".into(), ..Asked::default() };
            view::list(visitor, &List { asked, wrong: Some("from"), ..list(Vec::new()) })
        }),
        of_one("as kept", |visitor| view::one(visitor, &kept(action(1, "Example", "Some page")))),
        of_one("tried", |visitor| {
            let made = Explained {
                lines: vec![Line {
                    level: 0,
                    snippet: "summary irlike \"pills\"".into(),
                    shown: Shown::Yes,
                    found: Some("pills".into()),
                    is_decisive: true,
                }],
                is_match: true,
                conditions: 2,
                matches: BTreeMap::from([("summary".into(), std::iter::once(4..9).collect())]),
                ..Explained::default()
            };
            let rules = "summary irlike \"pills\"".into();
            view::one(visitor, &Kept { rules, attempt: Some(Attempt::Done(made)), ..kept(action(1, "Example", "Foo")) })
        }),
        of_one("undecided", |visitor| {
            let made = Explained { needs: Some("page_age".into()), conditions: 1, ..Explained::default() };
            let rules = "page_age > 5".into();
            view::one(visitor, &Kept { rules, attempt: Some(Attempt::Done(made)), ..kept(action(1, "Example", "Foo")) })
        }),
        of_one("error", |visitor| {
            let found =
                Diagnostic::new(Severity::Error, "unexpectedtoken", Span { start: 2, end: 3 }, "a value is missing");
            let rules = "1 &".into();
            view::one(
                visitor,
                &Kept { rules, attempt: Some(Attempt::Broken(found)), ..kept(action(1, "Example", "Foo")) },
            )
        }),
        of_one("long text, right to left", |visitor| {
            let mut long = action(1, "مستخدم <b>", "صفحة النقاش");
            long.values.insert("added_lines".into(), json!(["سطر طويل \u{202e}".repeat(300)]));
            view::one(visitor, &kept(long))
        }),
    ]
}

fn wiki() -> WikiId {
    "enwiki".parse().unwrap_or_else(|_| WikiId::farm())
}

fn list(rows: Vec<StoredAction>) -> List {
    List { wiki: wiki(), asked: Asked::default(), wrong: None, rows, first: None, next: None }
}

fn hit(number: u8) -> SeenHit {
    let filter = FilterKey { wiki: wiki(), number: FilterNumber(number.into()) };
    SeenHit { hit_id: Id::from_bytes([number; 16]), filter, version: Version(3) }
}

fn action(number: u8, actor: &str, page: &str) -> StoredAction {
    let values = json!({
        "added_lines": ["buy pills now"], "summary": "buy pills", "user_age": 3_600,
        "old_wikitext": "One\nTwo", "new_wikitext": "One\nTwo\nbuy pills now",
    });
    let Value::Object(values) = values else { unreachable!("it is an object") };
    StoredAction {
        id: Id::from_bytes([number; 16]),
        wiki: wiki(),
        group: "default".into(),
        kind: "edit".into(),
        at: from_micros(1_790_000_000_000_000 + i64::from(number) * 1_000_000),
        action_id: format!("enwiki-{number}"),
        actor: Actor { id: Some(7), name: actor.into(), kind: ActorType::Named },
        facts: Facts::default(),
        target: Target { ns: 0, title: page.into(), page_id: Some(12) },
        standing: Standing::Good,
        observed: None,
        decision: "allow".into(),
        outcome: Outcome::Saved,
        rev_id: None,
        log_id: None,
        weight: 1.0,
        drawn: Some(1.0),
        values,
        lost: vec!["user_unnamed_ip".into()],
        offered: None,
        cut: BTreeMap::new(),
        hits: Vec::new(),
    }
}

fn kept(action: StoredAction) -> Kept {
    let difference = difference("One\nTwo", "One\nTwo\nbuy pills now").map_or(Diff::None, Diff::Lines);
    Kept { action, difference, rules: String::new(), attempt: None }
}
