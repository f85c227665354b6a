//! Is everything in order, and what to do where it is not: what `wikiward doctor` and the console's page of health show.

pub mod clock;
pub mod database;
pub mod files;
mod running;
pub mod tls;

pub(crate) use running::Running;

use std::net::IpAddr;

/// Whether `HOST:PORT` is reached from this machine only.
pub fn is_this_machine(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_matches(['[', ']']);
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_machine_are_known() {
        for (host, expected) in [
            ("127.0.0.1:1", true),
            ("[::1]:1", true),
            ("localhost:1", true),
            ("0.0.0.0:1", false),
            ("10.0.0.1:1", false),
        ] {
            assert_eq!(is_this_machine(host), expected, "{host}");
        }
    }
}
