//! What is checked when a filter is saved. Everything is checked, and everything found is told at once.
//!
//! [`check()`] is pure: what it needs to know about the wiki, the person and other filters is in a [`Context`].

pub mod actions;
pub mod brake;
pub mod changed;
pub mod check;
pub mod rules;
pub mod settings;
pub mod tests_kept;
pub mod throttle;

pub use changed::changed_fields;
pub use check::{Context, Findings, check};
pub use settings::FilterSettings;

/// One thing that is wrong, or worth a thought, about what a person sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable code.
    pub code: &'static str,
    /// The field meant, as a path: `actions.throttle[1]`.
    pub field: String,
    /// Bytes of the field's text that are meant, from and to.
    pub span: Option<(u32, u32)>,
    /// Values that belong to the message.
    pub params: Vec<String>,
    /// What is wrong and what to do, for people: without a full stop.
    pub message: String,
}

impl Finding {
    /// A finding about a whole field.
    pub fn new(code: &'static str, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, field: field.into(), span: None, params: Vec::new(), message: message.into() }
    }

    /// Adds a value that belongs to the message.
    #[must_use]
    pub fn with(mut self, value: impl Into<String>) -> Self {
        self.params.push(value.into());
        self
    }

    /// Says which bytes of the field are meant.
    #[must_use]
    pub fn at(mut self, start: u32, end: u32) -> Self {
        self.span = Some((start, end));
        self
    }
}
