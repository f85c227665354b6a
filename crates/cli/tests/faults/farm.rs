//! A farm of one wiki, and what is asked of it.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use wikiward_testkit::requests;
use wikiward_testkit::service::{Answer, Client, Farm, Launch, Process, Wiki};

/// Longest wait for something that comes by itself.
const WAIT: Duration = Duration::from_secs(90);

/// Settings of a service in `folder`, with a wiki whose filters tag and refuse marked summaries, and its token.
pub(crate) fn made(program: &Path, folder: &Path, environment: &[(&str, &str)]) -> (Launch, Farm) {
    let mut launch = Launch::new(program, &folder.join("farm"), None).unwrap();
    launch.environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let filters = requests::marked_filters(1, 2);
    let farm = launch.make_farm(&[Wiki { name: "testwiki", language: "en", filters: &filters }]).unwrap();
    (launch, farm)
}

/// A caller of the service.
pub(crate) struct Caller {
    pub(crate) client: Client,
    /// Actions that were answered with `refuse`, with the evaluation's id.
    pub(crate) refused: BTreeMap<String, String>,
}

impl Caller {
    pub(crate) fn new(process: &Process, farm: &Farm) -> Self {
        let client = Client::new(process.address().clone(), Some(&farm.token)).waiting(Duration::from_mins(1));
        Self { client, refused: BTreeMap::new() }
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.client.call("POST", path, "application/json", body.to_string().as_bytes()).unwrap()
    }

    /// Asks about an edit with this summary.
    pub(crate) fn edit(&mut self, action: &str, summary: &str) -> Answer {
        let answer = self.post("/v1/evaluate", &edit(action, summary));
        if answer.json()["decision"] == "refuse" {
            let evaluation = answer.json()["evaluation_id"].as_str().unwrap().to_owned();
            self.refused.insert(action.to_owned(), evaluation);
        }
        answer
    }

    /// Asks about an edit that is refused.
    pub(crate) fn refuse(&mut self, action: &str) -> Answer {
        self.edit(action, requests::REFUSE_WORD)
    }

    /// Reports how an edit ended.
    pub(crate) fn ended(&mut self, evaluation: &str) -> Answer {
        let body = json!({"wiki": "testwiki", "result": "refused"});
        self.post(&format!("/v1/evaluations/{evaluation}/outcome"), &body)
    }

    /// Registers a group: a write like any other.
    pub(crate) fn write(&mut self, name: &str) -> Answer {
        let group = json!({"owner": "test", "label": {"en": name}, "kinds": [{"name": "do"}], "include_sets": ["generic"],
            "variables": [], "allowed_consequences": ["tag"]});
        let path = format!("/v1/groups/{name}");
        self.client.call("PUT", &path, "application/json", group.to_string().as_bytes()).unwrap()
    }
}

pub(crate) fn edit(action: &str, summary: &str) -> Value {
    json!({
        "wiki": "testwiki", "group": "default", "action": {"id": action, "kind": "edit"}, "mode": "enforce",
        "actor": {"id": 7, "name": "Example", "type": "named"}, "target": {"ns": 0, "title": "Foo", "page_id": 12},
        "vars": {"action": "edit", "summary": summary, "old_wikitext": "a", "new_wikitext": "b"}, "lazy": [],
    })
}

/// The problem's code, with its status; the detail must be a sentence for people.
#[track_caller]
pub(crate) fn problem(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    let detail = body["detail"].as_str().unwrap_or_default();
    assert!(detail.len() > 20, "{} {}", answer.status, String::from_utf8_lossy(&answer.body));
    (answer.status, body["code"].as_str().unwrap().to_owned())
}

/// Waits until something is so; bounded.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < WAIT, "it never came that {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The action of every hit on the wiki, and how it ended, as the program's own list has them.
pub(crate) fn hits(launch: &Launch) -> Vec<(String, String)> {
    let lines = launch.say(&["hit", "list", "testwiki", "--json", "--limit", "0"], &[], false).unwrap().0;
    let rows = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.map(|row| (text(&row, "action_id"), text(&row, "outcome"))).collect()
}

/// Every refused action has its hit, once.
pub(crate) fn assert_whole(launch: &Launch, caller: &Caller) {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for (action, _) in hits(launch) {
        *counts.entry(action).or_default() += 1;
    }
    for action in caller.refused.keys() {
        assert_eq!(counts.get(action), Some(&1), "{action}");
    }
}
