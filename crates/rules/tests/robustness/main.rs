//! Hostile rules and hostile pages: an answer or an error, never a panic, a hang or a deep stack.
//!
//! Each case runs in a thread with the default stack of 2 MB. What the worst of them cost is measured by
//! `wikiward-benches`; here a generous bound only catches hangs.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod texts;

use std::sync::Arc;
use std::time::{Duration, Instant};
use wikiward_rules::evaluate::{self, End, Options, Session};
use wikiward_rules::ruleset::{RuleSet, Scratch, Verdict};
use wikiward_rules::syntax::parser::DEPTH_MAX;
use wikiward_rules::vocabulary::Vocabulary;
use wikiward_rules::wire::Responder;
use wikiward_rules::{Action, ErrorId, Release, Rule, Value};

/// The default stack of a thread.
const STACK_BYTES: usize = 2 << 20;

/// No case may take longer, on a slow and busy machine without optimisation.
const PATIENCE: Duration = Duration::from_secs(20);

/// Longest text of a page.
const PAGE_BYTES: usize = 2 << 20;

/// Runs `work` on a small stack and says what came out.
fn bounded<R: Send>(what: &str, work: impl FnOnce() -> R + Send) -> R {
    let start = Instant::now();
    let result = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        thread.spawn_scoped(scope, work).unwrap().join()
    });
    assert!(start.elapsed() < PATIENCE, "{} took {:?}", shortened(what), start.elapsed());
    result.unwrap_or_else(|_| panic!("{} ended in a panic", shortened(what)))
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

/// How a rule ends on an action with this page: the name of the error, or the type of the value.
fn end_on(source: &str, page: &Value) -> &'static str {
    bounded(source, || {
        let vocabulary = Arc::new(Vocabulary::default());
        let rule = match Rule::compile(source.as_bytes(), &vocabulary, Release::Newest) {
            Ok(rule) => Arc::new(rule),
            Err(error) => return error.id.name(),
        };
        let mut action = Action::new(&vocabulary);
        action.set(vocabulary.id("new_wikitext").unwrap(), page.clone());
        let mut scratch = evaluate::Scratch::default();
        let end = Session::new(&action, &vocabulary, Options::default(), &mut scratch).evaluate(&rule).end;
        // The rule must do as little harm in company.
        let set = RuleSet::new(vec![rule.clone(), rule], vocabulary.clone());
        let outcomes = set.evaluate(&action, Options::default(), &mut Scratch::default()).len();
        assert_eq!(outcomes, 2);
        match end {
            End::Value(value) => value.type_name(),
            End::Error(error) => error.id.name(),
            End::Needs(_) => "needs",
        }
    })
}

fn end(source: &str) -> &'static str {
    end_on(source, &Value::Null)
}

fn page(unit: &str) -> Value {
    Value::text(unit.repeat(PAGE_BYTES / unit.len()))
}

fn joined(count: usize, separator: &str, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().join(separator)
}

#[test]
fn nesting_beyond_the_limit_is_an_error() {
    for unit in [
        "!(",
        "(",
        "[",
        "a[",
        "a:=[",
        "1?",
        "1?2:",
        "if 1 then ",
        "if (",
        "lcase(",
        "-(",
        "a[0]:=",
        "a:=",
        "1 in (",
        "a[a[",
        "contains_any(1,",
        "1+(",
        "[1,[",
        "a[if 1 then (",
        "!lcase(-(",
    ] {
        let source = unit.repeat(65_000 / unit.len());
        assert!(["toodeep", "unexpectedtoken", "unrecognisedkeyword"].contains(&end(&source)), "{unit}");
    }
    assert_eq!(end(&"a[".repeat(25)), "expectednotfound");
}

#[test]
fn nesting_up_to_the_limit_is_evaluated_checked_and_planned() {
    let levels = DEPTH_MAX - 2;
    let around =
        |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(levels), close.repeat(levels));
    assert_eq!(end(&around("(", "1", ")")), "int");
    assert_eq!(end(&around("[", "1", "]")), "array");
    assert_eq!(end(&around("!(", "user_name", ")")), "bool");
    assert_eq!(end(&around("lcase(", "user_name", ")")), "string");
    assert_eq!(end(&around("user_age ? 1 : ", "2", "")), "int");
    assert_eq!(end(&around("if user_age then 1 else (", "2", ") end")), "toodeep");
    assert_eq!(end(&around("-(", "1", ")")), "int");
}

#[test]
fn nested_rules_survive_the_check_at_save_time() {
    for (open, close) in [("(", ")"), ("!(", ")"), ("[", "]"), ("user_age ? 1 : ", ""), ("user_age & (", ")")] {
        let rule = format!("{}1{}", open.repeat(400), close.repeat(400));
        let request = serde_json::json!({"rule": rule, "mode": "check"}).to_string();
        let answer = bounded(&rule, || Responder::default().answer(request.as_bytes()));
        assert_eq!(answer["ok"], true, "{open}");
    }
}

#[test]
fn chains_are_as_long_as_the_text_may_be() {
    for (source, expected) in [
        ("1+".repeat(131_071) + "1", "int"),
        (joined(30_000, "&", |_| "1".to_owned()), "bool"),
        (joined(30_000, "^", |_| "1".to_owned()), "bool"),
        (joined(15_000, "|", |n| format!("page_id=={n}")), "conditionlimit"),
        (";".repeat(262_144), "null"),
        (";1".repeat(131_072), "int"),
        (format!("[{}]", "1,".repeat(100_000)), "array"),
        (format!("contains_any({}1)", "1,".repeat(100_000)), "bool"),
        ("/**/".repeat(65_536), "null"),
        (format!("\"{}\"", "x".repeat(262_142)), "string"),
        (" ".repeat(262_145), "toolong"),
        ("\"".repeat(262_143), "unclosedstring"),
        ("1 ".repeat(100_000), "unexpectedatend"),
        ("9".repeat(262_144), "int"),
        ("a".repeat(262_144), "unrecognisedvar"),
        ("2**".repeat(80_000) + "2", "float"),
        (joined(25_000, ";", |n| format!("v{n:05}:=1")), "int"),
        ("a:=[1];".to_owned() + &"a[0]:=2;".repeat(30_000), "int"),
        ("if 1 then 2 else 3 end;".repeat(11_000), "int"),
    ] {
        assert_eq!(end(&source), expected, "{}", shortened(&source));
    }
}

#[test]
fn what_is_doubled_ends_at_the_budget() {
    let doubled = |start: &str, step: &str, behind: &str| format!("{start};{}{behind}", format!("{step};").repeat(40));
    for (source, expected) in [
        (doubled("s := \"x\"", "s := s + s", ""), "worklimit"),
        (doubled("a := [1]", "a := a + a", ""), "worklimit"),
        (doubled("a := [null]", "a := [a, a]", "1"), "int"),
        (doubled("a := [1]", "a := [a, a]", "a == a"), "worklimit"),
        (doubled("a := [1]", "a := [a, a]", "length(a)"), "worklimit"),
        (doubled("a := [1]", "a := [a, a]", "a in \"x\""), "worklimit"),
        (doubled("a := [1]", "a := [a, a]", "set(\"b\", a)[0][1][0] == 1"), "worklimit"),
        (doubled("a := [1]", "a[] := a", "count(a)"), "worklimit"),
        (doubled("if page_id then (u := 1) end; a := [u]", "a := [a, a]", "set(\"b\", a)"), "worklimit"),
        (doubled("if page_id then (u := 1) end; a := [u]", "a := [a, a]", "a == a"), "worklimit"),
        (doubled("if page_id then (u := 1) end; a := [u]", "a := [a, a]", "string(a)"), "worklimit"),
        (doubled("s := \"x\"", "s := str_replace(s + s, \"x\", \"xx\")", ""), "worklimit"),
        (doubled("s := \"x\"", "s := str_replace_regexp(s, \"x\", \"$0$0$0\")", ""), "worklimit"),
        (doubled("n := 3", "n := n * n", "n"), "float"),
    ] {
        assert_eq!(end(&source), expected, "{}", shortened(&source));
    }
}

#[test]
fn long_lists_are_joined_and_compared_within_the_budget() {
    let long = "a := [null];".to_owned() + &"a := a + a;".repeat(18);
    for (behind, expected) in [
        (joined(200, ";", |n| format!("b{n} := a + a")), "worklimit"),
        ("b := a + [];".to_owned() + &joined(200, "&", |_| "a == b".to_owned()), "worklimit"),
        (joined(200, ";", |n| format!("length(a + [{n}])")), "worklimit"),
        (joined(300, ";", |_| "a[7] := 1".to_owned()), "worklimit"),
        ("a[262143] === null".to_owned(), "bool"),
        ("a[262144]".to_owned(), "outofbounds"),
    ] {
        assert_eq!(end(&(long.clone() + &behind)), expected, "{}", shortened(&behind));
    }
    let nested = "a := [1];".to_owned() + &"a := [a];".repeat(1_500);
    assert_eq!(end(&nested), "toodeep");
}

#[test]
fn patterns_are_refused_or_run_within_the_budget() {
    for (pattern, subject) in [
        ("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
        ("(a|aa)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
        ("(a|aa)+\\\\1$", "aaaaaaaaaaaaaaaa!"),
        (".*.*.*.*=", "a"),
        ("(.*)(.*)(.*)\\\\3x", "ab"),
        ("(?=.*x)(?=.*y)(?=.*z)", "ab"),
        ("\\\\((?:[^()]++|(?R))*\\\\)x", "("),
        ("(?:(?:(?:a*)*)*)*b", "a"),
        ("\\\\X{500}$", "e\u{301}"),
        ("(a{1,1000}){1,60}$", "a"),
        ("((a{1,99}){1,99}){1,99}", "a"),
        ("(?<=a{250})b", "a"),
        ("(*LIMIT_MATCH=4000000000)(a|aa)+\\\\1$", "a"),
        ("(*NO_JIT)(a|aa)+\\\\1$", "a"),
        ("(*NO_AUTO_POSSESS)(\\\\w+\\\\s?)+[!]", "ab "),
    ] {
        let page = page(subject);
        for rule in [
            format!("new_wikitext rlike \"{pattern}\""),
            format!("new_wikitext irlike \"{pattern}\""),
            format!("rcount(\"{pattern}\", new_wikitext)"),
            format!("str_replace_regexp(new_wikitext, \"{pattern}\", \"$0$0\")"),
            format!("get_matches(\"{pattern}\", new_wikitext)"),
        ] {
            let end = end_on(&rule, &page);
            let expected = ["bool", "int", "string", "array", "worklimit", "regexfailure"];
            assert!(expected.contains(&end), "{rule}: {end}");
        }
    }
}

#[test]
fn large_patterns_are_compiled_or_refused() {
    for pattern in [
        joined(9_000, "|", |n| format!("w{n}x")),
        joined(9_000, "|", |n| format!("(w{n}x)")),
        "(a)?".repeat(10_000),
        "(".repeat(20_000),
        "[".repeat(20_000),
        "(?:".repeat(20_000),
        "(?=".repeat(250) + "a" + &")".repeat(250),
        "\\\\p{L}{1,9}".repeat(2_000),
        "(?i)\u{17f}\u{212a}".repeat(2_000),
        "a?".repeat(30_000),
        "a{0,65535}".repeat(20),
        "[^a]".repeat(20_000),
        "\\\\Q".repeat(20_000),
        "(?<n>a)".repeat(2),
        "(?1)(a|b(?1))".to_owned(),
        "*".repeat(60_000),
    ] {
        for rule in [
            format!("user_name rlike \"{pattern}\""),
            format!("\"aaaa\" irlike \"{pattern}\""),
            format!("\"aaaa\" like \"{pattern}\""),
            format!("length(get_matches(\"{pattern}\", \"aaaa\"))"),
            format!("\"aaaa\" rlike (\"{pattern}\" + \"\")"),
        ] {
            let end = end(&rule);
            assert!(["bool", "int", "regexfailure", "worklimit"].contains(&end), "{}: {end}", shortened(&rule));
        }
    }
}

#[test]
fn a_rule_with_very_many_patterns_compiles_the_last_ones_when_they_are_needed() {
    let many = |count: usize| joined(count, "|", |n| format!("\"b\" rlike \"a{n}\"")) + "|\"c\" rlike \"^c$\"";
    let vocabulary = Arc::new(Vocabulary::default());
    let rule = Arc::new(Rule::compile(many(400).as_bytes(), &vocabulary, Release::Newest).unwrap());
    let action = Action::new(&vocabulary);
    let mut scratch = evaluate::Scratch::default();
    let plain = Session::new(&action, &vocabulary, Options::default(), &mut scratch).evaluate(&rule);
    assert!(plain.is_match() && plain.conditions == 401, "{plain:?}");
    let set = RuleSet::new(vec![rule], vocabulary.clone());
    let mut scratch = Scratch::default();
    let outcome = &set.evaluate(&action, Options::default(), &mut scratch)[0];
    assert!(outcome.is_match() && outcome.conditions == 401, "{outcome:?}");
    assert_eq!(end(&many(3_000)), "worklimit");
    let broken = many(400) + "|\"c\" rlike \"(\"";
    assert_eq!(end(&broken.replace("^c$", "^d$")), "regexfailure");
}

#[test]
fn calls_that_look_alike_do_not_slow_each_other_down() {
    let start = "s := \"xxxxxxxx\";".to_owned() + &"s := s + s;".repeat(9);
    let rule = start + &joined(900, ";", |n| format!("length(s + \"{n:04}\" + s)"));
    assert_eq!(end(&rule), "int");
}

#[test]
fn bytes_that_are_no_text_are_lexed_and_evaluated() {
    let vocabulary = Vocabulary::default();
    for source in
        [&b"\xff"[..], b"\"\xff\" == \"\xfe\"", b"user_name\0", b"\"\0\"", b"\xef\xbb\xbf1", b"1\xc2\xa0", b"/*\xff*/1"]
    {
        let _ = Rule::compile(source, &vocabulary, Release::Newest);
    }
    let broken = Value::text(b"a\xff\xc3(\xf0\x9f".repeat(PAGE_BYTES / 6));
    for call in
        ["lcase(T)", "norm(T)", "substr(T, 3, 9)", "strpos(T, \"a\")", "T rlike \"a\"", "rmdoubles(T)", "T like \"a*\""]
    {
        assert!(!end_on(&call.replace('T', "new_wikitext"), &broken).is_empty());
    }
}

#[test]
fn a_list_of_a_million_elements_is_read() {
    let list = Value::texts((0..1_000_000).map(|_| ""));
    for rule in [
        "\"x\" in T",
        "length(T)",
        "T == T",
        "T[999999]",
        "T + T",
        "string(T)",
        "contains_any(T, \"x\")",
        "T rlike \"x\"",
    ] {
        assert!(!end_on(&rule.replace('T', "new_wikitext"), &list).is_empty());
    }
}

#[test]
fn a_rule_set_with_huge_rules_and_many_rules_is_built_and_evaluated() {
    bounded("a rule set", || {
        let vocabulary = Arc::new(Vocabulary::default());
        let mut sources: Vec<String> =
            (0..2_000).map(|n| format!("user_name contains \"x{n}\" & lcase(user_name) == \"{n}\"")).collect();
        sources.push(joined(30_000, "&", |_| "1".to_owned()));
        sources.push(joined(3_000, "^", |n| format!("page_id=={n}")));
        sources.push(joined(1_000, "|", |n| format!("(user_age>{n}&page_id<{n})")));
        sources.push("a:=user_age;".repeat(2_000) + "a");
        sources.push("!(".repeat(900) + "user_age" + &")".repeat(900));
        sources.push((0..60).fold("user_age".to_owned(), |inner, n| format!("(page_id == {n} ^ {inner})")));
        let rules: Vec<Arc<Rule>> = sources
            .iter()
            .map(|source| Arc::new(Rule::compile(source.as_bytes(), &vocabulary, Release::Newest).unwrap()))
            .collect();
        let set = RuleSet::new(rules, vocabulary.clone());
        let action = Action::new(&vocabulary);
        let mut scratch = Scratch::default();
        for limit in [0, 1, 1_000, u32::MAX] {
            let options = Options { conditions_max: limit, ..Options::default() };
            let outcomes = set.evaluate(&action, options, &mut scratch);
            assert_eq!(outcomes.len(), sources.len());
            assert!(matches!(outcomes[2_000].verdict, Verdict::Match));
        }
    });
}

#[test]
fn the_wire_protocol_refuses_what_is_nested_too_deeply() {
    for unit in ["[", "{\"a\":", "[[{\"$bytes\":"] {
        let line = format!("{{\"rule\":\"1\",\"vars\":{{\"user_groups\":{}", unit.repeat(100_000));
        let answer = bounded(unit, || Responder::default().answer(line.as_bytes()));
        assert_eq!(answer["error"], "badrequest", "{unit}");
    }
    let deep = format!(
        "{{\"rule\":\"user_groups == [1]\",\"vars\":{{\"user_groups\":{}{}}}}}",
        "[".repeat(100),
        "]".repeat(100)
    );
    assert_eq!(bounded("depth", || Responder::default().answer(deep.as_bytes()))["ok"], true);
}

#[test]
fn an_interrupt_ends_a_long_evaluation() {
    let vocabulary = Vocabulary::default();
    let rule =
        "s := \"x\";".to_owned() + &"s := s + s;".repeat(20) + &joined(900, ";", |n| format!("lcase(s + \"{n}\")"));
    let rule = Rule::compile(rule.as_bytes(), &vocabulary, Release::Newest).unwrap();
    let action = Action::new(&vocabulary);
    let mut scratch = evaluate::Scratch::default();
    let mut session =
        Session::new(&action, &vocabulary, Options { work_max: u64::MAX, ..Options::default() }, &mut scratch);
    session.set_interrupt(&|| true);
    assert!(matches!(session.evaluate(&rule).end, End::Error(error) if error.id == ErrorId::WorkLimit));
}
