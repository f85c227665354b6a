//! What the emergency brake would have said, in words.

use crate::args;
use crate::html as h;
use crate::text::Text;
use maud::{Markup, html};
use wikiward_farm::clock::from_micros;
use wikiward_filters::backtest::forecast::{Forecast, NoForecast};

/// A forecast, and how much it rests on.
pub(crate) fn foretold(text: Text, forecast: &Forecast) -> Markup {
    html! { p { (brake(text, forecast)) } (thinned(text, forecast)) }
}

/// What the emergency brake would have done, in words.
fn brake(text: Text, forecast: &Forecast) -> Markup {
    if let Some(none) = forecast.none {
        let key = match none {
            NoForecast::Harmless => "backtests-brake-harmless",
            NoForecast::NotObserved => "backtests-brake-not-observed",
            NoForecast::Compat => "backtests-brake-compat",
        };
        return html! { (text.say(key)) };
    }
    let matches = html! { (text.number(i64::try_from(forecast.matches).unwrap_or(i64::MAX))) };
    let Some(latch) = &forecast.latch else { return text.rich("backtests-brake-none", &[matches]) };
    let what = match latch.class.as_str() {
        "D" => "backtests-brake-d",
        "O" => "backtests-brake-o",
        _ => "backtests-brake-n",
    };
    html! {
        (text.rich(what, &[h::moment(from_micros(latch.at)), matches])) " "
        @match latch.path.as_str() {
            "A" => (text.with("backtests-brake-harm", args![latch.people, latch.ranges])),
            "B" => (text.say("backtests-brake-missing")),
            _ => (text.say("backtests-brake-ceiling")),
        }
    }
}

fn thinned(text: Text, forecast: &Forecast) -> Markup {
    html! {
        @if forecast.coverage > 0.0 && forecast.coverage < 0.995 {
            p.ww-muted { (text.with("backtests-brake-thinned", args![&text.decimal(forecast.coverage * 100.0, 1)])) }
        }
    }
}
