//! Differences of lists of links.

use std::collections::HashSet;

use crate::budget::{Exhausted, Meter};

/// The links of `new` that `old` lacks: `added_links`.
///
/// Links are compared as bytes. Order is that of `new`, and a link that stands there twice comes twice.
///
/// # Errors
/// [`Exhausted`] if the budget does not suffice.
pub fn added_links(old: &[Vec<u8>], new: &[Vec<u8>], meter: &mut Meter<'_>) -> Result<Vec<Vec<u8>>, Exhausted> {
    missing(new, old, meter)
}

/// The links of `old` that `new` lacks: `removed_links`. Order and repetition are those of `old`.
///
/// # Errors
/// [`Exhausted`] if the budget does not suffice.
pub fn removed_links(old: &[Vec<u8>], new: &[Vec<u8>], meter: &mut Meter<'_>) -> Result<Vec<Vec<u8>>, Exhausted> {
    missing(old, new, meter)
}

/// Lists up to this length are searched as they are; hashing costs more.
const SEARCHED_MAX: usize = 8;

fn missing(from: &[Vec<u8>], known: &[Vec<u8>], meter: &mut Meter<'_>) -> Result<Vec<Vec<u8>>, Exhausted> {
    let bytes: usize = from.iter().chain(known).map(|link| link.len() + 60).sum();
    meter.spend(bytes as u64)?;
    if known.len() <= SEARCHED_MAX {
        return Ok(from.iter().filter(|link| !known.contains(link)).cloned().collect());
    }
    let known: HashSet<&Vec<u8>> = known.iter().collect();
    Ok(from.iter().filter(|link| !known.contains(link)).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_keep_order_and_repetition_and_compare_bytes() {
        let list = |text: &str| text.split_whitespace().map(|link| link.as_bytes().to_vec()).collect::<Vec<_>>();
        let many = "x y z ".repeat(6);
        for known in ["", &many] {
            let old = list(&format!("a b c b 1 {known}"));
            let new = list(&format!("d b D d 01 {known}"));
            assert_eq!(added_links(&old, &new, &mut Meter::unlimited()).unwrap(), list("d D d 01"));
            assert_eq!(removed_links(&old, &new, &mut Meter::unlimited()).unwrap(), list("a c 1"));
        }
    }

    #[test]
    fn long_lists_are_refused_when_the_budget_is_small() {
        let long = vec![vec![b'x'; 10]; 100];
        assert_eq!(added_links(&long, &long, &mut Meter::new(1000, None)), Err(Exhausted));
    }
}
