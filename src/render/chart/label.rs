//! Numbers at an axis: `10M`, `$0.50`.

use super::{Scale, Unit};
use crate::pricing::grouped;
use rust_decimal::Decimal;

/// Letters and the zeros that they stand for, the greatest first.
const LETTERS: [(&str, u32); 4] = [("T", 12), ("B", 9), ("M", 6), ("k", 3)];

/// From here on zeros are written as letters.
const LONG: i64 = 10_000;

/// The labels of an axis, one per tick, all in the same form if the axis is linear.
#[must_use]
pub(super) fn labels(ticks: &[Decimal], scale: Scale, unit: Unit) -> Vec<String> {
    match scale {
        Scale::Log => ticks.iter().map(|tick| short_number(*tick, unit)).collect(),
        Scale::Linear => {
            let greatest = ticks.iter().map(Decimal::abs).max().unwrap_or_default();
            let step = ticks.iter().zip(ticks.iter().skip(1)).map(|(a, b)| *b - *a).min().unwrap_or(greatest);
            let letter = LETTERS.into_iter().find(|(_, zeros)| greatest >= long(*zeros) && fits(step, *zeros)).unwrap_or(("", 0));
            let digits = without(step, letter.1).scale();
            ticks.iter().map(|tick| written(*tick, letter, digits, unit)).collect()
        }
    }
}

/// A number alone, as short as it can be without rounding; from 10,000 on with a letter if that is shorter.
#[must_use]
pub(super) fn short_number(number: Decimal, unit: Unit) -> String {
    let letter = LETTERS.into_iter().find(|(_, zeros)| number.abs() >= long(*zeros) && without(number, *zeros).scale() <= 2);
    let letter = letter.unwrap_or(("", 0));
    written(number, letter, without(number, letter.1).scale(), unit)
}

/// The number from which on a letter is used: thousands only above [`LONG`], the others at once.
fn long(zeros: u32) -> Decimal {
    if zeros == 3 { Decimal::from(LONG) } else { Decimal::from(10_u64.saturating_pow(zeros)) }
}

/// Whether a step has at most one digit behind the point when so many zeros are written as a letter.
fn fits(step: Decimal, zeros: u32) -> bool {
    without(step, zeros).scale() <= 1
}

fn without(number: Decimal, zeros: u32) -> Decimal {
    number.checked_div(Decimal::from(10_u64.saturating_pow(zeros))).unwrap_or(number).normalize()
}

fn written(number: Decimal, (letter, zeros): (&str, u32), digits: u32, unit: Unit) -> String {
    if number.is_zero() && unit == Unit::Count {
        return "0".to_owned();
    }
    // Amounts of money have two digits behind the point or none.
    let digits = if unit == Unit::Usd && letter.is_empty() && digits > 0 { digits.max(2) } else { digits };
    let short = without(number.abs(), zeros);
    let whole = grouped(short.trunc());
    let fraction = format!("{:.*}", digits as usize, short.fract());
    let fraction = fraction.trim_start_matches('0');
    let sign = if number.is_sign_negative() && !number.is_zero() { "-" } else { "" };
    let currency = match unit {
        Unit::Count => "",
        Unit::Usd => "$",
    };
    format!("{sign}{currency}{whole}{fraction}{letter}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(ticks: &[&str], unit: Unit) -> Vec<String> {
        labels(&ticks.iter().map(|tick| tick.parse().unwrap()).collect::<Vec<_>>(), Scale::Linear, unit)
    }

    #[test]
    fn labels_of_an_axis_have_one_form() {
        assert_eq!(linear(&["0", "500000", "1000000", "1500000"], Unit::Count), ["0", "0.5M", "1.0M", "1.5M"]);
        assert_eq!(linear(&["0", "5000", "10000"], Unit::Usd), ["$0k", "$5k", "$10k"]);
        assert_eq!(linear(&["0", "0.5", "1"], Unit::Usd), ["$0.00", "$0.50", "$1.00"]);
        assert_eq!(linear(&["0", "500", "1000"], Unit::Usd), ["$0", "$500", "$1,000"]);
        assert_eq!(linear(&["1000000", "1000002", "1000004"], Unit::Count), ["1,000,000", "1,000,002", "1,000,004"]);
        assert_eq!(linear(&["-0.2", "0", "0.2"], Unit::Count), ["-0.2", "0", "0.2"]);
    }

    #[test]
    fn a_number_alone_is_short_and_exact() {
        let shown = |text: &str, unit| short_number(text.parse().unwrap(), unit);
        assert_eq!(shown("1000", Unit::Count), "1,000");
        assert_eq!(shown("10000", Unit::Count), "10k");
        assert_eq!(shown("300000000", Unit::Count), "300M");
        assert_eq!(shown("1234567", Unit::Count), "1,234,567");
        assert_eq!(shown("0.00001", Unit::Usd), "$0.00001");
        assert_eq!(shown("0.5", Unit::Usd), "$0.50");
        assert_eq!(shown("1000000000000000", Unit::Count), "1,000T");
        assert_eq!(shown("-20", Unit::Usd), "-$20");
    }
}
