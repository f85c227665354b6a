//! Dumps: the tables that are wanted are put into a file of their own first, so that they can be read in any order.
//!
//! Only then is anything written here: of a dump that is cut off nothing comes over. Texts are kept only if a row of the log
//! refers to them.

use super::dump::{Dump, Item};
use super::row::whole;
use super::run::MigrateError;
use super::variables::{Place, place};
use std::io::BufRead;
use std::path::Path;
use wikiward_store::StoreError;
use wikiward_store::foreign::{Cell, Staging};

/// Rows that are put into the file at once.
const BATCH: usize = 500;

/// Texts that rows of the log refer to.
const REFERRED: &str = "referred";

/// A wanted table: its name, the columns that are kept (all if none are named), its key, the column it is searched by.
struct Wanted {
    name: &'static str,
    kept: &'static [&'static str],
    key: &'static str,
    searched: &'static str,
}

const WANTED: [Wanted; 6] = [
    Wanted { name: "abuse_filter", kept: &[], key: "af_id", searched: "" },
    Wanted { name: "abuse_filter_action", kept: &[], key: "", searched: "afa_filter" },
    Wanted { name: "abuse_filter_history", kept: &[], key: "afh_id", searched: "afh_filter" },
    Wanted { name: "abuse_filter_log", kept: &[], key: "afl_id", searched: "" },
    Wanted { name: "actor", kept: &["actor_id", "actor_user", "actor_name"], key: "actor_id", searched: "" },
    Wanted { name: "text", kept: &["old_id", "old_text", "old_flags"], key: "old_id", searched: "" },
];

/// Reads a dump twice (first all tables but the texts, then the texts that are referred to) into a file at `to`, which must
/// not be there. `open` opens the dump, unpacked; `tell` hears how many unpacked bytes of which pass were read.
///
/// # Errors
/// [`MigrateError::Dump`] if it is cut off or no dump; [`MigrateError::Open`]; [`MigrateError::Source`] if the file cannot be
/// written.
pub async fn stage<R: BufRead>(
    open: impl Fn() -> std::io::Result<R>,
    to: &Path,
    prefix: &str,
    tell: &mut dyn FnMut(u8, u64),
) -> Result<(), MigrateError> {
    let mut staging = Staging::create(to).await.map_err(MigrateError::Source)?;
    staging.table(REFERRED, &["old_id".to_owned()], "old_id").await.map_err(MigrateError::Source)?;
    for pass in 1..=2_u8 {
        let mut dump = Dump::new(open().map_err(MigrateError::Open)?)?;
        let mut batch = Batch::default();
        let mut defined: Vec<(&'static Wanted, Vec<String>)> = Vec::new();
        let named = |table: &str| {
            let name = table.strip_prefix(prefix)?;
            WANTED.iter().find(|wanted| wanted.name == name && (wanted.name == "text") == (pass == 2))
        };
        let wants = |table: &str| named(table).is_some();
        let mut told = 0;
        while let Some(item) = dump.next(&wants)? {
            match item {
                Item::Table(table, columns) => {
                    let Some(wanted) = named(&table) else { continue };
                    if defined.iter().any(|(other, _)| other.name == wanted.name) {
                        continue;
                    }
                    let keeps = |column: &&String| wanted.kept.is_empty() || wanted.kept.contains(&column.as_str());
                    let kept: Vec<String> = columns.iter().filter(keeps).cloned().collect();
                    staging.table(wanted.name, &kept, wanted.key).await.map_err(MigrateError::Source)?;
                    if !wanted.searched.is_empty() && kept.iter().any(|column| column == wanted.searched) {
                        staging.index(wanted.name, wanted.searched).await.map_err(MigrateError::Source)?;
                    }
                    defined.push((wanted, columns));
                }
                Item::Row(table, row) => {
                    let Some(wanted) = named(&table) else { continue };
                    let Some((_, columns)) = defined.iter().find(|(other, _)| other.name == wanted.name) else {
                        continue;
                    };
                    let row = take(wanted, columns, row, &mut staging).await.map_err(MigrateError::Source)?;
                    if let Some(row) = row {
                        batch.push(wanted.name, row, &mut staging).await.map_err(MigrateError::Source)?;
                    }
                }
            }
            if dump.at() - told > 1 << 20 {
                told = dump.at();
                tell(pass, told);
            }
        }
        batch.flush(&mut staging).await.map_err(MigrateError::Source)?;
    }
    staging.finish().await.map_err(MigrateError::Source)
}

/// The kept cells of a row; none for a text that nothing refers to. Notes what a row of the log refers to.
async fn take(
    wanted: &Wanted,
    columns: &[String],
    row: Vec<Cell>,
    staging: &mut Staging,
) -> Result<Option<Vec<Cell>>, StoreError> {
    let cell = |name: &str| {
        let place = columns.iter().position(|column| column == name)?;
        row.get(place).and_then(Option::as_deref)
    };
    match wanted.name {
        "abuse_filter_log" => {
            if let Some(Place::Text(number)) = cell("afl_var_dump").map(|written| place(written).0) {
                staging.insert(REFERRED, vec![vec![Some(number.to_string().into_bytes())]]).await?;
            }
        }
        "text" => {
            let number = cell("old_id").and_then(whole).unwrap_or_default();
            if !staging.has(REFERRED, "old_id", number).await? {
                return Ok(None);
            }
        }
        _ => {}
    }
    if wanted.kept.is_empty() {
        return Ok(Some(row));
    }
    let keeps = |column: &String| wanted.kept.contains(&column.as_str());
    Ok(Some(columns.iter().zip(row).filter(|(column, _)| keeps(column)).map(|(_, cell)| cell).collect()))
}

/// Rows of one table that wait.
#[derive(Default)]
struct Batch {
    table: &'static str,
    rows: Vec<Vec<Cell>>,
    bytes: usize,
}

impl Batch {
    async fn push(&mut self, table: &'static str, row: Vec<Cell>, staging: &mut Staging) -> Result<(), StoreError> {
        /// Most bytes that wait: 8 MiB and a row.
        const BYTES_MAX: usize = 8 << 20;
        if self.table != table || self.rows.len() >= BATCH || self.bytes > BYTES_MAX {
            self.flush(staging).await?;
            self.table = table;
        }
        self.bytes += row.iter().flatten().map(Vec::len).sum::<usize>();
        self.rows.push(row);
        Ok(())
    }

    async fn flush(&mut self, staging: &mut Staging) -> Result<(), StoreError> {
        self.bytes = 0;
        staging.insert(self.table, std::mem::take(&mut self.rows)).await
    }
}
