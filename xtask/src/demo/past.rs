//! A backtest of the demo's own, so that its page has something to show.

use super::account::Account;
use anyhow::{Error, Result};
use serde_json::json;
use wikiward_testkit::service::{Address, Client};

/// Verdicts after which there is enough to try a rule on.
pub(super) const VERDICTS_MIN: u64 = 2_000;

/// A rule that people could think of. It reads what the sample edits have.
const RULE: &str = "action == \"edit\" &\nuser_editcount < 50 &\nadded_lines irlike \"https?://|buy|cheap\"";

/// Starts a backtest on what was kept of `wiki`, beside one of its filters.
pub(super) fn try_a_rule(address: &Address, account: &Account, wiki: &str) -> Result<()> {
    let mut client = Client::new(address.clone(), Some(&account.secret));
    let body = json!({"group": "default", "rules": RULE, "against": {"filter": "1"}});
    let path = format!("/v1/wikis/{wiki}/backtests");
    client.json("POST", &path, Some(&body)).map_err(Error::from_boxed)?;
    Ok(())
}
