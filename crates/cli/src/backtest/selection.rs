//! Which of the recorded edits are judged.

use crate::input::Edit;
use anyhow::{Context as _, bail};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Serialize;

/// What an edit must be like to be judged.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    from: Option<Timestamp>,
    /// The first moment that is too late.
    until: Option<Timestamp>,
    wikis: Vec<String>,
    edits_max: Option<u64>,
}

/// Edits that were read and not judged, by reason.
#[derive(Clone, Copy, Debug, Default, Serialize, PartialEq, Eq)]
pub(super) struct LeftOut {
    /// Saved before `--from` or after `--to`.
    pub(super) other_time: u64,
    /// Of a wiki that `--wiki` does not name.
    pub(super) other_wiki: u64,
    /// The text did not change: MediaWiki does not filter such edits.
    pub(super) null_edits: u64,
    /// Records that are no edits: logs, categories, canary events.
    pub(super) other_records: u64,
}

impl Selection {
    /// Reads the limits of time: a moment as in `2015-09-12T06:00:00Z`, or a day of UTC. The day of `to` is included,
    /// the moment of `to` is not.
    ///
    /// # Errors
    /// A text that is neither, or an end before the beginning.
    pub(super) fn new(
        from: Option<&str>,
        to: Option<&str>,
        wikis: Vec<String>,
        edits_max: Option<u64>,
    ) -> anyhow::Result<Self> {
        let from = from.map(|text| moment(text, 0)).transpose().context("--from")?;
        let until = to.map(|text| moment(text, 1)).transpose().context("--to")?;
        if let (Some(from), Some(until)) = (from, until)
            && from >= until
        {
            bail!("--to lies before --from: nothing is between them");
        }
        Ok(Self { from, until, wikis, edits_max })
    }

    /// Whether the edit is judged; if not, it is counted in `left_out`.
    pub(super) fn takes(&self, edit: &Edit, left_out: &mut LeftOut) -> bool {
        let reason = if !self.wikis.is_empty() && !self.wikis.iter().any(|wiki| **wiki == *edit.wiki) {
            &mut left_out.other_wiki
        } else if self.from.is_some_and(|from| edit.at < from) || self.until.is_some_and(|until| edit.at >= until) {
            &mut left_out.other_time
        } else if edit.is_null() {
            &mut left_out.null_edits
        } else {
            return true;
        };
        *reason += 1;
        false
    }

    /// Whether reading can stop after so many edits were taken.
    pub(super) fn is_full(&self, taken: u64) -> bool {
        self.edits_max.is_some_and(|most| taken >= most)
    }
}

/// A moment, or the beginning of a day `days` after the one that is named.
pub(crate) fn moment(text: &str, days: i64) -> anyhow::Result<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let Ok(day) = text.parse::<Date>() else {
        bail!("`{text}` is neither a day (2015-09-12) nor a moment (2015-09-12T06:00:00Z)");
    };
    Ok(day.checked_add(days.days())?.to_zoned(TimeZone::UTC)?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_counts_from_its_beginning_to_its_end() {
        let shown = |text, days| moment(text, days).unwrap().to_string();
        assert_eq!(shown("2015-09-12", 0), "2015-09-12T00:00:00Z");
        assert_eq!(shown("2015-09-12", 1), "2015-09-13T00:00:00Z");
        assert_eq!(shown("2015-09-12T06:30:00Z", 1), "2015-09-12T06:30:00Z");
    }

    #[test]
    fn limits_that_mean_nothing_are_refused() {
        let refused = |from, to| {
            let error = Selection::new(Some(from), Some(to), Vec::new(), None).unwrap_err();
            format!("{error:#}")
        };
        assert_eq!(
            refused("yesterday", "2015-09-12"),
            "--from: `yesterday` is neither a day (2015-09-12) nor a moment (2015-09-12T06:00:00Z)"
        );
        assert_eq!(refused("2015-09-13", "2015-09-12"), "--to lies before --from: nothing is between them");
    }
}
