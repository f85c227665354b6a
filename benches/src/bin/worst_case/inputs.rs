//! The inputs: what a hostile filter editor and a hostile page could think of together.

use std::fmt::Write;
use wikiward_rules::Value;

/// A rule and the variables it meets.
pub(crate) struct Input {
    pub(crate) name: &'static str,
    pub(crate) rule: String,
    pub(crate) variables: Vec<Variable>,
}

/// A variable's name, and its value, made only when it is wanted.
type Variable = (&'static str, Box<dyn Fn() -> Value>);

/// Longest text of a page: what wikis allow by default.
const PAGE_BYTES: usize = 2 << 20;

/// Bytes of a text of look-alikes.
const LOOK_ALIKES_BYTES: usize = 4 << 10;

fn page(unit: &str) -> Value {
    Value::text(unit.repeat(PAGE_BYTES / unit.len()))
}

/// `f(0) & f(1) & …`
fn joined(count: usize, separator: &str, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().join(separator)
}

/// Makes `name` a list of 2^`times` times `element`.
fn doubled(name: &str, element: &str, times: usize) -> String {
    let mut rule = format!("{name} := [{element}];\n");
    for _ in 0..times {
        let _ = writeln!(rule, "{name} := {name} + {name};");
    }
    rule
}

/// Makes `name` a list of two lists, which are one and the same, and so on.
fn nested(name: &str, element: &str, times: usize) -> String {
    let mut rule = format!("{name} := [{element}];\n");
    for _ in 0..times {
        let _ = writeln!(rule, "{name} := [{name}, {name}];");
    }
    rule
}

pub(crate) fn all() -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::new();
    for (name, rule) in shapes().into_iter().chain(values()) {
        inputs.push(Input { name, rule, variables: Vec::new() });
    }
    for (name, rule, unit) in patterns().into_iter().chain(texts()) {
        let text = Box::new(move || page(unit));
        inputs.push(Input { name, rule, variables: vec![("new_wikitext", text)] });
    }
    for (name, rule, unit) in look_alikes() {
        let text = Box::new(move || Value::text(unit.repeat(LOOK_ALIKES_BYTES / unit.len())));
        inputs.push(Input { name, rule, variables: vec![("new_wikitext", text)] });
    }
    inputs.extend(diffs());
    inputs
}

/// Rules that are hard to read.
fn shapes() -> Vec<(&'static str, String)> {
    let kb65 = |unit: &str| unit.repeat(65_000 / unit.len());
    vec![
        ("parse: a[ 25 times", "a[".repeat(25)),
        ("parse: 65 KB of !(", kb65("!(")),
        ("parse: 65 KB of a[", kb65("a[")),
        ("parse: 65 KB of 1?", kb65("1?")),
        ("parse: 65 KB of if", kb65("if 1 then ")),
        ("parse: 262,144 bytes of 1+", "1+".repeat(131_071) + "1"),
        ("parse: 262,144 bytes of &", joined(20_000, "&", |n| format!("page_id=={}", n % 100))),
        ("parse: 262,144 bytes of \"a\"+", "\"\"+".repeat(87_000) + "\"\""),
        ("parse: 25,000 variables", joined(25_000, ";", |n| format!("v{n:05}:=1"))),
        ("parse: 80,000 elements", format!("[{}]", "1,".repeat(80_000))),
        ("parse: 20,000 names not known", joined(20_000, "+", |n| format!("(v{n}:=1)"))),
        ("parse: blocks", ";1".repeat(130_000)),
        ("compile: alternation of 60 KB", format!("user_name rlike \"{}\"", joined(9_000, "|", |n| format!("w{n}x")))),
        ("compile: (a{1,1000}){1,60}", "user_name rlike \"(a{1,1000}){1,60}\"".to_owned()),
        ("compile: ((a{1,99}){1,99}){1,99}", "user_name rlike \"((a{1,99}){1,99}){1,99}\"".to_owned()),
        ("compile: 3,000 patterns", joined(3_000, "|", |n| format!("user_name irlike \"(x{n}|y+{n})\""))),
        (
            "compile: 500 large patterns",
            joined(500, "|", |n| format!("\"a\" rlike \"(\\\\p{{L}}{{1,500}}{n}){{1,9}}\"")),
        ),
        (
            "compile: built 900 large patterns",
            joined(900, "|", |n| format!("\"a\" rlike (\"\\\\w{{1,400}}\"+\"{n}\")")),
        ),
        (
            "compile: 3,000 patterns of 14 KB",
            joined(3_000, "|", |n| format!("\"a\" rlike \"((a|b)\\\\1?){{1,999}}{n}\"")),
        ),
        ("compile: 10,000 groups", format!("get_matches(\"{}\", \"a\")", "(a)?".repeat(10_000))),
    ]
}

/// Values that grow or are shared.
fn values() -> Vec<(&'static str, String)> {
    let million = doubled("a", "null", 19);
    let odd = "if page_id then (u := 1) end;\n";
    vec![
        ("values: text doubled 40 times", "s := \"x\";".to_owned() + &"s := s + s;".repeat(40)),
        ("values: list doubled 40 times", doubled("a", "1", 40)),
        ("values: nested 40 times", nested("a", "1", 40) + "a == a"),
        ("values: lists joined 200 times", million.clone() + &joined(200, ";", |n| format!("b{n} := a + a"))),
        (
            "values: lists compared 200 times",
            million.clone() + "b := a + [];" + &joined(200, "&", |_| "a == b".to_owned()),
        ),
        (
            "values: nested compared",
            nested("a", "", 21) + &nested("b", "", 21) + &joined(200, "&", |_| "a == b".to_owned()),
        ),
        (
            "values: nested remembered",
            nested("a", "", 21) + &nested("b", "", 21) + &joined(200, ";", |_| "length(a); length(b)".to_owned()),
        ),
        (
            "values: equals_to_any",
            nested("a", "", 20) + &nested("b", "", 20) + "equals_to_any(a, [1], b, b, b, b, b, b, b, b)",
        ),
        ("values: undefined copied", odd.to_owned() + &nested("a", "u", 40) + "set(\"y\", a)"),
        (
            "values: undefined copied in calls",
            odd.to_owned() + &nested("a", "u", 21) + &joined(50, ";", |n| format!("length([a, {n}])")),
        ),
        ("values: elements set", million.clone() + &"a[5] := 1;".repeat(300)),
        ("values: elements appended", million.clone() + &"a[] := 1;".repeat(300)),
        ("values: list as text", million + &joined(200, ";", |n| format!("s{n} := \"\" + a"))),
        (
            "values: texts kept",
            "s := \"xxxxxxxx\";".to_owned()
                + &"s := s + s;".repeat(20)
                + &joined(300, ";", |n| format!("t{n} := s + \"{n}\"")),
        ),
        ("values: 80,000 elements", format!("a := [{}]; count(a) == 1", "1,".repeat(80_000))),
        (
            "values: 900 calls alike",
            "s := \"xxxxxxxx\";".to_owned()
                + &"s := s + s;".repeat(11)
                + &joined(900, ";", |n| format!("length(s + \"{n:04}\" + s)")),
        ),
        (
            "values: 950 calls of 4 KB alike",
            "s := \"xxxxxxxx\";".to_owned()
                + &"s := s + s;".repeat(8)
                + &joined(950, ";", |n| format!("length(s + \"{n:04}\" + s)")),
        ),
    ]
}

/// Patterns on long texts.
fn patterns() -> Vec<(&'static str, String, &'static str)> {
    let on = |pattern: &str| format!("new_wikitext rlike \"{pattern}\"");
    vec![
        ("regex: (a+)+$", on("(a+)+$"), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
        ("regex: (a+)+$ on one run", on("(a+)+$"), "a"),
        ("regex: (a|aa)+$", on("(a|aa)+$"), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
        ("regex: (a|aa)+ with backreference", on("(a|aa)+\\\\1$"), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
        ("regex: .*.*.*=", on(".*.*.*="), "a"),
        ("regex: (.*)\\d+(.*)\\1x", on("(.*)[0-9]+(.*)\\\\1x"), "a1b2"),
        ("regex: lookahead at each place", on("(?=.*x)(?=.*y)z"), "abcd efg"),
        ("regex: lookbehind", on("(?<=a{50})b(?=c)"), "a"),
        ("regex: recursion", on("\\\\((?:[^()]++|(?R))*\\\\)x"), "((a)"),
        ("regex: \\X", on("\\\\X{300}$x"), "e\u{301}"),
        ("regex: word edges", on("\\\\b(?:\\\\w+\\\\s+){20}x"), "ab cd "),
        ("regex: possessive chain", on("(?:\\\\w+\\\\s?)+[^\\\\s\\\\w]{3}"), "word word "),
        ("regex: irlike with folding", "new_wikitext irlike \"(?:привет|пока)\\\\s+мир\"".to_owned(), "ПРИВЕТ, "),
        ("regex: 200 plain", joined(200, "|", |n| format!("new_wikitext rlike \"x{n}y\"")), "lorem ipsum "),
        (
            "regex: 200 caseless",
            joined(200, "|", |n| format!("new_wikitext irlike \"(?:x{n}|k{n}s)+y\"")),
            "Lorem \u{212a}ipſum ",
        ),
        (
            "regex: 200 with backreferences",
            joined(200, "|", |n| format!("new_wikitext rlike \"(.)\\\\1{n}z\"")),
            "aabbcc ",
        ),
        (
            "regex: 200 classes",
            joined(200, "|", |n| format!("new_wikitext rlike \"[^a-z ]{{2}}{n}[0-9]\"")),
            "lorem ipsum ",
        ),
        ("regex: 200 like", joined(200, "|", |n| format!("new_wikitext like \"*a*b*{n}\"")), "ab"),
        ("regex: rcount of nothing", "rcount(\"\", new_wikitext)".to_owned(), "ab"),
        ("regex: rcount of .", "rcount(\".\", new_wikitext)".to_owned(), "ab"),
        ("regex: rcount of \\b", "rcount(\"\\\\b\", new_wikitext)".to_owned(), "ab "),
        ("regex: rcount of (?=a)", "rcount(\"(?=a)\", new_wikitext)".to_owned(), "a"),
        ("regex: rcount of (a)(b)?(?!c)", "rcount(\"(a)(b)?(?!c)\", new_wikitext)".to_owned(), "ab"),
        ("regex: rcount of a.*?\\n|b", "rcount(\"a(?=(.*))x?\", new_wikitext)".to_owned(), "ab"),
        ("regex: replace each", "str_replace_regexp(new_wikitext, \".\", \"xxxxxxxx\")".to_owned(), "ab"),
        ("regex: replace nothing", "str_replace_regexp(new_wikitext, \"\", \"y\")".to_owned(), "ab"),
        ("regex: replace grows", "str_replace_regexp(new_wikitext, \"(a+)\", \"$1$1$1$1$1$1$1$1$1\")".to_owned(), "a"),
        (
            "regex: replaced 100 times",
            joined(100, ";", |n| format!("s{n} := str_replace_regexp(new_wikitext, \"[b{n}]\", \"\")")),
            "abcdefg",
        ),
        ("regex: get_matches 100 groups", format!("get_matches(\"{}z\", new_wikitext)", "(a?)".repeat(100)), "a"),
        ("regex: 1,000 groups in a loop", format!("rcount(\"{}b\", new_wikitext)", "(x)?".repeat(1_000)), "ab"),
    ]
}

/// Functions on long texts.
fn texts() -> Vec<(&'static str, String, &'static str)> {
    let each = |function: &str| joined(500, ";", |n| format!("x{n} := {function}(new_wikitext + \"{n}\")"));
    vec![
        ("text: ccnorm 500 times", each("ccnorm"), "ѕраm Ĕ "),
        ("text: norm 500 times", each("norm"), "ѕраm Ĕ "),
        ("text: lcase 500 times", each("lcase"), "ÀΣПР"),
        ("text: lcase of sigmas", each("lcase"), "Σ"),
        ("text: ucase of ligatures", each("ucase"), "ﬁ"),
        ("text: sanitize", each("sanitize"), "&amp;#x41;"),
        ("text: sanitize unknown names", each("sanitize"), "&abcdefgh"),
        ("text: rescape", each("rescape"), "."),
        ("text: rmspecials", each("rmspecials"), "a\u{301}!я"),
        ("text: rmdoubles", each("rmdoubles"), "яя"),
        ("text: rmwhitespace", each("rmwhitespace"), " \u{2003}a"),
        ("text: specialratio", each("specialratio"), "a!я"),
        ("text: length", each("length"), "я"),
        ("text: substr", joined(900, ";", |n| format!("substr(new_wikitext, {n}, -{n})")), "я"),
        ("text: strpos", joined(900, ";", |n| format!("strpos(new_wikitext, \"яа\", {n})")), "я"),
        (
            "text: strpos of a long needle",
            joined(900, ";", |n| format!("strpos(new_wikitext, substr(new_wikitext, 0, 9000) + \"{n}\")")),
            "a",
        ),
        (
            "text: contains a long needle",
            joined(900, ";", |n| format!("new_wikitext contains (substr(new_wikitext, 0, 9000) + \"{n}\")")),
            "ab",
        ),
        ("text: count", joined(900, ";", |n| format!("count(\"a\", new_wikitext + \"{n}\")")), "a"),
        ("text: count one argument", joined(900, ";", |n| format!("count(new_wikitext + \"{n}\")")), ","),
        ("text: 900 contains", joined(900, "|", |n| format!("new_wikitext contains \"aab{n}\"")), "a"),
        (
            "text: 5,000 needles",
            format!("contains_any(new_wikitext, {})", joined(5_000, ",", |n| format!("\"ab{n}\""))),
            "ab",
        ),
        (
            "text: 5,000 needles normalised",
            format!("ccnorm_contains_any(new_wikitext, {})", joined(5_000, ",", |n| format!("\"ab{n}\""))),
            "аb",
        ),
        ("text: str_replace grows", "str_replace(new_wikitext, \"a\", \"aaaaaaaa\")".to_owned(), "a"),
        (
            "text: str_replace 500 times",
            joined(500, ";", |n| format!("s{n} := str_replace(new_wikitext, \"a\", \"{n}\")")),
            "ab",
        ),
        (
            "text: str_replace to the limit",
            joined(50, ";", |n| format!("s{n} := str_replace(new_wikitext, \"a\", \"bbbbbb{n}\")")),
            "ab",
        ),
        (
            "text: compared 900 times",
            "s := new_wikitext + \"\"; ".to_owned() + &joined(900, "&", |_| "s == new_wikitext".to_owned()),
            "a",
        ),
        (
            "text: ordered 900 times",
            "s := new_wikitext + \"1\"; ".to_owned() + &joined(900, "&", |_| "s > new_wikitext".to_owned()),
            "1",
        ),
        ("text: cast 900 times", joined(900, ";", |n| format!("int(new_wikitext) + {n}")), "1"),
        ("text: numbers 15,000 times", joined(15_000, "+", |_| "-new_wikitext".to_owned()), "1"),
        ("text: ip ranges", joined(900, ";", |n| format!("ip_in_range(new_wikitext, \"192.0.2.{}\")", n % 250)), "1.1"),
    ]
}

/// Patterns on short texts of look-alikes.
fn look_alikes() -> Vec<(&'static str, String, &'static str)> {
    let needles = joined(300, ", ", |n| format!("\"sраm{n}\""));
    vec![
        ("look-alikes: (A+)+$", "ccnorm(new_wikitext) rlike \"(A+)+$\"".to_owned(), "АΑА!"),
        ("look-alikes: groups repeated", "norm(new_wikitext) rlike \"(.+)+(.+)+\\\\1!\"".to_owned(), "АΑА"),
        ("look-alikes: caseless", "new_wikitext irlike \"(?:[аa]+[а-яa-z]*)+!\"".to_owned(), "ѕраm Ĕ "),
        ("look-alikes: 300 needles", format!("ccnorm_contains_any(new_wikitext, {needles})"), "ѕраm Ĕ "),
        ("look-alikes: 900 times", joined(900, ";", |n| format!("norm(new_wikitext + \"{n}\")")), "ѕраm Ĕ "),
    ]
}

/// Texts that are hard to compare.
fn diffs() -> Vec<Input> {
    vec![
        pair("diff: 1 M empty lines added", || lines(10, |n| n.to_string()), || page("\n")),
        pair("diff: all lines differ", || lines(250_000, |n| format!("a{n}")), || lines(250_000, |n| format!("b{n}"))),
        pair(
            "diff: two letters",
            || lines(900_000, |n| (n % 2).to_string()),
            || lines(900_000, |n| (n % 3 % 2).to_string()),
        ),
        pair("diff: reversed", || lines(250_000, |n| n.to_string()), || lines(250_000, |n| (250_000 - n).to_string())),
        pair("diff: scattered", || lines(400_000, |n| scatter(n, 0)), || lines(400_000, |n| scatter(n, 2))),
        pair("diff: prose changed everywhere", || lines(4_000, |n| prose(n, 1)), || lines(4_000, |n| prose(n, 2))),
        pair("diff: prose moved", || lines(4_000, |n| prose(n, 1)), || lines(4_000, |n| prose((n + 700) % 4_000, 1))),
        pair("diff: one long line", || page("abc "), || page("abd ")),
    ]
}

fn pair(name: &'static str, old: fn() -> Value, new: fn() -> Value) -> Input {
    let rule = "added_lines rlike \"x\" | removed_lines rlike \"y\"".to_owned();
    Input { name, rule, variables: vec![("old_wikitext", Box::new(old)), ("new_wikitext", Box::new(new))] }
}

fn lines(count: usize, line: fn(usize) -> String) -> Value {
    Value::text((0..count).map(line).collect::<Vec<_>>().join("\n"))
}

/// A paragraph of about 500 bytes, which is another one for each `n` and `text`.
fn prose(n: usize, text: usize) -> String {
    const WORDS: [&str; 8] =
        ["the river", "of a", "small town", "and its", "old mill", "was built", "in stone", "near by"];
    let word = |at: usize| WORDS[(n.wrapping_mul(2_654_435_761).wrapping_add(at * at * text) >> 5) % WORDS.len()];
    (0..60).map(word).collect::<Vec<_>>().join(" ")
}

/// A number below 1,000 that looks like chance.
fn scatter(n: usize, by: usize) -> String {
    ((n.wrapping_mul(2_654_435_761 + by) >> 7) % 1_000).to_string()
}
