//! Candidates of a filter, for the gallery.

use super::view::page;
use super::{Candidates, Head, One, Typed};
use crate::args;
use crate::pages::acts::Wrongs;
use crate::pages::sample::{Sample, SampleRights};
use crate::visit::Visitor;
use wikiward_farm::clock::from_micros;
use wikiward_farm::{Id, Timestamp, WikiId};
use wikiward_filters::backtest::forecast::{Forecast, ForeseenLatch, NoForecast};
use wikiward_filters::candidates::{Candidate, CandidateRow, DAYS_MAX, Ended, Numbers, Share, Totals, Verdicts};
use wikiward_filters::hits::list::HitKey;
use wikiward_filters::model::{Editor, FilterKey, FilterNumber, Version};

/// The page in its states.
pub(in crate::pages::trials) fn samples() -> Vec<Sample> {
    let sample = |state, make| Sample { page: "trials/candidates", state, rights: SampleRights::Editor, make };
    vec![
        sample("empty", |visitor| page(visitor, &made(visitor, Vec::new(), None))),
        sample("one", |visitor| {
            let candidate = candidate(1, "fewer false positives", None);
            page(visitor, &made(visitor, vec![candidate.clone()], Some(compared_one(candidate, "Ada’s page"))))
        }),
        sample("many, long text, right to left", |visitor| {
            let reason = "مرحبا <script>\u{202e}".repeat(12);
            let at = from_micros(1_790_000_000_000_000);
            let list = vec![
                candidate(1, &reason, None),
                candidate(2, &reason, Some((at, Ended::Stopped))),
                candidate(3, "", Some((at, Ended::Promoted))),
                candidate(4, "", Some((at, Ended::Over))),
            ];
            let one = list.first().cloned().map(|first| compared_one(first, &"Donaudampfschiff".repeat(20)));
            page(visitor, &Candidates { version: 9, ..made(visitor, list, one) })
        }),
        sample("error", |visitor| {
            let typed = Typed { rules: Some("a &".into()), days: "99".into(), ..Typed::default() };
            let wrongs = Wrongs::one("days", visitor.text.with("trials-wrong-days", args![DAYS_MAX]));
            page(visitor, &Candidates { typed, wrongs, ..made(visitor, Vec::new(), None) })
        }),
        sample("not to be changed", |visitor| {
            let candidate = candidate(1, "", None);
            let one = One { shares: Vec::new(), ..compared_one(candidate.clone(), "x") };
            let forecast = Forecast { none: Some(NoForecast::NotObserved), ..Forecast::default() };
            let one = One { only_live: Vec::new(), only_candidate: Vec::new(), forecast, ..one };
            let made = made(visitor, vec![candidate], Some(one));
            page(visitor, &Candidates { may_start: false, may_promote: false, ..made })
        }),
        sample("not enabled", |visitor| {
            page(visitor, &Candidates { is_enabled: false, ..made(visitor, Vec::new(), None) })
        }),
    ]
}

fn made(visitor: &Visitor, list: Vec<Candidate>, one: Option<One>) -> Candidates {
    Candidates {
        head: Head::sample(visitor),
        version: 3,
        rules: "summary contains \"spam\"".into(),
        is_enabled: true,
        list,
        one,
        may_start: true,
        may_promote: true,
        typed: Typed::default(),
        wrongs: Wrongs::default(),
        now: from_micros(1_790_000_000_000_000),
    }
}

fn candidate(number: u8, reason: &str, ended: Option<(Timestamp, Ended)>) -> Candidate {
    Candidate {
        id: Id::from_bytes([number; 16]),
        key: FilterKey { wiki: WikiId::farm(), number: FilterNumber(17) },
        base: Version(3),
        rules: "summary contains \"spam\" &\nuser_editcount < 10".into(),
        actions: None,
        uses_protected: Vec::new(),
        reason: reason.into(),
        started_at: from_micros(1_789_900_000_000_000),
        started_by: Editor { key: "account:1".into(), name: "<b>Ada".into(), number: Some(1) },
        ends_at: from_micros(1_790_500_000_000_000),
        ended,
        totals: Totals { runs: 12_345, neither: 12_300, errors: 2, dropped: 17, ..Totals::default() },
    }
}

fn compared_one(candidate: Candidate, title: &str) -> One {
    let share = |verdicts, is_good, count| Share { verdicts, is_good, decision: "refuse".into(), count };
    let row = |number: u8, verdicts| CandidateRow {
        key: HitKey { at: from_micros(1_790_000_000_000_000), hit_id: Id::from_bytes([number; 16]) },
        verdicts,
        is_good: number % 2 == 1,
        wiki: WikiId::farm(),
        evaluation_id: Id::from_bytes([9; 16]),
        version: Version(3),
        action_id: "a1".into(),
        kind: "edit".into(),
        actor_id: Some(1),
        actor_name: "Example".into(),
        actor_type: "named".into(),
        target_ns: 0,
        target_title: title.into(),
        target_page_id: None,
        decision: "refuse".into(),
        rev_id: None,
        variables: None,
    };
    One {
        numbers: Numbers {
            coverage: Some(candidate.totals.coverage()),
            dropped: Some(candidate.totals.dropped),
            neither: Some(candidate.totals.neither),
            errors: Some(candidate.totals.errors),
        },
        candidate,
        shares: vec![
            share(Verdicts::Both, false, 30),
            share(Verdicts::OnlyLive, true, 8),
            share(Verdicts::OnlyLive, false, 3),
            share(Verdicts::OnlyCandidate, false, 2),
            share(Verdicts::Undecided, false, 2),
        ],
        only_live: vec![row(1, Verdicts::OnlyLive), row(2, Verdicts::OnlyLive)],
        only_candidate: vec![row(4, Verdicts::OnlyCandidate)],
        forecast: Forecast {
            replayed: 12_000,
            coverage: 0.42,
            consequences: vec!["disallow".into()],
            matches: 30,
            latch: Some(ForeseenLatch {
                at: 1_790_000_000_000_000,
                wiki: "enwiki".into(),
                class: "O".into(),
                path: "A".into(),
                kind: "edit".into(),
                people: 6,
                ranges: 4,
                sum: 6.1,
                threshold: 6.0,
                matched_origins: 6,
                all_origins: 60,
                destroyed: (0, 0),
            }),
            none: None,
        },
    }
}
