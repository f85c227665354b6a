//! `wikiward filter list`.

use super::all;
use crate::service::connect::Connect;
use crate::service::path::ApiPath;
use crate::service::show::{self, Column, Limit, Output, id, number, text};
use crate::service::with;
use crate::terminal::Terminal;
use serde_json::Value;

/// Arguments of `filter list`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// Only those in this state: draft, shadow, enabled, disabled, deleted; may be repeated; all but deleted ones without
    #[arg(long, value_name = "STATE")]
    state: Vec<String>,
    /// Only those of this group; may be repeated
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    /// Only those with this mark: public, hidden, protected, suppressed; may be repeated
    #[arg(long, value_name = "MARK")]
    privacy: Vec<String>,
    /// Only those with this consequence; may be repeated
    #[arg(long, value_name = "NAME")]
    consequence: Vec<String>,
    /// Only those whose rule contains this text
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Let the text be a regular expression
    #[arg(long, requires = "search")]
    regex: bool,
    /// Do not tell apart case in the regular expression
    #[arg(long, requires = "regex")]
    ignore_case: bool,
    /// Whose filters: local, farm or all
    #[arg(long, value_name = "WHOSE", value_parser = ["local", "farm", "all"], hide_possible_values = true)]
    scope: Option<String>,
    /// Order: id, name, hits or edited
    #[arg(long, value_name = "BY", value_parser = ["id", "name", "hits", "edited"], hide_possible_values = true)]
    sort: Option<String>,
    /// The other way round: most hits, latest edit first
    #[arg(long)]
    reverse: bool,
    #[command(flatten)]
    limit: Limit,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

/// Columns that are left out where no row has anything in them.
const RARE: [&str; 2] = ["braked", "held until"];

const COLUMNS: [Column; 9] = [
    id("filter", "/id"),
    text("name", "/name"),
    text("state", "/state"),
    text("braked", "/brake/latched"),
    text("held until", "/brake/hold/until"),
    text("group", "/group"),
    text("privacy", "/privacy"),
    number("hits", "/hits"),
    id("edited", "/edited_at"),
];

pub(super) async fn run(arguments: &Args, terminal: &Terminal) -> anyhow::Result<()> {
    let path = path(arguments);
    let rows = with(&arguments.connect, async |client| client.list(&path, arguments.limit.limit).await).await?;
    let has = |column: &Column| rows.items.iter().any(|row| !is_empty(row.pointer(column.pointer)));
    let columns: Vec<Column> = COLUMNS.into_iter().filter(|it| !RARE.contains(&it.heading) || has(it)).collect();
    show::list(&rows, &columns, "There is no such filter.", arguments.output, terminal)?;
    Ok(())
}

fn is_empty(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_null() || value.as_array().is_some_and(Vec::is_empty))
}

fn path(arguments: &Args) -> ApiPath {
    let mode = match (arguments.regex, arguments.ignore_case) {
        (true, true) => Some("regex_i"),
        (true, false) => Some("regex"),
        _ => None,
    };
    all(&arguments.wiki)
        .query_all("state", &arguments.state)
        .query_all("group", &arguments.group)
        .query_all("privacy", &arguments.privacy)
        .query_all("consequence", &arguments.consequence)
        .query_if("q", arguments.search.as_deref())
        .query_if("q_mode", mode)
        .query_if("scope", arguments.scope.as_deref())
        .query_if("sort", arguments.sort.as_deref())
        .query_if("dir", arguments.reverse.then_some("desc"))
}
