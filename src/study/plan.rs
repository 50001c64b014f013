//! What a learner has set out to do: how well, how long a day, and by when.

use super::day::Day;
use super::item::ItemKind;

/// New items a day when no exam is in sight.
const NEW_A_DAY: usize = 8;

/// Most new items a day: with more, their reviews no longer fit into the days that follow.
const MOST_NEW_A_DAY: usize = 25;

/// In so many days before the exam nothing new is begun: what is met then cannot be seen twice.
const DAYS_WITHOUT_NEW: i64 = 7;

/// What a learner has set out to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// The share of items to be known when they come again, from 0.7 to 0.97.
    pub retention: f32,
    /// The day of the exam.
    pub exam: Option<Day>,
    /// Minutes of a session.
    pub minutes: u32,
    /// Answers a day.
    pub goal: u32,
}

impl Default for Plan {
    /// Nine in ten, ten minutes, twenty answers.
    fn default() -> Self {
        Plan { retention: 0.9, exam: None, minutes: 10, goal: 20 }
    }
}

/// How fast new items have to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// New items a day.
    pub new_a_day: usize,
    /// Days until the exam, if there is one to come.
    pub days_left: Option<i64>,
    /// Items that will not be met before the exam.
    pub left_out: usize,
}

impl Plan {
    /// The retentions that can be asked for: below them learning is guessing, above them reviews never end.
    pub const RETENTION: std::ops::RangeInclusive<f32> = 0.7..=0.97;

    /// The pace for so many items that were never seen. An exam that is over counts no more.
    #[must_use]
    pub fn pace(&self, unseen: usize, today: Day) -> Pace {
        let Some(days_left) = self.exam.map(|exam| today.days_to(exam)).filter(|days| *days >= 0) else {
            return Pace { new_a_day: NEW_A_DAY, days_left: None, left_out: 0 };
        };
        let days = usize::try_from(days_left - DAYS_WITHOUT_NEW).unwrap_or(0);
        let new_a_day = if days == 0 { 0 } else { unseen.div_ceil(days).min(MOST_NEW_A_DAY) };
        Pace { new_a_day, days_left: Some(days_left), left_out: unseen.saturating_sub(new_a_day * days) }
    }
}

/// How long an item of a kind takes: what this learner took on average, once there are some answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tempo {
    /// By kind: how many answers, and how many milliseconds they took together.
    measured: [(u64, u64); ItemKind::ALL.len()],
}

/// So many answers make an average.
const ENOUGH: u64 = 10;

impl Tempo {
    /// With so many answers to items of a kind, which took so many milliseconds together.
    pub fn add(&mut self, kind: ItemKind, answers: u64, millis: u64) {
        if let Some((count, sum)) = self.measured.get_mut(kind as usize) {
            *count = count.saturating_add(answers);
            *sum = sum.saturating_add(millis);
        }
    }

    /// Seconds for one item of a kind, reading what comes after it included.
    #[must_use]
    pub fn seconds(&self, kind: ItemKind) -> u64 {
        match self.measured.get(kind as usize) {
            Some((count, sum)) if *count >= ENOUGH => (sum / count / 1_000).clamp(5, 900),
            Some(_) | None => kind.usual_seconds(),
        }
    }
}

/// Days of study in a row, up to today, or to yesterday as long as today has none.
#[must_use]
pub fn streak(days: &[(Day, u32)], today: Day) -> usize {
    let mut expected = match days.last() {
        Some((last, _)) if *last == today || *last == today.plus(-1) => *last,
        Some(_) | None => return 0,
    };
    let mut count = 0;
    for (day, _) in days.iter().rev() {
        if *day != expected {
            break;
        }
        count += 1;
        expected = day.plus(-1);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Day {
        Day::parse("2026-03-01").unwrap()
    }

    #[test]
    fn new_items_are_spread_over_the_days_before_the_last_week() {
        let pace = |unseen, days| Plan { exam: Some(today().plus(days)), ..Plan::default() }.pace(unseen, today());
        assert_eq!(pace(112, 21), Pace { new_a_day: 8, days_left: Some(21), left_out: 0 });
        assert_eq!(pace(100, 9), Pace { new_a_day: 25, days_left: Some(9), left_out: 50 });
        assert_eq!(pace(10, 5), Pace { new_a_day: 0, days_left: Some(5), left_out: 10 });
        // The day after.
        assert_eq!(pace(10, -1), Plan::default().pace(10, today()));
    }

    #[test]
    fn a_streak_ends_where_a_day_is_missing_and_today_is_no_such_day_yet() {
        let days = |gaps: &[i64]| gaps.iter().map(|days| (today().plus(-days), 1)).collect::<Vec<_>>();
        assert_eq!(streak(&days(&[4, 2, 1, 0]), today()), 3);
        assert_eq!(streak(&days(&[4, 2, 1]), today()), 2);
        assert_eq!(streak(&days(&[4, 2]), today()), 0);
        assert_eq!(streak(&[], today()), 0);
    }

    #[test]
    fn the_tempo_is_the_learners_own_after_some_answers() {
        let mut tempo = Tempo::default();
        assert_eq!(tempo.seconds(ItemKind::Question), 45);
        tempo.add(ItemKind::Question, 9, 9 * 20_000);
        assert_eq!(tempo.seconds(ItemKind::Question), 45);
        tempo.add(ItemKind::Question, 1, 20_000);
        assert_eq!(tempo.seconds(ItemKind::Question), 20);
    }
}
