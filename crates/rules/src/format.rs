//! One layout for all rules.
//!
//! Only white space changes: every token and every comment stays, in its order (an operator that begins a line moves
//! before a comment in front of it), so the meaning stays. Formatting twice is formatting once. A chain of `&` and `|`
//! that does not fit into a line, or that its author has broken, gets one operand a line with the operator at the
//! line's end, as is the custom on wikis.
//!
//! The layout is decided from the tokens, not from the tree: time and memory are linear, and nesting costs no stack.

mod layout;
mod pieces;
mod print;

use crate::error::RuleError;
use crate::syntax;
use crate::syntax::lexer::{SOURCE_BYTES_MAX, lex};

/// Columns that a line should not pass. Longer texts and names stay whole.
pub const WIDTH: usize = 100;

/// Lays out a rule anew; no line feed at the end.
///
/// A text that would grow beyond [`SOURCE_BYTES_MAX`] by its indentation is given back as it is.
///
/// # Errors
/// An error of the lexer or the parser. Errors of meaning (unknown names) do not matter here.
pub fn format(source: &[u8]) -> Result<Vec<u8>, Box<RuleError>> {
    syntax::parse(source)?;
    let (tokens, comments) = lex(source)?;
    let pieces = pieces::Pieces::new(source, &tokens, &comments);
    let ops = layout::layout(&pieces);
    let formatted = print::print(&ops);
    Ok(if formatted.len() > SOURCE_BYTES_MAX { source.to_vec() } else { formatted })
}

#[cfg(test)]
mod tests;
