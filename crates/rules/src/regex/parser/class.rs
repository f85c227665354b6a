//! Classes in square brackets.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::super::tree::Set;
use super::super::unicode;
use super::escape::Escaped;
use super::{Parser, fold};

impl Parser<'_> {
    /// Reads a class whose opening bracket is read already.
    pub(super) fn class(&mut self) -> Option<Set> {
        let is_negated = self.eat("^");
        let mut chars = ClassUnicode::empty();
        let mut sets = Set { chars: ClassUnicode::empty(), known: true };
        let mut is_first = true;
        while is_first || self.peek()? != ']' {
            match self.class_item()? {
                Escaped::Set(set) => {
                    sets.union(&set);
                    // A hyphen between a set and something else is an error or a doubt.
                    if self.peek() == Some('-') && self.rest().as_bytes().get(1) != Some(&b']') {
                        return None;
                    }
                }
                Escaped::Char(start) => {
                    let end = self.range_end(start)?;
                    chars.push(ClassUnicodeRange::new(start, end));
                }
            }
            is_first = false;
        }
        self.next();
        fold(&mut chars, self.flags.caseless)?;
        sets.union(&Set { chars, known: true });
        Some(if is_negated { sets.negated() } else { sets })
    }

    /// The end of a range that began with `start`; `start` itself if there is none.
    fn range_end(&mut self, start: char) -> Option<char> {
        if self.peek() != Some('-') || self.rest().as_bytes().get(1) == Some(&b']') {
            return Some(start);
        }
        self.next();
        match self.class_item()? {
            Escaped::Char(end) if end >= start => Some(end),
            _ => None,
        }
    }

    fn class_item(&mut self) -> Option<Escaped> {
        match self.next()? {
            '[' if self.peek().is_some_and(|char| matches!(char, ':' | '.' | '=')) => self.posix(),
            '\\' => match self.peek()? {
                'b' => {
                    self.next();
                    Some(Escaped::Char('\u{8}'))
                }
                _ => self.escaped(),
            },
            char => Some(Escaped::Char(char)),
        }
    }

    /// `[:name:]`, whose opening bracket is read already.
    fn posix(&mut self) -> Option<Escaped> {
        let start = self.at.checked_sub(1)?;
        if !self.eat(":") {
            return None;
        }
        self.eat("^");
        let length = self.rest().bytes().take_while(u8::is_ascii_lowercase).count();
        self.at += length;
        if !self.eat(":]") {
            return None;
        }
        let atom = format!("[{}]", self.text.get(start..self.at)?);
        Some(Escaped::Set(Set::of_ascii(unicode::ascii_members(&atom, self.flags.caseless)?)))
    }
}
