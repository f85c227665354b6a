//! Variables that follow from other variables: `edit_diff`, `added_lines`, `edit_delta`, `added_links`, `new_text` and their like.
//!
//! The reference computes them lazily, each from the variables it names; a service apart from the wiki can do the same
//! without asking, because nothing but the inputs matters. [`derivable`] says which inputs a name needs, [`derive()`] computes
//! one. What it yields equals the reference's answer byte for byte, tie breaks of the diff included, because rules match on it.
//!
//! Everything works on bytes; no text needs to be UTF-8. Work is charged to a [`Meter`], so that a hostile pair of texts
//! ends with [`Exhausted`] and not with a busy processor.
//!
//! Reading order: this file; `unified` for what a diff looks like; `pair`, `intern`, `snake`, `slide` for how it is found.
//!
//! Rule: filter-language specification, 16.4 and 17.

mod intern;
mod links;
mod loose;
mod pair;
mod slide;
mod snake;
mod text;
mod unified;

use crate::budget::{Exhausted, Meter};

pub use links::{added_links, removed_links};
pub use text::{new_text, normalized};
pub use unified::{DiffLines, added_lines, edit_diff, removed_lines};

/// A value that was computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Derived {
    /// A size or a difference of sizes, in bytes.
    Int(i64),
    /// A text; bytes, because texts need not be UTF-8.
    Bytes(Vec<u8>),
    /// A list of texts, in the order of the reference.
    List(Vec<Vec<u8>>),
}

/// A value that is lent for a computation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input<'a> {
    /// A number, as of `old_size`.
    Int(i64),
    /// A text, as of `new_wikitext`.
    Bytes(&'a [u8]),
    /// A list of texts, as of `old_links`.
    List(&'a [Vec<u8>]),
}

impl<'a> From<&'a Derived> for Input<'a> {
    fn from(value: &'a Derived) -> Self {
        match value {
            Derived::Int(number) => Self::Int(*number),
            Derived::Bytes(bytes) => Self::Bytes(bytes),
            Derived::List(items) => Self::List(items),
        }
    }
}

/// How a derived variable is computed.
#[derive(Clone, Copy)]
enum Recipe {
    Diff,
    Added,
    Removed,
    Size,
    Difference,
    LinksAdded,
    LinksRemoved,
    Stripped,
}

/// Names, recipes and inputs, in the order a recipe reads them.
const DERIVED: &[(&str, Recipe, &[&str])] = &[
    ("edit_diff", Recipe::Diff, &["old_wikitext", "new_wikitext"]),
    ("edit_diff_pst", Recipe::Diff, &["old_wikitext", "new_pst"]),
    ("added_lines", Recipe::Added, &["edit_diff"]),
    ("added_lines_pst", Recipe::Added, &["edit_diff_pst"]),
    ("removed_lines", Recipe::Removed, &["edit_diff"]),
    ("old_size", Recipe::Size, &["old_wikitext"]),
    ("new_size", Recipe::Size, &["new_wikitext"]),
    ("edit_delta", Recipe::Difference, &["new_size", "old_size"]),
    ("added_links", Recipe::LinksAdded, &["old_links", "new_links"]),
    ("removed_links", Recipe::LinksRemoved, &["old_links", "new_links"]),
    ("new_text", Recipe::Stripped, &["new_html"]),
];

/// The inputs of a derived variable, or `None` if `name` is not one.
///
/// `name` is in lower case and current (`new_links`, not `all_links`). An input may be derived itself: `added_lines` needs
/// `edit_diff`, which needs the two texts; the chain is never longer than two.
pub fn derivable(name: &str) -> Option<&'static [&'static str]> {
    DERIVED.iter().find(|(known, ..)| *known == name).map(|(_, _, inputs)| *inputs)
}

/// Computes the variable `name` from its direct inputs.
///
/// `inputs` is asked for each name that [`derivable`] lists. `None` if `name` is not derived, or if an input is missing or of
/// another kind; nothing is guessed then.
///
/// # Errors
/// [`Exhausted`] if the budget does not suffice.
pub fn derive<'a>(
    name: &str,
    inputs: &dyn Fn(&str) -> Option<Input<'a>>,
    meter: &mut Meter<'_>,
) -> Result<Option<Derived>, Exhausted> {
    let Some((_, recipe, names)) = DERIVED.iter().find(|(known, ..)| *known == name) else {
        return Ok(None);
    };
    let first = names.first().and_then(|name| inputs(name));
    let second = names.get(1).and_then(|name| inputs(name));
    Ok(match (recipe, first, second) {
        (Recipe::Diff, Some(Input::Bytes(old)), Some(Input::Bytes(new))) => {
            Some(Derived::Bytes(edit_diff(old, new, meter)?))
        }
        (Recipe::Added, Some(Input::Bytes(diff)), _) => Some(list(diff, added_lines(diff), meter)?),
        (Recipe::Removed, Some(Input::Bytes(diff)), _) => Some(list(diff, removed_lines(diff), meter)?),
        (Recipe::Size, Some(Input::Bytes(text)), _) => Some(Derived::Int(size(text))),
        (Recipe::Difference, Some(Input::Int(new)), Some(Input::Int(old))) => Some(Derived::Int(edit_delta(new, old))),
        (Recipe::LinksAdded, Some(Input::List(old)), Some(Input::List(new))) => {
            Some(Derived::List(added_links(old, new, meter)?))
        }
        (Recipe::LinksRemoved, Some(Input::List(old)), Some(Input::List(new))) => {
            Some(Derived::List(removed_links(old, new, meter)?))
        }
        (Recipe::Stripped, Some(Input::Bytes(html)), _) => {
            meter.spend(bytes(html.len()))?;
            Some(Derived::Bytes(new_text(html)))
        }
        _ => None,
    })
}

/// The size of a text in bytes: `old_size`, `new_size`.
pub fn size(text: &[u8]) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}

/// `new_size` less `old_size`, which is `edit_delta`.
pub fn edit_delta(new_size: i64, old_size: i64) -> i64 {
    new_size.saturating_sub(old_size)
}

fn list(diff: &[u8], lines: DiffLines<'_>, meter: &mut Meter<'_>) -> Result<Derived, Exhausted> {
    meter.spend(bytes(diff.len()))?;
    Ok(Derived::List(lines.map(<[u8]>::to_vec).collect()))
}

/// A length as an amount of work.
fn bytes(length: usize) -> u64 {
    length as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(name: &str, given: &[(&str, Input<'_>)]) -> Option<Derived> {
        let inputs = |wanted: &str| given.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
        derive(name, &inputs, &mut Meter::unlimited()).unwrap()
    }

    #[test]
    fn every_derived_name_lists_inputs_that_are_plain_or_derived_from_plain_ones() {
        for (name, _, inputs) in DERIVED {
            assert_eq!(derivable(name), Some(*inputs), "{name}");
            for input in inputs.iter().filter_map(|input| derivable(input)) {
                assert!(input.iter().all(|plain| derivable(plain).is_none()), "{name}");
            }
        }
        assert_eq!(derivable("new_wikitext"), None);
        assert_eq!(derivable("all_links"), None);
    }

    #[test]
    fn each_name_is_computed_from_its_own_inputs() {
        let old = Input::Bytes(b"one\ntwo");
        let new = Input::Bytes(b"one\n2\nthree");
        let diff: &[u8] = b"@@ -1,2 +1,3 @@\n one\n-two\n+2\n+three\n";
        let lines = |lines: &[&str]| Some(Derived::List(lines.iter().map(|line| line.as_bytes().to_vec()).collect()));
        assert_eq!(
            derived("edit_diff", &[("old_wikitext", old), ("new_wikitext", new)]),
            Some(Derived::Bytes(diff.into()))
        );
        assert_eq!(
            derived("edit_diff_pst", &[("old_wikitext", old), ("new_pst", new)]),
            Some(Derived::Bytes(diff.into()))
        );
        assert_eq!(derived("added_lines", &[("edit_diff", Input::Bytes(diff))]), lines(&["2", "three"]));
        assert_eq!(derived("added_lines_pst", &[("edit_diff_pst", Input::Bytes(diff))]), lines(&["2", "three"]));
        assert_eq!(derived("removed_lines", &[("edit_diff", Input::Bytes(diff))]), lines(&["two"]));
        assert_eq!(derived("old_size", &[("old_wikitext", old)]), Some(Derived::Int(7)));
        assert_eq!(derived("new_size", &[("new_wikitext", new)]), Some(Derived::Int(11)));
        assert_eq!(
            derived("edit_delta", &[("new_size", Input::Int(7)), ("old_size", Input::Int(11))]),
            Some(Derived::Int(-4))
        );
        assert_eq!(
            derived("new_text", &[("new_html", Input::Bytes(b"<b>x</b> \n"))]),
            Some(Derived::Bytes(b"x".to_vec()))
        );
        let (one, two) = (vec![b"a".to_vec()], vec![b"a".to_vec(), b"b".to_vec()]);
        let both = [("old_links", Input::List(&one)), ("new_links", Input::List(&two))];
        assert_eq!(derived("added_links", &both), lines(&["b"]));
        assert_eq!(derived("removed_links", &both), lines(&[]));
    }

    #[test]
    fn a_missing_input_an_input_of_another_kind_and_an_unknown_name_yield_nothing() {
        assert_eq!(derived("edit_diff", &[("old_wikitext", Input::Bytes(b""))]), None);
        assert_eq!(derived("edit_delta", &[("new_size", Input::Int(1)), ("old_size", Input::Bytes(b"1"))]), None);
        assert_eq!(derived("user_name", &[]), None);
    }

    #[test]
    fn a_delta_at_the_edge_of_the_number_range_does_not_wrap() {
        assert_eq!(edit_delta(i64::MAX, -1), i64::MAX);
        assert_eq!(edit_delta(i64::MIN, 1), i64::MIN);
    }
}
