//! How long a block lasts, so that the longest of several can be told.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// When a block ends. Texts that mean nothing to us come first: any other block outlasts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Expiry {
    /// The text is no time that is known here; the wiki decides.
    Unknown,
    /// Then.
    At(Timestamp),
    /// Never.
    Never,
}

/// Words that MediaWiki takes for "never".
const NEVER: [&str; 4] = ["indefinite", "infinite", "infinity", "never"];

/// Reads an expiry as blocks have it: `indefinite`, `31 hours`, `1 week 2 days`, `2027-01-01T00:00:00Z`.
pub(super) fn parse(text: &str, now: Timestamp) -> Expiry {
    let text = text.trim();
    if NEVER.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Expiry::Never;
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Expiry::At(at);
    }
    let Some(span) = span(text) else { return Expiry::Unknown };
    // Months and years have lengths only from a day of a calendar.
    match now.to_zoned(TimeZone::UTC).checked_add(span) {
        Ok(end) => Expiry::At(end.timestamp()),
        Err(_) => Expiry::Never,
    }
}

/// `2 weeks`, `1 day 3 hours`, `+30 minutes`, `a week` is not known.
fn span(text: &str) -> Option<Span> {
    let mut span = Span::new();
    let mut words = text.trim_start_matches('+').split_whitespace().peekable();
    words.peek()?;
    while let Some(word) = words.next() {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = word.split_at_checked(digits)?;
        let number: i64 = number.parse().ok()?;
        let unit = if unit.is_empty() { words.next()? } else { unit };
        let unit = unit.trim_end_matches(',').to_ascii_lowercase();
        let unit = unit.strip_suffix('s').unwrap_or(&unit);
        span = match unit {
            "second" | "sec" => span.try_seconds(span.get_seconds().checked_add(number)?),
            "minute" | "min" => span.try_minutes(span.get_minutes().checked_add(number)?),
            "hour" => span.try_hours(i64::from(span.get_hours()).checked_add(number)?),
            "day" => span.try_days(i64::from(span.get_days()).checked_add(number)?),
            "week" => span.try_weeks(i64::from(span.get_weeks()).checked_add(number)?),
            "fortnight" => span.try_weeks(i64::from(span.get_weeks()).checked_add(number.checked_mul(2)?)?),
            "month" => span.try_months(i64::from(span.get_months()).checked_add(number)?),
            "year" => span.try_years(i64::from(span.get_years()).checked_add(number)?),
            _ => return None,
        }
        .ok()?;
    }
    Some(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_blocks_come_later_and_endless_ones_last() {
        let now: Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
        let order = [
            "a while",
            "90 seconds",
            "31 hours",
            "2 days",
            "1 week 1 hour",
            "2026-02-20T00:00:00Z",
            "1 month",
            "2 fortnights 2 days",
            "1 year",
            "900 years",
            "infinity",
        ];
        for pair in order.windows(2) {
            assert!(parse(pair[0], now) < parse(pair[1], now), "{pair:?}");
        }
        assert_eq!(parse("Indefinite", now), Expiry::Never);
        assert_eq!(parse("1 month", now), Expiry::At("2026-03-01T00:00:00Z".parse().unwrap()));
        assert_eq!(parse("24hours", now), parse("1 day", now));
        for unknown in ["", "5", "week", "1 blink", "-1 day"] {
            assert_eq!(parse(unknown, now), Expiry::Unknown, "{unknown}");
        }
    }
}
