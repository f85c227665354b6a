//! `wikiward filter test`: the tests kept with a filter.

use super::all;
use super::source::{self, Source};
use crate::backtest::visible::on_one_line;
use crate::service::connect::Connect;
use crate::service::show::{self, Column, Output, text};
use crate::service::with;
use crate::terminal::Terminal;
use anyhow::bail;
use http::Method;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// At least one test fails.
const EXIT_FAILED: u8 = 1;

/// Run the tests kept with a filter, or keep a hit as one
///
/// A test is an action, and whether the rule is meant to match it. They run at each save; one that fails keeps an enabled
/// filter from being saved.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// Number of the filter; global-17 for a farm-wide one
    id: String,
    /// Run them on this rule instead, or on this document with tests of its own; `-` is standard input
    #[arg(long, value_name = "FILE")]
    on: Option<PathBuf>,
    /// Keep this hit as a test; nothing of it is copied
    #[arg(long, value_name = "HIT", requires = "expect", requires = "name", conflicts_with = "on")]
    keep: Option<String>,
    /// What the rule is meant to say of it: match or no-match
    #[arg(long, value_name = "WHAT", requires = "keep", value_parser = ["match", "no-match"], hide_possible_values = true)]
    expect: Option<String>,
    /// What it stands for, in words
    #[arg(long, value_name = "TEXT", requires = "keep")]
    name: Option<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

const EXAMPLES: &str = "Examples:
  wikiward filter test enwiki 17
  Would a changed rule pass?
      wikiward filter test enwiki 17 --on narrower.rule
  Keep a false positive, so that it never comes back:
      wikiward filter test enwiki 17 --keep 01jd3q… --expect no-match --name 'a quotation in an essay'

Exit codes:
  0  all tests pass, or it cannot be told of some
  1  a test fails
  2  the service or the file cannot be reached, or the arguments make no sense";

const COLUMNS: [Column; 5] = [
    text("test", "/name"),
    text("expected", "/expect"),
    text("is", "/actual"),
    text("passes", "/passed"),
    text("why", "/why"),
];

pub(super) async fn run(arguments: &Args, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let other = arguments.on.as_deref().map(source::read).transpose()?;
    let path = all(&arguments.wiki).part(&arguments.id);
    let validate = all(&arguments.wiki).part("validate").query("id", &arguments.id);
    let found = with(&arguments.connect, async |client| {
        let present = client.get(&path).await?;
        let Source::Document { mut body, .. } = source::parse_document(&present.body)? else {
            bail!("the service answered with no document. Is it of the same version as this program?")
        };
        match &other {
            Some(Source::Rule(rules)) => drop(body.insert("rules".into(), json!(rules))),
            Some(Source::Document { body: other, .. }) => body.extend(other.clone()),
            None => {}
        }
        if let Some(hit) = &arguments.keep {
            let expect = arguments.expect.as_deref().unwrap_or_default().replace('-', "_");
            add(&mut body, &json!({"name": arguments.name, "source": "hit", "hit": hit, "expect": expect}));
            body.insert("reason".into(), json!("a hit is kept as a test"));
            // Kept even if it fails: then it says what is to be mended.
            body.insert("override_tests".into(), json!("kept to be mended"));
            let version = present.etag.as_deref();
            client.send(Method::PUT, &path, Some(&Value::Object(body.clone())), version).await?;
        }
        Ok(client.send(Method::POST, &validate, Some(&Value::Object(body)), None).await?.body)
    });
    let found = found.await?;
    let tests = found.get("tests").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let failed = tests.iter().filter(|test| test.get("passed") == Some(&Value::Bool(false))).count();
    let open = tests.iter().filter(|test| test.get("passed").is_none_or(Value::is_null)).count();
    if arguments.output.json {
        terminal.print(show::pretty(&json!(tests)).as_bytes())?;
    } else if tests.is_empty() {
        terminal.print(b"The filter has no tests that you may see.\n")?;
    } else {
        terminal.print(show::rows(&COLUMNS, tests, terminal.width()).as_bytes())?;
        let passed = tests.len() - failed - open;
        terminal.print(format!("{passed} pass, {failed} fail, {open} cannot be told\n").as_bytes())?;
    }
    if let Some(error) = found
        .get("errors")
        .and_then(Value::as_array)
        .and_then(|errors| errors.iter().find(|error| error.get("code").and_then(Value::as_str) == Some("bad_syntax")))
    {
        let message = error.get("message").map(show::whole).unwrap_or_default();
        bail!("the rule does not work: {}", on_one_line(&message));
    }
    Ok(if failed > 0 { ExitCode::from(EXIT_FAILED) } else { ExitCode::SUCCESS })
}

fn add(body: &mut Map<String, Value>, test: &Value) {
    match body.get_mut("tests") {
        Some(Value::Array(tests)) => tests.push(test.clone()),
        _ => drop(body.insert("tests".into(), json!([test]))),
    }
}
