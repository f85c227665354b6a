//! `wikiward domain`.

use super::connect::Connect;
use super::path::ApiPath;
use super::show::{self, Column, Limit, Output, text};
use super::{EXIT_REFUSED, exit_codes, with};
use crate::terminal::Terminal;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to do with blocked external domains.
#[derive(Debug, Subcommand)]
pub enum DomainCommand {
    /// List blocked domains
    #[command(after_help = exit_codes!("Examples:
  wikiward domain list enwiki
  Those of the farm, which hold on every wiki:
      wikiward domain list '*'
  All that have a word in them, as lines:
      wikiward domain list enwiki --search casino --limit 0 --json | jq -r .domain"))]
    List {
        /// Database name of the wiki; `*` for the farm
        wiki: String,
        /// Those that have this text in them
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
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
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Add(Add),
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Remove(Remove),
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Import(Import),
    /// Say whether a link is blocked, and by which entry
    #[command(after_help = exit_codes!("Example:
  wikiward domain check enwiki https://www.spam.example/page"))]
    Check {
        /// Database name of the wiki; `*` for the farm
        wiki: String,
        /// The link, or a host
        link: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        output: Output,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        connect: Connect,
    },
    /// List attempts to link to blocked domains, newest first
    #[command(after_help = exit_codes!("Examples:
  wikiward domain attempts enwiki
  By the code that a refused person quotes:
      wikiward domain attempts enwiki --code K7Q2-M4XTB"))]
    Attempts {
        /// Database name of the wiki
        wiki: String,
        /// By this user
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// With this reference code
        #[arg(long, value_name = "CODE")]
        code: Option<String>,
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
}

/// Block domains, each with all hosts below it
#[derive(Debug, Args)]
#[command(after_help = exit_codes!("Examples:
  wikiward domain add enwiki spam.example --notes 'casino network' --reason 'see the noticeboard'
  On all wikis:
      wikiward domain add '*' spam.example worse.example"))]
pub struct Add {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// The domains
    #[arg(required = true)]
    domains: Vec<String>,
    /// What to know of them
    #[arg(long, value_name = "TEXT", default_value = "")]
    notes: String,
    /// Why; kept in the audit log
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

/// Allow links to domains again
#[derive(Debug, Args)]
#[command(after_help = exit_codes!("Example:
  wikiward domain remove enwiki spam.example --reason 'was a mistake'"))]
pub struct Remove {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// The domains
    #[arg(required = true)]
    domains: Vec<String>,
    /// Why; kept in the audit log
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

/// Block the domains of a file
///
/// The file is AbuseFilter's page MediaWiki:BlockedExternalDomains.json (a list of {"domain", "notes"}), or has one domain a
/// line; what stands behind a space there are its notes, and lines that begin with # say nothing.
#[derive(Debug, Args)]
#[command(after_help = exit_codes!("Examples:
  wikiward domain import enwiki BlockedExternalDomains.json
  From another list:
      curl … | wikiward domain import '*' - --reason 'the farm'\\''s list'"))]
pub struct Import {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// The file; `-` is standard input
    file: PathBuf,
    /// Why; kept in the audit log
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

const COLUMNS: [Column; 4] =
    [text("domain", "/domain"), text("notes", "/notes"), text("added by", "/added_by"), text("at", "/at")];

pub(super) const ATTEMPTS: [Column; 5] = [
    text("at", "/at"),
    text("user", "/actor/name"),
    text("page", "/target/title"),
    text("domains", "/domains"),
    text("code", "/ref_code"),
];

const CHECK: [Column; 4] =
    [text("host", "/host"), text("blocked", "/blocked"), text("by", "/domain"), text("list", "/list")];

/// Domains sent at once; the service takes as many.
const AT_ONCE: usize = 5_000;

fn all(wiki: &str) -> ApiPath {
    ApiPath::of_wiki(wiki).part("blocked-domains")
}

pub(super) async fn run(command: &DomainCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match command {
        DomainCommand::List { wiki, search, limit, output, connect } => {
            let path = all(wiki).query_if("q", search.as_deref());
            let rows = with(connect, async |client| client.list(&path, limit.limit).await).await?;
            show::list(&rows, &COLUMNS, "No domain is blocked.", *output, terminal)?;
        }
        DomainCommand::Add(arguments) => {
            let domains: Vec<Value> =
                arguments.domains.iter().map(|domain| json!({"domain": domain, "notes": arguments.notes})).collect();
            let Add { wiki, reason, output, connect, .. } = arguments;
            return add(wiki, &domains, reason, *output, connect, terminal).await;
        }
        DomainCommand::Import(arguments) => {
            let domains = domains(&read(&arguments.file)?)?;
            let Import { wiki, reason, output, connect, .. } = arguments;
            return add(wiki, &domains, reason, *output, connect, terminal).await;
        }
        DomainCommand::Remove(arguments) => {
            let body = json!({"domains": arguments.domains, "reason": arguments.reason});
            let path = all(&arguments.wiki).part("remove");
            let send = async |client: &super::Client| client.send(Method::POST, &path, Some(&body), None).await;
            let answer = with(&arguments.connect, send).await?.body;
            let removed = answer.get("removed").and_then(Value::as_array).map_or(0, Vec::len);
            if arguments.output.json {
                terminal.print(show::pretty(&answer).as_bytes())?;
            } else {
                terminal.print(format!("{removed} of {} removed.\n", arguments.domains.len()).as_bytes())?;
            }
            if removed == 0 {
                return Ok(ExitCode::from(EXIT_REFUSED));
            }
        }
        DomainCommand::Check { wiki, link, output, connect } => {
            let path = all(wiki).part("check").query("link", link);
            let answer = with(connect, async |client| client.get(&path).await).await?;
            show::document(&answer.body, &CHECK, *output, terminal)?;
        }
        DomainCommand::Attempts { wiki, user, code, limit, output, connect } => {
            let path = ApiPath::of_wiki(wiki).part("blocked-domain-hits");
            let path = path.query_if("actor", user.as_deref()).query_if("ref_code", code.as_deref());
            let rows = with(connect, async |client| client.list(&path, limit.limit).await).await?;
            show::list(&rows, &ATTEMPTS, "Nobody tried to link to a blocked domain.", *output, terminal)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Sends domains in parts, and tells what is wrong with which.
async fn add(
    wiki: &str,
    domains: &[Value],
    reason: &str,
    output: Output,
    connect: &Connect,
    terminal: &Terminal,
) -> anyhow::Result<ExitCode> {
    let path = all(wiki);
    let send = async |client: &super::Client| {
        let mut items: Vec<Value> = Vec::new();
        for part in domains.chunks(AT_ONCE) {
            let body = json!({"domains": part, "reason": reason});
            let answer = client.send(Method::POST, &path, Some(&body), None).await?.body;
            items.extend(answer.get("items").and_then(Value::as_array).into_iter().flatten().cloned());
        }
        Ok(items)
    };
    let items = with(connect, send).await?;
    let is = |item: &&Value, result: &str| item.get("result").and_then(Value::as_str) == Some(result);
    let added = items.iter().filter(|item| is(item, "added")).count();
    let wrong: Vec<&Value> = items.iter().filter(|item| item.get("message").is_some()).collect();
    if output.json {
        items.iter().try_for_each(|item| terminal.print(format!("{item}\n").as_bytes()))?;
    } else {
        for item in &wrong {
            let fact = |name: &str| item.get(name).map(show::whole).unwrap_or_default();
            terminal.complain(&format!("{}: {}", fact("domain"), fact("message")));
        }
        let there = items.len() - added - wrong.len();
        terminal.print(format!("{added} of {} added, {there} were there.\n", items.len()).as_bytes())?;
    }
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_REFUSED) })
}

fn read(file: &std::path::Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().lock().read_to_string(&mut text).context("standard input cannot be read")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// The domains of a file: AbuseFilter's list, or lines.
fn domains(text: &str) -> anyhow::Result<Vec<Value>> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with(['[', '{']) {
        let list: Vec<Value> = serde_json::from_str(text).context("this is no JSON list of domains")?;
        let entry = |(place, entry): (usize, &Value)| {
            let text = |name: &str| entry.get(name).and_then(Value::as_str);
            let domain = text("domain").with_context(|| format!("entry {} has no text `domain`", place + 1))?;
            Ok(json!({"domain": domain, "notes": text("notes").unwrap_or_default(), "addedBy": text("addedBy")}))
        };
        return list.iter().enumerate().map(entry).collect();
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let domains: Vec<Value> = lines
        .map(|line| {
            let (domain, notes) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            json!({"domain": domain, "notes": notes.trim()})
        })
        .collect();
    anyhow::ensure!(!domains.is_empty(), "the file has no domains");
    Ok(domains)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_abusefilter_writes_it_and_as_lines() {
        let page = r#"[{"domain": "a.example", "notes": "x", "addedBy": "Somebody"}, {"domain": "b.example"}]"#;
        let expected = [
            json!({"domain": "a.example", "notes": "x", "addedBy": "Somebody"}),
            json!({"domain": "b.example", "notes": "", "addedBy": null}),
        ];
        assert_eq!(domains(page).unwrap(), expected);
        let lines = "# a list\na.example\n\n  b.example\tsince 2019 \n";
        let expected =
            [json!({"domain": "a.example", "notes": ""}), json!({"domain": "b.example", "notes": "since 2019"})];
        assert_eq!(domains(lines).unwrap(), expected);
        for wrong in ["", "#\n", "[1]", "{\"domain\": 1}", "[{\"domain\": 5}]", "[\"a.example\""] {
            assert!(domains(wrong).is_err(), "{wrong}");
        }
    }
}
