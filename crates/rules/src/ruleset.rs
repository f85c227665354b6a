//! Many rules as one: what several of them need is computed once per action.
//!
//! The rules' expressions lie in one graph, each once; a rule becomes a plan of tests on it. Results (match, errors,
//! warnings, conditions used) are those of a [`Session`] that evaluates the rules one after the other: whatever a plan
//! cannot do exactly (errors, warnings, the condition limit, variables that the caller must supply) is done over again
//! by the plain evaluator.

mod calls;
mod compute;
mod foresee;
mod grams;
mod graph;
mod later;
mod leaf;
mod pieces;
mod plan;
mod run;
mod spent;
mod states;
mod ways;

use crate::action::Action;
use crate::error::{RuleError, Warning};
use crate::evaluate::{self, Options, Session};
use crate::rule::Rule;
use crate::vocabulary::{VariableId, Vocabulary};
use calls::Class;
use grams::Questions;
use graph::Graph;
use leaf::{Course, Leaf, Step};
use run::Runner;
use spent::Beginning;
use states::States;
use std::sync::Arc;

/// Rules that are evaluated together, in their order. All were compiled for the same vocabulary and release.
#[derive(Debug)]
pub struct RuleSet {
    rules: Vec<Compiled>,
    vocabulary: Arc<Vocabulary>,
    graph: Graph,
    /// By call: what else may be the same call.
    classes: Vec<Class>,
    /// What is asked about texts.
    questions: Questions,
    leaves: Vec<Leaf>,
    steps: Vec<Step>,
    identity: Arc<()>,
}

#[derive(Debug)]
struct Compiled {
    rule: Arc<Rule>,
    route: Option<Route>,
    /// Whether the rule calls functions whose results are remembered.
    has_calls: bool,
}

/// A rule with a plan.
#[derive(Debug)]
struct Route {
    /// Its first step.
    start: u32,
    flags: usize,
    /// Most calls that one evaluation can add to the remembered ones.
    calls_max: usize,
    beginning: Beginning,
}

/// What a rule says of an action.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It matches.
    Match,
    /// It does not.
    NoMatch,
    /// It failed, and does not match.
    Error(Box<RuleError>),
    /// It cannot be decided before the caller has supplied this variable.
    Needs(VariableId),
}

/// What the evaluation of one rule gave.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What it says.
    pub verdict: Verdict,
    /// Conditions it used.
    pub conditions: u32,
    /// Its warnings.
    pub warnings: Vec<Warning>,
}

impl Outcome {
    fn none() -> Self {
        Self { verdict: Verdict::NoMatch, conditions: 0, warnings: Vec::new() }
    }

    /// Whether the rule matches.
    pub fn is_match(&self) -> bool {
        matches!(self.verdict, Verdict::Match)
    }
}

/// What a thread keeps from one action to the next; works for any rule set, fastest for always the same.
#[derive(Default)]
pub struct Scratch {
    plain: evaluate::Scratch,
    states: States,
    owner: Option<Arc<()>>,
    outcomes: Vec<Outcome>,
}

impl RuleSet {
    /// Puts rules together. Costs about as much as compiling the rules did, the first time; a quarter of that with rules that
    /// were put together before.
    pub fn new(rules: Vec<Arc<Rule>>, vocabulary: Arc<Vocabulary>) -> Self {
        let mut graph = Graph::default();
        let plans: Vec<_> = rules.iter().map(|rule| plan::plan(rule, &mut graph)).collect();
        let mut course = Course::default();
        let rules = rules.into_iter().zip(plans).map(|(rule, plan)| {
            let route = plan.and_then(|plan| {
                let start = course.add(&mut graph, &plan)?;
                Some(Route { start, flags: plan.flags, calls_max: plan.calls_max, beginning: plan.beginning })
            });
            let has_calls = rule.program.has_calls();
            Compiled { rule, route, has_calls }
        });
        let rules = rules.collect();
        let (questions, order) = Questions::new(&mut graph, &mut course.leaves);
        course.reorder(&order);
        let classes = calls::classify(&mut graph);
        let Course { steps, leaves, .. } = course;
        Self { rules, vocabulary, graph, classes, questions, leaves, steps, identity: Arc::new(()) }
    }

    /// The rules, in their order.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &Arc<Rule>> {
        self.rules.iter().map(|compiled| &compiled.rule)
    }

    /// Number of rules.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// How many of the rules have a plan; the others are evaluated plainly.
    pub fn planned(&self) -> usize {
        self.rules.iter().filter(|compiled| compiled.route.is_some()).count()
    }

    /// The vocabulary that the rules were compiled for.
    pub fn vocabulary(&self) -> &Arc<Vocabulary> {
        &self.vocabulary
    }

    /// Evaluates all rules on one action; the outcomes are in the rules' order.
    pub fn evaluate<'s>(&self, action: &Action, options: Options<'_>, scratch: &'s mut Scratch) -> &'s [Outcome] {
        self.evaluate_until(action, options, scratch, None)
    }

    /// Like [`RuleSet::evaluate`]; `interrupt` is asked now and then whether to stop. Rules that are stopped end with
    /// `worklimit`.
    pub fn evaluate_until<'s>(
        &self,
        action: &Action,
        options: Options<'_>,
        scratch: &'s mut Scratch,
        interrupt: Option<&dyn Fn() -> bool>,
    ) -> &'s [Outcome] {
        self.evaluate_watched(action, options, scratch, interrupt, |_| {})
    }

    /// Like [`RuleSet::evaluate_until`]; `after` is told the number of each rule when it is done, so that rules can be
    /// timed. What several rules need is computed, and paid for, by the first of them.
    pub fn evaluate_watched<'s>(
        &self,
        action: &Action,
        options: Options<'_>,
        scratch: &'s mut Scratch,
        interrupt: Option<&dyn Fn() -> bool>,
        mut after: impl FnMut(usize),
    ) -> &'s [Outcome] {
        let Scratch { plain, states, owner, outcomes } = scratch;
        if owner.as_ref().is_none_or(|owner| !Arc::ptr_eq(owner, &self.identity)) {
            states.reset(self);
            *owner = Some(self.identity.clone());
        }
        states.begin(self, options.equivset);
        let mut session = Session::new(action, &self.vocabulary, options, plain);
        session.interrupt = interrupt;
        let mut runner = Runner { set: self, session, states };
        outcomes.resize_with(self.rules.len(), Outcome::none);
        for (number, (compiled, outcome)) in self.rules.iter().zip(&mut *outcomes).enumerate() {
            if let Some(error) = runner.spent(compiled) {
                outcome.set_spent(error);
                after(number);
                continue;
            }
            match runner.quickly(compiled) {
                // Field by field: most of an outcome stays as it was for the action before.
                Some((is_match, conditions)) => {
                    outcome.verdict = if is_match { Verdict::Match } else { Verdict::NoMatch };
                    outcome.conditions = conditions;
                    if !outcome.warnings.is_empty() {
                        outcome.warnings.clear();
                    }
                }
                None => *outcome = runner.plainly(compiled),
            }
            after(number);
        }
        outcomes
    }
}
