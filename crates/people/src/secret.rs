//! Secrets that are shown once: how they are made, written, read and kept.
//!
//! All have the form `KIND_ID_SECRET`. The id finds the row; the secret is 256 random bits, of which only the SHA-256
//! digest is kept. A digest without salt is enough: nobody can try 2^256 secrets.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use wikiward_farm::{Entropy, Id, Timestamp};

/// Bytes of a digest.
pub(crate) type Digest = [u8; 32];

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A program's token.
    Service,
    /// A signed-in person.
    Session,
    /// A link that works once.
    Ticket,
}

impl Kind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Service => "wws",
            Self::Session => "wwa",
            Self::Ticket => "wwt",
        }
    }
}

/// A new secret, as it is shown once, and what is kept of it.
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) digest: Digest,
}

/// Makes a secret of this kind.
pub(crate) fn make(kind: Kind, now: Timestamp, entropy: &dyn Entropy) -> Made {
    let id = Id::new(now, entropy).to_string().to_ascii_lowercase();
    let text = format!("{}_{id}_{}", kind.prefix(), URL_SAFE_NO_PAD.encode(entropy.bytes::<32>()));
    let digest = digest(text.as_bytes());
    Made { id, text, digest }
}

/// The id and the digest of a secret of this kind; none if it has another form.
pub(crate) fn read(kind: Kind, text: &str) -> Option<(&str, Digest)> {
    let rest = text.strip_prefix(kind.prefix())?.strip_prefix('_')?;
    // The secret itself may contain `_`.
    let (id, secret) = rest.split_once('_')?;
    let is_id = id.len() == 26 && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    (is_id && secret.len() == 43).then(|| (id, digest(text.as_bytes())))
}

/// The SHA-256 digest of `bytes`.
pub(crate) fn digest(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// Compares digests in a time that does not depend on where they differ.
pub(crate) fn is_same(a: &Digest, b: &Digest) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a, b).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wikiward_farm::SystemEntropy;

    #[test]
    fn a_secret_is_read_as_its_own_kind_only() {
        let made = make(Kind::Service, Timestamp::UNIX_EPOCH, &SystemEntropy);
        let (id, digest) = read(Kind::Service, &made.text).unwrap();
        assert_eq!(id, made.id);
        assert!(is_same(&digest, &made.digest));
        assert!(read(Kind::Session, &made.text).is_none());
        let other = make(Kind::Service, Timestamp::UNIX_EPOCH, &SystemEntropy);
        assert!(!is_same(&other.digest, &made.digest));
        for bad in ["", "wws", "wws_", "wws_a_b", "wws__", made.text.get(..60).unwrap(), &format!("{}x", made.text)] {
            assert!(read(Kind::Service, bad).is_none(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_a_panic(text in "\\PC{0,100}") {
            let _ = read(Kind::Service, &text);
        }
    }
}
