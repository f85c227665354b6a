//! From tokens to layout instructions.

use super::pieces::{Comment, Pieces, ends_value};
use super::print::{Flat, Op};
use crate::syntax::lexer::{Keyword, Symbol, TokenKind};

/// Lays out all pieces.
pub(super) fn layout<'a>(pieces: &Pieces<'a>) -> Vec<Op<'a>> {
    let mut layout = Layout { pieces, ops: Vec::new(), frames: Vec::new(), starts: Starts::Value };
    for index in 0..pieces.all.len() {
        layout.piece(index);
    }
    layout.ops
}

/// What is being laid out, outermost first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// A conditional, a chain of `&` and `|`, a sum: three groups.
    Value,
    /// Between `?` and `:`.
    Then,
    /// Behind `:`.
    Else,
    /// Behind `:=`.
    Assign { indents: bool },
    /// Between brackets.
    Bracket { breaks: bool, fills: bool },
    /// Between `if` and `then`.
    IfHead,
    /// Behind `then` or `else`.
    IfBody,
}

/// What begins behind the comments that come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Starts {
    Nothing,
    /// An operand of `&`, `|` or a comparison.
    Sum,
    /// A whole value.
    Value,
}

struct Layout<'p, 'a> {
    pieces: &'p Pieces<'a>,
    ops: Vec<Op<'a>>,
    frames: Vec<Frame>,
    /// What begins at the next token.
    starts: Starts,
}

const LINE: Op<'static> = Op::Line { flat: Flat::Space };
const EDGE: Op<'static> = Op::Line { flat: Flat::Nothing };
/// Before an operator that ends lines: what stands before must leave room for it.
const TIE: Op<'static> = Op::Space { counts: true };
const SPACE: Op<'static> = Op::Space { counts: false };

impl<'a> Layout<'_, 'a> {
    fn piece(&mut self, index: usize) {
        let Some(piece) = self.pieces.get(index) else {
            return;
        };
        match piece.kind {
            TokenKind::None => {
                self.end_value();
                self.comments_before_end(index);
            }
            TokenKind::Symbol(symbol) => self.symbol(index, *symbol),
            TokenKind::Keyword(keyword) => self.keyword(index, *keyword),
            _ => self.operand(index),
        }
    }

    /// Begins a value if one is due, behind the comments in front of it.
    fn operand(&mut self, index: usize) {
        self.leading(index);
        self.start_value();
        self.text(index);
    }

    fn start_value(&mut self) {
        let opens = match std::mem::replace(&mut self.starts, Starts::Nothing) {
            Starts::Nothing => 0,
            Starts::Sum => 1,
            Starts::Value => {
                self.frames.push(Frame::Value);
                3
            }
        };
        self.ops.extend(std::iter::repeat_n(Op::Open, opens));
    }

    /// Ends the value, with all that ends where it ends.
    fn end_value(&mut self) {
        self.starts = Starts::Nothing;
        while let Some(frame) = self.frames.last().copied() {
            match frame {
                Frame::Value => self.ops.extend([Op::Close; 3]),
                Frame::Else | Frame::Assign { indents: true } => {
                    self.ops.extend([Op::Dedent, Op::Close]);
                }
                Frame::Assign { indents: false } => self.ops.push(Op::Close),
                _ => return,
            }
            self.frames.pop();
        }
    }

    fn symbol(&mut self, index: usize, symbol: Symbol) {
        match symbol {
            Symbol::ParenOpen | Symbol::BracketOpen => self.opening(index, symbol),
            Symbol::ParenClose | Symbol::BracketClose => self.closing(index),
            Symbol::Comma | Symbol::Semicolon => self.separator(index, symbol),
            Symbol::And | Symbol::Or | Symbol::Xor => self.logic(index),
            Symbol::Question | Symbol::Colon => self.ternary(index, symbol),
            Symbol::Assign => self.assign(index),
            Symbol::Not => self.operand(index),
            Symbol::Plus | Symbol::Minus => {
                let is_binary = self.follows_value(index);
                if is_binary {
                    self.between(index, TIE, LINE);
                } else {
                    self.operand(index);
                }
            }
            Symbol::Times | Symbol::Divide | Symbol::Modulo | Symbol::Power => {
                self.between(index, SPACE, SPACE);
            }
            _ => {
                self.ops.push(Op::Close);
                self.between(index, SPACE, SPACE);
                self.starts = Starts::Sum;
            }
        }
    }

    fn follows_value(&self, index: usize) -> bool {
        let before = index.checked_sub(1).and_then(|before| self.pieces.get(before));
        before.is_some_and(|piece| ends_value(piece.kind))
    }

    /// An operator between two values.
    fn between(&mut self, index: usize, before: Op<'a>, behind: Op<'a>) {
        self.ops.push(before);
        self.leading(index);
        self.text(index);
        self.ops.push(behind);
    }

    fn logic(&mut self, index: usize) {
        let breaks = self.pieces.breaks_before(index) || self.pieces.breaks_before(index + 1);
        self.ops.push(Op::Close);
        self.between(index, TIE, if breaks { Op::Hard } else { LINE });
        self.blank(index + 1);
        self.starts = Starts::Sum;
    }

    fn opening(&mut self, index: usize, symbol: Symbol) {
        let begins_value = !self.follows_value(index);
        if begins_value {
            self.leading(index);
            self.start_value();
        } else if !self.pieces.leading(index).is_empty() {
            self.ops.push(SPACE);
            self.leading(index);
        }
        self.text(index);
        let mate = self.pieces.get(index).and_then(|piece| piece.mate).unwrap_or(index);
        let breaks = mate > index + 2;
        let takes_list = symbol == Symbol::BracketOpen || !begins_value;
        let fills = takes_list && self.is_list(index + 1, mate);
        self.ops.extend([Op::Open, Op::Indent]);
        if breaks {
            self.ops.push(EDGE);
        }
        self.frames.push(Frame::Bracket { breaks, fills });
        self.starts = Starts::Value;
    }

    /// Whether between brackets stands a list whose items, except for the first, are single tokens.
    fn is_list(&self, start: usize, end: usize) -> bool {
        let mut at = start;
        while at < end {
            let Some(piece) = self.pieces.get(at) else {
                return false;
            };
            match piece.kind {
                TokenKind::Symbol(Symbol::Comma) => break,
                TokenKind::Symbol(Symbol::Semicolon | Symbol::Question) => return false,
                _ => at = piece.mate.unwrap_or(at) + 1,
            }
        }
        let mut items = 0;
        while at < end {
            let kind = |at: usize| self.pieces.get(at).map(|piece| piece.kind);
            let is_item = kind(at) == Some(&TokenKind::Symbol(Symbol::Comma))
                && (at + 1 == end || kind(at + 1).is_some_and(ends_value));
            if !is_item {
                return false;
            }
            items += 1;
            at += 2;
        }
        items > 0
    }

    fn closing(&mut self, index: usize) {
        self.end_value();
        self.comments_before_end(index);
        self.ops.push(Op::Dedent);
        if let Some(Frame::Bracket { breaks: true, .. }) = self.frames.pop() {
            self.ops.push(EDGE);
        }
        self.ops.push(Op::Close);
        self.text(index);
    }

    fn separator(&mut self, index: usize, symbol: Symbol) {
        self.end_value();
        self.comments_before_end(index);
        self.text(index);
        let fills = matches!(self.frames.last(), Some(Frame::Bracket { fills: true, .. }));
        let line = match symbol {
            Symbol::Semicolon if self.frames.is_empty() => Op::Hard,
            Symbol::Comma if fills => Op::Fill,
            _ => LINE,
        };
        self.blank(index + 1);
        let next = self.pieces.get(index + 1).map(|piece| piece.kind);
        if !matches!(next, Some(TokenKind::Symbol(Symbol::Semicolon | Symbol::ParenClose | Symbol::BracketClose))) {
            self.ops.push(line);
        }
        self.starts = Starts::Value;
    }

    fn ternary(&mut self, index: usize, symbol: Symbol) {
        if symbol == Symbol::Question {
            self.frames.pop();
            self.ops.extend([Op::Close, Op::Close, Op::Indent]);
            self.frames.push(Frame::Then);
        } else {
            self.end_value();
            self.frames.pop();
            self.frames.push(Frame::Else);
        }
        self.comments_before_end(index);
        self.ops.push(LINE);
        self.text(index);
        self.ops.push(SPACE);
        self.starts = Starts::Value;
    }

    fn assign(&mut self, index: usize) {
        self.ops.push(SPACE);
        self.leading(index);
        self.text(index);
        let indents = !self.is_one_bracket(index + 1);
        self.ops.push(Op::Open);
        self.ops.extend(if indents { &[Op::Indent, LINE][..] } else { &[SPACE] });
        self.frames.push(Frame::Assign { indents });
        self.starts = Starts::Value;
    }

    /// Whether the value that begins here is nothing but a bracket, perhaps a call, so that lines break inside of it.
    fn is_one_bracket(&self, index: usize) -> bool {
        let is_word = |index: usize| matches!(self.pieces.get(index).map(|piece| piece.kind), Some(TokenKind::Id(_)));
        let open = if is_word(index) { index + 1 } else { index };
        let Some(mate) = self.pieces.get(open).and_then(|piece| piece.mate) else {
            return false;
        };
        let behind = self.pieces.get(mate + 1).map(|piece| piece.kind);
        matches!(
            behind,
            Some(
                TokenKind::None
                    | TokenKind::Symbol(Symbol::Semicolon | Symbol::Comma | Symbol::ParenClose | Symbol::BracketClose)
            )
        )
    }

    fn keyword(&mut self, index: usize, keyword: Keyword) {
        match keyword {
            Keyword::True | Keyword::False | Keyword::Null => self.operand(index),
            Keyword::If => {
                self.leading(index);
                self.start_value();
                self.ops.extend([Op::Open, Op::Open]);
                self.text(index);
                self.ops.extend([Op::Indent, LINE]);
                self.frames.push(Frame::IfHead);
                self.starts = Starts::Value;
            }
            Keyword::Then | Keyword::Else | Keyword::End => self.branch(index, keyword),
            _ => self.between(index, SPACE, SPACE),
        }
    }

    fn branch(&mut self, index: usize, keyword: Keyword) {
        self.end_value();
        self.comments_before_end(index);
        self.ops.extend([Op::Dedent, LINE]);
        self.text(index);
        self.frames.pop();
        if keyword == Keyword::Then {
            self.ops.push(Op::Close);
        }
        if keyword == Keyword::End {
            self.ops.push(Op::Close);
            return;
        }
        self.ops.extend([Op::Indent, LINE]);
        self.frames.push(Frame::IfBody);
        self.starts = Starts::Value;
    }

    /// An empty line before the next piece, if its author left one.
    fn blank(&mut self, index: usize) {
        let comments = self.pieces.leading(index);
        let skipped = self.pieces.trailing_count(index);
        let gap = match comments.get(skipped) {
            Some(comment) => Some(comment.gap),
            None => self.pieces.get(index).map(|piece| piece.gap),
        };
        if gap.is_some_and(|gap| gap.is_blank) {
            self.ops.push(Op::Blank);
        }
    }

    /// A token, and the comments at the end of its line.
    fn text(&mut self, index: usize) {
        let Some(piece) = self.pieces.get(index) else {
            return;
        };
        self.ops.push(Op::Text(piece.text));
        let next = index + 1;
        if self.pieces.get(next).is_none_or(|piece| ends_group(piece.kind)) {
            return;
        }
        let trailing = self.pieces.trailing_count(next);
        for comment in self.pieces.leading(next).iter().take(trailing) {
            self.ops.extend([SPACE, Op::Text(comment.text)]);
        }
        if trailing > 0 {
            self.ops.push(Op::Hard);
        }
    }

    fn comment(&mut self, comment: &Comment<'a>) {
        if comment.gap.is_blank {
            self.ops.push(Op::Blank);
        }
        self.ops.extend([if comment.gap.breaks { Op::Hard } else { SPACE }, Op::Text(comment.text)]);
    }

    /// The comments before a token, without those that stand behind the token before it.
    fn leading(&mut self, index: usize) {
        let comments = self.pieces.leading(index);
        let skipped = if index == 0 { 0 } else { self.pieces.trailing_count(index) };
        let Some(piece) = self.pieces.get(index) else {
            return;
        };
        let mut any = false;
        for comment in comments.iter().skip(skipped) {
            self.comment(comment);
            any = true;
        }
        if any {
            if piece.gap.is_blank {
                self.ops.push(Op::Blank);
            }
            self.ops.push(if piece.gap.breaks { Op::Hard } else { SPACE });
        }
    }

    /// The comments before a token that ends a group: they belong to what stands before it.
    fn comments_before_end(&mut self, index: usize) {
        let comments = self.pieces.leading(index);
        for comment in comments {
            self.comment(comment);
        }
        let breaks = self.pieces.get(index).is_some_and(|piece| piece.gap.breaks);
        if breaks && !comments.is_empty() {
            self.ops.push(Op::Hard);
        }
    }
}

/// Whether the comments before a token of this kind are left to [`Layout::comments_before_end`].
fn ends_group(kind: &TokenKind) -> bool {
    match kind {
        TokenKind::None => true,
        TokenKind::Keyword(keyword) => {
            matches!(keyword, Keyword::Then | Keyword::Else | Keyword::End)
        }
        TokenKind::Symbol(symbol) => matches!(
            symbol,
            Symbol::ParenClose
                | Symbol::BracketClose
                | Symbol::Comma
                | Symbol::Semicolon
                | Symbol::Question
                | Symbol::Colon
        ),
        _ => false,
    }
}
