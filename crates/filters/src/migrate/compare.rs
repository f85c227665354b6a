//! Two programs beside each other: which filters matched which actions there and here.
//!
//! AbuseFilter's log and the matches on trial here ([`crate::hits::parallel`]) are read side by side, in the order of time.
//! AbuseFilter has no name for an action: two matches are of the same action if filter, kind, user and page are the same, and
//! the times are close. What a match led to is not compared: a trial counts no rates and remembers no warnings.

use super::row::LogRow;
use super::run::MigrateError;
use super::tables::Tables;
use crate::hits::Hits;
use crate::hits::parallel::records;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, VecDeque};
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Id, Timestamp, WikiId};

/// How far apart the times of the same action may be, unless another number is named: 10 s.
pub const APART_SECONDS: u32 = 10;

/// Most differences that are listed of each kind; all are counted.
const LISTED_MAX: usize = 100;

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The wiki.
    pub wiki: WikiId,
    /// From when on.
    pub since: Timestamp,
    /// Up to when: before it.
    pub until: Timestamp,
    /// How far apart the times of the same action may be.
    pub apart_seconds: u32,
}

/// How one filter did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Matched the same actions.
    pub both: u64,
    /// Logged by AbuseFilter alone.
    pub only_there: u64,
    /// Matched here alone.
    pub only_here: u64,
    /// Matched here below the filter's rate, and so not logged there.
    pub held_back: u64,
}

/// A match that only one of the two has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The filter, as it is named on the wiki.
    pub filter: String,
    /// When.
    pub at: String,
    /// Kind of action.
    pub kind: String,
    /// Who acted.
    pub actor: String,
    /// Namespace number of the page.
    pub ns: i64,
    /// Title of the page.
    pub title: String,
    /// The row of AbuseFilter's log, or the caller's name for the action.
    pub name: String,
}

/// What the comparison found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Comparison {
    /// The wiki.
    pub wiki: String,
    /// From when on.
    pub since: String,
    /// Up to when.
    pub until: String,
    /// Rows of AbuseFilter's log.
    pub there: u64,
    /// Matches on trial here.
    pub here: u64,
    /// All filters together.
    pub all: Counts,
    /// By filter.
    pub filters: BTreeMap<String, Counts>,
    /// The first that AbuseFilter alone has.
    pub only_there: Vec<Difference>,
    /// The first that are here alone.
    pub only_here: Vec<Difference>,
}

impl Comparison {
    /// Whether there is no difference, and there was something to compare.
    pub fn is_same(&self) -> bool {
        self.all.only_there == 0 && self.all.only_here == 0
    }
}

/// By what the same action is known: filter, kind, user, namespace, title.
type Key = (String, String, String, i64, String);

/// A match of either side.
#[derive(Debug, Clone)]
struct Seen {
    at: i64,
    key: Key,
    name: String,
    is_there: bool,
    is_held_back: bool,
}

/// Pairs matches that come in the order of time. Memory is what comes within [`Range::apart_seconds`].
struct Pairing {
    apart: i64,
    /// All that wait, oldest first; those that found their pair are marked in `waiting` by their absence.
    order: VecDeque<(i64, u64)>,
    waiting: HashMap<u64, Seen>,
    places: HashMap<Key, VecDeque<u64>>,
    next: u64,
    found: Comparison,
}

impl Pairing {
    fn new(apart_seconds: u32) -> Self {
        Self {
            apart: i64::from(apart_seconds) * 1_000_000,
            order: VecDeque::new(),
            waiting: HashMap::new(),
            places: HashMap::new(),
            next: 0,
            found: Comparison::default(),
        }
    }

    fn take(&mut self, seen: Seen) {
        self.expire(seen.at);
        let other = self.places.get_mut(&seen.key).and_then(|places| {
            let place =
                places.iter().position(|it| self.waiting.get(it).is_some_and(|it| it.is_there != seen.is_there))?;
            places.remove(place)
        });
        match other.and_then(|other| self.waiting.remove(&other)) {
            Some(_) => self.count(&seen.key.0, |counts| counts.both += 1),
            None => {
                self.order.push_back((seen.at, self.next));
                self.places.entry(seen.key.clone()).or_default().push_back(self.next);
                self.waiting.insert(self.next, seen);
                self.next += 1;
            }
        }
    }

    /// Gives up on what nothing can pair with any more.
    fn expire(&mut self, now: i64) {
        while let Some((at, number)) = self.order.front().copied() {
            if at + self.apart >= now {
                return;
            }
            self.order.pop_front();
            let Some(seen) = self.waiting.remove(&number) else { continue };
            if let Some(places) = self.places.get_mut(&seen.key) {
                places.retain(|it| *it != number);
                if places.is_empty() {
                    self.places.remove(&seen.key);
                }
            }
            self.alone(seen);
        }
    }

    fn alone(&mut self, seen: Seen) {
        if seen.is_held_back {
            self.count(&seen.key.0, |counts| counts.held_back += 1);
            return;
        }
        let is_there = seen.is_there;
        self.count(&seen.key.0, |counts| if is_there { counts.only_there += 1 } else { counts.only_here += 1 });
        let list = if is_there { &mut self.found.only_there } else { &mut self.found.only_here };
        if list.len() < LISTED_MAX {
            let (filter, kind, actor, ns, title) = seen.key;
            let at = from_micros(seen.at).to_string();
            list.push(Difference { filter, at, kind, actor, ns, title, name: seen.name });
        }
    }

    fn count(&mut self, filter: &str, add: impl Fn(&mut Counts)) {
        add(&mut self.found.all);
        add(self.found.filters.entry(filter.to_owned()).or_default());
    }

    fn finish(mut self) -> Comparison {
        self.expire(i64::MAX);
        self.found
    }
}

/// Compares.
///
/// # Errors
/// [`MigrateError::Source`] or [`MigrateError::Store`].
pub async fn compare(range: &Range, tables: &mut Tables, hits: &Hits) -> Result<Comparison, MigrateError> {
    let mut pairing = Pairing::new(range.apart_seconds);
    let (since, until) = (micros(range.since), micros(range.until));
    let within = |at: i64| (since..until).contains(&at);
    let mut there = There { rows: VecDeque::new(), after: first_since(tables, range.since).await?, has_ended: false };
    let mut here = VecDeque::new();
    let mut place = Some((range.since, Id::from_bytes([0; 16])));
    let mut counted = (0, 0);
    loop {
        while there.rows.is_empty() && !there.has_ended {
            there.read(tables).await?;
        }
        if here.is_empty()
            && let Some(after) = place
        {
            let mut conn = hits.store.reader().await?;
            let page = records::page(&mut conn, &range.wiki, after).await?;
            place = page.last().map(|last| (last.at, last.hit_id));
            here.extend(page);
        }
        let from_there = match (there.rows.front(), here.front()) {
            (None, None) => break,
            (Some(there), Some(here)) => micros(there.at) <= micros(here.at),
            (there, _) => there.is_some(),
        };
        if from_there && let Some(row) = there.rows.pop_front() {
            let is_own = row.wiki.as_deref().is_none_or(|wiki| wiki == range.wiki.as_str());
            if is_own && within(micros(row.at)) {
                counted.0 += 1;
                pairing.take(seen_there(row));
            }
        } else if let Some(hit) = here.pop_front()
            && within(micros(hit.at))
        {
            counted.1 += u64::from(!hit.is_held_back);
            let key = (hit.filter.gid(), hit.kind, hit.actor_name, hit.target.ns, title(&hit.target.title));
            let (at, is_held_back) = (micros(hit.at), hit.is_held_back);
            pairing.take(Seen { at, key, name: hit.action_id, is_there: false, is_held_back });
        }
    }
    let mut found = pairing.finish();
    (found.there, found.here) = counted;
    range.wiki.as_str().clone_into(&mut found.wiki);
    (found.since, found.until) = (range.since.to_string(), range.until.to_string());
    Ok(found)
}

fn seen_there(row: LogRow) -> Seen {
    let filter = if row.is_global { format!("global-{}", row.filter) } else { row.filter.to_string() };
    let key = (filter, row.action, row.by.name, row.namespace, title(&row.title));
    Seen { at: micros(row.at), key, name: row.id.to_string(), is_there: true, is_held_back: false }
}

/// Links write a title with underscores, people with blanks.
fn title(text: &str) -> String {
    text.replace('_', " ")
}

/// Rows of AbuseFilter's log, in its order.
struct There {
    rows: VecDeque<LogRow>,
    after: i64,
    has_ended: bool,
}

impl There {
    async fn read(&mut self, tables: &mut Tables) -> Result<(), MigrateError> {
        let page = tables.log(self.after, 500).await.map_err(MigrateError::Source)?;
        match page.last() {
            Some((last, _)) => self.after = *last,
            None => self.has_ended = true,
        }
        self.rows.extend(page.into_iter().filter_map(|(_, row)| row.ok()));
        Ok(())
    }
}

/// The number after which the rows since a moment come: numbers go up with time, so few rows are looked at.
async fn first_since(tables: &mut Tables, since: Timestamp) -> Result<i64, MigrateError> {
    // An hour before: rows are numbered when they are written, a little after their time.
    let since = micros(since).saturating_sub(3_600_000_000);
    let (mut below, mut above) = (0_i64, 1_i64);
    loop {
        match tables.log(above, 1).await.map_err(MigrateError::Source)?.first() {
            Some((id, Ok(row))) if micros(row.at) < since => (below, above) = (*id, above.max(*id).saturating_mul(2)),
            _ => break,
        }
    }
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        match tables.log(middle, 1).await.map_err(MigrateError::Source)?.first() {
            Some((id, Ok(row))) if micros(row.at) < since => below = (*id).max(middle),
            _ => above = middle,
        }
    }
    Ok(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(at: i64, filter: &str, title: &str, is_there: bool) -> Seen {
        let key = (filter.to_owned(), "edit".to_owned(), "A".to_owned(), 0, title.to_owned());
        Seen { at: at * 1_000_000, key, name: format!("{at}"), is_there, is_held_back: false }
    }

    #[test]
    fn matches_pair_by_filter_action_and_time() {
        let mut pairing = Pairing::new(10);
        for it in [
            seen(0, "1", "Foo", true),
            seen(3, "1", "Foo", false),
            // Twice there, once here.
            seen(5, "2", "Foo", true),
            seen(6, "2", "Foo", true),
            seen(7, "2", "Foo", false),
            // Another page, and too far apart.
            seen(8, "3", "Foo", true),
            seen(9, "3", "Bar", false),
            seen(20, "1", "Foo", false),
            seen(31, "1", "Foo", true),
        ] {
            pairing.take(it);
        }
        pairing.take(Seen { is_held_back: true, ..seen(32, "4", "Foo", false) });
        let found = pairing.finish();
        let counts = |both, only_there, only_here, held_back| Counts { both, only_there, only_here, held_back };
        assert_eq!(found.filters["1"], counts(1, 1, 1, 0));
        assert_eq!(found.filters["2"], counts(1, 1, 0, 0));
        assert_eq!(found.filters["3"], counts(0, 1, 1, 0));
        assert_eq!(found.filters["4"], counts(0, 0, 0, 1));
        assert_eq!(found.all, counts(2, 3, 2, 1));
        assert_eq!(found.only_there.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["6", "8", "31"]);
        assert!(!found.is_same());
    }

    proptest::proptest! {
        #[test]
        fn the_same_on_both_sides_is_no_difference(
            times in proptest::collection::vec((0_i64..1_000, 0_u8..3), 0..60),
            late in 0_i64..10,
        ) {
            let mut all: Vec<Seen> = Vec::new();
            for (at, filter) in &times {
                all.push(seen(*at, &filter.to_string(), "Foo", true));
                all.push(seen(at + late, &filter.to_string(), "Foo", false));
            }
            all.sort_by_key(|it| it.at);
            let mut pairing = Pairing::new(10);
            for it in all {
                pairing.take(it);
            }
            let found = pairing.finish();
            proptest::prop_assert!(found.is_same());
            proptest::prop_assert_eq!(found.all.both, times.len() as u64);
        }
    }
}
