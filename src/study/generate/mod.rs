//! Questions that are made from a seed: the model computes the answer, and the other options are what common mistakes would give.
//!
//! A generated question has the form of a file of the question bank, with a proof, so that everything that reads and proves
//! questions takes it.

mod cost;

pub use cost::cost_question;
