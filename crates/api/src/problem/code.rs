//! Every kind of problem, in one table.

use axum::http::StatusCode;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $status:ident;)+) => {
        /// Kind of a problem. The names are stable; the book lists them all.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name, such as `edit_conflict`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What kind of problem it is, for people.
            pub fn title(self) -> &'static str {
                let text = match self { $(Self::$variant => concat!($($doc,)+),)+ };
                text.trim().trim_end_matches('.')
            }

            /// The HTTP status.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }
        }
    };
}

codes! {
    /// The request cannot be understood.
    BadRequest = "bad_request", BAD_REQUEST;
    /// The request has a field that is not known here.
    UnknownField = "unknown_field", BAD_REQUEST;
    /// The group does not offer this variable.
    UnknownVariable = "unknown_variable", BAD_REQUEST;
    /// This cannot be the name of a variable.
    BadVarName = "bad_var_name", BAD_REQUEST;
    /// The caller is not known.
    Unauthenticated = "unauthenticated", UNAUTHORIZED;
    /// The caller may not do this.
    Forbidden = "forbidden", FORBIDDEN;
    /// There is nothing here.
    NotFound = "not_found", NOT_FOUND;
    /// There is no such group of filters.
    UnknownGroup = "unknown_group", NOT_FOUND;
    /// The resource does not know this method.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED;
    /// Somebody saved a newer version in between.
    EditConflict = "edit_conflict", CONFLICT;
    /// The evaluation to go on with is not held here any more.
    ResumeLost = "resume_lost", CONFLICT;
    /// The filter is not braked.
    NotBraked = "not_braked", CONFLICT;
    /// The filter was braked anew in between.
    LatchChanged = "latch_changed", CONFLICT;
    /// Only enabled filters can be held.
    NotEnabled = "not_enabled", CONFLICT;
    /// The filter is being held.
    HoldActive = "hold_active", CONFLICT;
    /// A hold does not last that long here.
    HoldTooLong = "hold_too_long", UNPROCESSABLE_ENTITY;
    /// The filter was held for too long within a day.
    HoldBudget = "hold_budget", CONFLICT;
    /// The hold cannot be confirmed any more.
    ConfirmExpired = "confirm_expired", CONFLICT;
    /// Who edited a filter a moment ago cannot hold it alone.
    OwnFreshEdit = "own_fresh_edit", CONFLICT;
    /// This hold needs a second person.
    SecondPersonNeeded = "second_person_needed", CONFLICT;
    /// The second person is the first.
    SamePerson = "same_person", CONFLICT;
    /// Nothing holds back the promotion of this user.
    NotSuspended = "not_suspended", CONFLICT;
    /// Nothing of the job is left.
    JobOver = "job_over", CONFLICT;
    /// The list would have too many domains.
    TooManyDomains = "too_many_domains", CONFLICT;
    /// Enabled filters use a variable or kind that would go.
    VariableInUse = "variable_in_use", CONFLICT;
    /// The group belongs to another owner.
    GroupOwned = "group_owned", CONFLICT;
    /// Something of that name is there already.
    NameTaken = "name_taken", CONFLICT;
    /// Nobody could manage accounts any more.
    LastAdministrator = "last_administrator", CONFLICT;
    /// The same Idempotency-Key came with another request.
    IdempotencyMismatch = "idempotency_mismatch", CONFLICT;
    /// The candidate has ended.
    CandidateEnded = "candidate_ended", CONFLICT;
    /// The variables of the action are not kept, or not for the caller.
    NoVariables = "no_variables", CONFLICT;
    /// The document is not the version that was named.
    PreconditionFailed = "precondition_failed", PRECONDITION_FAILED;
    /// A variable is too large.
    VarTooLarge = "var_too_large", PAYLOAD_TOO_LARGE;
    /// The request took too long.
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT;
    /// The request is too large.
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE;
    /// The body is not JSON by its type.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE;
    /// The document is not valid.
    Invalid = "invalid", UNPROCESSABLE_ENTITY;
    /// Logged data cannot be read now, because nothing can be written of it.
    ReadOnly = "read_only", LOCKED;
    /// This has to be confirmed.
    ConfirmRequired = "confirm_required", PRECONDITION_REQUIRED;
    /// As many backtests as may run at the same time are running.
    TooManyBacktests = "too_many_backtests", TOO_MANY_REQUESTS;
    /// Too many requests.
    RateLimited = "rate_limited", TOO_MANY_REQUESTS;
    /// Something went wrong here.
    Internal = "internal", INTERNAL_SERVER_ERROR;
    /// The service with whose account to sign in does not answer as it should.
    IdentityProvider = "identity_provider", BAD_GATEWAY;
    /// The service has too much to do.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE;
    /// The database does not take it now.
    StoreUnavailable = "store_unavailable", SERVICE_UNAVAILABLE;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_titles_are_sentences_without_an_end() {
        let names: HashSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.title().starts_with(char::is_uppercase) && !code.title().ends_with('.'), "{code:?}");
            assert!(code.status().is_client_error() || code.status().is_server_error());
        }
    }
}
