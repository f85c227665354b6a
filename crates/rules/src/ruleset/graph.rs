//! What the rules of a set compute, each expression once.
//!
//! Only expressions without side effects and without branches stand here: their value depends on the action alone.

use crate::regex::{Mode, Pattern};
use crate::release::Release;
use crate::syntax::tree::{ArithmeticOp, CompareOp, Literal, MatchOp};
use crate::text::equivset::Equivset;
use crate::value::Value;
use crate::vocabulary::VariableId;
use crate::vocabulary::functions::FunctionId;
use aho_corasick::{AhoCorasick, packed};
use memchr::memmem;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Index of an expression in its [`Graph`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ExprId(u32);

impl ExprId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// An expression; operands come before it in the graph.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Expr {
    Const(u32),
    Variable(VariableId),
    /// A value that a user variable was given before: costs nothing to read again.
    Known(ExprId),
    /// The string form.
    Text(ExprId),
    /// The string form with look-alikes mapped, for `ccnorm_contains_*`.
    Normal(ExprId),
    Compare(CompareOp, ExprId, ExprId),
    Arithmetic(ArithmeticOp, ExprId, ExprId),
    /// Operands are strings or [`Expr::Text`].
    Match(MatchOp, ExprId, ExprId),
    Not(ExprId),
    Negate(ExprId),
    Index(ExprId, ExprId),
    Call(FunctionId, Box<[ExprId]>),
    Array(Box<[ExprId]>),
}

/// A prepared search for constant texts.
#[derive(Debug)]
pub(super) enum Search {
    One(Box<memmem::Finder<'static>>),
    Some(Box<packed::Searcher>),
    Any(AhoCorasick),
}

/// Texts for which the vectorised search is built; beyond it the automaton is faster.
const PACKED_MAX: usize = 64;

impl Search {
    /// The search for any of some texts, none of which is empty.
    fn any(needles: &[impl AsRef<[u8]>]) -> Option<Self> {
        let packed = || packed::Config::new().builder().extend(needles).build();
        if let Some(searcher) = (needles.len() <= PACKED_MAX).then(packed).flatten() {
            return Some(Self::Some(Box::new(searcher)));
        }
        Some(Self::Any(AhoCorasick::new(needles).ok()?))
    }

    pub(super) fn finds(&self, text: &[u8]) -> bool {
        match self {
            Self::One(finder) => finder.find(text).is_some(),
            Self::Some(searcher) => searcher.find(text).is_some(),
            Self::Any(automaton) => automaton.is_match(text),
        }
    }
}

/// A search among texts in which look-alikes are mapped.
#[derive(Debug)]
pub(super) struct Normalised {
    /// The mapped haystack.
    pub(super) haystack: ExprId,
    /// The needles that are not empty, as the built-in table maps them; none if some are not constant.
    pub(super) needles: Option<Box<[Box<[u8]>]>>,
    /// The search for any of them.
    pub(super) search: Option<Search>,
}

impl Normalised {
    /// The needles as the built-in table maps them, if there are any and all are constant.
    pub(super) fn all_needles(&self) -> Option<Vec<Vec<u8>>> {
        let needles = self.needles.as_ref().filter(|needles| !needles.is_empty())?;
        Some(needles.iter().map(|needle| needle.to_vec()).collect())
    }
}

/// An expression and what is known of it.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) expr: Expr,
    /// Conditions that an evaluation counts, apart from calls.
    pub(super) cost: u32,
    /// The calls inside, operands first.
    pub(super) calls: Box<[ExprId]>,
    pub(super) depth: u16,
    /// The literal pattern of a match or call.
    pub(super) pattern: Option<Arc<Pattern>>,
    /// The search for a constant needle, or for any of several.
    pub(super) search: Option<Search>,
    /// Of `ccnorm_contains_any` and `ccnorm_contains_all`: what is searched.
    pub(super) normal: Option<Box<Normalised>>,
    /// Of a call: the calls that may turn out to be the same call, unless there are none.
    pub(super) class: Option<u32>,
    /// Whether the plain evaluator must do it: it warns, fails, or builds a pattern at run time.
    pub(super) is_plain: bool,
    /// Whether it is a call that cannot fail, so that it need not be made before its value is read.
    pub(super) can_wait: bool,
}

/// Deepest expression that is shared; deeper ones go to the plain evaluator.
const DEPTH_MAX: u16 = 64;

#[derive(Debug, PartialEq, Eq, Hash)]
enum ConstantKey {
    Null,
    Bool(bool),
    Int(i64),
    Float(u64),
    Str(Vec<u8>),
}

type PatternKey = (Mode, Release, Box<[u8]>);

/// The expressions of a rule set.
#[derive(Debug, Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    ids: FxHashMap<Expr, ExprId>,
    constants: Vec<Value>,
    constant_ids: FxHashMap<ConstantKey, u32>,
    /// By text: the pattern, if it compiles.
    patterns: FxHashMap<PatternKey, Option<Arc<Pattern>>>,
}

impl Graph {
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// All expressions, operands first.
    pub(super) fn ids(&self) -> impl Iterator<Item = ExprId> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(ExprId)
    }

    #[expect(clippy::indexing_slicing, reason = "an ExprId is only made by add() of the same graph")]
    pub(super) fn node(&self, id: ExprId) -> &Node {
        &self.nodes[id.index()]
    }

    pub(super) fn constant(&self, index: u32) -> &Value {
        self.constants.get(index as usize).unwrap_or(&Value::Null)
    }

    /// The constant value of an expression, if it is one.
    pub(super) fn constant_of(&self, id: ExprId) -> Option<&Value> {
        match self.node(id).expr {
            Expr::Const(index) => Some(self.constant(index)),
            _ => None,
        }
    }

    pub(super) fn literal(&mut self, literal: &Literal) -> Option<ExprId> {
        let key = match literal {
            Literal::Null => ConstantKey::Null,
            Literal::Bool(value) => ConstantKey::Bool(*value),
            Literal::Int(number) => ConstantKey::Int(*number),
            Literal::Float(number) => ConstantKey::Float(number.to_bits()),
            Literal::Str(bytes) => ConstantKey::Str(bytes.clone()),
        };
        let next = u32::try_from(self.constants.len()).ok()?;
        let index = *self.constant_ids.entry(key).or_insert(next);
        if index == next {
            self.constants.push(crate::program::constant(literal));
        }
        self.add(Expr::Const(index), None, false)
    }

    /// The expression's id, new or known; none if it is too deep.
    pub(super) fn add(&mut self, expr: Expr, pattern: Option<Arc<Pattern>>, is_plain: bool) -> Option<ExprId> {
        if let Some(id) = self.ids.get(&expr) {
            return Some(*id);
        }
        let id = ExprId(u32::try_from(self.nodes.len()).ok()?);
        let operands = operands(&expr);
        let is_known = matches!(expr, Expr::Known(_));
        let own = u32::from(matches!(expr, Expr::Compare(..) | Expr::Match(..)));
        let mut node = Node {
            cost: own,
            calls: Box::default(),
            depth: 0,
            pattern,
            search: None,
            normal: None,
            class: None,
            is_plain,
            can_wait: super::later::can_wait(self, &expr),
            expr,
        };
        let mut calls: Vec<ExprId> = Vec::new();
        for operand in operands {
            let below = self.node(operand);
            node.depth = node.depth.max(below.depth + 1);
            node.is_plain |= below.is_plain;
            if !is_known {
                node.cost = node.cost.saturating_add(below.cost);
                for call in &below.calls {
                    if !calls.contains(call) {
                        calls.push(*call);
                    }
                }
            }
        }
        if matches!(node.expr, Expr::Call(..)) {
            calls.push(id);
        }
        if node.depth > DEPTH_MAX {
            return None;
        }
        node.calls = calls.into();
        node.search = self.search(&node.expr);
        self.ids.insert(node.expr.clone(), id);
        self.nodes.push(node);
        Some(id)
    }

    /// The prepared search of an expression, for whoever makes it from now on.
    pub(super) fn take_search(&mut self, id: ExprId) -> Option<Search> {
        self.nodes.get_mut(id.index())?.search.take()
    }

    /// The search that `in`, `contains` and `contains_any` make for constant needles.
    fn search(&self, expr: &Expr) -> Option<Search> {
        let needle = |id: ExprId| match self.constant_of(id) {
            Some(Value::Str(text)) if !text.is_empty() => Some(text.bytes()),
            _ => None,
        };
        match expr {
            Expr::Match(MatchOp::In, id, _) | Expr::Match(MatchOp::Contains, _, id) => {
                Some(Search::One(Box::new(memmem::Finder::new(needle(*id)?).into_owned())))
            }
            Expr::Call(FunctionId::ContainsAny, operands) => {
                let needles = operands.get(1..)?.iter().map(|id| needle(*id)).collect::<Option<Vec<_>>>()?;
                Search::any(&needles)
            }
            _ => None,
        }
    }

    /// The pattern of a constant text; none if the text is not constant or does not compile. `known` is that pattern, if
    /// it was compiled before.
    pub(super) fn pattern(
        &mut self,
        text: ExprId,
        mode: Mode,
        release: Release,
        known: Option<Arc<Pattern>>,
    ) -> Option<Arc<Pattern>> {
        let Some(Value::Str(text)) = self.constant_of(text) else { return None };
        let text = text.clone();
        let entry = self.patterns.entry((mode, release, text.bytes().into()));
        let compile = || Pattern::compile(text.bytes(), mode, release).ok().map(Arc::new);
        entry.or_insert_with(|| known.or_else(compile)).clone()
    }

    /// Prepares a call of `ccnorm_contains_any` or `ccnorm_contains_all`; the mapped haystack is shared with others.
    pub(super) fn set_normal(&mut self, call: ExprId) -> Option<()> {
        let Expr::Call(function, operands) = &self.node(call).expr else { return None };
        let (haystack, needles) = operands.split_first()?;
        let (is_any, haystack) = (*function == FunctionId::CcnormContainsAny, *haystack);
        let needle = |id: &ExprId| Some(Equivset::builtin().apply(&self.constant_of(*id)?.bytes()).into());
        let needles: Option<Vec<Box<[u8]>>> = needles.iter().map(needle).collect();
        let needles: Option<Box<[_]>> =
            needles.map(|needles| needles.into_iter().filter(|needle| !needle.is_empty()).collect());
        let search = needles.as_ref().filter(|needles| is_any && !needles.is_empty()).and_then(|all| Search::any(all));
        let text = self.text(haystack)?;
        let haystack = self.add(Expr::Normal(text), None, false)?;
        self.nodes.get_mut(call.index())?.normal = Some(Box::new(Normalised { haystack, needles, search }));
        Some(())
    }

    /// Says to which class of calls a call belongs.
    pub(super) fn set_class(&mut self, call: ExprId, class: u32) {
        if let Some(node) = self.nodes.get_mut(call.index()) {
            node.class = Some(class);
        }
    }

    /// Reading a value that was computed before, in the same rule. Calls inside are remembered by then and count
    /// nothing, so only other conditions make a difference to evaluating it again.
    pub(super) fn known(&mut self, id: ExprId) -> Option<ExprId> {
        if self.node(id).cost == 0 { Some(id) } else { self.add(Expr::Known(id), None, false) }
    }

    /// The string form of an expression.
    pub(super) fn text(&mut self, id: ExprId) -> Option<ExprId> {
        let is_text = match &self.node(id).expr {
            Expr::Const(index) => matches!(self.constant(*index), Value::Str(_)),
            Expr::Text(_) | Expr::Normal(_) => true,
            _ => false,
        };
        if is_text { Some(id) } else { self.add(Expr::Text(id), None, false) }
    }
}

/// The operands of an expression.
pub(super) fn operands(expr: &Expr) -> Vec<ExprId> {
    match expr {
        Expr::Const(_) | Expr::Variable(_) => Vec::new(),
        Expr::Known(a) | Expr::Text(a) | Expr::Normal(a) | Expr::Not(a) | Expr::Negate(a) => vec![*a],
        Expr::Compare(_, a, b) | Expr::Arithmetic(_, a, b) | Expr::Match(_, a, b) | Expr::Index(a, b) => vec![*a, *b],
        Expr::Call(_, all) | Expr::Array(all) => all.to_vec(),
    }
}
