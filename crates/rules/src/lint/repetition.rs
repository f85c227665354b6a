//! Repetitions inside of repetitions, in which a pattern can lose its way.

/// The first group that is repeated without limit and whose content can itself be split in many ways: an alternative
/// of it has an unlimited repetition, and everything else in it may be empty, as in `(a+)+` and `(\w+\s*)*`.
pub(super) fn nested(pattern: &[u8]) -> Option<&[u8]> {
    let mut groups: Vec<Group> = Vec::new();
    let mut at = 0;
    while at < pattern.len() {
        let mut closed: Option<Group> = None;
        match pattern.get(at)? {
            b'\\' => at += 2,
            b'[' => at = class_end(pattern, at),
            b'(' => {
                groups.push(Group::new(at, pattern.get(at + 1..).unwrap_or_default()));
                at += 1;
                if pattern.get(at) == Some(&b'?') {
                    at = group_start(pattern, at);
                }
                continue;
            }
            b'|' => {
                if let Some(group) = groups.last_mut() {
                    group.end_alternative();
                }
                at += 1;
                continue;
            }
            b')' => {
                closed = groups.pop();
                at += 1;
            }
            _ => at += 1,
        }
        let mut times = Times::read(pattern, &mut at);
        if let Some(mut group) = closed {
            group.end_alternative();
            if group.can_split && !group.is_atomic && times.is_unlimited {
                return pattern.get(group.start..at);
            }
            if group.can_split && !group.is_atomic {
                times.is_unlimited = true;
            }
        }
        if let Some(outer) = groups.last_mut() {
            outer.item(times);
        }
    }
    None
}

struct Group {
    start: usize,
    is_atomic: bool,
    /// In the present alternative: unlimited repetitions, and other things that cannot be empty.
    unlimited: usize,
    needed: usize,
    can_split: bool,
}

impl Group {
    fn new(start: usize, inside: &[u8]) -> Self {
        let is_atomic =
            [&b"?>"[..], b"?=", b"?!", b"?<=", b"?<!", b"?#", b"*"].iter().any(|prefix| inside.starts_with(prefix));
        Self { start, is_atomic, unlimited: 0, needed: 0, can_split: false }
    }

    fn item(&mut self, times: Times) {
        if times.is_unlimited {
            self.unlimited += 1;
        } else if !times.may_be_none {
            self.needed += 1;
        }
    }

    fn end_alternative(&mut self) {
        self.can_split |= self.unlimited > 0 && self.needed == 0;
        (self.unlimited, self.needed) = (0, 0);
    }
}

#[derive(Clone, Copy)]
struct Times {
    is_unlimited: bool,
    may_be_none: bool,
}

impl Times {
    /// Reads the quantifier at `at`, if there is one, and goes behind it. A possessive one cannot be split.
    fn read(pattern: &[u8], at: &mut usize) -> Self {
        let mut times = match pattern.get(*at) {
            Some(b'*') => Self { is_unlimited: true, may_be_none: true },
            Some(b'+') => Self { is_unlimited: true, may_be_none: false },
            Some(b'?') => Self { is_unlimited: false, may_be_none: true },
            Some(b'{') => return Self::braces(pattern, at),
            _ => {
                return Self { is_unlimited: false, may_be_none: false };
            }
        };
        *at += 1;
        match pattern.get(*at) {
            Some(b'+') => {
                times = Self { is_unlimited: false, may_be_none: false };
                *at += 1;
            }
            Some(b'?') => *at += 1,
            _ => {}
        }
        times
    }

    fn braces(pattern: &[u8], at: &mut usize) -> Self {
        let none = Self { is_unlimited: false, may_be_none: false };
        let rest = pattern.get(*at + 1..).unwrap_or_default();
        let length = rest.iter().take(16).take_while(|byte| byte.is_ascii_digit() || **byte == b',').count();
        if length == 0 || rest.get(length) != Some(&b'}') {
            return none;
        }
        let inside = rest.get(..length).unwrap_or_default();
        *at += length + 2;
        let is_possessive = pattern.get(*at) == Some(&b'+');
        if is_possessive || pattern.get(*at) == Some(&b'?') {
            *at += 1;
        }
        Self {
            is_unlimited: inside.ends_with(b",") && !is_possessive,
            may_be_none: inside.starts_with(b"0") && !is_possessive,
        }
    }
}

/// Behind the `?…` that says what kind of group it is.
fn group_start(pattern: &[u8], at: usize) -> usize {
    let rest = pattern.get(at..).unwrap_or_default();
    let length = rest.iter().take(40).position(|byte| matches!(byte, b':' | b'>' | b'=' | b'!' | b')' | b'|'));
    match length.and_then(|length| rest.get(length).map(|byte| (length, byte))) {
        Some((length, b')' | b'|')) => at + length,
        Some((length, _)) => at + length + 1,
        None => at + 1,
    }
}

/// Behind the class that begins at `at`.
fn class_end(pattern: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    if pattern.get(end) == Some(&b'^') {
        end += 1;
    }
    if pattern.get(end) == Some(&b']') {
        end += 1;
    }
    while let Some(byte) = pattern.get(end) {
        match byte {
            b'\\' => end += 2,
            b'[' if pattern.get(end + 1) == Some(&b':') => {
                let rest = pattern.get(end..).unwrap_or_default();
                // Names of classes are short: a longer way to `:]` is another bracket's.
                let near = rest.get(..rest.len().min(20)).unwrap_or_default();
                end += memchr::memmem::find(near, b":]").map_or(1, |length| length + 2);
            }
            b']' => return end + 1,
            _ => end += 1,
        }
    }
    pattern.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_that_can_be_split_in_many_ways_are_found() {
        for (pattern, expected) in [
            (r"x(a+)+y", Some("(a+)+")),
            (r"(?:\w+\s*)*", Some(r"(?:\w+\s*)*")),
            (r"([a-z]*|b){2,}", Some("([a-z]*|b){2,}")),
            (r"((a*)b?)*", Some("((a*)b?)*")),
            (r"(a+b)+", None),
            (r"(a++)+", None),
            (r"(?>a+)+", None),
            (r"(a+)?", None),
            (r"\(a+\)+", None),
            (r"[(a+)]+", None),
            (r"[[:alpha:])+]+(a+)", None),
            (r"(", None),
            (r"(?i)a+", None),
        ] {
            let found = nested(pattern.as_bytes()).map(|part| std::str::from_utf8(part).unwrap());
            assert_eq!(found, expected, "{pattern}");
        }
    }
}
