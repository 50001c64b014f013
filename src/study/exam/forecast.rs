//! What an exam would come to today, from what is remembered of drills.

use super::super::question::Domain;
use super::blueprint::{Blueprint, WEIGHTS};
use super::score::{precise, scaled};
use super::wilson::wilson;

/// Below so many answers there is no forecast.
pub const LEAST_ANSWERS: usize = 10;

/// Questions that are alike: of a domain, or of a topic in it.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastGroup {
    /// Their domain.
    pub domain: Domain,
    /// Of each question that was answered before: the probability that it is recalled now, from 0 to 1.
    pub recalls: Vec<f64>,
    /// How many were never answered.
    pub unseen: usize,
    /// The chance to guess one right: one in the number of its options, or of their combinations.
    pub chance: f64,
}

/// What an exam would come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The expected scaled score.
    pub scaled: u32,
    /// The scaled scores between which it lies with 95 percent: chance in the draw of 50 scored questions, and in so few answers.
    pub range: (u32, u32),
    /// Questions that were answered before.
    pub seen: usize,
    /// Questions that were not, for which a guess is all that is expected.
    pub unseen: usize,
    /// Answers that it rests on.
    pub answers: usize,
    /// Expected share of right answers by domain.
    pub domains: Vec<(Domain, f64)>,
}

/// The chance to guess `choose` of so many options: one in the number of their combinations.
#[must_use]
pub fn chance(options: usize, choose: usize) -> f64 {
    (0..choose.min(options)).map(|taken| precise(choose - taken) / precise(options - taken)).product()
}

/// The forecast for a paper of the exam's shape; nothing where `answers`, the number of answers in drills, is too small for one.
///
/// A question is right if it is recalled, or else by a guess. Domains weigh as in the exam; one without questions is left out.
#[must_use]
pub fn forecast(groups: &[ForecastGroup], answers: usize) -> Option<Forecast> {
    if answers < LEAST_ANSWERS {
        return None;
    }
    let mut domains = Vec::new();
    let (mut sum, mut weight) = (0.0, 0.0);
    for (domain, percent) in WEIGHTS {
        let (mut right, mut count) = (0.0, 0.0);
        for group in groups.iter().filter(|group| group.domain == domain) {
            let recalled = group.recalls.iter().map(|recall| recall + (1.0 - recall) * group.chance).sum::<f64>();
            right += recalled + precise(group.unseen) * group.chance;
            count += precise(group.recalls.len() + group.unseen);
        }
        if count > 0.0 {
            domains.push((domain, right / count));
            sum += precise(percent) * right / count;
            weight += precise(percent);
        }
    }
    if weight == 0.0 {
        return None;
    }
    let share = sum / weight;
    let seen: usize = groups.iter().map(|group| group.recalls.len()).sum();
    let unseen = groups.iter().map(|group| group.unseen).sum();
    // Two independent errors add up like those of one smaller sample.
    let drawn = precise(Blueprint::full().scored());
    let (low, high) = wilson(share, 1.0 / (1.0 / drawn + 1.0 / precise(seen.max(1))));
    Some(Forecast { scaled: scaled(share), range: (scaled(low), scaled(high)), seen, unseen, answers, domains })
}
