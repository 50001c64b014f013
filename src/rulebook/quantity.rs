//! Ids of facts that the program leans on, typed by what their value is.
//!
//! Asking a rulebook with one of these cannot fail. Each id stands in [`super::ids`], and a test there
//! resolves every one of them in both rulebooks; were one missing nevertheless, the answer would be zero
//! or "not allowed" rather than a panic.

use super::Value;
use chrono::TimeDelta;
use rust_decimal::Decimal;

macro_rules! fact_ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(&'static str);

        impl $name {
            /// The id of a fact; whether such a fact exists is for the test of [`super::ids`] to say.
            pub(super) const fn new(id: &'static str) -> Self {
                $name(id)
            }

            /// The id as it stands in the files of facts and in texts.
            #[must_use]
            pub const fn id(self) -> &'static str {
                self.0
            }
        }
    )*};
}

fact_ids! {
    /// A whole number of days.
    DaysFact
    /// A whole number of anything; `unlimited` is the greatest number there is.
    NumberFact
    /// A decimal amount, of money for example.
    AmountFact
    /// `allowed` or `denied`, `yes` or `no`.
    PermissionFact
    /// A span of time in a unit from seconds to days.
    SpanFact
}

impl Value {
    /// The value as a whole number; `unlimited` is the greatest one.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        if self.0 == "unlimited" { Some(u64::MAX) } else { self.0.parse().ok() }
    }

    /// The value as an exact decimal.
    #[must_use]
    pub fn amount(&self) -> Option<Decimal> {
        Decimal::from_str_exact(&self.0).ok()
    }

    /// The value as a permission or as a yes or no.
    #[must_use]
    pub fn allowed(&self) -> Option<bool> {
        match self.0.as_str() {
            "allowed" | "yes" => Some(true),
            "denied" | "no" => Some(false),
            _ => None,
        }
    }

    /// The value as a span of time, counted in `unit`.
    #[must_use]
    pub fn span(&self, unit: &str) -> Option<TimeDelta> {
        let count: i64 = self.0.parse().ok()?;
        match unit {
            "seconds" => TimeDelta::try_seconds(count),
            "minutes" => TimeDelta::try_minutes(count),
            "hours" => TimeDelta::try_hours(count),
            "days" => TimeDelta::try_days(count),
            _ => None,
        }
    }
}
