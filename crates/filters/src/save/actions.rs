//! The consequences of a filter that is saved.

use super::throttle::Throttle;
use super::{Context, Finding};
use crate::model::{Class, Consequence, Draft, Filter};

/// Most bytes of one consequence's parameters, joined by newlines.
pub const PARAMS_BYTES_MAX: usize = 4_096;

/// Bytes of parameters beyond which AbuseFilter cannot hold them.
pub const PARAMS_BYTES_ABUSEFILTER: usize = 255;

/// Most change tags of a filter.
pub const TAGS_MAX: usize = 32;

/// The tag that the engine itself sets when conditions run out.
pub const CONDITION_LIMIT_TAG: &str = "abusefilter-condition-limit";

/// Most bytes of a tag's or message's name, as in MediaWiki.
const NAME_BYTES_MAX: usize = 255;

/// Checks every consequence of `new` and notes what is found.
pub(super) fn examine(
    old: Option<&Filter>,
    new: &Draft,
    context: &Context<'_>,
    errors: &mut Vec<Finding>,
    warnings: &mut Vec<Finding>,
) {
    for (name, params) in new.actions.iter() {
        let field = format!("actions.{name}");
        allowed(old, name, params, context, errors, warnings);
        let bytes = params.iter().map(String::len).sum::<usize>() + params.len().saturating_sub(1);
        if bytes > PARAMS_BYTES_MAX {
            let message = format!("the parameters have {bytes} bytes; at most {PARAMS_BYTES_MAX} are allowed");
            errors.push(Finding::new("params_too_long", field.clone(), message));
            continue;
        }
        if bytes > PARAMS_BYTES_ABUSEFILTER {
            let message = format!(
                "AbuseFilter holds at most {PARAMS_BYTES_ABUSEFILTER} bytes of parameters: it cannot take an export"
            );
            warnings.push(Finding::new("params_long_for_export", field.clone(), message));
        }
        if let Some(place) = params.iter().position(|param| param.contains(['\n', '\r', '\0'])) {
            let message = "a parameter cannot have a line break: parameters are stored as lines";
            errors.push(Finding::new("bad_params", format!("{field}[{place}]"), message));
        }
        match Consequence::find(name) {
            Some(Consequence::Throttle) => errors.extend(Throttle::parse(params).err().unwrap_or_default()),
            Some(Consequence::Tag) => tags(params, context, errors),
            Some(consequence @ (Consequence::Warn | Consequence::Disallow)) => {
                message_key(consequence, params, context, errors);
            }
            Some(Consequence::Block) => block(params, errors),
            Some(_) => {
                if params.iter().any(|param| !param.is_empty()) {
                    errors.push(Finding::new("bad_params", field, "this consequence takes no parameters"));
                }
            }
            None => {
                if let Some(custom) = context.registry.consequences.get(name)
                    && let Some(problem) = custom.params.problem(params)
                {
                    errors.push(Finding::new("bad_params", field, problem));
                }
            }
        }
    }
}

fn allowed(
    old: Option<&Filter>,
    name: &str,
    params: &[String],
    context: &Context<'_>,
    errors: &mut Vec<Finding>,
    warnings: &mut Vec<Finding>,
) {
    let field = format!("actions.{name}");
    let known = Consequence::find(name);
    if known.is_none() && !context.registry.consequences.contains_key(name) {
        errors.push(Finding::new("action_not_allowed", field, "there is no such consequence").with(name));
        return;
    }
    if let Some(group) = context.group
        && !group.allows(name)
    {
        let message = format!("filters of the group `{}` cannot have this consequence", group.name);
        errors.push(Finding::new("action_not_allowed", field, message).with(name));
        return;
    }
    if known.is_some() && !context.settings.enabled_actions.contains(name) {
        let is_kept = old.is_some_and(|old| old.draft.actions.0.get(name).is_some_and(|before| before == params));
        let message = "this consequence is not carried out on this wiki";
        if is_kept || context.keeps_inactive_actions {
            warnings.push(Finding::new("action_inactive", field, message).with(name));
        } else {
            errors.push(Finding::new("action_not_allowed", field, message).with(name));
        }
    }
}

fn tags(params: &[String], context: &Context<'_>, errors: &mut Vec<Finding>) {
    if params.iter().all(String::is_empty) {
        errors.push(Finding::new("no_tags", "actions.tag", "name at least one tag"));
        return;
    }
    if params.len() > TAGS_MAX {
        let message = format!("a filter sets at most {TAGS_MAX} tags, not {}", params.len());
        errors.push(Finding::new("tags_too_many", "actions.tag", message));
        return;
    }
    for (place, tag) in params.iter().enumerate() {
        let field = format!("actions.tag[{place}]");
        if tag == CONDITION_LIMIT_TAG {
            let message = "this tag is set when conditions run out, by nothing else";
            errors.push(Finding::new("tag_reserved", field, message).with(tag.as_str()));
        } else if !is_tag(tag) {
            let message = "this cannot be a change tag: 1 to 255 bytes without , | / # < > [ ] { } are wanted";
            errors.push(Finding::new("bad_tag", field, message).with(tag.as_str()));
        } else if !context.tags_in_use.contains(tag) && !is_creatable(tag, context) {
            let message = "this tag belongs to the software and cannot be created by a filter";
            errors.push(Finding::new("bad_tag", field, message).with(tag.as_str()));
        }
    }
}

/// Whether MediaWiki takes `tag` as the name of a change tag: it becomes part of a page title, and is stored in lists.
fn is_tag(tag: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&tag.len())
        && tag.trim() == tag
        && !tag.contains([',', '|', '/', '#', '<', '>', '[', ']', '{', '}'])
        && !tag.chars().any(char::is_control)
        && !tag.contains("~~~")
}

fn is_creatable(tag: &str, context: &Context<'_>) -> bool {
    // MediaWiki's own tags begin so.
    !tag.starts_with("mw-") && !context.settings.software_tags.contains(tag)
}

fn message_key(consequence: Consequence, params: &[String], context: &Context<'_>, errors: &mut Vec<Finding>) {
    // Without a parameter the group's own message is shown; an empty one says nothing.
    let Some(key) = params.first() else { return };
    let field = format!("actions.{}[0]", consequence.name());
    if key.trim().is_empty() {
        errors.push(Finding::new("empty_message", field, "name the message to show"));
        return;
    }
    if key.len() > NAME_BYTES_MAX || params.len() > 1 {
        let message = "one message is named, by at most 255 bytes";
        errors.push(Finding::new("bad_params", field.clone(), message));
    }
    let is_own = context.group.is_some_and(|group| group.default_messages.values().any(|own| own == key));
    if context.wiki.is_farm() && !is_own && !context.settings.farm_messages.contains(key) {
        let message = "a farm-wide filter names only messages that every wiki has";
        errors.push(Finding::new("global_custom_message", field, message).with(key.as_str()));
    }
}

fn block(params: &[String], errors: &mut Vec<Finding>) {
    if params.len() > 3 || params.iter().skip(1).any(|expiry| expiry.trim().is_empty() || expiry.len() > NAME_BYTES_MAX)
    {
        let message =
            "a block has up to three parameters: the talk page, and how long for unnamed and for named people";
        errors.push(Finding::new("bad_params", "actions.block", message));
    } else if let Some(talk) = params.first().filter(|talk| !matches!(talk.as_str(), "blocktalk" | "noTalkBlockSet")) {
        let message = "the talk page is blocktalk or noTalkBlockSet";
        errors.push(Finding::new("bad_params", "actions.block[0]", message).with(talk.as_str()));
    }
}

/// The class of a consequence, known or registered.
pub fn class_of(name: &str, context: &Context<'_>) -> Option<Class> {
    match Consequence::find(name) {
        Some(consequence) => consequence.class(),
        None => context.registry.consequences.get(name).map(|custom| custom.class),
    }
}

/// Whether a consequence needs `abusefilter-modify-restricted`.
pub fn is_restricted(name: &str, context: &Context<'_>) -> bool {
    context.settings.restricted_actions.contains(name)
        || context.registry.consequences.get(name).is_some_and(|custom| custom.is_restricted)
}
