//! The database: reached, how it does, and whether there is an account.

use crate::service::client::Client;
use crate::service::path::ApiPath;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use wikiward_farm::SystemClock;
use wikiward_farm::checkup::Finding;
use wikiward_server::checkup::database::{self, Known, causes};
use wikiward_server::secret::KEY_FILE;
use wikiward_server::{Config, Server};
use wikiward_store::{Database, OpenOptions, Store};

pub(super) async fn look(config: &Config, lines: &mut Vec<Finding>) -> Known {
    const CHECK: &str = "database";
    let Ok(database) = config.database() else { return Known::default() };
    if let Database::Sqlite(path) = &database
        && !path.exists()
    {
        let found = format!("{} is not there yet", database.label());
        lines.push(Finding::warning(CHECK, found, "`wikiward serve` makes it at its first start"));
        return Known::default();
    }
    let options = OpenOptions { connections_max: 1, wait_max: Duration::from_secs(config.database.wait_seconds_max) };
    let store = match Store::open_as_is(&database, &options, Arc::new(SystemClock)).await {
        Ok(store) => store,
        Err(error) => {
            let todo = match &database {
                Database::Sqlite(_) => {
                    "let the service's user read and write the file, its folder, and the files beside it"
                }
                Database::Postgres(_) => "is the server up, and are name, password and host in `database.url` right?",
            };
            lines.push(Finding::problem(CHECK, causes(&error), todo));
            return Known::default();
        }
    };
    let known = database::look(&store, &database, true, lines).await;
    store.close().await;
    known
}

/// `answers` says whether the service runs.
pub(super) async fn accounts(config: &Config, known: &Known, answers: bool, lines: &mut Vec<Finding>) {
    const CHECK: &str = "accounts";
    // Opening the whole service would make a key file and change tables: only where both are there as they should be.
    if !known.is_present || !config.server.data_dir.join(KEY_FILE).exists() {
        lines.push(Finding::skipped(CHECK, "there is no database in order yet"));
        return;
    }
    let found = match Server::open_beside(config.clone()).await {
        Ok(server) => {
            let client = Client::local(server);
            let found = client.list(&ApiPath::new("/v1/accounts"), 1).await;
            client.close().await;
            found
        }
        Err(error) => {
            lines.push(Finding::problem(
                CHECK,
                causes(&error),
                "the service would not start either: see what comes first above",
            ));
            return;
        }
    };
    lines.push(match found {
        Ok(rows) => first_account(&rows.items, answers),
        Err(error) => Finding::problem(CHECK, format!("{error:#}"), "the log of the service says more"),
    });
}

fn first_account(accounts: &[Value], answers: bool) -> Finding {
    const CHECK: &str = "accounts";
    if !accounts.is_empty() {
        return Finding::ok(CHECK, "there is one");
    }
    let todo = if answers {
        "open the one-time link that the service printed when it started, or run `wikiward account create NAME`"
    } else {
        "start the service and open the one-time link it prints, or run `wikiward account create NAME`"
    };
    Finding::warning(CHECK, "there is none: nobody can sign in yet", todo)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use wikiward_farm::checkup::Standing;

    #[test]
    fn a_service_without_an_account_is_told_how_to_get_one() {
        assert_eq!(first_account(&[json!({})], false).status, Standing::Ok);
        assert_eq!(first_account(&[], true).status, Standing::Warning);
        assert_ne!(first_account(&[], true).todo, first_account(&[], false).todo);
    }
}
