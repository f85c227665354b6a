//! The tests kept with a filter, beside the rule that stands in its editor.

use super::tests::said;
use crate::html as h;
use crate::text::Text;
use crate::{args, paths};
use maud::{Markup, html};
use wikiward_farm::WikiId;
use wikiward_filters::save::tests_kept::TestOutcome;

/// Where the list stands on the page.
const PLACE: &str = "kept-tests";

/// What each test gives with the rule in the form around it, whose address is `action`; nothing if none is kept. None as
/// `outcomes` means that the rule cannot be run.
pub(crate) fn kept(text: Text, wiki: &WikiId, gid: &str, outcomes: Option<&[TestOutcome]>, action: &str) -> Markup {
    let passing = outcomes.unwrap_or_default().iter().filter(|outcome| outcome.passes() == Some(true)).count();
    html! {
        @if outcomes.is_none_or(|outcomes| !outcomes.is_empty()) {
            div id=(PLACE) tabindex="-1" {
                h3 { (text.say("trials-here")) }
                @match outcomes {
                    None => p { (text.say("trials-here-broken")) },
                    Some(outcomes) => {
                        p.ww-muted { (text.with("trials-here-passing", args![passing, outcomes.len()])) }
                        ul.ww-list {
                            @for outcome in outcomes {
                                li { (h::foreign(&outcome.name)) ": " (said(text, &outcome.actual, outcome.passes())) }
                            }
                        }
                    }
                }
                div.ww-actions {
                    button.cdx-button.cdx-button--weight-normal name="do" value="tests" formaction=(format!("{action}#{PLACE}")) {
                        (text.say("trials-here-run"))
                    }
                    a href=(paths::filter_tests(wiki, gid)) { (text.say("trials-here-all")) }
                }
            }
        }
    }
}
