//! Tells a misspelt field from one that is merely unknown.

/// Longest name that is compared; a field of ours is never longer.
const NAME_CHARS_MAX: usize = 24;

/// The known name that a field was perhaps meant to be: one letter added, left out, replaced or swapped (two in a name of
/// more than six), or the same with other capitals. `None` for known names and for those that resemble none.
pub(super) fn meant<'a>(field: &str, known: &[&'a str]) -> Option<&'a str> {
    if known.contains(&field) || field.chars().count() > NAME_CHARS_MAX {
        return None;
    }
    let lower: Vec<char> = field.to_lowercase().chars().collect();
    known
        .iter()
        .map(|name| (distance(&lower, &name.chars().collect::<Vec<_>>()), *name))
        .filter(|(distance, name)| *distance <= if name.len() > 6 { 2 } else { 1 } && name.len() > 2)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Letters to change between two words, a swap of neighbours counting as one.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    let mut previous = None;
    for (index, from_char) in from.iter().enumerate() {
        let mut next = vec![index + 1];
        for (column, to_char) in to.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&row, column) + usize::from(from_char != to_char);
            let mut cost = replaced.min(at(&row, column + 1) + 1).min(at(&next, column) + 1);
            let is_swap =
                previous == Some(to_char) && column.checked_sub(1).and_then(|column| to.get(column)) == Some(from_char);
            if is_swap {
                cost = cost.min(at(&before, column - 1) + 1);
            }
            next.push(cost);
        }
        before = std::mem::replace(&mut row, next);
        previous = Some(from_char);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let known = ["id", "rule", "enabled", "description", "group"];
        let check = |field: &str, expected: Option<&str>| {
            assert_eq!(meant(field, &known), expected, "{field}");
        };
        check("rule", None);
        check("rul", Some("rule"));
        check("ruel", Some("rule"));
        check("Rule", Some("rule"));
        check("enable", Some("enabled"));
        check("enalbed", Some("enabled"));
        check("desciption", Some("description"));
        check("groups", Some("group"));
        check("if", None);
        check("owner", None);
        check("", None);
        check(&"x".repeat(10_000), None);
    }
}
