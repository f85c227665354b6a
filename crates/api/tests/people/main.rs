//! Wikis, tokens, accounts, sessions and the audit log through the interface.

#![expect(clippy::unwrap_used, reason = "a test says what must hold")]

mod accounts;
mod house;
mod tokens;
mod wikis;
