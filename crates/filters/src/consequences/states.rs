//! Counters of `throttle` and states of `warn`: their names, and what a match makes of them.

use super::Case;
use crate::hits::record::CounterChange;
use crate::model::Consequence;
use crate::save::throttle::{Identifier, Throttle};
use crate::snapshot::LiveFilter;
use std::net::IpAddr;
use wikiward_farm::{ActorType, Timestamp};
use wikiward_store::Sealer;

/// Seconds for which a warning counts as shown, where there is a session.
pub const WARNED_FOR_S: i64 = 24 * 60 * 60;

/// The same where there is none and only the actor or the address is known.
pub const WARNED_WITHOUT_SESSION_S: i64 = 10 * 60;

/// Counters and warnings as they stand.
pub trait States {
    /// Matches counted in the window that runs at `now`, and when it ends; none if no window runs.
    fn counted(&self, digest: &[u8; 32], now: Timestamp) -> Option<(u64, Timestamp)>;

    /// Whether the warning was shown and still counts at `now`.
    fn is_warned(&self, digest: &[u8; 32], now: Timestamp) -> bool;
}

/// What a filter's throttle says of a match.
#[derive(Debug)]
pub(super) struct Throttled {
    /// Whether a counter would go over the limit.
    pub(super) is_over: bool,
    /// The counters, each with this match counted.
    pub(super) counted: Vec<CounterChange>,
}

/// Asks the counters of `filter`. A throttle that cannot be read is never over its limit: its filter then does nothing,
/// rather than everything.
pub(super) fn throttle(filter: &LiveFilter, case: &Case<'_>, states: &dyn States, sealer: &Sealer) -> Throttled {
    let params = filter.actions.parameters(Consequence::Throttle).unwrap_or_default();
    let Ok(throttle) = Throttle::parse(params) else {
        return Throttled { is_over: false, counted: Vec::new() };
    };
    let mut is_over = false;
    let counted = throttle.groups.iter().map(|group| {
        let digest = counter(filter, case, params, group, sealer);
        let (before, ends_at) = states
            .counted(&digest, case.now)
            .unwrap_or_else(|| (0, later(case.now, i64::try_from(throttle.period_s).unwrap_or(i64::MAX))));
        let hits = before.saturating_add(1);
        is_over |= hits > throttle.count;
        CounterChange::Throttle { digest, hits, ends_at }
    });
    let counted = counted.collect();
    Throttled { is_over, counted }
}

/// The name of one counter: what is counted, for whom.
fn counter(filter: &LiveFilter, case: &Case<'_>, params: &[String], group: &[Identifier], sealer: &Sealer) -> [u8; 32] {
    let is_shared = filter.key.wiki.is_farm() && !case.settings.is_central;
    let place = if is_shared { "*" } else { case.wiki.as_str() };
    // By the parameters of this filter; AbuseFilter goes by the id that stands in them, which an imported filter may
    // share with another.
    let owner = if case.settings.throttle_compat {
        params.first().cloned().unwrap_or_default()
    } else {
        format!("{}:{}\n{}", filter.key.wiki, filter.key.number, params.join("\n"))
    };
    let mut parts = vec![b"throttle".to_vec(), place.into(), owner.into_bytes()];
    for identifier in group {
        parts.push(identifier.name().into());
        parts.push(value(*identifier, case).into_bytes());
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    sealer.mac(&parts)
}

#[expect(clippy::match_same_arms, reason = "one arm for each identifier, as the book has them")]
fn value(identifier: Identifier, case: &Case<'_>) -> String {
    let address = || case.ip.map_or_else(|| case.actor_name.to_owned(), |ip| ip.to_string());
    let is_registered = matches!(case.actor_type, ActorType::Named | ActorType::Temp);
    match identifier {
        Identifier::Ip => address(),
        Identifier::User if is_registered => {
            case.actor_id.map_or_else(|| case.actor_name.to_owned(), |id| id.to_string())
        }
        // AbuseFilter gives everybody who is not registered one counter.
        Identifier::User if case.settings.throttle_compat => "0".to_owned(),
        Identifier::User => address(),
        Identifier::Range => case.ip.map_or_else(address, |ip| range(ip, 16, 64)),
        Identifier::CreationDate => creation_date(case),
        Identifier::EditCount => case.edit_count.map_or_else(String::new, |count| count.to_string()),
        Identifier::Site => "1".to_owned(),
        Identifier::Page => format!("{}:{}", case.target_ns, case.target_title),
    }
}

/// The day of registration, UTC. AbuseFilter takes fourteen digits for a number of seconds and rounds that to what would
/// be a day.
fn creation_date(case: &Case<'_>) -> String {
    let Some(age_s) = case.age_s else { return String::new() };
    let registered = later(case.now, age_s.saturating_neg());
    if case.settings.throttle_compat {
        let digits = jiff::fmt::strtime::format("%Y%m%d%H%M%S", registered).unwrap_or_default();
        let number: i64 = digits.parse().unwrap_or_default();
        (number - number % 86_400).to_string()
    } else {
        registered.as_second().div_euclid(86_400).to_string()
    }
}

/// The range of an address with prefixes of these lengths: `203.0.0.0/16`.
pub fn range(ip: IpAddr, v4: u8, v6: u8) -> String {
    match ip {
        IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(v4.min(32))).unwrap_or(0);
            format!("{}/{v4}", std::net::Ipv4Addr::from(u32::from(ip) & mask))
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(v6.min(128))).unwrap_or(0);
            format!("{}/{v6}", std::net::Ipv6Addr::from(u128::from(ip) & mask))
        }
    }
}

/// The name of the state "this person was warned by this filter about this", and for how many seconds it lasts.
pub(super) fn warning(filter: &LiveFilter, case: &Case<'_>, sealer: &Sealer) -> ([u8; 32], i64) {
    let (kind_of_person, person, lasts_s) = match case.session_key {
        Some(session) => ("session", session.to_owned(), WARNED_FOR_S),
        None if case.actor_id.is_some() => ("actor", case.actor_name.to_owned(), WARNED_WITHOUT_SESSION_S),
        None => {
            let address = case.ip.map_or_else(|| case.actor_name.to_owned(), |ip| ip.to_string());
            ("address", address, WARNED_WITHOUT_SESSION_S)
        }
    };
    let target = format!("{}:{}", case.target_ns, case.target_title);
    let parts = ["warn", kind_of_person, &person, case.wiki.as_str(), &filter.gid, case.kind, &target];
    (sealer.mac(&parts.map(str::as_bytes)), lasts_s)
}

/// `now` and some seconds; the end of time if that is beyond it.
pub(super) fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}
