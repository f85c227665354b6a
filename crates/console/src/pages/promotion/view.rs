//! What the page about holds of automatic promotion looks like.

use super::List;
use crate::html::{self as h, Column, Field, Weight, text_field};
use crate::page::Page;
use crate::pages::acts::{Wrongs, reason_field, with_query};
use crate::pages::filters::wiki_name;
use crate::pages::sample::{Sample, SampleRights};
use crate::visit::Visitor;
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::{Id, Timestamp, WikiId};
use wikiward_filters::autopromote::SeenHold;
use wikiward_filters::model::{FilterKey, FilterNumber};

pub(super) fn list(visitor: &Visitor, list: &List) -> Page {
    let text = visitor.text;
    let path = paths::promotion(&list.wiki);
    let page = |cursor: &str| with_query(&path, &[("cursor", cursor)]);
    let columns = ["promotion-user", "promotion-until", "promotion-since", "promotion-by", "promotion-reason"];
    let mut columns: Vec<Column> = columns.map(|key| Column::text(text.say(key))).into();
    columns.push(Column::of(html! { span.ww-hidden { (text.say("promotion-act")) } }));
    let row = |hold: &SeenHold| {
        let by = match (&hold.hit, &hold.by) {
            (Some((filter, hit_id)), _) => html! {
                a href=(paths::hit(&list.wiki, &hit_id.to_string())) { (text.with("promotion-by-filter", args![filter.gid()])) }
            },
            (None, Some(by)) => h::foreign(by),
            (None, None) => html! { (text.say("promotion-by-some-filter")) },
        };
        vec![
            h::foreign(&hold.user),
            h::moment(hold.until),
            html! { @if let Some(since) = hold.since { (text.time(since)) } },
            by,
            h::foreign(&hold.reason),
            h::button_named(Weight::Normal, "end", &hold.user, &text.say("promotion-end")),
        ]
    };
    let rows: Vec<Vec<Markup>> = list.holds.iter().map(row).collect();
    let label = text.say("promotion-user");
    let user = Field {
        name: "user",
        label: &label,
        value: &list.user,
        wrong: list.wrongs.at("user"),
        is_required: true,
        letters_max: Some(255),
        ..Field::default()
    };
    let content = html! {
        (list.wrongs.shown(text))
        p.ww-lead { (text.say("promotion-lead")) }
        @if rows.is_empty() { (h::empty(&text.say("promotion-none"))) }
        @else {
            (h::form(visitor, &path, h::table(&text.say("promotion-table"), &columns, &rows)))
        }
        (h::pager(text, list.is_later.then(|| page("")).as_deref(), list.next.as_deref().map(page).as_deref()))
        (h::section("new", &text.say("promotion-new"), html! {
            p { (text.say("promotion-new-help")) }
            (h::form(visitor, &path, html! {
                (text_field(&user))
                (reason_field(text, &list.reason, list.wrongs.at("reason")))
                div.ww-actions { (h::button(Weight::Primary, &text.say("promotion-give"))) }
            }))
        }))
    };
    Page::new(text.with("promotion-title", args![wiki_name(text, &list.wiki)]), content).on(&list.wiki)
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |state, make| Sample { page: "promotion/list", state, rights: SampleRights::Editor, make };
    vec![
        sample("empty", |visitor| list(visitor, &sampled(visitor, 0))),
        sample("one", |visitor| list(visitor, &sampled(visitor, 1))),
        sample("many, long, right-to-left, hits that are not seen", |visitor| {
            list(visitor, &List { is_later: true, next: Some("c".into()), ..sampled(visitor, 3) })
        }),
        sample("error", |visitor| {
            let wrongs = Wrongs::one("user", visitor.text.say("acts-wrong-user-name"));
            let (user, reason) = ("<b>\u{202e}".into(), "promotes himself & others".into());
            list(visitor, &List { user, reason, wrongs, ..sampled(visitor, 1) })
        }),
    ]
}

fn sampled(visitor: &Visitor, count: u8) -> List {
    let wiki = visitor.wikis.first().map_or_else(WikiId::farm, |(wiki, _)| wiki.clone());
    let at = Timestamp::constant(1_790_000_000, 0);
    let hold = |number: u8| SeenHold {
        user: if number == 1 { "<b>مستخدم\u{202e}".into() } else { format!("Example {number}") },
        user_id: None,
        since: (number != 2).then_some(at),
        until: at,
        by: (number == 1).then(|| "Editor".into()),
        reason: if number == 1 { "مرحبا ".repeat(40) } else { String::new() },
        hit: (number == 0)
            .then(|| (FilterKey { wiki: wiki.clone(), number: FilterNumber(17) }, Id::from_bytes([number; 16]))),
    };
    List {
        holds: (0..count).map(hold).collect(),
        wiki: wiki.clone(),
        is_later: false,
        next: None,
        user: String::new(),
        reason: String::new(),
        wrongs: Wrongs::default(),
    }
}
