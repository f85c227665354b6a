use crate::house::{House, with};
use serde_json::{Value, json};
use wikiward_farm::Right;

const HITS: &str = "/v1/wikis/enwiki/hits";

#[tokio::test]
async fn pages_follow_each_other_and_a_cursor_is_good_for_its_list_only() {
    let house = House::new().await;
    for second in 0..5 {
        house.hit("enwiki", "enwiki", 1, second).await;
    }
    let viewer = with(&[Right::LogDetail]);
    let (mut path, mut seen) = (format!("{HITS}?limit=2"), Vec::new());
    loop {
        let page = house.get(&viewer, &path).await.expect(200);
        seen.extend(page.items().into_iter().map(|hit| hit["at"].clone()));
        let Some(next) = page.json()["next"].as_str().map(str::to_owned) else { break };
        path = format!("{HITS}?limit=2&cursor={next}");
        // Another order, selection or viewer has other pages.
        for other in ["order=asc", "actor=Example", "kind=move"] {
            assert_eq!(house.get(&viewer, &format!("{path}&{other}")).await.expect(400).code(), "bad_request");
        }
    }
    let times: Vec<String> = (0..5).rev().map(|second| format!("2026-09-21T14:13:2{second}.000Z")).collect();
    assert_eq!(seen, times);
    let oldest = house.get(&viewer, &format!("{HITS}?limit=1&order=asc")).await.expect(200);
    assert_eq!(oldest.items()[0]["at"], times[4].as_str());
}

#[tokio::test]
async fn a_list_can_be_asked_for_everything_that_it_knows() {
    let house = House::new().await;
    house.hit("enwiki", "enwiki", 1, 0).await;
    house.hit("enwiki", "*", 1, 1).await;
    house.hit("dewiki", "*", 1, 2).await;
    let viewer = with(&[Right::LogDetail, Right::PrivateDetails]);
    let count = async |path: &str| house.get(&viewer, path).await.expect(200).items().len();
    for (query, expected) in [
        ("", 2),
        ("?filter=1", 1),
        ("?filter=global-1", 1),
        ("?filter=1&filter=global-1", 2),
        ("?group=default", 2),
        ("?group=newsletter", 0),
        ("?actor=Example", 2),
        ("?actor=example", 0),
        ("?ip=203.0.113.9", 2),
        ("?range=203.0.113.0/24", 2),
        ("?range=203.0.112.0/24", 0),
        ("?target=Foo&ns=0", 2),
        ("?target=Foo&ns=1", 0),
        ("?kind=edit", 2),
        ("?kind=move&kind=delete", 0),
        ("?taken=disallow", 2),
        ("?taken=block", 0),
        ("?withheld=true", 0),
        ("?withheld=false", 2),
        ("?outcome=unknown", 2),
        ("?outcome=saved", 0),
        ("?visibility=normal", 2),
        ("?visibility=hidden", 0),
        ("?ref_code=AAAA-00001", 2),
        ("?from=2026-09-21T14:13:21Z", 1),
        ("?to=2026-09-21T14:13:21Z", 1),
    ] {
        assert_eq!(count(&format!("{HITS}{query}")).await, expected, "{query}");
    }
    for (query, expected) in [("", 2), ("?filter=1", 2), ("?wiki=dewiki", 1), ("?wiki=dewiki&filter=global-1", 1)] {
        assert_eq!(count(&format!("/v1/farm/hits{query}")).await, expected, "{query}");
    }
}

#[tokio::test]
async fn a_question_that_means_nothing_is_refused() {
    let house = House::new().await;
    let viewer = with(&[Right::PrivateDetails]);
    for query in [
        "filter=x",
        "limit=0",
        "limit=501",
        "from=yesterday",
        "ip=here",
        "range=203.0.113.0/20",
        "ip=203.0.113.9&range=203.0.113.0/24",
        "visibility=some",
        "outcome=good",
        "order=up",
        "withheld=maybe",
        "wiki=dewiki",
        "cursor=x",
    ] {
        assert_eq!(house.get(&viewer, &format!("{HITS}?{query}")).await.expect(400).code(), "bad_request", "{query}");
    }
    assert_eq!(house.get(&viewer, &format!("{HITS}?flter=1")).await.expect(400).code(), "unknown_field");
    let many = "filter=1&".repeat(51);
    assert_eq!(house.get(&viewer, &format!("{HITS}?{many}")).await.expect(400).code(), "bad_request");
    assert_eq!(house.get(&viewer, "/v1/farm/hits?ip=203.0.113.9").await.expect(400).code(), "bad_request");
    // Addresses need their right.
    assert_eq!(house.get(&with(&[]), &format!("{HITS}?ip=203.0.113.9")).await.expect(403).code(), "forbidden");
}

#[tokio::test]
async fn one_hit_is_shown_as_far_as_rights_go() {
    let house = House::new().await;
    let id = house.hit("enwiki", "enwiki", 3, 0).await;
    let public = house.hit("enwiki", "enwiki", 1, 1).await;
    let row = house.get(&with(&[]), &format!("{HITS}/{public}")).await.expect(200).json();
    assert_eq!((&row["filter"], &row["variables"], &row["has_details"]), (&json!("1"), &Value::Null, &json!(false)));
    assert_eq!(row.get("ref_code"), None);
    let viewer = with(&[Right::LogDetail, Right::ProtectedVars, Right::ProtectedVarsLog]);
    let details = house.get(&viewer, &format!("{HITS}/{id}")).await.expect(200).json();
    assert_eq!(details["variables"], json!({"summary": "buy now", "user_unnamed_ip": "203.0.113.9"}));
    assert_eq!(details["ref_code"], "AAAA-00003");
    let log = house.get(&viewer, "/v1/wikis/enwiki/access-log").await.expect(200).items();
    assert_eq!(log.len(), 1);
    assert_eq!(
        (&log[0]["kind"], &log[0]["by"], &log[0]["subject"]),
        (&json!("protected-vars"), &json!("Patroller"), &json!("Example"))
    );
    assert_eq!(
        house.get(&viewer, "/v1/wikis/enwiki/access-log?kind=privatedetails").await.expect(403).code(),
        "forbidden"
    );
    assert_eq!(house.get(&viewer, "/v1/wikis/enwiki/access-log?kind=x").await.expect(400).code(), "bad_request");
    assert_eq!(house.get(&with(&[]), "/v1/wikis/enwiki/access-log").await.expect(403).code(), "forbidden");
    // If it cannot be noted, it is not shown.
    house.clock.advance_hours(25);
    house.execute("ALTER TABLE access_log RENAME TO access_log_away").await;
    assert_eq!(house.get(&viewer, &format!("{HITS}/{id}")).await.expect(423).code(), "read_only");
}

#[tokio::test]
async fn an_address_is_told_with_a_reason_and_leaves_an_entry() {
    let house = House::new().await;
    let id = house.hit("dewiki", "dewiki", 1, 0).await;
    let path = format!("/v1/wikis/dewiki/hits/{id}/private-details");
    let viewer = with(&[Right::PrivateDetails, Right::PrivateDetailsLog]);
    assert_eq!(house.post(&with(&[]), &path, &json!({"reason": "x"})).await.expect(403).code(), "forbidden");
    assert_eq!(house.post(&viewer, &path, &json!({})).await.expect(422).code(), "invalid");
    assert_eq!(house.post(&viewer, &path, &json!({"reason": "x".repeat(501)})).await.expect(422).code(), "invalid");
    let details = house.post(&viewer, &path, &json!({"reason": "sock puppets"})).await.expect(200).json();
    assert_eq!(
        details,
        json!({"hit_id": id, "user": "Example", "filter": "1", "name": "filter 1", "ip": "203.0.113.9"})
    );
    let log = house.get(&viewer, "/v1/wikis/dewiki/access-log").await.expect(200).items();
    assert_eq!((log.len(), &log[0]["reason"], &log[0]["hit_id"]), (1, &json!("sock puppets"), &json!(id)));
    assert!(!log[0].to_string().contains("203.0.113"), "{}", log[0]);
}

#[tokio::test]
async fn people_say_what_they_think_of_a_hit() {
    let house = House::new().await;
    let id = house.hit("enwiki", "enwiki", 1, 0).await;
    let (viewer, path) = (with(&[Right::LogDetail]), format!("{HITS}/{id}/assessment"));
    house.post(&viewer, &path, &json!({"verdict": "unsure"})).await.expect(204);
    house.post(&viewer, &path, &json!({"verdict": "false_positive", "note": "a good edit"})).await.expect(204);
    let one = house.get(&viewer, &format!("{HITS}/{id}")).await.expect(200).json();
    assert_eq!(one["assessments"].as_array().unwrap().len(), 1);
    assert_eq!(one["assessments"][0]["verdict"], "false_positive");
    assert_eq!(house.post(&viewer, &path, &json!({"verdict": "good"})).await.expect(422).code(), "invalid");
    assert_eq!(house.post(&with(&[]), &path, &json!({"verdict": "unsure"})).await.expect(403).code(), "forbidden");
}

#[tokio::test]
async fn hits_are_hidden_all_or_none() {
    let house = House::new().await;
    let a = house.hit("enwiki", "enwiki", 1, 0).await;
    let b = house.hit("enwiki", "enwiki", 1, 1).await;
    let path = format!("{HITS}/visibility");
    let oversighter = with(&[Right::HideLog, Right::HiddenLog, Right::LogDetail]);
    let hide = |hits: &[&str]| json!({"hits": hits, "hidden": true, "reason": "outing"});
    assert_eq!(house.post(&with(&[]), &path, &hide(&[&a])).await.expect(403).code(), "forbidden");
    assert_eq!(house.post(&oversighter, &path, &hide(&[])).await.expect(422).code(), "invalid");
    assert_eq!(house.post(&oversighter, &path, &hide(&["x"])).await.expect(404).code(), "not_found");
    let nobody = "01J9ZZZZZZ0000000000000000";
    assert_eq!(house.post(&oversighter, &path, &hide(&[&a, nobody])).await.expect(404).code(), "not_found");
    assert_eq!(house.get(&with(&[]), HITS).await.expect(200).items().len(), 2);
    house.post(&oversighter, &path, &hide(&[&a, &b])).await.expect(204);
    assert_eq!(house.get(&with(&[]), HITS).await.expect(200).items().len(), 0);
    assert_eq!(house.get(&oversighter, &format!("{HITS}?visibility=hidden")).await.expect(200).items().len(), 2);
    let log = house.get(&oversighter, "/v1/wikis/enwiki/access-log").await.expect(200).items();
    assert!(log.len() == 2 && log.iter().all(|entry| entry["kind"] == "hit-hidden" && entry["reason"] == "outing"));
    house.post(&oversighter, &path, &json!({"hits": [a], "hidden": false})).await.expect(204);
    assert_eq!(house.get(&with(&[]), HITS).await.expect(200).items().len(), 1);
}

#[tokio::test]
async fn guessing_codes_has_an_end() {
    let house = House::new().await;
    house.hit("enwiki", "enwiki", 1, 0).await;
    let viewer = with(&[]);
    for _ in 0..20 {
        house.get(&viewer, &format!("{HITS}?ref_code=AAAA-99999")).await.expect(200);
    }
    let refused = house.get(&viewer, &format!("{HITS}?ref_code=AAAA-00001")).await.expect(429);
    assert_eq!((refused.code().as_str(), refused.headers["retry-after"].to_str().unwrap()), ("rate_limited", "3600"));
    house.clock.advance_hours(1);
    assert_eq!(house.get(&viewer, &format!("{HITS}?ref_code=AAAA-00001")).await.expect(200).items().len(), 1);
}
