//! `wikiward promotion`.

use super::connect::Connect;
use super::path::ApiPath;
use super::show::{self, Column, Limit, Output, id, text};
use super::{exit_codes, with};
use crate::terminal::Terminal;
use clap::Subcommand;
use http::Method;
use serde_json::json;
use std::process::ExitCode;

/// What to do with holds of automatic promotion.
#[derive(Debug, Subcommand)]
pub enum PromotionCommand {
    /// List the people whose automatic promotion is held
    #[command(after_help = exit_codes!("Example:
  wikiward promotion list enwiki"))]
    List {
        /// Database name of the wiki
        wiki: String,
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
    /// Hold a person's automatic promotion
    #[command(after_help = exit_codes!("Examples:
  As long as the wiki's setting says:
      wikiward promotion hold enwiki 'Some User' --reason 'see the noticeboard'
  For a day:
      wikiward promotion hold enwiki 'Some User' --seconds 86400"))]
    Hold {
        /// Database name of the wiki
        wiki: String,
        /// Name of the user
        user: String,
        /// For how long
        #[arg(long, value_name = "N")]
        seconds: Option<u32>,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        output: Output,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        connect: Connect,
    },
    /// End such a hold: the person is promoted again as others are
    #[command(after_help = exit_codes!("Example:
  wikiward promotion restore enwiki 'Some User' --reason 'a false positive'"))]
    Restore {
        /// Database name of the wiki
        wiki: String,
        /// Name of the user
        user: String,
        /// Why; kept in the audit log
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        connect: Connect,
    },
}

const COLUMNS: [Column; 7] = [
    text("user", "/user"),
    text("until", "/until"),
    text("since", "/since"),
    text("filter", "/filter"),
    text("by", "/by"),
    text("reason", "/reason"),
    id("hit", "/hit_id"),
];

fn all(wiki: &str) -> ApiPath {
    ApiPath::of_wiki(wiki).part("autopromote-holds")
}

pub(super) async fn run(command: &PromotionCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match command {
        PromotionCommand::List { wiki, limit, output, connect } => {
            let path = all(wiki);
            let rows = with(connect, async |client| client.list(&path, limit.limit).await).await?;
            show::list(&rows, &COLUMNS, "Nobody's promotion is held.", *output, terminal)?;
        }
        PromotionCommand::Hold { wiki, user, seconds, reason, output, connect } => {
            let (path, body) = (all(wiki).part(user), json!({"seconds": seconds, "reason": reason}));
            let send = async |client: &super::Client| client.send(Method::PUT, &path, Some(&body), None).await;
            let answer = with(connect, send).await?;
            show::document(&answer.body, &COLUMNS, *output, terminal)?;
        }
        PromotionCommand::Restore { wiki, user, reason, connect } => {
            let path = all(wiki).part(user).query_if("reason", reason.as_deref());
            with(connect, async |client| client.send(Method::DELETE, &path, None, None).await).await?;
            terminal.print(format!("{user} is promoted again as others are.\n").as_bytes())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
