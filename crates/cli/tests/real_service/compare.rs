//! What the service and the reference must say alike, and the list of what is not.

use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Differences of one filter that are printed in full.
const SHOWN_MAX: usize = 3;

/// A filter that the service took, with its number there.
pub(crate) struct Filter {
    /// Wiki and number in the file.
    pub(crate) name: String,
    /// Its number in the service.
    pub(crate) gid: String,
    pub(crate) rule: String,
}

/// Where both disagree.
#[derive(Default)]
pub(crate) struct Differences {
    pub(crate) answers: usize,
    pub(crate) matches: usize,
    pub(crate) errors: BTreeMap<String, usize>,
    /// Verdicts whose conditions were compared, and the sum of them.
    conditions: (usize, u64),
    /// Verdicts of several rounds that used more conditions than the reference, and how many more: a filter that waited for a
    /// variable is evaluated anew, and calls that filters had made in an earlier round are not remembered for it.
    more_conditions: (usize, u64),
    /// Where the reference has no answer: an error of its host language, or a limit of its backtracking where we need none.
    failed_there: BTreeMap<String, usize>,
    found: BTreeMap<String, Vec<String>>,
}

impl Differences {
    /// Compares one verdict with what the reference says of each filter; `with` names the run.
    pub(crate) fn compare(&mut self, with: &str, edit: &str, filters: &[Filter], theirs: &[Json], ours: &Json) {
        assert_eq!(theirs.len(), filters.len());
        let list = |name: &str| ours[name].as_array().unwrap();
        let named = |name: &str, gid: &str| list(name).iter().find(|one| one["gid"] == gid).cloned();
        for left_out in list("not_evaluated") {
            self.differ("not evaluated", format!("{with}, {edit}: {left_out}"));
        }
        let (mut conditions, mut is_whole) = (0, true);
        for (filter, theirs) in filters.iter().zip(theirs) {
            self.answers += 1;
            let (matched, error) = (named("matched", &filter.gid), named("errors", &filter.gid));
            self.matches += usize::from(matched.is_some());
            if let Some(error) = &error {
                *self
                    .errors
                    .entry(format!("{} {} at {}", filter.name, error["reason"], error["position"]))
                    .or_default() += 1;
            }
            let gave_up = theirs["error"] == "regexfailure" && error.is_none();
            if theirs["error"] == "internal" || gave_up {
                *self.failed_there.entry(filter.name.clone()).or_default() += 1;
                is_whole = false;
                continue;
            }
            conditions += theirs["conditions"].as_u64().unwrap();
            if (theirs["matched"] == true) != matched.is_some() {
                let what = format!("{with}, {edit}: matched: theirs {}, ours {}", theirs["matched"], matched.is_some());
                self.differ(&filter.name, what);
            }
            let ours = error.map(|error| (error["reason"].clone(), error["position"].clone()));
            let theirs = (theirs["ok"] == false).then(|| (theirs["error"].clone(), theirs["position"].clone()));
            if ours != theirs {
                self.differ(&filter.name, format!("{with}, {edit}: error: theirs {theirs:?}, ours {ours:?}"));
            }
        }
        if is_whole {
            let used = ours["conditions"]["used"].as_u64().unwrap();
            self.conditions.0 += 1;
            self.conditions.1 += conditions;
            let rounds = &ours["timing"]["rounds"];
            if *rounds != 1 && used > conditions {
                self.more_conditions.0 += 1;
                self.more_conditions.1 += used - conditions;
            } else if used != conditions {
                let what = format!("{with}, {edit}: theirs {conditions}, ours {used}");
                self.differ(&format!("conditions of all filters together, {rounds} rounds"), what);
            }
        }
    }

    /// How many differences there are so far.
    pub(crate) fn count(&self) -> usize {
        self.found.values().map(Vec::len).sum()
    }

    fn differ(&mut self, what: &str, how: String) {
        self.found.entry(what.to_owned()).or_default().push(how);
    }

    /// Prints what was compared; fails if something differs.
    pub(crate) fn report(&self) {
        println!(
            "{} answers compared, {} matches; {} conditions of {} verdicts",
            self.answers, self.matches, self.conditions.1, self.conditions.0
        );
        println!(
            "{} verdicts of several rounds used {} conditions more: what was remembered in one round is not in the next",
            self.more_conditions.0, self.more_conditions.1
        );
        for (error, times) in &self.errors {
            println!("error of the rule: {error}, {times} times");
        }
        for (filter, times) in &self.failed_there {
            println!("the reference has no answer: {filter}, {times} times");
        }
        let mut list: Vec<String> = Vec::new();
        for (what, found) in &self.found {
            list.push(format!("{what}, {} times:", found.len()));
            list.extend(found.iter().take(SHOWN_MAX).map(|one| format!("    {one}")));
        }
        let list = list.join("\n");
        assert!(self.found.is_empty(), "{} differences:\n{list}", self.found.len());
    }
}
