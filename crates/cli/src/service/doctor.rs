//! `wikiward doctor`: is everything in order, and what to do where it is not.

mod address;
mod database;

use super::EXIT_REFUSED;
use super::connect::ConfigFile;
use super::show::Output;
use crate::terminal::{Style, Terminal};
use clap::Args;
use serde_json::json;
use std::fmt::Write as _;
use std::process::ExitCode;
use wikiward_farm::checkup::{Finding, Standing};
use wikiward_farm::{Clock as _, SystemClock};
use wikiward_server::checkup::{clock, files, tls};

/// Check the installation, say what is wrong and what to do about it
#[derive(Debug, Args)]
#[command(
    after_help = "Changes nothing, and may run while the service does. Run it as the user that the service runs as, with the same
configuration: what that user may read and write is a part of what is checked.

Checked are: the configuration, the data folder and its disk, the key file, limits of the process, the database (reached, of
the right schema, writable, its size on disk), the audit log, the clock, the addresses to listen on, the certificate, and
whether there is an account.

Examples:
  wikiward doctor --config /etc/wikiward.toml
  wikiward doctor --json | jq '.checks[] | select(.status == \"problem\")'

Exit codes:
  0  everything is in order, or needs a thought only (warnings)
  1  there is a problem"
)]
pub struct Doctor {
    #[command(flatten)]
    file: ConfigFile,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: &Doctor, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let lines = look(arguments).await;
    let worst = lines.iter().map(|line| line.status).max().unwrap_or(Standing::Ok);
    if arguments.output.json {
        let checks: Vec<_> = lines.iter().map(json_of).collect();
        let body = json!({"ok": worst < Standing::Problem, "checks": checks});
        terminal.print(super::show::pretty(&body).as_bytes())?;
    } else {
        terminal.print(text(&lines, terminal.has_color()).as_bytes())?;
    }
    Ok(if worst < Standing::Problem { ExitCode::SUCCESS } else { ExitCode::from(EXIT_REFUSED) })
}

fn json_of(line: &Finding) -> serde_json::Value {
    json!({"check": line.check, "status": line.status.name(), "found": line.found, "todo": line.todo})
}

async fn look(arguments: &Doctor) -> Vec<Finding> {
    let config = match arguments.file.load() {
        Ok(config) => config,
        Err(error) => {
            let todo = "correct it; `wikiward config example` prints every setting with its meaning";
            return vec![Finding::problem("configuration", format!("{error:#}"), todo)];
        }
    };
    let from =
        arguments.file.config.as_ref().map_or("defaults and the environment".into(), |it| it.display().to_string());
    let mut lines = vec![Finding::ok("configuration", from)];
    let now = SystemClock.now();
    files::look(&config, &mut lines);
    let database = database::look(&config, &mut lines).await;
    clock::look(&database, now, &mut lines);
    let answers = address::look(&config, &mut lines).await;
    tls::look(&config, now, &mut lines);
    database::accounts(&config, &database, answers, &mut lines).await;
    lines
}

fn text(lines: &[Finding], has_color: bool) -> String {
    let width = lines.iter().map(|line| line.check.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for line in lines {
        let style = match line.status {
            Standing::Ok => Style::Good,
            Standing::Skipped => Style::Faint,
            Standing::Warning => Style::Warning,
            Standing::Problem => Style::Error,
        };
        let word = style.paint(&format!("{:7}", line.status.name()), has_color);
        text.push_str(format!("{word}  {:width$}  {}", line.check, line.found).trim_end());
        text.push('\n');
        if let Some(todo) = &line.todo {
            let _ = writeln!(text, "{:9}{:width$}  → {todo}", "", "");
        }
    }
    let count = |status| lines.iter().filter(|line| line.status == status).count();
    let counted = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let verdict = match (count(Standing::Problem), count(Standing::Warning)) {
        (0, 0) => "Everything is in order.".to_owned(),
        (problems, warnings) => format!("{}, {}.", counted(problems, "problem"), counted(warnings, "warning")),
    };
    let _ = write!(text, "\n{verdict}\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_says_what_was_found_and_what_to_do() {
        let lines = [
            Finding::ok("database", "sqlite:w.db, schema 4"),
            Finding::warning("disk", "3 % free", "make room"),
            Finding::skipped("audit log", "the database cannot be read"),
        ];
        let shown = text(&lines, false);
        assert_eq!(
            shown,
            "ok       database   sqlite:w.db, schema 4\n\
             warning  disk       3 % free\n\
             \x20                   → make room\n\
             skipped  audit log  the database cannot be read\n\
             \n\
             0 problems, 1 warning.\n"
        );
        assert_eq!(text(&[Finding::ok("a", "b")], false), "ok       a  b\n\nEverything is in order.\n");
    }
}
