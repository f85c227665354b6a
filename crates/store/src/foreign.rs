//! Reading databases of other programs: tables as they are, one page of rows after the other, in the order of a key.
//!
//! Nothing is ever written there: SQLite files are opened read-only, and on MySQL and MariaDB everything is read in one
//! read-only transaction, which sees one moment. Memory is one page of rows.
//!
//! [`Staging`] makes a file that can be read the same way, out of rows that come in any order.

mod staging;

pub use staging::Staging;

use crate::error::StoreError;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, MySqlConnection, Row as _, SqlSafeStr, SqliteConnection,
};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// A value as the other program's text of it; none for `NULL`.
pub type Cell = Option<Vec<u8>>;

/// How long a lock of the other program is waited for.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Where a MySQL or MariaDB server is, and who asks.
#[derive(Clone)]
pub struct MySql {
    /// Host name, or an absolute path of a socket.
    pub host: String,
    /// Port, for hosts.
    pub port: u16,
    /// User.
    pub user: String,
    /// Password; none for none.
    pub password: Option<String>,
    /// Database.
    pub database: String,
    /// Whether TLS is demanded; otherwise it is used if the server offers it.
    pub requires_tls: bool,
}

impl std::fmt::Debug for MySql {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "mysql://{}@{}/{}", self.user, self.host, self.database)
    }
}

/// A database of another program.
#[derive(Debug)]
pub struct Foreign {
    peer: Peer,
    prefix: String,
}

#[derive(Debug)]
enum Peer {
    Sqlite(SqliteConnection),
    MySql(MySqlConnection),
}

impl Foreign {
    /// Opens a SQLite file; `prefix` is what all names of tables begin with.
    ///
    /// # Errors
    /// [`StoreError::Open`] if there is no such file, or it is no database.
    pub async fn sqlite(path: &Path, prefix: &str) -> Result<Self, StoreError> {
        let unopened = |error| StoreError::Open(path.display().to_string(), error);
        let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(WAIT_MAX);
        let mut connection = options.connect().await.map_err(unopened)?;
        // One moment is seen, whatever the other program writes meanwhile.
        sqlx::query("BEGIN").execute(&mut connection).await?;
        sqlx::query("SELECT count(*) FROM sqlite_schema").execute(&mut connection).await.map_err(unopened)?;
        Ok(Self { peer: Peer::Sqlite(connection), prefix: prefix.to_owned() })
    }

    /// Connects to MySQL or MariaDB; `prefix` is what all names of tables begin with.
    ///
    /// # Errors
    /// [`StoreError::Open`] if it does not answer, or refuses.
    pub async fn mysql(server: &MySql, prefix: &str) -> Result<Self, StoreError> {
        let mut options = MySqlConnectOptions::new()
            .username(&server.user)
            .database(&server.database)
            .ssl_mode(if server.requires_tls { MySqlSslMode::Required } else { MySqlSslMode::Preferred });
        options = if server.host.starts_with('/') {
            options.socket(&server.host)
        } else {
            options.host(&server.host).port(server.port)
        };
        if let Some(password) = &server.password {
            options = options.password(password);
        }
        let unopened = |error| StoreError::Open(format!("{server:?}"), error);
        let mut connection = options.connect().await.map_err(unopened)?;
        for statement in [
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        ] {
            sqlx::raw_sql(statement.into_sql_str()).execute(&mut connection).await.map_err(unopened)?;
        }
        Ok(Self { peer: Peer::MySql(connection), prefix: prefix.to_owned() })
    }

    /// Names of a table's columns, lower-case; empty if there is no such table.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn columns(&mut self, table: &str) -> Result<Vec<String>, StoreError> {
        let name = text_of(&format!("{}{table}", self.prefix));
        let statement = match &self.peer {
            Peer::Sqlite(_) => format!("SELECT CAST(name AS BLOB) FROM pragma_table_info({name}) ORDER BY cid"),
            Peer::MySql(_) => format!(
                "SELECT CAST(column_name AS BINARY) FROM information_schema.columns \
                 WHERE table_schema = DATABASE() AND table_name = {name} ORDER BY ordinal_position"
            ),
        };
        let rows = self.rows(statement, 1).await?;
        let name = |row: Vec<Cell>| {
            let bytes = row.into_iter().next().flatten().unwrap_or_default();
            String::from_utf8_lossy(&bytes).to_lowercase()
        };
        Ok(rows.into_iter().map(name).collect())
    }

    /// Number of rows of a table.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn count(&mut self, table: &str) -> Result<u64, StoreError> {
        let mut statement = String::from("SELECT ");
        self.push_value(&mut statement, "COUNT(*)");
        let _ = write!(statement, " FROM {}", self.table(table));
        let rows = self.rows(statement, 1).await?;
        number(rows.first().and_then(|row| row.first()), table)
    }

    /// The rows whose `key` is above `after`, in its order, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn page(
        &mut self,
        table: &str,
        columns: &[&str],
        key: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Vec<Cell>>, StoreError> {
        let mut statement = self.select(table, columns);
        let key = self.name(key);
        let _ = write!(statement, " WHERE {key} > {after} ORDER BY {key} LIMIT {limit}");
        self.rows(statement, columns.len()).await
    }

    /// The rows in whose `column` one of `values` stands, in the order of `key`, from above `after`, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn having(
        &mut self,
        table: &str,
        columns: &[&str],
        (column, values): (&str, &[i64]),
        (key, after): (&str, i64),
        limit: usize,
    ) -> Result<Vec<Vec<Cell>>, StoreError> {
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let list = values.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        let mut statement = self.select(table, columns);
        let (column, key) = (self.name(column), self.name(key));
        let _ = write!(statement, " WHERE {column} IN ({list}) AND {key} > {after} ORDER BY {key} LIMIT {limit}");
        self.rows(statement, columns.len()).await
    }

    /// `key` and `column` of rows of `table` whose `column` is no `parent_key` of `parent`, from `key` above `after`, at most
    /// `limit`.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn orphans(
        &mut self,
        (table, key, column): (&str, &str, &str),
        (parent, parent_key): (&str, &str),
        after: i64,
        limit: usize,
    ) -> Result<Vec<Vec<Cell>>, StoreError> {
        let mut statement = self.select(table, &[key, column]);
        let (key, column, parent, parent_key) =
            (self.name(key), self.name(column), self.table(parent), self.name(parent_key));
        let _ = write!(
            statement,
            " WHERE {column} NOT IN (SELECT {parent_key} FROM {parent}) AND {key} > {after} ORDER BY {key} LIMIT {limit}"
        );
        self.rows(statement, 2).await
    }

    /// Ends the connection.
    pub async fn close(self) {
        // It only read: there is nothing to lose.
        let _ = match self.peer {
            Peer::Sqlite(connection) => connection.close().await,
            Peer::MySql(connection) => connection.close().await,
        };
    }

    fn select(&self, table: &str, columns: &[&str]) -> String {
        let mut statement = String::from("SELECT ");
        for (place, column) in columns.iter().enumerate() {
            if place > 0 {
                statement.push_str(", ");
            }
            let column = self.name(column);
            self.push_value(&mut statement, &column);
        }
        let _ = write!(statement, " FROM {}", self.table(table));
        statement
    }

    /// Appends an expression so that its value comes as bytes.
    fn push_value(&self, statement: &mut String, expression: &str) {
        let kind = if matches!(self.peer, Peer::Sqlite(_)) { "BLOB" } else { "BINARY" };
        let _ = write!(statement, "CAST({expression} AS {kind})");
    }

    fn table(&self, table: &str) -> String {
        self.name(&format!("{}{table}", self.prefix))
    }

    /// A name, quoted.
    fn name(&self, name: &str) -> String {
        match self.peer {
            Peer::Sqlite(_) => format!("\"{}\"", name.replace('"', "\"\"")),
            Peer::MySql(_) => format!("`{}`", name.replace('`', "``")),
        }
    }

    /// Runs a statement that this module put together: names are quoted, values are numbers.
    async fn rows(&mut self, statement: String, columns: usize) -> Result<Vec<Vec<Cell>>, StoreError> {
        let statement = AssertSqlSafe(statement).into_sql_str();
        Ok(match &mut self.peer {
            Peer::Sqlite(peer) => {
                let rows = sqlx::query(statement).fetch_all(peer).await?;
                let cells = |row: &sqlx::sqlite::SqliteRow| (0..columns).map(|at| row.try_get_unchecked(at)).collect();
                rows.iter().map(cells).collect::<Result<_, _>>()?
            }
            Peer::MySql(peer) => {
                let rows = sqlx::raw_sql(statement).fetch_all(peer).await?;
                let cells = |row: &sqlx::mysql::MySqlRow| (0..columns).map(|at| row.try_get_unchecked(at)).collect();
                rows.iter().map(cells).collect::<Result<_, _>>()?
            }
        })
    }
}

/// A text in quotes. Only names of tables are written so; none holds a quote or a backslash.
fn text_of(text: &str) -> String {
    format!("'{}'", text.replace(['\'', '\\'], ""))
}

fn number(cell: Option<&Cell>, table: &str) -> Result<u64, StoreError> {
    let text = cell.and_then(Option::as_deref).and_then(|bytes| std::str::from_utf8(bytes).ok());
    text.and_then(|text| text.parse().ok()).ok_or_else(|| StoreError::Corrupt(format!("the count of {table}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn staged(folder: &Path) -> Foreign {
        let path = folder.join("s.db");
        let mut staging = Staging::create(&path).await.unwrap();
        staging.table("a", &["a_id".into(), "a_text".into()], "a_id").await.unwrap();
        staging.table("b", &["b_id".into(), "b_a".into()], "b_id").await.unwrap();
        let row = |id: &str, text: &[u8]| vec![Some(id.as_bytes().to_vec()), Some(text.to_vec())];
        staging.insert("a", vec![row("3", b"x\0\xff"), row("1", b"10"), row("2", b"")]).await.unwrap();
        staging.insert("b", vec![row("1", b"3"), row("2", b"9"), vec![Some(b"4".to_vec()), None]]).await.unwrap();
        staging.finish().await.unwrap();
        Foreign::sqlite(&path, "").await.unwrap()
    }

    #[tokio::test]
    async fn rows_come_in_the_order_of_the_key_whatever_they_hold() {
        let folder = tempfile::tempdir().unwrap();
        let mut foreign = staged(folder.path()).await;
        assert_eq!(foreign.columns("a").await.unwrap(), ["a_id", "a_text"]);
        assert_eq!(foreign.columns("c").await.unwrap(), [""; 0]);
        assert_eq!(foreign.count("a").await.unwrap(), 3);
        let page = foreign.page("a", &["a_id", "a_text"], "a_id", 0, 2).await.unwrap();
        let cell = |bytes: &[u8]| Some(bytes.to_vec());
        assert_eq!(page, [vec![cell(b"1"), cell(b"10")], vec![cell(b"2"), cell(b"")]]);
        let rest = foreign.page("a", &["a_text"], "a_id", 2, 2).await.unwrap();
        assert_eq!(rest, [vec![cell(b"x\0\xff")]]);
        let some = foreign.having("b", &["b_id"], ("b_a", &[3, 9]), ("b_id", 1), 9).await.unwrap();
        assert_eq!(some, [vec![cell(b"2")]]);
        let orphans = foreign.orphans(("b", "b_id", "b_a"), ("a", "a_id"), 0, 9).await.unwrap();
        assert_eq!(orphans, [vec![cell(b"2"), cell(b"9")]]);
        foreign.close().await;
    }

    #[tokio::test]
    async fn what_is_no_database_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.db");
        assert!(matches!(Foreign::sqlite(&path, "").await, Err(StoreError::Open(..))));
        std::fs::write(&path, "this is a text, and a rather long one at that, with nothing else in it at all").unwrap();
        assert!(matches!(Foreign::sqlite(&path, "").await, Err(StoreError::Open(..))));
    }
}
