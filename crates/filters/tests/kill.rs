//! `kill -9` of a process that writes hits: what it acknowledged is there, once.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use wikiward_farm::{ActorType, Clock as _, Entropy as _, Id, SystemClock, SystemEntropy};
use wikiward_filters::hits::record::{Actor, NewHit, Record, Target};
use wikiward_filters::hits::{HitWriter, Stored, WriterSettings};
use wikiward_filters::model::{FilterKey, FilterNumber, Version};
use wikiward_store::{Database, Keyring, OpenOptions, Store};

/// Names the folder in the process that is to be killed.
const FOLDER: &str = "WIKIWARD_TEST_KILL_FOLDER";
const ROUNDS: u32 = 10;
const IN_FLIGHT: usize = 32;

fn record(action_id: &str) -> Record {
    let now = SystemClock.now();
    Record {
        evaluation_id: Id::new(now, &SystemEntropy),
        wiki: "enwiki".parse().unwrap(),
        action_id: action_id.into(),
        at: now,
        kind: "edit".into(),
        actor: Actor { id: Some(1), name: "Example".into(), kind: ActorType::Named },
        target: Target { ns: 0, title: "Foo".into(), page_id: None },
        ip: None,
        decision: "refuse",
        answer: Arc::from(&b"{}"[..]),
        hits: vec![NewHit {
            hit_id: Id::new(now, &SystemEntropy),
            filter: FilterKey { wiki: "enwiki".parse().unwrap(), number: FilterNumber(1) },
            version: Version(1),
            taken: vec!["disallow".into()],
            withheld: Vec::new(),
            substituted: BTreeMap::new(),
            ref_code: "AAAA-AAAAA".into(),
            uses_protected: Vec::new(),
        }],
        variables: Arc::default(),
        protected: Arc::default(),
        counters: Vec::new(),
        holds: Vec::new(),
        attempt: None,
    }
}

async fn open(folder: &Path) -> (Store, HitWriter) {
    let database = Database::Sqlite(folder.join("wikiward.db"));
    let store = Store::open(&database, &OpenOptions::default(), Arc::new(SystemClock)).await.unwrap();
    let writer = HitWriter::start(
        store.clone(),
        &Keyring::new(&[3; 32]),
        Arc::new(SystemEntropy),
        Arc::new(SystemClock),
        Some(folder.to_owned()),
        WriterSettings::default(),
    );
    (store, writer)
}

/// In the process that is to be killed: writes hits until it is, and says of each that it is stored. In the other process
/// there is nothing to do here.
#[tokio::test]
async fn the_process_that_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let (_, writer) = open(Path::new(&folder)).await;
    let run: [u8; 8] = (&SystemEntropy as &dyn wikiward_farm::Entropy).bytes();
    let mut waiting = std::collections::VecDeque::new();
    for number in 0_u32.. {
        let action_id = format!("{}-{number}", u64::from_be_bytes(run));
        // Every third action is asked for twice at once.
        for _ in 0..=u32::from(number % 3 == 0) {
            waiting.push_back((action_id.clone(), writer.submit(record(&action_id))));
        }
        while waiting.len() > IN_FLIGHT {
            let (action_id, ticket) = waiting.pop_front().unwrap();
            if ticket.stored().await != Stored::Lost {
                let mut out = std::io::stdout().lock();
                writeln!(out, "\nstored {action_id}").unwrap();
                out.flush().unwrap();
            }
        }
    }
}

fn child(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_process_that_is_killed", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_at_any_moment_once() {
    if std::env::var(FOLDER).is_ok() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        let mut child = child(folder.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut byte = [0_u8; 1];
        SystemEntropy.fill(&mut byte);
        let until = 1 + usize::from(byte[0]);
        let mut seen = 0;
        while seen < until {
            let line = lines.next().expect("the process writes until it is killed").unwrap();
            if let Some(action_id) = line.strip_prefix("stored ") {
                acknowledged.insert(action_id.to_owned());
                seen += 1;
            }
        }
        // SIGKILL: nothing of it runs any more.
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said before it died counts, too; a torn last line does not.
        let rest: Vec<String> = lines.map_while(Result::ok).collect();
        let whole = rest.len().saturating_sub(1);
        acknowledged.extend(rest[..whole].iter().filter_map(|line| line.strip_prefix("stored ")).map(str::to_owned));
        let (store, writer) = open(folder.path()).await;
        while writer.counts().spool_bytes > 0 {
            tokio::task::yield_now().await;
        }
        let rows = store.reader().await.unwrap().rows("SELECT action_id FROM hits").await.unwrap();
        let stored: Vec<String> = rows.iter().map(|row| row.get(0).unwrap()).collect();
        let distinct: BTreeSet<&String> = stored.iter().collect();
        assert_eq!(distinct.len(), stored.len(), "round {round}: an action has two hits");
        let missing: Vec<&String> = acknowledged.iter().filter(|id| !distinct.contains(id)).collect();
        assert!(missing.is_empty(), "round {round}: acknowledged and not there: {missing:?}");
        writer.close().await;
        store.close().await;
    }
    assert!(acknowledged.len() > 10);
}
