//! A wiki's extension: sends what it has, what is asked for, and, if it learns, what will be asked for.

use crate::edits::{Chosen, LAZY};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::net::IpAddr;
use wikiward_testkit::service::Client;

/// How often it asks anew when the rules ran out of time: the machine has others to serve.
const TRIES_MAX: u32 = 5;

/// Most rounds that the default group allows, the first request included.
const ROUNDS_MAX: usize = 4;

/// What it sends with the first request of what it has to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ahead {
    Nothing,
    /// What the last verdict named.
    Likely,
    Everything,
}

/// A wiki and its connection.
pub(crate) struct Wiki {
    pub(crate) name: &'static str,
    pub(crate) language: &'static str,
    client: Client,
    mode: &'static str,
    pub(crate) way: Ahead,
    likely: Vec<String>,
    actions: u64,
    /// Evaluations by the number of requests that they took.
    pub(crate) rounds: [u32; ROUNDS_MAX],
    /// Values that were sent ahead.
    pub(crate) sent_ahead: u32,
    /// Values that were asked for, by variable.
    pub(crate) asked: BTreeMap<String, u32>,
    /// Evaluations whose rules ran out of time.
    pub(crate) late: u32,
}

impl Wiki {
    /// Asks in `mode`: `test` or `enforce`.
    pub(crate) fn new(
        (name, language): (&'static str, &'static str),
        client: Client,
        mode: &'static str,
        way: Ahead,
    ) -> Self {
        Self {
            name,
            language,
            client,
            mode,
            way,
            likely: Vec::new(),
            actions: 0,
            rounds: [0; ROUNDS_MAX],
            sent_ahead: 0,
            asked: BTreeMap::new(),
            late: 0,
        }
    }

    /// How it asks, for people.
    pub(crate) fn label(&self) -> String {
        let ahead = match self.way {
            Ahead::Nothing => "nothing ahead",
            Ahead::Likely => "ahead what verdicts name",
            Ahead::Everything => "everything ahead",
        };
        format!("{} ({}, {ahead})", self.name, self.mode)
    }

    /// The verdict on an edit; none if the rules run out of time again and again.
    pub(crate) fn judge(&mut self, edit: &Chosen) -> Option<Json> {
        for _ in 0..TRIES_MAX {
            let verdict = self.ask(edit);
            let is_late = verdict["not_evaluated"].as_array().unwrap().iter().any(|one| one["reason"] == "time");
            self.late += u32::from(is_late);
            if !is_late {
                let rounds = usize::try_from(verdict["timing"]["rounds"].as_u64().unwrap()).unwrap();
                self.rounds[rounds - 1] += 1;
                return Some(verdict);
            }
        }
        println!("{}, {}: not compared, the rules run out of time again and again", self.label(), edit.name);
        None
    }

    fn ask(&mut self, edit: &Chosen) -> Json {
        self.actions += 1;
        let mut body = body(edit, self.name, self.language);
        body["mode"] = json!(self.mode);
        body["action"]["id"] = json!(format!("{}-{:?}-{}", self.mode, self.way, self.actions));
        let is_ahead = |name: &str| match self.way {
            Ahead::Nothing => false,
            Ahead::Likely => self.likely.iter().any(|likely| likely == name),
            Ahead::Everything => true,
        };
        let (ahead, later): (Vec<&str>, Vec<&str>) = LAZY.into_iter().partition(|name| is_ahead(name));
        for name in &ahead {
            body["vars"][*name] = edit.lazy[*name].clone();
        }
        self.sent_ahead += u32::try_from(ahead.len()).unwrap();
        body["lazy"] = json!(later);
        let mut answer = self.post("/v1/evaluate", &body);
        for _ in 1..ROUNDS_MAX {
            if answer["status"] != "needs" {
                break;
            }
            let needed: Map<String, Json> = answer["needs"]
                .as_array()
                .unwrap()
                .iter()
                .map(|need| need["name"].as_str().unwrap())
                .map(|name| (name.to_owned(), edit.lazy[name].clone()))
                .collect();
            for name in needed.keys() {
                *self.asked.entry(name.clone()).or_default() += 1;
            }
            let path = format!("/v1/evaluations/{}/resume", answer["evaluation_id"].as_str().unwrap());
            let more = json!({"resume_token": answer["resume_token"], "vars": needed});
            answer = self.post(&path, &more);
        }
        assert_eq!(answer["status"], "complete", "{}: {answer}", edit.name);
        let likely = answer["also_likely"].as_array().unwrap();
        self.likely = likely.iter().map(|name| name.as_str().unwrap().to_owned()).collect();
        answer
    }
}

impl Wiki {
    /// Sends a request; once more on a new connection if the service has closed the kept one, as a wiki does.
    fn post(&mut self, path: &str, body: &Json) -> Json {
        let first = self.client.json("POST", path, Some(body));
        first.or_else(|_| self.client.json("POST", path, Some(body))).unwrap()
    }
}

/// The request without the variables that are computed when asked.
fn body(edit: &Chosen, wiki: &str, language: &str) -> Json {
    let text = |name: &str| edit.eager.get(name).and_then(Json::as_str).unwrap_or_default();
    let user = text("user_name");
    let ip: Option<IpAddr> = user.parse().ok();
    let mut vars = edit.eager.clone();
    vars.insert("wiki_name".into(), json!(wiki));
    vars.insert("wiki_language".into(), json!(language));
    json!({
        "wiki": wiki, "group": "default", "action": {"kind": "edit"},
        "actor": {
            "name": user, "type": edit.eager.get("user_type").unwrap_or(&json!("unknown")),
            "groups": edit.eager.get("user_groups").unwrap_or(&json!([])),
            "edit_count": edit.eager.get("user_editcount"), "age_s": edit.eager.get("user_age"), "blocked": false,
        },
        "target": {"ns": edit.eager["page_namespace"], "title": text("page_title"), "page_id": edit.eager.get("page_id")},
        "request": {"ip": ip.unwrap_or([198, 51, 100, 7].into()), "session_key": format!("session of {user}")},
        "vars": vars, "deadline_ms": 10_000, "lang": language,
    })
}
