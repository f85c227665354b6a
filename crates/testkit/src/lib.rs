//! What tests, benchmarks and the demonstration share: sample edits, sample filters, generated programs.
//!
//! For development and tools only: nothing that a wiki asks at run time comes from here.
//!
//! * [`samples`]: the edits of a small farm of three wikis, good and bad, with a label that says which.
//! * [`filters`]: production-style filters by the thousand, and actions to judge, for benchmarks.
//! * [`programs`]: random programs of the filter language, for runs against another evaluator.
//! * [`oracle`]: a client of that other evaluator, the reference.
//! * [`postgres`] and [`mariadb`]: throw-away database servers.
//! * [`mediawiki`]: throw-away wikis of a real MediaWiki.
//! * [`requests`]: what a wiki asks the service about those edits, and the filters in the form in which they are imported.
//! * [`service`]: the service as a process of its own, and a farm in it.
//! * [`histogram`]: durations, counted.
//! * [`answer`]: what a router answered.
//! * [`codes`]: codes of errors that tests were answered with.
//! * [`random`]: the seeded generator under all of it.
//!
//! Invariant: all but the clients and the servers is a pure function of its seed. The same seed gives the same bytes on every machine, so
//! that a failure can be repeated from one number. Changing a generator changes its stream; recorded numbers name the
//! commit.
//!
//! Deliberately absent: text of real wikis, names of real people or products, domains and addresses outside the ranges
//! that are reserved for documentation, and real slurs. The bad edits insult with words nobody minds.
//!
//! Begin reading at [`samples::generate`].

pub mod answer;
pub mod codes;
pub mod filters;
pub mod histogram;
pub mod mariadb;
pub mod mediawiki;
pub mod oracle;
pub mod postgres;
pub mod programs;
pub mod random;
pub mod requests;
pub mod samples;
pub mod service;
