//! Expressions, by the levels of the grammar.

use super::names;
use super::patterns;
use super::statements::{Author, Kind};
use super::values;

/// Levels of the grammar, loosest first. An operand of a lower level needs parentheses.
pub(super) mod level {
    pub(crate) const CONDITIONAL: u8 = 1;
    pub(crate) const LOGIC: u8 = 2;
    pub(crate) const COMPARISON: u8 = 3;
    pub(crate) const SUM: u8 = 4;
    pub(crate) const PRODUCT: u8 = 5;
    pub(crate) const POWER: u8 = 6;
    pub(crate) const NEGATION: u8 = 7;
    pub(crate) const KEYWORD: u8 = 8;
    pub(crate) const SIGNED: u8 = 9;
    pub(crate) const PRIMARY: u8 = 10;
}

/// A piece of program and the level of its outermost operator.
pub(super) struct Node {
    pub(super) text: String,
    pub(super) level: u8,
}

impl Node {
    pub(super) fn new(text: impl Into<String>, level: u8) -> Self {
        Self { text: text.into(), level }
    }
}

impl Author<'_> {
    /// An expression, of the wanted kind in most cases.
    pub(super) fn expression(&mut self, want: Kind, depth: usize) -> Node {
        let want = if self.random.chance(6) { Kind::Any } else { want };
        if depth == 0 {
            return self.leaf(want);
        }
        match want {
            Kind::Truth => self.truth(depth),
            Kind::Number => self.number(depth),
            Kind::Text => self.text(depth),
            Kind::List => self.list(depth),
            Kind::Any | Kind::Maybe => {
                let want =
                    self.random.choose(&[Kind::Truth, Kind::Truth, Kind::Number, Kind::Text, Kind::Text, Kind::List]);
                self.expression(want, depth)
            }
        }
    }

    fn truth(&mut self, depth: usize) -> Node {
        match self.random.below(100) {
            0..22 => {
                let sign = self.random.choose(&["&", "&", "&", "|", "|", "^"]);
                self.infix(Kind::Truth, sign, Kind::Truth, level::LOGIC, (level::LOGIC, level::COMPARISON), depth)
            }
            22..48 => self.comparison(depth),
            48..72 => self.keyword(depth),
            72..82 => {
                let operand = self.expression(Kind::Truth, depth - 1);
                let operand = self.fit(operand, level::KEYWORD);
                Node::new(format!("!{operand}"), level::NEGATION)
            }
            82..93 => {
                let name = self.random.choose(&names::TRUTH_FUNCTIONS);
                self.call(name, depth)
            }
            93..97 => self.ternary(Kind::Truth, depth),
            _ => self.leaf(Kind::Truth),
        }
    }

    fn comparison(&mut self, depth: usize) -> Node {
        let sign = self.random.choose(&["==", "==", "=", "!=", "===", "!==", "<", ">", "<=", ">="]);
        let kind = self.random.choose(&[Kind::Number, Kind::Number, Kind::Text, Kind::Any, Kind::List]);
        let left = self.expression(kind, depth - 1);
        let right = self.expression(kind, depth - 1);
        let (left, right) = (self.fit(left, level::SUM), self.fit(right, level::SUM));
        let mut text = self.join(&left, sign, &right);
        if self.random.chance(4) {
            // One equality and one order may follow each other, in this order or the other.
            let more = if sign.contains(['<', '>']) { "==" } else { "<" };
            text = self.join(&text, more, "true");
        }
        Node::new(text, level::COMPARISON)
    }

    fn keyword(&mut self, depth: usize) -> Node {
        let (word, left_kind) = self.random.choose(&[
            ("in", Kind::Text),
            ("in", Kind::Text),
            ("contains", Kind::Text),
            ("rlike", Kind::Text),
            ("rlike", Kind::Text),
            ("irlike", Kind::Text),
            ("regex", Kind::Text),
            ("like", Kind::Text),
            ("matches", Kind::Any),
        ]);
        let left = self.expression(left_kind, depth - 1);
        let left = self.fit(left, level::SIGNED);
        let right = match word {
            "rlike" | "irlike" | "regex" => self.pattern(),
            "like" | "matches" if self.random.chance(85) => {
                let glob = patterns::glob(self.random);
                values::literal(self.random, glob)
            }
            "in" if self.random.chance(30) => self.random.choose(&names::LIST_NAMES).to_string(),
            _ => {
                let right = self.expression(Kind::Text, depth - 1);
                self.fit(right, level::SIGNED)
            }
        };
        Node::new(format!("{left}{}{word}{}{right}", self.space(), self.space()), level::KEYWORD)
    }

    fn number(&mut self, depth: usize) -> Node {
        match self.random.below(100) {
            0..20 => {
                let sign = self.random.choose(&["+", "-"]);
                self.infix(Kind::Number, sign, Kind::Number, level::SUM, (level::SUM, level::PRODUCT), depth)
            }
            20..38 => {
                let sign = self.random.choose(&["*", "*", "/", "%"]);
                if sign != "*" && self.random.chance(88) {
                    let left = self.expression(Kind::Number, depth - 1);
                    let left = self.fit(left, level::PRODUCT);
                    let right = self.random.choose(&["2", "3", "7", "10", "0.5", "\"4\"", "true", "0x10", "1.5"]);
                    // A remainder by less than one divides by zero.
                    let right = if sign == "%" && right == "0.5" { "5" } else { right };
                    return Node::new(self.join(&left, sign, right), level::PRODUCT);
                }
                self.infix(Kind::Number, sign, Kind::Number, level::PRODUCT, (level::PRODUCT, level::POWER), depth)
            }
            38..44 => {
                self.infix(Kind::Number, "**", Kind::Number, level::POWER, (level::POWER, level::NEGATION), depth)
            }
            44..54 => {
                let sign = self.random.choose(&["-", "-", "+"]);
                // Never before something that may be an array: the reference does not survive that.
                let operand = if self.shape.crashes && self.random.chance(10) {
                    self.leaf(Kind::Any)
                } else {
                    self.plain_number()
                };
                let operand = self.fit(operand, level::PRIMARY);
                Node::new(format!("{sign}{operand}"), level::SIGNED)
            }
            54..84 => {
                let name = self.random.choose(&names::NUMBER_FUNCTIONS);
                self.call(name, depth)
            }
            84..90 => self.ternary(Kind::Number, depth),
            _ => self.leaf(Kind::Number),
        }
    }

    /// A number that is certainly no array.
    fn plain_number(&mut self) -> Node {
        match self.random.below(6) {
            0 => Node::new(self.random.choose(&["\"5\"", "true", "null", "\"abc\"", "false"]), level::PRIMARY),
            1 => {
                let text = self.leaf(Kind::Text).text;
                Node::new(format!("length({text})"), level::PRIMARY)
            }
            _ => Node::new(values::number(self.random), level::PRIMARY),
        }
    }

    fn text(&mut self, depth: usize) -> Node {
        match self.random.below(100) {
            0..22 => self.infix(Kind::Text, "+", Kind::Text, level::SUM, (level::SUM, level::PRODUCT), depth),
            22..74 => {
                let name = self.random.choose(&names::TEXT_FUNCTIONS);
                self.call(name, depth)
            }
            74..80 => self.ternary(Kind::Text, depth),
            80..88 => {
                let pattern = self.pattern();
                let subject = self.expression(Kind::Text, depth - 1).text;
                Node::new(format!("get_matches({pattern}, {subject})[0]"), level::PRIMARY)
            }
            _ => self.leaf(Kind::Text),
        }
    }

    fn list(&mut self, depth: usize) -> Node {
        match self.random.below(100) {
            0..55 => {
                self.lists += 1;
                let count = self.random.below(4);
                let elements: Vec<String> = (0..count).map(|_| self.expression(Kind::Any, depth - 1).text).collect();
                self.lists -= 1;
                let comma = if count > 0 && self.random.chance(8) { "," } else { "" };
                Node::new(format!("[{}{comma}]", elements.join(", ")), level::PRIMARY)
            }
            55..65 => self.infix(Kind::List, "+", Kind::List, level::SUM, (level::SUM, level::PRODUCT), depth),
            65..80 => {
                let pattern = self.pattern();
                let subject = self.expression(Kind::Text, depth - 1).text;
                Node::new(format!("get_matches({pattern}, {subject})"), level::PRIMARY)
            }
            _ => self.leaf(Kind::List),
        }
    }

    fn ternary(&mut self, want: Kind, depth: usize) -> Node {
        let condition = self.expression(Kind::Truth, depth - 1);
        let condition = self.fit(condition, level::LOGIC);
        let yes = self.expression(want, depth - 1);
        let no = self.expression(want, depth - 1);
        let (yes, no) = (self.fit(yes, level::CONDITIONAL), self.fit(no, level::CONDITIONAL));
        Node::new(format!("{condition} ? {yes} : {no}"), level::CONDITIONAL)
    }

    fn infix(&mut self, left: Kind, sign: &str, right: Kind, own: u8, needs: (u8, u8), depth: usize) -> Node {
        let left = self.expression(left, depth - 1);
        let right = self.expression(right, depth - 1);
        let (left, right) = (self.fit(left, needs.0), self.fit(right, needs.1));
        Node::new(self.join(&left, sign, &right), own)
    }

    /// Parentheses where the grammar needs them, seldom one too few, sometimes one too many.
    pub(super) fn fit(&mut self, node: Node, least: u8) -> String {
        if (node.level < least && !self.random.chance(2)) || self.random.chance(7) {
            let (open, close) =
                self.random.choose(&[("(", ")"), ("(", ")"), ("(", ")"), ("( ", " )"), ("((", "))"), ("(", ";)")]);
            return format!("{open}{}{close}", node.text);
        }
        node.text
    }

    fn join(&mut self, left: &str, sign: &str, right: &str) -> String {
        let (before, after) = (self.gap(), self.gap());
        format!("{left}{before}{sign}{after}{right}")
    }

    /// A literal or a variable.
    pub(super) fn leaf(&mut self, want: Kind) -> Node {
        if self.random.chance(25)
            && let Some(name) = self.bound(want)
        {
            return Node::new(name, level::PRIMARY);
        }
        let text = match want {
            Kind::Number if self.random.chance(45) => self.random.choose(&names::NUMBER_NAMES).to_string(),
            Kind::Number => values::number(self.random),
            Kind::Text if self.random.chance(50) => self.random.choose(&names::TEXT_NAMES).to_string(),
            Kind::Text => {
                let text = values::text(self.random, self.shape.releases);
                values::literal(self.random, &text)
            }
            Kind::List => match self.random.below(4) {
                0 => "[]".to_string(),
                1 => "[1, \"a\", null]".to_string(),
                _ => self.random.choose(&names::LIST_NAMES).to_string(),
            },
            Kind::Truth => self.random.choose(&["true", "false", "true", "user_blocked", "null", "1"]).to_string(),
            Kind::Any | Kind::Maybe => return self.any_leaf(),
        };
        Node::new(text, level::PRIMARY)
    }

    fn any_leaf(&mut self) -> Node {
        if self.random.chance(3) && (self.lists == 0 || self.shape.crashes) {
            let odd = if self.shape.crashes && self.random.chance(30) {
                "(;)"
            } else {
                self.random.choose(&names::ODD_NAMES)
            };
            return Node::new(odd, level::PRIMARY);
        }
        if self.shape.releases && self.random.chance(20) {
            return Node::new(self.random.choose(&names::NEW_NAMES), level::PRIMARY);
        }
        let want = self.random.choose(&[Kind::Number, Kind::Text, Kind::Truth, Kind::List]);
        self.leaf(want)
    }
}
