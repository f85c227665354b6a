//! How times and ids are written.

use wikiward_farm::Timestamp;
use wikiward_farm::clock::from_micros;

/// A time as RFC 3339 with milliseconds, UTC.
pub fn time(at: Timestamp) -> String {
    // Cut, not rounded: what is shown never lies after what happened.
    let millis = at.as_microsecond().div_euclid(1000) * 1000;
    format!("{:.3}", from_micros(millis))
}
