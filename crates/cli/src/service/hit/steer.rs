//! `wikiward hit hide`, `show-again`, `assess` and `private-details`: what people do about hits.

use super::super::connect::Connect;
use super::super::path::ApiPath;
use super::super::show::{self, Column, Output, text};
use super::super::with;
use crate::terminal::Terminal;
use http::Method;
use serde_json::{Value, json};

/// Arguments of `hit hide` and `hit show-again`.
#[derive(Debug, clap::Args)]
pub struct Visibility {
    /// Database name of the wiki
    wiki: String,
    /// Ids of the hits, 1 to 500: all of them change or none
    #[arg(required = true, num_args = 1..=500, value_name = "ID")]
    ids: Vec<String>,
    /// Why, for the log
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    #[command(flatten)]
    connect: Connect,
}

/// Arguments of `hit assess`.
#[derive(Debug, clap::Args)]
pub struct Assess {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// Id of the hit
    id: String,
    /// What you say: true-positive, false-positive or unsure
    #[arg(value_parser = ["true-positive", "false-positive", "unsure"], hide_possible_values = true, value_name = "VERDICT")]
    verdict: String,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    #[command(flatten)]
    connect: Connect,
}

/// Arguments of `hit private-details`.
#[derive(Debug, clap::Args)]
pub struct PrivateDetails {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// Id of the hit
    id: String,
    /// Why, for the log; wikis may demand it
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

const DETAILS: [Column; 5] = [
    text("hit", "/hit_id"),
    text("user", "/user"),
    text("filter", "/filter"),
    text("name", "/name"),
    text("address", "/ip"),
];

pub(super) async fn set_visibility(arguments: &Visibility, hidden: bool, terminal: &Terminal) -> anyhow::Result<()> {
    let path = ApiPath::of_wiki(&arguments.wiki).part("hits").part("visibility");
    let body = json!({"hits": arguments.ids, "hidden": hidden, "reason": arguments.reason});
    with(&arguments.connect, async |client| client.send(Method::POST, &path, Some(&body), None).await).await?;
    let (count, what) = (arguments.ids.len(), if hidden { "hidden" } else { "shown again" });
    let those = if count == 1 { "1 hit is".to_owned() } else { format!("{count} hits are") };
    terminal.print(format!("{those} {what}.\n").as_bytes())?;
    Ok(())
}

pub(super) async fn assess(arguments: &Assess, terminal: &Terminal) -> anyhow::Result<()> {
    let path = ApiPath::of_wiki(&arguments.wiki).part("hits").part(&arguments.id).part("assessment");
    let body = json!({"verdict": arguments.verdict.replace('-', "_"), "note": arguments.note});
    with(&arguments.connect, async |client| client.send(Method::POST, &path, Some(&body), None).await).await?;
    terminal.print(format!("Noted: {}.\n", arguments.verdict.replace('-', " ")).as_bytes())?;
    Ok(())
}

pub(super) async fn private_details(arguments: &PrivateDetails, terminal: &Terminal) -> anyhow::Result<()> {
    let path = ApiPath::of_wiki(&arguments.wiki).part("hits").part(&arguments.id).part("private-details");
    let body = json!({"reason": arguments.reason});
    let answer = with(&arguments.connect, async |client| client.send(Method::POST, &path, Some(&body), None).await);
    let answer = answer.await?.body;
    show::document(&answer, &DETAILS, arguments.output, terminal)?;
    if !arguments.output.json && answer.get("ip").is_none_or(Value::is_null) {
        terminal.note("no address was kept, or it is not kept any more");
    }
    Ok(())
}
