//! The values of expressions.

use super::RuleSet;
use super::grams::Ask;
use super::graph::{Expr, ExprId};
use super::leaf::{Source, What};
use super::run::{Done, Fallback, Runner};
use super::states::{States, value};
use crate::action::Reading;
use crate::budget::Meter;
use crate::evaluate::functions;
use crate::regex::Scratch;
use crate::syntax::tree::MatchOp;
use crate::value::arithmetic::{self, RESULT_BYTES_MAX};
use crate::value::{List, Text, Value, compare};

impl Runner<'_, '_> {
    /// The value of an expression that was computed.
    #[inline]
    pub(super) fn value(&self, id: ExprId) -> &Value {
        value(&self.set.graph, self.session.action, &self.states.exprs, id)
    }

    /// A value as text; refused if that would be too large.
    pub(super) fn text(&self, id: ExprId) -> Result<Text, Fallback> {
        let value = self.value(id);
        if value.weight() > RESULT_BYTES_MAX as u64 { Err(Fallback) } else { Ok(value.to_text()) }
    }

    /// Whether it is known without a search that a text holds nothing of what a question is about. The text was computed.
    pub(super) fn excludes(&mut self, ask: Ask) -> Result<bool, Fallback> {
        if !self.may_ask(ask) {
            return Ok(false);
        }
        let Self { set, session, states } = self;
        let text = set.questions.text(ask).ok_or(Fallback)?;
        let Value::Str(text) = value(&set.graph, session.action, &states.exprs, text) else {
            return Err(Fallback);
        };
        // Texts are cheap to clone, and the states are needed.
        let text = text.clone();
        Ok(states.excludes(set, ask, &text))
    }

    /// Whether a question was made with the table of look-alikes that is in use, if it depends on one.
    pub(super) fn may_ask(&self, ask: Ask) -> bool {
        self.states.maps_as_built_in || self.set.questions.topic(ask).is_some_and(|topic| !topic.is_normal)
    }

    /// Looks for something in a text.
    pub(super) fn find(
        &mut self,
        source: Source,
        what: &What,
        ask: Option<Ask>,
        meter: &mut Meter<'_>,
    ) -> Result<bool, Fallback> {
        // Nearly always a variable that holds a text.
        if let Some(variable) = source.variable
            && let Some(Value::Str(text)) = self.session.action.value(variable)
            && text.len() <= RESULT_BYTES_MAX
        {
            return find_in(text, what, ask, self.set, self.states, &mut self.session.scratch.regex, meter);
        }
        if let Some(ask) = ask
            && self.foresees_nothing(ask, meter)?
        {
            return Ok(false);
        }
        self.compute(source.expr, meter)?;
        let Value::Str(text) = self.value(source.expr) else { return Err(Fallback) };
        let text = text.clone();
        find_in(&text, what, ask, self.set, self.states, &mut self.session.scratch.regex, meter)
    }

    /// Computes an expression's value, if it is not known yet. Calls inside were made before.
    pub(super) fn compute(&mut self, id: ExprId, meter: &mut Meter<'_>) -> Done {
        let set = self.set;
        let expr = &set.graph.node(id).expr;
        match expr {
            Expr::Const(_) => return Ok(()),
            Expr::Variable(variable) => {
                return match self.session.action.read(*variable, self.session.vocabulary, meter) {
                    Ok(Reading::Set(_) | Reading::Unset) => Ok(()),
                    Ok(Reading::Needed(_)) | Err(_) => Err(Fallback),
                };
            }
            Expr::Known(inner) => return self.compute(*inner, meter),
            _ if self.states.is_computed(id) => return Ok(()),
            Expr::Text(inner) => {
                self.compute(*inner, meter)?;
                let value = self.value(*inner);
                if value.is_string_of_null() || value.weight() > RESULT_BYTES_MAX as u64 {
                    return Err(Fallback);
                }
                if matches!(value, Value::Str(_)) {
                    return Ok(());
                }
            }
            _ => {}
        }
        let value = self.computed(id, expr, meter)?;
        self.states.set(id, value);
        Ok(())
    }

    fn computed(&mut self, id: ExprId, expr: &Expr, meter: &mut Meter<'_>) -> Result<Value, Fallback> {
        Ok(match expr {
            Expr::Text(inner) => {
                let text = self.text(*inner)?;
                meter.spend(text.len() as u64 / 8).map_err(|_| Fallback)?;
                Value::Str(text)
            }
            Expr::Normal(inner) => {
                self.compute(*inner, meter)?;
                let text = self.text(*inner)?;
                meter.spend(text.len() as u64 / 4).map_err(|_| Fallback)?;
                Value::text(self.session.options.equivset.apply(text.bytes()))
            }
            Expr::Compare(op, left, right) => {
                self.compute(*left, meter)?;
                self.compute(*right, meter)?;
                match (self.value(*left), self.value(*right)) {
                    (Value::Int(left), Value::Int(right)) => Value::Bool(compare::ints(*op, *left, *right)),
                    (left, right) => {
                        charge(left, right, meter)?;
                        if !op.is_equality() {
                            // Texts that may be numbers are read as numbers first.
                            meter.spend(left.weight().saturating_add(right.weight()) / 2).map_err(|_| Fallback)?;
                        }
                        compare::compare(*op, left, right)
                    }
                }
            }
            Expr::Arithmetic(op, left, right) => {
                self.both(*left, *right, meter)?;
                let (left, right) = (self.value(*left), self.value(*right));
                meter.spend(arithmetic::making_units(*op, left, right)).map_err(|_| Fallback)?;
                arithmetic::apply(*op, left, right).map_err(|_| Fallback)?
            }
            Expr::Match(op, left, right) => {
                self.both(*left, *right, meter)?;
                Value::Bool(self.matches(id, *op, meter)?)
            }
            Expr::Not(inner) => {
                self.compute(*inner, meter)?;
                Value::Bool(!self.value(*inner).is_true())
            }
            Expr::Negate(inner) => {
                self.compute(*inner, meter)?;
                // A text is read as a number.
                meter.spend(self.value(*inner).weight() / 2).map_err(|_| Fallback)?;
                arithmetic::negate(self.value(*inner)).map_err(|_| Fallback)?
            }
            Expr::Index(array, index) => {
                self.both(*array, *index, meter)?;
                let place = usize::try_from(self.value(*index).int()).map_err(|_| Fallback)?;
                match self.value(*array) {
                    Value::Array(list) => list.elements().get(place).cloned().ok_or(Fallback)?,
                    _ => return Err(Fallback),
                }
            }
            Expr::Array(elements) => {
                for element in elements {
                    self.compute(*element, meter)?;
                }
                let list: List = elements.iter().map(|element| self.value(*element).clone()).collect();
                meter.spend(20 * list.len() as u64).map_err(|_| Fallback)?;
                Value::Array(list)
            }
            Expr::Call(function, operands) => {
                // Counted by call() or put_off() before anything that holds it; only the value of the latter waits.
                if !self.states.is_made(id) {
                    return Err(Fallback);
                }
                for operand in operands {
                    self.compute(*operand, meter)?;
                }
                self.result(id, *function, operands, meter)?
            }
            // They have no state of their own.
            Expr::Const(_) | Expr::Variable(_) | Expr::Known(_) => return Err(Fallback),
        })
    }

    /// Computes both operands, and charges for reading them.
    fn both(&mut self, left: ExprId, right: ExprId, meter: &mut Meter<'_>) -> Done {
        self.compute(left, meter)?;
        self.compute(right, meter)?;
        charge(self.value(left), self.value(right), meter)
    }

    /// A match that is an operand, or whose pattern is not a constant.
    fn matches(&mut self, id: ExprId, op: MatchOp, meter: &mut Meter<'_>) -> Result<bool, Fallback> {
        let Self { set, session, states } = self;
        let node = set.graph.node(id);
        let Expr::Match(_, left, right) = node.expr else { return Err(Fallback) };
        let text = |id| match value(&set.graph, session.action, &states.exprs, id) {
            Value::Str(text) => Ok(text),
            _ => Err(Fallback),
        };
        let (left, right) = (text(left)?, text(right)?);
        if let Some(pattern) = &node.pattern {
            let subject = functions::subject(left);
            return pattern.is_match(subject, &mut session.scratch.regex, meter).map_err(|_| Fallback);
        }
        let (haystack, needle) = if op == MatchOp::In { (right, left) } else { (left, right) };
        Ok(crate::text::search::contains(haystack.bytes(), needle.bytes()))
    }
}

fn find_in(
    text: &Text,
    what: &What,
    ask: Option<Ask>,
    set: &RuleSet,
    states: &mut States,
    scratch: &mut Scratch,
    meter: &mut Meter<'_>,
) -> Result<bool, Fallback> {
    if let Some(ask) = ask
        && states.excludes(set, ask, text)
    {
        return meter.spend(20).map(|()| false).map_err(|_| Fallback);
    }
    meter.spend(text.len() as u64 / 8 + 20).map_err(|_| Fallback)?;
    match what {
        What::Literal(search) => Ok(search.finds(text.bytes())),
        What::Pattern(pattern) => pattern.is_match(functions::subject(text), scratch, meter).map_err(|_| Fallback),
    }
}

/// Charges for reading operands; refuses what is too large.
fn charge(left: &Value, right: &Value, meter: &mut Meter<'_>) -> Done {
    if left.weight().saturating_add(right.weight()) > RESULT_BYTES_MAX as u64 {
        return Err(Fallback);
    }
    let units = left.reading_units().saturating_add(right.reading_units()).saturating_add(20);
    meter.spend(units).map_err(|_| Fallback)
}
