//! Amounts of money for people.

use rust_decimal::{Decimal, RoundingStrategy};

fn to_cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// An amount that is over a limit, with two decimals; exactly, if cents would hide that it is over.
#[must_use]
pub fn usd_over(amount: Decimal, limit: Decimal) -> String {
    let cents = to_cents(amount);
    if cents > limit { format!("{cents:.2}") } else { usd(amount) }
}

/// An amount with two decimals, half up, and what it is exactly where that is something else:
/// `1.00`, `0.00 (exactly 0.000003)`, `0.33 (about 0.333333333333)`.
#[must_use]
pub fn usd(amount: Decimal) -> String {
    let cents = to_cents(amount);
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

    #[test]
    fn an_amount_over_its_limit_is_told_in_cents_unless_they_hide_that() {
        let ten = Decimal::TEN;
        assert_eq!(usd_over("4590.940027".parse().unwrap(), ten), "4590.94");
        assert_eq!(usd_over("10.000003".parse().unwrap(), ten), "10.00 (exactly 10.000003)");
    }
}
