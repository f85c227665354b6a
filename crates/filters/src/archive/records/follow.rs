//! What becomes of archived actions: what the wiki reports of them, and their end.

use crate::archive::archiver::Ended;
use crate::hits::beside::{Mark, mark};
use crate::hits::visible::RevisionState;
use wikiward_farm::{Id, WikiId};
use wikiward_store::{Store, StoreError, Tx, sql};

const OUTCOME: &str = "UPDATE archive_actions SET outcome = $3, rev_id = COALESCE($4, rev_id), \
    log_id = COALESCE($5, log_id) WHERE evaluation_id = $1 AND wiki = $2";
const REVERTED: Mark = mark!("archive_actions", "is_reverted");
const REVISION: Mark = mark!("archive_actions", "revision_state");
const EXPIRE: &str = "DELETE FROM archive_actions WHERE evaluation_id IN \
    (SELECT evaluation_id FROM archive_actions WHERE at < $1 ORDER BY at LIMIT $2)";
const GONE: &str = "DELETE FROM archive_actions WHERE evaluation_id IN \
    (SELECT evaluation_id FROM archive_actions WHERE revision_state <> '' LIMIT $1)";
const STRATA_EXPIRE: &str = "DELETE FROM archive_strata WHERE stratum IN \
    (SELECT stratum FROM archive_strata WHERE day < $1 LIMIT $2)";
const FORGET: &str = "DELETE FROM archive_actions WHERE evaluation_id IN \
    (SELECT evaluation_id FROM archive_actions WHERE wiki = $1 AND actor_name = $2 LIMIT $3)";

/// Notes what became of actions that were written a moment ago.
pub(in crate::archive) async fn outcomes(store: &Store, ended: &[(WikiId, Id, Ended)]) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    for (wiki, id, ended) in ended {
        outcome(&mut tx, wiki, *id, ended.result, ended.rev_id, ended.log_id).await?;
    }
    tx.commit().await
}

/// Notes what became of an action.
pub(crate) async fn outcome(
    tx: &mut Tx,
    wiki: &WikiId,
    evaluation: Id,
    result: &str,
    rev_id: Option<i64>,
    log_id: Option<i64>,
) -> Result<(), StoreError> {
    tx.execute(sql!(OUTCOME, evaluation, wiki, result, rev_id, log_id)).await.map(|_| ())
}

/// Notes that an edit was reverted, or is there again.
pub(crate) async fn reverted(
    tx: &mut Tx,
    wiki: &WikiId,
    rev_id: Option<i64>,
    action_id: Option<&str>,
    is_reverted: bool,
) -> Result<(), StoreError> {
    REVERTED.set(tx, wiki, rev_id, action_id, is_reverted).await
}

/// Notes what became of a revision. From now on nobody sees the action of one that is gone.
pub(crate) async fn revision(
    tx: &mut Tx,
    wiki: &WikiId,
    rev_id: Option<i64>,
    action_id: Option<&str>,
    state: RevisionState,
) -> Result<(), StoreError> {
    REVISION.set(tx, wiki, rev_id, action_id, state.name()).await
}

/// Removes actions from before `before`, at most `limit`.
pub(crate) async fn expire(tx: &mut Tx, before: i64, limit: u32) -> Result<u64, StoreError> {
    tx.execute(sql!(EXPIRE, before, limit)).await
}

/// Removes actions whose revisions are gone, at most `limit`.
pub(crate) async fn remove_gone(tx: &mut Tx, limit: u32) -> Result<u64, StoreError> {
    tx.execute(sql!(GONE, limit)).await
}

/// Removes strata of days before `day`, at most `limit`.
pub(crate) async fn expire_strata(tx: &mut Tx, day: i64, limit: u32) -> Result<u64, StoreError> {
    tx.execute(sql!(STRATA_EXPIRE, day, limit)).await
}

/// Removes what somebody did, at most `limit`: a name that changes is not looked for in what is kept.
pub(crate) async fn forget(tx: &mut Tx, wiki: &WikiId, name: &str, limit: u32) -> Result<u64, StoreError> {
    tx.execute(sql!(FORGET, wiki, name, limit)).await
}
