//! Random programs of the filter language, for running two evaluators against each other.
//!
//! The generator walks the grammar of the language specification: every operator, every function, variables of its own,
//! arrays, branches, comments, odd white space and edge numbers. Most programs are valid and use names that exist; a share
//! is broken on purpose, token by token, so that errors and their positions are compared too.
//!
//! What the reference evaluator does not survive, and what its releases answer differently, stays out unless
//! [`Shape`] asks for it.

mod calls;
mod expressions;
mod names;
mod patterns;
mod statements;
mod tokens;
mod values;

use serde_json::{Map, Value, json};

use crate::random::Random;

/// How programs are to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Most statements of a program, at least 1.
    pub statements_max: usize,
    /// Deepest nesting of expressions.
    pub depth_max: usize,
    /// Of a hundred programs, how many are damaged after they were written.
    pub broken_percent: usize,
    /// Also what makes the reference fail with an unhandled error of its host language: `(;)` as an operand, a negated
    /// array, a `strpos` offset before the start, arrays that hold undefined values.
    pub crashes: bool,
    /// Also what releases of the reference answer differently: renamed and newer variables, and texts with combining
    /// marks, U+203F or a final sigma.
    pub releases: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self { statements_max: 4, depth_max: 4, broken_percent: 14, crashes: false, releases: false }
    }
}

/// Writes one program.
///
/// The text is UTF-8; bytes that are not come only from `\x` escapes inside it. Its length is a few hundred bytes as a
/// rule, and bounded by the shape.
pub fn program(random: &mut Random, shape: Shape) -> String {
    let text = statements::Author::new(random, shape).program();
    if random.chance(shape.broken_percent) { tokens::damage(random, &text) } else { text }
}

/// Values for a program to read: some built-in variables are set, of their right type or nearly so, others are not.
pub fn variables(random: &mut Random) -> Map<String, Value> {
    names::variables(random, false, false)
}

/// A request of the reference evaluator's line protocol, with one rule or several that share an evaluator.
///
/// `id` comes back in the answer. `mode` is `check` in one of ten; `limit` is small in one of twenty.
pub fn request(random: &mut Random, id: u64) -> Value {
    request_of(random, id, Shape::default())
}

/// As [`request`], with programs of another shape.
pub fn request_of(random: &mut Random, id: u64, shape: Shape) -> Value {
    let mut request = Map::new();
    request.insert("id".to_string(), json!(id));
    let check = random.chance(10);
    if random.chance(6) && !check {
        let rules: Vec<String> = (0..random.between(2, 4)).map(|_| program(random, shape)).collect();
        request.insert("rules".to_string(), json!(rules));
    } else {
        request.insert("rule".to_string(), json!(program(random, shape)));
    }
    // At save time a variable without value is undefined, and the reference does not survive it in some places.
    let all = check && !shape.crashes;
    let variables = names::variables(random, shape.releases, all);
    request.insert("vars".to_string(), Value::Object(variables));
    if random.chance(15) {
        request.insert("known".to_string(), json!(["tor_exit_node", "global_user_groups"]));
    }
    if check {
        request.insert("mode".to_string(), json!("check"));
    } else if random.chance(5) {
        // At save time the reference fails where it passes the limit.
        request.insert("limit".to_string(), json!(random.between(0, 6)));
    }
    Value::Object(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_requests() {
        let requests = |seed| {
            let mut random = Random::new(seed);
            (0..50).map(|id| request(&mut random, id)).collect::<Vec<_>>()
        };
        assert_eq!(requests(1), requests(1));
        assert_ne!(requests(1), requests(2));
    }

    #[test]
    fn every_function_operator_and_keyword_occurs() {
        let mut random = Random::new(3);
        let all: String = (0..3_000).map(|_| program(&mut random, Shape::default()) + "\n").collect();
        for (name, _) in names::FUNCTIONS {
            assert!(all.contains(&format!("{name}(")) || all.contains(&format!("{name} (")), "{name}");
        }
        for part in [
            ":=",
            "**",
            "===",
            "!==",
            "<=",
            ">=",
            " ^ ",
            " % ",
            "? ",
            "if ",
            "then ",
            "else ",
            "end",
            " like ",
            " matches ",
            " rlike ",
            " irlike ",
            " regex ",
            " contains ",
            " in ",
            "/*",
            "0x",
            "[]",
            "set(",
            "article_",
            "true",
            "null",
        ] {
            assert!(all.contains(part), "{part}");
        }
    }

    #[test]
    fn what_the_reference_does_not_survive_occurs_only_on_request() {
        let written = |shape: Shape| -> String {
            let mut random = Random::new(6);
            (0..2_000).map(|_| program(&mut random, shape) + "\n").collect()
        };
        let careful = Shape { broken_percent: 0, ..Shape::default() };
        let daring = Shape { crashes: true, releases: true, ..careful };
        for part in ["(;)", "user_unnamed_ip"] {
            assert!(!written(careful).contains(part), "{part}");
            assert!(written(daring).contains(part), "{part}");
        }
    }

    #[test]
    fn whole_programs_have_balanced_brackets() {
        let mut random = Random::new(4);
        let shape = Shape { broken_percent: 0, ..Shape::default() };
        for _ in 0..500 {
            let text = program(&mut random, shape);
            let tokens = tokens::split(&text);
            let mut open = Vec::new();
            for token in &tokens {
                match *token {
                    "(" | "[" => open.push(*token),
                    ")" => assert_eq!(open.pop(), Some("("), "{text}"),
                    "]" => assert_eq!(open.pop(), Some("["), "{text}"),
                    _ => {}
                }
            }
            assert!(open.is_empty(), "{text}");
            assert!(text.len() < 20_000);
        }
    }
}
