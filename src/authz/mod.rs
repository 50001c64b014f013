//! Who may do what, and why: what `iam` decides and `kms` knows, asked from outside of any scenario.

mod review;

pub use review::{Subject, review};
