//! Wikis and sets of wikis.

pub(crate) mod records;
mod service;
mod set;

pub use service::WikiError;
pub use set::{SetDraft, WikiSet};

use crate::key::PublicKey;
use serde_json::{Map, Value};
use wikiward_farm::{Timestamp, WikiId};

/// Most bytes of a wiki's settings as JSON.
pub const SETTINGS_BYTES_MAX: usize = 65_536;

/// Most bytes of a label.
pub const LABEL_BYTES_MAX: usize = 200;

/// Most groups of a wiki whose rights hold farm-wide.
pub const FARM_GROUPS_MAX: usize = 20;

/// A wiki of the farm.
#[derive(Debug, Clone, PartialEq)]
pub struct Wiki {
    /// Its database name.
    pub id: WikiId,
    /// Goes up with every change.
    pub version: u32,
    /// What is said of it.
    pub draft: WikiDraft,
    /// Whether it is closed: its tokens and statements do not count any more.
    pub is_closed: bool,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// What can be said of a wiki.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WikiDraft {
    /// Its name for people.
    pub label: String,
    /// Address of its main page; `https://` or `http://`.
    pub url: String,
    /// Code of its language, such as `de`.
    pub language: String,
    /// The key with which it signs; without it, it can vouch for nobody.
    pub public_key: Option<PublicKey>,
    /// Settings of its filters, where they differ from the farm's. An object.
    pub settings: Map<String, Value>,
    /// Groups of this wiki whose rights hold on the whole farm, such as `steward` on the farm's central wiki.
    pub farm_groups: Vec<String>,
}

/// One thing that is wrong with what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Stable code.
    pub code: &'static str,
    /// The field meant.
    pub field: &'static str,
    /// What is wrong and what to do, for people.
    pub message: String,
}

impl Wrong {
    pub(crate) fn new(code: &'static str, field: &'static str, message: impl Into<String>) -> Self {
        Self { code, field, message: message.into() }
    }
}

impl WikiDraft {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        check_label(&self.label, &mut wrong);
        let address = self.url.strip_prefix("https://").or_else(|| self.url.strip_prefix("http://"));
        let is_address = address.is_some_and(|rest| {
            let host = rest.split(['/', '?', '#']).next().unwrap_or("");
            !host.is_empty() && !host.contains('@')
        });
        let is_plain = self.url.len() <= 2000 && !self.url.contains(|c: char| c.is_whitespace() || c.is_control());
        if !is_address || !is_plain {
            let message = "it must begin with `https://` or `http://` and a host, without a user name or spaces";
            wrong.push(Wrong::new("bad_url", "url", message));
        }
        let is_language = (1..=64).contains(&self.language.len())
            && self.language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !is_language {
            wrong.push(Wrong::new("bad_language", "language", "it must be a language code such as `de` or `zh-hans`"));
        }
        if Value::from(self.settings.clone()).to_string().len() > SETTINGS_BYTES_MAX {
            let message = format!("they have more than {SETTINGS_BYTES_MAX} bytes");
            wrong.push(Wrong::new("too_long", "settings", message));
        }
        let implied = self.farm_groups.iter().any(|group| is_implied(group));
        if self.farm_groups.len() > FARM_GROUPS_MAX || !self.farm_groups.iter().all(|group| is_group(group)) {
            let message = format!("at most {FARM_GROUPS_MAX} names of groups of 1 to 255 bytes are wanted");
            wrong.push(Wrong::new("bad_group", "farm_groups", message));
        } else if implied {
            let message = "`*` and `user` are everybody: their rights cannot hold on the whole farm through one wiki";
            wrong.push(Wrong::new("bad_group", "farm_groups", message));
        }
        wrong
    }
}

pub(crate) fn check_label(label: &str, wrong: &mut Vec<Wrong>) {
    let is_good = (1..=LABEL_BYTES_MAX).contains(&label.len()) && !label.chars().any(char::is_control);
    if !is_good {
        let message = format!("it must have 1 to {LABEL_BYTES_MAX} bytes and no control characters");
        wrong.push(Wrong::new("bad_label", "label", message));
    }
}

/// Whether everybody is in this group without being put there.
fn is_implied(group: &str) -> bool {
    matches!(group, "*" | "user")
}

/// Whether this can be the name of a group of users, as MediaWiki has them (`ug_group` has 255 bytes).
pub(crate) fn is_group(name: &str) -> bool {
    (1..=255).contains(&name.len()) && !name.chars().any(char::is_control) && name.trim() == name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> WikiDraft {
        WikiDraft {
            label: "Example".into(),
            url: "https://a.example/".into(),
            language: "en".into(),
            ..Default::default()
        }
    }

    #[test]
    fn everything_wrong_with_a_wiki_is_said_at_once() {
        assert_eq!(draft().check(), []);
        let bad = WikiDraft {
            label: "a\nb".into(),
            url: "ftp://a.example".into(),
            language: "d e".into(),
            settings: [("a".to_owned(), Value::from("x".repeat(SETTINGS_BYTES_MAX)))].into_iter().collect(),
            farm_groups: vec!["user".into()],
            ..Default::default()
        };
        let codes: Vec<_> = bad.check().into_iter().map(|wrong| (wrong.field, wrong.code)).collect();
        let wanted = [
            ("label", "bad_label"),
            ("url", "bad_url"),
            ("language", "bad_language"),
            ("settings", "too_long"),
            ("farm_groups", "bad_group"),
        ];
        assert_eq!(codes, wanted);
    }

    #[test]
    fn an_address_names_a_host_and_nobody() {
        for bad in ["", "https://", "https:///x", "https://user@a.example/", "http://a b", "javascript:alert(1)"] {
            assert_eq!(WikiDraft { url: bad.into(), ..draft() }.check().len(), 1, "{bad}");
        }
    }
}
