//! Who edits: regulars, administrators, bots, newcomers and people who are not logged in.

use crate::random::Random;

/// Seconds an account must exist before it counts as autoconfirmed, and the edits it must have made.
const AUTOCONFIRMED_AGE: u64 = 4 * 86_400;
const AUTOCONFIRMED_EDITS: u64 = 10;

const NAME_FRONTS: [&str; 16] = [
    "Quiet", "Amber", "Brisk", "Cloud", "Drowsy", "Early", "Faint", "Gentle", "Hasty", "Inky", "Jolly", "Keen", "Lone",
    "Mossy", "Nimble", "Odd",
];
const NAME_BACKS: [&str; 14] = [
    "Heron", "Pebble", "Lantern", "Teapot", "Weaver", "Badger", "Compass", "Thimble", "Walnut", "Kettle", "Ladder",
    "Marten", "Button", "Plover",
];

/// Somebody who edits.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) name: String,
    /// 0 for people who are not logged in.
    pub(crate) id: u64,
    /// Seconds since 1970.
    pub(crate) registered_at: u64,
    pub(crate) edits: u64,
    /// Explicit groups, as `sysop`.
    pub(crate) groups: &'static [&'static str],
}

impl Person {
    /// An account of long standing.
    pub(crate) fn regular(random: &mut Random, id: u64, now: u64, groups: &'static [&'static str]) -> Self {
        let age = 86_400 * (30 + random.below(4_000) as u64);
        Self {
            name: name(random),
            id,
            registered_at: now.saturating_sub(age),
            edits: 40 + random.below(30_000) as u64,
            groups,
        }
    }

    /// An account made for work without supervision.
    pub(crate) fn bot(random: &mut Random, id: u64, now: u64) -> Self {
        let mut person = Self::regular(random, id, now, &["bot"]);
        person.name = format!("{}Bot", random.choose(&NAME_BACKS));
        person.edits += 50_000;
        person
    }

    /// An account of the last hours or days.
    pub(crate) fn newcomer(random: &mut Random, id: u64, now: u64) -> Self {
        let age = random.between(60, 5 * 86_400).unsigned_abs();
        let name = match random.below(3) {
            0 => format!("{}{}", name(random).to_lowercase(), random.between(1, 99)),
            _ => name(random),
        };
        Self { name, id, registered_at: now.saturating_sub(age), edits: random.below(9) as u64, groups: &[] }
    }

    /// Somebody who is not logged in; the address belongs to a range reserved for documentation.
    pub(crate) fn anonymous(random: &mut Random) -> Self {
        let host = random.between(1, 254);
        let name = match random.below(5) {
            0 => format!("192.0.2.{host}"),
            1 => format!("198.51.100.{host}"),
            2 | 3 => format!("203.0.113.{host}"),
            _ => format!(
                "2001:DB8:{:X}:{:X}:0:0:0:{:X}",
                random.below(48),
                random.below(0x1_0000),
                random.between(1, 0xFFFF)
            ),
        };
        Self { name, id: 0, registered_at: 0, edits: 0, groups: &[] }
    }

    /// Counts one more edit; returns the person as they were before it.
    pub(crate) fn count_edit(&mut self) -> Self {
        let before = self.clone();
        self.edits += 1;
        before
    }

    pub(crate) fn is_anonymous(&self) -> bool {
        self.id == 0
    }

    pub(crate) fn is_bot(&self) -> bool {
        self.groups.contains(&"bot")
    }

    /// Seconds since registration, 0 for people who are not logged in.
    pub(crate) fn age(&self, now: u64) -> u64 {
        if self.is_anonymous() { 0 } else { now.saturating_sub(self.registered_at) }
    }

    /// Effective groups, implicit ones first.
    pub(crate) fn effective_groups(&self, now: u64) -> Vec<&'static str> {
        let mut groups = vec!["*"];
        if !self.is_anonymous() {
            groups.push("user");
            if self.age(now) >= AUTOCONFIRMED_AGE && self.edits >= AUTOCONFIRMED_EDITS {
                groups.push("autoconfirmed");
            }
            groups.extend_from_slice(self.groups);
        }
        groups
    }
}

fn name(random: &mut Random) -> String {
    format!("{}{}", random.choose(&NAME_FRONTS), random.choose(&NAME_BACKS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_only_from_documentation_ranges() {
        let mut random = Random::new(3);
        for _ in 0..500 {
            let name = Person::anonymous(&mut random).name;
            let reserved = ["192.0.2.", "198.51.100.", "203.0.113.", "2001:DB8:"];
            assert!(reserved.iter().any(|range| name.starts_with(range)), "{name}");
        }
    }

    #[test]
    fn autoconfirmed_needs_both_age_and_edits() {
        let now = 1_772_409_600;
        let person = |age: u64, edits| Person { name: "A".into(), id: 1, registered_at: now - age, edits, groups: &[] };
        assert!(person(AUTOCONFIRMED_AGE, 10).effective_groups(now).contains(&"autoconfirmed"));
        assert!(!person(AUTOCONFIRMED_AGE - 1, 10).effective_groups(now).contains(&"autoconfirmed"));
        assert!(!person(AUTOCONFIRMED_AGE, 9).effective_groups(now).contains(&"autoconfirmed"));
    }
}
