//! A rule, ready to be evaluated.

use crate::action::Action;
use crate::check::{self, Checked};
use crate::error::{RuleError, Span};
use crate::evaluate::{Evaluation, NoTrace, Options, Scratch, Session};
use crate::program::{Program, Purpose};
use crate::release::Release;
use crate::syntax::{self, Tree};
use crate::vocabulary::Vocabulary;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A parsed and checked rule. It belongs to the [`Vocabulary`] it was compiled for.
#[derive(Debug)]
pub struct Rule {
    pub(crate) tree: Arc<Tree>,
    pub(crate) checked: Checked,
    pub(crate) program: Program,
    pub(crate) release: Release,
    variables: Vec<String>,
    digest: [u8; 32],
}

impl Rule {
    /// Parses and checks a rule.
    ///
    /// # Errors
    /// The first error in order of lexing, parsing, static check.
    pub fn compile(source: &[u8], vocabulary: &Vocabulary, release: Release) -> Result<Self, Box<RuleError>> {
        let tree = Arc::new(syntax::parse(source)?);
        let checked = check::check(&tree, vocabulary)?;
        let program = Program::new(&tree, &checked, release, Purpose::Run);
        let variables = check::variables_read(&tree, vocabulary);
        let variables = variables.into_iter().map(str::to_owned).collect();
        Ok(Self { tree, checked, program, release, variables, digest: Sha256::digest(source).into() })
    }

    /// The tree.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The built-in variables it reads, deprecated names translated, each once, in order of the text.
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    /// SHA-256 of the source text.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The program that evaluates every branch, as when a filter is saved.
    pub(crate) fn program_for_saving(&self, release: Release) -> Program {
        Program::new(&self.tree, &self.checked, release, Purpose::Save)
    }

    /// Evaluates the rule as when a filter is saved: every branch is taken, and built-in variables are undefined.
    ///
    /// A rule that ends in an error may not be saved; warnings are shown.
    pub fn check_for_saving(&self, vocabulary: &Vocabulary, options: Options<'_>) -> Evaluation {
        let action = Action::new(vocabulary);
        let mut scratch = Scratch::default();
        let mut session = Session::new(&action, vocabulary, options, &mut scratch);
        session.run(&self.program_for_saving(options.release), &mut NoTrace)
    }

    /// Where the rule's patterns stand that do not compile, and why: offset within the pattern, message.
    pub fn broken_patterns(&self) -> Vec<(Span, usize, String)> {
        let mut broken = Vec::new();
        for (pc, op) in self.program.ops.iter().enumerate() {
            if let Some(index) = op.pattern()
                && let Some(Err(error)) = self.program.patterns.get(index as usize)
            {
                broken.push((self.program.span(pc), error.offset, error.message.clone()));
            }
        }
        broken
    }
}

/// The built-in variables that a rule reads, from its text alone: also if it has errors of meaning.
///
/// # Errors
/// An error of the lexer or the parser.
pub fn static_vars(source: &[u8], vocabulary: &Vocabulary) -> Result<Vec<String>, Box<RuleError>> {
    let tree = syntax::parse(source)?;
    Ok(check::variables_read(&tree, vocabulary).into_iter().map(str::to_owned).collect())
}
