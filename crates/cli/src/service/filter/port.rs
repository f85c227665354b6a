//! `wikiward filter import` and `wikiward filter export`.

use super::{all, findings};
use crate::service::client::{Client, FieldError, Refused};
use crate::service::connect::Connect;
use crate::service::path::ApiPath;
use crate::service::show::{Output, whole};
use crate::service::{EXIT_REFUSED, exit_codes, with};
use crate::terminal::Terminal;
use anyhow::Context as _;
use serde_json::Value;
use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use wikiward_rules::diagnostic::Severity;

/// Most filters of one export, as the service allows.
const AT_ONCE_MAX: usize = 500;

/// Import filters that AbuseFilter or `wikiward filter export` exported
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The file holds one export as JSON, or several, one a line. What is imported is disabled, so that somebody looks at it first.

Examples:
  wikiward filter import enwiki exported.jsonl --source 'wiki.example, 2026-11-21'
  Move all filters of a wiki, as they are, all or none:
      wikiward filter export enwiki --to all.jsonl
      wikiward filter import newwiki all.jsonl --keep-enabled --all-or-none

Exit codes:
  0  all are imported
  1  some or all are refused; those that are not are imported (with --all-or-none: none is)
  2  the service or the file cannot be reached, or the arguments make no sense"
)]
pub struct Import {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// File of exports; `-` is standard input
    file: PathBuf,
    /// Leave out consequences that are not known here, instead of refusing the filter
    #[arg(long)]
    drop_unknown: bool,
    /// Enable filters that were enabled where they come from
    #[arg(long)]
    keep_enabled: bool,
    /// Import all or none
    #[arg(long)]
    all_or_none: bool,
    /// Where they come from; kept in the history
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

/// Export filters so that AbuseFilter or another Wikiward can import them, one a line
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes!("Examples:
  wikiward filter export enwiki 17 23 > two.jsonl
  All that you may see, with what AbuseFilter does not know:
      wikiward filter export enwiki --extended --to all.jsonl"))]
pub struct Export {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// Numbers of filters; all but deleted ones without
    ids: Vec<String>,
    /// Write what AbuseFilter does not know, too (priority, tier, scope); it refuses such exports
    #[arg(long)]
    extended: bool,
    /// Write what AbuseFilter up to MediaWiki 1.42 reads
    #[arg(long, conflicts_with = "extended")]
    older: bool,
    /// File to write instead of standard output; must not be there yet
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    #[command(flatten)]
    connect: Connect,
}

pub(super) async fn import(arguments: &Import, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let (mut lines, file) = (Vec::new(), &arguments.file);
    if file.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut lines).context("standard input cannot be read")?;
    } else {
        lines = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    }
    let exports = lines.clone();
    let flag = |is_set: bool| is_set.then_some("true");
    let path = ApiPath::of_wiki(&arguments.wiki)
        .part("import")
        .query_if("drop_unknown", flag(arguments.drop_unknown))
        .query_if("keep_enabled", flag(arguments.keep_enabled))
        .query_if("atomic", flag(arguments.all_or_none))
        .query_if("source", arguments.source.as_deref());
    let sent = with(&arguments.connect, async |client| client.post_lines(&path, lines).await).await;
    let body = match sent {
        Ok(answer) => answer.body,
        // None was imported: what became of each is in the problem.
        Err(error) => match error.downcast_ref::<Refused>() {
            Some(refused) if refused.body.get("items").is_some() => refused.body.clone(),
            _ => return Err(error),
        },
    };
    let items = body.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let done = items.iter().filter(|item| status(item) == "imported").count();
    if arguments.output.json {
        items.iter().try_for_each(|item| terminal.print(format!("{item}\n").as_bytes()))?;
    } else {
        tell(items, &exports, &file.display().to_string(), terminal)?;
        terminal.print(format!("{done} of {} imported.\n", items.len()).as_bytes())?;
    }
    Ok(if done == items.len() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_REFUSED) })
}

fn status(item: &Value) -> &str {
    item.get("status").and_then(Value::as_str).unwrap_or("")
}

/// What became of each filter: a line on standard output, what is wrong with it on standard error.
fn tell(items: &[Value], exports: &[u8], file: &str, terminal: &Terminal) -> anyhow::Result<()> {
    let documents = documents(exports);
    for (index, item) in items.iter().enumerate() {
        let document = documents.get(index).unwrap_or(&Value::Null);
        let place = || format!("filter {} of {}", index + 1, items.len());
        let name = document.get("name").map(whole).filter(|name| !name.is_empty()).unwrap_or_else(place);
        let origin = format!("{file}, {}", place());
        for (list, severity) in [("errors", Severity::Error), ("warnings", Severity::Warning)] {
            let list = FieldError::list(item.get(list));
            if !list.is_empty() {
                terminal.note(&findings::render(&list, severity, document, &origin, terminal));
            }
        }
        let line = match status(item) {
            "imported" => {
                let fact = |name: &str| item.pointer(&format!("/filter/{name}")).map(whole).unwrap_or_default();
                format!("{name}: imported as filter {}, {}\n", fact("id"), fact("state"))
            }
            "withheld" => format!("{name}: held back, because another one is refused\n"),
            other => format!("{name}: {other}\n"),
        };
        terminal.print(line.as_bytes())?;
    }
    let errors = items.iter().flat_map(|item| FieldError::list(item.get("errors")));
    if errors.into_iter().any(|error| error.code == "unknown_consequence") {
        terminal.note("help: with --drop-unknown, consequences that are not known here are left out");
    }
    Ok(())
}

/// What the exports say of their filters: one text, or one a line.
fn documents(exports: &[u8]) -> Vec<Value> {
    let data = |mut value: Value| value.get_mut("data").map(Value::take).unwrap_or_default();
    if let Ok(one) = serde_json::from_slice(exports) {
        return vec![data(one)];
    }
    let lines = exports.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    lines.map(|line| data(serde_json::from_slice(line).unwrap_or_default())).collect()
}

pub(super) async fn export(arguments: &Export, terminal: &Terminal) -> anyhow::Result<()> {
    let lines = with(&arguments.connect, async |client| read(arguments, client).await).await?;
    match &arguments.to {
        None => terminal.print(&lines)?,
        Some(path) => {
            let shown = path.display();
            let file = OpenOptions::new().write(true).create_new(true).open(path);
            let mut file = file.with_context(|| format!("{shown} cannot be written"))?;
            file.write_all(&lines).with_context(|| format!("{shown} cannot be written"))?;
            let count = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
            terminal.print(format!("{shown}: {count} filters\n").as_bytes())?;
        }
    }
    Ok(())
}

async fn read(arguments: &Export, client: &Client) -> anyhow::Result<Vec<u8>> {
    let mut ids = arguments.ids.clone();
    if ids.is_empty() {
        let rows = client.list(&all(&arguments.wiki), 0).await?;
        ids = rows.items.iter().filter_map(|row| row.get("id")?.as_str().map(str::to_owned)).collect();
    }
    let mut lines = Vec::new();
    for some in ids.chunks(AT_ONCE_MAX) {
        let path = ApiPath::of_wiki(&arguments.wiki)
            .part("export")
            .query("filters", &some.join(","))
            .query_if("format", arguments.extended.then_some("extended"))
            .query_if("format", arguments.older.then_some("plain-1.39"));
        lines.extend(client.get(&path).await?.bytes);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_are_one_text_or_one_a_line() {
        let one = b"{\"data\": {\"name\": \"a\"},\n \"actions\": []}";
        assert_eq!(documents(one), [serde_json::json!({"name": "a"})]);
        let names = |text: &[u8]| documents(text).iter().map(|it| it["name"].clone()).collect::<Vec<_>>();
        let lines = b"{\"data\": {\"name\": \"a\"}}\n\n{\"data\": {\"name\": \"b\"}}\nno JSON\n";
        assert_eq!(names(lines), [Value::from("a"), Value::from("b"), Value::Null]);
    }
}
