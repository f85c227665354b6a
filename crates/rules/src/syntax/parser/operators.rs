//! The operators of two operands.

use crate::syntax::lexer::{Keyword, Symbol};
use crate::syntax::tree::{ArithmeticOp, CompareOp, LogicOp, MatchOp, NodeKind};

/// How tightly an operator of two operands binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tightness {
    Logic,
    Comparison,
    Sum,
    Product,
    Power,
}

/// How tightly the symbol binds, and what it makes; nothing if it is no operator of two operands.
pub(super) fn operator(symbol: Symbol) -> Option<(Tightness, NodeKind)> {
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

/// The operator that the keyword is.
pub(super) fn keyword_operator(keyword: Keyword) -> Option<MatchOp> {
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
pub(super) struct Chain {
    equality: bool,
    order: bool,
}

impl Chain {
    pub(super) const FRESH: Self = Self { equality: true, order: true };

    /// Whether one more comparison may follow; it then has.
    pub(super) fn take(&mut self, op: CompareOp) -> bool {
        let slot = if op.is_equality() { &mut self.equality } else { &mut self.order };
        std::mem::replace(slot, false)
    }
}
