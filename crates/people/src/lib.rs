//! Wikis, sets of wikis, service tokens, accounts, sessions, and whose rights hold where.
//!
//! What every request asks ([`People::service`], [`People::vouched`], [`People::anonymous`]) is answered from memory; what
//! signs a person in or changes something goes to the database and leaves an entry in the audit log.
//!
//! Invariants:
//! * a secret (token, session, link) is shown once and kept as a digest only; a password as an argon2id hash;
//! * rights come from the service's own tables, or from what a wiki signed; never from a field that anybody could write;
//! * a wiki speaks for its own people, on itself; farm-wide rights need a group that the farm's managers named;
//! * nobody gives rights beyond his own, and there is always somebody left who may manage accounts;
//! * for names that are not there, signing in costs the same and says the same.
//!
//! Deliberately absent: HTTP, cookies, and mail. Links that work once are handed to who made them.
//!
//! Begin reading at [`People`].

pub mod account;
pub mod group;
mod hasher;
pub mod key;
pub mod limit;
pub mod oidc;
pub mod password;
mod people;
pub mod scope;
mod secret;
pub mod session;
pub mod settings;
pub mod sign_in;
mod snapshot;
mod statement;
mod ticket;
pub mod token;
mod touches;
pub mod wiki;

pub use account::{Account, AccountDraft, AccountError, Identity, NewTicket, RedeemError};
pub use group::{GroupError, GroupRights};
pub use hasher::{AT_ONCE_MAX, Crowded, LANES, MEMORY_KIB, PASSES};
pub use key::{BadKey, PublicKey};
pub use password::Password;
pub use people::{People, TOPIC};
pub use scope::{Scope, Scopes};
pub use session::{Method, NewSession, Session, SessionError, SessionLife};
pub use settings::{OidcSettings, PeopleSettings};
pub use sign_in::SignInError;
pub use statement::{ActorError, CLOCK_SKEW_S_MAX, LIFE_S_MAX, STATEMENT_BYTES_MAX};
pub use token::{NewToken, ServiceCaller, Token, TokenDraft, TokenError};
pub use wiki::{SetDraft, Wiki, WikiDraft, WikiError, WikiSet, Wrong};
