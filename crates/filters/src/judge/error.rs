//! Why an action was not judged.

use wikiward_farm::Coded;
use wikiward_store::StoreError;

/// Why an action was not judged.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// There is no such wiki, or it is closed.
    #[error("there is no such wiki")]
    UnknownWiki,
    /// There is no such group of filters.
    #[error("there is no group `{0}`")]
    UnknownGroup(String),
    /// The request cannot be understood.
    #[error("{field}: {message}")]
    BadRequest {
        /// The field meant.
        field: &'static str,
        /// What is wrong with it.
        message: &'static str,
    },
    /// The group does not offer the variable.
    #[error("the group does not offer the variable `{0}`")]
    UnknownVariable(String),
    /// The text cannot be the name of a variable.
    #[error("`{0}` is no name of a variable: [a-z][a-z0-9_]{{0,63}} is wanted")]
    BadVarName(String),
    /// The variable has too many bytes.
    #[error("the variable `{0}` has more than 2 MiB")]
    VarTooLarge(String),
    /// The evaluation is not held here, or not any more.
    #[error("the evaluation is not held here any more. Ask again, with the same action id and all variables you have")]
    ResumeLost,
    /// More actions are judged, or wait for variables, than this node holds; or what follows can be kept nowhere.
    #[error("this node can take no more actions now")]
    Overloaded,
    /// The database did not say whether the action was judged before.
    #[error("whether the action was judged before cannot be told")]
    Store(#[from] StoreError),
}

impl Coded for EvaluateError {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownWiki => "not_found",
            Self::UnknownGroup(_) => "unknown_group",
            Self::BadRequest { .. } => "bad_request",
            Self::UnknownVariable(_) => "unknown_variable",
            Self::BadVarName(_) => "bad_var_name",
            Self::VarTooLarge(_) => "var_too_large",
            Self::ResumeLost => "resume_lost",
            Self::Overloaded => "overloaded",
            Self::Store(_) => "store_unavailable",
        }
    }
}
