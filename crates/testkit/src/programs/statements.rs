//! Statements, branches and the variables that a program binds.

use super::Shape;
use super::expressions::{Node, level};
use super::names;
use super::values;
use crate::random::Random;

/// What an expression is to yield.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Truth,
    Number,
    Text,
    List,
    Any,
    /// Of a variable: bound in a branch that may not have been taken.
    Maybe,
}

/// Writes one program and remembers what it has bound.
pub(super) struct Author<'r> {
    pub(super) random: &'r mut Random,
    pub(super) shape: Shape,
    bound: Vec<(String, Kind)>,
    /// How many array literals stand open: nothing that may be undefined goes into one.
    pub(super) lists: usize,
}

impl<'r> Author<'r> {
    pub(super) fn new(random: &'r mut Random, shape: Shape) -> Self {
        Self { random, shape, bound: Vec::new(), lists: 0 }
    }

    pub(super) fn program(&mut self) -> String {
        let count = 1 + self.random.below(self.shape.statements_max).min(self.random.below(self.shape.statements_max));
        let mut statements: Vec<String> = (1..count).map(|_| self.statement()).collect();
        statements.push(self.ending());
        let between = self.random.choose(&["; ", ";\n", ";\n", ";\n\n", ";"]);
        let mut text = statements.join(between);
        match self.random.below(20) {
            0 => text.push(';'),
            1 => text = format!("/* checks\nsomething */\n{text}"),
            2 => text = format!(" \t{text}\n"),
            3 => text = format!(";{text}"),
            _ => {}
        }
        text
    }

    /// The last statement, most often a condition as filters have it.
    fn ending(&mut self) -> String {
        let depth = 1 + self.random.below(self.shape.depth_max);
        match self.random.below(10) {
            0 => self.statement(),
            1 => self.expression(Kind::Any, depth).text,
            2 => self.branch(depth),
            _ => self.expression(Kind::Truth, depth).text,
        }
    }

    fn statement(&mut self) -> String {
        let depth = self.random.below(self.shape.depth_max);
        match self.random.below(100) {
            0..46 => {
                let kind = self.random.choose(&[Kind::Text, Kind::Number, Kind::List, Kind::Truth, Kind::Text]);
                self.assignment(kind, depth)
            }
            46..60 => self.element(depth),
            60..80 => self.branch(depth.max(1)),
            80..86 => {
                let name = self.random.choose(&["set", "set_var"]);
                self.call(name, depth).text
            }
            _ => self.expression(Kind::Any, depth).text,
        }
    }

    fn assignment(&mut self, kind: Kind, depth: usize) -> String {
        let value = self.expression(kind, depth).text;
        let name = self.bind(kind);
        let chained = if self.random.chance(4) { format!("{} := ", self.bind(kind)) } else { String::new() };
        if self.random.chance(2) {
            return format!("user_name := {value}");
        }
        let gap = self.gap();
        format!("{name}{gap}:={gap}{chained}{value}")
    }

    /// Changes or appends an element, after making sure that there is an array.
    fn element(&mut self, depth: usize) -> String {
        let kind = if self.random.chance(6) { Kind::Text } else { Kind::List };
        let name = self.bound(kind);
        let (name, before) = match name {
            Some(name) if self.random.chance(60) => (name, String::new()),
            _ => {
                let name = self.bind(Kind::List);
                (name.clone(), format!("{name} := [1, \"b\", [3]]; "))
            }
        };
        self.lists += 1;
        let value = self.expression(Kind::Any, depth).text;
        self.lists -= 1;
        let index = self.random.choose(&["", "", "", "0", "0", "0", "1", "\"0\"", "2", "-1", "true", "7"]);
        format!("{before}{name}[{index}] := {value}")
    }

    /// A conditional; assignments in it may leave variables without a value.
    fn branch(&mut self, depth: usize) -> String {
        let condition = self.expression(Kind::Truth, depth - 1);
        let condition = self.fit(condition, level::LOGIC);
        let kept = self.bound.len();
        let yes = self.arm(depth);
        let no = if self.random.chance(60) { Some(self.arm(depth)) } else { None };
        for entry in self.bound.iter_mut().skip(kept) {
            entry.1 = Kind::Maybe;
        }
        match no {
            None => format!("if {condition} then {yes} end"),
            Some(no) if self.random.chance(70) => {
                format!("if {condition} then {yes} else {no} end")
            }
            Some(no) => format!("{condition} ? {yes} : {no}"),
        }
    }

    fn arm(&mut self, depth: usize) -> String {
        if self.random.chance(45) {
            let kind = self.random.choose(&[Kind::Text, Kind::Number, Kind::Truth]);
            let value = self.expression(kind, depth - 1).text;
            // A name of its own: one that was bound before would stay of that kind where the arm is not taken.
            let name = format!("branch_{}", self.bound.len());
            self.bound.push((name.clone(), kind));
            return format!("({name} := {value})");
        }
        let node: Node = self.expression(Kind::Any, depth - 1);
        self.fit(node, level::CONDITIONAL)
    }

    /// Binds one of the program's own names, perhaps again. The value it gets has been written already.
    pub(super) fn bind(&mut self, kind: Kind) -> String {
        let name = self.random.choose(&names::OWN_NAMES);
        self.bind_name(name, kind);
        name.to_string()
    }

    /// Binds that name.
    pub(super) fn bind_name(&mut self, name: &str, kind: Kind) {
        self.bound.retain(|(bound, _)| !bound.eq_ignore_ascii_case(name));
        self.bound.push((name.to_string(), kind));
    }

    /// The name of a bound variable that suits, in some spelling.
    pub(super) fn bound(&mut self, want: Kind) -> Option<String> {
        let closed = self.lists > 0 && !self.shape.crashes;
        let suits = |kind: Kind| match kind {
            Kind::Maybe => !closed && want != Kind::List,
            Kind::Any => want == Kind::Any,
            _ => kind == want || want == Kind::Any,
        };
        let names: Vec<&str> =
            self.bound.iter().filter(|(_, kind)| suits(*kind)).map(|(name, _)| name.as_str()).collect();
        let name = names.get(self.random.below(names.len()))?.to_string();
        let name = if self.random.chance(8) { name.to_uppercase() } else { name };
        let index = want == Kind::Any
            && self.random.chance(10)
            && self.bound.iter().any(|(bound, kind)| *bound == name && *kind == Kind::List);
        Some(if index {
            format!(
                "{name}[{}]",
                self.random.choose(&["0", "0", "1", "\"0\"", "n", "-1"]).replace('n', &values::number(self.random))
            )
        } else {
            name
        })
    }

    /// What stands around a sign: a space as a rule.
    pub(super) fn gap(&mut self) -> &'static str {
        self.random.weighted(&[(84, " "), (7, ""), (4, "\n"), (1, "\t"), (1, "\r\n"), (2, " /* why */ "), (1, "/**/")])
    }

    /// What stands around a word: never nothing.
    pub(super) fn space(&mut self) -> &'static str {
        self.random.weighted(&[(92, " "), (3, "\n"), (2, "\t "), (2, " /* in */ "), (1, "/**/")])
    }
}
