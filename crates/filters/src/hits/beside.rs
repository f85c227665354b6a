//! Rows that tell of an action beside its hits: those of filters in the shadow, and those of candidates. What becomes of the
//! action becomes of them.

mod records;

pub(crate) use records::{CANDIDATES, Mark, SHADOW, mark};
