//! What a newcomer makes first: wikis, a token, filters, by the program's own commands.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Launch, Trouble};

/// Filters of one import, as the service allows.
const AT_ONCE: usize = 500;

/// A wiki that is made.
#[derive(Debug, Clone)]
pub struct Wiki<'a> {
    /// Database name.
    pub name: &'a str,
    /// Language code.
    pub language: &'a str,
    /// Filters, in the form in which they are imported (see [`requests`](crate::requests)).
    pub filters: &'a [Value],
}

/// What was made.
#[derive(Debug, Clone, Default)]
pub struct Farm {
    /// A token that may ask for verdicts on every wiki, and sees restricted filters in them.
    pub token: String,
    /// Filters that are there now.
    pub imported: usize,
    /// What was said of others, as text for people.
    pub refused: String,
}

impl Launch {
    /// Makes a farm, with the service started once before for its database and stopped again.
    ///
    /// # Errors
    /// If one of the commands does not do what it should. Filters that are refused are no error.
    pub fn make_farm(&self, wikis: &[Wiki<'_>]) -> Result<Farm, Trouble> {
        if !self.database().exists() {
            self.start()?.stop()?;
        }
        let mut farm = Farm::default();
        for wiki in wikis {
            let url = format!("https://{}.example/", wiki.name);
            self.say(&["wiki", "add", wiki.name, "--url", &url, "--language", wiki.language], &[], false)?;
            for part in wiki.filters.chunks(AT_ONCE) {
                let lines = part.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
                let import = ["filter", "import", wiki.name, "-", "--keep-enabled", "--json"];
                let (said, complaint) = self.say(&import, lines.as_bytes(), true)?;
                farm.imported += said.lines().filter(|line| line.contains(r#""status":"imported""#)).count();
                farm.refused.push_str(&complaint);
                for line in said.lines().filter(|line| line.contains(r#""status":"refused""#)) {
                    farm.refused.push_str(line);
                    farm.refused.push('\n');
                }
            }
        }
        let scopes = ["--scope", "evaluate", "--scope", "verdict:full", "--scope", "groups:write"];
        let create = [&["token", "create", "*", "--label", "testkit"], &scopes[..]].concat();
        self.say(&create, &[], false)?.0.trim().clone_into(&mut farm.token);
        Ok(farm)
    }

    /// Runs a command of the program on this service's database: what it printed, and what it complained of.
    ///
    /// # Errors
    /// If it does not end with exit code 0 (or 1, if it `may_refuse`).
    pub fn say(&self, arguments: &[&str], input: &[u8], may_refuse: bool) -> Result<(String, String), Trouble> {
        fs::create_dir_all(&self.folder)?;
        let mut command = Command::new(&self.program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.settle(&mut command);
        let mut child = command.spawn()?;
        let stdin = child.stdin.take();
        // The program reads everything before it prints.
        stdin.map(|mut stdin| stdin.write_all(input)).transpose()?;
        let output = child.wait_with_output()?;
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        let is_good = output.status.success() || (may_refuse && output.status.code() == Some(1));
        if !is_good {
            let command = arguments.join(" ");
            return Err(format!("wikiward {command} ended with {}:\n{complaint}", output.status).into());
        }
        Ok((String::from_utf8_lossy(&output.stdout).into_owned(), complaint))
    }
}
