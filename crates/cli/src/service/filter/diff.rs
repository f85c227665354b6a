//! `wikiward filter diff`.

use super::all;
use crate::backtest::visible::on_one_line;
use crate::service::connect::Connect;
use crate::service::show::{self, Output, whole};
use crate::service::{exit_codes, with};
use crate::terminal::{Style, Terminal};
use serde_json::Value;
use std::fmt::Write as _;

/// Compare two versions of a filter
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes!("Examples:
  What the last save changed:
      wikiward filter diff enwiki 17
  wikiward filter diff enwiki 17 --from 3 --to 5"))]
pub struct Args {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// Number of the filter; global-17 for a farm-wide one
    id: String,
    /// Older version; without it, the one before the other
    #[arg(long, value_name = "N")]
    from: Option<u32>,
    /// Newer version; without it, the present one
    #[arg(long, value_name = "N")]
    to: Option<u32>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

pub(super) async fn run(arguments: &Args, terminal: &Terminal) -> anyhow::Result<()> {
    let path = all(&arguments.wiki).part(&arguments.id).part("diff");
    let path = path.query_if("from", arguments.from).query_if("to", arguments.to);
    let body = with(&arguments.connect, async |client| client.get(&path).await).await?.body;
    let text = if arguments.output.json { show::pretty(&body) } else { text(&body, terminal.has_color()) };
    terminal.print(text.as_bytes())?;
    Ok(())
}

fn text(body: &Value, has_color: bool) -> String {
    let number = |name: &str| body.get(name).map(whole).unwrap_or_default();
    let mut text = format!("version {} → version {}\n", number("from"), number("to"));
    let start = text.len();
    for field in body.get("fields").and_then(Value::as_array).into_iter().flatten() {
        let part = |name: &str| field.get(name).map(whole).unwrap_or_default();
        let _ = writeln!(text, "{}: {} → {}", part("field"), shown(&part("old")), shown(&part("new")));
    }
    for name in ["rules", "notes"] {
        let lines = body.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if lines.is_empty() {
            continue;
        }
        let _ = write!(text, "\n{name}\n");
        for line in lines {
            let content =
                on_one_line(line.get("text").and_then(Value::as_str).unwrap_or("").trim_end_matches(['\r', '\n']));
            let line = match line.get("kind").and_then(Value::as_str) {
                Some("removed") => Style::Bad.paint(&format!("- {content}"), has_color),
                Some("added") => Style::Good.paint(&format!("+ {content}"), has_color),
                _ => format!("  {content}"),
            };
            text.push_str(line.trim_end());
            text.push('\n');
        }
        let is_same = body.pointer("/semantic/same_meaning") == Some(&Value::Bool(true));
        if name == "rules" && is_same {
            text.push_str("The rule means the same as before.\n");
        }
    }
    if text.len() == start {
        text.push_str("They are the same.\n");
    }
    text
}

fn shown(text: &str) -> &str {
    if text.is_empty() { "(none)" } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_and_fields_that_differ_are_shown() {
        let body = json!({
            "from": 2, "to": 3,
            "fields": [{"field": "name", "old": "a", "new": "b"}, {"field": "scope", "old": null, "new": {"include": ["x"]}}],
            "rules": [
                {"kind": "same", "old": 1, "new": 1, "text": "a &\n"},
                {"kind": "removed", "old": 2, "new": null, "text": "b\n"},
                {"kind": "added", "old": null, "new": 2, "text": "c"},
            ],
            "notes": [], "semantic": {"same_meaning": false},
        });
        let wanted =
            "version 2 → version 3\nname: a → b\nscope: (none) → {\"include\":[\"x\"]}\n\nrules\n  a &\n- b\n+ c\n";
        assert_eq!(text(&body, false), wanted);
        let same = json!({"from": 1, "to": 2, "fields": [], "rules": [], "notes": []});
        assert_eq!(text(&same, false), "version 1 → version 2\nThey are the same.\n");
    }
}
