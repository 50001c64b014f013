//! How many KMS requests queues cause, from the published formula.

/// Queues in use over a billing period.
///
/// Source: "Amazon SQS Key management", section "Estimating AWS KMS costs", Amazon SQS Developer Guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqsWorkload {
    /// How many equal queues.
    pub queues: u64,
    /// B: seconds in the billing period.
    pub billing_seconds: u64,
    /// D: the data key reuse period in seconds; zero is taken as one.
    pub reuse_seconds: u64,
    /// P: principals that send to each queue.
    pub producers: u64,
    /// C: principals that receive from each queue.
    pub consumers: u64,
}

impl SqsWorkload {
    /// B / D × (2 × P + C) for each queue, rounded up in the end. The number of messages does not count.
    #[must_use]
    pub fn kms_requests(&self) -> u64 {
        let per_period = u128::from(self.producers) * 2 + u128::from(self.consumers);
        let numerator = u128::from(self.billing_seconds).saturating_mul(per_period).saturating_mul(u128::from(self.queues));
        u64::try_from(numerator.div_ceil(u128::from(self.reuse_seconds.max(1)))).unwrap_or(u64::MAX)
    }

    /// The formula with its figures.
    #[must_use]
    pub fn formula(&self) -> String {
        format!(
            "{} queues × {} s / {} s × (2 × {} producers + {} consumers) = {} KMS requests",
            self.queues,
            self.billing_seconds,
            self.reuse_seconds.max(1),
            self.producers,
            self.consumers,
            self.kms_requests()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_comes_out() {
        let month = SqsWorkload { queues: 1, billing_seconds: 31 * 86_400, reuse_seconds: 300, producers: 1, consumers: 1 };
        assert_eq!(month.kms_requests(), 26_784);
        assert_eq!(month.formula(), "1 queues × 2678400 s / 300 s × (2 × 1 producers + 1 consumers) = 26784 KMS requests");
        let daily = SqsWorkload { reuse_seconds: 86_400, ..month };
        assert_eq!(month.kms_requests() / daily.kms_requests(), 288);
    }

    #[test]
    fn no_figure_is_too_large_or_too_small() {
        let huge = SqsWorkload { queues: u64::MAX, billing_seconds: u64::MAX, reuse_seconds: 0, producers: u64::MAX, consumers: u64::MAX };
        assert_eq!(huge.kms_requests(), u64::MAX);
        assert_eq!(SqsWorkload { queues: 0, ..huge }.kms_requests(), 0);
    }
}
