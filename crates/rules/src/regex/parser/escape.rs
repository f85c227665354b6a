//! Everything that begins with a backslash, outside of classes.

use super::super::tree::{Assertion, Node, Referred, Set};
use super::super::unicode;
use super::Parser;

/// What a backslash and what follows mean, both outside and inside of classes.
pub(super) enum Escaped {
    Char(char),
    Set(Set),
}

impl Parser<'_> {
    /// Reads what follows a backslash.
    pub(super) fn escape(&mut self) -> Option<Node> {
        let start = self.at;
        let assertion = match self.next()? {
            'A' => Assertion::Start,
            'z' => Assertion::End,
            'Z' => Assertion::EndOrFinalNewline,
            'b' => Assertion::WordBoundary,
            'B' => Assertion::NoWordBoundary,
            // It takes no characters and only moves the start of the match.
            'K' => return Some(Node::Empty),
            'N' if self.peek() != Some('{') => return Some(Node::Set(Set::of(&[('\n', '\n')]).negated())),
            'R' => return Some(Node::Atomic(Box::new(line_end()))),
            'X' => return Some(one_or_more_of_anything()),
            'g' | 'k' => return self.reference(),
            '1'..='9' => {
                // Two digits can be an octal number.
                let again = self.peek().is_some_and(|char| char.is_ascii_digit());
                let number = self.text.get(start..self.at)?.parse().ok()?;
                if again {
                    return None;
                }
                if number == 1 && self.groups == 1 {
                    self.has_references = true;
                    if let Some(echo) = self.echo {
                        return Some(echo.repeated(self.echoed));
                    }
                }
                return Some(self.backreference(number));
            }
            _ => {
                self.at = start;
                return Some(Node::Set(match self.escaped()? {
                    Escaped::Char(char) => self.literal(char)?,
                    Escaped::Set(set) => set,
                }));
            }
        };
        Some(Node::Assert(assertion))
    }

    /// A reference to a group by its number.
    fn backreference(&self, number: usize) -> Node {
        let group = self.short_groups.iter().find(|(group, _)| *group == number && !self.has_shared_numbers);
        Node::Backreference(group.map(|(_, referred)| Referred { caseless: self.flags.caseless, ..*referred }))
    }

    /// `\g` and `\k` in all their forms.
    fn reference(&mut self) -> Option<Node> {
        for (open, close) in [('{', '}'), ('<', '>'), ('\'', '\'')] {
            if self.peek() == Some(open) {
                let is_call = open != '{' && self.text.get(self.at.checked_sub(1)?..self.at) == Some("g");
                self.next();
                self.take_until(close)?;
                return Some(if is_call { Node::Recursion } else { Node::Backreference(None) });
            }
        }
        let digits = self.rest().strip_prefix(['-', '+']).unwrap_or(self.rest());
        let length = digits.bytes().take_while(u8::is_ascii_digit).count();
        self.at += self.rest().len() - digits.len() + length;
        (length > 0).then_some(Node::Backreference(None))
    }

    /// An escape that stands for characters, in a class or not.
    pub(super) fn escaped(&mut self) -> Option<Escaped> {
        let start = self.at;
        let char = self.next()?;
        Some(Escaped::Char(match char {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\u{c}',
            'e' => '\u{1b}',
            'a' => '\u{7}',
            '0' => self.number(8, 2)?,
            'x' if self.eat("{") => {
                let digits = self.take_until('}')?;
                char::from_u32(u32::from_str_radix(digits.trim_matches([' ', '\t']), 16).ok()?)?
            }
            'x' => self.number(16, 2)?,
            'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'h' | 'H' | 'v' | 'V' => {
                let set = match char.to_ascii_lowercase() {
                    'd' => Set::of(unicode::DIGITS),
                    'w' => Set::of(unicode::WORD),
                    's' => Set::of(unicode::SPACES),
                    'h' => Set::of(unicode::HORIZONTAL),
                    _ => Set::of(unicode::VERTICAL),
                };
                return Some(Escaped::Set(if char.is_ascii_uppercase() { set.negated() } else { set }));
            }
            'p' | 'P' => {
                if self.eat("{") {
                    self.take_until('}')?;
                } else {
                    self.next()?;
                }
                let atom = format!("\\{}", self.text.get(start..self.at)?);
                return Some(Escaped::Set(Set::of_ascii(unicode::ascii_members(&atom, self.flags.caseless)?)));
            }
            _ if char.is_ascii_alphanumeric() => return None,
            _ => char,
        }))
    }

    /// Up to `digits_max` digits as a number; none are 0.
    fn number(&mut self, radix: u32, digits_max: usize) -> Option<char> {
        let length = self.rest().chars().take(digits_max).take_while(|char| char.is_digit(radix)).count();
        let digits = self.rest().get(..length)?.to_owned();
        self.at += length;
        char::from_u32(if digits.is_empty() { 0 } else { u32::from_str_radix(&digits, radix).ok()? })
    }
}

/// `\R`: a carriage return with its line feed, or one vertical space.
fn line_end() -> Node {
    let char = |char| Node::Set(Set::of(&[(char, char)]));
    Node::Alternate(vec![Node::Concat(vec![char('\r'), char('\n')]), Node::Set(Set::of(unicode::VERTICAL))])
}

/// `\X`: one character and what belongs to it, taken as a whole.
fn one_or_more_of_anything() -> Node {
    let anything = Node::Set(Set::of(&[('\0', char::MAX)]));
    Node::Repeat { node: Box::new(anything), min: 1, max: None, possessive: true }
}
