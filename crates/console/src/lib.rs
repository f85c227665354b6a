//! The web console: where filter editors and stewards work.
//!
//! Pages are HTML made here, in Wikimedia's Codex design; every act that matters is a form that works without script. A
//! page is a function from a plain view to markup ([`pages`]); its handler takes out what was sent, calls one service and
//! shows what came of it.
//!
//! Invariants:
//! * what a person may not see is not on any page, nor in what a page counts;
//! * no page holds script or style of its own, and nothing comes from elsewhere ([`page`] says so to the browser);
//! * no form changes anything without the secret of the browser that got it ([`form`]);
//! * what people wrote is shown as text, in an isolated direction, never as markup;
//! * all text comes from message files ([`text`]).
//!
//! Deliberately absent: SQL, rules about filters or people, and the JSON interface for programs.
//!
//! Begin reading at [`routes`], then [`visit`] and [`page`].

pub mod assets;
pub mod cursor;
pub mod fault;
pub mod form;
pub mod html;
mod kept;
pub mod page;
pub mod pages;
pub mod paths;
pub mod routes;
pub mod state;
pub mod text;
pub mod visit;

pub use routes::router;
pub use state::Console;
