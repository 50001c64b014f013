//! A day of study.

use crate::cloud::{Duration, Instant};
use chrono::NaiveDate;

/// The hour at which a learner's day begins: who studies past midnight still has the same evening.
const DAY_BEGINS: i64 = 4;

/// A day of study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

impl Day {
    /// The day of an instant; it begins at four in the morning, UTC.
    #[must_use]
    pub fn of(now: Instant) -> Self {
        Day(now.checked_sub_signed(Duration::hours(DAY_BEGINS)).unwrap_or(now).date_naive())
    }

    /// The day that a date such as `2027-02-14` names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok().map(Day)
    }

    /// So many days later.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        let days = Duration::try_days(days);
        Day(days.and_then(|days| self.0.checked_add_signed(days)).unwrap_or(self.0))
    }

    /// Days from this one to another.
    #[must_use]
    pub fn days_to(self, other: Self) -> i64 {
        (other.0 - self.0).num_days()
    }

    /// Days since the beginning of 1970.
    #[must_use]
    pub fn number(self) -> i64 {
        self.0.signed_duration_since(NaiveDate::default()).num_days()
    }

    /// The day of this number.
    #[must_use]
    pub fn of_number(number: i64) -> Self {
        Day(NaiveDate::default()).plus(number)
    }

    /// A seed for orders that change from day to day.
    #[must_use]
    pub fn seed(self) -> u64 {
        u64::try_from(self.number()).unwrap_or(0)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::parse_instant;

    #[test]
    fn a_day_begins_at_four() {
        let day = |text: &str| Day::of(parse_instant(text).unwrap());
        assert_eq!(day("2026-03-02T03:59:59Z"), day("2026-03-01T04:00:00Z"));
        assert_ne!(day("2026-03-02T04:00:00Z"), day("2026-03-01T12:00:00Z"));
    }

    #[test]
    fn numbers_and_dates_lead_back() {
        let day = Day::parse("2027-02-14").unwrap();
        assert_eq!((Day::of_number(day.number()), day.to_string().as_str()), (day, "2027-02-14"));
        assert_eq!([Day::parse("2027-02-30"), Day::parse("soon"), Day::parse("")], [None; 3]);
        assert_eq!(day.plus(i64::MAX), day);
    }
}
