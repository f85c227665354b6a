//! Findings about a rule, for people: what, where, why, and what to write instead.
//!
//! Errors and lints are shown the same way, so that an editor, a terminal and a web page need one renderer. Nothing
//! here changes what an error *is*: its id and position stay those of [`RuleError`].

mod around;
mod grammar;
mod lines;
mod names;

use crate::error::{ErrorId, RuleError, Span};
use crate::vocabulary::{Vocabulary, functions};
use around::Around;

pub use lines::{LineColumn, Lines, line_column};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth a thought; often meant as it is.
    Hint,
    /// Probably not what was meant.
    Warning,
    /// The rule does not work.
    Error,
}

impl Severity {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A change of the rule's text that settles a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What to replace; may be empty, then `text` is inserted.
    pub span: Span,
    /// What to put there.
    pub text: String,
    /// What the change does, for a button.
    pub message: String,
}

/// One finding about a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// The error's id or the lint's name. Stable.
    pub code: &'static str,
    /// What is the matter, in one sentence without a full stop.
    pub message: String,
    /// The bytes of the rule's text it is about.
    pub span: Span,
    /// A few words to stand under `span`.
    pub label: Option<String>,
    /// Other places that explain it.
    pub notes: Vec<(Span, String)>,
    /// What to do about it.
    pub help: Option<String>,
    /// A change that does it; applying it never makes a working rule fail to parse.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A finding without explanations.
    pub fn new(severity: Severity, code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity, code, message: message.into(), span, label: None, notes: Vec::new(), help: None, fix: None }
    }

    /// An error, explained as far as that is possible without the rule's text.
    pub fn of_error(error: &RuleError, vocabulary: &Vocabulary) -> Self {
        Self::of_error_in(b"", error, vocabulary)
    }

    /// An error of the rule with this text, explained: what stands around it tells what was meant.
    ///
    /// Linear in the length of the text.
    pub fn of_error_in(source: &[u8], error: &RuleError, vocabulary: &Vocabulary) -> Self {
        let plain = Self {
            help: error.help().map(str::to_owned),
            ..Self::new(Severity::Error, error.id.name(), error.span, error.message())
        };
        let around = Around::new(source, error.span);
        match error.id {
            ErrorId::UnexpectedToken => grammar::unexpected(plain, &around),
            ErrorId::UnrecognisedKeyword => grammar::misplaced_keyword(plain, error, &around),
            ErrorId::ExpectedNotFound => grammar::missing(plain, error, &around),
            ErrorId::UnexpectedAtEnd => grammar::surplus(plain, &around),
            ErrorId::UnrecognisedToken => grammar::unknown_bytes(plain, source),
            ErrorId::UnclosedString | ErrorId::UnclosedComment => plain.label("it begins here"),
            ErrorId::UnrecognisedVar => names::unknown_variable(plain, error, source, &around, vocabulary),
            ErrorId::DisabledVar => names::disabled(plain, error),
            ErrorId::UseBuiltin => names::builtin(plain, error),
            ErrorId::OverrideBuiltin => names::reserved(plain, error, vocabulary),
            ErrorId::UnknownFunction => names::unknown_function(plain, error),
            ErrorId::NoParams | ErrorId::NotEnoughArgs | ErrorId::TooManyArgs => names::wrong_arity(plain, error),
            _ => plain,
        }
    }

    /// Puts words under the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds another place that explains it.
    #[must_use]
    pub fn note(mut self, span: Span, note: impl Into<String>) -> Self {
        self.notes.push((span, note.into()));
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Offers a change that settles it.
    #[must_use]
    pub fn fix(mut self, span: Span, text: impl Into<String>, message: impl Into<String>) -> Self {
        self.fix = Some(Fix { span, text: text.into(), message: message.into() });
        self
    }

    /// Replaces the sentence.
    #[must_use]
    fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }
}

/// The function whose name is most like `name`, if one is near enough to be meant. Other spellings of case count as
/// the same name.
pub fn nearest_function(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let names = functions::FUNCTIONS.iter().map(|function| function.name);
    crate::vocabulary::nearest(&lower, names)
}

#[cfg(test)]
mod tests;
