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

/// A count with its thousands apart, and at most two decimals: `1,529,980,009`, `0.97`.
#[must_use]
pub fn grouped(count: Decimal) -> String {
    let text = count.round_dp(2).normalize().to_string();
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let digits = whole.trim_start_matches('-').len();
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len() - index;
        if index > whole.len() - digits && left % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match rest {
        Some(rest) => format!("{grouped}.{rest}"),
        None => grouped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_their_thousands_apart() {
        let shown = |text: &str| grouped(text.parse().unwrap());
        for (text, wanted) in [
            ("1529980009", "1,529,980,009"),
            ("999", "999"),
            ("1000", "1,000"),
            ("0.9677", "0.97"),
            ("-12345", "-12,345"),
            ("744.00", "744"),
        ] {
            assert_eq!(shown(text), wanted);
        }
    }

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
