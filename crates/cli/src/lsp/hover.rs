//! What stands under the pointer.

use super::document::Document;
use super::message::Position;
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use wikiward_rules::Vocabulary;
use wikiward_rules::error::Span;
use wikiward_rules::syntax::lexer::{TokenKind, lex};
use wikiward_rules::vocabulary::variables::{self, DISABLED, PROTECTED};
use wikiward_rules::vocabulary::words;
use wikiward_rules::vocabulary::{Meaning, functions};

/// The documentation of the word or operator at a position; null where there is nothing to say.
pub(super) fn hover(document: &Document, position: Position, vocabulary: &Vocabulary) -> Json {
    let byte = document.byte(position);
    let Some((span, text)) = describe(document.text(), byte, vocabulary) else {
        return Json::Null;
    };
    json!({"contents": {"kind": "markdown", "value": text}, "range": document.range(span)})
}

fn describe(source: &str, byte: usize, vocabulary: &Vocabulary) -> Option<(Span, String)> {
    let (kind, span) = token(source, byte)?;
    let text = match &kind {
        TokenKind::Id(name) => describe_name(source, name, vocabulary)?,
        TokenKind::Keyword(keyword) => entry(words::keyword(*keyword)),
        TokenKind::Symbol(symbol) => entry(words::symbol(*symbol)?),
        _ => return None,
    };
    Some((span, text))
}

/// The token at a byte, or just before it. A text with an error of the lexer still has words.
fn token(source: &str, byte: usize) -> Option<(TokenKind, Span)> {
    let Ok((tokens, _)) = lex(source.as_bytes()) else {
        return word(source, byte);
    };
    let at = u32::try_from(byte).ok()?;
    let begins = tokens.partition_point(|token| token.span.start <= at);
    let token = tokens.get(begins.checked_sub(1)?)?;
    // Where two tokens meet the later one is meant, except that a name wins over a bracket behind it.
    let before = begins.checked_sub(2).and_then(|before| tokens.get(before));
    let is_name = |kind: &TokenKind| matches!(kind, TokenKind::Id(_) | TokenKind::Keyword(_));
    match before {
        Some(before) if before.span.end == at && is_name(&before.kind) && !is_name(&token.kind) => {
            Some((before.kind.clone(), before.span))
        }
        _ if at <= token.span.end => Some((token.kind.clone(), token.span)),
        _ => None,
    }
}

fn word(source: &str, byte: usize) -> Option<(TokenKind, Span)> {
    let is_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let (before, after) = source.split_at_checked(byte)?;
    let start = before.rfind(|char| !is_word(char)).map_or(0, |at| at + 1);
    let start = source.ceil_char_boundary(start);
    let end = byte + after.find(|char| !is_word(char)).unwrap_or(after.len());
    let text = source.get(start..end).filter(|text| !text.is_empty())?;
    let kind = match words::keywords().find(|(keyword, _)| *keyword == text) {
        Some((_, keyword)) => TokenKind::Keyword(keyword),
        None => TokenKind::Id(text.to_owned()),
    };
    Some((kind, Span { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? }))
}

fn describe_name(source: &str, name: &str, vocabulary: &Vocabulary) -> Option<String> {
    if let Some(function) = functions::find(name) {
        return Some(describe_function(function));
    }
    let lower = name.to_ascii_lowercase();
    match vocabulary.meaning(&lower) {
        Meaning::Variable(id) => Some(describe_variable(&lower, vocabulary.name(id))),
        Meaning::Disabled => Some(format!("```\n{lower}\n```\nThis variable exists no more{}.", replacement(&lower))),
        Meaning::Word => Some(format!("`{lower}` is a function or keyword. It is written in lower case.")),
        Meaning::Free if is_assigned(source, &lower) => Some(format!("```\n{lower}\n```\nA variable of this rule.")),
        Meaning::Free => vocabulary.nearest(&lower).map(|near| format!("No known variable. Did you mean `{near}`?")),
    }
}

/// What a function does, in Markdown.
pub(super) fn describe_function(function: &functions::Function) -> String {
    format!("```\n{} → {}\n```\n{}", function.signature, function.returns, function.about)
}

/// What a variable holds, in Markdown. `name` is what the rule says, `current` the variable's name.
pub(super) fn describe_variable(name: &str, current: &str) -> String {
    let mut text = match variables::find(current) {
        Some(variable) => {
            let (kind, when) = (variable.kind.name(), variable.subject.when());
            let cost = if variable.is_lazy { "\n\nComputed when a rule first reads it." } else { "" };
            format!("```\n{current}: {kind}\n```\n{}\n\nSet for {when}; else null.{cost}", variable.about)
        }
        None => format!("```\n{current}\n```\nA variable that an extension adds."),
    };
    if name != current {
        let _ = write!(text, "\n\n`{name}` is the old name of this variable.");
    }
    if PROTECTED.contains(&current) {
        text.push_str("\n\nOnly protected filters may read it.");
    }
    text
}

fn replacement(name: &str) -> &'static str {
    debug_assert!(DISABLED.contains(&name), "asked for disabled names only");
    match name {
        "old_text" => "; compare `old_wikitext`",
        "old_html" => "; compare `new_html` and `old_wikitext`",
        _ => "",
    }
}

/// Whether the rule gives such a variable a value.
fn is_assigned(source: &str, name: &str) -> bool {
    super::completion::own_variables(source).iter().any(|own| own == name)
}

fn entry((usage, about): (&str, &str)) -> String {
    format!("```\n{usage}\n```\n{about}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(source: &str, byte: usize) -> Option<String> {
        describe(source, byte, &Vocabulary::new(wikiward_rules::Release::Newest, ["tor_exit_node"])).map(
            |(span, text)| {
                let word = source.get(span.start as usize..span.end as usize).unwrap_or_default();
                format!("{word} | {}", text.lines().nth(1).unwrap_or(&text))
            },
        )
    }

    #[test]
    fn words_and_operators_are_described() {
        let check = |source: &str, byte, expected: Option<&str>| {
            assert_eq!(at(source, byte).as_deref(), expected, "{source} at {byte}");
        };
        check("lcase(Summary)", 2, Some("lcase | lcase(text) → string"));
        check("lcase(Summary)", 5, Some("lcase | lcase(text) → string"));
        check("lcase(Summary)", 6, Some("Summary | summary: string"));
        check("lcase(Summary)", 13, Some("Summary | summary: string"));
        check("1 & 2", 2, Some("& | a & b"));
        check("\"a\" in \"b\"", 5, Some("in | needle in text"));
        check("\"in\"", 2, None);
        check("/* in */ 1", 4, None);
        check("x := 1; x", 8, Some("x | x"));
        check("article_text", 1, Some("article_text | page_title: string"));
        check("tor_exit_node", 1, Some("tor_exit_node | tor_exit_node"));
        check("minor_edit", 1, Some("minor_edit | minor_edit"));
        check("zzz", 1, None);
        check("", 0, None);
    }

    #[test]
    fn words_are_found_even_if_the_text_cannot_be_cut_into_tokens() {
        assert_eq!(at("é summary \"", 5).as_deref(), Some("summary | summary: string"));
        assert_eq!(at("\"é summary", 3), None);
    }
}
