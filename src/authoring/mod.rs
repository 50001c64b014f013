//! Proving content: every combination of options is executed and held against what the author claims.

mod proof;
mod structure;
mod warning;

pub use proof::{Proven, prove};
pub use warning::is_worth_telling;
