//! What hits are searched for: the fields of the form, read from the address and written back into it.

use crate::paths;
use crate::text::Text;
use crate::visit::encoded;
use wikiward_farm::{Timestamp, WikiId};
use wikiward_filters::hits::list::{Selection, VALUES_MAX};
use wikiward_filters::model::FilterKey;

/// Names of the fields, as the address has them.
const FIELDS: [&str; 13] = [
    "filter",
    "group",
    "actor",
    "address",
    "target",
    "ns",
    "kind",
    "taken",
    "outcome",
    "visibility",
    "from",
    "to",
    "wiki",
];

/// Most bytes of a field that is looked at.
const BYTES_MAX: usize = 1_024;

/// The fields as they were typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Search {
    values: Vec<(&'static str, String)>,
    /// The reference code of the field for it.
    pub(super) code: String,
    /// Where the page before ended.
    pub(super) cursor: String,
}

/// A field that holds what cannot be searched for: its name, and the key of what is wrong with it.
pub(super) type Wrong = (&'static str, &'static str);

impl Search {
    /// Reads the query of an address. What no field is called is passed over; values of one field are joined.
    pub(super) fn read(query: &str) -> Self {
        let pairs: Vec<(String, String)> = serde_html_form::from_str(query).unwrap_or_default();
        let mut search = Self::default();
        for (name, value) in pairs {
            let value = value.trim();
            let value = value.get(..value.floor_char_boundary(BYTES_MAX)).unwrap_or_default();
            if value.is_empty() {
                continue;
            }
            match name.as_str() {
                "code" => search.code = code(value),
                "cursor" => value.clone_into(&mut search.cursor),
                other => search.put(other, value),
            }
        }
        search
    }

    fn put(&mut self, name: &str, value: &str) {
        let Some(name) = FIELDS.into_iter().find(|field| *field == name) else { return };
        match self.values.iter_mut().find(|(kept, _)| *kept == name) {
            Some((_, kept)) if ["filter", "group", "kind", "taken"].contains(&name) => {
                kept.push(' ');
                kept.push_str(value);
            }
            Some(_) => {}
            None => self.values.push((name, value.to_owned())),
        }
    }

    /// A search for one thing.
    #[cfg(test)]
    pub(super) fn of(name: &'static str, value: &str) -> Self {
        Self { values: vec![(name, value.to_owned())], ..Self::default() }
    }

    /// What a field holds.
    pub(super) fn get(&self, name: &str) -> &str {
        self.values.iter().find(|(kept, _)| *kept == name).map_or("", |(_, value)| value.as_str())
    }

    /// Whether nothing narrows the list.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.code.is_empty()
    }

    /// Whether one of the fields that phones fold away holds something.
    pub(super) fn has_place(&self) -> bool {
        ["target", "from", "to"].iter().any(|name| !self.get(name).is_empty())
    }

    /// Whether one of the fields that are folded away holds something.
    pub(super) fn has_more(&self) -> bool {
        ["group", "kind", "taken", "outcome", "visibility", "address", "ns"]
            .iter()
            .any(|name| !self.get(name).is_empty())
    }

    /// The address of the list with these fields, and `cursor` if there is one.
    pub(super) fn path(&self, wiki: &WikiId, cursor: Option<&str>) -> String {
        let pairs = self.values.iter().map(|(name, value)| (*name, value.as_str()));
        let code = Some(("code", self.code.as_str())).filter(|(_, code)| !code.is_empty());
        let pairs: Vec<String> = pairs
            .chain(code)
            .chain(cursor.map(|cursor| ("cursor", cursor)))
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        if pairs.is_empty() { paths::hits(wiki) } else { format!("{}?{}", paths::hits(wiki), pairs.join("&")) }
    }

    /// The address of the list narrowed to one thing; none if it is too long to be searched for.
    pub(super) fn only(wiki: &WikiId, name: &'static str, value: &str) -> Option<String> {
        (value.len() <= BYTES_MAX).then(|| format!("{}?{name}={}", paths::hits(wiki), encoded(value)))
    }

    /// What the service is asked for, and which fields it cannot be asked for.
    pub(super) fn selection(&self, owner: &WikiId) -> (Selection, Vec<Wrong>) {
        let mut wrong = Vec::new();
        let some = |name: &str| Some(self.get(name)).filter(|value| !value.is_empty());
        let words = |name: &str| -> Vec<String> {
            self.get(name).split([' ', ',', ';']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        let mut read = |name: &'static str, key: &'static str, is_good: bool| {
            if !is_good {
                wrong.push((name, key));
            }
        };
        let named = words("filter");
        let filters: Vec<FilterKey> = named.iter().filter_map(|gid| FilterKey::from_gid(owner, gid)).collect();
        read("filter", "hits-wrong-filter", filters.len() == named.len() && filters.len() <= VALUES_MAX);
        let time = |name: &str| some(name).map(moment);
        let (from, to) = (time("from"), time("to"));
        read("from", "hits-wrong-time", from != Some(None));
        read("to", "hits-wrong-time", to != Some(None));
        let ns = some("ns").map(|ns| ns.parse::<i64>().ok());
        read("ns", "hits-wrong-namespace", ns != Some(None));
        let address = some("address").map(|text| text.parse().ok());
        read(
            "address",
            "hits-wrong-address",
            address.as_ref().is_none_or(Option::is_some) && !(owner.is_farm() && address.is_some()),
        );
        let outcome = some("outcome");
        let hidden = match some("visibility") {
            Some("hidden") => Some(true),
            Some("normal") => Some(false),
            _ => None,
        };
        let wiki =
            some("wiki").filter(|_| owner.is_farm()).map(|word| paths::wiki_of(word).filter(|wiki| !wiki.is_farm()));
        read("wiki", "hits-wrong-wiki", wiki != Some(None));
        let selection = Selection {
            from: from.flatten(),
            to: to.flatten(),
            filters,
            groups: words("group").into_iter().take(VALUES_MAX).collect(),
            actor: some("actor").map(str::to_owned),
            address: address.flatten(),
            target: some("target").map(|title| title.replace('_', " ")),
            target_ns: ns.flatten(),
            kinds: words("kind").into_iter().take(VALUES_MAX).collect(),
            taken: words("taken").into_iter().take(VALUES_MAX).collect(),
            withheld: None,
            outcome: outcome.map(str::to_owned),
            hidden,
            ref_code: Some(self.code.clone()).filter(|code| !code.is_empty()),
            wiki: wiki.flatten(),
        };
        (selection, wrong)
    }
}

/// A moment, as browsers' fields write it (in UTC) or as RFC 3339 does.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let seconds = if text.matches(':').count() == 1 { ":00" } else { "" };
    format!("{}{seconds}Z", text.replace(' ', "T")).parse().ok()
}

/// The value of a browser's field for a moment.
pub(super) fn field_time(text: &str) -> String {
    moment(text).map_or_else(|| text.to_owned(), |at| at.strftime("%Y-%m-%dT%H:%M:%S").to_string())
}

/// A code as it was made: people copy it in small letters, without its dash, or with letters that look like digits.
fn code(typed: &str) -> String {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase());
    let plain: String = letters
        .map(|letter| match letter {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    match (plain.get(..4), plain.get(4..)) {
        (Some(head), Some(tail)) if plain.len() == 9 => format!("{head}-{tail}"),
        _ => typed.to_owned(),
    }
}

/// What the fields of an active search are, in words, for the line above the list.
pub(super) fn described(text: Text, search: &Search) -> Vec<String> {
    let label = |name: &str| match name {
        "filter" => "hits-filter",
        "group" => "hits-group",
        "actor" => "hits-actor",
        "address" => "hits-address",
        "target" => "hits-target",
        "ns" => "hits-namespace",
        "kind" => "hits-kind",
        "taken" => "hits-taken",
        "outcome" => "hits-outcome",
        "visibility" => "hits-visibility",
        "from" => "hits-from",
        "to" => "hits-to",
        _ => "hits-wiki",
    };
    search.values.iter().map(|(name, _)| text.say(label(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wiki() -> WikiId {
        "enwiki".parse().unwrap()
    }

    #[test]
    fn fields_are_read_and_written_back() {
        let search = Search::read("filter=17&filter=global-2&actor=A%26b&x=1&from=&target=Foo_bar&cursor=c");
        assert_eq!(search.get("filter"), "17 global-2");
        assert_eq!(
            search.path(&wiki(), Some("n")),
            "/w/enwiki/hits?filter=17%20global-2&actor=A%26b&target=Foo_bar&cursor=n"
        );
        let (selection, wrong) = search.selection(&wiki());
        assert_eq!(wrong, []);
        assert_eq!(selection.filters.len(), 2);
        assert_eq!(selection.target.as_deref(), Some("Foo bar"));
    }

    #[test]
    fn times_are_read_as_fields_and_programs_write_them() {
        let at = Some("2026-03-10T12:34:00Z".parse().unwrap());
        for text in ["2026-03-10T12:34", "2026-03-10 12:34", "2026-03-10T12:34:00Z", "2026-03-10T13:34:00+01:00"] {
            assert_eq!(moment(text), at, "{text}");
        }
        assert_eq!(moment("soon"), None);
        assert_eq!(field_time("2026-03-10T13:34:00+01:00"), "2026-03-10T12:34:00");
    }

    #[test]
    fn codes_are_found_however_people_copy_them() {
        for typed in ["K7Q2-M4XTB", "k7q2m4xtb", " K7Q2 M4XTB".trim()] {
            assert_eq!(code(typed), "K7Q2-M4XTB");
        }
        assert_eq!(code("o7q2-m4xil"), "07Q2-M4X11");
        assert_eq!(code("nonsense code"), "nonsense code");
    }

    #[test]
    fn what_cannot_be_searched_for_is_named() {
        for (name, value) in [("filter", "x"), ("from", "soon"), ("to", "1"), ("ns", "talk"), ("address", "1.2.3.4/9")]
        {
            let (_, wrong) = Search::of(name, value).selection(&wiki());
            assert_eq!(wrong.iter().map(|(field, _)| *field).collect::<Vec<_>>(), [name], "{value}");
        }
        assert_eq!(Search::of("address", "1.2.3.4").selection(&WikiId::farm()).1.len(), 1);
    }
}
