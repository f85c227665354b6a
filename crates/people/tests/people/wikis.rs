use super::stage::{Signer, Stage, viewer};
use std::sync::Arc;
use std::time::Duration;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Limit, Right, Viewer, WikiId, WikiSetId};
use wikiward_people::{PeopleSettings, SetDraft, WikiDraft, WikiError};

fn id(name: &str) -> WikiId {
    name.parse().unwrap()
}

fn set_of(wikis: &[&str]) -> SetDraft {
    SetDraft { label: "A set".into(), wikis: wikis.iter().map(|name| id(name)).collect() }
}

pub(crate) async fn a_wiki_is_added_changed_and_closed(stage: Stage) {
    let (operator, people) = (Viewer::operator(), &stage.people);
    let signer = stage.wiki("enwiki").await;
    assert_eq!(people.wiki(&id("enwiki")).unwrap().version, 1);
    let again = people.add_wiki(&operator, id("enwiki"), signer.draft()).await;
    assert!(matches!(again, Err(WikiError::Taken(name)) if name == "enwiki"));
    stage.pass(10);
    let draft = WikiDraft { label: "English".into(), ..signer.draft() };
    let changed = people.change_wiki(&operator, &id("enwiki"), 1, draft.clone(), false).await.unwrap();
    assert_eq!((changed.version, &*changed.draft.label, changed.updated_at), (2, "English", stage.now()));
    assert_eq!(changed.draft.public_key.as_ref().unwrap().algorithm(), "EdDSA");
    let outdated = people.change_wiki(&operator, &id("enwiki"), 1, signer.draft(), false).await;
    assert!(matches!(outdated, Err(WikiError::Stale { base: 1, current: 2 })), "{outdated:?}");
    let same = people.change_wiki(&operator, &id("enwiki"), 2, draft.clone(), false).await.unwrap();
    assert_eq!(same.version, 2);
    let closed = people.change_wiki(&operator, &id("enwiki"), 2, draft, true).await.unwrap();
    assert!(closed.is_closed);
    let unknown = people.change_wiki(&operator, &id("dewiki"), 1, signer.draft(), false).await;
    assert!(matches!(unknown, Err(WikiError::Unknown)));
    let farm = people.add_wiki(&operator, WikiId::farm(), signer.draft()).await;
    assert!(matches!(farm, Err(WikiError::Invalid(wrong)) if wrong[0].field == "wiki"));
}

pub(crate) async fn only_who_manages_the_farm_changes_wikis(stage: Stage) {
    let signer = stage.wiki("enwiki").await;
    let others = [stage.people.anonymous(), viewer("enwiki", Right::ALL), viewer("enwiki", &[Right::ManageFarm])];
    for other in others {
        let added = stage.people.add_wiki(&other, id("dewiki"), signer.draft()).await;
        assert!(matches!(added, Err(WikiError::Forbidden(Right::ManageFarm))));
        let changed = stage.people.change_wiki(&other, &id("enwiki"), 1, signer.draft(), true).await;
        assert!(matches!(changed, Err(WikiError::Forbidden(Right::ManageFarm))));
        let set = stage.people.add_wiki_set(&other, "small".parse().unwrap(), set_of(&["enwiki"])).await;
        assert!(matches!(set, Err(WikiError::Forbidden(Right::ManageFarm))));
    }
}

pub(crate) async fn a_private_wiki_is_listed_for_nobody_else(stage: Stage) {
    stage.wiki("enwiki").await;
    stage.wiki("secretwiki").await;
    let operator = Viewer::operator();
    stage.people.set_group_rights(&operator, &id("secretwiki"), "*", Some(RightSet::NONE)).await.unwrap();
    let names = |viewer: &Viewer| -> Vec<String> {
        let page = stage.people.wikis(viewer, None, Limit::default());
        page.items.iter().map(|wiki| wiki.id.to_string()).collect()
    };
    let anonymous = stage.people.anonymous();
    assert_eq!(names(&anonymous), ["enwiki"]);
    assert_eq!(stage.people.visible_wiki(&anonymous, &id("secretwiki")), None);
    assert_eq!(names(&operator), ["enwiki", "secretwiki"]);
    assert_eq!(names(&viewer("secretwiki", &[])), ["enwiki", "secretwiki"]);
}

pub(crate) async fn sets_know_their_wikis(stage: Stage) {
    let (operator, people) = (Viewer::operator(), &stage.people);
    for name in ["enwiki", "dewiki", "frwiki"] {
        stage.wiki(name).await;
    }
    let (small, large): (WikiSetId, WikiSetId) = ("small".parse().unwrap(), "large-ones".parse().unwrap());
    people.add_wiki_set(&operator, small.clone(), set_of(&["enwiki", "dewiki"])).await.unwrap();
    people.add_wiki_set(&operator, large.clone(), set_of(&["dewiki"])).await.unwrap();
    assert_eq!(people.sets_of(&id("dewiki")), [large.clone(), small.clone()]);
    assert_eq!(people.sets_of(&id("frwiki")), []);
    let changed = people.change_wiki_set(&operator, &small, 1, set_of(&["frwiki"])).await.unwrap();
    assert_eq!(changed.version, 2);
    assert_eq!(people.sets_of(&id("dewiki")), std::slice::from_ref(&large));
    let outdated = people.change_wiki_set(&operator, &small, 1, set_of(&[])).await;
    assert!(matches!(outdated, Err(WikiError::Stale { base: 1, current: 2 })));
    let unknown = people.add_wiki_set(&operator, "x".parse().unwrap(), set_of(&["nowiki"])).await;
    assert!(matches!(unknown, Err(WikiError::Invalid(wrong)) if wrong[0].code == "unknown_wiki"));
    let taken = people.add_wiki_set(&operator, small.clone(), set_of(&[])).await;
    assert!(matches!(taken, Err(WikiError::Taken(_))));
    people.remove_wiki_set(&operator, &small, 2).await.unwrap();
    assert_eq!(people.wiki_set(&small), None);
    assert!(matches!(people.remove_wiki_set(&operator, &small, 2).await, Err(WikiError::Unknown)));
    assert_eq!(people.wiki_sets(None, Limit::default()).items.len(), 1);
}

pub(crate) async fn lists_come_in_full_pages(stage: Stage) {
    for number in 0..5 {
        stage.wiki(&format!("w{number}")).await;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = stage.people.wikis(&Viewer::operator(), after.as_ref(), Limit::new(2).unwrap());
        assert!(page.items.len() <= 2);
        seen.extend(page.items.iter().map(|wiki| wiki.id.to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["w0", "w1", "w2", "w3", "w4"]);
}

pub(crate) async fn another_node_hears_of_a_change(stage: Stage) {
    let other = Arc::new(stage.node(PeopleSettings::default()).await);
    let running = tokio::spawn({
        let other = other.clone();
        async move { other.run().await }
    });
    stage.wiki("enwiki").await;
    let heard = async {
        while other.wiki(&id("enwiki")).is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), heard).await.expect("the other node hears of it");
    running.abort();
}

pub(crate) async fn rights_of_groups_are_changed_and_put_back(stage: Stage) {
    let (operator, people) = (Viewer::operator(), &stage.people);
    let signer = stage.wiki("enwiki").await;
    let ada_may = |right| {
        let service = crate::people::tokens::vouching("enwiki");
        let statement = signer.statement("actor", stage.now(), serde_json::json!({"groups": ["patroller"]}));
        people.vouched(&service, &statement, stage.now()).unwrap().may(right, &id("enwiki"))
    };
    assert!(!ada_may(Right::Revert));
    let rights: RightSet = [Right::Revert].into_iter().collect();
    people.set_group_rights(&operator, &WikiId::farm(), "patroller", Some(rights)).await.unwrap();
    assert!(ada_may(Right::Revert));
    people.set_group_rights(&operator, &id("enwiki"), "patroller", Some(RightSet::NONE)).await.unwrap();
    assert!(!ada_may(Right::Revert));
    people.set_group_rights(&operator, &id("enwiki"), "patroller", None).await.unwrap();
    assert!(ada_may(Right::Revert));
    let entries = stage.actions().await.len();
    people.set_group_rights(&operator, &id("enwiki"), "patroller", None).await.unwrap();
    assert_eq!(stage.actions().await.len(), entries, "what changes nothing leaves no entry");
}

pub(crate) async fn nobody_gives_a_group_rights_beyond_his_own(stage: Stage) {
    use wikiward_people::GroupError;
    let manager = viewer("*", &[Right::ManageFarm]);
    let rights: RightSet = [Right::SuppressRevision].into_iter().collect();
    let set = stage.people.set_group_rights(&manager, &WikiId::farm(), "user", Some(rights)).await;
    assert!(matches!(set, Err(GroupError::Beyond(Right::SuppressRevision))));
    let set = stage.people.set_group_rights(&manager, &id("nowiki"), "user", Some(RightSet::NONE)).await;
    assert!(matches!(set, Err(GroupError::Unknown)));
    let set = stage.people.set_group_rights(&manager, &WikiId::farm(), "a\nb", Some(RightSet::NONE)).await;
    assert!(matches!(set, Err(GroupError::Name)));
    let set = stage.people.set_group_rights(&stage.people.anonymous(), &WikiId::farm(), "a", None).await;
    assert!(matches!(set, Err(GroupError::Forbidden(_))));
}

pub(crate) async fn every_change_leaves_an_entry(stage: Stage) {
    let operator = Viewer::operator();
    let signer: Signer = stage.wiki("enwiki").await;
    stage.people.change_wiki(&operator, &id("enwiki"), 1, signer.draft(), true).await.unwrap();
    stage.people.change_wiki(&operator, &id("enwiki"), 2, signer.draft(), false).await.unwrap();
    stage.people.add_wiki_set(&operator, "s".parse().unwrap(), set_of(&[])).await.unwrap();
    stage.people.remove_wiki_set(&operator, &"s".parse().unwrap(), 1).await.unwrap();
    let actions = stage.actions().await;
    assert_eq!(actions, ["wiki_set.remove", "wiki_set.add", "wiki.open", "wiki.close", "wiki.add"]);
    let whole = wikiward_store::audit::Verification::Whole { entries: 5 };
    assert_eq!(stage.store.verify_audit().await.unwrap(), whole);
}
