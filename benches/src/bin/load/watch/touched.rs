//! Which requests a pause of the machine touched: a pure decision.
//!
//! A request is touched by a pause if a part of its time, from when it was due to its answer, lies in the pause or in the
//! queue that the pause left. That queue begins when the pause ends, and ends as soon as no more requests are under way than
//! when the pause began; at the latest when as much time has gone by as the pause took, and never later than
//! [`QUEUE_NANOS_MAX`]. A service that is used to half of what it bears needs about as long as the pause took, so that a
//! service that is slow by itself after a pause is not excused. What no pause touched is never left out.

/// The longest queue that is put down to a pause: 20 ms.
pub(crate) const QUEUE_NANOS_MAX: u64 = 20_000_000;

/// From one moment to a later one, in nanoseconds of one clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stretch {
    pub(crate) from: u64,
    pub(crate) to: u64,
}

impl Stretch {
    /// Whether they have a moment in common.
    fn meets(self, other: Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }
}

/// Oldest first; those that have a moment in common are one.
pub(crate) fn joined(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.sort_unstable();
    let mut joined: Vec<Stretch> = Vec::new();
    for stretch in stretches {
        match joined.last_mut() {
            Some(last) if last.meets(stretch) => last.to = last.to.max(stretch.to),
            _ => joined.push(stretch),
        }
    }
    joined
}

/// Pauses, each with the queue that it left, as stretches that have no moment in common.
pub(crate) struct Touched(Vec<Stretch>);

impl Touched {
    /// `pauses` are joined; `requests` are all that were sent, each from when it was due to its answer, in any order.
    pub(crate) fn by(pauses: &[Stretch], requests: &[Stretch]) -> Self {
        let under_way = UnderWay::of(requests);
        let with_queue = |pause: &Stretch| {
            let latest = pause.to.saturating_add((pause.to - pause.from).min(QUEUE_NANOS_MAX));
            let usual = under_way.just_before(pause.from);
            Stretch { from: pause.from, to: under_way.falls_to(usual, pause.to, latest) }
        };
        Self(joined(pauses.iter().map(with_queue).collect()))
    }

    /// Whether the request, from when it was due to its answer, was touched.
    pub(crate) fn holds(&self, request: Stretch) -> bool {
        // The first that does not end before the request begins is the only one that can be the first to meet it.
        let first = self.0.partition_point(|stretch| stretch.to < request.from);
        self.0.get(first).is_some_and(|stretch| stretch.meets(request))
    }
}

/// How many requests are under way, by time: the number holds from its moment to the next.
struct UnderWay(Vec<(u64, usize)>);

impl UnderWay {
    fn of(requests: &[Stretch]) -> Self {
        let mut steps: Vec<(u64, bool)> =
            requests.iter().flat_map(|request| [(request.from, true), (request.to, false)]).collect();
        // What ends and what begins at one moment: first the ends, so that the number there is never too high.
        steps.sort_unstable();
        let mut number = 0_usize;
        let counted = steps.into_iter().map(|(at, is_begin)| {
            number = if is_begin { number + 1 } else { number.saturating_sub(1) };
            (at, number)
        });
        Self(counted.collect())
    }

    /// Right before a moment; without what begins or ends at it.
    fn just_before(&self, moment: u64) -> usize {
        let after = self.0.partition_point(|(at, _)| *at < moment);
        after.checked_sub(1).and_then(|last| self.0.get(last)).map_or(0, |(_, number)| *number)
    }

    /// The first moment, not before `from`, at which no more than `usual` are under way; `latest` if that is later.
    fn falls_to(&self, usual: usize, from: u64, latest: u64) -> u64 {
        if self.just_before(from) <= usual {
            return from;
        }
        let first = self.0.partition_point(|(at, _)| *at < from);
        let later = self.0.get(first..).unwrap_or_default();
        later.iter().find(|(_, number)| *number <= usual).map_or(latest, |(at, _)| *at).min(latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(from: u64, to: u64) -> Stretch {
        Stretch { from, to }
    }

    /// Which of the requests are touched, by their number.
    fn touched(pauses: &[Stretch], requests: &[Stretch]) -> Vec<usize> {
        let touched = Touched::by(&joined(pauses.to_vec()), requests);
        (0..requests.len()).filter(|&number| touched.holds(requests[number])).collect()
    }

    #[test]
    fn without_a_pause_nothing_is_touched_however_slow() {
        assert!(touched(&[], &[at(0, 1_000_000_000), at(5, 6)]).is_empty());
    }

    #[test]
    fn what_was_under_way_or_due_in_a_pause_is_touched_and_nothing_else() {
        let requests = [at(0, 99), at(50, 120), at(90, 300), at(150, 250), at(210, 301), at(302, 310)];
        // Before it; answered within; from before to after; due within; after it, when no more wait than before.
        assert_eq!(touched(&[at(100, 200)], &requests), [1, 2, 3]);
    }

    #[test]
    fn a_slow_answer_beside_a_pause_is_not_excused() {
        // Nobody was under way when the pause ended, so it left no queue: what is due right after it counts.
        assert_eq!(touched(&[at(100, 200)], &[at(0, 99), at(201, 9_000)]), [0_usize; 0]);
    }

    #[test]
    fn the_queue_that_a_pause_left_ends_when_as_many_wait_as_before_it() {
        // One was under way when it began. Two are due in it; the queue is down to one at 230.
        let requests = [at(90, 220), at(120, 225), at(150, 230), at(222, 240), at(231, 260), at(241, 280)];
        assert_eq!(touched(&[at(100, 200)], &requests), [0, 1, 2, 3]);
    }

    #[test]
    fn a_queue_that_does_not_end_is_the_services_own_after_as_long_as_the_pause_took() {
        let mut requests: Vec<_> = (0..100).map(|number| at(100 + number * 10, 5_000)).collect();
        requests.push(at(10_000, 10_001));
        // Due at 100, 110, … 300: in the pause, or within as long again.
        assert_eq!(touched(&[at(100, 200)], &requests), (0..=20).collect::<Vec<_>>());
        // And never longer than the bound, after however long a pause.
        let second = 1_000_000_000;
        let pause = at(0, second);
        let waiting = [at(1, 10 * second), at(2, 10 * second)];
        let after = |nanos: u64| Touched::by(&[pause], &waiting).holds(at(second + nanos, second + nanos));
        assert!(after(QUEUE_NANOS_MAX) && !after(QUEUE_NANOS_MAX + 1));
    }

    #[test]
    fn pauses_of_two_processors_at_once_are_one() {
        assert_eq!(joined(vec![at(150, 300), at(100, 200), at(400, 500)]), [at(100, 300), at(400, 500)]);
        assert_eq!(joined(vec![at(100, 400), at(150, 200)]), [at(100, 400)]);
    }

    #[test]
    fn a_pause_in_the_queue_of_another_prolongs_it_by_its_own_only() {
        // The second begins with four under way, and ends with four: it leaves no queue. The first one's is at its bound.
        let requests = [at(100, 900), at(110, 310), at(120, 900), at(230, 900), at(320, 900)];
        assert_eq!(touched(&[at(100, 200), at(250, 300)], &requests), [0, 1, 2, 3]);
    }

    /// What holds whatever happens: compared with the sentence that defines it, request by request.
    #[test]
    fn nothing_is_left_out_that_neither_meets_a_pause_nor_begins_within_as_long_after_one() {
        let mut random = wikiward_testkit::random::Random::new(7);
        for _ in 0..300 {
            let mut some = |count: usize, long: usize| -> Vec<Stretch> {
                let stretches = 0..=random.below(count);
                let begin_and_length = stretches.map(|_| [10_000, long].map(|bound| random.below(bound) as u64));
                begin_and_length.map(|[from, length]| at(from, from + length)).collect()
            };
            let (pauses, requests) = (joined(some(8, 500)), some(200, 400));
            let told = Touched::by(&pauses, &requests);
            for &request in &requests {
                let in_pause = pauses.iter().any(|pause| pause.meets(request));
                let reach = |pause: &Stretch| at(pause.from, pause.to + (pause.to - pause.from));
                let near = pauses.iter().any(|pause| reach(pause).meets(request));
                assert!(!in_pause || told.holds(request), "{request:?} met a pause: {pauses:?}");
                assert!(near || !told.holds(request), "{request:?} met none: {pauses:?}");
            }
        }
    }
}
