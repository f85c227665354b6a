//! Derived variables against what the reference answers.
//!
//! * `derived/synthetic.jsonl`: cases of our own with the recorded answers. Always checked.
//! * `derived/real-edits.tsv`: digests of the reference's diffs of real edits. Checked if `WIKIWARD_DATA` names the folder
//!   that holds the edits; the edits themselves are not ours to ship.
//! * Random edits and all real edits against a living oracle, if `WIKIWARD_ORACLE_CONF` names its settings file
//!   (`oracle/README.md`). `WIKIWARD_FUZZ_PAIRS` sets how many random pairs (2,000), `WIKIWARD_FUZZ_SEED` which;
//!   `WIKIWARD_ORACLE_SCRIPT` names another `derive.php` than the one in this repository.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "derived/edits.rs"]
mod edits;
#[path = "derived/oracle.rs"]
mod oracle;
#[path = "derived/random.rs"]
mod random;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::thread::{self, available_parallelism};

use serde_json::Value;
use sha2::{Digest, Sha256};
use wikiward_rules::budget::{Exhausted, Meter};
use wikiward_rules::derive::{Derived, Input, derive, edit_diff};

fn diff(old: &[u8], new: &[u8]) -> Vec<u8> {
    edit_diff(old, new, &mut Meter::unlimited()).unwrap()
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn data() -> Option<PathBuf> {
    std::env::var_os("WIKIWARD_DATA").map(PathBuf::from)
}

#[test]
fn recorded_cases_yield_what_the_reference_answered() {
    let mut cases = 0;
    for line in include_str!("derived/synthetic.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let inputs: HashMap<&str, Derived> =
            case["vars"].as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value_of(value))).collect();
        let mut known = inputs;
        for (name, expected) in case["expect"].as_object().unwrap() {
            let lent = |wanted: &str| known.get(wanted).map(Input::from);
            let value = derive(name, &lent, &mut Meter::unlimited()).unwrap();
            let value = value.unwrap_or_else(|| panic!("{name} of {line}"));
            if let Some(digest_expected) = expected["$sha256"].as_str() {
                let Derived::Bytes(bytes) = &value else { panic!("{name} is a text in {line}") };
                assert_eq!(digest(bytes), digest_expected, "{name} of {line}");
            } else {
                assert_eq!(value, value_of(expected), "{name} of {line}");
            }
            known.insert(name, value);
        }
        cases += 1;
    }
    assert!(cases > 100, "only {cases} cases");
}

fn value_of(value: &Value) -> Derived {
    match value {
        Value::Number(number) => Derived::Int(number.as_i64().unwrap()),
        Value::Array(items) => Derived::List(items.iter().map(oracle::text).collect()),
        _ => Derived::Bytes(oracle::text(value)),
    }
}

#[test]
fn real_edits_yield_the_recorded_diffs() {
    let Some(data) = data() else {
        eprintln!("not checked: WIKIWARD_DATA is not set, so there are no real edits to compare with their digests");
        return;
    };
    let mut recorded: HashMap<String, &str> = HashMap::new();
    for line in include_str!("derived/real-edits.tsv").lines().filter(|line| !line.starts_with('#')) {
        let (key, digest) = line.rsplit_once('\t').unwrap();
        recorded.insert(key.to_owned(), digest);
    }
    let wanted = recorded.len();
    let mut checked = 0;
    edits::read(&data, |edit| {
        if let Some(expected) = recorded.get(&edit.key) {
            let diff = diff(edit.old.as_bytes(), edit.new.as_bytes());
            assert!(digest(&diff).starts_with(expected), "{}", edit.key);
            checked += 1;
        }
    });
    assert_eq!(checked, wanted, "every recorded edit is in the folder");
}

#[test]
fn all_real_edits_yield_what_the_oracle_answers() {
    let (Some(data), Some(_)) = (data(), oracle::settings()) else {
        eprintln!("not checked: WIKIWARD_DATA or WIKIWARD_ORACLE_CONF is not set");
        return;
    };
    let (mut keys, mut pairs) = (Vec::new(), Vec::new());
    let mut total = 0;
    let mut ask = |keys: &mut Vec<String>, pairs: &mut Vec<(Vec<u8>, Vec<u8>)>| {
        compare(pairs, |number| keys[number].clone());
        total += pairs.len();
        keys.clear();
        pairs.clear();
    };
    edits::read(&data, |edit| {
        keys.push(edit.key);
        pairs.push((edit.old.into_bytes(), edit.new.into_bytes()));
        if pairs.len() == 1000 {
            ask(&mut keys, &mut pairs);
        }
    });
    ask(&mut keys, &mut pairs);
    eprintln!("{total} real edits equal");
}

#[test]
fn random_edits_yield_what_the_oracle_answers() {
    if oracle::settings().is_none() {
        eprintln!("not checked: WIKIWARD_ORACLE_CONF is not set, so there is no reference to compare with");
        return;
    }
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let mut random = random::Random::new(number("WIKIWARD_FUZZ_SEED", 1));
    let mut left = number("WIKIWARD_FUZZ_PAIRS", 2000);
    while left > 0 {
        let pairs: Vec<_> = (0..left.min(1000)).map(|_| random.pair()).collect();
        compare(&pairs, |number| format!("{:?}", (&pairs[number].0, &pairs[number].1)));
        left -= pairs.len() as u64;
    }
}

/// Compares all pairs with the oracle and shows the smallest that differs. The reference answers on one processor: there are
/// as many of it as there are processors.
fn compare(pairs: &[(Vec<u8>, Vec<u8>)], describe: impl Fn(usize) -> String) {
    let share = pairs.len().div_ceil(available_parallelism().map_or(1, usize::from)).max(1);
    let different: Vec<usize> = thread::scope(|scope| {
        let asked: Vec<_> = pairs
            .chunks(share)
            .enumerate()
            .map(|(number, chunk)| scope.spawn(move || (number * share, differing(chunk))))
            .collect();
        let answered = asked.into_iter().map(|one| one.join().unwrap());
        answered.flat_map(|(first, numbers)| numbers.into_iter().map(move |number| first + number)).collect()
    });
    let smallest = different.iter().min_by_key(|number| pairs[**number].0.len() + pairs[**number].1.len());
    if let Some(number) = smallest {
        panic!("{} of {} differ; the smallest: {}", different.len(), pairs.len(), describe(*number));
    }
}

/// The numbers of those pairs whose diff is not the oracle's.
fn differing(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<usize> {
    let mut different = Vec::new();
    oracle::diff_digests(pairs, |number, expected| {
        let (old, new) = &pairs[number];
        if digest(&diff(old, new)) != expected {
            different.push(number);
        }
    });
    different
}

#[test]
fn a_diff_that_costs_too_much_ends_exhausted() {
    let old = b"a\nb\n".repeat(1000);
    let new = b"b\nc\na\n".repeat(1000);
    for units in [0, 100, 1000, 10_000, 100_000] {
        assert_eq!(edit_diff(&old, &new, &mut Meter::new(units, None)), Err(Exhausted), "{units}");
    }
    assert!(edit_diff(&old, &new, &mut Meter::new(u64::MAX, Some(&|| true))).is_err());
}
