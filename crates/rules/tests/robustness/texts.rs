//! Functions, patterns and diffs on long texts, and on texts of look-alikes.

use super::{PAGE_BYTES, bounded, end_on, joined, page};
use std::sync::Arc;
use wikiward_rules::budget::Meter;
use wikiward_rules::derive::{added_lines, edit_diff, removed_lines};
use wikiward_rules::evaluate::{self, End, Options, Session, WORK_MAX};
use wikiward_rules::vocabulary::Vocabulary;
use wikiward_rules::{Action, ErrorId, Release, Rule, Value};
use wikiward_testkit::random::Random;

#[test]
fn functions_on_long_texts_end_within_the_budget() {
    for unit in ["a", "Σя", "&#x41;", "\u{301} ", "ﬁß", "1,", "\0"] {
        let page = page(unit);
        for call in [
            "lcase(T)",
            "ucase(T)",
            "norm(T)",
            "ccnorm(T)",
            "sanitize(T)",
            "rescape(T)",
            "rmspecials(T)",
            "rmdoubles(T)",
            "rmwhitespace(T)",
            "specialratio(T)",
            "length(T)",
            "string(T)",
            "int(T)",
            "float(T)",
            "count(T)",
            "count(\"a\", T)",
            "substr(T, 5, -5)",
            "strpos(T, \"zz\")",
            "strpos(T, T + \"x\")",
            "str_replace(T, \"a\", \"bbbbbbbbbbbb\")",
            "contains_any(T, T + \"1\", \"x\")",
            "T contains (T + \"x\")",
            "ccnorm_contains_all(T, \"a\", \"b\")",
            "ip_in_range(T, \"192.0.2.0/24\")",
            "T == (T + \"1\")",
            "T < (T + \"1\")",
            "-T - T",
            "T like \"*a*b*\"",
            "[T, T] == [T, T]",
            "equals_to_any(T, 1, T + \"\")",
            "T in [T]",
        ] {
            let rule = call.replace('T', "new_wikitext");
            assert!(!end_on(&rule, &page).is_empty());
        }
        let many = joined(900, ";", |n| format!("x{n} := ccnorm(new_wikitext + \"{n}\")"));
        assert_eq!(end_on(&many, &page), "worklimit");
    }
}

#[test]
fn diffs_of_a_million_lines_end_within_the_budget() {
    let lines = |count: usize, line: fn(usize) -> usize| {
        Value::text((0..count).map(|n| line(n).to_string()).collect::<Vec<_>>().join("\n"))
    };
    for (old, new) in [
        (page("\n"), Value::from("")),
        (page("a\n"), page("b\n")),
        (lines(250_000, |n| n), lines(250_000, |n| 250_000 - n)),
        (lines(500_000, |n| n % 2), lines(500_000, |n| n % 3)),
        (lines(300_000, |n| n * 7_919 % 1_009), lines(300_000, |n| n * 104_729 % 1_009)),
    ] {
        bounded("a diff", || {
            let vocabulary = Vocabulary::default();
            let mut action = Action::new(&vocabulary);
            action.set(vocabulary.id("old_wikitext").unwrap(), old);
            action.set(vocabulary.id("new_wikitext").unwrap(), new);
            let rule = Rule::compile(b"added_lines & removed_lines", &vocabulary, Release::Newest).unwrap();
            let mut scratch = evaluate::Scratch::default();
            let end = Session::new(&action, &vocabulary, Options::default(), &mut scratch).evaluate(&rule).end;
            let is_bounded = match end {
                End::Error(error) => error.id == ErrorId::WorkLimit,
                End::Value(_) => true,
                End::Needs(_) => false,
            };
            assert!(is_bounded);
        });
    }
}

/// Paragraphs of about 500 bytes, words drawn by chance, as long as a page may be.
fn prose(seed: u64) -> Vec<String> {
    const WORDS: [&str; 16] = [
        "the",
        "river",
        "of",
        "a",
        "small",
        "town",
        "and",
        "its",
        "mill",
        "was",
        "built",
        "in",
        "stone",
        "near",
        "old",
        "[[bridge]]",
    ];
    let mut random = Random::new(seed);
    let mut bytes = 0;
    std::iter::from_fn(|| {
        let line: Vec<&str> = (0..100).map(|_| random.choose(&WORDS)).collect();
        let line = line.join(" ") + ".";
        bytes += line.len() + 1;
        (bytes <= PAGE_BYTES).then_some(line)
    })
    .collect()
}

/// Work and size of the diff of two texts, counted without a limit.
fn diffed(old: &[String], new: &[String]) -> (u64, usize) {
    let (old, new) = (old.join("\n"), new.join("\n"));
    bounded("a diff of prose", || {
        let mut meter = Meter::new(u64::MAX, None);
        let diff = edit_diff(old.as_bytes(), new.as_bytes(), &mut meter).unwrap();
        let lines = added_lines(&diff).chain(removed_lines(&diff)).map(|line| line.len() + 2).sum::<usize>();
        assert!(lines <= diff.len());
        (u64::MAX - meter.left(), diff.len())
    })
}

#[test]
fn diffs_of_long_prose_cost_no_more_than_a_rule_may_spend() {
    let old = prose(1);
    let changed = |every: usize| -> Vec<String> {
        old.iter()
            .enumerate()
            .map(|(n, line)| if n % every == 0 { line.replace("town", "city") } else { line.clone() })
            .collect()
    };
    let moved: Vec<String> = old.iter().skip(700).chain(old.iter().take(700)).cloned().collect();
    let reversed: Vec<String> = old.iter().rev().cloned().collect();
    let one_line = vec![old.join(" ")];
    let other_line = vec![changed(3).join(" ")];
    let size = 2 * PAGE_BYTES;
    for (name, old, new) in [
        ("the same", &old, &old),
        ("a tenth of the paragraphs", &old, &changed(10)),
        ("each paragraph", &old, &changed(1)),
        ("another text", &old, &prose(2)),
        ("a part moved", &old, &moved),
        ("reversed", &old, &reversed),
        ("one long paragraph", &one_line, &other_line),
    ] {
        let (work, bytes) = diffed(old, new);
        println!("{name}: {work} units, {bytes} bytes");
        assert!(work <= WORK_MAX, "{name}: {work} units");
        // Every line once, its sign, and what stands around.
        assert!(bytes <= size + 2 * (old.len() + new.len()) + 200, "{name}: {bytes} bytes");
    }
}

#[test]
fn look_alikes_end_within_the_budget() {
    let needles = joined(300, ", ", |n| format!("\"sраm{n}\""));
    for unit in ["ѕраm Ĕ ", "АΑА", "𝐚а\u{200b}", "0oО|l1І", "&#1072;", "\u{301}а", "ﬀß", "Ꭺ"] {
        let text = Value::text(unit.repeat(4_096 / unit.len()));
        for test in [
            "ccnorm(T) rlike \"(A+)+$\"",
            "ccnorm(T) rlike \"(A|AA|S|P)+!\"",
            "ccnorm(T) rlike \"(.*)(.*)(.*)\\\\1\\\\2\\\\3!\"",
            "ccnorm(T) irlike \"^(?:s*p*a*m*\\\\W*)*!$\"",
            "norm(T) rlike \"(\\\\w+)+\\\\W\"",
            "norm(T) rlike \"(.+)+(.+)+\\\\1!\"",
            "ccnorm(ccnorm(T)) rlike \"(?=(A+))\\\\1(A|S)*!\"",
            "T irlike \"(?:[аaａ]+[а-яa-z]*)+!\"",
            "T irlike \"(\\\\p{Cyrillic}+|\\\\w+)*!\"",
            "rcount(\"(A*)*(?!B)\", ccnorm(T)) > 1",
            "count(rmdoubles(ccnorm(T)), norm(T)) > 3",
            "ccnorm_contains_any(T, NEEDLES)",
            "ccnorm_contains_all(T, NEEDLES)",
            "str_replace_regexp(ccnorm(T), \"(A|S)+?\", \"$1$1$1\") == T",
            "norm(T + ccnorm(T)) contains norm(T)",
        ] {
            let rule = test.replace('T', "new_wikitext").replace("NEEDLES", &needles);
            assert!(["bool", "worklimit"].contains(&end_on(&rule, &text)), "{test} on {unit}");
        }
        // What only maps is cheap: a thousandth of a second, counted.
        let options = Options { work_max: 1_000_000, ..Options::default() };
        let vocabulary = Arc::new(Vocabulary::default());
        let mut action = Action::new(&vocabulary);
        action.set(vocabulary.id("new_wikitext").unwrap(), text.clone());
        for test in ["ccnorm(T) != norm(T)", "ccnorm_contains_any(T, \"zz1\", \"zz2\")", "length(norm(ccnorm(T))) >= 0"]
        {
            let source = test.replace('T', "new_wikitext");
            let rule = Rule::compile(source.as_bytes(), &vocabulary, Release::Newest).unwrap();
            let mut scratch = evaluate::Scratch::default();
            let end = Session::new(&action, &vocabulary, options, &mut scratch).evaluate(&rule).end;
            assert!(matches!(end, End::Value(_)), "{test} on {unit}: {end:?}");
        }
    }
}
