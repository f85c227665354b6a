//! Blocked external domains through the interface: lists, verdicts, the log of attempts.

use crate::ALL;
use crate::house::{Answer, House, body};
use serde_json::{Value, json};
use wikiward_farm::Right;

const LIST: &str = "/v1/wikis/enwiki/blocked-domains";
const LOG: &str = "/v1/wikis/enwiki/blocked-domain-hits";
const MANAGER: &[Right] = &[Right::View, Right::ModifyBlockedDomains, Right::BlockedDomainsLog];

async fn add(house: &House, domains: &[&str]) -> Answer {
    let domains: Vec<Value> = domains.iter().map(|domain| json!({"domain": domain})).collect();
    house.by(MANAGER, "POST", LIST, json!({"domains": domains, "reason": "spam"})).await
}

fn linking(action_id: &str, links: &[&str]) -> Value {
    body(action_id, json!({"old_links": [], "new_links": links}))
}

async fn decision(house: &House, action_id: &str, links: &[&str]) -> String {
    let answer = house.ask(ALL, &linking(action_id, links)).await.expect(200).json();
    answer["decision"].as_str().unwrap_or(&answer["status"].to_string()).to_owned()
}

#[tokio::test]
async fn a_blocked_domain_is_refused_with_all_below_it() {
    let house = House::new(&[]).await;
    assert_eq!(decision(&house, "a0", &["https://www.b.example/x"]).await, "allow");
    assert_eq!(add(&house, &["B.Example", "bücher.example"]).await.expect(200).json()["added"], 2);
    let links = ["https://www.B.example/x", "//xn--bcher-kva.example", "https://good.example/", "http://b.example:80"];
    let refused = house.ask(ALL, &linking("a1", &links)).await.expect(200).json();
    assert_eq!(
        (&refused["decision"], &refused["matched"], &refused["instructions"]),
        (&json!("refuse"), &json!([]), &json!([]))
    );
    let message = &refused["messages"][0];
    assert_eq!(
        (&message["key"], &message["params"], &message["filter"]),
        (
            &json!("abusefilter-blocked-domains-attempted"),
            &json!(["b.example, xn--bcher-kva.example", "2"]),
            &Value::Null
        )
    );
    // The log says it, to who may read it.
    let log = house.by(MANAGER, "GET", LOG, Value::Null).await.expect(200).json();
    let entry = &log["items"][0];
    assert_eq!(
        (&entry["type"], &entry["actor"]["name"], &entry["target"]["title"], &entry["domains"], &entry["ref_code"]),
        (
            &json!("blockeddomainhit"),
            &json!("Example"),
            &json!("Foo"),
            &json!(["b.example", "xn--bcher-kva.example"]),
            &message["ref_code"]
        )
    );
    house.by(&[Right::View, Right::Log, Right::LogDetail], "GET", LOG, Value::Null).await.expect(403);
    let by_code = format!("{LOG}?ref_code={}", message["ref_code"].as_str().unwrap());
    assert_eq!(house.by(MANAGER, "GET", &by_code, Value::Null).await.expect(200).json()["items"][0], *entry);
    // Who looks for a hit with the code is led there; who may not read that log learns nothing, and has guessed wrong.
    let hits = |code: &str| format!("/v1/wikis/enwiki/hits?ref_code={code}");
    let code = message["ref_code"].as_str().unwrap();
    let both: Vec<Right> = [MANAGER, &[Right::Log, Right::LogDetail]].concat();
    let without = [Right::View, Right::Log, Right::LogDetail];
    let found = house.by(&both, "GET", &hits(code), Value::Null).await.expect(200).json();
    assert_eq!((&found["items"], &found["blocked_domain_hits"]), (&json!([]), &json!([entry])));
    let nothing = house.by(&without, "GET", &hits("AAAA-AAAAA"), Value::Null).await.expect(200);
    assert_eq!(house.by(&without, "GET", &hits(code), Value::Null).await.expect(200).text, nothing.text);
    assert_eq!(house.by(&both, "GET", &hits("AAAA-AAAAA"), Value::Null).await.expect(200).text, nothing.text);
    let elsewhere = format!("/v1/wikis/dewiki/hits?ref_code={code}");
    assert_eq!(house.by(&both, "GET", &elsewhere, Value::Null).await.expect(200).text, nothing.text);
    let nobody = house.by(MANAGER, "GET", &format!("{LOG}?actor=Nobody"), Value::Null).await.expect(200).json();
    assert_eq!(nobody["items"], json!([]));
    house.by(MANAGER, "GET", &format!("{LOG}?from=yesterday"), Value::Null).await.expect(400);
    // The same action is refused once.
    assert_eq!(house.ask(ALL, &linking("a1", &links)).await.expect(200).json(), refused);
    assert_eq!(
        house.again().await.ask(ALL, &linking("a1", &links)).await.expect(200).json(),
        refused,
        "after a restart"
    );
    assert_eq!(house.by(MANAGER, "GET", LOG, Value::Null).await.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!((house.judge.counts().domain_attempts, house.judge.counts().domains), (1, 2));
    // Links that were there before are not looked at, and who may bypass the list does.
    let old = body("a2", json!({"old_links": ["https://b.example/"], "new_links": ["https://b.example/"]}));
    assert_eq!(house.ask(ALL, &old).await.json()["decision"], "allow");
    let mut bot = linking("a3", &["https://b.example/"]);
    bot["actor"]["rights"] = json!(["edit", "abusefilter-bypass-blocked-external-domains"]);
    assert_eq!(house.ask(ALL, &bot).await.json()["decision"], "allow");
    let vars = json!({"old_links": [], "new_links": ["https://b.example/"],
                      "user_rights": ["abusefilter-bypass-blocked-external-domains"]});
    assert_eq!(house.ask(ALL, &body("a4", vars)).await.json()["decision"], "allow");
    // Removed, it is in force at once.
    house.by(MANAGER, "DELETE", &format!("{LIST}/b.example"), Value::Null).await.expect(204);
    assert_eq!(decision(&house, "a5", &["https://b.example/"]).await, "allow");
    house.by(MANAGER, "DELETE", &format!("{LIST}/b.example"), Value::Null).await.expect(404);
}

#[tokio::test]
async fn links_are_asked_for_only_where_a_list_is_and_in_one_round_with_the_rest() {
    let filter = json!({"state": "enabled", "name": "Rights", "rules": "'bureaucrat' in user_rights",
                        "actions": {"tag": ["x"]}});
    let house = House::new(&[filter]).await;
    let mut edit = body("a1", json!({"summary": "x"}));
    edit["lazy"] = json!(["user_rights", "old_links", "new_links"]);
    let names = |answer: &Value| {
        let needs = answer["needs"].as_array().unwrap().iter();
        let mut names: Vec<(String, u64)> = needs
            .map(|need| (need["name"].as_str().unwrap().to_owned(), need["wanted_by"].as_u64().unwrap()))
            .collect();
        names.sort();
        names
    };
    let needs = house.ask(ALL, &edit).await.expect(200).json();
    assert_eq!(names(&needs), [("user_rights".into(), 1)], "nobody looks at links");
    add(&house, &["b.example"]).await.expect(200);
    edit["action"]["id"] = json!("a2");
    let needs = house.ask(ALL, &edit).await.expect(200).json();
    assert_eq!(names(&needs), [("new_links".into(), 0), ("old_links".into(), 0), ("user_rights".into(), 1)]);
    let path = format!("/v1/evaluations/{}/resume", needs["evaluation_id"].as_str().unwrap());
    let vars = json!({"old_links": [], "new_links": ["https://b.example"], "user_rights": ["edit"]});
    let resumed = json!({"resume_token": needs["resume_token"], "vars": vars});
    assert_eq!(house.post(ALL, &path, &resumed).await.expect(200).json()["decision"], "refuse");
    // A wiki that cannot supply links is not asked again, and gets its verdict.
    edit["action"]["id"] = json!("a3");
    let needs = house.ask(ALL, &edit).await.expect(200).json();
    let path = format!("/v1/evaluations/{}/resume", needs["evaluation_id"].as_str().unwrap());
    let lost = json!({"resume_token": needs["resume_token"], "vars": {"user_rights": ["edit"]},
                      "unavailable": {"new_links": "timeout", "old_links": "timeout"}});
    assert_eq!(house.post(ALL, &path, &lost).await.expect(200).json()["decision"], "allow");
    edit["action"]["id"] = json!("a4");
    edit["lazy"] = json!([]);
    assert_eq!(house.ask(ALL, &edit).await.expect(200).json()["decision"], "allow");
    // What filters refuse is refused as before, and leaves no second entry.
    let log = house.by(MANAGER, "GET", LOG, Value::Null).await.expect(200).json();
    assert_eq!(log["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_filters_refuse_is_no_attempt_and_tests_leave_nothing() {
    let filter = json!({"state": "enabled", "name": "All", "rules": "summary contains 'spam'",
                        "actions": {"disallow": ["abusefilter-disallowed"]}});
    let house = House::new(&[filter]).await;
    add(&house, &["b.example"]).await.expect(200);
    let vars = json!({"summary": "spam", "old_links": [], "new_links": ["https://b.example"]});
    let answer = house.ask(ALL, &body("a1", vars)).await.expect(200).json();
    assert_eq!((&answer["decision"], answer["messages"].as_array().unwrap().len()), (&json!("refuse"), 1));
    assert_eq!(answer["messages"][0]["key"], "abusefilter-disallowed");
    let mut test = linking("a2", &["https://b.example"]);
    test["mode"] = json!("test");
    assert_eq!(house.ask(ALL, &test).await.expect(200).json()["decision"], "refuse");
    assert_eq!(house.by(MANAGER, "GET", LOG, Value::Null).await.expect(200).json()["items"], json!([]));
}

#[tokio::test]
async fn each_line_is_told_what_is_wrong_with_it() {
    let house = House::new(&[]).await;
    let sent = [
        "spam.example",
        "localhost",
        "https://spam.example/",
        "x.example:80",
        "*.y.example",
        "[2001:db8::1]",
        "192.0.2.1",
    ];
    let answer = add(&house, &sent).await.expect(200).json();
    let results: Vec<&str> =
        answer["items"].as_array().unwrap().iter().map(|it| it["result"].as_str().unwrap()).collect();
    assert_eq!(
        (&answer["added"], results),
        (&json!(2), vec!["added", "bad_domain", "twice", "bad_domain", "bad_domain", "bad_domain", "added"])
    );
    assert!(answer["items"][3]["message"].as_str().unwrap().contains("port"));
    assert_eq!(add(&house, &["spam.example"]).await.expect(200).json()["items"][0]["result"], "there");
    let wrong = add(&house, &["localhost", ""]).await.expect(422);
    assert_eq!(
        (wrong.code().as_str(), wrong.errors()),
        ("invalid", vec!["bad_domain".to_owned(), "bad_domain".into()])
    );
    add(&house, &[]).await.expect(400);
    let long = json!({"domains": [{"domain": "z.example", "notes": "x".repeat(501)}]});
    assert_eq!(house.by(MANAGER, "POST", LIST, long).await.expect(422).errors(), ["notes_too_long"]);
    house.by(&[Right::View], "POST", LIST, json!({"domains": [{"domain": "z.example"}]})).await.expect(403);
    house
        .by(MANAGER, "POST", "/v1/wikis/nowiki/blocked-domains", json!({"domains": [{"domain": "z.example"}]}))
        .await
        .expect(404);
    // As AbuseFilter's page has it.
    let page = json!({"domains": [{"domain": "old.example", "notes": "since 2019", "addedBy": "Somebody"}]});
    house.by(MANAGER, "POST", LIST, page).await.expect(200);
    let entry = house.by(&[Right::View], "GET", &format!("{LIST}/old.example"), Value::Null).await.expect(200).json();
    assert_eq!((&entry["notes"], &entry["added_by"]), (&json!("since 2019"), &json!("Somebody")));
    let put = format!("{LIST}/old.example");
    house.by(MANAGER, "PUT", &put, json!({"notes": "since 2020"})).await.expect(200);
    house.by(MANAGER, "PUT", &format!("{LIST}/new.example"), json!({})).await.expect(201);
    house.by(MANAGER, "PUT", &format!("{LIST}/nodot"), json!({})).await.expect(400);
    assert_eq!(house.by(MANAGER, "GET", &put, Value::Null).await.json()["notes"], "since 2020");
    // Pages, and a search.
    let page = house.by(&[Right::View], "GET", &format!("{LIST}?limit=3"), Value::Null).await.expect(200).json();
    let names: Vec<&str> = page["items"].as_array().unwrap().iter().map(|it| it["domain"].as_str().unwrap()).collect();
    assert_eq!(names, ["192.0.2.1", "new.example", "old.example"]);
    let next = format!("{LIST}?limit=3&cursor={}", page["next"].as_str().unwrap());
    assert_eq!(house.by(&[Right::View], "GET", &next, Value::Null).await.json()["items"][0]["domain"], "spam.example");
    let found = house.by(&[Right::View], "GET", &format!("{LIST}?q=OLD"), Value::Null).await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let removed = json!({"domains": ["old.example", "new.example", "none.example"], "reason": "clean"});
    let removed = house.by(MANAGER, "POST", &format!("{LIST}/remove"), removed).await.expect(200).json();
    assert_eq!(removed["removed"].as_array().unwrap().len(), 2);
    let audit = house.read(Right::ALL, "/v1/audit?limit=1").await.expect(200).json();
    assert_eq!(
        (&audit["items"][0]["action"], &audit["items"][0]["reason"]),
        (&json!("domain.remove"), &json!("clean"))
    );
}

#[tokio::test]
async fn the_farms_list_holds_on_every_wiki() {
    let house = House::new(&[]).await;
    let farm = "/v1/farm/blocked-domains";
    house.by(MANAGER, "POST", farm, json!({"domains": [{"domain": "farm.example"}]})).await.expect(200);
    assert_eq!(decision(&house, "a1", &["https://x.farm.example"]).await, "refuse");
    let check = |list: &'static str, link: &'static str| {
        let house = &house;
        async move {
            house.by(&[Right::View], "GET", &format!("{list}/check?link={link}"), Value::Null).await.expect(200).json()
        }
    };
    assert_eq!(
        check(LIST, "https://x.farm.example/y").await,
        json!({"host": "x.farm.example", "blocked": true, "domain": "farm.example", "list": "farm"})
    );
    assert_eq!(check(farm, "x.farm.example").await["blocked"], true);
    assert_eq!(check(LIST, "good.example").await["blocked"], false);
    house.by(&[Right::View], "GET", &format!("{LIST}/farm.example"), Value::Null).await.expect(404);
    house.by(MANAGER, "DELETE", "/v1/farm/blocked-domains/farm.example", Value::Null).await.expect(204);
    assert_eq!(decision(&house, "a2", &["https://x.farm.example"]).await, "allow");
}

#[tokio::test]
async fn a_list_has_an_end_and_a_long_one_is_in_force() {
    const FILL: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) \
        INSERT INTO blocked_domains (wiki, domain, notes, added_at, by_key, by_name) \
        SELECT 'enwiki', 's' || i || '.example', '', 0, '', '' FROM n";
    let house = House::new(&[]).await;
    let mut tx = house.store.begin().await.unwrap();
    tx.execute(FILL).await.unwrap();
    tx.announce("domains", "enwiki").await.unwrap();
    tx.commit().await.unwrap();
    let refused = add(&house, &["one-more.example"]).await.expect(409);
    assert_eq!((refused.code().as_str(), &refused.json()["domains_max"]), ("too_many_domains", &json!(200_000)));
    house.by(MANAGER, "DELETE", &format!("{LIST}/s7.example"), Value::Null).await.expect(204);
    add(&house, &["one-more.example"]).await.expect(200);
    assert_eq!(decision(&house, "a1", &["https://www.one-more.example"]).await, "refuse");
    assert_eq!(decision(&house, "a2", &["https://x.s150000.example"]).await, "refuse");
    assert_eq!(decision(&house, "a3", &["https://s7.example"]).await, "allow");
}

#[tokio::test]
async fn a_page_that_is_slow_to_render_is_no_way_around_a_list_where_the_group_says_so() {
    let house = House::new(&[]).await;
    let group = json!({"owner": "test", "kinds": [{"name": "edit"}], "include_sets": ["generic", "user", "page", "edit"],
                       "variables": [], "allowed_consequences": ["disallow"], "degraded_policy": "retry_later"});
    let put = house.program("*", &[wikiward_people::Scope::GroupsWrite], "PUT", "/v1/groups/wary", group).await;
    put.expect(200);
    let lost = |id: &'static str| {
        let house = &house;
        async move {
            let mut edit = body(id, json!({"summary": "x"}));
            edit["group"] = json!("wary");
            edit["lazy"] = json!(["old_links", "new_links"]);
            let needs = house.ask(ALL, &edit).await.expect(200).json();
            let Some(token) = needs.get("resume_token") else { return needs };
            let path = format!("/v1/evaluations/{}/resume", needs["evaluation_id"].as_str().unwrap());
            let lost = json!({"resume_token": token, "vars": {}, "unavailable": {"new_links": "timeout"}});
            house.post(ALL, &path, &lost).await.expect(200).json()
        }
    };
    assert_eq!(lost("a1").await["decision"], "allow", "without a list nobody looks");
    add(&house, &["b.example"]).await.expect(200);
    let answer = lost("a2").await;
    assert_eq!(
        (&answer["decision"], &answer["messages"][0]["key"]),
        (&json!("refuse"), &json!("wikiward-unavailable"))
    );
    // Tried again, with the links, it is judged.
    let mut edit = linking("a2", &["https://good.example"]);
    edit["group"] = json!("wary");
    assert_eq!(house.ask(ALL, &edit).await.expect(200).json()["decision"], "allow");
    assert_eq!(house.by(MANAGER, "GET", LOG, Value::Null).await.expect(200).json()["items"], json!([]));
}

#[tokio::test]
async fn neither_odd_writing_nor_very_many_links_lead_around_a_list() {
    let house = House::new(&[]).await;
    add(&house, &["b.example"]).await.expect(200);
    // Browsers pass over more slashes than there need be.
    for (number, link) in ["http:///b.example/x", "https:////www.b.example", "///b.example/"].into_iter().enumerate() {
        assert_eq!(decision(&house, &format!("a{number}"), &[link]).await, "refuse", "{link}");
    }
    // More work than a rule may take: two lists as long as a variable may be.
    let old: Vec<String> = (0..120_000).map(|number| format!("//a.bc/d{number:08}")).collect();
    let mut new = old.clone();
    new.push("//b.example/x".into());
    let answer = house.ask(ALL, &body("many", json!({"old_links": old, "new_links": new}))).await.expect(200);
    assert_eq!(answer.json()["decision"], "refuse");
}
