//! Ranges of whole numbers, spread evenly or by ratio.

/// Most points of a sweep.
pub const MOST_POINTS: u64 = 1_000_000;

/// How the values of a range are spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Spread {
    /// In equal steps.
    #[default]
    Linear,
    /// In equal ratios.
    Logarithmic,
}

/// Values from one number to another, both among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    from: u64,
    to: u64,
    points: u64,
    spread: Spread,
}

/// Why there is no such range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// Not two numbers with dots between.
    #[error("`{text}` is no range: expected two whole numbers from 0 on, like 1_000_000..300_000_000")]
    Form {
        /// What was given.
        text: String,
    },
    /// From is above to.
    #[error("the range is upside down: {from} is above {to}")]
    UpsideDown {
        /// Its beginning.
        from: u64,
        /// Its end.
        to: u64,
    },
    /// A logarithmic range from zero.
    #[error("a logarithmic range begins above zero, and this one begins at 0")]
    LogFromZero,
    /// Too few or too many points.
    #[error("{points} points cannot be made: expected 1 to {MOST_POINTS}")]
    Points {
        /// How many were asked for.
        points: u64,
    },
}

impl Range {
    /// A range of at most so many points; one of them is its beginning.
    ///
    /// # Errors
    /// If it is upside down, begins at zero though it is logarithmic, or has no points or more than [`MOST_POINTS`].
    pub fn new((from, to): (u64, u64), points: u64, spread: Spread) -> Result<Self, RangeError> {
        if from > to {
            return Err(RangeError::UpsideDown { from, to });
        }
        if spread == Spread::Logarithmic && from == 0 {
            return Err(RangeError::LogFromZero);
        }
        if points == 0 || points > MOST_POINTS {
            return Err(RangeError::Points { points });
        }
        Ok(Range { from, to, points, spread })
    }

    /// The ends that a text like `1_000..2_000_000` states.
    ///
    /// # Errors
    /// If it states none.
    pub fn ends(text: &str) -> Result<(u64, u64), RangeError> {
        let number = |text: &str| {
            let digits = text.trim().replace('_', "");
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
        };
        let ends = text.split_once("..").and_then(|(from, to)| Some((number(from)?, number(to)?)));
        ends.ok_or_else(|| RangeError::Form { text: text.to_owned() })
    }

    /// Its first value.
    #[must_use]
    pub fn from(&self) -> u64 {
        self.from
    }

    /// Its last value.
    #[must_use]
    pub fn to(&self) -> u64 {
        self.to
    }

    /// How its values are spread.
    #[must_use]
    pub fn spread(&self) -> Spread {
        self.spread
    }

    /// The values, rising. They are whole numbers: where the range has fewer than points are asked for, each comes once.
    #[must_use]
    pub fn values(&self) -> Vec<u64> {
        let last = self.points - 1;
        let mut values: Vec<u64> = (0..=last).map(|number| self.value(number, last)).collect();
        values.dedup();
        values
    }

    fn value(&self, number: u64, last: u64) -> u64 {
        if number == 0 || last == 0 {
            return self.from;
        }
        if number == last {
            return self.to;
        }
        match self.spread {
            Spread::Linear => {
                let part = u128::from(self.to - self.from) * u128::from(number) / u128::from(last);
                self.from + u64::try_from(part).unwrap_or(u64::MAX)
            }
            Spread::Logarithmic => {
                let share = number as f64 / last as f64;
                let ratio = self.to as f64 / self.from as f64;
                // Within the range, whatever floats make of it.
                ((self.from as f64 * ratio.powf(share)).round() as u64).clamp(self.from, self.to)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(ends: (u64, u64), points: u64, spread: Spread) -> Vec<u64> {
        Range::new(ends, points, spread).unwrap().values()
    }

    #[test]
    fn both_ends_are_among_the_values() {
        assert_eq!(values((0, 10), 5, Spread::Linear), [0, 2, 5, 7, 10]);
        assert_eq!(values((0, 3), 100, Spread::Linear), [0, 1, 2, 3]);
        assert_eq!(values((1, 1_000_000), 7, Spread::Logarithmic), [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]);
        assert_eq!(values((5, 5), 9, Spread::Logarithmic), [5]);
        assert_eq!(values((5, 9), 1, Spread::Linear), [5]);
        assert_eq!(values((0, u64::MAX), 3, Spread::Linear), [0, u64::MAX / 2, u64::MAX]);
        let many = values((1, 1_000_000_000), MOST_POINTS, Spread::Logarithmic);
        assert!(many.is_sorted() && many.last() == Some(&1_000_000_000));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        let new = |ends, points, spread| Range::new(ends, points, spread).unwrap_err();
        assert_eq!(new((2, 1), 5, Spread::Linear), RangeError::UpsideDown { from: 2, to: 1 });
        assert_eq!(new((0, 1), 5, Spread::Logarithmic), RangeError::LogFromZero);
        assert_eq!(new((0, 1), 0, Spread::Linear), RangeError::Points { points: 0 });
        assert_eq!(new((0, 1), 1_000_001, Spread::Linear), RangeError::Points { points: 1_000_001 });
        assert_eq!(Range::ends("1_000..2_000_000"), Ok((1_000, 2_000_000)));
        for wrong in ["", "5", "1..", "-1..5", "1..1e9", "1.5..2", "+1..2", "1..99999999999999999999"] {
            assert!(Range::ends(wrong).is_err(), "{wrong}");
        }
    }
}
