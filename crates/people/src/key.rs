//! The public keys with which wikis sign.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey};
use std::fmt;

/// Most bytes of a key as it is sent; an RSA key of 8192 bits has less than 1,500.
const TEXT_BYTES_MAX: usize = 4096;

/// A wiki's public key: Ed25519, ECDSA on P-256, or RSA of 2048 to 8192 bits.
#[derive(Clone)]
pub struct PublicKey {
    text: Box<str>,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// A text is no public key that can be used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// It is a private key.
    #[error(
        "this is a private key. It was not stored, but it has left the machine it belongs to: make a new pair and send \
         the public key"
    )]
    Private,
    /// It is a certificate.
    #[error("this is a certificate, not a public key. Take the key out: `openssl x509 -pubkey -noout`")]
    Certificate,
    /// It is not PEM.
    #[error("not a key in PEM: it must begin with `-----BEGIN PUBLIC KEY-----` and hold one key")]
    Form,
    /// It is PEM, but of no kind that is known here.
    #[error("the key is neither Ed25519, nor ECDSA on the curve P-256, nor RSA of 2048 to 8192 bits")]
    Kind,
}

impl PublicKey {
    /// Reads a key in PEM (`-----BEGIN PUBLIC KEY-----`).
    ///
    /// # Errors
    /// [`BadKey`], with what to do.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let text = text.trim();
        if text.contains("PRIVATE KEY-----") {
            return Err(BadKey::Private);
        }
        if text.contains("-----BEGIN CERTIFICATE") {
            return Err(BadKey::Certificate);
        }
        if text.len() > TEXT_BYTES_MAX {
            return Err(BadKey::Form);
        }
        let body = text.strip_prefix("-----BEGIN PUBLIC KEY-----").ok_or(BadKey::Form)?;
        let body = body.strip_suffix("-----END PUBLIC KEY-----").ok_or(BadKey::Form)?;
        let body: String = body.split_ascii_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|_| BadKey::Form)?;
        let fits = |algorithm: &'static dyn VerificationAlgorithm| ParsedPublicKey::new(algorithm, &der).is_ok();
        let pem = text.as_bytes();
        let (algorithm, key) = if fits(&ED25519) {
            (Algorithm::EdDSA, DecodingKey::from_ed_pem(pem))
        } else if fits(&ECDSA_P256_SHA256_FIXED) {
            (Algorithm::ES256, DecodingKey::from_ec_pem(pem))
        } else if fits(&RSA_PKCS1_2048_8192_SHA256) {
            (Algorithm::RS256, DecodingKey::from_rsa_pem(pem))
        } else {
            return Err(BadKey::Kind);
        };
        Ok(Self { text: text.into(), algorithm, key: key.map_err(|_| BadKey::Kind)? })
    }

    /// The key in PEM.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Name of the only algorithm that statements signed with it may use: `EdDSA`, `ES256` or `RS256`.
    pub fn algorithm(&self) -> &'static str {
        match self.algorithm {
            Algorithm::EdDSA => "EdDSA",
            Algorithm::ES256 => "ES256",
            _ => "RS256",
        }
    }

    pub(crate) fn verifier(&self) -> (Algorithm, &DecodingKey) {
        (self.algorithm, &self.key)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.algorithm())
    }
}
