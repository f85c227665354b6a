//! What could stand at the pointer.

use super::hover::{describe_function, describe_variable};
use serde_json::{Value as Json, json};
use wikiward_rules::Vocabulary;
use wikiward_rules::syntax::lexer::{Symbol, TokenKind, lex};
use wikiward_rules::vocabulary::functions::{FUNCTIONS, Function};
use wikiward_rules::vocabulary::variables;
use wikiward_rules::vocabulary::words;

// The protocol's numbers of kinds.
const FUNCTION: u8 = 3;
const FIELD: u8 = 5;
const VARIABLE: u8 = 6;
const KEYWORD: u8 = 14;

/// Everything that can be written at a byte of the rule; nothing within texts and comments. The editor chooses by what
/// was typed already.
pub(super) fn items(source: &str, byte: usize, vocabulary: &Vocabulary, snippets: bool) -> Vec<Json> {
    if is_in_text(source, byte) {
        return Vec::new();
    }
    let own = own_variables(source);
    let own = own.iter().filter(|name| vocabulary.id(name).is_none());
    let own = own.map(|name| item(name, VARIABLE, "variable of this rule", "A variable of this rule."));
    let known = vocabulary.names().map(|name| {
        let detail = variables::find(name).map_or("of an extension", |variable| variable.kind.name());
        item(name, FIELD, detail, &describe_variable(name, name))
    });
    let functions = FUNCTIONS.iter().map(|function| function_item(function, snippets));
    let keywords = words::keywords().map(|(name, keyword)| {
        let (usage, about) = words::keyword(keyword);
        item(name, KEYWORD, usage, about)
    });
    own.chain(known).chain(functions).chain(keywords).collect()
}

fn item(label: &str, kind: u8, detail: &str, about: &str) -> Json {
    json!({
        "label": label, "kind": kind, "detail": detail,
        "documentation": {"kind": "markdown", "value": about},
    })
}

fn function_item(function: &Function, snippets: bool) -> Json {
    let mut entry = item(function.name, FUNCTION, function.signature, &describe_function(function));
    if let (true, Some(fields)) = (snippets, entry.as_object_mut()) {
        let places: Vec<String> = (1..=function.least.max(1)).map(|number| format!("${number}")).collect();
        fields.insert("insertText".to_owned(), json!(format!("{}({})$0", function.name, places.join(", "))));
        fields.insert("insertTextFormat".to_owned(), json!(2));
    }
    entry
}

/// Whether a byte lies within a string or a comment; an unfinished one reaches to the end.
fn is_in_text(source: &str, byte: usize) -> bool {
    let Ok(at) = u32::try_from(byte) else {
        return true;
    };
    match lex(source.as_bytes()) {
        Ok((tokens, comments)) => {
            let strings = tokens.iter().filter(|token| matches!(token.kind, TokenKind::Str(_)));
            strings.map(|token| token.span).chain(comments).any(|span| span.start < at && at < span.end)
        }
        // While one writes, the text behind is often broken; what stands before decides.
        Err(_) => match lex(source.as_bytes().get(..byte).unwrap_or_default()) {
            Ok(_) => false,
            Err(error) => matches!(error.id.name(), "unclosedstring" | "unclosedcomment"),
        },
    }
}

/// The variables that the rule gives a value, in lower case, each once.
pub(super) fn own_variables(source: &str) -> Vec<String> {
    let Ok((tokens, _)) = lex(source.as_bytes()) else {
        return Vec::new();
    };
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        let name = name.to_ascii_lowercase();
        if !names.contains(&name) {
            names.push(name);
        }
    };
    for window in tokens.windows(3) {
        match window {
            [name, sign, _] if sign.kind == TokenKind::Symbol(Symbol::Assign) => {
                if let TokenKind::Id(name) = &name.kind {
                    add(name);
                }
            }
            [set, _, name] if matches!(&set.kind, TokenKind::Id(word) if word == "set" || word == "set_var") => {
                if let TokenKind::Str(bytes) = &name.kind {
                    add(&String::from_utf8_lossy(bytes));
                }
            }
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(source: &str, byte: usize) -> Vec<String> {
        let label = |item: &Json| item.get("label").and_then(Json::as_str).map(str::to_owned);
        items(source, byte, &Vocabulary::new(wikiward_rules::Release::Newest, ["tor_exit_node"]), false)
            .iter()
            .filter_map(label)
            .collect()
    }

    #[test]
    fn everything_that_can_be_written_is_offered_once() {
        let labels = labels("Mine := 1; ", 11);
        for expected in ["mine", "added_lines", "tor_exit_node", "lcase", "rlike"] {
            assert_eq!(labels.iter().filter(|label| *label == expected).count(), 1, "{expected}");
        }
        assert!(!labels.iter().any(|label| label == "article_text"), "old names are not offered");
    }

    #[test]
    fn nothing_is_offered_within_texts_and_comments() {
        for (source, byte, is_offered) in [
            ("\"ab\" ", 2, false),
            ("\"ab\" ", 5, true),
            ("/* a */ ", 4, false),
            ("\"ab", 3, false),
            ("a & \"", 3, true),
            ("/* a", 4, false),
        ] {
            assert_eq!(!labels(source, byte).is_empty(), is_offered, "{source} at {byte}");
        }
    }

    #[test]
    fn snippets_come_only_where_they_are_wanted() {
        let find = |snippets| {
            let items = items("", 0, &Vocabulary::default(), snippets);
            items.into_iter().find(|item| item.get("label") == Some(&json!("strpos"))).unwrap()
        };
        assert_eq!(find(false).get("insertText"), None);
        assert_eq!(find(true).get("insertText"), Some(&json!("strpos($1, $2)$0")));
    }
}
