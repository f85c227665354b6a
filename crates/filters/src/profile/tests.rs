//! Profiles on both databases.

use super::*;
use crate::hits::tests::on_both::{Fresh, on_both};
use crate::life::events;
use crate::model::{FilterKey, FilterNumber};
use crate::snapshot::WikiSettings;
use crate::snapshot::tests::Wikis;
use marks::Mark;
use wikiward_farm::{Clock as _, Principal, Right, Rights, SystemEntropy, Viewer};

mod leaks;

on_both! {
    counts_of_several_nodes_add_up,
    hours_are_summed_up_and_old_buckets_go,
    counts_that_come_late_are_in_their_hour,
    what_is_not_written_yet_is_answered_too,
    a_slow_filter_is_told_of_once_a_day,
    a_filter_that_lacks_variables_is_told_of,
    a_farm_wide_filter_is_counted_on_every_wiki,
}

fn wiki(name: &str) -> WikiId {
    name.parse().unwrap()
}

fn key(wiki: &str, number: u32) -> FilterKey {
    FilterKey { wiki: self::wiki(wiki), number: FilterNumber(number) }
}

/// A node: a profile, and the tally of a wiki's filters 1 to 5 and the farm's 1 and 2.
struct Node {
    profile: Profile,
    tally: Arc<Tally>,
}

impl Node {
    async fn new(fresh: &Fresh, on: &str) -> Self {
        let snapshots = Snapshots::load(fresh.store.clone(), Arc::new(Wikis::default()), WikiSettings::default());
        let profile = Profile::new(fresh.store.clone(), Arc::new(snapshots.await.unwrap()), Arc::new(SystemEntropy));
        let live: Vec<FilterKey> = (1..=5).map(|number| key(on, number)).chain([key("*", 1), key("*", 2)]).collect();
        let tally = Arc::new(Tally::new(&wiki(on), "default", live.iter(), [].iter()));
        profile.collect(&tally);
        Self { profile, tally }
    }

    /// Counts a run in which the filters at `places` matched and refused.
    fn run(&self, now: Timestamp, places: &[usize]) {
        let run = Run { now, rules_us: 100, conditions: 7, is_exceeded: false };
        let matches = places.iter().map(|place| MatchOf {
            place: *place,
            classes: &[crate::model::Class::Obstructive],
            refuses: true,
            leaves_row: true,
        });
        self.tally.run(run, [].into_iter(), [].into_iter(), matches, None);
    }

    async fn day(&self, now: Timestamp, gid: &str) -> FilterStats {
        let range = Range::new(None, None, None, now).unwrap();
        self.profile.filter(&Viewer::operator(), &wiki("enwiki"), gid, range, now).await.unwrap()
    }
}

fn later(now: Timestamp, minutes: i64) -> Timestamp {
    from_micros(micros(now) + minutes * slot::MINUTE)
}

async fn counts_of_several_nodes_add_up(fresh: Fresh) {
    let now = fresh.clock.now();
    let (one, other) = (Node::new(&fresh, "enwiki").await, Node::new(&fresh, "enwiki").await);
    for _ in 0..3 {
        one.run(now, &[0]);
        other.run(now, &[]);
        let (left, right) = tokio::join!(one.profile.flush(now), other.profile.flush(now));
        left.unwrap();
        right.unwrap();
    }
    let stats = one.day(now, "1").await;
    assert_eq!((stats.total.evaluations, stats.total.matches, stats.total.refusals), (6, 3, 3));
    assert_eq!(stats.steps.iter().filter(|step| !step.is_empty()).count(), 1);
    assert_eq!(stats, other.day(now, "1").await);
}

async fn hours_are_summed_up_and_old_buckets_go(fresh: Fresh) {
    let start = fresh.clock.now();
    let node = Node::new(&fresh, "enwiki").await;
    for minute in 0..180 {
        node.run(later(start, minute), &[0, 1]);
    }
    node.profile.flush(later(start, 180)).await.unwrap();
    let short = "SELECT COUNT(*) FROM filter_profiles WHERE width = 300";
    let long = "SELECT COUNT(*) FROM filter_profiles WHERE width = 3600";
    let shorts = fresh.number(short).await;
    assert!((36..=37).contains(&shorts), "{shorts}");
    let before = node.day(later(start, 180), "1").await;
    node.profile.sweep(later(start, 4 * 60)).await.unwrap();
    let hours = fresh.number(long).await;
    assert!((3..=4).contains(&hours), "{hours}");
    assert_eq!(node.day(later(start, 180), "1").await, before, "summing up changes no answer");
    let next_day = later(start, 30 * 60);
    assert!(node.profile.sweep(next_day).await.unwrap() >= 36);
    assert_eq!((fresh.number(short).await, fresh.number(long).await), (0, hours));
    let range = Range::new(Some(later(start, -60)), Some(later(start, 240)), Some(3600), next_day).unwrap();
    let operator = Viewer::operator();
    let stats = node.profile.filter(&operator, &wiki("enwiki"), "1", range, next_day).await.unwrap();
    assert_eq!((stats.total.evaluations, stats.total.matches), (180, 180));
    let group = node.profile.wiki(&operator, &wiki("enwiki"), range, next_day).await.unwrap().groups.remove(0);
    assert_eq!((group.total.verdicts, group.total.matched, group.total.hits), (180, 180, Some(360)));
    node.profile.sweep(later(start, 91 * 24 * 60)).await.unwrap();
    assert_eq!(fresh.number(long).await, 0);
}

async fn counts_that_come_late_are_in_their_hour(fresh: Fresh) {
    let start = fresh.clock.now();
    let node = Node::new(&fresh, "enwiki").await;
    node.run(start, &[]);
    node.profile.flush(start).await.unwrap();
    node.profile.sweep(later(start, 120)).await.unwrap();
    node.run(start, &[]);
    node.profile.flush(later(start, 121)).await.unwrap();
    node.profile.sweep(later(start, 122)).await.unwrap();
    node.profile.sweep(later(start, 30 * 60)).await.unwrap();
    assert_eq!(fresh.number("SELECT COUNT(*) FROM filter_profiles").await, 1);
    let now = later(start, 30 * 60);
    let range = Range::new(Some(later(start, -60)), Some(later(start, 60)), Some(3600), now).unwrap();
    let stats = node.profile.filter(&Viewer::operator(), &wiki("enwiki"), "1", range, now).await.unwrap();
    assert_eq!(stats.total.evaluations, 2);
    // Those of a day ago have no bucket left to go to.
    node.run(start, &[]);
    node.profile.flush(now).await.unwrap();
    assert_eq!(fresh.number("SELECT COUNT(*) FROM filter_profiles").await, 1);
}

async fn what_is_not_written_yet_is_answered_too(fresh: Fresh) {
    let now = fresh.clock.now();
    let node = Node::new(&fresh, "enwiki").await;
    node.run(now, &[0]);
    let unwritten = node.day(now, "1").await;
    assert_eq!(unwritten.total.matches, 1);
    node.profile.flush(now).await.unwrap();
    assert_eq!(node.day(now, "1").await, unwritten);
    let overview = node.profile.overview(&Viewer::operator(), &wiki("enwiki"), later(now, 1)).await.unwrap();
    assert_eq!(overview.minutes.len(), overview::MINUTES_SHOWN);
    let busy: Vec<_> = overview.minutes.iter().filter(|minute| minute.verdicts > 0).collect();
    assert_eq!(busy.len(), 1);
    assert_eq!((busy[0].hits, busy[0].refused, busy[0].matched), (Some(1), Some(1), 1));
    let totals = node.profile.totals();
    assert_eq!(totals.matches.get(&(wiki("enwiki"), "1".to_owned())), Some(&1));
    assert_eq!(totals.time_us["default"].count(), 1);
}

async fn told(fresh: &Fresh, kind: &str) -> usize {
    let mut conn = fresh.store.reader().await.unwrap();
    events::of_kind(&mut conn, &key("enwiki", 1), kind, Timestamp::UNIX_EPOCH).await.unwrap().len()
}

async fn a_slow_filter_is_told_of_once_a_day(fresh: Fresh) {
    let now = fresh.clock.now();
    let node = Node::new(&fresh, "enwiki").await;
    let slow = [Timing { nanos: 60_000_000, conditions: 3 }];
    let quiet = |timings: Option<&[Timing]>| {
        let run = Run { now, rules_us: 60_000, conditions: 7, is_exceeded: false };
        node.tally.run(run, [].into_iter(), [].into_iter(), [].into_iter(), timings);
    };
    (0..999).for_each(|_| quiet(None));
    (0..9).for_each(|_| quiet(Some(&slow)));
    node.profile.flush(now).await.unwrap();
    assert_eq!(told(&fresh, "profile.slow").await, 0, "nine of 1,008");
    (0..9).for_each(|_| quiet(Some(&slow)));
    node.profile.flush(now).await.unwrap();
    assert_eq!(told(&fresh, "profile.slow").await, 1);
    quiet(Some(&slow));
    node.profile.flush(later(now, 1)).await.unwrap();
    assert_eq!(told(&fresh, "profile.slow").await, 1, "once is enough");
    assert_eq!(node.day(now, "1").await.marks.first(), Some(&Mark::Slow));
    let overview = node.profile.overview(&Viewer::operator(), &wiki("enwiki"), now).await.unwrap();
    assert!(overview.standing_out.iter().any(|out| out.gid == "1" && out.marks.contains(&Mark::Slow)));
}

async fn a_filter_that_lacks_variables_is_told_of(fresh: Fresh) {
    let now = fresh.clock.now();
    let node = Node::new(&fresh, "enwiki").await;
    (0..500).for_each(|_| node.run(now, &[]));
    node.profile.flush(now).await.unwrap();
    assert_eq!(told(&fresh, "profile.degraded").await, 0);
    let run = Run { now, rules_us: 1, conditions: 1, is_exceeded: false };
    node.tally.run(run, [].into_iter(), [0].into_iter(), [].into_iter(), None);
    node.profile.flush(now).await.unwrap();
    assert_eq!(told(&fresh, "profile.degraded").await, 1);
    assert_eq!(node.day(now, "1").await.marks.first(), Some(&Mark::Degraded));
}

async fn a_farm_wide_filter_is_counted_on_every_wiki(fresh: Fresh) {
    let now = fresh.clock.now();
    let (en, de) = (Node::new(&fresh, "enwiki").await, Node::new(&fresh, "dewiki").await);
    en.run(now, &[5]);
    en.run(now, &[]);
    de.run(now, &[5]);
    en.profile.flush(now).await.unwrap();
    de.profile.flush(now).await.unwrap();
    assert_eq!(en.day(now, "global-1").await.total.evaluations, 2);
    let range = Range::new(None, None, None, now).unwrap();
    for gid in ["1", "global-1"] {
        let farm = en.profile.farm_filter(&Viewer::operator(), gid, range, now).await.unwrap();
        assert_eq!((farm.together.total.evaluations, farm.together.total.matches), (3, 2));
        assert_eq!(farm.wikis.keys().map(WikiId::as_str).collect::<Vec<_>>(), ["dewiki", "enwiki"]);
    }
}

fn viewer(rights: &[Right]) -> Viewer {
    Viewer::new(Principal::Operator, Rights::farm_wide(rights.iter().copied().collect()), false)
}
