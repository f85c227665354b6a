//! Evaluation of one rule after another on one action.

pub(crate) mod functions;
mod machine;
pub(crate) mod memory;

use crate::action::Action;
use crate::budget::Meter;
use crate::error::{RuleError, Warning};
use crate::regex::{PatternCache, Scratch as RegexScratch};
use crate::release::Release;
use crate::rule::Rule;
use crate::syntax::tree::NodeId;
use crate::text::equivset::Equivset;
use crate::value::Value;
use crate::vocabulary::{VariableId, Vocabulary};
use memory::Memory;
use rustc_hash::FxHashMap;

/// Conditions that the filters of one action may use together, by default: AbuseFilter's own default.
pub const CONDITIONS_MAX: u32 = 1_000;

/// Work that one rule may do on one action, in units of about a nanosecond, by default.
pub const WORK_MAX: u64 = 16_000_000;

/// How rules are evaluated.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Conditions for all rules of one action together; counting past it ends the rule.
    pub conditions_max: u32,
    /// Work for one rule on one action; see [`Meter`].
    pub work_max: u64,
    /// The release whose answers are wanted where releases differ.
    pub release: Release,
    /// Whether user variables of one rule are seen by later rules of the same action where their own assignment was
    /// skipped. AbuseFilter does that by accident; it is off by default.
    pub shares_user_variables: bool,
    /// The table of look-alikes for `ccnorm` and `norm`.
    pub equivset: &'a Equivset,
}

impl Default for Options<'static> {
    fn default() -> Self {
        Self {
            conditions_max: CONDITIONS_MAX,
            work_max: WORK_MAX,
            release: Release::default(),
            shares_user_variables: false,
            equivset: Equivset::builtin(),
        }
    }
}

/// How an evaluation ended.
#[derive(Debug, Clone)]
pub enum End {
    /// With a value.
    Value(Value),
    /// With an error: the rule does not match, the others go on.
    Error(Box<RuleError>),
    /// It cannot go on before the caller has supplied this variable.
    Needs(VariableId),
}

/// What one evaluation gave.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// How it ended.
    pub end: End,
    /// Conditions it used.
    pub conditions: u32,
    /// Its warnings.
    pub warnings: Vec<Warning>,
}

impl Evaluation {
    /// Whether a filter with this rule matches.
    pub fn is_match(&self) -> bool {
        matches!(&self.end, End::Value(value) if value.is_true())
    }
}

/// What a thread keeps from one action to the next: buffers, and patterns that rules build at run time.
pub struct Scratch {
    pub(crate) regex: RegexScratch,
    pub(crate) patterns: PatternCache,
    pub(crate) stack: Vec<Value>,
    pub(crate) memory: Memory,
}

/// Patterns built at run time that a thread keeps.
const PATTERNS_MAX: usize = 256;

impl Default for Scratch {
    fn default() -> Self {
        Self {
            regex: RegexScratch::new(),
            patterns: PatternCache::new(PATTERNS_MAX),
            stack: Vec::new(),
            memory: Memory::default(),
        }
    }
}

/// Is told the value of every sub-expression that is evaluated.
pub trait Trace {
    /// Whether anything is recorded at all.
    const RECORDS: bool;
    /// The node's value, and the conditions counted so far in this evaluation.
    fn value(&mut self, node: NodeId, value: &Value, conditions: u32);
}

/// Records nothing.
pub struct NoTrace;

impl Trace for NoTrace {
    const RECORDS: bool = false;
    fn value(&mut self, _: NodeId, _: &Value, _: u32) {}
}

/// One action being judged: what its rules share.
pub struct Session<'a> {
    pub(crate) action: &'a Action,
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) options: Options<'a>,
    pub(crate) scratch: &'a mut Scratch,
    pub(crate) interrupt: Option<&'a dyn Fn() -> bool>,
    /// Conditions used by all rules so far.
    pub(crate) conditions: u32,
    user_variables: FxHashMap<Box<str>, Value>,
}

impl<'a> Session<'a> {
    /// Begins an action. `action` must have been made for `vocabulary`.
    pub fn new(action: &'a Action, vocabulary: &'a Vocabulary, options: Options<'a>, scratch: &'a mut Scratch) -> Self {
        scratch.memory.clear();
        Self {
            action,
            vocabulary,
            options,
            scratch,
            interrupt: None,
            conditions: 0,
            user_variables: FxHashMap::default(),
        }
    }

    /// Lets `interrupt` be asked now and then whether to stop; a rule that is stopped ends with `worklimit`.
    pub fn set_interrupt(&mut self, interrupt: &'a dyn Fn() -> bool) {
        self.interrupt = Some(interrupt);
    }

    /// Conditions used by all rules so far.
    pub fn conditions(&self) -> u32 {
        self.conditions
    }

    /// Evaluates a rule.
    pub fn evaluate(&mut self, rule: &Rule) -> Evaluation {
        self.evaluate_traced(rule, &mut NoTrace)
    }

    /// Evaluates a rule and tells `trace` what happens.
    pub fn evaluate_traced<T: Trace>(&mut self, rule: &Rule, trace: &mut T) -> Evaluation {
        self.run(&rule.program, trace)
    }

    pub(crate) fn run<T: Trace>(&mut self, program: &crate::program::Program, trace: &mut T) -> Evaluation {
        let before = self.conditions;
        let mut meter = Meter::new(self.options.work_max, self.interrupt);
        let mut warnings = Vec::new();
        let mut locals: Vec<Option<Value>> = vec![None; program.locals.len()];
        if self.options.shares_user_variables {
            for (name, local) in program.locals.iter().zip(&mut locals) {
                *local = self.user_variables.get(name).cloned();
            }
        }
        let mut stack = std::mem::take(&mut self.scratch.stack);
        stack.clear();
        let end = machine::Machine {
            program,
            session: self,
            meter: &mut meter,
            warnings: &mut warnings,
            locals: &mut locals,
            stack: &mut stack,
            conditions_before: before,
        }
        .run(trace);
        stack.clear();
        self.scratch.stack = stack;
        if self.options.shares_user_variables {
            for (name, local) in program.locals.iter().zip(locals) {
                if let Some(value) = local {
                    self.user_variables.insert(name.clone(), value);
                }
            }
        }
        Evaluation { end, conditions: self.conditions.saturating_sub(before), warnings }
    }
}
