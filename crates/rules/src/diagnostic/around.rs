//! The tokens around an error.

use crate::error::Span;
use crate::syntax::lexer::{Keyword, Symbol, Token, TokenKind, lex};

/// A rule's tokens, and which of them the error is about.
pub(super) struct Around {
    tokens: Vec<Token>,
    at: Option<usize>,
}

impl Around {
    pub(super) fn new(source: &[u8], span: Span) -> Self {
        let tokens = lex(source).map(|(tokens, _)| tokens).unwrap_or_default();
        let at = tokens.iter().position(|token| token.span == span);
        Self { tokens, at }
    }

    /// The token the error is about.
    pub(super) fn here(&self) -> Option<&Token> {
        self.tokens.get(self.at?)
    }

    /// The token before it.
    pub(super) fn before(&self) -> Option<&Token> {
        self.tokens.get(self.at?.checked_sub(1)?)
    }

    /// The token behind it.
    pub(super) fn after(&self) -> Option<&Token> {
        self.tokens.get(self.at? + 1)
    }

    /// All tokens before it.
    fn all_before(&self) -> &[Token] {
        self.at.and_then(|at| self.tokens.get(..at)).unwrap_or_default()
    }

    /// The innermost opening bracket or word before the error that still waits for `closing`.
    pub(super) fn opening(&self, closing: Closing) -> Option<&Token> {
        let mut open: Vec<(Closing, &Token)> = Vec::new();
        for token in self.all_before() {
            if let Some(closing) = Closing::wanted_by(&token.kind) {
                open.push((closing, token));
            } else if let Some(closed) = Closing::brought_by(&token.kind)
                && open.last().is_some_and(|(closing, _)| *closing == closed)
            {
                open.pop();
            }
        }
        open.iter().rev().find(|(wanted, _)| *wanted == closing).map(|(_, token)| *token)
    }

    /// The comparison operator before the error within the same brackets and the same operand of `&` and `|`.
    pub(super) fn comparison(&self) -> Option<&Token> {
        let mut depth = 0_usize;
        for token in self.all_before().iter().rev() {
            let TokenKind::Symbol(symbol) = token.kind else {
                continue;
            };
            match symbol {
                Symbol::ParenClose | Symbol::BracketClose => depth += 1,
                Symbol::ParenOpen | Symbol::BracketOpen => depth = depth.checked_sub(1)?,
                Symbol::And | Symbol::Or | Symbol::Xor | Symbol::Semicolon if depth == 0 => {
                    return None;
                }
                other if depth == 0 && is_comparison(other) => return Some(token),
                _ => {}
            }
        }
        None
    }
}

/// What closes something that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    Paren,
    Bracket,
    End,
    Colon,
}

impl Closing {
    fn wanted_by(kind: &TokenKind) -> Option<Self> {
        Some(match kind {
            TokenKind::Symbol(Symbol::ParenOpen) => Self::Paren,
            TokenKind::Symbol(Symbol::BracketOpen) => Self::Bracket,
            TokenKind::Symbol(Symbol::Question) => Self::Colon,
            TokenKind::Keyword(Keyword::If) => Self::End,
            _ => return None,
        })
    }

    fn brought_by(kind: &TokenKind) -> Option<Self> {
        Some(match kind {
            TokenKind::Symbol(Symbol::ParenClose) => Self::Paren,
            TokenKind::Symbol(Symbol::BracketClose) => Self::Bracket,
            TokenKind::Symbol(Symbol::Colon) => Self::Colon,
            TokenKind::Keyword(Keyword::End) => Self::End,
            _ => return None,
        })
    }
}

pub(super) fn is_comparison(symbol: Symbol) -> bool {
    matches!(
        symbol,
        Symbol::Equal
            | Symbol::EqualSingle
            | Symbol::Identical
            | Symbol::NotEqual
            | Symbol::NotIdentical
            | Symbol::Less
            | Symbol::LessEqual
            | Symbol::Greater
            | Symbol::GreaterEqual
    )
}

pub(super) fn symbol(token: &Token) -> Option<Symbol> {
    match token.kind {
        TokenKind::Symbol(symbol) => Some(symbol),
        _ => None,
    }
}

pub(super) fn word(token: &Token) -> Option<&str> {
    match &token.kind {
        TokenKind::Id(name) => Some(name),
        _ => None,
    }
}
