//! The database: of the right schema, writable, its size, its audit log.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use wikiward_farm::checkup::{Finding, Standing, Told, bytes};
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
        Err(error) => {
            lines.push(Finding::of(Standing::Problem, Told::DatabaseUnreadable, &[&causes(&error)]));
        }
    }
    if let Database::Sqlite(path) = database {
        lines.push(on_disk(size(path), size(&beside(path, "-wal"))));
    }
    if !known.is_present {
        lines.push(Finding::of(Standing::Skipped, Told::AuditUnknown, &[]));
        return known;
    }
    lines.push(match store.try_writing().await {
        Ok(()) => Finding::of(Standing::Ok, Told::WritingGood, &[]),
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
        Err(error) => Finding::of(Standing::Problem, Told::AuditUnreadable, &[&causes(&error)]),
    });
    known
}

fn schema(found: i64, wanted: i64, label: &str) -> Finding {
    if found == wanted {
        Finding::of(Standing::Ok, Told::DatabaseGood, &[&label, &found])
    } else if found == 0 {
        Finding::of(Standing::Warning, Told::DatabaseEmpty, &[&label])
    } else if found < wanted {
        Finding::of(Standing::Warning, Told::DatabaseOld, &[&label, &found, &wanted])
    } else {
        Finding::of(Standing::Problem, Told::DatabaseNewer, &[&label, &found, &wanted])
    }
}

fn on_disk(file: u64, wal: u64) -> Finding {
    let status = if wal > WAL_BYTES_MAX { Standing::Warning } else { Standing::Ok };
    Finding::of(status, Told::DatabaseSize, &[&bytes(file), &bytes(wal)])
}

fn unwritable(error: &StoreError) -> Finding {
    let told = match error {
        StoreError::Full(_) => Told::WritingFull,
        StoreError::Busy(_) => Told::WritingBusy,
        _ => Told::WritingForbidden,
    };
    Finding::of(Standing::Problem, told, &[&causes(error)])
}

fn chain(verification: &Verification) -> Finding {
    match verification {
        Verification::Whole { entries: 1 } => Finding::of(Standing::Ok, Told::AuditOne, &[]),
        Verification::Whole { entries } => Finding::of(Standing::Ok, Told::AuditWhole, &[entries]),
        Verification::Broken { seq } => Finding::of(Standing::Problem, Told::AuditBroken, &[seq]),
        Verification::Short { found, wanted } => Finding::of(Standing::Problem, Told::AuditShort, &[found, wanted]),
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
        assert_eq!(chain(&Verification::Whole { entries: 2 }).found, "2 entries, unbroken");
        assert_eq!(chain(&Verification::Broken { seq: 2 }).status, Standing::Problem);
        assert_eq!(chain(&Verification::Short { found: 1, wanted: 2 }).status, Standing::Problem);
    }
}
