//! Filters, each with its history.

use super::filter::{Found, changed, draft, draft_of};
use super::hit::Known;
use super::problem::{Cause, Problem};
use super::records::{self, Migrated};
use super::row::{FilterRow, HistoryRow};
use super::run::{MigrateError, Run, Told};
use super::tables::{Read, Tables};
use crate::brake::latch::class_letter;
use crate::brake::live::{TOPIC, subject};
use crate::brake::records as guards;
use crate::brake::{Evidence, Path};
use crate::life::events::{self, NewEvent};
use crate::life::records as filters;
use crate::model::{Class, Draft, Filter, FilterKey, FilterNumber, FilterVersion, Version};
use crate::save::changed_fields;
use serde_json::json;
use wikiward_farm::clock::micros;
use wikiward_farm::{Id, Principal, Timestamp, WikiId};
use wikiward_store::{StoreError, Tx};

/// What a filter's versions add up to on the way.
struct Taken {
    end: Migrated,
    /// The newest version; the one that is not written yet.
    last: Option<FilterVersion>,
    first: Option<FilterVersion>,
    /// What was saved before the newest one.
    previous: Option<Draft>,
    /// Since when the versions counted.
    times: Vec<(i64, u32)>,
    /// Since when the rule is the one that it is.
    armed: Option<Timestamp>,
}

impl Taken {
    fn new(start: &Migrated, here: Option<&Filter>) -> Self {
        let previous = here.map(|here| here.draft.clone());
        Self { end: start.clone(), last: None, first: None, previous, times: Vec::new(), armed: None }
    }

    /// Takes a version, and writes the one before.
    async fn put(&mut self, tx: &mut Option<Tx>, version: FilterVersion) -> Result<(), StoreError> {
        self.end.version = version.version.0;
        self.times.push((micros(version.edited_at), version.version.0));
        if version.changed_fields.iter().any(|field| is_rearming(field)) {
            self.armed = Some(version.edited_at);
        }
        self.previous = Some(version.draft.clone());
        self.first.get_or_insert_with(|| version.clone());
        if let (Some(tx), Some(before)) = (tx.as_mut(), self.last.replace(version)) {
            filters::insert_version(tx, &before).await?;
        }
        Ok(())
    }
}

impl Run<'_> {
    /// All filters, each with its history in one transaction.
    pub(super) async fn filters(&mut self, tables: &mut Tables) -> Result<(), MigrateError> {
        let (mut after, mut seen) = (i64::MIN, 0);
        loop {
            let page = tables.filters(after).await.map_err(MigrateError::Source)?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            for (id, row) in page {
                self.filter(tables, id, row).await?;
                seen += 1;
                (self.tell)(Told::Went("abuse_filter", seen));
            }
        }
    }

    /// Counts what belongs to a filter that is not brought over.
    async fn refuse(&mut self, tables: &mut Tables, problem: Problem, actions: usize) -> Result<(), MigrateError> {
        let id = problem.id;
        let mut history = 0;
        let mut after = i64::MIN;
        loop {
            let page = tables.history(id, after).await.map_err(MigrateError::Source)?;
            let Some((last, _)) = page.last() else { break };
            (after, history) = (*last, history + page.len() as u64);
        }
        let mut tx = self.begin().await?;
        self.meet(tx.as_mut(), problem).await?;
        if let Some(tx) = tx {
            tx.commit().await?;
        }
        self.counted("abuse_filter").refused += 1;
        self.counted("abuse_filter_history").refused += history;
        self.counted("abuse_filter_action").refused += actions as u64;
        Ok(())
    }

    async fn filter(&mut self, tables: &mut Tables, id: i64, row: Read<FilterRow>) -> Result<(), MigrateError> {
        let row = match row {
            Ok(row) => row,
            Err(problem) => return self.refuse(tables, problem, 0).await,
        };
        let actions = row.actions.len();
        let Some(number) = u32::try_from(id).ok().filter(|number| *number > 0) else {
            let problem = Problem::new("abuse_filter", id, Cause::BadValue, "af_id");
            return self.refuse(tables, problem, actions).await;
        };
        let is_farm = row.is_global && self.of.plan.is_central;
        let owner = if is_farm { WikiId::farm() } else { self.wiki().clone() };
        let key = FilterKey { wiki: owner, number: FilterNumber(number) };
        let mut conn = self.of.store.reader().await?;
        let before = records::migrated(&mut conn, self.wiki(), id).await?;
        let here = filters::one(&mut conn, &key).await?;
        drop(conn);
        let refusal = match (&before, &here) {
            (None, Some(_)) => Some(Cause::NumberTaken),
            (Some(before), _) if before.owner != key.wiki => Some(Cause::OwnerChanged),
            _ => None,
        };
        if let Some(cause) = refusal {
            // What was brought over before stays counted.
            if let Some(before) = before {
                return self.left(tables, &row, &before, cause).await;
            }
            return self.refuse(tables, Problem::new("abuse_filter", id, cause, ""), actions).await;
        }
        self.take(tables, row, key, before, here).await
    }

    /// A filter that was brought over before, and is left as it is here.
    async fn left(
        &mut self,
        tables: &mut Tables,
        row: &FilterRow,
        before: &Migrated,
        cause: Cause,
    ) -> Result<(), MigrateError> {
        let mut after = before.history_id;
        let mut newer = 0;
        loop {
            let page = tables.history(row.id, after).await.map_err(MigrateError::Source)?;
            let Some((last, _)) = page.last() else { break };
            (after, newer) = (*last, newer + page.len() as u64);
        }
        let mut tx = self.begin().await?;
        self.meet(tx.as_mut(), Problem::new("abuse_filter", row.id, cause, "")).await?;
        if let Some(tx) = tx {
            tx.commit().await?;
        }
        self.counted("abuse_filter").before += 1;
        self.counted("abuse_filter_action").before += row.actions.len() as u64;
        let history = self.counted("abuse_filter_history");
        history.before += before.history_rows.unsigned_abs();
        history.refused += before.history_refused.unsigned_abs() + newer;
        Ok(())
    }

    /// Brings a filter over, or what came to it since it was.
    async fn take(
        &mut self,
        tables: &mut Tables,
        row: FilterRow,
        key: FilterKey,
        before: Option<Migrated>,
        here: Option<Filter>,
    ) -> Result<(), MigrateError> {
        let mut draft = draft(&row);
        let mut found = self.words.fit(&mut draft);
        let is_new = before.is_none();
        let start = before.unwrap_or_else(|| Migrated::nothing(&key.wiki));
        let page = tables.history(row.id, start.history_id).await.map_err(MigrateError::Source)?;
        let is_same = here.as_ref().is_some_and(|here| changed_fields(&here.draft, &draft).is_empty());
        let latches = row.is_throttled && !start.is_latched;
        if !is_new && page.is_empty() && is_same && row.hits == start.hits && !latches {
            self.count(&row, &start, &start, is_new);
            return Ok(());
        }
        let is_changed_here = here.as_ref().is_some_and(|here| here.version.0 != start.version);
        if is_changed_here && (!page.is_empty() || !is_same) {
            return self.left(tables, &row, &start, Cause::ChangedHere).await;
        }
        let mut tx = self.begin().await?;
        let mut taken = Taken::new(&start, here.as_ref());
        self.versions(tables, &mut tx, (row.id, &key), page, &mut taken).await?;
        let is_only_count = !is_new && is_same && taken.last.is_none();
        if !is_only_count {
            self.present(&mut tx, &row, &key, &draft, &found, &mut taken).await?;
        }
        taken.end.hits = row.hits;
        taken.end.is_latched |= row.is_throttled;
        if let Some(tx) = tx.as_mut() {
            self.write(tx, &key, here.as_ref(), &taken).await?;
            records::add_hits(tx, &key, row.hits - start.hits).await?;
            records::put_migrated(tx, self.wiki(), row.id, &taken.end).await?;
            records::solve(tx, self.wiki(), "abuse_filter", row.id).await?;
            if latches {
                self.latch(tx, &key, &draft, taken.armed).await?;
            }
        }
        if row.is_global && !self.of.plan.is_central {
            found.push((Cause::MadeLocal, String::new()));
        }
        if row.is_replaced {
            found.push((Cause::NotUtf8, String::new()));
        }
        self.meet_all(tx.as_mut(), row.id, found).await?;
        if let Some(mut tx) = tx {
            tx.announce("filters", &format!("{}:{}", key.wiki, key.number)).await?;
            tx.commit().await?;
        }
        self.count(&row, &start, &taken.end, is_new);
        self.know(key, &draft, taken.times);
        Ok(())
    }

    /// Versions that came since, oldest first. The newest one is not written yet.
    async fn versions(
        &mut self,
        tables: &mut Tables,
        tx: &mut Option<Tx>,
        (id, key): (i64, &FilterKey),
        mut page: Vec<(i64, Read<HistoryRow>)>,
        taken: &mut Taken,
    ) -> Result<(), MigrateError> {
        while let Some((newest, _)) = page.last() {
            taken.end.history_id = *newest;
            for (number, row) in std::mem::take(&mut page) {
                let row = match row {
                    Ok(row) => row,
                    Err(problem) => {
                        taken.end.history_refused += 1;
                        self.meet(tx.as_mut(), problem).await?;
                        continue;
                    }
                };
                let (draft, has_actions) = draft_of(&row, id);
                let causes = [(!has_actions, Cause::BadActions), (row.is_replaced, Cause::NotUtf8)];
                for (_, cause) in causes.into_iter().filter(|(is_so, _)| *is_so) {
                    self.meet(tx.as_mut(), Problem::new("abuse_filter_history", number, cause, "")).await?;
                }
                let fields = changed(&row.changed, taken.previous.as_ref(), &draft);
                taken.end.history_rows += 1;
                let of = (row.at, &row.by);
                let version = self.words.version(key, taken.end.version + 1, draft, of, (String::new(), fields));
                taken.put(tx, version).await?;
            }
            page = tables.history(id, taken.end.history_id).await.map_err(MigrateError::Source)?;
        }
        Ok(())
    }

    /// What the table says of the present counts; its history may lack it, and the newest version may have to be fitted.
    async fn present(
        &mut self,
        tx: &mut Option<Tx>,
        row: &FilterRow,
        key: &FilterKey,
        draft: &Draft,
        found: &Found,
        taken: &mut Taken,
    ) -> Result<(), MigrateError> {
        let replaced = found.iter().find(|(cause, _)| *cause == Cause::GroupReplaced);
        let differs = |last: &FilterVersion| {
            let fields = changed_fields(&last.draft, draft);
            !fields.iter().all(|field| replaced.is_some() && matches!(*field, "group" | "state"))
        };
        if let Some(last) = taken.last.as_mut().filter(|last| !differs(last)) {
            if let Some((_, group)) = replaced {
                last.change_reason = format!("in AbuseFilter it was in the group {group}");
            }
            last.draft = draft.clone();
            last.is_public = draft.privacy.is_public();
            return Ok(());
        }
        self.report.versions_added += 1;
        let fields = changed(&[], taken.previous.as_ref(), draft);
        let reason = "as in AbuseFilter's table; its history lacks this".to_owned();
        let of = (row.at, &row.by);
        let version = self.words.version(key, taken.end.version + 1, draft.clone(), of, (reason, fields));
        taken.put(tx, version).await.map_err(MigrateError::Store)
    }

    /// Writes the newest version, and the filter as it makes it.
    async fn write(
        &self,
        tx: &mut Tx,
        key: &FilterKey,
        here: Option<&Filter>,
        taken: &Taken,
    ) -> Result<(), MigrateError> {
        let Some(last) = &taken.last else { return Ok(()) };
        filters::insert_version(tx, last).await?;
        let filter = filter_of(key, here, taken.first.as_ref().unwrap_or(last), last);
        match here {
            None => filters::insert(tx, &filter).await?,
            Some(here) if filters::update(tx, &filter, here.version).await? => {}
            Some(_) => return Err(MigrateError::Elsewhere(self.wiki().clone())),
        }
        if let Some(armed) = taken.armed {
            guards::arm(tx, key, armed).await?;
        }
        Ok(())
    }

    /// Counts a filter that is here, and its rows.
    fn count(&mut self, row: &FilterRow, start: &Migrated, end: &Migrated, is_new: bool) {
        let actions = row.actions.len() as u64;
        for (table, rows) in [("abuse_filter", 1), ("abuse_filter_action", actions)] {
            let counted = self.counted(table);
            *(if is_new { &mut counted.now } else { &mut counted.before }) += rows;
        }
        let history = self.counted("abuse_filter_history");
        history.before += start.history_rows.unsigned_abs();
        history.now += (end.history_rows - start.history_rows).unsigned_abs();
        history.refused += end.history_refused.unsigned_abs();
    }

    /// Hits of the log may belong to the filter from now on.
    fn know(&mut self, key: FilterKey, draft: &Draft, times: Vec<(i64, u32)>) {
        let uses_protected = self.words.uses(&draft.rules).1;
        let known = self.known.entry(key).or_insert_with(|| Known {
            privacy: draft.privacy,
            group: String::new(),
            uses_protected: Vec::new(),
            versions: Vec::new(),
        });
        (known.privacy, known.group, known.uses_protected) = (draft.privacy, draft.group.clone(), uses_protected);
        known.versions.extend(times);
        known.versions.sort_unstable();
    }

    /// AbuseFilter had switched the filter's harder consequences off.
    async fn latch(
        &self,
        tx: &mut Tx,
        key: &FilterKey,
        draft: &crate::model::Draft,
        armed: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let now = self.of.now();
        let on = key.wiki.clone();
        let mut guard = guards::guard_of(tx, key, &on).await?.unwrap_or_default();
        let id = Id::new(now, &*self.of.entropy).to_string();
        guard.armed_from = armed.map_or(guard.armed_from, micros);
        let followed = guard.trip(Class::Destructive, Path::Migrated, Evidence::default(), &id, now);
        if followed.latched.is_empty() {
            return Ok(());
        }
        guards::put_guard(tx, key, &on, &guard, now).await?;
        let class = class_letter(Class::Destructive).to_string();
        let event = NewEvent {
            key,
            privacy: draft.privacy,
            by: &Principal::System,
            kind: "brake.latch",
            reason_code: Path::Migrated.letter(),
            reason: "",
            details: json!({"latch_id": id, "class": class, "wiki": on.as_str()}),
        };
        events::append(tx, &event, now, &*self.of.entropy).await?;
        tx.announce(TOPIC, &subject(key, &on)).await
    }
}

/// Fields whose change makes another rule of it for the brake.
fn is_rearming(field: &str) -> bool {
    matches!(field, "created" | "rules" | "actions" | "group" | "scope")
}

/// The filter as its newest version makes it.
fn filter_of(key: &FilterKey, here: Option<&Filter>, first: &FilterVersion, last: &FilterVersion) -> Filter {
    let is_aged = here.is_none_or(|_| !last.changed_fields.is_empty());
    Filter {
        key: key.clone(),
        version: Version(last.version.0),
        draft: last.draft.clone(),
        hits: here.map_or(0, |here| here.hits),
        uses_vars: last.uses_vars.clone(),
        uses_protected: last.uses_protected.clone(),
        created_at: here.map_or(first.edited_at, |here| here.created_at),
        created_by: here.map_or_else(|| first.edited_by.name.clone(), |here| here.created_by.clone()),
        edited_at: last.edited_at,
        edited_by: last.edited_by.clone(),
        aged_from: if is_aged { last.edited_at } else { here.map_or(last.edited_at, |here| here.aged_from) },
    }
}
