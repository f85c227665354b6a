//! PCRE2 on a subject: unwatched, some starts at a time, where that is sure to end soon; else watched.

use super::pcre::{Code, Machine, Options};
use super::{Failure, Pattern, cost};
use crate::budget::Meter;

/// Steps of backtracking up to which a pattern runs unwatched: some tenths of a millisecond.
const UNWATCHED_STEPS_MAX: f64 = 2_000_000.0;
/// Steps up to which it does so again and again, until the subject ends.
const WINDOWED_STEPS_MAX: f64 = 64_000_000.0;
/// Longest subject for which a pattern that we do not understand runs unwatched.
const UNWATCHED_BYTES_MAX: usize = 4;
/// Bytes of subject that one unit of work covers in an unwatched match.
const BYTES_PER_UNIT: usize = 4;
/// Possible steps that one unit of work covers in an unwatched match: most are never taken, each is about a nanosecond.
const STEPS_PER_UNIT: f64 = 4.0;
/// Steps up to which a match at one place runs unwatched in the interpreter, which is some 30 times slower.
const INTERPRETED_STEPS_MAX: f64 = 5_000.0;
/// Units for starting the interpreter.
const INTERPRETED_UNITS: u64 = 500;
/// Units for starting a match.
const START_UNITS: u64 = 50;

/// How PCRE2 goes over a subject of some length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Most steps of a match that begins at one place; infinite if unknown.
    steps: f64,
    /// Places that are tried in one go, unwatched.
    starts_max: usize,
    is_anchored: bool,
}

impl Pace {
    /// The same with another number of places in one go.
    #[cfg(test)]
    pub(super) fn with_starts_max(self, starts_max: usize) -> Self {
        Self { starts_max, ..self }
    }

    fn starts(&self, bytes: usize) -> usize {
        if self.is_anchored { 1 } else { bytes.saturating_add(1) }
    }

    /// Steps for so many starts.
    fn steps_of(&self, starts: usize) -> f64 {
        self.steps * as_float(starts)
    }

    fn units(&self, starts: usize, bytes: usize) -> u64 {
        whole(self.steps_of(starts) / STEPS_PER_UNIT).saturating_add((bytes / BYTES_PER_UNIT) as u64)
    }
}

impl Pattern {
    /// The pace for a subject of `bytes` bytes, or for what is left of it.
    pub(super) fn pace(&self, bytes: usize) -> Pace {
        let steps = match &self.outline {
            Some(outline) => cost::steps_max(outline, bytes),
            None if bytes <= UNWATCHED_BYTES_MAX => 0.0,
            None => f64::INFINITY,
        };
        let starts_max = usize::try_from(whole(UNWATCHED_STEPS_MAX / steps.max(1.0))).unwrap_or(1).max(1);
        Pace { steps, starts_max, is_anchored: self.outline.as_ref().is_some_and(super::tree::Node::is_anchored) }
    }

    /// The first match at or behind `start`; its offsets are then in the machine.
    pub(super) fn find_paced(
        &self,
        text: &str,
        start: usize,
        pace: Pace,
        machine: &mut Machine,
        meter: &mut Meter<'_>,
    ) -> Result<bool, Failure> {
        meter.spend(START_UNITS)?;
        let bytes = text.len().saturating_sub(start);
        let (steps, units) = (pace.steps_of(pace.starts(bytes)), pace.units(pace.starts(bytes), bytes));
        if steps <= UNWATCHED_STEPS_MAX || steps <= WINDOWED_STEPS_MAX && units <= meter.left() / 2 {
            return self.find_in_windows(text, start, pace, machine, meter);
        }
        let code = self.watched(steps, meter)?;
        meter.spend(group_units(code))?;
        code.find(text, start, machine, meter)
    }

    /// Pays for the places that were tried, not for those behind the match: counting matches is linear.
    fn find_in_windows(
        &self,
        text: &str,
        start: usize,
        pace: Pace,
        machine: &mut Machine,
        meter: &mut Meter<'_>,
    ) -> Result<bool, Failure> {
        let code = self.unwatched()?;
        meter.spend(group_units(code))?;
        let mut at = start;
        loop {
            let rest = text.len().saturating_sub(at);
            let is_last = pace.starts(rest) <= pace.starts_max;
            let last = if is_last { text.len() } else { text.floor_char_boundary(at + pace.starts_max - 1).max(at) };
            let starts = pace.starts(last - at);
            if meter.left() < pace.units(starts, last - at) {
                return Err(Failure::Exhausted);
            }
            let found = code.find_until(text, at, (!is_last).then_some(last), machine)?;
            if found {
                let range = machine.range(0).unwrap_or(at..text.len());
                let tried = range.start.saturating_sub(at).saturating_add(1).min(starts);
                meter.spend(pace.units(tried, range.end.saturating_sub(at)))?;
                return Ok(true);
            }
            meter.spend(pace.units(starts, last - at))?;
            let next = text.get(last..).and_then(|rest| rest.chars().next());
            match next.filter(|_| !is_last) {
                Some(char) => at = last + char.len_utf8(),
                None => return Ok(false),
            }
        }
    }

    /// The code for a match at one place only, for which PCRE2 always takes its interpreter.
    pub(super) fn code_at_start(&self, bytes: usize, meter: &mut Meter<'_>) -> Result<&Code, Failure> {
        let outline = self.outline.as_ref();
        let steps = outline.map_or(f64::INFINITY, |outline| cost::steps_max(outline, bytes));
        let is_watched = steps > INTERPRETED_STEPS_MAX;
        let code = if is_watched { self.watched(steps, meter) } else { self.unwatched() }?;
        // Each group on the way copies the offsets of all.
        let groups = code.groups() as u64;
        meter.spend(INTERPRETED_UNITS + groups * groups)?;
        if !is_watched {
            meter.spend(whole(steps))?;
        }
        Ok(code)
    }

    fn watched(&self, steps: f64, meter: &mut Meter<'_>) -> Result<&Code, Failure> {
        if let Some(code) = self.watched.get_or_init(|| self.compiled(true)) {
            return Ok(code);
        }
        // With its reports the pattern is too large for PCRE2. It runs unwatched if the meter can pay for the worst.
        if !steps.is_finite() {
            return Err(Failure::Exhausted);
        }
        meter.spend(whole(steps / STEPS_PER_UNIT))?;
        self.unwatched()
    }

    fn unwatched(&self) -> Result<&Code, Failure> {
        self.unwatched.get_or_init(|| self.compiled(false)).as_ref().ok_or(Failure::Limit)
    }

    pub(super) fn compiled(&self, metered: bool) -> Option<Code> {
        Code::compile(&self.source, Options { caseless: self.is_caseless, metered, native: true }).ok()
    }
}

/// Units for the groups of a match: each on the way can copy the offsets of all.
fn group_units(code: &Code) -> u64 {
    let groups = code.groups() as u64;
    groups * groups
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a bounded, positive estimate")]
fn whole(units: f64) -> u64 {
    units as u64
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn as_float(starts: usize) -> f64 {
    starts as f64
}
