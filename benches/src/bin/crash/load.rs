//! Loading the service from several connections until it is killed.

use crate::ledger::{Asked, Ledger};
use anyhow::Result;
use serde_json::{Value, json};
use std::thread;
use wikiward_testkit::random::Random;
use wikiward_testkit::requests::{self, REFUSE_WORD, TAG_WORD};
use wikiward_testkit::service::{Address, Client};

/// Actions of one connection in one round, at most.
const ACTIONS_MAX: u32 = 20_000;

/// Edits to ask about.
#[derive(Debug)]
pub(crate) struct Edits {
    bodies: Vec<Value>,
    token: String,
}

impl Edits {
    pub(crate) fn new(wiki: &str, seed: u64, token: &str) -> Self {
        let bodies = (0..16_u64).map(|number| requests::of_action(wiki, seed ^ (number << 32), 1_000, ""));
        Self { bodies: bodies.collect(), token: token.to_owned() }
    }

    /// A client of the service.
    pub(crate) fn client(&self, address: &Address) -> Client {
        Client::new(address.clone(), Some(&self.token))
    }

    /// The body that asks about the action of that id: always the same for the same id and mark.
    pub(crate) fn body(&self, id: &str, mark: &str) -> Vec<u8> {
        let number = id.bytes().fold(7_usize, |number, byte| number.wrapping_mul(31).wrapping_add(usize::from(byte)));
        let mut body = self.bodies.get(number % self.bodies.len().max(1)).cloned().unwrap_or_default();
        body["action"]["id"] = json!(id);
        body["actor"]["name"] = json!(format!("Crasher {}", number % 97));
        body["vars"]["summary"] = json!(mark);
        body.to_string().into_bytes()
    }
}

/// Asks over `connections` while `kill` waits for its moment; says what was asked and answered.
pub(crate) fn under_load(
    edits: &Edits,
    address: &Address,
    connections: usize,
    round: u32,
    random: &mut Random,
    kill: impl FnOnce() -> Result<()>,
) -> Result<Ledger> {
    thread::scope(|scope| {
        let workers: Vec<_> = (0..connections)
            .map(|connection| {
                let mut random = random.split();
                scope.spawn(move || ask(edits, address, &format!("{round}-{connection}"), &mut random))
            })
            .collect();
        let killed = kill();
        let asked = workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect();
        killed.map(|()| Ledger::new(asked))
    })
}

/// Asks one after the other until an answer does not come.
fn ask(edits: &Edits, address: &Address, name: &str, random: &mut Random) -> Vec<Asked> {
    let mut client = edits.client(address);
    let mut asked = Vec::new();
    for number in 0..ACTIONS_MAX {
        let mark = random.weighted(&[(50, ""), (20, TAG_WORD), (30, REFUSE_WORD)]);
        let id = format!("crash-{name}-{number}");
        let answer = client.call("POST", "/v1/evaluate", "application/json", &edits.body(&id, mark)).ok();
        let is_last = answer.is_none();
        asked.push(Asked { id, mark, answer });
        if is_last {
            break;
        }
    }
    asked
}
