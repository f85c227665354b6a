//! Identifiers that sort by time.

use crate::clock::Timestamp;
use crate::entropy::Entropy;
use std::fmt;
use std::str::FromStr;

/// A 128-bit identifier whose first 48 bits are the millisecond it was made in; written as 26 characters of
/// Crockford's base 32, so that the text sorts as the number does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u128);

/// A text is no identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier: 26 characters of 0-9 and A-Z without I, L, O and U are wanted")]
pub struct BadId;

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 26;

impl Id {
    /// A new identifier of the moment `now`.
    pub fn new(now: Timestamp, entropy: &dyn Entropy) -> Self {
        let millis = u128::from(now.as_millisecond().unsigned_abs()) & 0xFFFF_FFFF_FFFF;
        let random = u128::from_be_bytes(entropy.bytes::<16>());
        Self(millis << 80 | random >> 48)
    }

    /// The identifier with these bytes, as [`Id::to_bytes`] gave them.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// The bytes as stored; they sort as the identifiers do.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// Its last 64 bits, which are random: enough to tell apart those of a day.
    #[expect(clippy::cast_possible_truncation, reason = "a part of it is wanted")]
    pub const fn tail(self) -> u64 {
        self.0 as u64
    }

    /// Milliseconds since 1970 of its making.
    pub fn millis(self) -> i64 {
        i64::try_from(self.0 >> 80).unwrap_or(i64::MAX)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for place in (0..LENGTH).rev() {
            let digit = usize::try_from(self.0 >> (place * 5) & 31).unwrap_or(0);
            f.write_char(char::from(DIGITS.get(digit).copied().unwrap_or(b'0')))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Id {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        if text.len() != LENGTH {
            return Err(BadId);
        }
        let mut number: u128 = 0;
        for (place, byte) in text.bytes().enumerate() {
            let digit = DIGITS.iter().position(|digit| *digit == byte.to_ascii_uppercase()).ok_or(BadId)?;
            // 26 digits hold 130 bits: the first may only be 0 to 7.
            if place == 0 && digit > 7 {
                return Err(BadId);
            }
            number = number << 5 | u128::try_from(digit).map_err(|_| BadId)?;
        }
        Ok(Self(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_text_is_the_identifier_and_sorts_like_it(a: u128, b: u128) {
            let (a, b) = (Id(a), Id(b));
            assert_eq!(a.to_string().parse(), Ok(a));
            assert_eq!(a.to_string().cmp(&b.to_string()), a.cmp(&b));
            assert_eq!(Id::from_bytes(a.to_bytes()), a);
        }
    }

    #[test]
    fn what_is_no_identifier_is_refused() {
        for text in ["", "0", "80000000000000000000000000", "0000000000000000000000000U", "000000000000000000000000000"]
        {
            assert_eq!(text.parse::<Id>(), Err(BadId), "{text}");
        }
    }
}
