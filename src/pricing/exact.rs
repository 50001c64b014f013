//! Adding amounts up without rounding.

use super::{Month, PricingError};
use rust_decimal::Decimal;

/// The least number that the hours of a month of 28, 29, 30 and 31 days all divide.
const COMMON: u64 = 9_061_920;

/// A sum of dollars. What is charged by the hour of a month is kept in shares of a common denominator and divided once, at
/// the end: three thirds of a month are a month, and the order of the parts does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExactSum {
    whole: Decimal,
    /// Dollars times [`COMMON`].
    shares: Decimal,
}

impl ExactSum {
    /// Adds an amount.
    ///
    /// # Errors
    /// If the sum leaves the range of decimals.
    pub fn add(&mut self, amount: Decimal) -> Result<(), PricingError> {
        self.whole = self.whole.checked_add(amount).ok_or(PricingError::Overflow)?;
        Ok(())
    }

    /// Adds what is charged by the hour: the price of a whole month, times hours of this month.
    ///
    /// # Errors
    /// If the sum leaves the range of decimals.
    pub fn add_hours(&mut self, month: Month, monthly_times_hours: Decimal) -> Result<(), PricingError> {
        let share = Decimal::from(COMMON / u64::from(month.hours()).max(1));
        let shares = monthly_times_hours.checked_mul(share).and_then(|shares| self.shares.checked_add(shares));
        self.shares = shares.ok_or(PricingError::Overflow)?;
        Ok(())
    }

    /// Adds another sum so many times.
    ///
    /// # Errors
    /// If the sum leaves the range of decimals.
    pub fn add_times(&mut self, other: &ExactSum, times: u64) -> Result<(), PricingError> {
        let times = Decimal::from(times);
        let whole = other.whole.checked_mul(times).and_then(|whole| self.whole.checked_add(whole));
        let shares = other.shares.checked_mul(times).and_then(|shares| self.shares.checked_add(shares));
        (self.whole, self.shares) = (whole.ok_or(PricingError::Overflow)?, shares.ok_or(PricingError::Overflow)?);
        Ok(())
    }

    /// The sum as a decimal: exact, or with 28 digits where it has no end.
    ///
    /// # Errors
    /// If it leaves the range of decimals.
    pub fn total(&self) -> Result<Decimal, PricingError> {
        let shares = self.shares.checked_div(Decimal::from(COMMON)).and_then(|shares| self.whole.checked_add(shares));
        Ok(shares.ok_or(PricingError::Overflow)?.normalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirds_of_different_months_make_a_whole() {
        let mut sum = ExactSum::default();
        for (month, hours) in [("2026-02", 224), ("2028-02", 232), ("2026-06", 240), ("2026-07", 248), ("2026-08", 496)] {
            sum.add_hours(Month::parse(month).unwrap(), Decimal::from(hours)).unwrap();
        }
        assert_eq!(sum.total().unwrap(), Decimal::TWO);
        assert_eq!(COMMON % 672 + COMMON % 696 + COMMON % 720 + COMMON % 744, 0);
        let mut twelve = ExactSum::default();
        twelve.add(Decimal::new(3, 6)).unwrap();
        twelve.add_times(&sum, 6).unwrap();
        assert_eq!(twelve.total().unwrap().to_string(), "12.000003");
    }
}
