//! Properties over random programs: together is as alone, and every answer is JSON.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use serde_json::Value as Json;
use std::sync::Arc;
use wikiward_rules::action::Action;
use wikiward_rules::evaluate::{self, End, Options, Session};
use wikiward_rules::format;
use wikiward_rules::ruleset::{Outcome, RuleSet, Scratch, Verdict};
use wikiward_rules::syntax::lexer::{TokenKind, lex};
use wikiward_rules::text::equivset::Equivset;
use wikiward_rules::vocabulary::Vocabulary;
use wikiward_rules::wire::{Responder, parse_value};
use wikiward_rules::{ErrorId, Release, Rule, RuleError, Value};
use wikiward_testkit::filters;
use wikiward_testkit::programs;
use wikiward_testkit::random::Random;

/// Sets of rules that are tried.
const SETS: usize = 150;

/// Most rules in one set.
const RULES_MAX: usize = 40;

/// Parts that rules are put together from, so that they share much.
const PARTS: [&str; 24] = [
    "lcase(added_lines) contains \"spam\"",
    "added_lines irlike \"(spam|ham)+\"",
    "new_wikitext rlike \"x*\"",
    "new_wikitext rlike \"(\"",
    "ccnorm(new_wikitext) contains \"SPAM\"",
    "ccnorm_contains_any(new_wikitext, \"spam\", \"egg\")",
    "contains_any(lcase(new_wikitext), \"spam\", \"ham\", \"\")",
    "length(lcase(user_name)) > 3",
    "lcase(user_name) == \"alice\"",
    "user_editcount < 5",
    "user_age / page_id > 1",
    "page_namespace == 0",
    "\"sysop\" in user_groups",
    "user_groups[1] == \"user\"",
    "(a := lcase(user_name)) == \"alice\"",
    "edit_delta > 10",
    "rcount(\"a\", new_wikitext) > rcount(\"a\", old_wikitext)",
    "str_replace_regexp(lcase(user_name), \"[a-k]\", \"\") == \"l\"",
    "(user_age > 5 ? page_namespace : user_name)",
    "new_wikitext like \"*spam*\"",
    "-user_groups",
    "length(user_name) == strlen(lcase(user_name))",
    "get_matches(\"(a)(b)?\", lcase(user_name))[1] == \"a\"",
    "summary",
];

/// Rules that are asked together and one by one.
struct Both {
    sources: Vec<String>,
    rules: Vec<Arc<Rule>>,
    vocabulary: Arc<Vocabulary>,
    set: RuleSet,
    together: Scratch,
    alone: evaluate::Scratch,
}

impl Both {
    fn new(sources: Vec<String>, vocabulary: &Arc<Vocabulary>) -> Self {
        let compiled = |source: &String| Rule::compile(source.as_bytes(), vocabulary, Release::Newest).unwrap();
        let rules: Vec<Arc<Rule>> = sources.iter().map(|source| Arc::new(compiled(source))).collect();
        let set = RuleSet::new(rules.clone(), vocabulary.clone());
        let (together, alone) = (Scratch::default(), evaluate::Scratch::default());
        Self { sources, rules, vocabulary: vocabulary.clone(), set, together, alone }
    }

    /// Both ways give the same on an action, which comes twice; how many rules match. `what` names the action.
    fn agree(&mut self, one: &Action, other: &Action, options: Options<'_>, what: &str) -> usize {
        let outcomes = self.set.evaluate(one, options, &mut self.together);
        let mut session = Session::new(other, &self.vocabulary, options, &mut self.alone);
        let mut matches = 0;
        for ((rule, outcome), source) in self.rules.iter().zip(outcomes).zip(&self.sources) {
            let evaluation = session.evaluate(rule);
            assert_eq!(together(outcome), alone(&evaluation.end), "{source}\n{what}");
            assert_eq!(outcome.conditions, evaluation.conditions, "{source}\n{what}");
            matches += usize::from(outcome.is_match());
        }
        matches
    }
}

/// Calls inside of calls. Many give the same text, so that they are arguments of the same call.
fn nested_calls(random: &mut Random) -> String {
    let mut text = random.word(&["user_name", "summary", "new_wikitext", "added_lines", "user_groups"]).to_owned();
    for _ in 0..=random.below(3) {
        let function =
            random.word(&["lcase", "ucase", "norm", "ccnorm", "rmspecials", "rmdoubles", "rmwhitespace", "rescape"]);
        text = match random.below(8) {
            0 => format!("substr({text}, 0, 6)"),
            1 => format!("str_replace({text}, \"a\", \"\")"),
            _ => format!("{function}({text})"),
        };
    }
    text
}

/// A rule of one to six parts.
fn rule(random: &mut Random) -> String {
    let mut rule = String::new();
    if random.chance(40) {
        for _ in 0..=random.below(3) {
            rule.extend(["d := ", &nested_calls(random), ";\n"]);
        }
        rule.push_str(random.word(&["d contains \"a\" & ", "d == user_name | ", "", ""]));
        return rule + &format!("{} != {}", nested_calls(random), nested_calls(random));
    }
    if random.chance(30) {
        rule.push_str("b := lcase(user_name); c := page_namespace == 0 | user_age > 3;\n");
        rule.push_str(random.word(&["b contains \"a\" & ", "c & ", "(c ? b : 0) | ", ""]));
    }
    for number in 0..=random.below(6) {
        if number > 0 {
            rule.push_str(random.word(&[" & ", " | ", " ^ ", " & !", " == "]));
        }
        let part = random.word(&PARTS);
        let (open, close) = if random.chance(40) { ("(", ")") } else { ("", "") };
        rule.extend([open, part, close]);
    }
    rule
}

/// An action with some of the variables set and some offered.
fn action(vocabulary: &Vocabulary, vars: &serde_json::Map<String, Json>, seed: u64) -> Action {
    let mut chosen = Random::new(seed);
    let mut action = Action::new(vocabulary);
    for (name, value) in vars {
        let Some(id) = vocabulary.exact_id(name) else { continue };
        match chosen.below(10) {
            0 => {}
            1 => action.offer(id),
            _ => action.set(id, parse_value(value).unwrap()),
        }
    }
    action
}

fn variables(random: &mut Random) -> serde_json::Map<String, Json> {
    let texts = ["", "spam and ham", "SPAM", "The cat\nsat", "ѕраm \u{212a}elvin", "a\u{17f}b"];
    let text = |random: &mut Random| Json::from(random.word(&texts));
    let mut vars = programs::variables(random);
    vars.insert("user_name".to_owned(), Json::from(random.word(&["Alice", "Bob", "\u{212a}ai", ""])));
    for name in ["old_wikitext", "new_wikitext", "summary"] {
        let value = text(random);
        vars.insert(name.to_owned(), value);
    }
    for name in ["user_age", "page_id", "page_namespace", "user_editcount"] {
        vars.insert(name.to_owned(), Json::from(random.between(0, 9)));
    }
    let groups: Vec<&str> = ["*", "user", "sysop"].into_iter().take(random.below(4)).collect();
    vars.insert("user_groups".to_owned(), Json::from(groups));
    vars
}

#[derive(Debug, PartialEq)]
enum Ending {
    Match,
    NoMatch,
    Error(Box<RuleError>),
    Needs(usize),
}

fn together(outcome: &Outcome) -> Ending {
    match &outcome.verdict {
        Verdict::Match => Ending::Match,
        Verdict::NoMatch => Ending::NoMatch,
        Verdict::Error(error) => Ending::Error(error.clone()),
        Verdict::Needs(id) => Ending::Needs(id.index()),
    }
}

fn alone(end: &End) -> Ending {
    match end {
        End::Value(value) if value.is_true() => Ending::Match,
        End::Value(_) => Ending::NoMatch,
        End::Error(error) => Ending::Error(error.clone()),
        End::Needs(id) => Ending::Needs(id.index()),
    }
}

fn is_out_of_work(ending: &Ending) -> bool {
    matches!(ending, Ending::Error(error) if error.id == ErrorId::WorkLimit)
}

#[test]
fn rules_together_answer_what_they_answer_alone() {
    let mut random = Random::new(20);
    let vocabulary = Arc::new(Vocabulary::default());
    let mut scratch = Scratch::default();
    let (mut compared, mut planned) = (0, 0);
    for set_number in 0..SETS {
        let sources: Vec<String> = (0..=random.below(RULES_MAX))
            .map(|_| {
                if random.chance(25) {
                    programs::program(&mut random, programs::Shape::default())
                } else {
                    rule(&mut random)
                }
            })
            .collect();
        let (sources, rules): (Vec<String>, Vec<Arc<Rule>>) = sources
            .into_iter()
            .filter_map(|source| {
                let rule = Rule::compile(source.as_bytes(), &vocabulary, Release::Newest).ok()?;
                Some((source, Arc::new(rule)))
            })
            .unzip();
        let set = RuleSet::new(rules.clone(), vocabulary.clone());
        planned += set.planned();
        for action_number in 0..6 {
            let vars = variables(&mut random);
            let limit = [1_000, u32::MAX, u32::try_from(random.below(30)).unwrap()][action_number % 3];
            let options = Options { conditions_max: limit, ..Options::default() };
            let seed = random.bits();
            let one = action(&vocabulary, &vars, seed);
            let other = action(&vocabulary, &vars, seed);
            let outcomes = set.evaluate(&one, options, &mut scratch);
            let mut plain = evaluate::Scratch::default();
            let mut session = Session::new(&other, &vocabulary, options, &mut plain);
            for (number, rule) in rules.iter().enumerate() {
                let evaluation = session.evaluate(rule);
                let (ours, theirs) = (together(&outcomes[number]), alone(&evaluation.end));
                // The two pay differently for what they share.
                if is_out_of_work(&ours) || is_out_of_work(&theirs) {
                    break;
                }
                let what = || {
                    format!(
                        "set {set_number}, action {action_number}, limit {limit}, rule {number}: {}\n{vars:?}",
                        sources[number]
                    )
                };
                assert_eq!(ours, theirs, "{}", what());
                assert_eq!(outcomes[number].conditions, evaluation.conditions, "conditions: {}", what());
                assert_eq!(outcomes[number].warnings, evaluation.warnings, "{}", what());
                compared += 1;
            }
        }
    }
    println!("{compared} evaluations compared, {planned} rules planned");
    assert!(compared > 3_000 && planned > 500, "{compared} compared, {planned} planned");
}

/// Many filters that look for many texts, as on a large wiki, so that the quick ways of sets are all taken.
#[test]
fn many_generated_filters_together_answer_what_they_answer_alone() {
    let vocabulary = Arc::new(Vocabulary::default());
    let sources = filters::realistic(4, 400);
    let mut both = Both::new(sources.into_iter().map(|filter| filter.rule).collect(), &vocabulary);
    assert!(both.set.planned() > 390, "{} planned", both.set.planned());
    let words =
        ["Turnip ", "free  offer", "WAS HERE", "\u{212a}nown ", "po\u{17f}s", "<ref>", "купить ", "[[x]]!!", "4567"];
    let mut random = Random::new(11);
    let mut matches = 0;
    for number in 0..40 {
        let mut vars = filters::action(number, random.choose(&[300, 2_000, 9_000]));
        for name in ["added_lines", "new_wikitext", "summary", "user_name", "page_title", "removed_lines"] {
            if random.chance(70) {
                let text: String = (0..random.below(30)).map(|_| random.word(&words)).collect();
                vars.insert(name.to_owned(), Json::from(text));
            }
        }
        vars.insert("page_namespace".to_owned(), Json::from(random.choose(&[0, 2])));
        let seed = random.bits();
        // Used up at once, on the way, and never.
        let conditions_max = random.choose(&[0, 40, 400, 1_000, u32::MAX, u32::MAX]);
        let options = Options { conditions_max, ..Options::default() };
        let (one, other) = (action(&vocabulary, &vars, seed), action(&vocabulary, &vars, seed));
        matches += both.agree(&one, &other, options, &format!("action {number}: {vars:?}"));
    }
    assert!(matches > 100, "{matches} matches");
}

/// Questions about texts with look-alikes mapped are prepared with one table, and asked with another.
#[test]
fn needles_among_look_alikes_are_found_whatever_the_table() {
    let vocabulary = Arc::new(Vocabulary::default());
    let needles = ["spam", "sp4m", "egg", "0st", "аwk", "kiosk", "\u{200b}", "z", "casino bonus", "OST AWK"];
    let mut random = Random::new(31);
    let sources: Vec<String> = (0..120)
        .map(|_| {
            let function = random.word(&["ccnorm_contains_any", "ccnorm_contains_all", "contains_any", "contains_all"]);
            let text = random.word(&["summary", "lcase(summary)", "new_wikitext"]);
            let needles: Vec<String> =
                (0..=random.below(3)).map(|_| format!("\"{}\"", random.word(&needles))).collect();
            format!("{function}({text}, {})", needles.join(", "))
        })
        .collect();
    let mut both = Both::new(sources, &vocabulary);
    assert_eq!(both.set.planned(), both.rules.len());
    let other_table = Equivset::from_json(br#"{"s": "Z", "p": "G", "\u0430": "", "o": "0"}"#).unwrap();
    let (mut matches, filler) = (0, "xy vw & ".repeat(200));
    for number in 0..150 {
        let mut one = Action::new(&vocabulary);
        for name in ["summary", "new_wikitext"] {
            let mut text: String = (0..random.below(4)).map(|_| random.word(&needles)).collect();
            if random.chance(50) {
                text.push_str(&filler);
            }
            one.set(vocabulary.exact_id(name).unwrap(), Value::from(text.as_str()));
        }
        let other = one.renewed();
        let equivset = if random.chance(50) { &other_table } else { Equivset::builtin() };
        let options = Options { equivset, ..Options::default() };
        matches += both.agree(&one, &other, options, &format!("action {number}"));
    }
    assert!(matches > 1_000, "{matches} matches");
}

/// Texts that follow from one another by changing case or mapping look-alikes are asked about together.
#[test]
fn what_holds_of_a_text_is_not_taken_for_what_holds_of_another() {
    let vocabulary = Arc::new(Vocabulary::default());
    let texts = ["summary", "lcase(summary)", "ucase(summary)", "ccnorm(summary)", "lcase(ccnorm(ucase(summary)))"];
    let needles = ["A", "a", "b", "Q", "[[", "&", "OST", "ost", "0st", "lumnky", "LUMNKY", "&#76;UMNKY", "mky", "MKY "];
    let sources: Vec<String> = texts
        .iter()
        .flat_map(|text| {
            needles.iter().map(move |needle| format!("\"{needle}\" in {text} | {text} irlike \"z{needle}\""))
        })
        .chain(texts.iter().map(|text| format!("count(\"lumnky\", {text}) > 0 | strpos({text}, \"LUMNKY\") > -1")))
        .collect();
    let mut both = Both::new(sources, &vocabulary);
    assert_eq!(both.set.planned(), both.rules.len());
    let (mut matches, filler) = (0, "xy vw ".repeat(200));
    for (number, summary) in
        ["a", "[[q]]", "L0ST", "lumnky", "Lu.mnky &amp; mky ", "&#76;umnky", "zlumnky", "l&", "\u{212a}&#76;umnky"]
            .into_iter()
            .flat_map(|text| [text.to_owned(), format!("{filler}{text}"), format!("{text} é{filler}")])
            .enumerate()
    {
        let mut one = Action::new(&vocabulary);
        one.set(vocabulary.exact_id("summary").unwrap(), Value::from(summary.as_str()));
        let other = one.renewed();
        matches += both.agree(&one, &other, Options::default(), &format!("action {number}: {summary}"));
    }
    assert!(matches > 100, "{matches} matches");
}

#[test]
fn formatting_keeps_the_tokens_and_does_nothing_the_second_time() {
    let mut random = Random::new(5);
    let shape = programs::Shape { broken_percent: 3, crashes: true, ..programs::Shape::default() };
    for _ in 0..3_000 {
        let source = programs::program(&mut random, shape);
        check_formatting(source.as_bytes());
    }
    for _ in 0..500 {
        check_formatting(rule(&mut random).as_bytes());
    }
}

fn check_formatting(source: &[u8]) {
    let shown = String::from_utf8_lossy(source).into_owned();
    let Ok(formatted) = format::format(source) else {
        assert!(wikiward_rules::syntax::parse(source).is_err(), "a rule that parses can be formatted: {shown}");
        return;
    };
    let kinds = |text: &[u8]| -> Vec<TokenKind> { lex(text).unwrap().0.into_iter().map(|token| token.kind).collect() };
    assert_eq!(kinds(source), kinds(&formatted), "{shown}");
    assert_eq!(format::format(&formatted).as_deref(), Ok(formatted.as_slice()), "{shown}");
}

#[test]
fn answers_are_one_line_of_json() {
    let mut random = Random::new(3);
    let mut responder = Responder::default();
    for number in 0..2_000 {
        let mut line = programs::request(&mut random, number).to_string().into_bytes();
        if random.chance(30) {
            let at = random.below(line.len());
            line[at] ^= 1 << random.below(8);
        }
        let answer = responder.answer(&line).to_string();
        assert!(!answer.contains('\n'), "{answer}");
        assert!(serde_json::from_str::<Json>(&answer).is_ok(), "{answer}");
    }
}
