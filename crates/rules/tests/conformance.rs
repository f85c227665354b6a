//! The recorded answers of the reference evaluator (`tests/conformance/`).

#![expect(clippy::unwrap_used, reason = "a test fails where its input is not as it was recorded")]

use serde_json::{Map, Value as Json};
use wikiward_rules::release::Release;
use wikiward_rules::wire::Responder;

const CASES: &str = include_str!("conformance/filter-language.jsonl");

/// Cases that PCRE2 10.45, which we bundle, answers otherwise than the recorded 10.42.
///
/// The group holds what was known to differ; the other cases differ for the same reasons, which are Perl's and Unicode's.
fn is_dialect(case: &Json) -> bool {
    const GROUP: &str = "regex.dialect";
    const CASES: [(&str, &str); 10] = [
        ("regex.basic.017", "`{,n}` is a quantifier, so the pattern matches the empty string, which warns"),
        ("regex.basic.019", "`{,n}` is a quantifier, so the pattern matches the empty string, which warns"),
        ("regex.unicode.032", "`\\w` includes connector punctuation: U+203F"),
        ("regex.unicode.039", "`\\p{Ll}` matches any cased letter where case does not count"),
        ("uni.fold.073", "U+0390 and U+1FD3 fold together since Unicode 15.1"),
        ("uni.fold.074", "U+0390 and U+1FD3 fold together since Unicode 15.1"),
        ("uni.fold.076", "U+03B0 and U+1FE3 fold together since Unicode 15.1"),
        ("uni.fold.077", "U+03B0 and U+1FE3 fold together since Unicode 15.1"),
        ("uni.fold.079", "U+FB05 and U+FB06 fold together since Unicode 15.1"),
        ("uni.fold.080", "U+FB05 and U+FB06 fold together since Unicode 15.1"),
    ];
    case["group"] == GROUP || CASES.iter().any(|(id, _)| case["id"] == *id)
}

const REQUEST: [&str; 7] = ["id", "rule", "rules", "vars", "known", "mode", "limit"];

/// As `compare.py` does: numbers are equal by value, ints and floats differ unless the type is float.
fn same(a: &Json, b: &Json, loose: bool) -> bool {
    match (a, b) {
        (Json::Number(x), Json::Number(y)) => x == y || x.as_f64() == y.as_f64() && (loose || x.is_f64() == y.is_f64()),
        (Json::Array(x), Json::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y, false)),
        (Json::Object(x), Json::Object(y)) => {
            x.len() == y.len()
                && x.iter().all(|(name, value)| y.get(name).is_some_and(|other| same(value, other, false)))
        }
        _ => a == b,
    }
}

/// The fields of `got` that are not as expected.
fn disagreements(case: &Json, expect: &Json, got: &Json) -> Vec<String> {
    if let Some(expected) = expect.get("results").and_then(Json::as_array) {
        let Some(answers) = got.get("results").and_then(Json::as_array) else {
            return vec!["results".to_owned()];
        };
        assert_eq!(expected.len(), answers.len());
        return expected.iter().zip(answers).flat_map(|(e, g)| disagreements(&Json::Null, e, g)).collect();
    }
    if expect["error"] == "*" {
        let is_answer = got["ok"].is_boolean();
        return if is_answer { Vec::new() } else { vec!["ok".to_owned()] };
    }
    if case["impl"] == "limits" {
        let is_fine = got["matched"].is_boolean() || got["error"] == "regexfailure";
        return if is_fine { Vec::new() } else { vec!["error".to_owned()] };
    }
    let nothing = Json::Array(Vec::new());
    let fields = ["ok", "error", "position", "params", "type", "result", "matched", "conditions", "warnings"];
    fields
        .into_iter()
        .filter(|field| {
            let default = if *field == "warnings" { &nothing } else { &Json::Null };
            let (a, b) = (expect.get(field).unwrap_or(default), got.get(field).unwrap_or(default));
            !same(a, b, *field == "result" && expect["type"] == "float")
        })
        .map(str::to_owned)
        .collect()
}

fn request(case: &Json) -> Vec<u8> {
    let fields = case.as_object().unwrap();
    let request: Map<String, Json> = fields
        .iter()
        .filter(|(name, _)| REQUEST.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    serde_json::to_vec(&request).unwrap()
}

/// Whether the case's answer depends on the release of the table of look-alikes; ours is the one of Debian 12.
fn depends_on_equivset(case: &Json) -> bool {
    case["rule"].as_str().is_some_and(|rule| rule.contains("norm("))
}

fn run(release: Release, expected: impl Fn(&Json) -> &Json) {
    let mut responder = Responder::new(release, None);
    let mut wrong = Vec::new();
    let cases: Vec<Json> = CASES.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for case in &cases {
        let got = responder.answer(&request(case));
        let expect = expected(case);
        let differ = disagreements(case, expect, &got);
        if !differ.is_empty() && !is_dialect(case) {
            wrong.push(format!("{} {differ:?}\n  {}\n  expect {expect}\n  got    {got}", case["id"], case["rule"]));
        }
    }
    assert_eq!(cases.len(), 6_333);
    assert!(wrong.is_empty(), "{} of {} disagree:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn the_newest_release_is_answered_as_recorded() {
    run(Release::Newest, |case| match case.get("debian") {
        Some(debian) if depends_on_equivset(case) => debian,
        _ => &case["expect"],
    });
}

#[test]
fn release_1_39_is_answered_as_recorded() {
    run(Release::V1_39, |case| case.get("debian").unwrap_or(&case["expect"]));
}
