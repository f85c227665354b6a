//! Blocks, and the statements that only stand at the start of one: assignments.

use super::{Parsed, Parser};
use crate::error::RuleError;
use crate::syntax::lexer::{Symbol, TokenKind};
use crate::syntax::tree::{NodeId, NodeKind};

/// What `name[index]` at the start of a statement turned out to be.
enum Element {
    Assigned(NodeId),
    Read(NodeId),
}

impl Parser<'_> {
    pub(super) fn block(&mut self) -> Parsed {
        self.deeper(Self::statements)
    }

    fn statements(&mut self) -> Parsed {
        let mut first = None;
        let mut all = Vec::new();
        loop {
            while self.is(Symbol::Semicolon) {
                self.advance();
            }
            if *self.kind() == TokenKind::None || self.is(Symbol::ParenClose) {
                break;
            }
            if let Some(statement) = self.statement()? {
                match first {
                    None => first = Some(statement),
                    Some(_) => all.push(statement),
                }
            }
            if !self.is(Symbol::Semicolon) {
                break;
            }
        }
        let (Some(start), Some(last)) = (first, all.last().copied()) else {
            return Ok(first);
        };
        all.insert(0, start);
        let span = self.cover(start, last);
        Ok(Some(self.tree.push(NodeKind::Block, span.start, span, &all)))
    }

    pub(super) fn statement(&mut self) -> Parsed {
        let TokenKind::Id(name) = self.kind() else {
            return self.conditional();
        };
        let start = self.token().span.start;
        match self.next_kind() {
            Some(TokenKind::Symbol(Symbol::Assign)) => {
                self.advance();
                self.assigned(name, start, None)
            }
            Some(TokenKind::Symbol(Symbol::BracketOpen)) if self.appends() => {
                self.advance();
                self.advance();
                self.advance();
                self.append(name, start)
            }
            Some(TokenKind::Symbol(Symbol::BracketOpen)) => {
                let before = self.at;
                match self.element(name, start)? {
                    Element::Assigned(node) => Ok(Some(node)),
                    Element::Read(node) => self.conditional_after(Some((before, node))),
                }
            }
            _ => self.conditional(),
        }
    }

    /// Whether here stands `name[] :=`.
    fn appends(&self) -> bool {
        let kind = |ahead: usize| self.tokens.get(self.at + ahead).map(|token| &token.kind);
        kind(2) == Some(&TokenKind::Symbol(Symbol::BracketClose)) && kind(3) == Some(&TokenKind::Symbol(Symbol::Assign))
    }

    /// At `:=`: the rest of an assignment, to an element if there is an index.
    fn assigned(&mut self, name: &str, start: u32, index: Option<NodeId>) -> Parsed {
        let at = self.token().span.end;
        self.advance();
        let value = self.deeper(Self::statement)?;
        let value = self.value(value)?;
        let name = self.name(name);
        let span = self.span_from(start);
        let node = match index {
            Some(index) => self.tree.push(NodeKind::SetElement(name), at, span, &[index, value]),
            None => self.tree.push(NodeKind::Assign(name), at, span, &[value]),
        };
        Ok(Some(node))
    }

    fn append(&mut self, name: &str, start: u32) -> Parsed {
        let at = self.token().span.end;
        self.advance();
        let value = self.deeper(Self::statement)?;
        let value = self.value(value)?;
        let name = self.name(name);
        let span = self.span_from(start);
        Ok(Some(self.tree.push(NodeKind::Append(name), at, span, &[value])))
    }

    /// At `name[`: an assignment if `:=` follows the `]`, else the element, read.
    fn element(&mut self, name: &str, start: u32) -> Result<Element, Box<RuleError>> {
        let (token, before) = (self.token(), self.behind());
        self.advance();
        let at = self.token().span.end;
        let index = self.index()?;
        if self.is(Symbol::Assign) {
            let assigned = self.assigned(name, start, Some(index))?;
            return Ok(Element::Assigned(self.value(assigned)?));
        }
        let name = self.name(name);
        let array = self.tree.push(NodeKind::Name(name), before, token.span, &[]);
        let span = self.span_from(start);
        Ok(Element::Read(self.tree.push(NodeKind::Index, at, span, &[array, index])))
    }

    /// At `[`: the index, behind which the parser stands afterwards.
    pub(super) fn index(&mut self) -> Result<NodeId, Box<RuleError>> {
        self.advance();
        let index = self.block()?;
        let closed = self.is(Symbol::BracketClose);
        self.expect(closed, "]")?;
        // A block without a value ends at `)` or at the end of the text only, so `]` cannot follow it.
        self.value(index)
    }
}
