//! `wikiward wiki`.

use super::connect::Connect;
use super::path::ApiPath;
use super::show::{self, Column, Limit, Output, number, text};
use super::{exit_codes, with};
use crate::terminal::Terminal;
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to do with wikis.
#[derive(Debug, Subcommand)]
pub enum WikiCommand {
    /// Add a wiki to the farm
    #[command(after_help = exit_codes!("Examples:
  wikiward wiki add enwiki --label 'English Wikipedia' --url https://en.wikipedia.example/ --language en
  Let the wiki vouch for its people, with the public half of its key pair:
      openssl genpkey -algorithm ed25519 -out enwiki.key
      openssl pkey -in enwiki.key -pubout -out enwiki.pub
      wikiward wiki add enwiki --url https://en.wikipedia.example/ --public-key enwiki.pub"))]
    Add(Box<Add>),
    /// List the wikis of the farm
    #[command(after_help = exit_codes!("Example:
  wikiward wiki list --json | jq -r .wiki"))]
    List {
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        limit: Limit,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        output: Output,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        connect: Connect,
    },
    /// Show one wiki
    #[command(after_help = exit_codes!("Example:
  wikiward wiki show enwiki"))]
    Show {
        /// Database name of the wiki, such as enwiki
        wiki: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        output: Output,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        connect: Connect,
    },
    /// Change a wiki: what is not named stays as it is
    #[command(after_help = exit_codes!("Examples:
  wikiward wiki set enwiki --label 'The English Wikipedia'
  wikiward wiki set enwiki --setting restricted_rows=redact --setting ip_days=30
  Back to the farm's value:
      wikiward wiki set enwiki --setting ip_days=null
  Open a closed wiki again:
      wikiward wiki set enwiki --open"))]
    Set(Box<Set>),
    /// Close a wiki: its tokens and its people's statements do not count any more; nothing is removed
    #[command(after_help = exit_codes!("Example:
  wikiward wiki close enwiki"))]
    Close {
        /// Database name of the wiki, such as enwiki
        wiki: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        output: Output,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        connect: Connect,
    },
}

/// What can be said of a wiki.
#[derive(Debug, Args)]
struct Facts {
    /// Name for people
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// Address of its main page; a new wiki needs one
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Code of its language, such as de
    #[arg(long, value_name = "CODE")]
    language: Option<String>,
    /// File with the public key (PEM) with which the wiki signs what it says about people; `-` takes it away
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// Group of this wiki whose rights hold on the whole farm, such as steward; may be repeated
    #[arg(long, value_name = "GROUP")]
    farm_group: Vec<String>,
    /// Setting of its filters that differs from the farm's; the value is JSON or a word; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    setting: Vec<String>,
}

/// Arguments of `wiki add`.
#[derive(Debug, Args)]
pub struct Add {
    /// Database name of the wiki, such as enwiki
    wiki: String,
    #[command(flatten)]
    facts: Facts,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

/// Arguments of `wiki set`.
#[derive(Debug, Args)]
pub struct Set {
    /// Database name of the wiki, such as enwiki
    wiki: String,
    #[command(flatten)]
    facts: Facts,
    /// Take back all groups whose rights hold on the whole farm
    #[arg(long, conflicts_with = "farm_group")]
    no_farm_groups: bool,
    /// Open it again
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

const COLUMNS: [Column; 5] = [
    text("wiki", "/wiki"),
    text("label", "/label"),
    text("url", "/url"),
    text("language", "/language"),
    text("closed", "/closed"),
];

const FACTS: [Column; 11] = [
    text("wiki", "/wiki"),
    text("label", "/label"),
    text("url", "/url"),
    text("language", "/language"),
    text("closed", "/closed"),
    text("farm groups", "/farm_groups"),
    text("key", "/algorithm"),
    text("settings", "/settings"),
    number("version", "/version"),
    text("created", "/created_at"),
    text("changed", "/updated_at"),
];

/// Fields that a change sends back; the others are the service's.
const WRITABLE: [&str; 7] = ["label", "url", "language", "public_key", "farm_groups", "settings", "closed"];

fn all() -> ApiPath {
    ApiPath::new("/v1/wikis")
}

pub(super) async fn run(command: &WikiCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match command {
        WikiCommand::Add(arguments) => {
            let mut body = Map::from_iter([
                ("wiki".to_owned(), json!(arguments.wiki)),
                ("label".to_owned(), json!(arguments.wiki)),
                ("language".to_owned(), json!("en")),
            ]);
            arguments.facts.write(&mut body)?;
            anyhow::ensure!(body.contains_key("url"), "say where the wiki is: --url https://…");
            with(&arguments.connect, async |client| {
                let answer = client.send(Method::POST, &all(), Some(&Value::Object(body)), None).await?;
                show::document(&answer.body, &FACTS, arguments.output, terminal)?;
                Ok(())
            })
            .await?;
        }
        WikiCommand::List { limit, output, connect } => {
            let rows = with(connect, async |client| client.list(&all(), limit.limit).await).await?;
            let empty = "There is no wiki yet. `wikiward wiki add` adds one.";
            show::list(&rows, &COLUMNS, empty, *output, terminal)?;
        }
        WikiCommand::Show { wiki, output, connect } => {
            let answer = with(connect, async |client| client.get(&all().part(wiki)).await).await?;
            show::document(&answer.body, &FACTS, *output, terminal)?;
        }
        WikiCommand::Set(arguments) => {
            let change = |body: &mut Map<String, Value>| {
                arguments.facts.write(body)?;
                if arguments.no_farm_groups {
                    body.insert("farm_groups".into(), json!([]));
                }
                if arguments.open {
                    body.insert("closed".into(), json!(false));
                }
                Ok(())
            };
            alter(&arguments.wiki, &arguments.connect, arguments.output, terminal, change).await?;
        }
        WikiCommand::Close { wiki, output, connect } => {
            let change = |body: &mut Map<String, Value>| {
                body.insert("closed".into(), json!(true));
                Ok(())
            };
            alter(wiki, connect, *output, terminal, change).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads a wiki, changes it, and writes it over the version that was read.
async fn alter(
    wiki: &str,
    connect: &Connect,
    output: Output,
    terminal: &Terminal,
    change: impl FnOnce(&mut Map<String, Value>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let answer = with(connect, async |client| {
        let path = all().part(wiki);
        let old = client.get(&path).await?;
        let mut body = kept(&old.body, &WRITABLE);
        change(&mut body)?;
        client.send(Method::PUT, &path, Some(&Value::Object(body)), old.etag.as_deref()).await
    })
    .await?;
    show::document(&answer.body, &FACTS, output, terminal)?;
    Ok(())
}

/// Those members of a document that are sent back.
pub(super) fn kept(document: &Value, names: &[&str]) -> Map<String, Value> {
    let members = document.as_object().into_iter().flatten();
    members
        .filter(|(name, _)| names.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

impl Facts {
    /// Puts what was named into a document.
    fn write(&self, body: &mut Map<String, Value>) -> anyhow::Result<()> {
        for (name, value) in [("label", &self.label), ("url", &self.url), ("language", &self.language)] {
            if let Some(value) = value {
                body.insert(name.into(), json!(value));
            }
        }
        if let Some(path) = &self.public_key {
            let key = if path.as_os_str() == "-" {
                Value::Null
            } else {
                json!(fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?)
            };
            body.insert("public_key".into(), key);
        }
        if !self.farm_group.is_empty() {
            body.insert("farm_groups".into(), json!(self.farm_group));
        }
        if !self.setting.is_empty() {
            let mut settings = body.get("settings").and_then(Value::as_object).cloned().unwrap_or_default();
            for setting in &self.setting {
                let Some((name, value)) = setting.split_once('=') else {
                    bail!("`{setting}` is no setting: write NAME=VALUE")
                };
                // A word that is no JSON is meant as a text.
                match serde_json::from_str(value).unwrap_or_else(|_| json!(value)) {
                    Value::Null => _ = settings.shift_remove(name),
                    value => _ = settings.insert(name.into(), value),
                }
            }
            body.insert("settings".into(), Value::Object(settings));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_json_or_words_and_null_takes_them_back() {
        let facts = Facts {
            label: Some("L".into()),
            url: None,
            language: None,
            public_key: None,
            farm_group: Vec::new(),
            setting: ["a=1", "b=redact", "c=null", "d={\"x\":[1]}"].map(str::to_owned).into(),
        };
        let mut body = Map::from_iter([("settings".to_owned(), json!({"c": 5, "e": 6}))]);
        facts.write(&mut body).unwrap();
        let wanted = json!({"settings": {"e": 6, "a": 1, "b": "redact", "d": {"x": [1]}}, "label": "L"});
        assert_eq!(Value::Object(body), wanted);
    }

    #[test]
    fn only_what_is_the_callers_is_sent_back() {
        let document = json!({"label": "a", "version": 3, "closed": false});
        assert_eq!(Value::Object(kept(&document, &WRITABLE)), json!({"label": "a", "closed": false}));
    }
}
