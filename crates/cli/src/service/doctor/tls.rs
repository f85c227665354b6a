//! The certificate.

use super::line::Line;
use jiff::SignedDuration;
use wikiward_farm::Timestamp;
use wikiward_server::Config;
use wikiward_server::config::Address;
use wikiward_server::listen;

/// So many days before a certificate ends, somebody should have renewed it.
const DAYS_MIN: i64 = 14;

const CHECK: &str = "certificate";

pub(super) fn look(config: &Config, now: Timestamp, lines: &mut Vec<Line>) {
    let server = &config.server;
    let (Some(certificate), Some(key)) = (&server.tls_certificate, &server.tls_key) else {
        lines.extend(without(&server.listen));
        return;
    };
    if let Err(error) = listen::tls(certificate, key) {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        let todo = "let the service's user read both files; the first holds the whole chain, the second its key";
        lines.push(Line::problem(CHECK, format!("{error}{cause}"), todo));
        return;
    }
    lines.push(match listen::ends_at(certificate) {
        Ok(ends) => until(ends, now),
        Err(error) => Line::problem(CHECK, error.to_string(), "let the service's user read it"),
    });
}

fn until(ends: Option<Timestamp>, now: Timestamp) -> Line {
    let todo = "renew it, then restart the service";
    let Some(ends) = ends else { return Line::warning(CHECK, "it does not say when it ends", "have a look at it") };
    let left = ends.duration_since(now);
    let days = left.as_hours() / 24;
    if left <= SignedDuration::ZERO {
        Line::problem(CHECK, format!("it has ended: {ends:.0}"), todo)
    } else if days < DAYS_MIN {
        Line::problem(CHECK, format!("it ends in {days} days: {ends:.0}"), todo)
    } else {
        Line::ok(CHECK, format!("good until {ends:.0}, {days} days"))
    }
}

/// Without a certificate, only this machine may be listened to without a proxy in front.
fn without(listen: &[Address]) -> Option<Line> {
    let open = listen.iter().find(|address| match address {
        Address::Tcp(host) => !super::address::is_this_machine(host),
        Address::Unix(_) => false,
    })?;
    let found = format!("there is none, and {open} is reached from other machines");
    let todo = "let a proxy that speaks TLS stand in front and nobody else reach it, or set `server.tls_certificate`";
    Some(Line::warning(CHECK, found, todo))
}

#[cfg(test)]
mod tests {
    use super::super::line::Status;
    use super::*;

    #[test]
    fn a_certificate_is_renewed_two_weeks_before_it_ends() {
        let now: Timestamp = "2026-11-21T14:00:00Z".parse().unwrap();
        let check = |ends: &str, status| assert_eq!(until(Some(ends.parse().unwrap()), now).status, status, "{ends}");
        check("2027-02-01T00:00:00Z", Status::Ok);
        check("2026-12-05T14:00:00Z", Status::Ok);
        check("2026-12-05T13:59:59Z", Status::Problem);
        check("2026-11-21T14:00:00Z", Status::Problem);
        assert_eq!(until(None, now).status, Status::Warning);
    }

    #[test]
    fn plain_http_is_for_this_machine() {
        let line = |text: &str| without(&[text.parse().unwrap()]).map(|line| line.status);
        assert_eq!(line("127.0.0.1:8480"), None);
        assert_eq!(line("unix:/run/w.sock"), None);
        assert_eq!(line("0.0.0.0:8480"), Some(Status::Warning));
    }
}
