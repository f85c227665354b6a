//! Regular expressions and globs for generated programs.

use std::fmt::Write;

use crate::random::Random;

/// Patterns worth their own line: features one by one, some invalid ones at the end.
const PATTERNS: [&str; 58] = [
    "a",
    "hello",
    "^hello",
    "world$",
    "\\bfox\\b",
    "[aeiou]+",
    "[^a-z ]",
    "\\d+",
    "\\d{1,3}",
    "\\w+\\s\\w+",
    "(a)(b)?(c)?",
    "(?:ab|cd|hello)",
    "(?i)HELLO",
    "(?<word>\\w+)",
    "(?P<n>\\d+)",
    "(.)\\1",
    "(\\w)\\w*\\1",
    "(?=.*o).*w",
    "(?!a)b",
    "(?<=l)o",
    "(?<!h)e",
    "a++b",
    "(?>a+)b",
    "\\p{Lu}",
    "\\p{Cyrillic}+",
    "\\p{Han}",
    "[[:alpha:]]+",
    "[[:punct:]]",
    "\\x{41}",
    "\\x41",
    "\\Qa.b\\E",
    "https?:\\/\\/",
    "a/b",
    "a|",
    "",
    "x*",
    "^$",
    "\\R",
    "\\h+",
    "\\X",
    "(a|b|)c",
    "(?s)one.*four",
    "(?m)^line",
    "(?x) a b c # note",
    ".{3}",
    ".*?o",
    "\\A\\w",
    "\\z",
    "(?|(a)|(b))",
    "é",
    "[а-я]+",
    "&(?:amp|lt);",
    "(",
    "[a",
    "*a",
    "a{2,1}",
    "(?<",
    "(?P=x)",
];

const ATOMS: [&str; 22] = [
    "a",
    "b",
    "e",
    "l",
    "o",
    " ",
    ".",
    "\\d",
    "\\w",
    "\\s",
    "\\b",
    "[a-f]",
    "[^x]",
    "\\p{L}",
    "hello",
    "1",
    "é",
    "п",
    "\\.",
    "\\/",
    "[[:upper:]]",
    "\\W",
];

/// A regular expression: from the list, or put together. At most one in fifteen is invalid.
pub(super) fn regex(random: &mut Random) -> String {
    match random.below(100) {
        0..55 => {
            let at = if random.chance(85) { random.below(PATTERNS.len() - 6) } else { random.below(PATTERNS.len()) };
            PATTERNS.get(at).copied().unwrap_or_default().to_string()
        }
        _ => composed(random, 2),
    }
}

/// Puts a pattern together. Groups are never repeated without bound, so matching stays quick.
fn composed(random: &mut Random, depth: usize) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(3) {
        let group = depth > 0 && random.chance(25);
        if group {
            let (open, close) =
                random.choose(&[("(", ")"), ("(?:", ")"), ("(", ")?"), ("(?:", "){1,2}"), ("(?=", ")"), ("(?<!", ")")]);
            // What a look behind tests has a fixed length.
            let inner = if open == "(?<!" { "ab".to_string() } else { composed(random, depth - 1) };
            let _ = write!(text, "{open}{inner}{close}");
        } else {
            let atom = random.choose(&ATOMS);
            let repeat =
                if atom == "\\b" { "" } else { random.choose(&["", "", "", "+", "*", "?", "{2}", "+?", "{0,3}"]) };
            text.push_str(atom);
            text.push_str(repeat);
        }
    }
    if random.chance(20) {
        text.push('|');
        text.push_str(random.choose(&ATOMS));
    }
    text
}

/// A pattern of `like`.
pub(super) fn glob(random: &mut Random) -> &'static str {
    random.choose(&[
        "*",
        "a*",
        "*o*",
        "h?llo*",
        "[aH]*",
        "[!x]*",
        "*.*",
        "user",
        "*\n*",
        "a(b)",
        "a=b",
        "#",
        "[a-z]*",
        "\\*",
        "",
        "?",
        "*[",
        "Hello World",
        "a|b*",
    ])
}
