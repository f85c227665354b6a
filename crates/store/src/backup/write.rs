//! Writing a backup.

use super::tables::{self, Kind, Table};
use super::{BackupError, FORMAT, Line, ROWS_AT_ONCE};
use crate::conn::Conn;
use crate::error::StoreError;
use crate::migrate;
use crate::open::Store;
use crate::row::Row;
use crate::sql::{Bind, Sql};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io::Write;
use wikiward_farm::clock::micros;

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Number of tables.
    pub tables: usize,
    /// Number of rows.
    pub rows: u64,
}

/// Writes everything the database holds at this moment to `file`, while others go on reading and writing.
///
/// # Errors
/// [`BackupError::File`] or [`BackupError::Store`]; the file is then no whole backup, and a restore refuses it.
pub async fn backup<W: Write + Send>(store: &Store, file: W) -> Result<Written, BackupError> {
    let mut conn = store.snapshot().await?;
    let mut file = zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?;
    let at = micros(store.clock().now());
    // What a disk changed is found by it when the file is read.
    file.include_checksum(true)?;
    line(&mut file, &Line::Head { format: FORMAT, schema: migrate::newest(), at })?;
    let tables = tables::all(&mut conn).await?;
    let mut rows = 0;
    for table in &tables {
        let columns = table.columns.iter().map(|column| column.name.clone()).collect();
        line(&mut file, &Line::Table { name: table.name.clone(), columns })?;
        rows += write_rows(&mut conn, table, &mut file).await?;
    }
    line(&mut file, &Line::End { rows })?;
    file.finish()?.flush()?;
    Ok(Written { tables: tables.len(), rows })
}

async fn write_rows<W: Write>(conn: &mut Conn, table: &Table, file: &mut W) -> Result<u64, BackupError> {
    let mut count = 0;
    let mut last: Option<Vec<Bind>> = None;
    loop {
        let rows = conn.rows(page(table, last.take())).await?;
        for row in &rows {
            let values = (0..table.columns.len()).map(|index| value(row, table, index)).collect::<Result<_, _>>()?;
            line(file, &Line::Row(values))?;
            count += 1;
        }
        match rows.last() {
            Some(row) if rows.len() == ROWS_AT_ONCE => last = Some(key_of(row, table)?),
            _ => return Ok(count),
        }
    }
}

/// The rows after those with the key `after`, in the order of the primary key.
fn page(table: &Table, after: Option<Vec<Bind>>) -> Sql {
    let mut sql = Sql::from("SELECT ");
    sql.push_names(table.columns.iter().map(|column| &*column.name)).push(" FROM ").push_name(&table.name);
    if let Some(after) = after {
        sql.push(" WHERE (").push_names(table.key.iter().map(String::as_str)).push(") > (").bind_list(after).push(")");
    }
    sql.push(" ORDER BY ").push_names(table.key.iter().map(String::as_str));
    sql.push(" LIMIT ").bind(i64::try_from(ROWS_AT_ONCE).unwrap_or(i64::MAX));
    sql
}

fn key_of(row: &Row, table: &Table) -> Result<Vec<Bind>, StoreError> {
    let bind = |name: &String| {
        let index = table.columns.iter().position(|column| column.name == *name);
        let index = index.ok_or_else(|| StoreError::Corrupt(format!("the key of table {}", table.name)))?;
        Ok(match table.columns.get(index).map(|column| column.kind) {
            Some(Kind::Int) => Bind::from(row.get::<i64>(index)?),
            Some(Kind::Bytes) => Bind::from(row.get::<Vec<u8>>(index)?),
            _ => Bind::from(row.get::<String>(index)?),
        })
    };
    table.key.iter().map(bind).collect()
}

fn value(row: &Row, table: &Table, index: usize) -> Result<Value, StoreError> {
    if row.is_null(index)? {
        return Ok(Value::Null);
    }
    Ok(match table.columns.get(index).map(|column| column.kind) {
        Some(Kind::Int) => json!(row.get::<i64>(index)?),
        Some(Kind::Bool) => json!(row.get::<bool>(index)?),
        Some(Kind::Real) => json!(row.get::<f64>(index)?),
        Some(Kind::Bytes) => json!({"b": STANDARD.encode(row.get::<Vec<u8>>(index)?)}),
        Some(Kind::Text) | None => json!(row.get::<String>(index)?),
    })
}

fn line<W: Write>(file: &mut W, line: &Line) -> Result<(), BackupError> {
    serde_json::to_writer(&mut *file, line).map_err(std::io::Error::from)?;
    file.write_all(b"\n")?;
    Ok(())
}
