//! How much work backtracking can be at worst.

use super::tree::Node;

/// Paths through a part of a pattern that backtracking may try, and steps for all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cost {
    paths: f64,
    steps: f64,
}

/// An upper bound of the steps that backtracking takes from one start, on a subject of `bytes` bytes; infinite if unknown.
///
/// Counts as if every way to match a part were tried, which is rarely so: a large bound says that a pattern must be
/// watched, not that it is slow.
pub(super) fn steps_max(node: &Node, bytes: usize) -> f64 {
    of(node, as_float(bytes)).steps
}

fn of(node: &Node, bytes: f64) -> Cost {
    match node {
        Node::Empty | Node::Set(_) | Node::Assert(_) | Node::Backreference(Some(_)) => Cost { paths: 1.0, steps: 1.0 },
        Node::Backreference(None) => Cost { paths: 1.0, steps: bytes + 1.0 },
        Node::Recursion => Cost { paths: f64::INFINITY, steps: f64::INFINITY },
        Node::Atomic(node) | Node::Look { node, .. } => Cost { paths: 1.0, steps: of(node, bytes).steps + 1.0 },
        Node::Concat(parts) => {
            let mut all = Cost { paths: 1.0, steps: 1.0 };
            for part in parts {
                let part = of(part, bytes);
                all = Cost { paths: all.paths * part.paths, steps: all.steps + all.paths * part.steps };
            }
            all
        }
        Node::Alternate(parts) => {
            let mut all = Cost { paths: 0.0, steps: 1.0 };
            for part in parts {
                let part = of(part, bytes);
                all = Cost { paths: all.paths + part.paths, steps: all.steps + part.steps };
            }
            all
        }
        Node::Repeat { node, min, max, possessive } => {
            let (body, min) = (of(node, bytes), f64::from(*min));
            let most = max.map_or(f64::INFINITY, f64::from).min(bytes + min + 1.0);
            let counts = (most - min).max(0.0) + 1.0;
            let mut all = if body.paths <= 1.0 {
                Cost { paths: counts, steps: most * body.steps + counts }
            } else {
                let paths = body.paths.powf(most + 1.0);
                Cost { paths, steps: paths * body.steps }
            };
            if *possessive {
                all.paths = 1.0;
            }
            all
        }
    }
}

/// Lengths of subjects are far below the 2^32 up to which this is exact.
fn as_float(bytes: usize) -> f64 {
    u32::try_from(bytes).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::super::parser::parse;
    use super::*;

    #[test]
    fn each_unbounded_repetition_multiplies_the_work_and_nested_ones_explode() {
        for (text, least, most) in [
            ("foo", 1.0, 10.0),
            ("fo*", 1e2, 1e3),
            ("a*b*", 1e4, 1e5),
            ("a*+b*+", 1e2, 1e3),
            ("(?:a|b)+", 1e2, 1e3),
            ("(.)\\1+", 1e2, 1e3),
            ("(a+)+", 1e100, f64::INFINITY),
            ("(?R)", f64::INFINITY, f64::INFINITY),
        ] {
            let steps = steps_max(&parse(text, false).expect("understood"), 100);
            assert!((least..=most).contains(&steps), "{text}: {steps}");
        }
    }
}
