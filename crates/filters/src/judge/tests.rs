use super::*;
use crate::consequences::{Effect, NoBrake};
use crate::hits::record::{Record, Target};
use crate::snapshot::tests::{Fixture, Row};
use std::sync::atomic::{AtomicU64, Ordering};
use wikiward_farm::{ActorType, SystemEntropy};

mod budgets;
mod once;
mod parallel;
mod rounds;
mod shadows;

/// Keeps records in memory, once per action.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) records: Mutex<Vec<Record>>,
    pub(crate) is_broken: std::sync::atomic::AtomicBool,
}

impl Memory {
    fn find(&self, wiki: &WikiId, action_id: &str) -> Option<Arc<[u8]>> {
        let records = self.records.lock().unwrap();
        let is_it = |record: &&Record| !record.hits.is_empty() && record.wiki == *wiki && record.action_id == action_id;
        records.iter().find(is_it).map(|record| record.answer.clone())
    }

    pub(crate) fn rows(&self) -> usize {
        self.records.lock().unwrap().iter().map(|record| record.hits.len()).sum()
    }
}

impl Journal for Memory {
    fn first_answer<'a>(&'a self, wiki: &'a WikiId, action_id: &'a str) -> Later<'a, Option<Arc<[u8]>>> {
        let found = self.find(wiki, action_id);
        Box::pin(async move { found })
    }

    fn keep(&self, record: Record) -> Later<'static, Kept> {
        let kept = if self.is_broken.load(Ordering::Relaxed) {
            Kept::No
        } else if let Some(first) = self.find(&record.wiki, &record.action_id) {
            Kept::Before(first)
        } else {
            self.records.lock().unwrap().push(record);
            Kept::Yes
        };
        Box::pin(async move {
            tokio::task::yield_now().await;
            kept
        })
    }
}

/// A clock that stands until it is set.
#[derive(Debug)]
pub(crate) struct Standing(pub(crate) AtomicU64);

impl Standing {
    pub(crate) fn pass(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(i64::try_from(self.0.load(Ordering::Relaxed)).unwrap()).unwrap()
    }
}

/// A judge with everything it needs, in memory but for the filters.
pub(crate) struct Bench {
    pub(crate) farm: Fixture,
    pub(crate) judge: Arc<Judge>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) clock: Arc<Standing>,
}

impl Bench {
    pub(crate) async fn new(rows: &[Row]) -> Self {
        let farm = Fixture::new().await;
        farm.save(rows).await;
        let memory = Arc::new(Memory::default());
        let clock = Arc::new(Standing(AtomicU64::new(1_772_359_200)));
        let judge = Self::judge(&farm, &memory, &clock).await;
        Self { farm, judge, memory, clock }
    }

    pub(crate) async fn judge(farm: &Fixture, memory: &Arc<Memory>, clock: &Arc<Standing>) -> Arc<Judge> {
        Self::judge_braked(farm, memory, clock, farm.snapshots().await, Arc::new(NoBrake)).await
    }

    pub(crate) async fn judge_braked(
        farm: &Fixture,
        memory: &Arc<Memory>,
        clock: &Arc<Standing>,
        snapshots: Arc<Snapshots>,
        brake: Arc<dyn Brake>,
    ) -> Arc<Judge> {
        let counters = Counters::load(&farm.store, clock.now()).await.unwrap();
        Arc::new(Judge::new(Parts {
            snapshots,
            journal: memory.clone(),
            brake,
            counters,
            clock: clock.clone(),
            entropy: Arc::new(SystemEntropy),
            keyring: Keyring::new(&[7; 32]),
            store: farm.store.clone(),
            node: "node1".into(),
            in_flight_max: IN_FLIGHT_MAX,
        }))
    }

    pub(crate) async fn verdict(&self, request: Request) -> Arc<Answer> {
        match self.judge.evaluate(request).await.unwrap() {
            Reply::Complete(answer) => answer,
            Reply::Needs(needs) => panic!("a verdict is wanted, not {needs:?}"),
        }
    }

    pub(crate) async fn needs(&self, request: Request) -> Needs {
        match self.judge.evaluate(request).await.unwrap() {
            Reply::Needs(needs) => needs,
            Reply::Complete(answer) => panic!("needs are wanted, not {answer:?}"),
        }
    }
}

/// An edit of a named user.
pub(crate) fn edit(action_id: &str, vars: &[(&str, Value)]) -> Request {
    Request {
        wiki: "enwiki".parse().unwrap(),
        group: "default".into(),
        action_id: action_id.into(),
        kind: "edit".into(),
        at: None,
        mode: Mode::Enforce,
        actor: Actor { id: Some(4), name: "Example".into(), kind: ActorType::Named, ..Actor::default() },
        target: Target { ns: 0, title: "Foo".into(), page_id: Some(12) },
        ip: Some("203.0.113.9".parse().unwrap()),
        session_key: Some("session".into()),
        captcha: crate::consequences::Captcha::Unsolved,
        vars: vars.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        lazy: Vec::new(),
        deadline_ms: None,
        skip: Vec::new(),
    }
}

#[tokio::test]
async fn a_match_is_refused_told_and_kept() {
    let spam = Row::new(17, "summary contains 'spam'")
        .with("block", &["noTalkBlockSet", "31 hours", "indefinite"])
        .with("disallow", &[""])
        .with("tag", &["possible spam"]);
    let bench = Bench::new(&[spam, Row::new(18, "page_id == 3")]).await;
    let clean = bench.verdict(edit("a1", &[("summary", "typo".into())])).await;
    assert_eq!((clean.decision, clean.matched.len(), clean.conditions_used), (Decision::Allow, 0, 2));
    assert_eq!(bench.memory.rows(), 0);
    let answer = bench.verdict(edit("a2", &[("summary", "spam!".into()), ("page_id", 3.into())])).await;
    assert_eq!(answer.decision, Decision::Refuse);
    let taken: Vec<_> = answer.matched.iter().map(|it| (it.filter.gid.as_str(), it.taken.join(" "))).collect();
    assert_eq!(taken, [("17", "tag block".to_owned()), ("18", String::new())], "no plain refusal beside a block");
    let Effect::Block { expiry, talk, .. } = &answer.instructions[1].effect else { panic!("{answer:?}") };
    assert_eq!((expiry.as_str(), *talk), ("indefinite", false));
    assert_eq!((answer.messages.len(), answer.messages[0].key.as_str()), (1, "abusefilter-blocked-display"));
    assert_eq!(answer.messages[0].params, ["Filter 17", "17"]);
    let records = bench.memory.records.lock().unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].hits.len(), 2, "a match without consequences leaves a row too");
    assert_eq!(records[0].hits[0].ref_code, answer.messages[0].ref_code);
    assert_eq!(records[0].variables["summary"], "spam!");
    assert_ne!(records[0].hits[0].hit_id, records[0].hits[1].hit_id);
}

#[tokio::test]
async fn throttle_warn_and_disallow_take_turns_as_the_book_says() {
    let filter = Row::new(1, "1").with("throttle", &["", "3,60", "user"]).with("warn", &["w"]).with("disallow", &["d"]);
    let bench = Bench::new(&[filter]).await;
    let mut taken = Vec::new();
    for attempt in 1..=6 {
        let answer = bench.verdict(edit(&format!("a{attempt}"), &[])).await;
        taken.push(answer.matched[0].taken.join(" "));
        bench.clock.pass(1);
    }
    assert_eq!(taken, ["throttle", "throttle", "throttle", "warn", "disallow", "warn"]);
    assert_eq!(bench.memory.rows(), 3, "what only counts leaves no row");
}

#[tokio::test]
async fn a_variable_of_one_filter_is_unset_in_the_next() {
    let first = Row { priority: 1, ..Row::new(1, "leak := 5; leak == 5") };
    let second = Row::new(2, "if page_id == 99 then leak := 5 end; leak == 5");
    let bench = Bench::new(&[first, second]).await;
    let answer = bench.verdict(edit("a", &[("page_id", 1.into())])).await;
    let matched: Vec<_> = answer.matched.iter().map(|it| it.filter.gid.as_str()).collect();
    assert_eq!(matched, ["1"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told() {
    let bench = Bench::new(&[]).await;
    let code = async |change: &dyn Fn(&mut Request)| {
        let mut request = edit("a", &[]);
        change(&mut request);
        wikiward_farm::Coded::code(&bench.judge.evaluate(request).await.unwrap_err())
    };
    assert_eq!(code(&|it| it.wiki = "nowiki".parse().unwrap()).await, "not_found");
    assert_eq!(code(&|it| it.group = "none".into()).await, "unknown_group");
    assert_eq!(code(&|it| it.kind = "dance".into()).await, "bad_request");
    assert_eq!(code(&|it| it.action_id = String::new()).await, "bad_request");
    assert_eq!(code(&|it| it.actor.name = "a\nb".into()).await, "bad_request");
    assert_eq!(code(&|it| it.vars = vec![("weather".into(), 1.into())]).await, "unknown_variable");
    assert_eq!(code(&|it| it.lazy = vec!["weather".into()]).await, "unknown_variable");
    assert_eq!(code(&|it| it.vars = vec![("Bad Name".into(), 1.into())]).await, "bad_var_name");
    let large = Value::text("x".repeat(2 * 1024 * 1024 + 1));
    assert_eq!(code(&|it| it.vars = vec![("summary".into(), large.clone())]).await, "var_too_large");
    let many: Vec<(String, Value)> = (0..257).map(|_| ("summary".to_owned(), 1.into())).collect();
    assert_eq!(code(&|it| it.vars.clone_from(&many)).await, "bad_request");
}
