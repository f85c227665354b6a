//! Messages that acting people get: keys, parameters and reference codes.

use crate::model::{Consequence, Privacy};
use wikiward_farm::Entropy;

/// Stands in for the name of a suppressed filter.
pub const NEUTRAL_NAME: &str = "—";

/// The message of an action that cannot be judged for now.
pub const UNAVAILABLE: &str = "wikiward-unavailable";

/// The message of an action that links to blocked domains.
pub const BLOCKED_DOMAINS: &str = "abusefilter-blocked-domains-attempted";

/// Digits of Crockford's base 32, in which no two look alike.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new reference code: nine random digits with a dash, ten characters, such as `K7Q2-M4XTB`. 45 bits, so that guessing
/// one of a million takes some ten million attempts.
pub fn ref_code(entropy: &dyn Entropy) -> String {
    let random = u64::from_be_bytes(entropy.bytes::<8>());
    let mut code = String::with_capacity(10);
    for place in 0..9_u32 {
        if place == 4 {
            code.push('-');
        }
        let digit = usize::try_from(random >> (place * 5) & 31).unwrap_or(0);
        code.push(char::from(DIGITS.get(digit).copied().unwrap_or(b'0')));
    }
    code
}

/// The message of a consequence of class D. Others name theirs in their parameters.
pub fn key_of(consequence: Consequence) -> &'static str {
    match consequence {
        Consequence::Block | Consequence::RangeBlock => "abusefilter-blocked-display",
        Consequence::Degroup => "abusefilter-degrouped",
        Consequence::BlockAutopromote => "abusefilter-autopromote-blocked",
        Consequence::Warn => "abusefilter-warning",
        Consequence::ShowCaptcha => "abusefilter-captcha",
        Consequence::Disallow | Consequence::Throttle | Consequence::Tag => "abusefilter-disallowed",
    }
}

/// What people may learn of the filter: its name and number. The number of a restricted filter stays unsaid, and the name
/// of a suppressed one too.
pub fn params(name: &str, gid: &str, privacy: Privacy) -> [String; 2] {
    let name = if privacy.is_suppressed { NEUTRAL_NAME } else { name };
    let gid = if privacy.is_public() { gid } else { "" };
    [name.to_owned(), gid.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use wikiward_farm::SystemEntropy;

    #[test]
    fn a_reference_code_has_four_and_five_digits_that_cannot_be_mistaken() {
        for _ in 0..100 {
            let code = ref_code(&SystemEntropy);
            let (head, tail) = code.split_once('-').unwrap();
            assert_eq!((head.len(), tail.len()), (4, 5), "{code}");
            assert!(code.bytes().all(|byte| byte == b'-' || DIGITS.contains(&byte)), "{code}");
        }
    }

    #[test]
    fn restricted_filters_are_not_named() {
        let hidden = Privacy { is_hidden: true, ..Privacy::default() };
        let suppressed = Privacy { is_suppressed: true, ..Privacy::default() };
        assert_eq!(params("Spam", "17", Privacy::default()), ["Spam", "17"]);
        assert_eq!(params("Spam", "17", hidden), ["Spam", ""]);
        assert_eq!(params("Spam", "17", suppressed), [NEUTRAL_NAME, ""]);
    }
}
