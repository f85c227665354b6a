//! A filter for who may read it: the rule in colours, what it does in plain words.

use super::super::colour;
use super::super::list::may_change;
use super::super::{privacy_names, state_chip};
use super::actions::identifier_key;
use super::group_name;
use super::view::tier_key;
use crate::html as h;
use crate::page::Page;
use crate::pages::filters::Tabs;
use crate::pages::sample::{Sample, SampleRights};
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::{Right, WikiId};
use wikiward_filters::groups::Registry;
use wikiward_filters::model::{Consequence, Filter, Tier};
use wikiward_filters::save::throttle::Throttle;

/// A filter to be read.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    wiki: WikiId,
    gid: String,
    name: String,
    rules: String,
    notes: String,
    /// What it does, one sentence each.
    consequences: Vec<Markup>,
    facts: Markup,
    /// What its brake decided.
    braked: Markup,
    tabs: Tabs,
    /// Whether nothing can be done here because a block suspends the person's rights.
    is_blocked: bool,
}

pub(super) fn reading(
    visitor: &Visitor,
    registry: &Registry,
    wiki: &WikiId,
    filter: &Filter,
    braked: Markup,
) -> Reading {
    let draft = &filter.draft;
    Reading {
        wiki: wiki.clone(),
        gid: filter.key.gid(),
        name: draft.name.clone(),
        rules: draft.rules.clone(),
        notes: draft.notes.clone(),
        consequences: draft
            .actions
            .iter()
            .map(|(name, params)| described(visitor.text, registry, name, params))
            .collect(),
        facts: facts(visitor, registry, wiki, filter),
        braked,
        tabs: Tabs::of(visitor, wiki, &filter.key.wiki),
        is_blocked: visitor.viewer.is_blocked() && visitor.viewer.granted().on(&filter.key.wiki).has(Right::Modify),
    }
}

pub(super) fn page(visitor: &Visitor, reading: &Reading) -> Page {
    let text = visitor.text;
    let content = html! {
        (reading.tabs.show(text, &reading.wiki, &reading.gid, "filter"))
        (reading.braked)
        @if reading.is_blocked { (h::message(Tone::Warning, html! { (text.say("filters-blocked")) })) }
        div.ww-split {
            div {
                (h::section("rule", &text.say("filters-rules"), colour::rule(&reading.rules, &text.say("filters-rules"), "", &[])))
                (h::section("consequences", &text.say("filters-column-consequences"), html! {
                    @if reading.consequences.is_empty() { p { (text.say("filters-no-consequence-help")) } }
                    @else { ul { @for sentence in &reading.consequences { li { (sentence) } } } }
                }))
                @if !reading.notes.is_empty() {
                    (h::section("notes", &text.say("filters-notes"), html! { div.ww-text.ww-bidi-block dir="auto" { (h::visible(&reading.notes)) } }))
                }
            }
            div.ww-split-aside { (reading.facts) }
        }
    };
    Page::new(text.with("filters-edit-title", args![&reading.gid, &reading.name]), content).on(&reading.wiki)
}

/// What else is to be known of a filter.
pub(super) fn facts(visitor: &Visitor, registry: &Registry, wiki: &WikiId, filter: &Filter) -> Markup {
    let text = visitor.text;
    let draft = &filter.draft;
    let gid = filter.key.gid();
    let history = paths::filter_history(wiki, &gid);
    let privacy = privacy_names(text, draft.privacy);
    let mut rows = vec![
        (text.say("filters-column-state"), state_chip(text, draft.state)),
        (text.say("filters-column-group"), html! { (h::foreign(&group_name(visitor, registry, &draft.group))) }),
        (
            text.say("filters-column-privacy"),
            html! {
                @if privacy.is_empty() { (text.say("filters-privacy-public")) } @else { (text.list(privacy.iter().map(Into::into))) }
            },
        ),
    ];
    if visitor.may(Right::LogDetail, &filter.key.wiki) {
        let hits = text.number(i64::try_from(filter.hits).unwrap_or(i64::MAX));
        rows.push((text.say("filters-column-hits"), html! { a href=(paths::hits_of(wiki, &gid)) { (hits) } }));
    }
    if draft.tier != Tier::Normal {
        rows.push((text.say("filters-tier"), html! { (text.say(tier_key(draft.tier))) }));
    }
    if draft.priority != 0 {
        rows.push((text.say("filters-priority"), html! { (draft.priority) }));
    }
    rows.push((
        text.say("filters-column-edited"),
        html! { (text.time(filter.edited_at)) " " (h::foreign(&filter.edited_by.name)) },
    ));
    rows.push((text.say("filters-version"), html! { a href=(history) { (filter.version) } }));
    if !draft.maintainers.is_empty() {
        let names = draft.maintainers.iter().map(|name| name.as_str().into());
        rows.push((text.say("filters-maintainers"), h::foreign(&text.list(names))));
    }
    if let Some(scope) = draft.scope.as_ref().filter(|_| may_change(visitor, &filter.key.wiki)) {
        let entries = |list: &[wikiward_farm::wiki::WikiOrSet]| text.list(list.iter().map(|it| it.to_string().into()));
        rows.push((text.say("filters-scope-include"), html! { (entries(&scope.include)) }));
        rows.push((text.say("filters-scope-exclude"), html! { (entries(&scope.exclude)) }));
    }
    h::facts(&rows)
}

/// What a consequence does with its parameters, in a sentence.
pub(crate) fn described(text: Text, registry: &Registry, name: &str, params: &[String]) -> Markup {
    let at = |place: usize| params.get(place).map(String::as_str).filter(|it| !it.is_empty());
    let label = super::super::consequence(text, registry, name);
    match Consequence::find(name) {
        Some(Consequence::Throttle) => match Throttle::parse(params) {
            Ok(throttle) => {
                let groups: Vec<String> = throttle
                    .groups
                    .iter()
                    .map(|group| text.list(group.iter().map(|it| text.say(identifier_key(*it)).into())))
                    .collect();
                let said =
                    text.with("filters-said-throttle", args![throttle.count, throttle.period_s, groups.join("; ")]);
                html! { strong { (label) } ": " (said) }
            }
            Err(_) => html! { strong { (label) } ": " code dir="ltr" { (h::visible(&params.join(" | "))) } },
        },
        Some(Consequence::Warn | Consequence::Disallow) => match at(0) {
            Some(key) => {
                html! { strong { (label) } ": " (text.rich("filters-said-message", &[html! { code { (h::visible(key)) } }])) }
            }
            None => html! { strong { (label) } ": " (text.say("filters-said-usual-message")) },
        },
        Some(Consequence::Tag) => html! {
            strong { (label) } ": " @for (place, tag) in params.iter().enumerate() { @if place > 0 { " " } span.ww-chip { (h::foreign(tag)) } }
        },
        Some(Consequence::Block) => {
            let talk = match at(0) {
                Some("blocktalk") => Some("filters-block-talk-blocked"),
                Some(_) => Some("filters-block-talk-allowed"),
                None => None,
            };
            html! {
                strong { (label) } ": "
                (text.rich("filters-said-block", &[duration(text, at(1)), duration(text, at(2))]))
                @if let Some(key) = talk { " " (text.say(key)) }
            }
        }
        Some(known) => html! { strong { (label) } ": " (text.say(super::super::words::help_key(known))) },
        None => {
            html! { strong { (label) } @if !params.is_empty() { ": " code dir="ltr" { (h::visible(&params.join(" | "))) } } }
        }
    }
}

fn duration(text: Text, written: Option<&str>) -> Markup {
    match written {
        Some(written) => h::foreign(written),
        None => html! { (text.say("filters-said-usual-duration")) },
    }
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |state, make| Sample { page: "filters/read", state, rights: SampleRights::Everybody, make };
    vec![
        sample("one", |visitor| {
            let actions: [(&str, &[&str]); 5] = [
                ("throttle", &["17", "3,60", "user", "ip,page"]),
                ("warn", &["abusefilter-warning-links"]),
                ("tag", &["many-links", "new-account"]),
                ("block", &["blocktalk", "1 day", "infinity"]),
                ("disallow", &[]),
            ];
            page(
                visitor,
                &sample_reading(
                    visitor,
                    "user_age < 86400 &\nrcount(\"https?://\", added_lines) > 5 /* many */",
                    &actions,
                ),
            )
        }),
        sample("no right", |visitor| {
            page(visitor, &Reading { tabs: Tabs::NO_RIGHT, ..sample_reading(visitor, "true", &[]) })
        }),
        sample("long text, right to left", |visitor| {
            let rules = format!("\"</pre><script>alert(1)</script>\u{202e}\" & \n{}", "مرحبا & ".repeat(300));
            let reading = sample_reading(visitor, &rules, &[]);
            page(
                visitor,
                &Reading {
                    name: "مرشح الروابط".into(),
                    notes: "<b>ملاحظات</b>\n".repeat(30),
                    is_blocked: true,
                    ..reading
                },
            )
        }),
    ]
}

fn sample_reading(visitor: &Visitor, rules: &str, actions: &[(&str, &[&str])]) -> Reading {
    let registry = Registry::builtin();
    let owned = |params: &[&str]| params.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    Reading {
        braked: html! {},
        wiki: visitor.wikis.first().map_or_else(WikiId::farm, |(wiki, _)| wiki.clone()),
        gid: "global-17".into(),
        name: "New accounts that add many links".into(),
        rules: rules.into(),
        notes: "Made after the spring wave.".into(),
        consequences: actions
            .iter()
            .map(|(name, params)| described(visitor.text, &registry, name, &owned(params)))
            .collect(),
        facts: h::facts(&[(
            visitor.text.say("filters-column-state"),
            h::chip("enabled", &visitor.text.say("filters-state-enabled")),
        )]),
        tabs: Tabs::FARM_WIDE,
        is_blocked: false,
    }
}
