//! AbuseFilter's tables, whichever database they are in and whichever version made them.

use super::problem::Problem;
use super::row::{Blobs, Cells, FilterRow, HistoryRow, LogRow, Person, whole};
use super::run::MigrateError;
use std::collections::{BTreeSet, HashMap};
use wikiward_store::StoreError;
use wikiward_store::foreign::{Cell, Foreign};

/// Rows that are read at once.
pub(super) const PAGE: usize = 200;

/// Most consequences that a filter's rows may name; there are nine in AbuseFilter, and some custom ones.
const ACTIONS_MAX: usize = 200;

/// A row, or why it cannot be read.
pub(super) type Read<T> = Result<T, Problem>;

/// Columns that are read of each table, those that not every version has included.
const FILTER: [&str; 16] = [
    "af_id",
    "af_pattern",
    "af_user",
    "af_user_text",
    "af_actor",
    "af_timestamp",
    "af_enabled",
    "af_comments",
    "af_public_comments",
    "af_hidden",
    "af_hit_count",
    "af_throttled",
    "af_deleted",
    "af_global",
    "af_group",
    "af_actions",
];
const HISTORY: [&str; 14] = [
    "afh_id",
    "afh_filter",
    "afh_user",
    "afh_user_text",
    "afh_actor",
    "afh_timestamp",
    "afh_pattern",
    "afh_comments",
    "afh_flags",
    "afh_public_comments",
    "afh_actions",
    "afh_deleted",
    "afh_changed_fields",
    "afh_group",
];
const LOG: [&str; 17] = [
    "afl_id",
    "afl_global",
    "afl_filter_id",
    "afl_user",
    "afl_user_text",
    "afl_ip",
    "afl_ip_hex",
    "afl_action",
    "afl_actions",
    "afl_var_dump",
    "afl_timestamp",
    "afl_namespace",
    "afl_title",
    "afl_wiki",
    "afl_deleted",
    "afl_rev_id",
    "afl_filter",
];

/// Columns without which a table is not AbuseFilter's of version 1.35 or later.
const NEEDED: [(&str, &[&str]); 4] = [
    ("abuse_filter", &["af_id", "af_pattern", "af_timestamp", "af_enabled", "af_public_comments", "af_hidden"]),
    ("abuse_filter_action", &["afa_filter", "afa_consequence", "afa_parameters"]),
    ("abuse_filter_history", &["afh_id", "afh_filter", "afh_timestamp", "afh_pattern", "afh_flags", "afh_actions"]),
    ("abuse_filter_log", &["afl_id", "afl_filter_id", "afl_user_text", "afl_timestamp", "afl_actions", "afl_var_dump"]),
];

/// The tables of one wiki.
#[derive(Debug)]
pub struct Tables {
    foreign: Foreign,
    columns: HashMap<&'static str, Vec<&'static str>>,
    has_actors: bool,
    has_texts: bool,
}

impl Tables {
    /// Looks whether AbuseFilter's tables are there.
    ///
    /// # Errors
    /// [`MigrateError::NoTable`] with the first that is missing; [`MigrateError::Source`].
    pub async fn open(mut foreign: Foreign) -> Result<Self, MigrateError> {
        let mut columns = HashMap::new();
        for (table, needed) in NEEDED {
            let there = foreign.columns(table).await.map_err(MigrateError::Source)?;
            let missing = needed.iter().find(|column| !there.iter().any(|name| name == *column));
            if let Some(missing) = missing {
                let what = if there.is_empty() { table.to_owned() } else { format!("{table}.{missing}") };
                return Err(MigrateError::NoTable(what));
            }
            let read: &[&'static str] = match table {
                "abuse_filter" => &FILTER,
                "abuse_filter_history" => &HISTORY,
                "abuse_filter_log" => &LOG,
                _ => needed,
            };
            let known = read.iter().copied().filter(|column| there.iter().any(|name| name == column)).collect();
            columns.insert(table, known);
        }
        let has_actors = !foreign.columns("actor").await.map_err(MigrateError::Source)?.is_empty();
        let has_texts = !foreign.columns("text").await.map_err(MigrateError::Source)?.is_empty();
        Ok(Self { foreign, columns, has_actors, has_texts })
    }

    /// Ends the connection.
    pub async fn close(self) {
        self.foreign.close().await;
    }

    /// Number of rows of a table.
    pub(super) async fn count(&mut self, table: &str) -> Result<u64, StoreError> {
        self.foreign.count(table).await
    }

    fn columns(&self, table: &'static str) -> Vec<&'static str> {
        self.columns.get(table).cloned().unwrap_or_default()
    }

    /// Filters after number `after`, with their consequences.
    pub(super) async fn filters(&mut self, after: i64) -> Result<Vec<(i64, Read<FilterRow>)>, StoreError> {
        let columns = self.columns("abuse_filter");
        let rows = self.foreign.page("abuse_filter", &columns, "af_id", after, PAGE).await?;
        let people = self.people(&rows, &columns, "af_actor").await?;
        let mut filters = Vec::with_capacity(rows.len());
        for cells in rows {
            let mut cells = Cells::new("abuse_filter", &columns, cells);
            let (id, by) = (cells.id, person(&mut cells, ["af_actor", "af_user", "af_user_text"], &people));
            let actions = self.actions(id).await?;
            let read = || {
                Ok(FilterRow {
                    id: cells.int("af_id")?,
                    rules: cells.text("af_pattern"),
                    name: cells.text("af_public_comments"),
                    notes: cells.text("af_comments"),
                    group: cells.text("af_group"),
                    by,
                    at: cells.time("af_timestamp")?,
                    is_enabled: cells.flag("af_enabled")?,
                    is_deleted: cells.flag("af_deleted")?,
                    is_global: cells.flag("af_global")?,
                    is_throttled: cells.flag("af_throttled")?,
                    privacy: cells.maybe_int("af_hidden")?.unwrap_or_default(),
                    hits: cells.maybe_int("af_hit_count")?.unwrap_or_default(),
                    actions,
                    is_replaced: false,
                })
            };
            let mut read = read();
            if let Ok(filter) = &mut read {
                filter.is_replaced = cells.is_replaced;
            }
            filters.push((id, read));
        }
        Ok(filters)
    }

    async fn actions(&mut self, filter: i64) -> Result<Vec<(String, Vec<String>)>, StoreError> {
        const COLUMNS: [&str; 2] = ["afa_consequence", "afa_parameters"];
        let key = ("afa_filter", i64::MIN);
        let rows =
            self.foreign.having("abuse_filter_action", &COLUMNS, ("afa_filter", &[filter]), key, ACTIONS_MAX).await?;
        let read = |cells| {
            let mut cells = Cells::new("abuse_filter_action", &COLUMNS, cells);
            let (name, parameters) = (cells.text("afa_consequence"), cells.text("afa_parameters"));
            // As AbuseFilter reads it: nothing is no parameters, not an empty one.
            let lines =
                if parameters.is_empty() { Vec::new() } else { parameters.split('\n').map(str::to_owned).collect() };
            (name, lines)
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Versions of a filter after number `after`, oldest first.
    pub(super) async fn history(
        &mut self,
        filter: i64,
        after: i64,
    ) -> Result<Vec<(i64, Read<HistoryRow>)>, StoreError> {
        let columns = self.columns("abuse_filter_history");
        let key = ("afh_id", after);
        let rows = self.foreign.having("abuse_filter_history", &columns, ("afh_filter", &[filter]), key, PAGE).await?;
        let people = self.people(&rows, &columns, "afh_actor").await?;
        let read = |cells| {
            let mut cells = Cells::new("abuse_filter_history", &columns, cells);
            let by = person(&mut cells, ["afh_actor", "afh_user", "afh_user_text"], &people);
            let id = cells.id;
            (id, history_row(&mut cells, by))
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Rows of the log after number `after`.
    pub(super) async fn log(&mut self, after: i64, limit: usize) -> Result<Vec<(i64, Read<LogRow>)>, StoreError> {
        let columns = self.columns("abuse_filter_log");
        let rows = self.foreign.page("abuse_filter_log", &columns, "afl_id", after, limit).await?;
        Ok(rows.into_iter().map(|cells| log_row(cells, &columns)).collect())
    }

    /// Rows of the log by their numbers.
    pub(super) async fn log_of(&mut self, ids: &[i64]) -> Result<Vec<(i64, Read<LogRow>)>, StoreError> {
        let columns = self.columns("abuse_filter_log");
        let key = ("afl_id", i64::MIN);
        let rows = self.foreign.having("abuse_filter_log", &columns, ("afl_id", ids), key, ids.len()).await?;
        Ok(rows.into_iter().map(|cells| log_row(cells, &columns)).collect())
    }

    /// Texts of the wiki by their numbers; those that are not there are left out.
    pub(super) async fn texts(&mut self, ids: &BTreeSet<i64>) -> Result<Blobs, StoreError> {
        const COLUMNS: [&str; 3] = ["old_id", "old_text", "old_flags"];
        if !self.has_texts || ids.is_empty() {
            return Ok(Blobs::new());
        }
        let ids: Vec<i64> = ids.iter().copied().collect();
        let key = ("old_id", i64::MIN);
        let rows = self.foreign.having("text", &COLUMNS, ("old_id", &ids), key, ids.len()).await?;
        let read = |cells| {
            let mut cells = Cells::new("text", &COLUMNS, cells);
            (cells.id, (cells.bytes("old_text").unwrap_or_default(), cells.text("old_flags")))
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Rows of `table` that belong to no filter: number of the row, number of the filter.
    pub(super) async fn orphans(
        &mut self,
        table: &'static str,
        (key, column): (&'static str, &'static str),
        after: i64,
    ) -> Result<Vec<(i64, i64)>, StoreError> {
        let of = (table, key, column);
        let rows = self.foreign.orphans(of, ("abuse_filter", "af_id"), after, 10_000).await?;
        let number = |cell: Option<&Cell>| cell.and_then(Option::as_deref).and_then(whole).unwrap_or_default();
        Ok(rows.iter().map(|row| (number(row.first()), number(row.get(1)))).collect())
    }

    /// The people that rows name by their numbers in the table `actor`.
    async fn people(
        &mut self,
        rows: &[Vec<Cell>],
        columns: &[&str],
        column: &str,
    ) -> Result<HashMap<i64, Person>, StoreError> {
        const COLUMNS: [&str; 3] = ["actor_id", "actor_user", "actor_name"];
        let Some(place) = columns.iter().position(|name| *name == column).filter(|_| self.has_actors) else {
            return Ok(HashMap::new());
        };
        let number = |row: &Vec<Cell>| row.get(place).and_then(Option::as_deref).and_then(whole);
        let ids: BTreeSet<i64> = rows.iter().filter_map(number).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let key = ("actor_id", i64::MIN);
        let found = self.foreign.having("actor", &COLUMNS, ("actor_id", &ids), key, ids.len()).await?;
        let read = |cells| {
            let mut cells = Cells::new("actor", &COLUMNS, cells);
            let number = cells.maybe_int("actor_user").ok().flatten().unwrap_or_default();
            (cells.id, Person { number, name: cells.text("actor_name") })
        };
        Ok(found.into_iter().map(read).collect())
    }
}

/// Newer versions name people by the table `actor`, older ones by number and name.
fn person(cells: &mut Cells<'_>, [actor, user, name]: [&str; 3], people: &HashMap<i64, Person>) -> Person {
    let actor = cells.maybe_int(actor).ok().flatten();
    match actor.and_then(|actor| people.get(&actor)) {
        Some(person) => person.clone(),
        None => {
            let number = cells.maybe_int(user).ok().flatten().unwrap_or_default();
            Person { number, name: cells.text(name) }
        }
    }
}

fn history_row(cells: &mut Cells<'_>, by: Person) -> Read<HistoryRow> {
    let list = |text: String| text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let mut row = HistoryRow {
        rules: cells.text("afh_pattern"),
        name: cells.text("afh_public_comments"),
        notes: cells.text("afh_comments"),
        group: cells.text("afh_group"),
        by,
        at: cells.time("afh_timestamp")?,
        flags: list(cells.text("afh_flags")),
        is_deleted: cells.flag("afh_deleted")?,
        changed: list(cells.text("afh_changed_fields")),
        actions: cells.bytes("afh_actions").unwrap_or_default(),
        is_replaced: false,
    };
    row.is_replaced = cells.is_replaced;
    Ok(row)
}

fn log_row(cells: Vec<Cell>, columns: &[&'static str]) -> (i64, Read<LogRow>) {
    let mut cells = Cells::new("abuse_filter_log", columns, cells);
    let id = cells.id;
    let mut read = || {
        let hexadecimal = cells.text("afl_ip_hex");
        let ip = if hexadecimal.is_empty() { cells.text("afl_ip") } else { hexadecimal };
        let taken = cells.text("afl_actions");
        let wiki = cells.text("afl_wiki");
        let mut row = LogRow {
            id: cells.int("afl_id")?,
            is_global: cells.flag("afl_global")?,
            filter: cells.int("afl_filter_id")?,
            by: Person { number: cells.maybe_int("afl_user")?.unwrap_or_default(), name: cells.text("afl_user_text") },
            ip,
            action: cells.text("afl_action"),
            taken: taken.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            dump: cells.bytes("afl_var_dump").unwrap_or_default(),
            at: cells.time("afl_timestamp")?,
            namespace: cells.maybe_int("afl_namespace")?.unwrap_or_default(),
            title: cells.text("afl_title"),
            wiki: Some(wiki).filter(|wiki| !wiki.is_empty()),
            is_hidden: cells.flag("afl_deleted")?,
            rev_id: cells.maybe_int("afl_rev_id")?.filter(|number| *number > 0),
            is_replaced: false,
        };
        row.is_replaced = cells.is_replaced;
        Ok(row)
    };
    (id, read())
}
