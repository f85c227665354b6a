//! The emergency brake through the interface: latched by edits, reactivated, held.

use crate::ALL;
use crate::house::{Answer, House, body};
use serde_json::{Value, json};
use wikiward_farm::Right;

const FILTER: &str = "/v1/wikis/enwiki/filters/1";
const BRAKE: &str = "/v1/wikis/enwiki/filters/1/brake";
const REACTIVATE: &str = "/v1/wikis/enwiki/filters/1/brake/reactivate";
const HOLDS: &str = "/v1/wikis/enwiki/filters/1/brake/holds";

fn refusing() -> Value {
    json!({"state": "enabled", "name": "Everything", "rules": "summary contains 'spam'",
           "actions": {"disallow": ["abusefilter-disallowed"]}})
}

/// An edit of somebody in good standing.
async fn edit(house: &House, person: u32) -> String {
    let mut edit = body(&format!("e{person}"), json!({"summary": "spam"}));
    edit["actor"]["id"] = json!(10_000 + person);
    edit["actor"]["name"] = json!(format!("Good {person}"));
    edit["request"]["ip"] = json!(format!("10.0.{}.1", person % 250));
    let answer = house.ask(ALL, &edit).await.expect(200).json();
    answer["decision"].as_str().unwrap().to_owned()
}

/// Edits until the filter is latched; gives the latch's name.
async fn latch(house: &House, from: u32) -> String {
    for person in from..from + 5 {
        edit(house, person).await;
    }
    house.brakes().await;
    let brake = house.read(Right::ALL, BRAKE).await.expect(200).json();
    assert_eq!(brake["latched"], json!(["O"]), "{brake}");
    brake["latch_id"].as_str().unwrap().to_owned()
}

async fn reactivate(house: &House, body: Value) -> Answer {
    house.tool(REACTIVATE, body).await
}

#[tokio::test]
async fn people_refused_latch_the_filter_and_one_click_reactivates_it() {
    let house = House::new(&[refusing()]).await;
    let before = house.read(Right::ALL, FILTER).await.expect(200).json();
    assert_eq!((&before["brake"]["latched"], &before["brake"]["profile"]), (&json!([]), &json!("standard")));
    let name = latch(&house, 0).await;
    assert_eq!(edit(&house, 50).await, "allow");
    let braked = house.read(Right::ALL, FILTER).await.expect(200).json();
    assert_eq!(braked["brake"]["evidence"]["path"], "A");
    assert_eq!(
        (&braked["brake"]["evidence"]["people"], &braked["permissions"]["reactivate"]),
        (&json!(5), &json!(true))
    );
    let list = house.read(Right::ALL, "/v1/wikis/enwiki/filters").await.expect(200).json();
    assert_eq!(list["items"][0]["brake"]["latch_id"], json!(name));
    let seen = house.read(&[Right::View], BRAKE).await.expect(200).json();
    let evidence = seen["evidence"].as_object().unwrap();
    assert_eq!(evidence.keys().collect::<Vec<_>>(), ["path", "since"], "numbers are for who may see details");
    assert_eq!((seen["latches"][0].get("evidence"), &seen["latches"][0]["class"]), (None, &json!("O")));
    // Who may do what.
    let attack = || json!({"reason_code": "attack", "expect_latch": name});
    assert_eq!(house.anybody(REACTIVATE, attack()).await.expect(403).code(), "forbidden");
    assert_eq!(
        house.tool("/v1/wikis/enwiki/filters/9/brake/reactivate", attack()).await.expect(404).code(),
        "not_found"
    );
    house.tool_with(&[Right::BrakeRelease], REACTIVATE, attack()).await.expect(200);
    assert_eq!(edit(&house, 51).await, "refuse", "in force at once");
    let mut after = house.read(Right::ALL, FILTER).await.expect(200).json();
    assert_eq!(after["brake"], before["brake"]);
    assert_eq!(after["hits"], json!(7), "each hit is counted, withheld or not");
    after["hits"] = before["hits"].clone();
    after["age_s"] = before["age_s"].clone();
    assert_eq!(after, before, "nothing else changed");
    let seen = house.read(&[Right::View], &format!("{FILTER}/history")).await.expect(200).json();
    let latch = seen["items"].as_array().unwrap().iter().find(|it| it["kind"] == "brake.latch").unwrap().clone();
    assert_eq!((latch["details"].get("people"), &latch["details"]["class"]), (None, &json!("O")));
    let history = house.read(Right::ALL, &format!("{FILTER}/history")).await.expect(200).json();
    let released = &history["items"][0];
    assert_eq!((&released["kind"], &released["reason_code"]), (&json!("brake.reactivate"), &json!("attack")));
    assert_eq!((&released["by"]["name"], &released["details"]["latch_id"]), (&json!("Editor"), &json!(name)));
    let audit = house.read(Right::ALL, "/v1/audit").await.expect(200).json();
    let actions: Vec<&str> = audit["items"].as_array().unwrap().iter().filter_map(|it| it["action"].as_str()).collect();
    assert!(actions.contains(&"brake.latch") && actions.contains(&"brake.reactivate"), "{actions:?}");
}

#[tokio::test]
async fn a_reactivation_is_about_the_latch_that_was_looked_at() {
    let house = House::new(&[refusing()]).await;
    assert_eq!(reactivate(&house, json!({"reason_code": "accepted"})).await.expect(409).code(), "not_braked");
    let first = latch(&house, 0).await;
    let problem = reactivate(&house, json!({"reason_code": "accepted", "expect_latch": "lt_other"})).await.expect(409);
    assert_eq!((problem.code().as_str(), &problem.json()["latch_id"]), ("latch_changed", &json!(first)));
    let stands = house.read(Right::ALL, BRAKE).await.expect(200).json();
    assert!(problem.json()["evidence"]["path"].is_string());
    assert_eq!(problem.json()["evidence"], stands["evidence"], "what led to the new latch");
    for wrong in [
        json!({"reason_code": "because"}),
        json!({"reason_code": "other", "reason": "no"}),
        json!({"reason_code": "other"}),
        json!({"reason_code": "attack", "reason": "x".repeat(501)}),
        json!({"reason_code": "attack", "classes": ["X"]}),
        json!({"reason_code": "attack", "clases": ["D"]}),
    ] {
        assert_eq!(reactivate(&house, wrong.clone()).await.status, 400, "{wrong}");
    }
    let mut from = 10;
    reactivate(&house, json!({"reason_code": "other", "reason": "looked at it"})).await.expect(200);
    for _ in 0..5 {
        latch(&house, from).await;
        reactivate(&house, json!({"reason_code": "attack"})).await.expect(200);
        from += 10;
    }
    latch(&house, from).await;
    let refused = reactivate(&house, json!({"reason_code": "attack"})).await.expect(429);
    assert_eq!((refused.code().as_str(), refused.headers["retry-after"].to_str().unwrap()), ("rate_limited", "3600"));
}

#[tokio::test]
async fn several_are_reactivated_each_by_itself() {
    let house = House::new(&[refusing(), refusing()]).await;
    latch(&house, 0).await;
    let path = "/v1/wikis/enwiki/filters/brake/reactivate";
    let done = house.tool(path, json!({"ids": ["1", "2", "3"], "reason_code": "attack"})).await.expect(200).json();
    let codes: Vec<&Value> = done["items"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    assert_eq!(codes, [&Value::Null, &Value::Null, &json!("not_found")], "{done}");
    let done = house.tool(path, json!({"ids": ["1"], "reason_code": "attack"})).await.expect(200).json();
    assert_eq!(done["items"][0]["code"], "not_braked");
    house.tool(path, json!({"ids": [], "reason_code": "attack"})).await.expect(400);
}

async fn held(house: &House, person: i64, seconds: u32, second: bool) -> Answer {
    let wish = json!({"seconds": seconds, "reason": "a flood, the rule was looked at", "second_person": second});
    house.tool_of(person, HOLDS, wish).await
}

async fn confirmed(house: &House, person: i64, sheet: &Value) -> Answer {
    let path = format!("{HOLDS}/{}/confirm", sheet["hold_id"].as_str().unwrap());
    let confirm = json!({"confirm_token": sheet["confirm_token"], "acknowledge": "I checked the last matches"});
    house.tool_of(person, &path, confirm).await
}

#[tokio::test]
async fn a_hold_is_prepared_confirmed_and_ended() {
    let house = House::new(&[refusing()]).await;
    latch(&house, 0).await;
    // Person 5 made the filter a moment ago.
    assert_eq!(held(&house, 5, 600, false).await.expect(409).code(), "own_fresh_edit");
    assert_eq!(held(&house, 6, 3_601, false).await.expect(422).code(), "hold_too_long");
    assert_eq!(held(&house, 6, 10, false).await.expect(400).code(), "bad_request");
    let sheet = held(&house, 6, 600, false).await.expect(201).json();
    assert_eq!((&sheet["releases"], &sheet["caps"]), (&json!(["O"]), &json!({"h": 100, "day": 500})));
    assert_eq!(sheet["brake"]["latched"], json!(["O"]), "nothing happened yet");
    let mut wrong = sheet.clone();
    wrong["confirm_token"] = json!("wrong");
    assert_eq!(confirmed(&house, 6, &wrong).await.expect(409).code(), "confirm_expired");
    let brake = confirmed(&house, 6, &sheet).await.expect(200).json();
    assert_eq!((&brake["latched"], &brake["hold"]["by"]), (&json!([]), &json!("Person 6")));
    assert_eq!(held(&house, 6, 600, false).await.expect(409).code(), "hold_active");
    for person in 20..30 {
        assert_eq!(edit(&house, person).await, "refuse");
    }
    let path = format!("{HOLDS}/{}", sheet["hold_id"].as_str().unwrap());
    let ended = house.remove(&path).await.expect(200).json();
    assert_eq!((&ended["hold"], &ended["latched"]), (&Value::Null, &json!(["O"])), "what stands against it counts");
    house.remove(&path).await.expect(404);
}

#[tokio::test]
async fn long_holds_need_two_people() {
    let house = House::new(&[refusing()]).await;
    house.pass(1_000);
    for _ in 0..3 {
        let sheet = held(&house, 6, 3_600, false).await.expect(201).json();
        confirmed(&house, 6, &sheet).await.expect(200);
        house.pass(3_601);
    }
    assert_eq!(held(&house, 6, 3_600, false).await.expect(409).code(), "second_person_needed");
    for _ in 0..20 {
        let sheet = held(&house, 6, 3_600, true).await.expect(201).json();
        assert_eq!(confirmed(&house, 6, &sheet).await.expect(409).code(), "same_person");
        let path = format!("{HOLDS}/{}/confirm", sheet["hold_id"].as_str().unwrap());
        let confirm = json!({"confirm_token": sheet["confirm_token"], "acknowledge": "I checked the last matches"});
        let on_wiki = house.tool_of_wiki("enwiki", 77, "Person 6", &path, confirm).await.expect(409);
        assert_eq!(on_wiki.code(), "same_person", "the same human, for whom a wiki speaks");
        confirmed(&house, 7, &sheet).await.expect(200);
        house.pass(3_601);
    }
    assert_eq!(held(&house, 6, 3_600, true).await.expect(201).json()["held_24h_s"], 82_800);
    let sheet = held(&house, 6, 3_600, true).await.expect(201).json();
    confirmed(&house, 7, &sheet).await.expect(200);
    house.pass(3_600);
    assert_eq!(held(&house, 6, 3_600, true).await.expect(409).code(), "hold_budget");
    let disabled = House::new(&[json!({"name": "Off"})]).await;
    assert_eq!(held(&disabled, 6, 600, false).await.expect(409).code(), "not_enabled");
}

#[tokio::test]
async fn preparing_holds_has_a_pace() {
    let house = House::new(&[refusing()]).await;
    house.pass(1_000);
    for _ in 0..10 {
        held(&house, 6, 600, false).await.expect(201);
    }
    let person = held(&house, 6, 600, false).await.expect(429);
    assert_eq!(person.code(), "rate_limited");
    assert!((1..=30).contains(&person.wait_s()), "{}", person.text);
    let filter = held(&house, 7, 600, false).await.expect(429);
    assert_eq!(filter.code(), "rate_limited");
    assert!((31..=121).contains(&filter.wait_s()), "{}", filter.text);
    assert!(filter.text.contains("10 of this filter wait to be confirmed"), "{}", filter.text);
    house.pass(121);
    held(&house, 7, 600, false).await.expect(201);
    held(&house, 6, 600, false).await.expect(201);
}

/// An action of an address that nobody knows, from a range of its own. Gives the evaluation and the decision.
async fn stranger(house: &House, number: u32, summary: &str) -> (String, String) {
    let mut edit = body(&format!("s{number}"), json!({"summary": summary}));
    let ip = format!("{}.{}.1.1", 20 + number / 250, number % 250);
    edit["actor"] = json!({"id": null, "name": ip, "type": "ip", "groups": ["*"], "blocked": false});
    edit["request"]["ip"] = json!(ip);
    let answer = house.ask(ALL, &edit).await.expect(200).json();
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    (text("evaluation_id"), text("decision"))
}

/// Four days of normal traffic, of which a part is reported as reverted; then a rule takes nearly all of it away.
async fn taken_away(house: &House, reports: bool) -> (Value, u32) {
    let mut number = 0;
    for _ in 0..96 {
        for _ in 0..6 {
            number += 1;
            let (evaluation, _) = stranger(house, number, "typo").await;
            if reports && number.is_multiple_of(30) {
                let outcome = json!({"result": "saved", "rev_id": 1_000 + number});
                house.post(ALL, &format!("/v1/evaluations/{evaluation}/outcome"), &outcome).await.expect(200);
            }
        }
        house.brakes().await;
        if reports && number.is_multiple_of(30) {
            let event =
                json!({"wiki": "enwiki", "rev_id": 1_000 + number, "event": "reverted", "at": "2026-01-01T00:00:00Z"});
            house.post(ALL, "/v1/feedback", &json!({"events": [event]})).await.expect(204);
        }
        house.pass(3_600);
    }
    let mut refused = 0;
    for _ in 0..40 {
        number += 1;
        let (_, decision) = stranger(house, number, "spam").await;
        refused += u32::from(decision == "refuse");
        house.pass(600);
    }
    house.brakes().await;
    (house.read(Right::ALL, BRAKE).await.expect(200).json(), refused)
}

#[tokio::test]
async fn missing_traffic_releases_refusals_only_where_the_wiki_tells_what_comes_of_actions() {
    let house = House::new(&[refusing()]).await;
    let (brake, refused) = taken_away(&house, true).await;
    assert_eq!((&brake["latched"], &brake["latches"][0]["path"]), (&json!(["O"]), &json!("B")), "{brake}");
    assert!((8..=20).contains(&refused), "{refused} were refused");
    let raw = House::new(&[refusing()]).await;
    let (brake, refused) = taken_away(&raw, false).await;
    assert_eq!((&brake["latched"], refused), (&json!([]), 40), "{brake}");
}

#[tokio::test]
async fn what_only_tags_is_told_that_it_would_be_braked() {
    let tagging =
        json!({"state": "enabled", "name": "Tags", "rules": "summary contains 'spam'", "actions": {"tag": ["spam"]}});
    let logging = json!({"state": "enabled", "name": "Logs", "rules": "summary contains 'spam'", "actions": {}});
    let house = House::new(&[tagging, logging]).await;
    for person in 0..6 {
        assert_eq!(edit(&house, person).await, "allow");
    }
    stranger(&house, 1, "spam").await;
    house.brakes().await;
    for id in [1, 2] {
        let path = format!("/v1/wikis/enwiki/filters/{id}/brake");
        let brake = house.read(Right::ALL, &path).await.expect(200).json();
        let counted = &brake["statistics"][0];
        assert_eq!((&brake["latched"], &counted["kind"]), (&json!([]), &json!("edit")), "{brake}");
        assert_eq!((&counted["harm"][1]["class"], &counted["harm"][1]["people"]), (&json!("O"), &json!(6)));
        assert_eq!(
            (&counted["would_have_latched"]["class"], &counted["would_have_latched"]["path"]),
            (&json!("O"), &json!("A"))
        );
        assert_eq!(counted["hits_24h"], json!({"good": 6, "named": 0, "unnamed": 1}));
        let seen = house.read(&[Right::View], &path).await.expect(200).json();
        assert_eq!(seen.get("statistics"), None, "numbers are for who may see details");
    }
}

#[tokio::test]
async fn a_filter_has_ceilings_of_its_own_up_to_500() {
    let blocking = json!({"state": "enabled", "name": "Blocks", "rules": "summary contains 'spam'",
        "actions": {"block": ["noTalkBlockSet", "1 day", "1 day"]}});
    let house = House::new(&[blocking]).await;
    let caps = "/v1/wikis/enwiki/filters/1/brake/caps";
    let wish = |hour: u32, day: u32| json!({"cap_1h": hour, "cap_24h": day, "reason": "few people there"});
    for wrong in [wish(0, 5), wish(6, 5), wish(5, 501), json!({"cap_1h": 5, "reason": "why not"})] {
        assert_eq!(house.tool(caps, wrong.clone()).await.expect(400).code(), "bad_request", "{wrong}");
    }
    let modify = [Right::Modify, Right::ModifyRestricted];
    assert_eq!(house.tool_with(&modify, caps, wish(11, 50)).await.expect(403).code(), "forbidden");
    assert_eq!(house.anybody(caps, wish(3, 5)).await.expect(403).code(), "forbidden");
    let brake = house.tool_with(&modify, caps, wish(3, 5)).await.expect(200).json();
    assert_eq!(brake["caps"], json!({"h": 3, "day": 5}));
    for number in 0..5 {
        stranger(&house, number, "spam").await;
    }
    house.brakes().await;
    let brake = house.read(Right::ALL, BRAKE).await.expect(200).json();
    assert_eq!((&brake["latched"], &brake["statistics"][0]["destroyed_1h"]), (&json!(["D"]), &json!(3)), "{brake}");
    let sheet = held(&house, 6, 600, false).await.expect(201).json();
    assert_eq!(sheet["hits_24h"], json!({"good": 0, "named": 0, "unnamed": 5}));
    let reset = json!({"cap_1h": null, "cap_24h": null, "reason": "as the others"});
    assert_eq!(house.tool(caps, reset).await.expect(200).json()["caps"], Value::Null);
    house.tool(caps, wish(500, 500)).await.expect(200);
}

const NOTICES: &str = "/v1/notices";

/// Events of somebody's notices, oldest first.
async fn heard(house: &House, id: i64, rights: &[Right]) -> Vec<String> {
    let page = house.read_of(id, rights, NOTICES).await.expect(200).json();
    let items = page["items"].as_array().unwrap().iter().rev();
    items.map(|it| it["event"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn people_hear_of_latches_reactivations_and_holds() {
    let refusing = json!({"state": "enabled", "name": "Everything", "rules": "summary contains 'spam'",
        "maintainers": ["Person 9"], "actions": {"disallow": ["abusefilter-disallowed"]}});
    let house = House::new(&[refusing]).await;
    latch(&house, 0).await;
    // The editor, a maintainer, and whoever may reactivate.
    assert_eq!(heard(&house, 5, &[Right::View]).await, ["brake.latch"]);
    assert_eq!(heard(&house, 9, &[Right::View]).await, ["brake.alert", "brake.latch"]);
    assert_eq!(heard(&house, 7, &[Right::View, Right::BrakeRelease]).await, ["brake.latch"]);
    assert_eq!(heard(&house, 7, &[Right::View]).await, [""; 0]);
    let page = house.read_of(9, &[Right::View], NOTICES).await.expect(200).json();
    let told = &page["items"][0];
    assert_eq!(
        (&told["filter"], &told["filter_name"], &page["unread"]),
        (&json!("1"), &json!("Everything"), &json!(2))
    );
    assert_eq!((&told["details"]["class"], told["details"].get("people")), (&json!("O"), None), "{told}");
    let full = house.read_of(9, Right::ALL, NOTICES).await.expect(200).json();
    assert_eq!(full["items"][0]["details"]["people"], 5);
    // One page after the other.
    let first = house.read_of(9, &[Right::View], "/v1/notices?limit=1").await.expect(200).json();
    let next = format!("/v1/notices?limit=1&cursor={}", first["next"].as_str().unwrap());
    let second = house.read_of(9, &[Right::View], &next).await.expect(200).json();
    assert_eq!((&second["items"][0]["event"], &second["next"]), (&json!("brake.alert"), &Value::Null));
    house.read_of(8, &[Right::View], &next).await.expect(400);
    // What was read is not unread.
    let read = |upto: &str| json!({"upto": upto});
    house.tool_of(9, "/v1/notices/read", read("yesterday")).await.expect(400);
    house.tool_of(9, "/v1/notices/read", read(told["id"].as_str().unwrap())).await.expect(204);
    let page = house.read_of(9, &[Right::View], NOTICES).await.expect(200).json();
    assert_eq!((&page["unread"], &page["items"][0]["unread"]), (&json!(0), &json!(false)));
    // A hold, from its beginning to its end.
    house.pass(1_000);
    let sheet = held(&house, 6, 1_800, false).await.expect(201).json();
    confirmed(&house, 6, &sheet).await.expect(200);
    house.pass(1_600);
    house.brakes().await;
    house.brakes().await;
    house.pass(400);
    house.brakes().await;
    assert_eq!(heard(&house, 5, &[Right::View]).await, ["brake.latch", "hold.start", "hold.nears", "hold.expire"]);
    assert_eq!(heard(&house, 6, &[Right::View]).await, ["hold.nears", "hold.expire"], "not of what one did oneself");
    latch(&house, 60).await;
    reactivate(&house, json!({"reason_code": "attack"})).await.expect(200);
    let last = heard(&house, 9, &[Right::View]).await;
    assert_eq!(last[last.len() - 2..], ["brake.latch", "brake.reactivate"], "{last:?}");
}

#[tokio::test]
async fn who_may_not_see_a_filter_hears_nothing_of_it() {
    let hidden = json!({"state": "enabled", "name": "Hidden", "rules": "summary contains 'spam'",
        "privacy": {"hidden": true}, "maintainers": ["Person 9"], "actions": {"disallow": ["abusefilter-disallowed"]}});
    let (house, empty) = (House::new(&[hidden]).await, House::new(&[]).await);
    latch(&house, 0).await;
    for (id, rights) in [
        (5, &[Right::View, Right::Log] as &[Right]),
        (9, &[Right::View]),
        (7, &[Right::View, Right::BrakeRelease, Right::LogDetail]),
    ] {
        let seen = house.read_of(id, rights, NOTICES).await.expect(200).text;
        assert_eq!(seen, empty.read_of(id, rights, NOTICES).await.expect(200).text, "{id}");
    }
    assert_eq!(heard(&house, 9, &[Right::View, Right::ViewPrivate]).await.last().unwrap(), "brake.latch");
}
