//! Sealing what must not be read from the database alone: addresses, protected values, cursors.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};
use std::sync::Arc;
use wikiward_farm::Entropy;

/// The installation's secret, from which the keys of all purposes follow. Never stored in the database.
#[derive(Clone)]
pub struct Keyring {
    root: hkdf::Prk,
}

/// Seals and opens for one purpose (AES-256-GCM with random nonces), and makes keyed digests (HMAC-SHA-256).
#[derive(Debug, Clone)]
pub struct Sealer {
    keys: Arc<Keys>,
}

#[derive(Debug)]
struct Keys {
    seal: LessSafeKey,
    mac: hmac::Key,
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Keyring {
    /// The keyring of a secret of 32 random bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self { root: hkdf::Salt::new(hkdf::HKDF_SHA256, b"wikiward keyring 1").extract(secret) }
    }

    /// The keys for `purpose`; different purposes have unrelated keys.
    ///
    /// # Panics
    /// Never: lengths are fixed and within what the algorithms take.
    #[expect(clippy::expect_used, reason = "lengths are fixed and within what the algorithms take")]
    pub fn sealer(&self, purpose: &str) -> Sealer {
        let derive = |use_of: &[u8]| {
            let mut key = [0_u8; 32];
            let info = [purpose.as_bytes(), use_of];
            self.root.expand(&info, Length(32)).and_then(|okm| okm.fill(&mut key)).expect("32 bytes can be derived");
            key
        };
        let key = UnboundKey::new(&AES_256_GCM, &derive(b"/seal")).expect("AES-256 takes 32 bytes");
        let mac = hmac::Key::new(hmac::HMAC_SHA256, &derive(b"/mac"));
        Sealer { keys: Arc::new(Keys { seal: LessSafeKey::new(key), mac }) }
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring")
    }
}

impl Sealer {
    /// Seals `plain`; it opens only with the same `context` (such as the row it belongs to).
    ///
    /// # Panics
    /// If `plain` has more than 64 GiB.
    #[expect(clippy::expect_used, reason = "AES-GCM takes texts of up to 64 GiB")]
    pub fn seal(&self, plain: &[u8], context: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
        let nonce = entropy.bytes::<NONCE_LEN>();
        let mut text = plain.to_vec();
        let nonce_of = Nonce::assume_unique_for_key(nonce);
        self.keys.seal.seal_in_place_append_tag(nonce_of, Aad::from(context), &mut text).expect("texts are small");
        [&nonce[..], &text].concat()
    }

    /// Opens what [`Sealer::seal`] made; nothing if it was made otherwise, for another context, or changed since.
    pub fn open(&self, sealed: &[u8], context: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut text = text.to_vec();
        let plain =
            self.keys.seal.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(context), &mut text).ok()?;
        let length = plain.len();
        text.truncate(length);
        Some(text)
    }

    /// A keyed digest of `parts`: equal for equal parts, and of no use to who lacks the key.
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.keys.mac);
        for part in parts {
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part);
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.sign().as_ref());
        digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wikiward_farm::SystemEntropy;

    #[test]
    fn what_was_sealed_opens_only_for_its_purpose_and_context() {
        let keyring = Keyring::new(&[7; 32]);
        let (ips, cursors) = (keyring.sealer("ip"), keyring.sealer("cursor"));
        let sealed = ips.seal(b"203.0.113.9", b"hit 1", &SystemEntropy);
        assert_eq!(ips.open(&sealed, b"hit 1").as_deref(), Some(&b"203.0.113.9"[..]));
        assert_eq!(ips.open(&sealed, b"hit 2"), None);
        assert_eq!(cursors.open(&sealed, b"hit 1"), None);
        assert_eq!(Keyring::new(&[8; 32]).sealer("ip").open(&sealed, b"hit 1"), None);
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(ips.open(&changed, b"hit 1"), None);
        }
        assert_eq!(ips.open(b"short", b"hit 1"), None);
    }

    #[test]
    fn a_keyed_digest_tells_apart_where_parts_begin() {
        let sealer = Keyring::new(&[7; 32]).sealer("warn");
        assert_eq!(sealer.mac(&[b"ab", b"c"]), sealer.mac(&[b"ab", b"c"]));
        assert_ne!(sealer.mac(&[b"ab", b"c"]), sealer.mac(&[b"a", b"bc"]));
    }
}
