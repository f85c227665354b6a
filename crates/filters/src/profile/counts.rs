//! What is counted in one bucket of time: of each filter, and of all filters of a group together.
//!
//! Everything here is added up and never taken away, so that counts of several nodes, or of several buckets, are merged
//! by adding. It is kept as JSON without what is zero; a later program adds members of its own (distinct origins, the
//! share in good standing) and reads what this one wrote.

use super::histogram::Histogram;
use crate::model::Class;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most different lists of matched filters that are told apart in a minute; beyond it each filter is counted by itself.
pub const LISTS_MAX: usize = 200;

/// Most reasons that are told apart for which callers skip judging; others share the empty name.
const REASONS_MAX: usize = 20;

/// Minutes of a short bucket.
pub(super) const MINUTES: usize = 5;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

macro_rules! counters {
    ($(#[$meta:meta])* $name:ident { $($(#[doc = $doc:literal])+ $field:ident = $short:literal,)+ } $($(#[doc = $more_doc:literal])+ $more:ident: $type:ty = $more_short:literal unless $skip:literal,)*) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
        pub struct $name {
            $($(#[doc = $doc])+ #[serde(rename = $short, default, skip_serializing_if = "is_zero")] pub $field: u64,)+
            $($(#[doc = $more_doc])+ #[serde(rename = $more_short, default, skip_serializing_if = $skip)] pub $more: $type,)*
        }

        impl $name {
            fn add_counters(&mut self, other: &Self) {
                $(self.$field = self.$field.saturating_add(other.$field);)+
            }
        }
    };
}

counters! {
    /// What is counted of a filter on a wiki.
    FilterCounts {
        /// How often it was evaluated.
        evaluations = "e",
        /// How often it matched.
        matches = "m",
        /// Matches that left a row: all but those that only counted a throttle.
        hits = "h",
        /// Matches that stopped the action, for good or until it was repeated.
        refusals = "r",
        /// Matches with a destructive consequence, whether the brake let it through or not.
        destructive = "d",
        /// Matches that were to refuse the action.
        obstructive = "o",
        /// Matches with a warning or a challenge.
        nuisance = "n",
        /// Matches that set tags.
        silent = "s",
        /// Evaluations that ended in an error of the rule.
        errors = "x",
        /// Evaluations that ran out of time or work.
        over_budget = "b",
        /// Evaluations without a variable that the rule asked for.
        degraded = "g",
        /// Actions for which there were no conditions left.
        skipped = "k",
        /// Timed evaluations of more than 50 ms.
        slow = "w",
        /// Runs of a shadow filter that were left out.
        dropped = "p",
    }
    /// Variables that the filter had the caller asked for: how often, and how often for it alone.
    asks: BTreeMap<String, (u64, u64)> = "a" unless "BTreeMap::is_empty",
    /// Microseconds of timed evaluations.
    time_us: Histogram = "t" unless "Histogram::is_empty",
    /// Conditions of timed evaluations.
    conditions: Histogram = "c" unless "Histogram::is_empty",
}

impl FilterCounts {
    /// Adds what another counted.
    pub fn merge(&mut self, other: &Self) {
        self.add_counters(other);
        for (name, (times, alone)) in &other.asks {
            let asked = self.asks.entry(name.clone()).or_default();
            *asked = (asked.0.saturating_add(*times), asked.1.saturating_add(*alone));
        }
        self.time_us.merge(&other.time_us);
        self.conditions.merge(&other.conditions);
    }

    /// Counts a match with consequences of `classes`. One that refuses is an obstructive hit as well.
    pub(super) fn add_match(&mut self, classes: impl Iterator<Item = Class>, refuses: bool, leaves_row: bool) {
        self.matches += 1;
        self.hits += u64::from(leaves_row);
        self.refusals += u64::from(refuses);
        let (mut destructive, mut obstructive, mut nuisance, mut silent) = (false, false, false, false);
        for class in classes {
            match class {
                Class::Destructive => destructive = true,
                Class::Obstructive => obstructive = true,
                Class::Nuisance => nuisance = true,
                Class::Silent => silent = true,
            }
        }
        self.destructive += u64::from(destructive);
        self.obstructive += u64::from(obstructive || destructive && refuses);
        self.nuisance += u64::from(nuisance);
        self.silent += u64::from(silent);
    }

    /// The share of runs that were not left out, 0 to 1; none if there were none.
    #[expect(clippy::cast_precision_loss, reason = "a share that is shown needs no more than 52 bits")]
    pub fn coverage(&self) -> Option<f64> {
        let all = self.evaluations + self.dropped;
        (all > 0).then(|| self.evaluations as f64 / all as f64)
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

counters! {
    /// What is counted of a group's filters on a wiki together.
    GroupCounts {
        /// Actions that were judged.
        verdicts = "v",
        /// Actions for which the conditions did not last.
        limit_reached = "l",
        /// Answers that asked for variables.
        needs = "n",
        /// Conditions that were used.
        conditions = "c",
    }
    /// Microseconds that the filters took together, of every action.
    time_us: Histogram = "t" unless "Histogram::is_empty",
    /// Actions that were not judged, by the caller's reason.
    unjudged: BTreeMap<String, u64> = "u" unless "BTreeMap::is_empty",
}

impl GroupCounts {
    /// Adds what another counted.
    pub fn merge(&mut self, other: &Self) {
        self.add_counters(other);
        self.time_us.merge(&other.time_us);
        for (reason, times) in &other.unjudged {
            self.add_unjudged(reason, *times);
        }
    }

    /// Counts actions that were not judged because the caller said so.
    pub(super) fn add_unjudged(&mut self, reason: &str, times: u64) {
        let is_told = self.unjudged.contains_key(reason) || self.unjudged.len() < REASONS_MAX;
        *self.unjudged.entry(if is_told { reason } else { "" }.to_owned()).or_default() += times;
    }
}

/// Lists of filters that matched the same action, and how often. `17!,global-3~`: filter 17 refused, the farm's filter 3
/// left no row. So everybody can be told how many actions matched, of the filters that he may see.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lists(BTreeMap<String, u64>);

/// What the lists say of the filters that somebody may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Actions that one of them matched.
    pub matched: u64,
    /// Matches that left a row.
    pub hits: u64,
    /// Actions that one of them stopped.
    pub refused: u64,
}

impl Lists {
    /// Counts an action that the filters of `list` matched.
    pub(super) fn add(&mut self, list: String, times: u64) {
        if self.0.len() < LISTS_MAX || self.0.contains_key(&list) {
            *self.0.entry(list).or_default() += times;
        } else {
            for single in list.split(',') {
                *self.0.entry(single.to_owned()).or_default() += times;
            }
        }
    }

    /// Adds what another counted.
    pub fn merge(&mut self, other: &Self) {
        for (list, times) in &other.0 {
            self.add(list.clone(), *times);
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they say of the filters that `is_seen` lets through by their names.
    pub fn seen(&self, mut is_seen: impl FnMut(&str) -> bool) -> Seen {
        let mut all = Seen::default();
        for (list, times) in &self.0 {
            let (mut matched, mut hits, mut refused) = (false, 0, false);
            for entry in list.split(',') {
                let gid = entry.trim_end_matches(['!', '~']);
                if is_seen(gid) {
                    matched = true;
                    hits += u64::from(!entry.ends_with('~'));
                    refused |= entry.ends_with('!');
                }
            }
            all.matched += u64::from(matched) * times;
            all.hits += hits * times;
            all.refused += u64::from(refused) * times;
        }
        all
    }
}

/// One minute of a short bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Minute {
    /// Actions that were judged.
    #[serde(rename = "v", default, skip_serializing_if = "is_zero")]
    pub verdicts: u64,
    /// Filters that matched.
    #[serde(rename = "l", default, skip_serializing_if = "Lists::is_empty")]
    pub lists: Lists,
}

/// What is counted of a group on a wiki in one bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// All filters together.
    #[serde(rename = "g", default)]
    pub group: GroupCounts,
    /// Each filter, by its name on the wiki: `17`, `global-17`.
    #[serde(rename = "f", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filters: BTreeMap<String, FilterCounts>,
    /// Filters that matched, in long buckets.
    #[serde(rename = "l", default, skip_serializing_if = "Lists::is_empty")]
    lists: Lists,
    /// The minutes of a short bucket; none in long ones.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    minutes: Vec<Minute>,
}

impl Counts {
    /// Adds what another counted of the same minutes.
    pub fn merge(&mut self, other: &Self) {
        self.add_filters(other);
        if self.minutes.len() < other.minutes.len() {
            self.minutes.resize(other.minutes.len().min(MINUTES), Minute::default());
        }
        for (minute, more) in self.minutes.iter_mut().zip(&other.minutes) {
            minute.verdicts += more.verdicts;
            minute.lists.merge(&more.lists);
        }
        self.lists.merge(&other.lists);
    }

    /// Adds what another counted, and forgets in which minute.
    pub fn merge_coarsely(&mut self, other: &Self) {
        self.add_filters(other);
        self.lists.merge(&other.lists);
        for minute in &other.minutes {
            self.lists.merge(&minute.lists);
        }
    }

    fn add_filters(&mut self, other: &Self) {
        self.group.merge(&other.group);
        for (gid, counts) in &other.filters {
            self.filters.entry(gid.clone()).or_default().merge(counts);
        }
    }

    /// The minutes of a short bucket that were counted, from its first.
    pub fn minutes(&self) -> &[Minute] {
        &self.minutes
    }

    /// The minute of that number, 0 to 4.
    pub(super) fn minute(&mut self, number: usize) -> Option<&mut Minute> {
        if self.minutes.is_empty() {
            self.minutes = vec![Minute::default(); MINUTES];
        }
        self.minutes.get_mut(number)
    }

    /// What the lists say of the filters that `is_seen` lets through by their names.
    pub fn seen(&self, mut is_seen: impl FnMut(&str) -> bool) -> Seen {
        let mut all = self.lists.seen(&mut is_seen);
        for minute in &self.minutes {
            let more = minute.lists.seen(&mut is_seen);
            all.matched += more.matched;
            all.hits += more.hits;
            all.refused += more.refused;
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_is_told_of_the_actions_that_his_filters_matched() {
        let mut lists = Lists::default();
        lists.add("1!,2".into(), 3);
        lists.add("2~".into(), 2);
        lists.add("1,3!".into(), 1);
        assert_eq!(lists.seen(|_| true), Seen { matched: 6, hits: 8, refused: 4 });
        assert_eq!(lists.seen(|gid| gid == "2"), Seen { matched: 5, hits: 3, refused: 0 });
        assert_eq!(lists.seen(|gid| gid == "3"), Seen { matched: 1, hits: 1, refused: 1 });
        assert_eq!(lists.seen(|gid| gid == "17"), Seen::default());
    }

    #[test]
    fn too_many_lists_are_taken_apart() {
        let mut lists = Lists::default();
        for number in 0..LISTS_MAX {
            lists.add(format!("{number},5000"), 1);
        }
        lists.add("7000!,7001".into(), 1);
        lists.add("0,5000".into(), 1);
        assert_eq!(lists.0.len(), LISTS_MAX + 2);
        assert_eq!(lists.seen(|gid| gid == "7000"), Seen { matched: 1, hits: 1, refused: 1 });
        assert_eq!(lists.seen(|gid| gid == "0").matched, 2);
    }

    #[test]
    fn a_refusing_destructive_hit_is_an_obstructive_one_too() {
        let mut counts = FilterCounts::default();
        counts.add_match([Class::Destructive, Class::Silent, Class::Silent].into_iter(), true, true);
        counts.add_match([Class::Nuisance].into_iter(), true, true);
        counts.add_match([Class::Destructive].into_iter(), false, true);
        counts.add_match([].into_iter(), false, false);
        let FilterCounts { matches, hits, refusals, destructive, obstructive, nuisance, silent, .. } = counts;
        assert_eq!((matches, hits, refusals), (4, 3, 2));
        assert_eq!((destructive, obstructive, nuisance, silent), (2, 1, 1, 1));
    }

    #[test]
    fn what_is_kept_is_read_again_and_zeros_take_no_room() {
        let mut counts = Counts::default();
        counts.group.verdicts = 2;
        counts.group.add_unjudged("bot", 1);
        counts.filters.entry("17".into()).or_default().asks.insert("user_rights".into(), (2, 1));
        if let Some(minute) = counts.minute(3) {
            minute.verdicts = 2;
            minute.lists.add("17!".into(), 1);
        }
        let text = serde_json::to_string(&counts).unwrap();
        let expected = r#"{"g":{"v":2,"u":{"bot":1}},"f":{"17":{"a":{"user_rights":[2,1]}}},"m":[{},{},{},{"v":2,"l":{"17!":1}},{}]}"#;
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<Counts>(&text).unwrap(), counts);
        let newer = text.replacen("\"v\":2", "\"v\":2,\"origins\":[1]", 1);
        assert_eq!(serde_json::from_str::<Counts>(&newer).unwrap(), counts, "what a later program adds is passed over");
        let mut long = Counts::default();
        long.merge_coarsely(&counts);
        long.merge_coarsely(&counts);
        assert_eq!((long.group.verdicts, long.minutes().len(), long.seen(|_| true).refused), (4, 0, 2));
        assert_eq!(long.filters["17"].asks["user_rights"], (4, 2));
    }

    #[test]
    fn reasons_that_callers_make_up_are_bounded() {
        let mut group = GroupCounts::default();
        for number in 0..100 {
            group.add_unjudged(&format!("reason {number}"), 1);
        }
        assert_eq!((group.unjudged.len(), group.unjudged[""]), (REASONS_MAX + 1, 80));
    }
}
