//! A service, and a wiki that asks it.

use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;
use wikiward_testkit::mediawiki;
use wikiward_testkit::postgres;
use wikiward_testkit::service::{self, Launch, Process};

/// More settings of the wiki: groups to lose, promotion, renaming, and an extension that forbids to unblock Gina while a
/// file is there.
const SETTINGS: &str = r"
wfLoadExtension( 'Renameuser' );
foreach ( [ 'editor', 'uploader', 'organizer', 'promoted' ] as $group ) {
	$wgGroupPermissions[$group]['noratelimit'] = true;
}
$wgAutopromote = [ 'promoted' => [ APCOND_EDITCOUNT, 0 ] ];
$wgHooks['UnblockUser'][] = static fn ( $block, $by, &$why ) =>
	$block->getTargetName() !== 'Gina' || !file_exists( __DIR__ . '/kept' );
";

/// The filters: names, rules and consequences, numbered from 1. Three take groups away: the brake lets each do so to two
/// people an hour.
fn filters() -> Vec<Value> {
    let filter = |name: &str, rules: &str, actions: &Value| json!({"state": "enabled", "group": "default", "name": name, "rules": rules, "actions": actions});
    let block = json!({"block": ["noTalkBlockSet", "31 hours", "indefinite"]});
    let degroup = json!({"degroup": [], "blockautopromote": []});
    vec![
        filter("Link spam", "summary contains 'spam'", &block),
        filter("Accounts", "action == 'createaccount'", &block),
        filter("Something else", "summary contains 'other'", &block),
        filter("Grabbing", "summary contains 'grab 4'", &degroup),
        filter("More grabbing", "summary contains 'grab 5'", &degroup),
        filter("Still more grabbing", "summary contains 'grab 6'", &degroup),
    ]
}

/// Both of them.
pub(crate) struct House {
    pub(crate) wiki: mediawiki::Wiki,
    launch: Launch,
    token: String,
    _process: Process,
    _folder: TempDir,
}

impl House {
    /// With the filters above on the wiki `enwiki`.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_wikiward"));
        let mut launch = Launch::new(program, &folder.path().join("service"), None).unwrap();
        if let Some(url) = postgres::chosen(folder.path()) {
            launch.environment.push(("WIKIWARD_DATABASE_URL".to_owned(), url));
        }
        let farm = launch.make_farm(&[service::Wiki { name: "enwiki", language: "en", filters: &[] }]).unwrap();
        launch
            .say(
                &[
                    "wiki",
                    "set",
                    "enwiki",
                    "--setting",
                    r#"enabled_actions={"block":true,"degroup":true,"blockautopromote":true}"#,
                ],
                &[],
                false,
            )
            .unwrap();
        for filter in filters() {
            launch.say(&["filter", "save", "enwiki", "-", "--new"], filter.to_string().as_bytes(), false).unwrap();
        }
        let process = launch.start().unwrap();
        let wiki = mediawiki::Wiki::new(&folder.path().join("wiki"), &[]);
        wiki.configure(SETTINGS);
        Self { wiki, launch, token: farm.token, _process: process, _folder: folder }
    }

    /// Runs one of the scripts that play the wiki's side; whether it ended by itself, and the lines that it wrote.
    fn play(&self, script: &str, arguments: &[&str], lines: &[Value]) -> (bool, Vec<Value>) {
        let service = format!("http://{}", self.launch.address);
        let arguments = [&["--service", &service, "--wiki-id", "enwiki"], arguments].concat();
        let input = lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
        let (status, out, said) = self.wiki.run(script, &arguments, &[("WIKIWARD_TOKEN", &self.token)], &input);
        assert!(status.success() || status.code().is_none(), "{script}: {said}{out}");
        let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("{script}: {said}{out}"));
        (status.success(), out.lines().map(read).collect())
    }

    /// Does something to people of the wiki.
    pub(crate) fn people(&self, deeds: &[Value]) {
        assert!(self.play("people.php", &[], deeds).0);
    }

    /// People act: each line names user and summary. Gives what the wiki carried out, by action.
    pub(crate) fn act(&self, actions: &[Value]) -> Vec<Value> {
        let (is_whole, done) = self.play("act.php", &[], actions);
        assert!(is_whole && done.len() == actions.len());
        done
    }

    /// The wiki fetches what it is to undo, and does it. Gives user, result and cause of each.
    pub(crate) fn undo(&self, arguments: &[&str]) -> Vec<(String, String, String)> {
        let (is_whole, done) = self.play("undo.php", arguments, &[]);
        assert!(is_whole);
        done.iter().map(|line| (text(line, "user"), text(line, "result"), text(line, "cause"))).collect()
    }

    /// The same, but it kills itself at `place`.
    pub(crate) fn die(&self, place: &str) -> usize {
        let (is_whole, done) = self.play("undo.php", &["--die", place], &[]);
        assert!(!is_whole, "it was to be killed");
        done.len()
    }

    /// How people stand on the wiki.
    pub(crate) fn tell(&self, names: &[&str]) -> Vec<Value> {
        let lines: Vec<Value> = names.iter().map(|name| json!({"do": "tell", "user": name})).collect();
        self.play("people.php", &[], &lines).1
    }

    /// Runs the program, which must do what it is asked; gives what it prints.
    pub(crate) fn good(&self, arguments: &[&str]) -> String {
        self.launch.say(arguments, &[], false).unwrap().0
    }

    /// Prepares a job about everything that a filter did.
    pub(crate) fn prepare(&self, filter: &str, consequences: &[&str]) -> Value {
        let mut arguments = vec!["filter", "revert", "enwiki", filter, "--json"];
        arguments.extend(["--from", "2020-01-01T00:00:00Z", "--reason", "the rule was wrong"]);
        arguments.extend(consequences.iter().flat_map(|name| ["--consequence", name]));
        serde_json::from_str(&self.good(&arguments)).unwrap()
    }

    /// Confirms a job, with the rows of these people, or all that can be chosen.
    pub(crate) fn confirm(&self, filter: &str, job: &Value, users: Option<&[&str]>) -> Value {
        let (name, token) = (text(job, "job_id"), text(job, "confirm_token"));
        let all = job["rows"].as_array().unwrap().iter().filter(|row| row["state"] == "open");
        let chosen = all.filter(|row| users.is_none_or(|users| users.contains(&row["user"].as_str().unwrap())));
        let numbers: Vec<String> = chosen.map(|row| row["row"].to_string()).collect();
        let mut arguments = vec!["filter", "revert", "enwiki", filter, "--json", "--confirm", &name];
        arguments.extend(["--confirm-token", &token]);
        arguments.extend(numbers.iter().flat_map(|number| ["--row", number]));
        serde_json::from_str(&self.good(&arguments)).unwrap()
    }

    /// How a job stands.
    pub(crate) fn show(&self, filter: &str, job: &Value) -> Value {
        let name = text(job, "job_id");
        serde_json::from_str(&self.good(&["filter", "revert", "enwiki", filter, "--json", "--show", &name])).unwrap()
    }
}

pub(crate) fn text(of: &Value, name: &str) -> String {
    of[name].as_str().unwrap_or_default().to_owned()
}

/// The rows of jobs: user, consequence, state, cause; sorted.
pub(crate) fn rows(jobs: &[Value]) -> Vec<[String; 4]> {
    let rows = jobs.iter().flat_map(|job| job["rows"].as_array().unwrap());
    let mut rows: Vec<_> = rows.map(|row| ["user", "consequence", "state", "cause"].map(|it| text(row, it))).collect();
    rows.sort();
    rows
}

/// The same, from a table of words.
pub(crate) fn table(lines: &[(&str, &str, &str, &str)]) -> Vec<[String; 4]> {
    lines
        .iter()
        .map(|(user, consequence, state, cause)| [user, consequence, state, cause].map(|it| (*it).to_owned()))
        .collect()
}
