//! The certificate.

use crate::Config;
use crate::config::Address;
use crate::listen;
use jiff::SignedDuration;
use wikiward_farm::Timestamp;
use wikiward_farm::checkup::{Finding, Standing, Told};

/// So many days before a certificate ends, somebody should have renewed it.
const DAYS_MIN: i64 = 14;

/// Looks at the certificate.
pub fn look(config: &Config, now: Timestamp, lines: &mut Vec<Finding>) {
    let server = &config.server;
    let (Some(certificate), Some(key)) = (&server.tls_certificate, &server.tls_key) else {
        lines.extend(without(&server.listen));
        return;
    };
    if let Err(error) = listen::tls(certificate, key) {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        lines.push(Finding::of(Standing::Problem, Told::CertificateWrong, &[&format_args!("{error}{cause}")]));
        return;
    }
    lines.push(match listen::ends_at(certificate) {
        Ok(ends) => until(ends, now),
        Err(error) => Finding::of(Standing::Problem, Told::CertificateUnreadable, &[&error]),
    });
}

fn until(ends: Option<Timestamp>, now: Timestamp) -> Finding {
    let Some(ends) = ends else { return Finding::of(Standing::Warning, Told::CertificateEndless, &[]) };
    let shown = format!("{ends:.0}");
    let left = ends.duration_since(now);
    let days = left.as_hours() / 24;
    if left <= SignedDuration::ZERO {
        Finding::of(Standing::Problem, Told::CertificateEnded, &[&shown])
    } else if days < DAYS_MIN {
        Finding::of(Standing::Problem, Told::CertificateEnds, &[&days, &shown])
    } else {
        Finding::of(Standing::Ok, Told::CertificateGood, &[&shown, &days])
    }
}

/// Without a certificate, only this machine may be listened to without a proxy in front.
fn without(listen: &[Address]) -> Option<Finding> {
    let open = listen.iter().find(|address| match address {
        Address::Tcp(host) => !super::is_this_machine(host),
        Address::Unix(_) => false,
    })?;
    Some(Finding::of(Standing::Warning, Told::CertificateNone, &[open]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_renewed_two_weeks_before_it_ends() {
        let now: Timestamp = "2026-11-21T14:00:00Z".parse().unwrap();
        let check = |ends: &str, status| assert_eq!(until(Some(ends.parse().unwrap()), now).status, status, "{ends}");
        check("2027-02-01T00:00:00Z", Standing::Ok);
        check("2026-12-05T14:00:00Z", Standing::Ok);
        check("2026-12-05T13:59:59Z", Standing::Problem);
        check("2026-11-21T14:00:00Z", Standing::Problem);
        assert_eq!(until(None, now).status, Standing::Warning);
    }

    #[test]
    fn plain_http_is_for_this_machine() {
        let line = |text: &str| without(&[text.parse().unwrap()]).map(|line| line.status);
        assert_eq!(line("127.0.0.1:8480"), None);
        assert_eq!(line("unix:/run/w.sock"), None);
        assert_eq!(line("0.0.0.0:8480"), Some(Standing::Warning));
    }
}
