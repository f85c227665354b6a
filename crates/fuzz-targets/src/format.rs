//! Formatting: the same tokens, and nothing left to do the second time.

use wikiward_rules::format;
use wikiward_rules::syntax::lexer::{TokenKind, lex};
use wikiward_rules::syntax::parse;

/// Formats a rule.
///
/// # Panics
/// If tokens change, formatting again changes something, or a rule that parses is refused.
pub fn format(source: &[u8]) {
    let Ok(formatted) = format::format(source) else {
        assert!(parse(source).is_err(), "a rule that parses can be formatted");
        return;
    };
    assert!(kinds(source) == kinds(&formatted), "other tokens: {}", String::from_utf8_lossy(&formatted));
    let again = format::format(&formatted);
    assert_eq!(
        again.as_ref().map(|text| String::from_utf8_lossy(text)).ok(),
        Some(String::from_utf8_lossy(&formatted)),
        "formatting again changes something"
    );
}

fn kinds(source: &[u8]) -> Option<Vec<TokenKind>> {
    let (tokens, _) = lex(source).ok()?;
    Some(tokens.into_iter().map(|token| token.kind).collect())
}
