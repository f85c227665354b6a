//! What a conflict of two saves means, for people.

use crate::service::client::Refused;
use crate::service::show::whole;
use serde_json::Value;
use std::fmt::Write as _;

/// What a conflict means, and how to go on.
pub(super) fn conflict(refused: &Refused, wiki: &str, id: &str) -> String {
    let mut text = format!("{} ({})\n", tidy(&refused.detail), refused.code);
    let three = refused.body.get("three_way").filter(|three| !three.is_null());
    if let Some(three) = three {
        let mut theirs: Vec<String> = Vec::new();
        for field in three.get("fields").and_then(Value::as_array).into_iter().flatten() {
            let part = |name: &str| field.get(name).map(whole).unwrap_or_default();
            let who = match part("side").as_str() {
                "mine" => continue,
                "both" => "both of you changed",
                "conflict" => "both of you changed, each in another way,",
                _ => "they changed",
            };
            theirs.push(format!("  {who} {}: {} → {}\n", part("field"), part("base"), part("theirs")));
        }
        for name in ["rules", "notes"] {
            let stretches = three.get(name).and_then(Value::as_array).into_iter().flatten();
            let sides: Vec<&str> = stretches.filter_map(|it| it.get("side").and_then(Value::as_str)).collect();
            if sides.contains(&"conflict") {
                theirs.push(format!("  both of you changed the same lines of the {name}\n"));
            } else if sides.contains(&"theirs") {
                theirs.push(format!("  they changed other lines of the {name} than you\n"));
            }
        }
        text.extend(theirs);
    }
    let current = refused.body.pointer("/current/version").map(whole).unwrap_or_default();
    let _ = write!(
        text,
        "  help: look at it with `wikiward filter diff {wiki} {id}`, put your change into what \
         `wikiward filter show {wiki} {id} --json` prints now, and save that"
    );
    if !current.is_empty() {
        let _ = write!(text, "; or save yours over theirs with --over {current}");
    }
    text
}

/// The detail without its pointer into a JSON body, which is shown already.
pub(super) fn tidy(detail: &str) -> &str {
    detail.strip_suffix(": see `errors`").unwrap_or(detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_conflict_says_who_changed_what_and_how_to_go_on() {
        let body = json!({
            "code": "edit_conflict", "current": {"version": 10},
            "three_way": {
                "conflict": true,
                "rules": [{"side": "same"}, {"side": "conflict"}],
                "notes": [{"side": "theirs"}],
                "fields": [
                    {"field": "name", "side": "theirs", "base": "a", "mine": "a", "theirs": "b"},
                    {"field": "state", "side": "mine", "base": "enabled", "mine": "disabled", "theirs": "enabled"},
                ],
            },
        });
        let refused = Refused {
            status: 409,
            code: "edit_conflict".into(),
            detail: "version 10 was saved by Admin in between. Nothing was saved".into(),
            errors: Vec::new(),
            body,
            has_token: None,
        };
        let wanted = "version 10 was saved by Admin in between. Nothing was saved (edit_conflict)\n  \
                      they changed name: a → b\n  \
                      both of you changed the same lines of the rules\n  \
                      they changed other lines of the notes than you\n  \
                      help: look at it with `wikiward filter diff enwiki 17`, put your change into what `wikiward filter \
                      show enwiki 17 --json` prints now, and save that; or save yours over theirs with --over 10";
        assert_eq!(conflict(&refused, "enwiki", "17"), wanted);
    }
}
