//! What PCRE2's short classes contain, as PCRE2 10.45 has it under UCP.

mod tables;

pub(super) use tables::{DIGITS, SPACES, WORD};

use super::pcre::{Code, Machine, Options};
use crate::budget::Meter;

/// `\h`.
pub(super) const HORIZONTAL: &[(char, char)] = &[
    ('\t', '\t'),
    (' ', ' '),
    ('\u{a0}', '\u{a0}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{2000}', '\u{200a}'),
    ('\u{202f}', '\u{202f}'),
    ('\u{205f}', '\u{205f}'),
    ('\u{3000}', '\u{3000}'),
];
/// `\v`.
pub(super) const VERTICAL: &[(char, char)] = &[('\n', '\r'), ('\u{85}', '\u{85}'), ('\u{2028}', '\u{2029}')];

/// Which ASCII characters an escape or class matches, one bit each; asks PCRE2 itself.
pub(super) fn ascii_members(atom: &str, caseless: bool) -> Option<u128> {
    let options = Options { caseless, metered: false, native: false };
    let code = Code::compile(atom.as_bytes(), options).ok()?;
    let (mut machine, mut meter) = (Machine::new(), Meter::unlimited());
    let mut members = 0;
    for byte in 0..128u8 {
        let mut buffer = [0; 4];
        let subject = char::from(byte).encode_utf8(&mut buffer);
        if code.find(subject, 0, &mut machine, &mut meter).ok()? {
            members |= 1 << byte;
        }
    }
    Some(members)
}

#[cfg(test)]
mod tests {
    use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

    use super::*;

    fn every_char() -> String {
        (0..=u32::from(char::MAX)).filter_map(char::from_u32).collect()
    }

    fn members(pattern: &str, caseless: bool, text: &str) -> Vec<(char, char)> {
        let code = Code::compile(pattern.as_bytes(), Options { caseless, metered: false, native: true })
            .expect("the pattern is valid");
        let (mut machine, mut meter) = (Machine::new(), Meter::unlimited());
        let (mut at, mut ranges) = (0, ClassUnicode::empty());
        while code.find(text, at, &mut machine, &mut meter).expect("no limit is near") {
            let range = machine.range(0).expect("a match has a range");
            let found = text.get(range.clone()).expect("matches lie on characters");
            for char in found.chars() {
                ranges.push(ClassUnicodeRange::new(char, char));
            }
            at = range.end;
        }
        ranges.iter().map(|range| (range.start(), range.end())).collect()
    }

    #[test]
    fn the_tables_are_what_pcre2_says() {
        let text = every_char();
        for (pattern, table) in
            [(r"\w", WORD), (r"\d", DIGITS), (r"\s", SPACES), (r"\h", HORIZONTAL), (r"\v", VERTICAL)]
        {
            assert!(members(&format!("{pattern}{{1,200}}"), false, &text) == table, "{pattern}");
        }
    }

    #[test]
    fn letters_fold_as_in_pcre2() {
        let text = every_char();
        let mut folded: Vec<(char, Vec<char>)> = Vec::new();
        let mut others = String::new();
        for char in text.chars() {
            let mut class = ClassUnicode::new([ClassUnicodeRange::new(char, char)]);
            class.try_case_fold_simple().expect("the tables are built in");
            let all: Vec<char> = class.iter().flat_map(|range| range.start()..=range.end()).collect();
            if all.len() > 1 {
                others.extend(all.iter().filter(|other| **other != char));
                folded.push((char, all));
            }
        }
        let others: ClassUnicode = ClassUnicode::new(others.chars().map(|char| ClassUnicodeRange::new(char, char)));
        let all_others: String = others.iter().flat_map(|range| range.start()..=range.end()).collect();
        let (mut machine, mut meter) = (Machine::new(), Meter::unlimited());
        let mut wrong = Vec::new();
        for (char, all) in &folded {
            let pattern = format!(r"\x{{{:x}}}", u32::from(*char));
            let code = Code::compile(pattern.as_bytes(), Options { caseless: true, metered: false, native: false })
                .expect("the pattern is valid");
            let mut at = 0;
            let mut found = Vec::new();
            while code.find(&all_others, at, &mut machine, &mut meter).expect("no limit is near") {
                let range = machine.range(0).expect("a match has a range");
                found.extend(all_others.get(range.clone()).expect("matches lie on characters").chars());
                at = range.end;
            }
            if found != *all {
                wrong.push((*char, all.clone(), found));
            }
        }
        assert!(wrong.is_empty(), "{wrong:?}");
        // Characters that fold to nothing here must not fold to anything in PCRE2 either.
        let mut plain = others;
        plain.negate();
        let ranges = plain
            .iter()
            .map(|range| format!(r"\x{{{:x}}}-\x{{{:x}}}", u32::from(range.start()), u32::from(range.end())));
        let class = format!("[{}]{{1,200}}", ranges.collect::<String>());
        let expected: Vec<_> = plain.iter().map(|range| (range.start(), range.end())).collect();
        let chars =
            |ranges: &[(char, char)]| -> Vec<char> { ranges.iter().flat_map(|&(start, end)| start..=end).collect() };
        assert!(chars(&members(&class, true, &text)) == chars(&expected));
    }
}
