//! What a person types about a wiki, and what it means.

use crate::args;
use crate::form::Form;
use crate::pages::acts::Wrongs;
use crate::text::Text;
use serde_json::{Map, Value};
use wikiward_filters::save::FilterSettings;
use wikiward_people::key::BadKey;
use wikiward_people::{PublicKey, Wiki, WikiDraft};

/// What stands in the fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    /// Its database name.
    pub(crate) wiki: String,
    /// Its name for people.
    pub(crate) label: String,
    /// Address of its main page.
    pub(crate) url: String,
    /// Code of its language.
    pub(crate) language: String,
    /// The key with which it signs.
    pub(crate) public_key: String,
    /// Its settings, as JSON.
    pub(crate) settings: String,
    /// Groups whose rights hold farm-wide, one a line.
    pub(crate) farm_groups: String,
}

impl From<&Wiki> for Typed {
    fn from(wiki: &Wiki) -> Self {
        let draft = &wiki.draft;
        let settings = if draft.settings.is_empty() {
            String::new()
        } else {
            serde_json::to_string_pretty(&draft.settings).unwrap_or_default()
        };
        Self {
            wiki: wiki.id.to_string(),
            label: draft.label.clone(),
            url: draft.url.clone(),
            language: draft.language.clone(),
            public_key: draft.public_key.as_ref().map(|key| key.as_str().to_owned()).unwrap_or_default(),
            settings,
            farm_groups: draft.farm_groups.join("\n"),
        }
    }
}

impl Typed {
    /// What a form sent.
    pub(super) fn of(form: &Form) -> Self {
        let line = |name: &str| form.get(name).trim().to_owned();
        Self {
            wiki: line("wiki"),
            label: line("label"),
            url: line("url"),
            language: line("language_code"),
            public_key: line("public_key"),
            settings: line("settings"),
            farm_groups: line("farm_groups"),
        }
    }

    /// What it means; none if a field cannot be read, which is added to `wrongs`. A private key is forgotten at once: no
    /// page may hold it.
    pub(super) fn draft(&mut self, text: Text, wrongs: &mut Wrongs) -> Option<WikiDraft> {
        let key = if self.public_key.is_empty() { None } else { Some(PublicKey::parse(&self.public_key)) };
        let public_key = match key {
            None => None,
            Some(Ok(key)) => Some(key),
            Some(Err(bad)) => {
                if bad == BadKey::Private {
                    self.public_key.clear();
                }
                wrongs.add("public_key", text.say(key_message(bad)));
                None
            }
        };
        let settings = match settings(text, &self.settings) {
            Ok(settings) => settings,
            Err(wrong) => {
                wrongs.add("settings", wrong);
                Map::new()
            }
        };
        let groups = self.farm_groups.lines().map(str::trim).filter(|group| !group.is_empty());
        wrongs.is_empty().then(|| WikiDraft {
            label: self.label.clone(),
            url: self.url.clone(),
            language: self.language.clone(),
            public_key,
            settings,
            farm_groups: groups.map(str::to_owned).collect(),
        })
    }
}

fn key_message(bad: BadKey) -> &'static str {
    match bad {
        BadKey::Private => "wikis-wrong-key-private",
        BadKey::Certificate => "wikis-wrong-key-certificate",
        BadKey::Form => "wikis-wrong-key-form",
        BadKey::Kind => "wikis-wrong-key-kind",
    }
}

/// The settings in a text; nothing is no settings.
fn settings(text: Text, typed: &str) -> Result<Map<String, Value>, String> {
    if typed.is_empty() {
        return Ok(Map::new());
    }
    let settings: Map<String, Value> = serde_json::from_str(typed)
        .map_err(|error| text.with("wikis-wrong-settings", args![error.line(), error.column()]))?;
    let (_, bad) = FilterSettings::default().overridden(&Value::Object(settings.clone()));
    if bad.is_empty() { Ok(settings) } else { Err(text.with("wikis-wrong-setting", args![bad.join(", ")])) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    const ENGLISH: Text = Text::new(Language::En);

    #[test]
    fn a_private_key_is_forgotten_at_once() {
        let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----";
        let mut typed = Typed { public_key: key.into(), ..Typed::default() };
        let mut wrongs = Wrongs::default();
        assert_eq!(typed.draft(ENGLISH, &mut wrongs), None);
        assert!(wrongs.at("public_key").unwrap().contains("private key"));
        assert_eq!(typed.public_key, "");
    }

    #[test]
    fn settings_that_cannot_be_read_are_told_with_their_place() {
        assert!(settings(ENGLISH, "{\n  \"a\": }").unwrap_err().contains("line 2"));
        assert!(settings(ENGLISH, "[]").is_err());
        assert!(settings(ENGLISH, r#"{"rules_bytes_max": "x"}"#).unwrap_err().contains("rules_bytes_max"));
        assert_eq!(settings(ENGLISH, "{\"log_ip\": false}").unwrap().len(), 1);
    }
}
