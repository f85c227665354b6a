//! Consequences that components register beside the known ones.

use crate::model::{Class, Consequence};
use crate::save::Finding;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A consequence that a component registered.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomConsequence {
    /// Its name: `[a-z][a-z0-9_-]{0,63}`, none of the known ones.
    pub name: String,
    /// The component that registered it.
    pub owner: String,
    /// How hard it is.
    pub class: Class,
    /// Whether using it needs `abusefilter-modify-restricted`.
    pub is_restricted: bool,
    /// Whether it stops the action.
    pub refuses: bool,
    /// Whether what it did can be undone.
    pub is_reversible: bool,
    /// What its parameters must look like.
    pub params: ParamsSchema,
    /// Its name for people, by language code.
    pub label: BTreeMap<String, String>,
}

/// What the parameters of a custom consequence must look like: how many, and which values each may have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ParamsSchema {
    /// Fewest parameters.
    #[serde(default)]
    pub min: u32,
    /// Most parameters, at most 64.
    #[serde(default)]
    pub max: u32,
    /// By place: the values allowed there; an empty list, or none, allows any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Vec<String>>,
}

/// Most parameters that a schema may ask for.
const PARAMS_MAX: u32 = 64;

/// The document that registers a custom consequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomDocument {
    /// The component that registers it.
    pub owner: String,
    /// `D`, `O`, `N` or `S`.
    pub class: String,
    /// Whether using it needs `abusefilter-modify-restricted`.
    #[serde(default)]
    pub restricted: bool,
    /// Whether it stops the action.
    #[serde(default)]
    pub refuses: bool,
    /// Whether what it did can be undone.
    #[serde(default)]
    pub reversible: bool,
    /// What its parameters must look like.
    #[serde(default)]
    pub params_schema: ParamsSchema,
    /// Its name for people, by language code.
    #[serde(default)]
    pub label: BTreeMap<String, String>,
}

impl ParamsSchema {
    /// What is wrong with `params`, in a few words; none if they fit.
    pub fn problem(&self, params: &[String]) -> Option<String> {
        let count = u32::try_from(params.len()).unwrap_or(u32::MAX);
        if !(self.min..=self.max).contains(&count) {
            return Some(format!("{} to {} parameters are wanted, not {count}", self.min, self.max));
        }
        params.iter().zip(&self.values).find_map(|(value, allowed)| {
            (!allowed.is_empty() && !allowed.contains(value))
                .then(|| format!("one of {} is wanted", allowed.join(", ")))
        })
    }
}

/// The letter of a class, as documents have it.
pub const fn class_letter(class: Class) -> &'static str {
    match class {
        Class::Silent => "S",
        Class::Nuisance => "N",
        Class::Obstructive => "O",
        Class::Destructive => "D",
    }
}

/// Whether `text` may name a group, a kind of action or a consequence: `[a-z][a-z0-9_-]{0,63}`.
pub fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-'))
}

impl CustomConsequence {
    /// Reads the document of consequence `name`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(name: &str, document: &CustomDocument) -> Result<Self, Vec<Finding>> {
        let mut errors = Vec::new();
        if !is_name(name) || Consequence::find(name).is_some() {
            errors.push(Finding::new("bad_request", "name", "a name of its own of a-z, 0-9, _ and - is wanted"));
        }
        if document.owner.trim().is_empty() || document.owner.len() > 255 {
            errors.push(Finding::new("bad_request", "owner", "the owner is a name of 1 to 255 bytes"));
        }
        let class = match document.class.as_str() {
            "S" => Some(Class::Silent),
            "N" => Some(Class::Nuisance),
            "O" => Some(Class::Obstructive),
            "D" => Some(Class::Destructive),
            _ => None,
        };
        if class.is_none() {
            errors.push(Finding::new("bad_request", "class", "the class is D, O, N or S"));
        }
        let schema = &document.params_schema;
        if schema.min > schema.max || schema.max > PARAMS_MAX || schema.values.len() > schema.max as usize {
            errors.push(Finding::new("bad_request", "params_schema", "at most 64 parameters, and no fewer than `min`"));
        }
        match class {
            Some(class) if errors.is_empty() => Ok(Self {
                name: name.to_owned(),
                owner: document.owner.clone(),
                class,
                is_restricted: document.restricted,
                refuses: document.refuses,
                is_reversible: document.reversible,
                params: schema.clone(),
                label: document.label.clone(),
            }),
            _ => Err(errors),
        }
    }

    /// The document that registers it.
    pub fn document(&self) -> CustomDocument {
        CustomDocument {
            owner: self.owner.clone(),
            class: class_letter(self.class).to_owned(),
            restricted: self.is_restricted,
            refuses: self.refuses,
            reversible: self.is_reversible,
            params_schema: self.params.clone(),
            label: self.label.clone(),
        }
    }
}
