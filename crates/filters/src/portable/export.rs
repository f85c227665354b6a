//! Writing.

use super::json;
use crate::model::{Draft, State};
use serde_json::{Map, Value};

/// How much is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// What AbuseFilter reads.
    #[default]
    Plain,
    /// What AbuseFilter up to MediaWiki 1.42 reads: it knows hidden filters, and no other levels of privacy.
    Plain139,
    /// With a member `wikiward` that holds what AbuseFilter cannot; AbuseFilter refuses such a text.
    Extended,
}

/// A filter as one line of JSON, byte for byte as AbuseFilter exports it.
///
/// Draft and shadow filters are written as disabled ones. `is_farm_wide` is AbuseFilter's `global`. `caps` are ceilings of the
/// filter's own, of an hour and a day; AbuseFilter has none, so that only [`Format::Extended`] writes them.
pub fn export(draft: &Draft, is_farm_wide: bool, caps: Option<(u32, u32)>, format: Format) -> String {
    let actions: Map<String, Value> =
        draft.actions.iter().map(|(name, params)| (name.to_owned(), Value::from(params.to_vec()))).collect();
    let actions = Value::Object(actions);
    let mut document = Map::new();
    document.insert("data".into(), data(draft, actions.clone(), is_farm_wide, format));
    document.insert("actions".into(), actions);
    if format == Format::Extended {
        document.insert("wikiward".into(), extension(draft, caps));
    }
    let mut out = String::new();
    json::write(&mut out, &Value::Object(document));
    out
}

fn data(draft: &Draft, actions: Value, is_farm_wide: bool, format: Format) -> Value {
    let privacy = match format {
        // A filter that is restricted in any way must not become public there.
        Format::Plain139 => ("hidden", Value::from(!draft.privacy.is_public())),
        Format::Plain | Format::Extended => ("privacylevel", Value::from(draft.privacy.bits())),
    };
    let members = [
        ("rules", Value::from(draft.rules.as_str())),
        ("name", Value::from(draft.name.as_str())),
        ("comments", Value::from(draft.notes.as_str())),
        ("group", Value::from(draft.group.as_str())),
        ("actions", actions),
        ("enabled", Value::from(draft.state == State::Enabled)),
        ("deleted", Value::from(draft.state == State::Deleted)),
        privacy,
        ("global", Value::from(is_farm_wide)),
    ];
    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn extension(draft: &Draft, caps: Option<(u32, u32)>) -> Value {
    let mut members = Map::new();
    members.insert("state".into(), draft.state.name().into());
    members.insert("priority".into(), draft.priority.into());
    members.insert("tier".into(), draft.tier.name().into());
    members.insert("profile".into(), draft.brake_profile.name().into());
    if let Some((hour, day)) = caps {
        members.insert("caps".into(), serde_json::json!({"h": hour, "day": day}));
    }
    if !draft.tests.is_empty() {
        members.insert("tests".into(), crate::model::test_case::to_json(&draft.tests));
    }
    if let Some(scope) = &draft.scope {
        let entries =
            |list: &[wikiward_farm::wiki::WikiOrSet]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut lists = Map::new();
        lists.insert("include".into(), entries(&scope.include).into());
        lists.insert("exclude".into(), entries(&scope.exclude).into());
        members.insert("scope".into(), Value::Object(lists));
    }
    Value::Object(members)
}
