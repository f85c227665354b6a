//! Behaviour of patterns as a whole; the quick ways against PCRE2.

use proptest::prelude::*;

use super::*;

fn pattern(text: &str, mode: Mode) -> Pattern {
    Pattern::compile(text.as_bytes(), mode, Release::Newest).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn is_match(text: &str, mode: Mode, subject: &str) -> bool {
    let (mut scratch, mut meter) = (Scratch::new(), Meter::unlimited());
    let pattern = pattern(text, mode);
    pattern.is_match(Subject::new(subject.as_bytes()), &mut scratch, &mut meter).expect("no limit is near")
}

#[test]
fn patterns_mean_what_pcre2_means() {
    for (text, subject, expected) in [
        ("b", "abc", true),
        ("^b", "abc", false),
        ("a$", "a\n", true),
        (r"a\z", "a\n", false),
        ("a$", "a\n\n", false),
        ("(?m)^$", "a\n", false),
        ("(?m)^", "a\nb", true),
        ("a/b", "a/b", true),
        ("[^a-c]", "abc", false),
        ("(?i)ss", "\u{17f}S", true),
        ("(?i)k", "\u{212a}", true),
        (r"\w", "\u{301}", true),
        (r"\bé\b", "a é b", true),
        (r"(a)\1", "aa", true),
        ("a(?=b)", "ac", false),
        ("a++a", "aaa", false),
        (r"\Qa.c\E+", "a.ccc", true),
        (r"[\w-]", "-", true),
        ("a{,2}b", "b", true),
        ("x{", "x{", true),
    ] {
        assert_eq!(is_match(text, Mode::Perl, subject), expected, "{text} on {subject:?}");
    }
}

#[test]
fn globs_are_anchored_and_allow_a_final_newline() {
    for (glob, subject, expected) in [
        ("a*b", "axxb", true),
        ("a*b", "axxb\n", true),
        ("a*b", "axxbc", false),
        ("a?b", "aéb", true),
        ("a[xy]b", "ayb", true),
        ("[a-z]", "m", false),
        ("[a-z]", "-", true),
        ("a|b", r"a\ and more", true),
    ] {
        assert_eq!(is_match(glob, Mode::Like, subject), expected, "{glob} on {subject:?}");
    }
}

#[test]
fn a_pattern_that_does_not_compile_names_the_place_in_the_authors_text() {
    let error = Pattern::compile(b"a/b(", Mode::Perl, Release::Newest).expect_err("invalid");
    assert_eq!(error.offset, 4, "{error}");
    assert!(Pattern::compile(b"\xff", Mode::Perl, Release::Newest).is_err());
}

#[test]
fn matches_are_counted_and_replaced_as_php_does() {
    let (mut scratch, mut meter) = (Scratch::new(), Meter::unlimited());
    for (text, subject, count, replaced) in [
        ("x*", "abc", 4, "-a-b-c-"),
        ("b*", "abbc", 4, "-a--c-"),
        ("b", "abbc", 2, "a--c"),
        ("", "é", 2, "-é-"),
        ("a|", "aab", 4, "---b-"),
        ("$", "a\n", 2, "a-\n-"),
        (r"\Ka", "aa", 2, "a-a-"),
        ("(?=a)", "aa", 2, "-a-a"),
    ] {
        let pattern = pattern(text, Mode::Perl);
        let subject = Subject::new(subject.as_bytes());
        if text != r"\Ka" {
            assert_eq!(pattern.count(subject, &mut scratch, &mut meter), Ok(count), "{text}");
            let out = pattern.replace_all(subject, b"-", 1000, &mut scratch, &mut meter).expect("short");
            assert_eq!(String::from_utf8_lossy(&out), replaced, "{text}");
        }
    }
}

#[test]
fn groups_behind_the_last_set_one_are_absent() {
    let (mut scratch, mut meter) = (Scratch::new(), Meter::unlimited());
    let pattern = pattern("b(x)?(a)(y)?", Mode::Perl);
    let groups = pattern.captures(Subject::new(b"banana"), &mut scratch, &mut meter);
    assert_eq!(groups, Ok(Some(vec![Some(0..2), None, Some(1..2)])));
}

#[test]
fn a_subject_that_is_not_utf8_is_refused() {
    let (mut scratch, mut meter) = (Scratch::new(), Meter::unlimited());
    let found = pattern("a", Mode::Perl).is_match(Subject::new(b"a\xff"), &mut scratch, &mut meter);
    assert_eq!(found, Err(Failure::InvalidUtf8));
}

#[test]
fn lists_of_texts_and_common_forms_need_no_backtracking() {
    for (text, mode, engine) in [
        ("foo|bar|baz", Mode::Perl, Engine::Linear),
        (r"\b(?:foo|bar)\b", Mode::PerlCaseless, Engine::Linear),
        (r"https?:\/\/[^ ]+\.(?:ru|cn)", Mode::Perl, Engine::Linear),
        ("^#redirect", Mode::PerlCaseless, Engine::Linear),
        ("[A-Z]{5,}", Mode::Perl, Engine::Linear),
        ("foo(?!bar)", Mode::Perl, Engine::Excluding),
        (r"(.)\1{10,}", Mode::Perl, Engine::Excluding),
        ("(?R)?", Mode::Perl, Engine::Pcre),
    ] {
        assert_eq!(pattern(text, mode).engine(), engine, "{text}");
    }
}

#[test]
fn requirements_name_the_most_selective_texts() {
    for (text, mode, any_of, caseless, exact) in [
        ("foo", Mode::Perl, &["foo"][..], false, true),
        ("foo|ba[rz]", Mode::Perl, &["bar", "baz", "foo"], false, true),
        (r"\bfoo\b", Mode::Perl, &["foo"], false, false),
        ("Foo", Mode::PerlCaseless, &["foo"], true, true),
        (r"https?://[^ ]+\.(?:ruru|cncn)", Mode::Perl, &[".cncn", ".ruru"], false, false),
        ("(?:abc)+x?", Mode::Perl, &["abc"], false, false),
    ] {
        let requirement = pattern(text, mode).requirement().cloned().expect("there are such texts");
        let found: Vec<_> = requirement.any_of.iter().map(|text| String::from_utf8_lossy(text)).collect();
        assert_eq!(found, any_of, "{text}");
        assert_eq!((requirement.caseless, requirement.exact), (caseless, exact), "{text}");
    }
    assert_eq!(pattern("a*|b", Mode::Perl).requirement(), None);
}

#[test]
fn a_match_may_begin_before_the_text_that_is_searched_for() {
    let far = "x ".repeat(400);
    for (text, mode, subject, expected) in [
        (r"[a-z]{0,3}\s*spam", Mode::Perl, "ab   spam".to_owned(), true),
        (r"\b\w{4}(?:turnip|casino)s\b", Mode::Perl, format!("{far}turnip abcdturnips"), true),
        (r"\b\w{4}(?:turnip|casino)s\b", Mode::Perl, format!("{far}turnips abcturnips"), false),
        (r"\bé{2}x?(?:turnip|casino)\d", Mode::PerlCaseless, format!("{far}TURNIP ÉéxCASINO7"), true),
        (r"(?<=gnome)[aé]+(?:\s|$)", Mode::Perl, format!("{far}gnomeaé"), true),
        (r"^.?.?gnome\s+\w", Mode::Perl, "éégnome  x".to_owned(), true),
        (r"^.?gnome\s+\w", Mode::Perl, "éégnome  x".to_owned(), false),
        (r"(?:\d+ab|cd\d?e)fgh+", Mode::Perl, format!("{far}123abfghh"), true),
        (r"(?=\w+gnome)x+\w", Mode::Perl, "xxygnome".to_owned(), true),
        (r"(?:\b(?:follow\s*me|ref|buy\s*now))s", Mode::PerlCaseless, format!("<reF/> {far} Buy Nows"), true),
    ] {
        assert_eq!(is_match(text, mode, &subject), expected, "{text}");
    }
}

#[test]
fn a_hostile_pattern_ends_with_its_budget() {
    let long = "a".repeat(100_000);
    let mut scratch = Scratch::new();
    for text in [
        "(a+)+$(?<!a)",
        "(?=(.*a){20}b)",
        "a*a*a*a*(?=b)b",
        "(a*)\\1b",
        "(?:a+a+)+(?=y)y",
        "(a|(?R)a)+c",
        "(?>(?:a|aa)+)(?<=b)",
    ] {
        let pattern = pattern(text, Mode::Perl);
        let mut meter = Meter::new(2_000_000, None);
        let found = pattern.find(Subject::new(long.as_bytes()), 0, &mut scratch, &mut meter);
        assert!(matches!(found, Err(Failure::Exhausted | Failure::Limit) | Ok(false)), "{text}: {found:?}");
    }
}

/// Counting once paid for the whole rest of the text at every match, and word boundaries outside of ASCII were watched.
#[test]
fn common_patterns_on_the_longest_pages_stay_within_a_rules_budget() {
    let page = "Überall some words, und 日本語, and 2,000 figures. ".repeat(3_000);
    let mut scratch = Scratch::new();
    for text in [
        "[a-zA-Z0-9]",
        "[a-zé]",
        "[a-z]+",
        r"\b\w+",
        r"\b(?:foo|bar|baz)s?\b|\bqu+x",
        "([^_:.*0 -]{1,9})\\1{7}",
        "[a-z]{1,9}(?=!)",
    ] {
        let pattern = pattern(text, Mode::Perl);
        let mut meter = Meter::new(crate::evaluate::WORK_MAX, None);
        let found = pattern.count(Subject::new(page.as_bytes()), &mut scratch, &mut meter);
        assert!(found.is_ok(), "{text}: {found:?}");
    }
}

#[test]
fn word_boundaries_need_no_backtracking_outside_of_ascii_either() {
    for (text, is_exact) in
        [(r"\bfoo\b", true), (r"\b(?:[Eé3]k|schön)\B", true), (r"\bfoo(?=x)", false), (r"\b\p{Lu}", false)]
    {
        for mode in [Mode::Perl, Mode::PerlCaseless] {
            assert_eq!(pattern(text, mode).plan(false).is_exact(), is_exact, "{text}");
        }
    }
}

#[test]
fn an_interrupt_ends_a_match() {
    let long = "a".repeat(10_000);
    let stop = || true;
    let mut meter = Meter::new(u64::MAX, Some(&stop));
    let found =
        pattern("(a*)*\\1[bc]", Mode::Perl).find(Subject::new(long.as_bytes()), 0, &mut Scratch::new(), &mut meter);
    assert_eq!(found, Err(Failure::Exhausted));
}

#[test]
fn patterns_are_shared_between_threads_and_scratch_can_move() {
    fn shared<T: Send + Sync>() {}
    fn moved<T: Send>() {}
    shared::<Pattern>();
    moved::<Scratch>();
    moved::<PatternCache>();
}

/// Patterns made of what the parser understands, and some of what it only widens.
fn patterns() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "a",
        "b",
        "k",
        "K",
        "S",
        "s",
        "é",
        "ſ",
        "\u{212a}",
        ".",
        "\\d",
        "\\w",
        "\\W",
        "\\s",
        "\\S",
        "\\b",
        "\\B",
        "^",
        "$",
        "\\A",
        "\\z",
        "\\Z",
        "[ab]",
        "[^a]",
        "[a-k]",
        "[^k]",
        "[\\w-]",
        "[^\\W_]",
        "[[:alpha:]]",
        "[[:^punct:]s]",
        "\\p{Lu}",
        "\\PL",
        "\\h",
        "\\R",
        "\\N",
        "\\x41",
        "\\x{e9}",
        "\\n",
        "\\Qs.\\E",
        "1",
        " ",
        "_",
        "(?i)",
        "(?m)",
        "(?s)",
        "(?-i)",
        "(?i:k)",
        "(?#x)",
        "ab",
        "ba",
        "ks",
        "\\K",
        "\\X",
        "{",
        "\\E",
        "[]a]",
        "[^]a]",
        "\\H",
        "\\V",
        "\\D",
        "[a-k]{3,}",
        "(.)\\1{3,}",
        "(\\w)\\1{2}",
        "\\1",
        "\\w{4,}",
        "[é中]{3}",
        "a{3,}",
        "(k)\\1{3}",
        "([^ab]{1,2})\\1{3}",
        "([a-k])(?i)\\1{3}",
        "\\bk",
        "s\\B",
    ])
    .prop_map(str::to_owned);
    atom.prop_recursive(4, 24, 4, |inner| {
        let quantifier = prop::sample::select(vec![
            "*", "+", "?", "*?", "+?", "??", "{2}", "{,2}", "{1,}", "{ 1, 2 }", "{1,2}+", "*+", "++", "?+", "{,}",
        ]);
        prop_oneof![
            5 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            3 => prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("(?:{})", parts.join("|"))),
            3 => (inner.clone(), quantifier).prop_map(|(part, times)| format!("(?:{part}){times}")),
            1 => inner.clone().prop_map(|part| format!("({part})\\1")),
            1 => inner.clone().prop_map(|part| format!("(?={part})")),
            1 => inner.clone().prop_map(|part| format!("(?!{part})")),
            1 => inner.clone().prop_map(|part| format!("(?>{part})")),
            1 => inner.clone().prop_map(|part| format!("(?<n>{part})")),
            1 => inner.prop_map(|part| format!("({part})")),
        ]
    })
}

fn subjects() -> impl Strategy<Value = String> {
    let chars = prop::sample::select(vec![
        'a', 'a', 'b', 'A', 'k', 'K', 's', 'S', '1', '_', ' ', '\n', '-', '\r', '{', '\u{301}', 'é', 'É', 'ſ',
        '\u{212a}', '\u{203f}', '\u{180e}', '\u{2028}', '中',
    ]);
    let ascii = prop::sample::select(vec!['a', 'b', 'A', 'k', 'K', 's', 'S', '1', '_', ' ', '\n', '-', '\r', '.', '{']);
    let runs = prop::collection::vec((chars.clone(), 1..6usize), 0..5);
    let ascii_runs = prop::collection::vec((ascii.clone(), 1..6usize), 0..5);
    let repeated =
        |runs: Vec<(char, usize)>| runs.into_iter().flat_map(|(char, n)| std::iter::repeat_n(char, n)).collect();
    prop_oneof![
        prop::collection::vec(chars, 0..12).prop_map(String::from_iter),
        prop::collection::vec(ascii, 0..12).prop_map(String::from_iter),
        runs.prop_map(repeated),
        ascii_runs.prop_map(repeated),
    ]
}

/// Cases of each property: 1,500, or as many as `WIKIWARD_CASES` says.
fn cases() -> u32 {
    std::env::var("WIKIWARD_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1_500)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_quick_ways_agree_with_pcre2(
        text in patterns(),
        caseless in any::<bool>(),
        subjects in prop::collection::vec(subjects(), 12),
    ) {
        let mode = if caseless { Mode::PerlCaseless } else { Mode::Perl };
        let Ok(pattern) = Pattern::compile(text.as_bytes(), mode, Release::Newest) else { return Ok(()) };
        let (mut scratch, mut meter) = (Scratch::new(), Meter::unlimited());
        for text in &subjects {
            let subject = Subject::new(text.as_bytes());
            let Ok(expected) = pattern.find(subject, 0, &mut scratch, &mut meter) else { continue };
            prop_assert_eq!(pattern.is_match(subject, &mut scratch, &mut meter), Ok(expected), "{:?}", text);
            // The wider translation serves ASCII subjects as well.
            let wide = Subject::text(text, false);
            prop_assert_eq!(pattern.is_match(wide, &mut scratch, &mut meter), Ok(expected), "{:?} as UTF-8", text);
            let watched = pattern.compiled(true).expect("small");
            let found = watched.find(text, 0, &mut scratch.machine, &mut meter);
            prop_assert_eq!(found, Ok(expected), "{:?} watched", text);
            for starts_max in [1, 2, 5] {
                let pace = pattern.pace(text.len()).with_starts_max(starts_max);
                let found = pattern.find_paced(text, 0, pace, &mut scratch.machine, &mut meter);
                prop_assert_eq!(found, Ok(expected), "{:?} in windows of {}", text, starts_max);
            }
            if let Some(requirement) = pattern.requirement() {
                let bytes = if requirement.caseless { text.to_ascii_lowercase() } else { text.clone() };
                let has = |one: &Vec<u8>| memchr::memmem::find(bytes.as_bytes(), one).is_some();
                let has_one = requirement.any_of.iter().any(has);
                let is_served = !requirement.caseless || !text.contains(['\u{212a}', 'ſ']);
                if is_served {
                    prop_assert!(!expected || has_one, "{:?} in {:?}", requirement, text);
                    prop_assert!(!(requirement.exact && has_one) || expected, "{:?} in {:?}", requirement, text);
                }
            }
            if let Some(needs) = pattern.needs().filter(|needs| !needs.folds || !text.contains(['\u{212a}', 'ſ'])) {
                let lowered = text.to_ascii_lowercase();
                let has = |one: &Vec<u8>| memchr::memmem::find(lowered.as_bytes(), one).is_some();
                let has_all = |way: &Vec<Vec<u8>>| way.iter().all(has);
                prop_assert!(!expected || needs.ways.iter().any(has_all), "{:?} in {:?}", needs, text);
            }
            if let Some(outline) = &pattern.outline {
                prop_assert!(cost::steps_max(outline, text.len()) >= 1.0);
            }
        }
    }

    #[test]
    fn references_exclude_no_match(
        group in prop::sample::select(vec![
            ".", r"\w", r"\b\w+\b", "[a-z]{2,4}?", "a|b", "ab?", "(?i)a", r"[^\s]", r"\w+", "aa|b+", "a|", "b*",
        ]),
        before in prop::sample::select(vec!["", "^", r"\b", "x", "x?", "(?:a|b)", "(?=b)"]),
        behind in prop::sample::select(vec![
            r"\1", r"\1{2}", r"(?:\s+\1){2}", r"\s*\1", r".*\1\1", r"\1|b", r"(?i:\1)\1", r"\1?b", r"(?!\1)", "{2}\\1",
            r"\1(a)", r"\1(?1)",
        ]),
        caseless in any::<bool>(),
        subjects in prop::collection::vec("[abAB x]{0,9}", 12),
    ) {
        let mode = if caseless { Mode::PerlCaseless } else { Mode::Perl };
        let text = format!("{before}({group}){behind}");
        let Ok(pattern) = Pattern::compile(text.as_bytes(), mode, Release::Newest) else { return Ok(()) };
        let (mut scratch, mut meter) = (Scratch::new(), Meter::unlimited());
        for text in &subjects {
            let subject = Subject::new(text.as_bytes());
            let Ok(expected) = pattern.find(subject, 0, &mut scratch, &mut meter) else { continue };
            prop_assert_eq!(pattern.is_match(subject, &mut scratch, &mut meter), Ok(expected), "{:?}", text);
        }
    }

    #[test]
    fn counting_and_replacing_agree(text in patterns(), subject in subjects()) {
        let Ok(pattern) = Pattern::compile(text.as_bytes(), Mode::Perl, Release::Newest) else { return Ok(()) };
        let (mut scratch, mut meter) = (Scratch::new(), Meter::unlimited());
        let subject = Subject::new(subject.as_bytes());
        let Ok(count) = pattern.count(subject, &mut scratch, &mut meter) else { return Ok(()) };
        let wide = Subject { is_ascii: false, ..subject };
        prop_assert_eq!(pattern.count(wide, &mut scratch, &mut meter), Ok(count));
        let out = pattern.replace_all(subject, b"\0", 10_000, &mut scratch, &mut meter).expect("short");
        prop_assert_eq!(memchr::memchr_iter(0, &out).count(), count);
    }

    #[test]
    fn no_text_makes_compiling_panic(text in prop::collection::vec(any::<u8>(), 0..40)) {
        for mode in [Mode::Perl, Mode::PerlCaseless, Mode::Like] {
            if let Ok(pattern) = Pattern::compile(&text, mode, Release::Newest) {
                let mut meter = Meter::new(10_000_000, None);
                let _ = pattern.is_match(Subject::new(b"some text"), &mut Scratch::new(), &mut meter);
            }
        }
        guessed_groups(&text, Release::Newest);
    }
}

/// A fault of PCRE2 10.45's native code, which jumped over every possible start here.
#[test]
fn native_code_finds_what_the_interpreter_finds() {
    for text in [r"helloo\b\W{2}|e", r"helloo\b\W\W|e", r"helloo\b[^a]{2}|e", r"aaaaaa\b\w|e"] {
        for subject in ["e", "b e", "xé e", "こ he", "éexxxxxxxx"] {
            assert!(is_match(text, Mode::Perl, subject), "{text} {subject}");
            assert!(is_match(text, Mode::PerlCaseless, subject), "{text} {subject}");
        }
    }
}

/// Checks of a rule that is being typed ask hundreds of patterns about nothing.
#[test]
fn the_empty_text_needs_no_automaton() {
    for (text, expected) in [("a*", true), ("a", false), (r"\b(?:word|other)\b", false), ("^$", true), (r"\A\Z", true)]
    {
        let pattern = pattern(text, Mode::PerlCaseless);
        let (mut scratch, mut meter) = (Scratch::new(), Meter::unlimited());
        assert_eq!(pattern.is_match(Subject::new(b""), &mut scratch, &mut meter).ok(), Some(expected), "{text}");
        assert!(pattern.for_ascii.get().is_none() && pattern.unwatched.get().is_none(), "{text}");
    }
}
