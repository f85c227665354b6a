//! A table over all code points, looked up with two loads.

use rustc_hash::FxHashMap;
use std::hash::Hash;

const PAGE: usize = 256;
const PAGES: usize = 0x11_0000 / PAGE;

/// A value for each code point. Pages of 256 code points that are equal share their memory.
#[derive(Debug, Clone)]
pub(super) struct Pages<T> {
    index: Box<[u16]>,
    values: Vec<[T; PAGE]>,
    default: T,
}

impl<T: Copy + Eq + Hash> Pages<T> {
    /// Every code point has this value.
    pub(super) fn new(default: T) -> Self {
        Self { index: vec![0; PAGES].into_boxed_slice(), values: vec![[default; PAGE]], default }
    }

    /// Changes the value of one code point; nothing happens beyond U+10FFFF.
    pub(super) fn update(&mut self, code_point: u32, change: impl FnOnce(&mut T)) {
        let Some(number) = self.index.get_mut(code_point as usize / PAGE) else {
            return;
        };
        if *number == 0 {
            // At most 4,352 pages, so that the number fits.
            *number = u16::try_from(self.values.len()).unwrap_or_default();
            self.values.push([self.default; PAGE]);
        }
        if let Some(value) =
            self.values.get_mut(usize::from(*number)).and_then(|page| page.get_mut(code_point as usize % PAGE))
        {
            change(value);
        }
    }

    /// Lets equal pages share their memory. To be called when no value changes any more.
    pub(super) fn shared(self) -> Self {
        let mut numbers: FxHashMap<[T; PAGE], u16> = FxHashMap::default();
        let mut values = Vec::new();
        let renumbered: Vec<u16> = self
            .values
            .into_iter()
            .map(|page| {
                *numbers.entry(page).or_insert_with(|| {
                    values.push(page);
                    u16::try_from(values.len() - 1).unwrap_or_default()
                })
            })
            .collect();
        let index =
            self.index.iter().map(|number| renumbered.get(usize::from(*number)).copied().unwrap_or_default()).collect();
        Self { index, values, default: self.default }
    }

    /// The value of a code point.
    #[inline]
    pub(super) fn get(&self, code_point: char) -> T {
        let code_point = code_point as usize;
        self.index
            .get(code_point / PAGE)
            .and_then(|number| self.values.get(usize::from(*number)))
            .map_or(self.default, |page| page[code_point % PAGE])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_sharing() {
        let mut table = Pages::new(0_u8);
        for code_point in [0x41, 0x141, 0x241, 0x10_FFFF, 0x11_0000] {
            table.update(code_point, |value| *value = 7);
        }
        let pages = table.values.len();
        let table = table.shared();
        assert!(table.values.len() < pages);
        assert_eq!(table.get('A'), 7);
        assert_eq!(table.get('\u{241}'), 7);
        assert_eq!(table.get('\u{10FFFF}'), 7);
        assert_eq!(table.get('B'), 0);
        assert_eq!(table.get('\u{3000}'), 0);
    }
}
