//! What a wiki asks the service: bodies of `POST /v1/evaluate`.
//!
//! As a wiki sends them that computes nothing later: the facts it has at hand, both texts, their links, and no list of
//! lazy variables, so that the answer is final. What follows from the texts (differences, sizes) is left to the service.

use serde_json::{Map, Value, json};

use crate::filters;
use crate::samples::SampleEdit;

/// The words in an edit summary that [`marked_filters`] look for.
pub const TAG_WORD: &str = "tagmarkzz";
/// As [`TAG_WORD`], for the filter that refuses.
pub const REFUSE_WORD: &str = "refusemarkzz";

/// Variables that the service derives itself, or knows under another name.
const LEFT_OUT: [&str; 17] = [
    "edit_diff",
    "edit_diff_pst",
    "added_lines",
    "removed_lines",
    "added_lines_pst",
    "new_size",
    "old_size",
    "edit_delta",
    "added_links",
    "removed_links",
    "all_links",
    "new_pst",
    "new_html",
    "new_text",
    "global_user_groups",
    "global_user_editcount",
    "timestamp",
];

/// The body that asks about a sample edit.
pub fn of_edit(edit: &SampleEdit, action_id: &str) -> Value {
    let mut vars = edit.variables();
    vars.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
    let kind = if edit.user_id == 0 { "ip" } else { "named" };
    let address = if edit.user_id == 0 { edit.user.clone() } else { home(edit.user_id) };
    json!({
        "wiki": edit.wiki, "group": "default",
        "action": {"id": action_id, "kind": edit.action},
        "mode": "enforce",
        "actor": {
            "id": edit.user_id, "name": edit.user, "type": kind, "groups": edit.user_groups,
            "edit_count": edit.user_editcount, "age_s": edit.user_age, "blocked": false, "bot": edit.bot,
        },
        "target": {
            "ns": edit.ns, "title": bare_title(edit), "page_id": edit.page_id, "rev_id": edit.parent,
        },
        "request": {"ip": address, "session_key": format!("session-{}", edit.user), "user_agent_class": "browser"},
        "vars": vars, "lazy": [], "deadline_ms": 5_000, "lang": edit.language,
    })
}

/// Where an account is at home: always the same address, in a range that few others are in. From those that are never
/// routed.
fn home(user_id: u64) -> String {
    let [.., a, b, c] = (user_id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40).to_be_bytes();
    format!("10.{a}.{b}.{c}")
}

/// The body that asks about a recorded edit with both texts (`old_wikitext`, `new_wikitext`); none without them. What the
/// record does not say of its author is not sent.
pub fn of_record(record: &Value, wiki: &str, action_id: &str) -> Option<Value> {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    let (old, new) = (text("old_wikitext")?, text("new_wikitext")?);
    let (user, title) = (text("user").unwrap_or(""), text("title").unwrap_or(""));
    let user_id = record.get("user_id").and_then(Value::as_u64).unwrap_or(0);
    let is_anonymous = record.get("anon") == Some(&Value::Bool(true));
    let mut vars = json!({
        "action": "edit", "summary": text("comment").unwrap_or(""), "old_wikitext": old, "new_wikitext": new,
        "user_name": user, "page_title": title, "page_prefixedtitle": title, "wiki_name": wiki,
        "old_content_model": "wikitext", "new_content_model": "wikitext",
    });
    for (name, field) in [("page_id", "page_id"), ("page_namespace", "ns"), ("user_editcount", "user_editcount")] {
        if let Some(number) = record.get(field).filter(|value| value.is_u64()) {
            vars[name] = number.clone();
        }
    }
    let kind = if is_anonymous { "ip" } else { "named" };
    Some(json!({
        "wiki": wiki, "group": "default",
        "action": {"id": action_id, "kind": "edit"},
        "mode": "enforce",
        "actor": {"id": user_id, "name": user, "type": kind, "groups": [], "blocked": false, "bot": false},
        "target": {"ns": record.get("ns").and_then(Value::as_i64).unwrap_or(0), "title": title},
        "request": {"session_key": format!("session-{user}"), "user_agent_class": "browser"},
        "vars": vars, "lazy": [], "deadline_ms": 5_000, "lang": "en",
    }))
}

/// The body that asks about a generated edit of a page of about `bytes` bytes, see [`filters::action`].
pub fn of_action(wiki: &str, seed: u64, bytes: usize, action_id: &str) -> Value {
    let mut vars = filters::action(seed, bytes);
    vars.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
    vars.insert("wiki_name".to_string(), json!(wiki));
    let title = vars.get("page_title").cloned().unwrap_or_default();
    let user = vars.get("user_name").cloned().unwrap_or_default();
    json!({
        "wiki": wiki, "group": "default",
        "action": {"id": action_id, "kind": "edit"},
        "mode": "enforce",
        "actor": {
            "id": 512, "name": user, "type": "named", "groups": ["*", "user"], "edit_count": 4, "age_s": 7_200,
            "blocked": false, "bot": false,
        },
        "target": {"ns": 0, "title": title, "page_id": 4_711, "rev_id": 90_001},
        "request": {"ip": "203.0.113.9", "session_key": "session-1", "user_agent_class": "browser"},
        "vars": vars, "lazy": [], "deadline_ms": 5_000, "lang": "en",
    })
}

/// Nobody writes this in a summary.
const NEVER: &str = "never written";

/// Filters as they are imported, one JSON object a line: `count` in all, of which the last two look for [`TAG_WORD`] (and
/// tag) and [`REFUSE_WORD`] (and refuse) in the summary. The others are [`filters::realistic`] ones that only log, and use
/// only variables of a wiki without further extensions; a last test keeps each from matching after it was walked, because
/// on a wiki hardly any filter matches an edit.
pub fn marked_filters(seed: u64, count: usize) -> Vec<Value> {
    let is_packaged = |text: &str| !filters::ANNOUNCED.iter().any(|name| text.contains(name));
    let plain = filters::realistic(seed, count + count / 4 + 8)
        .into_iter()
        .filter(|filter| is_packaged(&filter.rule))
        .take(count.saturating_sub(2))
        .map(|filter| {
            let rule = format!("({}) & summary contains \"{NEVER}\"", filter.rule.trim_end().trim_end_matches(';'));
            portable(&format!("Generated {}", filter.id), &rule, &Map::new(), "default")
        });
    let mut all: Vec<Value> = plain.collect();
    let actions = |name: &str, parameters: Value| Map::from_iter([(name.to_string(), parameters)]);
    let rule = |word: &str| format!("summary contains \"{word}\"");
    all.push(portable("Marked to be tagged", &rule(TAG_WORD), &actions("tag", json!(["marked"])), "default"));
    let refuse = actions("disallow", json!(["abusefilter-disallowed"]));
    all.push(portable("Marked to be refused", &rule(REFUSE_WORD), &refuse, "default"));
    all
}

/// The sample filters as they are imported.
pub fn sample_filters() -> Vec<Value> {
    filters::SAMPLES.lines().filter_map(|line| from_record(&serde_json::from_str(line).ok()?)).collect()
}

/// A filter of a file of recorded filters (`rule`, `description`, `actions`, `action_parameters`, `group`, `enabled`), as it
/// is imported; none without a rule.
pub fn from_record(record: &Value) -> Option<Value> {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    let mut actions = Map::new();
    for name in record.get("actions").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        let given = record.get("action_parameters").and_then(|all| all.get(name)).cloned();
        let parameters = given.unwrap_or_else(|| match name {
            "disallow" => json!(["abusefilter-disallowed"]),
            "warn" => json!(["abusefilter-warning"]),
            _ => json!([]),
        });
        actions.insert(name.to_string(), parameters);
    }
    let mut filter = portable(text("description")?, text("rule")?, &actions, text("group").unwrap_or("default"));
    if let Some(enabled) = record.get("enabled") {
        filter["data"]["enabled"] = enabled.clone();
    }
    if let Some(deleted) = record.get("deleted") {
        filter["data"]["deleted"] = deleted.clone();
    }
    Some(filter)
}

/// A filter in the form in which wikis export it.
fn portable(name: &str, rules: &str, actions: &Map<String, Value>, group: &str) -> Value {
    let actions = if actions.is_empty() { json!([]) } else { Value::Object(actions.clone()) };
    json!({
        "data": {
            "rules": rules, "name": name, "comments": "", "group": group, "actions": actions, "enabled": true,
            "deleted": false, "privacylevel": 0, "global": false,
        },
        "actions": actions,
    })
}

/// The title without its namespace.
fn bare_title(edit: &SampleEdit) -> &str {
    if edit.ns == 0 { &edit.title } else { edit.title.split_once(':').map_or(&*edit.title, |(_, bare)| bare) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_larger_page_makes_a_larger_body_and_the_id_stands_in_it() {
        for bytes in [1_000, 10_000, 100_000] {
            let body = of_action("examplewiki", 3, bytes, "the-id");
            assert_eq!(body["action"]["id"], "the-id");
            let length = body.to_string().len();
            // Both texts are in it.
            assert!((bytes * 3 / 2..bytes * 3 + 6_000).contains(&length), "{bytes}: {length}");
        }
    }

    #[test]
    fn an_edit_brings_what_the_wiki_knows_and_leaves_what_follows_from_it() {
        for edit in samples::generate(1, 300) {
            let body = of_edit(&edit, "x");
            let vars = body["vars"].as_object().unwrap();
            assert!(vars.contains_key("user_name") && !vars.contains_key("added_lines"));
            assert_eq!(vars.contains_key("new_wikitext"), edit.action == "edit");
            assert!(!body["target"]["title"].as_str().unwrap().is_empty());
        }
    }

    #[test]
    fn as_many_filters_are_made_as_were_asked_for_and_two_are_marked() {
        for count in [2, 20, 1_000] {
            let filters = marked_filters(1, count);
            assert_eq!(filters.len(), count);
            let holds = |word: &str| filters.iter().filter(|filter| filter.to_string().contains(word)).count();
            assert_eq!((holds(TAG_WORD), holds(REFUSE_WORD)), (1, 1));
        }
        assert_eq!(sample_filters().len(), filters::SAMPLES.lines().count());
    }
}
