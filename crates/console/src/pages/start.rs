//! The start page: what happens now.

use super::sample::{Sample, SampleRights};
use crate::page::Page;
use crate::state::Console;
use crate::visit::Visitor;
use crate::{args, html as h, paths};
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use maud::html;

pub(crate) fn routes() -> Router<Console> {
    Router::new().route("/", get(show))
}

async fn show(visitor: Visitor) -> Response {
    page(&visitor).show(&visitor)
}

fn page(visitor: &Visitor) -> Page {
    let text = visitor.text;
    let content = html! {
        p { (text.with("start-wikis", args![visitor.wikis.len()])) }
        ul { @for (wiki, label) in visitor.wikis.iter() { li { a href=(paths::filters(wiki)) { (h::foreign(label)) } } } }
    };
    Page::new(text.say("start-title"), content)
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    vec![Sample { page: "start", state: "many", rights: SampleRights::Editor, make: page }]
}
