//! What changed between two versions of a filter: by lines, by fields, and by what the rule means.

pub mod fields;
pub mod lines;
pub mod merge;
pub mod semantic;

pub use fields::FieldChange;
pub use lines::{LineDiff, LineKind};
pub use merge::ThreeWay;
pub use semantic::{Semantic, SubExpression};

use crate::model::Draft;

/// All that differs between two versions.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// Lines of the rule; empty if it is the same.
    pub rules: Vec<LineDiff>,
    /// Lines of the notes; empty if they are the same.
    pub notes: Vec<LineDiff>,
    /// The other fields that differ.
    pub fields: Vec<FieldChange>,
    /// Sub-expressions of the rule that were added, removed or changed; none if one of the rules does not parse.
    pub semantic: Option<Semantic>,
}

/// The difference from `old` to `new`.
pub fn diff(old: &Draft, new: &Draft) -> Diff {
    let texts = |a: &str, b: &str| if a == b { Vec::new() } else { lines::diff(a, b) };
    Diff {
        rules: texts(&old.rules, &new.rules),
        notes: texts(&old.notes, &new.notes),
        fields: fields::diff(old, new),
        semantic: semantic::diff(&old.rules, &new.rules),
    }
}
