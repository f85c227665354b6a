//! `wikiward filter save`.

mod conflict;
mod fields;

use super::source::{self, Source};
use super::{all, findings};
use crate::service::client::{Answer, Client, FieldError, Refused};
use crate::service::connect::Connect;
use crate::service::show::{self, Output, whole};
use crate::service::{EXIT_REFUSED, with};
use crate::terminal::Terminal;
use anyhow::bail;
use conflict::{conflict, tidy};
use fields::{Consent, Fields};
use http::Method;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use wikiward_rules::diagnostic::Severity;

/// Create a filter, or save a new version of one
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// Document (JSON, as `filter show --json` prints it) or plain text of a rule; `-` is standard input
    file: PathBuf,
    /// Number of the filter to save; without it, the document's, or a new filter
    #[arg(long, value_name = "ID", conflicts_with = "new")]
    id: Option<String>,
    /// Make a new filter of it, whatever number the document has
    #[arg(long)]
    new: bool,
    /// Version that the change was made from; without it, the document's, or for a plain rule the present one
    #[arg(long, value_name = "N", conflicts_with = "new")]
    over: Option<u64>,
    /// Check only: say what a save would say, and save nothing
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    fields: Fields,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

const EXAMPLES: &str = "A save replaces the whole document. It counts only if nobody saved another version in between.

Examples:
  Create a filter from a rule:
      wikiward filter save enwiki spam.rule --name 'Link spam' --state enabled --action 'tag=possible spam'
  Change a filter:
      wikiward filter show enwiki 17 --json > 17.json
      wikiward filter save enwiki 17.json --reason 'fewer false positives'
  Change its rule only:
      wikiward filter save enwiki spam.rule --id 17
  Switch it off:
      wikiward filter show enwiki 17 --json | wikiward filter save enwiki - --state disabled
  Is it good?
      wikiward filter save enwiki 17.json --check

Exit codes:
  0  saved, or nothing differs (with --check: it could be saved)
  1  refused: it is not valid, somebody saved in between, or you may not
  2  the service or the file cannot be reached, or the arguments make no sense";

/// What is to be sent where.
#[derive(Debug, PartialEq)]
struct Plan {
    body: Map<String, Value>,
    /// The filter and the version that the change was made from; none makes a new filter.
    over: Option<(String, Base)>,
}

/// Which version a change was made from.
#[derive(Debug, PartialEq, Eq)]
enum Base {
    Version(u64),
    /// This one: only the named fields differ from it.
    Fields(u64),
    /// The present one: only the named fields differ from it.
    Present,
}

pub(super) async fn run(arguments: &Args, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let source = source::read(&arguments.file)?;
    let plan = plan(arguments, source)?;
    with(&arguments.connect, async |client| save(arguments, plan, client, terminal).await).await
}

fn plan(arguments: &Args, source: Source) -> anyhow::Result<Plan> {
    let fields = &arguments.fields;
    Ok(match source {
        Source::Rule(rules) => {
            let mut body = Map::from_iter([("rules".to_owned(), json!(rules))]);
            fields.write(&mut body)?;
            let over = arguments.id.clone().map(|id| (id, arguments.over.map_or(Base::Present, Base::Fields)));
            Plan { body, over }
        }
        Source::Document { mut body, id, version, wiki } => {
            fields.write(&mut body)?;
            let id = arguments.id.clone().or(if arguments.new { None } else { id });
            if let (Some(id), Some(owner)) = (&id, &wiki)
                && arguments.id.is_none()
                && *owner != arguments.wiki
                && !id.starts_with("global-")
            {
                bail!(
                    "{} is a document of filter {id} of {owner}, not of {}. --new makes a new filter of it there",
                    arguments.file.display(),
                    arguments.wiki
                );
            }
            let base = match (&id, arguments.over.or(version)) {
                (None, _) => None,
                (Some(_), Some(version)) => Some(Base::Version(version)),
                (Some(id), None) => bail!(
                    "{} does not say which version of filter {id} was changed. Say it with --over",
                    arguments.file.display()
                ),
            };
            Plan { body, over: id.zip(base) }
        }
    })
}

async fn save(arguments: &Args, mut plan: Plan, client: &Client, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let mut version = None;
    match &plan.over {
        Some((id, Base::Present)) => {
            let present = client.get(&all(&arguments.wiki).part(id)).await?;
            plan.body = over_present(plan.body, &present.body)?;
            version = present.etag;
        }
        Some((id, Base::Fields(number))) => {
            let path = all(&arguments.wiki).part(id).part("versions").part(&number.to_string());
            plan.body = over_present(plan.body, &client.get(&path).await?.body)?;
            version = Some(format!("\"{number}\""));
        }
        Some((_, Base::Version(number))) => version = Some(format!("\"{number}\"")),
        None => complete(&mut plan.body),
    }
    arguments.consent.write(&mut plan.body);
    let id = plan.over.map(|(id, _)| id);
    let body = Value::Object(plan.body);
    let origin = if arguments.file.as_os_str() == "-" {
        "standard input".to_owned()
    } else {
        arguments.file.display().to_string()
    };
    if arguments.check {
        return check(arguments, id.as_deref(), &body, &origin, client, terminal).await;
    }
    let all = all(&arguments.wiki);
    let sent = match &id {
        Some(id) => client.send(Method::PUT, &all.part(id), Some(&body), version.as_deref()).await,
        None => client.send(Method::POST, &all, Some(&body), None).await,
    };
    match sent {
        Ok(answer) => {
            tell_saved(&answer, id.is_none(), &body, &origin, arguments.output, terminal)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => match error.downcast_ref::<Refused>() {
            Some(refused) if arguments.output.json => {
                terminal.print(show::pretty(&refused.body).as_bytes())?;
                Ok(ExitCode::from(EXIT_REFUSED))
            }
            Some(refused) if refused.code == "edit_conflict" => {
                terminal.complain(&conflict(refused, &arguments.wiki, id.as_deref().unwrap_or_default()));
                Ok(ExitCode::from(EXIT_REFUSED))
            }
            Some(refused) if !refused.errors.is_empty() => {
                tell(&refused.errors, &FieldError::list(refused.body.get("warnings")), &body, &origin, terminal);
                terminal.complain(&format!("{} ({})", tidy(&refused.detail), refused.code));
                Ok(ExitCode::from(EXIT_REFUSED))
            }
            _ => Err(error),
        },
    }
}

async fn check(
    arguments: &Args,
    id: Option<&str>,
    body: &Value,
    origin: &str,
    client: &Client,
    terminal: &Terminal,
) -> anyhow::Result<ExitCode> {
    let path = all(&arguments.wiki).part("validate").query_if("id", id);
    let found = client.send(Method::POST, &path, Some(body), None).await?.body;
    let (errors, warnings) = (FieldError::list(found.get("errors")), FieldError::list(found.get("warnings")));
    if arguments.output.json {
        terminal.print(show::pretty(&found).as_bytes())?;
    } else {
        tell(&errors, &warnings, body, origin, terminal);
        let changed = found.get("changed_fields").map(whole).unwrap_or_default();
        let text = match (errors.len(), changed.is_empty()) {
            (0, true) => "It could be saved, but nothing differs.\n".to_owned(),
            (0, false) => format!("It could be saved. Differs in: {changed}.\n"),
            (1, _) => "It could not be saved: 1 error.\n".to_owned(),
            (count, _) => format!("It could not be saved: {count} errors.\n"),
        };
        terminal.print(text.as_bytes())?;
    }
    Ok(if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_REFUSED) })
}

/// Shows errors and warnings, errors first, on standard error.
fn tell(errors: &[FieldError], warnings: &[FieldError], body: &Value, origin: &str, terminal: &Terminal) {
    for (list, severity) in [(errors, Severity::Error), (warnings, Severity::Warning)] {
        if !list.is_empty() {
            terminal.note(&findings::render(list, severity, body, origin, terminal));
        }
    }
}

fn tell_saved(
    answer: &Answer,
    is_new: bool,
    body: &Value,
    origin: &str,
    output: Output,
    terminal: &Terminal,
) -> anyhow::Result<()> {
    if output.json {
        return Ok(terminal.print(show::pretty(&answer.body).as_bytes())?);
    }
    tell(&[], &FieldError::list(answer.body.get("warnings")), body, origin, terminal);
    let fact = |name: &str| answer.body.pointer(&format!("/filter/{name}")).map(whole).unwrap_or_default();
    let (id, wiki, version, state) = (fact("id"), fact("wiki"), fact("version"), fact("state"));
    let text = if answer.body.get("changed") == Some(&Value::Bool(false)) {
        format!("Nothing differs from version {version} of filter {id} of {wiki}: nothing was saved.\n")
    } else if is_new {
        format!("Filter {id} of {wiki} is created: {state}.\n")
    } else {
        format!("Filter {id} of {wiki} is saved as version {version}: {state}.\n")
    };
    Ok(terminal.print(text.as_bytes())?)
}

/// The present document with the named fields in place of its own.
fn over_present(named: Map<String, Value>, present: &Value) -> anyhow::Result<Map<String, Value>> {
    // Read like a file, so that what is the service's own is left out.
    let Source::Document { mut body, .. } = source::parse_document(present)? else {
        bail!("the service sent no filter")
    };
    body.extend(named);
    Ok(body)
}

/// What a new filter has where nothing is said.
fn complete(body: &mut Map<String, Value>) {
    for (name, value) in [("state", "draft"), ("group", "default"), ("name", "")] {
        body.entry(name).or_insert_with(|| json!(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        save: Args,
    }

    fn arguments(words: &[&str]) -> Args {
        Line::try_parse_from([&["save", "enwiki", "17.json"], words].concat()).unwrap().save
    }

    fn document(id: Option<&str>, version: Option<u64>) -> Source {
        let body = Map::from_iter([("rules".to_owned(), json!("a"))]);
        Source::Document { body, id: id.map(str::to_owned), version, wiki: Some("enwiki".into()) }
    }

    #[test]
    fn it_is_clear_what_is_saved_over_what() {
        let over = |words: &[&str], source| plan(&arguments(words), source).map(|plan| plan.over);
        let rule = || Source::Rule("a".into());
        assert_eq!(over(&[], rule()).unwrap(), None);
        assert_eq!(over(&["--id", "17"], rule()).unwrap(), Some(("17".into(), Base::Present)));
        assert_eq!(over(&["--id", "17", "--over", "3"], rule()).unwrap(), Some(("17".into(), Base::Fields(3))));
        assert_eq!(over(&[], document(Some("17"), Some(9))).unwrap(), Some(("17".into(), Base::Version(9))));
        assert_eq!(
            over(&["--over", "10"], document(Some("17"), Some(9))).unwrap(),
            Some(("17".into(), Base::Version(10)))
        );
        assert_eq!(over(&["--new"], document(Some("17"), Some(9))).unwrap(), None);
        assert_eq!(over(&[], document(None, None)).unwrap(), None);
        assert!(over(&[], document(Some("17"), None)).unwrap_err().to_string().contains("--over"));
        let elsewhere =
            Source::Document { body: Map::new(), id: Some("17".into()), version: Some(1), wiki: Some("dewiki".into()) };
        assert!(over(&[], elsewhere).unwrap_err().to_string().contains("--new"));
    }

    #[test]
    fn named_fields_stand_over_what_the_file_says() {
        let words = [
            "--name",
            "N",
            "--action",
            "tag=a b|c",
            "--action",
            "disallow",
            "--privacy",
            "hidden,protected",
            "--priority",
            "-5",
        ];
        let body = plan(&arguments(&words), document(None, None)).unwrap().body;
        let wanted = json!({
            "rules": "a", "name": "N", "priority": -5, "actions": {"tag": ["a b", "c"], "disallow": []},
            "privacy": {"hidden": true, "protected": true, "suppressed": false},
        });
        assert_eq!(Value::Object(body), wanted);
    }
}
