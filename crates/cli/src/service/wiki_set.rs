//! `wikiward wiki-set`.

use super::connect::Connect;
use super::path::ApiPath;
use super::show::{self, Column, Limit, Output, number, text};
use super::wiki::kept;
use super::{exit_codes, with};
use crate::terminal::Terminal;
use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Value, json};
use std::process::ExitCode;

/// What to do with sets of wikis.
#[derive(Debug, Subcommand)]
pub enum WikiSetCommand {
    /// Make a set
    #[command(after_help = exit_codes!("Example:
  wikiward wiki-set add small --label 'Small wikis' fywiki lbwiki rmwiki"))]
    Add {
        /// Name of the set
        name: String,
        /// Wikis in it
        wikis: Vec<String>,
        /// Name for people
        #[arg(long, value_name = "TEXT")]
        label: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        output: Output,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        connect: Connect,
    },
    /// List the sets
    #[command(after_help = exit_codes!("Example:
  wikiward wiki-set list"))]
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
    /// Show one set
    #[command(after_help = exit_codes!("Example:
  wikiward wiki-set show small --json | jq -r '.wikis[]'"))]
    Show {
        /// Name of the set
        name: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        output: Output,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        connect: Connect,
    },
    /// Change a set
    #[command(after_help = exit_codes!("Example:
  wikiward wiki-set set small --add frrwiki --remove rmwiki"))]
    Set(Change),
    /// Remove a set: scopes that name it mean no wiki by it then
    #[command(after_help = exit_codes!("Example:
  wikiward wiki-set remove small"))]
    Remove {
        /// Name of the set
        name: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        connect: Connect,
    },
}

/// Arguments of `wiki-set set`.
#[derive(Debug, Args)]
pub struct Change {
    /// Name of the set
    name: String,
    /// Name for people
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// Wiki to put in; may be repeated
    #[arg(long, value_name = "WIKI")]
    add: Vec<String>,
    /// Wiki to take out; may be repeated
    #[arg(long, value_name = "WIKI")]
    remove: Vec<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

const COLUMNS: [Column; 3] = [text("set", "/wiki_set"), text("label", "/label"), text("wikis", "/wikis")];

const FACTS: [Column; 5] = [
    text("set", "/wiki_set"),
    text("label", "/label"),
    text("wikis", "/wikis"),
    number("version", "/version"),
    text("created", "/created_at"),
];

fn all() -> ApiPath {
    ApiPath::new("/v1/wiki-sets")
}

pub(super) async fn run(command: &WikiSetCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match command {
        WikiSetCommand::Add { name, wikis, label, output, connect } => {
            let label = label.as_ref().unwrap_or(name);
            let body = json!({"wiki_set": name, "label": label, "wikis": wikis});
            let send = async |client: &super::Client| client.send(Method::POST, &all(), Some(&body), None).await;
            show::document(&with(connect, send).await?.body, &FACTS, *output, terminal)?;
        }
        WikiSetCommand::List { limit, output, connect } => {
            let rows = with(connect, async |client| client.list(&all(), limit.limit).await).await?;
            let empty = "There is no set of wikis. `wikiward wiki-set add` makes one.";
            show::list(&rows, &COLUMNS, empty, *output, terminal)?;
        }
        WikiSetCommand::Show { name, output, connect } => {
            let answer = with(connect, async |client| client.get(&all().part(name)).await).await?;
            show::document(&answer.body, &FACTS, *output, terminal)?;
        }
        WikiSetCommand::Set(change) => {
            let answer = with(&change.connect, async |client| {
                let path = all().part(&change.name);
                let old = client.get(&path).await?;
                let mut body = kept(&old.body, &["label", "wikis"]);
                if let Some(label) = &change.label {
                    body.insert("label".into(), json!(label));
                }
                let wikis = members(old.body.get("wikis"), &change.add, &change.remove);
                body.insert("wikis".into(), json!(wikis));
                client.send(Method::PUT, &path, Some(&Value::Object(body)), old.etag.as_deref()).await
            })
            .await?;
            show::document(&answer.body, &FACTS, change.output, terminal)?;
        }
        WikiSetCommand::Remove { name, connect } => {
            with(connect, async |client| {
                let path = all().part(name);
                let old = client.get(&path).await?;
                client.send(Method::DELETE, &path, None, old.etag.as_deref()).await
            })
            .await?;
            terminal.print(format!("The set {name} is removed.\n").as_bytes())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn members<'a>(old: Option<&'a Value>, add: &'a [String], remove: &[String]) -> Vec<&'a str> {
    let old = old.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let mut wikis: Vec<&str> = old.chain(add.iter().map(String::as_str)).collect();
    wikis.retain(|wiki| !remove.iter().any(|gone| gone == wiki));
    wikis.sort_unstable();
    wikis.dedup();
    wikis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_added_and_taken_out_once() {
        let (old, add, remove) = (json!(["b", "c"]), ["a".to_owned(), "b".to_owned()], ["c".to_owned()]);
        assert_eq!(members(Some(&old), &add, &remove), ["a", "b"]);
    }
}
