//! Amounts of money for people.

use rust_decimal::{Decimal, RoundingStrategy};

/// An amount with two decimals, half up, and what it is exactly where that is something else:
/// `1.00`, `0.00 (exactly 0.000003)`, `0.33 (about 0.333333333333)`.
#[must_use]
pub fn usd(amount: Decimal) -> String {
    let cents = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    let exact = amount.normalize();
    if cents == exact {
        return format!("{cents:.2}");
    }
    // More digits than twelve come from dividing by the hours of a month and tell nothing.
    let short = exact.round_dp(12);
    let word = if short == exact { "exactly" } else { "about" };
    if short == cents { format!("{cents:.2}") } else { format!("{cents:.2} ({word} {})", short.normalize()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_in_cents_and_exactly_where_cents_are_not_enough() {
        let shown = |text: &str| usd(text.parse().unwrap());
        assert_eq!(shown("1"), "1.00");
        assert_eq!(shown("0.000003"), "0.00 (exactly 0.000003)");
        assert_eq!(shown("12.225"), "12.23 (exactly 12.225)");
        assert_eq!(shown("2380.80"), "2380.80");
        assert_eq!(usd(Decimal::ONE / Decimal::from(3)), "0.33 (about 0.333333333333)");
        assert_eq!(shown("0.9999999999999999999999999999"), "1.00");
        assert_eq!(usd(Decimal::ZERO), "0.00");
    }
}
