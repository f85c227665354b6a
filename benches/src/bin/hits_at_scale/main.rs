//! Measures what lists, searches and single hits cost on a store with many hits.
//!
//! `hits_at_scale [FILE] [HITS]` fills FILE (default `target/hits_at_scale.db`) with HITS hits (default 10,000,000) and
//! 100,000 versions of filters, if it is not there yet; then asks every kind of question as every kind of viewer, and prints
//! times and memory. The first 250,000 hits go through the writer that the service uses, the others are copies of them.

mod copies;
mod read;
mod records;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wikiward_farm::clock::from_micros;
use wikiward_farm::right::RightSet;
use wikiward_farm::viewer::Rights;
use wikiward_farm::{ActorType, Clock as _, Id, Limit, Principal, Right, SystemClock, SystemEntropy, Viewer, WikiId};
use wikiward_filters::hits::list::{Log, Question, Selection};
use wikiward_filters::hits::record::{Actor, NewHit, Record, Target};
use wikiward_filters::hits::{HitWriter, Hits, RestrictedRows, Sight, WriterSettings};
use wikiward_filters::model::{FilterKey, FilterNumber, Version};
use wikiward_store::{Database, Keyring, OpenOptions, Store};

type Failure = Box<dyn std::error::Error>;

/// One wiki has half of all hits.
const WIKIS: [&str; 4] = ["enwiki", "dewiki", "frwiki", "jawiki"];
const FILTERS: u32 = 250;
const VERSIONS: i64 = 100;

/// Microseconds between two hits.
const SPACING: i64 = 100_000;

/// Hits that go through the writer; the others are copies of them.
const WRITTEN: u64 = 250_000;

/// The word that makes a process fill and do nothing else.
const FILL: &str = "fill";

/// Longest time that an answer may take, in milliseconds.
const MS_MAX: f64 = 200.0;

/// How often each question is asked; the slowest time counts.
const REPEATS: u32 = 5;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let path = PathBuf::from(arguments.next().unwrap_or_else(|| "target/hits_at_scale.db".into()));
    let hits: u64 = arguments.next().map_or(Ok(10_000_000), |text| text.parse())?;
    let only_fills = arguments.next().is_some_and(|word| word == FILL);
    if !path.exists() && !only_fills {
        // In a process of its own: what filling takes is no memory of the service.
        let filling =
            std::process::Command::new(std::env::current_exe()?).arg(&path).args([&hits.to_string(), FILL]).status()?;
        if !filling.success() {
            return Err(format!("filling ended with {filling}: remove {}", path.display()).into());
        }
    }
    // What fills hands over gigabytes at a time.
    let wait_max = if only_fills { Duration::from_hours(1) } else { OpenOptions::default().wait_max };
    let options = OpenOptions { wait_max, ..OpenOptions::default() };
    let store = Store::open(&Database::Sqlite(path.clone()), &options, Arc::new(SystemClock)).await?;
    if only_fills {
        fill(&store, &path, hits).await?;
        store.close().await;
        return Ok(());
    }
    let before = memory_mb();
    println!(
        "every time is the slowest of {REPEATS}, in milliseconds; in brackets the first one, and what\n\
         processors did for one on average"
    );
    ask(&store).await?;
    read::ask(&store).await?;
    println!("memory: {before} MB before asking, {} MB after, {} MB at most", memory_mb(), peak_mb());
    store.close().await;
    Ok(())
}

/// Pseudo-random numbers: the same in every run.
fn mixed(number: u64) -> u64 {
    let mut x = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^ (x >> 32)
}

fn below(number: u64, bound: u32) -> u32 {
    u32::try_from(mixed(number) % u64::from(bound)).unwrap_or(0)
}

/// Privacy of a filter: a third are restricted.
fn privacy(number: u32) -> i64 {
    match number % 12 {
        0 | 1 => 1,
        2 => 2,
        3 => 4,
        _ => 0,
    }
}

async fn fill(store: &Store, path: &Path, hits: u64) -> Result<(), Failure> {
    let start = Instant::now();
    for wiki in WIKIS {
        for number in 1..=FILTERS {
            records::filter(store, wiki, number.into(), privacy(number), VERSIONS).await?;
        }
    }
    println!("{} filters with {} versions: {:.1?}", WIKIS.len() * 250, WIKIS.len() * 25_000, start.elapsed());
    let writer = HitWriter::start(
        store.clone(),
        &Keyring::new(&[1; 32]),
        Arc::new(SystemEntropy),
        Arc::new(SystemClock),
        None,
        // There is no spool file: however long the disk takes, nothing is given up.
        WriterSettings { store_wait: Duration::from_mins(10), ..WriterSettings::default() },
    );
    let start = Instant::now();
    let written = hits.min(WRITTEN);
    let copies = i64::try_from((hits / written).saturating_sub(1))?;
    let span = i64::try_from(written)? * SPACING;
    let first = SystemClock.now().as_microsecond() - (copies + 1) * span;
    let mut waiting = std::collections::VecDeque::new();
    for number in 0..written {
        waiting.push_back(writer.submit(record(number, first)?));
        if waiting.len() >= 2048
            && let Some(ticket) = waiting.pop_front()
        {
            ticket.stored().await;
        }
    }
    for ticket in waiting {
        ticket.stored().await;
    }
    writer.close().await;
    let (counts, took) = (writer.counts(), start.elapsed());
    println!(
        "{} hits through the writer in {} transactions: {took:.1?}, {} MB",
        counts.stored,
        counts.commits,
        path.metadata()?.len() >> 20
    );
    if copies > 0 {
        let start = Instant::now();
        copies::copy(store, copies, span, first + span).await?;
        let all = u64::try_from(copies + 1)? * written;
        println!("{all} hits after copying: {:.0?}, {} MB", start.elapsed(), path.metadata()?.len() >> 20);
    }
    Ok(())
}

fn record(number: u64, first: i64) -> Result<Record, Failure> {
    let at = from_micros(first + i64::try_from(number)? * SPACING);
    let wiki = if number.is_multiple_of(2) { WIKIS[0] } else { WIKIS[1 + usize::try_from(below(number, 3))?] };
    // One address in the documentation range, one user in fifty thousand, one page in two hundred thousand.
    let user = below(number + 1, 50_000);
    let kind = match below(number + 2, 100_000) {
        0..20 => "move",
        20 => "upload",
        _ => "edit",
    };
    let taken = if below(number + 3, 10_000) == 0 { "block" } else { "disallow" };
    let filter = 1 + below(number + 4, FILTERS);
    let ns = if below(number + 6, 20_000) == 0 { 10 } else { 0 };
    Ok(Record {
        evaluation_id: Id::new(at, &SystemEntropy),
        wiki: wiki.parse()?,
        action_id: format!("a{number}"),
        at,
        kind: kind.into(),
        actor: Actor { id: Some(user.into()), name: format!("User {user}"), kind: ActorType::Named },
        target: Target { ns, title: format!("Page {}", below(number + 5, 200_000)), page_id: Some(1) },
        ip: number.is_multiple_of(4).then(|| [198, 51, 100, (user % 256).to_le_bytes()[0]].into()),
        decision: "refuse",
        answer: Arc::from(&b"{\"decision\":\"refuse\"}"[..]),
        hits: vec![NewHit {
            hit_id: Id::new(at, &SystemEntropy),
            filter: FilterKey { wiki: wiki.parse()?, number: FilterNumber(filter) },
            version: Version(1),
            taken: vec![taken.into(), "tag".into()],
            withheld: Vec::new(),
            substituted: BTreeMap::new(),
            ref_code: format!("{:04X}-{:05X}", number >> 20 & 0xFFFF, number & 0xF_FFFF),
            uses_protected: if privacy(filter) == 2 { vec!["user_unnamed_ip".into()] } else { Vec::new() },
        }],
        variables: Arc::new(BTreeMap::from([("summary".into(), format!("edit {}", number / 4).into())])),
        protected: Arc::new(BTreeMap::from([("user_unnamed_ip".into(), "198.51.100.1".into())])),
        counters: Vec::new(),
        holds: Vec::new(),
        attempt: None,
    })
}

fn questions() -> Result<Vec<(&'static str, Selection)>, Failure> {
    let any = Selection::default;
    let filter = |number| -> Result<FilterKey, Failure> {
        Ok(FilterKey { wiki: WIKIS[0].parse()?, number: FilterNumber(number) })
    };
    Ok(vec![
        ("newest", any()),
        ("one filter", Selection { filters: vec![filter(17)?], ..any() }),
        ("hidden filter", Selection { filters: vec![filter(12)?], ..any() }),
        ("fifty filters", Selection { filters: (1..=50).map(filter).collect::<Result<_, _>>()?, ..any() }),
        ("actor", Selection { actor: Some("User 77".into()), ..any() }),
        ("target", Selection { target: Some("Page 77".into()), ..any() }),
        ("common kind", Selection { kinds: vec!["edit".into()], ..any() }),
        ("rare kind", Selection { kinds: vec!["upload".into()], ..any() }),
        ("no such kind", Selection { kinds: vec!["delete".into()], ..any() }),
        ("rare consequence", Selection { taken: vec!["block".into()], ..any() }),
        ("common consequence", Selection { taken: vec!["tag".into(), "disallow".into()], ..any() }),
        ("withheld", Selection { withheld: Some(true), ..any() }),
        ("no such outcome", Selection { outcome: Some("saved".into()), ..any() }),
        ("hidden by a person", Selection { hidden: Some(true), ..any() }),
        ("other group", Selection { groups: vec!["newsletter".into()], ..any() }),
        ("rare namespace", Selection { target_ns: Some(10), ..any() }),
        ("no such namespace", Selection { target_ns: Some(12), ..any() }),
        ("actor and filter", Selection { actor: Some("User 77".into()), filters: vec![filter(17)?], ..any() }),
        ("filter and rare kind", Selection { kinds: vec!["upload".into()], filters: vec![filter(17)?], ..any() }),
        ("filter and rare consequence", Selection { taken: vec!["block".into()], filters: vec![filter(17)?], ..any() }),
        ("address", Selection { address: Some("198.51.100.7".parse()?), ..any() }),
        ("range", Selection { address: Some("198.51.100.0/24".parse()?), ..any() }),
        ("code", Selection { ref_code: Some("0000-00010".into()), ..any() }),
        ("long ago", Selection { to: Some(from_micros(SystemClock.now().as_microsecond() - 50_000_000_000)), ..any() }),
    ])
}

async fn ask(store: &Store) -> Result<(), Failure> {
    let hits = Hits::new(store.clone(), &Keyring::new(&[1; 32]), Arc::new(SystemEntropy), Arc::new(SystemClock));
    let wiki: WikiId = WIKIS[0].parse()?;
    let classes: [(&str, &[Right]); 3] = [
        ("everybody", &[]),
        ("administrator", &[Right::LogDetail, Right::Modify, Right::ProtectedVars]),
        (
            "oversighter",
            &[Right::LogDetail, Right::Modify, Right::ProtectedVars, Right::ViewSuppressed, Right::HiddenLog],
        ),
    ];
    for (class, rights) in classes {
        let rights = RightSet::everybody().with(rights.iter().copied().collect());
        let viewer = Viewer::new(Principal::Operator, Rights::farm_wide(rights), false);
        let sight = Sight::of(&viewer, &wiki, RestrictedRows::Omit, |_| Vec::new());
        println!("{class}:");
        for (name, selection) in questions()? {
            for limit in [50, 500] {
                let question = Question {
                    log: Log::Wiki(wiki.clone()),
                    selection: selection.clone(),
                    after: None,
                    is_ascending: false,
                    limit: Limit::new(limit)?,
                };
                let (mut slowest, mut first, mut rows, begun) = (0.0_f64, 0.0, 0, cpu_ms());
                for repeat in 0..REPEATS {
                    let start = Instant::now();
                    let page = hits.list(&question, &sight, &viewer).await?;
                    let took = start.elapsed().as_secs_f64() * 1000.0;
                    slowest = slowest.max(took);
                    if repeat == 0 {
                        first = took;
                    }
                    rows = page.items.len();
                    if name == "newest" && limit == 50 {
                        let one = page.items.get(7).map(|row| row.key.hit_id);
                        let start = Instant::now();
                        if let Some(id) = one {
                            hits.one(&question.log, id, &sight, &viewer).await?;
                        }
                        println!("  one hit: {:.2} ms", start.elapsed().as_secs_f64() * 1000.0);
                    }
                }
                println!(
                    "  {name}, {rows} of {limit}: {slowest:.2} ({first:.2}; {:.2}){}",
                    (cpu_ms() - begun) / f64::from(REPEATS),
                    if slowest > MS_MAX { "  TOO SLOW" } else { "" }
                );
            }
        }
    }
    Ok(())
}

/// Milliseconds that this process has run on processors: unlike the time that passes, it does not depend on others.
pub(crate) fn cpu_ms() -> f64 {
    let mut nanoseconds = 0_u64;
    for entry in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let text = std::fs::read_to_string(entry.path().join("schedstat")).unwrap_or_default();
        nanoseconds += text.split_whitespace().next().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    }
    std::time::Duration::from_nanos(nanoseconds).as_secs_f64() * 1000.0
}

fn status_mb(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap_or_default();
    let kb: u64 = line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
    kb >> 10
}

fn memory_mb() -> u64 {
    status_mb("VmRSS:")
}

fn peak_mb() -> u64 {
    status_mb("VmHWM:")
}
