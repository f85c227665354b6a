//! What the brake of a filter looks like: a banner with buttons where the filter is, and a page of its own.

use super::{counted, hold_view};
use crate::args;
use crate::html::{self as h, Column, Field, Weight, text_field};
use crate::page::Page;
use crate::pages::acts::Wrongs;
use crate::pages::filters::Tabs;
use crate::pages::sample::{Sample, SampleRights};
use crate::paths;
use crate::text::Text;
use crate::visit::{Tone, Visitor};
use maud::{Markup, html};
use wikiward_farm::{Timestamp, WikiId};
use wikiward_filters::brake::live::{ByStanding, Statistics};
use wikiward_filters::brake::stream::{CLASSES, HarmReading, Readings};
use wikiward_filters::brake::{Evidence, Guard, Hold, Latch, Path, missing};
use wikiward_filters::life::Braked;
use wikiward_filters::model::Class;

/// A brake, and what the visitor may do with it.
#[derive(Debug, Clone)]
pub(in crate::pages::filters) struct Shown {
    pub(super) wiki: WikiId,
    pub(super) gid: String,
    pub(super) braked: Braked,
    pub(super) may_reactivate: bool,
    pub(super) may_end_hold: bool,
    pub(super) may_hold: bool,
    pub(super) now: Timestamp,
}

/// The page of a brake.
#[derive(Debug, Clone)]
pub(super) struct Braking {
    pub(super) shown: Shown,
    pub(super) name: String,
    pub(super) tabs: Tabs,
    /// Whether the numbers are shown.
    pub(super) shows_detail: bool,
    /// What is counted, by kind of action.
    pub(super) statistics: Vec<Statistics>,
    /// Why it is to be reactivated, as typed.
    pub(super) reason: String,
    /// What is wrong with that.
    pub(super) wrongs: Wrongs,
}

/// What stands above a filter that is braked or held; nothing if it is neither.
pub(in crate::pages::filters) fn banner(visitor: &Visitor, shown: &Shown) -> Markup {
    let text = visitor.text;
    let page = paths::filter_brake(&shown.wiki, &shown.gid);
    html! {
        @if let Some(since) = shown.braked.since() {
            (h::message(Tone::Warning, html! {
                p { (text.rich("filters-braking-since", &[text.time(since)])) " " (withheld(text, &shown.braked)) }
                @if shown.may_reactivate { (buttons(visitor, shown)) }
                p { a href=(page) { (text.say("filters-braking-more")) } }
            }))
        }
        @if let Some(hold) = shown.braked.hold(shown.now) {
            (h::message(Tone::Notice, html! { p { (held(text, hold)) } p { a href=(page) { (text.say("filters-braking-more")) } } }))
        }
    }
}

fn held(text: Text, hold: &Hold) -> Markup {
    text.rich("filters-braking-held", &[h::moment(hold.until), h::foreign(&hold.by), h::foreign(&hold.reason)])
}

/// What is withheld, hardest first: the first says it all, for what stops actions takes the others along.
fn withheld(text: Text, braked: &Braked) -> String {
    let key = match braked.latched().as_slice() {
        list if list.contains(&Class::Obstructive) => "filters-braking-withheld-o",
        list if list.contains(&Class::Destructive) => "filters-braking-withheld-d",
        _ => "filters-braking-withheld-n",
    };
    text.say(key)
}

/// The reasons that need no words, a click each.
fn buttons(visitor: &Visitor, shown: &Shown) -> Markup {
    let text = visitor.text;
    let action = paths::filter_brake(&shown.wiki, &shown.gid);
    h::form(
        visitor,
        &action,
        html! {
            (latch(shown))
            div.ww-actions {
                (h::button_named(Weight::Primary, "because", "attack", &text.say("filters-braking-attack")))
                (h::button_named(Weight::Normal, "because", "accepted", &text.say("filters-braking-accepted")))
            }
        },
    )
}

/// The latch that the visitor looks at.
fn latch(shown: &Shown) -> Markup {
    html! { @if let Some(latch) = shown.braked.latch_id() { input type="hidden" name="latch" value=(latch); } }
}

pub(super) fn page(visitor: &Visitor, braking: &Braking) -> Page {
    let text = visitor.text;
    let shown = &braking.shown;
    let braked = &shown.braked;
    let action = paths::filter_brake(&shown.wiki, &shown.gid);
    let is_braked = !braked.latched().is_empty();
    let reason = Field {
        name: "reason",
        label: &text.say("filters-braking-reason"),
        value: &braking.reason,
        wrong: braking.wrongs.at("reason"),
        help: Some(text.say("filters-braking-reason-help")),
        letters_max: Some(500),
        ..Field::default()
    };
    let content = html! {
        (braking.tabs.show(text, &shown.wiki, &shown.gid, "brake"))
        (braking.wrongs.shown(text))
        @if !is_braked && braked.hold(shown.now).is_none() {
            p { (text.say("filters-braking-none")) }
        }
        @if is_braked {
            (h::message(Tone::Warning, html! {
                p { (text.rich("filters-braking-since", &[text.time(braked.since().unwrap_or(shown.now))])) " " (withheld(text, braked)) }
            }))
            @if braked.farm.is_latched() { p { (text.say("filters-braking-farm")) } }
            @if braked.is_recovering() { (h::message(Tone::Notice, html! { (text.say("filters-braking-recovering")) })) }
            (h::section("why", &text.say("filters-braking-why"), latches(text, braking)))
        }
        @if is_braked && shown.may_reactivate {
            (h::section("reactivate", &text.say("filters-braking-reactivate"), html! {
                p { (text.say("filters-braking-reactivate-help")) }
                (buttons(visitor, shown))
                (h::form(visitor, &action, html! {
                    (latch(shown))
                    (text_field(&reason))
                    div.ww-actions { (h::button_named(Weight::Normal, "because", "other", &text.say("filters-braking-other"))) }
                }))
            }))
        }
        @if let Some(hold) = braked.hold(shown.now) {
            (h::section("hold", &text.say("filters-braking-hold"), html! {
                p { (held(text, hold)) }
                @if !hold.would_have.is_empty() { p { (text.say("filters-braking-would-have")) } }
                p { (text.rich("filters-holding-left", &[hold_view::left(hold.until, shown.now)])) }
                @if shown.may_end_hold {
                    (h::form(visitor, &action, html! {
                        div.ww-actions { (h::button_named(Weight::Normal, "hold", &hold.id, &text.say("filters-braking-end-hold"))) }
                    }))
                }
            }))
        }
        @if braking.shows_detail {
            (h::section("counted", &text.say("filters-counted"), counted::counted(text, &braking.statistics, shown.now)))
        }
        @if shown.may_hold && braked.hold(shown.now).is_none() {
            p { a href=(paths::filter_hold(&shown.wiki, &shown.gid)) { (text.say("filters-holding-link")) } }
        }
    };
    Page::new(text.with("filters-braking-title", args![&shown.gid, &braking.name]), content).on(&shown.wiki)
}

fn latches(text: Text, braking: &Braking) -> Markup {
    let braked = &braking.shown.braked;
    let found = CLASSES.into_iter().filter_map(|class| Some((class, braked.latch(class)?)));
    let heading = |key: &str| Column::text(text.say(key));
    let number = |key: &str| Column::number(text.say(key));
    let mut columns =
        vec![heading("filters-braking-class"), heading("filters-braking-path"), heading("filters-braking-when")];
    if braking.shows_detail {
        columns.push(number("filters-braking-people"));
        columns.push(number("filters-braking-ranges"));
        columns.push(number("filters-braking-destroyed"));
    }
    let row = |(class, latch): (Class, &Latch)| {
        let mut cells = vec![
            html! { (text.say(class_key(class))) },
            html! { (text.say(path_key(latch.path))) },
            text.time(latch.since),
        ];
        if braking.shows_detail {
            let Evidence { people, ranges, destroyed, .. } = &latch.evidence;
            cells.extend([*people, *ranges, destroyed.1].map(|it| html! { (text.number(it.into())) }));
        }
        cells
    };
    let rows: Vec<Vec<Markup>> = found.map(row).collect();
    h::table(&text.say("filters-braking-why"), &columns, &rows)
}

pub(super) const fn class_key(class: Class) -> &'static str {
    match class {
        Class::Destructive => "filters-braking-class-d",
        Class::Obstructive => "filters-braking-class-o",
        Class::Nuisance | Class::Silent => "filters-braking-class-n",
    }
}

pub(crate) const fn path_key(path: Path) -> &'static str {
    match path {
        Path::Harm => "filters-braking-path-a",
        Path::Missing => "filters-braking-path-b",
        Path::Ceiling => "filters-braking-path-c",
        Path::Compat => "filters-braking-path-compat",
        Path::Farm => "filters-braking-path-farm",
        Path::Migrated => "filters-braking-path-migrated",
    }
}

/// The page in its states.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |state, rights, make| Sample { page: "filters/brake", state, rights, make };
    let mut all = hold_view::samples();
    all.extend([
        sample("none", SampleRights::Editor, |visitor| page(visitor, &braking(visitor, Braked::default()))),
        sample("braked", SampleRights::Editor, |visitor| page(visitor, &braking(visitor, braked()))),
        sample("error", SampleRights::Editor, |visitor| {
            let wrongs = Wrongs::one("reason", visitor.text.say("filters-braking-reason-wrong"));
            page(visitor, &Braking { reason: "<b>".into(), wrongs, ..braking(visitor, braked()) })
        }),
        sample("not to be changed", SampleRights::Everybody, |visitor| {
            let mut braking = braking(visitor, braked());
            (braking.shown.may_reactivate, braking.shown.may_end_hold, braking.shows_detail) = (false, false, false);
            page(visitor, &braking)
        }),
        sample("held, long text, right to left", SampleRights::Editor, |visitor| {
            let hold = Hold {
                id: "ho_1".into(),
                by: "<b>مستخدم".into(),
                reason: "مرحبا <script>".repeat(20),
                from: Timestamp::UNIX_EPOCH,
                until: Timestamp::MAX,
                would_have: vec![('O', Path::Harm, 0)],
                is_told: false,
            };
            let own = Guard { hold: Some(hold), ..Guard::default() };
            page(visitor, &braking(visitor, Braked { own, farm: Guard::default() }))
        }),
        sample("would be braked", SampleRights::Editor, |visitor| {
            let mut braking = braking(visitor, Braked::default());
            let would = ('O', Path::Harm, Timestamp::from_second(1_789_990_000).unwrap_or_default());
            braking.statistics = vec![Statistics { would_have: Some(would), ..statistics() }];
            page(visitor, &braking)
        }),
    ]);
    all
}

fn statistics() -> Statistics {
    let harm = |class, sum, people| HarmReading { class, sum, threshold: 8.5, people, ranges: people };
    let [destructive, obstructive, nuisance] = CLASSES;
    let missing = missing::Reading { pull: 3.2, threshold: 7.25, expected: 9.5, unmatched: 4, matched: 5 };
    let hour = |number: u32| ByStanding { good: number % 3, named: number % 4, unnamed: number * 7 % 11 };
    Statistics {
        kind: "edit".into(),
        readings: Readings {
            harm: [harm(destructive, 1.0, 0), harm(obstructive, 6.25, 4), harm(nuisance, 0.0, 1)],
            missing: Some(missing),
            destroyed: (3, 12),
        },
        caps: (10, 50),
        good_per_day: 172.0,
        origins: (9, 212),
        is_clean: true,
        hits: ByStanding { good: 5, named: 11, unnamed: 120 },
        hours: (0..25).map(hour).collect(),
        would_have: None,
    }
}

fn braked() -> Braked {
    let latch = |path, people| {
        let evidence = Evidence { people, ranges: people, destroyed: (11, 48), ..Evidence::default() };
        let since = Timestamp::from_second(1_790_000_000).unwrap_or_default();
        Some(Latch { since, path, evidence, recovering_since: Some(since) })
    };
    let latches = [latch(Path::Ceiling, 0), latch(Path::Harm, 5), None];
    Braked { own: Guard { latches, latch_id: "lt_1".into(), ..Guard::default() }, farm: Guard::default() }
}

fn braking(visitor: &Visitor, braked: Braked) -> Braking {
    let shown = Shown {
        wiki: visitor.wikis.first().map_or_else(WikiId::farm, |(wiki, _)| wiki.clone()),
        gid: "17".into(),
        braked,
        may_reactivate: true,
        may_end_hold: true,
        may_hold: true,
        now: Timestamp::from_second(1_790_003_600).unwrap_or_default(),
    };
    Braking {
        shown,
        name: "<b>مرشح".into(),
        tabs: Tabs::OWN,
        shows_detail: true,
        statistics: vec![statistics()],
        reason: String::new(),
        wrongs: Wrongs::default(),
    }
}
