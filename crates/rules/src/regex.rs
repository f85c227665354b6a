//! Regular expressions and globs: PCRE2's language, with bounded time.
//!
//! The meaning of a pattern is what PCRE2 says, compiled as PHP's `preg_*` functions do. What makes it quick and safe
//! stands around it: a pattern that is a list of texts is searched for as such; what automata can express exactly is
//! left to them; where they can only express something wider they at least tell when there is no match; and where
//! PCRE2 is needed and might backtrack for long, it reports every step to the caller's [`Meter`].
//!
//! * `source`: from the author's text to the pattern; globs; what `get_matches` guesses. `dialect`: what only the
//!   reference's PCRE2 takes.
//! * `parser`, `tree`: the part of the language that we understand ourselves; `cost` bounds its backtracking.
//! * `literals`, `needs`, `finder`, `runs`: texts and runs of characters that a match must contain. `translate`, `linear`:
//!   automata; `alphabet`: for word boundaries outside of ASCII. `singles`: counting. `plan`: all in their order.
//! * `search`: when PCRE2 runs unwatched. `pcre`: PCRE2, the one module with `unsafe`. `scratch`: working space.

mod alphabet;
mod cache;
mod cost;
mod dialect;
mod finder;
mod linear;
mod literals;
mod needs;
mod parser;
mod pcre;
mod plan;
mod replace;
mod runs;
mod scratch;
mod search;
mod singles;
mod source;
mod translate;
mod tree;
mod unicode;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::OnceLock;

pub(crate) use cache::Allowance;
pub use cache::PatternCache;
pub use needs::Needs;
pub use scratch::Scratch;
pub use source::{guessed_groups, wrapped};

use crate::budget::{Exhausted, Meter};
use crate::release::Release;
use crate::text::signs::NeededSigns;
use literals::Signs;
use pcre::{Code, Options};
use plan::{Plan, Verdict};
use translate::Subjects;
use tree::Node;

/// Units that building automata takes at most: they are given up when they become too large.
const BUILDING_UNITS_MAX: u64 = 5_000_000;
/// Texts in a [`Requirement`].
const REQUIREMENT_TEXTS_MAX: usize = 64;
/// Units for one match of many, beside the search for it.
const MATCH_UNITS: u64 = 50;

/// How a text is read as a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// `rlike`, `regex` and the functions.
    Perl,
    /// `irlike`.
    PerlCaseless,
    /// `like` and `matches`: a glob for the whole subject.
    Like,
}

/// What answers [`Pattern::is_match`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A search for texts or an automaton: time linear in the subject.
    Linear,
    /// PCRE2, after a linear search has found that there may be a match.
    Excluding,
    /// PCRE2 alone.
    Pcre,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at byte {offset} of the pattern")]
pub struct PatternError {
    /// Where, in bytes of the author's text; for a glob, 0.
    pub offset: usize,
    /// What, in PCRE2's words.
    pub message: String,
}

/// Why a match has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// One of PCRE2's limits: a million steps, their depth, or the stack.
    #[error("the match takes more steps than allowed")]
    Limit,
    /// The subject is not valid UTF-8.
    #[error("the subject is not valid UTF-8")]
    InvalidUtf8,
    /// The caller's budget of work, or of output, is used up.
    #[error("the budget of work is used up")]
    Exhausted,
}

impl From<Exhausted> for Failure {
    fn from(_: Exhausted) -> Self {
        Self::Exhausted
    }
}

/// A text to match against, with what is known about it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    bytes: &'a [u8],
    text: Option<&'a str>,
    is_ascii: bool,
}

impl<'a> Subject<'a> {
    /// A subject from bytes; looks at all of them.
    pub fn new(bytes: &'a [u8]) -> Self {
        let text = std::str::from_utf8(bytes).ok();
        Self { bytes, text, is_ascii: text.is_some_and(str::is_ascii) }
    }

    /// A subject that is known to be valid UTF-8. `is_ascii` may be false for a text that is ASCII, which only costs
    /// time; if it is wrongly true, answers can be wrong.
    pub fn text(text: &'a str, is_ascii: bool) -> Self {
        Self { bytes: text.as_bytes(), text: Some(text), is_ascii }
    }

    /// The bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    fn valid(&self) -> Result<&'a str, Failure> {
        self.text.ok_or(Failure::InvalidUtf8)
    }
}

/// Texts of which at least one is in every subject that a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The texts, none empty, at most 64.
    pub any_of: Vec<Vec<u8>>,
    /// The texts are in lower case and are to be looked for in the subject with its ASCII letters in lower case. Then
    /// nothing is said about subjects that contain U+212A (which matches k) or U+017F (s).
    pub caseless: bool,
    /// The pattern matches every subject that contains one.
    pub exact: bool,
}

/// A compiled pattern: immutable, to be shared between threads.
pub struct Pattern {
    /// What PCRE2 compiles.
    source: Box<[u8]>,
    is_caseless: bool,
    /// Nothing if that takes too long to tell.
    matches_empty: Option<bool>,
    compiled_bytes: usize,
    building_units: u64,
    /// The names of groups are not needed, only which groups have one.
    named_groups: Box<[u32]>,
    /// The pattern without its characters, for estimates; nothing if we do not understand it.
    outline: Option<Node>,
    requirement: Option<Requirement>,
    for_ascii: OnceLock<Plan>,
    for_utf8: OnceLock<Plan>,
    unwatched: OnceLock<Option<Code>>,
    watched: OnceLock<Option<Code>>,
    needed_signs: OnceLock<Option<NeededSigns>>,
}

impl Pattern {
    /// Compiles a text.
    ///
    /// Native code and automata are made when they are first needed.
    ///
    /// # Errors
    /// [`PatternError`] if PCRE2 does not accept it, or if it is not valid UTF-8.
    pub fn compile(text: &[u8], mode: Mode, release: Release) -> Result<Self, PatternError> {
        let source = match mode {
            Mode::Perl | Mode::PerlCaseless => source::with_escaped_slashes(text, release),
            Mode::Like => source::from_glob(text),
        };
        let is_caseless = mode == Mode::PerlCaseless;
        let options = Options { caseless: is_caseless, metered: false, native: false };
        let bridged = dialect::bridged(&source);
        let code = Code::compile(&bridged.pattern, options).map_err(|error| PatternError {
            offset: match mode {
                Mode::Like => 0,
                _ => source::offset_in_text(text, bridged.offset_before(error.offset)),
            },
            message: error.message,
        })?;
        let source = bridged.pattern.into_owned();
        let node = parsed(&source, is_caseless);
        let requirement = node.as_ref().and_then(|node| literals::required(node, Signs::Ignored));
        let mut machine = pcre::Machine::new();
        Ok(Self {
            is_caseless,
            matches_empty: code.matches_empty(&mut machine),
            compiled_bytes: code.bytes(),
            building_units: node.as_ref().map_or(0, Node::building_units).min(BUILDING_UNITS_MAX),
            named_groups: code.named_groups().into(),
            outline: node.map(Node::into_outline),
            requirement: requirement.filter(|literals| literals.any_of.len() <= REQUIREMENT_TEXTS_MAX).map(
                |literals| Requirement {
                    any_of: literals.any_of,
                    caseless: literals.lowered,
                    exact: literals.is_exact,
                },
            ),
            for_ascii: OnceLock::new(),
            for_utf8: OnceLock::new(),
            unwatched: OnceLock::new(),
            watched: OnceLock::new(),
            needed_signs: OnceLock::new(),
            source: source.into(),
        })
    }

    /// Whether the pattern matches the empty string, for the warning `match-empty-regex`.
    pub fn matches_empty(&self) -> bool {
        self.matches_empty == Some(true)
    }

    /// Whether a group has a name: 1.39 gives such groups twice in the result of `get_matches`.
    pub fn is_named(&self, group: usize) -> bool {
        self.named_groups.iter().any(|&named| named as usize == group)
    }

    /// Size of what PCRE2 made of the pattern: a measure of what compiling and keeping it costs.
    /// Native code is several times larger.
    pub fn compiled_bytes(&self) -> usize {
        self.compiled_bytes
    }

    /// About how many units of work the automata take that are built when the pattern is first used.
    pub(crate) fn building_units(&self) -> u64 {
        self.building_units
    }

    /// Texts that every match needs, if some are known.
    pub fn requirement(&self) -> Option<&Requirement> {
        self.requirement.as_ref()
    }

    /// What every match needs together, if that is something in particular. Reads the pattern anew.
    pub fn needs(&self) -> Option<Needs> {
        needs::needs(&parsed(&self.source, self.is_caseless)?)
    }

    /// The signs by which a rule set leaves texts out, if there are any. Found when they are first asked for, and kept:
    /// reading the patterns anew would be most of the work of putting rules together, which is done at every change of one.
    pub(crate) fn needed_signs(&self) -> Option<&NeededSigns> {
        self.needed_signs
            .get_or_init(|| {
                let needs = self.needs()?;
                NeededSigns::of(&needs.ways, needs.folds)
            })
            .as_ref()
    }

    /// What answers [`Pattern::is_match`] for an ASCII subject.
    pub fn engine(&self) -> Engine {
        match self.plan(true) {
            plan if plan.is_exact() => Engine::Linear,
            plan if plan.excludes() => Engine::Excluding,
            _ => Engine::Pcre,
        }
    }

    /// Whether the pattern matches somewhere in the subject.
    ///
    /// # Errors
    /// [`Failure`]. A limit of PCRE2 is only reached where the quick ways have no answer.
    pub fn is_match(
        &self,
        subject: Subject<'_>,
        scratch: &mut Scratch,
        meter: &mut Meter<'_>,
    ) -> Result<bool, Failure> {
        let text = subject.valid()?;
        // Known, and what checks of a rule mostly ask: no automaton is built for it.
        if let Some(answer) = self.matches_empty.filter(|_| text.is_empty()) {
            return Ok(answer);
        }
        match self.plan(subject.is_ascii).judge(text, scratch, meter)? {
            Verdict::Match => Ok(true),
            Verdict::NoMatch => Ok(false),
            Verdict::Open => self.find(subject, 0, scratch, meter),
        }
    }

    /// How often the pattern matches, as `preg_match_all` counts: matches do not overlap, and can be empty.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn count(&self, subject: Subject<'_>, scratch: &mut Scratch, meter: &mut Meter<'_>) -> Result<usize, Failure> {
        let text = subject.valid()?;
        let plan = self.plan(subject.is_ascii);
        if let Some(count) = plan.count(subject.bytes) {
            meter.spend(subject.bytes.len() as u64)?;
            return Ok(count);
        }
        if plan.judge(text, scratch, meter)? == Verdict::NoMatch {
            return Ok(0);
        }
        let mut count = 0;
        self.each_match(subject, scratch, meter, |_| {
            count += 1;
            Ok(())
        })?;
        Ok(count)
    }

    /// The ranges of the first match: the whole, then its groups up to the last one that is set.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn captures(
        &self,
        subject: Subject<'_>,
        scratch: &mut Scratch,
        meter: &mut Meter<'_>,
    ) -> Result<Option<Vec<Option<Range<usize>>>>, Failure> {
        let text = subject.valid()?;
        if self.plan(subject.is_ascii).judge(text, scratch, meter)? == Verdict::NoMatch {
            return Ok(None);
        }
        let found = self.find(subject, 0, scratch, meter)?;
        Ok(found.then(|| (0..scratch.machine.set()).map(|group| scratch.machine.range(group)).collect()))
    }

    /// The range of the first match at or behind `start`, a byte offset on a character.
    ///
    /// # Errors
    /// [`Failure`]; [`Failure::InvalidUtf8`] also if `start` is inside of a character or behind the end.
    pub fn find_at(
        &self,
        subject: Subject<'_>,
        start: usize,
        scratch: &mut Scratch,
        meter: &mut Meter<'_>,
    ) -> Result<Option<Range<usize>>, Failure> {
        let found = self.find(subject, start, scratch, meter)?;
        Ok(if found { scratch.machine.range(0) } else { None })
    }

    /// The subject with every match replaced; `replacement` is in PHP's syntax (`$1`, `${1}`, `\1`).
    ///
    /// # Errors
    /// [`Failure`]; [`Failure::Exhausted`] also if the result would be longer than `out_bytes_max`.
    pub fn replace_all(
        &self,
        subject: Subject<'_>,
        replacement: &[u8],
        out_bytes_max: usize,
        scratch: &mut Scratch,
        meter: &mut Meter<'_>,
    ) -> Result<Vec<u8>, Failure> {
        let text = subject.valid()?;
        let (mut out, mut copied) = (Vec::new(), 0);
        if self.plan(subject.is_ascii).judge(text, scratch, meter)? != Verdict::NoMatch {
            let replacement = replace::Replacement::parse(replacement);
            self.each_match(subject, scratch, meter, |machine| {
                let Some(range) = machine.range(0) else { return Err(Failure::Limit) };
                out.extend_from_slice(subject.bytes.get(copied..range.start).unwrap_or_default());
                replacement.append(subject.bytes, |group| machine.range(group), &mut out);
                copied = range.end;
                if out.len() > out_bytes_max { Err(Failure::Exhausted) } else { Ok(()) }
            })?;
        }
        out.extend_from_slice(subject.bytes.get(copied..).unwrap_or_default());
        if out.len() > out_bytes_max { Err(Failure::Exhausted) } else { Ok(out) }
    }

    /// Calls `found` for every match, in order. After an empty match the same place is tried again for one that is not
    /// empty, then the search goes on behind the next character.
    fn each_match(
        &self,
        subject: Subject<'_>,
        scratch: &mut Scratch,
        meter: &mut Meter<'_>,
        mut found: impl FnMut(&pcre::Machine) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let text = subject.valid()?;
        let (mut at, mut was_empty) = (0, false);
        let pace = self.pace(text.len());
        loop {
            let matches = if was_empty {
                let code = self.code_at_start(text.len().saturating_sub(at), meter)?;
                code.find_nonempty_at(text, at, &mut scratch.machine, meter)?
            } else {
                self.find_paced(text, at, pace, &mut scratch.machine, meter)?
            };
            if matches {
                let range = scratch.machine.range(0).ok_or(Failure::Limit)?;
                found(&scratch.machine)?;
                was_empty = range.is_empty();
                // A lookbehind with `\K` could name an end before the place where the search began.
                at = range.end.max(at);
                meter.spend(MATCH_UNITS)?;
            } else if was_empty {
                let Some(char) = text.get(at..).and_then(|rest| rest.chars().next()) else { return Ok(()) };
                at += char.len_utf8();
                was_empty = false;
            } else {
                return Ok(());
            }
        }
    }

    fn find(
        &self,
        subject: Subject<'_>,
        start: usize,
        scratch: &mut Scratch,
        meter: &mut Meter<'_>,
    ) -> Result<bool, Failure> {
        let text = subject.valid()?;
        let pace = self.pace(text.len().saturating_sub(start));
        self.find_paced(text, start, pace, &mut scratch.machine, meter)
    }

    fn plan(&self, is_ascii: bool) -> &Plan {
        let (plan, subjects) =
            if is_ascii { (&self.for_ascii, Subjects::Ascii) } else { (&self.for_utf8, Subjects::Utf8) };
        plan.get_or_init(|| {
            let Some(node) = parsed(&self.source, self.is_caseless) else { return Plan::NONE };
            let source = std::str::from_utf8(&self.source).unwrap_or_default();
            let wider = || parser::without_references(source, self.is_caseless);
            Plan::new(&node, subjects, wider)
        })
    }
}

impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pattern")
            .field("source", &String::from_utf8_lossy(&self.source))
            .field("is_caseless", &self.is_caseless)
            .finish_non_exhaustive()
    }
}

fn parsed(source: &[u8], is_caseless: bool) -> Option<Node> {
    parser::parse(std::str::from_utf8(source).ok()?, is_caseless)
}
