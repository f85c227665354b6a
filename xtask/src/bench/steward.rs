//! The person who works at a service that is measured.

use anyhow::{Context, Error, Result};
use serde_json::json;
use wikiward_testkit::service::{Client, Process};

/// Makes the first account, by the link that the service printed; gives its session's secret.
pub(super) fn session(node: &Process) -> Result<String> {
    let link = node.first_link().context("the service printed no link for the first account")?;
    let ticket = link.rsplit('/').next().unwrap_or_default();
    let input = json!({"ticket": ticket, "name": "Bench steward", "password": "a long enough password"});
    let session = Client::new(node.address().clone(), None).json("POST", "/v1/sessions/redeem", Some(&input));
    let session = session.map_err(Error::from_boxed)?;
    session["secret"].as_str().map(str::to_owned).context("the service gave no session")
}
