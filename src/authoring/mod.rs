//! Proving content: every combination of options is executed and held against what the author claims.

mod proof;
mod structure;

pub use proof::{Proven, prove};
