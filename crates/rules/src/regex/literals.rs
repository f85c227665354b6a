//! Texts that a match must contain.

use super::tree::{Node, Set};

/// Texts of which every match contains at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literals {
    pub(super) any_of: Vec<Vec<u8>>,
    /// The texts are in lower case, for a subject whose ASCII letters are put into lower case.
    pub(super) lowered: bool,
    /// Whether containing one of them is all that a match needs.
    pub(super) is_exact: bool,
    /// Most characters of a match before the text in it; none if it can be any number.
    pub(super) chars_before_max: Option<usize>,
}

/// Which other cases of k and s are spelled out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signs {
    /// The Kelvin sign and the long s too.
    Spelled,
    /// None: subjects that contain them are not served.
    Ignored,
}

/// Bytes of the shortest text inside of a look that is searched for.
const LOOKED_FOR_MIN: usize = 3;
/// Texts that come from combining parts.
const COMBINED_MAX: usize = 64;
/// Texts in one set: long lists of words are common.
const TEXTS_MAX: usize = 5_000;
/// Bytes of one text; more do not make it more selective.
const TEXT_BYTES_MAX: usize = 32;
/// Repetitions that are spelled out.
const REPEATED_MAX: u32 = 32;
/// Members of a class that are spelled out.
const MEMBERS_MAX: usize = 8;

/// The most selective set of texts that a match must contain, if there is one.
pub(super) fn required(node: &Node, signs: Signs) -> Option<Literals> {
    let lowered = has_letter_pairs(node);
    let found = Search { lowered, signs }.of(node);
    let (Choice { texts: mut any_of, chars_before_max }, is_exact) = match found.exact {
        Some(exact) => (Choice::at_start(exact), found.is_whole),
        None => (found.best?, false),
    };
    any_of.sort();
    any_of.dedup();
    if any_of.is_empty() || any_of.iter().any(Vec::is_empty) {
        return None;
    }
    Some(Literals { any_of, lowered, is_exact, chars_before_max })
}

/// Texts of which every match has one.
struct Choice {
    texts: Vec<Vec<u8>>,
    /// Most characters of a match before it; none if it can be any number.
    chars_before_max: Option<usize>,
}

impl Choice {
    fn at_start(texts: Vec<Vec<u8>>) -> Self {
        Self { texts, chars_before_max: Some(0) }
    }

    /// The same behind so many characters.
    fn behind(self, chars_max: Option<usize>) -> Self {
        let sum = chars_max.zip(self.chars_before_max).and_then(|(one, other)| one.checked_add(other));
        Self { chars_before_max: sum, ..self }
    }
}

/// What is known about a part: the texts it matches, or texts that it needs.
struct Found {
    /// All texts that it matches, assertions aside.
    exact: Option<Vec<Vec<u8>>>,
    /// One of these is in every match.
    best: Option<Choice>,
    /// Whether `exact` is the whole truth.
    is_whole: bool,
}

impl Found {
    const NOTHING: Self = Self { exact: None, best: None, is_whole: false };

    fn empty(is_whole: bool) -> Self {
        Self { exact: Some(vec![Vec::new()]), best: None, is_whole }
    }

    /// The best set for the part as a whole.
    fn into_best(self) -> Option<Choice> {
        better(self.exact.map(Choice::at_start), self.best)
    }
}

struct Search {
    lowered: bool,
    signs: Signs,
}

impl Search {
    fn of(&self, node: &Node) -> Found {
        match node {
            Node::Empty => Found::empty(true),
            Node::Look { node, must: true } => self.looked_for(node),
            Node::Assert(_) | Node::Look { .. } => Found::empty(false),
            Node::Backreference(_) | Node::Recursion => Found::NOTHING,
            Node::Set(set) => self.set(set),
            Node::Atomic(node) => Found { is_whole: false, ..self.of(node) },
            Node::Concat(parts) => self.concat(parts),
            Node::Alternate(parts) => self.alternate(parts),
            Node::Repeat { node, min, max, possessive } => {
                if *min == 0 {
                    return Found::NOTHING;
                }
                let inner = self.of(node);
                if *max == Some(*min) && *min <= REPEATED_MAX && !possessive {
                    return repeated(inner, *min);
                }
                Found { exact: None, best: inner.into_best(), is_whole: false }
            }
        }
    }

    /// What a look must find is in the subject too. Short texts are not worth interrupting the run of those around.
    fn looked_for(&self, node: &Node) -> Found {
        match self.of(node).into_best() {
            Some(best) if best.texts.iter().all(|text| text.len() >= LOOKED_FOR_MIN) => {
                Found { exact: None, best: Some(Choice { chars_before_max: None, ..best }), is_whole: false }
            }
            _ => Found::empty(false),
        }
    }

    fn concat(&self, parts: &[Node]) -> Found {
        let (mut run, mut best, mut is_broken, mut is_whole) = (vec![Vec::new()], None, false, true);
        // Characters before the part, and before the run.
        let (mut before, mut before_run) = (Some(0_usize), Some(0_usize));
        for part in parts {
            let found = self.of(part);
            is_whole &= found.is_whole;
            let behind = before.zip(part.chars_max()).and_then(|(sum, chars)| sum.checked_add(chars));
            if let Some(exact) = found.exact {
                if let Some(longer) = product(&run, &exact) {
                    run = longer;
                } else {
                    best = better(best, Some(Choice::at_start(run).behind(before_run)));
                    is_broken = true;
                    (run, before_run) = (exact, before);
                }
            } else {
                let ended = Choice::at_start(std::mem::replace(&mut run, vec![Vec::new()])).behind(before_run);
                best = better(best, better(Some(ended), found.best.map(|best| best.behind(before))));
                is_broken = true;
                before_run = behind;
            }
            before = behind;
        }
        if is_broken {
            let best = better(best, Some(Choice::at_start(run).behind(before_run)));
            return Found { exact: None, best, is_whole: false };
        }
        Found { exact: Some(run), best: None, is_whole }
    }

    fn alternate(&self, parts: &[Node]) -> Found {
        let (mut exact, mut best, mut is_whole) = (Some(Vec::new()), Some(Choice::at_start(Vec::new())), true);
        for part in parts {
            let found = self.of(part);
            is_whole &= found.is_whole;
            exact = exact.zip(found.exact.clone()).and_then(|(all, more)| joined(all, more));
            best = best.zip(found.into_best()).and_then(|(all, more)| {
                let most = all.chars_before_max.zip(more.chars_before_max).map(|(one, other)| one.max(other));
                Some(Choice { texts: joined(all.texts, more.texts)?, chars_before_max: most })
            });
            if exact.is_none() && best.is_none() {
                return Found::NOTHING;
            }
        }
        if exact.is_some() {
            best = None;
        }
        Found { exact, best, is_whole }
    }

    fn set(&self, set: &Set) -> Found {
        let Some(members) = set.members(MEMBERS_MAX) else { return Found::NOTHING };
        let is_served = self.lowered && self.signs == Signs::Ignored;
        let ignored = |char: &char| is_served && matches!(char, '\u{212a}' | '\u{17f}');
        let (mut texts, mut is_whole): (Vec<Vec<u8>>, bool) = (Vec::new(), true);
        for char in members.iter().filter(|char| !ignored(char)) {
            let mut char = *char;
            if self.lowered {
                // A letter in one case only is found in both cases: needed, but not enough.
                let other =
                    if char.is_ascii_lowercase() { char.to_ascii_uppercase() } else { char.to_ascii_lowercase() };
                is_whole &= members.contains(&other);
                char = char.to_ascii_lowercase();
            }
            texts.push(char.to_string().into_bytes());
        }
        texts.sort();
        texts.dedup();
        if texts.is_empty() {
            return Found::NOTHING;
        }
        Found { exact: Some(texts), best: None, is_whole }
    }
}

/// A part that occurs exactly so often.
fn repeated(inner: Found, times: u32) -> Found {
    let Some(exact) = &inner.exact else { return Found { exact: None, ..inner } };
    let mut all = vec![Vec::new()];
    for _ in 0..times {
        match product(&all, exact) {
            Some(product) => all = product,
            None => {
                let best = better(Some(Choice::at_start(all)), inner.best);
                return Found { exact: None, best, is_whole: false };
            }
        }
    }
    Found { exact: Some(all), best: None, is_whole: inner.is_whole }
}

/// Whether a letter occurs in both cases in one place.
fn has_letter_pairs(node: &Node) -> bool {
    match node {
        Node::Set(set) => set.members(MEMBERS_MAX).is_some_and(|members| {
            let has = |char: char| members.contains(&char);
            members.iter().any(|char| char.is_ascii_uppercase() && has(char.to_ascii_lowercase()))
        }),
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(has_letter_pairs),
        Node::Repeat { node, .. } | Node::Atomic(node) => has_letter_pairs(node),
        _ => false,
    }
}

/// Every text of the first followed by every one of the second; nothing if that is too much.
fn product(first: &[Vec<u8>], second: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    let longest = |texts: &[Vec<u8>]| texts.iter().map(Vec::len).max().unwrap_or(0);
    if first.len() > 1 && second.len() > 1 && first.len() * second.len() > COMBINED_MAX
        || first.len() * second.len() > TEXTS_MAX
        || longest(first) + longest(second) > TEXT_BYTES_MAX
    {
        return None;
    }
    Some(first.iter().flat_map(|head| second.iter().map(move |tail| [head.as_slice(), tail].concat())).collect())
}

fn joined(mut all: Vec<Vec<u8>>, more: Vec<Vec<u8>>) -> Option<Vec<Vec<u8>>> {
    all.extend(more);
    (all.len() <= TEXTS_MAX).then_some(all)
}

fn better(first: Option<Choice>, second: Option<Choice>) -> Option<Choice> {
    let useful = |choice: &Choice| score(&choice.texts) > 0;
    let (first, second) = (first.filter(useful), second.filter(useful));
    match (&first, &second) {
        (Some(one), Some(other)) if score(&other.texts) > score(&one.texts) => second,
        (None, _) => second,
        _ => first,
    }
}

/// How selective a set is: long texts, few of them, not those that every page has. Zero is useless.
fn score(texts: &[Vec<u8>]) -> usize {
    const EVERYWHERE: [&[u8]; 12] =
        [b"http", b"https", b"http://", b"https://", b"://", b"www.", b"[[", b"]]", b"{{", b"}}", b"ref", b"com"];
    let weight = |text: &Vec<u8>| {
        let length = text.len().min(8) * 8;
        if EVERYWHERE.contains(&text.as_slice()) { length.min(12) } else { length }
    };
    let shortest = texts.iter().map(weight).min().unwrap_or(0);
    let crowd = usize::try_from(texts.len().max(1).ilog2()).unwrap_or(0);
    if shortest == 0 { 0 } else { shortest.saturating_sub(crowd * 2).max(1) }
}
