//! What the brake has counted about a filter, in words and drawn.

use super::view::path_key;
use crate::args;
use crate::html::{self as h, Bar, Shape, Timeline};
use crate::text::Text;
use jiff::SignedDuration;
use maud::{Markup, html};
use wikiward_farm::Timestamp;
use wikiward_filters::brake::live::{ByStanding, Statistics};
use wikiward_filters::brake::stream::HarmReading;

/// What is counted, by kind of action.
pub(super) fn counted(text: Text, all: &[Statistics], now: Timestamp) -> Markup {
    html! {
        @if all.is_empty() { (h::empty(&text.say("filters-counted-none"))) }
        @for (place, one) in all.iter().enumerate() { (of_kind(text, place, one, now)) }
    }
}

/// A number with one digit after its point, as the language writes it.
fn decimal(text: Text, number: f64) -> String {
    let tenths = (number.clamp(0.0, 1e9) * 10.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    let tenths = tenths as i64;
    let point = if text.language == crate::text::Language::De { "," } else { "." };
    format!("{}{point}{}", text.number(tenths / 10), tenths % 10)
}

/// The class that is nearest to a latch.
fn nearest(one: &Statistics) -> Option<&HarmReading> {
    let share = |harm: &HarmReading| harm.sum / harm.threshold.max(f64::MIN_POSITIVE);
    one.readings.harm.iter().filter(|harm| harm.people > 0).max_by(|a, b| share(a).total_cmp(&share(b)))
}

fn of_kind(text: Text, place: usize, one: &Statistics, now: Timestamp) -> Markup {
    let harm = nearest(one).map(|harm| {
        let (sum, threshold) = (decimal(text, harm.sum), decimal(text, harm.threshold));
        text.with("filters-counted-good", args![harm.people, harm.ranges, sum, threshold])
    });
    let missing = one.readings.missing.map(|it| {
        let numbers = [it.expected, it.pull.max(0.0), it.threshold].map(|number| decimal(text, number));
        let [expected, pull, threshold] = numbers;
        text.with("filters-counted-missing", args![it.unmatched, expected, pull, threshold])
    });
    let (hour, day) = one.readings.destroyed;
    let number = |number: u32| text.number(number.into());
    let destroyed = (hour + day > 0).then(|| {
        let caps = one.caps;
        text.with("filters-counted-destroyed", args![number(hour), number(caps.0), number(day), number(caps.1)])
    });
    let origins = (one.origins.0 > 0)
        .then(|| text.with("filters-counted-origins", args![number(one.origins.0), number(one.origins.1)]));
    html! {
        h3 { (text.with("filters-counted-kind", args![crate::pages::hits::kind(text, &one.kind)])) }
        @if let Some((_, path, at)) = one.would_have {
            p { (text.rich("filters-counted-would", &[text.time(at), html! { (text.say(path_key(path))) }])) }
        }
        ul { @for line in [harm, missing, destroyed, origins].into_iter().flatten() { li { (line) } } }
        (chart(text, place, &one.hours, now))
    }
}

fn chart(text: Text, place: usize, hours: &[ByStanding], now: Timestamp) -> Markup {
    let back = |place: usize| i64::try_from(hours.len().saturating_sub(place + 1)).unwrap_or(0);
    let begin = Timestamp::from_second(now.as_second().div_euclid(3_600) * 3_600).unwrap_or(now);
    let bar = |(place, it): (usize, &ByStanding)| Bar {
        label: (begin - SignedDuration::from_hours(back(place))).strftime("%H:00").to_string(),
        parts: [it.good, it.named, it.unnamed].map(u64::from).into(),
        href: None,
    };
    let series = ["filters-counted-by-good", "filters-counted-by-named", "filters-counted-by-unnamed"];
    h::timeline(&Timeline {
        id: &format!("counted-{place}"),
        title: &text.say("filters-counted-chart"),
        table_label: &text.say("filters-counted-table"),
        when: &text.say("filters-counted-when"),
        series: &series.map(|key| text.say(key)),
        points: &hours.iter().enumerate().map(bar).collect::<Vec<_>>(),
        shape: Shape::Bars,
    })
}
