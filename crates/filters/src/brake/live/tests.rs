//! The brake through evaluations: who latches what, and what comes after.

use super::*;
use crate::consequences::Decision;
use crate::hits::record::Target;
use crate::judge::tests::{Bench, Memory as Rows, Standing, edit};
use crate::judge::{Answer, Judge, Reply, Request};
use crate::life::Filters;
use crate::life::braking::{Braked, Reactivate, Reason};
use crate::model::{Class, FilterNumber};
use crate::save::FilterSettings;
use crate::snapshot::Snapshots;
use crate::snapshot::tests::{Fixture, Row};
use std::sync::atomic::AtomicU64;
use wikiward_farm::{ActorType, SystemEntropy, Viewer};

mod holds;
mod keeping;
mod nodes;
mod paths;
mod weeks;

/// A wiki with a brake at work.
struct Braking {
    farm: Fixture,
    rows: Arc<Rows>,
    clock: Arc<Standing>,
    snapshots: Arc<Snapshots>,
    live: Arc<LiveBrake>,
    judge: Arc<Judge>,
    filters: Filters,
    number: AtomicU64,
}

/// A Monday.
const BEGIN: u64 = 1_790_000_000;

impl Braking {
    async fn new(rows: &[Row]) -> Self {
        let clock = Arc::new(Standing(AtomicU64::new(BEGIN)));
        let farm = Fixture::at(clock.clone()).await;
        farm.save(rows).await;
        Self::over(farm, clock).await
    }

    /// A process over what is stored.
    async fn over(farm: Fixture, clock: Arc<Standing>) -> Self {
        let keyring = Keyring::new(&[7; 32]);
        let snapshots = farm.snapshots().await;
        let live = LiveBrake::load(farm.store.clone(), snapshots.clone(), &keyring, Arc::new(SystemEntropy)).await;
        let live = Arc::new(live.unwrap());
        let rows = Arc::new(Rows::default());
        let judge = Bench::judge_braked(&farm, &rows, &clock, snapshots.clone(), live.clone()).await;
        let (wikis, entropy) = (farm.wikis.clone(), Arc::new(SystemEntropy));
        let filters = Filters::new(farm.store.clone(), snapshots.clone(), wikis, entropy, FilterSettings::default());
        let filters = filters.braked_by(live.clone());
        Self { farm, rows, clock, snapshots, live, judge, filters, number: AtomicU64::new(0) }
    }

    async fn again(self) -> Self {
        self.live.flush(self.clock.now(), true).await.unwrap();
        Self { number: self.number, ..Self::over(self.farm, self.clock).await }
    }

    async fn judged(&self, request: Request) -> Arc<Answer> {
        match self.judge.evaluate(request).await.unwrap() {
            Reply::Complete(answer) => answer,
            Reply::Needs(needs) => panic!("a verdict is wanted, not {needs:?}"),
        }
    }

    fn request(&self, summary: &str) -> Request {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        edit(&format!("a{number}"), &[("summary", summary.into())])
    }

    /// Somebody in good standing, with a range of their own.
    fn good(&self, person: u32, summary: &str) -> Request {
        let mut request = self.request(summary);
        request.actor.id = Some(i64::from(person) + 1);
        request.actor.name = format!("Good {person}");
        request.session_key = Some(format!("session {person}"));
        request.actor.edit_count = Some(1_000);
        request.actor.age_s = Some(100_000_000);
        request.actor.is_blocked = Some(false);
        request.ip = Some(std::net::Ipv4Addr::from(0x0A00_0000 + (person << 8)).into());
        request
    }

    /// An address that nobody knows.
    fn stranger(&self, address: u32, summary: &str) -> Request {
        let mut request = self.request(summary);
        request.actor = crate::judge::Actor {
            name: format!("stranger {address}"),
            kind: ActorType::Ip,
            ..crate::judge::Actor::default()
        };
        request.ip = Some(std::net::Ipv4Addr::from(0xC000_0000 + address).into());
        request.target = Target { ns: 0, title: format!("Page {address}"), page_id: Some(1) };
        request
    }

    async fn braked(&self, number: u32) -> Braked {
        self.live.flush(self.clock.now(), false).await.unwrap();
        let wiki = "enwiki".parse().unwrap();
        self.filters.brake(&Viewer::operator(), &wiki, &number.to_string()).await.unwrap().1
    }

    async fn latched(&self, number: u32) -> Vec<Class> {
        self.braked(number).await.latched()
    }

    async fn reactivate(&self, number: u32, reason: Reason) {
        self.clock.pass(1);
        let request = Reactivate { reason, words: String::new(), classes: Vec::new(), expect_latch: None };
        let wiki = "enwiki".parse().unwrap();
        self.filters.reactivate(&Viewer::operator(), &wiki, &number.to_string(), &request).await.unwrap();
    }

    /// Kinds of the events of a filter's history, oldest first.
    async fn history(&self, number: u32) -> Vec<String> {
        let (wiki, gid) = ("enwiki".parse().unwrap(), number.to_string());
        let limit = wikiward_farm::Limit::new(100).unwrap();
        let page = self.filters.history(&Viewer::operator(), &wiki, &gid, None, limit).await.unwrap();
        let kinds = page.items.iter().rev().filter_map(|item| match item {
            crate::life::HistoryItem::Event(event) => Some(event.kind.clone()),
            crate::life::HistoryItem::Saved { .. } => None,
        });
        kinds.collect()
    }

    fn key(number: u32) -> FilterKey {
        FilterKey { wiki: "enwiki".parse().unwrap(), number: FilterNumber(number) }
    }
}

fn spam(number: u32) -> Row {
    Row::new(number, "summary contains 'spam'")
}
