//! Parsing: errors lie inside the text, trees are small, the work is linear.

use wikiward_rules::error::RuleError;
use wikiward_rules::syntax;
use wikiward_rules::vocabulary::Vocabulary;
use wikiward_rules::{Release, Rule, static_vars};

/// Parses and compiles bytes as a rule.
///
/// # Panics
/// If an error points outside of the text, the tree has more nodes than the text can hold, or parsing and compiling
/// disagree.
pub fn parse(source: &[u8]) {
    let vocabulary = Vocabulary::default();
    let parsed = syntax::parse(source);
    let compiled = Rule::compile(source, &vocabulary, Release::Newest);
    match &parsed {
        Ok(tree) => {
            // A node needs a byte of its own, but for blocks and the joints between statements.
            assert!(tree.len() <= 3 * source.len() + 1, "{} nodes from {} bytes", tree.len(), source.len());
            assert!(static_vars(source, &vocabulary).is_ok(), "the names that a parsed rule reads are known");
        }
        Err(error) => {
            check(error, source);
            let same = compiled.as_ref().is_err_and(|other| other.id == error.id && other.position == error.position);
            assert!(same, "parsing says {error:?}, compiling {compiled:?}");
        }
    }
    if let Err(error) = &compiled {
        check(error, source);
    }
}

/// An error's places lie inside the text, and its texts can be made.
pub(crate) fn check(error: &RuleError, source: &[u8]) {
    let inside = |at: u32| at as usize <= source.len();
    assert!(error.position.is_none_or(inside), "{error:?} in {} bytes", source.len());
    assert!(error.span.start <= error.span.end && inside(error.span.end), "{error:?} in {} bytes", source.len());
    assert!(!error.to_string().is_empty(), "{error:?} has no text");
}
