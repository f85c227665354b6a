//! Names of consequences, for people.

use super::label;
use crate::text::Text;
use wikiward_filters::groups::{CustomConsequence, Registry};
use wikiward_filters::model::{Class, Consequence};

/// What a consequence is called.
pub(crate) fn consequence(text: Text, registry: &Registry, name: &str) -> String {
    match (Consequence::find(name), registry.consequences.get(name)) {
        (Some(known), _) => text.say(known_key(known)),
        (None, Some(CustomConsequence { label: labels, .. })) => label(text, labels, name),
        (None, None) => name.to_owned(),
    }
}

/// Key of the name of a consequence that every installation knows.
pub(super) fn known_key(known: Consequence) -> &'static str {
    match known {
        Consequence::Throttle => "filters-action-throttle",
        Consequence::Warn => "filters-action-warn",
        Consequence::ShowCaptcha => "filters-action-showcaptcha",
        Consequence::Disallow => "filters-action-disallow",
        Consequence::Tag => "filters-action-tag",
        Consequence::BlockAutopromote => "filters-action-blockautopromote",
        Consequence::Degroup => "filters-action-degroup",
        Consequence::RangeBlock => "filters-action-rangeblock",
        Consequence::Block => "filters-action-block",
    }
}

/// Key of what a consequence does, in a sentence.
pub(super) fn help_key(known: Consequence) -> &'static str {
    match known {
        Consequence::Throttle => "filters-action-throttle-help",
        Consequence::Warn => "filters-action-warn-help",
        Consequence::ShowCaptcha => "filters-action-showcaptcha-help",
        Consequence::Disallow => "filters-action-disallow-help",
        Consequence::Tag => "filters-action-tag-help",
        Consequence::BlockAutopromote => "filters-action-blockautopromote-help",
        Consequence::Degroup => "filters-action-degroup-help",
        Consequence::RangeBlock => "filters-action-rangeblock-help",
        Consequence::Block => "filters-action-block-help",
    }
}

/// Key of what a class of consequences means.
pub(super) fn class_key(class: Option<Class>) -> &'static str {
    match class {
        None => "filters-class-none",
        Some(Class::Silent) => "filters-class-silent",
        Some(Class::Nuisance) => "filters-class-nuisance",
        Some(Class::Obstructive) => "filters-class-obstructive",
        Some(Class::Destructive) => "filters-class-destructive",
    }
}
