//! `wikiward hit`.

mod steer;

use super::client::Rows;
use super::connect::Connect;
use super::path::ApiPath;
use super::show::{self, Column, Limit, Output, id, number, text, whole};
use super::{exit_codes, with};
use crate::backtest::visible::{cut, on_one_line};
use crate::terminal::Terminal;
use clap::{Args, Subcommand};
use serde_json::Value;
use std::fmt::Write as _;
use std::process::ExitCode;

/// Most characters of one line of a variable; `--json` has the whole text.
const LINE_CHARACTERS_MAX: usize = 200;

/// Most lines of one variable.
const LINES_MAX: usize = 12;

/// What to do with hits.
#[derive(Debug, Subcommand)]
pub enum HitCommand {
    /// List hits, newest first
    #[command(after_help = exit_codes!("Examples:
  wikiward hit list enwiki
  What did filter 17 stop today?
      wikiward hit list enwiki --filter 17 --taken disallow --from 2026-11-21
  Hits of farm-wide filters, on all wikis:
      wikiward hit list '*'
  A person names the code they were shown:
      wikiward hit list enwiki --ref-code K7Q2-M4XTB"))]
    List(Box<List>),
    /// Show one hit with the variables of its action
    #[command(after_help = exit_codes!("Examples:
  wikiward hit show enwiki 01jd3q…
  Its variables, to try rules on:
      wikiward hit show enwiki 01jd3q… --json | jq .variables > edit.json
      wikiward rule explain --file 17.rule --vars edit.json"))]
    Show {
        /// Database name of the wiki; `*` for the farm
        wiki: String,
        /// Id of the hit
        id: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        output: Output,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        connect: Connect,
    },
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Explain(super::explain::OfHit),
    /// Say whether a hit is right
    #[command(after_help = exit_codes!("Example:
  wikiward hit assess enwiki 01jd3q… false-positive --note 'a quotation'"))]
    Assess(steer::Assess),
    /// Tell the address of a hit; this leaves an entry in the access log
    #[command(after_help = exit_codes!("Example:
  wikiward hit private-details enwiki 01jd3q… --reason 'a threat, reported to us'"))]
    PrivateDetails(steer::PrivateDetails),
    /// Hide hits from all who may not see hidden ones
    #[command(after_help = exit_codes!("Example:
  wikiward hit hide enwiki 01jd3q… 01jd3r… --reason 'personal data in the summary'"))]
    Hide(steer::Visibility),
    /// Show hidden hits again
    #[command(after_help = exit_codes!("Example:
  wikiward hit show-again enwiki 01jd3q…"))]
    ShowAgain(steer::Visibility),
}

/// Arguments of `hit list`.
#[derive(Debug, Args)]
pub struct List {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// Those of this filter only; may be repeated
    #[arg(long, value_name = "ID")]
    filter: Vec<String>,
    /// Those of filters of this group only; may be repeated
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    /// Those by this person only
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Those from this address only (needs the right to see addresses)
    #[arg(long, value_name = "IP", conflicts_with = "range")]
    ip: Option<String>,
    /// Those from this range of addresses only, such as 203.0.113.0/24
    #[arg(long, value_name = "CIDR")]
    range: Option<String>,
    /// Those on this page only
    #[arg(long, value_name = "TITLE")]
    target: Option<String>,
    /// Those of this kind of action only, such as edit or move; may be repeated
    #[arg(long, value_name = "KIND")]
    kind: Vec<String>,
    /// Those with this consequence only; may be repeated
    #[arg(long, value_name = "NAME")]
    taken: Vec<String>,
    /// Those whose action came to this end only: unknown, saved, refused, failed
    #[arg(long, value_name = "OUTCOME")]
    outcome: Option<String>,
    /// The one with this code, which the person was shown; attempts to link to blocked domains have such codes, too
    #[arg(long, value_name = "CODE")]
    ref_code: Option<String>,
    /// Not before this time: 2026-11-21, or 2026-11-21T14:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    #[command(flatten)]
    limit: Limit,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

/// As many as fit 100 columns; the others are in `hit show`.
const COLUMNS: [Column; 7] = [
    id("hit", "/id"),
    id("when", "/at"),
    text("filter", "/filter"),
    text("actor", "/actor/name"),
    text("page", "/target/title"),
    text("taken", "/taken"),
    id("code", "/ref_code"),
];

const ASSESSMENTS: [Column; 4] =
    [text("when", "/at"), text("by", "/by"), text("says", "/verdict"), text("note", "/note")];

const FACTS: [Column; 18] = [
    text("hit", "/id"),
    text("when", "/at"),
    text("wiki", "/wiki"),
    text("filter", "/filter"),
    text("name", "/filter_name"),
    number("version", "/version"),
    text("kind", "/kind"),
    text("actor", "/actor/name"),
    text("actor type", "/actor/type"),
    text("page", "/target/title"),
    text("decision", "/decision"),
    text("taken", "/taken"),
    text("withheld", "/withheld"),
    text("outcome", "/outcome"),
    number("revision", "/rev_id"),
    text("hidden", "/hidden"),
    text("code", "/ref_code"),
    text("action", "/action_id"),
];

pub(super) async fn run(command: &HitCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match command {
        HitCommand::List(arguments) => {
            let path = path(arguments)?;
            if arguments.ref_code.is_some() {
                return of_code(&path, arguments, terminal).await;
            }
            let rows = with(&arguments.connect, async |client| client.list(&path, arguments.limit.limit).await).await?;
            show::list(&rows, &COLUMNS, "There is no such hit.", arguments.output, terminal)?;
        }
        HitCommand::Show { wiki, id, output, connect } => {
            let path = ApiPath::of_wiki(wiki).part("hits").part(id);
            let body = with(connect, async |client| client.get(&path).await).await?.body;
            if output.json {
                terminal.print(show::pretty(&body).as_bytes())?;
            } else {
                let mut text = page(&body);
                let assessments = body.get("assessments").and_then(Value::as_array).filter(|list| !list.is_empty());
                if let Some(assessments) = assessments {
                    text.push_str("\nassessments\n");
                    text.push_str(&show::rows(&ASSESSMENTS, assessments, terminal.width()));
                }
                terminal.print(text.as_bytes())?;
            }
        }
        HitCommand::Explain(arguments) => super::explain::of_hit(arguments, terminal).await?,
        HitCommand::Assess(arguments) => steer::assess(arguments, terminal).await?,
        HitCommand::PrivateDetails(arguments) => steer::private_details(arguments, terminal).await?,
        HitCommand::Hide(arguments) => steer::set_visibility(arguments, true, terminal).await?,
        HitCommand::ShowAgain(arguments) => steer::set_visibility(arguments, false, terminal).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The hit with a code; if there is none, the attempt to link to a blocked domain that has it.
async fn of_code(path: &ApiPath, arguments: &List, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let body = with(&arguments.connect, async |client| client.get(path).await).await?.body;
    let rows = |name: &str| Rows {
        items: body.get(name).and_then(Value::as_array).cloned().unwrap_or_default(),
        has_more: false,
    };
    let attempts = rows("blocked_domain_hits");
    if attempts.items.is_empty() {
        show::list(&rows("items"), &COLUMNS, "There is no such hit.", arguments.output, terminal)?;
    } else {
        terminal.note("no hit has this code, but an attempt to link to a blocked domain");
        show::list(&attempts, &super::domain::ATTEMPTS, "", arguments.output, terminal)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn path(arguments: &List) -> anyhow::Result<ApiPath> {
    Ok(ApiPath::of_wiki(&arguments.wiki)
        .part("hits")
        .query_all("filter", &arguments.filter)
        .query_all("group", &arguments.group)
        .query_if("actor", arguments.actor.as_deref())
        .query_if("ip", arguments.ip.as_deref())
        .query_if("range", arguments.range.as_deref())
        .query_if("target", arguments.target.as_deref())
        .query_all("kind", &arguments.kind)
        .query_all("taken", &arguments.taken)
        .query_if("outcome", arguments.outcome.as_deref())
        .query_if("ref_code", arguments.ref_code.as_deref())
        .query_if("from", arguments.from.as_deref().map(moment).transpose()?)
        .query_if("to", arguments.to.as_deref().map(moment).transpose()?))
}

/// A time, or the beginning of a day, UTC.
pub(super) fn moment(text: &str) -> anyhow::Result<String> {
    let is_day = text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10;
    let whole = if is_day { format!("{text}T00:00:00Z") } else { text.to_owned() };
    match whole.parse::<jiff::Timestamp>() {
        Ok(_) => Ok(whole),
        Err(_) => anyhow::bail!("`{text}` is no time: write 2026-11-21, or 2026-11-21T14:00:00Z"),
    }
}

/// A hit for people: facts, then the variables of its action.
fn page(body: &Value) -> String {
    let mut page = show::facts_text(body, &FACTS);
    let variables = body.get("variables").and_then(Value::as_object).into_iter().flatten();
    for (index, (name, value)) in variables.enumerate() {
        if index == 0 {
            page.push_str("\nvariables\n");
        }
        let name = on_one_line(name);
        match value.as_str() {
            Some(text) if text.contains('\n') => {
                let _ = writeln!(page, "  {name}:");
                let count = text.lines().count();
                for line in text.lines().take(LINES_MAX) {
                    let line = on_one_line(line);
                    page.push_str(format!("    {}", cut(&line, LINE_CHARACTERS_MAX)).trim_end());
                    page.push('\n');
                }
                if count > LINES_MAX {
                    let _ = writeln!(page, "    … {} more lines", count - LINES_MAX);
                }
            }
            _ => {
                let value = whole(value);
                page.push_str(format!("  {name}: {}", cut(&value, LINE_CHARACTERS_MAX)).trim_end());
                page.push('\n');
            }
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_days_or_moments() {
        assert_eq!(moment("2026-11-21").unwrap(), "2026-11-21T00:00:00Z");
        assert_eq!(moment("2026-11-21T14:00:00.5Z").unwrap(), "2026-11-21T14:00:00.5Z");
        assert!(moment("yesterday").is_err());
    }

    #[test]
    fn a_hit_is_shown_with_its_variables() {
        let text: Vec<String> = (1..=14).map(|line| format!("line {line}")).collect();
        let body = json!({
            "id": "01J", "at": "2026-11-21T14:00:01.123Z", "filter": "17", "taken": ["tag"], "withheld": [],
            "variables": {"summary": "buy\u{1b}[2J now", "user_editcount": 3, "new_wikitext": text.join("\n")},
        });
        let page = page(&body);
        assert!(
            page.starts_with("hit         01J\nwhen        2026-11-21 14:00:01\nfilter      17\ntaken       tag\n\n"),
            "{page}"
        );
        assert!(
            page.contains("  summary: buy⟨U+001B⟩[2J now\n  user_editcount: 3\n  new_wikitext:\n    line 1\n"),
            "{page}"
        );
        assert!(page.ends_with("    line 12\n    … 2 more lines\n"), "{page}");
    }
}
