//! The log.

use super::hit::{Known, Maker};
use super::problem::{Cause, Problem};
use super::records;
use super::row::LogRow;
use super::run::{MigrateError, Run, Told};
use super::tables::{Read, Tables};
use super::variables::{Place, place};
use crate::model::{FilterKey, FilterNumber};
use crate::save::check::is_protected;
use std::collections::BTreeSet;
use wikiward_farm::WikiId;

/// Rows of the log that are brought over in one transaction.
const LOG_BATCH: usize = 200;

/// Rows whose variables are unpacked at once: each may be as large as a page, twice.
const TEXTS_BATCH: usize = 20;

impl Run<'_> {
    /// The log: first what was refused before, then what comes after the last row that was looked at.
    pub(super) async fn log(&mut self, tables: &mut Tables) -> Result<(), MigrateError> {
        const TABLE: &str = "abuse_filter_log";
        let mut conn = self.of.store.reader().await?;
        let progress = records::progress(&mut conn, self.wiki(), TABLE).await?;
        let refused = records::count_lost(&mut conn, self.wiki(), TABLE).await?;
        drop(conn);
        let counted = self.counted(TABLE);
        counted.before = progress.migrated.unsigned_abs();
        counted.mirrored = progress.mirrored.unsigned_abs();
        counted.refused = refused;
        let mut retried = i64::MIN;
        loop {
            let mut conn = self.of.store.reader().await?;
            let ids = records::lost(&mut conn, self.wiki(), TABLE, retried).await?;
            drop(conn);
            let Some(last) = ids.last() else { break };
            retried = *last;
            let rows = tables.log_of(&ids).await.map_err(MigrateError::Source)?;
            self.log_batch(tables, rows, progress.after, None).await?;
        }
        let (mut after, mut seen) = (progress.after, 0);
        loop {
            let rows = tables.log(after, LOG_BATCH).await.map_err(MigrateError::Source)?;
            let Some((last, _)) = rows.last() else { return Ok(()) };
            let (to, length) = (*last, rows.len() as u64);
            self.log_batch(tables, rows, after, Some(to)).await?;
            after = to;
            seen += length;
            (self.tell)(Told::Went(TABLE, seen));
        }
    }

    /// Some rows of the log in one transaction. With `to` they are new, and the next run begins after it; without, they were
    /// refused before.
    async fn log_batch(
        &mut self,
        tables: &mut Tables,
        rows: Vec<(i64, Read<LogRow>)>,
        from: i64,
        to: Option<i64>,
    ) -> Result<(), MigrateError> {
        const TABLE: &str = "abuse_filter_log";
        let (settings, registry) = (&self.words.settings, &self.words.registry);
        let protected = |name: &str| is_protected(name, settings, registry);
        let maker =
            Maker { wiki: self.wiki(), sealer: &self.of.sealer, entropy: &*self.of.entropy, is_protected: &protected };
        let (mut hits, mut problems, mut mirrored) = (Vec::new(), Vec::new(), 0_i64);
        for part in rows.chunks(TEXTS_BATCH) {
            let texts = part.iter().filter_map(|(_, row)| match place(&row.as_ref().ok()?.dump).0 {
                Place::Text(number) => Some(number),
                Place::Here(_) | Place::Nowhere(_) => None,
            });
            let texts: BTreeSet<i64> = texts.collect();
            let texts = tables.texts(&texts).await.map_err(MigrateError::Source)?;
            for (id, row) in part {
                let row = match row {
                    Ok(row) => row,
                    Err(problem) => {
                        problems.push(problem.clone());
                        continue;
                    }
                };
                if row.wiki.as_deref().is_some_and(|wiki| wiki != self.wiki().as_str()) {
                    mirrored += 1;
                    continue;
                }
                match self.known_of(row) {
                    Err(cause) => problems.push(Problem::new(TABLE, *id, cause, row.filter.to_string())),
                    Ok((key, known)) => {
                        let (hit, without) = maker.hit(row, key, known, &texts);
                        problems.extend(without.map(|cause| Problem::new(TABLE, *id, cause, "")));
                        if row.is_replaced {
                            problems.push(Problem::new(TABLE, *id, Cause::NotUtf8, ""));
                        }
                        hits.push(hit);
                    }
                }
            }
        }
        let refused = problems.iter().filter(|problem| problem.cause.is_lost()).count() as u64;
        let migrated = i64::try_from(hits.len()).unwrap_or(i64::MAX);
        let mut tx = self.begin().await?;
        if let Some(tx) = tx.as_mut() {
            let now = self.of.now();
            records::insert_hits(tx, self.wiki(), &hits).await?;
            let (is_retry, to) = (to.is_none(), to.unwrap_or(from));
            let counts = (migrated, mirrored);
            if !records::advance(tx, self.wiki(), TABLE, (from, to), counts, now).await? {
                return Err(MigrateError::Elsewhere(self.wiki().clone()));
            }
            if is_retry {
                for hit in &hits {
                    records::solve(tx, self.wiki(), TABLE, hit.legacy_id).await?;
                }
            }
        }
        for problem in problems {
            self.meet(tx.as_mut(), problem).await?;
        }
        if let Some(tx) = tx {
            tx.commit().await?;
        }
        let counted = self.counted(TABLE);
        counted.now += migrated.unsigned_abs();
        counted.mirrored += mirrored.unsigned_abs();
        match to {
            Some(_) => counted.refused += refused,
            // They were counted as refused already.
            None => counted.refused = counted.refused.saturating_sub(migrated.unsigned_abs() + mirrored.unsigned_abs()),
        }
        Ok(())
    }

    /// The filter that a row of the log belongs to.
    fn known_of(&self, row: &LogRow) -> Result<(FilterKey, &Known), Cause> {
        let number = FilterNumber(u32::try_from(row.filter).map_err(|_| Cause::BadValue)?);
        let farm = FilterKey { wiki: WikiId::farm(), number };
        if row.is_global {
            return self.known.get(&farm).map(|known| (farm, known)).ok_or(Cause::NoFarmFilter);
        }
        let own = FilterKey { wiki: self.wiki().clone(), number };
        match self.known.get(&own) {
            Some(known) => Ok((own, known)),
            // On the central wiki, global filters are among its own.
            None if self.of.plan.is_central => self.known.get(&farm).map(|known| (farm, known)).ok_or(Cause::NoFilter),
            None => Err(Cause::NoFilter),
        }
    }
}
