//! The database: reached, of the right schema, writable, its size, its audit log, and whether there is an account.

use super::line::{Line, bytes};
use crate::service::client::Client;
use crate::service::path::ApiPath;
use serde_json::Value;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use wikiward_farm::{Limit, SystemClock, Timestamp};
use wikiward_server::secret::KEY_FILE;
use wikiward_server::{Config, Server};
use wikiward_store::audit::{Question, Verification};
use wikiward_store::{Database, OpenOptions, Store, StoreError};

/// SQLite's log of changes is folded into the database at every 4 MiB or so; this much means that it is not.
const WAL_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What is known of the database afterwards.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Whether it is there with the present schema.
    pub(super) is_present: bool,
    /// Time of the newest entry of the audit log.
    pub(super) newest: Option<Timestamp>,
    /// The time by its own clock, if it has one.
    pub(super) time_there: Option<Timestamp>,
}

pub(super) async fn look(config: &Config, _: Timestamp, lines: &mut Vec<Line>) -> Known {
    const CHECK: &str = "database";
    let Ok(database) = config.database() else { return Known::default() };
    if let Database::Sqlite(path) = &database
        && !path.exists()
    {
        let found = format!("{} is not there yet", database.label());
        lines.push(Line::warning(CHECK, found, "`wikiward serve` makes it at its first start"));
        return Known::default();
    }
    let options = OpenOptions { connections_max: 1, wait_max: Duration::from_secs(config.database.wait_seconds_max) };
    let store = match Store::open_as_is(&database, &options, Arc::new(SystemClock)).await {
        Ok(store) => store,
        Err(error) => {
            let todo = match &database {
                Database::Sqlite(_) => {
                    "let the service's user read and write the file, its folder, and the files beside it"
                }
                Database::Postgres(_) => "is the server up, and are name, password and host in `database.url` right?",
            };
            lines.push(Line::problem(CHECK, causes(&error), todo));
            return Known::default();
        }
    };
    let known = inside(&store, &database, lines).await;
    store.close().await;
    known
}

async fn inside(store: &Store, database: &Database, lines: &mut Vec<Line>) -> Known {
    let mut known = Known::default();
    match store.schema_found().await {
        Ok(found) => {
            lines.push(schema(found, Store::schema(), store.label()));
            known.is_present = found == Store::schema();
        }
        Err(error) => lines.push(Line::problem("database", causes(&error), "is this a database of Wikiward?")),
    }
    if let Database::Sqlite(path) = database {
        lines.push(on_disk(size(path), size(&beside(path, "-wal"))));
    }
    if !known.is_present {
        lines.push(Line::skipped("audit log", "the database has another schema"));
        return known;
    }
    lines.push(match store.try_writing().await {
        Ok(()) => Line::ok("writing", "a change can be written"),
        Err(error) => unwritable(&error),
    });
    known.time_there = store.time_there().await.ok().flatten();
    let newest = Question { limit: Limit::new(1).unwrap_or_default(), ..Question::default() };
    known.newest = store.audit_entries(&newest).await.ok().and_then(|page| page.items.first().map(|entry| entry.at));
    lines.push(match store.verify_audit().await {
        Ok(verification) => chain(&verification),
        Err(error) => Line::problem("audit log", causes(&error), "the log of the service says more"),
    });
    known
}

fn schema(found: i64, wanted: i64, label: &str) -> Line {
    const CHECK: &str = "database";
    if found == wanted {
        Line::ok(CHECK, format!("{label}, schema {found}"))
    } else if found == 0 {
        let todo = "`wikiward serve` makes its tables at its first start";
        Line::warning(CHECK, format!("{label} has no tables yet"), todo)
    } else if found < wanted {
        let todo =
            "make a backup with the program that wrote it; then `wikiward serve` brings it to the present schema";
        Line::warning(CHECK, format!("{label} has schema {found}, this program writes {wanted}"), todo)
    } else {
        let todo = "run the newer program, or restore a backup from before the upgrade";
        Line::problem(CHECK, format!("{label} has schema {found}, this program knows {wanted} only"), todo)
    }
}

fn on_disk(file: u64, wal: u64) -> Line {
    let found = format!("{}, and {} of changes beside it", bytes(file), bytes(wal));
    if wal > WAL_BYTES_MAX {
        let todo = "a program that reads for long keeps the changes from being folded in: close other programs that have \
                    the file open, then restart the service";
        return Line::warning("size on disk", found, todo);
    }
    Line::ok("size on disk", found)
}

fn unwritable(error: &StoreError) -> Line {
    let todo = match error {
        StoreError::Full(_) => "make room on its disk",
        StoreError::Busy(_) => "another program holds it for writing: end that one",
        _ => "let the service's user write it. On PostgreSQL: is this a replica that only reads?",
    };
    Line::problem("writing", causes(error), todo)
}

fn chain(verification: &Verification) -> Line {
    const CHECK: &str = "audit log";
    let todo = "somebody has written past the service. Compare with a backup, and find out who may write the database";
    match verification {
        Verification::Whole { entries: 1 } => Line::ok(CHECK, "1 entry, unbroken"),
        Verification::Whole { entries } => Line::ok(CHECK, format!("{entries} entries, unbroken")),
        Verification::Broken { seq } => {
            Line::problem(CHECK, format!("entry {seq} was changed, or the one before it removed"), todo)
        }
        Verification::Short { found, wanted } => {
            Line::problem(CHECK, format!("it ends with entry {found}, but there was an entry {wanted}"), todo)
        }
    }
}

/// `answers` says whether the service runs.
pub(super) async fn accounts(config: &Config, known: &Known, answers: bool, lines: &mut Vec<Line>) {
    const CHECK: &str = "accounts";
    // Opening the whole service would make a key file and change tables: only where both are there as they should be.
    if !known.is_present || !config.server.data_dir.join(KEY_FILE).exists() {
        lines.push(Line::skipped(CHECK, "there is no database in order yet"));
        return;
    }
    let found = match Server::open_beside(config.clone()).await {
        Ok(server) => {
            let client = Client::local(server);
            let found = client.list(&ApiPath::new("/v1/accounts"), 1).await;
            client.close().await;
            found
        }
        Err(error) => {
            lines.push(Line::problem(
                CHECK,
                causes(&error),
                "the service would not start either: see what comes first above",
            ));
            return;
        }
    };
    lines.push(match found {
        Ok(rows) => first_account(&rows.items, answers),
        Err(error) => Line::problem(CHECK, format!("{error:#}"), "the log of the service says more"),
    });
}

fn first_account(accounts: &[Value], answers: bool) -> Line {
    const CHECK: &str = "accounts";
    if !accounts.is_empty() {
        return Line::ok(CHECK, "there is one");
    }
    let todo = if answers {
        "open the one-time link that the service printed when it started, or run `wikiward account create NAME`"
    } else {
        "start the service and open the one-time link it prints, or run `wikiward account create NAME`"
    };
    Line::warning(CHECK, "there is none: nobody can sign in yet", todo)
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |found| found.len())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// An error with its causes, on one line.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let more = cause.to_string();
        // Wrappers often repeat what they wrap.
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::line::Status;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_schema_is_right_older_or_newer() {
        let check = |found, status| assert_eq!(schema(found, 4, "x").status, status, "{found}");
        check(4, Status::Ok);
        check(3, Status::Warning);
        check(0, Status::Warning);
        check(5, Status::Problem);
    }

    #[test]
    fn changes_that_are_never_folded_in_are_told() {
        assert_eq!(on_disk(10, WAL_BYTES_MAX).status, Status::Ok);
        assert_eq!(on_disk(10, WAL_BYTES_MAX + 1).status, Status::Warning);
        assert_eq!(beside(Path::new("/a/w.db"), "-wal"), Path::new("/a/w.db-wal"));
    }

    #[test]
    fn a_broken_chain_is_a_problem() {
        assert_eq!(chain(&Verification::Whole { entries: 2 }), Line::ok("audit log", "2 entries, unbroken"));
        assert_eq!(chain(&Verification::Broken { seq: 2 }).status, Status::Problem);
        assert_eq!(chain(&Verification::Short { found: 1, wanted: 2 }).status, Status::Problem);
    }

    #[test]
    fn a_service_without_an_account_is_told_how_to_get_one() {
        assert_eq!(first_account(&[json!({})], false).status, Status::Ok);
        assert_eq!(first_account(&[], true).status, Status::Warning);
        assert_ne!(first_account(&[], true).todo, first_account(&[], false).todo);
    }
}
