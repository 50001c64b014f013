//! What a total does when an input is varied: ranges of values, totals over them, and where one total overtakes another.

mod curve;
mod paths;
mod range;
mod stretches;

pub use curve::{Curve, totals};
pub use paths::paths;
pub use range::{MOST_POINTS, Range, RangeError, Spread};
pub use stretches::{BreakEven, Stretch, Stretches, stretches};

#[cfg(test)]
mod tests;
