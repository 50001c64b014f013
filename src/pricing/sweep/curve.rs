//! Totals of a workload over the values of an input.

use crate::pricing::PricingError;
use crate::pricing::workload::{Plan, Slot};
use rayon::prelude::*;
use rust_decimal::Decimal;

/// A workload as a function of one input.
#[derive(Clone, Debug)]
pub struct Curve<'p> {
    /// The workload.
    pub plan: &'p Plan,
    /// The input; nothing if the workload does not have it, and costs the same throughout.
    pub slot: Option<Slot>,
    /// Inputs that are set to other values than the workload says.
    pub fixed: Vec<(Slot, u64)>,
}

impl Curve<'_> {
    /// The total for a value of the input.
    ///
    /// # Errors
    /// If the value is out of its bounds, or amounts leave the range of decimals.
    pub fn total(&self, value: u64) -> Result<Decimal, PricingError> {
        match (self.slot, self.fixed.as_slice()) {
            (None, fixed) => self.plan.total(fixed),
            // The common cases need no list of their own.
            (Some(slot), []) => self.plan.total(&[(slot, value)]),
            (Some(slot), [one]) => self.plan.total(&[*one, (slot, value)]),
            (Some(slot), fixed) => self.plan.total(&[fixed, &[(slot, value)]].concat()),
        }
    }
}

/// The totals for many values, in their order, worked out on all cores.
///
/// # Errors
/// The first, as [`Curve::total`].
pub fn totals(curve: &Curve<'_>, values: &[u64]) -> Result<Vec<Decimal>, PricingError> {
    let totals: Vec<Result<Decimal, PricingError>> = values.par_iter().with_min_len(512).map(|value| curve.total(*value)).collect();
    totals.into_iter().collect()
}
