//! A parser for the part of PCRE2's language whose meaning is certain.
//!
//! It is only asked about patterns that PCRE2 has compiled, so it need not find errors; where it is not sure what
//! something means, it says so by giving nothing, and the pattern is left to PCRE2 alone.

mod class;
mod echo;
mod escape;
mod group;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::tree::{Assertion, Node, Referred, Set};
pub(super) use echo::without_references;

/// Parts of one pattern; beyond it the pattern is left to PCRE2.
const NODES_MAX: usize = 20_000;
/// Depth of groups; PCRE2 allows as many.
const DEPTH_MAX: usize = 250;
/// Characters of the longest group whose repetition is looked for.
pub(super) const REFERRED_CHARS_MAX: usize = 16;

/// What inline options say at a place of the pattern.
#[derive(Debug, Clone, Copy)]
struct Flags {
    caseless: bool,
    multi_line: bool,
    dot_all: bool,
}

struct Parser<'p> {
    text: &'p str,
    at: usize,
    flags: Flags,
    nodes: usize,
    depth: usize,
    /// Capturing groups opened so far.
    groups: usize,
    /// Groups that are one character.
    short_groups: Vec<(usize, Referred)>,
    /// Whether `(?|` occurs, so that one number can mean several groups.
    has_shared_numbers: bool,
    /// Whether the first group is set once in every match: it is in no other, and not repeated.
    has_single_group: bool,
    /// Whether there are references, all of which are known to be to the first group.
    has_references: bool,
    /// How the first group begins, if references to it are to be replaced.
    echo: Option<echo::Echo>,
    /// The ASCII characters of the first group.
    echoed: u128,
}

impl Flags {
    fn new(caseless: bool) -> Self {
        Self { caseless, multi_line: false, dot_all: false }
    }
}

/// Reads a pattern that PCRE2 accepts; nothing if some of it is not understood with certainty.
pub(super) fn parse(text: &str, caseless: bool) -> Option<Node> {
    // Verbs and settings at the start, such as `(*CRLF)`, change meanings far away.
    if text.contains("(*") {
        return None;
    }
    let mut parser = Parser::new(text, Flags::new(caseless));
    let node = parser.alternation()?;
    parser.peek().is_none().then_some(node)
}

impl<'p> Parser<'p> {
    fn new(text: &'p str, flags: Flags) -> Self {
        Self {
            text,
            at: 0,
            flags,
            nodes: 0,
            depth: 0,
            groups: 0,
            short_groups: Vec::new(),
            has_shared_numbers: text.contains("(?|"),
            has_single_group: false,
            has_references: false,
            echo: None,
            echoed: 0,
        }
    }
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += char.len_utf8();
        Some(char)
    }

    fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    /// Skips to behind the next `end`, and gives what lies before it.
    fn take_until(&mut self, end: char) -> Option<&str> {
        let start = self.at;
        let length = self.rest().find(end)?;
        self.at += length + end.len_utf8();
        self.text.get(start..start + length)
    }

    /// Alternatives up to a closing bracket or the end. Options set inside hold to its end, in later alternatives too.
    fn alternation(&mut self) -> Option<Node> {
        self.depth += 1;
        if self.depth > DEPTH_MAX + 1 {
            return None;
        }
        let flags = self.flags;
        let mut alternatives = vec![self.concatenation()?];
        while self.eat("|") {
            alternatives.push(self.concatenation()?);
        }
        self.flags = flags;
        self.depth -= 1;
        Some(if alternatives.len() == 1 { alternatives.pop()? } else { joined(alternatives) })
    }

    fn concatenation(&mut self) -> Option<Node> {
        let mut parts = Vec::new();
        while let Some(char) = self.peek() {
            if matches!(char, '|' | ')') {
                break;
            }
            if self.eat(r"\Q") {
                self.quoted(&mut parts)?;
            } else if !self.eat(r"\E") {
                match self.atom()? {
                    // Options and comments are nothing that could be repeated.
                    None => {
                        if self.quantifier()?.is_some() {
                            return None;
                        }
                        continue;
                    }
                    Some(node) => parts.push(node),
                }
            }
            self.nodes += 1;
            if self.nodes > NODES_MAX {
                return None;
            }
            self.repetitions(&mut parts)?;
        }
        Some(if parts.len() == 1 { parts.pop()? } else { Node::Concat(parts) })
    }

    /// Text between `\Q` and `\E`, where every character stands for itself.
    fn quoted(&mut self, parts: &mut Vec<Node>) -> Option<()> {
        let text = match self.rest().find(r"\E") {
            Some(length) => self.rest().get(..length)?.to_owned(),
            None => self.rest().to_owned(),
        };
        self.at += text.len();
        self.eat(r"\E");
        if text.is_empty() {
            // What a quantifier here would belong to is not certain.
            return self.quantifier()?.is_none().then_some(());
        }
        for char in text.chars() {
            parts.push(Node::Set(self.literal(char)?));
        }
        Some(())
    }

    #[expect(clippy::option_option, reason = "doubt and absence are different answers")]
    fn atom(&mut self) -> Option<Option<Node>> {
        let char = self.next()?;
        Some(Some(match char {
            '(' => return self.group(),
            '[' => Node::Set(self.class()?),
            '\\' => self.escape()?,
            '.' if self.flags.dot_all => Node::Set(Set::of(&[('\0', char::MAX)])),
            '.' => Node::Set(Set::of(&[('\n', '\n')]).negated()),
            '^' if self.flags.multi_line => Node::Assert(Assertion::LineStart),
            '^' => Node::Assert(Assertion::Start),
            '$' if self.flags.multi_line => Node::Assert(Assertion::LineEnd),
            '$' => Node::Assert(Assertion::EndOrFinalNewline),
            // A quantifier without anything to repeat.
            '*' | '+' | '?' => return None,
            _ => Node::Set(self.literal(char)?),
        }))
    }

    /// One character, in either case if case does not count.
    fn literal(&self, char: char) -> Option<Set> {
        let mut chars = ClassUnicode::new([ClassUnicodeRange::new(char, char)]);
        fold(&mut chars, self.flags.caseless)?;
        Some(Set { chars, known: true })
    }

    /// Applies the quantifiers that follow to the last part.
    fn repetitions(&mut self, parts: &mut Vec<Node>) -> Option<()> {
        while let Some((min, max)) = self.quantifier()? {
            let node = parts.pop()?;
            // Whether and how an assertion repeats is not worth the doubt.
            if matches!(node, Node::Assert(_) | Node::Look { .. } | Node::Empty) {
                return None;
            }
            let possessive = self.eat("+");
            if !possessive {
                self.eat("?");
            }
            parts.push(Node::Repeat { node: Box::new(node), min, max, possessive });
        }
        Some(())
    }

    /// The bounds of a quantifier, if one is here. The outer option is doubt, the inner one absence.
    #[expect(clippy::option_option, reason = "doubt and absence are different answers")]
    fn quantifier(&mut self) -> Option<Option<(u32, Option<u32>)>> {
        let bounds = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => return self.counted(),
            _ => return Some(None),
        };
        self.at += 1;
        Some(Some(bounds))
    }

    /// `{n}`, `{n,}`, `{,m}` or `{n,m}`, blanks allowed around the numbers; any other brace stands for itself.
    #[expect(clippy::option_option, reason = "as for the caller")]
    fn counted(&mut self) -> Option<Option<(u32, Option<u32>)>> {
        let Some((inner, _)) = self.rest().get(1..)?.split_once('}') else { return Some(None) };
        let length = inner.len() + 2;
        let (low, high) = inner.split_once(',').map_or((inner, None), |(low, high)| (low, Some(high)));
        let trimmed = |text: &str| text.trim_matches([' ', '\t']).to_owned();
        let (low, high) = (trimmed(low), high.map(trimmed));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(&low) || !high.as_deref().is_none_or(is_number) {
            return Some(None);
        }
        let has_high = high.as_deref().is_some_and(|high| !high.is_empty());
        if low.is_empty() && !has_high {
            return Some(None);
        }
        let min = if low.is_empty() { 0 } else { low.parse().ok()? };
        let max = match high.as_deref() {
            None => Some(min),
            Some("") => None,
            Some(high) => Some(high.parse().ok()?),
        };
        self.at += length;
        Some(Some((min, max)))
    }
}

/// Alternatives; those that are all single characters become one set.
fn joined(alternatives: Vec<Node>) -> Node {
    let sets: Option<Vec<&Set>> =
        alternatives.iter().map(|node| if let Node::Set(set) = node { Some(set) } else { None }).collect();
    match sets.as_deref() {
        Some([first, others @ ..]) => {
            let mut all = (*first).clone();
            for set in others {
                all.union(set);
            }
            Node::Set(all)
        }
        _ => Node::Alternate(alternatives),
    }
}

/// Adds the other cases of all members, as Unicode's simple folding has them; PCRE2 does the same.
fn fold(chars: &mut ClassUnicode, caseless: bool) -> Option<()> {
    if caseless { chars.try_case_fold_simple().ok() } else { Some(()) }
}
