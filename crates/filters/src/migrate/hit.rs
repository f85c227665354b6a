//! What becomes of a row of the log.

use super::problem::Cause;
use super::row::{Blobs, LogRow};
use super::variables::{self, Place, Variables};
use crate::hits::address::{self, Digest};
use crate::hits::dump::{self, Packed};
use crate::hits::visible::{Audience, RevisionState};
use crate::model::{FilterKey, Privacy, Version};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wikiward_farm::clock::micros;
use wikiward_farm::{ActorType, Entropy, Id, Timestamp, WikiId};
use wikiward_store::Sealer;

/// A filter that hits may belong to.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) privacy: Privacy,
    pub(super) group: String,
    pub(super) uses_protected: Vec<String>,
    /// Since when its versions counted, oldest first: 12 bytes for each version of each filter.
    pub(super) versions: Vec<(i64, u32)>,
}

/// A hit, ready to be written.
#[expect(clippy::struct_field_names, reason = "the names of the columns")]
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub(super) hit_id: [u8; 16],
    pub(super) evaluation_id: [u8; 16],
    pub(super) filter: FilterKey,
    pub(super) version: Version,
    pub(super) audience: Audience,
    pub(super) group: String,
    pub(super) at: Timestamp,
    pub(super) action_id: String,
    pub(super) kind: String,
    pub(super) actor_id: Option<i64>,
    pub(super) actor_name: String,
    pub(super) actor_type: ActorType,
    pub(super) target_ns: i64,
    pub(super) target_title: String,
    pub(super) decision: &'static str,
    pub(super) taken: Vec<String>,
    pub(super) dump: Option<Packed>,
    pub(super) ip_sealed: Option<Vec<u8>>,
    pub(super) protected_sealed: Option<Vec<u8>>,
    pub(super) protected_names: Vec<String>,
    pub(super) outcome: &'static str,
    pub(super) rev_id: Option<i64>,
    pub(super) is_hidden: bool,
    pub(super) legacy_id: i64,
    pub(super) addresses: Vec<Digest>,
}

impl Known {
    /// The version that counted at `at`; the first one for hits that are older than the history.
    fn version_at(&self, at: Timestamp) -> Version {
        let after = self.versions.partition_point(|(since, _)| *since <= micros(at));
        let counted = after.checked_sub(1).and_then(|place| self.versions.get(place));
        Version(counted.or(self.versions.first()).map_or(1, |(_, number)| *number))
    }
}

/// What seals, and for which wiki.
pub(super) struct Maker<'m> {
    pub(super) wiki: &'m WikiId,
    pub(super) sealer: &'m Sealer,
    pub(super) entropy: &'m dyn Entropy,
    /// Whether a variable is protected.
    pub(super) is_protected: &'m (dyn Fn(&str) -> bool + Send + Sync),
}

impl Maker<'_> {
    /// The hit of a row; and why it is without variables, if it is.
    pub(super) fn hit(&self, row: &LogRow, filter: FilterKey, known: &Known, texts: &Blobs) -> (Hit, Option<Cause>) {
        let (found, beside) = variables::place(&row.dump);
        let read = match found {
            Place::Here(variables) => Ok(variables),
            Place::Nowhere(cause) => Err(cause),
            Place::Text(number) => match texts.get(&number) {
                Some((text, flags)) => variables::read(text, flags),
                None => Err(Cause::DumpMissing),
            },
        };
        let ip = address(&row.ip);
        let hit_id = self.hit_id(row);
        let (variables, problem) = match read {
            Ok(variables) => (Some(variables), None),
            Err(cause) => (None, Some(cause)),
        };
        let (variables, protected) = self.apart(variables, beside, ip, known);
        let names: Vec<&str> = protected.keys().map(String::as_str).collect();
        let actor_type = actor_type(row);
        let own_ip = row.by.name.parse::<IpAddr>().ok().filter(|_| actor_type == ActorType::Ip);
        let seal = |plain: &[u8]| self.sealer.seal(plain, &hit_id, self.entropy);
        let addresses = ip.or(own_ip).into_iter().flat_map(address::ranges);
        let decision = decision(&row.taken);
        let hit = Hit {
            evaluation_id: self.evaluation_id(row),
            version: known.version_at(row.at),
            audience: Audience::of(Some(known.privacy), row.is_hidden, RevisionState::Normal),
            group: known.group.clone(),
            at: row.at,
            action_id: action_id(row),
            kind: row.action.clone(),
            actor_id: (row.by.number > 0).then_some(row.by.number),
            actor_name: row.by.name.clone(),
            actor_type,
            target_ns: row.namespace,
            // There it is written as in links.
            target_title: row.title.replace('_', " "),
            decision,
            taken: row.taken.clone(),
            dump: variables.map(|variables| dump::pack(&variables, &names, ip.or(own_ip))),
            ip_sealed: ip.map(|ip| seal(ip.to_string().as_bytes())),
            protected_sealed: (!protected.is_empty())
                .then(|| seal(&serde_json::to_vec(&protected).unwrap_or_default())),
            protected_names: names.iter().map(|name| (*name).to_owned()).collect(),
            outcome: match (row.rev_id, decision) {
                (Some(_), _) => "saved",
                (None, "allow") => "unknown",
                (None, _) => "refused",
            },
            rev_id: row.rev_id,
            is_hidden: row.is_hidden,
            legacy_id: row.id,
            addresses: addresses.map(|range| range.digest(self.wiki, self.sealer)).collect(),
            filter,
            hit_id,
        };
        (hit, problem)
    }

    /// Takes protected variables out; keeps those that the filter reads, with their values. In the dump there may only be a
    /// mark that a value was there: then it stands with the address, or is the address of the request.
    fn apart(
        &self,
        variables: Option<Variables>,
        beside: Variables,
        ip: Option<IpAddr>,
        known: &Known,
    ) -> (Option<Variables>, BTreeMap<String, Value>) {
        let mut protected = BTreeMap::new();
        let variables = variables.map(|variables| {
            let (private, public): (Variables, Variables) =
                variables.into_iter().partition(|(name, _)| (self.is_protected)(name));
            for (name, value) in private {
                match (value, ip) {
                    (Value::Bool(true), Some(ip)) if name == "user_unnamed_ip" => {
                        protected.insert(name, Value::from(ip.to_string()));
                    }
                    (Value::Bool(_) | Value::Null, _) => {}
                    (value, _) => {
                        protected.insert(name, value);
                    }
                }
            }
            public
        });
        protected.extend(beside.into_iter().filter(|(_, value)| !value.is_boolean() && !value.is_null()));
        protected.retain(|name, _| known.uses_protected.contains(name));
        (variables, protected)
    }

    /// An id that is the same whenever the row is brought over, and sorts as the rows do.
    fn hit_id(&self, row: &LogRow) -> [u8; 16] {
        let digest = Sha256::digest(format!("{}\nabuse_filter_log", self.wiki).as_bytes());
        let mut bytes = Id::from_bytes([0; 16]).to_bytes();
        bytes[..6].copy_from_slice(&millis(row.at));
        bytes[6..12].copy_from_slice(&row.id.to_be_bytes()[2..]);
        bytes[12..].copy_from_slice(&digest[..4]);
        bytes
    }

    /// The same for rows of the same action: they share their dump.
    fn evaluation_id(&self, row: &LogRow) -> [u8; 16] {
        let digest = Sha256::digest(format!("{}\n{}\n{}", self.wiki, micros(row.at), action_id(row)).as_bytes());
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&millis(row.at));
        bytes[6..].copy_from_slice(&digest[..10]);
        bytes
    }
}

fn millis(at: Timestamp) -> [u8; 6] {
    let mut bytes = [0; 6];
    bytes.copy_from_slice(&at.as_millisecond().max(0).to_be_bytes()[2..]);
    bytes
}

/// AbuseFilter has no name for an action; the place of its variables is the nearest.
fn action_id(row: &LogRow) -> String {
    match variables::place(&row.dump).0 {
        Place::Text(number) => format!("abusefilter:text:{number}"),
        Place::Here(_) | Place::Nowhere(_) => format!("abusefilter:log:{}", row.id),
    }
}

/// An address as it is written there: in words, or hexadecimal, `v6-…` for IPv6.
fn address(text: &str) -> Option<IpAddr> {
    if let Some(digits) = text.strip_prefix("v6-") {
        return (digits.len() == 32)
            .then(|| u128::from_str_radix(digits, 16).ok().map(Ipv6Addr::from_bits))?
            .map(IpAddr::V6);
    }
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return u32::from_str_radix(text, 16).ok().map(Ipv4Addr::from_bits).map(IpAddr::V4);
    }
    text.parse().ok()
}

fn actor_type(row: &LogRow) -> ActorType {
    let name = row.by.name.as_str();
    match row.by.number {
        0 if name.parse::<IpAddr>().is_ok() => ActorType::Ip,
        0 if name.contains('>') => ActorType::External,
        // An account that was asked for, and not made.
        0 => ActorType::Unknown,
        _ if name.starts_with('~') => ActorType::Temp,
        _ => ActorType::Named,
    }
}

/// What the consequences of one filter alone make of an action.
fn decision(taken: &[String]) -> &'static str {
    let has = |names: &[&str]| taken.iter().any(|name| names.contains(&name.as_str()));
    if has(&["disallow", "block", "rangeblock", "degroup", "blockautopromote"]) {
        "refuse"
    } else if has(&["showcaptcha"]) {
        "challenge"
    } else if has(&["warn"]) {
        "warn"
    } else {
        "allow"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_in_every_form() {
        assert_eq!(address("192.0.2.7"), Some("192.0.2.7".parse().unwrap()));
        assert_eq!(address("C0000207"), Some("192.0.2.7".parse().unwrap()));
        assert_eq!(address("v6-20010DB8000000000000000000000009"), Some("2001:db8::9".parse().unwrap()));
        for none in ["", "v6-1", "somebody", "C000020"] {
            assert_eq!(address(none), None, "{none}");
        }
    }

    #[test]
    fn a_hit_belongs_to_the_version_that_counted_then() {
        let at = |micros| wikiward_farm::clock::from_micros(micros);
        let known = Known {
            privacy: Privacy::default(),
            group: String::new(),
            uses_protected: Vec::new(),
            versions: vec![(10, 1), (20, 2), (20, 3), (30, 4)],
        };
        let version = |micros| known.version_at(at(micros)).0;
        assert_eq!([5, 10, 19, 20, 29, 30, 99].map(version), [1, 1, 1, 3, 3, 4, 4]);
    }

    #[test]
    fn the_hardest_consequence_decides() {
        let of = |names: &[&str]| decision(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&[]), "allow");
        assert_eq!(of(&["tag"]), "allow");
        assert_eq!(of(&["warn", "tag"]), "warn");
        assert_eq!(of(&["showcaptcha", "warn"]), "challenge");
        assert_eq!(of(&["warn", "block"]), "refuse");
    }
}
