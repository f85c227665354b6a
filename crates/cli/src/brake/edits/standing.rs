//! Who is in good standing, as far as records say.

use crate::input::{Assumptions, Edit, Facts};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use wikiward_filters::brake::Mark;
use wikiward_filters::brake::hour::Actor;
use wikiward_filters::brake::standing::{AGE_S_MIN, Facts as Known, TRUSTED_GROUPS};

/// Most people of a wiki who are remembered; further ones count as not seen before.
pub(crate) const PEOPLE_MAX: usize = 1_000_000;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// When somebody was seen.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// The first action of the last day or less.
    lately: Timestamp,
    /// An action at least a day before that.
    before: Option<Timestamp>,
}

/// People of one wiki.
#[derive(Debug, Clone, Default)]
pub(super) struct People {
    first: Option<Timestamp>,
    seen: HashMap<Mark, Seen>,
}

impl People {
    /// Who acts, and the account or address. What the record does not say speaks against good standing, or is assumed.
    pub(super) fn actor(&mut self, edit: &Edit, now: Timestamp, assumptions: &Assumptions) -> (Actor, Mark) {
        let first = *self.first.get_or_insert(now);
        let name = edit.user.as_deref().unwrap_or("");
        let target = mark(&("account", name));
        let address = name.parse::<IpAddr>().ok();
        let is_named = !name.is_empty() && !name.starts_with('~') && address.is_none() && edit.anon != Some(true);
        let standing = &edit.standing;
        let assumed = |value: i64| (assumptions.facts == Facts::Assumed).then_some(value);
        let recorded_age = standing.registered_at.map(|at| now.duration_since(at).as_secs());
        let groups = standing.groups.as_deref().unwrap_or_default();
        let facts = Known {
            is_named,
            // The edit was saved.
            is_blocked: Some(false),
            age_s: recorded_age.or_else(|| assumed(assumptions.age_seconds.max(AGE_S_MIN))),
            edits: standing.edit_count.or_else(|| assumed(assumptions.edit_count)),
            is_trusted: groups.iter().any(|group| TRUSTED_GROUPS.contains(&group.as_str())),
            was_seen: self.was_seen(target, now),
            days_of_data: u32::try_from(now.duration_since(first).as_hours() / 24).unwrap_or(0),
            other_filters_tripped: 0,
            is_discredited: false,
        };
        if is_named {
            self.see(target, now);
        }
        let actor = if facts.is_good() {
            // Records have no addresses of accounts: each counts as a range of its own.
            Actor { origin: target, good: Some((target, mark(&("range", name)))) }
        } else {
            Actor { origin: address.map_or(target, |address| mark(&range(address))), good: None }
        };
        (actor, target)
    }

    fn was_seen(&self, person: Mark, now: Timestamp) -> bool {
        let is_old = |at: Timestamp| (DAY..=DAY * 30).contains(&now.duration_since(at));
        self.seen.get(&person).is_some_and(|seen| is_old(seen.lately) || seen.before.is_some_and(is_old))
    }

    fn see(&mut self, person: Mark, now: Timestamp) {
        if let Some(seen) = self.seen.get_mut(&person) {
            if now.duration_since(seen.lately) >= DAY {
                *seen = Seen { lately: now, before: Some(seen.lately) };
            }
        } else if self.seen.len() < PEOPLE_MAX {
            self.seen.insert(person, Seen { lately: now, before: None });
        }
    }
}

/// The range of an address: /16, or /32 of the newer kind.
fn range(address: IpAddr) -> (u8, [u8; 4]) {
    match address {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            (4, [a, b, 0, 0])
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.octets();
            (6, [a, b, c, d])
        }
    }
}

/// The same for the same thing in every run.
fn mark(of: &impl Hash) -> Mark {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    #[expect(clippy::cast_possible_truncation, reason = "any 32 bits of it do")]
    Mark(hasher.finish() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::tests::edit;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_577_836_800 + hour * 3_600).unwrap()
    }

    fn is_good(people: &mut People, fields: &str, hour: i64) -> bool {
        people.actor(&edit(fields), at(hour), &Assumptions::default()).0.good.is_some()
    }

    const OLD_HAND: &str = "\"user_editcount\":50,\"user_groups\":[\"*\",\"user\",\"sysop\"]";

    #[test]
    fn who_wakes_for_an_attack_is_in_no_standing() {
        let mut people = People::default();
        assert!(is_good(&mut people, OLD_HAND, 0), "nobody can have been seen yet");
        assert!(is_good(&mut people, OLD_HAND, 24 * 8), "seen eight days ago");
        assert!(!is_good(&mut people, OLD_HAND, 24 * 60), "not within thirty days");
        assert!(!is_good(&mut people, OLD_HAND, 24 * 60 + 1), "an hour ago is too late");
        assert!(is_good(&mut people, OLD_HAND, 24 * 61 + 2), "a day ago");
    }

    #[test]
    fn what_records_do_not_say_speaks_against_standing_unless_it_is_assumed() {
        let mut people = People::default();
        assert!(!is_good(&mut people, "", 0));
        let assumed = Assumptions { facts: Facts::Assumed, ..Assumptions::default() };
        assert!(people.actor(&edit(""), at(0), &assumed).0.good.is_some());
    }

    #[test]
    fn addresses_of_one_range_are_one_origin() {
        let mut people = People::default();
        let mut origin = |address: &str| {
            let mut edit = edit("");
            edit.user = Some(address.to_owned());
            people.actor(&edit, at(0), &Assumptions::default()).0.origin
        };
        assert_eq!(origin("192.0.2.1"), origin("192.0.77.9"));
        assert_ne!(origin("192.0.2.1"), origin("192.1.2.1"));
        assert_eq!(origin("2001:db8::1"), origin("2001:db8:ffff::2"));
    }
}
