//! Tokens to tree.
//!
//! Recursive descent over nesting, a stack of operators over precedence: brackets cost six frames a level, chains of
//! operators none.

use super::lexer::{Keyword, Symbol, Token, TokenKind, lex};
use super::tree::{ArithmeticOp, CompareOp, Literal, LogicOp, MatchOp, NameId, NodeId, NodeKind, Tree};
use crate::error::{ErrorId, Param, RuleError, Span};
use crate::vocabulary::functions;
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

/// How tightly an operator of two operands binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tightness {
    Logic,
    Comparison,
    Sum,
    Product,
    Power,
}

/// An operator whose right operand is still to come.
struct Pending {
    kind: NodeKind,
    at: u32,
    tightness: Tightness,
    left: NodeId,
}

fn operator(symbol: Symbol) -> Option<(Tightness, NodeKind)> {
    use Tightness::{Comparison, Logic, Power, Product, Sum};
    let compare = |op| (Comparison, NodeKind::Compare(op));
    let arithmetic = |tightness, op| (tightness, NodeKind::Arithmetic(op));
    Some(match symbol {
        Symbol::And => (Logic, NodeKind::Logic(LogicOp::And)),
        Symbol::Or => (Logic, NodeKind::Logic(LogicOp::Or)),
        Symbol::Xor => (Logic, NodeKind::Logic(LogicOp::Xor)),
        Symbol::Equal | Symbol::EqualSingle => compare(CompareOp::Equal),
        Symbol::NotEqual => compare(CompareOp::NotEqual),
        Symbol::Identical => compare(CompareOp::Identical),
        Symbol::NotIdentical => compare(CompareOp::NotIdentical),
        Symbol::Less => compare(CompareOp::Less),
        Symbol::LessEqual => compare(CompareOp::LessEqual),
        Symbol::Greater => compare(CompareOp::Greater),
        Symbol::GreaterEqual => compare(CompareOp::GreaterEqual),
        Symbol::Plus => arithmetic(Sum, ArithmeticOp::Add),
        Symbol::Minus => arithmetic(Sum, ArithmeticOp::Subtract),
        Symbol::Times => arithmetic(Product, ArithmeticOp::Multiply),
        Symbol::Divide => arithmetic(Product, ArithmeticOp::Divide),
        Symbol::Modulo => arithmetic(Product, ArithmeticOp::Modulo),
        Symbol::Power => arithmetic(Power, ArithmeticOp::Power),
        _ => return None,
    })
}

fn keyword_operator(keyword: Keyword) -> Option<MatchOp> {
    Some(match keyword {
        Keyword::In => MatchOp::In,
        Keyword::Contains => MatchOp::Contains,
        Keyword::Like | Keyword::Matches => MatchOp::Like,
        Keyword::Rlike | Keyword::Regex => MatchOp::Rlike,
        Keyword::Irlike => MatchOp::Irlike,
        _ => return None,
    })
}

/// Which kinds of comparison the present chain may still take: one for equality and one for order.
struct Chain {
    equality: bool,
    order: bool,
}

impl Chain {
    const FRESH: Self = Self { equality: true, order: true };

    fn take(&mut self, op: CompareOp) -> bool {
        let slot = if op.is_equality() { &mut self.equality } else { &mut self.order };
        std::mem::replace(slot, false)
    }
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

    fn block(&mut self) -> Parsed {
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

    fn statement(&mut self) -> Parsed {
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
        let token = self.token();
        self.advance();
        let at = self.token().span.end;
        let index = self.index()?;
        if self.is(Symbol::Assign) {
            let assigned = self.assigned(name, start, Some(index))?;
            return Ok(Element::Assigned(self.value(assigned)?));
        }
        let name = self.name(name);
        let array = self.tree.push(NodeKind::Name(name), token.from, token.span, &[]);
        let span = self.span_from(start);
        Ok(Element::Read(self.tree.push(NodeKind::Index, at, span, &[array, index])))
    }

    /// At `[`: the index, behind which the parser stands afterwards.
    fn index(&mut self) -> Result<NodeId, Box<RuleError>> {
        self.advance();
        let index = self.block()?;
        let closed = self.is(Symbol::BracketClose);
        self.expect(closed, "]")?;
        // A block without a value ends at `)` or at the end of the text only, so `]` cannot follow it.
        self.value(index)
    }

    fn conditional(&mut self) -> Parsed {
        self.conditional_after(None)
    }

    fn conditional_after(&mut self, begun: Option<(usize, NodeId)>) -> Parsed {
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

    fn primary(&mut self) -> Parsed {
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
                let name = self.name(name);
                self.advance();
                return Ok(Some(self.tree.push(NodeKind::Name(name), token.from, token.span, &[])));
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
        self.advance();
        let literal = self.tree.push_literal(literal);
        Ok(Some(self.tree.push(NodeKind::Literal(literal), token.from, token.span, &[])))
    }
}

/// What `name[index]` at the start of a statement turned out to be.
enum Element {
    Assigned(NodeId),
    Read(NodeId),
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
