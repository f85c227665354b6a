//! One edit, complete, with a page of a given size.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::random::Random;
use crate::samples::{Label, SampleEdit, languages, prose};

/// Language of the page.
const LANGUAGE: &str = "en";

/// The variables of an edit that rewrites one paragraph.
pub(super) fn edit(random: &mut Random, bytes: usize) -> Map<String, Value> {
    let language = languages::language(LANGUAGE);
    let subject = prose::place(random, language);
    let old = prose::page(random, language, &subject, bytes);
    let mut lines: Vec<String> = old.split('\n').map(ToString::to_string).collect();
    let candidates: Vec<usize> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.len() > 60 && !line.starts_with(['{', '|', '=', '*']))
        .map(|(at, _)| at)
        .collect();
    let at = candidates.get(random.below(candidates.len())).copied().unwrap_or(0);
    let paragraph = prose::paragraph(random, language, &subject, 4);
    if let Some(line) = lines.get_mut(at) {
        *line = paragraph;
    }
    let edit = SampleEdit {
        wiki: "examplewiki",
        language: LANGUAGE,
        action: "edit",
        ns: 0,
        title: subject,
        moved_to: None,
        page_id: 4_711,
        rev: 90_002,
        parent: 90_001,
        timestamp: 1_772_448_000,
        user: "QuietHeron7".to_string(),
        user_id: 512,
        anon: false,
        minor: false,
        bot: false,
        user_groups: vec!["*", "user"],
        user_editcount: Some(4),
        user_age: 7_200,
        page_age: 94_000_000,
        page_first_contributor: "AmberWeaver".to_string(),
        page_recent_contributors: ["AmberWeaver", "203.0.113.9", "MossyKettle"].map(ToString::to_string).to_vec(),
        comment: "/* History */ clearer wording".to_string(),
        old_wikitext: Arc::from(old),
        new_wikitext: Arc::from(lines.join("\n")),
        is_revert: false,
        reverted: false,
        label: Label::Good,
    };
    let mut variables = edit.variables();
    let html = variables.get("new_wikitext").and_then(Value::as_str).map(rendered).unwrap_or_default();
    let text = html.replace("<p>", "").replace("</p>", "");
    variables.insert("new_html".to_string(), json!(html));
    variables.insert("new_text".to_string(), json!(text.trim_end()));
    variables.insert("global_user_groups".to_string(), json!([]));
    variables.insert("global_user_editcount".to_string(), json!(4));
    variables
}

/// A stand-in for the parser's output: about as long as the wikitext, with a tag here and there.
fn rendered(wikitext: &str) -> String {
    let paragraphs: Vec<String> = wikitext
        .split('\n')
        .filter(|line| !line.is_empty())
        .map(|line| format!("<p>{}</p>", line.replace(['[', ']', '{', '}', '<', '>', '\''], "")))
        .collect();
    paragraphs.join("\n")
}
