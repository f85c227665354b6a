//! Properties of explanations: what decides, and what is hidden.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::cell::Cell;
use wikiward_rules::action::Action;
use wikiward_rules::evaluate::{Options, Scratch, Session};
use wikiward_rules::explain::aggregate::Aggregate;
use wikiward_rules::explain::{ExplainOptions, Explanation, Outcome, Part, explain};
use wikiward_rules::vocabulary::Vocabulary;
use wikiward_rules::wire::parse_value;
use wikiward_rules::{Release, Rule, Value};
use wikiward_testkit::programs::{self, Shape};
use wikiward_testkit::random::Random;

/// Most leaves of a tree whose subsets are all tried.
const LEAVES_MAX: usize = 6;

fn leaf(number: usize) -> String {
    format!("leaf_{number}")
}

fn vocabulary() -> Vocabulary {
    Vocabulary::new(Release::Newest, (0..LEAVES_MAX).map(leaf))
}

/// A tree of truths in which each leaf stands once.
fn tree(random: &mut Random, next: &mut usize, depth: usize) -> String {
    if depth == 0 || *next + 1 >= LEAVES_MAX || random.chance(15) {
        if *next >= LEAVES_MAX || random.chance(12) {
            return random.word(&["true", "false", "0", "\"a\""]).to_owned();
        }
        *next += 1;
        return leaf(*next - 1);
    }
    let mut part = |random: &mut Random| tree(random, next, depth - 1);
    match random.below(9) {
        0..3 => format!("({} & {})", part(random), part(random)),
        3..6 => format!("({} | {})", part(random), part(random)),
        6 => format!("({} ^ {})", part(random), part(random)),
        7 => format!("!({})", part(random)),
        _ => format!("({} ? {} : {})", part(random), part(random), part(random)),
    }
}

/// Names for parts, each read once.
fn program(random: &mut Random) -> String {
    let mut next = 0;
    if random.chance(40) {
        let value = tree(random, &mut next, 2);
        return format!("x := {value}; (x {} {})", random.word(&["&", "|", "^"]), tree(random, &mut next, 3));
    }
    tree(random, &mut next, 4)
}

fn explained(source: &str, vocabulary: &Vocabulary, truths: u32) -> Explanation {
    let rule = Rule::compile(source.as_bytes(), vocabulary, Release::Newest).unwrap();
    let mut action = Action::new(vocabulary);
    for number in 0..LEAVES_MAX {
        action.set(vocabulary.id(&leaf(number)).unwrap(), Value::Bool(truths >> number & 1 == 1));
    }
    let mut scratch = Scratch::default();
    let mut session = Session::new(&action, vocabulary, Options::default(), &mut scratch);
    explain(&mut session, &rule, &ExplainOptions { source: source.as_bytes(), ..ExplainOptions::default() })
}

#[test]
fn decisive_parts_fix_the_result_and_no_fewer_do() {
    let vocabulary = vocabulary();
    let mut random = Random::new(11);
    let mut sizes = [0_u32; LEAVES_MAX + 1];
    for _ in 0..250 {
        let source = program(&mut random);
        let results: Vec<bool> =
            (0..1 << LEAVES_MAX).map(|truths| explained(&source, &vocabulary, truths).result).collect();
        let result = |truths: u32| results[truths as usize];
        for _ in 0..6 {
            let truths = u32::try_from(random.below(1 << LEAVES_MAX)).unwrap();
            let explanation = explained(&source, &vocabulary, truths);
            let fixes = |fixed: u32| {
                (0..1 << LEAVES_MAX).all(|other| other & fixed != truths & fixed || result(other) == result(truths))
            };
            let number = |snippet: &str| snippet.strip_prefix("leaf_").unwrap().parse::<u32>().unwrap();
            let decisive = explanation.decisive.iter().map(|id| 1 << number(&explanation.parts[id.index()].snippet));
            let decisive: u32 = decisive.sum();
            assert!(fixes(decisive), "{source} with {truths:b}: {decisive:b} does not fix the result");
            // What was skipped has no value that could be fixed.
            let is_known =
                |part: &&Part| part.snippet.starts_with("leaf_") && matches!(part.outcome, Outcome::Value(_));
            let known = explanation.parts.iter().filter(|part| part.op == "variable").filter(is_known);
            let known: u32 = known.map(|part| 1 << number(&part.snippet)).sum();
            let sets = (0..1_u32 << LEAVES_MAX).filter(|set| set & !known == 0);
            let smallest = sets.filter(|set| fixes(*set)).map(u32::count_ones).min().unwrap();
            assert_eq!(decisive.count_ones(), smallest, "{source} with {truths:b}: {decisive:b}");
            sizes[smallest as usize] += 1;
        }
    }
    // The trees are such that every size comes up.
    assert!(sizes[..4].iter().all(|count| *count > 50), "{sizes:?}");
}

/// What a viewer gets who may not see `user_unnamed_ip`; each look at the clock takes a nanosecond.
fn seen(source: &str, values: &[(String, Value)], address: &str, full: bool) -> Option<String> {
    let vocabulary = Vocabulary::default();
    let rule = Rule::compile(source.as_bytes(), &vocabulary, Release::Newest).ok()?;
    let mut action = Action::new(&vocabulary);
    for (name, value) in values {
        if let Some(id) = vocabulary.exact_id(name) {
            action.set(id, value.clone());
        }
    }
    action.set(vocabulary.id("user_unnamed_ip").unwrap(), Value::text(address));
    let mut scratch = Scratch::default();
    let mut session = Session::new(&action, &vocabulary, Options::default(), &mut scratch);
    let now = Cell::new(0);
    let clock = || now.replace(now.get() + 1);
    let redact = ["user_unnamed_ip"];
    let options =
        ExplainOptions { source: source.as_bytes(), full, redact: &redact, clock: Some(&clock), brief: false };
    let explanation = explain(&mut session, &rule, &options);
    let mut aggregate = Aggregate::new(&rule);
    aggregate.add(&explanation);
    Some(format!("{}\n{}\n{}", explanation.to_json(), explanation.to_text(false, 100), aggregate.to_json()))
}

#[test]
fn another_protected_value_changes_nothing_that_is_shown() {
    let mut random = Random::new(23);
    let (mut read, mut told) = (0, 0);
    for round in 0..3_000 {
        let program = programs::program(&mut random, Shape::default());
        // The variable is put in the place of others, so that programs do all kinds of things with it.
        let name = random.word(&["user_name", "summary", "added_lines", "page_title", "user_editcount"]);
        let source = match random.below(4) {
            0 => program.replace(name, "user_unnamed_ip"),
            1 => format!("ip := user_unnamed_ip; ({program}) & ip_in_range(ip, \"192.0.2.0/24\")"),
            2 => format!("({program}) | 1 / (length(user_unnamed_ip) - 9) > 0 | user_age > 3"),
            _ => format!("(user_unnamed_ip == \"192.0.2.1\" & ({program})) | summary == \"x\""),
        };
        let values: Vec<(String, Value)> = programs::variables(&mut random)
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), parse_value(value).ok()?)))
            .collect();
        let full = random.chance(50);
        let answers: Vec<Option<String>> = ["192.0.2.1", "192.0.2.77", "2001:db8::1", "", "x"]
            .iter()
            .map(|address| seen(&source, &values, address, full))
            .collect();
        let Some(first) = &answers[0] else { continue };
        for answer in &answers {
            assert_eq!(answer.as_ref(), Some(first), "round {round}: {source}");
        }
        read += u32::from(first.contains("\"result\":null"));
        told += u32::from(first.contains("\"result\":true") || first.contains("\"result\":false"));
    }
    assert!(read > 300 && told > 300, "{read} {told}");
}
