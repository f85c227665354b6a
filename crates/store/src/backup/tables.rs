//! The tables and columns, as the database itself tells them.

use crate::conn::Conn;
use crate::error::StoreError;
use crate::sql;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Bool,
    Real,
    Text,
    Bytes,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColumnOf {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// A table with its columns and the columns of its primary key, which give the order of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<ColumnOf>,
    pub(super) key: Vec<String>,
    /// The column that the database numbers by itself.
    pub(super) serial: Option<String>,
}

const SQLITE_TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' \
                             AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' ORDER BY name";
const SQLITE_COLUMNS: &str = "SELECT name, upper(type), pk FROM pragma_table_info($1) ORDER BY cid";
const POSTGRES_TABLES: &str = "SELECT CAST(table_name AS TEXT) FROM information_schema.tables \
                               WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' \
                               AND table_name NOT LIKE '\\_sqlx%' ORDER BY table_name";
const POSTGRES_COLUMNS: &str = "SELECT CAST(c.column_name AS TEXT), upper(c.data_type), \
     CAST(COALESCE((SELECT k.ordinal_position FROM information_schema.key_column_usage k \
        JOIN information_schema.table_constraints t ON t.constraint_name = k.constraint_name \
        AND t.table_schema = k.table_schema AND t.constraint_type = 'PRIMARY KEY' \
        WHERE k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name), 0) AS BIGINT), \
     c.is_identity = 'YES' \
     FROM information_schema.columns c WHERE c.table_schema = current_schema() AND c.table_name = $1 \
     ORDER BY c.ordinal_position";

/// All tables of ours, those that others refer to first.
pub(super) async fn all(conn: &mut Conn) -> Result<Vec<Table>, StoreError> {
    let is_sqlite = conn.is_sqlite();
    let names = conn.rows(if is_sqlite { SQLITE_TABLES } else { POSTGRES_TABLES }).await?;
    let mut tables = Vec::new();
    for row in names {
        let name: String = row.get(0)?;
        let rows = conn.rows(sql!(if is_sqlite { SQLITE_COLUMNS } else { POSTGRES_COLUMNS }, name.clone())).await?;
        let (mut columns, mut key, mut serial) = (Vec::new(), Vec::new(), None);
        for row in rows {
            let (column, kind, place): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            // SQLite numbers rows by itself in a column of exactly this type.
            if (is_sqlite && kind == "INTEGER") || (!is_sqlite && row.get(3)?) {
                serial = Some(column.clone());
            }
            if place > 0 {
                key.push((place, column.clone()));
            }
            columns.push(ColumnOf { kind: kind_of(&kind, &name, &column)?, name: column });
        }
        key.sort();
        tables.push(Table { name, columns, key: key.into_iter().map(|(_, column)| column).collect(), serial });
    }
    let rank = |table: &Table| FIRST.iter().position(|name| *name == table.name).unwrap_or(FIRST.len());
    tables.sort_by_key(rank);
    Ok(tables)
}

/// Tables that rows of others refer to.
const FIRST: [&str; 3] = ["wikis", "wiki_sets", "accounts"];

fn kind_of(kind: &str, table: &str, column: &str) -> Result<Kind, StoreError> {
    Ok(match kind {
        "BIGINT" | "INTEGER" => Kind::Int,
        "BOOLEAN" => Kind::Bool,
        "DOUBLE PRECISION" => Kind::Real,
        "TEXT" => Kind::Text,
        "BLOB" | "BYTEA" => Kind::Bytes,
        other => return Err(StoreError::Corrupt(format!("column {table}.{column} of type {other}"))),
    })
}
