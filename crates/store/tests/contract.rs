//! What holds on every database, run on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

mod contract {
    pub(super) mod audit;
    pub(super) mod backup;
    pub(super) mod feed;
    pub(super) mod values;
}

use std::sync::Arc;
use wikiward_farm::SystemClock;
use wikiward_store::{Database, OpenOptions, Store};

/// A store on a new database; what must live as long as it does.
struct Fresh {
    store: Store,
    database: Database,
    _folder: Option<tempfile::TempDir>,
}

async fn open(database: &Database) -> Store {
    Store::open(database, &OpenOptions::default(), Arc::new(SystemClock)).await.expect("the database opens")
}

async fn sqlite() -> Fresh {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Database::Sqlite(folder.path().join("wikiward.db"));
    Fresh { store: open(&database).await, database, _folder: Some(folder) }
}

async fn postgres() -> Option<Fresh> {
    let database = Database::Postgres(wikiward_testkit::postgres::fresh_database()?);
    Some(Fresh { store: open(&database).await, database, _folder: None })
}

macro_rules! on_both {
    ($($module:ident::$case:ident,)+) => {
        mod on_sqlite { $(#[tokio::test] async fn $case() { super::contract::$module::$case(super::sqlite().await).await; })+ }
        mod on_postgres {
            $(#[tokio::test] async fn $case() {
                let Some(fresh) = super::postgres().await else { return };
                super::contract::$module::$case(fresh).await;
            })+
        }
    };
}

on_both! {
    values::every_kind_of_value_comes_back_as_it_went_in,
    values::a_transaction_that_is_dropped_leaves_nothing,
    values::a_row_that_is_there_already_is_a_constraint,
    values::a_value_can_never_be_a_statement,
    feed::changes_are_numbered_in_the_order_of_commits,
    feed::another_process_hears_of_a_change,
    feed::a_database_of_a_newer_program_is_refused,
    feed::old_changes_are_swept,
    audit::the_chain_is_whole_until_somebody_touches_it,
    audit::entries_are_listed_newest_first_in_full_pages,
    backup::a_backup_restores_everything_on_either_database,
    backup::a_restore_never_writes_over_what_is_there,
    backup::a_damaged_backup_is_refused_and_leaves_nothing,
}
