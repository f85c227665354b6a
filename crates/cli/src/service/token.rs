//! `wikiward token`.

use super::connect::Connect;
use super::path::ApiPath;
use super::show::{self, Column, Limit, Output, id, text, whole};
use super::{exit_codes, with};
use crate::terminal::Terminal;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::process::ExitCode;
use wikiward_farm::{Clock as _, SystemClock, Timestamp};

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token; prints its secret once, on standard output
    #[command(after_help = exit_codes!("Scopes:
  evaluate      have actions judged, and report what came of them
  events        report events
  groups:write  register groups of filters and custom consequences
  verdict:full  see restricted filters in verdicts
  actor         vouch for people with Wikiward-Actor

Examples:
  For the wiki's own software:
      wikiward token create enwiki --label 'MediaWiki' --scope evaluate --scope actor > enwiki.token
  For every wiki of the farm, for a quarter:
      wikiward token create '*' --label 'dashboard' --scope events --expires 90d"))]
    Create(Create),
    /// List tokens, without their secrets
    #[command(after_help = exit_codes!("Example:
  wikiward token list --wiki enwiki"))]
    List {
        /// Those of this wiki only
        #[arg(long, value_name = "WIKI")]
        wiki: Option<String>,
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
    /// Revoke a token: it does not count any more from now on
    #[command(after_help = exit_codes!("Example:
  wikiward token revoke 01jd3q… --reason 'was in a public log'"))]
    Revoke {
        /// Id of the token, or the token itself
        id: String,
        /// Why; kept in the audit log
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        connect: Connect,
    },
}

/// Arguments of `token create`.
#[derive(Debug, Args)]
pub struct Create {
    /// Database name of the wiki it is for; `*` for every wiki
    wiki: String,
    /// What uses it
    #[arg(long, value_name = "TEXT")]
    label: String,
    /// What it may do: evaluate, events, groups:write, verdict:full or actor; may be repeated
    #[arg(long, value_name = "SCOPE", required = true)]
    scope: Vec<String>,
    /// Until when it counts: a time (2027-01-01T00:00:00Z), or from now on so many days or hours (90d, 12h)
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

const COLUMNS: [Column; 7] = [
    id("id", "/id"),
    text("wiki", "/wiki"),
    text("label", "/label"),
    text("scopes", "/scopes"),
    text("expires", "/expires_at"),
    text("last used", "/last_used_at"),
    text("revoked", "/revoked_at"),
];

fn all() -> ApiPath {
    ApiPath::new("/v1/tokens")
}

pub(super) async fn run(command: &TokenCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match command {
        TokenCommand::Create(arguments) => {
            let expires = arguments.expires.as_deref().map(|text| moment(text, SystemClock.now())).transpose()?;
            let mut body = json!({"wiki": arguments.wiki, "label": arguments.label, "scopes": arguments.scope});
            if let (Some(expires), Value::Object(body)) = (expires, &mut body) {
                body.insert("expires_at".into(), json!(expires.to_string()));
            }
            let send = async |client: &super::Client| client.send(Method::POST, &all(), Some(&body), None).await;
            let made = with(&arguments.connect, send).await?.body;
            if arguments.output.json {
                terminal.print(show::pretty(&made).as_bytes())?;
            } else {
                let secret = made.get("secret").and_then(Value::as_str).context("the service sent no secret")?;
                let id = made.get("id").map(whole).unwrap_or_default();
                // The secret alone goes to standard output, so that it can be sent to a file.
                terminal.note(&format!("This is token {id}. Its secret is shown this once and is kept nowhere:"));
                terminal.print(format!("{secret}\n").as_bytes())?;
            }
        }
        TokenCommand::List { wiki, limit, output, connect } => {
            let path = all().query_if("wiki", wiki.as_deref());
            let rows = with(connect, async |client| client.list(&path, limit.limit).await).await?;
            show::list(&rows, &COLUMNS, "There is no token. `wikiward token create` makes one.", *output, terminal)?;
        }
        TokenCommand::Revoke { id, reason, connect } => {
            let id = public_part(id);
            let path = all().part(id).query_if("reason", reason.as_deref());
            with(connect, async |client| client.send(Method::DELETE, &path, None, None).await).await?;
            terminal.print(format!("The token {id} is revoked.\n").as_bytes())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The id in a token, which has the form `wws_ID_SECRET`: whoever revokes one often has only the whole at hand.
fn public_part(token: &str) -> &str {
    let inside = token.strip_prefix("wws_").and_then(|rest| rest.split_once('_'));
    inside.map_or(token, |(id, _)| id)
}

/// A time as people name one: itself, or `90d`, `12h` from `now` on.
fn moment(text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
    let unclear = || format!("`{text}` is no time: write 2027-01-01T00:00:00Z, or 90d, or 12h");
    let hours = match (text.strip_suffix('d'), text.strip_suffix('h')) {
        (Some(days), _) => days.parse::<u32>().ok().map(|days| i64::from(days) * 24),
        (_, Some(hours)) => hours.parse::<u32>().ok().map(i64::from),
        _ => return text.parse().with_context(unclear),
    };
    let until = hours.and_then(|hours| now.checked_add(SignedDuration::from_hours(hours)).ok());
    until.with_context(unclear)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_named_or_counted_from_now() {
        let now: Timestamp = "2026-11-21T14:00:00Z".parse().unwrap();
        let check = |text: &str, expected: &str| assert_eq!(moment(text, now).unwrap().to_string(), expected);
        check("90d", "2027-02-19T14:00:00Z");
        check("12h", "2026-11-22T02:00:00Z");
        check("2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        for bad in ["", "d", "-1d", "soon", "99999999999d"] {
            assert!(moment(bad, now).unwrap_err().to_string().contains("is no time"), "{bad}");
        }
    }

    #[test]
    fn a_whole_token_names_itself_by_its_id() {
        assert_eq!(public_part("wws_01jd_a_b"), "01jd");
        assert_eq!(public_part("01jd"), "01jd");
    }
}
