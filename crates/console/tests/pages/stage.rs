//! Filters, hits and people for visits.

use crate::site::{Browser, Site};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use wikiward_farm::clock::from_micros;
use wikiward_farm::right::RightSet;
use wikiward_farm::{ActorType, Id, Right, Timestamp, Viewer, WikiId};
use wikiward_filters::hits::Stored;
use wikiward_filters::hits::record::{Actor, NewHit, Record, Target};
use wikiward_filters::life::SaveRequest;
use wikiward_filters::model::{Actions, BrakeProfile, Draft, FilterKey, FilterNumber, Privacy, State, Tier, Version};
use wikiward_people::account::AccountDraft;

pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) fn wiki() -> WikiId {
    "enwiki".parse().unwrap()
}

/// Saves a filter and gives its name.
pub(crate) async fn filter(site: &Site, owner: &WikiId, name: &str, rules: &str, privacy: Privacy) -> String {
    let draft = Draft {
        state: State::Enabled,
        group: "default".into(),
        name: name.into(),
        rules: rules.into(),
        notes: String::new(),
        actions: Actions(BTreeMap::from([("tag".into(), vec!["possible spam".into()])])),
        priority: 0,
        tier: Tier::Normal,
        privacy,
        scope: None,
        brake_profile: BrakeProfile::Standard,
        maintainers: Vec::new(),
        tests: Vec::new(),
    };
    let request = SaveRequest {
        draft,
        change_reason: "a test".into(),
        confirm_make_public: false,
        publish_history: false,
        skip_backtest_reason: "a test".into(),
        override_tests: String::new(),
        tests: None,
    };
    let saved = site.console.filters.create(&Viewer::operator(), owner, &request).await.unwrap();
    saved.filter.key.gid()
}

/// A moment, `second` seconds after the site's beginning.
pub(crate) fn at(second: i64) -> Timestamp {
    from_micros(1_790_000_000_000_000 + second * 1_000_000)
}

/// The id of a thing that is made at a `second`; the same in every site.
pub(crate) fn id(kind: u8, second: i64) -> Id {
    let mut bytes = [kind; 16];
    let millis = at(second).as_millisecond().to_be_bytes();
    bytes[..6].copy_from_slice(&millis[2..]);
    Id::from_bytes(bytes)
}

/// An edit on `enwiki` that filter `number` of `owner` refused.
pub(crate) fn record(owner: &WikiId, number: u32, second: i64) -> Record {
    let place = u8::try_from(number).unwrap() + if owner.is_farm() { 100 } else { 0 };
    let hit = NewHit {
        hit_id: id(place, second),
        filter: FilterKey { wiki: owner.clone(), number: FilterNumber(number) },
        version: Version(1),
        taken: vec!["disallow".into(), "tag".into()],
        withheld: Vec::new(),
        substituted: BTreeMap::new(),
        ref_code: format!("K7Q2-{place:03}{:02}", second.rem_euclid(100)),
        uses_protected: Vec::new(),
    };
    Record {
        evaluation_id: id(255 - place, second),
        wiki: wiki(),
        action_id: format!("a{place}-{second}"),
        at: at(second),
        kind: "edit".into(),
        actor: Actor { id: Some(7), name: "Example".into(), kind: ActorType::Named },
        target: Target { ns: 0, title: "Foo".into(), page_id: Some(12) },
        ip: Some("203.0.113.9".parse().unwrap()),
        decision: "refuse",
        answer: Arc::from(&b"{}"[..]),
        hits: vec![hit],
        variables: Arc::new(BTreeMap::from([("summary".into(), json!("buy pills now"))])),
        protected: Arc::new(BTreeMap::new()),
        counters: Vec::new(),
        holds: Vec::new(),
        attempt: None,
    }
}

pub(crate) fn with_variables(mut record: Record, variables: &Value) -> Record {
    record.variables = Arc::new(variables.as_object().unwrap().clone().into_iter().collect());
    record
}

pub(crate) async fn keep(site: &Site, record: Record) {
    assert_eq!(site.writer.submit(record).stored().await, Stored::New);
}

/// A browser in which a new account with these rights on the whole farm is signed in.
pub(crate) async fn person(site: &Site, name: &str, rights: &[Right]) -> Browser {
    person_on(site, &WikiId::farm(), name, rights).await
}

/// The same with rights on one wiki.
pub(crate) async fn person_on(site: &Site, wiki: &WikiId, name: &str, rights: &[Right]) -> Browser {
    let rights: RightSet = rights.iter().copied().collect();
    let draft = AccountDraft {
        name: name.parse().unwrap(),
        rights: BTreeMap::from([(wiki.clone(), rights)]),
        identity: None,
        is_disabled: false,
    };
    let account = site.people.add_account(&Viewer::operator(), draft).await.unwrap();
    let link = site.people.make_password_link(&Viewer::operator(), account.id).await.unwrap();
    let mut browser = Browser::new(site);
    let fields = [("name", ""), ("password", PASSWORD), ("again", PASSWORD)];
    let answer = browser.post(&format!("/welcome/{}", link.secret), &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    browser
}

/// Rights of who works with filters.
pub(crate) const EDITOR: [Right; 6] =
    [Right::View, Right::Log, Right::LogDetail, Right::ViewPrivate, Right::Modify, Right::Backtest];
