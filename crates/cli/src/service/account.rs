//! `wikiward account`.

use super::client::{Answer, Client};
use super::connect::Connect;
use super::path::ApiPath;
use super::show::{self, Column, Limit, Output, number, text, whole};
use super::wiki::kept;
use super::{exit_codes, with};
use crate::terminal::Terminal;
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::io::Read as _;
use std::process::ExitCode;
use wikiward_farm::Right;
use wikiward_server::Config;

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Make an account; prints a link once with which the person gives it a password
    #[command(after_help = exit_codes!("Examples:
  An administrator of everything:
      wikiward account create alex --right '*:all'
  Somebody who looks after filters of one wiki, with a password at once:
      pass show wikiward | wikiward account create kim --right enwiki:abusefilter-modify --password-stdin"))]
    Create(Create),
    /// List accounts
    #[command(after_help = exit_codes!("Example:
  wikiward account list"))]
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
    /// Show one account with its rights
    #[command(after_help = exit_codes!("Example:
  wikiward account show alex"))]
    Show(One),
    /// Let nobody sign in to an account, and end its sessions; nothing is removed
    #[command(after_help = exit_codes!("Examples:
  wikiward account disable alex
  Let them in again:
      wikiward account disable alex --undo"))]
    Disable {
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        one: One,
        /// Let people sign in to it again
        #[arg(long)]
        undo: bool,
    },
    /// Change what an account may do; without changes, show what it may do
    #[command(after_help = exit_codes!("Rights are written WIKI:RIGHT; the wiki `*` means every wiki and the farm itself, the right `all` every right.

Examples:
  wikiward account rights kim --grant enwiki:abusefilter-modify --grant enwiki:abusefilter-log-detail
  wikiward account rights kim --revoke enwiki:all
  Which rights are there?
      wikiward account rights --names"))]
    Rights(Change),
    /// Make a new link with which a person gives their account its first password; takes earlier ones back
    #[command(after_help = exit_codes!("Example:
  wikiward account invite kim"))]
    Invite(One),
    /// Make a link with which a person gives their account another password, or set one
    #[command(after_help = exit_codes!("Examples:
  wikiward account password kim
  Set one, and end all sessions:
      pass show wikiward | wikiward account password kim --password-stdin"))]
    Password {
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        one: One,
        /// Set the password that stands on the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
}

/// Arguments of commands about one account.
#[derive(Debug, Args)]
pub struct One {
    /// Name of the account
    name: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

/// Arguments of `account create`.
#[derive(Debug, Args)]
pub struct Create {
    #[command(flatten)]
    one: One,
    /// What it may do: WIKI:RIGHT; may be repeated; `*:all` is everything everywhere
    #[arg(long, value_name = "WIKI:RIGHT")]
    right: Vec<String>,
    /// Give it the password that stands on the first line of standard input, instead of a link
    #[arg(long)]
    password_stdin: bool,
}

/// Arguments of `account rights`.
#[derive(Debug, Args)]
pub struct Change {
    /// Name of the account
    #[arg(required_unless_present = "names")]
    name: Option<String>,
    /// Give a right; may be repeated
    #[arg(long, value_name = "WIKI:RIGHT")]
    grant: Vec<String>,
    /// Take a right back; may be repeated
    #[arg(long, value_name = "WIKI:RIGHT")]
    revoke: Vec<String>,
    /// List the names of all rights with what they allow
    #[arg(long, conflicts_with_all = ["name", "grant", "revoke"])]
    names: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

const COLUMNS: [Column; 6] = [
    number("id", "/id"),
    text("name", "/name"),
    text("disabled", "/disabled"),
    text("password", "/has_password"),
    text("last sign-in", "/last_sign_in_at"),
    text("rights on", "/on"),
];

const FACTS: [Column; 8] = [
    number("id", "/id"),
    text("name", "/name"),
    text("disabled", "/disabled"),
    text("password", "/has_password"),
    text("identity", "/identity"),
    text("created", "/created_at"),
    text("changed", "/updated_at"),
    text("last sign-in", "/last_sign_in_at"),
];

/// Fields that a change sends back.
const WRITABLE: [&str; 4] = ["name", "rights", "identity", "disabled"];

fn all() -> ApiPath {
    ApiPath::new("/v1/accounts")
}

pub(super) async fn run(command: &AccountCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match command {
        AccountCommand::Create(arguments) => create(arguments, terminal).await?,
        AccountCommand::List { limit, output, connect } => {
            let mut rows = with(connect, async |client| client.list(&all(), limit.limit).await).await?;
            if !output.json {
                for row in &mut rows.items {
                    let wikis: Vec<String> = row
                        .get("rights")
                        .and_then(Value::as_object)
                        .into_iter()
                        .flatten()
                        .map(|(wiki, _)| wiki.clone())
                        .collect();
                    row["on"] = json!(wikis);
                }
            }
            let empty = "There is no account yet. `wikiward account create` makes one.";
            show::list(&rows, &COLUMNS, empty, *output, terminal)?;
        }
        AccountCommand::Show(one) => {
            let account = with(&one.connect, async |client| find(client, &one.name).await).await?;
            print(&account.body, one.output, terminal)?;
        }
        AccountCommand::Disable { one, undo } => {
            let account = alter(&one.name, &one.connect, |body| {
                body.insert("disabled".into(), json!(!undo));
                Ok(())
            })
            .await?;
            print(&account, one.output, terminal)?;
        }
        AccountCommand::Rights(change) => rights(change, terminal).await?,
        AccountCommand::Invite(one) | AccountCommand::Password { one, password_stdin: false } => {
            link(one, terminal).await?;
        }
        AccountCommand::Password { one, password_stdin: true } => {
            let password = password_from_stdin()?;
            with(&one.connect, async |client| {
                let account = find(client, &one.name).await?;
                set_password(client, &account.body, &password).await
            })
            .await?;
            terminal.print(format!("{} has a new password; its sessions are ended.\n", one.name).as_bytes())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn create(arguments: &Create, terminal: &Terminal) -> anyhow::Result<()> {
    let one = &arguments.one;
    let mut rights = Map::new();
    grant(&mut rights, &arguments.right)?;
    let password = if arguments.password_stdin { Some(password_from_stdin()?) } else { None };
    let body = json!({"name": one.name, "rights": rights});
    let link = with(&one.connect, async |client| {
        let made = client.send(Method::POST, &all(), Some(&body), None).await?.body;
        match password {
            Some(password) => {
                let set = set_password(client, &made, &password).await;
                set.with_context(|| format!("the account {} is made, but has no password yet", one.name))?;
                Ok(made)
            }
            None => Ok(ask_link(client, &made).await?),
        }
    })
    .await?;
    if arguments.password_stdin { print(&link, one.output, terminal) } else { tell_link(&link, one, terminal) }
}

/// Prints a link with which a person gives their account a password.
async fn link(one: &One, terminal: &Terminal) -> anyhow::Result<()> {
    let link = with(&one.connect, async |client| {
        let account = find(client, &one.name).await?;
        ask_link(client, &account.body).await
    })
    .await?;
    tell_link(&link, one, terminal)
}

async fn ask_link(client: &Client, account: &Value) -> anyhow::Result<Value> {
    let path = all().part(&id(account)).part("password-link");
    Ok(client.send(Method::POST, &path, None, None).await?.body)
}

fn tell_link(link: &Value, one: &One, terminal: &Terminal) -> anyhow::Result<()> {
    if one.output.json {
        return Ok(terminal.print(show::pretty(link).as_bytes())?);
    }
    let secret = link.get("secret").and_then(Value::as_str).context("the service sent no link")?;
    let until = link.get("expires_at").map(whole).unwrap_or_default();
    let path = link.get("path").and_then(Value::as_str).map_or_else(|| format!("/welcome/{secret}"), str::to_owned);
    let base = match &one.connect.server {
        Some(url) => url.clone(),
        None => one.connect.file.load().map(|config: Config| config.server.public_url).unwrap_or_default(),
    };
    // The link alone goes to standard output, so that it can be sent on.
    terminal.note(&format!("With this link {} chooses a password, once, until {until} UTC:", one.name));
    Ok(terminal.print(format!("{}{path}\n", base.trim_end_matches('/')).as_bytes())?)
}

/// Sets a password as the person would: with a link.
async fn set_password(client: &Client, account: &Value, password: &str) -> anyhow::Result<()> {
    let link = ask_link(client, account).await?;
    let body = json!({"ticket": link.get("secret"), "password": password});
    client.send(Method::POST, &ApiPath::new("/v1/sessions/redeem"), Some(&body), None).await?;
    Ok(())
}

fn password_from_stdin() -> anyhow::Result<String> {
    /// Far beyond any password.
    const BYTES_MAX: u64 = 4096;
    let mut text = String::new();
    std::io::stdin().lock().take(BYTES_MAX).read_to_string(&mut text).context("standard input cannot be read")?;
    let password = text.lines().next().unwrap_or("").to_owned();
    anyhow::ensure!(!password.is_empty(), "the first line of standard input is empty: write the password there");
    Ok(password)
}

async fn rights(change: &Change, terminal: &Terminal) -> anyhow::Result<()> {
    let Some(name) = &change.name else {
        let rows =
            Right::ALL.iter().map(|right| vec![right.name().to_owned(), right.allows().trim().to_owned()]).collect();
        let text = show::table(&["right", "allows"], &[], rows, terminal.width());
        return Ok(terminal.print(text.as_bytes())?);
    };
    let account = if change.grant.is_empty() && change.revoke.is_empty() {
        with(&change.connect, async |client| find(client, name).await).await?.body
    } else {
        alter(name, &change.connect, |body| {
            let mut rights = body.get("rights").and_then(Value::as_object).cloned().unwrap_or_default();
            grant(&mut rights, &change.grant)?;
            revoke(&mut rights, &change.revoke)?;
            body.insert("rights".into(), Value::Object(rights));
            Ok(())
        })
        .await?
    };
    print(&account, change.output, terminal)
}

/// The account of that name; no two names differ only in case.
async fn find(client: &Client, name: &str) -> anyhow::Result<Answer> {
    let wanted = name.to_lowercase();
    let rows = client.list(&all(), 0).await?;
    let is_it = |row: &&Value| row.get("name").and_then(Value::as_str).is_some_and(|it| it.to_lowercase() == wanted);
    match rows.items.iter().find(is_it) {
        Some(row) => client.get(&all().part(&id(row))).await,
        None => bail!("there is no account `{name}`. `wikiward account list` lists them"),
    }
}

fn id(account: &Value) -> String {
    account.get("id").map(whole).unwrap_or_default()
}

/// Reads an account, changes it, and writes it over the version that was read.
async fn alter(
    name: &str,
    connect: &Connect,
    change: impl FnOnce(&mut Map<String, Value>) -> anyhow::Result<()>,
) -> anyhow::Result<Value> {
    with(connect, async |client| {
        let old = find(client, name).await?;
        let mut body = kept(&old.body, &WRITABLE);
        change(&mut body)?;
        let path = all().part(&id(&old.body));
        Ok(client.send(Method::PUT, &path, Some(&Value::Object(body)), old.etag.as_deref()).await?.body)
    })
    .await
}

fn print(account: &Value, output: Output, terminal: &Terminal) -> anyhow::Result<()> {
    if output.json {
        return Ok(terminal.print(show::pretty(account).as_bytes())?);
    }
    let mut text = show::facts_text(account, &FACTS);
    let rights: Vec<_> = account.get("rights").and_then(Value::as_object).into_iter().flatten().collect();
    text.push_str(if rights.is_empty() { "\nIt has no rights.\n" } else { "\nrights\n" });
    for (wiki, list) in rights {
        let count = list.as_array().map_or(0, Vec::len);
        let list = if count == Right::ALL.len() { "all".to_owned() } else { whole(list) };
        let _ = writeln!(text, "  {wiki}: {list}");
    }
    Ok(terminal.print(text.as_bytes())?)
}

/// Adds rights written WIKI:RIGHT.
fn grant(rights: &mut Map<String, Value>, words: &[String]) -> anyhow::Result<()> {
    for word in words {
        let (wiki, names) = parse(word)?;
        let list = rights.entry(wiki).or_insert_with(|| json!([]));
        let mut held: Vec<String> = serde_json::from_value(list.take()).unwrap_or_default();
        held.extend(names.into_iter().map(str::to_owned));
        held.sort();
        held.dedup();
        *list = json!(held);
    }
    Ok(())
}

/// Takes away rights written WIKI:RIGHT; a wiki without rights is left out.
fn revoke(rights: &mut Map<String, Value>, words: &[String]) -> anyhow::Result<()> {
    for word in words {
        let (wiki, names) = parse(word)?;
        let Some(Value::Array(list)) = rights.get_mut(&wiki) else { continue };
        list.retain(|held| !held.as_str().is_some_and(|held| names.contains(&held)));
        if list.is_empty() {
            rights.shift_remove(&wiki);
        }
    }
    Ok(())
}

fn parse(word: &str) -> anyhow::Result<(String, Vec<&'static str>)> {
    let Some((wiki, name)) = word.split_once(':').filter(|(wiki, _)| !wiki.is_empty()) else {
        bail!("`{word}` is no right on a wiki: write WIKI:RIGHT, such as enwiki:abusefilter-modify")
    };
    let names = if name == "all" {
        Right::ALL.iter().map(|right| right.name()).collect()
    } else {
        let right = Right::find(name);
        let right = right
            .with_context(|| format!("there is no right `{name}`. `wikiward account rights --names` lists them"))?;
        vec![right.name()]
    };
    Ok((wiki.to_owned(), names))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn rights_are_given_once_and_taken_back() {
        let mut rights = Map::from_iter([("enwiki".to_owned(), json!(["abusefilter-view"]))]);
        let given = words(&["enwiki:abusefilter-modify", "enwiki:abusefilter-view", "*:viewsuppressed"]);
        grant(&mut rights, &given).unwrap();
        let wanted = json!({"enwiki": ["abusefilter-modify", "abusefilter-view"], "*": ["viewsuppressed"]});
        assert_eq!(json!(rights), wanted);
        revoke(&mut rights, &words(&["enwiki:abusefilter-view", "*:all", "dewiki:all"])).unwrap();
        assert_eq!(json!(rights), json!({"enwiki": ["abusefilter-modify"]}));
    }

    #[test]
    fn what_is_no_right_is_told() {
        assert_eq!(parse("*:all").unwrap().1.len(), Right::ALL.len());
        for (word, said) in [("enwiki", "WIKI:RIGHT"), (":all", "WIKI:RIGHT"), ("enwiki:fly", "no right `fly`")] {
            assert!(parse(word).unwrap_err().to_string().contains(said), "{word}");
        }
    }
}
