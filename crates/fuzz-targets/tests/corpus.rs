//! The committed corpus and mutations of it, through every target.
//!
//! `cargo xtask fuzz` searches further.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::time::Instant;
use wikiward_fuzz_targets::TARGETS;
use wikiward_testkit::random::Random;

/// Longest mutated input.
const INPUT_BYTES_MAX: usize = 16 << 10;

/// What stops a run that would otherwise hang the tests.
const SECONDS_MAX: u64 = 120;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The inputs of a target, in order of their names.
fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = folder().join("corpus").join(target);
    let mut inputs: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    inputs.sort();
    inputs
}

/// The tokens of the dictionary, which libFuzzer reads too.
fn tokens() -> Vec<Vec<u8>> {
    let text = fs::read_to_string(folder().join("tokens.dict")).unwrap();
    let tokens: Vec<Vec<u8>> =
        text.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"')).map(unescaped).collect();
    assert!(tokens.len() > 100, "the dictionary was not understood");
    tokens
}

/// `\"`, `\\` and `\xHH` as the bytes they stand for.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(hex) = rest.strip_prefix("\\x") {
            bytes.push(u8::from_str_radix(hex.get(..2).unwrap(), 16).unwrap());
            rest = hex.get(2..).unwrap();
        } else {
            let text = rest.strip_prefix('\\').unwrap_or(rest);
            let char = text.chars().next().unwrap_or(first);
            bytes.extend_from_slice(char.to_string().as_bytes());
            rest = text.get(char.len_utf8()..).unwrap_or_default();
        }
    }
    bytes
}

/// One to six changes: tokens put in, parts doubled, cut, moved or taken from another input, bytes changed.
fn mutated(random: &mut Random, inputs: &[(PathBuf, Vec<u8>)], tokens: &[Vec<u8>]) -> Vec<u8> {
    let mut input = inputs[random.below(inputs.len())].1.clone();
    for _ in 0..=random.below(6) {
        let at = random.below(input.len() + 1);
        let end = (at + random.below(40)).min(input.len());
        match random.below(7) {
            0 | 1 => drop(input.splice(at..at, tokens[random.below(tokens.len())].iter().copied())),
            2 => drop(input.splice(at..end, tokens[random.below(tokens.len())].iter().copied())),
            3 => drop(input.drain(at..end)),
            4 => {
                let part = input[at..end].repeat(1 + random.below(30));
                input.splice(at..at, part);
            }
            5 => {
                let other = &inputs[random.below(inputs.len())].1;
                let from = random.below(other.len() + 1);
                let to = (from + random.below(80)).min(other.len());
                input.splice(at..at, other[from..to].iter().copied());
            }
            _ => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    input.truncate(INPUT_BYTES_MAX);
    input
}

fn run(name: &str, count: usize) {
    let target = TARGETS.iter().find(|(known, _)| *known == name).unwrap().1;
    let inputs = corpus(name);
    assert!(!inputs.is_empty(), "{name} has no corpus");
    let start = Instant::now();
    let check = |what: &str, input: &[u8]| {
        let result = panic::catch_unwind(AssertUnwindSafe(|| target(input)));
        assert!(result.is_ok(), "{name} fails on {what}:\n{}", String::from_utf8_lossy(input));
        assert!(start.elapsed().as_secs() < SECONDS_MAX, "{name} hangs, at {what}");
    };
    for (path, input) in &inputs {
        check(&path.display().to_string(), input);
    }
    let tokens = tokens();
    let mut random = Random::new(7);
    for number in 0..count {
        check(&format!("mutation {number}"), &mutated(&mut random, &inputs, &tokens));
    }
}

macro_rules! targets {
    ($($name:ident: $count:expr),* $(,)?) => {
        $(#[test]
        fn $name() {
            run(stringify!($name), $count);
        })*

        #[test]
        fn every_target_is_run() {
            let names = [$(stringify!($name)),*];
            assert_eq!(TARGETS.map(|(name, _)| name), names);
        }
    };
}

targets! {
    parse: 20_000,
    evaluate: 3_000,
    format: 5_000,
    ruleset: 1_500,
    regex: 4_000,
    derive: 4_000,
    wire: 4_000,
    oracle: 1_000,
    dump: 10_000,
    php: 20_000,
    import: 3_000,
}
