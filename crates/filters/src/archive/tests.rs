//! Actions through verdicts into the archive, and who sees them there.

use super::*;
use crate::brake::LiveBrake;
use crate::hits::steer::{Ended, Feedback, FeedbackEvent};
use crate::hits::tests::on_both::Fresh;
use crate::hits::{HitSettings, HitWriter, Hits, Sight, WriterSettings};
use crate::judge::tests::{Standing as StandingClock, edit};
use crate::judge::{Answer, Counters, IN_FLIGHT_MAX, Judge, Mode, Parts, Reply, Request};
use crate::model::Privacy;
use crate::snapshot::Snapshots;
use crate::snapshot::tests::{Fixture, Row};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use wikiward_farm::{ActorType, Clock, Limit, Right, Rights, SystemEntropy, Viewer, WikiId};
use wikiward_store::Keyring;

/// A service with everything that takes part in the archive, over a database of its own.
pub(crate) struct House {
    pub(crate) farm: Fixture,
    pub(crate) clock: Arc<StandingClock>,
    pub(crate) snapshots: Arc<Snapshots>,
    pub(crate) brake: Arc<LiveBrake>,
    pub(crate) judge: Arc<Judge>,
    pub(crate) writer: HitWriter,
    pub(crate) archiver: Archiver,
    pub(crate) hits: Hits,
    pub(crate) archive: Archive,
}

pub(crate) fn keyring() -> Keyring {
    Keyring::new(&[7; 32])
}

pub(crate) fn enwiki() -> WikiId {
    "enwiki".parse().unwrap()
}

/// What somebody with these rights sees.
pub(crate) fn sight(rights: &[Right]) -> Sight {
    Sight::of(&viewer(rights), &enwiki(), crate::hits::RestrictedRows::Omit, |_| Vec::new())
}

pub(crate) fn viewer(rights: &[Right]) -> Viewer {
    let rights = Rights::farm_wide(rights.iter().copied().collect());
    Viewer::new(wikiward_farm::Principal::Operator, rights, false)
}

/// May see the details of hits of public filters.
pub(crate) const TESTER: [Right; 4] = [Right::View, Right::Log, Right::LogDetail, Right::Backtest];

impl House {
    pub(crate) async fn new(rows: &[Row], per_day: usize) -> Self {
        let clock = Arc::new(StandingClock(AtomicU64::new(1_790_000_000)));
        let farm = Fixture::at(clock.clone()).await;
        farm.save(rows).await;
        let (keyring, entropy) = (keyring(), Arc::new(SystemEntropy));
        let snapshots = farm.snapshots().await;
        let brake = LiveBrake::load(farm.store.clone(), snapshots.clone(), &keyring, entropy.clone()).await;
        let brake = Arc::new(brake.unwrap());
        let settings = WriterSettings::default();
        let writer = HitWriter::start(farm.store.clone(), &keyring, entropy.clone(), clock.clone(), None, settings);
        let archiver = Archiver::with(farm.store.clone(), entropy.clone(), per_day);
        let judge = Judge::new(Parts {
            snapshots: snapshots.clone(),
            journal: Arc::new(writer.clone()),
            brake: brake.clone(),
            counters: Counters::load(&farm.store, clock.now()).await.unwrap(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            keyring: keyring.clone(),
            store: farm.store.clone(),
            node: "node1".into(),
            in_flight_max: IN_FLIGHT_MAX,
        });
        let judge = Arc::new(judge.archived_by(archiver.clone()));
        let hits = Hits::new(farm.store.clone(), &keyring, entropy, clock.clone())
            .beside(writer.clone())
            .archived_by(Some(archiver.clone()));
        let archive = Archive::new(farm.store.clone());
        Self { farm, clock, snapshots, brake, judge, writer, archiver, hits, archive }
    }

    pub(crate) async fn judged(&self, request: Request) -> Arc<Answer> {
        match self.judge.evaluate(request).await.unwrap() {
            Reply::Complete(answer) => answer,
            Reply::Needs(needs) => panic!("a verdict is wanted, not {needs:?}"),
        }
    }

    /// Waits until everything that was judged is written.
    pub(crate) async fn written(&self) {
        self.archiver.close().await;
        self.writer.close().await;
    }

    pub(crate) async fn all(&self, rights: &[Right]) -> Vec<StoredAction> {
        let ask = Ask { wiki: Some(enwiki()), ..Ask::default() };
        self.archive.newest(&ask, &sight(rights), 10_000).await.unwrap()
    }
}

fn summaries(actions: &[StoredAction]) -> Vec<String> {
    let mut all: Vec<String> =
        actions.iter().map(|it| it.values.get("summary").map(ToString::to_string).unwrap_or_default()).collect();
    all.sort();
    all
}

#[tokio::test]
async fn hits_and_others_are_kept_as_they_were() {
    let house = House::new(&[Row::new(1, "summary contains 'spam'").with("disallow", &[""])], 100).await;
    let mut request = edit("a1", &[("summary", "spam".into()), ("user_unnamed_ip", "203.0.113.9".into())]);
    request.lazy = vec!["page_age".into()];
    request.actor.groups = vec!["user".into()];
    house.judged(request).await;
    house.clock.pass(1);
    let mut request = edit("a2", &[("summary", "fine".into()), ("user_unnamed_ip", "203.0.113.9".into())]);
    request.lazy = vec!["page_age".into()];
    let fine = house.judged(request).await;
    house.judged(Request { mode: Mode::Test, ..edit("a3", &[]) }).await;
    let id = crate::judge::evaluation_id_of(&fine.evaluation_id).unwrap();
    let outcome = crate::hits::steer::Outcome {
        result: Ended::Saved,
        rev_id: Some(77),
        log_id: None,
        executed: serde_json::json!([]),
    };
    house.hits.outcome(&enwiki(), id, &outcome).await.unwrap();
    house.written().await;
    let all = house.all(&TESTER).await;
    assert_eq!(summaries(&all), ["\"fine\"", "\"spam\""]);
    assert_eq!((all[0].outcome, all[0].rev_id), (Outcome::Saved, Some(77)), "reported before it was written");
    let hit = &all[1];
    assert_eq!((hit.outcome, hit.decision.as_str(), hit.hits.len()), (Outcome::Refused, "refuse", 1));
    assert_eq!(hit.facts.groups, ["user"]);
    for action in &all {
        assert_eq!(action.lost, ["user_unnamed_ip"], "protected values are not kept");
        assert!(!action.values.contains_key("user_unnamed_ip"));
        assert_eq!(action.offered.as_deref(), Some(&["page_age".to_owned()][..]));
        assert!((action.weight - 1.0).abs() < f64::EPSILON);
        let one = house.archive.one(&enwiki(), action.id, &sight(&TESTER)).await.unwrap();
        assert_eq!(one.as_ref(), Some(action));
    }
    let feedback =
        |event, action: &str| Feedback { rev_id: None, action_id: Some(action.into()), event, at: house.clock.now() };
    house.hits.feedback(&enwiki(), &[feedback(FeedbackEvent::Reverted, "a2")]).await.unwrap();
    assert_eq!(house.all(&TESTER).await[0].outcome, Outcome::Reverted);
    house.hits.feedback(&enwiki(), &[feedback(FeedbackEvent::Suppressed, "a2")]).await.unwrap();
    assert_eq!(summaries(&house.all(&TESTER).await), ["\"spam\""], "hidden at once");
    assert_eq!(house.archive.one(&enwiki(), id, &sight(&TESTER)).await.unwrap(), None);
    let swept = house.hits.sweep(&HitSettings::default(), house.clock.now()).await.unwrap();
    assert_eq!(swept.archive, 1, "and removed with the next sweep");
    house.clock.pass(15 * 86_400);
    house.hits.sweep(&HitSettings::default(), house.clock.now()).await.unwrap();
    assert_eq!(house.all(&TESTER).await.len(), 0, "after 14 days the rest goes");
}

#[tokio::test]
async fn addresses_stay_out() {
    let house = House::new(&[], 100).await;
    let mut request = edit("a1", &[("user_name", "203.0.113.9".into()), ("summary", "I am 203.0.113.9".into())]);
    request.actor =
        crate::judge::Actor { name: "203.0.113.9".into(), kind: ActorType::Ip, ..crate::judge::Actor::default() };
    request.target.title = "203.0.113.9".into();
    house.judged(request.clone()).await;
    // Whether the wiki says from where or not.
    house.judged(Request { ip: None, action_id: "a2".into(), ..request }).await;
    house.written().await;
    let all = house.all(&TESTER).await;
    assert_eq!(all.len(), 2);
    assert!(!format!("{all:?}").contains("203.0.113.9"), "{all:?}");
    let mut lost = all[0].lost.clone();
    lost.sort();
    assert_eq!(lost, ["summary", "user_name"]);
    assert_eq!((all[0].actor.name.as_str(), all[0].actor.kind), ("", ActorType::Ip));
}

#[tokio::test]
async fn a_sample_stays_a_sample_and_its_weights_add_up() {
    let house = House::new(&[Row::new(1, "page_id == 7").with("tag", &["x"])], 20).await;
    for number in 0..300_i64 {
        house.judged(edit(&format!("a{number}"), &[("page_id", (number % 100).into())])).await;
    }
    house.written().await;
    let all = house.all(&TESTER).await;
    let (hits, others): (Vec<_>, Vec<_>) = all.iter().partition(|action| !action.hits.is_empty());
    assert_eq!(hits.len(), 3, "whatever is hit is kept");
    assert!((17..=20).contains(&others.len()), "{}", others.len());
    let sum: f64 = others.iter().map(|action| action.weight).sum();
    assert!((100.0..800.0).contains(&sum), "{sum}");
    assert!(others.iter().all(|action| action.weight > 2.0));
    assert!(hits.iter().all(|action| (action.weight - 1.0).abs() < f64::EPSILON));
}

#[tokio::test]
async fn who_may_not_see_a_hit_sees_the_sample_as_if_there_had_been_none() {
    let hidden = Privacy { is_hidden: true, ..Privacy::default() };
    let watching = Row { privacy: hidden, ..Row::new(1, "page_id < 50") };
    let refusing = Row { privacy: hidden, ..Row::new(2, "summary == 'bad'") }.with("disallow", &[""]);
    let mut seen = Vec::new();
    for rows in [vec![], vec![watching, refusing]] {
        let house = House::new(&rows, 1_000).await;
        for number in 0..60_i64 {
            house.judged(edit(&format!("a{number}"), &[("page_id", number.into())])).await;
        }
        if !rows.is_empty() {
            house.judged(edit("bad", &[("summary", "bad".into())])).await;
        }
        house.written().await;
        let shown = house.all(&TESTER).await;
        let mut shown: Vec<String> = shown
            .into_iter()
            .map(|it| format!("{} {:?} {:?} {} {:?}", it.action_id, it.values, it.hits, it.weight, it.outcome))
            .collect();
        shown.sort();
        seen.push(shown);
        let editor = [&TESTER[..], &[Right::LogPrivate]].concat();
        let more = house.all(&editor).await;
        assert_eq!(more.len(), if rows.is_empty() { 60 } else { 61 });
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].len(), 60);
}

#[tokio::test]
async fn pages_of_actions_go_on_where_the_last_ended_and_have_no_gaps() {
    let privacy = Privacy { is_hidden: true, ..Privacy::default() };
    let hidden = Row { privacy, ..Row::new(1, "summary contains 'secret'") }.with("disallow", &[""]);
    let house = House::new(&[hidden], 1_000).await;
    for number in 0..12 {
        let summary = if number % 3 == 0 { "secret" } else { "fine" };
        house.judged(edit(&format!("a{number}"), &[("summary", summary.into())])).await;
        house.clock.pass(1);
    }
    house.written().await;
    let ask = Ask { wiki: Some(enwiki()), ..Ask::default() };
    let pages = async |ask: &Ask, rights: &[Right]| {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = house.archive.page(ask, &sight(rights), after, Limit::new(3).unwrap()).await.unwrap();
            assert!(page.next.is_none() || page.items.len() == 3, "a full page, whatever lies between");
            all.extend(page.items.into_iter().map(|action| action.action_id));
            after = page.next;
            if after.is_none() {
                break all;
            }
        }
    };
    let fine = ["a11", "a10", "a8", "a7", "a5", "a4", "a2", "a1"];
    assert_eq!(pages(&ask, &TESTER).await, fine);
    assert_eq!(pages(&ask, &[]).await, Vec::<String>::new(), "not without the right to the log");
    let some = house.all(&TESTER).await.remove(0);
    let by = |name: &str| Ask { actor: Some(name.into()), ..ask.clone() };
    assert_eq!(pages(&by(&some.actor.name), &TESTER).await, fine);
    assert_eq!(pages(&by("Nobody"), &TESTER).await, Vec::<String>::new());
    assert_eq!(pages(&by(""), &TESTER).await, Vec::<String>::new(), "whose name is not kept is not found by that");
    let on = |title: &str| Ask { title: Some(title.into()), ..ask.clone() };
    assert_eq!(pages(&on(&some.target.title), &TESTER).await, fine);
    assert_eq!(pages(&on("Nowhere"), &TESTER).await, Vec::<String>::new());
}

async fn what_is_searched_for_goes_along_an_index(fresh: Fresh) {
    let wiki = Some(enwiki());
    for (ask, index) in [
        (Ask { wiki: wiki.clone(), ..Ask::default() }, "archive_actions_wiki"),
        (Ask { wiki: wiki.clone(), actor: Some("A".into()), ..Ask::default() }, "archive_actions_by"),
        (Ask { wiki, title: Some("P".into()), ..Ask::default() }, "archive_actions_on"),
    ] {
        for after in [None, Some((5, wikiward_farm::Id::from_bytes([1; 16])))] {
            let sql = records::batch_sql(&ask, after, 51, records::Depth::Bare);
            let plan = fresh.plan(&sql).await;
            assert!(plan.contains(index), "{ask:?}: {plan}");
            for slow in ["TEMP B-TREE", "SCAN", "Seq Scan", "Sort"] {
                assert!(!plan.contains(slow), "{ask:?}: {plan}");
            }
        }
    }
}

crate::hits::tests::on_both::on_both! { what_is_searched_for_goes_along_an_index, }
