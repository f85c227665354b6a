//! Transactions that write.

use crate::audit;
use crate::conn::{Conn, Link};
use crate::error::StoreError;
use crate::open::Store;
use crate::sql;
use std::ops::{Deref, DerefMut};
use wikiward_farm::AuditEntry;

/// A transaction that writes. Dropped without [`Tx::commit`], nothing of it stays.
#[derive(Debug)]
pub struct Tx {
    conn: Conn,
    store: Store,
    announced: Option<i64>,
}

impl Tx {
    pub(crate) fn new(conn: Conn, store: Store) -> Self {
        Self { conn, store, announced: None }
    }

    /// Tells every node, at commit, that `subject` of `topic` changed (`filters`, `enwiki:17`).
    ///
    /// Takes the place at the head of the feed until the transaction ends, so call it late.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn announce(&mut self, topic: &str, subject: &str) -> Result<(), StoreError> {
        let seq: i64 =
            self.conn.one("UPDATE heads SET seq = seq + 1 WHERE name = 'changes' RETURNING seq").await?.get(0)?;
        let at = self.store.clock.now();
        self.conn
            .execute(sql!(
                "INSERT INTO changes (seq, at, topic, subject) VALUES ($1, $2, $3, $4)",
                seq,
                at,
                topic,
                subject
            ))
            .await?;
        if !self.conn.is_sqlite() {
            self.conn.execute(sql!("SELECT pg_notify('wikiward', $1)", seq.to_string())).await?;
        }
        self.announced = Some(seq);
        Ok(())
    }

    /// Appends `entry` to the audit log.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        audit::append(&mut self.conn, entry).await
    }

    /// Makes everything in it stay.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers; nothing stays then. If the connection breaks during the commit itself,
    /// nobody can tell whether it stayed.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.conn.into_link() {
            Link::SqliteTx(tx) => tx.commit().await?,
            Link::PostgresTx(tx) => tx.commit().await?,
            Link::Sqlite(_) | Link::Postgres(_) => {}
        }
        self.store.count_commit();
        if let Some(seq) = self.announced {
            self.store.feed.advance(seq);
        }
        Ok(())
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}
