//! Conditionals, and operators by how tightly they bind.

use super::operators::{Chain, Tightness, keyword_operator, operator};
use super::{Parsed, Parser};
use crate::syntax::lexer::{Keyword, Symbol, TokenKind};
use crate::syntax::tree::{NodeId, NodeKind};

/// An operator whose right operand is still to come.
struct Pending {
    kind: NodeKind,
    at: u32,
    tightness: Tightness,
    left: NodeId,
}

impl Parser<'_> {
    pub(super) fn conditional(&mut self) -> Parsed {
        self.conditional_after(None)
    }

    pub(super) fn conditional_after(&mut self, begun: Option<(usize, NodeId)>) -> Parsed {
        if self.is_keyword(Keyword::If) && begun.is_none() {
            return self.deeper(Self::branches);
        }
        let condition = self.operation(begun.map(|(_, node)| node))?;
        if !self.is(Symbol::Question) {
            return Ok(condition);
        }
        let condition = self.value(condition)?;
        let at = self.token().span.end;
        self.advance();
        let then = self.deeper(Self::conditional)?;
        let then = self.value(then)?;
        let colon = self.is(Symbol::Colon);
        self.expect(colon, ":")?;
        let other = self.deeper(Self::conditional)?;
        let other = self.value(other)?;
        let span = self.cover(condition, other);
        Ok(Some(self.tree.push(NodeKind::Conditional, at, span, &[condition, then, other])))
    }

    fn branches(&mut self) -> Parsed {
        let (start, at) = (self.token().span.start, self.token().span.end);
        self.advance();
        let condition = self.operation(None)?;
        let condition = self.value(condition)?;
        let then_follows = self.is_keyword(Keyword::Then);
        self.expect(then_follows, "then")?;
        let then = self.conditional()?;
        let then = self.value(then)?;
        let mut children = vec![condition, then];
        if self.is_keyword(Keyword::Else) {
            self.advance();
            let other = self.conditional()?;
            children.push(self.value(other)?);
        }
        let end_follows = self.is_keyword(Keyword::End);
        self.expect(end_follows, "end")?;
        let span = self.span_from(start);
        Ok(Some(self.tree.push(NodeKind::Conditional, at, span, &children)))
    }

    /// Operators of two operands, by their tightness; all of them group to the left.
    fn operation(&mut self, begun: Option<NodeId>) -> Parsed {
        let mut operand = self.operand(begun)?;
        let mut pending: Vec<Pending> = Vec::new();
        let mut chain = Chain::FRESH;
        while let TokenKind::Symbol(symbol) = self.kind() {
            let Some((tightness, kind)) = operator(*symbol) else { break };
            match kind {
                NodeKind::Compare(op) if !chain.take(op) => break,
                NodeKind::Logic(_) => chain = Chain::FRESH,
                _ => {}
            }
            let left = self.value(operand)?;
            let left = self.join(&mut pending, left, tightness);
            pending.push(Pending { kind, at: self.token().span.end, tightness, left });
            self.advance();
            operand = self.operand(None)?;
        }
        if pending.is_empty() {
            return Ok(operand);
        }
        let right = self.value(operand)?;
        Ok(Some(self.join(&mut pending, right, Tightness::Logic)))
    }

    /// Gives `right` to every pending operator that binds at least as tightly as `tightness`.
    fn join(&mut self, pending: &mut Vec<Pending>, mut right: NodeId, tightness: Tightness) -> NodeId {
        while let Some(top) = pending.pop_if(|top| top.tightness >= tightness) {
            let span = self.cover(top.left, right);
            right = self.tree.push(top.kind, top.at, span, &[top.left, right]);
        }
        right
    }

    /// `!` and the keyword operators.
    fn operand(&mut self, begun: Option<NodeId>) -> Parsed {
        let token = self.token();
        let not = begun.is_none() && self.is(Symbol::Not);
        if not {
            self.advance();
        }
        let left = self.signed(begun)?;
        let operation = match self.kind() {
            TokenKind::Keyword(keyword) => keyword_operator(*keyword),
            _ => None,
        };
        let mut operand = left;
        if let Some(op) = operation {
            let left = self.value(left)?;
            let at = self.token().span.end;
            self.advance();
            let right = self.signed(None)?;
            let right = self.value(right)?;
            let span = self.cover(left, right);
            operand = Some(self.tree.push(NodeKind::Match(op), at, span, &[left, right]));
        }
        if not {
            let inner = self.value(operand)?;
            let span = self.span_from(token.span.start);
            operand = Some(self.tree.push(NodeKind::Not, token.span.end, span, &[inner]));
        }
        Ok(operand)
    }

    /// A sign, and indices behind a value.
    fn signed(&mut self, begun: Option<NodeId>) -> Parsed {
        let token = self.token();
        let sign = match self.kind() {
            _ if begun.is_some() => None,
            TokenKind::Symbol(Symbol::Plus) => Some(NodeKind::Plus),
            TokenKind::Symbol(Symbol::Minus) => Some(NodeKind::Negate),
            _ => None,
        };
        if sign.is_some() {
            self.advance();
        }
        let start = self.token().span.start;
        let mut value = match begun {
            Some(node) => Some(node),
            None => self.primary()?,
        };
        let start = begun.map_or(start, |node| self.tree.node(node).span.start);
        while self.is(Symbol::BracketOpen) {
            let array = self.value(value)?;
            let at = self.token().span.end;
            let index = self.index()?;
            let span = self.span_from(start);
            value = Some(self.tree.push(NodeKind::Index, at, span, &[array, index]));
        }
        if let Some(sign) = sign {
            let inner = self.value(value)?;
            let span = self.span_from(token.span.start);
            value = Some(self.tree.push(sign, token.span.end, span, &[inner]));
        }
        Ok(value)
    }
}
