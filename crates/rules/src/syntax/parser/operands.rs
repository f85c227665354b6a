//! What operators stand between: brackets, calls, lists, names, constants.

use super::{Parsed, Parser};
use crate::error::{ErrorId, RuleError};
use crate::syntax::lexer::{Keyword, Symbol, TokenKind};
use crate::syntax::tree::{Literal, NameId, NodeKind};
use crate::vocabulary::functions;

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed {
        match (self.kind(), self.next_kind()) {
            (TokenKind::Symbol(Symbol::ParenOpen), _) => self.group(),
            (TokenKind::Id(name), Some(TokenKind::Symbol(Symbol::ParenOpen))) => self.call(name),
            (TokenKind::Symbol(Symbol::BracketOpen), _) => self.array(),
            _ => self.atom(),
        }
    }

    fn group(&mut self) -> Parsed {
        let token = self.token();
        if self.next_kind() == Some(&TokenKind::Symbol(Symbol::ParenClose)) {
            return Err(self.unexpected());
        }
        self.advance();
        let inner = self.block()?;
        let closed = self.is(Symbol::ParenClose);
        self.expect(closed, ")")?;
        let span = self.span_from(token.span.start);
        Ok(inner.map(|inner| self.tree.push(NodeKind::Group, token.span.end, span, &[inner])))
    }

    fn call(&mut self, name: &str) -> Parsed {
        let token = self.token();
        // Function names are case-sensitive: no other spelling is one.
        let skips_empty = functions::find(name).is_none_or(functions::Function::is_variadic);
        let id = self.case_sensitive_name(name);
        self.advance();
        let mut arguments = Vec::new();
        if self.next_kind() == Some(&TokenKind::Symbol(Symbol::ParenClose)) {
            self.advance();
        } else {
            loop {
                self.advance();
                match self.block()? {
                    Some(argument) => arguments.push(argument),
                    None if skips_empty => {}
                    None => return Err(self.unexpected()),
                }
                if !self.is(Symbol::Comma) {
                    break;
                }
            }
        }
        let closed = self.is(Symbol::ParenClose);
        self.expect(closed, ")")?;
        let span = self.span_from(token.span.start);
        Ok(Some(self.tree.push(NodeKind::Call(id), token.span.end, span, &arguments)))
    }

    fn case_sensitive_name(&mut self, name: &str) -> NameId {
        match self.names.get(name) {
            Some(id) => *id,
            None => {
                let id = self.tree.push_name(name.into());
                self.names.insert(name.into(), id);
                id
            }
        }
    }

    fn array(&mut self) -> Parsed {
        let start = self.token().span.start;
        let at = self.token().span.end;
        let mut elements = Vec::new();
        loop {
            self.advance();
            if self.is(Symbol::BracketClose) {
                break;
            }
            let element = self.deeper(Self::statement)?;
            elements.push(self.value(element)?);
            if self.is(Symbol::BracketClose) {
                break;
            }
            if !self.is(Symbol::Comma) {
                self.expect(false, ", or ]")?;
            }
        }
        self.advance();
        let span = self.span_from(start);
        Ok(Some(self.tree.push(NodeKind::Array, at, span, &elements)))
    }

    fn atom(&mut self) -> Parsed {
        let token = self.token();
        let literal = match &token.kind {
            TokenKind::Id(name) => {
                let (name, at) = (self.name(name), self.behind());
                self.advance();
                return Ok(Some(self.tree.push(NodeKind::Name(name), at, token.span, &[])));
            }
            TokenKind::Str(bytes) => Literal::Str(bytes.clone()),
            TokenKind::Int(number) => Literal::Int(*number),
            TokenKind::Float(number) => Literal::Float(*number),
            TokenKind::Keyword(Keyword::True) => Literal::Bool(true),
            TokenKind::Keyword(Keyword::False) => Literal::Bool(false),
            TokenKind::Keyword(Keyword::Null) => Literal::Null,
            TokenKind::Keyword(_) => {
                let params = vec![token.kind.param()];
                return Err(RuleError::new(ErrorId::UnrecognisedKeyword, token.span.end, token.span, params));
            }
            _ => return Err(self.unexpected()),
        };
        let at = self.behind();
        self.advance();
        let literal = self.tree.push_literal(literal);
        Ok(Some(self.tree.push(NodeKind::Literal(literal), at, token.span, &[])))
    }
}
