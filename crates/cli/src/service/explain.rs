//! `wikiward hit explain` and `wikiward filter explain`: why rules gave what they gave on stored actions.

use super::connect::Connect;
use super::path::ApiPath;
use super::show::{self, Output};
use super::{exit_codes, with};
use crate::backtest::visible::{cut, on_one_line};
use crate::terminal::Terminal;
use http::Method;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Levels beyond which lines are not indented further.
const LEVELS_MAX: usize = 16;

/// Characters of a value or a matched text.
const VALUE_CHARACTERS_MAX: usize = 60;

/// Columns that the text of a part has at least.
const SNIPPET_COLUMNS_MIN: usize = 24;

/// Show why a filter matched: its version of then, part by part
///
/// `*` marks the parts that decided: with their values, the result would be the same whatever the others are.
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes!("Examples:
  wikiward hit explain enwiki 01jd3q…
  What would the present version say?
      wikiward hit explain enwiki 01jd3q… --filter 17 --version 9
  What would another rule say?
      wikiward hit explain enwiki 01jd3q… --rule 'user_editcount < 5 & summary irlike \"pills\"'"))]
pub struct OfHit {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// Id of the hit
    id: String,
    /// Explain this filter instead of the one that matched
    #[arg(long, value_name = "ID", conflicts_with = "rule")]
    filter: Option<String>,
    /// Explain this version of the filter instead of the one that matched
    #[arg(long, value_name = "N", conflicts_with = "rule")]
    version: Option<u32>,
    /// Explain this rule instead
    #[arg(long, value_name = "TEXT")]
    rule: Option<String>,
    /// Evaluate skipped parts too; their values are in brackets
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

/// Show which parts of a filter's rule decide, over its newest hits
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes!("Examples:
  wikiward filter explain enwiki 17
  wikiward filter explain enwiki 17 --hits 1000
  What keeps it from matching other actions?
      wikiward filter explain enwiki 17 --archive 1000"))]
pub struct OfFilter {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// Number of the filter; global-17 for a farm-wide one
    id: String,
    /// How many actions of the archive instead of hits, 1 to 1000: also those that it did not match
    #[arg(long, value_name = "N", conflicts_with = "hits", value_parser = clap::value_parser!(u32).range(1..=1000))]
    archive: Option<u32>,
    /// How many hits, 1 to 1000
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1000))]
    hits: u32,
    /// Explain this version instead of the one that made the newest hit
    #[arg(long, value_name = "N")]
    version: Option<u32>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

pub(super) async fn of_hit(arguments: &OfHit, terminal: &Terminal) -> anyhow::Result<()> {
    let mut body =
        json!({"wiki": arguments.wiki, "action": {"hit": arguments.id}, "options": {"full": arguments.full}});
    put(&mut body, "filter", arguments.filter.as_deref());
    put(&mut body, "rule", arguments.rule.as_deref());
    put(&mut body, "version", arguments.version);
    let path = ApiPath::new("/v1/explain");
    let answer = with(&arguments.connect, async |client| client.send(Method::POST, &path, Some(&body), None).await);
    let answer = answer.await?.body;
    if arguments.output.json {
        terminal.print(show::pretty(&answer).as_bytes())?;
    } else {
        terminal.print(explanation(&answer, terminal.width()).as_bytes())?;
    }
    Ok(())
}

pub(super) async fn of_filter(arguments: &OfFilter, terminal: &Terminal) -> anyhow::Result<()> {
    let mut body = json!({"wiki": arguments.wiki, "filter": arguments.id, "actions": {"newest": arguments.hits}});
    if let Some(count) = arguments.archive {
        body["actions"] = json!({"archive": count});
    }
    put(&mut body, "version", arguments.version);
    let path = ApiPath::new("/v1/explain/aggregate");
    let answer = with(&arguments.connect, async |client| client.send(Method::POST, &path, Some(&body), None).await);
    let answer = answer.await?.body;
    if arguments.output.json {
        terminal.print(show::pretty(&answer).as_bytes())?;
    } else {
        terminal.print(sum(&answer, terminal.width()).as_bytes())?;
    }
    Ok(())
}

fn put(body: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let (Some(value), Some(members)) = (value, body.as_object_mut()) {
        members.insert(name.to_owned(), value.into());
    }
}

/// A part of the rule with what is shown of it.
struct Line<'a> {
    node: &'a Value,
    level: usize,
    snippet: String,
}

/// The parts that have a line: brackets and literals have none, and a chain of one operator is one level.
fn lines(answer: &Value) -> Vec<Line<'_>> {
    let nodes = answer.get("nodes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let rules = answer.get("rules").and_then(Value::as_str).unwrap_or_default();
    let by_id = |id: u64| nodes.iter().find(|node| node.get("id").and_then(Value::as_u64) == Some(id));
    let mut lines = Vec::new();
    // The whole comes last.
    let mut open: Vec<(&Value, usize, Option<&str>)> = nodes.last().map(|root| (root, 0, None)).into_iter().collect();
    while let Some((node, level, chain)) = open.pop() {
        let op = node.get("op").and_then(Value::as_str).unwrap_or_default();
        let has_line = match op {
            "()" | "literal" => false,
            "&" | "|" => chain != Some(op),
            _ => true,
        };
        if has_line {
            let at = |index: usize| usize::try_from(node.get("span")?.get(index)?.as_u64()?).ok();
            let text = at(0).zip(at(1)).and_then(|(from, to)| rules.get(from..to)).unwrap_or_default();
            let snippet = on_one_line(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into();
            lines.push(Line { node, level, snippet });
        }
        let below = if has_line { level + 1 } else { level };
        let children = node.get("children").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for (place, child) in children.iter().enumerate().rev() {
            let continues = matches!(op, "&" | "|") && place == 0;
            if let Some(child) = child.as_u64().and_then(by_id) {
                open.push((child, below, continues.then_some(op)));
            }
        }
    }
    lines
}

/// An explanation for people.
fn explanation(answer: &Value, width: usize) -> String {
    let mut page = headline(answer);
    let decisive: Vec<u64> =
        answer.get("decisive").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64).collect();
    let left = width.saturating_sub(VALUE_CHARACTERS_MAX / 2 + 6).max(SNIPPET_COLUMNS_MIN);
    for line in lines(answer) {
        let is_decisive = line.node.get("id").and_then(Value::as_u64).is_some_and(|id| decisive.contains(&id));
        let shown = value(line.node);
        let conditions = line.node.get("cost").map(|cost| format!("  ({cost})")).unwrap_or_default();
        row(&mut page, &line, left, if is_decisive { "*" } else { " " }, &format!("{shown}{conditions}"));
    }
    page
}

fn headline(answer: &Value) -> String {
    let word = |name: &str| answer.get(name).map(show::whole).unwrap_or_default();
    let mut line = String::new();
    if answer.get("filter").is_some() {
        let _ = write!(line, "filter {}, version {}: ", on_one_line(&word("filter")), word("version"));
    }
    match answer.get("result") {
        _ if answer.get("error").is_some() => {
            let id = answer.pointer("/error/id").map(show::whole).unwrap_or_default();
            let _ = write!(line, "error {}", on_one_line(&id));
        }
        _ if answer.get("needs").is_some() => {
            let _ = write!(line, "undecided: `{}` is not kept", on_one_line(&word("needs")));
        }
        Some(Value::Bool(true)) => line.push_str("matches"),
        Some(Value::Bool(false)) => line.push_str("does not match"),
        _ => line.push_str("the result depends on what you may not see"),
    }
    if answer.get("conditions").is_some() {
        let _ = write!(line, ", {} conditions", word("conditions"));
    }
    line.push('\n');
    line
}

/// What became of a part.
fn value(node: &Value) -> String {
    let short = |value: &Value| cut(&on_one_line(&value.to_string()), VALUE_CHARACTERS_MAX).into_owned();
    if node.get("redacted").is_some() {
        return "(hidden)".into();
    }
    if let Some(value) = node.get("speculative") {
        return format!("({})", short(value));
    }
    if let Some(why) = node.get("why") {
        return format!("– {}", on_one_line(&show::whole(why)));
    }
    let shown = node.get("value").map(short).unwrap_or_default();
    match node.pointer("/match/text") {
        Some(text) => format!("{shown} {}", short(text)),
        None => shown,
    }
}

/// A sum of explanations for people.
fn sum(answer: &Value, width: usize) -> String {
    let number = |name: &str| answer.get(name).and_then(Value::as_u64).unwrap_or(0);
    let mut page = String::new();
    if answer.get("filter").is_some() {
        let word = |name: &str| answer.get(name).map(show::whole).unwrap_or_default();
        let _ = write!(page, "filter {}, version {}: ", on_one_line(&word("filter")), word("version"));
    }
    let _ = writeln!(
        page,
        "{} actions, {} matches, {} others, {} undecided, {} errors",
        number("actions"),
        number("matches"),
        number("no_matches"),
        number("undecided"),
        number("errors")
    );
    if number("unreadable") > 0 {
        let _ = writeln!(page, "{} more have no variables that you may see", number("unreadable"));
    }
    if answer.get("cut") == Some(&Value::Bool(true)) {
        let _ = writeln!(page, "It took too long for all {}.", number("found"));
    }
    let left = width.saturating_sub(38).max(SNIPPET_COLUMNS_MIN);
    let _ = writeln!(page, "  {:left$} {:>8} {:>8} {:>8} {:>8}", "part", "true", "false", "skipped", "decided");
    for line in lines(answer) {
        let count = |pointer: &str| line.node.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
        let decided = count("/decisive/match") + count("/decisive/no_match");
        let counts = [count("/true"), count("/false"), count("/not_evaluated"), decided];
        let counts = counts.map(|count| format!("{count:>8}")).join(" ");
        row(&mut page, &line, left, if decided > 0 { "*" } else { " " }, &counts);
    }
    page
}

fn row(page: &mut String, line: &Line<'_>, left: usize, mark: &str, rest: &str) {
    let indent = line.level.min(LEVELS_MAX) * 2;
    let room = left.saturating_sub(indent).max(8);
    let snippet = cut(&line.snippet, room);
    let padding = room.saturating_sub(snippet.chars().count());
    let text = format!("{mark} {:indent$}{snippet}{:padding$} {rest}", "", "");
    page.push_str(text.trim_end());
    page.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Value {
        json!({"filter": "17", "version": 3, "rules": "summary contains \"spam\" &\n  user_age < 5", "result": false,
            "conditions": 1, "decisive": [2], "nodes": [
            {"id": 0, "op": "variable", "span": [0, 7], "value": "no\u{1b}[2J"},
            {"id": 1, "op": "literal", "span": [17, 23], "value": "spam"},
            {"id": 2, "op": "contains", "span": [0, 23], "value": false, "cost": 1, "children": [0, 1],
             "true": 3, "false": 1, "not_evaluated": 0, "decisive": {"match": 0, "no_match": 1}},
            {"id": 3, "op": "variable", "span": [28, 36], "evaluated": false, "why": "short-circuit"},
            {"id": 4, "op": "literal", "span": [39, 40], "evaluated": false, "why": "short-circuit"},
            {"id": 5, "op": "<", "span": [28, 40], "redacted": true, "children": [3, 4]},
            {"id": 6, "op": "&", "span": [0, 40], "value": false, "children": [2, 5]}]})
    }

    #[test]
    fn an_explanation_is_a_tree() {
        let wanted = "filter 17, version 3: does not match, 1 conditions\n\
            \x20 summary contains \"spam\" & user_age < 5       false\n\
            *   summary contains \"spam\"                    false  (1)\n\
            \x20     summary                                  \"no\\u001b[2J\"\n\
            \x20   user_age < 5                               (hidden)\n\
            \x20     user_age                                 – short-circuit\n";
        assert_eq!(explanation(&answer(), 80), wanted);
    }

    #[test]
    fn a_sum_is_a_table() {
        let page = sum(&answer(), 80);
        let line = page.lines().find(|line| line.starts_with('*')).unwrap();
        assert_eq!(line.split_whitespace().rev().take(4).collect::<Vec<_>>(), ["1", "0", "1", "3"], "{page}");
    }
}
