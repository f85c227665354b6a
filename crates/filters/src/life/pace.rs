//! How often what changes nothing by itself may be prepared: holds of the brake and undoings.
//!
//! Preparing is cheap to ask for and costs reading and writing. One person is bounded in memory, on each node; what waits for
//! one filter is bounded by what the database knows, for all nodes together.

use jiff::SignedDuration;
use std::sync::{Mutex, PoisonError};
use wikiward_farm::allowance::{Allowance, Paid};
use wikiward_farm::{Principal, Timestamp};

/// Holds that one person may prepare at once, and seconds until another one may be.
pub const HOLDS_PER_PERSON: Allowance = Allowance { burst: 10, every_s: 30 };

/// Undoings that one person may prepare at once, and seconds until another one may be.
pub const UNDOINGS_PER_PERSON: Allowance = Allowance { burst: 10, every_s: 60 };

/// Holds of one filter on one wiki that may wait to be confirmed.
pub const HOLDS_WAITING_MAX: u32 = 10;

/// Undoings of one filter on one wiki that may wait to be confirmed.
pub const UNDOINGS_WAITING_MAX: u32 = 20;

/// Undoings of one filter on one wiki that may be confirmed within a day: of at most 100,000 rows.
pub const UNDOINGS_PER_DAY_MAX: u32 = 200;

/// Why nothing can be prepared now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotNow {
    /// The person prepared too many.
    #[error("you prepared as many as one person may. Try again in {retry_after_s} seconds")]
    Person {
        /// Seconds until it may be tried again.
        retry_after_s: u32,
    },
    /// Too many of the filter wait to be confirmed.
    #[error(
        "{most} of this filter wait to be confirmed here, and no more may. Confirm one of them, or try again in \
        {retry_after_s} seconds"
    )]
    Waiting {
        /// Most that may wait.
        most: u32,
        /// Seconds until the first of them lapses.
        retry_after_s: u32,
    },
    /// Too many of the filter were confirmed within a day.
    #[error(
        "{most} of this filter were confirmed here within a day, and no more may be. Try again in {retry_after_s} seconds"
    )]
    Day {
        /// Most within a day.
        most: u32,
        /// Seconds until the first of them is a day old.
        retry_after_s: u32,
    },
}

impl NotNow {
    /// Seconds until it may be tried again.
    pub const fn retry_after_s(self) -> u32 {
        match self {
            Self::Person { retry_after_s } | Self::Waiting { retry_after_s, .. } | Self::Day { retry_after_s, .. } => {
                retry_after_s
            }
        }
    }
}

/// What people prepared lately.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    holds: Mutex<Paid<String>>,
    undoings: Mutex<Paid<String>>,
}

impl Pace {
    /// A person prepares a hold.
    pub(crate) fn hold(&self, who: &Principal, now: Timestamp) -> Result<(), NotNow> {
        pay(&self.holds, who, HOLDS_PER_PERSON, now)
    }

    /// A person prepares an undoing.
    pub(crate) fn undoing(&self, who: &Principal, now: Timestamp) -> Result<(), NotNow> {
        pay(&self.undoings, who, UNDOINGS_PER_PERSON, now)
    }
}

fn pay(paid: &Mutex<Paid<String>>, who: &Principal, allowance: Allowance, now: Timestamp) -> Result<(), NotNow> {
    let mut paid = paid.lock().unwrap_or_else(PoisonError::into_inner);
    let who = who.key();
    match paid.wait_s(&who, allowance, now) {
        0 => {
            paid.pay(who, allowance, now);
            Ok(())
        }
        retry_after_s => Err(NotNow::Person { retry_after_s }),
    }
}

/// Seconds until `span` after `first`: at least one.
pub(crate) fn seconds_until(first: Timestamp, span: SignedDuration, now: Timestamp) -> u32 {
    let left = span.as_secs().saturating_sub(now.duration_since(first).as_secs());
    u32::try_from(left.max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn each_person_has_a_pace_for_each_kind() {
        let pace = Pace::default();
        let person = |id| Principal::Account { id, name: "Somebody".parse().unwrap() };
        for _ in 0..HOLDS_PER_PERSON.burst {
            pace.hold(&person(1), at(100)).unwrap();
        }
        assert_eq!(pace.hold(&person(1), at(100)), Err(NotNow::Person { retry_after_s: 30 }));
        assert_eq!(pace.hold(&person(1), at(129)), Err(NotNow::Person { retry_after_s: 1 }));
        pace.hold(&person(2), at(100)).unwrap();
        pace.undoing(&person(1), at(100)).unwrap();
        pace.hold(&person(1), at(130)).unwrap();
    }

    #[test]
    fn there_is_always_a_second_to_wait() {
        let minute = SignedDuration::from_mins(1);
        assert_eq!(seconds_until(at(100), minute, at(130)), 30);
        assert_eq!(seconds_until(at(100), minute, at(160)), 1);
        assert_eq!(seconds_until(at(100), minute, at(900)), 1);
    }
}
