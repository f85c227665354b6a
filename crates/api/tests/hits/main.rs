//! Hits through the interface: lists, one hit, private details, what people say, hiding, the access log, leaks.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod asking;
mod house;
mod leaks;
