//! What the fuzz targets do with their input.
//!
//! Each target is a function of bytes that returns if all is well and panics if the engine broke a promise. The
//! programs in `fuzz/` hand them to libFuzzer; the tests of this crate run them over the committed corpus and over some
//! thousand deterministic mutations of it. Both run the same code, so what one finds the other repeats.
//!
//! Inputs are text where possible, see [`case`]: a find can be read, cut down and committed by hand.
//!
//! For development only. Begin reading at [`TARGETS`].

mod case;
mod derive;
mod dump;
mod evaluate;
mod format;
mod import;
mod oracle;
mod parse;
mod php;
mod regex;
mod ruleset;
mod wire;

pub use derive::derive;
pub use dump::dump;
pub use evaluate::evaluate;
pub use format::format;
pub use import::import;
pub use oracle::{Oracle, oracle};
pub use parse::parse;
pub use php::php;
pub use regex::regex;
pub use ruleset::ruleset;
pub use wire::wire;

/// A target: returns, or panics with what is wrong.
pub type Target = fn(&[u8]);

/// All targets, by name.
pub const TARGETS: [(&str, Target); 11] = [
    ("parse", parse),
    ("evaluate", evaluate),
    ("format", format),
    ("ruleset", ruleset),
    ("regex", regex),
    ("derive", derive),
    ("wire", wire),
    ("oracle", oracle),
    ("dump", dump),
    ("php", php),
    ("import", import),
];
