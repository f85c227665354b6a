//! The static check: functions, arguments and names, once per rule, before the first evaluation.

use crate::error::{ErrorId, Param, RuleError, Span};
use crate::syntax::tree::{Literal, NameId, Node, NodeId, NodeKind, Step, Tree};
use crate::vocabulary::functions::{self, FunctionId};
use crate::vocabulary::{Meaning, VariableId, Vocabulary};

/// What a node's name turned out to mean.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Resolved {
    /// The node has no name.
    Nothing,
    /// A built-in variable.
    Variable(VariableId),
    /// A user variable: index into [`Checked::locals`].
    Local(u16),
    /// A function.
    Function(FunctionId),
    /// `set`, with the variable it sets.
    Set(u16),
}

/// A rule whose names are known.
#[derive(Debug)]
pub(crate) struct Checked {
    /// By node.
    pub(crate) resolved: Vec<Resolved>,
    /// The user variables, lower-cased.
    pub(crate) locals: Vec<Box<str>>,
}

/// Most user variables in one rule.
const LOCALS_MAX: usize = u16::MAX as usize;

/// Checks a tree.
///
/// # Errors
/// The first finding in order of evaluation.
pub(crate) fn check(tree: &Tree, vocabulary: &Vocabulary) -> Result<Checked, Box<RuleError>> {
    let mut checker = Checker {
        tree,
        vocabulary,
        checked: Checked { resolved: vec![Resolved::Nothing; tree.len()], locals: Vec::new() },
        locals: rustc_hash::FxHashMap::default(),
        bound: Vec::new(),
        journal: Vec::new(),
        branches: Vec::new(),
    };
    if let Some(root) = tree.root() {
        for step in tree.walk(root) {
            checker.step(step)?;
        }
    }
    Ok(checker.checked)
}

/// All built-in variables that a rule reads, deprecated names translated, each once, in order of the text.
pub(crate) fn variables_read<'a>(tree: &'a Tree, vocabulary: &Vocabulary) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    let read = tree.nodes().iter().filter_map(|node| match node.kind {
        NodeKind::Name(name) => Some(tree.name(name)),
        _ => None,
    });
    for name in read {
        let known = matches!(vocabulary.meaning(name), Meaning::Variable(_) | Meaning::Disabled);
        let name = vocabulary.current_name(name);
        if known && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

struct Checker<'a> {
    tree: &'a Tree,
    vocabulary: &'a Vocabulary,
    checked: Checked,
    locals: rustc_hash::FxHashMap<Box<str>, u16>,
    /// By local: whether an assignment comes before.
    bound: Vec<bool>,
    /// Locals in the order in which they were bound.
    journal: Vec<u16>,
    /// For each conditional being walked: where its present branch began in the journal, and what the first bound.
    branches: Vec<(usize, Vec<u16>)>,
}

type Found = Result<(), Box<RuleError>>;

impl Checker<'_> {
    fn step(&mut self, step: Step) -> Found {
        match step {
            Step::Enter(id) => self.enter(id, *self.tree.node(id)),
            Step::Child(id, number) => {
                if self.tree.node(id).kind == NodeKind::Conditional {
                    self.branch(number);
                }
                Ok(())
            }
            Step::Leave(id) => self.leave(id, *self.tree.node(id)),
        }
    }

    fn enter(&mut self, id: NodeId, node: Node) -> Found {
        match node.kind {
            NodeKind::Name(name) => {
                let resolved = self.read(name, node.at, node.span)?;
                self.resolve(id, resolved);
            }
            NodeKind::Append(name) | NodeKind::SetElement(name) => {
                self.read(name, node.at, node.span)?;
            }
            NodeKind::Call(name) => {
                let resolved = self.call(id, name, node)?;
                self.resolve(id, resolved);
            }
            _ => {}
        }
        Ok(())
    }

    fn leave(&mut self, id: NodeId, node: Node) -> Found {
        match node.kind {
            NodeKind::Assign(name) | NodeKind::Append(name) | NodeKind::SetElement(name) => {
                let local = self.bind(self.tree.name(name), node.at, node.span)?;
                self.resolve(id, Resolved::Local(local));
            }
            NodeKind::Call(_) if matches!(self.resolution(id), Resolved::Set(_)) => {
                if let Some((name, literal)) = self.set_name(id) {
                    let local = self.bind(&name, literal.at, literal.span)?;
                    self.resolve(id, Resolved::Set(local));
                }
            }
            NodeKind::Conditional => self.join(),
            _ => {}
        }
        Ok(())
    }

    fn resolve(&mut self, id: NodeId, resolved: Resolved) {
        if let Some(slot) = self.checked.resolved.get_mut(id.index()) {
            *slot = resolved;
        }
    }

    fn resolution(&self, id: NodeId) -> Resolved {
        self.checked.resolved.get(id.index()).copied().unwrap_or(Resolved::Nothing)
    }

    fn read(&self, name: NameId, at: u32, span: Span) -> Result<Resolved, Box<RuleError>> {
        let name = self.tree.name(name);
        if let Some(local) = self.locals.get(name)
            && self.bound.get(usize::from(*local)) == Some(&true)
        {
            return Ok(Resolved::Local(*local));
        }
        let id = match self.vocabulary.meaning(name) {
            Meaning::Variable(id) => return Ok(Resolved::Variable(id)),
            Meaning::Disabled => ErrorId::DisabledVar,
            Meaning::Word => ErrorId::UseBuiltin,
            Meaning::Free => ErrorId::UnrecognisedVar,
        };
        Err(RuleError::new(id, at, span, vec![Param::from(name)]))
    }

    fn call(&self, id: NodeId, name: NameId, node: Node) -> Result<Resolved, Box<RuleError>> {
        let name = self.tree.name(name);
        let start = node.at.saturating_sub(u32::try_from(name.len()).unwrap_or(0));
        let span = Span { start, end: node.at };
        let error = |id, params| Err(RuleError::new(id, node.at, span, params));
        let Some(function) = functions::find(name) else {
            return error(ErrorId::UnknownFunction, vec![Param::from(name)]);
        };
        let given = self.tree.children(id).len();
        let params = |limit: usize| vec![Param::from(function.main_name), Param::from(limit), Param::from(given)];
        if given < function.least {
            let id = if function.least == 1 { ErrorId::NoParams } else { ErrorId::NotEnoughArgs };
            return error(id, params(function.least));
        }
        if let Some(most) = function.most.filter(|most| given > *most) {
            return error(ErrorId::TooManyArgs, params(most));
        }
        if function.id != FunctionId::Set {
            return Ok(Resolved::Function(function.id));
        }
        if self.set_name(id).is_none() {
            return error(ErrorId::VariableVariable, Vec::new());
        }
        Ok(Resolved::Set(0))
    }

    /// The name that a call of `set` gives, and the literal that holds it.
    fn set_name(&self, id: NodeId) -> Option<(String, Node)> {
        let first = *self.tree.children(id).first()?;
        let Literal::Str(bytes) = self.tree.literal(first)? else { return None };
        // Names are compared and stored in lower case. One that is not UTF-8 can never be read back.
        let name = String::from_utf8_lossy(bytes).to_ascii_lowercase();
        Some((name, *self.tree.node(self.tree.bare(first))))
    }

    fn bind(&mut self, name: &str, at: u32, span: Span) -> Result<u16, Box<RuleError>> {
        if self.vocabulary.meaning(name) != Meaning::Free {
            return Err(RuleError::new(ErrorId::OverrideBuiltin, at, span, vec![Param::from(name)]));
        }
        let local = match self.locals.get(name) {
            Some(local) => *local,
            None => self.local(name, at, span)?,
        };
        if let Some(bound) = self.bound.get_mut(usize::from(local))
            && !std::mem::replace(bound, true)
        {
            self.journal.push(local);
        }
        Ok(local)
    }

    fn local(&mut self, name: &str, at: u32, span: Span) -> Result<u16, Box<RuleError>> {
        let count = self.checked.locals.len();
        let local = u16::try_from(count).ok().filter(|_| count < LOCALS_MAX);
        let Some(local) = local else {
            return Err(RuleError::new(ErrorId::TooLong, at, span, vec![Param::from(LOCALS_MAX)]));
        };
        self.checked.locals.push(name.into());
        self.locals.insert(name.into(), local);
        self.bound.push(false);
        Ok(local)
    }

    /// Before the first or the second branch of a conditional: what the first binds is not seen by the second.
    fn branch(&mut self, number: usize) {
        match number {
            1 => self.branches.push((self.journal.len(), Vec::new())),
            2 => {
                let Some((start, bound_by_first)) = self.branches.last_mut() else { return };
                *bound_by_first = self.journal.split_off(*start);
                for local in bound_by_first {
                    if let Some(bound) = self.bound.get_mut(usize::from(*local)) {
                        *bound = false;
                    }
                }
            }
            _ => {}
        }
    }

    /// Behind a conditional, what either branch bound counts as bound.
    fn join(&mut self) {
        let Some((_, bound_by_first)) = self.branches.pop() else { return };
        for local in bound_by_first {
            if let Some(bound) = self.bound.get_mut(usize::from(local))
                && !std::mem::replace(bound, true)
            {
                self.journal.push(local);
            }
        }
    }
}
