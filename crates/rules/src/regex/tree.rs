//! What a pattern means, as far as our own parser understands it.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

/// One character out of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set {
    /// The members. Where those outside of ASCII are not known, all of these are in.
    pub(super) chars: ClassUnicode,
    /// Whether the members outside of ASCII are known.
    pub(super) known: bool,
}

impl Set {
    pub(super) fn of(ranges: &[(char, char)]) -> Self {
        let ranges = ranges.iter().map(|&(start, end)| ClassUnicodeRange::new(start, end));
        Self { chars: ClassUnicode::new(ranges), known: true }
    }

    /// The members in ASCII only, none of the others known.
    pub(super) fn of_ascii(members: u128) -> Self {
        let mut set = Self::of(&[('\u{80}', char::MAX)]);
        for byte in 0..128u8 {
            if members >> byte & 1 == 1 {
                set.chars.push(ClassUnicodeRange::new(char::from(byte), char::from(byte)));
            }
        }
        set.known = false;
        set
    }

    pub(super) fn union(&mut self, other: &Self) {
        self.chars.union(&other.chars);
        self.known &= other.known;
    }

    pub(super) fn negated(mut self) -> Self {
        self.chars.negate();
        if !self.known {
            self.union(&Self::of(&[('\u{80}', char::MAX)]));
            self.known = false;
        }
        self
    }

    /// The members among the first 128 code points, one bit each.
    pub(super) fn ascii(&self) -> u128 {
        let mut members = 0u128;
        for range in self.chars.iter() {
            for code in range.start() as u32..=(range.end() as u32).min(127) {
                members |= 1 << code;
            }
        }
        members
    }

    /// Whether there are no members outside of ASCII.
    pub(super) fn is_ascii(&self) -> bool {
        self.chars.iter().all(|range| range.end().is_ascii())
    }

    /// The members, if there are at most `max` and all are known.
    pub(super) fn members(&self, max: usize) -> Option<Vec<char>> {
        let mut members = Vec::new();
        for range in self.chars.iter() {
            if range.len() > max {
                return None;
            }
            members.extend(range.start()..=range.end());
        }
        (self.known && members.len() <= max).then_some(members)
    }
}

/// A condition on a place between characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assertion {
    /// `\A`, and `^` without `m`.
    Start,
    /// `\z`.
    End,
    /// `\Z`, and `$` without `m`: the end, or before a line feed that is the last character.
    EndOrFinalNewline,
    /// `^` with `m`: the start, or behind a line feed that is not the last character.
    LineStart,
    /// `$` with `m`: the end, or before a line feed.
    LineEnd,
    /// `\b`.
    WordBoundary,
    /// `\B`.
    NoWordBoundary,
}

/// The text that a reference stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Referred {
    /// Fewest characters.
    pub(super) chars_min: usize,
    /// Most characters.
    pub(super) chars_max: usize,
    /// Whether they may be in another case.
    pub(super) caseless: bool,
    /// Which characters they may be, cases aside.
    pub(super) members: Members,
}

/// Characters, roughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Members {
    /// Those of ASCII, one bit each.
    pub(super) ascii: u128,
    /// Whether there are others.
    pub(super) has_others: bool,
}

impl Members {
    const NONE: Self = Self { ascii: 0, has_others: false };
    const ALL: Self = Self { ascii: u128::MAX, has_others: true };

    fn or(self, other: Self) -> Self {
        Self { ascii: self.ascii | other.ascii, has_others: self.has_others | other.has_others }
    }
}

/// A pattern or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Empty,
    Set(Set),
    Concat(Vec<Node>),
    Alternate(Vec<Node>),
    Repeat {
        node: Box<Node>,
        min: u32,
        max: Option<u32>,
        possessive: bool,
    },
    Assert(Assertion),
    /// A group that gives nothing back.
    Atomic(Box<Node>),
    /// A look ahead or behind, positive or negative: takes no characters.
    Look {
        node: Box<Node>,
        /// Whether what it looks for must be there.
        must: bool,
    },
    /// A reference to an earlier group: some text that is in the subject, and what is known of it.
    Backreference(Option<Referred>),
    /// A call of a group, or of the whole pattern.
    Recursion,
}

impl Node {
    /// The same pattern without its characters: what estimates of cost need, in a fraction of the memory.
    pub(super) fn into_outline(self) -> Self {
        let all = |parts: Vec<Self>| parts.into_iter().map(Self::into_outline).collect();
        match self {
            Self::Set(_) => Self::Empty,
            Self::Concat(parts) => Self::Concat(all(parts)),
            Self::Alternate(parts) => Self::Alternate(all(parts)),
            Self::Repeat { node, min, max, possessive } => {
                Self::Repeat { node: Box::new(node.into_outline()), min, max, possessive }
            }
            Self::Atomic(node) => Self::Atomic(Box::new(node.into_outline())),
            Self::Look { node, must } => Self::Look { node: Box::new(node.into_outline()), must },
            other => other,
        }
    }

    /// The least number of characters that a match of this part takes.
    pub(super) fn chars_min(&self) -> usize {
        match self {
            Self::Set(_) => 1,
            Self::Concat(parts) => parts.iter().fold(0, |sum, part| part.chars_min().saturating_add(sum)),
            Self::Alternate(parts) => parts.iter().map(Self::chars_min).min().unwrap_or(0),
            Self::Repeat { node, min, .. } => node.chars_min().saturating_mul(*min as usize),
            Self::Atomic(node) => node.chars_min(),
            Self::Empty | Self::Assert(_) | Self::Look { .. } | Self::Backreference(_) | Self::Recursion => 0,
        }
    }

    /// The greatest number of characters that a match of this part takes; none if it is not bounded.
    pub(super) fn chars_max(&self) -> Option<usize> {
        match self {
            Self::Set(_) => Some(1),
            Self::Empty | Self::Assert(_) | Self::Look { .. } => Some(0),
            Self::Concat(parts) => parts.iter().try_fold(0, |sum: usize, part| sum.checked_add(part.chars_max()?)),
            Self::Alternate(parts) => parts.iter().try_fold(0, |most, part| Some(part.chars_max()?.max(most))),
            Self::Repeat { node, max, .. } => node.chars_max()?.checked_mul((*max)? as usize),
            Self::Atomic(node) => node.chars_max(),
            Self::Backreference(referred) => Some((*referred)?.chars_max),
            Self::Recursion => None,
        }
    }

    /// The characters that a match of this part may take.
    pub(super) fn members(&self) -> Members {
        match self {
            Self::Set(set) => Members { ascii: set.ascii(), has_others: !set.is_ascii() },
            Self::Concat(parts) | Self::Alternate(parts) => {
                parts.iter().fold(Members::NONE, |all, part| all.or(part.members()))
            }
            Self::Repeat { node, .. } | Self::Atomic(node) => node.members(),
            Self::Empty | Self::Assert(_) | Self::Look { .. } => Members::NONE,
            Self::Backreference(_) | Self::Recursion => Members::ALL,
        }
    }

    /// About how many units of work building automata for it takes: characters with repetitions written out, those of
    /// large sets being the dearest.
    pub(super) fn building_units(&self) -> u64 {
        const CHAR: u64 = 300;
        const LARGE_SET: u64 = 20_000;
        match self {
            Self::Set(set) => {
                if set.is_ascii() {
                    CHAR
                } else {
                    LARGE_SET
                }
            }
            Self::Concat(parts) | Self::Alternate(parts) => {
                parts.iter().fold(CHAR, |sum, part| sum.saturating_add(part.building_units()))
            }
            Self::Repeat { node, min, max, .. } => {
                node.building_units().saturating_mul(u64::from(max.unwrap_or(*min).max(1)))
            }
            Self::Atomic(node) | Self::Look { node, .. } => node.building_units(),
            Self::Empty | Self::Assert(_) | Self::Backreference(_) | Self::Recursion => CHAR,
        }
    }

    /// Whether a subject of ASCII characters can match at all, as far as characters tell.
    pub(super) fn can_match_ascii(&self) -> bool {
        match self {
            Self::Set(set) => set.ascii() != 0,
            Self::Concat(parts) => parts.iter().all(Self::can_match_ascii),
            Self::Alternate(parts) => parts.iter().any(Self::can_match_ascii),
            Self::Repeat { node, min, .. } => *min == 0 || node.can_match_ascii(),
            Self::Atomic(node) => node.can_match_ascii(),
            _ => true,
        }
    }

    /// Whether a match can only begin at the start of the subject.
    pub(super) fn is_anchored(&self) -> bool {
        match self {
            Self::Assert(assertion) => *assertion == Assertion::Start,
            Self::Concat(parts) => parts.first().is_some_and(Self::is_anchored),
            Self::Alternate(parts) => parts.iter().all(Self::is_anchored),
            Self::Atomic(node) => node.is_anchored(),
            _ => false,
        }
    }
}
