//! From our tree to the automata's: the same meaning, or a wider one.

use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Hir, Look, Repetition};

use super::alphabet::Alphabet;
use super::tree::{Assertion, Node, Set};

/// For which subjects a translation is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subjects {
    /// Those of ASCII characters only.
    Ascii,
    /// All that are valid UTF-8.
    Utf8,
}

/// A pattern for automata.
pub(super) struct Translation {
    pub(super) hir: Hir,
    /// Whether a subject contains a match of `hir` exactly if the pattern matches. Otherwise only: if the pattern
    /// matches, then it contains one.
    pub(super) is_exact: bool,
}

/// Translates a pattern; what automata cannot express becomes something wider.
pub(super) fn translate(node: &Node, subjects: Subjects) -> Translation {
    run(Translator { subjects, alphabet: None, is_exact: true }, node)
}

/// The same for subjects that are spelled in the pattern's own alphabet.
pub(super) fn translate_spelled(node: &Node, alphabet: &Alphabet) -> Translation {
    run(Translator { subjects: Subjects::Utf8, alphabet: Some(alphabet), is_exact: true }, node)
}

fn run(mut translator: Translator<'_>, node: &Node) -> Translation {
    let hir = translator.hir(node, Behind { is_nothing: true, chars_min: 0 });
    Translation { hir, is_exact: translator.is_exact }
}

/// What follows a part within the pattern.
#[derive(Debug, Clone, Copy)]
struct Behind {
    /// Nothing at all follows.
    is_nothing: bool,
    /// At least so many characters follow.
    chars_min: usize,
}

struct Translator<'a> {
    subjects: Subjects,
    alphabet: Option<&'a Alphabet>,
    is_exact: bool,
}

impl Translator<'_> {
    fn hir(&mut self, node: &Node, behind: Behind) -> Hir {
        match node {
            Node::Empty => Hir::empty(),
            Node::Set(set) => self.set(set),
            Node::Concat(parts) => self.concat(parts, behind),
            Node::Alternate(parts) => Hir::alternation(parts.iter().map(|part| self.hir(part, behind)).collect()),
            Node::Repeat { node, min, max, possessive } => {
                self.is_exact &= !possessive;
                let inner = if *max == Some(1) { behind } else { Behind { is_nothing: false, ..behind } };
                let sub = Box::new(self.hir(node, inner));
                Hir::repetition(Repetition { min: *min, max: *max, greedy: true, sub })
            }
            Node::Assert(assertion) => self.assertion(*assertion, behind),
            Node::Atomic(node) => {
                self.is_exact = false;
                self.hir(node, behind)
            }
            Node::Look { .. } => {
                self.is_exact = false;
                Hir::empty()
            }
            Node::Backreference(_) | Node::Recursion => {
                self.is_exact = false;
                let sub = Box::new(self.set(&Set::of(&[('\0', char::MAX)])));
                Hir::repetition(Repetition { min: 0, max: None, greedy: true, sub })
            }
        }
    }

    fn concat(&mut self, parts: &[Node], behind: Behind) -> Hir {
        let mut behind = behind;
        let mut hirs = Vec::with_capacity(parts.len());
        for part in parts.iter().rev() {
            hirs.push(self.hir(part, behind));
            behind.is_nothing &= *part == Node::Empty;
            behind.chars_min = behind.chars_min.saturating_add(part.chars_min());
        }
        hirs.reverse();
        Hir::concat(hirs)
    }

    fn set(&mut self, set: &Set) -> Hir {
        if let Some(alphabet) = self.alphabet {
            let members = alphabet.members(set);
            let bytes = (0..=u8::MAX).filter(|byte| members[usize::from(*byte)]);
            return Hir::class(Class::Bytes(ClassBytes::new(bytes.map(|byte| ClassBytesRange::new(byte, byte)))));
        }
        match self.subjects {
            Subjects::Ascii => {
                let members = set.ascii();
                let bytes = (0..128u8).filter(|byte| members >> byte & 1 == 1);
                Hir::class(Class::Bytes(ClassBytes::new(bytes.map(|byte| ClassBytesRange::new(byte, byte)))))
            }
            Subjects::Utf8 => {
                self.is_exact &= set.known;
                Hir::class(Class::Unicode(set.chars.clone()))
            }
        }
    }

    fn knows_words(&self) -> bool {
        self.subjects == Subjects::Ascii || self.alphabet.is_some()
    }

    fn assertion(&mut self, assertion: Assertion, behind: Behind) -> Hir {
        match assertion {
            Assertion::Start => Hir::look(Look::Start),
            Assertion::End => Hir::look(Look::End),
            Assertion::LineEnd => Hir::look(Look::EndLF),
            // PCRE2 sees no line behind a line feed that is the last character, the automata do. Where a character
            // follows in the pattern, there is no difference.
            Assertion::LineStart => {
                self.is_exact &= behind.chars_min > 0;
                Hir::look(Look::StartLF)
            }
            // At the pattern's end the line feed may be taken in, since only the existence of a match counts.
            Assertion::EndOrFinalNewline if behind.is_nothing => Hir::concat(vec![
                Hir::repetition(Repetition { min: 0, max: Some(1), greedy: true, sub: Box::new(Hir::literal(*b"\n")) }),
                Hir::look(Look::End),
            ]),
            Assertion::EndOrFinalNewline => {
                self.is_exact = false;
                Hir::look(Look::EndLF)
            }
            Assertion::WordBoundary if self.knows_words() => Hir::look(Look::WordAscii),
            Assertion::NoWordBoundary if self.knows_words() => Hir::look(Look::WordAsciiNegate),
            Assertion::WordBoundary | Assertion::NoWordBoundary => {
                self.is_exact = false;
                Hir::empty()
            }
        }
    }
}
