//! The start page in its states.

use super::overview::{BrakedNow, Change, Health, HealthNumbers, Mark, Minute, Now, Standing, Trouble, WikiNow};
use super::view::{all_standing_out, page};
use crate::pages::sample::{Sample, SampleRights};
use wikiward_farm::clock::from_micros;
use wikiward_farm::{Timestamp, WikiId};
use wikiward_filters::brake::Path;

/// Minutes that are shown.
const MINUTES: usize = 60;

fn at(minute: usize) -> Timestamp {
    from_micros(1_789_999_980_000_000 + i64::try_from(minute).unwrap_or(0) * 60_000_000)
}

fn wiki(name: &str) -> WikiId {
    name.parse().unwrap_or_else(|_| WikiId::farm())
}

fn quiet() -> Now {
    Now {
        at: at(MINUTES),
        after: String::new(),
        is_farm_empty: false,
        wikis: Vec::new(),
        next: None,
        standing_out: Vec::new(),
        braked: Vec::new(),
        changes: Vec::new(),
        health: Health::default(),
    }
}

/// An hour in which every so many minutes something was hit.
fn hour(name: &str, label: &str, every: usize, tells_refused: bool) -> WikiNow {
    let minute = |number: usize| {
        let matched =
            if every > 0 && number.is_multiple_of(every) { u64::try_from(number % 7).unwrap_or(0) + 1 } else { 0 };
        let verdicts = if every > 0 { u64::try_from(number % 13).unwrap_or(0) * 40 + 900 } else { 0 };
        Minute { at: at(number), verdicts, matched, refused: tells_refused.then_some(matched / 2) }
    };
    WikiNow { wiki: wiki(name), label: label.into(), minutes: (0..MINUTES).map(minute).collect() }
}

fn change(number: u32, by: &str, name: &str) -> Change {
    Change {
        at: at(5),
        by: by.into(),
        wiki: wiki("enwiki"),
        gid: number.to_string(),
        name: name.into(),
        version: number,
    }
}

fn standing(mark: Mark, name: &str) -> Standing {
    Standing { wiki: wiki("enwiki"), gid: "17".into(), name: name.into(), marks: vec![mark], matches: 41 }
}

fn braked(since: Option<Path>, name: &str) -> BrakedNow {
    BrakedNow {
        wiki: wiki("enwiki"),
        gid: "17".into(),
        name: name.into(),
        since: since.map(|path| (at(3), path)),
        latch: "lt_1".into(),
        hold: since.is_none().then(|| (at(90), "<b>مستخدم".into(), "مرحبا <script>".repeat(20))),
        may_reactivate: true,
        has_hits: true,
    }
}

fn many() -> Now {
    let marks = [Mark::Slow, Mark::Degraded, Mark::Failing, Mark::Spike, Mark::NeverMatched];
    let all = Standing { marks: marks.to_vec(), ..standing(Mark::Slow, "Everything at once") };
    Now {
        after: "aawiki".into(),
        next: Some(wiki("enwiki")),
        wikis: vec![
            hour("arwiki", "ويكيبيديا", 1, true),
            hour("dewiki", "Wikipedia auf Deutsch", 0, false),
            hour("enwiki", "English Wikipedia", 3, true),
        ],
        standing_out: std::iter::once(all)
            .chain(marks.into_iter().chain(marks).map(|mark| standing(mark, "Buy pills")))
            .collect(),
        braked: vec![braked(Some(Path::Harm), "Buy pills"), braked(None, "<i>مرشح")],
        changes: vec![change(1, "Example", "Buy pills"), change(3, "Another", "Link spam")],
        health: Health { troubles: Vec::new(), numbers: Some(numbers()) },
        ..quiet()
    }
}

fn numbers() -> HealthNumbers {
    HealthNumbers {
        waiting: 3,
        snapshot: 5_123,
        newest: 5_123,
        filters: 240,
        broken: 0,
        verdicts: 1_234_567,
        in_flight: 4,
    }
}

const HOSTILE: &str = "<script>alert(1)</script>\u{202e}";

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |state, rights, make| Sample { page: "start", state, rights, make };
    vec![
        sample("empty", SampleRights::Steward, |visitor| page(visitor, &Now { is_farm_empty: true, ..quiet() })),
        sample("empty, not signed in", SampleRights::Everybody, |visitor| {
            page(visitor, &Now { is_farm_empty: true, ..quiet() })
        }),
        sample("one", SampleRights::Editor, |visitor| {
            page(visitor, &Now { wikis: vec![hour("enwiki", "English Wikipedia", 4, true)], ..quiet() })
        }),
        sample("many", SampleRights::Steward, |visitor| page(visitor, &many())),
        sample("many wikis", SampleRights::Steward, |visitor| {
            let busy = (1..=9).map(|every| hour(&format!("w{every}wiki"), &format!("Wikipedia {every}"), every, true));
            let quiet = ["Wiktionary", "ويكاموس", "Wikibooks"].map(|label| hour("quietwiki", label, 0, true));
            page(visitor, &Now { wikis: busy.chain(quiet).collect(), next: Some(wiki("w9wiki")), ..many() })
        }),
        Sample {
            page: "start/standing-out",
            state: "many",
            rights: SampleRights::Editor,
            make: |visitor| all_standing_out(visitor, &many()),
        },
        Sample {
            page: "start/standing-out",
            state: "empty",
            rights: SampleRights::Everybody,
            make: |visitor| all_standing_out(visitor, &quiet()),
        },
        sample("long text", SampleRights::Editor, |visitor| {
            let long = format!("{HOSTILE}{}", "long ".repeat(1_000));
            let now = Now {
                wikis: vec![hour("enwiki", &long, 2, false)],
                standing_out: vec![standing(Mark::Spike, &long)],
                changes: vec![change(2, &long, &long)],
                ..quiet()
            };
            page(visitor, &now)
        }),
        sample("rtl", SampleRights::Editor, |visitor| {
            let now = Now {
                wikis: vec![hour("arwiki", "ويكيبيديا", 5, false)],
                changes: vec![change(2, "مستخدم", "روابط دعائية")],
                ..quiet()
            };
            page(visitor, &now)
        }),
        sample("error", SampleRights::Steward, |visitor| {
            let troubles = vec![Trouble::Database, Trouble::Waiting, Trouble::Lost, Trouble::Behind];
            let numbers = HealthNumbers { newest: 5_300, broken: 1, ..numbers() };
            page(visitor, &Now { health: Health { troubles, numbers: Some(numbers) }, ..quiet() })
        }),
        sample("no right", SampleRights::Everybody, |visitor| {
            let health = Health { troubles: vec![Trouble::Lost], numbers: None };
            page(visitor, &Now { wikis: vec![hour("enwiki", "English Wikipedia", 6, false)], health, ..quiet() })
        }),
    ]
}
