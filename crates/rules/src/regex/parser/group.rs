//! Everything that begins with an opening bracket.

use super::super::tree::{Node, Referred};
use super::echo::Echo;
use super::{Flags, Parser, REFERRED_CHARS_MAX};

impl Parser<'_> {
    /// Reads a group whose opening bracket is read already. Nothing inside means: no part of the pattern.
    #[expect(clippy::option_option, reason = "doubt and absence are different answers")]
    pub(super) fn group(&mut self) -> Option<Option<Node>> {
        if !self.eat("?") {
            return self.capturing().map(Some);
        }
        if self.eat("#") {
            self.take_until(')')?;
            return Some(None);
        }
        for (mark, must) in [("=", true), ("!", false), ("<=", true), ("<!", false)] {
            if self.eat(mark) {
                return self.closed().map(|node| Some(Node::Look { node: Box::new(node), must }));
            }
        }
        if self.eat(">") {
            return self.closed().map(|node| Some(Node::Atomic(Box::new(node))));
        }
        if self.eat(":") || self.eat("|") {
            return self.closed().map(Some);
        }
        if self.eat("P=") {
            return self.take_until(')').is_some().then_some(Some(Node::Backreference(None)));
        }
        if ["P>", "&", "R"].iter().any(|mark| self.eat(mark)) {
            return self.take_until(')').is_some().then_some(Some(Node::Recursion));
        }
        for (open, close) in [("P<", '>'), ("<", '>'), ("'", '\'')] {
            if self.eat(open) {
                let name = self.take_until(close)?;
                let is_name = name.chars().all(|char| char.is_alphanumeric() || char == '_');
                return if is_name { self.capturing().map(Some) } else { None };
            }
        }
        let is_call = self.rest().trim_start_matches(['+', '-']).starts_with(|char: char| char.is_ascii_digit());
        if is_call {
            return self.take_until(')').is_some().then_some(Some(Node::Recursion));
        }
        self.options()
    }

    /// A group with a number.
    fn capturing(&mut self) -> Option<Node> {
        self.groups += 1;
        let number = self.groups;
        let is_outermost = self.depth == 1;
        let mut node = self.closed()?;
        if number == 1 {
            let is_repeated = self.peek().is_some_and(|char| matches!(char, '*' | '+' | '?' | '{'));
            self.has_single_group = is_outermost && !is_repeated && node.chars_min() > 0;
            self.echoed = node.members().ascii;
            if let Some(echo) = self.echo {
                match echo.begun(&node)? {
                    Some(begun) => node = begun,
                    None => self.echo = Some(Echo { is_impossible: true, ..echo }),
                }
            }
        }
        if let Some(chars_max) = node.chars_max().filter(|chars| *chars <= REFERRED_CHARS_MAX) {
            let caseless = self.flags.caseless;
            let (chars_min, members) = (node.chars_min(), node.members());
            let referred = Referred { chars_min, chars_max, caseless, members };
            self.short_groups.push((number, referred));
        }
        Some(node)
    }

    fn closed(&mut self) -> Option<Node> {
        let node = self.alternation()?;
        self.eat(")").then_some(node)
    }

    /// `(?i)` for the rest of the enclosing group, or `(?i:…)` for what is inside.
    #[expect(clippy::option_option, reason = "as for the caller")]
    fn options(&mut self) -> Option<Option<Node>> {
        let (mut flags, mut value) = (self.flags, true);
        loop {
            match self.next()? {
                'i' => flags.caseless = value,
                'm' => flags.multi_line = value,
                's' => flags.dot_all = value,
                // Laziness by default, duplicate names: which match is found may change, not whether.
                'U' | 'J' => {}
                '-' if value => value = false,
                ')' => {
                    self.flags = flags;
                    return Some(None);
                }
                ':' => return self.with_flags(flags).map(Some),
                _ => return None,
            }
        }
    }

    fn with_flags(&mut self, flags: Flags) -> Option<Node> {
        let outer = std::mem::replace(&mut self.flags, flags);
        let node = self.closed();
        self.flags = outer;
        node
    }
}
