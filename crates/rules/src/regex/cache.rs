//! Patterns that are built while a rule runs.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Mode, Pattern, PatternError};
use crate::budget::{Exhausted, Meter};
use crate::release::Release;

/// Units for a look into the cache.
const LOOKUP_UNITS: u64 = 100;
/// Bytes that are hashed and compared in one unit.
const LOOKUP_BYTES_PER_UNIT: u64 = 4;
/// Units for compiling any pattern.
const COMPILE_UNITS: u64 = 40_000;
/// Units for each byte of a pattern's text.
const COMPILE_UNITS_PER_BYTE: u64 = 300;
/// Units for each byte that PCRE2 made of it.
const UNITS_PER_COMPILED_BYTE: u64 = 100;

/// Units for the patterns that are written in one rule: more than twice what the largest rules of large wikis need.
const ALLOWANCE_UNITS: u64 = 12_000_000;

/// Compiled patterns by their text, those used last; errors are remembered too.
///
/// For patterns whose text a rule puts together: an array of names joined with `|` is the same text most of the time.
/// Not for patterns written in a rule, which are compiled with it. Texts are kept, so bound what goes in: texts longer
/// than [`PatternCache::TEXT_BYTES_MAX`] are compiled anew each time.
pub struct PatternCache {
    entries: FxHashMap<Key, Entry>,
    entries_max: usize,
    clock: u64,
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    mode: Mode,
    release: Release,
    text: Box<[u8]>,
}

struct Entry {
    pattern: Result<Arc<Pattern>, PatternError>,
    used: u64,
}

impl PatternCache {
    /// Bytes of the longest text that is remembered.
    pub const TEXT_BYTES_MAX: usize = 16 * 1024;

    /// A cache of at most `entries_max` patterns, at least 8.
    pub fn new(entries_max: usize) -> Self {
        Self { entries: FxHashMap::default(), entries_max: entries_max.max(8), clock: 0 }
    }

    /// The pattern of that text, compiled at the first call.
    ///
    /// # Errors
    /// [`Exhausted`] if the meter does not have what compiling costs; inside, what [`Pattern::compile`] said, also the
    /// second time.
    pub fn pattern(
        &mut self,
        text: &[u8],
        mode: Mode,
        release: Release,
        meter: &mut Meter<'_>,
    ) -> Result<Result<Arc<Pattern>, PatternError>, Exhausted> {
        self.clock += 1;
        meter.spend(LOOKUP_UNITS + text.len() as u64 / LOOKUP_BYTES_PER_UNIT)?;
        if text.len() > Self::TEXT_BYTES_MAX {
            return compile(text, mode, release, meter);
        }
        let key = Key { mode, release, text: text.into() };
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.used = self.clock;
            return Ok(entry.pattern.clone());
        }
        if self.entries.len() >= self.entries_max {
            self.forget_oldest();
        }
        let pattern = compile(text, mode, release, meter)?;
        self.entries.insert(key, Entry { pattern: pattern.clone(), used: self.clock });
        Ok(pattern)
    }

    /// Number of patterns and errors remembered.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets the quarter that was not used for longest, so that the work is shared by many calls.
    fn forget_oldest(&mut self) {
        let mut used: Vec<u64> = self.entries.values().map(|entry| entry.used).collect();
        let quarter = used.len() / 4;
        if quarter < used.len() {
            let (_, bound, _) = used.select_nth_unstable(quarter);
            let bound = *bound;
            self.entries.retain(|_, entry| entry.used > bound);
        }
    }
}

/// Units for compiling a text, native code and automata left out.
fn text_units(text: &[u8]) -> u64 {
    COMPILE_UNITS + text.len() as u64 * COMPILE_UNITS_PER_BYTE
}

impl Pattern {
    /// Units for what was made of the text, and for the native code and the automata that follow.
    fn compiled_units(&self) -> u64 {
        self.compiled_bytes() as u64 * UNITS_PER_COMPILED_BYTE + self.building_units()
    }
}

/// What compiling the patterns that are written in a rule may cost; they are compiled with it.
pub(crate) struct Allowance {
    left: u64,
}

impl Allowance {
    /// For one rule.
    pub(crate) fn new() -> Self {
        Self { left: ALLOWANCE_UNITS }
    }

    /// Compiles a pattern; none if the allowance is used up, so that it must be compiled when it is needed, at the
    /// expense of the evaluation.
    pub(crate) fn compile(
        &mut self,
        text: &[u8],
        mode: Mode,
        release: Release,
    ) -> Option<Result<Arc<Pattern>, PatternError>> {
        if self.left == 0 {
            return None;
        }
        // The last may cost more than is left: one pattern does little harm, and a single one always works.
        let pattern = Pattern::compile(text, mode, release);
        let units = text_units(text).saturating_add(pattern.as_ref().map_or(0, Pattern::compiled_units));
        self.left = self.left.saturating_sub(units);
        Some(pattern.map(Arc::new))
    }
}

/// Compiles, and pays for that and for the native code and the automata that follow.
fn compile(
    text: &[u8],
    mode: Mode,
    release: Release,
    meter: &mut Meter<'_>,
) -> Result<Result<Arc<Pattern>, PatternError>, Exhausted> {
    meter.spend(text_units(text))?;
    match Pattern::compile(text, mode, release) {
        Ok(pattern) => {
            meter.spend(pattern.compiled_units())?;
            Ok(Ok(Arc::new(pattern)))
        }
        Err(error) => Ok(Err(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(cache: &mut PatternCache, text: &[u8], mode: Mode) -> Result<Arc<Pattern>, PatternError> {
        cache.pattern(text, mode, Release::Newest, &mut Meter::unlimited()).expect("no end")
    }

    #[test]
    fn a_text_is_compiled_once_and_the_oldest_are_forgotten() {
        let mut cache = PatternCache::new(8);
        let first = pattern(&mut cache, b"a", Mode::Perl).expect("valid");
        let again = pattern(&mut cache, b"a", Mode::Perl).expect("valid");
        assert!(Arc::ptr_eq(&first, &again));
        for text in 0..50u32 {
            pattern(&mut cache, text.to_string().as_bytes(), Mode::Perl).expect("valid");
            pattern(&mut cache, b"a", Mode::Perl).expect("valid");
            assert!(cache.len() <= 8);
        }
        let kept = pattern(&mut cache, b"a", Mode::Perl).expect("valid");
        assert!(Arc::ptr_eq(&first, &kept));
    }

    #[test]
    fn compiling_is_paid_for() {
        let mut cache = PatternCache::new(8);
        let mut meter = Meter::new(1_000_000, None);
        let found = cache.pattern(&b"a".repeat(10_000), Mode::Perl, Release::Newest, &mut meter);
        assert_eq!(found.map(|_| ()), Err(Exhausted));
        assert!(cache.pattern(b"a", Mode::Perl, Release::Newest, &mut Meter::new(1_000_000, None)).is_ok());
    }

    #[test]
    fn the_allowance_of_a_rule_ends() {
        let mut allowance = Allowance::new();
        assert!(allowance.compile(b"a", Mode::Perl, Release::Newest).is_some_and(|pattern| pattern.is_ok()));
        assert!(allowance.compile(b"(", Mode::Perl, Release::Newest).is_some_and(|pattern| pattern.is_err()));
        let compiled =
            (0..1_000).take_while(|_| allowance.compile(b"a", Mode::Perl, Release::Newest).is_some()).count();
        assert!((100..400).contains(&compiled), "{compiled}");
        let large = (0..9_000).map(|n| format!("w{n}x")).collect::<Vec<_>>().join("|");
        assert!(Allowance::new().compile(large.as_bytes(), Mode::Perl, Release::Newest).is_some());
    }

    #[test]
    fn errors_and_modes_are_remembered_apart() {
        let mut cache = PatternCache::new(8);
        assert!(pattern(&mut cache, b"(", Mode::Perl).is_err());
        assert!(pattern(&mut cache, b"(", Mode::Perl).is_err());
        let perl = pattern(&mut cache, b"a", Mode::Perl).expect("valid");
        let caseless = pattern(&mut cache, b"a", Mode::PerlCaseless).expect("valid");
        assert!(!Arc::ptr_eq(&perl, &caseless));
        assert_eq!(cache.len(), 3);
    }
}
