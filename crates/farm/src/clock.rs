//! The one door to time.

pub use jiff::Timestamp;
use std::sync::Arc;

/// Tells the time. Nothing else in the service reads a clock.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present moment, UTC.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// Microseconds since 1970, as times are stored.
pub fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// The moment that [`micros`] stored. A number outside what a timestamp can hold becomes the nearest one.
pub fn from_micros(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 { Timestamp::MIN } else { Timestamp::MAX })
}
