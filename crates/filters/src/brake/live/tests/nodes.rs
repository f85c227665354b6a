//! Several nodes on one store: each knows what the others counted.

use super::*;
use wikiward_farm::Clock;
use wikiward_store::Database;

/// Two nodes, and what they share.
struct Nodes {
    bench: Braking,
    other: Arc<LiveBrake>,
    judge: Arc<Judge>,
}

impl Nodes {
    async fn on(database: Option<Database>, rows: &[Row]) -> Self {
        let clock = Arc::new(Standing(AtomicU64::new(BEGIN)));
        let farm = Fixture::on(database, clock.clone()).await;
        farm.save(rows).await;
        let bench = Braking::over(farm, clock).await;
        let (other, judge) = bench.another().await;
        Self { bench, other, judge }
    }

    async fn each(rows: &[Row]) -> Vec<Self> {
        let mut each = vec![Self::on(None, rows).await];
        if let Some(url) = wikiward_testkit::postgres::fresh_database() {
            each.push(Self::on(Some(Database::Postgres(url)), rows).await);
        }
        each
    }

    /// What the nodes' loops do every half second.
    async fn moment(&self) {
        let now = self.bench.clock.now();
        for node in [&self.bench.live, &self.other, &self.bench.live] {
            node.refresh().await.unwrap();
            node.flush(now, false).await.unwrap();
        }
    }

    /// Judged here, or there.
    async fn judged(&self, is_here: bool, request: Request) -> Decision {
        if is_here {
            return self.bench.judged(request).await.decision;
        }
        there(&self.judge, request).await
    }
}

impl Braking {
    async fn another(&self) -> (Arc<LiveBrake>, Arc<Judge>) {
        let keyring = Keyring::new(&[7; 32]);
        let entropy = Arc::new(SystemEntropy);
        let live = LiveBrake::load(self.farm.store.clone(), self.snapshots.clone(), &keyring, entropy).await.unwrap();
        let live = Arc::new(live);
        let judge =
            Bench::judge_braked(&self.farm, &self.rows, &self.clock, self.snapshots.clone(), live.clone()).await;
        (live, judge)
    }
}

async fn there(judge: &Judge, request: Request) -> Decision {
    match judge.evaluate(request).await.unwrap() {
        Reply::Complete(answer) => answer.decision,
        Reply::Needs(_) => panic!("a verdict is wanted"),
    }
}

fn people(live: &LiveBrake, class: usize) -> u32 {
    let memory = live.memory();
    let wiki: &WikiId = &"enwiki".parse().unwrap();
    let tracked = &memory.wikis[wiki].kinds[0].streams[&Braking::key(1)];
    tracked.stream.harm[class].people(live.clock.now())
}

fn observations(live: &LiveBrake) -> u64 {
    let memory = live.memory();
    memory.wikis["enwiki"].kinds[0].around.observations()
}

#[tokio::test]
async fn people_hit_half_here_and_half_there_latch_together() {
    for nodes in Nodes::each(&[spam(1).with("disallow", &[""])]).await {
        for person in 0..4 {
            nodes.bench.clock.pass(30);
            let request = nodes.bench.good(person, "spam");
            assert_eq!(nodes.judged(person % 2 == 0, request).await, Decision::Refuse);
            nodes.moment().await;
            assert_eq!((people(&nodes.bench.live, 1), people(&nodes.other, 1)), (person + 1, person + 1));
        }
        assert_eq!((observations(&nodes.bench.live), observations(&nodes.other)), (4, 4));
        let fifth = nodes.bench.good(4, "spam");
        assert_eq!(nodes.judged(false, fifth).await, Decision::Allow, "the fifth person latches where it is hit");
        nodes.moment().await;
        assert_eq!(nodes.judged(true, nodes.bench.good(50, "spam")).await, Decision::Allow);
        assert_eq!(nodes.bench.latched(1).await, [Class::Obstructive]);
        let history = nodes.bench.history(1).await;
        assert_eq!(history.iter().filter(|kind| *kind == "brake.latch").count(), 1, "{history:?}");
    }
}

#[tokio::test]
async fn nodes_that_hear_of_each_other_late_latch_all_the_same() {
    for nodes in Nodes::each(&[spam(1).with("disallow", &[""])]).await {
        for person in 0..6 {
            nodes.bench.clock.pass(1);
            nodes.judged(person % 2 == 0, nodes.bench.good(person, "spam")).await;
        }
        nodes.moment().await;
        assert_eq!(nodes.bench.latched(1).await, [Class::Obstructive]);
        nodes.moment().await;
        assert_eq!(nodes.judged(false, nodes.bench.good(50, "spam")).await, Decision::Allow);
    }
}

#[tokio::test]
async fn nothing_is_counted_twice_however_often_a_node_hears_or_starts_again() {
    for nodes in Nodes::each(&[spam(1).with("disallow", &[""])]).await {
        for person in 0..4 {
            nodes.bench.clock.pass(1);
            nodes.judged(person % 2 == 0, nodes.bench.good(person, "spam")).await;
            // The same person goes to the other node.
            nodes.judged(person % 2 == 1, nodes.bench.good(person, "typo")).await;
            nodes.moment().await;
            nodes.moment().await;
        }
        // Killed without a last word: what was written counts, once.
        let (third, _) = nodes.bench.another().await;
        for live in [&nodes.bench.live, &nodes.other, &third] {
            assert_eq!((people(live, 1), observations(live)), (4, 4));
        }
        let sum = |live: &LiveBrake| {
            let memory = live.memory();
            let kind = &memory.wikis["enwiki"].kinds[0];
            let tracked = &kind.streams[&Braking::key(1)];
            (tracked.stream.harm[1].sum() * 1e6).round() / 1e6
        };
        assert_eq!((sum(&nodes.bench.live), sum(&nodes.other)), (sum(&third), sum(&third)));
    }
}

#[tokio::test]
async fn who_was_away_for_long_reads_everything_anew() {
    for nodes in Nodes::each(&[spam(1).with("disallow", &[""])]).await {
        let here = &nodes.bench;
        for person in 0..2 {
            here.judged(here.good(person, "spam")).await;
            here.live.flush(here.clock.now(), false).await.unwrap();
        }
        // Judged there while it heard of nothing.
        nodes.judged(false, here.good(2, "spam")).await;
        let mut tx = here.farm.store.begin().await.unwrap();
        let later = here.clock.now().checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
        crate::brake::records::sweep_batches(&mut tx, later).await.unwrap();
        tx.commit().await.unwrap();
        here.judged(here.good(3, "spam")).await;
        nodes.moment().await;
        nodes.moment().await;
        assert_eq!((people(&here.live, 1), people(&nodes.other, 1)), (4, 4));
        assert_eq!((observations(&here.live), observations(&nodes.other)), (4, 4));
    }
}

#[tokio::test]
async fn what_is_counted_of_abusefilters_own_brake_is_shared_and_survives() {
    let row = || spam(1).with("block", &["noTalkBlockSet", "1 day", "1 day"]);
    for nodes in Nodes::each(&[row()]).await {
        let settings = serde_json::json!({"brake": {"profile_default": "compat"}});
        nodes.bench.farm.wikis.settings.lock().unwrap().insert("enwiki".parse().unwrap(), settings);
        crate::snapshot::tests::age(&nodes.bench.farm.store, 1, nodes.bench.clock.now()).await;
        nodes.bench.snapshots.refresh().await.unwrap();
        for number in 0..3 {
            nodes.judged(number % 2 == 0, nodes.bench.stranger(number, "spam")).await;
            nodes.moment().await;
        }
        let (third, judge) = nodes.bench.another().await;
        let counted = |live: &LiveBrake| {
            let memory = live.memory();
            memory.compat[&Braking::key(1)][&"enwiki".parse::<WikiId>().unwrap()].compat.counted()
        };
        for live in [&nodes.bench.live, &nodes.other, &third] {
            assert_eq!(counted(live), (3, 3));
        }
        there(&judge, nodes.bench.stranger(9, "spam")).await;
        third.flush(nodes.bench.clock.now(), false).await.unwrap();
        assert_eq!(nodes.bench.latched(1).await, [Class::Destructive], "the fourth match in a row");
    }
}

#[tokio::test]
async fn what_comes_of_actions_is_counted_once_wherever_it_is_reported() {
    use crate::hits::steer::{Feedback, FeedbackEvent};
    let wiki: WikiId = "enwiki".parse().unwrap();
    for nodes in Nodes::each(&[spam(1).with("disallow", &[""])]).await {
        let here = &nodes.bench;
        let uncleaned = |live: &LiveBrake| live.memory().wikis["enwiki"].kinds[0].around.uncleaned();
        let mut reports = Vec::new();
        for number in 0..3_u32 {
            let request = here.stranger(number << 16, "typo");
            reports.push(Feedback {
                rev_id: None,
                action_id: Some(request.action_id.clone()),
                event: FeedbackEvent::Reverted,
                at: here.clock.now(),
            });
            nodes.judged(true, request).await;
        }
        nodes.moment().await;
        nodes.other.reported(&wiki, &reports);
        nodes.other.reported(&wiki, &reports[..1]);
        nodes.moment().await;
        here.live.reported(&wiki, &reports);
        nodes.moment().await;
        let last = Feedback { event: FeedbackEvent::Restored, ..reports[2].clone() };
        here.live.reported(&wiki, &[last.clone(), last]);
        nodes.moment().await;
        assert_eq!((uncleaned(&here.live), uncleaned(&nodes.other)), (2, 2));
        here.clock.pass(61);
        nodes.moment().await;
        let (third, _) = here.another().await;
        assert_eq!(uncleaned(&third), 2);
        third.reported(&wiki, &reports);
        assert_eq!(uncleaned(&third), 3, "it is known after a restart, too");
    }
}

#[test]
fn a_batch_is_read_as_it_was_written() {
    use super::super::sharing::{Batch, Means, Slot};
    use crate::brake::Mark;
    use crate::consequences::Observed;
    let mut batch = Batch::first();
    let (mut place, mut filter) = (Slot::default(), Slot::default());
    let name = || ("enwiki".parse().unwrap(), "default".to_owned(), "edit".to_owned());
    let observed = |number| Observed {
        person: Mark(number),
        range: Mark(number + 1),
        origin: Mark(number + 2),
        is_good: number.is_multiple_of(2),
        is_grown: true,
        is_named: true,
        is_observation: false,
    };
    let means = Means { refuses: true, degroups: true, ..Means::default() };
    let at = |second: u64| Standing(AtomicU64::new(BEGIN + second)).now();
    let key = Braking::key(7);
    // A hit is told before its action.
    batch.strike(at(5), &mut place, name, (&mut filter, &key, 99), &observed(10), means, true, None);
    batch.see(at(5), &mut place, name, &observed(10), true, (1, 2));
    batch.see(at(1), &mut place, name, &observed(31), false, (3, 4));
    batch.strike(at(3), &mut place, name, (&mut filter, &key, 99), &observed(50), means, false, None);
    let text = serde_json::to_string(&batch).unwrap();
    let read: Batch = serde_json::from_str(&text).unwrap();
    let told: Vec<_> = read
        .in_order()
        .iter()
        .map(|(seen, hits)| {
            let seen = seen.as_ref().map(|seen| (seen.at, seen.observed, seen.is_stopped, seen.names));
            (seen, hits.iter().map(|hit| (hit.at, hit.key.clone(), hit.means, hit.counts)).collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some((at(1), observed(31), false, (3, 4))), vec![]),
            (None, vec![(at(3), key.clone(), means, false)]),
            (Some((at(5), observed(10), true, (1, 2))), vec![(at(5), key, means, true)]),
        ]
    );
    let next = batch.take();
    assert!(!next.is_empty() && batch.is_empty());
    batch.see(at(9), &mut place, name, &observed(1), true, (5, 6));
    assert_eq!(batch.in_order()[0].0.as_ref().unwrap().group, "default", "the next has tables of its own");
}
