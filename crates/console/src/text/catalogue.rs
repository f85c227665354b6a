//! All messages that the program ships.

use super::{Language, Message};
use std::collections::HashMap;
use std::sync::LazyLock;

macro_rules! areas {
    ($($area:literal),+ $(,)?) => {
        /// The areas of messages: a name, and its files in English, German, Arabic and of explanations for translators.
        pub const AREAS: &[(&str, [&str; 4])] = &[$((
            $area,
            [
                include_str!(concat!("../../i18n/", $area, "/en.json")),
                include_str!(concat!("../../i18n/", $area, "/de.json")),
                include_str!(concat!("../../i18n/", $area, "/ar.json")),
                include_str!(concat!("../../i18n/", $area, "/qqq.json")),
            ],
        )),+];
    };
}

areas!(
    "shell",
    "script",
    "sign-in",
    "start",
    "filters",
    "hits",
    "language",
    "lints",
    "words",
    "checkup",
    "accounts",
    "acts",
    "audit",
    "domains",
    "backtests",
    "groups",
    "health",
    "me",
    "messages",
    "notices",
    "profile",
    "promotion",
    "reverts",
    "rights",
    "tokens",
    "trials",
    "wiki-sets",
    "wikis",
);

/// Messages by language and key.
#[derive(Debug)]
pub struct Catalogue {
    languages: [HashMap<String, Message>; Language::ALL.len()],
}

static SHIPPED: LazyLock<Catalogue> = LazyLock::new(Catalogue::read);

impl Catalogue {
    /// The messages of this program.
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// The message in `language`, in English if it is missing there.
    pub fn find(&self, language: Language, key: &str) -> Option<&Message> {
        let in_language = |language: Language| self.languages.get(language as usize)?.get(key);
        in_language(language).or_else(|| in_language(Language::En))
    }

    fn read() -> Self {
        let languages = std::array::from_fn(|place| {
            let files = AREAS.iter().filter_map(|(_, files)| files.get(place));
            files
                .flat_map(|file| messages(file))
                .filter_map(|(key, text)| Some((key, Message::parse(&text).ok()?)))
                .collect()
        });
        Self { languages }
    }
}

/// The messages of a file. What is not a text, such as `@metadata`, is none.
fn messages(file: &str) -> Vec<(String, String)> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(file).unwrap_or_default();
    let text = |(key, value): (String, serde_json::Value)| Some((key, value.as_str()?.to_owned()));
    object.into_iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{checkup, lint, words};
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    fn file(place: usize) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for (area, files) in AREAS {
            let object: serde_json::Value = serde_json::from_str(files[place]).unwrap();
            // A key that stands there twice would hide a message.
            let lines = files[place].lines().filter(|line| line.starts_with("\t\"")).count();
            assert_eq!(object.as_object().map(serde_json::Map::len), Some(lines), "{area}");
            for (key, text) in messages(files[place]) {
                assert!(key.starts_with(&format!("{area}-")), "{key} stands in {area}");
                assert!(all.insert(key.clone(), text).is_none(), "{key} stands there twice");
            }
        }
        all
    }

    #[test]
    fn every_language_has_every_message_with_the_same_parameters() {
        let english = file(0);
        for place in 1..4 {
            let other = file(place);
            let keys = |all: &BTreeMap<String, String>| all.keys().cloned().collect::<BTreeSet<_>>();
            let (wanted, has) = (keys(&english), keys(&other));
            let missing: Vec<_> = wanted.difference(&has).collect();
            let surplus: Vec<_> = has.difference(&wanted).collect();
            assert!(missing.is_empty() && surplus.is_empty(), "file {place}: missing {missing:?}, surplus {surplus:?}");
            for (key, text) in &other {
                assert!(!text.trim().is_empty(), "{key} is empty in file {place}");
                if place < 3 {
                    let wanted = Message::parse(&english[key]).unwrap().parameters();
                    let has = Message::parse(text).unwrap_or_else(|error| panic!("{key}: {error}")).parameters();
                    assert_eq!(has, wanted, "parameters of {key} in file {place}");
                }
            }
        }
    }

    /// Every word between quotes in the sources that looks like a key of an area.
    fn named_in(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                named_in(&path, found);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                for word in source.split('"') {
                    let is_word = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
                    if is_word && AREAS.iter().any(|(area, _)| word.starts_with(&format!("{area}-"))) {
                        found.insert(word.to_owned());
                    }
                }
            }
        }
    }

    #[test]
    fn every_message_is_used_and_every_used_one_is_there() {
        // Those of the filter language and of checkups are named after what they are about.
        let mut named: BTreeSet<String> = words::keys().chain(lint::keys()).chain(checkup::keys()).collect();
        named_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut named);
        let there: BTreeSet<String> = file(0).into_keys().collect();
        let unused: Vec<_> = there.difference(&named).collect();
        assert!(unused.is_empty(), "not used anywhere: {unused:?}");
        let missing: Vec<_> = named.difference(&there).filter(|key| !key.ends_with('-')).collect();
        assert!(missing.is_empty(), "without a message: {missing:?}");
    }
}
