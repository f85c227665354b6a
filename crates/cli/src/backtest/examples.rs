//! Edits shown for what a filter said of them.

use crate::backtest::mark::Excerpt;
use crate::input::Edit;
use crate::input::edits::EditId;
use serde::Serialize;

/// The edit that an example, a hit or an error is about.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub(super) struct EditRef {
    /// Database name of its wiki; empty if the record does not say.
    pub(super) wiki: String,
    /// The revision it made, if the record says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) revision: Option<u64>,
    /// Title of its page, with the namespace.
    pub(super) title: String,
    /// Its editor, if the record says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<String>,
    /// When it was saved, as RFC 3339.
    pub(super) at: String,
    /// Where it was read: `file:line`.
    pub(super) source: String,
}

impl EditRef {
    /// Names an edit.
    pub(super) fn of(edit: &Edit) -> Self {
        Self {
            wiki: edit.wiki.to_string(),
            revision: match edit.id {
                EditId::Revision(number) => Some(number),
                EditId::Line(_) => None,
            },
            title: edit.title.clone(),
            user: edit.user.clone(),
            at: edit.at.to_string(),
            source: edit.source.to_string(),
        }
    }
}

/// An edit that a filter matched.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub(super) struct Example {
    /// The edit.
    #[serde(flatten)]
    pub(super) edit: EditRef,
    /// Its summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) summary: Option<String>,
    /// Whether it was undone later, if the record says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reverted: Option<bool>,
    /// The text that matched, in its line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) excerpt: Option<Excerpt>,
}

/// The first few of many, by their place in the stream, whoever met them.
#[derive(Debug, Clone)]
pub(super) struct First<T> {
    most: usize,
    kept: Vec<(u64, T)>,
}

impl<T> First<T> {
    /// Keeps at most so many.
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: Vec::new() }
    }

    /// Offers one; places are offered in rising order. `make` is called only if it is kept.
    pub(super) fn offer(&mut self, place: u64, make: impl FnOnce() -> T) {
        if self.kept.len() < self.most {
            self.kept.push((place, make()));
        }
    }

    /// Like [`First::offer`] for one that may turn out not to exist.
    pub(super) fn offer_some(&mut self, place: u64, make: impl FnOnce() -> Option<T>) {
        if self.kept.len() < self.most {
            self.kept.extend(make().map(|item| (place, item)));
        }
    }

    /// Adds those that another thread met in the same stream.
    pub(super) fn absorb(&mut self, other: Self) {
        self.kept.extend(other.kept);
        self.kept.sort_by_key(|(place, _)| *place);
        self.kept.truncate(self.most);
    }

    /// The kept ones, in the order of the stream.
    pub(super) fn into_vec(self) -> Vec<T> {
        self.kept.into_iter().map(|(_, item)| item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_stream_are_kept_however_it_was_split() {
        for split in [|place: u64| place.is_multiple_of(2), |place: u64| place < 7, |_: u64| true] {
            let (mut left, mut right) = (First::new(3), First::new(3));
            for place in 2..20 {
                if split(place) {
                    left.offer(place, || place);
                } else {
                    right.offer(place, || place);
                }
            }
            left.absorb(right);
            assert_eq!(left.into_vec(), [2, 3, 4]);
        }
    }
}
