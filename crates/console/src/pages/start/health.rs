//! How the service is, in words; numbers for who runs it.

use super::overview::{Health, HealthNumbers, Trouble};
use crate::state::Console;
use crate::visit::Visitor;
use wikiward_farm::{Right, WikiId};
use wikiward_filters::hits::writer::WriterCounts;

/// Records that wait to be written beyond which something is wrong: half of what may wait.
const WAITING_MAX: usize = 2_048;

/// Changes that may be on their way.
const BEHIND_MAX: i64 = 100;

/// What is known of it without asking the database.
pub(super) fn health(console: &Console, visitor: &Visitor) -> Health {
    let snapshot = console.judge.snapshots().current();
    let (seq, newest) = (snapshot.seq(), console.store.feed().newest());
    let writer = console.writer.counts();
    let judge = console.judge.counts();
    let numbers = HealthNumbers {
        waiting: writer.waiting,
        snapshot: seq,
        newest,
        filters: snapshot.filters().len(),
        broken: snapshot.broken().len(),
        verdicts: judge.evaluations,
        in_flight: judge.in_flight,
    };
    let may_see = visitor.may(Right::ManageFarm, &WikiId::farm());
    Health { troubles: troubles(&writer, seq, newest), numbers: may_see.then_some(numbers) }
}

fn troubles(writer: &WriterCounts, seq: i64, newest: i64) -> Vec<Trouble> {
    let is_wrong = [
        (Trouble::Waiting, writer.waiting > WAITING_MAX || writer.spool_bytes > 0),
        (Trouble::Lost, writer.lost > 0),
        (Trouble::Behind, newest - seq > BEHIND_MAX),
    ];
    is_wrong.into_iter().filter(|(_, is_wrong)| *is_wrong).map(|(trouble, _)| trouble).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named() {
        let calm = WriterCounts { waiting: WAITING_MAX, ..WriterCounts::default() };
        assert_eq!(troubles(&calm, 5, 5 + BEHIND_MAX), []);
        let bad = WriterCounts { spool_bytes: 1, lost: 1, ..calm };
        assert_eq!(troubles(&bad, 5, 6 + BEHIND_MAX), [Trouble::Waiting, Trouble::Lost, Trouble::Behind]);
    }
}
