//! Which texts a match needs together: finer than [`literals`](super::literals), which knows one text for each way.
//!
//! `test\s*edit|hello` needs `test` and `edit`, or `hello`. A subject that lacks one text of each way does not match.

use super::tree::{Node, Set};

/// What a match of a pattern needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// The ways in which a subject can match, at most 256: it holds all texts of at least one of them, upper and lower
    /// case of ASCII letters being the same. A text may be empty.
    pub ways: Vec<Vec<Vec<u8>>>,
    /// Whether nothing is said about subjects that contain U+212A (which matches k) or U+017F (s).
    pub folds: bool,
}

/// Ways of a pattern.
const WAYS_MAX: usize = 256;
/// Ways that come from combining parts.
const COMBINED_MAX: usize = 64;
/// Members of a class that are spelled out.
const MEMBERS_MAX: usize = 8;
/// Repetitions that are spelled out.
const REPEATED_MAX: u32 = 8;
/// Bytes of a text; what follows is left out.
const TEXT_BYTES_MAX: usize = 24;
/// Texts of one way; what follows is left out.
const TEXTS_MAX: usize = 8;

/// One way to match: texts in their order, with anything between them. The first begins with the match, the last ends
/// with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    texts: Vec<Vec<u8>>,
    /// What is somewhere in the subject besides: looks find it.
    besides: Vec<Vec<u8>>,
}

impl Way {
    fn text(text: Vec<u8>) -> Self {
        Self { texts: vec![text], besides: Vec::new() }
    }

    /// Anything.
    fn gap() -> Self {
        Self { texts: vec![Vec::new(), Vec::new()], besides: Vec::new() }
    }

    fn followed_by(&self, next: &Self) -> Self {
        let mut way = self.clone();
        let mut rest = next.texts.iter();
        if let (Some(last), Some(first)) = (way.texts.last_mut(), rest.next()) {
            last.extend(first);
        }
        way.texts.extend(rest.cloned());
        way.besides.extend(next.besides.iter().cloned());
        let is_long = |text: &Vec<u8>| text.len() > TEXT_BYTES_MAX;
        if way.texts.len() > TEXTS_MAX || way.texts.iter().any(is_long) {
            way.shorten();
        }
        way
    }

    /// Leaves out what is more than enough.
    fn shorten(&mut self) {
        let end = self.texts.len() - 1;
        let mut texts = Vec::with_capacity(self.texts.len());
        for (index, mut text) in std::mem::take(&mut self.texts).into_iter().enumerate() {
            // Inner texts that say nothing, then those beyond the limit.
            let is_inner = index > 0 && index < end;
            if is_inner && (text.len() < 2 || texts.len() + 1 >= TEXTS_MAX) {
                continue;
            }
            if text.len() > TEXT_BYTES_MAX {
                // Behind the gap it may go on, with nothing known to be adjacent.
                text.truncate(TEXT_BYTES_MAX);
                texts.push(text);
                if index == end {
                    texts.push(Vec::new());
                }
            } else {
                texts.push(text);
            }
        }
        self.texts = texts;
    }
}

/// What every match of the pattern needs; nothing if it is nothing in particular.
pub(super) fn needs(node: &Node) -> Option<Needs> {
    let mut search = Search { folds: false };
    let mut ways = search.of(node);
    ways.sort();
    ways.dedup();
    let texts = |way: Way| way.texts.into_iter().chain(way.besides).filter(|text| !text.is_empty()).collect();
    let ways: Vec<Vec<Vec<u8>>> = ways.into_iter().map(texts).collect();
    let says_something = ways.iter().all(|way| !way.is_empty());
    says_something.then_some(Needs { ways: without_implied(ways), folds: search.folds })
}

/// The ways that need all that another one needs say nothing more.
fn without_implied(ways: Vec<Vec<Vec<u8>>>) -> Vec<Vec<Vec<u8>>> {
    if ways.len() > COMBINED_MAX {
        return ways;
    }
    let holds = |text: &Vec<u8>, part: &Vec<u8>| memchr::memmem::find(text, part).is_some();
    let implies =
        |way: &Vec<Vec<u8>>, other: &Vec<Vec<u8>>| other.iter().all(|part| way.iter().any(|text| holds(text, part)));
    let mut kept: Vec<Vec<Vec<u8>>> = Vec::with_capacity(ways.len());
    for way in ways {
        if !kept.iter().any(|other| implies(&way, other)) {
            kept.retain(|other| !implies(other, &way));
            kept.push(way);
        }
    }
    kept
}

struct Search {
    folds: bool,
}

impl Search {
    fn of(&mut self, node: &Node) -> Vec<Way> {
        match node {
            Node::Empty | Node::Assert(_) | Node::Look { must: false, .. } => vec![Way::text(Vec::new())],
            Node::Look { node, must: true } => self.looked_for(node),
            Node::Backreference(_) | Node::Recursion => vec![Way::gap()],
            Node::Set(set) => self.set(set),
            Node::Atomic(node) => self.of(node),
            Node::Concat(parts) => {
                let mut ways = vec![Way::text(Vec::new())];
                for part in parts {
                    let next = self.of(part);
                    ways = product(&ways, &next);
                }
                ways
            }
            Node::Alternate(parts) => {
                let mut ways: Vec<Way> = Vec::new();
                for part in parts {
                    ways.extend(self.of(part));
                    if ways.len() > WAYS_MAX {
                        return vec![Way::gap()];
                    }
                }
                ways
            }
            Node::Repeat { node, min, max, .. } => self.repeated(node, *min, *max),
        }
    }

    /// What a look must find is in the subject too, but not between its neighbours.
    fn looked_for(&mut self, node: &Node) -> Vec<Way> {
        let found = self.of(node);
        let beside = |way: Way| Way { texts: vec![Vec::new()], besides: [way.texts, way.besides].concat() };
        found.into_iter().map(beside).collect()
    }

    fn repeated(&mut self, node: &Node, min: u32, max: Option<u32>) -> Vec<Way> {
        if min > REPEATED_MAX || max == Some(0) {
            return vec![Way::gap()];
        }
        let once = self.of(node);
        let mut least = vec![Way::text(Vec::new())];
        for _ in 0..min {
            least = product(&least, &once);
        }
        if max == Some(min) {
            return least;
        }
        if once.iter().any(|way| *way == Way::gap()) {
            return product(&least, &[Way::gap()]);
        }
        // So often, or once more and then perhaps again.
        let more = product(&least, &once);
        let more = if max == Some(min + 1) { more } else { product(&more, &[Way::gap()]) };
        if least.len() + more.len() > COMBINED_MAX {
            return product(&least, &[Way::gap()]);
        }
        least.into_iter().chain(more).collect()
    }

    fn set(&mut self, set: &Set) -> Vec<Way> {
        let Some(members) = set.members(MEMBERS_MAX) else { return vec![Way::gap()] };
        let has = |char: char| members.contains(&char);
        let mut ways = Vec::with_capacity(members.len());
        for char in &members {
            match char {
                // They match where their letters do, and are left to whoever looks into the subject.
                '\u{212a}' if has('k') || has('K') => self.folds = true,
                '\u{17f}' if has('s') || has('S') => self.folds = true,
                _ => ways.push(Way::text(char.to_ascii_lowercase().to_string().into_bytes())),
            }
        }
        ways.sort();
        ways.dedup();
        ways
    }
}

/// Every way of the first followed by every one of the second; by anything if that is too much.
fn product(first: &[Way], second: &[Way]) -> Vec<Way> {
    let (many, all) = (first.len() > 1 && second.len() > 1, first.len().saturating_mul(second.len()));
    if many && all > COMBINED_MAX || all > WAYS_MAX {
        // The larger one is dropped: it says less for each of its ways.
        return if first.len() < second.len() {
            first.iter().map(|way| way.followed_by(&Way::gap())).collect()
        } else {
            second.iter().map(|way| Way::gap().followed_by(way)).collect()
        };
    }
    let mut ways: Vec<Way> =
        first.iter().flat_map(|head| second.iter().map(move |tail| head.followed_by(tail))).collect();
    ways.sort();
    ways.dedup();
    ways
}

#[cfg(test)]
mod tests {
    use super::super::parser::parse;
    use super::*;

    fn shown(pattern: &str, caseless: bool) -> Option<String> {
        let needs = needs(&parse(pattern, caseless).expect("understood"))?;
        let text = |text: &Vec<u8>| String::from_utf8_lossy(text).into_owned();
        let way = |way: &Vec<Vec<u8>>| way.iter().map(text).collect::<Vec<_>>().join("+");
        let ways = needs.ways.iter().map(way).collect::<Vec<_>>().join(" ");
        Some(if needs.folds { format!("{ways} folds") } else { ways })
    }

    #[test]
    fn each_way_has_all_that_it_needs() {
        for (pattern, expected) in [
            ("abc", Some("abc")),
            ("test\\s*edit\\d*|hello", Some("hello test+edit")),
            ("\\b(?:foo|bar)x\\b", Some("barx foox")),
            ("l[o0]+l", Some("l00+l l0l l0o+l lo0+l lol loo+l")),
            ("colou?r", Some("color colour")),
            ("(?=.*spam)foo", Some("foo+spam")),
            ("(?!spam)foo", Some("foo")),
            ("(?<=spam)foo", Some("foo+spam")),
            ("a.*?bc", Some("a+bc")),
            ("(ab){2}", Some("abab")),
            ("(ab){2,}", Some("abab")),
            ("(ab){2,3}", Some("abab")),
            ("a*", None),
            ("abc|.", None),
            ("", None),
            ("(\\w+) \\1!", Some(" +!")),
            ("wonder pillss?", Some("wonder pills")),
        ] {
            assert_eq!(shown(pattern, false).as_deref(), expected, "{pattern}");
        }
        assert_eq!(shown("Kiss", true).as_deref(), Some("kiss folds"));
        assert_eq!(shown("Hello", true).as_deref(), Some("hello"));
    }

    #[test]
    fn long_texts_and_many_ways_are_cut() {
        let needs = |pattern: &str| needs(&parse(pattern, false).expect("understood")).expect("something");
        let long = "abcdefghij".repeat(5) + "xyz";
        for text in needs(&long).ways.concat() {
            assert!(text.len() <= TEXT_BYTES_MAX, "{text:?}");
            assert!(long.as_bytes().windows(text.len()).any(|part| part == text), "{text:?}");
        }
        let ways = needs(&format!("{}xyz", "[ab]".repeat(9))).ways;
        assert!(ways.len() <= COMBINED_MAX && ways.iter().all(|way| way.concat().ends_with(b"xyz")), "{ways:?}");
        let many: Vec<String> = (0..=WAYS_MAX).map(|number| format!("word{number}")).collect();
        assert_eq!(super::needs(&parse(&many.join("|"), false).expect("understood")), None);
    }
}
