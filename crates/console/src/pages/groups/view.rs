//! What the pages about groups of filters look like.

use super::Here;
use super::settings::{Setting, Value, all};
use crate::html::{self as h, Column};
use crate::page::Page;
use crate::pages::filters::wiki_name;
use crate::pages::sample::{Sample, SampleRights};
use crate::text::{Text, words};
use crate::visit::Visitor;
use crate::{args, paths};
use maud::{Markup, html};
use std::collections::BTreeMap;
use wikiward_farm::{Right, WikiId};
use wikiward_filters::groups::builtin;
use wikiward_filters::groups::{Cost, CustomConsequence, DegradedPolicy, FailMode, Group, Offered, Source};
use wikiward_filters::hits::HitSettings;
use wikiward_filters::model::{Class, Consequence};
use wikiward_rules::vocabulary::variables;

/// A name for people in the page's language; in English, else in any, where there is none.
fn label<'l>(text: Text, labels: &'l BTreeMap<String, String>, name: &'l str) -> &'l str {
    let found = labels.get(text.language.code()).or_else(|| labels.get("en")).or_else(|| labels.values().next());
    found.map_or(name, String::as_str)
}

/// The groups, and the settings in force for who may read them.
pub(super) fn list(visitor: &Visitor, wiki: &WikiId, groups: &[Group], settings: Option<&[Setting]>) -> Page {
    let text = visitor.text;
    let columns = [
        Column::text(text.say("groups-name")),
        Column::text(text.say("groups-kinds")),
        Column::number(text.say("groups-variables")),
        Column::text(text.say("groups-consequences")),
        Column::text(text.say("groups-owner")),
    ];
    let row = |group: &Group| {
        vec![
            html! { a href=(paths::group(wiki, &group.name)) { (h::foreign(label(text, &group.label, &group.name))) } br; code.ww-code.ww-muted { (group.name) } },
            codes(group.kinds.iter().map(String::as_str)),
            html! { (text.number(i64::try_from(group.offered().len()).unwrap_or(i64::MAX))) },
            codes(group.allowed_consequences.iter().map(String::as_str)),
            h::foreign(&group.owner),
        ]
    };
    let rows: Vec<Vec<Markup>> = groups.iter().map(row).collect();
    let content = html! {
        p.ww-lead { (text.say("groups-lead")) }
        @if rows.is_empty() { (h::empty(&text.say("groups-none"))) }
        @else { (h::table(&text.say("groups-title"), &columns, &rows)) }
        @if let Some(settings) = settings { (h::section("settings", &text.say("groups-settings"), in_force(visitor, wiki, settings))) }
    };
    Page::new(text.with("groups-title-of", args![wiki_name(text, wiki)]), content).on(wiki)
}

fn codes<'c>(words: impl Iterator<Item = &'c str>) -> Markup {
    html! { @for word in words { code.ww-code { (h::visible(word)) } " " } }
}

fn in_force(visitor: &Visitor, wiki: &WikiId, settings: &[Setting]) -> Markup {
    let text = visitor.text;
    let value = |value: &Value| match value {
        Value::Flag(true) => html! { (text.say("groups-on")) },
        Value::Flag(false) => html! { (text.say("groups-off")) },
        Value::Number(number) => html! { (text.number(i64::try_from(*number).unwrap_or(i64::MAX))) },
        Value::Words(words) if words.is_empty() => html! { span.ww-muted { (text.say("groups-nothing")) } },
        Value::Words(words) => codes(words.iter().map(String::as_str)),
        Value::OfGroup => html! { (text.say("groups-as-group")) },
    };
    let row = |setting: &Setting| {
        vec![
            html! { (text.say(setting.means)) br; code.ww-code.ww-muted { (setting.name) } },
            value(&setting.value),
            html! { @if setting.is_own { (text.say("groups-from-wiki")) } @else { (text.say("groups-from-farm")) } },
        ]
    };
    let columns = ["groups-setting", "groups-value", "groups-from"].map(|key| Column::text(text.say(key)));
    let rows: Vec<Vec<Markup>> = settings.iter().map(row).collect();
    let manages = visitor.may(Right::ManageFarm, &WikiId::farm()) && !wiki.is_farm();
    html! {
        @if manages { p { a href=(crate::pages::wikis::path(wiki)) { (text.say("groups-settings-change")) } } }
        (h::table(&text.say("groups-settings"), &columns, &rows))
    }
}

/// Key of what a consequence does.
pub(crate) fn consequence_key(consequence: Consequence) -> &'static str {
    match consequence {
        Consequence::Throttle => "groups-does-throttle",
        Consequence::Warn => "groups-does-warn",
        Consequence::ShowCaptcha => "groups-does-showcaptcha",
        Consequence::Disallow => "groups-does-disallow",
        Consequence::Tag => "groups-does-tag",
        Consequence::BlockAutopromote => "groups-does-blockautopromote",
        Consequence::Degroup => "groups-does-degroup",
        Consequence::RangeBlock => "groups-does-rangeblock",
        Consequence::Block => "groups-does-block",
    }
}

fn class_key(class: Option<Class>) -> &'static str {
    match class {
        None => "groups-class-none",
        Some(Class::Silent) => "groups-class-silent",
        Some(Class::Nuisance) => "groups-class-nuisance",
        Some(Class::Obstructive) => "groups-class-obstructive",
        Some(Class::Destructive) => "groups-class-destructive",
    }
}

/// One group.
pub(super) fn one(
    visitor: &Visitor,
    wiki: &WikiId,
    group: &Group,
    custom: &BTreeMap<String, CustomConsequence>,
    here: &Here,
) -> Page {
    let text = visitor.text;
    let yes_no = |holds: bool| html! { (text.say(if holds { "groups-yes" } else { "groups-no" })) };
    let fail = match group.fail_mode {
        FailMode::Open => "groups-fail-open",
        FailMode::Closed => "groups-fail-closed",
    };
    let degraded = match group.degraded_policy {
        DegradedPolicy::SilentOnly => "groups-degraded-silent",
        DegradedPolicy::Enforce => "groups-degraded-enforce",
        DegradedPolicy::RetryLater => "groups-degraded-later",
    };
    let limit = here.judging.conditions_limit.unwrap_or(group.limits.conditions);
    let messages = html! {
        @for (consequence, key) in &group.default_messages { code.ww-code { (h::visible(consequence)) } ": " code.ww-code { (h::visible(key)) } br; }
    };
    let content = html! {
        p { a href=(format!("{}?group={}", paths::filters(wiki), crate::visit::encoded(&group.name))) { (text.say("groups-filters-of")) } }
        (h::facts(&[
            (text.say("groups-owner"), h::foreign(&group.owner)),
            (text.say("groups-kinds"), codes(group.kinds.iter().map(String::as_str))),
            (text.say("groups-limits"), html! { (text.with("groups-limits-are", args![limit, group.limits.wall_ms, group.limits.rounds])) }),
            (text.say("groups-fail"), html! { (text.say(fail)) }),
            (text.say("groups-degraded"), html! { (text.say(degraded)) }),
            (text.say("groups-need-reason"), yes_no(group.require_reason)),
            (text.say("groups-need-backtest"), yes_no(group.require_backtest)),
            (text.say("groups-messages"), messages),
        ]))
        (h::section("consequences", &text.say("groups-consequences"), consequences(text, group, custom, here)))
        (h::section("variables", &text.say("groups-variables"), variable_table(text, group)))
    };
    let title = text.with("groups-one", args![label(text, &group.label, &group.name)]);
    Page::new(title, content).on(wiki)
}

fn consequences(text: Text, group: &Group, custom: &BTreeMap<String, CustomConsequence>, here: &Here) -> Markup {
    let row = |name: &String| {
        let known = Consequence::find(name);
        let own = custom.get(name);
        let class = known.map_or_else(|| own.map(|own| own.class), Consequence::class);
        let is_restricted = here.saving.restricted_actions.contains(name) || own.is_some_and(|own| own.is_restricted);
        let does = match (known, own) {
            (Some(known), _) => html! { (text.say(consequence_key(known))) },
            (None, Some(own)) => h::foreign(label(text, &own.label, &own.name)),
            (None, None) => html! { (text.say("groups-does-unknown")) },
        };
        vec![
            html! { (does) br; code.ww-code.ww-muted { (h::visible(name)) } },
            html! { (text.say(class_key(class))) },
            html! {
                @if here.judging.runs(name) { (h::chip("enabled", &text.say("groups-runs"))) }
                @else { (h::chip("disabled", &text.say("groups-runs-not"))) }
            },
            html! { @if is_restricted { (text.say("groups-restricted")) } },
        ]
    };
    let columns = ["groups-does", "groups-class", "groups-here", "groups-who"].map(|key| Column::text(text.say(key)));
    let rows: Vec<Vec<Markup>> = group.allowed_consequences.iter().map(row).collect();
    if rows.is_empty() {
        return h::empty(&text.say("groups-no-consequences"));
    }
    h::table(&text.say("groups-consequences"), &columns, &rows)
}

fn cost_key(cost: Cost) -> &'static str {
    match cost {
        Cost::Cheap => "groups-cost-cheap",
        Cost::Db => "groups-cost-db",
        Cost::Render => "groups-cost-render",
        Cost::Net => "groups-cost-net",
    }
}

fn variable_table(text: Text, group: &Group) -> Markup {
    let row = |offered: &Offered<'_>| {
        let about = variables::find(offered.name).filter(|_| group.own_variable(offered.name).is_none());
        let right = group.own_variable(offered.name).and_then(|own| own.right);
        let (source, cost) = match &offered.source {
            Source::Eager => (html! { (text.say("groups-source-eager")) }, None),
            Source::Lazy(cost) => (html! { (text.say("groups-source-lazy")) }, Some(*cost)),
            Source::Language => (html! { (text.say("groups-source-language")) }, None),
            Source::Derived(derive) => {
                (text.rich("groups-source-derived", &[codes(derive.inputs().into_iter())]), None)
            }
        };
        vec![
            html! { code.ww-code { (offered.name) } },
            html! { @match about { Some(about) => (h::with_code(&words::variable(text, about.name))), None => span.ww-muted { (text.say("groups-own-variable")) } } },
            html! { code.ww-code { (offered.kind.name()) } },
            source,
            html! { @if let Some(cost) = cost { (text.say(cost_key(cost))) } },
            html! {
                @if offered.is_protected { (h::chip("braked", &text.say("groups-protected"))) }
                @if let Some(right) = right { " " code.ww-code { (right.name()) } }
            },
        ]
    };
    let columns =
        ["groups-variable", "groups-meaning", "groups-type", "groups-source", "groups-cost", "groups-protection"]
            .map(|key| Column::text(text.say(key)));
    let rows: Vec<Vec<Markup>> = group.offered().iter().map(row).collect();
    h::table(&text.say("groups-variables"), &columns, &rows)
}

/// The pages in their states.
pub(crate) fn samples() -> Vec<Sample> {
    fn hostile() -> Group {
        let mut group = builtin::newsletter();
        group.label = BTreeMap::from([("ar".into(), "النشرات <b>".into()), ("xx".into(), "<b>x\u{202e}".into())]);
        group.owner = "<script>alert(1)</script>".into();
        group.fail_mode = FailMode::Closed;
        group
    }
    fn custom() -> BTreeMap<String, CustomConsequence> {
        builtin::consequences().into_iter().map(|it| (it.name.clone(), it)).collect()
    }
    let sample = |page, state, rights, make| Sample { page, state, rights, make };
    vec![
        sample("groups/list", "empty", SampleRights::Everybody, |visitor| list(visitor, &WikiId::farm(), &[], None)),
        sample("groups/list", "many, right-to-left", SampleRights::Steward, |visitor| {
            let settings = all(&Here::default(), &HitSettings::default(), |name| name == "log_ip");
            let groups = [builtin::default_group(), hostile()];
            let wiki = "arwiki".parse().unwrap_or_else(|_| WikiId::farm());
            list(visitor, &wiki, &groups, Some(&settings))
        }),
        sample("groups/one", "many", SampleRights::Editor, |visitor| {
            one(visitor, &WikiId::farm(), &builtin::default_group(), &custom(), &Here::default())
        }),
        sample("groups/one", "hostile", SampleRights::Editor, |visitor| {
            one(visitor, &WikiId::farm(), &hostile(), &custom(), &Here::default())
        }),
    ]
}
