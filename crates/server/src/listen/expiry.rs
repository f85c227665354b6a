//! When a certificate ends, read from its DER form (RFC 5280, section 4.1).

use super::tls::TlsError;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use std::path::Path;
use wikiward_farm::Timestamp;

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// `[0]`, in which the certificate's version stands, if it is not 1.
const VERSION: u8 = 0xA0;

/// When the first certificate of the chain in `file` (PEM) ends. None if it says so in a way that is not known here.
///
/// # Errors
/// [`TlsError::File`] if the file cannot be read or holds no certificate.
pub fn ends_at(file: &Path) -> Result<Option<Timestamp>, TlsError> {
    let certificate = CertificateDer::from_pem_file(file);
    let certificate =
        certificate.map_err(|cause| TlsError::File { file: file.to_owned(), what: "certificate", cause })?;
    Ok(not_after(&certificate))
}

fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    let (certificate, _) = element(certificate, SEQUENCE)?;
    let (signed, _) = element(certificate, SEQUENCE)?;
    let signed = if signed.first() == Some(&VERSION) { element(signed, VERSION)?.1 } else { signed };
    // Serial number, algorithm of the signature, issuer.
    let (_, rest) = any(signed)?;
    let (_, rest) = any(rest)?;
    let (_, rest) = any(rest)?;
    let (validity, _) = element(rest, SEQUENCE)?;
    let (_, after) = any(validity)?;
    match *after.first()? {
        UTC_TIME => {
            let text = std::str::from_utf8(element(after, UTC_TIME)?.0).ok()?;
            // Two digits of the year: below 50 it is of this century.
            let century = if text.get(..2)?.parse::<u8>().ok()? < 50 { "20" } else { "19" };
            time(&format!("{century}{text}"))
        }
        GENERALIZED_TIME => time(std::str::from_utf8(element(after, GENERALIZED_TIME)?.0).ok()?),
        _ => None,
    }
}

/// `YYYYMMDDHHMMSSZ`.
fn time(text: &str) -> Option<Timestamp> {
    let digits = text.strip_suffix('Z').filter(|digits| digits.len() == 14 && digits.is_ascii())?;
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let (date, clock) =
        ([part(0, 4), part(4, 6), part(6, 8)].join("-"), [part(8, 10), part(10, 12), part(12, 14)].join(":"));
    format!("{date}T{clock}Z").parse().ok()
}

/// The content of the element that `bytes` begin with, if it has this tag, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    if bytes.first() == Some(&tag) { any(bytes) } else { None }
}

/// The content of the element that `bytes` begin with, and what follows it.
fn any(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.get(1..)?.split_first()?;
    let (length, rest) = match *length {
        short @ 0..=0x7F => (usize::from(short), rest),
        // As many bytes of length follow as the low bits say; no certificate is longer than four can tell.
        long @ 0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7F))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made by `openssl req -x509 -newkey ed25519 -nodes -subj /CN=wikiward.example.org -days DAYS`; their keys are gone.
    const UNTIL_THIS_CENTURYS_FIRST_HALF: &str = "\
-----BEGIN CERTIFICATE-----
MIIBUzCCAQWgAwIBAgIUEn47LKzpH7kx+zKumEaeW7fP6cAwBQYDK2VwMB8xHTAb
BgNVBAMMFHdpa2l3YXJkLmV4YW1wbGUub3JnMB4XDTI2MTEyMTE0MDgzMloXDTI3
MDIxOTE0MDgzMlowHzEdMBsGA1UEAwwUd2lraXdhcmQuZXhhbXBsZS5vcmcwKjAF
BgMrZXADIQDP8ov7KgNCWMc5hhJwcZfAllPMWCA5W3L/RG1AiUN6UKNTMFEwHQYD
VR0OBBYEFPYo5ZcU8cV4XgMJjWKbeUIqVxH1MB8GA1UdIwQYMBaAFPYo5ZcU8cV4
XgMJjWKbeUIqVxH1MA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EAUDcGqkPWB8Jp
xuLhGxw9T4yxTUBbyLc3QqmIHBpkBMF4s8oDff8rK3Qu+WIH07/llX2i+oiXa2At
GNvI1d2BCQ==
-----END CERTIFICATE-----
";
    const LATER: &str = "\
-----BEGIN CERTIFICATE-----
MIIBVTCCAQegAwIBAgIUNM8Ofkni6Gcvp3ty8p+1W8L2pVYwBQYDK2VwMB8xHTAb
BgNVBAMMFHdpa2l3YXJkLmV4YW1wbGUub3JnMCAXDTI2MTEyMTE0MDgzMloYDzIw
ODEwODI0MTQwODMyWjAfMR0wGwYDVQQDDBR3aWtpd2FyZC5leGFtcGxlLm9yZzAq
MAUGAytlcAMhAKUF1pcehc8Dm2HccrCsbMqE/ap8L7DouSzvBFtCIKLVo1MwUTAd
BgNVHQ4EFgQUYDFwRK4fTVcN1QmWjAlZvG79XY0wHwYDVR0jBBgwFoAUYDFwRK4f
TVcN1QmWjAlZvG79XY0wDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXADQQBpzHWADlPk
JegQT+F5hJS70zJXX41c0HCOF52oUYZYiLMzDr2iDMDo2PVd9LtU1R9zdmTiBwww
aV4Mxl9j/0wL
-----END CERTIFICATE-----
";

    fn end(pem: &str) -> Option<Timestamp> {
        not_after(&CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
    }

    #[test]
    fn both_ways_of_writing_a_time_are_read() {
        assert_eq!(end(UNTIL_THIS_CENTURYS_FIRST_HALF), Some("2027-02-19T14:08:32Z".parse().unwrap()));
        assert_eq!(end(LATER), Some("2081-08-24T14:08:32Z".parse().unwrap()));
        assert_eq!(time("20260230000000Z"), None);
        assert_eq!(time("2026é30000000Z"), None);
    }

    #[test]
    fn what_is_cut_or_changed_is_no_panic() {
        let whole = CertificateDer::from_pem_slice(LATER.as_bytes()).unwrap();
        for length in 0..whole.len() {
            let _ = not_after(&whole[..length]);
            for byte in [0, 0x7F, 0x80, 0x84, 0xFF] {
                let mut changed = whole.to_vec();
                changed[length] = byte;
                let _ = not_after(&changed);
            }
        }
    }
}
