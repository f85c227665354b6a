//! Wikis, tokens, accounts, sessions and the audit log through the interface.

#![expect(clippy::unwrap_used, reason = "a test says what must hold")]

mod accounts;
mod house;
mod requests;
mod tokens;
mod wikis;
