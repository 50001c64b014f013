//! The shape of a paper. Source: exam guide of AWS Certified Solutions Architect - Associate (SAA-C03).

use super::super::question::Domain;
use serde::{Deserialize, Serialize};

/// Scaled score from which the exam is passed. Source: the same guide.
pub const PASS_LINE: u32 = 720;

/// Percent of the scored questions by domain. Source: the same guide.
pub const WEIGHTS: [(Domain, usize); 4] = [(Domain::Secure, 30), (Domain::Resilient, 26), (Domain::Performing, 24), (Domain::Cost, 20)];

/// Questions of the exam, and how many of them do not count.
const FULL: (usize, usize) = (65, 15);

/// Questions of a mini exam: three of them do not count, which is the exam's share.
const MINI: usize = 15;

/// Seconds for a question: 130 minutes for 65.
const SECONDS_EACH: u64 = 120;

/// How many questions a paper has, how many of them count, and the time for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blueprint {
    /// Questions.
    pub items: usize,
    /// Of these so many do not count, and are not marked as such.
    pub unscored: usize,
    /// Seconds for all of it; nothing for a paper without a clock.
    pub seconds: Option<u64>,
}

impl Blueprint {
    /// The whole exam: 65 questions, 15 of them unscored, 130 minutes.
    #[must_use]
    pub fn full() -> Self {
        Blueprint::of(FULL.0)
    }

    /// A mini exam: 15 questions, 3 of them unscored, 30 minutes.
    #[must_use]
    pub fn mini() -> Self {
        Blueprint::of(MINI)
    }

    /// So many questions, with the exam's share of unscored ones and two minutes for each.
    #[must_use]
    pub fn of(items: usize) -> Self {
        let unscored = (items * FULL.1 * 2 + FULL.0) / (FULL.0 * 2);
        Blueprint { items, unscored, seconds: u64::try_from(items).ok().map(|items| items * SECONDS_EACH) }
    }

    /// With so many minutes more: AWS grants 30 to those who sit the exam in English and do not speak it natively.
    #[must_use]
    pub fn with_extra(self, minutes: u64) -> Self {
        Blueprint { seconds: self.seconds.map(|seconds| seconds.saturating_add(minutes.saturating_mul(60))), ..self }
    }

    /// Without a clock.
    #[must_use]
    pub fn untimed(self) -> Self {
        Blueprint { seconds: None, ..self }
    }

    /// Questions that count.
    #[must_use]
    pub fn scored(self) -> usize {
        self.items.saturating_sub(self.unscored)
    }
}

/// Splits a number of questions by the weights of the domains: whole parts first, the rest to the largest remainders.
pub(super) fn shares(count: usize) -> [(Domain, usize); 4] {
    let mut shares = WEIGHTS.map(|(domain, percent)| (domain, count * percent / 100));
    let mut rest: Vec<(usize, usize)> = WEIGHTS.iter().enumerate().map(|(at, (_, percent))| (count * percent % 100, at)).collect();
    // Of equal remainders the heavier domain comes first.
    rest.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let missing = count - shares.iter().map(|(_, share)| share).sum::<usize>();
    for (_, at) in rest.into_iter().take(missing) {
        if let Some((_, share)) = shares.get_mut(at) {
            *share += 1;
        }
    }
    shares
}
