//! With which key a database was sealed, so that another one is told at the start and not when something stays closed.
//!
//! Kept beside the counters of the database: not the key, but what it makes of a known text.

use wikiward_store::{Keyring, Store, StoreError, sql};

const KNOWN: &str = "SELECT digest FROM heads WHERE name = 'key'";

/// By what the key of a database is known.
pub(crate) type Fingerprint = Vec<u8>;

pub(crate) fn fingerprint(keyring: &Keyring) -> Fingerprint {
    keyring.sealer("key file").mac(&[b"fingerprint"]).to_vec()
}

/// That of the key with which the database was begun; none if it is new, or older than this check.
pub(crate) async fn known(store: &Store) -> Result<Option<Fingerprint>, StoreError> {
    store.reader().await?.row(KNOWN).await?.map(|row| row.get(0)).transpose()
}

/// Takes note of a database's key if none is known: the one that is known then. Of two nodes that begin one database with
/// different keys, the first is taken.
pub(crate) async fn note(store: &Store, own: Fingerprint) -> Result<Fingerprint, StoreError> {
    let mut tx = store.begin().await?;
    let put = "INSERT INTO heads (name, seq, digest) VALUES ('key', 0, $1) ON CONFLICT (name) DO NOTHING";
    tx.execute(sql!(put, own)).await?;
    let known = tx.one(KNOWN).await?.get(0)?;
    tx.commit().await?;
    Ok(known)
}

/// Takes another key for the database's own from now on.
pub(crate) async fn adopt(store: &Store, own: Fingerprint) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let put = "INSERT INTO heads (name, seq, digest) VALUES ('key', 0, $1) \
               ON CONFLICT (name) DO UPDATE SET digest = excluded.digest";
    tx.execute(sql!(put, own)).await?;
    tx.commit().await
}
