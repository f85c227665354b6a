//! Kinds of action, consequences and outcomes in plain words. What the console has no words for is named as it is.

use crate::text::Text;
use maud::{Markup, html};

/// Kinds of action that every installation has.
pub(super) const KINDS: [&str; 7] =
    ["edit", "move", "delete", "upload", "stashupload", "createaccount", "autocreateaccount"];

/// Outcomes.
pub(super) const OUTCOMES: [&str; 4] = ["unknown", "saved", "refused", "failed"];

/// What kind of action it was.
pub(crate) fn kind(text: Text, kind: &str) -> String {
    let key = match kind {
        "edit" => "hits-kind-edit",
        "move" => "hits-kind-move",
        "delete" => "hits-kind-delete",
        "upload" => "hits-kind-upload",
        "stashupload" => "hits-kind-stashupload",
        "createaccount" => "hits-kind-createaccount",
        "autocreateaccount" => "hits-kind-autocreateaccount",
        other => return other.to_owned(),
    };
    text.say(key)
}

/// What a consequence did.
pub(super) fn taken(text: Text, name: &str) -> String {
    let key = match name {
        "throttle" => "hits-taken-throttle",
        "warn" => "hits-taken-warn",
        "showcaptcha" => "hits-taken-showcaptcha",
        "disallow" => "hits-taken-disallow",
        "tag" => "hits-taken-tag",
        "blockautopromote" => "hits-taken-blockautopromote",
        "degroup" => "hits-taken-degroup",
        "rangeblock" => "hits-taken-rangeblock",
        "block" => "hits-taken-block",
        other => return other.to_owned(),
    };
    text.say(key)
}

/// What became of the action.
pub(super) fn outcome(text: Text, outcome: &str) -> String {
    let key = match outcome {
        "unknown" => "hits-outcome-unknown",
        "saved" => "hits-outcome-saved",
        "refused" => "hits-outcome-refused",
        "failed" => "hits-outcome-failed",
        "reverted" => "hits-outcome-reverted",
        other => return other.to_owned(),
    };
    text.say(key)
}

/// What was decided about the action.
pub(crate) fn decision(text: Text, decision: &str) -> String {
    let key = match decision {
        "allow" => "hits-decision-allow",
        "warn" => "hits-decision-warn",
        "challenge" => "hits-decision-challenge",
        "refuse" => "hits-decision-refuse",
        other => return other.to_owned(),
    };
    text.say(key)
}

/// What kind of user acted; nothing for ordinary ones.
pub(super) fn actor_type(text: Text, kind: &str) -> Option<String> {
    let key = match kind {
        "temp" => "hits-actor-temp",
        "ip" => "hits-actor-ip",
        "external" => "hits-actor-external",
        _ => return None,
    };
    Some(text.say(key))
}

/// What an actor is, whatever it is.
pub(crate) fn actor_kind(text: Text, kind: &str) -> String {
    if kind == "named" {
        text.say("hits-actor-named")
    } else {
        actor_type(text, kind).unwrap_or_else(|| kind.to_owned())
    }
}

/// What a person said of a hit.
pub(super) fn verdict(text: Text, verdict: &str) -> String {
    let key = match verdict {
        "true_positive" => "hits-verdict-true",
        "false_positive" => "hits-verdict-false",
        "unsure" => "hits-verdict-unsure",
        other => return other.to_owned(),
    };
    text.say(key)
}

/// Chips of what was taken; words where nothing was.
pub(super) fn taken_chips(text: Text, names: &[String]) -> Markup {
    let look = |name: &str| match name {
        "disallow" | "block" | "rangeblock" | "degroup" | "blockautopromote" => "ww-chip--bad",
        "warn" | "showcaptcha" | "throttle" => "ww-chip--warn",
        _ => "ww-chip--info",
    };
    html! {
        @if names.is_empty() { span.ww-muted { (text.say("hits-taken-none")) } }
        @for (place, name) in names.iter().enumerate() {
            @if place > 0 { " " }
            span.ww-chip.(look(name)) { (taken(text, name)) }
        }
    }
}

/// The chip of an outcome.
pub(super) fn outcome_chip(text: Text, name: &str) -> Markup {
    let look = match name {
        "saved" => "ww-chip--good",
        "refused" => "ww-chip--bad",
        "failed" => "ww-chip--warn",
        _ => "",
    };
    html! {
        @if look.is_empty() { span.ww-muted { (outcome(text, name)) } }
        @else { span.ww-chip.(look) { (outcome(text, name)) } }
    }
}
