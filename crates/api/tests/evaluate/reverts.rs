//! Undoing what filters did, through the interface: preview, confirmation, what wikis fetch and report.

use crate::ALL;
use crate::house::{Answer, House, body};
use serde_json::{Value, json};
use wikiward_farm::Right;
use wikiward_people::Scope;

const JOBS: &str = "/v1/wikis/enwiki/filters/1/revert-jobs";
const INSTRUCTIONS: &str = "/v1/wikis/enwiki/revert-instructions";
const RESULTS: &str = "/v1/wikis/enwiki/revert-results";
const REVERTER: &[Right] = &[Right::View, Right::Log, Right::LogDetail, Right::Revert];

fn hard() -> Value {
    json!({"state": "enabled", "name": "Link spam", "rules": "summary contains 'spam'", "actions": {
        "block": ["noTalkBlockSet", "31 hours", "indefinite"], "degroup": [], "blockautopromote": []}})
}

/// An edit by a person that the filters refuse; gives the evaluation's name.
async fn hit(house: &House, action_id: &str, person: &str) -> String {
    let mut edit = body(action_id, json!({"summary": "spam"}));
    edit["actor"]["name"] = json!(person);
    edit["actor"]["groups"] = json!(["*", "user", "rollbacker", "sysop"]);
    let answer = house.ask(ALL, &edit).await.expect(200).json();
    assert_eq!(answer["decision"], "refuse", "{answer}");
    answer["evaluation_id"].as_str().unwrap().to_owned()
}

async fn report(house: &House, evaluation: &str, executed: Value) {
    let outcome = json!({"result": "refused", "executed": executed});
    let path = format!("/v1/evaluations/{evaluation}/outcome");
    assert_eq!(house.post(ALL, &path, &outcome).await.expect(200).json()["hits"], 1);
}

fn ask(consequences: &[&str]) -> Value {
    json!({"from": "2020-01-01T00:00:00Z", "consequences": consequences, "reason": "the rule was wrong"})
}

async fn prepare(house: &House, consequences: &[&str]) -> Value {
    house.by(REVERTER, "POST", JOBS, ask(consequences)).await.expect(201).json()
}

async fn confirm(house: &House, job: &Value, rows: &[u64]) -> Answer {
    let path = format!("{JOBS}/{}/confirm", job["job_id"].as_str().unwrap());
    house.by(REVERTER, "POST", &path, json!({"confirm_token": job["confirm_token"], "rows": rows})).await
}

async fn fetched(house: &House) -> Vec<Value> {
    let answer = house.program("enwiki", ALL, "GET", INSTRUCTIONS, Value::Null).await.expect(200).json();
    answer["items"].as_array().unwrap().clone()
}

async fn told(house: &House, results: Value) -> Vec<String> {
    let answer = house.program("enwiki", ALL, "POST", RESULTS, json!({"results": results})).await.expect(200).json();
    answer["items"].as_array().unwrap().iter().map(|it| it["status"].as_str().unwrap().to_owned()).collect()
}

fn rows(job: &Value) -> Vec<(String, String, String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let rows = job["rows"].as_array().unwrap().iter();
    rows.map(|row| (text(row, "user"), text(row, "consequence"), text(row, "state"), text(row, "cause"))).collect()
}

fn is(user: &str, consequence: &str, state: &str, cause: &str) -> (String, String, String, String) {
    (user.into(), consequence.into(), state.into(), cause.into())
}

#[tokio::test]
async fn a_job_is_looked_at_confirmed_carried_out_and_reported() {
    let house = House::new(&[hard()]).await;
    let first = hit(&house, "a1", "Anna").await;
    report(&house, &first, json!([{"type": "block", "ok": true, "block_id": 812}])).await;
    house.pass(1);
    hit(&house, "a2", "Ben").await;
    let job = prepare(&house, &["block"]).await;
    assert_eq!(rows(&job), [is("Ben", "block", "open", ""), is("Anna", "block", "open", "")]);
    assert_eq!((&job["state"], &job["counts"]), (&json!("prepared"), &json!({"open": 2})));
    assert!(fetched(&house).await.is_empty(), "nothing happens before it is confirmed");
    // Without its token, with a wrong one, or nothing chosen.
    let path = format!("{JOBS}/{}/confirm", job["job_id"].as_str().unwrap());
    let bare = house.by(REVERTER, "POST", &path, json!({"rows": [2]})).await.expect(428);
    assert_eq!(bare.code(), "confirm_required");
    let wrong = json!({"confirm_token": "wrong", "rows": [2]});
    assert_eq!(house.by(REVERTER, "POST", &path, wrong).await.expect(409).code(), "confirm_expired");
    confirm(&house, &job, &[]).await.expect(400);
    confirm(&house, &job, &[9]).await.expect(400);
    let run = confirm(&house, &job, &[2]).await.expect(200).json();
    assert_eq!((&run["state"], run.get("confirm_token")), (&json!("running"), None));
    assert_eq!(rows(&run), [is("Ben", "block", "left", ""), is("Anna", "block", "pending", "")]);
    assert_eq!(confirm(&house, &job, &[2]).await.expect(409).code(), "confirm_expired", "once");
    // The wiki fetches it as often as it likes.
    let items = fetched(&house).await;
    assert_eq!(fetched(&house).await, items);
    let item = &items[0];
    assert_eq!(
        (&item["type"], &item["target"]["user"], &item["block_id"], &item["filter"], &item["reason"], &item["by"]),
        (&json!("unblock"), &json!("Anna"), &json!(812), &json!("1"), &json!("the rule was wrong"), &json!("Editor"))
    );
    let id = item["id"].as_str().unwrap();
    let after = format!("{INSTRUCTIONS}?after={id}&limit=1");
    let none = house.program("enwiki", ALL, "GET", &after, Value::Null).await.expect(200).json();
    assert_eq!(none["items"], json!([]));
    assert_eq!(told(&house, json!([{"id": id, "result": "failed", "cause": "read_only"}])).await, ["noted"]);
    assert_eq!(
        told(&house, json!([{"id": id, "result": "reverted", "note": "unblocked"}])).await,
        ["noted"],
        "tried again"
    );
    assert_eq!(told(&house, json!([{"id": id, "result": "reverted"}])).await, ["before"]);
    assert_eq!(told(&house, json!([{"id": id, "result": "failed"}])).await, ["other"], "what was done stays so");
    assert!(fetched(&house).await.is_empty());
    let one = format!("{JOBS}/{}", job["job_id"].as_str().unwrap());
    let done = house.by(REVERTER, "GET", &one, Value::Null).await.expect(200).json();
    assert_eq!((&done["state"], &done["counts"]), (&json!("done"), &json!({"left": 1, "reverted": 1})));
    assert_eq!(done["rows"][1]["note"], "unblocked");
    let list = house.by(REVERTER, "GET", JOBS, Value::Null).await.expect(200).json();
    assert_eq!((&list["items"][0]["job_id"], &list["items"][0]["counts"]), (&job["job_id"], &done["counts"]));
    // What was undone is remembered, in the history too.
    let again = prepare(&house, &["block"]).await;
    assert_eq!(rows(&again)[1], is("Anna", "block", "skipped", "already_reverted"));
    let history = house.read(REVERTER, "/v1/wikis/enwiki/filters/1/history").await.expect(200).json();
    let event = &history["items"][0];
    assert_eq!((&event["kind"], &event["by"]["name"]), (&json!("revert.run"), &json!("Editor")), "{event}");
    let audit = house.read(Right::ALL, "/v1/audit?limit=1").await.expect(200).json();
    assert_eq!(audit["items"][0]["action"], "revert.run");
}

#[tokio::test]
async fn each_consequence_has_its_own_way_back() {
    let house = House::new(&[hard()]).await;
    let first = hit(&house, "a1", "Anna").await;
    let (groups, until) = (json!(["rollbacker", "sysop"]), json!({"sysop": "2030-01-01T00:00:00Z"}));
    let degrouped = json!({"type": "degroup", "ok": true, "groups": groups, "until": until});
    report(&house, &first, json!([degrouped, {"type": "block", "ok": false}])).await;
    house.pass(1);
    hit(&house, "a2", "Ben").await;
    let job = prepare(&house, &["block", "degroup", "blockautopromote"]).await;
    assert_eq!(
        rows(&job),
        [
            is("Ben", "block", "open", ""),
            is("Ben", "blockautopromote", "open", ""),
            is("Ben", "degroup", "skipped", "not_reported"),
            is("Anna", "block", "skipped", "not_executed"),
            is("Anna", "blockautopromote", "open", ""),
            is("Anna", "degroup", "open", ""),
        ]
    );
    // Somebody ends Ben's hold meanwhile.
    let editor = &[Right::View, Right::Log, Right::Modify];
    house.by(editor, "DELETE", "/v1/wikis/enwiki/autopromote-holds/Ben", Value::Null).await.expect(204);
    let run = confirm(&house, &job, &[2, 5, 6]).await.expect(200).json();
    assert_eq!(rows(&run)[1], is("Ben", "blockautopromote", "nothing_to_do", "ended"));
    assert_eq!(rows(&run)[4], is("Anna", "blockautopromote", "reverted", ""));
    let held = house.program("enwiki", ALL, "GET", "/v1/wikis/enwiki/autopromote-holds/Anna", Value::Null).await.json();
    assert_eq!(held["held"], false, "the service keeps holds itself");
    let items = fetched(&house).await;
    assert_eq!((items.len(), &items[0]["type"], &items[0]["groups"]), (1, &json!("regroup"), &groups));
    assert_eq!(items[0]["until"], until, "what was given for a time comes back for that time");
    let id = items[0]["id"].as_str().unwrap();
    told(&house, json!([{"id": id, "result": "nothing_to_do", "cause": "groups_changed"}])).await;
    let again = prepare(&house, &["degroup"]).await;
    assert_eq!(rows(&again)[1], is("Anna", "degroup", "open", ""), "what was not undone can be tried again");
}

#[tokio::test]
async fn what_another_hit_did_since_is_left_alone() {
    let other = json!({"state": "enabled", "name": "Other", "rules": "summary contains 'worse'",
                       "actions": {"block": ["noTalkBlockSet", "31 hours", "indefinite"]}});
    let house = House::new(&[hard(), other]).await;
    hit(&house, "a1", "Anna").await;
    house.pass(1);
    let second = hit(&house, "a2", "Anna").await;
    report(&house, &second, json!([{"type": "block", "ok": true, "block_id": 9}])).await;
    hit(&house, "a3", "Ben").await;
    house.pass(1);
    let mut worse = body("a4", json!({"summary": "worse"}));
    worse["actor"]["name"] = json!("Ben");
    let third = house.ask(ALL, &worse).await.expect(200).json();
    report(&house, third["evaluation_id"].as_str().unwrap(), json!([{"type": "block", "ok": true}])).await;
    let job = prepare(&house, &["block"]).await;
    let mut rows = rows(&job);
    rows.sort();
    assert_eq!(
        rows,
        [
            is("Anna", "block", "open", ""),
            is("Anna", "block", "skipped", "superseded"),
            is("Ben", "block", "skipped", "changed_since"),
        ]
    );
}

#[tokio::test]
async fn what_was_not_carried_out_stands_in_nobodys_way() {
    let other = json!({"state": "enabled", "name": "Other", "rules": "summary contains 'worse'",
                       "actions": {"block": ["noTalkBlockSet", "31 hours", "indefinite"]}});
    let house = House::new(&[hard(), other]).await;
    let first = hit(&house, "a1", "Anna").await;
    report(&house, &first, json!([{"type": "block", "ok": true, "block_id": 812}])).await;
    // Nobody is blocked twice: on her talk page she goes on, and both filters' blocks fail.
    let failed = json!([{"type": "block", "ok": false}]);
    house.pass(1);
    let again = hit(&house, "a2", "Anna").await;
    report(&house, &again, failed.clone()).await;
    house.pass(1);
    let mut worse = body("a3", json!({"summary": "worse"}));
    worse["actor"]["name"] = json!("Anna");
    let third = house.ask(ALL, &worse).await.expect(200).json();
    report(&house, third["evaluation_id"].as_str().unwrap(), failed).await;
    let job = prepare(&house, &["block"]).await;
    assert_eq!(rows(&job), [is("Anna", "block", "skipped", "not_executed"), is("Anna", "block", "open", "")]);
}

#[tokio::test]
async fn a_block_is_found_though_no_report_of_it_or_of_what_came_after_arrived() {
    let other = json!({"state": "enabled", "name": "Other", "rules": "summary contains 'worse'",
                       "actions": {"block": ["noTalkBlockSet", "31 hours", "indefinite"]}});
    let house = House::new(&[hard(), other]).await;
    // The first one is blocked with the first hit, the other hits come to nothing, and each report is lost.
    hit(&house, "a1", "Anna").await;
    house.pass(600);
    hit(&house, "a2", "Anna").await;
    house.pass(600);
    let mut worse = body("a3", json!({"summary": "worse"}));
    worse["actor"]["name"] = json!("Anna");
    house.ask(ALL, &worse).await.expect(200);
    let job = prepare(&house, &["block"]).await;
    assert_eq!(rows(&job), [is("Anna", "block", "open", ""), is("Anna", "block", "open", "")]);
    confirm(&house, &job, &[1, 2]).await.expect(200);
    let asked = fetched(&house).await;
    let times: Vec<&Value> = asked.iter().map(|it| &it["at"]).collect();
    assert_eq!(times, [&job["rows"][0]["at"], &job["rows"][1]["at"]], "the wiki is asked about either");
    // It knows with which the block came.
    let results = json!([{"id": asked[0]["id"], "result": "nothing_to_do", "cause": "changed_since"},
                         {"id": asked[1]["id"], "result": "reverted"}]);
    assert_eq!(told(&house, results).await, ["noted", "noted"]);
    let again = prepare(&house, &["block"]).await;
    assert_eq!(rows(&again)[1], is("Anna", "block", "skipped", "already_reverted"));
}

#[tokio::test]
async fn where_a_job_leaves_hits_out_the_next_goes_on() {
    let house = House::new(&[hard()]).await;
    // Three consequences each; one person, so that the brake has no reason to withhold any.
    for number in 0..170 {
        hit(&house, &format!("a{number}"), "Anna").await;
        house.pass(1);
    }
    let all = ["block", "degroup", "blockautopromote"];
    let first = prepare(&house, &all).await;
    assert_eq!((first["rows"].as_array().unwrap().len(), &first["cut"]), (500, &json!(true)));
    let mut on = ask(&all);
    on["to"] = first["rest_to"].clone();
    let second = house.by(REVERTER, "POST", JOBS, on).await.expect(201).json();
    assert_eq!((&second["cut"], &second["rest_to"]), (&json!(false), &Value::Null));
    let hits = |job: &Value| {
        let rows = job["rows"].as_array().unwrap().iter();
        rows.map(|row| (row["hit_id"].to_string(), row["consequence"].to_string())).collect::<Vec<_>>()
    };
    let mut together = [hits(&first), hits(&second)].concat();
    together.sort();
    together.dedup();
    assert_eq!((together.len(), hits(&second).len()), (510, 12), "nothing is left out, and one hit comes again");
    // The list and the job itself say it, too.
    let list = house.by(REVERTER, "GET", JOBS, Value::Null).await.expect(200).json();
    let listed = list["items"].as_array().unwrap().iter().find(|job| job["job_id"] == first["job_id"]).unwrap();
    assert_eq!((&listed["cut"], &listed["rest_to"]), (&json!(true), &first["rest_to"]));
}

#[tokio::test]
async fn ends_of_groups_are_times_of_groups_that_were_taken_away() {
    let house = House::new(&[hard()]).await;
    let evaluation = hit(&house, "a1", "Anna").await;
    let path = format!("/v1/evaluations/{evaluation}/outcome");
    for until in [json!({"bot": "2030-01-01T00:00:00Z"}), json!({"sysop": "soon"}), json!({"sysop": null})] {
        let executed = json!([{"type": "degroup", "ok": true, "groups": ["sysop"], "until": until}]);
        house.post(ALL, &path, &json!({"result": "refused", "executed": executed})).await.expect(400);
    }
}

#[tokio::test]
async fn two_jobs_do_not_undo_the_same_and_one_can_be_given_up() {
    let house = House::new(&[hard()]).await;
    hit(&house, "a1", "Anna").await;
    let (first, second) = (prepare(&house, &["block"]).await, prepare(&house, &["block"]).await);
    confirm(&house, &first, &[1]).await.expect(200);
    let run = confirm(&house, &second, &[1]).await.expect(200).json();
    assert_eq!((rows(&run), &run["state"]), (vec![is("Anna", "block", "skipped", "under_way")], &json!("done")));
    let path = |job: &Value| format!("{JOBS}/{}", job["job_id"].as_str().unwrap());
    let gone = house.by(REVERTER, "DELETE", &path(&first), Value::Null).await.expect(200).json();
    assert_eq!((&gone["state"], rows(&gone)), (&json!("cancelled"), vec![is("Anna", "block", "cancelled", "")]));
    assert!(fetched(&house).await.is_empty());
    assert_eq!(house.by(REVERTER, "DELETE", &path(&first), Value::Null).await.expect(409).code(), "job_over");
    assert_eq!(house.by(REVERTER, "DELETE", &path(&second), Value::Null).await.expect(409).code(), "job_over");
    // The wiki had fetched it already, and did it: that counts.
    let id = format!("{}-1", first["job_id"].as_str().unwrap());
    assert_eq!(told(&house, json!([{"id": id, "result": "reverted"}])).await, ["noted"]);
    let late = prepare(&house, &["block"]).await;
    assert_eq!(rows(&late), [is("Anna", "block", "skipped", "already_reverted")]);
    let late = prepare(&house, &["blockautopromote"]).await;
    house.pass(3_601);
    assert_eq!(confirm(&house, &late, &[1]).await.expect(409).code(), "confirm_expired");
    assert_eq!(house.by(REVERTER, "GET", &path(&late), Value::Null).await.json()["state"], "lapsed");
}

#[tokio::test]
async fn jobs_are_for_who_may_revert_and_sees_the_filter() {
    let mut hidden = hard();
    hidden["privacy"] = json!({"hidden": true});
    let house = House::new(&[hard(), hidden]).await;
    hit(&house, "a1", "Anna").await;
    let of_hidden = "/v1/wikis/enwiki/filters/2/revert-jobs";
    let none = house.by(REVERTER, "POST", "/v1/wikis/enwiki/filters/9/revert-jobs", ask(&["block"])).await.expect(404);
    let unseen = house.by(REVERTER, "POST", of_hidden, ask(&["block"])).await.expect(404);
    assert_eq!(none.text, unseen.text, "what may not be seen is not there");
    let without = &[Right::View, Right::Log, Right::LogDetail];
    assert_eq!(house.by(without, "POST", JOBS, ask(&["block"])).await.expect(403).code(), "forbidden");
    house.by(without, "GET", JOBS, Value::Null).await.expect(403);
    let job = prepare(&house, &["block"]).await;
    // A later hit of a filter that is not seen does not show.
    assert_eq!(rows(&job), [is("Anna", "block", "open", "")]);
    // A hit that is hidden meanwhile is not there for who may not see it, in no row and no count.
    let hit_id = job["rows"][0]["hit_id"].clone();
    let hide = json!({"hits": [hit_id], "hidden": true, "reason": "outs somebody"});
    house.by(Right::ALL, "POST", "/v1/wikis/enwiki/hits/visibility", hide).await.expect(204);
    let path = format!("{JOBS}/{}", job["job_id"].as_str().unwrap());
    let seen = house.by(REVERTER, "GET", &path, Value::Null).await.expect(200).json();
    assert_eq!((&seen["rows"], &seen["counts"]), (&json!([]), &json!({})));
    let list = house.by(REVERTER, "GET", JOBS, Value::Null).await.expect(200).json();
    assert_eq!(list["items"][0]["counts"], json!({}));
    confirm(&house, &job, &[1]).await.expect(400);
    assert_eq!(prepare(&house, &["block"]).await["rows"], json!([]));
    for wrong in [
        json!({"from": "2020-01-01T00:00:00Z", "consequences": ["tag"], "reason": "why not"}),
        json!({"from": "2020-01-01T00:00:00Z", "consequences": [], "reason": "why not"}),
        json!({"from": "2020-01-01T00:00:00Z", "consequences": ["block"], "reason": ""}),
        json!({"from": "2020-01-01T00:00:00Z", "to": "2019-01-01T00:00:00Z", "consequences": ["block"], "reason": "why"}),
        json!({"from": "yesterday", "consequences": ["block"], "reason": "why not"}),
    ] {
        house.by(REVERTER, "POST", JOBS, wrong.clone()).await.expect(400);
    }
    house.by(REVERTER, "GET", &format!("{JOBS}/rj_none"), Value::Null).await.expect(404);
    // Another filter's job is not there under this one's address.
    let foreign = path.replace("filters/1", "filters/2");
    house.by(Right::ALL, "GET", &foreign, Value::Null).await.expect(404);
}

#[tokio::test]
async fn programs_get_what_their_wiki_is_to_undo() {
    let mut hidden = hard();
    hidden["privacy"] = json!({"hidden": true});
    let house = House::new(&[hidden]).await;
    hit(&house, "a1", "Anna").await;
    let job = house.by(Right::ALL, "POST", JOBS, ask(&["block"])).await.expect(201).json();
    let path = format!("{JOBS}/{}/confirm", job["job_id"].as_str().unwrap());
    let confirmed = json!({"confirm_token": job["confirm_token"], "rows": [1]});
    house.by(Right::ALL, "POST", &path, confirmed).await.expect(200);
    let plain = house.program("enwiki", &[Scope::Evaluate], "GET", INSTRUCTIONS, Value::Null).await.expect(200).json();
    assert_eq!(
        (&plain["items"][0]["filter"], &plain["items"][0]["filter_params"]),
        (&Value::Null, &json!(["Link spam", ""]))
    );
    assert_eq!(fetched(&house).await[0]["filter"], "1", "for tokens that may know it");
    house.program("dewiki", ALL, "GET", INSTRUCTIONS, Value::Null).await.expect(403);
    house.program("enwiki", &[Scope::Events], "GET", INSTRUCTIONS, Value::Null).await.expect(403);
    house.program("*", ALL, "GET", "/v1/wikis/*/revert-instructions", Value::Null).await.expect(404);
    for query in ["?wait_s=26", "?limit=0", "?limit=101", "?after=x", "?after=rj_x-1"] {
        house.program("enwiki", ALL, "GET", &format!("{INSTRUCTIONS}{query}"), Value::Null).await.expect(400);
    }
    let id = plain["items"][0]["id"].clone();
    // Of another wiki, it is not there.
    let elsewhere = "/v1/wikis/dewiki/revert-results";
    let results = json!({"results": [{"id": id, "result": "reverted"}]});
    let noted = house.program("dewiki", ALL, "POST", elsewhere, results).await.expect(200).json();
    assert_eq!(noted["items"][0]["status"], "unknown");
    for wrong in [
        json!([]),
        json!([{"id": "x", "result": "reverted"}]),
        json!([{"id": id, "result": "done"}]),
        json!([{"id": id, "result": "failed", "cause": "Not A Word"}]),
        json!([{"id": id, "result": "failed", "note": "x".repeat(501)}]),
    ] {
        house.program("enwiki", ALL, "POST", RESULTS, json!({"results": wrong})).await.expect(400);
    }
}

#[tokio::test]
async fn a_farm_wide_filter_is_reverted_on_one_wiki_or_on_all() {
    let house = House::new(&[]).await;
    house
        .by(Right::ALL, "POST", "/v1/farm/filters", {
            let mut filter = hard();
            filter["group"] = json!("default");
            filter
        })
        .await
        .expect(201);
    hit(&house, "a1", "Anna").await;
    let mut edit = body("a2", json!({"summary": "spam"}));
    edit["wiki"] = json!("dewiki");
    house.ask(ALL, &edit).await.expect(200);
    let here = house.by(REVERTER, "POST", "/v1/wikis/enwiki/filters/global-1/revert-jobs", ask(&["block"])).await;
    let here = here.expect(201).json();
    assert_eq!((here["rows"].as_array().unwrap().len(), &here["filter"]), (1, &json!("global-1")));
    let farm = "/v1/farm/filters/1/revert-jobs";
    let all = house.by(REVERTER, "POST", farm, ask(&["block"])).await.expect(201).json();
    let wikis: Vec<&str> = all["rows"].as_array().unwrap().iter().map(|row| row["wiki"].as_str().unwrap()).collect();
    assert_eq!((wikis, &all["wiki"]), (vec!["dewiki", "enwiki"], &Value::Null));
    let path = format!("{farm}/{}/confirm", all["job_id"].as_str().unwrap());
    let chosen = json!({"confirm_token": all["confirm_token"], "rows": [1, 2]});
    house.by(REVERTER, "POST", &path, chosen).await.expect(200);
    assert_eq!(fetched(&house).await.len(), 1, "each wiki gets its own");
    let other = house.program("dewiki", ALL, "GET", "/v1/wikis/dewiki/revert-instructions?wait_s=1", Value::Null).await;
    assert_eq!(other.expect(200).json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn preparing_undoings_has_a_pace() {
    let house = House::new(&[hard()]).await;
    hit(&house, "a1", "Anna").await;
    for _ in 0..10 {
        prepare(&house, &["block"]).await;
    }
    let person = house.by(REVERTER, "POST", JOBS, ask(&["block"])).await.expect(429);
    assert_eq!(person.code(), "rate_limited");
    assert!((1..=60).contains(&person.wait_s()), "{}", person.text);
    for _ in 0..10 {
        house.tool_of(7, JOBS, ask(&["block"])).await.expect(201);
    }
    let filter = house.tool_of(8, JOBS, ask(&["block"])).await.expect(429);
    assert_eq!(filter.code(), "rate_limited");
    assert!((61..=3_601).contains(&filter.wait_s()), "{}", filter.text);
    assert!(filter.text.contains("20 of this filter wait to be confirmed"), "{}", filter.text);
    house.pass(3_601);
    house.tool_of(8, JOBS, ask(&["block"])).await.expect(201);
}

#[tokio::test]
async fn rows_that_may_not_be_seen_are_no_reason_to_give_a_job_up() {
    let house = House::new(&[hard()]).await;
    hit(&house, "a1", "Anna").await;
    let job = prepare(&house, &["block"]).await;
    confirm(&house, &job, &[1]).await.expect(200);
    let hits = house.read(Right::ALL, "/v1/wikis/enwiki/hits").await.expect(200).json();
    let hide = json!({"hits": [hits["items"][0]["id"]], "hidden": true, "reason": "personal data"});
    house.tool("/v1/wikis/enwiki/hits/visibility", hide).await.expect(204);
    let one = format!("{JOBS}/{}", job["job_id"].as_str().unwrap());
    let seen = house.by(REVERTER, "GET", &one, Value::Null).await.expect(200).json();
    assert_eq!((&seen["state"], &seen["counts"]), (&json!("done"), &json!({})));
    assert_eq!(house.by(REVERTER, "DELETE", &one, Value::Null).await.expect(409).code(), "job_over");
    assert_eq!(fetched(&house).await.len(), 1, "it goes on");
    house.by(Right::ALL, "DELETE", &one, Value::Null).await.expect(200);
    assert!(fetched(&house).await.is_empty());
}

#[tokio::test]
async fn a_token_that_confirms_is_kept_nowhere() {
    let house = House::new(&[hard()]).await;
    hit(&house, "a1", "Anna").await;
    let hold = json!({"seconds": 60, "reason": "looked at", "second_person": true});
    for (path, write) in [(JOBS, ask(&["block"])), ("/v1/wikis/enwiki/filters/1/brake/holds", hold)] {
        let mut tokens = Vec::new();
        for _ in 0..2 {
            let made = house.keyed(Right::ALL, "once", path, &write).await.expect(201);
            assert_eq!(made.headers.get("idempotency-replayed"), None);
            tokens.push(made.json()["confirm_token"].clone());
        }
        assert!(tokens[0].is_string() && tokens[0] != tokens[1], "made anew, not read again");
    }
}
