//! What `filter save` reads: a document, or a plain rule.

use anyhow::{Context as _, bail};
use serde_json::{Map, Value};
use std::io::Read as _;
use std::path::Path;

/// Members of a shown document that the service keeps, not its reader.
const KEPT_BY_THE_SERVICE: [&str; 11] = [
    "id",
    "wiki",
    "version",
    "age_s",
    "created_at",
    "edited_at",
    "edited_by",
    "hits",
    "permissions",
    "changed_fields",
    "origin",
];

/// What the file holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    /// A document, and which version of which filter of which wiki it was read from.
    Document {
        /// What is sent.
        body: Map<String, Value>,
        /// The filter's number.
        id: Option<String>,
        /// The version that it was read as.
        version: Option<u64>,
        /// The wiki whose filter it is.
        wiki: Option<String>,
    },
    /// The text of a rule.
    Rule(String),
}

/// Reads `path`; `-` is standard input.
pub(super) fn read(path: &Path) -> anyhow::Result<Source> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes).context("standard input cannot be read")?;
    } else {
        bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    }
    let text = String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", path.display()))?;
    parse(&text).with_context(|| format!("{} is no filter", path.display()))
}

fn parse(text: &str) -> anyhow::Result<Source> {
    let looks_like_json = text.trim_start().starts_with('{');
    match serde_json::from_str(text) {
        Ok(document @ Value::Object(_)) => parse_document(&document),
        // No rule begins with a brace.
        Err(error) if looks_like_json => bail!("line {}: {error}", error.line()),
        _ => Ok(Source::Rule(text.strip_suffix('\n').unwrap_or(text).to_owned())),
    }
}

/// A document as the service shows it, or as a person wrote it.
pub(super) fn parse_document(document: &Value) -> anyhow::Result<Source> {
    let Value::Object(mut body) = document.clone() else { bail!("a document is a JSON object") };
    if body.contains_key("data") && !body.contains_key("rules") {
        bail!("it is an export of AbuseFilter: `wikiward filter import` reads it");
    }
    if !body.get("rules").is_some_and(Value::is_string) {
        bail!("a document has the rule's text in `rules`; `wikiward filter show WIKI ID --json` prints one");
    }
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let (id, wiki) = (text("id"), text("wiki"));
    let version = body.get("version").and_then(Value::as_u64);
    if body.contains_key("edited_at") {
        // The reason of that version, not of the one to be saved.
        body.shift_remove("reason");
    }
    body.retain(|name, _| !KEPT_BY_THE_SERVICE.contains(&name.as_str()));
    // Of the brake, only its profile is a person's.
    if let Some(Value::Object(brake)) = body.get_mut("brake")
        && brake.contains_key("latched")
    {
        brake.retain(|name, _| name == "profile");
    }
    Ok(Source::Document { body, id, version, wiki })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_is_sent_back_without_what_the_service_keeps() {
        let text = json!({
            "id": "17", "wiki": "enwiki", "version": 9, "rules": "a", "name": "b", "nmae": "kept, so that it is refused",
            "brake": {"profile": "standard", "latched": [], "hold": null}, "age_s": 5, "edited_at": "x", "reason": "old",
        });
        let Source::Document { body, id, version, wiki } = parse(&text.to_string()).unwrap() else { panic!() };
        assert_eq!((id.as_deref(), version, wiki.as_deref()), (Some("17"), Some(9), Some("enwiki")));
        let wanted =
            json!({"rules": "a", "name": "b", "nmae": "kept, so that it is refused", "brake": {"profile": "standard"}});
        assert_eq!(Value::Object(body), wanted);
    }

    #[test]
    fn what_is_no_document_is_a_rule_or_told() {
        assert_eq!(parse("a == 1\n").unwrap(), Source::Rule("a == 1".into()));
        assert_eq!(parse("[1] == 2").unwrap(), Source::Rule("[1] == 2".into()));
        assert_eq!(parse("1").unwrap(), Source::Rule("1".into()));
        let complaint = |text: &str| parse(text).unwrap_err().to_string();
        assert!(complaint("{\n\"rules\": }").starts_with("line 2: "), "{}", complaint("{\n\"rules\": }"));
        assert!(complaint("{\"data\": {\"rules\": \"a\"}, \"actions\": []}").contains("filter import"));
        assert!(complaint("{\"name\": \"a\"}").contains("`rules`"));
    }
}
