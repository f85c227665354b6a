//! Why backtests are not started, or not answered for.

use super::ask::AskError;
use crate::life::ReadError;
use wikiward_farm::{Coded, Right};
use wikiward_store::StoreError;

/// Why a backtest was not started, or not answered for.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// A right is missing.
    #[error("this needs the right {0}")]
    Forbidden(Right),
    /// It is not there, or may not be seen.
    #[error("there is no such backtest or filter to be seen")]
    NotFound,
    /// There is no such group.
    #[error("there is no group `{0}`")]
    UnknownGroup(String),
    /// What is wanted cannot be tested.
    #[error("this cannot be tested")]
    Invalid(AskError),
    /// Too many run already.
    #[error("{running} backtests are running{}, and more than {most} must not. Wait for one to end, or cancel one",
        if *.is_own { " for you" } else { "" })]
    TooMany {
        /// How many run.
        running: i64,
        /// How many may.
        most: i64,
        /// Whether those of the person are meant.
        is_own: bool,
    },
    /// The system starts no more threads.
    #[error("no thread could be started for it")]
    NoThread(#[source] std::io::Error),
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for BacktestError {
    fn code(&self) -> &'static str {
        match self {
            Self::Forbidden(_) => "forbidden",
            Self::NotFound => "not_found",
            Self::UnknownGroup(_) => "unknown_group",
            Self::Invalid(_) => "invalid",
            Self::TooMany { .. } => "too_many_backtests",
            Self::NoThread(_) => "overloaded",
            Self::Store(error) => error.code(),
        }
    }
}

impl From<ReadError> for BacktestError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Store(error) => Self::Store(error),
            ReadError::Forbidden(right) => Self::Forbidden(right),
            ReadError::NotFound | ReadError::Pattern(_) => Self::NotFound,
        }
    }
}
