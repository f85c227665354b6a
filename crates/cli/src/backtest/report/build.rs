//! From a tally to a report.

use super::{
    ComparisonReport, ConditionLimit, Edits, FORMAT, FailureReport, FilterReport, InvalidReport, Missing,
    OutcomesReport, PairReport, Report, Spread, Timing, Undecided, VolumeReport,
};
use crate::backtest::compare::Comparison;
use crate::backtest::histogram::Histogram;
use crate::backtest::panel::{Filter, InvalidFilter, Panel};
use crate::backtest::problems::Problems;
use crate::backtest::selection::LeftOut;
use crate::backtest::tally::{FilterTally, Outcomes, PairTally, Tally, Volume};
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use wikiward_rules::Vocabulary;
use wikiward_rules::vocabulary::VariableId;

/// What a report says beyond the tally.
pub(in crate::backtest) struct Facts<'a> {
    pub(in crate::backtest) panel: &'a Panel,
    pub(in crate::backtest) comparison: Option<&'a Comparison>,
    pub(in crate::backtest) left_out: LeftOut,
    pub(in crate::backtest) problems: Problems,
    pub(in crate::backtest) assumptions: Option<String>,
    pub(in crate::backtest) condition_limit: u64,
    pub(in crate::backtest) shares_conditions: bool,
    pub(in crate::backtest) seconds: f64,
    pub(in crate::backtest) threads: usize,
}

/// Makes the report.
pub(in crate::backtest) fn build(facts: Facts<'_>, tally: Tally) -> Report {
    let vocabulary = facts.panel.set.vocabulary();
    let edits = tally.edits;
    let mut missing = BTreeMap::new();
    for (variable, count) in tally.filters.iter().flat_map(|filter| &filter.missing) {
        *missing.entry(*variable).or_default() += count;
    }
    let undecided = Undecided {
        verdicts: edits * tally.filters.len() as u64,
        count: tally.filters.iter().map(|filter| filter.undecided).sum(),
        missing: missing_report(&missing, vocabulary),
    };
    let edits_report = Edits {
        judged: edits,
        matched: tally.edits_hit,
        hits: tally.filters.iter().map(|filter| filter.matched).sum(),
        first: tally.span.map(|(first, _)| first.to_string()),
        last: tally.span.map(|(_, last)| last.to_string()),
        outcomes: outcomes(tally.outcomes),
        left_out: facts.left_out,
    };
    let keys = |is_so: &dyn Fn(&FilterTally) -> bool| -> Vec<String> {
        let pairs = facts.panel.filters.iter().zip(&tally.filters);
        pairs.filter(|(_, tally)| edits > 0 && is_so(tally)).map(|(filter, _)| filter.key.clone()).collect()
    };
    let never_matched = keys(&|tally| tally.not_matched == edits);
    let always_matched = keys(&|tally| tally.matched == edits);
    let never_decided = keys(&|tally| tally.undecided == edits);
    let days = tally.days.iter().map(|(day, counted)| volume(day_name(*day), *counted)).collect();
    let mut wikis: Vec<_> = tally.wikis.iter().map(|(wiki, counted)| volume(wiki.to_string(), *counted)).collect();
    wikis.sort_by_key(|wiki| (Reverse(wiki.hits), Reverse(wiki.edits)));
    let timing = Timing {
        seconds: facts.seconds,
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        edits_per_second: if facts.seconds > 0.0 { edits as f64 / facts.seconds } else { 0.0 },
        threads: facts.threads,
        edit_us: microseconds(&tally.time_ns),
    };
    let condition_limit = ConditionLimit {
        limit: facts.condition_limit,
        shared: facts.shares_conditions,
        edits_over: tally.edits_over_limit,
        conditions: spread(&tally.conditions),
    };
    let reverted = tally.outcomes.reverted;
    let filters = facts.panel.filters.iter().zip(tally.filters);
    let mut filters: Vec<_> =
        filters.map(|(filter, tally)| filter_report(filter, tally, vocabulary, reverted)).collect();
    filters.sort_by_key(|filter| Reverse(filter.matched));
    Report {
        format: FORMAT,
        undecided,
        edits: edits_report,
        assumptions: facts.assumptions,
        filters,
        invalid_filters: facts.panel.invalid.iter().map(invalid).collect(),
        never_matched,
        always_matched,
        never_decided,
        comparison: facts.comparison.map(|comparison| compared(comparison, facts.panel, tally.pairs)),
        condition_limit,
        days,
        wikis,
        timing,
        problems: facts.problems,
    }
}

fn filter_report(filter: &Filter, tally: FilterTally, vocabulary: &Vocabulary, reverted: u64) -> FilterReport {
    let mut errors: Vec<_> = tally
        .errors
        .into_iter()
        .map(|(error, failures)| {
            let (message, first) = failures.first.into_vec().into_iter().next().unzip();
            FailureReport {
                error: error.to_owned(),
                count: failures.count,
                message: message.unwrap_or_default(),
                first,
            }
        })
        .collect();
    errors.sort_by_key(|error| Reverse(error.count));
    FilterReport {
        filter: filter.key.clone(),
        name: filter.source.name.clone(),
        source: filter.source.place.to_string(),
        enabled: filter.source.enabled && !filter.source.deleted,
        actions: filter.source.actions.clone(),
        rule: filter.source.rule.clone(),
        matched: tally.matched,
        not_matched: tally.not_matched,
        undecided: tally.undecided,
        failed: tally.failed,
        warned: tally.warned,
        matched_share: share(tally.matched, tally.matched + tally.not_matched),
        missing: missing_report(&tally.missing, vocabulary),
        errors,
        remarks: filter.remarks.clone(),
        conditions: spread(&tally.conditions),
        time_us: microseconds(&tally.time_ns),
        outcomes: outcomes(tally.outcomes),
        reverted_caught_share: share(tally.outcomes.reverted, reverted),
        first_match: tally.span.map(|(first, _)| first.to_string()),
        last_match: tally.span.map(|(_, last)| last.to_string()),
        examples: tally.examples.into_vec(),
    }
}

fn compared(comparison: &Comparison, panel: &Panel, tallies: Vec<PairTally>) -> ComparisonReport {
    let key = |panel: &Panel, index: usize| panel.filters.get(index).map(|filter| filter.key.clone());
    let pairs = comparison.pairs.iter().zip(tallies);
    let mut pairs: Vec<_> = pairs
        .map(|(&(new, old), tally)| PairReport {
            filter: key(panel, new).unwrap_or_default(),
            against: key(&comparison.old, old).unwrap_or_default(),
            both: tally.both,
            neither: tally.neither,
            gained: tally.gained,
            lost: tally.lost,
            undecided: tally.undecided,
            gained_outcomes: outcomes(tally.gained_outcomes),
            lost_outcomes: outcomes(tally.lost_outcomes),
            gained_examples: tally.gained_examples.into_vec(),
            lost_examples: tally.lost_examples.into_vec(),
        })
        .collect();
    pairs.sort_by_key(|pair| Reverse(pair.gained + pair.lost));
    ComparisonReport {
        pairs,
        only_new: comparison.only_new.clone(),
        only_old: comparison.only_old.clone(),
        invalid_filters: comparison.old.invalid.iter().map(invalid).collect(),
    }
}

fn invalid(filter: &InvalidFilter) -> InvalidReport {
    InvalidReport {
        filter: filter.key.clone(),
        name: filter.name.clone(),
        source: filter.place.to_string(),
        error: filter.error.to_owned(),
        message: filter.message.clone(),
        line: filter.at.map(|(line, _)| line),
        column: filter.at.map(|(_, column)| column),
    }
}

fn missing_report(missing: &BTreeMap<VariableId, u64>, vocabulary: &Vocabulary) -> Vec<Missing> {
    let mut list: Vec<_> = missing
        .iter()
        .map(|(variable, count)| Missing { variable: vocabulary.name(*variable).to_owned(), count: *count })
        .collect();
    list.sort_by_key(|missing| Reverse(missing.count));
    list
}

fn volume(of: String, counted: Volume) -> VolumeReport {
    VolumeReport { of, edits: counted.edits, matched: counted.edits_hit, hits: counted.hits }
}

fn outcomes(counted: Outcomes) -> OutcomesReport {
    OutcomesReport {
        reverted: counted.reverted,
        kept: counted.kept,
        unknown: counted.unknown,
        reverted_share: share(counted.reverted, counted.known()),
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn spread(histogram: &Histogram) -> Spread<u64> {
    Spread {
        count: histogram.total(),
        p50: histogram.quantile(500),
        p95: histogram.quantile(950),
        p99: histogram.quantile(990),
        max: histogram.max(),
    }
}

fn microseconds(nanoseconds: &Histogram) -> Spread<f64> {
    #[expect(clippy::cast_precision_loss, reason = "measured to about 3 %")]
    let us = |nanoseconds: u64| nanoseconds as f64 / 1_000.0;
    let Spread { count, p50, p95, p99, max } = spread(nanoseconds);
    Spread { count, p50: us(p50), p95: us(p95), p99: us(p99), max: us(max) }
}

/// The day's date; its number if no calendar has it.
fn day_name(day: i64) -> String {
    let date = Date::constant(1970, 1, 1).checked_add(day.days());
    date.map_or_else(|_| day.to_string(), |date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        assert_eq!([day_name(0), day_name(16_690), day_name(-1)], ["1970-01-01", "2015-09-12", "1969-12-31"]);
    }

    #[test]
    fn a_share_of_nothing_is_unknown() {
        assert_eq!((share(0, 0), share(1, 4)), (None, Some(0.25)));
    }
}
