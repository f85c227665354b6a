//! What the form of a filter looks like.

use super::super::trial::{self, Report};
use super::super::{state_key, wiki_name};
use super::actions;
use super::findings::{Said, under};
use super::offers::{Offer, Offers};
use super::typed::Typed;
use crate::html::{self as h, Choice, Field, Weight, checkbox, select, text_area, text_field};
use crate::page::Page;
use crate::pages::filters::Tabs;
use crate::pages::sample::{Sample, SampleRights};
use crate::pages::trials;
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use crate::{args, paths};
use maud::{Markup, html};
use std::collections::BTreeMap;
use wikiward_farm::WikiId;
use wikiward_filters::model::{BrakeProfile, Class, State as Life, Tier};
use wikiward_filters::save::Finding;
use wikiward_filters::save::tests_kept::{Actual, TestOutcome};

/// Id of the form, to which buttons elsewhere on the page belong.
pub(super) const FORM: &str = "filter-form";

/// The form of a filter.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Editing {
    pub(super) wiki: WikiId,
    /// How it is named; none for a new one.
    pub(super) gid: Option<String>,
    /// Its name as it is saved.
    pub(super) name: String,
    /// What else is to be known of a saved one.
    pub(super) facts: Option<Markup>,
    /// What its brake decided.
    pub(super) braked: Markup,
    /// Whether it is hidden as it is saved.
    pub(super) was_hidden: bool,
    /// Whether it is farm-wide, seen from a wiki.
    pub(super) is_elsewhere: bool,
    pub(super) typed: Typed,
    pub(super) said: Said,
    pub(super) offers: Offers,
    pub(super) report: Option<Report>,
    /// What the filter's tests give; none if the rule cannot be run.
    pub(super) kept: Option<Vec<TestOutcome>>,
    /// Whether what stands in the form was sent and not saved.
    pub(super) is_unsaved: bool,
    pub(super) note: Option<Note>,
    pub(super) may_try: bool,
    pub(super) tabs: Tabs,
}

/// What is said above the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    /// Nothing is wrong.
    Checked,
    /// The form holds what an old version was.
    RestoredFrom(u32),
}

pub(super) fn page(visitor: &Visitor, editing: &Editing) -> Page {
    let text = visitor.text;
    let title = match &editing.gid {
        Some(gid) => text.with("filters-edit-title", args![gid, &editing.name]),
        None => text.with("filters-new-title", args![wiki_name(text, &editing.wiki)]),
    };
    let content = html! {
        @if let Some(gid) = &editing.gid {
            (editing.tabs.show(text, &editing.wiki, gid, "filter"))
        }
        (editing.braked)
        @if editing.is_elsewhere { (h::message(Tone::Warning, html! { (text.say("filters-edit-farm")) })) }
        @match editing.note {
            Some(Note::Checked) => (h::message(Tone::Done, html! { (text.say("filters-checked")) })),
            Some(Note::RestoredFrom(version)) => (h::message(Tone::Notice, html! { (text.with("filters-restored", args![version])) })),
            None => {},
        }
        (editing.said.summary(text, editing.typed.get("rules")))
        @if let Some(facts) = &editing.facts { div.ww-facts-line { (facts) } }
        (form(visitor, editing))
    };
    Page::new(title, content).on(&editing.wiki).with_editor()
}

fn form(visitor: &Visitor, editing: &Editing) -> Markup {
    let text = visitor.text;
    let typed = &editing.typed;
    let wrong = editing.said.wrong(text);
    let action = match &editing.gid {
        Some(gid) => paths::filter(&editing.wiki, gid),
        None => paths::new_filter(&editing.wiki),
    };
    let guard = if editing.is_unsaved || editing.said.has_errors() || editing.note.is_some() || editing.report.is_some()
    {
        "changed"
    } else {
        ""
    };
    html! {
        form.ww-form.ww-form--wide.ww-form--split[editing.may_try] id=(FORM) method="post" action=(action) data-guard=(guard) {
            (h::token(visitor))
            @if !typed.get("base").is_empty() { input type="hidden" name="base" value=(typed.get("base")); }
            @if let Some(gid) = &editing.gid { input type="hidden" name="gid" value=(gid); }
            // What Enter in a field of one line asks for: never more than a look.
            button.ww-hidden name="do" value="check" tabindex="-1" aria-hidden="true" { (text.say("filters-check")) }
            (text_field(&Field {
                name: "name",
                label: &text.say("filters-column-name"),
                value: typed.get("name"),
                help: Some(text.say("filters-name-help")),
                wrong: wrong.get("name").cloned(),
                letters_max: Some(255),
                ..Field::default()
            }))
            (rules(text, editing, &wrong))
            // Beside the rest where there is room; for keys and on phones right after the rule.
            @if editing.may_try { (what_it_does(text, editing, &action)) }
            @else if let Some(gid) = &editing.gid { (trials::kept(text, &editing.wiki, gid, editing.kept.as_deref(), &action)) }
            div.ww-input-row id=(trial::AFTER) tabindex="-1" {
                (chosen(text, "group", "filters-column-group", typed, &wrong, &editing.offers.groups))
                (chosen(text, "state", "filters-column-state", typed, &wrong, &states(text, &editing.offers.states)))
            }
            (actions::fields(text, &editing.offers.consequences, typed, &wrong))
            (privacy(text, editing, &wrong))
            (text_area(&Field {
                name: "notes",
                label: &text.say("filters-notes"),
                value: typed.get("notes"),
                help: Some(text.say("filters-notes-help")),
                wrong: wrong.get("notes").cloned(),
                ..Field::default()
            }, 4))
            (more(text, editing, &wrong))
            @if editing.said.has("no_backtest") || !typed.get("skip_backtest").is_empty() {
                (text_field(&Field {
                    name: "skip_backtest",
                    label: &text.say("filters-skip-backtest"),
                    value: typed.get("skip_backtest"),
                    help: Some(text.say("filters-skip-backtest-help")),
                    wrong: wrong.get("skip_backtest").cloned(),
                    letters_max: Some(500),
                    ..Field::default()
                }))
            }
            @if editing.said.has("tests_failed") || !typed.get("override_tests").is_empty() {
                (text_field(&Field {
                    name: "override_tests",
                    label: &text.say("trials-override"),
                    value: typed.get("override_tests"),
                    help: Some(text.say("trials-override-help")),
                    wrong: wrong.get("override_tests").cloned(),
                    letters_max: Some(500),
                    ..Field::default()
                }))
            }
            (text_field(&Field {
                name: "reason",
                label: &text.say("filters-reason"),
                value: typed.get("reason"),
                help: Some(text.say("filters-reason-help")),
                wrong: wrong.get("reason").cloned(),
                letters_max: Some(500),
                ..Field::default()
            }))
            div.ww-actions {
                (h::button_named(Weight::Primary, "do", "save", &text.say("filters-save")))
                (h::button_named(Weight::Normal, "do", "check", &text.say("filters-check")))
                // The editor lays the rule out itself.
                span.ww-without-script { (h::button_named(Weight::Quiet, "do", "format", &text.say("filters-format"))) }
            }
        }
    }
}

/// What the rule does on stored hits. What comes of a try without scripts is a page that begins there.
fn what_it_does(text: Text, editing: &Editing, action: &str) -> Markup {
    let rules = editing.typed.get("rules");
    let place = trial::Place { wiki: &editing.wiki, form: FORM, action };
    html! {
        section.ww-split-aside.ww-section aria-labelledby=(trial::HEADING) {
            h2 id=(trial::HEADING) { (text.say("filters-try-title")) }
            (trial::pane(text, place, rules, editing.report.as_ref(), editing.gid.is_some()))
            @if let Some(gid) = &editing.gid {
                (trials::kept(text, &editing.wiki, gid, editing.kept.as_deref(), action))
                (trials::links(text, &editing.wiki, gid, ""))
            }
        }
    }
}

fn chosen(
    text: Text,
    name: &str,
    key: &str,
    typed: &Typed,
    wrong: &BTreeMap<String, String>,
    choices: &[Choice],
) -> Markup {
    let value = typed.get(name);
    // A value that is offered no more stays what it is until something else is chosen.
    let kept =
        (!value.is_empty() && !choices.iter().any(|choice| choice.value == value)).then(|| Choice::new(value, value));
    let choices: Vec<Choice> = choices.iter().cloned().chain(kept).collect();
    select(&Field { name, label: &text.say(key), value, wrong: wrong.get(name).cloned(), ..Field::default() }, &choices)
}

fn states(text: Text, states: &[Life]) -> Vec<Choice> {
    states.iter().map(|state| Choice::new(state.name(), text.say(state_key(*state)))).collect()
}

fn rules(text: Text, editing: &Editing, wrong: &BTreeMap<String, String>) -> Markup {
    let rules = editing.typed.get("rules");
    let wiki = paths::wiki_word(&editing.wiki);
    let wrong = wrong.get("rules");
    let (is_placed, has_places) = editing.said.has_places();
    let is_wrong = wrong.is_some() || is_placed;
    let describing = [Some("rules-help"), wrong.map(|_| "rules-wrong"), has_places.then_some("rules-places")];
    let describing = describing.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let class = if is_wrong { "cdx-text-area--status-error" } else { "cdx-text-area--status-default" };
    let rows = rules.lines().count().clamp(10, 40);
    html! {
        div.cdx-field {
            div.cdx-label {
                label.cdx-label__label for="rules" { span.cdx-label__label__text { (text.say("filters-rules")) } }
                span.cdx-label__description id="rules-help" { (text.say("filters-rules-help")) }
            }
            div.cdx-field__control {
                div.cdx-text-area.(class) {
                    textarea.cdx-text-area__textarea id="rules" name="rules" rows=(rows) dir="ltr" spellcheck="false" autocapitalize="none"
                        aria-describedby=(describing)
                        aria-invalid=[is_wrong.then_some("true")] data-ward-editor=""
                        data-check-url=(format!("/w/{wiki}/rule/check")) data-format-url=(format!("/w/{wiki}/rule/format"))
                        data-words-url=(format!("/w/{wiki}/rule/words")) data-group-field="group" { "\n" (rules) }
                }
            }
            (under(wrong, "rules"))
            (editing.said.of_rule(text, rules))
        }
    }
}

fn privacy(text: Text, editing: &Editing, wrong: &BTreeMap<String, String>) -> Markup {
    let typed = &editing.typed;
    let boxes = [
        ("hidden", "filters-privacy-hidden", "filters-privacy-hidden-help"),
        ("protected", "filters-privacy-protected", "filters-privacy-protected-help"),
        ("suppressed", "filters-privacy-suppressed", "filters-privacy-suppressed-help"),
    ];
    let boxes = boxes.into_iter().filter(|(value, ..)| {
        *value != "suppressed" || editing.offers.may_suppress || typed.privacy.contains("suppressed")
    });
    let confirms = editing.said.has("confirm_public") || !typed.get("confirm_public").is_empty();
    html! {
        fieldset.cdx-field {
            legend.cdx-label { span.cdx-label__label__text { (text.say("filters-column-privacy")) } }
            @for (value, name, help) in boxes {
                @let id = format!("privacy-{value}");
                @let label = html! { (text.say(name)) span.ww-muted { " – " (text.say(help)) } };
                (checkbox("privacy", value, &label, typed.privacy.contains(value)))
                (under(wrong.get(&id), &id))
            }
            @if confirms {
                (h::message(Tone::Warning, html! {
                    (checkbox("confirm_public", "1", &html! { (text.say("filters-confirm-public")) }, !typed.get("confirm_public").is_empty()))
                    (under(wrong.get("confirm_public-1"), "confirm_public-1"))
                    (checkbox("publish_history", "1", &html! { (text.say("filters-publish-history")) }, !typed.get("publish_history").is_empty()))
                }))
            } @else if editing.was_hidden { p.ww-muted { (text.say("filters-was-hidden")) } }
        }
    }
}

/// What few filters need.
fn more(text: Text, editing: &Editing, wrong: &BTreeMap<String, String>) -> Markup {
    let typed = &editing.typed;
    let tiers = Tier::ALL.iter().map(|tier| Choice::new(tier.name(), text.say(tier_key(*tier)))).collect::<Vec<_>>();
    let brakes =
        BrakeProfile::ALL.iter().map(|it| Choice::new(it.name(), text.say(brake_key(*it)))).collect::<Vec<_>>();
    let area = |name: &str, key: &str, help: &str| {
        let field = Field {
            name,
            label: &text.say(key),
            value: typed.get(name),
            help: Some(text.say(help)),
            wrong: wrong.get(name).cloned(),
            ..Field::default()
        };
        text_area(&field, 3)
    };
    let names = ["priority", "tier", "brake", "maintainers", "scope_include", "scope_exclude"];
    let is_usual = typed.get("maintainers").is_empty()
        && typed.get("scope_include").is_empty()
        && typed.get("scope_exclude").is_empty();
    let is_open = names.iter().any(|name| wrong.contains_key(*name)) || !is_usual;
    let content = html! {
        div.ww-fold-body {
            div.ww-input-row {
                (text_field(&Field {
                    name: "priority",
                    label: &text.say("filters-priority"),
                    value: typed.get("priority"),
                    help: Some(text.say("filters-priority-help")),
                    wrong: wrong.get("priority").cloned(),
                    is_code: true,
                    ..Field::default()
                }))
                (select(&Field { name: "tier", label: &text.say("filters-tier"), value: typed.get("tier"), help: Some(text.say("filters-tier-help")), ..Field::default() }, &tiers))
                (select(&Field { name: "brake", label: &text.say("filters-brake"), value: typed.get("brake"), help: Some(text.say("filters-brake-help")), ..Field::default() }, &brakes))
            }
            (area("maintainers", "filters-maintainers", "filters-maintainers-help"))
            @if editing.offers.is_farm {
                (area("scope_include", "filters-scope-include", "filters-scope-help"))
                (area("scope_exclude", "filters-scope-exclude", "filters-scope-help"))
            }
        }
    };
    h::fold(html! { (text.say("filters-more")) }, content, is_open)
}

/// Key of a tier's name.
pub(super) fn tier_key(tier: Tier) -> &'static str {
    match tier {
        Tier::Normal => "filters-tier-normal",
        Tier::Critical => "filters-tier-critical",
    }
}

/// Key of the name of a brake's profile.
pub(super) fn brake_key(brake: BrakeProfile) -> &'static str {
    match brake {
        BrakeProfile::Standard => "filters-brake-standard",
        BrakeProfile::Lockdown => "filters-brake-lockdown",
        BrakeProfile::Compat => "filters-brake-compat",
    }
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |state, rights, make| Sample { page: "filters/edit", state, rights, make };
    vec![
        sample("empty", SampleRights::Editor, |visitor| {
            let mut typed = Typed::default();
            typed.set("group", "default");
            page(visitor, &Editing { gid: None, typed, ..sample_editing(visitor) })
        }),
        sample("one", SampleRights::Editor, |visitor| page(visitor, &sample_editing(visitor))),
        sample("error", SampleRights::Editor, |visitor| {
            let mut editing = sample_editing(visitor);
            editing.typed.set("rules", "user_age < 86400 &\nlcase(");
            editing.typed.set("throttle_count", "0");
            editing.typed.privacy.clear();
            let errors = vec![
                Finding::new("bad_syntax", "rules", "the argument list of lcase is not closed").at(19, 25),
                Finding::new("throttle_count", "actions.throttle[1]", "a throttle counts at least 1 match"),
                Finding::new(
                    "restricted_action",
                    "actions.block",
                    "this consequence needs the right abusefilter-modify-restricted",
                ),
                Finding::new("confirm_public", "privacy.hidden", "everybody will be able to read this filter"),
            ];
            let warnings = vec![Finding::new("no_backtest", "rules", "this rule was not tested")];
            editing.said = Said::new(errors, warnings);
            page(visitor, &editing)
        }),
        sample("long text, right to left", SampleRights::Steward, |visitor| {
            let mut editing = sample_editing(visitor);
            editing.name = "مرشح الروابط الطويلة </h1><script>alert(1)</script>".into();
            editing.typed.set("name", "مرشح الروابط الطويلة </h1><script>alert(1)</script>");
            editing.typed.set("rules", &"</textarea><script>alert(1)</script> & \"\u{202e}\"\n".repeat(200));
            editing.typed.set("scope_include", "set:large");
            editing.offers.is_farm = true;
            editing.is_elsewhere = true;
            editing.tabs = Tabs::FARM_WIDE;
            page(visitor, &editing)
        }),
        sample("with tests", SampleRights::Editor, |visitor| {
            let outcome = |place, name: &str, expects_match, actual| {
                let name = name.to_owned();
                TestOutcome { place, name, expects_match, actual }
            };
            let kept = vec![
                outcome(0, "ten links at once", true, Actual::Match),
                outcome(1, "مقال <b> ", false, Actual::Match),
                outcome(2, "a quotation", false, Actual::Undecided("added_lines".into())),
            ];
            page(visitor, &Editing { kept: Some(kept), ..sample_editing(visitor) })
        }),
        sample("with tests, broken", SampleRights::Editor, |visitor| {
            let mut editing = Editing { kept: None, is_unsaved: true, ..sample_editing(visitor) };
            editing.typed.set("rules", "lcase(");
            page(visitor, &editing)
        }),
        sample("restored", SampleRights::Editor, |visitor| {
            page(visitor, &Editing { note: Some(Note::RestoredFrom(3)), ..sample_editing(visitor) })
        }),
    ]
}

fn sample_editing(visitor: &Visitor) -> Editing {
    let text = visitor.text;
    let mut typed = Typed::default();
    for (name, value) in [
        ("base", "4"),
        ("name", "New accounts that add many links"),
        ("rules", "user_age < 86400 &\nrcount(\"https?://\", added_lines) > 5"),
        ("group", "default"),
        ("state", "enabled"),
        ("throttle_count", "3"),
        ("throttle_period", "60"),
        ("throttle_groups", "user"),
        ("tag_names", "many-links"),
    ] {
        typed.set(name, value);
    }
    typed.privacy.insert("hidden".into());
    typed.actions.extend(["throttle".to_owned(), "tag".to_owned()]);
    let offer = |name: &str, class: Option<Class>| Offer {
        name: name.into(),
        label: name.into(),
        help: text.say("filters-action-tag-help"),
        class,
        class_name: text.say(super::super::words::class_key(class)),
        is_beyond: class == Some(Class::Destructive),
        is_inactive: name == "rangeblock",
        is_foreign: name == "quarantine",
        params: (name == "quarantine").then(|| wikiward_filters::groups::custom::ParamsSchema {
            min: 0,
            max: 2,
            values: Vec::new(),
        }),
    };
    let consequences = vec![
        offer("throttle", None),
        offer("warn", Some(Class::Nuisance)),
        offer("disallow", Some(Class::Obstructive)),
        offer("tag", Some(Class::Silent)),
        offer("rangeblock", Some(Class::Destructive)),
        offer("block", Some(Class::Destructive)),
        offer("quarantine", Some(Class::Obstructive)),
    ];
    Editing {
        braked: html! {},
        wiki: visitor.wikis.first().map_or_else(WikiId::farm, |(wiki, _)| wiki.clone()),
        gid: Some("17".into()),
        name: "New accounts that add many links".into(),
        facts: None,
        was_hidden: true,
        is_elsewhere: false,
        typed,
        said: Said::default(),
        offers: Offers {
            groups: vec![Choice::new("default", "Edits")],
            consequences,
            states: Life::ALL.to_vec(),
            is_farm: false,
            may_suppress: false,
        },
        report: None,
        kept: Some(Vec::new()),
        is_unsaved: false,
        note: None,
        may_try: true,
        tabs: Tabs::OWN,
    }
}
