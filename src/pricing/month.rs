//! Calendar months in UTC: what bills are drawn up for.

use crate::cloud::Instant;
use chrono::{Datelike, NaiveDate};
use std::fmt;

/// A calendar month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// INVARIANT: 1 to 9999.
    year: u16,
    /// INVARIANT: 1 to 12.
    month: u8,
}

impl Month {
    /// Reads `2026-11`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        if year.len() != 4 || month.len() != 2 || !(year.bytes().chain(month.bytes())).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Month::new(year.parse().ok()?, month.parse().ok()?)
    }

    fn new(year: u16, month: u8) -> Option<Self> {
        ((1..=9999).contains(&year) && (1..=12).contains(&month)).then_some(Month { year, month })
    }

    /// The month that an instant lies in; nothing outside the years 1 to 9999.
    #[must_use]
    pub fn of(instant: Instant) -> Option<Self> {
        Month::new(u16::try_from(instant.year()).ok()?, u8::try_from(instant.month()).ok()?)
    }

    /// The month after it, up to the end of the year 9999.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        let (year, month) = self.following();
        Month::new(year, month)
    }

    fn following(self) -> (u16, u8) {
        if self.month == 12 { (self.year + 1, 1) } else { (self.year, self.month + 1) }
    }

    /// Its first instant.
    #[must_use]
    pub fn start(self) -> Instant {
        midnight(self.year, self.month)
    }

    /// The first instant after it.
    #[must_use]
    pub fn end(self) -> Instant {
        let (year, month) = self.following();
        midnight(year, month)
    }

    /// The hours it has: 672 to 744.
    ///
    /// AWS prorates by the hour without naming the divisor; its example of a custom key store counts the hours
    /// of the calendar month. Source: "AWS Key Management Service Pricing".
    #[must_use]
    pub fn hours(self) -> u32 {
        u32::try_from((self.end() - self.start()).num_hours()).unwrap_or(0)
    }

    /// The whole hours of this month that lie between two instants; an instant counts as its nearest whole hour.
    ///
    /// Source: "AWS Key Management Service Pricing", on the month in which a key is created.
    #[must_use]
    pub fn hours_between(self, from: Instant, to: Instant) -> u32 {
        let hour = |instant: Instant| {
            let inside = instant.clamp(self.start(), self.end());
            ((inside - self.start()).num_seconds() + 1_800) / 3_600
        };
        u32::try_from(hour(to) - hour(from)).unwrap_or(0)
    }
}

fn midnight(year: u16, month: u8) -> Instant {
    // Every first of a month in these years is a date; the fallback only spares a panic.
    let date = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), 1).unwrap_or_default();
    date.and_time(chrono::NaiveTime::MIN).and_utc()
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl serde::Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::parse_instant;
    use proptest::prelude::*;

    #[test]
    fn months_have_the_hours_of_their_days() {
        let hours = |text: &str| Month::parse(text).unwrap().hours();
        assert_eq!(["2026-02", "2028-02", "2026-06", "2026-12"].map(hours), [672, 696, 720, 744]);
        assert_eq!(hours("9999-12"), 744);
        for wrong in ["", "2026", "2026-13", "2026-00", "0000-01", "26-01", "2026-1", "2026-11-01", "+026-01", "२०२६-११"] {
            assert_eq!(Month::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_instant_counts_as_its_nearest_hour() {
        let month = Month::parse("2026-06").unwrap();
        let until_end = |text: &str| month.hours_between(parse_instant(text).unwrap(), month.end());
        assert_eq!(until_end("2026-06-30T22:29:59Z"), 2);
        assert_eq!(until_end("2026-06-30T22:30:00Z"), 1);
        assert_eq!(until_end("2026-07-01"), 0);
        assert_eq!(until_end("2020-01-01"), 720);
        assert_eq!(month.hours_between(month.end(), month.start()), 0);
    }

    proptest! {
        #[test]
        fn the_hours_of_a_month_sum_up(year in 1u16..=9999, number in 1u8..=12, cut in 0i64..2_700_000) {
            let month = Month::new(year, number).unwrap();
            let middle = month.start() + chrono::TimeDelta::seconds(cut);
            let parts = month.hours_between(month.start(), middle) + month.hours_between(middle, month.end());
            prop_assert_eq!(parts, month.hours());
            prop_assert_eq!(Month::parse(&month.to_string()), Some(month));
            prop_assert_eq!(Month::of(month.start()), Some(month));
            prop_assert_eq!(Month::of(month.end()), month.next());
        }
    }
}
