//! Filters that are braked or held now, as far as the visitor may see them.

use super::overview::BrakedNow;
use crate::state::Console;
use crate::visit::Visitor;
use wikiward_farm::{Right, Timestamp, WikiId};
use wikiward_filters::brake::stream::CLASSES;
use wikiward_filters::life::ReadError;
use wikiward_store::StoreError;

/// Filters that are shown of one wiki.
const SHOWN: usize = 20;

/// Those of a wiki: braked ones first, the newest before others.
///
/// # Errors
/// [`StoreError`] as the database answers.
pub(super) async fn on(
    console: &Console,
    visitor: &Visitor,
    wiki: &WikiId,
    now: Timestamp,
) -> Result<Vec<BrakedNow>, StoreError> {
    if !visitor.may(Right::View, wiki) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let mut all: Vec<_> = console.filters.brakes(wiki).await?.into_iter().collect();
    all.sort_by(|(one_key, one), (other_key, other)| {
        other.since().cmp(&one.since()).then_with(|| one_key.number.cmp(&other_key.number))
    });
    for (key, braked) in all {
        if found.len() >= SHOWN {
            break;
        }
        let hold = braked.hold(now).map(|hold| (hold.until, hold.by.clone(), hold.reason.clone()));
        let latch = CLASSES.into_iter().find_map(|class| braked.latch(class));
        if hold.is_none() && latch.is_none() {
            continue;
        }
        let gid = key.gid();
        let filter = match console.filters.get(&visitor.viewer, wiki, &gid).await {
            Ok(filter) => filter,
            Err(ReadError::Store(error)) => return Err(error),
            Err(_) => continue,
        };
        let is_own = !key.wiki.is_farm() || visitor.may(Right::ModifyGlobal, &key.wiki);
        found.push(BrakedNow {
            wiki: wiki.clone(),
            gid,
            name: filter.draft.name,
            since: braked.since().zip(latch.map(|latch| latch.path)),
            latch: braked.latch_id().unwrap_or_default().to_owned(),
            hold,
            may_reactivate: is_own && visitor.may(Right::BrakeRelease, wiki),
            has_hits: visitor.may(Right::Log, wiki),
        });
    }
    Ok(found)
}
