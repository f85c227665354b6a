//! Which lines two sequences have in common: Myers' divide and conquer with a cut-off.
//!
//! An edit graph has one diagonal per difference of positions. From both corners the furthest reaching paths with 0, 1, 2, …
//! differences are extended until two of them overlap; the overlap is the *middle snake*, a run of common lines that lies on a
//! shortest script, and both remaining corners are searched the same way. E. W. Myers, "An O(ND) Difference Algorithm and Its
//! Variations", 1986, section 4b.
//!
//! Of several equally short scripts the reference prints one, and rules see it, so its choices are kept:
//! * diagonals are visited from the lowest to the highest, in both directions, and the first overlap counts;
//! * a diagonal that ran into a border is dropped, and everything beyond it;
//! * the two tables of furthest points live through the whole search and are never cleared;
//! * if the product of the lengths is above [`LONG_PRODUCT`], at most `D^0.45` differences are tried per search, where `D` is
//!   half the sum of the lengths; after that the search pretends an empty snake at the point of most progress.
//!
//! Source of the numbers: defaults of the reference's `DiffEngine` (`tooLong`, `powLimit`), MediaWiki 1.39.

mod graph;

use crate::budget::{Exhausted, Meter};

use graph::{Area, Band, Reach, Snake, signed, window};

/// Product of the lengths above which the search is cut off.
const LONG_PRODUCT: u64 = 2_000_000;

/// The exponent of the cut-off; the reference computes it as 1.45 less 1, in floats.
const CUT_EXPONENT: f64 = 1.45 - 1.0;

/// Finds lines that `old` and `new` have in common, in the same order in both.
///
/// Calls `keep(old_index, new_index)` for each such pair, in no particular order. The other lines are the removed and the added.
///
/// Time is bounded by the product of the lengths, or by the cut-off; memory is linear.
///
/// # Errors
/// [`Exhausted`] if the budget does not suffice.
pub(super) fn common(
    old: &[u32],
    new: &[u32],
    meter: &mut Meter<'_>,
    keep: &mut dyn FnMut(usize, usize),
) -> Result<(), Exhausted> {
    if old.is_empty() || new.is_empty() {
        return Ok(());
    }
    let limit = differences_max(old.len(), new.len());
    let mut search = Search::new(old, new, limit, meter)?;
    search.run(meter, keep)
}

/// Most differences that one search for a middle snake may try.
fn differences_max(old: usize, new: usize) -> i64 {
    let half = (old + new).div_ceil(2);
    if (old as u64).saturating_mul(new as u64) <= LONG_PRODUCT {
        return signed(half);
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "the reference computes in floats"
    )]
    let cut = (half as f64).powf(CUT_EXPONENT).floor() as i64;
    cut.max(1)
}

struct Search<'a> {
    old: &'a [u32],
    new: &'a [u32],
    limit: i64,
    forward: Reach,
    backward: Reach,
    /// Points of equal progress; kept to spare allocations.
    best: Vec<(i64, i64)>,
}

impl<'a> Search<'a> {
    fn new(old: &'a [u32], new: &'a [u32], limit: i64, meter: &mut Meter<'_>) -> Result<Self, Exhausted> {
        let slots = usize::try_from(2 * limit + 3).map_err(|_| Exhausted)?;
        meter.spend(slots as u64)?;
        let reach = || Reach::new(slots);
        Ok(Self { old, new, limit, forward: reach(), backward: reach(), best: Vec::new() })
    }

    fn run(&mut self, meter: &mut Meter<'_>, keep: &mut dyn FnMut(usize, usize)) -> Result<(), Exhausted> {
        let mut whole = Area { old: 0, old_end: signed(self.old.len()), new: 0, new_end: signed(self.new.len()) };
        let mut keep_run = |old: i64, new: i64, length: i64| {
            for step in 0..length {
                if let (Ok(old), Ok(new)) = (usize::try_from(old + step), usize::try_from(new + step)) {
                    keep(old, new);
                }
            }
        };
        let head = self.run_forward(whole.old, whole.new, whole);
        keep_run(whole.old, whole.new, head);
        (whole.old, whole.new) = (whole.old + head, whole.new + head);
        let tail = self.run_backward(whole.old_end, whole.new_end, whole);
        (whole.old_end, whole.new_end) = (whole.old_end - tail, whole.new_end - tail);
        keep_run(whole.old_end, whole.new_end, tail);
        meter.spend((head + tail).unsigned_abs())?;

        // A stack instead of recursion: the left corner first, as its search leaves its marks in the tables.
        let mut areas = vec![whole];
        while let Some(area) = areas.pop() {
            if area.is_empty() {
                continue;
            }
            let snake = self.middle_snake(area, meter)?;
            keep_run(snake.old, snake.new, snake.length);
            if snake.differences > 1 {
                let left = Area { old_end: snake.old, new_end: snake.new, ..area };
                let right = Area { old: snake.old + snake.length, new: snake.new + snake.length, ..area };
                // A corner as large as the whole would never end; the reference would not come back either.
                areas.extend([right, left].into_iter().filter(|part| *part != area));
            } else if snake.differences == 1 {
                // All before the one difference is common.
                keep_run(area.old, area.new, (snake.old - area.old).min(snake.new - area.new));
            }
        }
        Ok(())
    }

    /// Length of the common run that starts at a point of the area.
    #[inline]
    fn run_forward(&self, old: i64, new: i64, area: Area) -> i64 {
        let (old, new) = (window(self.old, old, area.old_end), window(self.new, new, area.new_end));
        signed(old.iter().zip(new).take_while(|(old, new)| old == new).count())
    }

    /// Length of the common run that ends before a point of the area.
    #[inline]
    fn run_backward(&self, old_end: i64, new_end: i64, area: Area) -> i64 {
        let (old, new) = (window(self.old, area.old, old_end), window(self.new, area.new, new_end));
        signed(old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count())
    }

    /// Searches from both corners of a non-empty area until paths overlap.
    fn middle_snake(&mut self, area: Area, meter: &mut Meter<'_>) -> Result<Snake, Exhausted> {
        let (width, height) = (area.old_end - area.old, area.new_end - area.new);
        let delta = width - height;
        // On an odd delta a shortest script is found while going forward, on an even one while going backward.
        let odd = delta & 1 == 1;
        let limit = self.limit.min((width + height + 1) / 2);
        let mut down = Band::new(height, width);
        let mut up = Band::new(width, height);
        self.forward.set(limit + 1, 0);
        self.backward.set(limit - 1, width);

        for differences in 0..=limit {
            let mut work = 8;
            let (first, last) = down.next(differences);
            let mut diagonal = first;
            while diagonal <= last {
                let (left, right) = (self.forward.at(limit + diagonal - 1), self.forward.at(limit + diagonal + 1));
                let x =
                    if diagonal == -differences || (diagonal < differences && left < right) { right } else { left + 1 };
                let length = self.run_forward(area.old + x, area.new + x - diagonal, area);
                let end = x + length;
                self.forward.set(limit + diagonal, end);
                work += 10 + length.unsigned_abs();
                if odd && (diagonal - delta).abs() < differences && end >= self.backward.at(limit + diagonal - delta) {
                    let (old, new) = (area.old + x, area.new + x - diagonal);
                    meter.spend(work)?;
                    return Ok(Snake { old, new, length, differences: 2 * differences - 1 });
                }
                if end >= width && down.high > diagonal - 1 {
                    down.high = diagonal - 1;
                } else if end - diagonal >= height {
                    down.cut_below(diagonal);
                }
                diagonal += 2;
            }

            let (first, last) = up.next(differences);
            let mut diagonal = first;
            while diagonal <= last {
                let (left, right) = (self.backward.at(limit + diagonal - 1), self.backward.at(limit + diagonal + 1));
                let x = if diagonal == differences || (diagonal != -differences && left < right) {
                    left
                } else {
                    right - 1
                };
                let y = x - diagonal - delta;
                let length = self.run_backward(area.old + x, area.new + y, area);
                let (x, y) = (x - length, y - length);
                self.backward.set(limit + diagonal, x);
                work += 10 + length.unsigned_abs();
                if !odd && (diagonal + delta).abs() <= differences && x <= self.forward.at(limit + diagonal + delta) {
                    meter.spend(work)?;
                    return Ok(Snake { old: area.old + x, new: area.new + y, length, differences: 2 * differences });
                }
                if x <= 0 {
                    up.cut_below(diagonal);
                } else if y <= 0 && up.high > diagonal - 1 {
                    up.high = diagonal - 1;
                }
                diagonal += 2;
            }
            meter.spend(work)?;
        }

        let (x, y) = self.most_progress(width, height, limit);
        meter.spend(limit.unsigned_abs() * 2)?;
        // More than one difference is certain, how many is not known.
        Ok(Snake { old: area.old + x, new: area.new + y, length: 0, differences: 2 })
    }

    /// The point that got furthest from its corner when the limit was reached; of several, the middle one of the list.
    ///
    /// The list starts with the corner itself. Backward diagonals are looked at only up to the negative of the smaller of
    /// height and limit, which is rarely more than one of them, and join a list of equals only if a backward one leads.
    fn most_progress(&mut self, width: i64, height: i64, limit: i64) -> (i64, i64) {
        let lowest = |size: i64| (-limit).max(if (size - limit) & 1 == 0 { -size } else { 1 - size });
        let mut progress_max = 0;
        self.best.clear();
        self.best.push((0, 0));

        let mut diagonal = lowest(height);
        while diagonal <= width.min(limit) {
            let x = self.forward.at(limit + diagonal);
            let y = x - diagonal;
            if x <= width && y <= height {
                let progress = x + y;
                if progress > progress_max {
                    progress_max = progress;
                    self.best.clear();
                }
                if progress == progress_max {
                    self.best.push((x, y));
                }
            }
            diagonal += 2;
        }

        let mut backward_leads = false;
        let mut diagonal = lowest(width);
        while diagonal <= -height.min(limit) {
            let x = self.backward.at(limit + diagonal);
            let y = x - diagonal - (width - height);
            if x >= 0 && y >= 0 {
                let progress = width - x + height - y;
                if progress > progress_max {
                    progress_max = progress;
                    backward_leads = true;
                    self.best.clear();
                }
                if progress == progress_max && backward_leads {
                    self.best.push((x, y));
                }
            }
            diagonal += 2;
        }
        self.best.get((self.best.len().saturating_sub(1)) / 2).copied().unwrap_or((0, 0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept(old: &[u32], new: &[u32]) -> Vec<(usize, usize)> {
        let mut kept = Vec::new();
        common(old, new, &mut Meter::unlimited(), &mut |old, new| {
            kept.push((old, new));
        })
        .unwrap();
        kept.sort_unstable();
        kept
    }

    fn check(old: &[u32], new: &[u32]) -> usize {
        let kept = kept(old, new);
        assert!(kept.iter().all(|(at_old, at_new)| old[*at_old] == new[*at_new]), "{old:?} {new:?} {kept:?}");
        assert!(kept.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1), "{old:?} {new:?} {kept:?}");
        kept.len()
    }

    /// Length of the longest common subsequence, by the table that everybody knows.
    fn longest(old: &[u32], new: &[u32]) -> usize {
        let mut row = vec![0; new.len() + 1];
        for a in old {
            let mut diagonal = 0;
            for (at, b) in new.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if a == b { diagonal + 1 } else { above.max(row[at]) };
                diagonal = above;
            }
        }
        row[new.len()]
    }

    #[test]
    fn the_limit_is_half_the_sum_up_to_two_million_and_its_power_above() {
        assert_eq!(differences_max(1000, 2000), 1500);
        assert_eq!(differences_max(1, 2), 2);
        assert_eq!(differences_max(1000, 2001), 26);
        assert_eq!(differences_max(1_000_000, 1_000_000), 501);
    }

    #[test]
    fn the_kept_lines_of_known_sequences_are_those_of_the_reference() {
        assert_eq!(kept(&[1, 2, 3, 4], &[1, 3, 2, 4]), [(0, 0), (1, 2), (3, 3)]);
        assert_eq!(kept(&[1, 2], &[2, 1]), [(0, 1)]);
        assert_eq!(kept(&[], &[1]), []);
        assert_eq!(kept(&[1, 1, 1], &[1, 1]), [(0, 0), (1, 1)]);
    }

    #[test]
    fn long_sequences_are_cut_off_and_still_keep_only_equal_lines_in_order() {
        let old: Vec<u32> = (0..3000).map(|n| n * 7919 % 1009).collect();
        let new: Vec<u32> = (0..2500).map(|n| n * 104_729 % 1013).collect();
        assert!(check(&old, &new) < longest(&old, &new));
    }

    proptest! {
        #[test]
        fn short_sequences_keep_as_many_lines_as_possible(
            old in prop::collection::vec(0u32..5, 0..40),
            new in prop::collection::vec(0u32..5, 0..40),
        ) {
            prop_assert_eq!(check(&old, &new), longest(&old, &new));
        }
    }
}
