//! What an explanation looks like.

use super::explain::{Explained, Line, Shown, of};
use super::one::Why;
use crate::args;
use crate::html as h;
use crate::text::Text;
use crate::visit::Tone;
use maud::{Markup, html};
use serde_json::Map;
use wikiward_farm::Right;
use wikiward_rules::explain::Explanation;
use wikiward_rules::explain::Why as Skip;

/// The explanation, or why there is none.
pub(super) fn why(text: Text, why: &Why) -> Markup {
    html! {
        @match why {
            Why::Explained(made) => (of_hit(text, made)),
            Why::NoVariables => { p.ww-muted { (text.say("hits-why-no-variables")) } }
            Why::NoRight => { p.ww-muted { (text.with("hits-why-no-right", args![Right::Backtest.name()])) } }
            Why::NoRule => { p.ww-muted { (text.say("hits-why-no-rule")) } }
        }
    }
}

/// An explanation of any rule on any action, with the parts that decided.
pub(crate) fn explained(text: Text, explanation: &Explanation) -> Markup {
    parts(text, &of(explanation, &Map::new()))
}

fn parts(text: Text, made: &Explained) -> Markup {
    html! {
        (tree(text, &made.lines))
        @if made.is_cut { p.ww-muted { (text.say("hits-why-cut")) } }
    }
}

/// What a rule gave that somebody typed, and why.
pub(super) fn of_typed(text: Text, made: &Explained) -> Markup {
    let (tone, said) = match (&made.error, &made.needs, made.is_match) {
        _ if made.is_redacted => (Tone::Notice, html! { (text.say("hits-why-hidden")) }),
        (Some(error), ..) => (Tone::Warning, html! { (text.say("hits-why-error")) " " bdi { (error) } }),
        (None, Some(name), _) => {
            (Tone::Notice, text.rich("hits-archived-lacks", &[html! { code.ww-code { (h::visible(name)) } }]))
        }
        (None, None, true) => (Tone::Done, html! { (text.say("hits-archived-matches")) }),
        (None, None, false) => (Tone::Notice, html! { (text.say("hits-archived-matches-not")) }),
    };
    html! {
        (h::message(tone, said))
        p.ww-muted { (text.with("hits-archived-conditions", args![made.conditions])) }
        (parts(text, made))
    }
}

fn of_hit(text: Text, made: &Explained) -> Markup {
    html! {
        p { (text.with("hits-why-help", args![made.conditions])) }
        @if made.is_redacted { (h::message(Tone::Notice, html! { (text.say("hits-why-hidden")) })) }
        @else if let Some(error) = &made.error { (h::message(Tone::Warning, html! { (text.say("hits-why-error")) " " bdi { (error) } })) }
        @else if let Some(name) = &made.needs {
            (h::message(Tone::Notice, text.rich("hits-why-lacks", &[html! { code.ww-code { (h::visible(name)) } }])))
        } @else if !made.is_match { (h::message(Tone::Notice, html! { (text.say("hits-why-otherwise")) })) }
        (parts(text, made))
    }
}

/// Lines with their levels as nested lists.
fn tree(text: Text, lines: &[Line]) -> Markup {
    let Some(first) = lines.first() else { return html! {} };
    let level = first.level;
    let mut items = Vec::new();
    let mut rest = lines;
    while let Some((head, after)) = rest.split_first() {
        let below = after.iter().take_while(|line| line.level > level).count();
        let (children, others) = after.split_at(below);
        items.push((head, children));
        rest = others;
    }
    html! {
        ul.ww-explain {
            @for (line, children) in items {
                li {
                    (row(text, line))
                    @if !children.is_empty() { (tree(text, children)) }
                }
            }
        }
    }
}

fn row(text: Text, line: &Line) -> Markup {
    html! {
        div.ww-explain-row {
            code.ww-code dir="ltr" { @if line.is_decisive { strong { (h::visible(&line.snippet)) } } @else { (h::visible(&line.snippet)) } }
            span.ww-explain-value {
                @match &line.shown {
                    Shown::Yes => (text.say("hits-why-true")),
                    Shown::No => (text.say("hits-why-false")),
                    Shown::Value(value) => { bdi { (h::visible(value)) } }
                    Shown::Skipped(skip) => { span.ww-muted { (text.say(skipped(*skip))) } }
                    Shown::Hidden => { span.ww-muted { (text.say("hits-why-hidden")) } }
                }
                @if line.is_decisive { " " span.ww-muted { "(" (text.say("hits-why-decisive")) ")" } }
                @if let Some(found) = &line.found { " " mark.ww-match { (h::foreign(found)) } }
            }
        }
    }
}

fn skipped(skip: Skip) -> &'static str {
    match skip {
        Skip::ShortCircuit => "hits-why-short-circuit",
        Skip::OtherBranch => "hits-why-other-branch",
        Skip::Error => "hits-why-after-error",
        Skip::Needs => "hits-why-needs",
    }
}
