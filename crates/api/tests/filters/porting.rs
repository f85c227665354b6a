//! Exports and imports.

use crate::house::{House, admin, everybody, with, without};
use serde_json::{Value, json};
use wikiward_farm::Right;

const IMPORT: &str = "/v1/wikis/enwiki/import";

/// As AbuseFilter writes a filter.
const ABUSEFILTER: &str = r#"{"data":{"rules":"user_age \u003C 3600 \u0026\r\nadded_lines rlike \"sp\u00e4m/\"","name":"Link \u003Cspam\u003E","comments":"","group":"default","actions":{"disallow":["abusefilter-disallowed"],"throttle":["17","3,60","user"]},"enabled":true,"deleted":false,"privacylevel":0,"global":false},"actions":{"disallow":["abusefilter-disallowed"],"throttle":["17","3,60","user"]}}"#;

#[tokio::test]
async fn what_abusefilter_exported_is_exported_again_byte_for_byte() {
    let house = House::new().await;
    let done = house
        .lines(&admin(), &format!("{IMPORT}?keep_enabled=true&source=testwiki"), ABUSEFILTER)
        .await
        .expect(200)
        .json();
    let filter = &done["items"][0]["filter"];
    assert_eq!(
        (&filter["state"], &filter["actions"]["throttle"][0]),
        (&json!("enabled"), &json!("1")),
        "the old number is replaced"
    );
    let out = house.get(&everybody(), "/v1/wikis/enwiki/export?filters=1").await.expect(200);
    assert_eq!(out.text, format!("{}\n", ABUSEFILTER.replace("\"17\"", "\"1\"")));
    assert_eq!(out.headers["content-type"], "application/x-ndjson");
    let history = house.get(&everybody(), "/v1/wikis/enwiki/filters/1/history").await.json();
    assert_eq!(
        (&history["items"][0]["origin"], &history["items"][0]["reason"]),
        (&json!("import"), &json!("imported from testwiki"))
    );
    let extended = house.get(&everybody(), "/v1/wikis/enwiki/export?filters=1&format=extended").await.expect(200);
    assert!(extended.text.contains(r#","wikiward":{"state":"enabled","priority":0"#), "{}", extended.text);
}

#[tokio::test]
async fn ceilings_of_a_filter_come_along_in_our_own_form_alone() {
    let house = House::new().await;
    house.lines(&admin(), IMPORT, ABUSEFILTER).await.expect(200);
    let plain = house.get(&everybody(), "/v1/wikis/enwiki/export?filters=1").await.expect(200).text;
    let caps = json!({"cap_1h": 20, "cap_24h": 60, "reason": "many addresses at once"});
    house.post(&admin(), "/v1/wikis/enwiki/filters/1/brake/caps", &caps).await.expect(200);
    assert_eq!(house.get(&everybody(), "/v1/wikis/enwiki/export?filters=1").await.expect(200).text, plain);
    let text = house.get(&everybody(), "/v1/wikis/enwiki/export?filters=1&format=extended").await.expect(200).text;
    assert!(text.contains(r#""caps":{"h":20,"day":60}"#), "{text}");
    let done = house.lines(&admin(), IMPORT, &text).await.expect(200).json();
    assert_eq!(done["items"][0]["warnings"], json!([]));
    let brake = |id: u32| format!("/v1/wikis/enwiki/filters/{id}/brake");
    assert_eq!(house.get(&admin(), &brake(2)).await.expect(200).json()["caps"], json!({"h": 20, "day": 60}));
    let again = house.get(&everybody(), "/v1/wikis/enwiki/export?filters=2&format=extended").await.expect(200).text;
    assert_eq!(again, text.replace("[\"1\",", "[\"2\",").replace("\"enabled\":true", "\"enabled\":false"));
    // Above those of the group they need a right; lower ones do not.
    let plain_editor = without(Right::BrakeDeclare);
    let done = house.lines(&plain_editor, IMPORT, &text).await.expect(200).json();
    assert_eq!(done["items"][0]["warnings"][0]["code"], "caps_dropped");
    assert_eq!(house.get(&admin(), &brake(3)).await.expect(200).json()["caps"], Value::Null);
    house
        .lines(&plain_editor, IMPORT, &text.replace("\"h\":20", "\"h\":2").replace("\"day\":60", "\"day\":9"))
        .await
        .expect(200);
    assert_eq!(house.get(&admin(), &brake(4)).await.expect(200).json()["caps"], json!({"h": 2, "day": 9}));
    let wrong = house.lines(&admin(), IMPORT, &text.replace("\"h\":20", "\"h\":70")).await.expect(422);
    assert_eq!(wrong.errors(), ["bad_import"]);
}

#[tokio::test]
async fn an_import_disables_and_is_checked_like_a_save() {
    let house = House::new().await;
    let done = house.lines(&admin(), IMPORT, ABUSEFILTER).await.expect(200).json();
    assert_eq!(done["items"][0]["filter"]["state"], "disabled");
    let bad = ABUSEFILTER.replace("user_age", "user_rage");
    let refused = house.lines(&admin(), IMPORT, &bad).await.expect(422);
    assert_eq!(refused.errors(), ["bad_syntax"]);
    let restricted = ABUSEFILTER.replace("\"disallow\":[\"abusefilter-disallowed\"]", "\"block\":[]");
    assert_eq!(
        house.lines(&without(Right::ModifyRestricted), IMPORT, &restricted).await.expect(422).errors(),
        ["restricted_action"]
    );
    let protected = ABUSEFILTER.replace("user_age", "user_unnamed_ip");
    assert_eq!(house.lines(&admin(), IMPORT, &protected).await.expect(422).errors(), ["must_be_protected"]);
    let inactive = ABUSEFILTER.replace("\"disallow\":[\"abusefilter-disallowed\"]", "\"degroup\":[]");
    let done = house.lines(&admin(), IMPORT, &inactive).await.expect(200).json();
    assert_eq!(done["items"][0]["warnings"][0]["code"], "action_inactive");
    assert_eq!(house.lines(&with(&[Right::ViewPrivate]), IMPORT, ABUSEFILTER).await.expect(403).code(), "forbidden");
}

#[tokio::test]
async fn unknown_consequences_and_groups_are_told() {
    let house = House::new().await;
    let unknown = ABUSEFILTER.replace("\"disallow\":", "\"explode\":");
    assert_eq!(house.lines(&admin(), IMPORT, &unknown).await.expect(422).errors(), ["unknown_consequence"]);
    house.lines(&admin(), &format!("{IMPORT}?drop_unknown=true"), &unknown).await.expect(200);
    let group = ABUSEFILTER.replace("\"group\":\"default\"", "\"group\":\"feedback\"");
    let done = house.lines(&admin(), &format!("{IMPORT}?keep_enabled=true"), &group).await.expect(200).json();
    assert_eq!(done["items"][0]["warnings"][0]["code"], "group_replaced");
    assert_eq!(
        (&done["items"][0]["filter"]["group"], &done["items"][0]["filter"]["state"]),
        (&json!("default"), &json!("disabled"))
    );
    for bad in ["", "{}", "no json"] {
        let answer = house.lines(&admin(), IMPORT, bad).await;
        assert!([400, 422].contains(&answer.status.as_u16()), "{bad}: {}", answer.text);
    }
}

#[tokio::test]
async fn many_are_imported_each_for_itself_or_all_or_none() {
    let house = House::new().await;
    let bad = ABUSEFILTER.replace("user_age", "user_rage");
    let lines = [ABUSEFILTER, &bad, ABUSEFILTER].join("\n");
    let refused = house.lines(&admin(), &format!("{IMPORT}?atomic=true"), &lines).await.expect(422).json();
    let statuses: Vec<_> =
        refused["items"].as_array().unwrap().iter().map(|it| it["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["withheld", "refused", "withheld"]);
    assert_eq!(house.get(&admin(), "/v1/wikis/enwiki/filters").await.json()["items"], json!([]));
    let done = house.lines(&admin(), IMPORT, &lines).await.expect(200).json();
    let statuses: Vec<_> = done["items"].as_array().unwrap().iter().map(|it| it["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["imported", "refused", "imported"]);
    let out = house.get(&everybody(), "/v1/wikis/enwiki/export?filters=2,1").await.expect(200);
    assert_eq!(out.text.lines().count(), 2);
    for bad in ["", "filters=", "filters=1&format=odd"] {
        assert_eq!(
            house.get(&everybody(), &format!("/v1/wikis/enwiki/export?{bad}")).await.expect(400).code(),
            "bad_request"
        );
    }
    assert_eq!(house.get(&everybody(), "/v1/wikis/enwiki/export?filters=1,9").await.expect(404).code(), "not_found");
}

#[tokio::test]
async fn the_ready_made_filters_for_newsletters_can_be_imported() {
    let house = House::new().await;
    let ready = house.get(&everybody(), "/v1/groups/newsletter/ready-made").await.expect(200).text;
    let done =
        house.lines(&admin(), &format!("{IMPORT}?atomic=true&keep_enabled=true"), &ready).await.expect(200).json();
    let items = done["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    for item in items {
        assert_eq!(
            (&item["status"], &item["filter"]["state"], &item["warnings"]),
            (&json!("imported"), &json!("disabled"), &json!([]))
        );
        assert_eq!(item["filter"]["group"], "newsletter");
    }
    let mut again = String::new();
    for number in ["1", "2", "3"] {
        again += &house.get(&everybody(), &format!("/v1/wikis/enwiki/export?filters={number}")).await.text;
    }
    assert_eq!(again.replace("[\"3\",", "[\"\","), ready, "they are as AbuseFilter would export them");
}

/// Exports of filters of every kind, as AbuseFilter writes them; `cargo xtask exports` makes them anew in a real wiki.
const EXPORTS: [(&str, &str); 2] =
    [("plain-1.39", include_str!("exports/1.39.jsonl")), ("plain", include_str!("exports/1.43.jsonl"))];

#[tokio::test]
async fn every_export_of_a_real_abusefilter_is_exported_again_byte_for_byte() {
    for (format, exports) in EXPORTS {
        let house = House::new().await;
        let (mut own, mut farm) = (0, 0);
        for export in exports.lines() {
            let document: serde_json::Value = serde_json::from_str(export).unwrap();
            let is_global = document["data"]["global"] == json!(true);
            let (place, number) = if is_global { ("farm", &mut farm) } else { ("wikis/enwiki", &mut own) };
            *number += 1;
            let path = format!("/v1/{place}/import?keep_enabled=true");
            let done = house.lines(&admin(), &path, export).await.expect(200).json();
            assert_eq!(done["items"][0]["status"], "imported", "{export}");
            let out = house.get(&admin(), &format!("/v1/{place}/export?filters={number}&format={format}")).await;
            // What an import changes: nothing comes deleted, and a throttle counts for the new number.
            let mut wanted = export.replace("\"deleted\":true", "\"deleted\":false");
            if let Some(old) = document["actions"]["throttle"][0].as_str() {
                wanted = wanted.replace(&format!("\"throttle\":[\"{old}\""), &format!("\"throttle\":[\"{number}\""));
            }
            assert_eq!(out.expect(200).text, format!("{wanted}\n"));
        }
        assert!(own > 20 && farm > 5, "{own} {farm}");
    }
}

#[tokio::test]
async fn farm_wide_filters_become_local_ones_and_hidden_ones_stay_hidden() {
    let house = House::new().await;
    let global = ABUSEFILTER.replace("\"global\":false", "\"global\":true");
    let done = house.lines(&admin(), IMPORT, &global).await.expect(200).json();
    assert_eq!(done["items"][0]["warnings"][0]["code"], "global_dropped");
    let hidden = ABUSEFILTER.replace("\"privacylevel\":0", "\"hidden\":true");
    house.lines(&admin(), IMPORT, &hidden).await.expect(200);
    let exported = house.get(&admin(), "/v1/wikis/enwiki/export?filters=2").await.expect(200).text;
    assert!(exported.contains("\"privacylevel\":1,"), "{exported}");
    let message = ABUSEFILTER.replace("[\"abusefilter-disallowed\"]", "[\"abusefilter-disallowed-own\"]");
    let done = house.lines(&admin(), IMPORT, &message).await.expect(200).json();
    assert_eq!(done["items"][0]["warnings"][0]["code"], "custom_message");
    let suppressed = ABUSEFILTER.replace("\"privacylevel\":0", "\"privacylevel\":4");
    let refused = house.lines(&without(Right::ViewSuppressed), IMPORT, &suppressed).await.expect(422);
    assert_eq!(refused.errors(), ["forbidden"]);
    for level in ["8", "-1", "\"1\"", "1.5"] {
        let bad = ABUSEFILTER.replace("\"privacylevel\":0", &format!("\"privacylevel\":{level}"));
        assert_eq!(house.lines(&admin(), IMPORT, &bad).await.expect(422).errors(), ["bad_import"], "{level}");
    }
    // To an AbuseFilter that knows no levels, whatever is restricted goes hidden.
    let older = house.get(&admin(), "/v1/wikis/enwiki/export?filters=2&format=plain-1.39").await.expect(200).text;
    assert!(older.contains("\"hidden\":true,\"global\":false}"), "{older}");
}
