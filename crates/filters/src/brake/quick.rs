//! Maps whose keys nobody outside can choose: hashes, and names that operators gave. They need no protection against keys that
//! are made to collide, and a hit looks at several of them.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A map with such keys.
pub(crate) type QuickMap<K, V> = HashMap<K, V, BuildHasherDefault<Quick>>;

/// A set of such values.
pub(crate) type QuickSet<K> = HashSet<K, BuildHasherDefault<Quick>>;

/// Multiplies and rotates, eight bytes at a time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Quick(u64);

/// An odd number whose bits are spread evenly: 2^64 divided by the golden ratio.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

impl Quick {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(26) ^ word).wrapping_mul(FACTOR);
    }
}

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            self.add(rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.add(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.add(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.add(number);
    }

    fn finish(&self) -> u64 {
        // The maps take the lowest bits for the place and the highest for the first comparison.
        self.0 ^ self.0 >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brake::Mark;

    #[test]
    fn keys_that_follow_each_other_are_spread() {
        let hash = |number: u32| {
            let mut hasher = Quick::default();
            hasher.write_u32(number);
            hasher.finish()
        };
        for bits in [8, 16] {
            let places: QuickSet<u64> = (0..1 << bits).map(|number| hash(number) & ((1 << bits) - 1)).collect();
            // By chance, 63 % of the places would be taken.
            assert!(places.len() * 2 > 1 << bits, "{} of {}", places.len(), 1 << bits);
        }
        let map: QuickMap<Mark, u32> = (0..10_000).map(|number| (Mark(number * 65_536), number)).collect();
        assert!((0..10_000).all(|number| map.get(&Mark(number * 65_536)) == Some(&number)));
    }
}
