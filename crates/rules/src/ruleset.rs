//! Many rules as one: what several of them need is computed once per action.
//!
//! The rules' expressions lie in one graph, each once; a rule becomes a plan of tests on it. Results (match, errors,
//! warnings, conditions used) are those of a [`Session`] that evaluates the rules one after the other: whatever a plan
//! cannot do exactly (errors, warnings, the condition limit, variables that the caller must supply) is done over again
//! by the plain evaluator.

mod graph;
mod leaf;
mod plan;
mod run;
mod scan;

use crate::action::Action;
use crate::error::{RuleError, Warning};
use crate::evaluate::{self, Options, Session};
use crate::rule::Rule;
use crate::vocabulary::{VariableId, Vocabulary};
use graph::Graph;
use leaf::Leaf;
use plan::Plan;
use run::{Runner, States};
use scan::{Scan, Slot};
use std::sync::Arc;

/// Rules that are evaluated together, in their order. All were compiled for the same vocabulary and release.
#[derive(Debug)]
pub struct RuleSet {
    rules: Vec<Compiled>,
    vocabulary: Arc<Vocabulary>,
    graph: Graph,
    slots: Vec<Option<Slot>>,
    scans: Vec<Scan>,
    leaves: Vec<Leaf>,
    identity: Arc<()>,
}

#[derive(Debug)]
struct Compiled {
    rule: Arc<Rule>,
    plan: Option<Plan>,
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
    /// Puts rules together. Costs about as much as compiling the rules did.
    pub fn new(rules: Vec<Arc<Rule>>, vocabulary: Arc<Vocabulary>) -> Self {
        let mut graph = Graph::default();
        let mut rules: Vec<Compiled> = rules
            .into_iter()
            .map(|rule| {
                let plan = plan::plan(&rule, &mut graph);
                Compiled { rule, plan }
            })
            .collect();
        let (slots, scans) = scan::prepare(&graph);
        let plans = rules.iter_mut().filter_map(|compiled| compiled.plan.as_mut());
        let leaves = leaf::number(&mut graph, &slots, plans);
        Self { rules, vocabulary, graph, slots, scans, leaves, identity: Arc::new(()) }
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
        self.rules.iter().filter(|compiled| compiled.plan.is_some()).count()
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
        let Scratch { plain, states, owner, outcomes } = scratch;
        if owner.as_ref().is_none_or(|owner| !Arc::ptr_eq(owner, &self.identity)) {
            states.reset(self);
            *owner = Some(self.identity.clone());
        }
        states.begin(self);
        let mut session = Session::new(action, &self.vocabulary, options, plain);
        session.interrupt = interrupt;
        let mut runner = Runner { set: self, session, states };
        outcomes.clear();
        outcomes.reserve(self.rules.len());
        for compiled in &self.rules {
            outcomes.push(runner.rule(compiled));
        }
        outcomes
    }
}
