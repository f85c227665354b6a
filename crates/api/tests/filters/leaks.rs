//! Who may not see a filter gets the same answers, byte for byte, whether it is there or not, and they take the same number of
//! statements: no time tells either.

use crate::house::{House, admin, everybody, filter, with};
use axum::http::Method;
use serde_json::{Value, json};
use wikiward_farm::{Right, Viewer};

const LIST: &str = "/v1/wikis/enwiki/filters";

/// What belongs to a filter and may not be seen without it.
const OF_PARTS: [&str; 7] = [
    "/brake",
    "/candidates",
    "/candidates/01jd3q0000000000000000000a",
    "/candidates/01jd3q0000000000000000000a/actions?verdicts=both",
    "/revert-jobs",
    "/revert-jobs/01jd3q0000000000000000000a",
    "/shadow-hits/01jd3q0000000000000000000a",
];

/// A house with public filters, and with restricted ones behind them or not. Restricted ones come last, so that the
/// public ones have the same numbers; their saves take the same steps of the clock in both.
async fn house(restricted: bool) -> House {
    let house = House::new().await;
    for n in 0..3 {
        house.made(json!({"name": format!("public {n}"), "rules": "summary == 'secret'"})).await;
    }
    if restricted {
        for privacy in [
            json!({"hidden": true}),
            json!({"protected": true}),
            json!({"suppressed": true}),
            json!({"hidden": true, "suppressed": true}),
        ] {
            house.made(json!({"name": "restricted", "privacy": privacy, "rules": "summary == 'secret'", "actions": {"tag": ["hush"]}, "state": "enabled"})).await;
        }
    }
    house
}

/// All there is to ask about filters.
fn questions() -> Vec<String> {
    let mut questions: Vec<String> = [
        "",
        "?q=secret",
        "?q=sec.*&q_mode=regex",
        "?consequence=tag",
        "?state=enabled",
        "?privacy=hidden",
        "?privacy=suppressed",
        "?sort=name",
        "?sort=edited&dir=desc",
        "?scope=all",
        "?limit=2",
        "?limit=3",
    ]
    .iter()
    .map(|query| format!("{LIST}{query}"))
    .collect();
    questions.push("/v1/wikis/enwiki/stats".to_owned());
    for id in ["4", "5", "6", "7", "8", "global-1"] {
        for rest in
            ["", "/versions/1", "/versions/2", "/history", "/diff?from=1&to=1", "/optout", "/stats", "/shadow-hits"]
                .iter()
                .chain(&OF_PARTS)
        {
            questions.push(format!("{LIST}/{id}{rest}"));
        }
        questions.push(format!("/v1/wikis/enwiki/export?filters={id}"));
    }
    questions
}

/// What can be tried on a filter beside saving it; none of it works for who may not see the filter.
fn writes(id: &str) -> Vec<(String, Value)> {
    let some = "01jd3q0000000000000000000a";
    let of = |end: &str, body: Value| (format!("{LIST}/{id}{end}"), body);
    let explain = json!({"wiki": "enwiki", "filter": id, "action": {"vars": {"summary": "x"}}});
    let newest = json!({"wiki": "enwiki", "filter": id, "actions": {"newest": 3}});
    vec![
        (format!("{LIST}/validate?id={id}"), filter(json!({"name": "mine"}))),
        of("/candidates", json!({"rules": "page_id == 2", "reason": "because", "days": 1})),
        of(&format!("/candidates/{some}/promote"), json!({"reason": "because"})),
        of("/brake/reactivate", json!({"reason_code": "attack", "reason": "because", "classes": ["D"]})),
        of(
            "/revert-jobs",
            json!({"from": "2026-09-01T00:00:00Z", "to": "2026-09-02T00:00:00Z", "consequences": ["block"], "reason": "because"}),
        ),
        of(&format!("/revert-jobs/{some}/confirm"), json!({})),
        ("/v1/explain".to_owned(), explain),
        ("/v1/explain/aggregate".to_owned(), newest),
    ]
}

/// The answer without what is random or tells the time.
fn comparable(text: &str) -> Value {
    let mut value: Value = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
    if let Some(next) = value.get_mut("next").filter(|next| next.is_string()) {
        *next = json!("a cursor");
    }
    for item in value.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(members) = item.as_object_mut() {
            members.remove("age_s");
        }
    }
    value
}

async fn compare(viewer: &Viewer, sees: &[&str]) {
    let (with_them, without_them) = (house(true).await, house(false).await);
    for question in questions() {
        if sees.iter().any(|id| question.contains(&format!("/{id}")) || question.contains(&format!("={id}"))) {
            continue;
        }
        if !sees.is_empty() && !question.contains(&format!("{LIST}/")) && !question.contains("export") {
            continue;
        }
        let (one, work) = with_them.asked(|| with_them.get(viewer, &question)).await;
        let (other, other_work) = without_them.asked(|| without_them.get(viewer, &question)).await;
        assert_eq!(one.status, other.status, "{question}");
        assert_eq!(work, other_work, "statements of {question}");
        assert_eq!(comparable(&one.text), comparable(&other.text), "{question}");
        if one.status.as_u16() == 404 {
            assert_eq!(one.text, other.text, "{question}");
        }
    }
    for id in ["4", "5", "6", "7"].iter().filter(|id| !sees.contains(id)) {
        let path = format!("{LIST}/{id}");
        let body = filter(json!({"name": "mine"}));
        let (one, work) = with_them.asked(|| with_them.put(viewer, &path, 1, &body)).await;
        let (other, other_work) = without_them.asked(|| without_them.put(viewer, &path, 1, &body)).await;
        assert_eq!((one.status, one.text, work), (other.status, other.text, other_work), "{path}");
        for (path, body) in writes(id) {
            let (one, work) =
                with_them.asked(|| with_them.write(viewer, Method::POST, &path, Some("\"1\""), &body)).await;
            let (other, other_work) =
                without_them.asked(|| without_them.write(viewer, Method::POST, &path, Some("\"1\""), &body)).await;
            // Not refused for its form, which would say nothing of what is looked up.
            assert!(![400, 415, 422, 428].contains(&one.status.as_u16()), "{path}: {}", one.text);
            assert_eq!((one.status, one.text, work), (other.status, other.text, other_work), "{path}");
        }
    }
}

#[tokio::test]
async fn everybody_learns_nothing() {
    compare(&everybody(), &[]).await;
    compare(&with(&[Right::Log, Right::LogDetail]), &[]).await;
    compare(&with(&[Right::LogPrivate]), &[]).await;
    let blocked = Viewer::new(admin().principal, admin().granted().clone(), true);
    compare(&blocked, &[]).await;
}

#[tokio::test]
async fn each_right_opens_its_own_filters_and_no_others() {
    compare(&with(&[Right::Modify]), &["4"]).await;
    compare(&with(&[Right::ViewPrivate, Right::LogDetail]), &["4"]).await;
    compare(&with(&[Right::ProtectedVars]), &["5"]).await;
    compare(&with(&[Right::ViewPrivate, Right::ProtectedVars]), &["4", "5"]).await;
    compare(&with(&[Right::ViewSuppressed]), &["6"]).await;
}

#[tokio::test]
async fn what_becomes_hidden_hides_its_past_and_what_becomes_public_shows_only_what_was() {
    let house = House::new().await;
    house.made(json!({"rules": "page_id == 1"})).await;
    let path = format!("{LIST}/1");
    house
        .put(&admin(), &path, 1, &filter(json!({"rules": "page_id == 2", "privacy": {"hidden": true}})))
        .await
        .expect(200);
    for rest in ["", "/versions/1", "/history"] {
        house.get(&everybody(), &format!("{path}{rest}")).await.expect(404);
    }
    house
        .put(&admin(), &path, 2, &filter(json!({"rules": "page_id == 3", "confirm_make_public": true})))
        .await
        .expect(200);
    let versions = async |viewer: &Viewer| {
        let page = house.get(viewer, &format!("{path}/history")).await.expect(200).json();
        page["items"].as_array().unwrap().iter().map(|it| it["version"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(versions(&admin()).await, [3, 2, 1]);
    assert_eq!(versions(&everybody()).await, [1], "an item needs both versions");
    house.get(&everybody(), &format!("{path}/versions/2")).await.expect(404);
    house.get(&everybody(), &format!("{path}/diff?from=2&to=3")).await.expect(404);
    house.get(&everybody(), &format!("{path}/diff?from=1&to=3")).await.expect(200);
}

#[tokio::test]
async fn a_hidden_past_is_published_only_if_wished() {
    let house = House::new().await;
    house.made(json!({"privacy": {"hidden": true}})).await;
    let path = format!("{LIST}/1");
    let publish = filter(json!({"confirm_make_public": true, "publish_history": true}));
    house.put(&admin(), &path, 1, &publish).await.expect(200);
    house.get(&everybody(), &format!("{path}/versions/1")).await.expect(200);
}
