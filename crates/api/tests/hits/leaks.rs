//! The same questions in a house with restricted rows and in one without: byte for byte the same answers, with the same number
//! of statements, so that no time tells either.

use crate::house::{House, with};
use serde_json::json;
use wikiward_farm::{Right, Viewer};

/// Viewers of the table of rights, and the filters whose hits they may see.
fn viewers() -> Vec<(Viewer, Vec<u32>)> {
    let detail = Right::LogDetail;
    vec![
        (with(&[]), vec![1]),
        (with(&[detail]), vec![1]),
        (with(&[detail, Right::LogPrivate]), vec![1, 2]),
        (with(&[detail, Right::Modify]), vec![1, 2]),
        (with(&[detail, Right::ProtectedVars]), vec![1, 3]),
        (with(&[detail, Right::ViewSuppressed]), vec![1, 4]),
        (with(&[detail, Right::Modify, Right::ProtectedVars]), vec![1, 2, 3]),
    ]
}

/// A house with hits of these filters, of the wiki's own and of farm-wide ones.
async fn house(filters: &[u32]) -> House {
    let house = House::new().await;
    for second in 0..24 {
        let filter = u32::try_from(second % 4).unwrap() + 1;
        let owner = if second % 3 == 0 { "*" } else { "enwiki" };
        if filters.contains(&filter) {
            house.hit("enwiki", owner, filter, second).await;
        }
    }
    house
}

/// Cursors are sealed with fresh randomness: whether there is one is what can be compared.
fn comparable(text: &str) -> String {
    let mut json: serde_json::Value = serde_json::from_str(text).unwrap();
    if let Some(next) = json.get_mut("next").filter(|next| next.is_string()) {
        assert!(next.as_str().unwrap().len() > 40);
        *next = json!("…");
    }
    json.to_string()
}

#[tokio::test]
async fn what_may_not_be_seen_changes_no_answer() {
    let full = house(&[1, 2, 3, 4]).await;
    for (viewer, seen) in viewers() {
        let bare = house(&seen).await;
        for list in ["/v1/wikis/enwiki/hits", "/v1/farm/hits"] {
            for query in [
                "",
                "limit=1",
                "limit=3",
                "order=asc&limit=4",
                "filter=1",
                "filter=2",
                "filter=3",
                "filter=4",
                "filter=global-4",
                "filter=99",
                "group=default",
                "actor=Example",
                "target=Foo",
                "kind=edit",
                "kind=move",
                "taken=disallow",
                "taken=block",
                "withheld=false",
                "outcome=unknown",
                "outcome=saved",
                "visibility=hidden",
                "visibility=normal",
                "ref_code=AAAA-00004",
                "ref_code=AAAA-00002",
                "to=2026-09-21T14:13:30Z",
            ] {
                let path = format!("{list}?{query}");
                let (with, work) = full.asked(|| full.get(&viewer, &path)).await;
                let (without, other_work) = bare.asked(|| bare.get(&viewer, &path)).await;
                assert_eq!(
                    (with.status, comparable(&with.text), work),
                    (without.status, comparable(&without.text), other_work),
                    "{path}"
                );
            }
        }
        // One hit each of what he may not see: answered as one that never was.
        for hit in hidden_from(&full, &seen).await {
            for path in [format!("/v1/wikis/enwiki/hits/{hit}"), format!("/v1/farm/hits/{hit}")] {
                let (with, work) = full.asked(|| full.get(&viewer, &path)).await;
                let (without, other_work) = bare.asked(|| bare.get(&viewer, &path)).await;
                assert_eq!(with.clone().expect(404).text, without.text);
                assert_eq!((with.headers, work), (without.headers, other_work), "{path}");
            }
            let viewer = Viewer::new(viewer.principal.clone(), granted(&viewer, Right::PrivateDetails), false);
            for (end, body) in
                [("private-details", json!({"reason": "x"})), ("assessment", json!({"verdict": "unsure"}))]
            {
                let path = format!("/v1/wikis/enwiki/hits/{hit}/{end}");
                let (with, work) = full.asked(|| full.post(&viewer, &path, &body)).await;
                let (without, other_work) = bare.asked(|| bare.post(&viewer, &path, &body)).await;
                assert_eq!((with.status, &with.text, work), (without.status, &without.text, other_work), "{path}");
                assert!(!with.status.is_success());
            }
        }
        full.clock.advance_hours(2);
    }
}

fn granted(viewer: &Viewer, more: Right) -> wikiward_farm::Rights {
    let mut rights = viewer.granted().clone();
    rights.grant(wikiward_farm::WikiId::farm(), [more].into_iter().collect());
    rights
}

async fn hidden_from(full: &House, seen: &[u32]) -> Vec<String> {
    let all = full.get(&Viewer::system(), "/v1/wikis/enwiki/hits?limit=500").await.expect(200).items();
    let number = |gid: &str| gid.trim_start_matches("global-").parse::<u32>().unwrap();
    let unseen = all.iter().filter(|hit| !seen.contains(&number(hit["filter"].as_str().unwrap())));
    unseen.map(|hit| hit["id"].as_str().unwrap().to_owned()).take(6).collect()
}

#[tokio::test]
async fn a_redacted_row_has_no_id_and_cannot_be_found_by_what_it_lacks() {
    let house = House::new().await;
    let id = house.hit("dewiki", "dewiki", 3, 0).await;
    let viewer = with(&[Right::LogDetail]);
    let rows = house.get(&viewer, "/v1/wikis/dewiki/hits").await.expect(200).items();
    assert_eq!((rows.len(), &rows[0]["redacted"], &rows[0]["filter_name"]), (1, &json!(true), &json!("filter 3")));
    for absent in ["id", "filter", "version", "rev_id", "ref_code", "evaluation_id", "action_id"] {
        assert_eq!(rows[0].get(absent), None, "{absent}");
    }
    for query in ["filter=3", "group=default", "ref_code=AAAA-00003", "outcome=unknown"] {
        assert_eq!(
            house.get(&viewer, &format!("/v1/wikis/dewiki/hits?{query}")).await.expect(200).items().len(),
            0,
            "{query}"
        );
    }
    house.get(&viewer, &format!("/v1/wikis/dewiki/hits/{id}")).await.expect(404);
}

#[tokio::test]
async fn nobody_sees_the_log_without_the_right_to_it() {
    let house = House::new().await;
    let nobody = Viewer::new(wikiward_farm::Principal::System, wikiward_farm::Rights::default(), false);
    assert_eq!(house.get(&nobody, "/v1/wikis/enwiki/hits").await.expect(403).code(), "forbidden");
}
