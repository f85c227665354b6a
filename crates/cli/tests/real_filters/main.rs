//! Every real filter on real edits: side by side with the reference, with itself together and alone, and formatted.
//!
//! `WIKIWARD_DATA` names the folder with filters and edits, `WIKIWARD_ORACLE` the command that starts the reference (both
//! set by `cargo xtask differential --data …`); without one of them its part is left out, and says so. `WIKIWARD_EDITS`
//! sets how many edits are judged (300).

#![expect(clippy::unwrap_used, reason = "a failure is a failed test")]

mod compare;
mod edits;

use compare::{Differences, Judged};
use edits::Chosen;
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wikiward_cli::input::load_filters;
use wikiward_rules::evaluate::Scratch;
use wikiward_rules::format::format;
use wikiward_rules::wire::{Responder, evaluated};
use wikiward_rules::{Options, Release, Rule, RuleSet, Session, Vocabulary, ruleset};
use wikiward_testkit::oracle::Oracle;

/// Names that the rules read and that extensions announce.
const ANNOUNCED: [&str; 3] = ["global_user_groups", "global_user_editcount", "oauth_consumer"];
/// So many conditions that the limit never strikes.
const CONDITIONS_MAX: u32 = 1_000_000;
/// Edits that the reference is asked about at a time.
const ASKED_AT_ONCE: usize = 20;

/// All filters, in the order in which they are judged.
struct Filters {
    names: Vec<String>,
    sources: Vec<String>,
}

impl Filters {
    fn read(folder: &std::path::Path) -> Self {
        let (mut names, mut sources) = (Vec::new(), Vec::new());
        for wiki in ["enwiki", "dewiki"] {
            let loaded = load_filters(&folder.join(format!("filters/{wiki}.jsonl")), None);
            assert!(loaded.errors.is_empty(), "{:?}", loaded.errors);
            for filter in loaded.filters {
                names.push(format!("{wiki}/{}", filter.id));
                sources.push(filter.rule);
            }
        }
        assert_eq!(names.len(), 318);
        Self { names, sources }
    }
}

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("WIKIWARD_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("left out: WIKIWARD_DATA names no folder with real data");
    }
    folder
}

fn edits_wanted() -> usize {
    std::env::var("WIKIWARD_EDITS").ok().and_then(|value| value.parse().ok()).unwrap_or(300)
}

fn vocabulary() -> Arc<Vocabulary> {
    Arc::new(Vocabulary::new(Release::V1_39, ANNOUNCED))
}

fn compiled(sources: &[Vec<u8>], vocabulary: &Vocabulary) -> Vec<Option<Arc<Rule>>> {
    let rule = |source: &Vec<u8>| Rule::compile(source, vocabulary, Release::V1_39).ok().map(Arc::new);
    sources.iter().map(rule).collect()
}

#[test]
fn every_real_filter_gives_what_the_reference_gives() {
    let Some(folder) = folder() else { return };
    // Native code in the reference too: interpreted, it gives up where native code has an answer.
    let Some(mut oracle) = Oracle::start_with(&[("ORACLE_PCRE_JIT", "1")]) else { return };
    let filters = Filters::read(&folder);
    let sources: Vec<Vec<u8>> = filters.sources.iter().map(|source| source.clone().into_bytes()).collect();
    let vocabulary = vocabulary();
    let rules = compiled(&sources, &vocabulary);
    let mut scratch = Scratch::default();
    let mut differences = Differences::default();
    // What a refused rule answers does not depend on the edit.
    let request = json!({"rules": filters.sources, "known": ANNOUNCED, "vars": {}});
    let mut responder = Responder::new(Release::V1_39, None);
    let refused = responder.answer(request.to_string().as_bytes());

    let (mut asked, mut answered, mut judged) = (0, Duration::ZERO, Duration::ZERO);
    let mut ask = |edits: &mut Vec<Chosen>| {
        let requests: Vec<Json> = edits
            .iter()
            .map(|edit| {
                json!({"rules": filters.sources, "vars": edit.variables, "known": ANNOUNCED,
                    "limit": CONDITIONS_MAX, "cached": true})
            })
            .collect();
        let begun = Instant::now();
        let answers = oracle.ask_all(&requests);
        answered += begun.elapsed();
        for (edit, theirs) in edits.drain(..).zip(answers) {
            let action = edit.action(&vocabulary);
            let options = Options {
                conditions_max: CONDITIONS_MAX,
                release: Release::V1_39,
                shares_user_variables: true,
                ..Options::default()
            };
            let begun = Instant::now();
            let mut session = Session::new(&action, &vocabulary, options, &mut scratch);
            let ours = rules.iter().enumerate().map(|(index, rule)| match rule {
                Some(rule) => evaluated(&session.evaluate(rule), &vocabulary),
                None => refused["results"][index].clone(),
            });
            let ours: Vec<Json> = ours.collect();
            judged += begun.elapsed();
            let theirs = theirs["results"].as_array().unwrap_or_else(|| panic!("{}: {theirs}", edit.name));
            assert_eq!(theirs.len(), ours.len());
            for ((name, theirs), ours) in filters.names.iter().zip(theirs).zip(&ours) {
                differences.compare(name, &edit.name, theirs, ours);
            }
            asked += 1;
        }
    };
    let mut waiting = Vec::new();
    edits::choose(&folder, edits_wanted(), &vocabulary, |edit| {
        waiting.push(edit);
        if waiting.len() == ASKED_AT_ONCE {
            ask(&mut waiting);
        }
    });
    ask(&mut waiting);
    println!("{} filters on {asked} edits: reference {answered:.1?}, here {judged:.1?}", filters.names.len());
    differences.report();
}

#[test]
fn together_alone_and_formatted_every_real_filter_gives_the_same() {
    let Some(folder) = folder() else { return };
    let filters = Filters::read(&folder);
    let vocabulary = vocabulary();
    let sources: Vec<Vec<u8>> = filters.sources.iter().map(|source| source.clone().into_bytes()).collect();
    // A rule that does not parse cannot be laid out.
    let formatted: Vec<Vec<u8>> =
        sources.iter().map(|source| format(source).unwrap_or_else(|_| source.clone())).collect();
    let (rules, anew) = (compiled(&sources, &vocabulary), compiled(&formatted, &vocabulary));
    let kept: Vec<usize> = (0..rules.len()).filter(|&index| rules[index].is_some()).collect();
    for (index, name) in filters.names.iter().enumerate() {
        assert_eq!(rules[index].is_some(), anew[index].is_some(), "{name} formatted");
        assert_eq!(format(&formatted[index]).ok().as_ref().unwrap_or(&sources[index]), &formatted[index], "{name}");
    }
    let rules: Vec<Arc<Rule>> = rules.into_iter().flatten().collect();
    let anew: Vec<Arc<Rule>> = anew.into_iter().flatten().collect();
    let set = RuleSet::new(rules.clone(), Arc::clone(&vocabulary));
    let options = Options { conditions_max: CONDITIONS_MAX, release: Release::V1_39, ..Options::default() };
    let (mut scratch, mut set_scratch) = (Scratch::default(), ruleset::Scratch::default());
    let mut edits = 0;
    let mut took = [Duration::ZERO; 2];
    edits::choose(&folder, edits_wanted(), &vocabulary, |edit| {
        let action = edit.action(&vocabulary);
        let begun = Instant::now();
        let together = set.evaluate(&action, options, &mut set_scratch);
        took[0] += begun.elapsed();
        let begun = Instant::now();
        let mut session = Session::new(&action, &vocabulary, options, &mut scratch);
        let alone: Vec<Judged> = rules.iter().map(|rule| Judged::evaluation(&session.evaluate(rule))).collect();
        took[1] += begun.elapsed();
        let mut session = Session::new(&action, &vocabulary, options, &mut scratch);
        let anew: Vec<Judged> = anew.iter().map(|rule| Judged::evaluation(&session.evaluate(rule))).collect();
        for ((index, outcome), (alone, anew)) in kept.iter().zip(together).zip(alone.iter().zip(&anew)) {
            let name = &filters.names[*index];
            assert_eq!(&Judged::outcome(outcome), alone, "{name} together with others on {}", edit.name);
            assert_eq!(anew.without_places(), alone.without_places(), "{name} formatted, on {}", edit.name);
        }
        edits += 1;
    });
    println!("{} filters on {edits} edits: together {:.1?}, one by one {:.1?}", set.len(), took[0], took[1]);
}
