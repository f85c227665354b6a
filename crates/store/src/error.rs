//! Why the database did not do what was asked.

use sqlx::error::{DatabaseError, ErrorKind};
use wikiward_farm::Coded;

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, or did not answer in time.
    #[error("the database does not answer")]
    Unavailable(#[source] sqlx::Error),
    /// It has no room left.
    #[error("the database has no room left on its disk")]
    Full(#[source] sqlx::Error),
    /// Another writer was in the way for longer than we wait.
    #[error("the database is busy")]
    Busy(#[source] sqlx::Error),
    /// A row with this key is there already, or a row that is referred to is not.
    #[error("the database refuses the row: it breaks a constraint")]
    Constraint(#[source] sqlx::Error),
    /// It was written by a newer version of this program.
    #[error("the database has schema {found}, this program knows {known}. Run the newer program, or restore a backup")]
    Newer {
        /// Schema version of the database.
        found: i64,
        /// Newest schema version that this program knows.
        known: i64,
    },
    /// What it holds is not what this program writes there.
    #[error("the database holds something unexpected in {0}")]
    Corrupt(String),
    /// Its address or file cannot be used.
    #[error("the database cannot be opened at {0}")]
    Open(String, #[source] sqlx::Error),
    /// It refused a statement.
    #[error("the database refused a statement")]
    Statement(#[source] sqlx::Error),
    /// Its tables could not be brought to the present schema.
    #[error("the database's tables could not be brought to the present schema")]
    Migrate(#[source] sqlx::migrate::MigrateError),
}

impl StoreError {
    /// Whether the same may work a moment later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Full(_) | Self::Busy(_))
    }

    /// Whether a row breaks a constraint, such as one that is there already.
    pub fn is_constraint(&self) -> bool {
        matches!(self, Self::Constraint(_))
    }
}

impl Coded for StoreError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) | Self::Busy(_) => "store_unavailable",
            Self::Full(_) => "store_full",
            Self::Constraint(_) => "store_constraint",
            Self::Newer { .. } => "store_newer",
            Self::Corrupt(_) => "store_corrupt",
            Self::Open(..) => "store_open",
            Self::Statement(_) | Self::Migrate(_) => "store",
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Database(refusal) => match refused(&**refusal) {
                Refusal::Full => Self::Full(error),
                Refusal::Busy => Self::Busy(error),
                Refusal::Unavailable => Self::Unavailable(error),
                Refusal::Constraint => Self::Constraint(error),
                Refusal::Other => Self::Statement(error),
            },
            E::Io(_)
            | E::Tls(_)
            | E::Protocol(_)
            | E::PoolTimedOut
            | E::PoolClosed
            | E::WorkerCrashed
            | E::BeginFailed
            | E::InvalidSavePointStatement => Self::Unavailable(error),
            E::ColumnDecode { index, .. } => Self::Corrupt(format!("column {index}")),
            _ => Self::Statement(error),
        }
    }
}

enum Refusal {
    Full,
    Busy,
    Unavailable,
    Constraint,
    Other,
}

/// Reads the database's own code: SQLite's result codes (the low byte is the primary one), PostgreSQL's `SQLSTATE`.
fn refused(error: &dyn DatabaseError) -> Refusal {
    if matches!(
        error.kind(),
        ErrorKind::UniqueViolation
            | ErrorKind::ForeignKeyViolation
            | ErrorKind::NotNullViolation
            | ErrorKind::CheckViolation
    ) {
        return Refusal::Constraint;
    }
    let Some(code) = error.code() else { return Refusal::Other };
    if code.len() == 5 {
        return match &*code {
            "53100" => Refusal::Full,
            "40001" | "40P01" | "55P03" => Refusal::Busy,
            _ if code.starts_with("08") || code.starts_with("57") || code.starts_with("53") || code == "25006" => {
                Refusal::Unavailable
            }
            _ => Refusal::Other,
        };
    }
    match code.parse::<u32>().map(|code| code & 0xFF) {
        Ok(13) => Refusal::Full,
        Ok(5 | 6) => Refusal::Busy,
        // I/O error, cannot open, read-only: the disk or its permissions.
        Ok(8 | 10 | 14) => Refusal::Unavailable,
        _ => Refusal::Other,
    }
}
