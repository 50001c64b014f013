//! When an item is due again: a short table of intervals, the same for everybody.
//!
//! A right answer moves an item one step along [`INTERVALS`]; a wrong one, or a lucky guess, puts it back to the
//! start, and the session brings it again. Expanding gaps keep recall high while learning (Kang and others 2014).

use super::progress::Record;
use crate::cloud::{Duration, Instant};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// Days until an item comes back, by the number of right answers in a row.
const INTERVALS: [i64; 5] = [1, 3, 7, 16, 35];

/// The hour at which a learner's day begins: who studies past midnight still has the same evening.
const DAY_BEGINS: i64 = 4;

/// A day of study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

impl Day {
    /// The day of an instant; it begins at four in the morning.
    #[must_use]
    pub fn of(now: Instant) -> Self {
        Day(now.checked_sub_signed(Duration::hours(DAY_BEGINS)).unwrap_or(now).date_naive())
    }

    /// So many days later.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Day(self.0.checked_add_signed(Duration::days(days)).unwrap_or(self.0))
    }

    /// Days from this one to another.
    #[must_use]
    pub fn days_to(self, other: Self) -> i64 {
        (other.0 - self.0).num_days()
    }

    /// A seed for orders that change from day to day.
    #[must_use]
    pub fn seed(self) -> u64 {
        u64::try_from(self.0.signed_duration_since(NaiveDate::default()).num_days()).unwrap_or(0)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What came of one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Right.
    Right,
    /// Right by a guess: not yet known, but no error.
    Lucky,
    /// Wrong.
    Wrong,
    /// Not answered: the schedule stays as it is.
    Skipped,
}

impl Grade {
    /// The grade of an answer; confidence runs from 1 (a guess) to 3 (sure), and nobody has to name it.
    #[must_use]
    pub fn of(right: bool, confidence: Option<u8>) -> Self {
        match (right, confidence) {
            (true, Some(1)) => Grade::Lucky,
            (true, _) => Grade::Right,
            (false, _) => Grade::Wrong,
        }
    }

    /// Whether the item is known by this answer.
    #[must_use]
    pub fn is_known(self) -> bool {
        self == Grade::Right
    }
}

/// What is remembered of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// How often it was answered.
    pub seen: u32,
    /// Right answers in a row, each on a day when it was due.
    pub streak: usize,
    /// When it is due.
    pub due: Day,
    /// When it was answered last.
    pub last: Day,
}

/// What is remembered of all items.
#[derive(Clone, Debug, Default)]
pub struct History {
    items: BTreeMap<String, Memory>,
}

impl History {
    /// The history that records tell, oldest first.
    #[must_use]
    pub fn of<'r>(records: impl IntoIterator<Item = &'r Record>) -> Self {
        let mut history = History::default();
        for record in records {
            history.learn(&record.item, record.grade, Day::of(record.at));
        }
        history
    }

    /// What is remembered of an item.
    #[must_use]
    pub fn memory(&self, item: &str) -> Option<&Memory> {
        self.items.get(item)
    }

    /// Takes in one answer.
    pub fn learn(&mut self, item: &str, grade: Grade, today: Day) {
        if grade == Grade::Skipped {
            return;
        }
        let before = self.items.get(item).copied();
        let (seen, streak) = before.map_or((0, 0), |memory| (memory.seen, memory.streak));
        // Practice ahead of time is welcome, but it is no proof that the interval was long enough.
        let early = before.is_some_and(|memory| memory.streak > 0 && today < memory.due);
        let (streak, due) = match (grade.is_known(), before.filter(|_| early)) {
            (true, Some(memory)) => (streak, memory.due),
            (true, None) => (streak + 1, today.plus(interval(streak))),
            (false, _) => (0, today),
        };
        self.items.insert(item.to_owned(), Memory { seen: seen + 1, streak, due, last: today });
    }

    /// How many of these items are due by a day.
    #[must_use]
    pub fn due_by<'i>(&self, items: impl IntoIterator<Item = &'i str>, day: Day) -> usize {
        items.into_iter().filter(|item| self.memory(item).is_some_and(|memory| memory.due <= day)).count()
    }
}

/// Days until an item comes back that had `streak` right answers before this one.
fn interval(streak: usize) -> i64 {
    INTERVALS.get(streak).or(INTERVALS.last()).copied().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::parse_instant;

    fn day(text: &str) -> Day {
        Day::of(parse_instant(text).unwrap())
    }

    fn after(grades: &[(&str, Grade)]) -> Memory {
        let mut history = History::default();
        for (date, grade) in grades {
            history.learn("item", *grade, day(date));
        }
        *history.memory("item").unwrap()
    }

    const NOON: &str = "2026-03-01T12:00:00Z";

    #[test]
    fn right_answers_on_due_days_walk_the_intervals() {
        let mut history = History::default();
        let mut today = day(NOON);
        let mut gaps = Vec::new();
        for _ in 0..6 {
            history.learn("item", Grade::Right, today);
            let due = history.memory("item").unwrap().due;
            gaps.push(today.days_to(due));
            today = due;
        }
        assert_eq!(gaps, [1, 3, 7, 16, 35, 35]);
    }

    #[test]
    fn a_wrong_answer_goes_back_to_the_start() {
        let memory = after(&[
            ("2026-03-01T12:00:00Z", Grade::Right),
            ("2026-03-02T12:00:00Z", Grade::Right),
            ("2026-03-05T12:00:00Z", Grade::Wrong),
        ]);
        assert_eq!((memory.streak, memory.due, memory.seen), (0, day("2026-03-05T12:00:00Z"), 3));
    }

    #[test]
    fn a_lucky_guess_is_not_yet_known() {
        assert_eq!(Grade::of(true, Some(1)), Grade::Lucky);
        let memory = after(&[(NOON, Grade::Lucky)]);
        assert_eq!((memory.streak, memory.due), (0, day(NOON)));
    }

    #[test]
    fn a_repaired_item_is_due_tomorrow() {
        assert_eq!(after(&[(NOON, Grade::Wrong), (NOON, Grade::Right)]).due, day(NOON).plus(1));
    }

    #[test]
    fn practice_ahead_of_time_does_not_lengthen_the_interval() {
        let memory = after(&[(NOON, Grade::Right), (NOON, Grade::Right), (NOON, Grade::Right)]);
        assert_eq!((memory.streak, memory.due), (1, day(NOON).plus(1)));
    }

    #[test]
    fn a_skipped_item_stays_as_it_was() {
        let mut history = History::default();
        history.learn("item", Grade::Skipped, day(NOON));
        assert_eq!(history.memory("item"), None);
    }

    #[test]
    fn a_day_begins_at_four() {
        assert_eq!(day("2026-03-02T03:59:59Z"), day("2026-03-01T04:00:00Z"));
        assert_ne!(day("2026-03-02T04:00:00Z"), day("2026-03-01T12:00:00Z"));
    }
}
