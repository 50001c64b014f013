//! What a sitting came to. Source: exam guide of SAA-C03: unanswered is wrong, nothing is lost by guessing, a response counts whole or not at all.

use super::super::question::{Domain, Question};
use super::blueprint::{PASS_LINE, WEIGHTS};
use super::sitting::{Found, Sitting};
use super::wilson::wilson;
use std::borrow::Borrow;

/// What came of one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Right.
    Right,
    /// Wrong, or not wholly answered.
    Wrong,
    /// Not answered, which counts as wrong.
    Unanswered,
    /// The bank has it no longer: it does not count.
    Missing,
}

/// One question with what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marked {
    /// What came of it.
    pub outcome: Outcome,
    /// Whether it counts.
    pub scored: bool,
    /// Its domain.
    pub domain: Domain,
    /// Seconds for which it was looked at.
    pub seconds: u64,
}

/// Scored questions of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DomainScore {
    /// Which.
    pub domain: Domain,
    /// Right ones.
    pub right: usize,
    /// All of them.
    pub of: usize,
}

/// What a sitting came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// Scored questions that are right.
    pub right: usize,
    /// Scored questions.
    pub of: usize,
    /// `100 + 900 × right / of`, rounded down.
    pub scaled: u32,
    /// The scaled scores between which a score of so many questions leaves the true one, with 95 percent (Wilson).
    pub range: (u32, u32),
    /// By domain, those that have scored questions.
    pub domains: Vec<DomainScore>,
    /// Unscored questions that are right, and all of them.
    pub unscored: (usize, usize),
    /// Every question of the paper, in its order.
    pub marks: Vec<Marked>,
}

impl Score {
    /// Whether the score reaches the pass line.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.scaled >= PASS_LINE
    }

    /// How many questions had this outcome, scored or not.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.marks.iter().filter(|mark| mark.outcome == outcome).count()
    }

    /// Seconds for all questions together.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        self.marks.iter().map(|mark| mark.seconds).sum()
    }

    /// Numbers from 1 of the questions that took longest, at most three, and none that took no time.
    #[must_use]
    pub fn slowest(&self) -> Vec<usize> {
        let mut times: Vec<(u64, usize)> = self.marks.iter().enumerate().map(|(at, mark)| (mark.seconds, at + 1)).collect();
        times.retain(|(seconds, _)| *seconds > 0);
        times.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        times.into_iter().take(3).map(|(_, number)| number).collect()
    }
}

/// Marks a sitting against a bank.
#[must_use]
pub fn score(sitting: &Sitting, questions: &[impl Borrow<Question>]) -> Score {
    let rulebook = sitting.rulebook();
    let marked = |(at, (item, entry)): (usize, (&super::PaperItem, &super::Entry))| {
        let outcome = match sitting.found(at, questions) {
            Found::Missing => Outcome::Missing,
            Found::Same(_) | Found::Changed(_) if entry.chosen.is_empty() => Outcome::Unanswered,
            Found::Same(question) | Found::Changed(question) if question.is_right(&entry.chosen, rulebook) => Outcome::Right,
            Found::Same(_) | Found::Changed(_) => Outcome::Wrong,
        };
        Marked { outcome, scored: item.scored, domain: item.domain, seconds: entry.spent_ms / 1_000 }
    };
    let marks: Vec<Marked> = sitting.paper.items.iter().zip(&sitting.entries).enumerate().map(marked).collect();
    let tally = |holds: &dyn Fn(&Marked) -> bool| {
        let counted = || marks.iter().filter(|mark| mark.outcome != Outcome::Missing && holds(mark));
        (counted().filter(|mark| mark.outcome == Outcome::Right).count(), counted().count())
    };
    let (right, of) = tally(&|mark| mark.scored);
    let domains = WEIGHTS
        .iter()
        .map(|(domain, _)| {
            let (right, of) = tally(&|mark| mark.scored && mark.domain == *domain);
            DomainScore { domain: *domain, right, of }
        })
        .filter(|domain| domain.of > 0);
    let domains = domains.collect();
    let unscored = tally(&|mark| !mark.scored);
    let share = if of == 0 { 0.0 } else { precise(right) / precise(of) };
    let (low, high) = wilson(share, precise(of));
    Score { right, of, scaled: whole(right, of), range: (scaled(low), scaled(high)), domains, unscored, marks }
}

/// A count as a number with a point; counts here are small.
pub(in crate::study) fn precise(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// The scaled score in whole numbers, so that the pass line is exact.
fn whole(right: usize, of: usize) -> u32 {
    let above = (900 * right).checked_div(of).and_then(|above| u32::try_from(above).ok());
    100 + above.unwrap_or(0)
}

/// The scaled score of a share, to the nearest whole number.
pub(super) fn scaled(share: f64) -> u32 {
    let points = (100.0 + 900.0 * share.clamp(0.0, 1.0)).round();
    // Between 100 and 1000, so that nothing is cut off.
    (100..=1000).find(|whole| f64::from(*whole) >= points).unwrap_or(1000)
}
