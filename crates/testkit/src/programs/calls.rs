//! Calls of functions, with arguments that suit them or nearly do.

use super::expressions::{Node, level};
use super::names;
use super::patterns;
use super::statements::{Author, Kind};
use super::values;

impl Author<'_> {
    /// A call with arguments that suit the function, sometimes one too many or too few.
    pub(super) fn call(&mut self, name: &str, depth: usize) -> Node {
        let candidates: Vec<&str> =
            names::FUNCTIONS.iter().filter(|entry| entry.0 == name).map(|entry| entry.1).collect();
        let arguments = candidates.get(self.random.below(candidates.len())).copied().unwrap_or("a");
        let mut written: Vec<String> = Vec::new();
        let mut set = None;
        for kind in arguments.chars() {
            match kind {
                'v' => {
                    let own = self.random.choose(&names::OWN_NAMES);
                    let literal = self.random.chance(93);
                    written.push(if literal { format!("\"{own}\"") } else { format!("\"{own}\" + \"\"") });
                    set = Some(own);
                }
                '?' if self.random.chance(35) => break,
                '?' => {}
                '*' => {
                    let last = arguments.chars().rev().nth(1).unwrap_or('a');
                    for _ in 0..self.random.below(3) {
                        written.push(self.argument(last, depth));
                    }
                }
                _ => written.push(self.argument(kind, depth)),
            }
        }
        match self.random.below(120) {
            0 => {
                written.pop();
            }
            1 => written.push(self.leaf(Kind::Any).text),
            2 => written.push(String::new()),
            _ => {}
        }
        if let Some(own) = set {
            self.bind_name(own, Kind::Maybe);
        }
        let before = if self.random.chance(6) { self.gap() } else { "" };
        Node::new(format!("{name}{before}({})", written.join(self.random.choose(&[", ", ", ", ","]))), level::PRIMARY)
    }

    fn argument(&mut self, kind: char, depth: usize) -> String {
        let depth = depth.saturating_sub(1);
        match kind {
            'r' => self.pattern(),
            'n' => self.expression(Kind::Number, depth).text,
            't' => self.expression(Kind::Text, depth).text,
            'o' => self.random.choose(&["0", "1", "2", "-1", "-3", "5", "100", "null", "\"1\""]).to_string(),
            'p' if self.shape.crashes => self.random.choose(&["0", "1", "-1", "-100"]).to_string(),
            'p' => self.random.choose(&["0", "1", "2", "100", "null"]).to_string(),
            'g' => {
                let range = values::range(self.random);
                values::literal(self.random, range)
            }
            'i' if self.random.chance(40) => "user_name".to_string(),
            'i' => {
                let address = values::address(self.random);
                values::literal(self.random, address)
            }
            _ => self.expression(Kind::Any, depth).text,
        }
    }

    /// A pattern: a literal, seldom something computed.
    pub(super) fn pattern(&mut self) -> String {
        if self.random.chance(6) {
            let text = self.leaf(Kind::Text).text;
            return format!("rescape({text})");
        }
        let pattern = patterns::regex(self.random);
        values::pattern_literal(self.random, &pattern)
    }
}
