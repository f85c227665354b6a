//! Rows that follow their actions.

use crate::hits::visible::RevisionState;
use crate::hits::writer::prepared::storable;
use wikiward_farm::{Id, WikiId};
use wikiward_store::{Bind, StoreError, Tx, sql};

/// The statements that set one column of a table of actions, where the wiki tells of an action again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    /// By its revision.
    pub(crate) of_revision: &'static str,
    /// By the caller's name for it.
    pub(crate) of_action: &'static str,
}

macro_rules! mark {
    ($table:expr, $column:literal) => {
        $crate::hits::beside::Mark {
            of_revision: concat!("UPDATE ", $table, " SET ", $column, " = $3 WHERE wiki = $1 AND rev_id = $2"),
            of_action: concat!("UPDATE ", $table, " SET ", $column, " = $3 WHERE wiki = $1 AND action_id = $2"),
        }
    };
}
pub(crate) use mark;

impl Mark {
    /// Sets the column for the action that led to `rev_id`, else for the one that the caller names.
    pub(crate) async fn set(
        &self,
        tx: &mut Tx,
        wiki: &WikiId,
        rev_id: Option<i64>,
        action_id: Option<&str>,
        value: impl Into<Bind>,
    ) -> Result<(), StoreError> {
        let value: Bind = value.into();
        match (rev_id, action_id) {
            (Some(rev_id), _) => tx.execute(sql!(self.of_revision, wiki, rev_id, value)).await.map(|_| ()),
            (None, Some(action_id)) => tx.execute(sql!(self.of_action, wiki, action_id, value)).await.map(|_| ()),
            (None, None) => Ok(()),
        }
    }
}

/// The statements of one table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beside {
    outcome: &'static str,
    revision: Mark,
    rename: &'static str,
    expire: &'static str,
}

macro_rules! beside {
    ($table:literal) => {
        Beside {
            outcome: concat!("UPDATE ", $table, " SET rev_id = $3 WHERE evaluation_id = $1 AND wiki = $2"),
            revision: mark!($table, "revision_state"),
            // Their dumps are not looked into: what names the old name is removed.
            rename: concat!(
                "UPDATE ",
                $table,
                " SET actor_name = $3, dump = NULL WHERE hit_id IN (SELECT hit_id FROM ",
                $table,
                " WHERE wiki = $1 AND actor_name = $2 LIMIT $4)"
            ),
            expire: concat!(
                "DELETE FROM ",
                $table,
                " WHERE hit_id IN (SELECT hit_id FROM ",
                $table,
                " WHERE at < $1 ORDER BY at LIMIT $2)"
            ),
        }
    };
}

/// Hits of filters in the shadow.
pub(crate) const SHADOW: Beside = beside!("shadow_hits");

/// Actions that candidates were tried on.
pub(crate) const CANDIDATES: Beside = beside!("candidate_hits");

impl Beside {
    /// Removes rows from before `before`, at most `limit`.
    pub(crate) async fn expire(&self, tx: &mut Tx, before: i64, limit: u32) -> Result<u64, StoreError> {
        tx.execute(sql!(self.expire, before, limit)).await
    }

    /// Notes the revision that an evaluation's action led to.
    pub(crate) async fn saved(
        &self,
        tx: &mut Tx,
        wiki: &WikiId,
        evaluation: Id,
        rev_id: i64,
    ) -> Result<(), StoreError> {
        tx.execute(sql!(self.outcome, evaluation, wiki, rev_id)).await.map(|_| ())
    }

    /// Notes what became of a revision, or of an action's.
    pub(crate) async fn revision(
        &self,
        tx: &mut Tx,
        wiki: &WikiId,
        rev_id: Option<i64>,
        action_id: Option<&str>,
        state: RevisionState,
    ) -> Result<(), StoreError> {
        self.revision.set(tx, wiki, rev_id, action_id, state.name()).await
    }

    /// Gives an actor another name, in at most `limit` rows.
    pub(crate) async fn rename(
        &self,
        tx: &mut Tx,
        wiki: &WikiId,
        from: &str,
        to: &str,
        limit: u32,
    ) -> Result<u64, StoreError> {
        tx.execute(sql!(self.rename, wiki, from, storable(to), limit)).await
    }
}
