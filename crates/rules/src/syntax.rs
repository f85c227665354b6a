//! From text to tree: tokens, grammar, positions.
//!
//! All of the text becomes tokens before parsing begins: an error of the lexer wins over every other. Both passes are
//! linear in the length of the text and never recurse deeper than [`parser::DEPTH_MAX`] levels of nesting.

pub mod lexer;
pub mod parser;
pub mod tree;

pub use parser::parse;
pub use tree::{Node, NodeId, Tree};
