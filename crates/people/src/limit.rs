//! How often signing in may be tried: per name and per address, in memory.
//!
//! Each try is paid for before the password is looked at; a right one is paid back. A name or address that has paid all it
//! has waits until it has something again. The state is lost at a restart, which costs an attacker nothing and us little:
//! the passwords behind it are long.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use wikiward_farm::allowance::{Allowance, Paid};
use wikiward_farm::{Coded, Timestamp};

/// Tries per name that may be made at once, and seconds until another one may.
pub const PER_NAME: Allowance = Allowance { burst: 10, every_s: 60 };

/// Tries per address (IPv6: per /64) that may be made at once, and seconds until another one may.
pub const PER_ADDRESS: Allowance = Allowance { burst: 50, every_s: 10 };

/// Signing in was tried too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("signing in was tried too often. Try again in {retry_after_s} seconds")]
pub struct TooOften {
    /// Seconds until it may be tried again.
    pub retry_after_s: u32,
}

impl Coded for TooOften {
    fn code(&self) -> &'static str {
        "rate_limited"
    }
}

/// What was paid by whom.
#[derive(Debug, Default)]
pub(crate) struct SignInLimits {
    names: Mutex<Paid<String>>,
    addresses: Mutex<Paid<IpAddr>>,
}

impl SignInLimits {
    /// Pays for a try, or says how long to wait. Neither pays if one cannot.
    pub(crate) fn pay(&self, name: Option<&str>, address: Option<IpAddr>, now: Timestamp) -> Result<(), TooOften> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let (name, address) = (name.map(str::to_owned), address.map(network));
        let by_name = name.as_ref().map_or(0, |name| names.wait_s(name, PER_NAME, now));
        let by_address = address.as_ref().map_or(0, |address| addresses.wait_s(address, PER_ADDRESS, now));
        let retry_after_s = by_name.max(by_address);
        if retry_after_s > 0 {
            return Err(TooOften { retry_after_s });
        }
        if let Some(name) = name {
            names.pay(name, PER_NAME, now);
        }
        if let Some(address) = address {
            addresses.pay(address, PER_ADDRESS, now);
        }
        Ok(())
    }

    /// Pays back a try that was right.
    pub(crate) fn pay_back(&self, name: &str, address: Option<IpAddr>) {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).pay_back(&name.to_owned(), PER_NAME);
        if let Some(address) = address.map(network) {
            self.addresses.lock().unwrap_or_else(PoisonError::into_inner).pay_back(&address, PER_ADDRESS);
        }
    }
}

/// The address, or for IPv6 its /64: who has one address there has all of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) & !u128::from(u64::MAX)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_name_has_a_burst_and_then_one_try_a_minute() {
        let limits = SignInLimits::default();
        for _ in 0..PER_NAME.burst {
            assert_eq!(limits.pay(Some("ada"), None, at(1000)), Ok(()));
        }
        assert_eq!(limits.pay(Some("ada"), None, at(1000)), Err(TooOften { retry_after_s: 60 }));
        assert_eq!(limits.pay(Some("ada"), None, at(1059)), Err(TooOften { retry_after_s: 1 }));
        assert_eq!(limits.pay(Some("bob"), None, at(1059)), Ok(()));
        assert_eq!(limits.pay(Some("ada"), None, at(1060)), Ok(()));
        limits.pay_back("ada", None);
        assert_eq!(limits.pay(Some("ada"), None, at(1060)), Ok(()));
        assert_eq!(limits.pay(Some("ada"), None, at(1060)), Err(TooOften { retry_after_s: 60 }));
    }

    #[test]
    fn an_address_pays_for_all_the_names_it_tries() {
        let limits = SignInLimits::default();
        let address = |last: u16| Some(IpAddr::V6([0x2001, 0xdb8, 0, 0, 0, 0, 0, last].into()));
        for number in 0..u16::try_from(PER_ADDRESS.burst).unwrap() {
            assert_eq!(limits.pay(Some(&format!("name {number}")), address(number), at(0)), Ok(()));
        }
        assert_eq!(limits.pay(Some("another"), address(9999), at(0)), Err(TooOften { retry_after_s: 10 }));
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(network(mapped), "192.0.2.1".parse::<IpAddr>().unwrap());
    }

    proptest::proptest! {
        #[test]
        fn never_more_than_burst_and_rate_allow(waits in proptest::collection::vec(0_i64..90, 1..200)) {
            let (limits, mut now, mut done) = (SignInLimits::default(), 0_i64, 0_i64);
            for wait in waits {
                now += wait;
                if limits.pay(Some("ada"), None, at(now)).is_ok() {
                    done += 1;
                }
            }
            proptest::prop_assert!(done <= i64::from(PER_NAME.burst) + now / i64::from(PER_NAME.every_s) + 1);
        }
    }
}
