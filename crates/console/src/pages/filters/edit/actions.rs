//! The consequences of a filter as a form, in plain words.

use super::offers::Offer;
use super::typed::Typed;
use crate::args;
use crate::html::{Choice, Field, checkbox, select, text_area, text_field};
use crate::text::Text;
use maud::{Markup, html};
use std::collections::BTreeMap;
use wikiward_filters::model::{Class, Consequence};
use wikiward_filters::save::throttle::Identifier;

/// What is wrong, by the id of the field.
type Wrong = BTreeMap<String, String>;

/// All consequences that are offered, each with its own fields.
pub(super) fn fields(text: Text, offers: &[Offer], typed: &Typed, wrong: &Wrong) -> Markup {
    html! {
        fieldset.cdx-field {
            legend.cdx-label { span.cdx-label__label__text { (text.say("filters-column-consequences")) } }
            p.ww-muted { (text.say("filters-consequences-help")) }
            @for offer in offers { (one(text, offer, typed, wrong)) }
        }
    }
}

fn one(text: Text, offer: &Offer, typed: &Typed, wrong: &Wrong) -> Markup {
    let is_ticked = typed.actions.contains(&offer.name);
    let class = match offer.class {
        Some(Class::Destructive) => "ww-chip--bad",
        Some(Class::Obstructive) => "ww-chip--warn",
        _ => "ww-chip--info",
    };
    let label = html! { (offer.label) " " span.ww-chip.(class) { (offer.class_name) } };
    let id = format!("action-{}", offer.name);
    html! {
        div.ww-choice {
            (checkbox("action", &offer.name, &label, is_ticked))
            (super::findings::under(wrong.get(&id), &id))
            div.ww-choice-more {
                @if !offer.help.is_empty() { p.ww-muted { (offer.help) } }
                @let grave = if is_ticked { "ww-bad" } else { "ww-muted" };
                @if offer.is_beyond { p.(grave) { (text.say("filters-action-beyond")) } }
                @if offer.is_inactive { p.(grave) { (text.say("filters-action-inactive")) } }
                @if offer.is_foreign { p.(grave) { (text.say("filters-action-foreign")) } }
                @if offer.class == Some(Class::Destructive) { p { strong { (text.say("filters-action-destructive")) } } }
                // Without scripts too, styles show these only while the box is ticked.
                div.ww-choice-fields { (details(text, offer, typed, wrong)) }
            }
        }
    }
}

fn details(text: Text, offer: &Offer, typed: &Typed, wrong: &Wrong) -> Markup {
    let field = |name: &'static str, key: &str, help: Option<String>| -> Markup {
        text_field(&Field {
            name,
            label: &text.say(key),
            value: typed.get(name),
            help,
            wrong: wrong.get(name).cloned(),
            letters_max: Some(255),
            is_code: true,
            ..Field::default()
        })
    };
    let area = |name: &str, key: &str, help: Option<String>| -> Markup {
        let field = Field {
            name,
            label: &text.say(key),
            value: typed.get(name),
            help,
            wrong: wrong.get(name).cloned(),
            is_code: true,
            ..Field::default()
        };
        text_area(&field, 2)
    };
    match Consequence::find(&offer.name) {
        Some(Consequence::Throttle) => html! {
            div.ww-input-row {
                (field("throttle_count", "filters-throttle-count", None))
                (field("throttle_period", "filters-throttle-period", None))
            }
            (area("throttle_groups", "filters-throttle-groups", Some(text.with("filters-throttle-groups-help", args![identifiers(text)]))))
        },
        Some(Consequence::Warn) => field("warn_message", "filters-message", Some(text.say("filters-message-help"))),
        Some(Consequence::Disallow) => {
            field("disallow_message", "filters-message", Some(text.say("filters-message-help")))
        }
        Some(Consequence::Tag) => area("tag_names", "filters-tags", Some(text.say("filters-tags-help"))),
        Some(Consequence::Block) => {
            let talk = [
                Choice::new("", text.say("filters-block-talk-unset")),
                Choice::new("noTalkBlockSet", text.say("filters-block-talk-allowed")),
                Choice::new("blocktalk", text.say("filters-block-talk-blocked")),
            ];
            let talk_field = Field {
                name: "block_talk",
                label: &text.say("filters-block-talk"),
                value: typed.get("block_talk"),
                wrong: wrong.get("block_talk").cloned(),
                ..Field::default()
            };
            html! {
                (select(&talk_field, &talk))
                div.ww-input-row {
                    (field("block_anon", "filters-block-anon", Some(text.say("filters-block-duration-help"))))
                    (field("block_user", "filters-block-user", Some(text.say("filters-block-duration-help"))))
                }
            }
        }
        Some(_) => html! {},
        None => match &offer.params {
            Some(schema) if schema.max > 0 || !typed.get(&format!("params_{}", offer.name)).is_empty() => {
                let help = text.with("filters-params-help", args![schema.min, schema.max]);
                area(&format!("params_{}", offer.name), "filters-params", Some(help))
            }
            _ => html! {},
        },
    }
}

/// What a throttle may count by: the words to write, and what they mean.
fn identifiers(text: Text) -> String {
    let described =
        Identifier::ALL.iter().map(|it| format!("{} ({})", it.name(), text.say(identifier_key(*it))).into());
    text.list(described)
}

/// Key of what an identifier means.
pub(crate) fn identifier_key(identifier: Identifier) -> &'static str {
    match identifier {
        Identifier::Ip => "filters-by-ip",
        Identifier::User => "filters-by-user",
        Identifier::Range => "filters-by-range",
        Identifier::CreationDate => "filters-by-creationdate",
        Identifier::EditCount => "filters-by-editcount",
        Identifier::Site => "filters-by-site",
        Identifier::Page => "filters-by-page",
    }
}
