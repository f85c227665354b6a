//! Who may not see a hit learns nothing of it: the pages of a site with restricted hits and of one without are the same,
//! byte for byte, for every class of viewer.

use crate::site::{Browser, Site};
use crate::stage::{at, filter, id, keep, person, record, wiki};
use serde_json::json;
use wikiward_farm::{Right, Viewer, WikiId};
use wikiward_filters::hits::record::Record;
use wikiward_filters::hits::steer::{Ended, Feedback, FeedbackEvent, Outcome};
use wikiward_filters::hits::{RestrictedRows, Sight};
use wikiward_filters::model::Privacy;

/// Why a hit is restricted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Hidden,
    Protected,
    Suppressed,
    OfTheFarm,
    HiddenByAPerson,
    Deleted,
    SuppressedRevision,
}

const KINDS: [Kind; 7] = [
    Kind::Hidden,
    Kind::Protected,
    Kind::Suppressed,
    Kind::OfTheFarm,
    Kind::HiddenByAPerson,
    Kind::Deleted,
    Kind::SuppressedRevision,
];

impl Kind {
    fn filter(self) -> (WikiId, u32) {
        match self {
            Self::Hidden => (wiki(), 2),
            Self::Protected => (wiki(), 3),
            Self::Suppressed => (wiki(), 4),
            Self::OfTheFarm => (WikiId::farm(), 1),
            Self::HiddenByAPerson | Self::Deleted | Self::SuppressedRevision => (wiki(), 1),
        }
    }

    /// When the `number`th hit of this kind was.
    fn second(self, number: i64) -> i64 {
        let place = KINDS.iter().position(|kind| *kind == self).unwrap();
        -400 + number * 10 + i64::try_from(place).unwrap() + 1
    }
}

/// The classes of viewers, from the least to the most, and the kinds that each may see.
fn classes() -> Vec<(&'static str, Vec<Right>, Vec<Kind>)> {
    let log = vec![Right::View, Right::Log];
    let with = |base: &[Right], more: &[Right]| [base, more].concat();
    let detail = with(&log, &[Right::LogDetail, Right::Backtest, Right::PrivateDetails, Right::HideLog]);
    let private = with(&detail, &[Right::LogPrivate]);
    let protected = with(&detail, &[Right::ProtectedVars]);
    let editor = with(&detail, &[Right::Modify, Right::ProtectedVars, Right::ViewPrivate]);
    let oversight = with(&editor, &[Right::ViewSuppressed, Right::DeletedText]);
    let of_editors = vec![Kind::Hidden, Kind::OfTheFarm, Kind::Protected];
    let all_but_hidden = KINDS.into_iter().filter(|kind| *kind != Kind::HiddenByAPerson).collect();
    vec![
        ("log", log, Vec::new()),
        ("detail", detail, Vec::new()),
        ("private", private, vec![Kind::Hidden, Kind::OfTheFarm]),
        ("protected", protected, vec![Kind::Protected]),
        ("editor", editor, of_editors),
        ("oversight", oversight, all_but_hidden),
    ]
}

/// Hits of one kind.
fn hits(kind: Kind) -> Vec<Record> {
    let (owner, number) = kind.filter();
    let mut records: Vec<Record> = (0..25).map(|hit| record(&owner, number, kind.second(hit))).collect();
    for record in &mut records {
        record.hits[0].uses_protected = uses_protected(kind);
    }
    records
}

fn uses_protected(kind: Kind) -> Vec<String> {
    if kind == Kind::Protected { vec!["user_unnamed_ip".to_owned()] } else { Vec::new() }
}

/// An action that the public filter matched, and the restricted ones too.
fn common(kinds: &[Kind]) -> Record {
    let mut common = record(&wiki(), 1, -400);
    for kind in kinds {
        let (owner, number) = kind.filter();
        if number > 1 || owner.is_farm() {
            let mut hit = record(&owner, number, -400).hits.remove(0);
            hit.uses_protected = uses_protected(*kind);
            common.hits.push(hit);
        }
    }
    common
}

async fn site(kinds: &[Kind]) -> Site {
    let site = Site::new().await;
    let privacy = |is_hidden, is_protected, is_suppressed| Privacy { is_hidden, is_protected, is_suppressed };
    let own = wiki();
    filter(&site, &own, "Public", "summary contains \"pills\"", privacy(false, false, false)).await;
    filter(&site, &own, "Hidden", "1 == 1", privacy(true, false, false)).await;
    filter(&site, &own, "Protected", "user_unnamed_ip == \"203.0.113.9\"", privacy(false, true, false)).await;
    filter(&site, &own, "Suppressed", "1 == 1", privacy(false, false, true)).await;
    filter(&site, &WikiId::farm(), "Hidden on the farm", "1 == 1", privacy(true, false, false)).await;
    keep(&site, common(kinds)).await;
    for number in 1..4 {
        keep(&site, record(&own, 1, -400 + number * 10)).await;
    }
    let all = Sight::of(&Viewer::system(), &own, RestrictedRows::Omit, |_| Vec::new());
    let system = Viewer::system();
    for kind in kinds {
        for record in hits(*kind) {
            keep(&site, record.clone()).await;
            if *kind == Kind::HiddenByAPerson {
                let ids = [record.hits[0].hit_id];
                assert!(site.console.hits.set_hidden(&own, &ids, true, "why", &all, &system).await.unwrap());
            }
            let event = match kind {
                Kind::Deleted => FeedbackEvent::Deleted,
                Kind::SuppressedRevision => FeedbackEvent::Suppressed,
                _ => continue,
            };
            let rev_id = Some(record.at.as_second());
            let outcome = Outcome { result: Ended::Saved, rev_id, log_id: None, executed: json!([]) };
            site.console.hits.outcome(&own, record.evaluation_id, &outcome).await.unwrap();
            let feedback = Feedback { rev_id, action_id: None, event, at: record.at };
            site.console.hits.feedback(&own, &[feedback]).await.unwrap();
        }
    }
    site
}

/// Everything that somebody could look at.
fn paths() -> Vec<String> {
    let mut paths: Vec<String> =
        ["/", "/start/now", "/w/enwiki/hits", "/w/farm/hits", "/w/dewiki/hits"].map(str::to_owned).to_vec();
    for query in [
        "actor=Example",
        "target=Foo",
        "target=Foo&ns=0",
        "kind=edit",
        "kind=move",
        "taken=tag",
        "taken=block",
        "outcome=unknown",
        "outcome=saved",
        "visibility=hidden",
        "visibility=normal",
        "group=default",
        "group=other",
        "filter=1",
        "filter=2",
        "filter=3",
        "filter=4",
        "filter=5",
        "filter=global-1",
        "address=203.0.113.9",
        "address=203.0.0.0/16",
    ] {
        paths.push(format!("/w/enwiki/hits?{query}"));
    }
    paths.push(format!("/w/enwiki/hits?from={}&to={}", at(-400), at(-380)));
    paths.push("/w/farm/hits?filter=1&wiki=enwiki".into());
    for (kind, second) in [(1, -400), (1, -390), (2, -400), (9, -400)] {
        paths.push(format!("/w/enwiki/hits/{}", id(kind, second)));
        paths.push(format!("/w/enwiki/hits/{}/variables/summary", id(kind, second)));
    }
    for kind in KINDS {
        let hit = &hits(kind)[3].hits[0];
        for wiki in ["enwiki", "farm"] {
            paths.push(format!("/w/{wiki}/hits/{}", hit.hit_id));
        }
        paths.push(format!("/w/enwiki/hits?code={}", hit.ref_code));
    }
    paths
}

/// A page without what is random in it.
fn bare(body: &str) -> String {
    let mut out = body.to_owned();
    for begin in ["name=\"csrf\" content=\"", "name=\"csrf\" value=\"", "cursor="] {
        let mut pieces = out.split(begin);
        let mut rest = pieces.next().unwrap().to_owned();
        for piece in pieces {
            rest.push_str(begin);
            rest.push_str(
                piece.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter)),
            );
        }
        out = rest;
    }
    out
}

/// Fails with the place where two pages begin to differ.
fn same(with: &str, without: &str, what: &str) {
    let (with, without) = (bare(with), bare(without));
    let at = with.bytes().zip(without.bytes()).take_while(|(one, other)| one == other).count();
    let around = |page: &str| {
        String::from_utf8_lossy(page.as_bytes().get(at.saturating_sub(200)..).unwrap())
            .chars()
            .take(500)
            .collect::<String>()
    };
    assert!(with == without, "{what}:\n{}\nand\n{}", around(&with), around(&without));
}

async fn browser(site: &Site, class: &str, rights: &[Right]) -> Browser {
    if class == "log" { Browser::new(site) } else { person(site, class, rights).await }
}

#[tokio::test]
async fn what_may_not_be_seen_changes_no_page() {
    for (class, rights, seen) in classes() {
        let (with, without) = (site(&KINDS).await, site(&seen).await);
        let (mut here, mut there) = (browser(&with, class, &rights).await, browser(&without, class, &rights).await);
        for path in paths() {
            let (with, without) = (here.get(&path).await, there.get(&path).await);
            assert_eq!((with.status, &with.location), (without.status, &without.location), "{class}: {path}");
            same(&with.body, &without.body, &format!("{class}: {path}"));
            for act in ["assessment", "visibility", "private-details"] {
                if path.matches('/').count() == 4 && !path.contains("enwiki/hits?") {
                    let fields = [("verdict", "unsure"), ("hidden", "2"), ("private-reason", "")];
                    let path = format!("{path}/{act}");
                    let (with, without) = (here.post(&path, &fields).await, there.post(&path, &fields).await);
                    assert_eq!(with.status, without.status, "{class}: {path}");
                    same(&with.body, &without.body, &format!("{class}: {path}"));
                }
            }
        }
        // The comparison would be empty if the class saw nothing at all.
        let list = here.get("/w/enwiki/hits").await;
        assert!(list.body.contains(&id(1, -400).to_string()) || !seen.is_empty(), "{class}");
    }
}
