//! Two people changed the same version: what it was, what the other saved, what this person wants. Nothing is lost.

use super::typed::Typed;
use crate::html::{self as h, Weight};
use crate::page::Page;
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::WikiId;
use wikiward_farm::clock::from_micros;
use wikiward_filters::diff::ThreeWay;
use wikiward_filters::diff::merge::{Side, Stretch, merged};
use wikiward_filters::life::Conflict;
use wikiward_filters::model::{
    Actions, BrakeProfile, Draft, Editor, FilterKey, FilterNumber, FilterVersion, Origin, Privacy, State as Life, Tier,
    Version,
};

/// Lines of an unchanged stretch that are shown at each end.
const CONTEXT_LINES: usize = 3;

pub(super) fn page(visitor: &Visitor, wiki: &WikiId, gid: &str, typed: &Typed, conflict: &Conflict) -> Page {
    let text = visitor.text;
    let current = &conflict.current;
    let mut mine = typed.clone();
    mine.set("base", &current.version.to_string());
    let both = conflict.three_way.as_ref().filter(|it| !it.has_conflict()).map(|it| together(&mine, current, it));
    let action = paths::filter(wiki, gid);
    let content = html! {
        (h::message(Tone::Warning, html! {
            p { (text.rich("filters-conflict", &[html! { (current.version) }, h::foreign(&current.edited_by.name), text.time(current.edited_at)])) }
            @if !current.change_reason.is_empty() { p { (text.say("filters-their-reason")) " " (h::foreign(&current.change_reason)) } }
            p { (text.say("filters-conflict-kept")) }
        }))
        @match &conflict.three_way {
            Some(three_way) => {
                (texts(text, "their-rules", "filters-rules", &three_way.rules))
                (texts(text, "their-notes", "filters-notes", &three_way.notes))
                (fields(text, three_way))
            }
            None => p { (text.say("filters-conflict-unseen")) },
        }
        div.ww-actions {
            @if let Some(both) = &both { (sending(visitor, &action, both, "edit", Weight::Primary, "filters-conflict-both")) }
            (sending(visitor, &action, &mine, "edit", Weight::Normal, "filters-conflict-edit"))
            (sending(visitor, &action, &mine, "save", Weight::Destructive, "filters-conflict-over"))
            (h::link_button(Weight::Quiet, &action, &text.say("filters-conflict-theirs")))
        }
        p.ww-muted { (text.say("filters-conflict-help")) }
        (h::fold(html! { (text.say("filters-conflict-mine")) }, html! {
            div.ww-fold-body { (super::super::colour::rule(typed.get("rules"), &text.say("filters-rules"), "", &[])) }
        }, false))
    };
    Page::new(text.with("filters-conflict-title", args![gid]), content).on(wiki)
}

/// What both changed, in one form: theirs where only they changed something, mine everywhere else.
fn together(mine: &Typed, current: &FilterVersion, three_way: &ThreeWay) -> Typed {
    let theirs = Typed::of(&current.draft);
    let mut both = mine.clone();
    for (name, stretches) in [("rules", &three_way.rules), ("notes", &three_way.notes)] {
        if let Some(text) = merged(stretches) {
            both.set(name, &text);
        }
    }
    for field in three_way.fields.iter().filter(|field| field.side == Side::Theirs) {
        let path = field.field.as_str();
        if let Some(action) = path.strip_prefix("actions.") {
            take(&mut both.actions, &theirs.actions, action);
            let belongs = |name: &str| {
                name.strip_prefix(action).is_some_and(|rest| rest.starts_with('_'))
                    || name.strip_prefix("params_") == Some(action)
            };
            both.fields.retain(|name, _| !belongs(name));
            both.fields.extend(
                theirs
                    .fields
                    .iter()
                    .filter(|(name, _)| belongs(name))
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
        } else if let Some(mark) = path.strip_prefix("privacy.") {
            take(&mut both.privacy, &theirs.privacy, mark);
        } else {
            let names: &[&str] = match path {
                "scope" => &["scope_include", "scope_exclude"],
                "brake.profile" => &["brake"],
                _ => &[path],
            };
            for name in names {
                both.set(name, theirs.get(name));
            }
        }
    }
    both
}

fn take(mine: &mut std::collections::BTreeSet<String>, theirs: &std::collections::BTreeSet<String>, name: &str) {
    if theirs.contains(name) {
        mine.insert(name.to_owned());
    } else {
        mine.remove(name);
    }
}

/// A form that holds everything unseen, with one button.
fn sending(visitor: &Visitor, action: &str, typed: &Typed, what: &str, weight: Weight, key: &str) -> Markup {
    html! {
        form method="post" action=(action) {
            (h::token(visitor))
            (h::hidden_fields("", &typed.sent()))
            (h::button_named(weight, "do", what, &visitor.text.say(key)))
        }
    }
}

fn side(text: Text, side: Side) -> String {
    text.say(match side {
        Side::Nobody => "filters-side-nobody",
        Side::Mine => "filters-side-mine",
        Side::Theirs => "filters-side-theirs",
        Side::Both => "filters-side-both",
        Side::Conflict => "filters-side-conflict",
    })
}

fn texts(text: Text, id: &str, key: &str, stretches: &[Stretch]) -> Markup {
    if stretches.iter().all(|it| it.side == Side::Nobody) {
        return html! {};
    }
    let title = text.say(key);
    let content = html! {
        div.ww-table-wrap role="group" aria-label=(title) tabindex="0" {
            table.ww-diff.ww-diff--rule.ww-diff--three {
                thead { tr {
                    th scope="col" { (text.say("filters-conflict-who")) }
                    th scope="col" { (text.say("filters-conflict-base")) }
                    th scope="col" { (text.say("filters-conflict-their")) }
                    th scope="col" { (text.say("filters-conflict-my")) }
                } }
                tbody { @for stretch in stretches { (row(text, stretch)) } }
            }
        }
    };
    h::section(id, &title, content)
}

fn row(text: Text, stretch: &Stretch) -> Markup {
    if stretch.side == Side::Nobody {
        return html! { tr.ww-diff-gap { td colspan="4" { (shortened(&stretch.base)) } } };
    }
    let old = |is_changed: bool| is_changed.then_some("ww-diff-new");
    html! {
        tr {
            th scope="row" { (side(text, stretch.side)) }
            td data-label=(text.say("filters-conflict-base")) { (h::visible(&stretch.base)) }
            td class=[old(stretch.theirs != stretch.base)] data-label=(text.say("filters-conflict-their")) { (h::visible(&stretch.theirs)) }
            td class=[old(stretch.mine != stretch.base)] data-label=(text.say("filters-conflict-my")) { (h::visible(&stretch.mine)) }
        }
    }
}

/// Both ends of a long text.
fn shortened(text: &str) -> Markup {
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(2 * CONTEXT_LINES);
    html! {
        @for (place, line) in lines.iter().enumerate() {
            @if skipped > 0 && place == CONTEXT_LINES { "⋯\n" }
            @if skipped == 0 || place < CONTEXT_LINES || place >= CONTEXT_LINES + skipped { (h::visible(line)) "\n" }
        }
    }
}

fn fields(text: Text, three_way: &ThreeWay) -> Markup {
    if three_way.fields.is_empty() {
        return html! {};
    }
    let title = text.say("filters-other-fields");
    let columns = [
        text.say("filters-field"),
        text.say("filters-conflict-who"),
        text.say("filters-conflict-base"),
        text.say("filters-conflict-their"),
        text.say("filters-conflict-my"),
    ];
    let rows: Vec<Vec<Markup>> = three_way
        .fields
        .iter()
        .map(|it| {
            let shown = |value: &serde_json::Value| super::super::compare::value(text, &it.field, value);
            let name = super::super::compare::field_name(text, &it.field);
            vec![html! { (name) }, html! { (side(text, it.side)) }, shown(&it.base), shown(&it.theirs), shown(&it.mine)]
        })
        .collect();
    h::section("other-fields", &title, h::table(&title, &columns.map(h::Column::text), &rows))
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |state, make| Sample { page: "filters/conflict", state, rights: SampleRights::Editor, make };
    vec![
        sample("one", |visitor| conflicting(visitor, "a &\nb &\nc & d\n")),
        sample("both go together", |visitor| conflicting(visitor, "a &\nb\n")),
    ]
}

fn conflicting(visitor: &Visitor, rules: &str) -> Page {
    let draft = |rules: &str, state: Life| Draft {
        state,
        group: "default".into(),
        name: "A filter".into(),
        rules: rules.into(),
        notes: String::new(),
        actions: Actions::default(),
        priority: 0,
        tier: Tier::Normal,
        privacy: Privacy::default(),
        scope: None,
        brake_profile: BrakeProfile::Standard,
        maintainers: Vec::new(),
        tests: Vec::new(),
    };
    let (base, mine, theirs) =
        (draft("a &\nb\n", Life::Draft), draft(rules, Life::Enabled), draft("a &\nb &\n<b>c</b>\n", Life::Draft));
    let current = FilterVersion {
        key: FilterKey { wiki: WikiId::farm(), number: FilterNumber(17) },
        version: Version(5),
        draft: theirs.clone(),
        edited_at: from_micros(1_790_000_000_000_000),
        edited_by: Editor { key: "account:2".into(), name: "<i>Somebody else</i>".into(), number: None },
        change_reason: "a reason".into(),
        changed_fields: Vec::new(),
        origin: Origin::Edit,
        uses_vars: Vec::new(),
        uses_protected: Vec::new(),
        is_public: true,
    };
    let three_way = Some(ThreeWay::new(&base, &mine, &theirs));
    page(visitor, &WikiId::farm(), "17", &Typed::of(&mine), &Conflict { base: None, current, three_way })
}
