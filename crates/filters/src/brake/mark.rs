//! Keyed hashes of people, ranges and targets.
//!
//! `SipHash`-2-4 under a key of the installation, cut to 32 bits: enough to tell apart the few people that evidence needs,
//! too little to tell who they were, even to who has the key.

use super::Mark;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use wikiward_farm::{Timestamp, WikiId};
use wikiward_store::Keyring;

/// Makes marks.
#[derive(Clone, Copy)]
pub struct Marks {
    key: (u64, u64),
}

impl std::fmt::Debug for Marks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Marks")
    }
}

/// A week, counted since 1970. Marks of people and addresses are made anew each week, so that nobody can tell from them who
/// did what over a longer time.
pub type Week = i64;

/// Weeks whose marks are still looked for: evidence that lasts 30 days is in the last five at most.
pub const WEEKS: i64 = 5;

/// The week of a moment. Weeks begin at a full hour.
pub fn week_of(at: Timestamp) -> Week {
    at.as_second().div_euclid(7 * 86_400)
}

/// Who acts, under the key of one week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The account.
    pub person: Mark,
    /// The range in which people are told apart (/24, /48); the account where there is no address.
    pub range: Mark,
    /// The range that counts as one origin (/16, /32); the account where there is no address.
    pub origin: Mark,
}

/// Who acts, in clear: only as long as an evaluation goes on.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The wiki.
    pub wiki: &'a WikiId,
    /// The account's number, where it has one.
    pub id: Option<i64>,
    /// The name.
    pub name: &'a str,
    /// The address.
    pub ip: Option<IpAddr>,
}

/// What a mark stands for; marks of different kinds are unrelated.
#[derive(Clone, Copy)]
enum Of {
    Person = 1,
    Range = 2,
    Origin = 3,
    Action = 4,
    Revision = 5,
}

impl Marks {
    /// Marks under the installation's keys.
    pub fn new(keyring: &Keyring) -> Self {
        let key = keyring.sealer("brake").mac(&[b"marks"]);
        let half = |from: usize| key.iter().skip(from).take(8).fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        Self { key: (half(0), half(8)) }
    }

    /// Somebody under the key of a week.
    pub fn known(&self, named: &Named<'_>, week: Week) -> Known {
        let weekly = self.of_week(week);
        let person = weekly.person(named.wiki, named.id, named.name);
        let of_ip = |of: fn(&Self, IpAddr) -> Mark| named.ip.map_or(person, |ip| of(&weekly, ip));
        Known { person, range: of_ip(Self::range), origin: of_ip(Self::origin) }
    }

    /// The key of a week, made of the installation's.
    #[must_use]
    pub fn of_week(&self, week: Week) -> Self {
        let half = |number: u64| {
            let mut sip = Sip::new(self.key);
            sip.word(number);
            sip.word(u64::from_le_bytes(week.to_le_bytes()));
            sip.end(16)
        };
        Self { key: (half(1), half(2)) }
    }

    /// An account: by its number, where it has one, else by name.
    pub fn person(&self, wiki: &WikiId, id: Option<i64>, name: &str) -> Mark {
        match id.filter(|id| *id > 0) {
            Some(id) => self.mark(Of::Person, wiki.as_str().as_bytes(), &id.to_le_bytes()),
            None => self.mark(Of::Person, wiki.as_str().as_bytes(), name.as_bytes()),
        }
    }

    /// The range in which people are told apart: /24, /48.
    pub fn range(&self, ip: IpAddr) -> Mark {
        self.net(Of::Range, ip, 24, 48)
    }

    /// The range that counts as one origin: /16, /32.
    pub fn origin(&self, ip: IpAddr) -> Mark {
        self.net(Of::Origin, ip, 16, 32)
    }

    /// An action, by its id: 64 bits, so that hardly two of them ever have the same.
    pub fn action(&self, wiki: &WikiId, action_id: &str) -> u64 {
        self.hash(Of::Action, wiki.as_str().as_bytes(), action_id.as_bytes())
    }

    /// A revision, by its number.
    pub fn revision(&self, wiki: &WikiId, rev_id: i64) -> u64 {
        self.hash(Of::Revision, wiki.as_str().as_bytes(), &rev_id.to_le_bytes())
    }

    fn net(&self, of: Of, ip: IpAddr, v4: u32, v6: u32) -> Mark {
        match ip.to_canonical() {
            IpAddr::V4(ip) => self.mark(of, b"4", &(ip.to_bits() >> (32 - v4)).to_le_bytes()),
            IpAddr::V6(ip) => self.mark(of, b"6", &(ip.to_bits() >> (128 - v6)).to_le_bytes()),
        }
    }

    fn mark(&self, of: Of, place: &[u8], what: &[u8]) -> Mark {
        #[expect(clippy::cast_possible_truncation, reason = "a mark is a part of the hash")]
        Mark(self.hash(of, place, what) as u32)
    }

    fn hash(&self, of: Of, place: &[u8], what: &[u8]) -> u64 {
        let mut sip = Sip::new(self.key);
        let length = u64::try_from(place.len()).unwrap_or(u64::MAX);
        sip.word(length << 8 | of as u64);
        sip.bytes(place);
        sip.bytes(what);
        sip.end(place.len() + what.len())
    }
}

/// The state of `SipHash`-2-4. Parts are padded to words each; their lengths are part of what is hashed.
struct Sip([u64; 4]);

impl Sip {
    fn new((k0, k1): (u64, u64)) -> Self {
        Self([
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        ])
    }

    fn round(&mut self) {
        let Self([a, b, c, d]) = self;
        *a = a.wrapping_add(*b);
        *b = b.rotate_left(13) ^ *a;
        *a = a.rotate_left(32);
        *c = c.wrapping_add(*d);
        *d = d.rotate_left(16) ^ *c;
        *a = a.wrapping_add(*d);
        *d = d.rotate_left(21) ^ *a;
        *c = c.wrapping_add(*b);
        *b = b.rotate_left(17) ^ *c;
        *c = c.rotate_left(32);
    }

    fn word(&mut self, word: u64) {
        self.0[3] ^= word;
        self.round();
        self.round();
        self.0[0] ^= word;
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            self.word(chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        }
    }

    fn end(mut self, length: usize) -> u64 {
        self.word(u64::try_from(length & 0xFF).unwrap_or(0) << 56);
        self.0[2] ^= 0xFF;
        for _ in 0..4 {
            self.round();
        }
        self.0.iter().fold(0, |all, word| all ^ word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_siphash() {
        // The example of its authors' paper: 15 bytes, 0 to 14, under the key 0 to 15. The last word holds 7 bytes.
        let mut sip = Sip::new((0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908));
        sip.word(0x0706_0504_0302_0100);
        let last = 0x000e_0d0c_0b0a_0908_u64 | 15 << 56;
        sip.word(last);
        sip.0[2] ^= 0xFF;
        for _ in 0..4 {
            sip.round();
        }
        assert_eq!(sip.0.iter().fold(0, |all, word| all ^ word), 0xa129_ca61_49be_45e5);
    }

    #[test]
    fn marks_of_another_week_are_others() {
        let marks = Marks::new(&Keyring::new(&[7; 32]));
        let wiki: WikiId = "enwiki".parse().unwrap();
        let named = Named { wiki: &wiki, id: Some(4), name: "Ada", ip: "203.0.113.9".parse().ok() };
        let (one, other) = (marks.known(&named, 2_900), marks.known(&named, 2_901));
        assert_eq!(one, marks.known(&named, 2_900));
        assert!(one.person != other.person && one.range != other.range && one.origin != other.origin);
        let nowhere = marks.known(&Named { ip: None, ..named }, 2_900);
        assert_eq!((nowhere.range, nowhere.origin), (one.person, one.person));
        let hour = |hour: i64| week_of(Timestamp::from_second(hour * 3_600).unwrap());
        assert_eq!((hour(0), hour(167), hour(168)), (0, 0, 1));
    }

    #[test]
    fn marks_tell_apart_what_they_should() {
        let marks = Marks::new(&Keyring::new(&[7; 32]));
        let (en, de): (WikiId, WikiId) = ("enwiki".parse().unwrap(), "dewiki".parse().unwrap());
        assert_eq!(marks.person(&en, Some(4), "Ada"), marks.person(&en, Some(4), "Ada (renamed)"));
        assert_ne!(marks.person(&en, Some(4), "Ada"), marks.person(&de, Some(4), "Ada"));
        assert_ne!(marks.person(&en, None, "Ada"), marks.person(&en, None, "Bob"));
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(marks.range(ip("203.0.113.9")), marks.range(ip("203.0.113.200")));
        assert_ne!(marks.range(ip("203.0.113.9")), marks.range(ip("203.0.114.9")));
        assert_eq!(marks.origin(ip("203.0.113.9")), marks.origin(ip("::ffff:203.0.200.1")));
        assert_eq!(marks.range(ip("2001:db8:1:2::1")), marks.range(ip("2001:db8:1:ffff::1")));
        assert_ne!(marks.range(ip("2001:db8:1::1")), marks.range(ip("2001:db8:2::1")));
        assert_eq!(marks.origin(ip("2001:db8:1::1")), marks.origin(ip("2001:db8:2::1")));
        assert_ne!(marks.person(&en, Some(4), ""), Marks::new(&Keyring::new(&[8; 32])).person(&en, Some(4), ""));
    }
}
