//! Finding hits by address without keeping addresses: keyed digests of an address and of the ranges around it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use wikiward_farm::WikiId;
use wikiward_store::Sealer;

/// Lengths of prefixes that IPv4 addresses can be searched by.
pub const V4_PREFIXES: [u8; 3] = [32, 24, 16];

/// Lengths of prefixes that IPv6 addresses can be searched by: an address, a household, a site, a provider.
pub const V6_PREFIXES: [u8; 4] = [128, 64, 48, 32];

/// An address, or a range of them that can be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRange {
    first: IpAddr,
    prefix: u8,
}

/// A text is no address and no range that can be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address or a range that can be searched: an address, IPv4 /24 or /16, IPv6 /64, /48 or /32 are wanted")]
pub struct BadRange;

/// The digest under which a hit is found. Half a SHA-256 does: it is keyed, and nobody gains from a collision.
pub type Digest = [u8; 16];

impl AddressRange {
    /// The range around `address` with this prefix; `prefix` is at most the address's length.
    fn around(address: IpAddr, prefix: u8) -> Self {
        let first = match address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32_u32.saturating_sub(prefix.into())).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128_u32.saturating_sub(prefix.into())).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
        };
        Self { first, prefix }
    }

    /// The address, if it is a single one.
    pub fn single(self) -> Option<IpAddr> {
        let length = if self.first.is_ipv4() { 32 } else { 128 };
        (self.prefix == length).then_some(self.first)
    }

    /// The digest for hits of `wiki`.
    pub fn digest(self, wiki: &WikiId, sealer: &Sealer) -> Digest {
        let bytes = match self.first {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        let mac = sealer.mac(&[b"address", wiki.as_str().as_bytes(), &[self.prefix], &bytes]);
        let mut digest = Digest::default();
        digest.copy_from_slice(&mac[..16]);
        digest
    }
}

/// Every range that `address` is found by.
pub fn ranges(address: IpAddr) -> impl Iterator<Item = AddressRange> {
    // An IPv4 address in IPv6 clothes is the same person.
    let address = address.to_canonical();
    let prefixes: &[u8] = if address.is_ipv4() { &V4_PREFIXES } else { &V6_PREFIXES };
    prefixes.iter().map(move |prefix| AddressRange::around(address, *prefix))
}

impl FromStr for AddressRange {
    type Err = BadRange;

    fn from_str(text: &str) -> Result<Self, BadRange> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().map_err(|_| BadRange)?)),
            None => (text, None),
        };
        let address = address.parse::<IpAddr>().map_err(|_| BadRange)?.to_canonical();
        let prefixes: &[u8] = if address.is_ipv4() { &V4_PREFIXES } else { &V6_PREFIXES };
        let prefix = prefix.or(prefixes.first().copied()).filter(|prefix| prefixes.contains(prefix)).ok_or(BadRange)?;
        Ok(Self::around(address, prefix))
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.single() {
            Some(address) => fmt::Display::fmt(&address, f),
            None => write!(f, "{}/{}", self.first, self.prefix),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wikiward_store::Keyring;

    fn digests(address: &str) -> Vec<Digest> {
        let sealer = Keyring::new(&[1; 32]).sealer("hits");
        ranges(address.parse().unwrap()).map(|range| range.digest(&"enwiki".parse().unwrap(), &sealer)).collect()
    }

    fn is_found(address: &str, asked: &str) -> bool {
        let sealer = Keyring::new(&[1; 32]).sealer("hits");
        let asked: AddressRange = asked.parse().unwrap();
        digests(address).contains(&asked.digest(&"enwiki".parse().unwrap(), &sealer))
    }

    #[test]
    fn an_address_is_found_by_itself_and_the_ranges_around_it() {
        for asked in ["203.0.113.9", "203.0.113.0/24", "203.0.113.77/24", "203.0.0.0/16", "::ffff:203.0.113.9"] {
            assert!(is_found("203.0.113.9", asked), "{asked}");
        }
        for asked in ["203.0.113.8", "203.0.112.0/24", "203.1.0.0/16"] {
            assert!(!is_found("203.0.113.9", asked), "{asked}");
        }
        for asked in ["2001:db8:1:2::9", "2001:db8:1:2::/64", "2001:db8:1::/48", "2001:db8::/32"] {
            assert!(is_found("2001:db8:1:2::9", asked), "{asked}");
        }
        assert!(!is_found("2001:db8:1:2::9", "2001:db8:1:3::/64"));
    }

    #[test]
    fn what_cannot_be_searched_is_refused() {
        for bad in
            ["", "x", "203.0.113.9/33", "203.0.113.9/20", "203.0.113.9/", "2001:db8::/19", "203.0.113.9/-1", "1.2.3"]
        {
            assert_eq!(bad.parse::<AddressRange>(), Err(BadRange), "{bad}");
        }
        assert_eq!("203.0.113.77/24".parse::<AddressRange>().unwrap().to_string(), "203.0.113.0/24");
    }
}
