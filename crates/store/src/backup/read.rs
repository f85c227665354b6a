//! Restoring a backup.

use super::tables::{self, Kind, Table};
use super::write::Written;
use super::{BackupError, FORMAT, Line, ROWS_AT_ONCE};
use crate::conn::Conn;
use crate::migrate;
use crate::open::Store;
use crate::sql::{Bind, Sql};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};

/// Most bytes of one line of a backup: a row with its largest texts.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Restores `file` into an empty database: all of it, or nothing.
///
/// # Errors
/// [`BackupError::Damaged`] if the file is no whole backup, [`BackupError::Schema`] if it is of another schema,
/// [`BackupError::NotEmpty`] if the database has rows; nothing is restored then.
pub async fn restore<R: Read + Send>(store: &Store, file: R) -> Result<Written, BackupError> {
    let mut lines = Lines::open(file)?;
    match lines.next()? {
        Some(Line::Head { format: FORMAT, schema, .. }) if schema == migrate::newest() => {}
        Some(Line::Head { format: FORMAT, schema, .. }) => {
            return Err(BackupError::Schema { found: schema, known: migrate::newest() });
        }
        _ => return Err(lines.damaged("this is not a backup of Wikiward")),
    }
    let mut tx = store.begin().await?;
    let tables = tables::all(&mut tx).await?;
    empty(&mut tx, &tables).await?;
    let mut written = Written { tables: 0, rows: 0 };
    let mut into: Option<(&Table, Vec<Kind>)> = None;
    let mut waiting: Vec<Vec<Bind>> = Vec::new();
    loop {
        let line = lines.next()?;
        if let Some((table, _)) = &into
            && (!matches!(line, Some(Line::Row(_))) || waiting.len() >= rows_at_once(table))
        {
            insert(&mut tx, table, std::mem::take(&mut waiting)).await?;
        }
        match line {
            Some(Line::Row(values)) => {
                let Some((_, kinds)) = &into else { return Err(lines.damaged("a row without its table")) };
                waiting.push(row(&values, kinds).ok_or_else(|| lines.damaged("a row does not fit its table"))?);
                written.rows += 1;
            }
            Some(Line::Table { name, columns }) => {
                let table = tables.iter().find(|table| {
                    table.name == name && table.columns.iter().map(|column| &column.name).eq(columns.iter())
                });
                let table = table.ok_or_else(|| lines.damaged("a table that this program does not have"))?;
                into = Some((table, table.columns.iter().map(|column| column.kind).collect()));
                written.tables += 1;
            }
            Some(Line::End { rows }) if rows == written.rows => break,
            Some(_) => return Err(lines.damaged("rows are missing")),
            None => return Err(lines.damaged("the file breaks off")),
        }
    }
    lines.finish()?;
    go_on_counting(&mut tx, &tables).await?;
    tx.commit().await?;
    store.feed().look(store).await?;
    Ok(written)
}

/// Both databases bound how many values one statement may have; SQLite's bound is 32,766.
fn rows_at_once(table: &Table) -> usize {
    ROWS_AT_ONCE.min(30_000 / table.columns.len().max(1))
}

/// Refuses tables with rows; only the counters that a new database begins with go.
async fn empty(conn: &mut Conn, tables: &[Table]) -> Result<(), BackupError> {
    conn.execute("DELETE FROM heads WHERE seq = 0").await?;
    for table in tables {
        let mut sql = Sql::from("SELECT 1 FROM ");
        sql.push_name(&table.name).push(" LIMIT 1");
        if conn.row(sql).await?.is_some() {
            return Err(BackupError::NotEmpty { table: table.name.clone() });
        }
    }
    Ok(())
}

async fn insert(conn: &mut Conn, table: &Table, rows: Vec<Vec<Bind>>) -> Result<(), BackupError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::from("INSERT INTO ");
    sql.push_name(&table.name)
        .push(" (")
        .push_names(table.columns.iter().map(|column| &*column.name))
        .push(") VALUES ");
    for (place, row) in rows.into_iter().enumerate() {
        sql.push(if place == 0 { "(" } else { ", (" }).bind_list(row).push(")");
    }
    conn.execute(sql).await?;
    Ok(())
}

/// Columns that the database numbers by itself go on after the highest number restored; SQLite does so anyway.
async fn go_on_counting(conn: &mut Conn, tables: &[Table]) -> Result<(), BackupError> {
    if conn.is_sqlite() {
        return Ok(());
    }
    for (table, column) in tables.iter().filter_map(|table| Some((table, table.serial.as_deref()?))) {
        let mut sql = Sql::from("SELECT setval(pg_get_serial_sequence(");
        sql.bind(&table.name).push(", ").bind(column).push("), (SELECT COALESCE(MAX(").push_name(column);
        sql.push("), 0) + 1 FROM ").push_name(&table.name).push("), false)");
        conn.execute(sql).await?;
    }
    Ok(())
}

fn row(values: &[Value], kinds: &[Kind]) -> Option<Vec<Bind>> {
    if values.len() != kinds.len() {
        return None;
    }
    values.iter().zip(kinds).map(|(value, kind)| bind(value, *kind)).collect()
}

fn bind(value: &Value, kind: Kind) -> Option<Bind> {
    Some(match (kind, value) {
        (Kind::Int, Value::Null) => Bind::Int(None),
        (Kind::Text, Value::Null) => Bind::Text(None),
        (Kind::Bytes, Value::Null) => Bind::Bytes(None),
        (Kind::Int, value) => Bind::Int(Some(value.as_i64()?)),
        (Kind::Bool, value) => Bind::Bool(value.as_bool()?),
        (Kind::Real, value) => Bind::Real(value.as_f64()?),
        (Kind::Text, value) => Bind::Text(Some(value.as_str()?.to_owned())),
        (Kind::Bytes, value) => Bind::Bytes(Some(STANDARD.decode(value.get("b")?.as_str()?).ok()?)),
    })
}

struct Lines<R: Read> {
    file: BufReader<zstd::Decoder<'static, BufReader<R>>>,
    number: u64,
}

impl<R: Read> Lines<R> {
    fn open(file: R) -> Result<Self, BackupError> {
        Ok(Self { file: BufReader::new(zstd::Decoder::new(file)?), number: 0 })
    }

    fn next(&mut self) -> Result<Option<Line>, BackupError> {
        self.number += 1;
        let mut text = Vec::new();
        let read = self.file.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut text);
        read.map_err(|_| self.damaged("it cannot be unpacked"))?;
        if text.is_empty() {
            return Ok(None);
        }
        serde_json::from_slice(&text).map(Some).map_err(|error| self.damaged(&error.to_string()))
    }

    /// Reads to the very end, where the packed data's checksum and frame end are checked.
    fn finish(mut self) -> Result<(), BackupError> {
        match self.next()? {
            None => Ok(()),
            Some(_) => Err(self.damaged("there is more after the end")),
        }
    }

    fn damaged(&self, what: &str) -> BackupError {
        BackupError::Damaged { line: self.number, what: what.to_owned() }
    }
}
