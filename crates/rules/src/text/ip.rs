//! Addresses and ranges: `ip_in_range`, `ip_in_ranges`.
//!
//! Rule: language specification §11, "IP functions".

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IP address, as a rule or a variable writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address(IpAddr);

impl Address {
    /// Reads an address: a dotted quad, whose parts may have leading zeros (up to three digits), or an IPv6 address
    /// without dots and zone. One final newline is allowed. `None` if it is anything else, such as a user's name.
    pub fn parse(text: &[u8]) -> Option<Self> {
        Self::parse_exactly(without_newline(text))
    }

    fn parse_exactly(text: &[u8]) -> Option<Self> {
        if text.contains(&b':') {
            // The standard library also reads embedded IPv4.
            let text = std::str::from_utf8(text).ok().filter(|text| !text.contains('.'))?;
            return text.parse::<Ipv6Addr>().ok().map(|address| Self(address.into()));
        }
        let mut parts = text.split(|byte| *byte == b'.').map(part);
        let octets = [parts.next()??, parts.next()??, parts.next()??, parts.next()??];
        parts.next().is_none().then_some(Self(Ipv4Addr::from(octets).into()))
    }

    fn family(self) -> Family {
        if self.0.is_ipv4() { Family::V4 } else { Family::V6 }
    }

    fn number(self) -> u128 {
        match self.0 {
            IpAddr::V4(address) => address.to_bits().into(),
            IpAddr::V6(address) => address.to_bits(),
        }
    }
}

fn without_newline(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\n").unwrap_or(text)
}

/// One part of a dotted quad.
fn part(digits: &[u8]) -> Option<u8> {
    if digits.is_empty() || digits.len() > 3 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0_u16, |value, digit| value * 10 + u16::from(digit - b'0'));
    u8::try_from(value).ok()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

impl Family {
    fn bits(self) -> u32 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }
}

/// A range of addresses of one family, bounds included; it may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpRange(Option<Bounds>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bounds {
    family: Family,
    first: u128,
    last: u128,
}

impl IpRange {
    /// Reads `address/bits`, `address-address` (with at most one space on each side of the hyphen) or one address.
    /// One final newline is allowed. `None` if it is anything else.
    ///
    /// Bits of the address behind the prefix are ignored. A range whose ends are the wrong way round is empty; so is, as
    /// in the peer, a prefix of an IPv4 address with leading zeros.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = without_newline(text);
        if let Some((base, bits)) = split_once(text, b'/') {
            return Self::prefix(base, bits);
        }
        if let Some((first, last)) = split_once(text, b'-') {
            let first = Address::parse_exactly(first.strip_suffix(b" ").unwrap_or(first))?;
            let last = Address::parse_exactly(last.strip_prefix(b" ").unwrap_or(last))?;
            return (first.family() == last.family()).then(|| Self::between(first, last));
        }
        let only = Address::parse_exactly(text)?;
        Some(Self::between(only, only))
    }

    fn prefix(base: &[u8], bits: &[u8]) -> Option<Self> {
        let address = Address::parse_exactly(base)?;
        let family = address.family();
        let is_number = bits.len() <= 3 && bits.iter().all(u8::is_ascii_digit);
        if !is_number || (bits.len() > 1 && bits.first() == Some(&b'0')) {
            return None;
        }
        let length: u32 = std::str::from_utf8(bits).ok()?.parse().ok()?;
        let host_bits = family.bits().checked_sub(length)?;
        if family == Family::V4 && has_leading_zero(base) {
            return Some(Self(None));
        }
        let hosts = 1_u128.checked_shl(host_bits).map_or(u128::MAX, |size| size - 1);
        let first = address.number() & !hosts;
        Some(Self(Some(Bounds { family, first, last: first | hosts })))
    }

    fn between(first: Address, last: Address) -> Self {
        let bounds = Bounds { family: first.family(), first: first.number(), last: last.number() };
        Self((bounds.first <= bounds.last).then_some(bounds))
    }

    /// Whether the address lies in the range. Never across families.
    pub fn contains(&self, address: &Address) -> bool {
        self.0.is_some_and(|bounds| {
            bounds.family == address.family() && (bounds.first..=bounds.last).contains(&address.number())
        })
    }

    /// Whether no address lies in the range.
    ///
    /// The peer takes whatever is *not* an address to be in such a range.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

fn has_leading_zero(quad: &[u8]) -> bool {
    quad.split(|byte| *byte == b'.').any(|part| part.len() > 1 && part.first() == Some(&b'0'))
}

fn split_once(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = text.iter().position(|byte| *byte == at)?;
    Some((text.get(..place)?, text.get(place + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_dotted_quads_or_ipv6() {
        let good = [
            "1.2.3.4",
            "001.02.3.255",
            "0.0.0.0",
            "1.2.3.4\n",
            "::",
            "::1",
            "1::",
            "2001:DB8::1",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "1:2::4:5:6:7:8",
            "0001::1",
        ];
        for text in good {
            assert!(Address::parse(text.as_bytes()).is_some(), "{text:?}");
        }
        let bad = [
            "",
            "foo",
            "1.2.3",
            "1.2.3.4.5",
            "256.1.1.1",
            "0001.2.3.4",
            "1.2.3.",
            " 1.2.3.4",
            "1.2.3.4/24",
            "1.2.3.4\n\n",
            "1.2.3.+4",
            ":",
            ":::",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1::2::3",
            "1:2::3:4:5:6:7:8",
            "::ffff:1.2.3.4",
            "::1%eth0",
            "00001::",
            "::g",
            "１.2.3.4",
        ];
        for text in bad {
            assert_eq!(Address::parse(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn ranges_include_their_bounds() {
        // address, range, whether inside
        let cases = [
            ("1.2.3.4", "1.2.3.4", true),
            ("1.2.3.4", "1.2.3.5", false),
            ("1.2.3.4", "1.2.3.77/24", true),
            ("1.2.4.4", "1.2.3.0/24", false),
            ("255.255.255.255", "0.0.0.0/0", true),
            ("200.2.3.4", "128.0.0.0/1", true),
            ("1.2.3.4", "1.2.3.4/32", true),
            ("1.2.3.9", "1.2.3.0 - 1.2.3.9", true),
            ("1.2.3.0", "1.2.3.0- 1.2.3.9", true),
            ("1.2.3.4", "1.2.3.9-1.2.3.0", false),
            ("1.2.3.4", "01.2.3.4", true),
            ("1.2.3.4", "01.2.3.0-1.2.3.9", true),
            ("1.2.3.4", "01.2.3.0/24", false),
            ("1.2.3.4", "1.2.3.4/24\n", true),
            ("2001:db8::1", "2001:db8::/32", true),
            ("2001:db9::1", "2001:db8::/32", false),
            ("2001:db8::1", "2001:db8::0-2001:db8::f", true),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:9/127", true),
            ("::1", "::/0", true),
            ("::1", "::/128", false),
            ("1.2.3.4", "::/0", false),
            ("::102:304", "1.2.3.0/24", false),
        ];
        for (address, range, expected) in cases {
            let address = Address::parse(address.as_bytes()).unwrap();
            let parsed = IpRange::parse(range.as_bytes()).unwrap();
            assert_eq!(parsed.contains(&address), expected, "{range}");
        }
    }

    #[test]
    fn malformed_ranges_are_refused() {
        let cases = [
            "",
            "foo",
            "1.2.3",
            "1.2.3/24",
            "1.2.3.0/",
            "1.2.3.0/33",
            "1.2.3.0/-1",
            "1.2.3.0/024",
            "1.2.3.0/00",
            "1.2.3.0/+8",
            "1.2.3.0/8/8",
            "256.0.0.0/8",
            "1.2.3.0  - 1.2.3.9",
            "1.2.3.4\n-1.2.3.9",
            "1.2.3.0-::1",
            "1.2.3.4\n1.2.3.5\n",
            " 1.2.3.4",
            "::/129",
            "::/",
            "2001:db8::g/32",
            "1.2.3.4-1.2.3.5-1.2.3.6",
        ];
        for text in cases {
            assert_eq!(IpRange::parse(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn some_ranges_are_empty() {
        for text in ["1.2.3.9-1.2.3.0", "01.2.3.0/24", "::2-::1"] {
            assert!(IpRange::parse(text.as_bytes()).unwrap().is_empty(), "{text}");
        }
        assert!(!IpRange::parse(b"::/0").unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn an_address_is_in_all_its_prefixes(bits: u128, v4: u32, length in 0_u32..=128) {
            let six = Ipv6Addr::from_bits(bits);
            let six_range = format!("{six}/{length}");
            // An embedded IPv4 address is not part of the language.
            prop_assume!(!six_range.contains('.'));
            let address = Address::parse(six.to_string().as_bytes()).unwrap();
            prop_assert!(IpRange::parse(six_range.as_bytes()).unwrap().contains(&address));
            let four = Ipv4Addr::from_bits(v4);
            let address = Address::parse(four.to_string().as_bytes()).unwrap();
            let range = IpRange::parse(format!("{four}/{}", length / 4).as_bytes()).unwrap();
            prop_assert!(range.contains(&address));
        }

        #[test]
        fn any_bytes_are_a_range_or_not(text in r"[0-9a-f:./ \n-]{0,20}") {
            let range = IpRange::parse(text.as_bytes());
            if let Some(address) = Address::parse(text.as_bytes()) {
                prop_assert!(range.unwrap().contains(&address));
            }
        }
    }
}
