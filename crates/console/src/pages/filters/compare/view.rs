//! What a difference looks like.

use super::super::words::known_key;
use super::super::{colour, state_key};
use crate::html::{self as h, Weight};
use crate::page::Page;
use crate::pages::filters::Tabs;
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::Visitor;
use crate::{args, paths};
use maud::{Markup, html};
use serde_json::Value as Json;
use wikiward_farm::clock::from_micros;
use wikiward_farm::{Timestamp, WikiId};
use wikiward_filters::diff::{Diff, FieldChange, LineDiff, LineKind, Semantic, lines, semantic};
use wikiward_filters::model::{Consequence, FilterVersion, State as Life};

/// Unchanged lines that are shown around a change.
const CONTEXT_LINES: usize = 3;

/// Two versions and what differs.
#[derive(Debug, Clone)]
pub(super) struct Compared {
    pub(super) wiki: WikiId,
    pub(super) gid: String,
    pub(super) old: Head,
    pub(super) new: Head,
    pub(super) diff: Diff,
    pub(super) may_restore: bool,
    pub(super) tabs: Tabs,
}

/// When a version was saved, by whom, and why.
#[derive(Debug, Clone)]
pub(super) struct Head {
    version: u32,
    at: Timestamp,
    by: String,
    reason: String,
}

impl Head {
    pub(super) fn of(version: &FilterVersion) -> Self {
        Self {
            version: version.version.0,
            at: version.edited_at,
            by: version.edited_by.name.clone(),
            reason: version.change_reason.clone(),
        }
    }
}

pub(super) fn page(visitor: &Visitor, compared: &Compared) -> Page {
    let text = visitor.text;
    let Compared { wiki, gid, old, new, diff, .. } = compared;
    let is_same = diff.rules.is_empty() && diff.notes.is_empty() && diff.fields.is_empty();
    let content = html! {
        (compared.tabs.show(text, wiki, gid, "history"))
        div.ww-cards {
            @for head in [old, new] { (card(text, compared, head)) }
        }
        @if is_same { (h::empty(&text.say("filters-diff-same"))) }
        @if !diff.fields.is_empty() { (fields(text, &diff.fields)) }
        @if !diff.rules.is_empty() {
            @if let Some(meaning) = &diff.semantic { (semantics(text, meaning)) }
            (h::section("diff-rules", &text.say("filters-rules"), beside(text, old, new, &diff.rules, true)))
        }
        @if !diff.notes.is_empty() { (h::section("diff-notes", &text.say("filters-notes"), beside(text, old, new, &diff.notes, false))) }
    };
    Page::new(text.with("filters-diff-title", args![gid, old.version, new.version]), content).on(wiki)
}

fn card(text: Text, compared: &Compared, head: &Head) -> Markup {
    let Compared { wiki, gid, .. } = compared;
    html! {
        div.ww-card {
            p { strong { (text.with("filters-diff-version", args![head.version])) } }
            p { (text.time(head.at)) " " (h::foreign(&head.by)) }
            @if !head.reason.is_empty() { p { (h::foreign(&head.reason)) } }
            div.ww-actions {
                @if head.version > 1 { a href=(paths::filter_diff(wiki, gid, "prev", &head.version.to_string())) { (text.say("filters-diff-before")) } }
                @if compared.may_restore { (h::link_button(Weight::Quiet, &format!("{}?from_version={}", paths::filter(wiki, gid), head.version), &text.say("filters-restore"))) }
            }
        }
    }
}

/// What a field of a filter is called.
pub(crate) fn field_name(text: Text, field: &str) -> String {
    let key = match field {
        "state" => "filters-column-state",
        "group" => "filters-column-group",
        "name" => "filters-column-name",
        "rules" => "filters-rules",
        "notes" => "filters-notes",
        "actions" => "filters-column-consequences",
        "privacy" => "filters-column-privacy",
        "privacy.hidden" => "filters-privacy-hidden",
        "privacy.protected" => "filters-privacy-protected",
        "privacy.suppressed" => "filters-privacy-suppressed",
        "priority" => "filters-priority",
        "tier" => "filters-tier",
        "scope" => "filters-scope-include",
        "brake.profile" | "brake_profile" => "filters-brake",
        "maintainers" => "filters-maintainers",
        "created" => "filters-created",
        other => {
            let name = other.strip_prefix("actions.").unwrap_or(other);
            return Consequence::find(name).map_or_else(|| name.to_owned(), |known| text.say(known_key(known)));
        }
    };
    text.say(key)
}

/// The value of a field, as people read it.
pub(crate) fn value(text: Text, field: &str, value: &Json) -> Markup {
    let list = |items: &[Json]| {
        text.list(items.iter().map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned).into()))
    };
    match value {
        Json::Null => html! { span.ww-muted { "–" } },
        Json::Bool(is_set) => html! { (text.say(if *is_set { "filters-yes" } else { "filters-no" })) },
        Json::String(word) if field == "state" => {
            html! { (Life::find(word).map_or_else(|| word.clone(), |state| text.say(state_key(state)))) }
        }
        Json::String(word) => h::foreign(word),
        Json::Array(items) if items.is_empty() && field.starts_with("actions.") => html! { (text.say("filters-yes")) },
        Json::Array(items) if items.is_empty() => html! { span.ww-muted { "–" } },
        Json::Array(items) => h::foreign(&list(items)),
        Json::Object(members) => html! {
            @for (name, member) in members {
                @if let Some(items) = member.as_array().filter(|items| !items.is_empty()) {
                    div { (text.say(if name == "exclude" { "filters-scope-exclude" } else { "filters-scope-include" })) ": " (list(items)) }
                }
            }
        },
        Json::Number(number) => html! { (number) },
    }
}

fn fields(text: Text, changes: &[FieldChange]) -> Markup {
    let title = text.say("filters-diff-fields");
    let columns = [text.say("filters-field"), text.say("filters-diff-was"), text.say("filters-diff-is")];
    let rows: Vec<Vec<Markup>> = changes
        .iter()
        .map(|it| {
            vec![
                html! { (field_name(text, &it.field)) },
                value(text, &it.field, &it.old),
                value(text, &it.field, &it.new),
            ]
        })
        .collect();
    h::section("diff-fields", &title, h::table(&title, &columns.map(h::Column::text), &rows))
}

fn semantics(text: Text, meaning: &Semantic) -> Markup {
    let items = |key: &str, list: &[wikiward_filters::diff::SubExpression]| {
        html! { @for it in list { li { (text.say(key)) " " (colour::inline(&it.text)) } } }
    };
    let content = html! {
        @if meaning.is_same() { p { (text.say("filters-diff-same-meaning")) } }
        @else {
            ul {
                (items("filters-diff-added", &meaning.added))
                (items("filters-diff-removed", &meaning.removed))
                @for it in &meaning.changed {
                    li { (text.say("filters-diff-changed")) " " (colour::inline(&it.old.text)) " → " (colour::inline(&it.new.text)) }
                }
            }
            @if meaning.is_cut { p.ww-muted { (text.say("filters-diff-cut")) } }
        }
    };
    h::section("diff-meaning", &text.say("filters-diff-meaning"), content)
}

/// A row: the old line and the new one, as far as there are.
type Pair<'d> = (Option<&'d LineDiff>, Option<&'d LineDiff>);

/// Lines beside each other: what was removed beside what was added in its place.
fn paired(lines: &[LineDiff]) -> Vec<Pair<'_>> {
    let mut rows: Vec<Pair<'_>> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        if line.kind == LineKind::Same {
            rows.push((Some(line), Some(line)));
            at += 1;
            continue;
        }
        let rest = lines.get(at..).unwrap_or_default();
        let changed = rest.iter().take_while(|it| it.kind != LineKind::Same).count();
        let changed_lines = rest.get(..changed).unwrap_or_default();
        let removed: Vec<&LineDiff> = changed_lines.iter().filter(|it| it.kind == LineKind::Removed).collect();
        let added: Vec<&LineDiff> = changed_lines.iter().filter(|it| it.kind == LineKind::Added).collect();
        for place in 0..removed.len().max(added.len()) {
            rows.push((removed.get(place).copied(), added.get(place).copied()));
        }
        at += changed;
    }
    rows
}

fn beside(text: Text, old: &Head, new: &Head, lines: &[LineDiff], is_rule: bool) -> Markup {
    let rows = paired(lines);
    let is_change = |row: &Pair<'_>| row.0.is_none_or(|line| line.kind != LineKind::Same);
    let is_near = |place: usize| {
        let from = place.saturating_sub(CONTEXT_LINES);
        rows.get(from..(place + CONTEXT_LINES + 1).min(rows.len())).is_some_and(|around| around.iter().any(is_change))
    };
    let mut shown: Vec<Result<&Pair<'_>, usize>> = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        match shown.last_mut() {
            _ if is_near(place) => shown.push(Ok(row)),
            Some(Err(skipped)) => *skipped += 1,
            _ => shown.push(Err(1)),
        }
    }
    let class = is_rule.then_some("ww-diff--rule");
    html! {
        table.ww-diff.(class.unwrap_or("ww-diff--text")) {
            colgroup { col.ww-diff-n {} col {} col.ww-diff-n {} col {} }
            thead { tr {
                th colspan="2" scope="colgroup" { (text.with("filters-diff-version", args![old.version])) }
                th colspan="2" scope="colgroup" { (text.with("filters-diff-version", args![new.version])) }
            } }
            tbody {
                @for row in shown {
                    @match row {
                        Ok(pair) => (row_of(pair)),
                        Err(skipped) => { tr.ww-diff-gap { td colspan="4" { (text.with("filters-diff-gap", args![skipped])) } } },
                    }
                }
            }
        }
    }
}

fn row_of((old, new): &Pair<'_>) -> Markup {
    let is_same = old.is_some_and(|line| line.kind == LineKind::Same);
    let bare = |line: Option<&LineDiff>| line.map_or("", |line| line.text.trim_end_matches('\n')).to_owned();
    let (before, after) = (bare(*old), bare(*new));
    let (prefix, suffix) = if old.is_some() && new.is_some() { common(&before, &after) } else { (0, 0) };
    let cut = |text: &str, tag: fn(Markup) -> Markup| {
        let end = text.len() - suffix;
        let middle = text.get(prefix..end).unwrap_or_default();
        html! {
            (h::visible(text.get(..prefix).unwrap_or_default()))
            @if !middle.is_empty() && prefix + suffix > 0 { (tag(h::visible(middle))) } @else { (h::visible(middle)) }
            (h::visible(text.get(end..).unwrap_or_default()))
        }
    };
    html! {
        tr {
            @match (is_same, old) {
                (true, Some(line)) => { td.ww-diff-n { @if let Some(number) = line.old { (number) } } td { (h::visible(&before)) } },
                (_, Some(line)) => { td.ww-diff-n { @if let Some(number) = line.old { (number) } } td.ww-diff-old { (cut(&before, |it| html! { del { (it) } })) } },
                (_, None) => { td.ww-diff-n.ww-diff-none {} td.ww-diff-none {} },
            }
            @match (is_same, new) {
                (true, Some(line)) => { td.ww-diff-n.ww-diff-twin { @if let Some(number) = line.new { (number) } } td.ww-diff-twin { (h::visible(&after)) } },
                (_, Some(line)) => { td.ww-diff-n { @if let Some(number) = line.new { (number) } } td.ww-diff-new { (cut(&after, |it| html! { ins { (it) } })) } },
                (_, None) => { td.ww-diff-n.ww-diff-none {} td.ww-diff-none {} },
            }
        }
    }
}

/// Bytes that two lines have in common at their beginning and, of the rest, at their end; whole characters.
fn common(a: &str, b: &str) -> (usize, usize) {
    let prefix = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum();
    let (a, b) = (a.get(prefix..).unwrap_or_default(), b.get(prefix..).unwrap_or_default());
    let suffix = a.chars().rev().zip(b.chars().rev()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum();
    (prefix, suffix)
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |state, make| Sample { page: "filters/diff", state, rights: SampleRights::Editor, make };
    vec![
        sample("empty", |visitor| page(visitor, &sample_compared("a & b", "a & b", false))),
        sample("many", |visitor| {
            let long = "user_age < 10 &\n".repeat(20);
            page(visitor, &sample_compared(&format!("a & b &\n{long}c"), &format!("a & bb &\n{long}c\n& d"), true))
        }),
        sample("long text, right to left", |visitor| {
            page(
                visitor,
                &sample_compared("\"<script>مرحبا</script>\"", &format!("\"{}\u{202e}\"", "مرحبا".repeat(200)), true),
            )
        }),
    ]
}

fn sample_compared(old: &str, new: &str, has_fields: bool) -> Compared {
    let head = |version| Head {
        version,
        at: from_micros(1_790_000_000_000_000),
        by: "Example".into(),
        reason: "<b>because</b>".into(),
    };
    let change = |field: &str, old: Json, new: Json| FieldChange { field: field.into(), old, new };
    let fields = vec![
        change("state", "draft".into(), "enabled".into()),
        change("privacy.hidden", true.into(), false.into()),
        change("actions.tag", Json::Null, serde_json::json!(["a", "<b>"])),
        change("scope", Json::Null, serde_json::json!({"include": ["enwiki"], "exclude": []})),
        change("priority", 0.into(), 5.into()),
    ];
    Compared {
        wiki: WikiId::farm(),
        gid: "17".into(),
        old: head(1),
        new: head(2),
        diff: Diff {
            rules: if old == new { Vec::new() } else { lines::diff(old, new) },
            notes: Vec::new(),
            fields: if has_fields { fields } else { Vec::new() },
            semantic: semantic::diff(old, new),
        },
        may_restore: true,
        tabs: Tabs::OWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_lines_stand_beside_each_other_and_only_what_differs_is_marked() {
        let lines = lines::diff("a\nx é1 y\nb\n", "a\nx é2 y\nnew\nb\n");
        let rows = paired(&lines);
        assert_eq!(rows.len(), 4);
        let shown = row_of(&rows[1]).into_string();
        assert!(shown.contains("x é<del>1</del> y") && shown.contains("x é<ins>2</ins> y"), "{shown}");
        assert!(rows[2].0.is_none());
    }

    #[test]
    fn common_parts_never_overlap_nor_cut_letters() {
        assert_eq!(common("aa", "aaa"), (2, 0));
        assert_eq!(common("xéy", "xèy"), (1, 1));
        assert_eq!(common("", "a"), (0, 0));
    }
}
