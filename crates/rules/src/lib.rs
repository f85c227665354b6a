//! The filter language of MediaWiki's AbuseFilter: it answers what AbuseFilter answers, fast, whatever the input.
//!
//! A rule goes through [`syntax`] (text to tree), the static check, and becomes a [`Rule`]: a flat program. A
//! [`Session`] evaluates rules on one [`Action`]; a [`RuleSet`] evaluates many rules together and shares what they have
//! in common, with results that are those of the session, rule by rule.
//!
//! Invariants:
//! * no input makes it panic, hang or recurse deeply: texts, nesting, work and memory are bounded, and going beyond a
//!   bound is an error of that rule alone;
//! * the same rule on the same action ends the same way: no clock, no randomness, no IO, no global state;
//! * errors carry AbuseFilter's ids, byte positions and parameters; what AbuseFilter crashes on is an error here.
//!
//! Deliberately absent: consequences, throttling, storage, anything asynchronous.
//!
//! Begin reading at [`Rule::compile`], then [`Session::evaluate`].

pub mod action;
pub mod budget;
mod check;
pub mod derive;
pub mod diagnostic;
pub mod error;
pub mod evaluate;
pub mod explain;
pub mod format;
pub mod lint;
mod program;
pub mod regex;
pub mod release;
pub mod rule;
pub mod ruleset;
pub mod syntax;
pub mod text;
pub mod value;
pub mod vocabulary;
pub mod wire;

pub use action::Action;
pub use error::{ErrorId, RuleError, Warning};
pub use evaluate::{End, Evaluation, Options, Scratch, Session};
pub use release::Release;
pub use rule::{Rule, static_vars};
pub use ruleset::RuleSet;
pub use value::Value;
pub use vocabulary::Vocabulary;
