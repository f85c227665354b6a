//! Judges edits and lets both algorithms watch.

use super::standing::People;
use crate::backtest::actions::ActionMaker;
use crate::backtest::panel::Panel;
use crate::brake::scenario::consequences;
use crate::input::{Assumptions, Edit};
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use wikiward_filters::brake::Surroundings;
use wikiward_filters::brake::simulate::{Algorithm, Consequences, Recorded, Watch};
use wikiward_rules::Options;
use wikiward_rules::ruleset::{Scratch, Verdict};

/// After so long the wiki would have told what came of an action.
const FEEDBACK_AFTER: SignedDuration = SignedDuration::from_hours(48);

/// Most undone edits of a wiki whose feedback is still to come; further ones count as kept.
pub(crate) const UNDONE_MAX: usize = 1_000_000;

/// Minutes over which curves of a watch are spread; beyond, fewer moments are kept.
const MINUTES: f64 = 7.0 * 1_440.0;

/// What came of all edits.
#[derive(Debug)]
pub(in crate::brake) struct Judged {
    /// Edits that were judged.
    pub(in crate::brake) edits: u64,
    /// The first of them.
    pub(in crate::brake) first: Option<Timestamp>,
    /// The last of them.
    pub(in crate::brake) last: Option<Timestamp>,
    /// When the filters count as saved.
    pub(in crate::brake) saved: Option<Timestamp>,
    /// Filters on wikis where they matched, in the order of filters and wikis.
    pub(in crate::brake) cases: Vec<Case>,
    /// Filters that matched nowhere.
    pub(in crate::brake) silent: Vec<String>,
}

/// One filter on one wiki.
#[derive(Debug)]
pub(in crate::brake) struct Case {
    pub(in crate::brake) filter: String,
    pub(in crate::brake) wiki: String,
    pub(in crate::brake) consequences: Consequences,
    /// Edits since the save.
    pub(in crate::brake) edits: u64,
    pub(in crate::brake) matched: u64,
    /// Matches of people in good standing.
    pub(in crate::brake) matched_good: u64,
    /// Matches that were undone later.
    pub(in crate::brake) matched_undone: u64,
    /// Edits whose record lacks what the rule reads: neither matched nor not.
    pub(in crate::brake) undecided: u64,
    pub(in crate::brake) watches: [Watch; 2],
}

/// What is kept of a wiki.
#[derive(Default)]
struct Wiki {
    around: Surroundings,
    people: People,
    /// Observations that were undone: the wiki tells of them two days later.
    undone: VecDeque<Timestamp>,
    /// By filter; made when the first edit after the save comes.
    cases: Vec<Case>,
}

/// Judges edits, one after another.
pub(super) struct Replay<'a> {
    panel: &'a Panel,
    maker: ActionMaker,
    options: Options<'a>,
    assumptions: Assumptions,
    otherwise: Consequences,
    saved: Option<Timestamp>,
    scratch: Scratch,
    wikis: HashMap<Arc<str>, Wiki>,
    edits: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl<'a> Replay<'a> {
    /// Judges with the filters of `panel`, which are saved at `saved`, else with the first edit. `otherwise` is what filters
    /// do that do not say.
    pub(super) fn new(
        panel: &'a Panel,
        maker: ActionMaker,
        options: Options<'a>,
        assumptions: Assumptions,
        otherwise: Consequences,
        saved: Option<Timestamp>,
    ) -> Self {
        Self {
            panel,
            maker,
            options,
            assumptions,
            otherwise,
            saved,
            scratch: Scratch::default(),
            wikis: HashMap::new(),
            edits: 0,
            first: None,
            last: None,
        }
    }

    /// The next edit, at `now`: times never go back.
    pub(super) fn edit(&mut self, edit: &Edit, now: Timestamp) {
        let saved = *self.saved.get_or_insert(now);
        let wiki = self.wikis.entry(Arc::clone(&edit.wiki)).or_default();
        while wiki.undone.front().is_some_and(|at| now.duration_since(*at) >= FEEDBACK_AFTER) {
            if let Some(at) = wiki.undone.pop_front() {
                wiki.around.unclean(at);
            }
        }
        let (actor, target) = wiki.people.actor(edit, now, &self.assumptions);
        let is_observation = wiki.around.observe(&actor, now);
        let was_undone = edit.outcome.is_some_and(|outcome| outcome.reverted);
        if edit.outcome.is_some() {
            wiki.around.has_feedback();
        }
        if is_observation && was_undone && wiki.undone.len() < UNDONE_MAX {
            wiki.undone.push_back(now);
        }
        if now < saved {
            return;
        }
        self.edits += 1;
        self.first.get_or_insert(now);
        self.last = Some(now);
        if wiki.cases.is_empty() {
            wiki.cases = cases(self.panel, &edit.wiki, &wiki.around, saved.max(now), self.otherwise);
        }
        let outcomes = self.panel.set.evaluate(&self.maker.action(edit), self.options, &mut self.scratch);
        for (case, outcome) in wiki.cases.iter_mut().zip(outcomes) {
            case.edits += 1;
            let is_match = match outcome.verdict {
                Verdict::Match => true,
                Verdict::Needs(_) => {
                    case.undecided += 1;
                    continue;
                }
                Verdict::NoMatch | Verdict::Error(_) => false,
            };
            case.matched += u64::from(is_match);
            case.matched_good += u64::from(is_match && actor.good.is_some());
            case.matched_undone += u64::from(is_match && was_undone);
            let recorded = Recorded { actor, target, is_observation, is_match, was_undone };
            for watch in &mut case.watches {
                watch.action(&recorded, &wiki.around, now);
            }
        }
    }

    /// What came of them.
    pub(super) fn finish(self) -> Judged {
        let mut silent: Vec<String> = self.panel.filters.iter().map(|filter| filter.key.clone()).collect();
        let mut cases: Vec<Case> = self.wikis.into_values().flat_map(|wiki| wiki.cases).collect();
        cases.retain(|case| case.matched > 0);
        silent.retain(|filter| !cases.iter().any(|case| case.filter == *filter));
        let place = |case: &Case| self.panel.filters.iter().position(|filter| filter.key == case.filter);
        cases.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.wiki.cmp(&b.wiki)));
        Judged { edits: self.edits, first: self.first, last: self.last, saved: self.saved, cases, silent }
    }
}

fn cases(panel: &Panel, wiki: &str, around: &Surroundings, now: Timestamp, otherwise: Consequences) -> Vec<Case> {
    let case = |filter: &crate::backtest::panel::Filter| {
        let said = consequences(filter.source.actions.iter().map(String::as_str));
        // A filter that only watches is watched as if it did something: its editor wants to know before it does.
        let does = if said == Consequences::default() { otherwise } else { said };
        Case {
            filter: filter.key.clone(),
            wiki: wiki.to_owned(),
            consequences: does,
            edits: 0,
            matched: 0,
            matched_good: 0,
            matched_undone: 0,
            undecided: 0,
            watches: Algorithm::ALL.map(|algorithm| Watch::saved(algorithm, does, around, now, MINUTES)),
        }
    };
    panel.filters.iter().map(case).collect()
}
