//! Tokens with the comments before them, and where their author broke lines.

use crate::error::Span;
use crate::syntax::lexer::{Keyword, Symbol, Token, TokenKind};
use std::ops::Range;

/// A comment.
pub(super) struct Comment<'a> {
    pub(super) text: &'a [u8],
    pub(super) gap: Gap,
}

/// What lay between two pieces of the text.
#[derive(Clone, Copy, Default)]
pub(super) struct Gap {
    /// A line ended there.
    pub(super) breaks: bool,
    /// An empty line lay there.
    pub(super) is_blank: bool,
}

impl Gap {
    fn of(space: &[u8]) -> Self {
        let count = memchr::memchr_iter(b'\n', space).take(2).count();
        Self { breaks: count > 0, is_blank: count > 1 }
    }

    fn or(self, other: Self) -> Self {
        Self { breaks: self.breaks || other.breaks, is_blank: self.is_blank || other.is_blank }
    }
}

/// A token.
pub(super) struct Piece<'a> {
    pub(super) text: &'a [u8],
    pub(super) kind: &'a TokenKind,
    /// The comments before it: a range of [`Pieces::comments`].
    leading: Range<usize>,
    /// What lay between it and the comment or token before.
    pub(super) gap: Gap,
    /// For an opening bracket: the index of its closing one.
    pub(super) mate: Option<usize>,
}

/// A rule as a list of pieces; the last is the end of the text.
pub(super) struct Pieces<'a> {
    pub(super) all: Vec<Piece<'a>>,
    comments: Vec<Comment<'a>>,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(source: &'a [u8], tokens: &'a [Token], spans: &[Span]) -> Self {
        let slice = |start: u32, end: u32| source.get(start as usize..end as usize).unwrap_or_default();
        let mut pieces = Self { all: Vec::with_capacity(tokens.len()), comments: Vec::new() };
        let mut spans = spans.iter().peekable();
        let mut end = 0;
        for token in tokens {
            let first = pieces.comments.len();
            while let Some(span) = spans.next_if(|span| span.start < token.span.start) {
                let gap = Gap::of(slice(end, span.start));
                pieces.comments.push(Comment { text: slice(span.start, span.end), gap });
                end = span.end;
            }
            pieces.all.push(Piece {
                text: slice(token.span.start, token.span.end),
                kind: &token.kind,
                leading: first..pieces.comments.len(),
                gap: Gap::of(slice(end, token.span.start)),
                mate: None,
            });
            end = token.span.end;
        }
        pieces.find_mates();
        pieces.move_comments();
        pieces
    }

    pub(super) fn get(&self, index: usize) -> Option<&Piece<'a>> {
        self.all.get(index)
    }

    /// The comments before a piece.
    pub(super) fn leading(&self, index: usize) -> &[Comment<'a>] {
        let range = self.all.get(index).map(|piece| piece.leading.clone());
        range.and_then(|range| self.comments.get(range)).unwrap_or_default()
    }

    /// How many of the comments before `index` stand behind the token before it on the same line, at its end.
    pub(super) fn trailing_count(&self, index: usize) -> usize {
        let comments = self.leading(index);
        let same_line = comments.iter().take_while(|comment| !comment.gap.breaks).count();
        let next = comments.get(same_line).map(|comment| comment.gap);
        let next = next.or_else(|| self.all.get(index).map(|piece| piece.gap));
        if next.is_some_and(|gap| gap.breaks) { same_line } else { 0 }
    }

    /// Whether a line ended anywhere between the token before `index` and it.
    pub(super) fn breaks_before(&self, index: usize) -> bool {
        self.all.get(index).is_some_and(|piece| piece.gap.breaks)
            || self.leading(index).iter().any(|comment| comment.gap.breaks)
    }

    fn find_mates(&mut self) {
        let mut open = Vec::new();
        for index in 0..self.all.len() {
            match self.all.get(index).map(|piece| piece.kind) {
                Some(TokenKind::Symbol(Symbol::ParenOpen | Symbol::BracketOpen)) => {
                    open.push(index);
                }
                Some(TokenKind::Symbol(Symbol::ParenClose | Symbol::BracketClose)) => {
                    if let Some(piece) = open.pop().and_then(|opening| self.all.get_mut(opening)) {
                        piece.mate = Some(index);
                    }
                }
                _ => {}
            }
        }
    }

    /// Moves comments at the end or the beginning of a line behind an operator or separator that follows them.
    fn move_comments(&mut self) {
        for index in 0..self.all.len() {
            let moves = self.get(index).is_some_and(|piece| ends_line(piece.kind))
                && !self.leading(index).is_empty()
                && self.breaks_before(index);
            if !moves {
                continue;
            }
            let Some([piece, next]) = self.all.get_mut(index..index + 2) else {
                continue;
            };
            let gap = piece.gap;
            match self.comments.get_mut(next.leading.start).filter(|_| !next.leading.is_empty()) {
                Some(comment) => comment.gap = comment.gap.or(gap),
                None => next.gap = next.gap.or(gap),
            }
            next.leading.start = piece.leading.start;
            piece.leading.end = piece.leading.start;
            piece.gap = Gap::default();
        }
    }
}

/// Whether lines end behind a token of this kind rather than before it.
fn ends_line(kind: &TokenKind) -> bool {
    matches!(kind, TokenKind::Symbol(Symbol::And | Symbol::Or | Symbol::Xor | Symbol::Comma | Symbol::Semicolon))
}

/// Whether a value ends with a token of this kind, so that an operator or an index may follow.
pub(super) fn ends_value(kind: &TokenKind) -> bool {
    match kind {
        TokenKind::Id(_) | TokenKind::Str(_) | TokenKind::Int(_) | TokenKind::Float(_) => true,
        TokenKind::Keyword(keyword) => {
            matches!(keyword, Keyword::True | Keyword::False | Keyword::Null | Keyword::End)
        }
        TokenKind::Symbol(symbol) => matches!(symbol, Symbol::ParenClose | Symbol::BracketClose),
        TokenKind::None => false,
    }
}
