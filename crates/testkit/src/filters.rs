//! Filters and actions in any number, for benchmarks and soak runs.
//!
//! [`realistic`] follows what public filters of large wikis use: which functions, variables, operators and regular
//! expression features, how long, how deep. [`action`] is one edit with a page of a given size. The sample filters that
//! people read and run are hand-written: [`SAMPLES`].

mod action;
mod conjuncts;
mod patterns;

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::random::Random;

/// The sample filters, as JSON lines: the text of `samples/filters.jsonl`.
///
/// Each line has `id`, `description`, `rule`, `actions`, `action_parameters`, `enabled`, `group` and more, in the form in
/// which wikis export filters, and `labels`: the names of the attacks it is meant for (see [`Label`](crate::samples::Label)).
pub const SAMPLES: &str = include_str!("../../../samples/filters.jsonl");

/// Variables that extensions add, and that a wiki without them does not offer.
pub const ANNOUNCED: [&str; 6] =
    ["global_user_groups", "global_user_editcount", "tor_exit_node", "user_mobile", "user_app", "oauth_consumer"];

/// A filter that no person wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedFilter {
    /// Number of the filter, counted from 1.
    pub id: u32,
    /// Source text of the rule; it parses and passes the check at save time.
    pub rule: String,
}

/// The first `n` filters of the set that belongs to `seed`; a larger `n` continues a smaller one.
///
/// Of a thousand: the median rule has about 185 characters, nine of ten have fewer than 550; two thirds use a regular
/// expression; one in twelve of those looks around or back. Cheap conditions come first, as editors of filters are
/// taught to write.
pub fn realistic(seed: u64, n: usize) -> Vec<GeneratedFilter> {
    let mut random = Random::new(seed);
    (1_u32..).take(n).map(|id| GeneratedFilter { id, rule: rule(&mut random.split(), id) }).collect()
}

/// The variables of one edit of a page of about `bytes` bytes, all of those a filter of the generator reads.
///
/// One paragraph of the page changed; `edit_diff`, `added_lines`, `removed_lines`, sizes and links agree with the texts.
pub fn action(seed: u64, bytes: usize) -> Map<String, Value> {
    action::edit(&mut Random::new(seed), bytes)
}

fn rule(random: &mut Random, id: u32) -> String {
    let mut conjuncts = conjuncts::cheap(random);
    let texts = random.weighted(&[(32, 1), (29, 2), (18, 3), (11, 5), (7, 8), (3, 14)]);
    let mut assigned = None;
    if random.chance(17) {
        assigned = Some(conjuncts::assignment(random));
    }
    for _ in 0..texts {
        conjuncts.push(conjuncts::text(random, assigned.as_ref().map(|(name, _)| name.as_str())));
    }
    if random.chance(46) {
        conjuncts.push(conjuncts::exception(random));
    }
    let (before, between) = random.choose(&[("", " &\n"), ("", " &\n"), ("", " & "), ("", "\n& "), ("  ", " &\n")]);
    let mut text = String::new();
    if random.chance(4) {
        let _ = writeln!(text, "/* set {id}: see the talk page before changing */");
    }
    if let Some((name, value)) = &assigned {
        let _ = write!(text, "{name} := {value};\n\n");
    }
    let lines: Vec<String> = conjuncts.iter().map(|conjunct| format!("{before}{conjunct}")).collect();
    text.push_str(&lines.join(between));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_set_continues_a_smaller_one() {
        assert_eq!(realistic(7, 20), realistic(7, 200)[..20]);
        assert_ne!(realistic(7, 1), realistic(8, 1));
    }

    #[test]
    fn lengths_follow_those_of_real_filters() {
        let mut lengths: Vec<usize> = realistic(1, 2_000).iter().map(|filter| filter.rule.chars().count()).collect();
        lengths.sort_unstable();
        assert!((150..230).contains(&lengths[1_000]), "median {}", lengths[1_000]);
        assert!((420..640).contains(&lengths[1_800]), "nine tenths {}", lengths[1_800]);
        assert!(lengths[1_999] < 4_000, "largest {}", lengths[1_999]);
    }

    #[test]
    fn shares_follow_those_of_real_filters() {
        let filters = realistic(2, 2_000);
        for (part, low, high) in [
            ("added_lines", 50, 80),
            ("user_groups", 42, 62),
            ("_namespace", 50, 75),
            ("removed_lines", 20, 45),
            ("lcase(", 15, 40),
            (" irlike ", 12, 45),
            (" rlike ", 25, 60),
            ("contains_any(", 8, 22),
            ("rcount(", 6, 20),
            (":=", 12, 22),
        ] {
            let share = filters.iter().filter(|filter| filter.rule.contains(part)).count() * 100 / filters.len();
            assert!((low..=high).contains(&share), "{part}: {share} %");
        }
    }

    #[test]
    fn few_patterns_look_around_or_back() {
        let filters = realistic(3, 2_000);
        let holds = |rule: &str, parts: &[&str]| parts.iter().any(|part| rule.contains(part));
        let with_patterns = filters.iter().filter(|filter| holds(&filter.rule, &["rlike", "rcount"]));
        let special = ["(?=", "(?!", "(?<", "\\1"];
        let (with, all) = with_patterns
            .fold((0, 0), |(with, all), filter| (with + usize::from(holds(&filter.rule, &special)), all + 1));
        assert!((1_000..1_500).contains(&all), "{all} of 2000 use patterns");
        assert!((4 * all..16 * all).contains(&(100 * with)), "{with} of {all}");
    }

    #[test]
    fn the_sample_filters_aim_at_every_attack() {
        let filters: Vec<Value> = SAMPLES.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let aims: Vec<&str> = filters
            .iter()
            .filter(|filter| filter["enabled"] == true)
            .flat_map(|filter| filter["labels"].as_array().unwrap())
            .filter_map(Value::as_str)
            .collect();
        for label in crate::samples::Label::ATTACKS {
            assert!(aims.contains(&label.name()), "{label:?}");
        }
        for (filter, id) in filters.iter().zip(1..) {
            assert_eq!(filter["id"], id);
            assert!(filter["rule"].is_string() && filter["actions"].is_array());
        }
    }

    #[test]
    fn the_sample_filters_use_nearly_every_function_and_operator() {
        for part in [
            "lcase(",
            "ucase(",
            "length(",
            "strlen(",
            "string(",
            "int(",
            "float(",
            "bool(",
            "norm(",
            "ccnorm(",
            "ccnorm_contains_any(",
            "ccnorm_contains_all(",
            "contains_any(",
            "contains_all(",
            "equals_to_any(",
            "specialratio(",
            "rmspecials(",
            "rmdoubles(",
            "rmwhitespace(",
            "count(",
            "rcount(",
            "get_matches(",
            "ip_in_range(",
            "ip_in_ranges(",
            "substr(",
            "strpos(",
            "str_replace(",
            "str_replace_regexp(",
            "rescape(",
            "set(",
            "sanitize(",
            " in ",
            " like ",
            " matches ",
            " contains ",
            " rlike ",
            " irlike ",
            " regex ",
            "if ",
            " then",
            "else",
            "end",
            " ? ",
            ":=",
            "**",
            " % ",
            " / ",
            " * ",
            " ^ ",
            "===",
            "!==",
            "!=",
            "<=",
            ">=",
            "/*",
            "null",
            "false",
            "[] :=",
            "[0] :=",
        ] {
            assert!(SAMPLES.contains(part), "{part}");
        }
    }

    #[test]
    fn an_action_has_about_the_size_asked_for() {
        for bytes in [1_000, 10_000, 100_000] {
            let action = action(3, bytes);
            let size = usize::try_from(action["new_size"].as_u64().unwrap()).unwrap();
            assert!((bytes * 8 / 10..bytes * 13 / 10 + 1_500).contains(&size), "{bytes}: {size}");
            assert!(!action["added_lines"].as_array().unwrap().is_empty());
            assert!(!action["removed_lines"].as_array().unwrap().is_empty());
        }
    }
}
