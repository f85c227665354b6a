//! What the pages of a hold look like.

use super::view::class_key;
use crate::args;
use crate::html::{self as h, Choice, Field, Weight, checkbox, select, text_field};
use crate::page::Page;
use crate::pages::acts::Wrongs;
use crate::pages::sample::{Sample, SampleRights};
use crate::paths;
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use maud::{Markup, html};
use wikiward_farm::{Timestamp, WikiId};
use wikiward_filters::brake::live::ByStanding;
use wikiward_filters::life::braking::{HoldSheet, Standing};
use wikiward_filters::model::Class;

/// The first step.
#[derive(Debug, Clone)]
pub(super) struct Preparing {
    pub(super) wiki: WikiId,
    pub(super) gid: String,
    /// Lengths to choose from, in seconds.
    pub(super) lengths: Vec<u32>,
    pub(super) seconds: u32,
    pub(super) reason: String,
    pub(super) is_for_second: bool,
    /// What is wrong with it.
    pub(super) wrongs: Wrongs,
}

/// The second step, for who was not shown the first.
#[derive(Debug, Clone, Default)]
pub(super) struct Confirming {
    pub(super) action: String,
    pub(super) gid: String,
    pub(super) back: String,
    pub(super) hold: String,
    pub(super) token: String,
    pub(super) acknowledge: String,
    pub(super) wrongs: Wrongs,
}

impl Confirming {
    pub(super) fn of(wiki: &WikiId, gid: &str) -> Self {
        let (action, back) = (paths::filter_hold_confirm(wiki, gid), paths::filter_brake(wiki, gid));
        Self { action, gid: gid.to_owned(), back, ..Self::default() }
    }
}

/// The first step: for how long, and why.
pub(super) fn preparing(visitor: &Visitor, it: &Preparing) -> Page {
    let text = visitor.text;
    let minutes = |seconds: &u32| {
        Choice::new(seconds.to_string(), text.with("filters-holding-minutes", args![i64::from(seconds / 60)]))
    };
    let lengths: Vec<Choice> = it.lengths.iter().map(minutes).collect();
    let seconds = it.seconds.to_string();
    let length = Field {
        name: "seconds",
        label: &text.say("filters-holding-for"),
        value: &seconds,
        wrong: it.wrongs.at("seconds"),
        ..Field::default()
    };
    let reason = Field {
        name: "reason",
        label: &text.say("filters-holding-reason"),
        value: &it.reason,
        wrong: it.wrongs.at("reason"),
        help: Some(text.say("filters-holding-reason-help")),
        is_required: true,
        letters_max: Some(500),
        ..Field::default()
    };
    let content = html! {
        (it.wrongs.shown(text))
        p.ww-lead { (text.say("filters-holding-lead")) }
        (h::form(visitor, &paths::filter_hold(&it.wiki, &it.gid), html! {
            (select(&length, &lengths))
            (text_field(&reason))
            (checkbox("second", "yes", &html! { (text.say("filters-holding-second")) }, it.is_for_second))
            div.ww-actions {
                (h::button(Weight::Primary, &text.say("filters-holding-prepare")))
                (h::link_button(Weight::Quiet, &paths::filter_brake(&it.wiki, &it.gid), &text.say("filters-holding-back")))
            }
        }))
    };
    Page::new(text.with("filters-holding-title", args![&it.gid]), content).on(&it.wiki)
}

/// The second step: what it would do, and the button that does it.
pub(super) fn sheet(visitor: &Visitor, wiki: &WikiId, gid: &str, sheet: &HoldSheet, now: Timestamp) -> Page {
    let text = visitor.text;
    let confirm =
        Confirming { hold: sheet.hold_id.clone(), token: sheet.confirm_token.clone(), ..Confirming::of(wiki, gid) };
    let content = html! {
        (h::facts(&facts(text, sheet)))
        p {
            (text.say("filters-holding-until")) " "
            (text.rich("filters-holding-left", &[left(sheet.confirm_until, now)]))
        }
        @if sheet.needs_second_person {
            (h::message(Tone::Notice, html! {
                p { (text.say("filters-holding-other-confirms")) }
                p { a href=(format!("{}?hold={}", confirm.action, sheet.hold_id)) { (text.with("filters-holding-confirm-title", args![gid])) } }
                p { code.ww-code dir="ltr" { (sheet.confirm_token) } }
            }))
            p { (h::link_button(Weight::Quiet, &confirm.back, &text.say("filters-holding-back"))) }
        } @else {
            (form(visitor, &confirm, false))
        }
    };
    Page::new(text.with("filters-holding-sheet", args![gid]), content).on(wiki)
}

/// The second step for a second person, or once more.
pub(super) fn confirming(visitor: &Visitor, it: &Confirming) -> Page {
    let text = visitor.text;
    let content = html! { (it.wrongs.shown(text)) (form(visitor, it, true)) };
    Page::new(text.with("filters-holding-confirm-title", args![&it.gid]), content)
}

fn form(visitor: &Visitor, it: &Confirming, asks_for_code: bool) -> Markup {
    let text = visitor.text;
    let labels = [text.say("filters-holding-name"), text.say("filters-holding-code")];
    let code = |name, label, value| Field { name, label, value, is_required: true, is_code: true, ..Field::default() };
    let acknowledge = Field {
        name: "acknowledge",
        label: &text.say("filters-holding-acknowledge"),
        value: &it.acknowledge,
        wrong: it.wrongs.at("acknowledge"),
        help: Some(text.say("filters-holding-acknowledge-help")),
        is_required: true,
        letters_max: Some(500),
        ..Field::default()
    };
    h::form(
        visitor,
        &it.action,
        html! {
            @if asks_for_code {
                (text_field(&code("hold", &labels[0], &it.hold)))
                (text_field(&code("token", &labels[1], &it.token)))
            } @else {
                input type="hidden" name="hold" value=(it.hold);
                input type="hidden" name="token" value=(it.token);
            }
            (text_field(&acknowledge))
            div.ww-actions {
                (h::button(Weight::Primary, &text.say("filters-holding-confirm")))
                (h::link_button(Weight::Quiet, &it.back, &text.say("filters-holding-back")))
            }
        },
    )
}

/// What is left until `until`; scripts count it down.
pub(super) fn left(until: Timestamp, now: Timestamp) -> Markup {
    let seconds = until.duration_since(now).as_secs().max(0);
    html! {
        time data-countdown datetime=(until.strftime("%Y-%m-%dT%H:%M:%SZ")) { (format!("{}:{:02}", seconds / 60, seconds % 60)) }
    }
}

fn facts(text: Text, sheet: &HoldSheet) -> Vec<(String, Markup)> {
    let latched: Vec<&Standing> = sheet.classes.iter().filter(|it| it.is_latched).collect();
    let number = |number: u32| text.number(number.into());
    let releases = html! {
        @if latched.is_empty() { (text.say("filters-holding-releases-none")) }
        @for (place, it) in latched.iter().enumerate() { @if place > 0 { ", " } (text.say(class_key(it.class))) }
    };
    let caps = text.with("filters-holding-caps-are", args![&number(sheet.caps.0), &number(sheet.caps.1)]);
    let minutes = i64::from(sheet.held_day_s.div_ceil(60));
    let before = text.with("filters-holding-before-are", args![&number(sheet.holds_week), minutes]);
    let mut facts =
        vec![(text.say("filters-holding-releases"), releases), (text.say("filters-holding-caps"), html! { (caps) })];
    if let Some(ByStanding { good, named, unnamed }) = sheet.hits_day {
        let hits = text.with("filters-holding-hits-are", args![number(good), number(named), number(unnamed)]);
        facts.push((text.say("filters-holding-hits"), html! { (hits) }));
    }
    facts.push((text.say("filters-holding-before"), html! { (before) }));
    facts
}

/// The pages in their states.
pub(super) fn samples() -> Vec<Sample> {
    let sample = |page, state, make| Sample { page, state, rights: SampleRights::Steward, make };
    vec![
        sample("filters/hold", "one", |visitor| preparing(visitor, &prepared(visitor))),
        sample("filters/hold", "error", |visitor| {
            let wrongs = Wrongs::one("second-yes", visitor.text.say("filters-holding-wrong-fresh"));
            let reason = "<b>مرحبا ".repeat(30);
            preparing(visitor, &Preparing { reason, is_for_second: true, wrongs, ..prepared(visitor) })
        }),
        sample("filters/hold-sheet", "one", |visitor| shown(visitor, false)),
        sample("filters/hold-sheet", "second person", |visitor| shown(visitor, true)),
        sample("filters/hold-confirm", "error", |visitor| {
            let wiki = wiki(visitor);
            let wrongs = Wrongs::one("", visitor.text.say("filters-holding-wrong-same"));
            confirming(visitor, &Confirming { hold: "ho_1".into(), wrongs, ..Confirming::of(&wiki, "17") })
        }),
    ]
}

fn wiki(visitor: &Visitor) -> WikiId {
    visitor.wikis.first().map_or_else(WikiId::farm, |(wiki, _)| wiki.clone())
}

fn prepared(visitor: &Visitor) -> Preparing {
    Preparing {
        wiki: wiki(visitor),
        gid: "17".into(),
        lengths: vec![300, 900, 3_600],
        seconds: 900,
        reason: String::new(),
        is_for_second: false,
        wrongs: Wrongs::default(),
    }
}

fn shown(visitor: &Visitor, needs_second_person: bool) -> Page {
    let at = |second: i64| Timestamp::from_second(1_790_000_000 + second).unwrap_or_default();
    let classes = [(Class::Destructive, true), (Class::Obstructive, true), (Class::Nuisance, false)];
    let it = HoldSheet {
        hold_id: "ho_1".into(),
        confirm_token: "0123456789abcdef".into(),
        confirm_until: at(120),
        needs_second_person,
        classes: classes.map(|(class, is_latched)| Standing { class, is_latched }).into(),
        caps: (100, 500),
        holds_week: 2,
        held_day_s: 3_000,
        hits_day: (!needs_second_person).then_some(ByStanding { good: 5, named: 12, unnamed: 1_204 }),
    };
    sheet(visitor, &wiki(visitor), "17", &it, at(1))
}
