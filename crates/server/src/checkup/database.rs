//! The database: of the right schema, writable, its size, its audit log.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use wikiward_farm::checkup::{Finding, bytes};
use wikiward_farm::{Limit, Timestamp};
use wikiward_store::audit::{Question, Verification};
use wikiward_store::{Database, Store, StoreError};

/// SQLite's log of changes is folded into the database at every 4 MiB or so; this much means that it is not.
const WAL_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What is known of the database afterwards.
#[derive(Debug, Default)]
pub struct Known {
    /// Whether it is there with the present schema.
    pub is_present: bool,
    /// Time of the newest entry of the audit log.
    pub newest: Option<Timestamp>,
    /// The time by its own clock, if it has one.
    pub time_there: Option<Timestamp>,
}

/// Looks at an open store. With `is_thorough`, goes through the whole audit log, which takes a second per some hundred
/// thousand entries.
pub async fn look(store: &Store, database: &Database, is_thorough: bool, lines: &mut Vec<Finding>) -> Known {
    let mut known = Known::default();
    match store.schema_found().await {
        Ok(found) => {
            lines.push(schema(found, Store::schema(), store.label()));
            known.is_present = found == Store::schema();
        }
        Err(error) => lines.push(Finding::problem("database", causes(&error), "is this a database of Wikiward?")),
    }
    if let Database::Sqlite(path) = database {
        lines.push(on_disk(size(path), size(&beside(path, "-wal"))));
    }
    if !known.is_present {
        lines.push(Finding::skipped("audit log", "the database has another schema"));
        return known;
    }
    lines.push(match store.try_writing().await {
        Ok(()) => Finding::ok("writing", "a change can be written"),
        Err(error) => unwritable(&error),
    });
    known.time_there = store.time_there().await.ok().flatten();
    let newest = Question { limit: Limit::new(1).unwrap_or_default(), ..Question::default() };
    known.newest = store.audit_entries(&newest).await.ok().and_then(|page| page.items.first().map(|entry| entry.at));
    if !is_thorough {
        return known;
    }
    lines.push(match store.verify_audit().await {
        Ok(verification) => chain(&verification),
        Err(error) => Finding::problem("audit log", causes(&error), "the log of the service says more"),
    });
    known
}

fn schema(found: i64, wanted: i64, label: &str) -> Finding {
    const CHECK: &str = "database";
    if found == wanted {
        Finding::ok(CHECK, format!("{label}, schema {found}"))
    } else if found == 0 {
        let todo = "`wikiward serve` makes its tables at its first start";
        Finding::warning(CHECK, format!("{label} has no tables yet"), todo)
    } else if found < wanted {
        let todo =
            "make a backup with the program that wrote it; then `wikiward serve` brings it to the present schema";
        Finding::warning(CHECK, format!("{label} has schema {found}, this program writes {wanted}"), todo)
    } else {
        let todo = "run the newer program, or restore a backup from before the upgrade";
        Finding::problem(CHECK, format!("{label} has schema {found}, this program knows {wanted} only"), todo)
    }
}

fn on_disk(file: u64, wal: u64) -> Finding {
    let found = format!("{}, and {} of changes beside it", bytes(file), bytes(wal));
    if wal > WAL_BYTES_MAX {
        let todo = "a program that reads for long keeps the changes from being folded in: close other programs that have \
                    the file open, then restart the service";
        return Finding::warning("size on disk", found, todo);
    }
    Finding::ok("size on disk", found)
}

fn unwritable(error: &StoreError) -> Finding {
    let todo = match error {
        StoreError::Full(_) => "make room on its disk",
        StoreError::Busy(_) => "another program holds it for writing: end that one",
        _ => "let the service's user write it. On PostgreSQL: is this a replica that only reads?",
    };
    Finding::problem("writing", causes(error), todo)
}

fn chain(verification: &Verification) -> Finding {
    const CHECK: &str = "audit log";
    let todo = "somebody has written past the service. Compare with a backup, and find out who may write the database";
    match verification {
        Verification::Whole { entries: 1 } => Finding::ok(CHECK, "1 entry, unbroken"),
        Verification::Whole { entries } => Finding::ok(CHECK, format!("{entries} entries, unbroken")),
        Verification::Broken { seq } => {
            Finding::problem(CHECK, format!("entry {seq} was changed, or the one before it removed"), todo)
        }
        Verification::Short { found, wanted } => {
            Finding::problem(CHECK, format!("it ends with entry {found}, but there was an entry {wanted}"), todo)
        }
    }
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
pub fn causes(error: &dyn Error) -> String {
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
    use super::*;
    use wikiward_farm::checkup::Standing;

    #[test]
    fn a_schema_is_right_older_or_newer() {
        let check = |found, status| assert_eq!(schema(found, 4, "x").status, status, "{found}");
        check(4, Standing::Ok);
        check(3, Standing::Warning);
        check(0, Standing::Warning);
        check(5, Standing::Problem);
    }

    #[test]
    fn changes_that_are_never_folded_in_are_told() {
        assert_eq!(on_disk(10, WAL_BYTES_MAX).status, Standing::Ok);
        assert_eq!(on_disk(10, WAL_BYTES_MAX + 1).status, Standing::Warning);
        assert_eq!(beside(Path::new("/a/w.db"), "-wal"), Path::new("/a/w.db-wal"));
    }

    #[test]
    fn a_broken_chain_is_a_problem() {
        assert_eq!(chain(&Verification::Whole { entries: 2 }), Finding::ok("audit log", "2 entries, unbroken"));
        assert_eq!(chain(&Verification::Broken { seq: 2 }).status, Standing::Problem);
        assert_eq!(chain(&Verification::Short { found: 1, wanted: 2 }).status, Standing::Problem);
    }
}
