//! Comparing two lots of times by rank.

/// The statistic of Mann and Whitney, as a normal one: positive if `first` takes longer. 0 if one is empty.
pub(crate) fn z(first: &[u64], second: &[u64]) -> f64 {
    let mut all: Vec<(u64, bool)> =
        first.iter().map(|time| (*time, true)).chain(second.iter().map(|time| (*time, false))).collect();
    all.sort_unstable();
    let (mut ranks, mut ties, mut at) = (0.0, 0.0, 0);
    while at < all.len() {
        let value = all[at].0;
        let end = at + all[at..].iter().take_while(|(other, _)| *other == value).count();
        let (count, ours) = (float(end - at), float(all[at..end].iter().filter(|(_, is_ours)| *is_ours).count()));
        // Equal times share their ranks.
        ranks += ours * (float(at + end) + 1.0) / 2.0;
        ties += count * count * count - count;
        at = end;
    }
    let (n, m) = (float(first.len()), float(second.len()));
    let u = ranks - n * (n + 1.0) / 2.0;
    let variance = n * m / 12.0 * (n + m + 1.0 - ties / ((n + m) * (n + m - 1.0)));
    if variance > 0.0 { (u - n * m / 2.0) / variance.sqrt() } else { 0.0 }
}

/// The middle one; 0 if there is none.
pub(crate) fn median(times: &[u64]) -> u64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "counts of some thousands")]
fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_slower_ranks_higher_and_equals_do_not() {
        let low: Vec<u64> = (0..1_000).collect();
        let high: Vec<u64> = (0..1_000).map(|x| x + 100).collect();
        assert!(z(&high, &low) > 6.0 && z(&low, &high) < -6.0);
        assert!(z(&low, &low).abs() < 1e-9);
        assert!(z(&[5; 10], &[5; 10]).abs() < 1e-9 && z(&[], &low).abs() < 1e-9);
        // Worked by hand: ranks of a are 1 and 3 of four.
        let expected = (4.0 - 3.0 - 2.0) / (4.0_f64 / 12.0 * 5.0).sqrt();
        assert!((z(&[1, 3], &[2, 4]) - expected).abs() < 1e-9);
        assert_eq!(median(&[3, 1, 2]), 2);
    }
}
