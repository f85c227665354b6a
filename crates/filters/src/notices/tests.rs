//! Who hears of what, on each database.

use super::records;
use super::*;
use crate::hits::tests::on_both::{Fresh, on_both};
use crate::life::InForce;
use crate::model::FilterNumber;
use crate::save::FilterSettings;
use crate::snapshot::tests::Wikis;
use serde_json::json;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Clock as _, Rights, SystemEntropy};

#[test]
fn recipients_are_read_as_they_were_written() {
    let all = [
        Recipient::Person("account:3".into()),
        Recipient::Maintainer("Ada: the other".into()),
        Recipient::Holder(Right::BrakeRelease),
    ];
    for recipient in all {
        assert_eq!(Recipient::find(&recipient.name()), Some(recipient));
    }
    assert_eq!(Recipient::find("right:everything"), None);
    assert_eq!(Recipient::find("nobody"), None);
}

on_both! {
    what_is_not_for_somebody_makes_no_page_shorter,
    the_query_says_what_the_decision_says,
}

struct Nothing;

impl InForce for Nothing {
    fn refresh(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {})
    }
}

fn service(fresh: &Fresh) -> Filters {
    let (wikis, entropy) = (Arc::new(Wikis::default()), Arc::new(SystemEntropy));
    Filters::new(fresh.store.clone(), Arc::new(Nothing), wikis, entropy, FilterSettings::default())
}

/// A notice about a filter on a wiki, `number` seconds after the tests begin.
async fn put(tx: &mut Conn, fresh: &Fresh, number: i64, about: (&str, u32, &str), to: &[Recipient]) -> Notice {
    let (owner, filter, wiki) = about;
    let at = from_micros(micros(fresh.clock.now()) + number * 1_000_000);
    let id = Id::new(at, &SystemEntropy);
    let notice = Notice {
        id,
        at,
        event: "brake.latch".into(),
        wiki: wiki.parse().unwrap(),
        key: FilterKey { wiki: owner.parse().unwrap(), number: FilterNumber(filter) },
        by_key: "account:9".into(),
        by_name: "Nina".into(),
        reason_code: String::new(),
        reason: String::new(),
        details: json!({}),
        merge_key: id.to_string(),
    };
    records::put(tx, &notice).await.unwrap();
    for recipient in to {
        records::put_recipient(tx, &recipient.name(), id).await.unwrap();
    }
    notice
}

fn account(id: i64, name: &str, rights: &[Right]) -> Viewer {
    let rights = RightSet::everybody().with(rights.iter().copied().collect());
    Viewer::new(Principal::Account { id, name: name.parse().unwrap() }, Rights::farm_wide(rights), false)
}

async fn what_is_not_for_somebody_makes_no_page_shorter(fresh: Fresh) {
    let filters = service(&fresh);
    let to = [Recipient::Holder(Right::BrakeRelease)];
    let mut tx = fresh.store.begin().await.unwrap();
    // A public filter's notices lie below 2,100 of a hidden one.
    for number in 0..2_160 {
        let filter = if number < 60 { 1 } else { 2 };
        put(&mut tx, &fresh, number, ("enwiki", filter, "enwiki"), &to).await;
    }
    tx.commit().await.unwrap();
    let few = account(1, "Ada", &[Right::BrakeRelease]);
    let all = account(2, "Bob", &[Right::BrakeRelease, Right::ViewPrivate]);
    let limit = Limit::new(50).unwrap();
    let first = filters.notices(&few, None, limit).await.unwrap();
    assert_eq!((first.items.len(), first.next.is_some()), (50, true));
    let last = filters.notices(&few, first.next, limit).await.unwrap();
    assert_eq!((last.items.len(), last.next), (10, None));
    assert_eq!(filters.notices_unread(&few).await.unwrap(), 60, "what is hidden is not counted");
    assert_eq!(filters.notices_unread(&all).await.unwrap(), UNREAD_MAX);
    let (mut seen, mut after) = (0, None);
    loop {
        let page = filters.notices(&all, after, Limit::new(500).unwrap()).await.unwrap();
        seen += page.items.len();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, 2_160, "the list goes on to its end");
    let newest = first.items[0].notice.id;
    filters.read_notices(&few, newest).await.unwrap();
    let outbox = filters.notices_outbox(None, Limit::new(5).unwrap()).await.unwrap();
    assert!(outbox.len() == 5 && outbox.iter().all(|(_, recipients)| recipients[..] == to));
}

async fn the_query_says_what_the_decision_says(fresh: Fresh) {
    let filters = service(&fresh);
    fresh.add_filter("dewiki", 1, 0).await;
    let abouts = [
        ("enwiki", 1, "enwiki"),
        ("enwiki", 2, "enwiki"),
        ("enwiki", 3, "enwiki"),
        ("enwiki", 4, "enwiki"),
        ("dewiki", 1, "dewiki"),
        ("*", 1, "enwiki"),
        ("*", 2, "enwiki"),
        ("*", 2, "*"),
    ];
    let recipients = [
        Recipient::Person("account:1".into()),
        Recipient::Person("account:9".into()),
        Recipient::Maintainer("Ada".into()),
        Recipient::Holder(Right::BrakeRelease),
    ];
    let mut written = Vec::new();
    let mut tx = fresh.store.begin().await.unwrap();
    for about in abouts {
        for to in &recipients {
            let to = vec![to.clone()];
            written.push((put(&mut tx, &fresh, i64::try_from(written.len()).unwrap(), about, &to).await, to));
        }
    }
    tx.commit().await.unwrap();
    let on = |wiki: &str, rights: &[Right]| {
        let mut granted = Rights::farm_wide(RightSet::everybody());
        granted.grant(wiki.parse().unwrap(), rights.iter().copied().collect());
        granted
    };
    let user = |wiki: &str, name: &str, rights: Rights, is_blocked| {
        let principal = Principal::WikiUser { wiki: wiki.parse().unwrap(), id: 4, name: name.parse().unwrap() };
        Viewer::new(principal, rights, is_blocked)
    };
    let steward = [Right::BrakeRelease, Right::ViewPrivate, Right::ProtectedVars, Right::ViewSuppressed];
    let viewers = [
        account(1, "Ada", &[]),
        account(9, "Nina", Right::ALL),
        account(2, "Bob", &[Right::BrakeRelease]),
        account(2, "Bob", &steward),
        account(2, "Bob", Right::ALL),
        user("enwiki", "Ada", on("enwiki", &[]), false),
        user("dewiki", "Ada", on("dewiki", &steward), false),
        user("enwiki", "Eve", on("enwiki", &steward), false),
        user("enwiki", "Eve", on("enwiki", &steward), true),
        user("enwiki", "Eve", on("dewiki", &[Right::BrakeRelease]), false),
        Viewer::new(Principal::Account { id: 3, name: "Ada".parse().unwrap() }, Rights::default(), false),
        Viewer::new(
            Principal::Account { id: 3, name: "Ada".parse().unwrap() },
            on("enwiki", &[Right::ViewPrivate]),
            false,
        ),
        Viewer::system(),
    ];
    let mut heard = 0;
    for viewer in &viewers {
        let mut expected = Vec::new();
        for (notice, to) in written.iter().rev() {
            if filters.may_hear(viewer, notice, to).await.unwrap() {
                expected.push(notice.clone());
            }
        }
        let listed = filters.notices(viewer, None, Limit::new(500).unwrap()).await.unwrap();
        let listed: Vec<Notice> = listed.items.into_iter().map(|told| told.notice).collect();
        assert_eq!(listed, expected, "{viewer:?}");
        assert_eq!(filters.notices_unread(viewer).await.unwrap(), expected.len(), "{viewer:?}");
        heard += expected.len();
    }
    assert!(heard > 40, "the cases say something: {heard}");
}
