//! From an edit of the farm to the variables a filter reads.

use serde_json::{Map, Value, json};

use super::SampleEdit;
use super::changes::changes;

/// All variables of the edit that a wiki knows before it saves.
pub(crate) fn of(edit: &SampleEdit) -> Map<String, Value> {
    let mut variables = Map::new();
    let mut set = |name: &str, value: Value| {
        variables.insert(name.to_string(), value);
    };
    set("action", json!(edit.action));
    set("timestamp", json!(edit.timestamp.to_string()));
    set("wiki_name", json!(edit.wiki));
    set("wiki_language", json!(edit.language));
    set("user_name", json!(edit.user));
    set("user_editcount", json!(edit.user_editcount));
    set("user_age", json!(edit.user_age));
    set("user_groups", json!(edit.user_groups));
    set("user_rights", json!(rights(edit)));
    set("user_blocked", json!(false));
    set("user_emailconfirm", if edit.anon { Value::Null } else { json!("20250101120000") });
    set("summary", json!(edit.comment));
    let created = edit.parent == 0;
    let mut page = |prefix: &str, title: &str, exists: bool| {
        let bare = if edit.ns == 0 { title } else { title.split_once(':').map_or(title, |(_, bare)| bare) };
        variables.insert(format!("{prefix}_id"), json!(if exists { edit.page_id } else { 0 }));
        variables.insert(format!("{prefix}_namespace"), json!(edit.ns));
        variables.insert(format!("{prefix}_title"), json!(bare));
        variables.insert(format!("{prefix}_prefixedtitle"), json!(title));
        for right in ["edit", "move", "create", "upload"] {
            variables.insert(format!("{prefix}_restrictions_{right}"), json!([]));
        }
        let (age, first) = if exists { (edit.page_age, edit.page_first_contributor.as_str()) } else { (0, "") };
        let recent = if exists { edit.page_recent_contributors.as_slice() } else { &[] };
        variables.insert(format!("{prefix}_age"), json!(age));
        variables.insert(format!("{prefix}_first_contributor"), json!(first));
        variables.insert(format!("{prefix}_recent_contributors"), json!(recent));
    };
    if let Some(moved_to) = &edit.moved_to {
        page("moved_from", &edit.title, true);
        page("moved_to", moved_to, false);
    } else {
        page("page", &edit.title, !created);
        texts(edit, &mut variables);
    }
    variables
}

fn texts(edit: &SampleEdit, variables: &mut Map<String, Value>) {
    let (old, new) = (&*edit.old_wikitext, &*edit.new_wikitext);
    let found = changes(old, new);
    let (old_links, new_links) = (links(old), links(new));
    let difference = |from: &[&str], without: &[&str]| -> Vec<String> {
        from.iter().filter(|link| !without.contains(link)).map(ToString::to_string).collect()
    };
    let mut set = |name: &str, value: Value| {
        variables.insert(name.to_string(), value);
    };
    set("old_content_model", json!(if edit.parent == 0 { "" } else { "wikitext" }));
    set("new_content_model", json!("wikitext"));
    set("added_links", json!(difference(&new_links, &old_links)));
    set("removed_links", json!(difference(&old_links, &new_links)));
    set("all_links", json!(new_links));
    set("new_links", json!(new_links));
    set("old_links", json!(old_links));
    set("old_size", json!(old.len()));
    set("new_size", json!(new.len()));
    set("edit_delta", json!(signed(new.len()) - signed(old.len())));
    set("added_lines", json!(found.added));
    set("added_lines_pst", json!(found.added));
    set("removed_lines", json!(found.removed));
    set("edit_diff", json!(found.diff));
    set("edit_diff_pst", json!(found.diff));
    set("old_wikitext", json!(old));
    set("new_wikitext", json!(new));
    set("new_pst", json!(new));
}

fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn rights(edit: &SampleEdit) -> Vec<&'static str> {
    let mut rights = vec!["read", "edit", "createtalk"];
    if !edit.anon {
        rights.extend(["createpage", "minoredit", "move"]);
    }
    for (group, right) in [("autoconfirmed", "editsemiprotected"), ("sysop", "delete"), ("bot", "bot")] {
        if edit.user_groups.contains(&group) {
            rights.push(right);
        }
    }
    rights
}

/// The addresses in a wikitext, each once, in order.
fn links(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut rest = text;
    while let Some(at) = rest.find("http") {
        let Some(tail) = rest.get(at..) else { break };
        let end = tail.find([' ', '\n', ']', '|', '<', '}', '"']).unwrap_or(tail.len());
        let (link, after) = tail.split_at(end.max(4));
        if (link.starts_with("http://") || link.starts_with("https://")) && seen.insert(link) {
            found.push(link);
        }
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_once_each() {
        assert_eq!(
            links("a [http://x.example b] https://y.test/z|c http://x.example http"),
            ["http://x.example", "https://y.test/z"]
        );
    }

    #[test]
    fn sizes_and_lines_of_an_edit_agree() {
        for edit in super::super::generate(11, 300) {
            let variables = edit.variables();
            if edit.action == "move" {
                assert!(variables.contains_key("moved_to_title") && !variables.contains_key("new_wikitext"));
                continue;
            }
            let delta = variables["new_size"].as_i64().unwrap() - variables["old_size"].as_i64().unwrap();
            assert_eq!(variables["edit_delta"], json!(delta));
            let marked = variables["edit_diff"].as_str().unwrap().lines().filter(|line| line.starts_with('+')).count();
            // U+2028 and the like do not occur, so lines() sees what the diff wrote.
            assert_eq!(variables["added_lines"].as_array().unwrap().len(), marked);
        }
    }
}
