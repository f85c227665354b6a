//! Tells a misspelt field from one that is merely unknown.

use strsim::osa_distance;

/// Longest name that is compared; a field of ours is never longer.
const NAME_CHARS_MAX: usize = 24;

/// The known name that a field was perhaps meant to be: one letter added, left out, replaced or swapped (two in a name of
/// more than six), or the same with other capitals. `None` for known names and for those that resemble none.
pub(super) fn meant<'a>(field: &str, known: &[&'a str]) -> Option<&'a str> {
    if known.contains(&field) || field.chars().count() > NAME_CHARS_MAX {
        return None;
    }
    let lower = field.to_lowercase();
    known
        .iter()
        .map(|name| (osa_distance(&lower, name), *name))
        .filter(|(distance, name)| *distance <= if name.len() > 6 { 2 } else { 1 } && name.len() > 2)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
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
