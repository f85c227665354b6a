//! Where the tables are.

use anyhow::{Context as _, bail, ensure};
use jiff::SignedDuration;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use wikiward_farm::Timestamp;
use wikiward_store::foreign::MySql;

/// The password's place in the environment.
const VARIABLE: &str = "WIKIWARD_MIGRATE_PASSWORD";

/// What a server's address looks like.
const WANTED: &str = "mysql://USER@HOST/DATABASE is wanted";

/// MySQL's own port.
const PORT: u16 = 3306;

/// Where the tables are.
#[derive(Debug, Clone)]
pub(super) enum Place {
    Sqlite(PathBuf),
    /// Without the password.
    MySql(MySql),
    Dump(PathBuf),
}

impl FromStr for Place {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            ensure!(!path.is_empty(), "`sqlite:` is followed by the path of the file");
            return Ok(Self::Sqlite(path.into()));
        }
        let Some(rest) = text.strip_prefix("mysql://").or_else(|| text.strip_prefix("mariadb://")) else {
            ensure!(
                !text.contains("://"),
                "tables are read from sqlite:PATH, mysql://USER@HOST/DATABASE or a dump's file"
            );
            ensure!(
                !text.is_empty(),
                "--from says where the tables are: sqlite:PATH, mysql://USER@HOST/DATABASE, or a file"
            );
            return Ok(Self::Dump(text.into()));
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (user, rest) = rest.rsplit_once('@').context(WANTED)?;
        let (host, database) = rest.split_once('/').context(WANTED)?;
        // What stands on the command line is seen by everybody on the machine.
        ensure!(
            !user.contains(':'),
            "a password does not belong on the command line: put it into a file for --password-file, or into {VARIABLE}"
        );
        ensure!(!user.is_empty() && !host.is_empty() && !database.is_empty(), WANTED);
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && !port.ends_with(']') => {
                (host, port.parse().with_context(|| format!("`{port}` is no port"))?)
            }
            _ => (host, PORT),
        };
        let mut server = MySql {
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            user: user.to_owned(),
            password: None,
            database: database.to_owned(),
            requires_tls: false,
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("socket", path)) if path.starts_with('/') => path.clone_into(&mut server.host),
                Some(("tls", "required")) => server.requires_tls = true,
                _ => bail!("`{pair}` is not known: socket=/PATH and tls=required are"),
            }
        }
        Ok(Self::MySql(server))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) | Self::Dump(path) => write!(f, "{}", path.display()),
            Self::MySql(server) => write!(f, "{server:?}"),
        }
    }
}

/// The password for MySQL, if there is one.
pub(super) struct Password(Option<String>);

impl Password {
    /// Reads it from a file, or from the environment.
    pub(super) fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(file) = file else { return Ok(Self(std::env::var(VARIABLE).ok())) };
        let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        Ok(Self(Some(text.trim_end_matches(['\r', '\n']).to_owned())))
    }

    /// The server with it.
    pub(super) fn of(&self, server: &MySql) -> MySql {
        MySql { password: self.0.clone(), ..server.clone() }
    }
}

/// A moment: in full, or hours or days before now.
pub(super) fn moment(text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
    let before = text.strip_suffix('h').map(|hours| (hours, 1)).or(text.strip_suffix('d').map(|days| (days, 24)));
    if let Some((count, hours)) = before
        && let Ok(count) = count.parse::<u32>()
    {
        let span = SignedDuration::from_hours(i64::from(count) * hours);
        return now.checked_sub(span).with_context(|| format!("`{text}` is before all times"));
    }
    text.parse().with_context(|| format!("`{text}` is no moment: 2026-11-21T00:00:00Z, 24h or 7d are"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match text.parse::<Place>() {
            Ok(Place::Sqlite(path)) => format!("sqlite {}", path.display()),
            Ok(Place::Dump(path)) => format!("dump {}", path.display()),
            Ok(Place::MySql(it)) => {
                format!("{} at {}:{} in {}, tls {}", it.user, it.host, it.port, it.database, it.requires_tls)
            }
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn moments_are_in_full_or_before_now() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let told = |text: &str| moment(text, now).map(|at| at.to_string()).ok();
        assert_eq!(told("24h").as_deref(), Some("2026-11-20T12:00:00Z"));
        assert_eq!(told("7d").as_deref(), Some("2026-11-14T12:00:00Z"));
        assert_eq!(told("2026-01-01T00:00:00Z").as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!([told("yesterday"), told("-1h"), told("4294967295d")], [None, None, None]);
    }

    #[test]
    fn every_place_has_its_form() {
        assert_eq!(told("sqlite:/var/w.sqlite"), "sqlite /var/w.sqlite");
        assert_eq!(told("w.sql.gz"), "dump w.sql.gz");
        assert_eq!(told("mysql://u@h/d"), "u at h:3306 in d, tls false");
        assert_eq!(told("mariadb://u@h:3307/d?tls=required"), "u at h:3307 in d, tls true");
        assert_eq!(told("mysql://u@[::1]/d"), "u at ::1:3306 in d, tls false");
        assert_eq!(told("mysql://u@localhost/d?socket=/run/m.sock"), "u at /run/m.sock:3306 in d, tls false");
        for bad in [
            "mysql://h/d",
            "mysql://u@h",
            "mysql://@h/d",
            "postgres://u@h/d",
            "sqlite:",
            "mysql://u@h:x/d",
            "",
            "mysql://u@h/d?a=b",
        ] {
            assert!(bad.parse::<Place>().is_err(), "{bad}");
        }
        let password = told("mysql://u:sesame@h/d");
        assert!(password.starts_with("a password does not belong") && !password.contains("sesame"), "{password}");
    }
}
