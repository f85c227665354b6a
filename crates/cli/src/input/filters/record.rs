//! One JSON object of a filter: a record, or an export of AbuseFilter.

use serde_json::{Map, Value};

use super::spelling::meant;
use super::{Doubt, FilterSource, Loaded, Place};
use crate::input::error::{Cause, InputError, shown};

/// Fields of a record that are read, and some that other programs write and that say nothing here.
const RECORD_FIELDS: [&str; 26] = [
    "id",
    "wiki",
    "name",
    "description",
    "rule",
    "rules",
    "pattern",
    "actions",
    "enabled",
    "deleted",
    "hidden",
    "privacylevel",
    "global",
    "group",
    "action_parameters",
    "throttled",
    "hits",
    "last_change",
    "comments",
    "notes",
    "source",
    "attribution",
    "licence",
    "license",
    "redacted",
    "protected",
];

/// Fields of an export's `data`.
const EXPORT_FIELDS: [&str; 9] =
    ["rules", "name", "comments", "group", "actions", "enabled", "deleted", "privacylevel", "global"];

/// The bit of `privacylevel` that hides a filter; the other one marks the use of protected variables.
const HIDDEN_BIT: i64 = 1;

/// Where an entry stands and where it goes.
pub(super) struct Context<'a> {
    pub(super) place: &'a Place,
    pub(super) stem: &'a str,
    pub(super) loaded: &'a mut Loaded,
}

/// Reads one entry.
pub(super) fn load(value: Value, context: Context<'_>) {
    let Context { place, stem, loaded } = context;
    let read = match value {
        Value::Object(entry) => match entry.get("data") {
            Some(Value::Object(data)) => export(data, &entry, stem, place, loaded),
            _ => record(&entry, stem, place, loaded),
        },
        other => Err(refuse("entry", &other, "an object with `id` and `rule`, or an export")),
    };
    match read {
        Ok(filter) => loaded.filters.push(filter),
        Err(cause) => loaded.errors.push(InputError::new(place.clone(), cause)),
    }
}

fn record(entry: &Map<String, Value>, stem: &str, place: &Place, loaded: &mut Loaded) -> Result<FilterSource, Cause> {
    doubt_unknown(entry, &RECORD_FIELDS, place, loaded);
    let fields = Fields(entry);
    let rule = fields.first_text(&["rule", "rules", "pattern"])?.ok_or(Cause::FieldMissing { field: "rule" })?;
    let name = fields.first_text(&["description", "name"])?;
    let actions = fields.actions()?;
    fields.filter(rule, name, actions, stem, place)
}

/// The export of AbuseFilter: the filter is in `data`, its consequences are there and again beside it.
fn export(
    data: &Map<String, Value>,
    entry: &Map<String, Value>,
    stem: &str,
    place: &Place,
    loaded: &mut Loaded,
) -> Result<FilterSource, Cause> {
    let mut known = EXPORT_FIELDS.to_vec();
    known.extend(["id", "hidden", "protected", "wiki"]);
    doubt_unknown(data, &known, place, loaded);
    let fields = Fields(data);
    let rule = fields.first_text(&["rules"])?.ok_or(Cause::FieldMissing { field: "data.rules" })?;
    let name = fields.first_text(&["name"])?;
    let beside = Fields(entry).actions()?;
    let actions = if beside.is_empty() { fields.actions()? } else { beside };
    fields.filter(rule, name, actions, stem, place)
}

fn doubt_unknown(entry: &Map<String, Value>, known: &[&str], place: &Place, loaded: &mut Loaded) {
    for field in entry.keys() {
        if let Some(meant) = meant(field, known) {
            let message = format!("the unknown field {} was ignored: is it meant to be `{meant}`?", shown(field));
            loaded.doubts.push(Doubt { place: place.clone(), message });
        }
    }
}

/// The fields of an object, read with their names.
struct Fields<'a>(&'a Map<String, Value>);

impl Fields<'_> {
    fn filter(
        &self,
        rule: String,
        name: Option<String>,
        actions: Vec<String>,
        stem: &str,
        place: &Place,
    ) -> Result<FilterSource, Cause> {
        let hidden = match self.0.get("privacylevel") {
            None | Some(Value::Null) => self.flag("hidden", false)?,
            Some(level) => {
                level.as_i64().ok_or_else(|| refuse("privacylevel", level, "a whole number"))? & HIDDEN_BIT != 0
            }
        };
        Ok(FilterSource {
            id: self.id()?.unwrap_or_else(|| stem.to_owned()),
            wiki: self.text("wiki")?,
            name: name.unwrap_or_default(),
            rule,
            enabled: self.flag("enabled", true)?,
            deleted: self.flag("deleted", false)?,
            actions,
            group: self.text("group")?.filter(|group| !group.is_empty()).unwrap_or_else(|| "default".to_owned()),
            global: self.flag("global", false)?,
            hidden,
            place: place.clone(),
        })
    }

    fn text(&self, field: &str) -> Result<Option<String>, Cause> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(refuse(field, other, "a text")),
        }
    }

    fn first_text(&self, fields: &[&str]) -> Result<Option<String>, Cause> {
        for field in fields {
            if let Some(text) = self.text(field)? {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }

    fn id(&self) -> Result<Option<String>, Cause> {
        match self.0.get("id") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(id)) if !id.is_empty() => Ok(Some(id.clone())),
            Some(Value::Number(id)) => Ok(Some(id.to_string())),
            Some(other) => Err(refuse("id", other, "a number or a text that is not empty")),
        }
    }

    /// Flags are written as booleans, and as 0 and 1 by what copies database rows.
    fn flag(&self, field: &str, otherwise: bool) -> Result<bool, Cause> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(otherwise),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(value) => match value.as_i64() {
                Some(0) => Ok(false),
                Some(1) => Ok(true),
                _ => Err(refuse(field, value, "true or false")),
            },
        }
    }

    /// A list of names, or an object whose keys are the names; nothing at all is no consequence.
    fn actions(&self) -> Result<Vec<String>, Cause> {
        let expected = "a list of names, or an object with a name for each key";
        match self.0.get("actions") {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Object(actions)) => Ok(actions.keys().cloned().collect()),
            Some(list @ Value::Array(actions)) => actions
                .iter()
                .map(|action| action.as_str().map(str::to_owned).ok_or_else(|| refuse("actions", list, expected)))
                .collect(),
            Some(other) => Err(refuse("actions", other, expected)),
        }
    }
}

fn refuse(field: &str, value: &Value, expected: &'static str) -> Cause {
    let value = match value {
        Value::String(text) => shown(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string(),
    };
    Cause::FieldValue { field: field.to_owned(), value, expected }
}
