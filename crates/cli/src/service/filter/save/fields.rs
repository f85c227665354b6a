//! Fields of a filter, and what its editor says yes to, as arguments.

use anyhow::bail;
use serde_json::{Map, Value, json};

/// Fields of the document; each stands over what the file says.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Fields of the filter")]
pub(super) struct Fields {
    /// Name, for everybody who may see the filter
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// draft, shadow, enabled, disabled or deleted; a new filter is a draft
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Group of filters; `default` for a new filter
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Notes, for who may change it
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    /// Consequence with its parameters, such as 'throttle=|5,60|user'; may be repeated, and leaves out all that are not
    /// named; `none` takes them all away
    #[arg(long, value_name = "NAME[=PARAMETER|…]")]
    action: Vec<String>,
    /// Who may see it: public, or hidden, protected, suppressed, separated by commas
    #[arg(long, value_name = "MARKS", value_delimiter = ',')]
    privacy: Vec<String>,
    /// Higher runs first: -1000 to 1000
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    priority: Option<i32>,
    /// normal or critical
    #[arg(long, value_name = "TIER")]
    tier: Option<String>,
    /// Why it is changed; kept in the history
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// What the person says yes to.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Consent")]
pub(super) struct Consent {
    /// Let a hidden filter become public
    #[arg(long)]
    confirm_public: bool,
    /// Let its hidden past become public, too
    #[arg(long, requires = "confirm_public")]
    publish_history: bool,
    /// Why a rule that destroys was not tested on past actions first
    #[arg(long, value_name = "TEXT")]
    skip_backtest: Option<String>,
    /// Why tests that fail do not matter
    #[arg(long, value_name = "TEXT")]
    override_tests: Option<String>,
}

impl Fields {
    pub(super) fn write(&self, body: &mut Map<String, Value>) -> anyhow::Result<()> {
        let texts = [
            ("name", &self.name),
            ("state", &self.state),
            ("group", &self.group),
            ("notes", &self.notes),
            ("tier", &self.tier),
            ("reason", &self.reason),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                body.insert(name.into(), json!(value));
            }
        }
        if let Some(priority) = self.priority {
            body.insert("priority".into(), json!(priority));
        }
        if !self.action.is_empty() {
            body.insert("actions".into(), Value::Object(actions(&self.action)?));
        }
        if !self.privacy.is_empty() {
            body.insert("privacy".into(), privacy(&self.privacy)?);
        }
        Ok(())
    }
}

/// `NAME` or `NAME=PARAMETER|PARAMETER`, each; `none` alone means no consequence.
fn actions(words: &[String]) -> anyhow::Result<Map<String, Value>> {
    let mut actions = Map::new();
    if let [only] = words
        && only == "none"
    {
        return Ok(actions);
    }
    for word in words {
        let (name, parameters) = word.split_once('=').unwrap_or((word, ""));
        anyhow::ensure!(
            !name.is_empty() && name != "none",
            "`{word}` is no consequence: write NAME or NAME=PARAMETER|…"
        );
        let parameters: Vec<&str> = if parameters.is_empty() { Vec::new() } else { parameters.split('|').collect() };
        if actions.insert(name.to_owned(), json!(parameters)).is_some() {
            bail!("the consequence {name} is named twice");
        }
    }
    Ok(actions)
}

fn privacy(marks: &[String]) -> anyhow::Result<Value> {
    const MARKS: [&str; 3] = ["hidden", "protected", "suppressed"];
    let is_public = marks.iter().any(|mark| mark == "public");
    if let Some(unknown) = marks.iter().find(|mark| *mark != "public" && !MARKS.contains(&mark.as_str())) {
        bail!("`{unknown}` is no mark: there are public, hidden, protected, suppressed");
    }
    anyhow::ensure!(!is_public || marks.len() == 1, "a filter is public, or it has other marks");
    let has = |name: &&str| (name.to_string(), json!(marks.iter().any(|mark| mark == name)));
    Ok(Value::Object(MARKS.iter().map(has).collect()))
}

impl Consent {
    pub(super) fn write(&self, body: &mut Map<String, Value>) {
        if self.confirm_public {
            body.insert("confirm_make_public".into(), json!(true));
        }
        if self.publish_history {
            body.insert("publish_history".into(), json!(true));
        }
        if let Some(reason) = &self.skip_backtest {
            body.insert("skip_backtest_reason".into(), json!(reason));
        }
        if let Some(reason) = &self.override_tests {
            body.insert("override_tests".into(), json!(reason));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consequences_and_marks_that_mean_nothing_are_told() {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(actions(&list(&["none"])).unwrap(), Map::new());
        assert_eq!(json!(actions(&list(&["throttle=|5,60|user"])).unwrap()), json!({"throttle": ["", "5,60", "user"]}));
        for bad in [&["=x"][..], &["warn", "none"], &["warn", "warn=a"]] {
            assert!(actions(&list(bad)).is_err(), "{bad:?}");
        }
        assert_eq!(privacy(&list(&["public"])).unwrap()["hidden"], false);
        assert!(privacy(&list(&["public", "hidden"])).is_err());
        assert!(privacy(&list(&["secret"])).is_err());
    }
}
