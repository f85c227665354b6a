//! Where a request came from, when proxies stand in between.
//!
//! Each proxy adds the address that it heard from to the end of `X-Forwarded-For`. Anybody can send such a header, so it is
//! read from its end, and only as far as those who wrote it are trusted.

use axum::http::HeaderMap;
use serde::{Deserialize, Serialize, Serializer};
use std::net::IpAddr;
use std::str::FromStr;

/// The header that is read.
const HEADER: &str = "x-forwarded-for";

/// Addresses that begin alike: `10.0.0.0/8`, `2001:db8::/32`, or a single one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// A text is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no network: `10.0.0.0/8`, `2001:db8::/32` or an address are")]
pub struct BadNetwork(String);

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| BadNetwork(text.to_owned()))?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok().filter(|bits| *bits <= most));
        Ok(Self { address, bits: bits.ok_or_else(|| BadNetwork(text.to_owned()))? })
    }
}

impl TryFrom<String> for Network {
    type Error = BadNetwork;

    fn try_from(text: String) -> Result<Self, BadNetwork> {
        text.parse()
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}/{}", self.address, self.bits))
    }
}

impl Network {
    fn contains(self, other: IpAddr) -> bool {
        let shared = match (self.address, other) {
            (IpAddr::V4(own), IpAddr::V4(other)) => (own.to_bits() ^ other.to_bits()).leading_zeros(),
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits() ^ other.to_bits()).leading_zeros(),
            _ => return false,
        };
        shared >= u32::from(self.bits)
    }
}

/// The address that a request comes from: `peer`, or what trusted proxies say of who stands before them. A local socket has
/// no address; who may write to it is trusted if any proxy is.
pub(super) fn origin(peer: Option<IpAddr>, trusted: &[Network], headers: &HeaderMap) -> Option<IpAddr> {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if trusted.is_empty() || peer.is_some_and(|peer| !is_trusted(peer)) {
        return peer;
    }
    let mut heard = peer;
    let values: Vec<&str> = headers.get_all(HEADER).iter().filter_map(|value| value.to_str().ok()).collect();
    for word in values.iter().rev().flat_map(|value| value.rsplit(',')) {
        // What is no address ends what can be relied on.
        let Ok(address) = word.trim().parse::<IpAddr>() else { return heard };
        let address = address.to_canonical();
        heard = Some(address);
        if !is_trusted(address) {
            return heard;
        }
    }
    heard
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(peer: Option<&str>, header: &[&str], expected: Option<&str>) {
        let trusted: Vec<Network> =
            ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"].iter().map(|text| text.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for value in header {
            headers.append(HEADER, value.parse().unwrap());
        }
        let address = |text: &str| text.parse().unwrap();
        assert_eq!(origin(peer.map(address), &trusted, &headers), expected.map(address), "{peer:?} {header:?}");
    }

    #[test]
    fn a_header_counts_as_far_as_its_writers_are_trusted() {
        check(Some("203.0.113.9"), &["198.51.100.1"], Some("203.0.113.9"));
        check(Some("10.1.2.3"), &[], Some("10.1.2.3"));
        check(Some("10.1.2.3"), &["198.51.100.1"], Some("198.51.100.1"));
        check(Some("10.1.2.3"), &["1.1.1.1, 198.51.100.1, 192.0.2.7"], Some("198.51.100.1"));
        check(Some("10.1.2.3"), &["1.1.1.1", "198.51.100.1", "10.9.9.9"], Some("198.51.100.1"));
        check(Some("2001:db8::1"), &["2001:db9::1"], Some("2001:db9::1"));
        check(Some("10.1.2.3"), &["198.51.100.1, unknown, 10.0.0.1"], Some("10.0.0.1"));
        check(Some("10.1.2.3"), &["::ffff:198.51.100.1"], Some("198.51.100.1"));
        check(None, &["198.51.100.1"], Some("198.51.100.1"));
    }

    #[test]
    fn without_trusted_proxies_the_peer_counts() {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, "198.51.100.1".parse().unwrap());
        assert_eq!(origin(None, &[], &headers), None);
        assert_eq!(origin("10.0.0.1".parse().ok(), &[], &headers), "10.0.0.1".parse().ok());
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for bad in ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x", "localhost", "10.0.0.0/-1"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
        assert!("0.0.0.0/0".parse::<Network>().unwrap().contains("203.0.113.9".parse().unwrap()));
    }
}
