//! Texts, numbers and addresses, and how they are written in a program.

use std::fmt::Write;

use crate::random::Random;

const INTEGERS: [i64; 16] =
    [0, 1, 2, 3, 5, 10, -1, 42, 100, 255, 1_000, 65_536, 2_147_483_648, -2_147_483_649, i64::MAX, i64::MIN + 1];

const NUMBERS: [&str; 34] = [
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "7",
    "10",
    "12",
    "100",
    "007",
    "1.5",
    "0.1",
    "0.2",
    "2.0",
    "1.",
    ".5",
    "0.000012345",
    "123456789.123456789",
    "0x1F",
    "0b101",
    "0o17",
    "0xff",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999",
    "0xFFFFFFFFFFFFFFFF",
    "1000000000000000",
    "100000000000000.0",
    "33333333333333333.3",
    "2147483647",
    "4294967296",
    "0.30000000000000004",
    "16",
];

const TEXTS: [&str; 40] = [
    "",
    "0",
    "1",
    "abc",
    "Hello World",
    "hello hello",
    "a,b,c",
    "The quick brown fox",
    "12abc",
    " 42 ",
    "1e3",
    "0x1A",
    "-5",
    "3.14",
    "1.0",
    "true",
    "poopyhead",
    "P00pyhe4d!!!",
    "аррle",
    "Größe",
    "straße ÄÖÜ",
    "ÉÀÇ é",
    "Привет, мир",
    "こんにちは",
    "漢字 字",
    "مرحبا",
    "🙂 ok 🙂",
    "ﬁ ﬂ",
    "aaaabbbb",
    "line one\nline two\n\nline four",
    "tab\there",
    "<b>bold</b> &amp; &lt;i&gt; &#65; &#x42; &eacute; &nbsp;",
    "[[Link|text]] {{tpl|a=1}}",
    "https://shop.example/x?y=1&z=2",
    "a/b\\c",
    "(paren) [brack] {brace} ^$.*+?|",
    "'quoted' \"double\"",
    "*",
    "user",
    "++--==",
];

const MARKED: [&str; 4] = ["e\u{301}te\u{301}", "हिन्दी", "ΟΔΟΣ ΣΑΣ", "a\u{203f}b"];

/// A text as a value.
pub(super) fn text(random: &mut Random, releases: bool) -> String {
    if releases && random.chance(15) {
        return random.choose(&MARKED).to_string();
    }
    let mut text = random.choose(&TEXTS).to_string();
    while random.chance(20) {
        text.push_str(random.choose(&[" ", "\n", ", ", ""]));
        text.push_str(random.choose(&TEXTS));
    }
    text
}

/// A number as a value; edges of ranges are frequent.
pub(super) fn integer(random: &mut Random) -> i64 {
    if random.chance(50) { random.choose(&INTEGERS) } else { random.between(-50, 200) }
}

/// A number as a literal; there are no negative ones.
pub(super) fn number(random: &mut Random) -> String {
    if random.chance(45) { random.between(0, 20).to_string() } else { random.choose(&NUMBERS).to_string() }
}

/// A network address, or nearly one.
pub(super) fn address(random: &mut Random) -> &'static str {
    random.choose(&[
        "192.0.2.7",
        "192.0.2.255",
        "198.51.100.1",
        "203.0.113.77",
        "2001:db8::1",
        "2001:DB8:0:0:0:0:0:FF",
        "::",
        "192.0.2.007",
        "192.0.2.256",
        "192.0.2",
        "QuietHeron",
        "",
    ])
}

/// A range of addresses, seldom an invalid one.
pub(super) fn range(random: &mut Random) -> &'static str {
    if random.chance(6) {
        return random.choose(&["192.0.2.0/33", "x", "192.0.2.1-2001:db8::1", "", "192.0.2.0/08"]);
    }
    random.choose(&[
        "192.0.2.0/24",
        "192.0.2.0/32",
        "0.0.0.0/0",
        "192.0.2.5 - 192.0.2.9",
        "192.0.2.5-192.0.2.200",
        "203.0.113.64/26",
        "2001:db8::/32",
        "::/0",
        "2001:db8::-2001:db8::ffff",
        "192.0.2.7",
        "198.51.100.9-198.51.100.1",
    ])
}

/// Writes a text as a literal, in either kind of quotes and with escapes here and there.
pub(super) fn literal(random: &mut Random, text: &str) -> String {
    let quote = if random.chance(70) { '"' } else { '\'' };
    let escaped = random.chance(10);
    let mut written = String::from(quote);
    for letter in text.chars() {
        match letter {
            _ if letter == quote => {
                written.push('\\');
                written.push(letter);
            }
            '\\' => written.push_str("\\\\"),
            '\n' if random.chance(80) => written.push_str("\\n"),
            '\t' if random.chance(80) => written.push_str("\\t"),
            'a'..='e' if escaped && random.chance(30) => {
                let _ = write!(written, "\\x{:02X}", u32::from(letter));
            }
            _ => written.push(letter),
        }
    }
    if random.chance(2) {
        written.push_str(random.choose(&["\\x00", "\\xFF", "\\q", "\\x4", "\\xE2\\x82\\xAC"]));
    }
    written.push(quote);
    written
}

/// Writes a pattern as a literal: backslashes stay as they are, as editors of filters write them.
pub(super) fn pattern_literal(random: &mut Random, pattern: &str) -> String {
    let quote = if random.chance(75) { "\"" } else { "'" };
    format!("{quote}{}{quote}", pattern.replace(quote, &format!("\\{quote}")))
}
