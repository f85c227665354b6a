//! What the pages about rights of groups look like.

use super::{CHANGE, GroupRow, Origin, change_path, changes, list_path, words};
use crate::form::Form;
use crate::html::{self as h, Column, Field, Weight, text_field};
use crate::page::Page;
use crate::pages::acts::{Question, Wrongs, wiki_choice};
use crate::pages::filters::wiki_name;
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::Visitor;
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::right::RightSet;
use wikiward_farm::{Right, WikiId};

/// What a group is called on pages.
fn group_name(text: Text, name: &str) -> Markup {
    html! { @if name == "*" { (text.say("rights-everybody")) " (*)" } @else { (h::foreign(name)) } }
}

/// The same where there is room for text only.
fn plain_name(text: Text, name: &str) -> String {
    if name == "*" { format!("{} (*)", text.say("rights-everybody")) } else { name.to_owned() }
}

/// The table of groups and rights on a wiki.
pub(super) fn table(visitor: &Visitor, wiki: &WikiId, groups: &[GroupRow]) -> Page {
    let text = visitor.text;
    let manages = visitor.may(Right::ManageFarm, &WikiId::farm());
    let origin = |group: &GroupRow| match group.origin {
        Origin::Wiki => "rights-from-wiki",
        Origin::Farm => "rights-from-farm",
        Origin::Shipped => "rights-from-shipped",
    };
    let heading = |group: &GroupRow| {
        Column::of(html! {
            (group_name(text, &group.name)) br; span.ww-small.ww-muted { (text.say(origin(group))) }
        })
        .labelled(plain_name(text, &group.name))
    };
    let columns: Vec<Column> =
        std::iter::once(Column::text(text.say("rights-right"))).chain(groups.iter().map(heading)).collect();
    let cell = |group: &GroupRow, right: Right| {
        html! { @if group.rights.has(right) { "✓ " (text.say("rights-has")) } @else { span.ww-hidden { (text.say("rights-has-not")) } } }
    };
    let row = |right: &Right| {
        let first = words::right(text, *right);
        std::iter::once(first).chain(groups.iter().map(|group| cell(group, *right))).collect::<Vec<Markup>>()
    };
    let rows: Vec<Vec<Markup>> = words::SORTS.iter().flat_map(|(_, rights)| rights.iter().map(row)).collect();
    let label = text.say("rights-wiki");
    let choice = Field { name: "wiki", label: &label, value: paths::wiki_word(wiki), ..Field::default() };
    let content = html! {
        p.ww-lead { (text.say("rights-lead")) }
        form.ww-filterbar.ww-filterbar--line method="get" action=(paths::RIGHTS) {
            (wiki_choice(visitor, &choice, Some(("farm", text.say("shell-whole-farm")))))
            div.ww-actions { (h::button(Weight::Normal, &text.say("acts-show"))) }
        }
        (h::table(&text.say("rights-title"), &columns, &rows))
        @if manages && !groups.is_empty() {
            (h::section("change", &text.say("rights-change-one"), html! {
                ul.ww-chips { @for group in groups { li { a href=(change_path(wiki, &group.name)) { (group_name(text, &group.name)) } } } }
            }))
        }
        @if manages { (h::section("another", &text.say("rights-another"), another(text, wiki))) }
    };
    Page::new(text.say("rights-title"), content).on(wiki)
}

fn another(text: Text, wiki: &WikiId) -> Markup {
    let label = text.say("rights-group");
    let group = Field {
        name: "group",
        label: &label,
        help: Some(text.say("rights-group-help")),
        is_required: true,
        is_code: true,
        ..Field::default()
    };
    html! {
        form.ww-form method="get" action=(CHANGE) {
            input type="hidden" name="wiki" value=(paths::wiki_word(wiki));
            (text_field(&group))
            (h::button(Weight::Normal, &text.say("rights-go-on")))
        }
    }
}

/// The form for one group. `wanted` are the rights that are ticked.
pub(super) fn form(visitor: &Visitor, wiki: &WikiId, group: &GroupRow, wanted: RightSet, wrongs: &Wrongs) -> Page {
    let text = visitor.text;
    let holds = if wiki.is_farm() {
        text.with("rights-holds-farm", args![&group.name])
    } else {
        text.with("rights-holds-on", args![wiki_name(text, wiki), &group.name])
    };
    let content = html! {
        (wrongs.shown(text))
        p.ww-lead { (h::visible(&holds)) }
        (h::form(visitor, CHANGE, html! {
            input type="hidden" name="wiki" value=(paths::wiki_word(wiki));
            input type="hidden" name="group" value=(group.name);
            (words::boxes(text, wanted))
            div.ww-actions {
                (h::button(Weight::Primary, &text.say("rights-save")))
                @if group.is_own(wiki) { (h::button_named(Weight::Normal, "drop", "1", &text.say("rights-drop"))) }
                (h::link_button(Weight::Quiet, &list_path(wiki), &text.say("acts-cancel")))
            }
        }))
    };
    Page::new(text.with("rights-change", args![&group.name]), content).on(wiki)
}

/// Asks before rights are taken away.
pub(super) fn question(visitor: &Visitor, wiki: &WikiId, group: &GroupRow, after: RightSet, form: &Form) -> Question {
    let text = visitor.text;
    let changed = changes(visitor, group.rights, after, "rights-ask-loses", "rights-ask-gets");
    let mut happens: Vec<Markup> = changed.into_iter().map(|said| html! { (said) }).collect();
    happens.push(html! { (text.say("rights-ask-who")) });
    Question {
        title: text.with("rights-ask", args![&group.name]),
        happens,
        undo: text.say("rights-ask-undo"),
        action: CHANGE.into(),
        fields: form.0.clone(),
        button: text.say("rights-ask-button"),
        back: change_path(wiki, &group.name),
        ..Question::default()
    }
}

/// The pages in their states.
pub(crate) fn samples() -> Vec<Sample> {
    fn group(name: &str, rights: &[Right], origin: Origin) -> GroupRow {
        GroupRow { name: name.into(), rights: rights.iter().copied().collect(), origin }
    }
    fn groups() -> Vec<GroupRow> {
        vec![
            group("*", &[Right::View, Right::Log], Origin::Shipped),
            group("sysop", &[Right::View, Right::Modify, Right::LogDetail], Origin::Farm),
            group("محررو المرشحات", Right::ALL, Origin::Wiki),
            group("<script>alert(1)</script>\u{202e}", &[], Origin::Wiki),
        ]
    }
    let sample = |page, state, rights, make| Sample { page, state, rights, make };
    vec![
        sample("rights/list", "many", SampleRights::Steward, |visitor| table(visitor, &wiki(), &groups())),
        sample("rights/list", "no right to change", SampleRights::Everybody, |visitor| {
            table(visitor, &WikiId::farm(), &groups())
        }),
        sample("rights/list", "empty", SampleRights::Steward, |visitor| table(visitor, &wiki(), &[])),
        sample("rights/change", "one", SampleRights::Steward, |visitor| {
            let group = group("sysop", &[Right::View], Origin::Wiki);
            form(visitor, &wiki(), &group, group.rights, &Wrongs::default())
        }),
        sample("rights/change", "error", SampleRights::Steward, |visitor| {
            let group = group("محررو المرشحات", &[], Origin::Shipped);
            let wrongs = Wrongs::one("right", visitor.text.say("rights-wrong-name"));
            form(visitor, &WikiId::farm(), &group, RightSet::all(), &wrongs)
        }),
        sample("rights/ask", "one", SampleRights::Steward, |visitor| {
            let group = group("sysop", &[Right::View, Right::Modify], Origin::Wiki);
            let after = [Right::View, Right::Log].into_iter().collect();
            let form = Form(vec![("group".into(), "sysop".into())]);
            crate::pages::acts::ask(visitor, &question(visitor, &wiki(), &group, after, &form))
        }),
    ]
}

fn wiki() -> WikiId {
    "enwiki".parse().unwrap_or_else(|_| WikiId::farm())
}
