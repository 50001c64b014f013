//! Ids of facts that the program leans on, typed by what their value is.
//!
//! An id of a fact that does not exist stops the compiler. Whether the values of a fact are of its id's type
//! is for the test of [`super::ids`] to say; were one not, the answer would be zero or "not allowed".

use super::table::FACTS;
use super::{Fact, Value};
use chrono::TimeDelta;
use rust_decimal::Decimal;

/// Runs in the compiler only: `ids` are constants.
#[allow(clippy::panic, reason = "evaluated at compile time, where a panic is an error of the build")]
const fn find(id: &str) -> &'static Fact {
    let mut facts = FACTS;
    while let [fact, rest @ ..] = facts {
        if same(fact.id.as_bytes(), id.as_bytes()) {
            return fact;
        }
        facts = rest;
    }
    panic!("no fact has this id")
}

/// `==` is not for constants yet.
const fn same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([first, more @ ..], [other, others @ ..]) = (a, b) {
        if *first != *other {
            return false;
        }
        (a, b) = (more, others);
    }
    a.is_empty() && b.is_empty()
}

macro_rules! fact_ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(&'static Fact);

        impl $name {
            /// The fact with this id.
            pub(super) const fn new(id: &str) -> Self {
                $name(find(id))
            }

            /// The fact itself.
            #[must_use]
            pub const fn fact(self) -> &'static Fact {
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
    /// A name, such as that of a metric; `none` where there is none.
    NameFact
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
        Decimal::from_str_exact(self.0).ok()
    }

    /// The value as a permission or as a yes or no.
    #[must_use]
    pub fn allowed(&self) -> Option<bool> {
        match self.0 {
            "allowed" | "yes" => Some(true),
            "denied" | "no" => Some(false),
            _ => None,
        }
    }

    /// The value as a name; nothing for `none`.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        (self.0 != "none").then_some(self.0)
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
