//! Two versions of filters side by side.

use crate::backtest::panel::Panel;
use std::collections::HashMap;

/// The old versions, and which new one each belongs to.
#[derive(Debug)]
pub(super) struct Comparison {
    /// The old versions.
    pub(super) old: Panel,
    /// Index of the new filter, index of the old one.
    pub(super) pairs: Vec<(usize, usize)>,
    /// Keys of filters without an old version.
    pub(super) only_new: Vec<String>,
    /// Keys of filters without a new version.
    pub(super) only_old: Vec<String>,
}

impl Comparison {
    /// Pairs filters of the same key; else of the same id, if it is the only one on both sides; a single filter on
    /// each side is a pair whatever their names.
    pub(super) fn new(new: &Panel, old: Panel) -> Self {
        let pairs = match (new.filters.as_slice(), old.filters.as_slice()) {
            ([_], [_]) => vec![(0, 0)],
            _ => pairs(new, &old),
        };
        let without = |panel: &Panel, is_paired: &dyn Fn(usize) -> bool| -> Vec<String> {
            let filters = panel.filters.iter().enumerate();
            filters.filter(|(index, _)| !is_paired(*index)).map(|(_, filter)| filter.key.clone()).collect()
        };
        let only_new = without(new, &|index| pairs.iter().any(|pair| pair.0 == index));
        let only_old = without(&old, &|index| pairs.iter().any(|pair| pair.1 == index));
        Self { old, pairs, only_new, only_old }
    }
}

fn pairs(new: &Panel, old: &Panel) -> Vec<(usize, usize)> {
    let keys: HashMap<&str, usize> = indexed(old, |filter| filter.key.as_str());
    let ids: HashMap<&str, usize> = indexed(old, |filter| filter.source.id.as_str());
    let is_only = |panel: &Panel, id: &str| panel.filters.iter().filter(|filter| filter.source.id == id).count() == 1;
    let mut pairs = Vec::new();
    for (index, filter) in new.filters.iter().enumerate() {
        let id = filter.source.id.as_str();
        let by_id = || ids.get(id).filter(|_| is_only(new, id) && is_only(old, id));
        if let Some(other) = keys.get(filter.key.as_str()).or_else(by_id) {
            pairs.push((index, *other));
        }
    }
    pairs
}

fn indexed(panel: &Panel, name: impl Fn(&super::panel::Filter) -> &str) -> HashMap<&str, usize> {
    panel.filters.iter().enumerate().map(|(index, filter)| (name(filter), index)).collect()
}
