//! The edits that are sent: different ones, of which the filters of the wiki match only what is marked.

use crate::template::{Class, ID_BYTES, Shares, Template, Templates};
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wikiward_testkit::requests::{self, REFUSE_WORD, TAG_WORD};
use wikiward_testkit::service::{Address, Client};

/// Different edits of each class: enough that nothing is remembered from one to the next.
const WANTED: usize = 32;

/// Edits that are tried for that.
const TRIED_MAX: u64 = 400;

/// Stands where the id goes.
const PLACE: &str = "load-place-of-action-id-";

/// Edits that no filter matches but for a mark.
#[derive(Debug)]
pub(crate) struct Bodies {
    pub(crate) page_bytes: usize,
    /// Whether the filters needed more conditions than they may use.
    pub(crate) conditions_exceeded: bool,
    chosen: Vec<Value>,
}

impl Bodies {
    /// Asks the service, without effect, which edits its filters let pass, so that the shares of hits are those that were
    /// asked for.
    pub(crate) fn choose(address: &Address, token: &str, wiki: &str, page_bytes: usize, seed: u64) -> Result<Self> {
        let mut client = Client::new(address.clone(), Some(token));
        let mut chosen = Self { page_bytes, conditions_exceeded: false, chosen: Vec::new() };
        for number in 0..TRIED_MAX {
            let mut body =
                requests::of_action(wiki, seed.wrapping_mul(TRIED_MAX).wrapping_add(number), page_bytes, PLACE);
            body["mode"] = json!("test");
            let answer = client.json("POST", "/v1/evaluate", Some(&body)).map_err(anyhow::Error::from_boxed)?;
            let matched = answer["matched"].as_array().context("the service answered without a verdict")?;
            chosen.conditions_exceeded |= answer["conditions"]["exceeded"] == true;
            if matched.is_empty() {
                body["mode"] = json!("enforce");
                chosen.chosen.push(body);
            }
            if chosen.chosen.len() == WANTED {
                break;
            }
        }
        ensure!(!chosen.chosen.is_empty(), "the wiki's filters match each of {TRIED_MAX} harmless edits");
        Ok(chosen)
    }

    /// How many different edits there are.
    pub(crate) fn len(&self) -> usize {
        self.chosen.len()
    }

    /// Bytes of a body, on average.
    pub(crate) fn request_bytes(&self) -> usize {
        self.chosen.iter().map(|body| body.to_string().len()).sum::<usize>() / self.chosen.len().max(1)
    }

    /// The requests, with a marked twin of each for each class.
    pub(crate) fn templates(&self, token: &str, shares: Shares) -> Result<Templates> {
        debug_assert_eq!(PLACE.len(), ID_BYTES);
        let mut templates = Vec::new();
        for (body, number) in self.chosen.iter().zip(0_u32..) {
            for (class, word) in [(Class::Quiet, ""), (Class::Tag, TAG_WORD), (Class::Refuse, REFUSE_WORD)] {
                let mut body = body.clone();
                let summary = body["vars"]["summary"].as_str().unwrap_or("");
                body["vars"]["summary"] = json!(format!("{summary} {word}").trim());
                // Nobody who is refused once is refused for long: different people act.
                body["actor"]["name"] = json!(format!("Loader {number}"));
                body["actor"]["id"] = json!(1_000 + number);
                templates
                    .push(Template::render(&body, PLACE, token, class).context("a body without a place for its id")?);
            }
        }
        Templates::new(templates, shares).context("there is nothing to send")
    }
}
