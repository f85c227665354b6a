//! Reading.

use crate::brake::latch;
use crate::groups::{Registry, builtin};
use crate::model::{Actions, BrakeProfile, Consequence, Draft, Privacy, State, Tier};
use crate::save::Finding;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use wikiward_farm::Scope;

/// What the importer wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportOptions {
    /// Whether consequences that are not known are left out instead of refusing the filter.
    pub drop_unknown: bool,
    /// Whether a filter that was enabled becomes enabled, instead of disabled.
    pub keep_enabled: bool,
    /// Whether it is imported as a farm-wide filter.
    pub is_farm: bool,
}

/// A filter that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// What would be saved.
    pub draft: Draft,
    /// Ceilings of its own on what it destroys, of an hour and a day.
    pub caps: Option<(u32, u32)>,
    /// What is not as the text says.
    pub warnings: Vec<Finding>,
}

/// Everything because of which a text is not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(pub Vec<Finding>);

fn refuse<T>(field: &str, message: &str) -> Result<T, Problem> {
    Err(Problem(vec![Finding::new("bad_import", field, message)]))
}

/// Reads an exported filter, of AbuseFilter or of Wikiward, old or new.
///
/// # Errors
/// [`Problem`]: `bad_import` if it is no export, `unknown_consequence` for each consequence that is not known.
pub fn parse(text: &str, options: ImportOptions, registry: &Registry) -> Result<Parsed, Problem> {
    let document = match serde_json::from_str(text) {
        Ok(Value::Object(document)) => document,
        Ok(_) => return refuse("", "the text is not a JSON object"),
        Err(error) if error.is_eof() => return refuse("", "the text ends in the middle of an exported filter"),
        Err(error) => {
            let message = format!("the text is not JSON from character {} of line {} on", error.column(), error.line());
            return refuse("", &message);
        }
    };
    let Some(Value::Object(data)) = document.get("data") else {
        return refuse("data", "the member `data` is missing: this is no exported filter");
    };
    let mut warnings = Vec::new();
    let ignored = document.keys().filter(|key| !matches!(key.as_str(), "data" | "actions" | "wikiward"));
    for key in ignored {
        warnings.push(Finding::new("ignored_field", key.as_str(), "this member is not known and was left out"));
    }
    let reader = Reader(data);
    let mut actions = actions(data.get("actions").or_else(|| document.get("actions")))?;
    let unknown: Vec<String> = actions
        .keys()
        .filter(|name| Consequence::find(name).is_none() && !registry.consequences.contains_key(*name))
        .cloned()
        .collect();
    let unknown_finding = |name: &String, message: &str| {
        Finding::new("unknown_consequence", format!("actions.{name}"), message).with(name.as_str())
    };
    if options.drop_unknown {
        for name in &unknown {
            actions.remove(name);
            warnings.push(unknown_finding(name, "this consequence is not known here and was left out"));
        }
    } else if !unknown.is_empty() {
        let message = "this consequence is not known here: leave it out with `drop_unknown`";
        return Err(Problem(unknown.iter().map(|name| unknown_finding(name, message)).collect()));
    }
    messages(&actions, &mut warnings);
    if reader.flag("global")?.unwrap_or(false) && !options.is_farm {
        let message = "it was farm-wide; here it becomes a filter of this wiki";
        warnings.push(Finding::new("global_dropped", "data.global", message));
    }
    let mut draft = Draft {
        state: state(&reader, options.keep_enabled)?,
        group: reader.text("group")?.unwrap_or_else(|| builtin::DEFAULT.to_owned()),
        name: reader.required("name")?,
        rules: reader.required("rules")?,
        notes: reader.text("comments")?.unwrap_or_default(),
        actions: Actions(actions),
        priority: 0,
        tier: Tier::Normal,
        privacy: privacy(&reader)?,
        scope: None,
        brake_profile: BrakeProfile::Standard,
        maintainers: Vec::new(),
        tests: Vec::new(),
    };
    let mut caps = None;
    if let Some(extension) = document.get("wikiward") {
        extend(&mut draft, extension, options)?;
        caps = ceilings(extension)?;
    }
    if !registry.groups.contains_key(&draft.group) {
        let message = "the group is not registered here: the filter goes to `default`, disabled";
        warnings.push(Finding::new("group_replaced", "data.group", message).with(draft.group.as_str()));
        builtin::DEFAULT.clone_into(&mut draft.group);
        draft.state = State::Disabled;
    }
    Ok(Parsed { draft, caps, warnings })
}

struct Reader<'d>(&'d Map<String, Value>);

impl Reader<'_> {
    fn text(&self, name: &str) -> Result<Option<String>, Problem> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => refuse(&format!("data.{name}"), "a text is wanted"),
        }
    }

    fn required(&self, name: &str) -> Result<String, Problem> {
        match self.text(name)? {
            Some(text) => Ok(text),
            None => refuse(&format!("data.{name}"), "a text is wanted"),
        }
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => refuse(&format!("data.{name}"), "true or false is wanted"),
        }
    }
}

/// An object of lists, or `[]` for none, as PHP writes it. Parameters may be an object with numbers as names, too.
fn actions(value: Option<&Value>) -> Result<BTreeMap<String, Vec<String>>, Problem> {
    let members = match value {
        None => return Ok(BTreeMap::new()),
        Some(Value::Array(items)) if items.is_empty() => return Ok(BTreeMap::new()),
        Some(Value::Object(members)) => members,
        Some(_) => return refuse("data.actions", "an object of lists is wanted"),
    };
    let mut actions = BTreeMap::new();
    for (name, params) in members {
        let items: Vec<&Value> = match params {
            Value::Array(items) => items.iter().collect(),
            Value::Object(members) => members.values().collect(),
            _ => return refuse(&format!("data.actions.{name}"), "a list of texts is wanted"),
        };
        let text = |item: &Value| match item {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let Some(params) = items.into_iter().map(text).collect::<Option<Vec<String>>>() else {
            return refuse(&format!("data.actions.{name}"), "a list of texts is wanted");
        };
        actions.insert(name.clone(), params);
    }
    Ok(actions)
}

fn messages(actions: &BTreeMap<String, Vec<String>>, warnings: &mut Vec<Finding>) {
    const OWN: [&str; 2] = ["abusefilter-warning", "abusefilter-disallowed"];
    for name in ["warn", "disallow"] {
        let key = actions.get(name).and_then(|params| params.first()).filter(|key| !OWN.contains(&key.as_str()));
        if let Some(key) = key {
            let message = "whether this wiki has the message cannot be known here: look before you enable the filter";
            warnings.push(Finding::new("custom_message", format!("actions.{name}[0]"), message).with(key.as_str()));
        }
    }
}

fn state(reader: &Reader<'_>, keep_enabled: bool) -> Result<State, Problem> {
    let is_deleted = reader.flag("deleted")?.unwrap_or(false);
    let is_enabled = reader.flag("enabled")?.unwrap_or(false);
    Ok(if keep_enabled && is_enabled && !is_deleted { State::Enabled } else { State::Disabled })
}

fn privacy(reader: &Reader<'_>) -> Result<Privacy, Problem> {
    match (reader.0.get("privacylevel"), reader.flag("hidden")?) {
        (Some(level), _) => match level.as_i64().and_then(Privacy::from_bits) {
            Some(privacy) => Ok(privacy),
            None => refuse("data.privacylevel", "a number from 0 to 7 is wanted"),
        },
        (None, hidden) => Ok(Privacy { is_hidden: hidden.unwrap_or(false), ..Privacy::default() }),
    }
}

/// Takes over what only Wikiward knows.
fn extend(draft: &mut Draft, extension: &Value, options: ImportOptions) -> Result<(), Problem> {
    let word = |name: &str| extension.get(name).map(|value| value.as_str().unwrap_or(""));
    if let Some(state) = word("state") {
        match State::find(state) {
            Some(State::Shadow) if options.keep_enabled => draft.state = State::Shadow,
            Some(_) => {}
            None => return refuse("wikiward.state", "there is no such state"),
        }
    }
    if let Some(priority) = extension.get("priority") {
        match priority.as_i64().and_then(|priority| i32::try_from(priority).ok()) {
            Some(priority) => draft.priority = priority,
            None => return refuse("wikiward.priority", "a whole number is wanted"),
        }
    }
    if let Some(tier) = word("tier") {
        match Tier::find(tier) {
            Some(tier) => draft.tier = tier,
            None => return refuse("wikiward.tier", "normal or critical is wanted"),
        }
    }
    if let Some(profile) = word("profile") {
        match BrakeProfile::find(profile) {
            Some(profile) => draft.brake_profile = profile,
            None => return refuse("wikiward.profile", "standard, lockdown or compat is wanted"),
        }
    }
    if let Some(tests) = extension.get("tests") {
        match crate::model::test_case::from_json(tests, "wikiward.tests") {
            Ok(tests) => draft.tests = tests,
            Err((place, what)) => return refuse(&place, what),
        }
    }
    if let Some(scope) = extension.get("scope").filter(|scope| !scope.is_null()) {
        let entries = |name: &str| {
            let list = scope.get(name).and_then(Value::as_array)?;
            list.iter().map(|entry| entry.as_str()?.parse().ok()).collect::<Option<Vec<_>>>()
        };
        match (entries("include"), entries("exclude")) {
            (Some(include), Some(exclude)) if options.is_farm => draft.scope = Some(Scope { include, exclude }),
            (Some(_), Some(_)) => {}
            _ => return refuse("wikiward.scope", "lists of wikis and sets, `include` and `exclude`, are wanted"),
        }
    }
    Ok(())
}

/// Ceilings of the filter's own.
fn ceilings(extension: &Value) -> Result<Option<(u32, u32)>, Problem> {
    let Some(caps) = extension.get("caps").filter(|caps| !caps.is_null()) else { return Ok(None) };
    let number = |name: &str| caps.get(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    match number("h").zip(number("day")) {
        Some(caps) if latch::are_caps(caps) => Ok(Some(caps)),
        _ => refuse("wikiward.caps", latch::CAPS_WANTED),
    }
}

#[cfg(test)]
mod tests;
