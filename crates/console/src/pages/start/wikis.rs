//! The last hour of the wikis: charts of a few, a line for each of many, and a line for each that is quiet.

use super::overview::{Minute, WikiNow};
use super::view::short;
use crate::html::{self as h, Bar, Column, Shape, Timeline};
use crate::text::Text;
use crate::visit::encoded;
use crate::{args, paths};
use jiff::SignedDuration;
use maud::{Markup, html};

/// Wikis that get charts; of more, each gets a line.
const CHARTED_MAX: usize = 3;

/// What was counted in the last hour of a wiki.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Hour {
    verdicts: u64,
    matched: u64,
    /// None for who may not see details.
    refused: Option<u64>,
}

impl Hour {
    fn of(wiki: &WikiNow) -> Self {
        Self {
            verdicts: wiki.minutes.iter().map(|minute| minute.verdicts).sum(),
            matched: wiki.minutes.iter().map(|minute| minute.matched).sum(),
            refused: wiki.minutes.iter().map(|minute| minute.refused).sum(),
        }
    }

    const fn is_quiet(self) -> bool {
        self.verdicts == 0 && self.matched == 0
    }
}

/// All of it in a sentence; none where one wiki says it itself.
pub(super) fn in_words(text: Text, wikis: &[WikiNow]) -> Option<String> {
    let hours: Vec<Hour> = wikis.iter().map(Hour::of).filter(|hour| !hour.is_quiet()).collect();
    if hours.len() < 2 {
        return None;
    }
    let sum = |of: fn(&Hour) -> u64| hours.iter().map(of).sum::<u64>();
    Some(text.with("start-in-words", args![sum(|hour| hour.verdicts), hours.len(), sum(|hour| hour.matched)]))
}

/// The wikis: those with life first, then the quiet ones.
pub(super) fn wikis(text: Text, wikis: &[WikiNow]) -> Markup {
    let (quiet, busy): (Vec<&WikiNow>, Vec<&WikiNow>) = wikis.iter().partition(|wiki| Hour::of(wiki).is_quiet());
    html! {
        @if busy.len() <= CHARTED_MAX { @for wiki in &busy { (charted(text, wiki)) } }
        @else { (h::section("last-hour", &text.say("start-wikis"), table(text, busy))) }
        @if !quiet.is_empty() {
            (h::section("quiet", &text.say("start-quiet"), html! {
                p.ww-muted { (text.say("start-quiet-help")) }
                ul.ww-chips { @for wiki in &quiet { li { a href=(paths::filters(&wiki.wiki)) { (h::foreign(&short(&wiki.label))) } } } }
            }))
        }
    }
}

/// A line for each wiki; where most was hit, first.
fn table(text: Text, mut wikis: Vec<&WikiNow>) -> Markup {
    wikis.sort_by_key(|wiki| {
        let hour = Hour::of(wiki);
        std::cmp::Reverse((hour.matched, hour.verdicts))
    });
    let tells_refused = wikis.iter().all(|wiki| Hour::of(wiki).refused.is_some());
    let mut columns =
        vec![Column::text(text.say("start-wiki")).labelled(""), Column::number(text.say("start-verdicts"))];
    columns.push(Column::number(text.say("start-hits")));
    if tells_refused {
        columns.push(Column::number(text.say("start-refused")));
    }
    columns.push(Column::text(text.say("start-hits-chart")).labelled(""));
    let row = |wiki: &&WikiNow| {
        let hour = Hour::of(wiki);
        let matched: Vec<u64> = wiki.minutes.iter().map(|minute| minute.matched).collect();
        let hits =
            html! { @if hour.matched > 0 { a href=(hits_path(wiki)) { (count(text, hour.matched)) } } @else { "0" } };
        let mut cells = vec![
            html! { a href=(paths::filters(&wiki.wiki)) { (h::foreign(&short(&wiki.label))) } },
            html! { (count(text, hour.verdicts)) },
            hits,
        ];
        if tells_refused {
            cells.push(html! { (count(text, hour.refused.unwrap_or(0))) });
        }
        cells.push(h::sparkline(&text.say("start-hits-chart"), &matched));
        cells
    };
    h::table(&text.say("start-wikis"), &columns, &wikis.iter().map(row).collect::<Vec<_>>())
}

fn count(text: Text, number: u64) -> String {
    text.number(number.try_into().unwrap_or(i64::MAX))
}

/// The hits of the last hour.
fn hits_path(wiki: &WikiNow) -> String {
    let path = paths::hits(&wiki.wiki);
    match wiki.minutes.first() {
        Some(minute) => format!("{path}?from={}", encoded(&minute.at.to_string())),
        None => path,
    }
}

fn charted(text: Text, wiki: &WikiNow) -> Markup {
    let Hour { verdicts, matched, refused } = Hour::of(wiki);
    let (id, path) = (wiki.wiki.as_str(), hits_path(wiki));
    html! {
        section.ww-section aria-labelledby=(format!("wiki-{id}")) {
            h2 id=(format!("wiki-{id}")) { (h::foreign(&short(&wiki.label))) }
            div.ww-cards.ww-cards--figures {
                (h::figure(&text.say("start-verdicts-hour"), &count(text, verdicts), None))
                (h::figure(&text.say("start-hits-hour"), &count(text, matched), Some(&path)))
                @if let Some(refused) = refused { (h::figure(&text.say("start-refused-hour"), &count(text, refused), Some(&path))) }
            }
            div.ww-charts {
                @if verdicts > 0 { (verdict_chart(text, wiki)) }
                @if matched > 0 { (hit_chart(text, wiki)) } @else { p.ww-muted { (text.say("start-no-hits")) } }
            }
        }
    }
}

fn verdict_chart(text: Text, wiki: &WikiNow) -> Markup {
    let point = |minute: &Minute| Bar { label: clock(minute), parts: vec![minute.verdicts], href: None };
    h::timeline(&Timeline {
        id: &format!("verdicts-{}", wiki.wiki),
        title: &text.say("start-verdicts-chart"),
        table_label: &text.say("start-table"),
        when: &text.say("start-when"),
        series: &[text.say("start-verdicts")],
        points: &wiki.minutes.iter().map(point).collect::<Vec<_>>(),
        shape: Shape::Lines,
    })
}

/// Actions that were matched; for who may see details, those that were stopped apart.
fn hit_chart(text: Text, wiki: &WikiNow) -> Markup {
    let tells_refused = wiki.minutes.iter().all(|minute| minute.refused.is_some());
    let point = |minute: &Minute| {
        let end = minute.at + SignedDuration::from_secs(60);
        let href = format!(
            "{}?from={}&to={}",
            paths::hits(&wiki.wiki),
            encoded(&minute.at.to_string()),
            encoded(&end.to_string())
        );
        let others = minute.matched.saturating_sub(minute.refused.unwrap_or(0));
        let parts = minute.refused.filter(|_| tells_refused).into_iter().chain([others]).collect();
        Bar { label: clock(minute), parts, href: (minute.matched > 0).then_some(href) }
    };
    let series = if tells_refused {
        vec![text.say("start-refused"), text.say("start-other-hits")]
    } else {
        vec![text.say("start-hits")]
    };
    h::timeline(&Timeline {
        id: &format!("hits-{}", wiki.wiki),
        title: &text.say("start-hits-by-minute"),
        table_label: &text.say("start-table"),
        when: &text.say("start-when"),
        series: &series,
        points: &wiki.minutes.iter().map(point).collect::<Vec<_>>(),
        shape: Shape::Bars,
    })
}

fn clock(minute: &Minute) -> String {
    minute.at.strftime("%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn wiki(name: &str, verdicts: u64, matched: u64) -> WikiNow {
        let minute = Minute { at: jiff::Timestamp::UNIX_EPOCH, verdicts, matched, refused: Some(0) };
        WikiNow { wiki: name.parse().unwrap(), label: name.to_uppercase(), minutes: vec![minute] }
    }

    #[test]
    fn few_wikis_get_charts_and_many_a_line_where_most_was_hit_first() {
        let text = Text::new(Language::En);
        let few = wikis(text, &[wiki("a", 1, 1), wiki("b", 0, 0)]).into_string();
        assert!(few.contains("ww-figure") && few.contains("id=\"quiet\"") && !few.contains("wiki-b"), "{few}");
        let busy: Vec<WikiNow> = (0..5).map(|place| wiki(&format!("w{place}"), 9, place)).collect();
        let many = wikis(text, &busy).into_string();
        assert!(!many.contains("ww-figure"), "{many}");
        let place = |name: &str| many.find(name).unwrap();
        assert!(place("W4") < place("W3") && place("W1") < place("W0"), "{many}");
        assert_eq!(in_words(text, &busy[..1]), None);
        assert!(in_words(text, &busy).unwrap().contains("45 verdicts on 5 wikis"));
    }
}
