//! Tokens to tree.
//!
//! Recursive descent over nesting, a stack of operators over precedence: brackets cost six frames a level, chains of
//! operators none.
//!
//! `statements`: blocks and assignments. `expressions`: conditionals and operators, whose table is in `operators`.
//! `operands`: brackets, calls, lists, names, constants.

mod expressions;
mod operands;
mod operators;
mod statements;

use super::lexer::{Keyword, Symbol, Token, TokenKind, lex};
use super::tree::{NameId, NodeId, Tree};
use crate::error::{ErrorId, Param, RuleError, Span};
use rustc_hash::FxHashMap;

/// Levels of nesting that are accepted.
pub const DEPTH_MAX: usize = 1_000;

/// Parses a rule.
///
/// # Errors
/// The first error of the lexer, else the first of the parser; `toodeep` beyond [`DEPTH_MAX`].
pub fn parse(source: &[u8]) -> Result<Tree, Box<RuleError>> {
    let (tokens, comments) = lex(source)?;
    let mut tree = Tree::default();
    tree.comments = comments;
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0, tree, names: FxHashMap::default() };
    let root = parser.block()?;
    if parser.kind() != &TokenKind::None {
        let token = parser.token();
        let params = vec![Param::from(token.kind.type_name())];
        return Err(RuleError::new(ErrorId::UnexpectedAtEnd, token.span.end, token.span, params));
    }
    parser.tree.root = root;
    Ok(parser.tree)
}

/// A node, or nothing where a block has no value.
type Parsed = Result<Option<NodeId>, Box<RuleError>>;

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    tree: Tree,
    names: FxHashMap<Box<str>, NameId>,
}

impl<'a> Parser<'a> {
    #[expect(clippy::indexing_slicing, reason = "the last token is T_NONE, and advance() stops there")]
    fn token(&self) -> &'a Token {
        &self.tokens[self.at]
    }

    fn kind(&self) -> &'a TokenKind {
        &self.token().kind
    }

    fn next_kind(&self) -> Option<&'a TokenKind> {
        self.tokens.get(self.at + 1).map(|token| &token.kind)
    }

    fn advance(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    fn is(&self, symbol: Symbol) -> bool {
        *self.kind() == TokenKind::Symbol(symbol)
    }

    fn is_keyword(&self, keyword: Keyword) -> bool {
        *self.kind() == TokenKind::Keyword(keyword)
    }

    /// End of the token before the current one.
    fn behind(&self) -> u32 {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |token| token.span.end)
    }

    fn unexpected(&self) -> Box<RuleError> {
        let token = self.token();
        let params = vec![Param::from(token.kind.type_name()), token.kind.param()];
        RuleError::new(ErrorId::UnexpectedToken, token.span.end, token.span, params)
    }

    fn expect(&mut self, found: bool, expected: &str) -> Result<(), Box<RuleError>> {
        if found {
            self.advance();
            return Ok(());
        }
        let token = self.token();
        let params = vec![Param::from(expected), Param::from(token.kind.type_name()), token.kind.param()];
        Err(RuleError::new(ErrorId::ExpectedNotFound, token.span.end, token.span, params))
    }

    /// An operand must have a value: `(;)` has none, which is reported at its closing bracket.
    fn value(&self, parsed: Option<NodeId>) -> Result<NodeId, Box<RuleError>> {
        parsed.ok_or_else(|| {
            let end = self.behind();
            let span = Span { start: end.saturating_sub(1), end };
            let params = vec![Param::from("T_BRACE"), Param::from(")")];
            RuleError::new(ErrorId::UnexpectedToken, end, span, params)
        })
    }

    fn name(&mut self, name: &str) -> NameId {
        let lower = name.to_ascii_lowercase();
        if let Some(id) = self.names.get(lower.as_str()) {
            return *id;
        }
        let id = self.tree.push_name(lower.clone().into_boxed_str());
        self.names.insert(lower.into_boxed_str(), id);
        id
    }

    fn deeper(&mut self, inner: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if self.depth == DEPTH_MAX {
            let token = self.token();
            return Err(RuleError::new(ErrorId::TooDeep, token.span.end, token.span, Vec::new()));
        }
        self.depth += 1;
        let parsed = inner(self);
        self.depth -= 1;
        parsed
    }

    fn cover(&self, first: NodeId, last: NodeId) -> Span {
        Span { start: self.tree.node(first).span.start, end: self.tree.node(last).span.end }
    }

    fn span_from(&self, start: u32) -> Span {
        Span { start, end: self.behind() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(source: &str) -> (ErrorId, Option<u32>) {
        let error = parse(source.as_bytes()).unwrap_err();
        (error.id, error.position)
    }

    #[test]
    fn nesting_is_accepted_up_to_the_limit_and_refused_beyond() {
        let nested = |levels: usize| format!("{}1{}", "(".repeat(levels), ")".repeat(levels));
        assert!(parse(nested(DEPTH_MAX - 1).as_bytes()).is_ok());
        assert_eq!(error(&nested(DEPTH_MAX)).0, ErrorId::TooDeep);
        for hostile in ["!(", "a[", "[", "1?", "a:=", "if 1 then ", "lcase("] {
            let source = hostile.repeat(65_000 / hostile.len());
            assert!(parse(source.as_bytes()).is_err(), "{hostile}");
        }
    }

    #[test]
    fn chains_of_operators_are_no_nesting() {
        assert!(parse("1+".repeat(30_000).trim_end_matches('+').as_bytes()).is_ok());
    }

    #[test]
    fn a_value_is_missing_where_only_semicolons_stand() {
        assert!(parse(b"(;)").unwrap().root().is_none());
        assert_eq!(error("(;) + 1"), (ErrorId::UnexpectedToken, Some(3)));
        assert_eq!(error("1 + (;)"), (ErrorId::UnexpectedToken, Some(7)));
        assert_eq!(error("[(;)]"), (ErrorId::UnexpectedToken, Some(4)));
    }
}
