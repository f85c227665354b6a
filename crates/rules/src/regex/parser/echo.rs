//! What a pattern such as `(\b\w+\b)(?:\s+\1){3}` needs, in a form that automata can tell.
//!
//! What a reference repeats begins as its group does. For each kind of first character there is a pattern without
//! references, in which the group begins with that kind and so does every repetition. A subject that matches none of them
//! does not match.

use super::super::tree::{Node, Set};
use super::{Flags, Parser};

/// Kinds of first characters: those that have the lowest bits in common, so that upper and lower case are one kind.
const KINDS: u8 = 32;

/// A group that is set once in every match, and what references to it are replaced with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Echo {
    /// The kind of its first character.
    pub(super) kind: u8,
    /// Whether the group turned out never to begin so.
    pub(super) is_impossible: bool,
}

/// For a subject of ASCII characters: a pattern without references that matches wherever this one does; nothing if none is
/// known that says more than that anything may be repeated.
pub(in super::super) fn without_references(text: &str, caseless: bool) -> Option<Node> {
    // One group, outside of repetitions.
    let mut parser = Parser::new(text, Flags::new(caseless));
    parser.alternation()?;
    if parser.groups != 1 || !parser.has_single_group || parser.has_shared_numbers || !parser.has_references {
        return None;
    }
    let mut kinds = Vec::new();
    for kind in 0..KINDS {
        let mut parser = Parser::new(text, Flags::new(caseless));
        parser.echo = Some(Echo { kind, is_impossible: false });
        let node = parser.alternation()?;
        if parser.echo.is_some_and(|echo| !echo.is_impossible) {
            kinds.push(node);
        }
    }
    (!kinds.is_empty()).then_some(Node::Alternate(kinds))
}

impl Echo {
    fn first(self) -> Set {
        let chars = (0..128_u8).filter(|byte| byte % KINDS == self.kind).map(char::from);
        Set::of(&chars.map(|char| (char, char)).collect::<Vec<_>>())
    }

    /// The matches of a part that begin with a character of the kind. The outer nothing is doubt; the inner says that there
    /// are none.
    #[expect(clippy::option_option, reason = "doubt and absence are different answers")]
    pub(super) fn begun(self, node: &Node) -> Option<Option<Node>> {
        Some(match node {
            Node::Set(set) => {
                let mut chars = set.chars.clone();
                chars.intersect(&self.first().chars);
                let is_empty = chars.ranges().is_empty();
                (!is_empty).then_some(Node::Set(Set { chars, known: true }))
            }
            Node::Concat(parts) => {
                let is_mark = |part: &Node| matches!(part, Node::Empty | Node::Assert(_) | Node::Look { .. });
                let first = parts.iter().position(|part| !is_mark(part))?;
                let mut parts = parts.clone();
                let part = parts.get_mut(first)?;
                match self.begun(part)? {
                    Some(begun) => *part = begun,
                    None => return Some(None),
                }
                Some(Node::Concat(parts))
            }
            Node::Alternate(parts) => {
                let mut begun = Vec::with_capacity(parts.len());
                for part in parts {
                    begun.extend(self.begun(part)?);
                }
                (!begun.is_empty()).then_some(Node::Alternate(begun))
            }
            Node::Repeat { node, min: min @ 1.., max, possessive: false } => match self.begun(node)? {
                Some(begun) => {
                    let (min, max) = (min - 1, max.map(|max| max.saturating_sub(1)));
                    let rest = Node::Repeat { node: node.clone(), min, max, possessive: false };
                    Some(Node::Concat(vec![begun, rest]))
                }
                None => None,
            },
            _ => return None,
        })
    }

    /// What stands for a reference to a group whose characters are these.
    pub(super) fn repeated(self, ascii: u128) -> Node {
        let either_case = |byte: &u8| {
            let is_member = |byte: u8| ascii >> (byte % 128) & 1 == 1;
            is_member(byte.to_ascii_lowercase()) || is_member(byte.to_ascii_uppercase())
        };
        let rest: Vec<(char, char)> =
            (0..128_u8).filter(either_case).map(char::from).map(|char| (char, char)).collect();
        let rest = Node::Repeat { node: Box::new(Node::Set(Set::of(&rest))), min: 0, max: None, possessive: false };
        Node::Concat(vec![Node::Set(self.first()), rest])
    }
}
