//! The edit graph: where a search is, which diagonals it still visits, and how far it reached on them.

/// A rectangle of the edit graph; the ends are exclusive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) old: i64,
    pub(super) old_end: i64,
    pub(super) new: i64,
    pub(super) new_end: i64,
}

impl Area {
    pub(super) fn is_empty(self) -> bool {
        self.old >= self.old_end || self.new >= self.new_end
    }
}

/// A run of common lines, and how many differences a shortest script through it has.
pub(super) struct Snake {
    pub(super) old: i64,
    pub(super) new: i64,
    pub(super) length: i64,
    pub(super) differences: i64,
}

/// The diagonals that one direction still visits.
pub(super) struct Band {
    pub(super) low: i64,
    pub(super) high: i64,
    /// 0 or 1: keeps the parity of the lowest diagonal that of the number of differences.
    nudge: i64,
}

impl Band {
    pub(super) fn new(below: i64, above: i64) -> Self {
        Self { low: -below, high: above, nudge: below & 1 }
    }

    /// The first and the last diagonal for `differences`.
    pub(super) fn next(&mut self, differences: i64) -> (i64, i64) {
        let bounds = ((self.low + self.nudge).max(-differences), self.high.min(differences));
        self.nudge = 1 - self.nudge;
        bounds
    }

    pub(super) fn cut_below(&mut self, diagonal: i64) {
        self.low = diagonal + 1;
        self.nudge = 0;
    }
}

/// How far a path reached on each diagonal. Indices outside read as 0.
pub(super) struct Reach(Vec<i32>);

impl Reach {
    /// Room for indices below `slots`, all 0.
    pub(super) fn new(slots: usize) -> Self {
        Self(vec![0; slots])
    }

    #[inline]
    pub(super) fn at(&self, index: i64) -> i64 {
        usize::try_from(index).ok().and_then(|index| self.0.get(index)).map_or(0, |x| i64::from(*x))
    }

    #[inline]
    pub(super) fn set(&mut self, index: i64, x: i64) {
        if let Some(slot) = usize::try_from(index).ok().and_then(|index| self.0.get_mut(index)) {
            *slot = i32::try_from(x).unwrap_or(i32::MAX);
        }
    }
}

/// The part of a sequence between two positions; empty if there is none.
#[inline]
pub(super) fn window(ids: &[u32], start: i64, end: i64) -> &[u32] {
    match (usize::try_from(start), usize::try_from(end)) {
        (Ok(start), Ok(end)) => ids.get(start..end).unwrap_or_default(),
        _ => &[],
    }
}

/// Positions fit: there are at most 2³² lines.
pub(super) fn signed(position: usize) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_visits_diagonals_of_the_parity_of_the_differences_within_its_bounds() {
        let mut band = Band::new(3, 2);
        assert_eq!([0, 1, 2, 3, 4].map(|n| band.next(n)), [(0, 0), (-1, 1), (-2, 2), (-3, 2), (-2, 2)]);
        let mut band = Band::new(4, 4);
        assert_eq!(band.next(0), (0, 0));
        assert_eq!(band.next(1), (-1, 1));
        band.cut_below(-1);
        assert_eq!(band.next(2), (0, 2));
        assert_eq!(band.next(3), (1, 3));
    }

    #[test]
    fn positions_outside_read_as_nothing_and_are_not_written() {
        let mut reach = Reach::new(2);
        reach.set(-1, 7);
        reach.set(2, 7);
        reach.set(1, 5);
        assert_eq!([-1, 0, 1, 2].map(|index| reach.at(index)), [0, 0, 5, 0]);
        assert_eq!(window(&[1, 2, 3], 1, 3), [2, 3]);
        assert!(window(&[1, 2, 3], -1, 3).is_empty());
        assert!(window(&[1, 2, 3], 2, 1).is_empty());
        assert!(window(&[1, 2, 3], 1, 4).is_empty());
    }
}
