//! External domains that nobody may link to: lists of wikis and of the farm.
//!
//! After the filters allowed an action, the hosts of the links that it adds are looked up: each host and every parent of it.
//! The lists lie in memory with everything else that judging reads ([`crate::snapshot::Snapshot::domains`]), so that a change
//! is in force on every node as soon as one of a filter.
//!
//! Invariants:
//! * an entry is a host in lower-case ASCII with a dot in it: `b.example`, `xn--bcher-kva.example`, `192.0.2.1`;
//! * an entry blocks its host and all hosts below it; an address blocks itself alone;
//! * an attempt that was refused is in the log of attempts before it is answered.
//!
//! Begin reading at [`BlockedDomains`]; what an entry is, says [`Domain`].

pub mod attempts;
mod host;
mod lists;
pub(crate) mod records;
mod service;

pub use host::{BadDomain, Domain, host_of};
pub use lists::{DomainSet, Lists, OnWiki};
pub use service::{
    AT_ONCE_MAX, Added, BlockedDomain, BlockedDomains, DOMAINS_MAX, DomainError, NOTES_CHARACTERS_MAX, NewDomain,
    REASON_CHARACTERS_MAX, TOPIC,
};

#[cfg(test)]
mod tests;
