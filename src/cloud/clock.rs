//! Virtual time: instants, spans of time, and how both are written.

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};

/// A point of virtual time, in UTC.
pub type Instant = DateTime<Utc>;

/// A span of time.
pub type Duration = TimeDelta;

/// The instant `span` after another; past the end of the calendar it stays at its end.
#[must_use]
pub fn after(from: Instant, span: Duration) -> Instant {
    from.checked_add_signed(span).unwrap_or(Instant::MAX_UTC)
}

/// The instant so many days after another.
#[must_use]
pub fn days_after(from: Instant, days: u32) -> Instant {
    after(from, Duration::days(i64::from(days)))
}

/// Reads `100ms`, `90s`, `5m`, `12h`, `400d` or `2w`; several may follow each other, as in `1d12h`.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut total = Duration::zero();
    let mut digits = String::new();
    let mut letters = text.trim().chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let number: i64 = digits.parse().ok()?;
        digits.clear();
        let part = match letter {
            'm' if letters.next_if_eq(&'s').is_some() => Duration::try_milliseconds(number),
            's' => Duration::try_seconds(number),
            'm' => Duration::try_minutes(number),
            'h' => Duration::try_hours(number),
            'd' => Duration::try_days(number),
            'w' => Duration::try_weeks(number),
            _ => None,
        }?;
        total = total.checked_add(&part)?;
    }
    (digits.is_empty() && !text.trim().is_empty()).then_some(total)
}

/// Writes a span in its largest whole units, as [`parse_duration`] reads it.
#[must_use]
pub fn format_duration(span: Duration) -> String {
    let mut rest = span.num_seconds();
    let mut text = String::new();
    for (letter, seconds) in [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)] {
        if rest >= seconds {
            text.push_str(&format!("{}{letter}", rest / seconds));
            rest %= seconds;
        }
    }
    let milliseconds = span.subsec_nanos() / 1_000_000;
    if milliseconds > 0 {
        text.push_str(&format!("{milliseconds}ms"));
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Reads an ISO 8601 instant, or a date, which means its midnight in UTC.
#[must_use]
pub fn parse_instant(text: &str) -> Option<Instant> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.with_timezone(&Utc));
    }
    let date: NaiveDate = text.parse().ok()?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc())
}

/// Writes an instant as AWS's APIs do, and CloudTrail in `eventTime`: `2026-01-15T10:30:00Z`.
#[must_use]
pub fn format_instant(instant: Instant) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Writes an instant as CloudTrail does inside requests and responses: `Jan 15, 2026, 10:30:00 AM`.
#[must_use]
pub fn format_logged(instant: Instant) -> String {
    instant.format("%b %-d, %Y, %-I:%M:%S %p").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_back_as_written() {
        for text in ["90d", "1d12h", "5m", "1s", "100ms", "5m1s20ms"] {
            assert_eq!(format_duration(parse_duration(text).unwrap()), text);
        }
        for wrong in ["", "5", "d", "5x", "1 d", "99999999999999999999d", "9223372036854775807w", "-5d"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_date_is_its_midnight() {
        assert_eq!(format_instant(parse_instant("2026-01-15").unwrap()), "2026-01-15T00:00:00Z");
        assert_eq!(format_instant(parse_instant("2026-01-15T10:30:00+02:00").unwrap()), "2026-01-15T08:30:00Z");
        assert_eq!(parse_instant("yesterday"), None);
    }
}
