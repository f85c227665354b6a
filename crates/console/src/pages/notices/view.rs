//! What the page of notices looks like.

use super::List;
use crate::html::{self as h, Weight};
use crate::page::Page;
use crate::pages::filters::wiki_name;
use crate::pages::sample::{Sample, SampleRights};
use crate::paths;
use crate::text::Text;
use crate::visit::Visitor;
use maud::{Markup, html};
use serde_json::json;
use wikiward_farm::{Id, Timestamp, WikiId};
use wikiward_filters::model::{FilterKey, FilterNumber};
use wikiward_filters::notices::{Notice, Told};

/// The page.
pub(super) fn page(visitor: &Visitor, list: &List) -> Page {
    let text = visitor.text;
    let content = html! {
        p.ww-lead { (text.say("notices-lead")) }
        @if list.items.is_empty() { (h::empty(&text.say("notices-none"))) }
        @else { ul.ww-list { @for told in &list.items { (item(text, told)) } } }
        (h::pager(text, list.is_later.then_some(paths::NOTICES), list.next.as_deref().map(|next| format!("{}?after={next}", paths::NOTICES)).as_deref()))
    };
    Page::new(text.say("notices-title"), content).actions(read_all(visitor, list))
}

/// The act that one comes for after reading: beside the heading, not behind thirty notices.
fn read_all(visitor: &Visitor, list: &List) -> Markup {
    let newest = list.items.first().filter(|_| list.items.iter().any(|told| told.is_unread));
    html! {
        @if let Some(newest) = newest {
            (h::form(visitor, paths::NOTICES, html! {
                input type="hidden" name="upto" value=(newest.notice.id);
                (h::button(Weight::Normal, &visitor.text.say("notices-read-all")))
            }))
        }
    }
}

fn item(text: Text, told: &Told) -> Markup {
    let notice = &told.notice;
    let gid = notice.key.gid();
    html! {
        li {
            div.ww-item-head {
                (text.time(notice.at))
                @if told.is_unread { span.ww-chip.ww-chip--info { (text.say("notices-new")) } }
                span.ww-muted { (wiki_name(text, &notice.wiki)) }
            }
            div {
                (sentence(text, told)) " "
                a href=(paths::filter_brake(&notice.wiki, &gid)) { (text.say("notices-brake")) span.ww-hidden { " " (gid) } }
            }
            @if !notice.reason.is_empty() { div.ww-muted { (h::foreign(&notice.reason)) } }
        }
    }
}

/// What happened, in a sentence.
fn sentence(text: Text, told: &Told) -> Markup {
    let notice = &told.notice;
    let filter = html! {
        a href=(paths::filter(&notice.wiki, &notice.key.gid())) { (h::foreign(&format!("{}: {}", notice.key.gid(), told.filter_name))) }
    };
    let by = || h::foreign(&notice.by_name);
    match notice.event.as_str() {
        "brake.latch" => {
            text.rich("notices-brake-latch", &[filter, html! { (text.say(path_key(&notice.reason_code))) }])
        }
        "brake.alert" => text.rich("notices-brake-alert", &[filter]),
        "brake.recovering" => text.rich("notices-brake-recovering", &[filter]),
        "brake.reactivate" => text.rich("notices-brake-reactivate", &[filter, by()]),
        "hold.start" => text.rich("notices-hold-start", &[filter, by()]),
        "hold.nears" => text.rich("notices-hold-nears", &[filter]),
        "hold.end" => text.rich("notices-hold-end", &[filter, by()]),
        "hold.expire" => text.rich("notices-hold-expire", &[filter]),
        _ => text.rich("notices-other", &[filter]),
    }
}

fn path_key(path: &str) -> &'static str {
    match path {
        "A" => "notices-path-a",
        "B" => "notices-path-b",
        "C" => "notices-path-c",
        _ => "notices-path-other",
    }
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |state, make| Sample { page: "notices", state, rights: SampleRights::Editor, make };
    vec![
        sample("empty", |visitor| page(visitor, &List::default())),
        sample("many, long, right to left", |visitor| {
            let events = [
                ("brake.latch", "A"),
                ("brake.latch", "B"),
                ("brake.latch", "C"),
                ("brake.latch", "farm"),
                ("brake.alert", ""),
                ("brake.recovering", ""),
                ("brake.reactivate", "other"),
                ("hold.start", ""),
                ("hold.nears", ""),
                ("hold.end", ""),
                ("hold.expire", ""),
                ("lockdown.start", ""),
            ];
            let items = (0_u8..).zip(events).map(|(number, (event, code))| told(number, event, code)).collect();
            page(visitor, &List { items, next: Some(Id::from_bytes([1; 16]).to_string()), is_later: true })
        }),
    ]
}

fn told(number: u8, event: &str, reason_code: &str) -> Told {
    let wiki: WikiId = "enwiki".parse().unwrap_or_else(|_| WikiId::farm());
    let owner = if number == 3 { WikiId::farm() } else { wiki.clone() };
    let notice = Notice {
        id: Id::from_bytes([number; 16]),
        at: Timestamp::from_second(1_790_000_000 - i64::from(number) * 60).unwrap_or_default(),
        event: event.to_owned(),
        wiki,
        key: FilterKey { wiki: owner, number: FilterNumber(u32::from(number) + 1) },
        by_key: "account:9".into(),
        by_name: "<b>مستخدم".into(),
        reason_code: reason_code.to_owned(),
        reason: if number == 6 { "مرحبا <script> ".repeat(20) } else { String::new() },
        details: json!({}),
        merge_key: String::new(),
    };
    Told { notice, filter_name: "<i>مرشح\u{202e}".into(), is_unread: number < 3 }
}
