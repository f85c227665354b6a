//! What changes about hits after they were written.

use super::{Feedback, FeedbackEvent, Outcome, Verdict};
use crate::archive::records as archive;
use crate::hits::beside;
use crate::hits::visible::{Audience, Restriction, RevisionState};
use crate::hits::writer::prepared::storable;
use crate::model::Privacy;
use wikiward_farm::{Id, Timestamp, Viewer, WikiId};
use wikiward_store::{Sql, StoreError, Tx, sql};

const ASSESS: &str = "INSERT INTO hit_assessments (hit_id, by_key, by_name, verdict, note, at) VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (hit_id, by_key) DO UPDATE SET by_name = excluded.by_name, verdict = excluded.verdict, \
    note = excluded.note, at = excluded.at";
const HIDE: &str = "UPDATE hits SET is_hidden = $2, audience = $3 WHERE hit_id = $1";
const OUTCOME: &str = "UPDATE hits SET outcome = $3, rev_id = COALESCE($4, rev_id), log_id = COALESCE($5, log_id), \
    executed = $6 WHERE evaluation_id = $1 AND wiki = $2";
const FEEDBACK: &str =
    "INSERT INTO feedback (feedback_id, wiki, rev_id, action_id, event, at) VALUES ($1, $2, $3, $4, $5, $6)";
const PRIVACY_OF: &str = "SELECT h.hit_id, f.privacy, h.is_hidden FROM hits h CROSS JOIN filters f \
    WHERE f.wiki = h.filter_wiki AND f.filter_id = h.filter_id AND h.wiki = ";
const REVISION: &str = "UPDATE hits SET revision_state = $2, audience = $3 WHERE hit_id = $1";

pub(super) async fn assess(
    tx: &mut Tx,
    hit_id: Id,
    viewer: &Viewer,
    verdict: Verdict,
    note: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (by_key, by_name) = (viewer.principal.key(), viewer.principal.name());
    tx.execute(sql!(ASSESS, hit_id, by_key, by_name, verdict.name(), storable(note), now)).await?;
    Ok(())
}

pub(super) async fn hide(tx: &mut Tx, hit_id: Id, hidden: bool, was: &Restriction) -> Result<(), StoreError> {
    let audience = Audience::of(Some(was.privacy), hidden, was.revision);
    tx.execute(sql!(HIDE, hit_id, hidden, audience.number())).await?;
    Ok(())
}

pub(super) async fn outcome(tx: &mut Tx, wiki: &WikiId, evaluation: Id, outcome: &Outcome) -> Result<u64, StoreError> {
    if let Some(rev_id) = outcome.rev_id {
        beside::SHADOW.saved(tx, wiki, evaluation, rev_id).await?;
        beside::CANDIDATES.saved(tx, wiki, evaluation, rev_id).await?;
    }
    let executed = storable(&outcome.executed.to_string());
    let (rev_id, log_id) = (outcome.rev_id, outcome.log_id);
    archive::outcome(tx, wiki, evaluation, outcome.result.name(), rev_id, log_id).await?;
    tx.execute(sql!(OUTCOME, evaluation, wiki, outcome.result.name(), rev_id, log_id, executed)).await
}

pub(super) async fn feedback(tx: &mut Tx, wiki: &WikiId, id: Id, it: &Feedback) -> Result<(), StoreError> {
    let action_id = it.action_id.as_deref().map(storable);
    tx.execute(sql!(FEEDBACK, id, wiki, it.rev_id, action_id.clone(), it.event.name(), it.at)).await?;
    if matches!(it.event, FeedbackEvent::Reverted | FeedbackEvent::Restored) {
        let is_reverted = it.event == FeedbackEvent::Reverted;
        archive::reverted(tx, wiki, it.rev_id, action_id.as_deref(), is_reverted).await?;
    }
    let Some(revision) = it.event.revision() else { return Ok(()) };
    archive::revision(tx, wiki, it.rev_id, action_id.as_deref(), revision).await?;
    beside::SHADOW.revision(tx, wiki, it.rev_id, action_id.as_deref(), revision).await?;
    beside::CANDIDATES.revision(tx, wiki, it.rev_id, action_id.as_deref(), revision).await?;
    let mut sql = Sql::from(PRIVACY_OF);
    sql.bind(wiki);
    match (it.rev_id, action_id) {
        (Some(rev_id), _) => sql.push(" AND h.rev_id = ").bind(rev_id),
        (None, Some(action_id)) => sql.push(" AND h.action_id = ").bind(action_id),
        (None, None) => return Ok(()),
    };
    for row in tx.rows(sql).await? {
        let (hit_id, privacy, is_hidden): (Id, i64, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let audience = Audience::of(Privacy::from_bits(privacy), is_hidden, revision);
        change_revision(tx, hit_id, revision, audience).await?;
    }
    Ok(())
}

async fn change_revision(
    tx: &mut Tx,
    hit_id: Id,
    revision: RevisionState,
    audience: Audience,
) -> Result<(), StoreError> {
    tx.execute(sql!(REVISION, hit_id, revision.name(), audience.number())).await?;
    Ok(())
}
